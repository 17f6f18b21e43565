// Aim: one definition has one answer. Known answers on a world small enough to see; the compiled form equals the plain
// evaluator on generated shops, at the edges of days and clock changes, and on real baskets; nothing later is seen.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { type Compute, openDuckdb } from '#engines/index.ts';
import { DAY_MS as DAY, dayNumber, localMs } from '#kernels/local-time.ts';
import type { Table } from '#table/index.ts';
import { loadTinyShop, type TinyRow, type TinyShop, tinyTables } from '../events/tiny-shop.ts';
import { checksum, checksumOf } from './checksum.ts';
import { offsets } from './clock.ts';
import { compile } from './compile.ts';
import type { Condition } from './condition.ts';
import { CUSTOMER_FEATURES } from './customer-features.ts';
import { type Aggregate, type AggregateFeature, type Definition, type Entity, feature } from './definition.ts';
import { evaluate } from './evaluate.ts';
import { ID, makeFeatures } from './make.ts';
import { PRODUCT_FEATURES } from './product-features.ts';
import { customerFeatures, shareFeatures, topNames } from './shares.ts';

const DATA = new URL('../../../shared/data/', import.meta.url);
const compute = await openDuckdb();
after(() => compute.close());

type Values = Record<string, (number | null)[]>;

function valuesOf(data: Table, names: readonly string[]): Values {
  const out: Values = {};
  for (const name of names) {
    const column = data.columns[name];
    assert.ok(column?.kind === 'number', `no number column ${name}`);
    out[name] = Array.from(column.values, (value, i) => (column.valid?.[i] === 0 ? null : value));
  }
  return out;
}

const shown = (definitions: readonly Definition[]) => definitions.filter((d) => d.hidden !== true).map((d) => d.name);

/** Every value of both engines: equal, whole numbers exactly, others to 1e-12. */
function assertEqual(fast: Table, slow: Table, of: Entity, definitions: readonly Definition[]) {
  const ids = (data: Table, name: string) => {
    const column = data.columns[name];
    assert.ok(column?.kind === 'text');
    return Array.from(column.codes, (code) => column.dictionary[code]);
  };
  assert.deepEqual(ids(fast, ID[of]), ids(slow, 'entity'));
  const [a, b] = [valuesOf(fast, shown(definitions)), valuesOf(slow, shown(definitions))];
  for (const name of shown(definitions))
    for (const [i, x] of a[name]!.entries()) {
      const y = b[name]![i]!;
      const same =
        x === y || (x !== null && y !== null && Math.abs(x - y) <= 1e-12 * Math.abs(y) && !Number.isInteger(y));
      assert.ok(same, `${name} of row ${i}: compiled ${x}, evaluated ${y}`);
    }
}

interface As {
  readonly of: Entity;
  readonly asOf: number;
  readonly timeZone: string;
}

async function compiled(definitions: readonly Definition[], as: As, duplicates: 'check' | 'drop' | 'absent' = 'check') {
  await makeFeatures(compute, definitions, { ...as, into: 'features_test', duplicates });
  return compute.table(`from features_test order by ${ID[as.of]}`);
}

const line = (over: TinyRow): TinyRow => ({
  line: 1,
  customer_id: 'a',
  product_id: 'p',
  quantity: 1,
  paid: 100,
  status: 'paid',
  currency: 'USD',
  ...over,
});

// Midnight of 2024-03-20 in Shanghai is 16:00 UTC the day before.
const NOON = Date.UTC(2024, 2, 20, 4);
const SHOP: TinyShop = {
  products: [{ product_id: 'p', category: 'Food > Tea', brand: 'Lu', price: 300 }],
  order_lines: [
    line({ order_id: '1', ordered_at: NOON - 10 * DAY, paid: 100 }),
    line({ order_id: '2', ordered_at: NOON - 6 * DAY, paid: 300, quantity: 2.5 }),
    line({ order_id: '2', line: 2, ordered_at: NOON - 6 * DAY, paid: 50, product_id: 'q' }),
    line({ order_id: '3', ordered_at: NOON - 12 * 3_600_000, paid: 500 }),
    line({ order_id: '4', ordered_at: NOON, paid: 700, discount: 20, coupon_discount: 5 }),
    line({ order_id: '4', line: 2, ordered_at: NOON, paid: 40, status: 'refunded' }),
    line({ order_id: '9', ordered_at: NOON + 1, paid: 9999 }),
  ],
};

test('each kind of aggregate gives the answer that can be counted by hand', async () => {
  await loadTinyShop(compute, SHOP);
  const cases: [Aggregate, Partial<AggregateFeature>, number | null][] = [
    ['count', {}, 6],
    ['count', { take: 'discount' }, 1],
    ['count', { windowDays: 1 }, 3],
    ['count', { windowDays: 6 }, 3],
    ['count', { windowDays: 7 }, 5],
    ['count', { where: { not: { column: 'status', is: '=', value: 'paid' } } }, 1],
    ['count', { where: { column: 'discount', missing: true } }, 5],
    ['count', { where: { column: 'quantity', is: '>', value: 2.4 } }, 1],
    ['count', { where: { column: 'product_id', in: ['q', 'r'] } }, 1],
    [
      'count',
      {
        where: {
          any: [
            { column: 'paid', is: '<=', value: 40 },
            { column: 'discount', is: '!=', value: 1 },
          ],
        },
      },
      2,
    ],
    ['count', { where: { column: 'hour', is: '=', value: 0 } }, 1],
    ['count', { where: { column: 'weekday', is: '=', value: 3 } }, 3],
    ['sum', { take: 'paid' }, 1690],
    ['sum', { take: 'quantity' }, 7.5],
    ['sum', { take: { plus: ['discount', 'coupon_discount'] } }, 25],
    ['sum', { take: { less: ['paid', 'discount'] } }, 680],
    ['sum', { take: 'paid', where: { column: 'status', is: '=', value: 'cancelled' } }, null],
    ['mean', { take: 'paid', windowDays: 7, where: { column: 'product_id', is: '=', value: 'p' } }, 385],
    ['stddev', { take: 'paid', where: { column: 'order_id', in: ['1', '2'] } }, Math.sqrt(35000 / 3)],
    ['min', { take: 'quantity' }, 1],
    ['max', { take: 'paid' }, 700],
    ['first', { take: 'paid' }, 100],
    ['first', { take: 'paid', windowDays: 7 }, 50],
    ['last', { take: 'paid' }, 700],
    ['distinct', { take: 'product_id' }, 2],
    ['distinct', { take: 'product_id', windowDays: 6 }, 1],
    ['distinct', { take: 'brand' }, 1],
    ['distinct', { take: 'department', where: { column: 'department', is: '=', value: 'Food' } }, 1],
    ['repeated', { take: 'product_id' }, 1],
    ['repeated', { take: 'product_id', windowDays: 1 }, 0],
    ['days', {}, 3],
    ['days', { windowDays: 7 }, 2],
    ['days-since-first', {}, 10],
    ['days-since-first', { windowDays: 7 }, 6],
    ['days-since-last', { where: { column: 'paid', is: '<', value: 200 } }, 0],
    ['days-since-last', { take: 'discount', where: { column: 'paid', is: '<', value: 200 } }, null],
    ['days', { take: 'discount' }, 1],
    ['gap-max', { take: 'discount' }, null],
    ['gap-mean', {}, 5],
    ['gap-stddev', {}, 1],
    ['gap-max', {}, 6],
    ['gap-median', {}, 5],
  ];
  const about = { en: '', zh: '' };
  const definitions = cases.map(([by, rest], i) =>
    feature({ name: `f${i}`, of: 'customer', from: 'lines', by, unit: 'count', about, ...rest }),
  );
  const as = { of: 'customer', asOf: NOON, timeZone: 'Asia/Shanghai' } as const;
  const fast = valuesOf(await compiled(definitions, as), shown(definitions));
  const slow = valuesOf(evaluate(definitions, tinyTables(SHOP), as), shown(definitions));
  for (const [i, [by, rest, expected]] of cases.entries()) {
    const label = `${by} ${JSON.stringify(rest)}`;
    if (expected === null || Number.isInteger(expected)) assert.equal(fast[`f${i}`]![0], expected, label);
    else assert.ok(Math.abs(fast[`f${i}`]![0]! / expected - 1) < 1e-12, `${label}: ${fast[`f${i}`]![0]}`);
    assert.ok(
      Math.abs((slow[`f${i}`]![0] ?? -1) - (expected ?? -1)) < 1e-9,
      `evaluated ${label}: ${slow[`f${i}`]![0]}`,
    );
  }
});

test('an order is its paid lines, and derived features follow their inputs', async () => {
  await loadTinyShop(compute, SHOP);
  const as = { of: 'customer', asOf: NOON, timeZone: 'Asia/Shanghai' } as const;
  const out = valuesOf(await compiled(CUSTOMER_FEATURES, as), shown(CUSTOMER_FEATURES));
  const expected: [string, number | null][] = [
    ['orders', 4],
    ['orders_7d', 3],
    ['spend_gross', 1650],
    ['refunds', 40],
    ['spend_net', 1610],
    ['basket_mean', 412.5],
    ['basket_first', 100],
    ['lines_per_order', 1.25],
    ['products', 2],
    ['discount_share', 20 / 1675],
    ['coupon_order_share', 0.25],
    ['night_share', 0.25],
    ['return_rate', 0.2],
    ['recency_days', 0],
    ['tenure_days', 10],
    ['overdue_ratio', 0],
    ['orders_trend_28d', 1],
    ['rating_mean', null],
    ['views', 0],
    ['view_to_buy', null],
  ];
  for (const [name, value] of expected) assert.equal(out[name]![0], value, name);
  assert.ok(shown(CUSTOMER_FEATURES).length >= 60 && shown(PRODUCT_FEATURES).length >= 20);
});

const ZONES = ['UTC', 'America/New_York', 'Asia/Shanghai', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/Sao_Paulo'];
// Clock changes lie between these as-of moments and the rows before them, and near some of them.
const MOMENTS = [
  Date.UTC(2018, 10, 4, 3),
  Date.UTC(2017, 2, 12, 7),
  Date.UTC(2016, 9, 30, 1),
  Date.UTC(2018, 3, 1, 13, 7),
];

/** Moments relative to as-of: at it, around local midnights and clock changes, anywhere in 400 days before, later. */
function momentArbitrary(asOf: number, timeZone: string) {
  const day = dayNumber(asOf, timeZone);
  const changes = offsets(timeZone, asOf)
    .map((offset) => offset.from)
    .filter((from) => from > asOf - 400 * DAY);
  const shift = offsets(timeZone, asOf).at(-1)!.offsetMs;
  const nudge = fc.constantFrom(-1, 0, 1, -3_600_000, 3_600_000);
  const windows = fc.constantFrom(0, 1, 6, 7, 13, 14, 27, 28, 90, 91, 181, 364, 365);
  return fc.oneof(
    fc.constantFrom(asOf, asOf - 1, asOf + 1),
    fc.tuple(windows, nudge).map(([back, by]) => (day - back) * DAY - shift + by),
    fc.tuple(fc.constantFrom(asOf, ...changes), nudge).map(([at, by]) => at + by),
    fc.integer({ min: -400 * DAY, max: 3 * DAY }).map((by) => asOf + by),
  );
}

function shopArbitrary(asOf: number, timeZone: string): fc.Arbitrary<TinyShop> {
  const at = momentArbitrary(asOf, timeZone);
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 4 });
  const customer = fc.integer({ min: 0, max: 4 }).map((n) => `c${n}`);
  const product = fc.integer({ min: 0, max: 5 }).map((n) => `p${n}`);
  const money = fc.integer({ min: 0, max: 5000 });
  const key = <K extends string>(name: K, rows: fc.Arbitrary<TinyRow[]>) =>
    rows.map((own) => own.map((row, i) => ({ [name]: `${name}${i - (i % 7 === 3 ? 1 : 0)}`, ...row })));
  const orderLine = fc.record({
    order_id: fc.integer({ min: 0, max: 12 }).map((n) => `o${n}`),
    line: fc.integer({ min: 1, max: 2 }),
    customer_id: maybe(customer),
    product_id: product,
    ordered_at: at,
    quantity: fc.integer({ min: 1, max: 4000 }).map((n) => n / 1000),
    paid: money,
    discount: maybe(fc.integer({ min: 0, max: 50 })),
    coupon_discount: maybe(fc.integer({ min: 0, max: 2 })),
    store_id: maybe(fc.constantFrom('s1', 's2')),
    status: fc.constantFrom('paid', 'paid', 'paid', 'refunded', 'cancelled'),
  });
  const event = fc.record({
    customer_id: maybe(customer),
    product_id: maybe(product),
    name: fc.constantFrom('Product Viewed', 'Product Added', 'Products Searched'),
    session_id: maybe(fc.constantFrom('x', 'y', 'z')),
    occurred_at: at,
    received_at: maybe(at),
  });
  const review = fc.record({
    customer_id: maybe(customer),
    product_id: product,
    rating: maybe(fc.constantFrom(1, 2, 3.5, 4.0625, 5)),
    reviewed_at: at,
  });
  return fc.record({
    customers: fc.array(fc.record({ customer_id: customer, first_seen_at: maybe(at) }), { maxLength: 4 }),
    products: fc.array(
      fc.record({
        product_id: product,
        category: maybe(fc.constantFrom('A > B > C', 'A > D', 'E')),
        brand: maybe(fc.constantFrom('K', 'L')),
        price: maybe(money),
        unit_cost: maybe(money),
        active_from: maybe(at),
      }),
      { maxLength: 7 },
    ),
    order_lines: fc.array(orderLine, { minLength: 5, maxLength: 60 }),
    events: key('message_id', fc.array(event, { maxLength: 30 })),
    reviews: key('review_id', fc.array(review, { maxLength: 12 })),
    exposures: fc.array(
      fc.record({
        campaign_id: fc.constantFrom('k1', 'k2'),
        customer_id: customer,
        arm: maybe(fc.constantFrom('offer', 'holdout')),
        shown_at: maybe(at),
        clicked_at: maybe(at),
      }),
      { maxLength: 6 },
    ),
    redemptions: key(
      'redemption_id',
      fc.array(fc.record({ customer_id: customer, redeemed_at: at }), { maxLength: 5 }),
    ),
  });
}

const caseArbitrary = fc
  .tuple(fc.constantFrom(...ZONES), fc.constantFrom(...MOMENTS), fc.integer({ min: -2 * DAY, max: 2 * DAY }))
  .chain(([timeZone, base, by]) =>
    shopArbitrary(base + by, timeZone).map((shop) => ({ timeZone, asOf: base + by, shop })),
  );

test('compiled equals evaluated for every standing feature on generated shops', async () => {
  await fc.assert(
    fc.asyncProperty(caseArbitrary, async ({ timeZone, asOf, shop }) => {
      await loadTinyShop(compute, shop);
      const shares = shareFeatures('department', ['A', 'E']).concat(shareFeatures('brand', ['K']));
      const lists = [
        ['customer', [...CUSTOMER_FEATURES, ...shares]],
        ['product', PRODUCT_FEATURES],
      ] as const;
      for (const [of, definitions] of lists) {
        const slow = evaluate(definitions, tinyTables(shop), { of, asOf, timeZone, duplicates: 'drop' });
        assertEqual(await compiled(definitions, { of, asOf, timeZone }), slow, of, definitions);
        assert.equal((await checksum(compute, 'features_test')).checksum, checksumOf(slow).checksum);
      }
    }),
    { seed: 4, numRuns: 5, endOnFailure: true },
  );
});

const definitionArbitrary: fc.Arbitrary<AggregateFeature> = fc
  .record({
    by: fc.constantFrom<Aggregate>(
      'count',
      'sum',
      'mean',
      'stddev',
      'min',
      'max',
      'first',
      'last',
      'distinct',
      'repeated',
      'days',
      'days-since-first',
      'days-since-last',
      'gap-median',
    ),
    take: fc.constantFrom<NonNullable<AggregateFeature['take']>>(
      'paid',
      'quantity',
      'discount',
      'hour',
      'weekday',
      { plus: ['paid', 'discount'] },
      { less: ['paid', 'discount'] },
    ),
    where: fc.option(
      fc.constantFrom<Condition>(
        { column: 'status', is: '!=', value: 'paid' },
        { not: { column: 'discount', is: '>', value: 20 } },
        {
          any: [
            { column: 'brand', missing: true },
            { column: 'hour', is: '<', value: 12 },
          ],
        },
        {
          all: [
            { column: 'quantity', is: '>=', value: 1.5 },
            { column: 'department', in: ['A'] },
          ],
        },
      ),
    ),
    windowDays: fc.option(fc.integer({ min: 1, max: 120 })),
  })
  .map(({ by, take, where, windowDays }) => ({
    name: '',
    of: 'customer',
    from: 'lines',
    unit: 'count',
    about: { en: '', zh: '' },
    by,
    take,
    ...(where === null ? {} : { where }),
    ...(windowDays === null || by.startsWith('gap') ? {} : { windowDays }),
  }));

test('compiled equals evaluated for definitions nobody thought of', async () => {
  await fc.assert(
    fc.asyncProperty(
      caseArbitrary,
      fc.array(definitionArbitrary, { minLength: 20, maxLength: 30 }),
      async ({ timeZone, asOf, shop }, made) => {
        const definitions = made.map((d, i) => ({ ...d, name: `f${i}` }));
        await loadTinyShop(compute, shop);
        const as = { of: 'customer', asOf, timeZone } as const;
        const slow = evaluate(definitions, tinyTables(shop), { ...as, duplicates: 'drop' });
        assertEqual(await compiled(definitions, as), slow, 'customer', definitions);
      },
    ),
    { seed: 5, numRuns: 12, endOnFailure: true },
  );
});

test('what happens later changes nothing as of now', async () => {
  await fc.assert(
    fc.asyncProperty(caseArbitrary, async ({ timeZone, asOf, shop }) => {
      const past: Record<string, TinyRow[]> = {};
      const withFuture: Record<string, TinyRow[]> = {};
      const isTime = (column: string) => /_(at|from)$/.test(column);
      for (const [name, rows] of Object.entries(shop)) {
        const known = rows.filter((row) =>
          Object.entries(row).every(([c, v]) => !isTime(c) || c === 'clicked_at' || ((v ?? 0) as number) <= asOf),
        );
        const mapped = (row: TinyRow, change: (column: string, value: TinyRow[string]) => TinyRow[string]): TinyRow =>
          Object.fromEntries(Object.entries(row).map(([column, value]) => [column, change(column, value)]));
        const unclicked = (row: TinyRow) =>
          mapped(row, (c, v) => (c === 'clicked_at' && v !== null && (v as number) > asOf ? null : v));
        const planted = rows.map((row, i) =>
          mapped(row, (c, v) => {
            if (isTime(c)) return asOf + 1 + i * 1000;
            const isKey = /^(order|message|review|redemption|campaign)_id$/.test(c) || c === `${name.slice(0, -1)}_id`;
            return isKey ? `later${i}` : v;
          }),
        );
        past[name] = known.map(unclicked);
        withFuture[name] = [...known, ...planted];
      }
      const sums: string[] = [];
      for (const tiny of [past, withFuture])
        for (const [of, definitions] of [
          ['customer', CUSTOMER_FEATURES],
          ['product', PRODUCT_FEATURES],
        ] as const) {
          await loadTinyShop(compute, tiny);
          await makeFeatures(compute, definitions, { of, asOf, timeZone, into: 'features_test', duplicates: 'drop' });
          sums.push((await checksum(compute, 'features_test')).checksum);
        }
      assert.deepEqual(sums.slice(0, 2), sums.slice(2));
    }),
    { seed: 6, numRuns: 3, endOnFailure: true },
  );
});

test('the clock agrees with the platform at any moment', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), fc.integer({ min: 0, max: Date.UTC(2026, 0, 1) }), (timeZone, at) => {
      const { offsetMs } = offsets(timeZone, at).findLast((offset) => offset.from <= at)!;
      assert.equal(at + offsetMs, localMs(at, timeZone));
    }),
    { seed: 7, numRuns: 2000 },
  );
});

test('a checksum sees any change of a value and no change of order', async () => {
  await loadTinyShop(compute, SHOP);
  await compute.run(`create or replace table features_sum as
    select 'a' as customer_id, 1::bigint as x, 0.5::double as y union all select 'b', 2, null`);
  const base = await checksum(compute, 'features_sum');
  assert.deepEqual({ ...base, checksum: '' }, { features: 2, entities: 2, checksum: '' });
  const sumOf = async (sql: string) => {
    await compute.run(`create or replace table features_sum2 as ${sql}`);
    return (await checksum(compute, 'features_sum2')).checksum;
  };
  assert.equal(await sumOf('select customer_id, y, x from features_sum order by customer_id desc'), base.checksum);
  for (const changed of ['x + 1 as x, y', 'x, coalesce(y, 0) as y', 'x, y + 0.001 as y', '3 - x as x, y', 'x as z, y'])
    assert.notEqual(await sumOf(`select customer_id, ${changed} from features_sum`), base.checksum, changed);
});

test('definitions that cannot be are refused with the reason', () => {
  const about = { en: '', zh: '' };
  const base = { of: 'customer', from: 'lines', unit: 'count', about } as const;
  const as = { of: 'customer', asOf: NOON, timeZone: 'UTC' } as const;
  const refused = (definitions: Definition[], reason: RegExp) => assert.throws(() => compile(definitions, as), reason);
  refused([{ ...base, name: 'x', by: 'sum' }], /x: sum needs take/);
  refused([{ ...base, name: 'x', by: 'sum', take: 'status' }], /x: sum of a text/);
  refused([{ ...base, name: 'x', by: 'count', take: 'nowhere' }], /no column nowhere/);
  refused([{ ...base, name: 'x', by: 'count', windowDays: 1.5 }], /whole number above 0, got 1.5/);
  refused([{ ...base, name: 'x', by: 'count', from: 'members', windowDays: 7 }], /rows of members have no day/);
  refused([{ ...base, name: 'x', by: 'sum', take: { plus: ['paid', 'quantity'] } }], /mixed scales/);
  refused([{ ...base, name: 'x', by: 'ratio', over: ['y', 'z'] }], /y is not defined before it/);
  refused(
    [
      { ...base, name: 'x', by: 'count' },
      { ...base, name: 'x', by: 'days' },
    ],
    /defined twice/,
  );
});

const CJ = new URL('completejourney/transactions.parquet', DATA);
const skip = existsSync(CJ) ? false : 'no ../shared/data here';
const WHOLE = process.env.TIERWISE_FULL === '1';

/** Complete Journey as canonical tables; every household when TIERWISE_FULL=1, else 150. */
async function completeJourney(own: Compute): Promise<void> {
  await loadTinyShop(own, {});
  const file = (name: string) => `'${fileURLToPath(new URL(`completejourney/${name}.parquet`, DATA))}'`;
  const some = WHOLE ? 'true' : 'household_id < 160';
  await own.run(`insert into products by name select product_id::varchar product_id, brand,
    concat_ws(' > ', department, product_category, product_type) category from ${file('products')}
    where ${WHOLE} or product_id in (from ${file('transactions')} select product_id where ${some})`);
  await own.run(`insert into order_lines by name select basket_id::varchar order_id,
    row_number() over (partition by basket_id order by product_id) line, household_id::varchar customer_id,
    product_id::varchar product_id, epoch_ms(transaction_timestamp) ordered_at, greatest(quantity, 1) quantity,
    round(sales_value * 100)::bigint paid, round(retail_disc * 100)::bigint discount,
    round(coupon_disc * 100)::bigint coupon_discount, 'paid' status, store_id::varchar store_id
    from ${file('transactions')} where ${some}`);
  await own.run(`insert into redemptions by name select row_number() over ()::varchar redemption_id,
    household_id::varchar customer_id, epoch_ms(redemption_date::timestamp) redeemed_at
    from ${file('coupon_redemptions')} where ${some}`);
}

test('compiled equals evaluated on Complete Journey, and on one thread or two', { skip }, async () => {
  const [one, two] = [await openDuckdb({ threads: 1 }), compute];
  await completeJourney(one);
  await completeJourney(two);
  const tables: Record<string, Table> = {};
  for (const name of ['products', 'order_lines', 'redemptions', 'customers'])
    tables[name] = await two.table(`from ${name}`);
  const as = { asOf: Date.UTC(2017, 9, 31, 12), timeZone: 'America/New_York' };
  const definitions = await customerFeatures(two, { asOf: as.asOf });
  assert.equal((await topNames(two, 'department', { asOf: as.asOf, limit: 1 }))[0], 'GROCERY');
  for (const [of, list] of [
    ['customer', definitions],
    ['product', PRODUCT_FEATURES],
  ] as const) {
    assertEqual(await compiled(list, { of, ...as }, 'absent'), evaluate(list, tables, { of, ...as }), of, list);
    const sums: unknown[] = [];
    for (const own of [one, two]) {
      await makeFeatures(own, list, { of, ...as, into: 'features_test', duplicates: 'absent' });
      sums.push(await checksum(own, 'features_test'));
    }
    assert.deepEqual(sums[0], sums[1]);
  }
  await makeFeatures(two, definitions, { of: 'customer', ...as, into: 'features_test', batch: 25 });
  await makeFeatures(one, definitions, { of: 'customer', ...as, into: 'features_whole' });
  assert.deepEqual(
    await two.rows('select customer_id from features_test'),
    await one.rows('select customer_id from features_whole'),
  );
  assert.deepEqual(await checksum(two, 'features_test'), await checksum(one, 'features_whole'));
  await one.close();
});
