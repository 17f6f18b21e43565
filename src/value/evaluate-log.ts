/** Lifetime value from any order log, judged on the days after: the core of the command `value`. */
import { known } from '#errors.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import type { Table } from '#table/index.ts';
import { type Forecast, METHODS, type Method } from './forecast.ts';
import { foretell } from './foretell.ts';
import { type CustomerHistories, historiesAt, outcomesAfter } from './histories.ts';
import { judge, type ValueMetrics } from './judge.ts';
import { purchaseDays } from './order-log.ts';

export interface OrderLogOptions {
  /** Last day that is learned from, 'YYYY-MM-DD'. */
  readonly calibrationEnd: string;
  readonly horizonDays: number;
  /** Default 'bg-nbd'. */
  readonly method?: Method | 'best';
  /** Unit in which alpha is told; default 'week'. */
  readonly timeUnit?: 'day' | 'week';
  /** Of the learned methods; default 1. */
  readonly seed?: number;
}

export interface OrderLogResult {
  readonly method: Method;
  readonly customers: number;
  readonly parameters: Readonly<Record<string, number>>;
  readonly logLikelihood: number | null;
  readonly fallback?: Forecast['fallback'];
  /** Null where the log ends with the calibration. */
  readonly metrics: ValueMetrics | null;
  /** [customers] what happened within the horizon; null where the log ends with the calibration. */
  readonly outcomes: { readonly purchases: Float64Array; readonly spend: Float64Array } | null;
  /** Of `best`: each method's mean loss over the days at which it was tried; the lowest was chosen. */
  readonly candidates?: Readonly<Record<string, number>>;
  /** One row a customer: customer, expected_purchases, expected_order, expected_spend, p_alive, low, high. */
  readonly predictions: { readonly histories: CustomerHistories; readonly forecast: Forecast };
}

/**
 * Learns from the orders up to the calibration end, foretells the days after, and compares with what the log holds of them.
 *
 * @param orders columns customer (text), time (epoch ms UTC; days are UTC days) and amount
 * @throws VALUE_DATE_BAD, VALUE_METHOD_UNKNOWN, ORDER_LOG_EMPTY
 */
export async function evaluateOrderLog(orders: Table, options: OrderLogOptions): Promise<OrderLogResult> {
  const { horizonDays, method = 'bg-nbd', timeUnit = 'week' } = options;
  if (method !== 'best' && !METHODS.includes(method))
    throw known('VALUE_METHOD_UNKNOWN', { method, have: [...METHODS, 'best'] });
  if (!(Number.isInteger(horizonDays) && horizonDays > 0))
    throw known('VALUE_HORIZON_BAD', { horizonDays: String(horizonDays) });
  const endDay = dayOfDate(options.calibrationEnd);
  const days = purchaseDays(orders);
  const seen = historiesAt(days, endDay);
  if (seen.customers.length === 0)
    throw known('ORDER_LOG_EMPTY', { relation: `the log up to ${options.calibrationEnd}` });
  const { forecast: foretold, candidates } = await foretell(days, seen, method, {
    horizonDays,
    unitDays: timeUnit === 'week' ? 7 : 1,
    level: 0.8,
    seed: options.seed ?? 1,
  });
  const lastDay = days.day.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const outcomes = lastDay > endDay ? outcomesAfter(days, seen, horizonDays) : null;
  return {
    method: foretold.method,
    customers: seen.customers.length,
    parameters: foretold.parameters,
    logLikelihood: foretold.logLikelihood,
    ...(foretold.fallback === undefined ? {} : { fallback: foretold.fallback }),
    metrics: outcomes === null ? null : judge(foretold, outcomes),
    outcomes,
    ...(candidates === undefined ? {} : { candidates }),
    predictions: { histories: seen, forecast: foretold },
  };
}

function dayOfDate(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text) throw known('VALUE_DATE_BAD', { text });
  return ms / DAY_MS;
}
