/**
 * What a customer looked like at the end of a day, as columns that a learner reads. Only purchase days up to that day
 * count. All times are told in horizons, so that a short horizon early in a log and a long one at its end look alike:
 * that is what lets a learner train inside the calibration period and answer for a longer one after it.
 */
import { numbers, type Table, table } from '#table/index.ts';
import { chanceAlive, expectedPurchases, fitBgNbd, POOLED_BG_NBD } from './bg-nbd.ts';
import { expectedOrder, fitGammaGamma, POOLED_GAMMA_GAMMA } from './gamma-gamma.ts';
import { type CustomerHistories, type PurchaseDays, statistics } from './histories.ts';

/** Half-lives and windows, in horizons. */
const SPANS = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1] as const;

/** Features of which more speaks for a customer, all else equal. */
export const RISING: readonly string[] = [
  ...[
    'orders',
    'spendAll',
    'meanOrder',
    'largestOrder',
    'bgPurchases',
    'bgSpend',
    'mbgPurchases',
    'mbgAlive',
    'gammaOrder',
  ],
  ...SPANS.map((_, k) => `decayedSpend${k + 1}`),
  ...['decayedOrders3', 'decayedOrders4', 'decayedOrders5', 'spendWithin3', 'spendWithin4', 'spendWithin5'],
];

/**
 * Features of the customers of `seen`, as of its day, for a learner that foretells `horizonDays`.
 *
 * @param days the log that `seen` was taken from; rows after `seen.seenDay` are not looked at
 */
export function snapshotOf(days: PurchaseDays, seen: CustomerHistories, horizonDays: number): Table {
  const columns = {
    ...paceOf(seen, horizonDays),
    ...modelled(seen, horizonDays),
    ...amountsOf(days, seen, horizonDays),
  };
  const own = Object.entries(columns).map(([name, values]) => [name, numbers(values)] as const);
  return table({ ...Object.fromEntries(own), ...seen.known });
}

/** What BG/NBD, MBG/NBD and Gamma-Gamma, fitted on these histories, say of each customer. */
function modelled(seen: CustomerHistories, horizonDays: number) {
  const history = statistics(seen, 7, 'all');
  const horizon = horizonDays / 7;
  const bg = fitBgNbd(history, { prior: POOLED_BG_NBD });
  const mbg = fitBgNbd(history, { prior: POOLED_BG_NBD, leaving: 'after-any' });
  const gammaGamma = fitGammaGamma(history.orders, history.means, POOLED_GAMMA_GAMMA);
  const bgPurchases = expectedPurchases(bg, history, horizon);
  const gammaOrder = expectedOrder(gammaGamma, history.orders, history.means);
  return {
    bgPurchases,
    bgSpend: bgPurchases.map((n, i) => n * gammaOrder[i]!),
    bgAlive: chanceAlive(bg, history),
    mbgPurchases: expectedPurchases(mbg, history, horizon),
    mbgAlive: chanceAlive(mbg, history),
    gammaOrder,
  };
}

/** How often and how lately: counts, and times in horizons. */
function paceOf({ orders, firstDay, lastDay, seenDay }: CustomerHistories, horizonDays: number) {
  const age = firstDay.map((day) => (seenDay - day + 1) / horizonDays);
  const silence = lastDay.map((day) => (seenDay - day) / horizonDays);
  return {
    orders,
    age,
    silence,
    recencyShare: lastDay.map((day, i) => (day - firstDay[i]!) / (seenDay - firstDay[i]! + 1)),
    rate: orders.map((n, i) => (n - 1) / age[i]!),
    /** Silence against the customer's own mean gap. */
    lateness: silence.map((quiet, i) =>
      orders[i]! > 1 ? (quiet * horizonDays * (orders[i]! - 1)) / (lastDay[i]! - firstDay[i]!) : Number.NaN,
    ),
  };
}

/** Money, and how it lies in time. */
function amountsOf({ customers, customer, day, spend }: PurchaseDays, seen: CustomerHistories, horizonDays: number) {
  const rows = new Map(seen.customers.map((name, i) => [name, i]));
  const size = seen.customers.length;
  const make = (fill = 0) => new Float64Array(size).fill(fill);
  const decayed = SPANS.map(() => make());
  const within = SPANS.map(() => make());
  const ordersWithin = SPANS.map(() => make());
  const decayedOrders = SPANS.map(() => make());
  const [largest, smallest, last, lastGap, gapSquares] = [
    make(),
    make(Number.POSITIVE_INFINITY),
    make(),
    make(Number.NaN),
    make(),
  ];
  const previous = make(Number.NaN);
  let owner = -1;
  let row = -1;
  for (let i = 0; i < day.length; i++) {
    if (day[i]! > seen.seenDay) continue;
    if (customer[i] !== owner) {
      owner = customer[i]!;
      row = rows.get(customers[owner]!) ?? -1;
    }
    if (row < 0) continue;
    const quiet = (seen.seenDay - day[i]!) / horizonDays;
    for (const [k, span] of SPANS.entries()) {
      const weight = 2 ** (-quiet / span);
      decayed[k]![row]! += weight * spend[i]!;
      decayedOrders[k]![row]! += weight;
      if (quiet < span) {
        within[k]![row]! += spend[i]!;
        ordersWithin[k]![row]! += 1;
      }
    }
    largest[row] = Math.max(largest[row]!, spend[i]!);
    smallest[row] = Math.min(smallest[row]!, spend[i]!);
    last[row] = spend[i]!;
    if (!Number.isNaN(previous[row]!)) {
      lastGap[row] = (day[i]! - previous[row]!) / horizonDays;
      gapSquares[row]! += lastGap[row]! ** 2;
    }
    previous[row] = day[i]!;
  }
  const named = (name: string, columns: readonly Float64Array[]) =>
    Object.fromEntries(columns.map((column, k) => [`${name}${k + 1}`, column]));
  return {
    spendAll: seen.spendAll,
    meanOrder: seen.spendAll.map((sum, i) => sum / seen.orders[i]!),
    firstOrder: seen.spendFirst,
    largestOrder: largest,
    smallestOrder: smallest,
    lastOrder: last,
    trend: last.map((own, i) => (own * seen.orders[i]!) / Math.max(1e-9, seen.spendAll[i]!)),
    lastGap,
    gapSpread: gapSquares.map((squares, i) =>
      seen.orders[i]! > 2 ? Math.sqrt(squares / (seen.orders[i]! - 1)) : Number.NaN,
    ),
    ...named('decayedSpend', decayed),
    ...named('decayedOrders', decayedOrders),
    ...named('spendWithin', within),
    ...named('ordersWithin', ordersWithin),
  };
}
