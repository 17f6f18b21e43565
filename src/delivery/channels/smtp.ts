/**
 * E-mail by SMTP: one connection a message, encrypted unless the settings say otherwise.
 *
 * @see RFC 5321 (SMTP), 3207 (STARTTLS), 4954 (AUTH PLAIN), 2047 (words in headers), 8058 (one-click unsubscribe)
 */
import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { type Channel, type Outgoing, SendFailure } from './channel.ts';

export interface SmtpOptions {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly security: 'starttls' | 'tls' | 'none';
  readonly from: string;
  readonly user?: string;
  readonly password?: string;
  /** PEM of a certificate to trust beside the system's. */
  readonly trust?: string;
  readonly timeoutMs?: number;
}

/** E-mail can't be told twice from once by most servers: a message whose outcome was lost is not sent again. */
export const smtpChannel = (options: SmtpOptions): Channel => ({
  name: options.name,
  can: { idempotent: false, address: 'email', parallel: 1 },
  send: (message) => send(options, message),
});

async function send(options: SmtpOptions, message: Outgoing): Promise<string> {
  const to = mailbox(message.to);
  const from = mailbox(options.from);
  const { text, id } = mailOf(message, { from, to });
  const line = await opened(options);
  try {
    await greeted(line, options);
    await said(line, `MAIL FROM:<${from}>`, [250]);
    await said(line, `RCPT TO:<${to}>`, [250, 251]);
    await said(line, 'DATA', [354]);
    line.handedOver = true;
    const { text: answer } = await said(line, `${stuffed(text)}\r\n.`, [250]);
    void line.write('QUIT');
    return `${id} ${answer}`.slice(0, 300);
  } catch (error) {
    if (error instanceof SendFailure) throw error;
    // between the last dot and the answer nobody knows; before it, it surely did not go out
    const kind = line.handedOver ? 'unknown' : 'again';
    throw new SendFailure(kind, error instanceof Error ? error.message : 'connection lost', error);
  } finally {
    line.close();
  }
}

/**
 * One address of a mailbox, as it may stand in a command and a header.
 *
 * @throws SendFailure for anything else: no names, no comments, no line breaks, nothing beyond ASCII
 */
export function mailbox(text: string): string {
  const isOne =
    text.length <= 254 &&
    /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(
      text,
    );
  if (!isOne) throw new SendFailure('never', 'not one plain address of a mailbox');
  return text;
}

/** A dot at the start of a line is doubled, and every line ends in CR LF. */
export const stuffed = (text: string): string => text.replaceAll(/\r?\n|\r/g, '\r\n').replaceAll(/^\./gm, '..');

const base64Lines = (text: string): string =>
  (
    Buffer.from(text, 'utf8')
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  ).join('\r\n');

/** Words of a header as ASCII, in parts of at most 75 characters that don't break a character. */
function headerWords(text: string): string {
  if (/^[\x20-\x7e]{0,60}$/.test(text) && !text.includes('=?')) return text;
  const parts: string[] = [];
  let part = '';
  for (const sign of text) {
    if (Buffer.byteLength(part + sign) > 45) {
      parts.push(part);
      part = '';
    }
    part += sign;
  }
  return [...parts, part].map((each) => `=?UTF-8?B?${Buffer.from(each).toString('base64')}?=`).join('\r\n ');
}

/** The mail as text with headers. Its Message-ID comes from the idempotency key, so that the same message has the same one. */
export function mailOf(message: Outgoing, { from, to }: { from: string; to: string }): { text: string; id: string } {
  const { unsubscribe, key, subject, text, html, at } = message;
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 32);
  const id = `<${hash}@${from.slice(from.lastIndexOf('@') + 1)}>`;
  if (unsubscribe !== undefined && /[\s<>]/.test(unsubscribe))
    throw new SendFailure('never', 'the unsubscribe link has spaces or brackets');
  const boundary = `=_${hash}`;
  const part = (type: string, content: string): string =>
    `--${boundary}\r\nContent-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64Lines(content)}\r\n`;
  const headers = [
    `From: <${from}>`,
    `To: <${to}>`,
    `Subject: ${headerWords(subject.replaceAll(/\p{Cc}/gu, ' '))}`,
    `Date: ${new Date(at).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: ${id}`,
    'MIME-Version: 1.0',
    ...(unsubscribe === undefined
      ? []
      : [`List-Unsubscribe: <${unsubscribe}>`, 'List-Unsubscribe-Post: List-Unsubscribe=One-Click']),
    'Auto-Submitted: auto-generated',
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
  ];
  return {
    id,
    text: `${headers.join('\r\n')}\r\n\r\n${part('text/plain', text)}${part('text/html', html)}--${boundary}--`,
  };
}

interface Reply {
  readonly code: number;
  readonly text: string;
}

interface Line {
  handedOver: boolean;
  write(text: string): void;
  reply(): Promise<Reply>;
  /** Goes on encrypted; what came in the clear before is an attack, not an answer. */
  secure(options: SmtpOptions): Promise<void>;
  close(): void;
}

const secured = ({ host, port, trust }: SmtpOptions, socket?: Socket) =>
  connectSecurely({
    servername: host,
    minVersion: 'TLSv1.2',
    ...(socket === undefined ? { host, port } : { socket }),
    ...(trust === undefined ? {} : { ca: [trust] }),
  });

async function opened(options: SmtpOptions): Promise<Line> {
  const { host, port, security, timeoutMs = 20_000 } = options;
  let socket: Socket = security === 'tls' ? secured(options) : connect({ host, port });
  let buffer = '';
  let failure: Error | undefined;
  let wake: (() => void) | undefined;
  const listen = (): void => {
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      buffer += part;
      if (buffer.length > 65_536) socket.destroy(new Error('the answer does not end'));
      wake?.();
    });
    const ended = (error?: Error): void => {
      failure ??= error ?? new Error('the connection was closed');
      wake?.();
    };
    socket.on('error', ended);
    socket.on('close', () => ended());
  };
  const ready = (event: 'connect' | 'secureConnect') =>
    new Promise<void>((resolve, reject) => {
      socket.once(event, resolve);
      socket.once('error', reject);
    });
  listen();
  try {
    await ready(security === 'tls' ? 'secureConnect' : 'connect');
  } catch (error) {
    socket.destroy();
    throw new SendFailure('again', error instanceof Error ? error.message : 'no connection', error);
  }
  return {
    handedOver: false,
    write: (text) => void socket.write(`${text}\r\n`),
    reply: async () => {
      for (;;) {
        const found = /^(?:\d{3}-[^\r\n]*\r?\n)*(\d{3})(?: ([^\r\n]*))?\r?\n/.exec(buffer);
        if (found !== null) {
          buffer = buffer.slice(found[0].length);
          return { code: Number(found[1]), text: found[0].trim() };
        }
        if (failure !== undefined) throw failure;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    secure: async (own) => {
      if (buffer !== '') throw new SendFailure('never', 'the server spoke in the clear after STARTTLS');
      const plain = socket;
      plain.removeAllListeners('data').removeAllListeners('close').removeAllListeners('timeout');
      socket = secured(own, plain);
      listen();
      try {
        await ready('secureConnect');
      } catch (error) {
        throw new SendFailure('again', error instanceof Error ? error.message : 'no encryption', error);
      }
    },
    close: () => socket.destroySoon(),
  };
}

async function said(line: Line, text: string, wanted: readonly number[]): Promise<Reply> {
  line.write(text);
  return expected(line, wanted);
}

async function expected(line: Line, wanted: readonly number[]): Promise<Reply> {
  const reply = await line.reply();
  if (wanted.includes(reply.code)) return reply;
  throw new SendFailure(reply.code >= 500 ? 'never' : 'again', reply.text.slice(0, 300));
}

async function greeted(line: Line, options: SmtpOptions): Promise<void> {
  await expected(line, [220]);
  let offers = await said(line, 'EHLO tierwise', [250]);
  if (options.security === 'starttls') {
    if (!/^250[ -]STARTTLS\b/im.test(offers.text))
      throw new SendFailure('never', 'the server offers no STARTTLS, and nothing is sent in the clear');
    await said(line, 'STARTTLS', [220]);
    await line.secure(options);
    offers = await said(line, 'EHLO tierwise', [250]);
  }
  if (options.user === undefined) return;
  if (options.security === 'none') throw new SendFailure('never', 'a password is not sent in the clear');
  if (!/^250[ -]AUTH\b.*\bPLAIN\b/im.test(offers.text))
    throw new SendFailure('never', 'the server takes no name and password (AUTH PLAIN)');
  const token = Buffer.from(`\0${options.user}\0${options.password ?? ''}`).toString('base64');
  await said(line, `AUTH PLAIN ${token}`, [235]);
}
