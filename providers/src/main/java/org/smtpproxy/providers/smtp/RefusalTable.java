package org.smtpproxy.providers.smtp;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

import org.smtpproxy.mail.EnhancedStatus;
import org.smtpproxy.mail.ProviderAnswer.Kind;
import org.smtpproxy.mail.ProviderAnswer.Scope;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.smtp.client.Phase;

/**
 * What a 4xx or 5xx reply says: how wide it is and what helps. The phase decides first, then the enhanced code, and only
 * where both leave it open the text. The rule behind the table: a refusal of us or of the sender never bounces a
 * tenant's mail, and a single bad message never marks the account as broken, so the texts about us are narrow.
 */
final class RefusalTable {
    /**
     * X.7.x of the IANA registry, and of Microsoft 365, that say something about the account or the host that sends:
     * credentials (8, 9, 11 to 14), encryption needed (10), no reverse name (25), mail flood (28), relaying (54, 57,
     * 64), reputation and thresholds of the account (501, 502, 511, 705, 708, 750).
     */
    private static final Set<Integer> SECURITY_OF_PROVIDER =
            Set.of(8, 9, 10, 11, 12, 13, 14, 25, 28, 54, 57, 64, 501, 502, 511, 705, 708, 750);

    /** DKIM (20 to 22), SPF (23, 24), several of them (26), null MX (27), ARC (29), may not send as this sender (60), DMARC (509, 515). */
    private static final Set<Integer> SECURITY_OF_SENDER = Set.of(20, 21, 22, 23, 24, 26, 27, 29, 60, 503, 509, 515);

    private static final Pattern ABOUT_PROVIDER = words(
            "relay(ing)? (access )?(denied|prohibited)|(unable|not (permitted|allowed)|do not|don't|refus\\w+) to relay"
                    + "|relay(ing)? (is )?not (permitted|allowed)|we do not relay"
                    + "|authentication (is )?(required|needed)|must authenticate|not authenticated|unauthenticated"
                    + "|client host|blocked using|(your|sender|sending) ip"
                    + "|account (is |has been )?(suspended|disabled|locked|blocked)|sending (is |has been )?(paused|suspended)");

    private static final Pattern ABOUT_SENDER =
            words("sender (address )?(rejected|verif\\w+|identity)|verified sender|(is |are )?not verified|unverified"
                    + "|not (authorized|authorised|allowed|permitted) to (send|use)|send as this sender|not owned by user"
                    + "|\\bspf\\b|\\bdmarc\\b|\\bdkim\\b|from address");

    private static final Pattern GREYLISTING = words("gr[ea]y-?list");

    private static final Pattern THROTTLING = words("throttl|rate.?limit|too (many|fast|quickly|much mail)|sending rate"
            + "|(quota|limit|rate) (has been |was )?(exceeded|reached)|exceed\\w* .*(limit|rate|quota)|slow down"
            + "|temporarily deferred|concurrent");

    private static final Pattern TOO_LARGE = words("size|too (large|big)");

    private RefusalTable() {}

    record Meaning(Scope scope, Kind kind) {}

    static Meaning meaning(Phase phase, Reply reply) {
        return reply.isTransient() ? ofTransient(phase, reply) : ofPermanent(phase, reply);
    }

    private static Meaning ofPermanent(Phase phase, Reply reply) {
        boolean transaction = phase.compareTo(Phase.MAIL) >= 0;
        Scope natural = natural(phase);
        if (transaction && isIncapable(phase, reply)) {
            return new Meaning(natural == Scope.RECIPIENT ? natural : Scope.MESSAGE, Kind.INCAPABLE);
        }
        if (!transaction || isAboutProvider(reply)) {
            return new Meaning(Scope.PROVIDER, Kind.CONFIGURATION);
        }
        if (phase == Phase.MAIL || isAboutSender(reply)) {
            return new Meaning(Scope.SENDER, Kind.CONFIGURATION);
        }
        if (isCommandNotUnderstood(reply)) {
            return new Meaning(Scope.SESSION, Kind.CONFIGURATION);
        }
        if (phase == Phase.RCPT && isTooManyRecipients(reply)) {
            // RFC 5321 section 4.5.3.1.10: 552 in this place is to be read as 452.
            return new Meaning(Scope.RECIPIENT, Kind.THROTTLED);
        }
        return new Meaning(natural, Kind.PERMANENT);
    }

    private static Meaning ofTransient(Phase phase, Reply reply) {
        Kind kind = transientKind(phase, reply);
        boolean session = reply.code() == 421 || phase.compareTo(Phase.MAIL) < 0;
        if (kind == Kind.THROTTLED && (session || phase != Phase.RCPT)) {
            return new Meaning(Scope.PROVIDER, kind);
        }
        return new Meaning(session ? Scope.SESSION : natural(phase), kind);
    }

    private static Kind transientKind(Phase phase, Reply reply) {
        if (says(GREYLISTING, reply)) {
            return Kind.GREYLISTED;
        }
        if (says(THROTTLING, reply)) {
            return Kind.THROTTLED;
        }
        boolean policy = is(reply, 7, 1) && (reply.code() == 450 || reply.code() == 451);
        if (policy && phase.compareTo(Phase.RCPT) >= 0) {
            return Kind.GREYLISTED;
        }
        boolean throttled = switch (reply.code()) {
            // Alone it means "not now, and no further connections"; 4.3.x and 4.4.x tell of other trouble.
            case 421 -> reply.status().isEmpty() || is(reply, 4, 5) || isSecurityButNotIdentity(reply);
            case 450, 451, 452 -> is(reply, 5, 3) || isSecurityButNotIdentity(reply);
            default -> false;
        };
        return throttled ? Kind.THROTTLED : Kind.TRANSIENT;
    }

    /** What a phase speaks about when nothing else is said. */
    private static Scope natural(Phase phase) {
        return switch (phase) {
            case CONNECT, TLS, GREETING, EHLO, STARTTLS, AUTH -> Scope.PROVIDER;
            case MAIL -> Scope.SENDER;
            case RCPT -> Scope.RECIPIENT;
            case DATA, CONTENT -> Scope.MESSAGE;
        };
    }

    /** Too large (5.3.4, 5.2.3), a conversion it can't do (5.6.3), an address it can't write (5.6.7). */
    private static boolean isIncapable(Phase phase, Reply reply) {
        if (reply.status().isPresent()) {
            return is(reply, 3, 4) || is(reply, 2, 3) || is(reply, 6, 3) || is(reply, 6, 7);
        }
        return reply.code() == 552 && (phase == Phase.MAIL || (phase != Phase.RCPT && says(TOO_LARGE, reply)));
    }

    private static boolean isAboutProvider(Reply reply) {
        return switch (reply.code()) {
            case 530, 534, 535, 538 -> true;
            default -> isSecurity(reply, SECURITY_OF_PROVIDER) || (textDecides(reply) && says(ABOUT_PROVIDER, reply));
        };
    }

    private static boolean isAboutSender(Reply reply) {
        return is(reply, 1, 7)
                || is(reply, 1, 8)
                || isSecurity(reply, SECURITY_OF_SENDER)
                || (textDecides(reply) && says(ABOUT_SENDER, reply));
    }

    /** 5.7.0 and 5.7.1 are given for anything that a policy refuses; 5.0.0 says nothing. */
    private static boolean textDecides(Reply reply) {
        return reply.status().isEmpty() || is(reply, 0, 0) || is(reply, 7, 0) || is(reply, 7, 1);
    }

    /** Syntax and sequence errors without a word about an address: our dialogue is at fault, not the mail. */
    private static boolean isCommandNotUnderstood(Reply reply) {
        boolean sequence = reply.code() == 500 || reply.code() == 502 || reply.code() == 503;
        return sequence && reply.status().map(status -> status.subject() != 1).orElse(true);
    }

    private static boolean isTooManyRecipients(Reply reply) {
        return is(reply, 5, 3) || (reply.code() == 552 && says(words("too many recipients"), reply));
    }

    /** 4.7.x except TLS (4.7.5) and checks of who sends (4.7.20 to 4.7.27), which fewer messages won't help. */
    private static boolean isSecurityButNotIdentity(Reply reply) {
        Optional<EnhancedStatus> status = reply.status();
        return status.isPresent()
                && status.get().subject() == 7
                && status.get().detail() != 5
                && (status.get().detail() < 20 || status.get().detail() > 27);
    }

    private static boolean isSecurity(Reply reply, Set<Integer> details) {
        return reply.status()
                .filter(status -> status.subject() == 7 && details.contains(status.detail()))
                .isPresent();
    }

    private static boolean is(Reply reply, int subject, int detail) {
        return reply.status()
                .filter(status -> status.subject() == subject && status.detail() == detail)
                .isPresent();
    }

    private static boolean says(Pattern pattern, Reply reply) {
        return pattern.matcher(reply.text()).find();
    }

    private static Pattern words(String alternatives) {
        return Pattern.compile(alternatives, Pattern.CASE_INSENSITIVE);
    }
}
