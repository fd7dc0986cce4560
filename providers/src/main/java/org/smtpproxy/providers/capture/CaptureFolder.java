package org.smtpproxy.providers.capture;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.TenantId;

/**
 * Where captured messages lie. Both layouts let a tenant's messages be found by path alone:
 * {@code own/TENANT/ACCOUNT/ID.captured} and {@code shared/ACCOUNT/TENANT/ID.captured}.
 */
record CaptureFolder(Path root) {
    static final String SUFFIX = ".captured";

    /** Where an account keeps a tenant's messages. */
    Path of(AccountId account, TenantId tenant) {
        return ofAccount(account).resolve(tenant.value());
    }

    /** All folders in which messages of the tenant may lie. */
    Map<AccountId, Path> ofTenant(TenantId tenant) throws IOException {
        Map<AccountId, Path> folders = new HashMap<>();
        for (Path account : children(root.resolve("own").resolve(tenant.value()))) {
            folders.put(AccountId.own(tenant, name(account)), account.resolve(tenant.value()));
        }
        for (Path account : children(root.resolve("shared"))) {
            folders.put(AccountId.shared(name(account)), account.resolve(tenant.value()));
        }
        return folders;
    }

    static List<Path> messages(Path folder) throws IOException {
        return children(folder).stream()
                .filter(file -> file.toString().endsWith(SUFFIX))
                .toList();
    }

    /** Makes a folder and those above it, each for this user only and each durable. */
    static void make(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Path parent = folder.toAbsolutePath().getParent();
        if (parent != null) {
            make(parent);
        }
        try {
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            // Another delivery was quicker.
            return;
        }
        if (parent != null) {
            sync(parent);
        }
    }

    /** Makes names in a folder durable. */
    static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** The last part of a path. */
    static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    private Path ofAccount(AccountId account) {
        return account.owner()
                .map(owner -> root.resolve("own").resolve(owner.value()))
                .orElse(root.resolve("shared"))
                .resolve(account.name());
    }

    private static List<Path> children(Path folder) throws IOException {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            entries.forEach(children::add);
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        }
        return children;
    }
}
