// Aim: clients of the gorse API work unchanged: paths, bodies and answers as gorsejs 0.4.8 sends and reads them, over restarts.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { openDuckdb } from '#engines/index.ts';
import { addBundle } from '../sample-bundle.ts';
import { type SampleServer, startSample } from '../sample-server.ts';
import { ODD_IDS } from '../sample-workspace.ts';
import { makeServer } from '../server.ts';
import { openStore } from '../store.ts';
import { durationMs } from './schemas.ts';

let server: SampleServer;
before(async () => {
  server = await startSample(() => ({ gorse: { key: 'secret' } }), addBundle);
});
after(() => server.close());

const BASE = '/gorse/api';
const HEADERS = { 'x-api-key': 'secret', accept: 'application/json, text/plain, */*' };

/** One call as axios makes it. */
async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const reply = await server.get(`${BASE}${path}`, {
    method,
    headers: { ...HEADERS, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const isJson = reply.headers.get('content-type')?.startsWith('application/json') === true;
  return { status: reply.status, data: (isJson ? await reply.json() : await reply.text()) as never };
}

async function ok<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
  const { status, data } = await call(method, path, body, headers);
  assert.equal(status, 200, `${method} ${path}: ${JSON.stringify(data)}`);
  return data;
}

interface Scored {
  Id: string;
  Score: number;
}
const WHEN = '2024-06-30T08:00:00.000Z';

test('nothing is made until something is written', async () => {
  await ok('GET', '/users');
  assert.ok(!existsSync(join(server.dir, 'feedback')));
});

test('a wrong key or none is refused, reading and writing', async () => {
  for (const key of ['', 'Secret', 'secret ']) {
    const reply = await server.get(`${BASE}/items`, { headers: { 'x-api-key': key } });
    assert.equal(reply.status, key === 'secret ' ? 200 : 401, 'spaces around a header are no part of it');
  }
  assert.equal((await server.get(`${BASE}/feedback`, { method: 'PUT', body: '[]' })).status, 401);
});

test('users: insert, read, change, list and delete', async () => {
  const bob = { UserId: 'bob', Labels: ['a', 'b'], Comment: 'hi' };
  assert.deepEqual(await ok('POST', '/user', bob), { RowAffected: 1 });
  assert.deepEqual(await ok('GET', '/user/bob'), bob);
  assert.deepEqual(await ok('PATCH', '/user/bob', { Comment: 'ho' }), { RowAffected: 1 });
  assert.deepEqual(await ok('GET', '/user/bob'), { ...bob, Comment: 'ho' });
  assert.deepEqual(await ok('POST', '/users', [{ UserId: 'amy' }, { UserId: '绿茶 😀', Labels: { x: 1 } }]), {
    RowAffected: 2,
  });
  const all: { UserId: string }[] = [];
  for (let cursor = ''; ; ) {
    const page: { Cursor: string; Users: { UserId: string }[] } = await ok('GET', `/users?n=37&cursor=${cursor}`);
    assert.ok(page.Users.length <= 37);
    all.push(...page.Users);
    if (page.Cursor === '') break;
    cursor = page.Cursor;
  }
  const ids = all.map(({ UserId }) => UserId);
  assert.equal(new Set(ids).size, ids.length);
  const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  assert.deepEqual(ids, ids.toSorted(order));
  for (const id of ['bob', 'amy', '绿茶 😀', 'C0000012', ...ODD_IDS]) assert.ok(ids.includes(id), id);
  assert.equal(ids.length, 403);
  assert.deepEqual(await ok('DELETE', '/user/bob'), { RowAffected: 1 });
  assert.equal((await call('GET', '/user/bob')).status, 404);
  assert.equal((await call('PATCH', '/user/bob', {})).status, 404);
  assert.deepEqual(await ok('DELETE', '/user/bob'), { RowAffected: 0 });
});

test('items: those of the run and those written; categories; hidden and deleted ones are never shown', async () => {
  const own: { ItemId: string; Categories: string[]; IsHidden: boolean } = await ok('GET', '/item/P3');
  assert.equal(own.IsHidden, false);
  assert.ok(own.Categories.length > 0);
  const fresh = {
    ItemId: 'fresh',
    IsHidden: false,
    Categories: ['new', '茶'],
    Timestamp: WHEN,
    Labels: ['x'],
    Comment: 'Fresh',
  };
  assert.deepEqual(await ok('POST', '/item', fresh), { RowAffected: 1 });
  assert.deepEqual(await ok('GET', '/item/fresh'), fresh);
  // As axios sends a PUT without a body.
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  assert.deepEqual(await ok('PUT', '/item/fresh/category/more', undefined, form), { RowAffected: 1 });
  assert.deepEqual(await ok('DELETE', '/item/fresh/category/new'), { RowAffected: 1 });
  assert.deepEqual((await ok<typeof fresh>('GET', '/item/fresh')).Categories, ['茶', 'more']);
  assert.deepEqual(await ok('PATCH', '/item/fresh', { IsHidden: true, Timestamp: '2024-07-01' }), { RowAffected: 1 });
  assert.deepEqual(await ok('GET', '/item/fresh'), {
    ...{ ...fresh, Categories: ['茶', 'more'], IsHidden: true, Timestamp: '2024-07-01T00:00:00.000Z' },
  });
  assert.deepEqual(await ok('POST', '/items', [fresh, { ItemId: 'b', IsHidden: false, Timestamp: '' }]), {
    RowAffected: 2,
  });
  const page: { Cursor: string; Items: { ItemId: string }[] } = await ok('GET', '/items?n=1000');
  assert.equal(page.Cursor, '');
  assert.ok(['fresh', 'b', 'P1'].every((id) => page.Items.some(({ ItemId }) => ItemId === id)));

  const [first]: string[] = await ok('GET', '/recommend/C0000012?n=5');
  await ok('PATCH', `/item/${encodeURIComponent(first!)}`, { IsHidden: true });
  assert.ok(!(await ok<string[]>('GET', '/recommend/C0000012?n=50')).includes(first!));
  const ours = (await server.json('/api/v1/recommendations?customerId=C0000012&k=200')) as {
    items: { productId: string }[];
  };
  assert.ok(!ours.items.some(({ productId }) => productId === first), 'our own answers know it too');
  await ok('PATCH', `/item/${encodeURIComponent(first!)}`, { IsHidden: false });
  assert.ok((await ok<string[]>('GET', '/recommend/C0000012?n=50')).includes(first!));
  await ok('DELETE', `/item/${encodeURIComponent(first!)}`);
  assert.ok(!(await ok<string[]>('GET', '/recommend/C0000012?n=50')).includes(first!));
  assert.equal((await call('GET', `/item/${encodeURIComponent(first!)}`)).status, 404);
  await ok('POST', '/item', { ItemId: first, IsHidden: false });
});

test('feedback: insert keeps, upsert replaces; by key, type, user and item; cursors', async () => {
  const one = { FeedbackType: 'star', UserId: 'amy', ItemId: 'P4', Timestamp: WHEN };
  assert.deepEqual(await ok('POST', '/feedback', [one]), { RowAffected: 1 });
  await ok('POST', '/feedback', [{ ...one, Comment: 'kept out' }]);
  interface Shown {
    FeedbackType: string;
    UserId: string;
    ItemId: string;
    Timestamp: string;
    Comment: string;
    Value: number;
  }
  const read = () => ok<Shown>('GET', '/feedback/star/amy/P4');
  assert.equal((await read()).Comment, '');
  assert.equal((await read()).Timestamp, WHEN);
  await ok('PUT', '/feedback', [{ ...one, Comment: 'new', Value: 4.5 }]);
  assert.deepEqual([(await read()).Comment, (await read()).Value], ['new', 4.5]);
  await ok('PUT', '/feedback', [
    { FeedbackType: 'read', UserId: 'amy', ItemId: 'P4', Timestamp: '2024-06-30 08:00:00' },
    { FeedbackType: 'read', UserId: 'amy', ItemId: 'P5', Timestamp: '' },
    { FeedbackType: 'star', UserId: 'zoe', ItemId: 'P4' },
    { FeedbackType: 'star', UserId: 'zoe', ItemId: 'P6', Timestamp: '2999-01-01T00:00:00Z' },
  ]);
  assert.equal((await ok<Shown[]>('GET', '/feedback/amy/P4')).length, 2);
  assert.equal((await ok<Shown[]>('GET', '/user/amy/feedback')).length, 3);
  assert.equal((await ok<Shown[]>('GET', '/user/amy/feedback/read')).length, 2);
  assert.equal((await ok<Shown[]>('GET', '/item/P4/feedback/')).length, 3);
  assert.equal((await ok<Shown[]>('GET', '/item/P4/feedback')).length, 3);
  assert.equal((await ok<Shown[]>('GET', '/item/P4/feedback/star')).length, 2);
  assert.deepEqual(await ok<Shown[]>('GET', '/item/P6/feedback'), [], 'not yet');
  const pages: Shown[] = [];
  for (let cursor = ''; ; ) {
    const page: { Cursor: string; Feedback: Shown[] } = await ok('GET', `/feedback?n=3&cursor=${cursor}`);
    pages.push(...page.Feedback);
    if (page.Cursor === '') break;
    cursor = page.Cursor;
  }
  assert.equal(pages.length, 4);
  assert.equal((await ok<{ Feedback: Shown[] }>('GET', '/feedback/star')).Feedback.length, 2);
  assert.deepEqual(await ok('DELETE', '/feedback/read/amy/P5'), { RowAffected: 1 });
  assert.deepEqual(await ok('DELETE', '/feedback/amy/P4'), { RowAffected: 2 });
  assert.equal((await call('GET', '/feedback/star/amy/P4')).status, 404);
});

test('recommend: ids, or ids and scores; feedback moves it; what was shown is not shown again', async () => {
  const before: string[] = await ok('GET', '/recommend/newcomer/?n=5');
  assert.equal(before.length, 5);
  const scored: Scored[] = await ok('GET', '/recommend/newcomer?n=5', undefined, { 'x-api-version': '2' });
  assert.deepEqual(
    scored.map(({ Id }) => Id),
    before,
  );
  assert.ok(scored.every(({ Score }, i) => i === 0 || Score <= scored[i - 1]!.Score));
  assert.deepEqual(await ok('GET', '/recommend/newcomer?n=3&offset=2'), before.slice(2));
  assert.deepEqual(await ok('GET', '/recommend/newcomer?n=0'), []);
  await ok('PUT', '/feedback', [{ FeedbackType: 'star', UserId: 'newcomer', ItemId: 'P7', Timestamp: WHEN }]);
  const after_: string[] = await ok('GET', '/recommend/newcomer?n=5');
  assert.notDeepEqual(after_, before);
  assert.ok(!after_.includes('P7'));
  const ours = (await server.json('/api/v1/recommendations?customerId=newcomer&lang=en')) as {
    items: { reason: { en: string } }[];
  };
  assert.match(ours.items[0]!.reason.en, /looked at/);
  assert.ok(ours.items.some(({ reason }) => reason.en === 'Because you looked at Green tea 7'));

  const shown: string[] = await ok('GET', '/recommend/newcomer?n=4&write-back-type=read');
  const next: string[] = await ok('GET', '/recommend/newcomer?n=4&write-back-type=read&write-back-delay=1h30m');
  assert.ok(next.every((id) => !shown.includes(id)));
  assert.deepEqual(await ok('GET', '/recommend/newcomer?n=4'), next, 'written back for later');
  assert.equal((await ok<unknown[]>('GET', '/user/newcomer/feedback/read')).length, 4);
});

test('categories: in the path and in the query, several at once', async () => {
  assert.ok((await ok<string[]>('GET', '/recommend/C0000012/Odd?n=50')).every((id) => ODD_IDS.includes(id)));
  const both: string[] = await ok('GET', '/recommend/C0000012?n=50&category=Odd&category=none');
  assert.deepEqual(both, []);
  assert.ok((await ok<Scored[]>('GET', '/popular/Odd?n=50')).every(({ Id }) => ODD_IDS.includes(Id)));
});

test('popular, latest, neighbours and sessions', async () => {
  for (const path of ['/popular', '/popular/', '/non-personalized/popular']) {
    const popular: Scored[] = await ok('GET', `${path}?n=6`);
    assert.equal(popular.length, 6);
    assert.ok(popular.every(({ Score }, i) => i === 0 || Score <= popular[i - 1]!.Score));
  }
  const [top]: Scored[] = await ok('GET', '/popular?n=1');
  await ok('PUT', '/feedback', [{ FeedbackType: 'read', UserId: 'reader', ItemId: top!.Id }]);
  assert.notEqual((await ok<Scored[]>('GET', '/popular?n=1&user-id=reader'))[0]!.Id, top!.Id);
  await ok('POST', '/item', {
    ItemId: 'newest',
    IsHidden: false,
    Categories: ['n'],
    Timestamp: '2030-01-01T00:00:00Z',
  });
  for (const path of ['/latest', '/latest/', '/latest/n', '/non-personalized/latest']) {
    const latest: Scored[] = await ok('GET', `${path}?n=4`);
    assert.deepEqual(latest[0], { Id: 'newest', Score: Date.UTC(2030, 0, 1) / 1000 });
  }
  for (const path of [
    '/item/P7/neighbors/',
    '/item/P7/neighbors',
    '/item-to-item/neighbors/P7',
    '/item-to-item/similar/P7',
  ]) {
    const near: Scored[] = await ok('GET', `${path}?n=3`);
    assert.ok(near.length > 0 && near.length <= 3 && near.every(({ Id }) => Id !== 'P7'), path);
  }
  assert.deepEqual(await ok('GET', '/item/newest/neighbors/'), [], 'known since the run: none yet');
  assert.equal((await call('GET', '/item/none/neighbors/')).status, 404);
  const session = [
    { FeedbackType: 'star', UserId: '', ItemId: 'P7', Timestamp: WHEN },
    { FeedbackType: 'read', UserId: '', ItemId: 'P8', Timestamp: WHEN },
  ].map(({ UserId: _, ...rest }) => rest);
  for (const path of ['/session/recommend', '/session/recommend/']) {
    const found: Scored[] = await ok('POST', `${path}?n=3`, session);
    assert.equal(found.length, 3);
    assert.ok(found.every(({ Id }) => Id !== 'P7'));
  }
});

test('a deleted customer of the shop is nobody from the next answer on, over a restart too', async () => {
  await ok('DELETE', '/user/C0000030');
  const known = async (from: { json(path: string): Promise<unknown> }) =>
    ((await from.json('/api/v1/recommendations?customerId=C0000030')) as { known: boolean }).known;
  assert.equal(await known(server), false);
  await ok('POST', '/user', { UserId: 'C0000030' });
  assert.equal(await known(server), false, 'the name is back, the history is not');
  const compute = await openDuckdb({ memoryMb: 200 });
  const app = await makeServer({ store: await openStore(compute, server.dir), version: 'x' });
  const again = { json: async (path: string) => (await app.inject(path)).json<unknown>() };
  assert.equal(await known(again), false);
  const amy = (await app.inject('/gorse/api/user/amy')).json<{ UserId: string }>();
  assert.equal(amy.UserId, 'amy');
  await app.close();
  await compute.close();
});

test('what is not offered says so; health; bad bodies are refused', async () => {
  for (const path of [
    '/user/a/neighbors',
    '/user-to-user/x/a',
    '/collaborative-filtering/a',
    '/measurements/x',
    '/bulk/users',
    '/non-personalized/x',
    '/item-to-item/x/P1',
  ]) {
    const { status, data } = await call('GET', path);
    assert.equal(status, 501, path);
    assert.match(data, /^(GET|the list) .* is not offered: .*; GET \/gorse\/apidocs/);
  }
  assert.equal((await call('GET', '/nothing')).status, 404);
  const told = (await server.json('/gorse/apidocs')) as { offered: { path: string }[]; notOffered: object[] };
  assert.equal(told.notOffered.length, 11);
  assert.ok(told.offered.some(({ path }) => path === '/gorse/api/recommend/:user/:category'));
  assert.deepEqual(await ok('GET', '/health/ready'), {
    ...{
      Ready: true,
      DataStoreError: null,
      CacheStoreError: null,
      DataStoreConnected: true,
      CacheStoreConnected: true,
    },
  });
  const bad: readonly (readonly [string, string, unknown])[] = [
    ['POST', '/user', {}],
    ['POST', '/user', { UserId: '' }],
    ['POST', '/users', { UserId: 'a' }],
    ['POST', '/item', { ItemId: 'a', Timestamp: 'yesterday' }],
    ['POST', '/item', { ItemId: 'a', Categories: 'x' }],
    ['POST', '/feedback', [{ FeedbackType: 'star', UserId: 'a' }]],
    ['POST', '/feedback', [{ FeedbackType: 'star', UserId: 'a', ItemId: 'b', Value: '1' }]],
    ['POST', '/feedback', [{ FeedbackType: 'star', UserId: 'a', ItemId: 'b', Timestamp: '99999-01-01' }]],
    ['GET', '/recommend/a?n=-1', undefined],
    ['GET', '/recommend/a?n=1e3', undefined],
    ['GET', '/recommend/a?n=5&write-back-type=read&write-back-delay=soon', undefined],
  ];
  for (const [method, path, body] of bad)
    assert.equal((await call(method, path, body)).status, 400, `${method} ${path}`);
  assert.deepEqual(
    [durationMs('10s'), durationMs('1h30m'), durationMs('500ms'), durationMs('0')],
    [10_000, 5_400_000, 500, 0],
  );
});

test('any text as id, in paths and bodies: written, read and removed again', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.constantFrom(...ODD_IDS), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })),
      async (id) => {
        const path = encodeURIComponent(id);
        if (id === '.' || id === '..') return;
        await ok('POST', '/feedback', [{ FeedbackType: 'view', UserId: id, ItemId: id }]);
        const list: { ItemId: string }[] = await ok('GET', `/user/${path}/feedback/view`);
        assert.ok(list.some(({ ItemId }) => ItemId === id));
        await ok('GET', `/recommend/${path}`);
        assert.deepEqual(await ok('DELETE', `/feedback/view/${path}/${path}`), { RowAffected: 1 });
      },
    ),
    { seed: 3, numRuns: 60 },
  );
  assert.deepEqual(server.log, []);
});
