// Sends test mail with nodemailer, as a Node application would.
//
//   node clients/nodemailer.mjs --host H --port P [--user U --password P] --tls none|starttls|implicit
//     [--auth plain|login] [--ca FILE] [--count N] [--connections N] [--size BYTES] [--recipients N] [--utf8]
//     [--attachment BYTES] [--raw FILE] [--from A] [--to A]
//
// Prints one line "accepted RESPONSE" a message. The exit code is not 0 unless every recipient of all messages was
// accepted; standard error says why. Without --ca any certificate is taken.
// A --raw file is sent as it is, as 8-bit content.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import nodemailer from 'nodemailer';

const { values: options } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string' },
    user: { type: 'string' },
    password: { type: 'string' },
    tls: { type: 'string', default: 'starttls' },
    auth: { type: 'string', default: 'plain' },
    ca: { type: 'string' },
    count: { type: 'string', default: '1' },
    connections: { type: 'string', default: '1' },
    size: { type: 'string', default: '1000' },
    recipients: { type: 'string', default: '1' },
    attachment: { type: 'string', default: '0' },
    raw: { type: 'string' },
    utf8: { type: 'boolean', default: false },
    from: { type: 'string' },
    to: { type: 'string' },
  },
});

const count = Number(options.count);
const from = options.from ?? (options.utf8 ? 'jürgen@bücher.example' : 'sender@client.example');
const to = options.to ?? (options.utf8 ? 'δοκιμή@παράδειγμα.example' : 'recipient@client.example');

function recipients() {
  const [local, domain] = to.split('@');
  const number = Number(options.recipients);
  return Array.from({ length: number }, (_, i) => (number === 1 ? to : `${local}${i}@${domain}`));
}

function text(size) {
  const line = options.utf8 ? 'Grüße aus Köln, 日本語のテキスト.\n' : '.A line that starts with a dot, as lines may.\n';
  return line.repeat(Math.ceil(size / line.length)).slice(0, size);
}

const transport = nodemailer.createTransport({
  host: options.host,
  port: Number(options.port),
  secure: options.tls === 'implicit',
  requireTLS: options.tls === 'starttls',
  ignoreTLS: options.tls === 'none',
  // A pool keeps its connections: many messages on each.
  pool: count > 1,
  maxConnections: Number(options.connections),
  maxMessages: Infinity,
  authMethod: options.auth.toUpperCase(),
  auth: options.user === undefined ? undefined : { user: options.user, pass: options.password },
  tls: options.ca === undefined ? { rejectUnauthorized: false } : { ca: readFileSync(options.ca) },
});

async function send(number) {
  const envelope = { from, to: recipients(), use8BitMime: options.raw !== undefined };
  const info = await transport.sendMail({ envelope, ...content(envelope, number) });
  if (info.accepted.length !== envelope.to.length) {
    throw new Error(`only ${info.accepted.length} of ${envelope.to.length} recipients accepted: ${info.response}`);
  }
  console.log(`accepted ${info.response}`);
}

function content(envelope, number) {
  if (options.raw !== undefined) {
    return { raw: readFileSync(options.raw) };
  }
  const attachments = Number(options.attachment) === 0
    ? []
    : [{ filename: 'data.bin', content: Buffer.alloc(Number(options.attachment), number) }];
  return {
    from: { name: 'Client test', address: from },
    to: envelope.to.slice(0, 10),
    subject: `nodemailer ${number}${options.utf8 ? ' – Grüße' : ''}`,
    text: text(Number(options.size)),
    attachments,
  };
}

try {
  const results = await Promise.allSettled(Array.from({ length: count }, (_, i) => send(i + 1)));
  const failures = results.filter((result) => result.status === 'rejected');
  for (const failure of failures.slice(0, 10)) {
    console.error(`refused: ${failure.reason.message}`);
  }
  process.exitCode = failures.length === 0 ? 0 : 1;
} finally {
  transport.close();
}
