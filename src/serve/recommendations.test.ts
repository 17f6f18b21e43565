// Aim: recommendations of the moment over HTTP: the shape of the schema, every way to ask, odd ids, refusals, broken bundles.
import assert from 'node:assert/strict';
import { readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { z } from 'zod';
import { openDuckdb } from '#engines/index.ts';
import { addBundle } from './sample-bundle.ts';
import { type SampleServer, startSample } from './sample-server.ts';
import { ODD_IDS } from './sample-workspace.ts';
import { ErrorReply } from './schemas.ts';
import { RecommendReply } from './schemas-recommend.ts';
import { openStore } from './store.ts';

type Reply = z.infer<typeof RecommendReply>;
let server: SampleServer;
before(async () => {
  const reload = (dir: string) => async () => openStore(await openDuckdb({ memoryMb: 200 }), dir);
  server = await startSample((dir) => ({ reload: reload(dir), lookEveryMs: 0 }), addBundle);
});
after(() => server.close());

const path = (query: string): string => `/api/v1/recommendations?${query}`;

async function asked(query: Readonly<Record<string, string | readonly string[]>>): Promise<Reply> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) for (const one of [value].flat()) search.append(name, String(one));
  const reply = await server.get(path(search.toString()));
  assert.equal(reply.status, 200, await reply.clone().text());
  assert.equal(reply.headers.get('content-type'), 'application/json; charset=utf-8');
  const body: unknown = await reply.json();
  assert.deepEqual(RecommendReply.parse(body), body);
  return body as Reply;
}

async function refused(query: string, status: number, code: string): Promise<void> {
  const reply = await server.get(path(query));
  assert.equal(reply.status, status, query);
  assert.equal(ErrorReply.parse(await reply.json()).error.code, code, query);
}

test('a customer: known, with a tier, a list of the shop’s length and reasons in both languages', async () => {
  const reply = await asked({ customerId: 'C0000012' });
  assert.equal(reply.kind, 'customer');
  assert.equal(reply.known, true);
  assert.equal(reply.items.length, 12);
  for (const [i, item] of reply.items.entries()) {
    assert.equal(item.rank, i + 1);
    assert.ok(item.reason.en && item.reason.zh && item.title);
    assert.equal(item.reason.productId === null, item.reason.share === null);
  }
  assert.ok(reply.items.some((item) => item.imageUrl !== null));
});

test('one language: the other is null', async () => {
  for (const item of (await asked({ customerId: 'C0000012', lang: 'zh' })).items) {
    assert.equal(item.title, null);
    assert.equal(item.reason.en, null);
    assert.match(item.reason.zh ?? '', /\p{Script=Han}/u);
  }
  for (const item of (await asked({ customerId: 'C0000012', lang: 'en' })).items) {
    assert.equal(item.titleZh, null);
    assert.equal(item.reason.zh, null);
  }
});

test('an unknown customer is told so and gets what is popular; who refused profiling gets the same', async () => {
  const nobody = await asked({ customerId: 'nobody 绿茶 😀' });
  assert.equal(nobody.known, false);
  assert.equal(nobody.tier, null);
  assert.ok(nobody.items.every((item) => item.reason.code === 'popular-shop'));
  const refusing = await asked({ customerId: 'C0000020' });
  assert.deepEqual([refusing.known, refusing.personal], [true, false]);
  assert.ok(refusing.items.every((item) => item.reason.code === 'popular-shop'));
});

test('odd ids of customers and products, in every place and both ways to list them', async () => {
  for (const id of ODD_IDS) {
    assert.equal((await asked({ customerId: id })).known, true, id);
    assert.equal((await asked({ productId: id, kind: 'complementary' })).kind, 'complementary', id);
    for (const name of ['sessionItems', 'basket']) {
      assert.deepEqual((await asked({ [name]: id })).unknownProducts, [], id);
      assert.deepEqual((await asked({ [name]: [id, 'P1'] })).unknownProducts, [], id);
    }
  }
  const session = await asked({ sessionItems: ['a/b?c#d%20', '张三'] });
  assert.ok(session.items.some((item) => item.source === 'session'));
  assert.match(session.items[0]?.reason.en ?? '', /^Because you are looking at Odd "(a\/b\?c#d%20|张三)"$/);
  const odd = await asked({ customerId: 'C0000012', category: 'Odd', k: '200' });
  assert.ok(odd.items.every((item) => ODD_IDS.includes(item.productId) && item.category === 'Odd'));
});

test('unknown products: 404 on a page, passed over in lists', async () => {
  await refused('productId=none', 404, 'PRODUCT_UNKNOWN');
  const session = await asked({ sessionItems: 'P1,none, P2' });
  assert.deepEqual(session.unknownProducts, ['none', ' P2']);
  assert.ok(!session.items.some((item) => item.productId === 'P1'));
  assert.deepEqual((await asked({ basket: 'none' })).items, []);
  assert.ok((await asked({ customerId: 'C0000012', exclude: 'none' })).items.length > 0);
});

test('filters and lengths', async () => {
  const all = await asked({ customerId: 'C0000012', k: '200' });
  assert.ok(all.items.length > 12 && all.items.length <= 69);
  const [first] = all.items;
  const without = await asked({ customerId: 'C0000012', k: '200', exclude: first!.productId });
  assert.ok(!without.items.some((item) => item.productId === first!.productId));
  const cheap = await asked({ customerId: 'C0000012', k: '200', minPriceMinor: '400', maxPriceMinor: '600' });
  assert.ok(cheap.items.length > 0);
  for (const item of cheap.items) assert.ok(item.priceMinor! >= 400 && item.priceMinor! <= 600);
  assert.deepEqual((await asked({ customerId: 'C0000012', minPriceMinor: '9', maxPriceMinor: '8' })).items, []);
  for (const item of (await asked({ customerId: 'C0000012', inStock: 'true' })).items) assert.ok(item.inStock);
});

test('what cannot be is refused', async () => {
  const bad = [
    '',
    'k=5',
    'customerId=',
    'customerId=a&k=0',
    'customerId=a&k=201',
    'customerId=a&k=1e9',
    'customerId=a&k=99999999999999999999',
    'customerId=a&lang=fr',
    'customerId=a&more=1',
    'basket=a&productId=b',
    'sessionItems=a&basket=b',
    'productId=P1&kind=else',
    'customerId=a&minPriceMinor=-1',
    'customerId=a&inStock=maybe',
    `customerId=${'x'.repeat(301)}`,
    `basket=${'a,'.repeat(101)}`,
  ];
  for (const query of bad) await refused(query, 400, 'REQUEST_INVALID');
});

test('any text in any place is answered or refused, never a fault', async () => {
  const places = ['customerId', 'sessionItems', 'basket', 'productId', 'category', 'exclude', 'k'];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places), fc.string({ unit: 'binary', maxLength: 30 }), async (place, text) => {
      const extra = ['category', 'exclude', 'k'].includes(place) ? '&customerId=C0000012' : '';
      const reply = await server.get(path(`${place}=${encodeURIComponent(text)}${extra}`));
      assert.ok([200, 400, 404].includes(reply.status), `${place} ${JSON.stringify(text)}: ${reply.status}`);
      if (reply.status === 200) RecommendReply.parse(await reply.json());
    }),
    { seed: 7, numRuns: 200 },
  );
  assert.deepEqual(server.log, []);
});

test('a broken bundle of a new run: the old run goes on; a server that starts with one answers the rest', async () => {
  const file = join(server.dir, 'state', 'recommend.bundle');
  const good = readFileSync(file);
  const facts = readFileSync(join(server.dir, 'tierwise.json'));
  const finished = async (content: Buffer, second: number, when: () => Promise<boolean>) => {
    writeFileSync(file, content);
    writeFileSync(join(server.dir, 'tierwise.json'), facts);
    utimesSync(join(server.dir, 'tierwise.json'), second, second);
    for (const end = Date.now() + 10_000; !(await when()); await new Promise(setImmediate))
      assert.ok(Date.now() < end, 'in time');
  };
  const seen = async () => {
    await server.get('/healthz');
    return server.log.length > 0;
  };
  await finished(good.subarray(0, good.length / 2), 1000, seen);
  assert.match(server.log[0] ?? '', /recommend.bundle is missing or broken: .* bytes, not/);
  assert.equal((await asked({ customerId: 'C0000012' })).items.length, 12);
  const flipped = Buffer.from(good);
  flipped[good.length >> 1]! ^= 255;
  flipped[good.length - 200]! ^= 255;
  server.log.length = 0;
  await finished(flipped, 2000, seen);
  assert.match(server.log[0] ?? '', /checksum of .* is wrong/);
  assert.equal((await asked({ customerId: 'C0000012' })).items.length, 12);

  const other = await startSample(undefined, async (dir) => writeFileSync(join(dir, 'state', 'recommend.bundle'), 'x'));
  const reply = await other.get(path('customerId=C0000012'));
  assert.equal(reply.status, 422);
  assert.equal(ErrorReply.parse(await reply.json()).error.code, 'WORKSPACE_BROKEN');
  assert.equal((await other.get('/api/v1/recommender')).status, 200);
  rmSync(join(other.dir, 'state', 'recommend.bundle'));
  await other.close();
});
