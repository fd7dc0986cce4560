#!/usr/bin/env python3
"""Sends test mail with Python's smtplib, as a Python application would.

Options and exit code are those of nodemailer.mjs: 0 only if every recipient of all messages was accepted.
"""

import argparse
import smtplib
import ssl
import sys
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--tls", choices=["none", "starttls", "implicit"], default="starttls")
    parser.add_argument("--auth", choices=["plain", "login"], default="plain")
    parser.add_argument("--ca", help="trusts this CA only; without it any certificate is taken")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--per-connection", type=int, default=0, help="0: all messages on one connection")
    parser.add_argument("--size", type=int, default=1000)
    parser.add_argument("--recipients", type=int, default=1)
    parser.add_argument("--attachment", type=int, default=0)
    parser.add_argument("--raw", help="sends this file as it is, as 8-bit content")
    parser.add_argument("--utf8", action="store_true")
    parser.add_argument("--from", dest="sender")
    parser.add_argument("--to")
    options = parser.parse_args()
    options.sender = options.sender or ("jürgen@bücher.example" if options.utf8 else "sender@client.example")
    options.to = options.to or ("δοκιμή@παράδειγμα.example" if options.utf8 else "recipient@client.example")
    return options


def tls_context(options):
    if options.ca:
        return ssl.create_default_context(cafile=options.ca)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def connect(options):
    if options.tls == "implicit":
        client = smtplib.SMTP_SSL(options.host, options.port, timeout=60, context=tls_context(options))
    else:
        client = smtplib.SMTP(options.host, options.port, timeout=60)
        if options.tls == "starttls":
            client.starttls(context=tls_context(options))
    client.ehlo()
    if options.user is not None:
        # login() takes the first mechanism that both know; the test wants a certain one.
        client.user, client.password = options.user, options.password
        mechanism = client.auth_plain if options.auth == "plain" else client.auth_login
        client.auth(options.auth.upper(), mechanism)
    return client


def recipients(options):
    if options.recipients == 1:
        return [options.to]
    local, domain = options.to.split("@")
    return [f"{local}{i}@{domain}" for i in range(options.recipients)]


def message(options, number):
    mail = EmailMessage(policy=SMTPUTF8 if options.utf8 else SMTP)
    mail["From"] = options.sender
    mail["To"] = options.to
    mail["Subject"] = f"smtplib {number}" + (" – Grüße" if options.utf8 else "")
    line = "Grüße aus Köln, 日本語のテキスト.\n" if options.utf8 else ".A line that starts with a dot, as lines may.\n"
    mail.set_content((line * (options.size // len(line) + 1))[: options.size])
    if options.attachment:
        mail.add_attachment(bytes(options.attachment), maintype="application", subtype="octet-stream", filename="data.bin")
    return mail


def send(client, options, number):
    if options.raw:
        with open(options.raw, "rb") as file:
            return client.sendmail(options.sender, recipients(options), file.read(), mail_options=["BODY=8BITMIME"])
    return client.send_message(message(options, number), options.sender, recipients(options))


def main():
    options = arguments()
    client = None
    try:
        for number in range(1, options.count + 1):
            if client is None:
                client = connect(options)
            refused = send(client, options, number)
            if refused:
                print(f"refused: {refused}", file=sys.stderr)
                return 1
            print("accepted")
            if options.per_connection and number % options.per_connection == 0:
                client.quit()
                client = None
        if client is not None:
            client.quit()
        return 0
    except (smtplib.SMTPException, OSError) as failure:
        print(f"refused: {failure!r}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
