/** One customer's expected margin as it adds up over the days ahead, with its band: a fan. */
import { type BgNbd, expectedPurchases } from './bg-nbd.ts';
import type { GammaGamma } from './gamma-gamma.ts';
import { statistics } from './histories.ts';
import { spendIntervals } from './interval.ts';

/** What one customer had done by the end of `seenDay`; days as numbers, money in minor units. */
export interface OneHistory {
  /** Days with a purchase, >= 1. */
  readonly orders: number;
  readonly firstDay: number;
  readonly lastDay: number;
  /** Paid less given back. */
  readonly spend: number;
  readonly seenDay: number;
}

/** What a run has told of the customer, for its own horizon. */
export interface ToldValue {
  readonly horizonDays: number;
  readonly valueMinor: number;
  readonly lowMinor: number;
  readonly highMinor: number;
  readonly marginShare: number;
}

export interface FanPoint {
  readonly days: number;
  readonly valueMinor: number;
  readonly lowMinor: number;
  readonly highMinor: number;
}

/** Days in the unit of time of stored parameters. */
const UNIT_DAYS = 7;

/**
 * The fan from stored parameters: the shape in time is that of the model behind the value, and what it says of the run's
 * own horizon is what the run told: the value, and the ends that also cover the error of the fit. Neither value nor ends
 * fall with time.
 *
 * @param model `method` and `parameters` of reports/value.json
 * @param days horizons, rising, each above 0
 * @returns nothing where the parameters are not those of BG/NBD and Gamma-Gamma, or where margins are not above 0
 */
export function valueFan(
  model: { readonly method: string; readonly parameters: Readonly<Record<string, number>> },
  one: OneHistory,
  told: ToldValue,
  days: readonly number[],
): FanPoint[] {
  const pair = pairOf(model);
  if (pair === undefined || !(told.marginShare > 0) || !(told.valueMinor > 0)) return [];
  const history = statistics(
    {
      customers: ['one'],
      orders: Float64Array.of(one.orders),
      firstDay: Float64Array.of(one.firstDay),
      lastDay: Float64Array.of(one.lastDay),
      spendFirst: Float64Array.of(one.spend),
      spendAll: Float64Array.of(one.spend),
      seenDay: one.seenDay,
    },
    UNIT_DAYS,
    'all',
  );
  const at = (horizonDays: number) => {
    const horizon = horizonDays / UNIT_DAYS;
    const { low, high } = spendIntervals(pair.bgNbd, pair.gammaGamma, history, { horizon, level: 0.8 });
    return { orders: expectedPurchases(pair.bgNbd, history, horizon)[0]!, low: low[0]!, high: high[0]! };
  };
  const own = at(told.horizonDays);
  if (!(own.orders > 0)) return [];
  const scale = (end: number, toldEnd: number) => (end > 0 ? toldEnd / end : told.marginShare);
  const [lowScale, highScale] = [scale(own.low, told.lowMinor), scale(own.high, told.highMinor)];
  let before: FanPoint = { days: 0, valueMinor: 0, lowMinor: 0, highMinor: 0 };
  return days.map((horizonDays) => {
    const { orders, low, high } = horizonDays === told.horizonDays ? own : at(horizonDays);
    const value = Math.max(before.valueMinor, (told.valueMinor * orders) / own.orders);
    before = {
      days: horizonDays,
      valueMinor: Math.round(value),
      lowMinor: Math.round(Math.min(value, Math.max(before.lowMinor, low * lowScale))),
      highMinor: Math.round(Math.max(value, before.highMinor, high * highScale)),
    };
    return before;
  });
}

function pairOf({ method, parameters }: { method: string; parameters: Readonly<Record<string, number>> }) {
  const { r, alpha, a, b, p, q, v } = parameters;
  const all = [r, alpha, a, b, p, q, v];
  if (!all.every((own) => own !== undefined && Number.isFinite(own) && own > 0)) return undefined;
  const common = { logLikelihood: 0, customers: 1, converged: true };
  const leaving: BgNbd['leaving'] = method.startsWith('bg-nbd') ? 'after-repeat' : 'after-any';
  const bgNbd: BgNbd = { leaving, r: r!, alpha: alpha!, a: a!, b: b!, ...common };
  // The mean order stands in where nothing is known of a customer: intervals never ask for it.
  const gammaGamma: GammaGamma = { p: p!, q: q!, v: v!, meanOrder: 0, ...common };
  return { bgNbd, gammaGamma };
}
