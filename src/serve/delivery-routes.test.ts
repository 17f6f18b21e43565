// Aim: delivery and journeys over HTTP: what is sent, held back and why; drafts with faults don't start; events move people.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openDuckdb } from '#engines/index.ts';
import { TEMPLATES } from '#journeys/index.ts';
import type { App } from './app-type.ts';
import { makeSampleWorkspace } from './sample-workspace.ts';
import { makeServer } from './server.ts';
import { openStore } from './store.ts';

let dir: string;
let app: App;
let close: () => Promise<void>;

before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tierwise-delivery-'));
  await makeSampleWorkspace(dir, { customers: 300, products: 20, lines: 900 });
  const compute = await openDuckdb({ threads: 1 });
  const store = await openStore(compute, dir);
  app = await makeServer({ store, version: 'test', scheduleEveryMs: 0, sendEveryMs: 40, log: () => {} });
  close = async () => {
    await app.close();
    await compute.close();
  };
});
after(async () => {
  await close();
  rmSync(dir, { recursive: true, force: true });
});

type Json = Record<string, unknown>;

async function call(
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: unknown,
): Promise<{ status: number; json: Json }> {
  const answer = await app.inject({
    ...{ method, url: `/api/v1${path}`, headers: { host: 'localhost' } },
    ...(body === undefined ? {} : { payload: body as Json }),
  });
  return {
    status: answer.statusCode,
    json: answer.headers['content-type']?.toString().includes('json') ? answer.json() : { text: answer.body },
  };
}

/** Waits until the worker of the server has nothing waiting that it could send. */
async function sentAll(): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const { counts } = (await call('GET', '/delivery')).json as { counts: { states: Json } };
    if (counts.states.due === 0 && counts.states.sending === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const message = (key: string, more: object = {}) => ({
  ...{ key, customerId: 'C0000012', channel: 'file', purpose: 'marketing', words: { en: { body: 'Hi' } } },
  ...{ dueAt: 1, expiresAt: 4_000_000_000_000 },
  ...more,
});

test('what is queued is sent by the server or held back with the reason; the switch stops it; settings keep versions', async () => {
  const unsubscribeUrl = 'https://shop.example/out?c={{customer}}&t={{token}}';
  const settings = { unsubscribeUrl, quietHours: null, caps: [{ channel: 'any', days: 1, max: 2 }] };
  assert.equal((await call('PUT', '/delivery/settings', { settings, version: 0, actor: 'Ann' })).json.version, 1);
  assert.equal((await call('PUT', '/delivery/settings', { settings, version: 0, actor: 'Ann' })).status, 409);
  const off = await call('PUT', '/delivery/settings', { settings: { caps: 1 }, version: 1, actor: 'Ann' });
  assert.equal((off.json.error as Json).code, 'DELIVERY_SETTINGS_INVALID');
  const stop = { isOn: true, reason: 'wrong price', actor: 'Ann' };
  assert.equal((await call('POST', '/delivery/kill-switch', stop)).json.isOn, true);
  const queued = await call('POST', '/delivery/messages', {
    messages: [
      message('yes'),
      message('asked-no', { customerId: 'C0000013' }),
      message('nobody', { customerId: 'X' }),
      message('no-campaign', { campaignId: 'none' }),
    ],
  });
  assert.deepEqual(queued.json, { queued: 4, repeated: 0, conflicts: [] });
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.deepEqual((await call('GET', '/delivery/outbox?state=sent')).json.total, 0);
  await call('POST', '/delivery/kill-switch', { ...stop, isOn: false });
  await sentAll();
  const rows = (await call('GET', '/delivery/outbox')).json.rows as {
    key: string;
    state: string;
    stop: string | null;
  }[];
  assert.deepEqual(Object.fromEntries(rows.map(({ key, state, stop: own }) => [key, own ?? state])), {
    yes: 'sent',
    'asked-no': 'no-consent',
    nobody: 'unknown',
    'no-campaign': 'campaign-ended',
  });
  const folder = join(dir, 'delivery', 'outbox');
  const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'));
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as Json).key),
    ['yes'],
  );
  assert.match(
    String((JSON.parse(lines[0]!) as Json).text),
    /Unsubscribe: https:\/\/shop\.example\/out\?c=C0000012&t=[\w-]{43}$|退订：https:\/\/shop\.example\/out\?c=C0000012&t=[\w-]{43}$/,
  );
  const { json } = await call('GET', '/delivery/outbox?format=csv&state=sent');
  assert.match(String(json.text), /\nyes,C0000012,file/);
});

test('a page asks for its message, a customer withdraws, an audience is hashed', async () => {
  await call('POST', '/delivery/messages', { messages: [message('page', { channel: 'on-site', placement: 'home' })] });
  const ask = () => call('POST', '/delivery/on-site', { customerId: 'C0000012', placement: 'home' });
  const [row] = (await ask()).json.rows as Json[];
  assert.match(String(row?.text), /^Hi/);
  assert.deepEqual((await ask()).json.rows, []);
  await call('POST', '/delivery/consent', {
    customerId: 'C0000012',
    purpose: 'marketing',
    isGiven: false,
    source: 'page',
  });
  await call('POST', '/delivery/messages', { messages: [message('after')] });
  await sentAll();
  const [held] = (await call('GET', '/delivery/outbox?stop=withdrawn')).json.rows as Json[];
  assert.equal(held?.key, 'after');
  const audience = (condition: object) =>
    call('POST', '/delivery/audience', { condition, by: 'customer', actor: 'Ann' });
  const few = await audience({ field: 'orders', op: '>=', value: 100_000 });
  assert.equal((few.json.error as Json).code, 'AUDIENCE_TOO_SMALL');
  assert.equal(
    (await call('POST', '/delivery/channels/none/test', { to: 'x', language: 'en', actor: 'a' })).status,
    404,
  );
});

test('a journey is drafted, refused with its node, mended, started, told events, paused and ended', async () => {
  const { definition } = TEMPLATES.find(({ key }) => key === 'review')!;
  const { nodes } = definition as { nodes: { id: string; kind: string }[] };
  const broken = {
    ...(definition as object),
    nodes: nodes.map((node) => (node.id === 'ask' ? { ...node, words: {} } : node)),
  };
  const made = await call('POST', '/journeys', { id: 'review', definition: broken, actor: 'Ann' });
  assert.equal(made.status, 201);
  assert.equal((made.json.faults as Json[])[0]?.node, 'ask');
  const refused = await call('POST', '/journeys/review/start', { revision: 1, actor: 'Ann' });
  assert.match(String((refused.json.error as Json).message), /node ask/);
  const own = { ...(definition as object), holdoutShare: 0 };
  assert.deepEqual(
    (await call('PUT', '/journeys/review', { definition: own, revision: 1, actor: 'Ann' })).json.faults,
    [],
  );
  assert.equal((await call('PUT', '/journeys/review', { definition: own, revision: 1, actor: 'Bo' })).status, 409);
  assert.equal((await call('POST', '/journeys/review/start', { revision: 2, actor: 'Ann' })).json.status, 'running');
  const event = { id: 'e1', customerId: 'C0000015', name: 'Order Completed', at: Date.now(), orderId: 'O1' };
  assert.deepEqual((await call('POST', '/journeys/events', { events: [event] })).json, { told: 1, repeated: 0 });
  assert.deepEqual((await call('POST', '/journeys/events', { events: [event] })).json, { told: 0, repeated: 1 });
  const { figures } = (await call('GET', '/journeys/review')).json as { figures: { entered: number; inside: number } };
  assert.deepEqual([figures.entered, figures.inside], [1, 1]);
  assert.equal((await call('POST', '/journeys/review/pause', { revision: 3, actor: 'Ann' })).json.status, 'paused');
  assert.equal((await call('POST', '/journeys/review/end', { revision: 4, actor: 'Ann' })).json.status, 'ended');
  assert.equal((await call('GET', '/journeys/none')).status, 404);
  assert.ok(Array.isArray((await call('GET', '/journeys')).json.rows));
});
