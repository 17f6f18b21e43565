// Aim: a webhook reaches public addresses only, however an address is written, named, redirected or rebound.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo, isIP, type LookupFunction } from 'node:net';
import { test } from 'node:test';
import { isPublic, reachable } from './address.ts';
import { type Outgoing, SendFailure } from './channel.ts';
import { signatureOf, targetOf, webhookChannel } from './webhook.ts';

const PRIVATE = [
  '0.0.0.0',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:169.254.169.254',
  '0:0:0:0:0:ffff:10.0.0.1',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '3fff::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  'not an address',
];
const PUBLIC = ['1.1.1.1', '8.8.8.8', '172.32.0.1', '100.128.0.1', '198.20.0.1', '2606:4700::1111', '::ffff:1.1.1.1'];

/** The same machine under other names: each is what a URL makes of it. */
const WRITTEN = [
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0177.0.0.1/',
  'http://127.1/',
  'http://0/',
  'http://[::1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[0:0:0:0:0:0:0:1]/',
  'http://①②⑦.⓪.⓪.①/',
  'https://127.0.0.1./',
  'https://user:pass@example.com/',
  'file:///etc/passwd',
  'gopher://example.com/',
  'ftp://example.com/',
  'http://example.com/',
  'nonsense',
];

test(`${PRIVATE.length} addresses that are not public, ${PUBLIC.length} that are`, () => {
  for (const address of PRIVATE) assert.equal(isPublic(address), false, address);
  for (const address of PUBLIC) assert.equal(isPublic(address), true, address);
});

test(`${WRITTEN.length} ways to write what may not be called`, () => {
  for (const url of WRITTEN) assert.throws(() => targetOf(url, []), SendFailure, url);
  assert.equal(targetOf('https://example.com/hook', []).hostname, 'example.com');
});

test('what the workspace allows is reached, and only that', () => {
  const may = reachable(['10.1.0.0/16', 'fd00::/8']);
  assert.deepEqual(['10.1.2.3', '::ffff:10.1.2.3', 'fd00::1', '8.8.8.8'].map(may), [true, true, true, true]);
  assert.deepEqual(['10.2.0.1', '127.0.0.1', 'fc00::1'].map(may), [false, false, false]);
});

const MESSAGE: Outgoing = {
  ...{ key: 'k/1 ü', attempt: 1, to: '+8613800000000', customerId: 'C1', purpose: 'marketing', campaignId: 'spring' },
  ...{ subject: 'Title', text: 'Words\n\nReply STOP', html: '', language: 'en', at: Date.UTC(2025, 0, 1) },
};

const named =
  (address: string, onAsk?: () => void): LookupFunction =>
  (_host, options, done) => {
    onAsk?.();
    const family = isIP(address);
    if (options.all === true) done(null, [{ address, family }]);
    else done(null, address, family);
  };

interface Call {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A gateway on this machine that answers as told. */
async function gateway(answer: { status: number; headers?: Record<string, string>; body?: string }) {
  const calls: Call[] = [];
  const server = createServer((request, reply) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      calls.push({ headers: request.headers as Record<string, string>, body });
      reply.writeHead(answer.status, answer.headers).end(answer.body ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { calls, port, close: () => void server.close() };
}

const hook = (port: number, more: object = {}) =>
  webhookChannel({
    ...{
      name: 'sms',
      url: `http://gateway.test:${port}/send`,
      address: 'phone',
      secret: 'a secret of length',
      source: 'tierwise/shop',
    },
    ...{ allowed: ['127.0.0.0/8'], lookup: named('127.0.0.1') },
    ...more,
  });

test('a call carries a CloudEvent, its key and a signature that the other side can check', async (t) => {
  const own = await gateway({ status: 202, body: '{"id":"provider-7"}' });
  t.after(own.close);
  assert.equal(await hook(own.port).send(MESSAGE), 'provider-7');
  const [{ headers, body } = { headers: {} as Record<string, string>, body: '' }] = own.calls;
  const event = JSON.parse(body) as Record<string, unknown>;
  assert.equal(event.specversion, '1.0');
  assert.equal(event.id, MESSAGE.key);
  assert.equal(event.type, 'tierwise.message.sms');
  assert.equal((event.data as { to: string }).to, MESSAGE.to);
  assert.equal(headers['content-type'], 'application/cloudevents+json; charset=utf-8');
  assert.equal(headers['idempotency-key'], encodeURIComponent(MESSAGE.key));
  const id = headers['webhook-id'] ?? '';
  const seconds = Number(headers['webhook-timestamp']);
  assert.equal(seconds, MESSAGE.at / 1000);
  assert.equal(headers['webhook-signature'], signatureOf('a secret of length', { id, seconds, body }));
  assert.notEqual(headers['webhook-signature'], signatureOf('a secret of length', { id, seconds: seconds + 1, body }));
});

test('a name that leads to this machine is refused when the socket connects, on the first answer and on a changed one', async (t) => {
  const own = await gateway({ status: 200 });
  t.after(own.close);
  const refused = (more: object) =>
    assert.rejects(hook(own.port, more).send(MESSAGE), { name: 'SendFailure', kind: 'never' });
  await refused({ allowed: ['10.9.0.0/16'] });
  let asked = 0;
  const rebinding = named('127.0.0.1', () => asked++);
  await refused({ allowed: ['10.9.0.0/16'], lookup: rebinding });
  assert.equal(asked, 1, 'asked once: what was checked is what is connected to');
  const both: LookupFunction = (_host, _options, done) =>
    done(null, [
      { address: '8.8.8.8', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]);
  await refused({ allowed: ['10.9.0.0/16'], lookup: both });
  assert.equal(own.calls.length, 0);
});

test('redirects are not followed; answers are told apart by what may have happened', async (t) => {
  for (const [status, kind] of [
    [302, 'never'],
    [307, 'never'],
    [400, 'never'],
    [429, 'again'],
    [503, 'again'],
    [500, 'unknown'],
  ] as const) {
    const own = await gateway({ status, headers: { location: 'http://169.254.169.254/latest/meta-data' } });
    t.after(own.close);
    await assert.rejects(hook(own.port).send(MESSAGE), { kind }, String(status));
    assert.equal(own.calls.length, 1);
  }
});

test('a long text is cut in its words, never in its foot', async (t) => {
  const own = await gateway({ status: 200 });
  t.after(own.close);
  await hook(own.port, { textMax: 20 }).send({ ...MESSAGE, text: `${'好'.repeat(50)}\n\n回复 TD 退订` });
  const { text } = (JSON.parse(own.calls[0]!.body) as { data: { text: string } }).data;
  assert.equal([...text].length, 20);
  assert.ok(text.endsWith('…\n\n回复 TD 退订'));
});
