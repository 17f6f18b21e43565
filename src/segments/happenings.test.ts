// Aim: leaves about what people did mean the same in SQL over the canonical tables and over one person's deeds.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { SQL_TYPES } from '#catalog/index.ts';
import { openDuckdb, writeParquet } from '#engines/index.ts';
import { TABLES } from '#events/index.ts';
import { DAY_MS, dayStart } from '#kernels/local-time.ts';
import { type Deed, drawOf, holds, type Life } from './holds.ts';
import { type Condition, conditionSql, type Ground, type Library, parseCondition } from './index.ts';

const HOUR = 3_600_000;
const TODAY = 20_000;
// A zone whose clock jumped within the window: days of 23 and 25 hours.
const TIME_ZONE = 'Europe/Berlin';
const AS_OF = dayStart(TODAY, TIME_ZONE) + 13 * HOUR;
const compute = await openDuckdb({ threads: 1 });
const dir = mkdtempSync(join(tmpdir(), 'tierwise-segments-'));
after(async () => {
  await compute.close();
  rmSync(dir, { recursive: true, force: true });
});

const PRODUCTS = [
  { product: 'P1', category: 'Food', brand: 'A', price: 100 },
  { product: 'P2', category: 'Food > Tea', brand: 'A', price: 200 },
  { product: 'P3', category: 'Food > Tea > Green', brand: 'B', price: 300 },
  { product: 'P4', category: 'Foodstuff', brand: null, price: null },
  { product: 'P5', category: null, brand: "b'", price: 200 },
];
const NAMES = ['order_paid', 'refund', 'viewed', 'event:Cart Viewed', 'reviewed', 'exposed', 'clicked', 'redeemed'];

const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { freq: 4 });
// Few moments, on the borders of days and equal to each other, and some after the moment of asking.
const moment = fc
  .record({ day: fc.integer({ min: -40, max: 1 }), ms: fc.constantFrom(0, 1, 5 * HOUR, 13 * HOUR, 23 * HOUR, -1) })
  .map(({ day, ms }) => dayStart(TODAY + day, TIME_ZONE) + ms);
const deed = fc.record({
  name: fc.constantFrom(...NAMES),
  at: moment,
  order: fc.integer({ min: 1, max: 4 }),
  product: fc.constantFrom(...PRODUCTS, { product: 'P6', category: null, brand: null, price: null }),
  amount: fc.integer({ min: 0, max: 3 }),
  quantity: fc.integer({ min: 1, max: 2 }),
  rating: maybe(fc.integer({ min: 1, max: 5 })),
  channel: maybe(fc.constantFrom('web', 'app')),
  coupon: maybe(fc.constantFrom('SAVE', "O'X")),
  campaign: fc.constantFrom('K1', 'K2'),
  offer: maybe(fc.constantFrom('F1', 'F2')),
});
type Made = typeof deed extends fc.Arbitrary<infer T> ? T : never;

const PROPERTIES_OF: Record<string, (made: Made) => Partial<Deed>> = {
  order_paid: (m) => ({
    unit: `O${m.order}`,
    channel: m.channel,
    amount: m.amount,
    quantity: m.quantity,
    coupon: m.coupon,
    ...m.product,
  }),
  refund: (m) => ({ unit: `O${m.order}`, channel: m.channel, amount: m.amount, quantity: m.quantity, ...m.product }),
  viewed: (m) => ({ campaign: m.campaign, ...m.product }),
  'event:Cart Viewed': (m) => ({ campaign: m.campaign, ...m.product }),
  reviewed: (m) => ({ rating: m.rating, ...m.product }),
  exposed: (m) => ({ campaign: m.campaign, offer: m.offer }),
  clicked: (m) => ({ campaign: m.campaign, offer: m.offer }),
  redeemed: (m) => ({ campaign: m.campaign, offer: m.offer, coupon: m.coupon, amount: m.amount }),
};

const people = fc
  .sample(fc.array(deed, { minLength: 3, maxLength: 24 }), { numRuns: 90, seed: 11 })
  .map((made, i): { id: string; made: Made[]; life: Life } => {
    const id = ['__proto__', "O'Brien", '张三'][i] ?? `C${i}`;
    const deeds = made.map((m): Deed => ({ name: m.name, at: m.at, ...PROPERTIES_OF[m.name]!(m) }) as Deed);
    const uplift = i % 3 === 0 ? [{ offer: 'F1', effect: i - 30, low: i - 40, high: i }] : [];
    const lists = new Set(i % 4 === 0 ? ['vips'] : []);
    return { id, made, life: { id, deeds, asOf: AS_OF, timeZone: TIME_ZONE, segments: SEGMENTS(), lists, uplift } };
  });

function SEGMENTS(): ReadonlyMap<string, Condition> {
  const buyers = parseCondition({ did: 'order_paid', within: { days: 20 } });
  return new Map<string, Condition>([
    ['buyers', buyers],
    ['others', { all: [{ not: { segment: 'buyers' } }, { field: 'random', op: '<', value: 0.7 }] }],
  ]);
}

before(async () => {
  for (const { name, columns } of TABLES)
    await compute.run(`create table ${name} (${columns.map((c) => `${c.name} ${SQL_TYPES[c.kind]}`).join(', ')})`);
  const insert = async (table: string, row: Record<string, string | number | null>) => {
    const names = Object.keys(row);
    await compute.run(
      `insert into ${table} (${names.join(', ')}) values (${names.map((name) => `$${name}`).join(', ')})`,
      row,
    );
  };
  for (const { product, ...each } of PRODUCTS) await insert('products', { product_id: product, ...each });
  await compute.run(
    'create table profiles (customer_id varchar); create table uplift (customer_id varchar, offer_id varchar, effect_minor bigint, low_minor bigint, high_minor bigint)',
  );
  let line = 0;
  for (const { id, made, life } of people) {
    await insert('profiles', { customer_id: id });
    for (const { offer, effect, low, high } of life.uplift)
      await insert('uplift', {
        customer_id: id,
        offer_id: offer,
        effect_minor: effect,
        low_minor: low,
        high_minor: high,
      });
    for (const m of made) {
      line++;
      const shown = { campaign_id: m.campaign, customer_id: id, offer_id: m.offer };
      const event = {
        message_id: `M${line}`,
        customer_id: id,
        occurred_at: m.at,
        product_id: m.product.product,
        campaign_id: m.campaign,
      };
      const sale = {
        ...{
          order_id: `O${m.order}`,
          line,
          customer_id: id,
          product_id: m.product.product,
          ordered_at: m.at,
          quantity: m.quantity,
        },
        ...{ paid: m.amount, channel: m.channel, coupon_code: m.coupon, currency: 'EUR' },
      };
      if (m.name === 'order_paid') await insert('order_lines', { ...sale, status: 'paid' });
      else if (m.name === 'refund') await insert('order_lines', { ...sale, status: 'refunded' });
      else if (m.name === 'viewed') await insert('events', { ...event, name: 'Product Viewed' });
      else if (m.name === 'event:Cart Viewed') await insert('events', { ...event, name: 'Cart Viewed' });
      else if (m.name === 'reviewed')
        await insert('reviews', {
          review_id: `R${line}`,
          customer_id: id,
          product_id: m.product.product,
          rating: m.rating,
          reviewed_at: m.at,
        });
      else if (m.name === 'exposed') await insert('exposures', { ...shown, arm: 'offer', shown_at: m.at });
      else if (m.name === 'clicked') await insert('exposures', { ...shown, shown_at: null, clicked_at: m.at });
      else
        await insert('redemptions', {
          redemption_id: `X${line}`,
          ...shown,
          redeemed_at: m.at,
          discount: m.amount,
          coupon_code: m.coupon,
        });
    }
    // What must never count: a holdout, a cancelled line, deeds of nobody.
    await insert('exposures', { campaign_id: 'K1', customer_id: id, arm: 'holdout', shown_at: AS_OF - DAY_MS });
    await insert('order_lines', {
      order_id: 'OX',
      line: ++line,
      customer_id: id,
      product_id: 'P1',
      ordered_at: AS_OF - DAY_MS,
      quantity: 1,
      paid: 99,
      status: 'cancelled',
      currency: 'EUR',
    });
    await insert('events', {
      message_id: `N${line}`,
      customer_id: null,
      name: 'Product Viewed',
      occurred_at: AS_OF - DAY_MS,
    });
  }
  const vips = people.filter(({ life }) => life.lists.has('vips')).map(({ id }) => `('${id.replaceAll("'", "''")}')`);
  await compute.run(`create table vips (customer_id varchar); insert into vips values ${vips.join(', ')}, ('nobody')`);
  await writeParquet(compute, 'from vips', join(dir, 'vips.parquet'));
  await writeParquet(compute, 'from uplift', join(dir, 'uplift.parquet'));
});

const library: Library = {
  segment: (id) => {
    const condition = SEGMENTS().get(id);
    return condition === undefined ? undefined : { condition };
  },
  list: (id) => (id === 'vips' ? join(dir, 'vips.parquet') : undefined),
  uplift: join(dir, 'uplift.parquet'),
};
const ground: Ground = { asOf: AS_OF, timeZone: TIME_ZONE, library };

const dayText = (day: number) => new Date((TODAY + day) * DAY_MS).toISOString().slice(0, 10);
const aDay = fc.integer({ min: -40, max: 2 });
const within = fc.option(
  fc.oneof(
    fc.record({ days: fc.integer({ min: 1, max: 45 }) }),
    fc.tuple(aDay, aDay).map(([a, b]) => ({ from: dayText(Math.min(a, b)), to: dayText(Math.max(a, b)) })),
    aDay.map((day) => ({ from: dayText(day) })),
    aDay.map((day) => ({ to: dayText(day) })),
  ),
  { nil: undefined },
);
const span = fc.oneof(
  fc.record({ days: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ hours: fc.constantFrom(1, 5, 13, 24) }),
);
const TESTS: Record<string, fc.Arbitrary<unknown>> = {
  product: fc.record({ op: fc.constantFrom('=', '!='), value: fc.constantFrom('P1', 'P2', 'P6') }),
  category: fc.oneof(
    fc.record({ op: fc.constantFrom('=', '!='), value: fc.constantFrom('Food', 'Food > Tea', 'Foodstuff') }),
    fc.record({ op: fc.constant('in'), value: fc.subarray(['Food > Tea', 'Foodstuff']) }),
  ),
  brand: fc.record({ op: fc.constantFrom('=', '!='), value: fc.constantFrom('A', "b'") }),
  price: fc.record({ op: fc.constantFrom('<', '<=', '>', '>=', '=', '!='), value: fc.constantFrom(100, 200, 250) }),
  amount: fc.record({ op: fc.constantFrom('>=', '<', '!='), value: fc.integer({ min: 0, max: 3 }) }),
  quantity: fc.record({ op: fc.constantFrom('=', '>'), value: fc.constantFrom(1, 1.5) }),
  rating: fc.record({ op: fc.constantFrom('<=', '>'), value: fc.integer({ min: 1, max: 5 }) }),
  channel: fc.record({ op: fc.constant('in'), value: fc.subarray(['web', 'app']) }),
  coupon: fc.record({ op: fc.constantFrom('=', '!='), value: fc.constantFrom('SAVE', "O'X") }),
  campaign: fc.record({ op: fc.constantFrom('=', '!='), value: fc.constantFrom('K1', 'K2') }),
  offer: fc.record({ op: fc.constant('in'), value: fc.subarray(['F1', 'F2']) }),
};
const HAVE: Record<string, readonly string[]> = {
  order_paid: ['product', 'category', 'brand', 'price', 'amount', 'quantity', 'channel', 'coupon'],
  refund: ['product', 'category', 'brand', 'price', 'amount', 'quantity', 'channel'],
  viewed: ['product', 'category', 'brand', 'price', 'campaign'],
  'event:Cart Viewed': ['product', 'category', 'brand', 'price', 'campaign'],
  reviewed: ['product', 'category', 'brand', 'price', 'rating'],
  exposed: ['campaign', 'offer'],
  clicked: ['campaign', 'offer'],
  redeemed: ['campaign', 'offer', 'coupon', 'amount'],
};
const step = fc.constantFrom(...NAMES).chain((did) => {
  const one = fc
    .constantFrom(...HAVE[did]!)
    .chain((property) => TESTS[property]!.map((t) => ({ property, ...(t as object) })));
  return fc.record({ did: fc.constant(did), where: fc.array(one, { maxLength: 2 }) });
});
const bounds = fc.oneof(
  fc.constant({}),
  fc.record({ atLeast: fc.integer({ min: 0, max: 4 }) }),
  fc.record({ atMost: fc.integer({ min: 0, max: 4 }) }),
  fc.record({ exactly: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ atLeast: fc.integer({ min: 0, max: 2 }), atMost: fc.integer({ min: 2, max: 4 }) }),
);
const leaf: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(step, bounds, within, fc.constantFrom(undefined, 'times', 'amount', 'quantity'))
      .map(([s, b, w, measure]) => ({
        ...s,
        ...b,
        within: w,
        measure: measure !== undefined && (measure === 'times' || HAVE[s.did]!.includes(measure)) ? measure : undefined,
      })),
  },
  fc.tuple(step, within).map(([{ did, where }, w]) => ({ didNot: did, where, within: w })),
  fc
    .tuple(step, fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 2 }))
    .map(([{ did, where }, a, b, form]) => ({
      lastTime: did,
      where,
      ...(form !== 1 ? { atLeastDaysAgo: Math.min(a, b) } : {}),
      ...(form !== 0 ? { atMostDaysAgo: Math.max(a, b) } : {}),
    })),
  { weight: 2, arbitrary: fc.record({ sequence: fc.array(step, { minLength: 2, maxLength: 4 }), in: span, within }) },
  { weight: 2, arbitrary: fc.record({ dropped: step, without: step, in: span, within }) },
  fc.constantFrom({ list: 'vips' }, { segment: 'buyers' }, { segment: 'others' }),
  fc.record({
    random: fc.constantFrom('', 'spring', '春'),
    from: fc.constantFrom(0, 0.2),
    below: fc.constantFrom(0.2, 0.5, 1),
  }),
  fc.record({
    uplift: fc.constantFrom('F1', 'F2'),
    bound: fc.constantFrom('effect', 'low', 'high'),
    op: fc.constantFrom('<', '>='),
    value: fc.integer({ min: -10, max: 20 }),
  }),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 2 },
    { weight: 3, arbitrary: leaf },
    fc.record({ all: fc.array(tie('tree'), { maxLength: 2 }) }),
    fc.record({ any: fc.array(tie('tree'), { maxLength: 2 }) }),
    fc.record({ not: tie('tree') }),
  ),
}));

const membersOf = async (condition: Condition, as: Ground = ground): Promise<string[]> => {
  const { sql, params } = conditionSql(condition, as);
  const rows = await compute.rows<{ id: string }>(
    `select customer_id as id from profiles p where ${sql} order by 1`,
    params,
  );
  return rows.map(({ id }) => id);
};
const heldBy = (condition: Condition): string[] =>
  people
    .filter(({ id, life }) => holds(condition, { random: drawOf('', id) }, life))
    .map(({ id }) => id)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
const RUNS = 300;

test('SQL and the plain evaluator agree on every person and condition', async () => {
  let some = 0;
  await fc.assert(
    fc.asyncProperty(tree, async (input) => {
      const condition = parseCondition(JSON.stringify(input));
      const expected = heldBy(condition);
      if (expected.length > 0 && expected.length < people.length) some++;
      assert.deepEqual(await membersOf(condition), expected);
    }),
    { seed: 12, numRuns: RUNS },
  );
  assert.ok(some > RUNS / 3, `only ${some} of ${RUNS} conditions told people apart`);
});

test('the comparison notices one that is asked an hour or a zone off', async () => {
  const conditions = fc.sample(leaf, { seed: 13, numRuns: 150 }).map((input) => parseCondition(JSON.stringify(input)));
  const differing = async (as: Ground) => {
    let n = 0;
    for (const condition of conditions)
      if (JSON.stringify(await membersOf(condition, as)) !== JSON.stringify(heldBy(condition))) n++;
    return n;
  };
  assert.equal(await differing(ground), 0);
  assert.ok((await differing({ ...ground, asOf: AS_OF - 9 * HOUR })) > 3);
  assert.ok((await differing({ ...ground, timeZone: 'Asia/Shanghai' })) > 3);
});

test('a day is a day of the shop: windows begin at its midnight, also where the clock jumps', async () => {
  const spring = { ...ground, asOf: Date.UTC(2024, 3, 2, 10), timeZone: 'Europe/Berlin' };
  const { params } = conditionSql(parseCondition({ did: 'viewed', within: { days: 3 } }), spring);
  // 2024-03-31 began in winter time: 23:00 UTC of the day before.
  assert.ok(
    Object.values(params).includes(BigInt(Date.UTC(2024, 2, 30, 23))),
    JSON.stringify(Object.values(params).map(String)),
  );
});

test('segments that name each other, or nobody knows, are refused; so is what was never uploaded or made', () => {
  const cycle: Library = {
    segment: (id) => (id === 'gone' ? undefined : { condition: { segment: id === 'a' ? 'b' : 'a' } }),
    list: () => undefined,
  };
  const refused = (condition: unknown, code: string, message: RegExp) =>
    assert.throws(() => conditionSql(parseCondition(condition), { ...ground, library: cycle }), { code, message });
  refused({ not: { segment: 'a' } }, 'SEGMENT_CYCLE', /a > b > a/);
  refused({ segment: 'gone' }, 'SEGMENT_UNKNOWN', /gone/);
  refused({ list: 'gone' }, 'LIST_UNKNOWN', /gone/);
  refused({ uplift: 'F1', op: '>', value: 0 }, 'UPLIFT_MISSING', /F1/);
  const wide = { any: Array.from({ length: 60 }, () => ({ segment: 'wide' })) };
  const many: Library = { ...cycle, segment: (id) => ({ condition: id === 'wide' ? wide2 : wide }) };
  const wide2: Condition = { any: Array.from({ length: 60 }, () => ({ field: 'orders', op: '>', value: 1 })) };
  assert.throws(() => conditionSql(parseCondition(wide), { ...ground, library: many }), {
    code: 'CONDITION_INVALID',
    message: /2000/,
  });
});

test('what is no leaf about happenings is refused, with what was expected', () => {
  const refused = (input: unknown, code: string, message: RegExp) =>
    assert.throws(() => parseCondition(input), { code, message });
  refused({ did: 'bought' }, 'CONDITION_EVENT_UNKNOWN', /bought; have order_paid, /);
  refused({ did: '__proto__' }, 'CONDITION_EVENT_UNKNOWN', /__proto__/);
  refused({ did: 'constructor' }, 'CONDITION_EVENT_UNKNOWN', /constructor/);
  refused(JSON.parse('{"__proto__": [], "all": []}'), 'CONDITION_INVALID', /expected/);
  refused(JSON.parse('{"did": "viewed", "__proto__": {"where": 1}}'), 'CONDITION_INVALID', /expected/);
  refused({ did: 'event:' }, 'CONDITION_EVENT_UNKNOWN', /event:/);
  refused({ did: 'viewed', atLeast: 1, exactly: 2 }, 'CONDITION_INVALID', /exactly alone/);
  refused({ did: 'viewed', atLeast: -1 }, 'CONDITION_INVALID', /atLeast/);
  refused({ did: 'viewed', atLeast: 1.5 }, 'CONDITION_INVALID', /atLeast/);
  refused({ did: 'viewed', measure: 'amount', atLeast: 1 }, 'CONDITION_VALUE', /viewed has no amount/);
  refused({ did: 'viewed', within: { days: 0 } }, 'CONDITION_INVALID', /within/);
  refused({ did: 'viewed', within: { from: '2024-02-30' } }, 'CONDITION_INVALID', /within/);
  refused({ did: 'viewed', within: { from: '2024-02-02', to: '2024-02-01' } }, 'CONDITION_INVALID', /within/);
  refused({ did: 'viewed', within: {} }, 'CONDITION_INVALID', /within/);
  refused(
    { did: 'viewed', where: [{ property: 'coupon', op: '=', value: 'X' }] },
    'CONDITION_VALUE',
    /product, campaign/,
  );
  refused({ did: 'viewed', where: [{ property: 'price', op: '=', value: 'X' }] }, 'CONDITION_VALUE', /a number/);
  refused({ did: 'viewed', where: [{ property: 'brand', op: '<', value: 'X' }] }, 'CONDITION_VALUE', /=, != and in/);
  refused({ did: 'viewed', where: [{ property: '1; drop', op: '=', value: 'X' }] }, 'CONDITION_INVALID', /property/);
  refused({ lastTime: 'viewed' }, 'CONDITION_INVALID', /atLeastDaysAgo, atMostDaysAgo or both/);
  refused({ sequence: [{ did: 'viewed' }], in: { days: 1 } }, 'CONDITION_INVALID', /sequence/);
  refused({ segment: '../x' }, 'CONDITION_INVALID', /segment/);
  refused({ list: '__proto__' }, 'CONDITION_INVALID', /list/);
  refused({ random: 's', from: 0.5, below: 0.2 }, 'CONDITION_INVALID', /from no more than below/);
  refused({ any: Array.from({ length: 61 }, () => ({ did: 'viewed' })) }, 'CONDITION_INVALID', /no more than 60/);
});
