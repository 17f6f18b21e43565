// Aim: the answer of the moment is what the tables say, item by item; sessions, baskets and product pages keep their rules.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openDuckdb } from '#engines/index.ts';
import { loadTinyShop } from '../../events/tiny-shop.ts';
import { readAudience } from '../shop/columns.ts';
import { listsFor } from '../shop/lists.ts';
import { learn, makeRecommendations, settled } from '../shop/make.ts';
import { dropStage, stage, tiersAt } from '../shop/pairs.ts';
import { AGAIN_FEATURES, NEW_FEATURES } from '../shop/ranker.ts';
import { SHIPPED } from '../shop/strategies.ts';
import { readBundle } from './bundle-file.ts';
import { described } from './describe.ts';
import { ONLINE_REASONS, ONLINE_SOURCES } from './reasons.ts';
import { makeRecommender } from './recommender.ts';
import { placeOf, textAt, textCount, textList } from './text-list.ts';
import { customerId, ODD, TINY_AS_OF, tinyOnline } from './tiny-online.ts';

const shop = await tinyOnline(loadTinyShop);
after(() => shop.close());
const bundle = await readBundle(shop.file);
const online = makeRecommender(bundle);
const code = (id: string): number => online.productAt(id);
const idOf = (product: number): string => textAt(bundle.products.ids, product);
const tierOf = (id: string): number => bundle.customers.tier[online.customerAt(id)] ?? -1;

const { compute } = shop;
const moment = { asOf: TINY_AS_OF, timeZone: 'Asia/Shanghai' };
const { rules, weights } = settled({ weights: { buyersMin: 2 } });
await stage(compute, { ...moment, rules, weights, tiers: await tiersAt(compute, 'now') });
const { model } = await learn(compute, { ...moment, rules, weights });
const audience = await readAudience(compute, 'true');
await dropStage(compute);

test('the bundle loses nothing: every list equals the one made in advance, to the last bit of the score', async () => {
  assert.equal(audience.code.length, bundle.customers.count);
  const stored = await compute.rows<{
    who: string;
    product: string;
    score: number;
    source: string;
    en: string;
    zh: string;
  }>(
    `select customer_id as who, product_id as product, score, source, reason_en as en, reason_zh as zh
     from recommendations order by customer_id, rank`,
  );
  const told =
    audience.code.length === 0
      ? []
      : Array.from(audience.code).flatMap((customer) => {
          const who = textAt(bundle.customers.ids, customer);
          const items = online.forCustomer(customer, { length: bundle.about.perCustomer });
          return described(bundle, items, bundle.customers.tier[customer]!).map(
            ({ productId, score, source, reason }) => ({
              ...{ who, product: productId, score, source, en: reason.en, zh: reason.zh },
            }),
          );
        });
  const byWho = (a: { who: string }, b: { who: string }) => Buffer.compare(Buffer.from(a.who), Buffer.from(b.who));
  assert.deepEqual(told.sort(byWho), stored.sort(byWho));
  const lists = listsFor(audience, model, bundle.about.perCustomer);
  assert.equal(lists.length, stored.length);
  assert.ok(new Set(stored.map(({ source }) => source)).size >= 4);
});

test('learned chances and the strategies of tiers are those of the lists made in advance', async () => {
  const chances = (features: readonly string[]) => ({
    ...{ features, bias: -2, rows: 1, bought: 1, means: features.map(() => 0) },
    weights: features.map((_, i) => Math.sin(i + 1) / 3),
  });
  const learned = await tinyOnline(loadTinyShop, {
    ranker: { kind: 'learned', horizonDays: 28, again: chances(AGAIN_FEATURES), fresh: chances(NEW_FEATURES) },
    strategies: { default: SHIPPED.balanced!, tiers: { gold: SHIPPED.replenishment! }, newcomers: SHIPPED.discovery! },
  });
  const one = makeRecommender(await readBundle(learned.file));
  const stored = await learned.compute.rows<{ who: string; product: string; score: number; strategy: string }>(
    'select customer_id as who, product_id as product, score, strategy from recommendations order by customer_id, rank',
  );
  assert.deepEqual([...new Set(stored.map(({ strategy }) => strategy))].sort(), [
    'balanced',
    'discovery',
    'popular',
    'replenishment',
  ]);
  const byWho = Map.groupBy(stored, ({ who }) => who);
  for (const [who, rows] of byWho) {
    const told = described(one.bundle, one.forCustomer(one.customerAt(who), { length: 12 }), -1);
    assert.deepEqual(
      told.map(({ productId, score }) => ({ productId, score })),
      rows.map(({ product, score }) => ({ productId: product, score })),
    );
  }
  await learned.close();
});

test('a long list in between leaves no trace', () => {
  const ask = { length: 12 };
  const before = online.forCustomer(3, ask);
  online.forCustomer(4, { length: 200, session: [1, 2, 3], filter: { exclude: [5], category: 'Food' } });
  online.forBasket([1, 2], { length: 50 });
  assert.deepEqual(online.forCustomer(3, ask), before);
});

test('the share of a reason is that of the score which the named product gave', () => {
  const customer = online.customerAt(customerId(20));
  const { offsets, product, weight } = bundle.customers.pairs;
  const strength = new Map<number, number>();
  for (let e = offsets[customer]!; e < offsets[customer + 1]!; e++)
    strength.set(product[e]!, Math.log1p(weight[e]! / 2 ** 20) + 0.2 * Math.log1p(bundle.customers.pairs.views[e]!));
  const { neighbours } = bundle;
  const part = (from: number, to: number): number => {
    for (let f = neighbours.offsets[from]!; f < neighbours.offsets[from + 1]!; f++)
      if (neighbours.indices[f] === to) return strength.get(from)! * neighbours.values[f]!;
    return 0;
  };
  const items = online
    .forCustomer(customer, { length: 20 })
    .filter((item) => ONLINE_SOURCES[item.source] === 'co-purchase');
  assert.ok(items.length > 0);
  for (const item of items) {
    const parts = [...strength.keys()].map((from) => part(from, item.product));
    const share = part(item.because, item.product) / parts.reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(share - item.share) < 1e-12);
    assert.equal(part(item.because, item.product), Math.max(...parts));
  }
});

test('odd ids are found, others are not', () => {
  for (const id of ODD) {
    assert.equal(idOf(code(id)), id);
    assert.equal(textAt(bundle.customers.ids, online.customerAt(id)), id);
  }
  for (const id of ['', "o'brien", '\ud800', '绿茶', 'P', 'P999999', '\u0000', 'x'.repeat(100_000)]) {
    assert.equal(online.productAt(id), -1);
    assert.equal(online.customerAt(id), -1);
  }
  const list = textList([]);
  assert.equal(textCount(list), 0);
  assert.equal(placeOf(list, 'a'), -1);
});

test('nobody gets what is popular in the shop; with a session what goes with it', () => {
  for (const item of described(bundle, online.forCustomer(-1, { length: 8 }), -1)) {
    assert.ok(['popular-in-tier', 'new-arrivals'].includes(item.source));
    assert.match(item.reason.en, /^(Popular in this shop|New in the shop)$/);
  }
  const session = [code('P12'), code('P15'), code('P12')];
  const items = online.forCustomer(-1, { length: 30, session });
  const first = described(bundle, items, -1)[0]!;
  assert.equal(first.source, 'session');
  assert.match(first.reason.en, /^Because you are looking at Title "(12|15)"$/);
  assert.ok(items.every((item) => !session.includes(item.product)));
  // The last one counts twice the first: 2/3 of the chance to start.
  const { neighbours } = bundle;
  const scoreOf = (product: number): number => {
    let score = 0;
    for (const [from, chance] of [
      [code('P15'), 1 / 3],
      [code('P12'), 2 / 3],
    ] as const)
      for (let f = neighbours.offsets[from]!; f < neighbours.offsets[from + 1]!; f++)
        if (neighbours.indices[f] === product) score += chance * neighbours.values[f]!;
    return score;
  };
  const ofSession = items.filter(({ source }) => ONLINE_SOURCES[source] === 'session');
  assert.ok(ofSession.length > 5);
  const best = Math.max(...ofSession.map(({ product }) => scoreOf(product)));
  assert.equal(scoreOf(ofSession[0]!.product), best);
  for (const { product, because, share } of ofSession) {
    assert.ok(session.includes(because));
    const only = makeRecommender(bundle).forCustomer(-1, { length: 30, session: [because] });
    assert.ok(only.length > 0 && share > 0 && share <= 1 && scoreOf(product) > 0);
  }
});

test('who refused profiling gets what is popular in the shop, whatever the session', () => {
  const refused = online.customerAt(customerId(17));
  const sources = described(
    bundle,
    online.forCustomer(refused, { length: 10, session: [code('P12')] }),
    tierOf(customerId(17)),
  );
  assert.ok(sources.length > 0);
  for (const item of sources) assert.equal(item.reason.code, 'popular-shop');
});

test('what happened since counts', () => {
  const nobody = -1;
  const since = [
    { product: code('P13'), buys: 1, firstDay: bundle.about.today, lastDay: bundle.about.today, weight: 1, views: 0 },
    { product: code('P14'), buys: 0, firstDay: 0, lastDay: 0, weight: 0, views: 3 },
  ];
  const items = described(bundle, online.forCustomer(nobody, { length: 40, since }), -1);
  assert.ok(!items.some((item) => item.productId === 'P13'), 'bought just now');
  assert.match(
    items.find((item) => item.source === 'co-purchase')!.reason.en,
    /^Because you (bought|looked at) Title "1[34]"/,
  );
  const known = online.customerAt(customerId(20));
  const own = bundle.customers.pairs.product[bundle.customers.pairs.offsets[known]!]!;
  const more = online.forCustomer(known, { length: 12, since: [{ ...since[0]!, product: own }] });
  assert.ok(!more.some((item) => item.product === own), 'bought again today, not due');
});

test('filters: category and all below, prices, stock, exclusions', () => {
  const { products } = bundle;
  const all = (filter: object) => online.forCustomer(-1, { length: 100, filter }).map((item) => item.product);
  const pathOf = (product: number) =>
    products.category[product]! < 0 ? '' : textAt(products.categories, products.category[product]!);
  assert.ok(all({ category: 'Food' }).length > 5);
  for (const product of all({ category: 'Food' })) assert.match(pathOf(product), /^Food > /);
  assert.deepEqual(all({ category: 'Foo' }), []);
  assert.deepEqual(all({ category: '__proto__' }), []);
  const priced = all({ minPriceMinor: 500, maxPriceMinor: 1000 });
  assert.ok(priced.length > 0);
  for (const product of priced) assert.ok(products.price[product]! >= 500 && products.price[product]! <= 1000);
  assert.ok(!all({ exclude: [code('P20')] }).includes(code('P20')));
  assert.ok(all({}).includes(code('P20')));
  for (const product of all({ inStock: true })) assert.equal(products.inStock[product], 1);
});

test('a basket: what goes with all of it, nothing that could replace a part, and the strongest part is named', () => {
  const basket = [code('P12'), code('P15')];
  const { products, neighbours, together } = bundle;
  const items = online.forBasket(basket, { length: 10 });
  assert.ok(items.length > 0);
  const kinds = basket.map((product) => products.category[product]!);
  for (const item of items) {
    assert.ok(!basket.includes(item.product));
    assert.ok(products.category[item.product]! < 0 || !kinds.includes(products.category[item.product]!));
    assert.equal(ONLINE_SOURCES[item.source], 'basket');
  }
  // The score, slowly: mean chance to be in one order, times the share of the basket that leads there.
  const rows = basket.map((product) => {
    const used = together.offsets[product + 1]! > together.offsets[product]! ? together : neighbours;
    const row = new Map<number, number>();
    for (let f = used.offsets[product]!; f < used.offsets[product + 1]!; f++)
      row.set(used.indices[f]!, used.values[f]!);
    return row;
  });
  for (const { product, score, because, share } of items) {
    const parts = rows.map((row) => row.get(product) ?? 0);
    const sum = parts.reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(((sum / 2) * parts.filter((part) => part > 0).length) / 2 - score) < 1e-12);
    assert.ok(Math.abs(share - Math.max(...parts) / sum) < 1e-12);
    assert.equal(parts[basket.indexOf(because)], Math.max(...parts));
  }
  assert.deepEqual(online.forBasket([...basket, ...basket], { length: 10 }), items, 'twice is once');
  assert.deepEqual(online.forBasket([], { length: 10 }), []);
});

test('a product page: similar is alike or of the same kind, complementary is of another', () => {
  const tea = code('P15');
  const { products, neighbours, content } = bundle;
  const { category } = products;
  const value = ({ offsets, indices, values }: typeof content, from: number, to: number): number => {
    for (let f = offsets[from]!; f < offsets[from + 1]!; f++) if (indices[f] === to) return values[f]!;
    return 0;
  };
  const similar = online.similarTo(tea, { length: 10 });
  assert.equal(similar.length, 10);
  const nearest = neighbours.values[neighbours.offsets[tea]!]!;
  for (const [i, { product, score, reason, share, because }] of similar.entries()) {
    assert.notEqual(product, tea);
    assert.equal(because, tea);
    if (ONLINE_REASONS[reason] === 'same-type') {
      assert.equal(category[product], category[tea]);
      continue;
    }
    const near = category[product] === category[tea] ? value(neighbours, tea, product) / nearest : 0;
    const alike = value(content, tea, product);
    assert.ok(Math.abs(score - (near + alike) / 2) < 1e-12);
    assert.equal(ONLINE_REASONS[reason], near > alike ? 'similar' : 'alike');
    assert.ok(Math.abs(share - Math.max(near, alike) / (near + alike)) < 1e-12);
    if (i > 0) assert.ok(similar[i - 1]!.score >= score);
  }
  assert.ok(similar.some(({ reason }) => ONLINE_REASONS[reason] === 'similar'));
  for (const item of online.complementsOf(tea, { length: 10 })) assert.notEqual(category[item.product], category[tea]);
  // Nobody ever bought it, so it has no neighbours: what is described like it.
  const never = described(bundle, online.similarTo(code('NEVER'), { length: 5 }), -1);
  assert.deepEqual([...new Set(never.map((item) => item.reason.code))], ['alike']);
  // Where neither is left, what is popular of its kind.
  const bare = makeRecommender({ ...bundle, content: { ...content, offsets: new Int32Array(products.count + 1) } });
  const kind = bare.similarTo(code('NEVER'), { length: 5 });
  assert.ok(kind.length > 2);
  for (const item of kind) {
    assert.equal(ONLINE_REASONS[item.reason], 'same-type');
    assert.equal(category[item.product], category[code('NEVER')]);
  }
  assert.deepEqual(online.complementsOf(code('NEVER'), { length: 5 }), []);
});

test('bought together is learned from orders', async () => {
  const compute = await openDuckdb({ threads: 1 });
  const line = (order: string, product: string, more: object = {}) => ({
    ...{
      order_id: order,
      line: 1,
      customer_id: `C${order}`,
      product_id: product,
      quantity: 1,
      paid: 1,
      currency: 'CNY',
    },
    ...{ ordered_at: TINY_AS_OF - 1000, status: 'paid', ...more },
  });
  await loadTinyShop(compute, {
    products: ['pen', 'ink', 'cup', 'mat'].map((id) => ({ product_id: id, title: id, category: id, currency: 'CNY' })),
    customers: [{ customer_id: 'C4', consent_personal: false }],
    order_lines: [
      ...['1', '2', '3'].flatMap((order) => [line(order, 'pen'), line(order, 'ink')]),
      ...[line('5', 'ink', { customer_id: null }), line('5', 'pen', { customer_id: null })],
      // Refused profiling; cancelled; another order of the same customer.
      ...[line('4', 'pen'), line('4', 'cup'), line('1', 'mat', { status: 'cancelled' })],
      ...[line('6', 'cup', { customer_id: 'C1' }), line('7', 'cup', { customer_id: 'C2' })],
    ] as never,
  });
  const file = join(shop.dir, 'together.bundle');
  const weights = { buyersMin: 1 };
  await makeRecommendations(compute, { asOf: TINY_AS_OF, timeZone: 'UTC', seed: 1, weights, bundle: file });
  const one = makeRecommender(await readBundle(file));
  const page = (id: string) => described(one.bundle, one.complementsOf(one.productAt(id), { length: 5 }), -1);
  assert.deepEqual(
    page('pen').map(({ productId, score, reason }) => [productId, score, reason.en]),
    [['ink', 1, 'Often bought together with pen']],
  );
  // A cup is only ever bought alone: what its customers chose.
  const [ink, pen] = page('cup');
  assert.deepEqual([ink?.productId, pen?.productId].sort(), ['ink', 'pen']);
  assert.equal(ink?.reason.en, 'Customers who chose cup also chose this');
  await compute.close();
});

test('everything bought: what is due again, or nothing', () => {
  const { today } = bundle.about;
  const since = Array.from({ length: bundle.products.count }, (_, product) => ({
    ...{ product, buys: 1, firstDay: today, lastDay: today, weight: 1, views: 0 },
  }));
  assert.deepEqual(online.forCustomer(-1, { length: 12, since }), []);
});

test('a broken file is refused with what is wrong', async () => {
  const broken = join(shop.dir, 'broken.bundle');
  const bytes = readFileSync(shop.file);
  const refused = async (content: Buffer, reason: RegExp) => {
    writeFileSync(broken, content);
    await assert.rejects(readBundle(broken), { code: 'WORKSPACE_BROKEN', message: reason });
  };
  await assert.rejects(readBundle(join(shop.dir, 'none')), { code: 'WORKSPACE_BROKEN', message: /ENOENT/ });
  await refused(Buffer.alloc(0), /only 0 bytes/);
  await refused(bytes.subarray(0, 40), /only 40 bytes/);
  await refused(bytes.subarray(0, 300), /not all there/);
  await refused(bytes.subarray(0, bytes.length - 64), /bytes, not/);
  await refused(Buffer.concat([bytes, Buffer.alloc(8)]), /bytes, not/);
  await refused(Buffer.from(bytes).fill('X', 0, 8), /begins with "XXXXXXXX"/);
  for (let at = 0; at < bytes.length; at += Math.floor(bytes.length / 97)) {
    const flipped = Buffer.from(bytes);
    flipped[at]! ^= 1;
    writeFileSync(broken, flipped);
    // The only bytes that no checksum covers are the filling between arrays.
    const read = await readBundle(broken).catch((error: { code: string }) => error.code);
    if (typeof read !== 'string') assert.equal(bytes[at], 0);
    else assert.equal(read, 'WORKSPACE_BROKEN');
  }
  copyFileSync(shop.file, broken);
  assert.deepEqual((await readBundle(broken)).about, bundle.about);
});

test('the same bytes again', async () => {
  const again = await tinyOnline(loadTinyShop, { chunk: 7 });
  assert.ok(readFileSync(again.file).equals(readFileSync(shop.file)));
  await again.close();
});

test('one product only, and a shop that nobody has bought from', async () => {
  const compute = await openDuckdb({ threads: 1 });
  const file = join(shop.dir, 'one.bundle');
  const made = async (lines: readonly object[]) => {
    await loadTinyShop(compute, {
      products: [{ product_id: 'only', title: 'Only', currency: 'CNY' }],
      order_lines: lines as never,
    });
    await makeRecommendations(compute, { asOf: TINY_AS_OF, timeZone: 'UTC', seed: 1, bundle: file });
    return makeRecommender(await readBundle(file));
  };
  const nobody = await made([]);
  assert.equal(nobody.customerAt('a'), -1);
  assert.deepEqual(
    described(nobody.bundle, nobody.forCustomer(-1, { length: 5 }), -1).map((item) => item.productId),
    ['only'],
  );
  const line = { order_id: 'O', line: 1, customer_id: 'a', product_id: 'only', quantity: 1, paid: 1, currency: 'CNY' };
  const one = await made([{ ...line, ordered_at: TINY_AS_OF - 1000, status: 'paid' }]);
  assert.deepEqual(one.forCustomer(one.customerAt('a'), { length: 5 }), [], 'everything is bought');
  assert.deepEqual(one.forBasket([0], { length: 5 }), []);
  assert.deepEqual(one.similarTo(0, { length: 5 }), []);
  await compute.close();
});
