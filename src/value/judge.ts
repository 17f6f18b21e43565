/** How good a forecast was, once the period it spoke of is over. */
import { capture, correlation, gini, meanAbsoluteError, rootMeanSquareError } from '#kernels/metrics.ts';
import type { Forecast } from './forecast.ts';

/** Money read from text may miss an end by so much. */
const ROUNDING = 0.005;

export interface ValueMetrics {
  readonly maePurchases: number;
  readonly rmsePurchases: number;
  /** Pearson, of foretold and actual purchases. */
  readonly correlation: number;
  /** Normalised Gini of actual spend in the order of foretold spend. */
  readonly giniSpend: number;
  /** Share of actual spend held by the tenth foretold to spend most. */
  readonly captureTop10: number;
  /** In the unit of money of the data. */
  readonly maeSpend: number;
  /** Foretold purchases of all over actual ones; `totalRatioSpend` the same of spend. Null where nothing happened. */
  readonly totalRatio: number | null;
  readonly totalRatioSpend: number | null;
  /** Share of customers whose spend fell within the 80 % interval, ends included; null for a method without one. */
  readonly coverage80: number | null;
  /** The same by the model: above 0.8 as far as customers are likelier than that to buy nothing. */
  readonly coverage80Expected: number | null;
  /** Coverage of those whose interval reaches above 0, where 0.8 is to be met, and their share of customers. */
  readonly coverage80Open: number | null;
  readonly shareOpen: number | null;
  readonly purchasesForetold: number;
  readonly purchasesActual: number;
  /** Calibration: tenths of customers by foretold spend, the lowest first; fewer where there are fewer than ten. */
  readonly deciles: readonly Decile[];
}

/** A tenth of customers; means in the unit of money of the data. */
export interface Decile {
  readonly customers: number;
  readonly foretold: number;
  readonly actual: number;
  /** 95 % interval of the mean of actual spend, by its standard error. */
  readonly low: number;
  readonly high: number;
}

/**
 * Foretold against actual spend by tenths; of equal forecasts the earlier customer comes first.
 *
 * @param foretold [customers]
 * @param actual [customers]
 */
export function decilesOf(foretold: Float64Array, actual: Float64Array): Decile[] {
  const order = Int32Array.from(foretold.keys()).sort((a, b) => foretold[a]! - foretold[b]! || a - b);
  const groups = Math.min(10, order.length);
  return Array.from({ length: groups }, (_, k) => {
    const rows = order.subarray(Math.floor((k * order.length) / groups), Math.floor(((k + 1) * order.length) / groups));
    const meanOf = (values: Float64Array) => rows.reduce<number>((sum, i) => sum + values[i]!, 0) / rows.length;
    const mean = meanOf(actual);
    const variance = rows.reduce((sum, i) => sum + (actual[i]! - mean) ** 2, 0) / Math.max(1, rows.length - 1);
    const half = 1.96 * Math.sqrt(variance / rows.length);
    return { customers: rows.length, foretold: meanOf(foretold), actual: mean, low: mean - half, high: mean + half };
  });
}

/** Compares a forecast with what its customers did. */
export function judge(foretold: Forecast, actual: { purchases: Float64Array; spend: Float64Array }): ValueMetrics {
  const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
  const purchasesForetold = sum(foretold.purchases);
  const purchasesActual = sum(actual.purchases);
  const spendActual = sum(actual.spend);
  return {
    maePurchases: meanAbsoluteError(foretold.purchases, actual.purchases),
    rmsePurchases: rootMeanSquareError(foretold.purchases, actual.purchases),
    correlation: correlation(foretold.purchases, actual.purchases),
    giniSpend: gini(actual.spend, foretold.spend),
    captureTop10: capture(actual.spend, foretold.spend, 0.1),
    maeSpend: meanAbsoluteError(foretold.spend, actual.spend),
    totalRatio: purchasesActual > 0 ? purchasesForetold / purchasesActual : null,
    totalRatioSpend: spendActual > 0 ? sum(foretold.spend) / spendActual : null,
    ...coverage(foretold, actual.spend),
    purchasesForetold,
    purchasesActual,
    deciles: decilesOf(foretold.spend, actual.spend),
  };
}

type Coverage = Pick<ValueMetrics, 'coverage80' | 'coverage80Expected' | 'coverage80Open' | 'shareOpen'>;

function coverage({ low, high, inside }: Forecast, spend: Float64Array): Coverage {
  if (low === undefined || high === undefined || inside === undefined)
    return { coverage80: null, coverage80Expected: null, coverage80Open: null, shareOpen: null };
  let [held, expected, open, heldOpen] = [0, 0, 0, 0];
  for (const [i, own] of spend.entries()) {
    const holds = own >= low[i]! - ROUNDING && own <= high[i]! + ROUNDING ? 1 : 0;
    held += holds;
    expected += inside[i]!;
    if (high[i]! > 0) {
      open++;
      heldOpen += holds;
    }
  }
  const all = spend.length;
  return {
    coverage80: held / all,
    coverage80Expected: expected / all,
    coverage80Open: open > 0 ? heldOpen / open : null,
    shareOpen: open / all,
  };
}
