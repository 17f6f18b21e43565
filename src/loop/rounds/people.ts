/**
 * What a shop knows of its customers before a round, as columns. Orders of the rounds themselves come in as the shop sees
 * them: how many and how much, taken to be spread evenly over the round's days; no feature knows a later day.
 */
import type { Seen } from '#simulate/index.ts';
import { numberColumn, type Table } from '#table/index.ts';
import { type BgNbd, chanceAlive, expectedPurchases, fitBgNbd, type Histories, POOLED_BG_NBD } from '#value/index.ts';

/** What happened to one customer in a round, as the shop sees it. Money in minor units. */
export interface Happened {
  /** Index of the offer, -1 for none. */
  readonly offer: number;
  readonly orders: number;
  readonly revenue: number;
  readonly margin: number;
  readonly discount: number;
  readonly redeemed: boolean;
  /** Orders with the coupon, and as many as were expected before the round; 0 without an offer. */
  readonly coupons: number;
  readonly awaited: number;
}

export interface People {
  readonly count: number;
  /** 1: may be contacted. */
  readonly consent: Uint8Array;
  /** What was paid in the 91 days before the first round, in minor units. */
  readonly lately: number;
  /** Customers as of local day `day`, for a round of `days` days. */
  asOf(day: number, days: number): Standing;
  /** Takes in a round that ran from `fromDay` for `days` days. */
  learn(round: readonly Happened[], fromDay: number, days: number): void;
}

/** Columns [customers] as of a day. */
export interface Standing {
  /** Chance of still being a customer, and orders expected in the round without any offer. */
  readonly alive: Float64Array;
  readonly orders: Float64Array;
  /** What an order comes to, and its margin before the offer, in minor units. */
  readonly order: Float64Array;
  readonly margin: Float64Array;
  /** Traits of taste and habit, about 0 for everybody and of about unit size. */
  readonly traits: readonly Float64Array[];
}

export const TRAITS = [
  'clicks on messages',
  'use of offers',
  'use of public coupons',
  'orders on sale days',
  'price level of what is bought',
  'answers to offers',
  'lines an order',
  'income',
  'member level',
  'age',
  'visits',
  'never ordered',
] as const;

const WEEK = 7;
/** A customer's own average leans on everybody's as if so many orders had been seen. */
const PRIOR_ORDERS = 2;
const PRIOR_SHARE = 8;
/** A customer answers offers as others do, as if so many coupons had been expected and used. */
const ANSWERS = 0.5;
/** A day with so many times the usual orders is a sale. */
const SALE = 1.6;

interface State {
  readonly orders: Float64Array;
  readonly revenue: Float64Array;
  readonly margin: Float64Array;
  readonly lines: Float64Array;
  readonly coupons: Float64Array;
  readonly sales: Float64Array;
  readonly firstDay: Float64Array;
  readonly lastDay: Float64Array;
  /** Sum over lines of the price level in their categories. */
  readonly levels: Float64Array;
  /** Coupons used in rounds with an offer, and expected. */
  readonly answers: Float64Array;
  readonly awaited: Float64Array;
  /** Rounds with an offer and an order, and of these with its coupon. */
  readonly chances: Float64Array;
  readonly taken: Float64Array;
  /** Lines are known of the orders before the first round alone. */
  readonly lined: Float64Array;
}

/** Reads what was seen until the data end. */
export function peopleOf(seen: Seen, endDay: number): People {
  const count = seen.people.length;
  const own = (name: string) => numberColumn(seen.people, name);
  const state = stateOf(seen, count);
  const marketing = own('marketing');
  const consent = marketing.values.map((flag, i) => (flag === 1 && marketing.valid?.[i] !== 0 ? 1 : 0));
  const clicks = ratesOf(seen.messages, 'clicked', count);
  const visits = visitsOf(seen.visits, own('first_day').values, endDay);
  const season = seasonOf(seen.orders);
  const model = fitBgNbd(weeks(state, endDay), { prior: POOLED_BG_NBD });
  const fixed = {
    clicks,
    income: standard(filled(own('income'))),
    member: standard(filled(own('member'))),
    age: standard(filled(own('age'))),
    visits: standard(visits.map((rate) => Math.log(0.002 + rate))),
  };
  return {
    count,
    consent: Uint8Array.from(consent),
    lately: paidSince(seen.orders, endDay - 91),
    asOf: (day, days) => standing(state, model, fixed, { day, days, season: season(day, days) }),
    learn: (round, fromDay, days) => {
      for (const [i, happened] of round.entries()) takeIn(state, i, happened, fromDay, days);
    },
  };
}

function paidSince(orders: Table, fromDay: number): number {
  const [day, revenue] = [numberColumn(orders, 'day').values, numberColumn(orders, 'revenue').values];
  return day.reduce((sum, own, k) => sum + (own >= fromDay ? revenue[k]! : 0), 0);
}

function stateOf({ orders }: Seen, count: number): State {
  const zero = () => new Float64Array(count);
  const state: State = {
    ...{ orders: zero(), revenue: zero(), margin: zero(), lines: zero(), coupons: zero(), sales: zero() },
    firstDay: zero().fill(Number.NaN),
    lastDay: zero().fill(Number.NaN),
    ...{ chances: zero(), taken: zero(), lined: zero(), levels: zero(), answers: zero(), awaited: zero() },
  };
  const column = (name: string) => numberColumn(orders, name).values;
  const [customer, day, coupon] = [column('customer'), column('day'), column('coupon')];
  const [revenue, margin, lines, level] = [column('revenue'), column('margin'), column('lines'), column('level')];
  const isSale = saleDays(day);
  for (let k = 0; k < orders.length; k++) {
    const i = customer[k]!;
    state.orders[i]!++;
    state.lined[i]!++;
    state.revenue[i]! += revenue[k]!;
    state.margin[i]! += margin[k]!;
    state.lines[i]! += lines[k]!;
    state.coupons[i]! += coupon[k]!;
    state.levels[i]! += level[k]!;
    if (isSale.has(day[k]!)) state.sales[i]!++;
    if (!(state.firstDay[i]! <= day[k]!)) state.firstDay[i] = day[k]!;
    if (!(state.lastDay[i]! >= day[k]!)) state.lastDay[i] = day[k]!;
  }
  return state;
}

/** Days on which far more was ordered than in the week around them. */
function saleDays(day: Float64Array): Set<number> {
  const counts = new Map<number, number>();
  for (const one of day) counts.set(one, (counts.get(one) ?? 0) + 1);
  const found = new Set<number>();
  for (const [one, n] of counts) {
    let around = 0;
    for (let k = -WEEK * 2; k <= WEEK * 2; k++) around += counts.get(one + k) ?? 0;
    if (n > (SALE * around) / (4 * WEEK + 1)) found.add(one);
  }
  return found;
}

/** How busy a stretch of days was a year ago beside the weeks around it. */
function seasonOf(orders: Table): (day: number, days: number) => number {
  const counts = new Map<number, number>();
  for (const day of numberColumn(orders, 'day').values) counts.set(day, (counts.get(day) ?? 0) + 1);
  const sum = (from: number, to: number) => {
    let all = 0;
    for (let day = from; day < to; day++) all += counts.get(day) ?? 0;
    return all;
  };
  return (day, days) => {
    const [from, around] = [day - 52 * WEEK, 6 * WEEK];
    const usual = sum(from - around, from + days + around) / (days + 2 * around);
    return usual > 0 ? sum(from, from + days) / days / usual : 1;
  };
}

/** Share of a customer's messages with the flag, drawn toward everybody's. */
function ratesOf(rows: Table, flag: string, count: number): Float64Array {
  const [seen, yes] = [new Float64Array(count), new Float64Array(count)];
  const [customer, value] = [numberColumn(rows, 'customer').values, numberColumn(rows, flag).values];
  for (let k = 0; k < rows.length; k++) {
    seen[customer[k]!]!++;
    yes[customer[k]!]! += value[k]!;
  }
  return drawn(yes, seen, PRIOR_ORDERS);
}

function visitsOf(visits: Table, firstDay: Float64Array, endDay: number): Float64Array {
  const rate = new Float64Array(firstDay.length);
  for (const i of numberColumn(visits, 'customer').values) rate[i]!++;
  return rate.map((n, i) => n / Math.max(WEEK, endDay - firstDay[i]!));
}

/** Shares drawn toward the common one as if `prior` more had been seen of it, as deviations from it in its own size. */
function drawn(yes: Float64Array, seen: Float64Array, prior: number): Float64Array {
  const all = seen.reduce((a, b) => a + b, 0);
  const common = all === 0 ? 0 : yes.reduce((a, b) => a + b, 0) / all;
  const scale = Math.max(0.05, Math.sqrt(common * (1 - common)));
  return yes.map((n, i) => (n + prior * common) / (seen[i]! + prior)).map((share) => (share - common) / scale);
}

function filled({ values, valid }: { values: Float64Array; valid?: Uint8Array }): Float64Array {
  const known = values.filter((_, i) => valid?.[i] !== 0);
  const mean = known.reduce((a, b) => a + b, 0) / Math.max(1, known.length);
  return values.map((own, i) => (valid?.[i] === 0 ? mean : own));
}

function standard(values: Float64Array): Float64Array {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const spread = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
  return values.map((own) => (spread > 0 ? (own - mean) / spread : 0));
}

/** Moments of purchase in weeks; customers without an order have a history that nothing is read of. */
function weeks({ orders, firstDay, lastDay }: State, day: number): Histories {
  const known = (value: number, other: number) => (Number.isNaN(value) ? other : value);
  return {
    repeats: orders.map((n) => Math.max(0, n - 1)),
    recency: lastDay.map((last, i) => (known(last, 0) - known(firstDay[i]!, 0)) / WEEK),
    age: firstDay.map((first) => Math.max(0, day - known(first, day - WEEK)) / WEEK),
  };
}

interface Fixed {
  readonly clicks: Float64Array;
  readonly income: Float64Array;
  readonly member: Float64Array;
  readonly age: Float64Array;
  readonly visits: Float64Array;
}

interface Ahead {
  readonly day: number;
  readonly days: number;
  /** How busy the days ahead are, 1 as usual. */
  readonly season: number;
}

function standing(state: State, model: BgNbd, fixed: Fixed, { day, days, season }: Ahead): Standing {
  const histories = weeks(state, day);
  const bought = (i: number) => state.orders[i]! > 0;
  const alive = chanceAlive(model, histories).map((chance, i) => (bought(i) ? chance : 0));
  const orders = expectedPurchases(model, histories, days / WEEK).map((n, i) => (bought(i) ? season * n : 0));
  const placed = state.orders.reduce((a, b) => a + b, 0);
  const mean = (sums: Float64Array, prior: number) => {
    const common = sums.reduce((a, b) => a + b, 0) / Math.max(1, placed);
    return sums.map((sum, i) => (sum + prior * common) / (state.orders[i]! + prior));
  };
  const paid = mean(state.revenue, PRIOR_SHARE);
  const order = mean(state.revenue, PRIOR_ORDERS).map((own) => Math.max(100, own));
  // margin as a share of the order varies far less than the order does
  const share = mean(state.margin, PRIOR_SHARE).map((own, i) => own / Math.max(1, paid[i]!));
  return {
    ...{ alive, orders, order },
    margin: order.map((own, i) => own * Math.min(0.9, Math.max(0.05, share[i]!))),
    traits: [
      fixed.clicks,
      drawn(state.taken, state.chances, 1.5),
      drawn(state.coupons, state.lined, PRIOR_ORDERS),
      drawn(state.sales, state.lined, PRIOR_ORDERS),
      standard(state.levels.map((sum, i) => sum / (state.lines[i]! + 1))),
      state.answers.map((sum, i) => Math.log((ANSWERS + sum) / (ANSWERS + state.awaited[i]!))),
      standard(state.lines.map((n, i) => (n + 2 * PRIOR_ORDERS) / (state.lined[i]! + PRIOR_ORDERS))),
      fixed.income,
      fixed.member,
      fixed.age,
      fixed.visits,
      Float64Array.from(state.orders, (n) => (n > 0 ? 0 : 1)),
    ],
  };
}

function takeIn(state: State, i: number, happened: Happened, fromDay: number, days: number): void {
  const { offer, orders, revenue, margin, discount, redeemed, coupons, awaited } = happened;
  state.answers[i]! += coupons;
  state.awaited[i]! += awaited;
  if (orders > 0) {
    state.orders[i]! += orders;
    // what the order would have come to without the offer
    state.revenue[i]! += revenue + discount;
    state.margin[i]! += margin + discount;
    const step = days / (orders + 1);
    if (Number.isNaN(state.firstDay[i]!)) state.firstDay[i] = Math.round(fromDay + step);
    state.lastDay[i] = Math.round(fromDay + days - step);
  }
  if (offer >= 0 && orders > 0) {
    state.chances[i]!++;
    if (redeemed) state.taken[i]!++;
  }
}
