// Aim: a mail goes out encrypted, with dots doubled and headers that nobody can add to; what the server says decides what is tried again.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { TLSSocket } from 'node:tls';
import type { Outgoing } from './channel.ts';
import { mailbox, mailOf, smtpChannel, stuffed } from './smtp.ts';

/** DER: tag, length, content. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** A certificate for localhost, signed by itself (RFC 5280), made anew for each run: no key lies in the repository. */
function certificate(): { key: string; cert: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(0x30, hex('06082a8648ce3d040302'));
  const name = der(0x30, der(0x31, der(0x30, hex('0603550403'), der(0x0c, Buffer.from('localhost')))));
  const time = (text: string) => der(0x17, Buffer.from(text));
  const names = der(0x30, hex('0603551d11'), der(0x04, der(0x30, der(0x82, Buffer.from('localhost')))));
  const authority = der(0x30, hex('0603551d13'), hex('0101ff'), der(0x04, der(0x30, hex('0101ff'))));
  const body = der(
    0x30,
    hex('a003020102'),
    der(0x02, hex('01')),
    algorithm,
    name,
    der(0x30, time('200101000000Z'), time('491231235959Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, names, authority)),
  );
  const full = der(0x30, body, algorithm, der(0x03, hex('00'), sign('sha256', body, privateKey)));
  const lines = full
    .toString('base64')
    .match(/.{1,64}/g)!
    .join('\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}

const OWN = certificate();

interface Faults {
  readonly noStartTls?: boolean;
  /** Says more in the clear behind its answer to STARTTLS. */
  readonly injects?: boolean;
  readonly answers?: Readonly<Record<string, string>>;
  /** Hangs up instead of answering. */
  readonly hangsUpAt?: 'DATA' | 'dot';
}

/** A server that speaks as much SMTP as one mail needs. */
async function server(t: TestContext, faults: Faults = {}) {
  const heard: { line: string; encrypted: boolean }[] = [];
  const mails: string[] = [];
  const talk = (socket: Socket, encrypted: boolean): void => {
    let buffer = '';
    let mail: string | undefined;
    const onLine = (line: string): void => {
      if (mail !== undefined) {
        if (line !== '.') mail += `${line}\r\n`;
        else if (faults.hangsUpAt === 'dot') socket.destroy();
        else {
          mails.push(mail);
          mail = undefined;
          socket.write(faults.answers?.dot ?? '250 queued as 42\r\n');
        }
        return;
      }
      heard.push({ line, encrypted });
      const word = line.split(/[ :]/)[0]!.toUpperCase();
      const own = faults.answers?.[word];
      if (own !== undefined) socket.write(own);
      else if (word === 'EHLO') {
        const extras = encrypted ? '250-AUTH PLAIN LOGIN\r\n' : faults.noStartTls ? '' : '250-STARTTLS\r\n';
        socket.write(`250-test\r\n${extras}250 SIZE 1000000\r\n`);
      } else if (word === 'STARTTLS') {
        socket.write(`220 go\r\n${faults.injects ? '250 injected\r\n' : ''}`);
        if (faults.injects) return;
        socket.removeAllListeners('data');
        talk(new TLSSocket(socket, { isServer: true, key: OWN.key, cert: OWN.cert }), true);
      } else if (word === 'AUTH') socket.write('235 welcome\r\n');
      else if (word === 'DATA' && faults.hangsUpAt === 'DATA') socket.destroy();
      else if (word === 'DATA') {
        mail = '';
        socket.write('354 go on\r\n');
      } else if (word === 'QUIT') socket.end('221 bye\r\n');
      else socket.write('250 ok\r\n');
    };
    socket.on('error', () => {});
    socket.on('data', (part: Buffer) => {
      buffer += part.toString('latin1');
      for (let at = buffer.indexOf('\r\n'); at >= 0; at = buffer.indexOf('\r\n')) {
        const line = buffer.slice(0, at);
        buffer = buffer.slice(at + 2);
        onLine(line);
      }
    });
  };
  const listening = createServer((socket) => {
    talk(socket, false);
    socket.write('220 test ESMTP\r\n');
  });
  await new Promise<void>((resolve) => listening.listen(0, 'localhost', resolve));
  t.after(() => void listening.close());
  const { port } = listening.address() as AddressInfo;
  const channel = (more: object = {}) =>
    smtpChannel({
      ...{ name: 'mail', host: 'localhost', port, security: 'starttls', from: 'shop@example.com', trust: OWN.cert },
      ...{ user: 'u', password: 'p', timeoutMs: 3000 },
      ...more,
    });
  return { heard, mails, channel };
}

const MESSAGE: Outgoing = {
  ...{ key: 'k1', attempt: 1, to: 'ann@example.org', customerId: 'C1', purpose: 'marketing', language: 'zh' },
  ...{ subject: '春茶上新 '.repeat(12), text: '.dot\n你好', html: '<p>你好</p>', at: Date.UTC(2025, 0, 2, 3, 4, 5) },
  unsubscribe: 'https://shop.example/out?c=1',
};

test('a mail goes out under STARTTLS with name and password, and says what it was given', async (t) => {
  const { heard, mails, channel } = await server(t);
  const id = await channel().send(MESSAGE);
  assert.match(id, /^<[0-9a-f]{32}@example\.com> 250 queued as 42/);
  assert.ok(
    heard.every(({ line, encrypted }) => encrypted || /^(EHLO|STARTTLS)/.test(line)),
    'nothing else in the clear',
  );
  assert.ok(heard.some(({ line }) => line === `AUTH PLAIN ${Buffer.from('\0u\0p').toString('base64')}`));
  const [mail = ''] = mails;
  const [head = '', ...parts] = mail.split('\r\n\r\n');
  const subject = /^Subject: ((?:[^\r\n]|\r\n )*)/m.exec(head)![1]!;
  const words = subject.split('\r\n ').map((word) => {
    assert.ok(word.length <= 75, word);
    return Buffer.from(/^=\?UTF-8\?B\?(.*)\?=$/.exec(word)![1]!, 'base64').toString('utf8');
  });
  assert.equal(words.join(''), MESSAGE.subject);
  assert.equal(Buffer.from(parts[1]!.split('\r\n--')[0]!, 'base64').toString('utf8'), MESSAGE.text);
  assert.match(
    head,
    /^List-Unsubscribe: <https:\/\/shop\.example\/out\?c=1>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click/m,
  );
  assert.match(head, /^Date: Thu, 02 Jan 2025 03:04:05 \+0000/m);
  assert.ok(mail.split('\r\n').every((line) => line.length <= 998));
});

test('without encryption nothing is sent, and a server that speaks in the clear after STARTTLS is not believed', async (t) => {
  const plain = await server(t, { noStartTls: true });
  await assert.rejects(plain.channel().send(MESSAGE), { kind: 'never', message: /STARTTLS/ });
  const sly = await server(t, { injects: true });
  await assert.rejects(sly.channel().send(MESSAGE), { kind: 'never', message: /in the clear/ });
  const stranger = await server(t);
  await assert.rejects(stranger.channel({ trust: undefined }).send(MESSAGE), { kind: 'again' });
  const open = await server(t);
  await assert.rejects(open.channel({ security: 'none' }).send(MESSAGE), { kind: 'never', message: /password/ });
  for (const { mails, heard } of [plain, sly, stranger, open]) {
    assert.deepEqual(mails, []);
    assert.ok(heard.every(({ line }) => !/AUTH|MAIL|RCPT/.test(line)));
  }
});

test('what fails before the mail is handed over is tried again, a refusal is not, a lost answer is not known', async (t) => {
  const kind = async (faults: Faults) =>
    (await server(t, faults))
      .channel()
      .send(MESSAGE)
      .then(
        () => 'sent',
        (error: { kind: string }) => error.kind,
      );
  assert.equal(await kind({ answers: { RCPT: '550 no such user\r\n' } }), 'never');
  assert.equal(await kind({ answers: { RCPT: '451-wait\r\n451 later\r\n' } }), 'again');
  assert.equal(await kind({ answers: { dot: '452 full\r\n' } }), 'again');
  assert.equal(await kind({ hangsUpAt: 'DATA' }), 'again');
  assert.equal(await kind({ hangsUpAt: 'dot' }), 'unknown');
  const nobody = smtpChannel({
    name: 'm',
    host: '127.0.0.1',
    port: 1,
    security: 'none',
    from: 'a@b.c',
    timeoutMs: 500,
  });
  await assert.rejects(nobody.send(MESSAGE), { kind: 'again' });
});

test('addresses, subjects and links can add no header and no command', () => {
  for (const to of [
    'a@b.c\r\nBcc: x@y.z',
    'a@b.c\nRCPT TO:<x>',
    'a b@c.d',
    '<a@b.c>',
    'a@b.c,d@e.f',
    'Ann <a@b.c>',
    'a@',
    '@b',
    'ü@b.c',
  ])
    assert.throws(() => mailbox(to), { kind: 'never' }, to);
  assert.equal(mailbox("o'hara+tag@mail.example.org"), "o'hara+tag@mail.example.org");
  const address = { from: 'a@b.c', to: 'd@e.f' };
  const { text } = mailOf({ ...MESSAGE, subject: 'Hi\r\nBcc: x@y.z' }, address);
  assert.doesNotMatch(text, /^Bcc:/m);
  assert.throws(() => mailOf({ ...MESSAGE, unsubscribe: 'https://x/\r\nBcc: y' }, address), { kind: 'never' });
});

test('dots at the start of lines are doubled, and line ends are one kind', () => {
  assert.equal(stuffed('.\n..a\rb\r\n.c'), '..\r\n...a\r\nb\r\n..c');
});
