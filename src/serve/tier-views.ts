/** The tiers page: sizes and shares, moves between two dates, the RFM grid, the concentration of spend. */
import type { z } from 'zod';
import { dateIndex, NO_TIER } from './customers.ts';
import { at } from './facts.ts';
import type { LorenzReply, MigrationQuery, MigrationReply, RfmReply, TiersReply } from './schemas.ts';
import type { Store } from './store.ts';

type TierRow = z.infer<typeof TiersReply>['rows'][number];

interface Summed {
  readonly tier: number;
  readonly customers: number;
  readonly value: number;
  readonly spend: number;
  readonly valued: number;
  readonly recency: number | null;
  readonly orders: number | null;
  readonly median: number | null;
}

/** Sizes, shares and medians of each tier now. */
export function tiersOf(store: Store): Promise<z.infer<typeof TiersReply>> {
  return store.memo('tiers', async () => {
    const rows = await store.compute.rows<Summed>(
      `select tier, count(*) as customers, coalesce(sum(value_minor), 0)::bigint as "value", sum(spend_minor)::bigint as spend,
         count(value_minor) as valued, median(recency_days)::double as recency, median(orders)::double as orders,
         median(spend_minor)::double as "median"
       from serve_customers where tier >= 0 group by 1 order by 1`,
    );
    const all = {
      customers: total(rows.map((r) => r.customers)),
      value: total(rows.map((r) => r.value)),
      spend: total(rows.map((r) => r.spend)),
    };
    return {
      asOf: store.facts.asOf,
      dates: [...store.layout.dates],
      rows: store.shop.tiers.map(({ key, index }) =>
        tierRow(
          key,
          rows.find((row) => row.tier === index),
          all,
        ),
      ),
      policy: at(store.tierReport, 'policy') ?? null,
      cutsMinor: wholes(at(store.tierReport, 'cutsMinor')),
      stability: at(store.tierReport, 'stability') ?? null,
      evaluation: at(store.tierReport, 'evaluation') ?? null,
    };
  });
}

const wholes = (value: unknown): number[] | null =>
  Array.isArray(value) && value.every(Number.isSafeInteger) ? (value as number[]) : null;

const total = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0);

function tierRow(
  key: string,
  row: Summed | undefined,
  all: { readonly customers: number; readonly value: number; readonly spend: number },
): TierRow {
  const { customers = 0, value = 0, spend = 0, valued = 0 } = row ?? {};
  return {
    key,
    customers,
    shareCustomers: all.customers === 0 ? 0 : customers / all.customers,
    valueMinor: value,
    shareValue: all.value === 0 ? null : value / all.value,
    spendMinor: spend,
    shareSpend: all.spend === 0 ? null : spend / all.spend,
    meanValueMinor: valued === 0 ? null : Math.round(value / valued),
    medianRecencyDays: row?.recency ?? null,
    medianOrders: row?.orders ?? null,
    medianSpendMinor: row?.median ?? null,
  };
}

/**
 * How many customers went from which tier to which between two dates of the history.
 *
 * @throws TIER_DATE_UNKNOWN
 */
export async function migrationOf(
  store: Store,
  query: z.infer<typeof MigrationQuery>,
): Promise<z.infer<typeof MigrationReply>> {
  const { dates } = store.layout;
  if (dates.length === 0 && query.from === undefined && query.to === undefined)
    return { from: null, to: null, links: [] };
  const [from, to] = [dateIndex(store, query.from, -2), dateIndex(store, query.to, -1)];
  return store.memo(`migration ${from} ${to}`, async () => {
    const rows = await store.compute.rows<{ a: number; b: number; n: number }>(
      `select tier_at_${from} as a, tier_at_${to} as b, count(*) as n from serve_customers
       where tier_at_${from} >= 0 or tier_at_${to} >= 0 group by 1, 2 order by 1 desc, 2 desc`,
    );
    const key = (index: number) => store.shop.tiers.find((tier) => tier.index === index)?.key ?? NO_TIER;
    return {
      from: dates[from] ?? null,
      to: dates[to] ?? null,
      links: rows.map(({ a, b, n }) => ({ from: key(a), to: key(b), customers: n })),
    };
  });
}

/** Customers and mean spend by recency and frequency score. */
export function rfmOf(store: Store): Promise<z.infer<typeof RfmReply>> {
  return store.memo('rfm', async () => {
    const rows = await store.compute.rows<{ r: number; f: number; n: number; spend: number; segment: number }>(
      `select r, f, count(*) as n, sum(spend_minor)::bigint as spend, mode(segment order by segment) as segment
       from serve_customers where r is not null and f is not null group by 1, 2 order by 1, 2`,
    );
    const segments = store.layout.segments;
    return {
      cells: rows.map(({ r, f, n, spend, segment }) => ({
        r,
        f,
        customers: n,
        meanSpendMinor: Math.round(spend / n),
        segment: segments[segment] ?? null,
      })),
    };
  });
}

/** Lorenz curves of spend and value over the customers who ever bought; net spend below zero counts as zero. */
export function lorenzOf(store: Store): Promise<z.infer<typeof LorenzReply>> {
  return store.memo('lorenz', async () => {
    const [spend, value] = [await curveOf(store, 'spend_minor'), await curveOf(store, 'value_minor')];
    return {
      points: spend.shares.map((spendShare, i) => ({
        share: i / STEPS,
        spendShare,
        valueShare: value.shares[i] ?? 0,
      })),
      giniSpend: spend.gini,
      giniValue: value.gini,
      top10Share: spend.gini === null ? null : 1 - (spend.shares[STEPS * 0.9] ?? 0),
    };
  });
}

const STEPS = 100;

async function curveOf(
  { compute }: Store,
  column: 'spend_minor' | 'value_minor',
): Promise<{ shares: number[]; gini: number | null }> {
  const sorted = `select greatest(coalesce(${column}, 0), 0) as x,
    row_number() over (order by greatest(coalesce(${column}, 0), 0), pos) as i from serve_customers where orders > 0`;
  const [all] = await compute.rows<{ n: number; sum: number; weighted: number }>(
    `select count(*) as n, coalesce(sum(x), 0)::double as "sum", coalesce(sum(x::hugeint * i), 0)::double as weighted from (${sorted})`,
  );
  const { n = 0, sum = 0, weighted = 0 } = all ?? {};
  if (n === 0 || sum === 0) return { shares: Array.from({ length: STEPS + 1 }, (_, s) => s / STEPS), gini: null };
  const steps = await compute.rows<{ step: number; sum: number }>(
    `select ((i * ${STEPS} + ${n} - 1) // ${n})::integer as step, sum(x)::double as "sum" from (${sorted}) group by 1 order by 1`,
  );
  const at = new Map(steps.map((row) => [row.step, row.sum]));
  let running = 0;
  const shares = Array.from({ length: STEPS + 1 }, (_, step) => {
    running += at.get(step) ?? 0;
    return step === STEPS ? 1 : running / sum;
  });
  return { shares, gini: (2 * weighted) / (n * sum) - (n + 1) / n };
}
