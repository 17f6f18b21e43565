/** How good a forecast was, once the period it spoke of is over. */
import { capture, correlation, gini, meanAbsoluteError, rootMeanSquareError } from '#kernels/metrics.ts';
import type { Forecast } from './forecast.ts';

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
  /**
   * Share of customers whose spend fell within the 80 % interval; null for a method without one. Above 0.8 where most
   * customers buy nothing: an interval that holds 0 then holds more than its share.
   */
  readonly coverage80: number | null;
  readonly purchasesForetold: number;
  readonly purchasesActual: number;
}

/** Compares a forecast with what its customers did. */
export function judge(foretold: Forecast, actual: { purchases: Float64Array; spend: Float64Array }): ValueMetrics {
  const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
  const purchasesForetold = sum(foretold.purchases);
  const purchasesActual = sum(actual.purchases);
  const spendActual = sum(actual.spend);
  const { low, high } = foretold;
  const covered =
    low === undefined || high === undefined
      ? null
      : actual.spend.reduce((n, s, i) => n + (s >= low[i]! - 0.005 && s <= high[i]! + 0.005 ? 1 : 0), 0) /
        actual.spend.length;
  return {
    maePurchases: meanAbsoluteError(foretold.purchases, actual.purchases),
    rmsePurchases: rootMeanSquareError(foretold.purchases, actual.purchases),
    correlation: correlation(foretold.purchases, actual.purchases),
    giniSpend: gini(actual.spend, foretold.spend),
    captureTop10: capture(actual.spend, foretold.spend, 0.1),
    maeSpend: meanAbsoluteError(foretold.spend, actual.spend),
    totalRatio: purchasesActual > 0 ? purchasesForetold / purchasesActual : null,
    totalRatioSpend: spendActual > 0 ? sum(foretold.spend) / spendActual : null,
    coverage80: covered,
    purchasesForetold,
    purchasesActual,
  };
}
