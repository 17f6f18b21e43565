/** What every customer is worth over the next horizon: expected contribution margin, with an interval. */
import type { Compute } from '#engines/index.ts';
import type { Shop } from '#events/index.ts';
import { numbers, type Table, table, texts } from '#table/index.ts';
import { discountedSpend } from './curve.ts';
import { type Forecast, forecast } from './forecast.ts';
import type { CustomerHistories } from './histories.ts';
import { judge, type ValueMetrics } from './judge.ts';
import { rfmScores, rfmSegment } from './rfm.ts';
import { openValueDays, realisedBetween, type Standing, standingAt, type ValueDays } from './value-days.ts';

export interface CustomerValues {
  readonly standing: Standing;
  readonly forecast: Forecast;
  readonly r: Int32Array;
  readonly f: Int32Array;
  readonly m: Int32Array;
  /** [customers] share of spend that is left as margin */
  readonly marginShare: Float64Array;
  /** [customers] whole minor units: expected margin over the horizon, in today's money */
  readonly valueMinor: Float64Array;
}

export interface ValuesAtOptions {
  readonly horizonDays: number;
  readonly shop: Shop;
  /** Also make the 80 % interval; default false. */
  readonly interval?: boolean;
}

/** Values as of the end of `day`, learned from the days up to it alone. */
export async function valuesAt(
  compute: Compute,
  days: ValueDays,
  day: number,
  options: ValuesAtOptions,
): Promise<CustomerValues> {
  const standing = await standingAt(compute, days, day);
  const foretold = forecast(historiesOf(standing), {
    method: 'likelier',
    unitDays: UNIT_DAYS,
    horizonDays: options.horizonDays,
    prior: 'always',
    ...(options.interval === true ? { level: 0.8 } : {}),
  });
  const marginShare = marginShares(standing, options.shop);
  const worth = inTodaysMoney(foretold, historiesOf(standing), options);
  return {
    standing,
    forecast: foretold,
    ...rfmScores(
      standing.lastDay.map((last) => day - last),
      standing.orders,
      standing.spend,
    ),
    marginShare,
    valueMinor: worth.map((spend, i) => Math.round(spend * marginShare[i]!) + 0),
  };
}

/** [customers] expected spend, discounted where the shop has a rate. */
function inTodaysMoney(
  foretold: Forecast,
  seen: CustomerHistories,
  { shop, horizonDays }: ValuesAtOptions,
): Float64Array {
  const { discountRate: yearlyRate = 0 } = shop;
  if (yearlyRate === 0) return foretold.spend;
  return discountedSpend(foretold, seen, { horizonDays, unitDays: UNIT_DAYS, yearlyRate });
}

/** Days in the unit of the models' parameters. */
const UNIT_DAYS = 7;

function historiesOf({ customers, day, orders, firstDay, lastDay, spend }: Standing): CustomerHistories {
  return { customers, orders, firstDay, lastDay, spendFirst: spend, spendAll: spend, seenDay: day };
}

/**
 * Each customer's own margin share, pulled towards the shop's by the weight of one mean order: few orders say little
 * about what a customer's baskets leave. Within -1 and 1.
 */
function marginShares({ spend, margin, orders }: Standing, shop: Shop): Float64Array {
  let spendSum = 0;
  let marginSum = 0;
  let orderSum = 0;
  for (let i = 0; i < spend.length; i++) {
    spendSum += spend[i]!;
    marginSum += margin[i]!;
    orderSum += orders[i]!;
  }
  const share = spendSum > 0 ? marginSum / spendSum : shop.marginShare;
  const weight = orderSum > 0 && spendSum > 0 ? spendSum / orderSum : 1;
  return spend.map((own, i) => {
    const pulled = own > 0 ? (margin[i]! + weight * share) / (own + weight) : share;
    return Math.min(1, Math.max(-1, pulled));
  });
}

export interface MakeValuesOptions {
  readonly asOf: number;
  readonly timeZone: string;
  readonly shop: Shop;
  readonly horizonDays: number;
  /** Kept for one shape of all steps: nothing is drawn. */
  readonly seed: number;
}

export interface ValueReport {
  readonly asOf: number;
  readonly horizonDays: number;
  readonly customers: number;
  readonly guestsLeftOut: number;
  /** Sum of expected margin over the horizon, minor units. */
  readonly valueMinor: number;
  /** bg-nbd-all or mbg-nbd-all, the likelier of the two. */
  readonly method: Forecast['method'];
  /** r, alpha, a, b of that (time in weeks) and p, q, v of Gamma-Gamma (money in minor units). */
  readonly parameters: Readonly<Record<string, number>>;
  readonly logLikelihood: number | null;
  readonly meanMarginShare: number;
  readonly fallback?: Forecast['fallback'];
  /** The same recipe one horizon earlier, compared with what then happened; null where history is too short. Money in minor units. */
  readonly heldOut: (ValueMetrics & { readonly originDay: number; readonly customers: number }) | null;
}

/**
 * Makes the table `customer_values`: one row for every customer with a paid line up to `asOf`.
 *
 * An order is a day with a purchase. Values rest on BG/NBD or MBG/NBD, whichever is likelier, with Gamma-Gamma on all
 * orders, all with wide pooled priors that small shops lean on and large ones outweigh. value_low_minor and
 * value_high_minor hold 80 % of what the model expects to see, see `spendIntervals`, at the customer's margin share. They
 * are widened to hold value_minor itself where that lies outside: a customer who is likelier than 80 % to buy nothing has
 * an expected value above nearly all that may happen.
 */
export async function makeValues(compute: Compute, options: MakeValuesOptions): Promise<ValueReport> {
  const days = await openValueDays(compute, options);
  try {
    const values = await valuesAt(compute, days, days.lastDay, { ...options, interval: true });
    await compute.load('value_tmp_values', columnsOf(values));
    await compute.run(
      `create or replace table customer_values as select customer_id, r::integer r, f::integer f, m::integer m, rfm_segment, p_alive,
         expected_orders, expected_order_minor::bigint expected_order_minor, expected_spend_minor::bigint expected_spend_minor,
         value_minor::bigint value_minor, value_low_minor::bigint value_low_minor, value_high_minor::bigint value_high_minor, margin_share
       from value_tmp_values order by customer_id; drop table value_tmp_values`,
    );
    return await reportOf(compute, days, values, options);
  } finally {
    await days.close();
  }
}

function columnsOf({ standing, forecast: foretold, r, f, m, marginShare, valueMinor }: CustomerValues): Table {
  const { low = foretold.spend, high = foretold.spend } = foretold;
  const ends = [low, high].map((end) => end.map((spend, i) => Math.round(spend * marginShare[i]!) + 0));
  const pick = (choose: (...values: number[]) => number) =>
    valueMinor.map((value, i) => choose(value, ends[0]![i]!, ends[1]![i]!));
  return table({
    customer_id: texts(standing.customers),
    r: numbers(r),
    f: numbers(f),
    m: numbers(m),
    rfm_segment: texts(standing.customers.map((_, i) => rfmSegment(r[i]!, f[i]!, m[i]!))),
    p_alive: numbers(foretold.alive),
    expected_orders: numbers(foretold.purchases),
    expected_order_minor: numbers(foretold.order.map(Math.round), 'minor'),
    expected_spend_minor: numbers(foretold.spend.map(Math.round), 'minor'),
    value_minor: numbers(valueMinor, 'minor'),
    value_low_minor: numbers(pick(Math.min), 'minor'),
    value_high_minor: numbers(pick(Math.max), 'minor'),
    margin_share: numbers(marginShare, 'share'),
  });
}

async function reportOf(
  compute: Compute,
  days: ValueDays,
  values: CustomerValues,
  options: MakeValuesOptions,
): Promise<ValueReport> {
  const { standing, forecast: foretold, valueMinor, marginShare } = values;
  const [guests] = await compute.rows<{ orders: number }>(
    "select count(distinct order_id) as orders from order_lines where customer_id is null and status = 'paid' and ordered_at <= $asOf",
    { asOf: options.asOf },
  );
  return {
    asOf: options.asOf,
    horizonDays: options.horizonDays,
    customers: standing.customers.length,
    guestsLeftOut: guests?.orders ?? 0,
    valueMinor: valueMinor.reduce((a, b) => a + b, 0),
    method: foretold.method,
    parameters: foretold.parameters,
    logLikelihood: foretold.logLikelihood,
    meanMarginShare:
      marginShare.length === 0 ? options.shop.marginShare : marginShare.reduce((a, b) => a + b, 0) / marginShare.length,
    ...(foretold.fallback === undefined ? {} : { fallback: foretold.fallback }),
    heldOut: await heldOut(compute, days, options),
  };
}

/** The recipe judged one horizon back; null with less than two horizons of history or fewer than 20 customers then. */
async function heldOut(compute: Compute, days: ValueDays, options: MakeValuesOptions): Promise<ValueReport['heldOut']> {
  const originDay = days.lastDay - options.horizonDays;
  if (originDay - days.firstDay < options.horizonDays) return null;
  const then = await valuesAt(compute, days, originDay, { ...options, interval: true });
  if (then.standing.customers.length < 20) return null;
  const actual = await realisedBetween(compute, days, then.standing.customers, originDay, days.lastDay);
  return { ...judge(then.forecast, actual), originDay, customers: then.standing.customers.length };
}
