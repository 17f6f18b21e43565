/** Lifetime value from any order log: the core of the command `value`. */

import { type Compute, quoted } from '#engines/index.ts';
import { known } from '#errors.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { numberColumn, type Table, textColumn } from '#table/index.ts';
import { type Forecast, forecast, METHODS, type Method } from './forecast.ts';
import { type CustomerHistories, historiesAt, outcomesAfter, type PurchaseDays } from './histories.ts';
import { judge, type ValueMetrics } from './judge.ts';

export interface OrderLogOptions {
  /** Last day that is learned from, 'YYYY-MM-DD'. */
  readonly calibrationEnd: string;
  readonly horizonDays: number;
  /** Default 'bg-nbd'. */
  readonly method?: Method | 'best';
  /** Unit in which alpha is told; default 'week'. */
  readonly timeUnit?: 'day' | 'week';
}

export interface OrderLogResult {
  readonly method: Method;
  readonly customers: number;
  readonly parameters: Readonly<Record<string, number>>;
  readonly logLikelihood: number | null;
  readonly fallback?: Forecast['fallback'];
  /** Null where the log ends with the calibration. */
  readonly metrics: ValueMetrics | null;
  /** Of `best`: each method's mean loss over the inner origins; the lowest was chosen. */
  readonly candidates?: Readonly<Record<string, number>>;
  /** One row a customer: customer, expected_purchases, expected_order, expected_spend, p_alive, low, high. */
  readonly predictions: { readonly histories: CustomerHistories; readonly forecast: Forecast };
}

export interface OrderLogColumns {
  readonly customer: string;
  readonly time: string;
  readonly amount: string;
}

/**
 * Reads `customer` (text), `time` (epoch milliseconds) and `amount` out of a relation.
 *
 * Times may be dates, timestamps (read as UTC where they carry no zone), or whole numbers: 20240630, or epoch seconds or
 * milliseconds of 1973 and later. Rows of one customer and day come out as one: their amounts are added as whole
 * ten-thousandths, so the sum is exact. Rows without a customer, and days on which more was given back than paid, are
 * left out; `countOrderLog` counts them.
 *
 * @param relation SQL of a relation, e.g. a table name or read_csv(...)
 * @param about for messages: the file and the number of its first row; and the moment (epoch ms) after which nothing can lie
 * @throws COLUMN_MISSING is the caller's; ORDER_LOG_BAD names the first row that cannot be read; ORDER_LOG_EMPTY
 */
export async function loadOrderLog(
  compute: Compute,
  relation: string,
  columns: OrderLogColumns,
  about: { readonly file?: string; readonly firstRow?: number; readonly now?: number } = {},
): Promise<Table> {
  const { file, firstRow = 1, now = Number.MAX_SAFE_INTEGER - DAY_MS } = about;
  const at = file === undefined ? {} : { file };
  const latest = now + DAY_MS;
  const described = await compute.rows<{ column_name: string; column_type: string }>(
    `describe select * from ${relation}`,
  );
  const typeOf = (name: string): string => {
    const found = described.find((column) => column.column_name === name);
    if (found === undefined)
      throw known('ORDER_LOG_BAD', {
        ...at,
        column: name,
        what: `is not there; columns are ${described.map((c) => c.column_name).join(', ')}`,
      });
    return found.column_type;
  };
  const whole = /^U?(BIG|SMALL|TINY|HUGE)?INT(EGER)?$/.test(typeOf(columns.time));
  const time = quoted(columns.time);
  const millis = whole ? wholeTime(time) : `epoch_ms(try_cast(${time} as timestamp))`;
  typeOf(columns.customer);
  typeOf(columns.amount);
  const read = `select ${quoted(columns.customer)}::varchar customer, ${time}::varchar raw_time, ${millis} moment, ${quoted(columns.amount)}::varchar raw_amount, try_cast(${quoted(columns.amount)} as double) amount from ${relation}`;
  const [bad] = await compute.rows<{
    raw_time: string | null;
    raw_amount: string | null;
    moment: number | null;
    place: number;
  }>(
    `select raw_time, raw_amount, moment, place from (select *, row_number() over () as place from (${read}))
     where moment is null or moment > ${latest} or amount is null or not isfinite(amount) or abs(amount) > 1e11 order by place limit 1`,
  );
  if (bad !== undefined) {
    const isLate = bad.moment !== null && bad.moment > latest;
    const isTime = bad.moment === null || isLate;
    const why = isLate ? 'which lies in the future' : isTime ? 'which is no time' : 'which is no amount of money';
    const came = JSON.stringify(isTime ? bad.raw_time : bad.raw_amount);
    const what = `holds ${came} in row ${bad.place - 1 + firstRow}, ${why}`;
    throw known('ORDER_LOG_BAD', { ...at, column: isTime ? columns.time : columns.amount, what });
  }
  const days = await compute.table(
    `select customer, d * ${DAY_MS} as time, sum(units)::bigint / 10000.0 as amount
     from (select customer, floor(moment / ${DAY_MS})::bigint d, round(amount * 10000)::bigint units from (${read}) where customer is not null)
     group by customer, d having sum(units) >= 0 order by customer, d`,
  );
  if (days.length === 0) throw known('ORDER_LOG_EMPTY', { relation: file ?? relation });
  return days;
}

/** A whole number as epoch ms: by its size a day such as 20240630, seconds or milliseconds; null for any other. */
const wholeTime = (time: string): string =>
  `case when abs(${time}) >= 100000000000 then ${time}::bigint
     when abs(${time}) >= 100000000 then ${time}::bigint * 1000
     when ${time} between 10000101 and 29991231 then epoch_ms(try_strptime(${time}::varchar, '%Y%m%d')) end`;

/** Rows of a log: all, those without a customer (which `loadOrderLog` leaves out), and those of customers below 0. */
export async function countOrderLog(
  compute: Compute,
  relation: string,
  { customer, amount }: OrderLogColumns,
): Promise<{ readonly read: number; readonly withoutCustomer: number; readonly negative: number }> {
  const [rows] = await compute.rows<{ read: number; withoutCustomer: number; negative: number }>(
    `select count(*) as read, count(*) filter (${quoted(customer)} is null) as "withoutCustomer",
       count(*) filter (${quoted(customer)} is not null and try_cast(${quoted(amount)} as double) < 0) as negative from ${relation}`,
  );
  return rows!;
}

/** Purchase days of a table with customer, time and amount in any order; rows of one customer and UTC day are merged. */
export function purchaseDays(orders: Table): PurchaseDays {
  const customer = textColumn(orders, 'customer');
  const time = numberColumn(orders, 'time').values;
  const amount = numberColumn(orders, 'amount').values;
  const ranks = rankOf(customer.dictionary);
  const rows: number[] = [];
  for (let i = 0; i < orders.length; i++) if (customer.codes[i]! >= 0) rows.push(i);
  const owner = (i: number) => ranks.of[customer.codes[i]!]!;
  const day = Float64Array.from(time, (t) => Math.floor(t / DAY_MS));
  const inOrder = rows.every(
    (row, k) =>
      k === 0 ||
      owner(rows[k - 1]!) < owner(row) ||
      (owner(rows[k - 1]!) === owner(row) && day[rows[k - 1]!]! <= day[row]!),
  );
  if (!inOrder)
    rows.sort((a, b) => owner(a) - owner(b) || day[a]! - day[b]! || time[a]! - time[b]! || amount[a]! - amount[b]!);
  const owners = new Int32Array(rows.length);
  const days = new Float64Array(rows.length);
  const spend = new Float64Array(rows.length);
  let count = 0;
  for (const row of rows) {
    if (count > 0 && owners[count - 1] === owner(row) && days[count - 1] === day[row])
      spend[count - 1]! += amount[row]!;
    else {
      owners[count] = owner(row);
      days[count] = day[row]!;
      spend[count++] = amount[row]!;
    }
  }
  return {
    customers: ranks.sorted,
    customer: owners.slice(0, count),
    day: days.slice(0, count),
    spend: spend.slice(0, count),
  };
}

function rankOf(names: readonly string[]): { sorted: string[]; of: Int32Array } {
  const order = Int32Array.from(names, (_, i) => i).sort((a, b) => (names[a]! < names[b]! ? -1 : 1));
  const of = new Int32Array(names.length);
  for (const [rank, i] of order.entries()) of[i] = rank;
  return { sorted: Array.from(order, (i) => names[i]!), of };
}

/**
 * Learns from the orders up to the calibration end, foretells the days after, and compares with what the log holds of them.
 *
 * @param orders columns customer (text), time (epoch ms UTC; days are UTC days) and amount
 * @throws VALUE_DATE_BAD, VALUE_METHOD_UNKNOWN, ORDER_LOG_EMPTY
 */
export function evaluateOrderLog(orders: Table, options: OrderLogOptions): OrderLogResult {
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
  const common = { horizonDays, unitDays: timeUnit === 'week' ? 7 : 1 };
  const candidates = method === 'best' ? innerLosses(days, seen, common) : undefined;
  const chosen = candidates === undefined ? (method as Method) : lowest(candidates);
  const foretold = forecast(seen, { ...common, method: chosen, level: 0.8 });
  const lastDay = days.day.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return {
    method: chosen,
    customers: seen.customers.length,
    parameters: foretold.parameters,
    logLikelihood: foretold.logLikelihood,
    ...(foretold.fallback === undefined ? {} : { fallback: foretold.fallback }),
    metrics: lastDay > endDay ? judge(foretold, outcomesAfter(days, seen, horizonDays)) : null,
    ...(candidates === undefined ? {} : { candidates }),
    predictions: { histories: seen, forecast: foretold },
  };
}

/**
 * Loss of each method at up to three origins inside the calibration period, each judged on the days after it that are
 * still inside: mean absolute error of spend over mean spend, plus one minus the normalised Gini of spend.
 */
function innerLosses(days: PurchaseDays, seen: CustomerHistories, options: { horizonDays: number; unitDays: number }) {
  const firstDay = seen.firstDay.reduce((a, b) => Math.min(a, b));
  const span = seen.seenDay - firstDay + 1;
  const horizonDays = Math.max(1, Math.min(options.horizonDays, Math.floor(span / 3)));
  const losses: Record<string, number> = {};
  for (const method of METHODS) {
    const each: number[] = [];
    for (const steps of [1, 1.5, 2]) {
      const origin = historiesAt(days, seen.seenDay - Math.round(steps * horizonDays));
      if (origin.customers.length < 10) continue;
      const actual = outcomesAfter(days, origin, horizonDays);
      const meanSpend = actual.spend.reduce((a, b) => a + b, 0) / actual.spend.length;
      if (meanSpend <= 0) continue;
      const { maeSpend, giniSpend } = judge(forecast(origin, { ...options, horizonDays, method }), actual);
      each.push(maeSpend / meanSpend + 1 - giniSpend);
    }
    losses[method] = each.length === 0 ? 0 : each.reduce((a, b) => a + b) / each.length;
  }
  return losses;
}

const lowest = (losses: Readonly<Record<string, number>>): Method =>
  METHODS.reduce((best, method) => (losses[method]! < losses[best]! ? method : best));

export function dayOfDate(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text) throw known('VALUE_DATE_BAD', { text });
  return ms / DAY_MS;
}
