// Aim: the figures that leave over HTTP are those of the files: a slow twin filters, sorts and sums the same rows.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { z } from 'zod';
import { dayOf } from '#events/index.ts';
import { DAY_MS as DAY, dayStart } from '#kernels/local-time.ts';
import { STATES } from '#value/index.ts';
import { type SampleServer, startSample } from './sample-server.ts';
import { SAMPLE_AS_OF } from './sample-workspace.ts';
import {
  CUSTOMER_SORTS,
  type CustomersReply,
  type HomeReply,
  type LifecycleReply,
  type LorenzReply,
  type MigrationReply,
  type ProductsReply,
  type RfmReply,
  type TiersReply,
  type TimelineReply,
} from './schemas.ts';

type Customers = z.infer<typeof CustomersReply>;
const ZONE = 'Asia/Shanghai';

interface Twin {
  readonly id: string;
  readonly city: string | null;
  readonly tier: string | null;
  readonly value: number | null;
  readonly spend: number;
  readonly orders: number;
  readonly last_order: number | null;
  readonly p_alive: number | null;
  readonly r: number | null;
  readonly segment: string | null;
  readonly tags: string[];
  readonly then: string | null;
  readonly now: string | null;
  readonly state: string | null;
  readonly state_then: string | null;
  readonly value_then: number | null;
}

let server: SampleServer;
let twins: Twin[];
let dates: number[];

before(async () => {
  server = await startSample();
  dates = (await server.direct.rows<{ d: number }>('select distinct as_of d from tier_history order by 1')).map(
    (row) => row.d,
  );
  twins = await server.direct.rows<Twin>(
    `select p.customer_id id, city, t.tier, v.value_minor as "value", spend_minor spend, orders, last_order_at last_order, p_alive, r,
       rfm_segment segment, tags, a.tier as "then", b.tier as "now", a.value_minor as value_then, l.state, s.state as state_then
     from profiles p left join customer_tiers t using (customer_id) left join customer_values v using (customer_id)
     left join tier_history a on a.customer_id = p.customer_id and a.as_of = ${dates.at(-2)}
     left join tier_history b on b.customer_id = p.customer_id and b.as_of = ${dates.at(-1)}
     left join lifecycle l on l.customer_id = p.customer_id
     left join lifecycle_history s on s.customer_id = p.customer_id and s.as_of = ${dates.at(-2)}`,
  );
});
after(() => server.close());

interface Ask {
  readonly sort: (typeof CUSTOMER_SORTS)[number];
  readonly dir: 'asc' | 'desc';
  readonly tier?: string | undefined;
  readonly tag?: string | undefined;
  readonly segment?: string | undefined;
  readonly search?: string | undefined;
  readonly r?: number | undefined;
  readonly hasOrders?: boolean | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly movedFrom?: string | undefined;
  readonly movedTo?: string | undefined;
  readonly state?: string | undefined;
  readonly stateFrom?: string | undefined;
  readonly slipped?: boolean | undefined;
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 3 });
const TIER = fc.constantFrom('base', 'silver', 'gold', 'platinum', 'no-such-tier');
const MOMENT = fc.integer({ min: SAMPLE_AS_OF - 400 * DAY, max: SAMPLE_AS_OF });
const SOME_STATES = fc
  .uniqueArray(fc.constantFrom(...STATES, 'none', 'no-such-state'), { minLength: 1, maxLength: 4 })
  .map((keys) => keys.join(','));
const within = (key: string | null, keys: string | undefined): boolean =>
  keys === undefined || keys.split(',').includes(key ?? 'none');
const slipped = ({ state, state_then: then }: Twin): boolean =>
  then !== null &&
  (state === 'lapsed' ? then !== 'lapsed' : state === 'at-risk' && !['at-risk', 'lapsed'].includes(then));
const ASK: fc.Arbitrary<Ask> = fc.record({
  sort: fc.constantFrom(...CUSTOMER_SORTS),
  dir: fc.constantFrom('asc' as const, 'desc' as const),
  tier: maybe(TIER),
  tag: maybe(fc.constantFrom('loyal', 'deal-seeker', 'nobody')),
  segment: maybe(fc.constantFrom('champions', 'at-risk', 'nobody')),
  search: maybe(fc.constantFrom('c00', 'C0000012', '上海', 'BERLIN', "o'b", '张', 'zz', '1')),
  r: maybe(fc.integer({ min: 1, max: 5 })),
  hasOrders: maybe(fc.boolean()),
  from: maybe(MOMENT),
  to: maybe(MOMENT),
  movedFrom: maybe(fc.oneof(TIER, fc.constant('none'))),
  movedTo: maybe(fc.oneof(TIER, fc.constant('none'))),
  state: maybe(SOME_STATES),
  stateFrom: maybe(SOME_STATES),
  slipped: maybe(fc.boolean()),
});

function expected(ask: Ask): string[] {
  const key = (twin: Twin) => (ask.sort === 'customer_id' ? twin.id : twin[ask.sort]);
  const sign = ask.dir === 'asc' ? 1 : -1;
  return twins
    .filter(
      (twin) =>
        (ask.tier === undefined || twin.tier === ask.tier) &&
        (ask.tag === undefined || twin.tags.includes(ask.tag)) &&
        (ask.segment === undefined || twin.segment === ask.segment) &&
        (ask.search === undefined ||
          `${twin.id} ${twin.city ?? ''}`.toLowerCase().includes(ask.search.toLowerCase())) &&
        (ask.r === undefined || twin.r === ask.r) &&
        (ask.hasOrders === undefined || twin.orders > 0 === ask.hasOrders) &&
        (ask.from === undefined || (twin.last_order !== null && twin.last_order >= ask.from)) &&
        (ask.to === undefined || (twin.last_order !== null && twin.last_order < ask.to)) &&
        (ask.movedFrom === undefined || (twin.then ?? 'none') === ask.movedFrom) &&
        (ask.movedTo === undefined || (twin.now ?? 'none') === ask.movedTo) &&
        within(twin.state, ask.state) &&
        within(twin.state_then, ask.stateFrom) &&
        (ask.slipped === undefined || slipped(twin) === ask.slipped),
    )
    .sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      const tie = a.id < b.id ? -1 : 1;
      if (x === null || y === null) return x === y ? tie : x === null ? 1 : -1;
      return sign * (x < y ? -1 : x > y ? 1 : tie);
    })
    .map((twin) => twin.id);
}

const queryOf = (ask: object): string =>
  new URLSearchParams(Object.entries(ask).flatMap(([k, v]) => (v === undefined ? [] : [[k, String(v)]]))).toString();

test('lists of customers equal the twin’s, for any filters and order, page by page', async () => {
  await fc.assert(
    fc.asyncProperty(ASK, fc.integer({ min: 3, max: 200 }), async (ask, limit) => {
      const want = expected(ask);
      const got: string[] = [];
      for (let offset = 0; offset === 0 || offset < want.length; offset += limit) {
        const page = (await server.json(`/api/v1/customers?${queryOf({ ...ask, limit, offset })}`)) as Customers;
        assert.equal(page.total, want.length);
        assert.ok(page.rows.length <= limit);
        got.push(...page.rows.map((row) => row.customerId));
      }
      assert.deepEqual(got, want);
    }),
    { seed: 21, numRuns: 40 },
  );
});

test('rows of the list hold what the files hold, and sparks are orders of local months', async () => {
  const { rows } = (await server.json('/api/v1/customers?limit=200&sort=orders')) as Customers;
  const months = await server.direct.rows<{ id: string; month: string; n: number }>(
    `select customer_id id, strftime(timezone('${ZONE}', to_timestamp(min_at / 1000.0)), '%Y-%m') as "month", count(*) n
     from (select customer_id, order_id, min(ordered_at) min_at from order_lines where status = 'paid' and customer_id is not null group by all)
     group by all`,
  );
  const last12 = Array.from({ length: 12 }, (_, i) => new Date(Date.UTC(2023, 6 + i, 1)).toISOString().slice(0, 7));
  for (const row of rows) {
    const twin = twins.find(({ id }) => id === row.customerId)!;
    assert.equal(row.spendMinor, twin.spend);
    assert.equal(row.valueMinor, twin.value);
    assert.equal(row.tier, twin.tier);
    assert.equal(row.state, twin.state);
    assert.deepEqual([...row.tags].sort(), [...twin.tags].sort());
    const spark = last12.map((month) => months.find((m) => m.id === row.customerId && m.month === month)?.n ?? 0);
    assert.deepEqual(row.spark, spark);
  }
});

test('states, ways and slips are those of the files, and each number is the list behind it', async () => {
  const life = (await server.json('/api/v1/lifecycle')) as z.infer<typeof LifecycleReply>;
  assert.deepEqual([life.from, life.to], dates.slice(-2));
  for (const { key, customers } of life.states)
    assert.equal(customers, twins.filter(({ state }) => state === key).length);
  for (const { from, to, customers } of life.links)
    assert.equal(
      customers,
      twins.filter((twin) => (twin.state_then ?? 'none') === from && (twin.state ?? 'none') === to).length,
    );
  const { slips } = life;
  const lost = twins.filter((twin) => ['gold', 'platinum'].includes(twin.then ?? '') && slipped(twin));
  assert.ok(lost.length > 0);
  assert.equal(slips.customers, lost.length);
  assert.equal(
    slips.beforeMinor,
    lost.reduce((sum, twin) => sum + twin.value_then!, 0),
  );
  assert.equal(
    slips.valueMinor,
    lost.reduce((sum, twin) => sum + twin.value!, 0),
  );
  const byStake = lost.toSorted((a, b) => b.value_then! - a.value_then! || (a.id < b.id ? -1 : 1));
  assert.deepEqual(
    slips.top.map(({ customerId }) => customerId),
    byStake.slice(0, 10).map(({ id }) => id),
  );
  for (const { tier, state, customers } of slips.rows) {
    const query = queryOf({ slipped: true, movedFrom: tier, state, moveFrom: life.from });
    assert.equal(((await server.json(`/api/v1/customers?${query}`)) as Customers).total, customers);
  }
  const home = (await server.json('/api/v1/home')) as z.infer<typeof HomeReply>;
  const alert = home.alerts.find(({ code }) => code === 'TIER_SLIPS')!;
  const behind = (await server.json(`/api/v1/customers?${alert.link.split('?')[1]}`)) as Customers;
  assert.equal(behind.total, slips.customers);
});

async function figures(from: number, to: number): Promise<(number | null)[]> {
  const day = dayOf('ordered_at', ZONE);
  const [row] = await server.direct.rows<Record<string, number | null>>(
    `with firsts as (select customer_id, min(ordered_at) as first from order_lines where status = 'paid' and customer_id is not null group by 1),
       orders as (select order_id, min(ordered_at) as ordered_at from order_lines where status = 'paid' group by 1)
     select (select coalesce(sum(if(status = 'paid', paid, -paid)), 0)::bigint from order_lines where status in ('paid', 'refunded') and ${day} between $from and $to) revenue,
       (select count(*) from orders where ${day} between $from and $to) orders,
       (select count(distinct customer_id) from order_lines where status = 'paid' and ${day} between $from and $to) customers,
       (select count(*) from firsts where ${dayOf('first', ZONE)} between $from and $to) new_customers,
       (select coalesce(sum(paid), 0)::bigint from order_lines where status = 'paid' and ${day} between $from and $to) paid,
       (select coalesce(sum(paid), 0)::bigint from order_lines where status = 'refunded' and ${day} between $from and $to) refunds`,
    { from, to },
  );
  assert.ok(row !== undefined);
  const aov = row.orders ? Math.round((row.paid ?? 0) / row.orders) : null;
  return [row.revenue, row.orders, row.customers, row.new_customers, aov, row.refunds].map((v) => v ?? null);
}

test('the figures of a period and of the one before equal sums over the lines', async () => {
  const last = Math.floor((SAMPLE_AS_OF + 8 * 3_600_000) / DAY);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: last - 500, max: last }),
      fc.integer({ min: 1, max: 200 }),
      async (from, days) => {
        const [start, end] = [dayStart(from, ZONE), dayStart(from + days, ZONE)];
        const home = (await server.json(`/api/v1/home?from=${start + 5}&to=${end - 5}`)) as z.infer<typeof HomeReply>;
        assert.deepEqual(home.range, { from: start, to: end });
        assert.deepEqual(
          home.kpis.map((kpi) => kpi.value),
          await figures(from, from + days - 1),
        );
        assert.deepEqual(
          home.kpis.map((kpi) => kpi.previous),
          await figures(from - days, from - 1),
        );
        const sum = home.series.reduce((total, bucket) => total + bucket.revenueMinor, 0);
        assert.equal(sum, home.kpis[0]?.value);
        assert.equal(home.unit, days <= 2 ? 'hour' : days <= 31 ? 'day' : days <= 120 ? 'week' : 'month');
        assert.ok(home.series.every((bucket, i) => i === 0 || bucket.at > home.series[i - 1]!.at));
      },
    ),
    { seed: 22, numRuns: 15 },
  );
});

test('tiers: sizes, shares and moves are those of the customers', async () => {
  const tiers = (await server.json('/api/v1/tiers')) as z.infer<typeof TiersReply>;
  const inTiers = twins.filter((twin) => twin.tier !== null);
  for (const row of tiers.rows) {
    const own = inTiers.filter((twin) => twin.tier === row.key);
    assert.equal(row.customers, own.length);
    assert.equal(
      row.spendMinor,
      own.reduce((sum, twin) => sum + twin.spend, 0),
    );
    assert.equal(
      row.valueMinor,
      own.reduce((sum, twin) => sum + (twin.value ?? 0), 0),
    );
  }
  for (const share of ['shareCustomers', 'shareValue', 'shareSpend'] as const)
    assert.ok(Math.abs(tiers.rows.reduce((sum, row) => sum + (row[share] ?? 0), 0) - 1) < 1e-9);
  const moved = (await server.json('/api/v1/tiers/migration')) as z.infer<typeof MigrationReply>;
  assert.deepEqual([moved.from, moved.to], dates.slice(-2));
  for (const { from, to, customers } of moved.links) {
    assert.equal(customers, twins.filter((t) => (t.then ?? 'none') === from && (t.now ?? 'none') === to).length);
    const list = (await server.json(`/api/v1/customers?movedFrom=${from}&movedTo=${to}&limit=1`)) as Customers;
    assert.equal(list.total, customers, 'the number opens the people behind it');
  }
  assert.equal(
    moved.links.reduce((sum, link) => sum + link.customers, 0),
    twins.filter((t) => t.then !== null || t.now !== null).length,
  );
});

test('RFM cells add up, and each opens its people', async () => {
  const { cells } = (await server.json('/api/v1/tiers/rfm')) as z.infer<typeof RfmReply>;
  assert.equal(
    cells.reduce((sum, cell) => sum + cell.customers, 0),
    twins.filter((twin) => twin.r !== null).length,
  );
  for (const { r, f, customers } of cells.slice(0, 8)) {
    const list = (await server.json(`/api/v1/customers?r=${r}&f=${f}&limit=1`)) as Customers;
    assert.equal(list.total, customers);
  }
});

test('the Lorenz curve and its Gini equal their definitions', async () => {
  const lorenz = (await server.json('/api/v1/tiers/lorenz')) as z.infer<typeof LorenzReply>;
  const spends = twins.filter((twin) => twin.orders > 0).map((twin) => Math.max(twin.spend, 0));
  const n = spends.length;
  const sum = spends.reduce((a, b) => a + b, 0);
  const differences = spends.reduce((total, a) => total + spends.reduce((t, b) => t + Math.abs(a - b), 0), 0);
  assert.ok(Math.abs((lorenz.giniSpend ?? 0) - differences / (2 * n * sum)) < 1e-9);
  const sorted = spends.toSorted((a, b) => a - b);
  for (const { share, spendShare } of lorenz.points) {
    const poorest = sorted.slice(0, Math.floor((Math.round(share * 100) * n) / 100));
    assert.ok(Math.abs(spendShare - poorest.reduce((a, b) => a + b, 0) / sum) < 1e-9, `at ${share}`);
  }
});

test('a timeline read in pages of any size is the whole timeline, newest first', async () => {
  const [busy] = twins.toSorted((a, b) => b.orders - a.orders);
  assert.ok(busy !== undefined);
  const path = `/api/v1/customers/${encodeURIComponent(busy.id)}/timeline`;
  const whole = (await server.json(`${path}?limit=200`)) as z.infer<typeof TimelineReply>;
  assert.equal(whole.next, null);
  const [counts] = await server.direct.rows<{ n: number }>(
    `select (select count(distinct order_id) from order_lines where customer_id = $id and status = 'paid')
       + (select count(*) from order_lines where customer_id = $id and status = 'refunded') + (select count(*) from events where customer_id = $id)
       + (select count(*) from reviews where customer_id = $id) + (select count(*) from exposures where customer_id = $id)
       + (select count(*) from redemptions where customer_id = $id) as n`,
    { id: busy.id },
  );
  assert.equal(whole.rows.length, counts?.n);
  assert.deepEqual(new Set(whole.rows.map((row) => row.kind)).size, 6);
  for (const limit of [2, 7]) {
    const rows: unknown[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: z.infer<typeof TimelineReply> = (await server.json(
        `${path}?limit=${limit}${cursor === '' ? '' : `&before=${cursor}`}`,
      )) as z.infer<typeof TimelineReply>;
      rows.push(...page.rows);
      cursor = page.next;
    }
    assert.deepEqual(rows, whole.rows, `pages of ${limit}`);
  }
});

test('products: what was sold of each', async () => {
  const list = (await server.json('/api/v1/products?limit=200')) as z.infer<typeof ProductsReply>;
  const sold = await server.direct.rows<{ id: string; revenue: number; customers: number }>(
    `select product_id id, sum(case status when 'paid' then paid when 'refunded' then -paid else 0 end)::bigint revenue,
       count(distinct customer_id) filter (status = 'paid') customers from order_lines group by 1`,
  );
  assert.equal(list.total, 60);
  for (const row of list.rows) {
    const twin = sold.find(({ id }) => id === row.productId);
    assert.equal(row.revenueMinor, twin?.revenue ?? 0);
    assert.equal(row.customers, twin?.customers ?? 0);
  }
  const tea = (await server.json(`/api/v1/products?category=${encodeURIComponent('Food > Tea')}&limit=1`)) as z.infer<
    typeof ProductsReply
  >;
  const food = (await server.json('/api/v1/products?category=Food&limit=1')) as z.infer<typeof ProductsReply>;
  assert.deepEqual([tea.total, food.total], [20, 40]);
  const zh = (await server.json(`/api/v1/products?search=${encodeURIComponent('绿茶 7')}`)) as z.infer<
    typeof ProductsReply
  >;
  assert.equal(zh.total, 1);
});
