/** From purchase days to one history a customer. Days are whole numbers: days since 1970-01-01 in the shop's zone. */
import { type Table, take } from '#table/index.ts';
import type { SpendHistory } from './interval.ts';

/** What each customer had done by the end of a day; one row a customer, money in the unit of the source. */
export interface CustomerHistories {
  readonly customers: readonly string[];
  /** [customers] days with a purchase, >= 1 */
  readonly orders: Float64Array;
  /** [customers] */
  readonly firstDay: Float64Array;
  readonly lastDay: Float64Array;
  /** [customers] net spend on the first purchase day, and on all */
  readonly spendFirst: Float64Array;
  readonly spendAll: Float64Array;
  /** The day at whose end this was seen; >= every lastDay. */
  readonly seenDay: number;
  /** [customers] what is known of each one's first order besides, by name */
  readonly known?: Table['columns'];
}

/** Purchase days, one row a customer and day. */
export interface PurchaseDays {
  readonly customers: readonly string[];
  /** [rows] index into customers, rising */
  readonly customer: Int32Array;
  /** [rows] rising within a customer */
  readonly day: Float64Array;
  /** [rows] net spend of the day */
  readonly spend: Float64Array;
  /** [rows] what else is known of the day's orders, by name */
  readonly extra?: Table['columns'];
}

/** Histories as of the end of `seenDay`, of the customers who had bought by then. */
export function historiesAt(days: PurchaseDays, seenDay: number): CustomerHistories {
  const { customers, customer, day, spend, extra } = days;
  const firsts: number[] = [];
  const names: string[] = [];
  const rows: number[][] = [[], [], [], [], []];
  const [orders = [], firstDay = [], lastDay = [], spendFirst = [], spendAll = []] = rows;
  let open = -1;
  for (let i = 0; i < day.length; i++) {
    if (day[i]! > seenDay) continue;
    if (customer[i] !== open) {
      open = customer[i]!;
      names.push(customers[open]!);
      firsts.push(i);
      orders.push(0);
      firstDay.push(day[i]!);
      lastDay.push(0);
      spendFirst.push(spend[i]!);
      spendAll.push(0);
    }
    const at = names.length - 1;
    orders[at]! += 1;
    lastDay[at] = day[i]!;
    spendAll[at]! += spend[i]!;
  }
  const [o, f, l, s, a] = rows.map((column) => Float64Array.from(column));
  return {
    ...{ customers: names, orders: o!, firstDay: f!, lastDay: l!, spendFirst: s!, spendAll: a!, seenDay },
    ...(extra === undefined ? {} : { known: take({ length: day.length, columns: extra }, firsts).columns }),
  };
}

/** What happened to each customer of `seen` after its day, within `horizonDays`. */
export function outcomesAfter(days: PurchaseDays, seen: CustomerHistories, horizonDays: number) {
  const index = new Map(seen.customers.map((name, i) => [name, i]));
  const at = Int32Array.from(days.customers, (name) => index.get(name) ?? -1);
  const purchases = new Float64Array(seen.customers.length);
  const spend = new Float64Array(seen.customers.length);
  for (let i = 0; i < days.day.length; i++) {
    const row = at[days.customer[i]!]!;
    if (row < 0 || days.day[i]! <= seen.seenDay || days.day[i]! > seen.seenDay + horizonDays) continue;
    purchases[row]! += 1;
    spend[row]! += days.spend[i]!;
  }
  return { purchases, spend };
}

/**
 * The statistics that the models need.
 *
 * @param unitDays days in the unit of time: 1 or 7
 * @param spendOn whose mean order counts: 'repeat' leaves the first order out, as Gamma-Gamma was published; 'all' keeps
 *   it, which tells more about those who bought once
 */
export function statistics(seen: CustomerHistories, unitDays: number, spendOn: 'repeat' | 'all'): SpendHistory {
  const { orders, firstDay, lastDay, spendFirst, spendAll, seenDay } = seen;
  const repeats = orders.map((n) => n - 1);
  const counted = spendOn === 'repeat' ? repeats : orders;
  const means = counted.map((n, i) =>
    n === 0 ? 0 : Math.max(0, (spendAll[i]! - (spendOn === 'repeat' ? spendFirst[i]! : 0)) / n),
  );
  return {
    repeats,
    recency: lastDay.map((day, i) => (day - firstDay[i]!) / unitDays),
    age: firstDay.map((day) => (seenDay - day) / unitDays),
    orders: counted,
    means,
  };
}
