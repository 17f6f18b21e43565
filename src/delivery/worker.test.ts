// Aim: nothing is lost or sent twice when workers die, overlap or fail; the kill switch stops at once and stays on.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Channel, type FailureKind, type Outgoing, SendFailure } from './channels/channel.ts';
import { LEASE_MS } from './checks.ts';
import { deliver, retryMs } from './deliver.ts';
import { openOutbox } from './outbox.ts';
import { outboxCounts, outboxPage } from './page.ts';
import type { PeopleNow } from './person.ts';

const NOON = Date.UTC(2025, 5, 3, 12);

const everybody: PeopleNow = async (ids) =>
  new Map(
    ids.map((customerId) => [
      customerId,
      { customerId, language: 'en', consent: { marketing: true, personal: true }, addresses: {} },
    ]),
  );

const message = (key: string, customerId = key, more: object = {}) => ({
  ...{ key, customerId, channel: 'test', purpose: 'marketing', words: { en: { body: 'Hello' } } },
  ...{ dueAt: NOON, expiresAt: NOON + 3_600_000 },
  ...more,
});

/** A channel that notes what it is handed and fails as told. */
function noted(idempotent: boolean, fault?: (key: string, attempt: number) => FailureKind | undefined) {
  const keys: string[] = [];
  const channel: Channel = {
    name: 'test',
    can: { idempotent, address: 'customer', parallel: 1 },
    send: async ({ key, attempt }: Outgoing) => {
      keys.push(key);
      const kind = fault?.(key, attempt);
      if (kind !== undefined) throw new SendFailure(kind, kind);
      return `id-${key}`;
    },
  };
  return { keys, channel };
}

function fresh(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'tierwise-worker-'));
  const outbox = openOutbox(dir);
  t.after(() => {
    outbox.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return { dir, outbox };
}

const options = (channel: Channel, now: () => number, worker = 'w') => ({
  ...{ now, worker, seed: 5, people: everybody, channels: new Map([[channel.name, channel]]) },
  shop: { name: 'Shop', timeZone: 'UTC' },
});

test('a key is one message: repeated, it is queued once; with other words it stays as it was', (t) => {
  const { outbox } = fresh(t);
  assert.deepEqual(outbox.enqueue([message('a'), message('b')], NOON), { queued: 2, repeated: 0, conflicts: [] });
  const again = [
    message('a', 'a', { dueAt: NOON + 1 }),
    message('b', 'b', { words: { en: { body: 'Bye' } } }),
    message('c'),
  ];
  assert.deepEqual(outbox.enqueue(again, NOON), { queued: 1, repeated: 1, conflicts: ['b'] });
  assert.throws(() => outbox.enqueue([message('d'), message('e', 'e', { words: {} })], NOON), {
    code: 'MESSAGE_INVALID',
  });
  assert.throws(() => outbox.enqueue([message('d', 'd', { words: { en: { body: '{{salary}}' } } })], NOON), /salary/);
  assert.throws(
    () => outbox.enqueue([message('d', 'd', { words: { en: { body: '{{coupon}}' } } })], NOON),
    /fields.coupon/,
  );
  assert.throws(() => outbox.enqueue([message('d', 'd', { expiresAt: NOON })], NOON), /expiresAt/);
  assert.equal(outboxCounts(outbox).states.due, 3, 'all or none');
});

test('failures that may pass are tried again, later each time, up to the limit; refusals are not', async (t) => {
  const { outbox } = fresh(t);
  outbox.enqueue([message('passes'), message('never'), message('always')], NOON);
  const { keys, channel } = noted(true, (key, attempt) =>
    key === 'never' ? 'never' : key === 'always' || attempt < 3 ? 'again' : undefined,
  );
  const times: number[] = [];
  for (let now = NOON; now < NOON + 3_600_000; now += 1000) {
    const before = keys.length;
    await deliver(
      outbox,
      options(channel, () => now),
    );
    if (keys.slice(before).includes('always')) times.push(now);
  }
  const { rows } = outboxPage(outbox, { limit: 10, offset: 0 });
  const of = (key: string) => rows.find((row) => row.key === key)!;
  assert.deepEqual([of('passes').state, of('passes').attempts], ['sent', 3]);
  assert.deepEqual([of('never').state, of('never').stop, of('never').attempts], ['dead', 'refused', 1]);
  assert.deepEqual([of('always').state, of('always').stop, of('always').attempts], ['dead', 'failed', 6]);
  for (let i = 1; i < times.length; i++) {
    const wait = times[i]! - times[i - 1]!;
    assert.ok(wait >= 15_000 * 2 ** (i - 1) && wait <= 30_000 * 2 ** (i - 1) + 1000, `wait ${i} of ${wait} ms`);
  }
  const retry = { attempts: 6, firstMs: 1000, mostMs: 5000 };
  assert.deepEqual([retryMs(retry, 1, 0), retryMs(retry, 1, 1), retryMs(retry, 9, 1)], [500, 1000, 5000]);
});

test('a failed message gives its place under a cap back; one that may have gone out keeps it', async (t) => {
  const { outbox } = fresh(t);
  outbox.setSettings({ caps: [{ channel: 'any', days: 1, max: 1 }] }, { version: 0, actor: 'a', now: NOON });
  outbox.enqueue(
    [message('1-refused', 'C1'), message('2-sent', 'C1'), message('3-open', 'C2'), message('4-late', 'C2')],
    NOON,
  );
  const { channel } = noted(false, (key) => (key === '1-refused' ? 'never' : key === '3-open' ? 'unknown' : undefined));
  await deliver(
    outbox,
    options(channel, () => NOON),
  );
  const states = Object.fromEntries(
    outboxPage(outbox, { limit: 9, offset: 0 }).rows.map(({ key, state, stop }) => [key, [state, stop]]),
  );
  assert.deepEqual(states, {
    '1-refused': ['dead', 'refused'],
    '2-sent': ['sent', null],
    '3-open': ['unknown', 'outcome-unknown'],
    '4-late': ['held', 'cap'],
  });
});

test('a lost outcome: again under the same key where the channel can tell, else left for a person', async (t) => {
  for (const idempotent of [true, false]) {
    const { outbox } = fresh(t);
    outbox.enqueue([message('a')], NOON);
    const { channel, keys } = noted(idempotent);
    const dying = { ...channel, send: () => new Promise<string>(() => {}) };
    void deliver(
      outbox,
      options(dying, () => NOON, 'dead'),
    );
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(outboxCounts(outbox).states.sending, 1);
    await deliver(
      outbox,
      options(channel, () => NOON + LEASE_MS - 1),
    );
    assert.deepEqual(keys, [], 'the lease holds');
    await deliver(
      outbox,
      options(channel, () => NOON + LEASE_MS + 1),
    );
    assert.deepEqual(keys, idempotent ? ['a'] : []);
    assert.equal(outboxCounts(outbox).states[idempotent ? 'sent' : 'unknown'], 1);
  }
});

test('several workers at once send each message once', async (t) => {
  const { dir, outbox } = fresh(t);
  outbox.enqueue(
    Array.from({ length: 120 }, (_, i) => message(`m${i}`)),
    NOON,
  );
  const { channel, keys } = noted(true);
  const workers = ['a', 'b', 'c'].map(async (worker) => {
    const own = openOutbox(dir);
    while ((await deliver(own, { ...options(channel, () => NOON, worker), batch: 10 })).taken > 0);
    own.close();
  });
  await Promise.all(workers);
  assert.equal(keys.length, 120);
  assert.equal(new Set(keys).size, 120);
});

test('the kill switch, set elsewhere, stops before the next message, outlives a restart, and what waits goes on after', async (t) => {
  const { dir, outbox } = fresh(t);
  outbox.enqueue(
    Array.from({ length: 40 }, (_, i) => message(`m${i}`)),
    NOON,
  );
  const { channel, keys } = noted(true);
  const other = openOutbox(dir);
  const pulling: Channel = {
    ...channel,
    send: async (each) => {
      if (keys.length === 4) other.setKillSwitch(true, { actor: 'Ann', reason: 'wrong price', now: NOON });
      return channel.send(each);
    },
  };
  await deliver(
    outbox,
    options(pulling, () => NOON),
  );
  assert.equal(keys.length, 5, 'the message under way, and none after it');
  other.close();
  const restarted = openOutbox(dir);
  t.after(() => restarted.close());
  assert.equal(restarted.killSwitch().isOn, true);
  assert.equal(
    (
      await deliver(
        restarted,
        options(channel, () => NOON + 60_000),
      )
    ).taken,
    0,
  );
  assert.equal(keys.length, 5);
  restarted.setKillSwitch(false, { actor: 'Ann', reason: 'mended', now: NOON });
  while (
    (
      await deliver(
        restarted,
        options(channel, () => NOON + 600_000),
      )
    ).taken > 0
  );
  assert.equal(new Set(keys).size, 40);
  assert.equal(keys.length, 40);
});

test('erasure and withdrawal hold from the next message on, and erasure leaves no words behind', async (t) => {
  const { outbox } = fresh(t);
  outbox.enqueue([message('a'), message('b'), message('c'), message('s', 'b', { purpose: 'service' })], NOON);
  outbox.erase('a', NOON);
  outbox.withdraw('b', 'marketing', { now: NOON, source: 'link' });
  const { channel, keys } = noted(true);
  await deliver(
    outbox,
    options(channel, () => NOON),
  );
  assert.deepEqual(keys.sort(), ['c', 's'], 'what a customer asked for needs no consent to marketing');
  const [row] = outbox.db.rows<{ document: string }>("select document from messages where key = 'a'");
  assert.doesNotMatch(row!.document, /Hello/);
});

test('a campaign that waits, ends or has no budget', async (t) => {
  const { outbox } = fresh(t);
  const of = (key: string, campaignId: string) => message(key, key, { campaignId, holdId: `hold-${key}` });
  outbox.enqueue([of('a', 'one'), of('b', 'two'), of('c', 'three'), of('d', 'three')], NOON);
  outbox.setCampaign('one', 'paused', NOON);
  outbox.setCampaign('two', 'ended', NOON);
  const { channel, keys } = noted(true);
  const settled: [string, boolean][] = [];
  const own = {
    ...options(channel, () => NOON),
    isPaid: ({ holdId }: { holdId?: string }) => holdId !== 'hold-d',
    settle: ({ key }: { key: string }, wasSent: boolean) => void settled.push([key, wasSent]),
  };
  await deliver(outbox, own);
  assert.deepEqual(keys, ['c']);
  assert.deepEqual(settled.sort(), [
    ['b', false],
    ['c', true],
    ['d', false],
  ]);
  outbox.setCampaign('one', 'running', NOON);
  await deliver(outbox, own);
  assert.deepEqual(keys, ['c', 'a']);
  const { stops } = outboxCounts(outbox);
  assert.deepEqual(stops.map(({ stop }) => stop).sort(), ['campaign-ended', 'no-budget']);
});

test('killed with -9 over and over, a worker that writes files loses nothing and writes nothing twice', async (t) => {
  const { dir, outbox } = fresh(t);
  const count = 400;
  outbox.enqueue(
    Array.from({ length: count }, (_, i) => message(`m${i}`, `C${i}`, { channel: 'file' })),
    NOON,
  );
  const at = (name: string) => new URL(name, import.meta.url).href;
  const program = `
    import { openOutbox } from '${at('outbox.ts')}';
    import { deliver } from '${at('deliver.ts')}';
    import { fileChannel } from '${at('channels/file.ts')}';
    const [dir, round] = process.argv.slice(1);
    const outbox = openOutbox(dir);
    const now = ${NOON} + Number(round) * ${2 * LEASE_MS};
    const people = async (ids) => new Map(ids.map((customerId) => [customerId, { customerId, language: 'en',
      consent: { marketing: true, personal: true }, addresses: {} }]));
    const file = fileChannel('file', dir + '/out');
    console.log('ready');
    for (;;) {
      const { taken } = await deliver(outbox, { now: () => now, worker: round, seed: 1, people,
        channels: new Map([['file', file]]), shop: { name: 'Shop', timeZone: 'UTC' }, batch: 20 });
      if (taken === 0) break;
    }`;
  const lines = (): string[] =>
    existsSync(join(dir, 'out'))
      ? readdirSync(join(dir, 'out')).flatMap((name) =>
          readFileSync(join(dir, 'out', name), 'utf8')
            .trim()
            .split('\n'),
        )
      : [];
  for (let round = 0; round < 6; round++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, dir, String(round)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    await once(child.stdout, 'data');
    if (round < 5) {
      const target = lines().length + 25 + round * 7;
      while (lines().length < target && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 3));
      child.kill('SIGKILL');
    }
    await exited;
  }
  const keys = lines().map((line) => (JSON.parse(line) as { key: string }).key);
  assert.equal(new Set(keys).size, count, 'lost');
  assert.equal(keys.length, count, 'sent twice');
  assert.equal(outboxCounts(outbox).states.sent, count);
});
