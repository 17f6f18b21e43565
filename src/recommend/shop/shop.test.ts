// Aim: lists hold what the rules allow, with a reason that is true, and look only at what had happened.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { type Compute, openDuckdb, writeParquet } from '#engines/index.ts';
import { DAY_MS as DAY } from '#kernels/local-time.ts';
import type { Sparse } from '#kernels/sparse.ts';
import { loadTinyShop } from '../../events/tiny-shop.ts';
import { evaluateRecommendations } from './evaluate-shop.ts';
import { keepHistory } from './history.ts';
import { type MakeOptions, makeRecommendations } from './make.ts';
import { bookOf } from './strategies.ts';

const START = Date.parse('2025-01-01T12:00:00Z');
const AS_OF = START + 99 * DAY;
const at = (day: number) => START + day * DAY;

let order = 0;
const line = (customer: string | null, product: string, day: number, more: object = {}) => ({
  order_id: `O${++order}`,
  line: 1,
  customer_id: customer,
  product_id: product,
  ordered_at: at(day),
  quantity: 1,
  paid: 1000,
  status: 'paid',
  currency: 'CNY',
  ...more,
});
const product = (id: string, category: string, more: object = {}) => ({
  product_id: id,
  title: `Title ${id}`,
  category,
  currency: 'CNY',
  ...more,
});

/**
 * Tea T1 is bought every 20 days by regulars R0..R9, who also have kettle K1 and cup K2. Lamp L1 has sold well to
 * newcomers. GONE is out of stock, OLD inactive, both popular.
 */
function rows() {
  const lines: Record<string, string | number | null>[] = [];
  const add = (...parts: Parameters<typeof line>) => lines.push(line(...parts) as (typeof lines)[number]);
  for (let r = 0; r < 10; r++) {
    for (const day of [0, 20, 40, 60, 80]) add(`R${r}`, 'T1', day);
    add(`R${r}`, 'K1', 1 + r);
    if (r > 0) add(`R${r}`, 'K2', 70);
    add(`R${r}`, 'GONE', 30);
    add(`R${r}`, 'OLD', 30);
  }
  for (let n = 0; n < 8; n++) add(`N${n}`, 'L1', 90);
  add('KETTLE', 'K1', 85);
  add('SENTBACK', 'K1', 85);
  add('SENTBACK', 'K1', 88, { status: 'refunded' });
  add('JUSTNOW', 'T1', 98);
  add(null, 'L1', 91);
  add('LATER', 'L1', 120);
  return {
    products: [
      product('T1', 'Food > Tea', { title_zh: '茶' }),
      product('K1', 'Home > Kettles', { title_zh: '水壶' }),
      product('K2', 'Home > Cups', { title_zh: '杯子' }),
      product('L1', 'Home > Lamps'),
      product('GONE', 'Home > Cups', { stock: 0 }),
      product('OLD', 'Home > Cups', { active_to: at(50) }),
      product('SOON', 'Home > Cups', { active_from: at(150) }),
    ],
    customers: [
      { customer_id: 'COLD' },
      { customer_id: 'R9', consent_personal: false },
      { customer_id: 'LOOKER', consent_personal: true },
    ],
    order_lines: lines,
    events: [
      { message_id: 'E1', customer_id: 'LOOKER', name: 'Product Viewed', product_id: 'K1', occurred_at: at(95) },
    ],
  };
}

interface Listed {
  customer_id: string;
  product_id: string;
  source: string;
  reason_product_id: string | null;
  reason_en: string;
  reason_zh: string;
  score: number;
  chance: number | null;
  strategy: string;
  rank: number;
}

const SETTINGS: MakeOptions = {
  asOf: AS_OF,
  timeZone: 'Asia/Shanghai',
  seed: 1,
  weights: { buyersMin: 2 },
  tierNames: { gold: { en: 'Gold', zh: '黄金' } },
};

async function listed(compute: Compute, options: Partial<MakeOptions> = {}) {
  const made = await makeRecommendations(compute, { ...SETTINGS, ...options });
  const all = await compute.rows<Listed>('from recommendations order by customer_id, rank');
  const of = (id: string) => all.filter((row) => row.customer_id === id);
  return { made, all, of, item: (id: string, what: string) => of(id).find((row) => row.product_id === what) };
}

const compute = await openDuckdb({ threads: 2 });
await loadTinyShop(compute, rows());
await compute.run(`create table customer_tiers as
  select 'N' || range as customer_id, 'gold' as tier, 1 as tier_index from range(8)
  union all select 'COLD', 'gold', 1 union all select 'KETTLE', 'basic', 0`);
const shop = await listed(compute);

test('everybody has a list; ranks and scores fall in order', () => {
  const customers = new Set(shop.all.map((row) => row.customer_id));
  for (const id of ['R0', 'R9', 'N0', 'KETTLE', 'SENTBACK', 'JUSTNOW', 'COLD', 'LOOKER'])
    assert.ok(customers.has(id), id);
  assert.ok(!customers.has('LATER'), 'first seen after the moment');
  for (const id of customers) {
    const own = shop.of(id);
    assert.deepEqual(
      own.map((row) => row.rank),
      own.map((_, i) => i + 1),
    );
    assert.equal(new Set(own.map((row) => row.product_id)).size, own.length);
    for (let i = 1; i < own.length; i++) assert.ok(own[i - 1]!.score >= own[i]!.score);
  }
  assert.equal(shop.made.rows, shop.all.length);
});

test('what is out of stock, not on sale yet or no longer is never shown', () => {
  for (const gone of ['GONE', 'OLD', 'SOON']) assert.ok(!shop.all.some((row) => row.product_id === gone), gone);
});

test('a consumable comes back when due, with the rhythm; a durable does not', () => {
  const tea = shop.item('R0', 'T1')!;
  assert.equal(tea.source, 'repeat');
  assert.equal(tea.reason_en, 'You buy this about every 20 days, last on 2025-03-22');
  assert.equal(tea.reason_zh, '您大约每 20 天购买一次，上次购买于 2025-03-22');
  assert.equal(shop.item('R0', 'K1'), undefined, 'one kettle is enough');
});

test('a strategy may let bought products rest; it is logged, and those of a tier differ', async () => {
  const resting = bookOf({ default: { like: 'balanced', restShare: 0.4 }, tiers: { gold: 'discovery' } });
  const { made, of, item } = await listed(compute, { strategies: resting });
  assert.equal(item('JUSTNOW', 'T1'), undefined, 'bought yesterday, not due');
  assert.ok(item('R0', 'T1'), '19 of 20 days have gone');
  assert.deepEqual(new Set(of('R0').map((row) => row.strategy)), new Set(['default']));
  assert.deepEqual(new Set(of('N1').map((row) => row.strategy)), new Set(['discovery']));
  assert.deepEqual(new Set(of('R9').map((row) => row.strategy)), new Set(['popular']), 'refused profiling');
  assert.deepEqual(Object.keys(made.strategies).sort(), ['default', 'discovery', 'popular']);
  const eager = await listed(compute, { strategies: bookOf({ default: 'relevance', tiers: {} }) });
  assert.equal(
    eager.item('JUSTNOW', 'T1')!.reason_en,
    'Customers buy this again about every 20 days; you last did on 2025-04-09',
  );
});

test('a co-purchase names what was bought', () => {
  const cup = shop.item('KETTLE', 'K2')!;
  assert.equal(cup.source, 'co-purchase');
  assert.equal(cup.reason_product_id, 'K1');
  assert.equal(cup.reason_en, 'Because you bought Title K1');
  assert.equal(cup.reason_zh, '因为您买过 水壶');
});

test('a view counts, and is called one', () => {
  assert.equal(shop.item('LOOKER', 'T1')!.reason_en, 'Because you looked at Title K1');
  const own = shop.item('LOOKER', 'K1')!;
  assert.equal(own.source, 'viewed');
  assert.equal(own.reason_zh, '您最近浏览过');
});

test('what was sent back does not count as bought', () => {
  assert.ok(shop.item('SENTBACK', 'K1'), 'may be shown again');
  assert.equal(shop.of('SENTBACK').filter((row) => row.source === 'co-purchase').length, 0);
});

test('a newcomer gets what is popular in the tier', () => {
  const first = shop.of('COLD')[0]!;
  assert.equal(first.product_id, 'L1');
  assert.equal(first.source, 'popular-in-tier');
  assert.equal(first.reason_en, 'Popular with Gold customers');
  assert.equal(first.reason_zh, '黄金客户中热销');
});

test('who refused profiling gets what is popular in the shop', () => {
  const own = shop.of('R9');
  assert.ok(own.length > 0);
  for (const row of own) assert.equal(row.reason_en, 'Popular in this shop');
});

test('neighbours are sellable and ranked', async () => {
  const rows = await compute.rows<{ product_id: string; neighbour_id: string; rank: number }>(
    "from product_neighbours where product_id = 'K1' order by rank",
  );
  assert.deepEqual(
    rows.map((row) => row.rank),
    rows.map((_, i) => i + 1),
  );
  assert.deepEqual(new Set(rows.map((row) => row.neighbour_id)), new Set(['T1', 'K2']));
});

test('the same on one thread, in small chunks, and whatever happens later', async () => {
  const other = await openDuckdb({ threads: 1 });
  const given = rows();
  const later = Array.from({ length: 30 }, (_, i) => line(`R${i % 10}`, i % 2 === 0 ? 'K2' : 'NEW', 100 + i));
  await loadTinyShop(other, { ...given, order_lines: [...given.order_lines, ...later] as typeof given.order_lines });
  await other.run(`create table customer_tiers as
    select 'N' || range as customer_id, 'gold' as tier, 1 as tier_index from range(8)
    union all select 'COLD', 'gold', 1 union all select 'KETTLE', 'basic', 0`);
  assert.deepEqual((await listed(other, { chunk: 3 })).all, shop.all);
  await other.close();
});

test('repeats and categories are limited as long as there is something else', async () => {
  const half = bookOf({ default: { most: { repeat: 0.5 }, perCategoryMax: 1 }, tiers: {} });
  const { of } = await listed(compute, { perCustomer: 2, strategies: half });
  assert.ok(of('R0').filter((row) => row.source === 'repeat').length <= 1);
  const none = bookOf({ default: { most: { repeat: 0 } }, tiers: {} });
  const many = await listed(compute, { perCustomer: 3, strategies: none });
  // Nothing but tea is left for a regular who has everything else but the lamp.
  assert.deepEqual(
    many
      .of('R1')
      .map((row) => row.product_id)
      .sort(),
    ['L1', 'T1'],
  );
});

test('what is alike by content is a source of its own, with its reason and neighbours', async () => {
  const other = await openDuckdb({ threads: 1 });
  await loadTinyShop(other, rows());
  // Every product is like the lamp, the lamp like the kettle.
  const contentNeighbours = async (ids: readonly string[]): Promise<Sparse> => {
    const like = (id: string) => ids.indexOf(id === 'L1' ? 'K1' : 'L1');
    return {
      ...{ rows: ids.length, columns: ids.length, offsets: Int32Array.from({ length: ids.length + 1 }, (_, i) => i) },
      ...{ indices: Int32Array.from(ids, like), values: new Float64Array(ids.length).fill(1) },
    };
  };
  const made = await listed(other, { contentNeighbours });
  const lamp = made.item('KETTLE', 'L1')!;
  assert.equal(lamp.source, 'content');
  assert.equal(lamp.reason_en, 'Similar to Title K1, which you bought');
  assert.equal(lamp.reason_zh, '与您买过的 水壶 相似');
  assert.equal(made.item('LOOKER', 'L1')!.reason_en, 'Similar to Title K1, which you looked at');
  assert.deepEqual(
    await other.rows("select neighbour_id from product_neighbours where product_id = 'K1' and kind = 'alike'"),
    [{ neighbour_id: 'L1' }],
  );
  assert.ok(made.made.funnel.named.content > 0);
  await other.close();
});

test('the evaluation looks at the held-out days and leaves no table behind', async () => {
  const report = await evaluateRecommendations(compute, {
    asOf: AS_OF,
    timeZone: 'Asia/Shanghai',
    seed: 1,
    weights: { buyersMin: 2 },
  });
  // Bought both by day 71 and after it: R0..R9 (day 80).
  assert.equal(report.buyers, 10);
  assert.equal(report.methods.personal!.repeat.metrics.recall, 1);
  assert.equal(report.methods.shown!.repeat.metrics.hitRate, 0.9, 'R9 refused profiling');
  assert.deepEqual(report.ranker, { kind: 'walk' }, 'ten purchases teach nothing');
  assert.equal(report.tiers.length, 1);
  assert.equal(report.tiers[0]!.tier, null, 'no tiers are known at the cut');
  for (const tenths of [report.popularity.shown, report.popularity.bought])
    assert.ok(Math.abs(tenths.reduce((a, b) => a + b, 0) - 1) < 1e-12);
  const left = await compute.rows(
    "select table_name from information_schema.tables where table_name like 'recommend_tmp%'",
  );
  assert.deepEqual(left, []);
  await keepHistory(compute, report);
  const kept = () =>
    compute.rows<{ as_of: number; value: number }>(
      "select as_of, value from recommend_history where method = 'shown' and part = 'all' and tier is null and metric = 'recall' order by 1",
    );
  const first = await kept();
  assert.deepEqual(first, [{ as_of: AS_OF, value: report.methods.shown!.all.metrics.recall }]);
  const file = join(mkdtempSync(join(tmpdir(), 'tierwise-history-')), 'history.parquet');
  await writeParquet(compute, 'from recommend_history', file);
  await keepHistory(compute, report, { before: file });
  assert.deepEqual(await kept(), first, 'the same moment again');
  await keepHistory(compute, { ...report, asOf: AS_OF + DAY }, { before: file });
  assert.deepEqual(
    (await kept()).map((row) => row.as_of),
    [AS_OF, AS_OF + DAY],
  );
  rmSync(dirname(file), { recursive: true });
  await compute.close();
});
