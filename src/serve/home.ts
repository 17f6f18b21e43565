/** The first page: what a period brought, against the one before it, and what to do next. */
import type { z } from 'zod';
import { known } from '#errors.ts';
import { dayNumber, dayStart, momentOf } from '#kernels/local-time.ts';
import { alertsOf, nextStepOf, slipAlerts } from './alerts.ts';
import { lifecycleOf } from './lifecycle.ts';
import { TILE_MS } from './load.ts';
import { campaignSummaries } from './plans.ts';
import type { HomeQuery, HomeReply } from './schemas.ts';
import type { Store } from './store.ts';
import { tiersOf } from './tier-views.ts';
import { monthOf } from './zone.ts';

type Reply = z.infer<typeof HomeReply>;
type Unit = Reply['unit'];

const HOUR_MS = 3_600_000;
const DEFAULT_DAYS = 30;

/** Local days, the last not included. */
interface Days {
  readonly from: number;
  readonly to: number;
}

/**
 * Figures of the local days that `query` touches, and of as many days before them.
 *
 * @throws REQUEST_INVALID when the period ends before it begins
 */
export async function homeOf(store: Store, query: z.infer<typeof HomeQuery>): Promise<Reply> {
  const days = daysOf(store, query);
  const { from, to } = days;
  const previous = { from: from - (to - from), to: from };
  const unit = unitOf(to - from);
  const zone = store.shop.timeZone;
  const [figures, series, tiers, campaigns, lifecycle] = await Promise.all([
    store.memo(`figures ${from} ${to}`, () => figuresOf(store, days, previous)),
    store.memo(`series ${from} ${to}`, () => seriesOf(store, days, unit)),
    tiersOf(store),
    campaignSummaries(store),
    lifecycleOf(store, {}),
  ]);
  return {
    range: { from: dayStart(from, zone), to: dayStart(to, zone) },
    previous: { from: dayStart(previous.from, zone), to: dayStart(previous.to, zone) },
    unit,
    kpis: kpisOf(figures),
    series,
    tiers: tiers.rows.map(({ key, customers, valueMinor }) => ({ key, customers, valueMinor })),
    lifecycle,
    campaigns: campaigns.slice(0, 5),
    alerts: [...slipAlerts(store, lifecycle), ...alertsOf(store)],
    nextStep: nextStepOf(campaigns),
  };
}

function daysOf({ shop, facts }: Store, query: z.infer<typeof HomeQuery>): Days {
  const zone = shop.timeZone;
  const last = Math.min(shop.dataTo ?? facts.asOf, facts.asOf);
  const to = query.to === undefined ? dayNumber(last, zone) + 1 : dayNumber(query.to - 1, zone) + 1;
  const from = query.from === undefined ? to - DEFAULT_DAYS : dayNumber(query.from, zone);
  if (from >= to)
    throw known('REQUEST_INVALID', {
      what: `from ${query.from} is not before to ${query.to ?? 'the last data'}`,
      where: 'query',
    });
  return { from, to };
}

/** Up to 2 days by hour, up to 31 by day, up to 120 by week, longer by month. */
function unitOf(days: number): Unit {
  if (days <= 2) return 'hour';
  if (days <= 31) return 'day';
  return days <= 120 ? 'week' : 'month';
}

type Figures = Readonly<Record<Reply['kpis'][number]['key'], readonly [now: number | null, before: number | null]>>;

async function figuresOf({ compute, shop }: Store, now: Days, before: Days): Promise<Figures> {
  const tile = (day: number) => Math.floor(dayStart(day, shop.timeZone) / TILE_MS);
  const edges = { a: tile(before.from), b: tile(now.from), c: tile(now.to) };
  const sums = (name: string, expression: string) =>
    `coalesce(sum(${expression}) filter (tile >= $b), 0)::bigint as ${name}_1, coalesce(sum(${expression}) filter (tile < $b), 0)::bigint as ${name}_0`;
  // One bit a customer: twice as fast as count(distinct), and exact.
  const distinct = (when: string) =>
    `coalesce(bit_count(bitstring_agg(customer, 0, ${shop.customers}) filter (${when})), 0)`;
  const [[money], [people]] = await Promise.all([
    compute.rows<Record<string, number>>(
      `select ${sums('paid', 'paid')}, ${sums('refunded', 'refunded')}, ${sums('orders', 'orders')}, ${sums('fresh', 'new_customers')}
       from serve_tiles where tile >= $a and tile < $c`,
      edges,
    ),
    compute.rows<Record<string, number>>(
      `select ${distinct('tile >= $b')} as customers_1, ${distinct('tile < $b')} as customers_0
       from serve_orders where tile >= $a and tile < $c and customer >= 0`,
      edges,
    ),
  ]);
  const both = (name: string): [number, number] => [
    money?.[`${name}_1`] ?? people?.[`${name}_1`] ?? 0,
    money?.[`${name}_0`] ?? people?.[`${name}_0`] ?? 0,
  ];
  const [paid, refunded, orders] = [both('paid'), both('refunded'), both('orders')];
  const aov = (i: 0 | 1) => (orders[i] === 0 ? null : Math.round(paid[i] / orders[i]));
  return {
    revenue: [paid[0] - refunded[0], paid[1] - refunded[1]],
    orders,
    customers: both('customers'),
    newCustomers: both('fresh'),
    aov: [aov(0), aov(1)],
    refunds: refunded,
  };
}

function kpisOf(figures: Figures): Reply['kpis'] {
  const kpi = (key: keyof Figures, unit: 'minor' | 'count') => ({
    key,
    value: figures[key][0],
    previous: figures[key][1],
    unit,
  });
  return [
    kpi('revenue', 'minor'),
    kpi('orders', 'count'),
    kpi('customers', 'count'),
    kpi('newCustomers', 'count'),
    kpi('aov', 'minor'),
    kpi('refunds', 'minor'),
  ];
}

// Weeks begin on Monday; day 0 of the epoch was a Thursday.
const BUCKET: Readonly<Record<Unit, string>> = {
  hour: 'hour',
  day: 'day',
  week: 'floor((day + 3) / 7)::integer',
  month: 'month',
};

async function seriesOf({ compute, shop }: Store, { from, to }: Days, unit: Unit): Promise<Reply['series']> {
  const rows = await compute.rows<{ bucket: number; paid: number; refunded: number; orders: number }>(
    `select ${BUCKET[unit]} as bucket, sum(paid)::bigint as paid, sum(refunded)::bigint as refunded, sum(orders)::bigint as orders
     from serve_tiles where day >= $from and day < $to group by 1`,
    { from, to },
  );
  const found = new Map(rows.map((row) => [row.bucket, row]));
  return bucketsOf({ from, to }, unit, shop.timeZone).map(({ bucket, at }) => {
    const { paid = 0, refunded = 0, orders = 0 } = found.get(bucket) ?? {};
    return { at, revenueMinor: paid - refunded, refundsMinor: refunded, orders };
  });
}

/** Every bucket that the days touch, also those without an order. */
function bucketsOf({ from, to }: Days, unit: Unit, zone: string): { bucket: number; at: number }[] {
  const last = to - 1;
  const span = (first: number, end: number) => Array.from({ length: end - first + 1 }, (_, i) => first + i);
  switch (unit) {
    case 'hour':
      return span(from * 24, last * 24 + 23).map((bucket) => ({ bucket, at: momentOf(bucket * HOUR_MS, zone) }));
    case 'day':
      return span(from, last).map((bucket) => ({ bucket, at: dayStart(bucket, zone) }));
    case 'week':
      return span(Math.floor((from + 3) / 7), Math.floor((last + 3) / 7)).map((bucket) => ({
        bucket,
        at: dayStart(bucket * 7 - 3, zone),
      }));
    case 'month':
      return span(monthOf(dayStart(from, zone), zone), monthOf(dayStart(last, zone), zone)).map((bucket) => ({
        bucket,
        at: dayStart(Date.UTC(Math.floor(bucket / 12), bucket % 12, 1) / (24 * HOUR_MS), zone),
      }));
    default:
      return unit satisfies never;
  }
}
