/** Where customers are in their life with the shop, who went where, and whom of the best the shop is losing. */
import type { z } from 'zod';
import { STATES } from '#value/index.ts';
import { dateIndex, NO_TIER, slippedSql } from './customers.ts';
import { at, readReport } from './facts.ts';
import type { LifecycleQuery, LifecycleReply } from './schemas.ts';
import type { Store } from './store.ts';

type Reply = z.infer<typeof LifecycleReply>;

const TOP = 10;

/**
 * States now, the ways between two dates, and the slips from high tiers since the first of the two.
 *
 * @throws TIER_DATE_UNKNOWN
 */
export async function lifecycleOf(store: Store, query: z.infer<typeof LifecycleQuery>): Promise<Reply> {
  const { dates } = store.layout;
  const none = dates.length === 0 && query.from === undefined && query.to === undefined;
  const from = none ? -1 : dateIndex(store, query.from, -2);
  const to = none ? -1 : dateIndex(store, query.to, -1);
  return store.memo(`lifecycle ${from} ${to}`, async () => ({
    asOf: store.facts.asOf,
    dates: [...dates],
    from: dates[from] ?? null,
    to: dates[to] ?? null,
    states: await statesOf(store),
    links: none ? [] : await linksOf(store, from, to),
    slips: await slipsOf(store, from),
    evaluation: at(readReport(store.dir, 'lifecycle'), 'heldOut') ?? null,
  }));
}

async function statesOf({ compute }: Store): Promise<Reply['states']> {
  const rows = await compute.rows<{ state: number; n: number; sum: number }>(
    'select state, count(*) as n, coalesce(sum(value_minor), 0)::bigint as "sum" from serve_customers where state >= 0 group by 1',
  );
  return STATES.map((key, code) => {
    const { n = 0, sum = 0 } = rows.find(({ state }) => state === code) ?? {};
    return { key, customers: n, valueMinor: sum };
  });
}

async function linksOf({ compute }: Store, from: number, to: number): Promise<Reply['links']> {
  const rows = await compute.rows<{ a: number; b: number; n: number }>(
    `select state_at_${from} as a, state_at_${to} as b, count(*) as n from serve_customers
     where state_at_${from} >= 0 or state_at_${to} >= 0 group by 1, 2 order by 1, 2`,
  );
  return rows.map(({ a, b, n }) => ({ from: STATES[a] ?? NO_TIER, to: STATES[b] ?? NO_TIER, customers: n }));
}

async function slipsOf({ compute, shop, layout }: Store, from: number): Promise<Reply['slips']> {
  const watched = shop.tiers.slice(-Math.min(2, Math.max(1, shop.tiers.length - 1)));
  const tiers = watched.map(({ key }) => key).reverse();
  const nobody = { tiers, customers: 0, beforeMinor: 0, valueMinor: 0, rows: [], top: [] };
  if (from < 0 || watched.length === 0) return nobody;
  const slipped = `select c.customer_id, tier_at_${from} as tier, state, state_since,
      coalesce(h.value_minor, 0) as before_minor, coalesce(c.value_minor, 0) as value_minor
    from serve_customers c left join tier_history h on h.customer_id = c.customer_id and h.as_of = ${layout.dates[from]}
    where ${slippedSql(from)} and tier_at_${from} in (${watched.map(({ index }) => index).join(', ')})`;
  const groups = await compute.rows<Group>(
    `select tier, state, count(*) as n, sum(before_minor)::bigint as before_minor, sum(value_minor)::bigint as value_minor
     from (${slipped}) group by 1, 2 order by 1 desc, 2`,
  );
  const top = await compute.rows<Group & { customer_id: string; state_since: number | null }>(
    `${slipped} order by before_minor desc, c.customer_id limit ${TOP}`,
  );
  const named = ({ tier, state, before_minor, value_minor }: Group) => ({
    tier: shop.tiers.find(({ index }) => index === tier)!.key,
    state: STATES[state]!,
    beforeMinor: before_minor,
    valueMinor: value_minor,
  });
  const total = (of: (group: Group) => number) => groups.reduce((sum, group) => sum + of(group), 0);
  return {
    tiers,
    customers: total(({ n }) => n),
    beforeMinor: total(({ before_minor }) => before_minor),
    valueMinor: total(({ value_minor }) => value_minor),
    rows: groups.map((group) => ({ ...named(group), customers: group.n })),
    top: top.map((row) => ({ ...named(row), customerId: row.customer_id, since: row.state_since })),
  };
}

interface Group {
  readonly tier: number;
  readonly state: number;
  readonly n: number;
  readonly before_minor: number;
  readonly value_minor: number;
}
