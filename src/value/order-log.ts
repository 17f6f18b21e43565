/** An order log read into purchase days. */

import { type Compute, quoted } from '#engines/index.ts';
import { known } from '#errors.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { numberColumn, type Table, take, textColumn } from '#table/index.ts';
import type { PurchaseDays } from './histories.ts';

export interface OrderLogColumns {
  readonly customer: string;
  readonly time: string;
  readonly amount: string;
  /** What is known of an order besides, such as its channel or the number of items: read by the learned methods and by
   * mbg-nbd-covariates. */
  readonly extra?: readonly string[];
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
  const extras = (columns.extra ?? []).map((name, k) => extraOf(name, typeOf(name), k));
  const read = `select ${extras.map(({ ofRow }) => `${ofRow}, `).join('')}${quoted(columns.customer)}::varchar customer, ${time}::varchar raw_time, ${millis} moment, ${quoted(columns.amount)}::varchar raw_amount, try_cast(${quoted(columns.amount)} as double) amount from ${relation}`;
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
    `select customer, d * ${DAY_MS} as time, sum(units)::bigint / 10000.0 as amount${extras.map(({ ofDay }) => `, ${ofDay}`).join('')}
     from (select *, floor(moment / ${DAY_MS})::bigint d, round(amount * 10000)::bigint units from (${read}) where customer is not null)
     group by customer, d having sum(units) >= 0 order by customer, d`,
  );
  if (days.length === 0) throw known('ORDER_LOG_EMPTY', { relation: file ?? relation });
  return days;
}

/** SQL of an extra column, of a row and of a day: numbers are added up, of texts the first of the day is kept. */
function extraOf(name: string, type: string, index: number): { ofRow: string; ofDay: string } {
  const own = `extra_${index}`;
  const isNumber = /INT|DOUBLE|FLOAT|REAL|DECIMAL|NUMERIC/.test(type);
  const ofRow = `${quoted(name)}::${isNumber ? 'double' : 'varchar'} ${own}`;
  // Whole millionths, so that the sum does not depend on the order of rows.
  const sum = `sum(round(${own} * 1000000)::hugeint)::double / 1000000`;
  const first = `first(${own} order by moment, ${own}) filter (where ${own} is not null)`;
  return { ofRow, ofDay: `${isNumber ? sum : first} as ${quoted(EXTRA + name)}` };
}

/** Extra columns of a table of purchase days begin with this. */
const EXTRA = 'extra:';

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

/** Purchase days of a table with customer, time, amount and extra columns in any order; rows of one customer and UTC day are merged. */
export function purchaseDays(orders: Table): PurchaseDays {
  const customer = textColumn(orders, 'customer');
  const time = numberColumn(orders, 'time').values;
  const amount = numberColumn(orders, 'amount').values;
  const names = Object.keys(orders.columns).filter((name) => name.startsWith(EXTRA));
  const extra = Object.fromEntries(names.map((name) => [name, orders.columns[name]!]));
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
  const kept: number[] = [];
  let count = 0;
  for (const row of rows) {
    if (count > 0 && owners[count - 1] === owner(row) && days[count - 1] === day[row])
      spend[count - 1]! += amount[row]!;
    else {
      owners[count] = owner(row);
      days[count] = day[row]!;
      kept.push(row);
      spend[count++] = amount[row]!;
    }
  }
  return {
    customers: ranks.sorted,
    customer: owners.slice(0, count),
    day: days.slice(0, count),
    spend: spend.slice(0, count),
    ...(names.length === 0 ? {} : { extra: take({ length: orders.length, columns: extra }, kept).columns }),
  };
}

function rankOf(names: readonly string[]): { sorted: string[]; of: Int32Array } {
  const order = Int32Array.from(names, (_, i) => i).sort((a, b) => (names[a]! < names[b]! ? -1 : 1));
  const of = new Int32Array(names.length);
  for (const [rank, i] of order.entries()) of[i] = rank;
  return { sorted: Array.from(order, (i) => names[i]!), of };
}
