/**
 * Prices of budget, return and places under which every customer may choose for themselves: the Lagrange dual of the
 * multiple-choice knapsack. With prices lambda, mu and pi, customer i takes the option j of the largest
 * (1 + mu) v_ij - (lambda + mu R) c_ij - pi_j, or nothing where none is above 0. Any prices bound what any allocation can
 * bring from above; the best ones are found one after the other, each exactly given the others.
 *
 * @see Kellerer, Pferschy, Pisinger (2004), Knapsack Problems, chapter 11
 */
import type { Bounds, Options, Prices } from './options.ts';

/** What the customers' own choices come to. */
export interface Outcome {
  readonly value: number;
  readonly cost: number;
  /** Upper bound on the value of any allocation within the bounds. */
  readonly bound: number;
}

/** Of lists of limits that do not change any more: searches move the prices of budget and return alone. */
const asked = new WeakMap<Prices['limits'], { readonly options: Options; readonly places: Float64Array }>();

/** [rows] the part of each row's worth that no price of budget or return touches. */
function placePrices(options: Options, prices: Prices): Float64Array | undefined {
  if (options.kinds.every((_, k) => prices.limits[k]!.every((price) => price === 0))) return undefined;
  const known = asked.get(prices.limits);
  if (known?.options === options) return known.places;
  const places = placesAt(options, prices);
  asked.set(prices.limits, { options, places });
  return places;
}

function placesAt(options: Options, prices: Prices): Float64Array {
  const out = new Float64Array(options.value.length);
  for (const [k, { of }] of options.kinds.entries()) {
    const price = prices.limits[k]!;
    for (let row = 0; row < out.length; row++) if (of[row]! >= 0) out[row]! += price[of[row]!]!;
  }
  return out;
}

/**
 * Lets every customer choose.
 *
 * @param chosen [customers] filled with the row chosen, -1 for none, where it's given
 */
export function chooseAt(options: Options, prices: Prices, bounds: Bounds, chosen?: Int32Array): Outcome {
  const { offsets, value, cost, customers } = options;
  const places = placePrices(options, prices);
  const perValue = 1 + prices.roi;
  const perCost = prices.budget + prices.roi * (bounds.minRoi ?? 0);
  let [brought, spent, surplus] = [0, 0, 0];
  for (let c = 0; c < customers; c++) {
    let best = 0;
    let at = -1;
    for (let row = offsets[c]!; row < offsets[c + 1]!; row++) {
      const worth = perValue * value[row]! - perCost * cost[row]! - (places === undefined ? 0 : places[row]!);
      // of equals the cheaper, so that a budget on the edge is kept
      if (worth > best || (worth === best && at >= 0 && cost[row]! < cost[at]!)) {
        best = worth;
        at = row;
      }
    }
    if (chosen !== undefined) chosen[c] = at;
    if (at < 0) continue;
    surplus += best;
    brought += value[at]!;
    spent += cost[at]!;
  }
  let bound = surplus + prices.budget * bounds.budget;
  for (const [k, { most }] of options.kinds.entries())
    for (const [code, price] of prices.limits[k]!.entries()) if (price > 0) bound += price * most[code]!;
  return { value: brought, cost: spent, bound };
}

export interface Search {
  /** Rounds over all prices at most. */
  readonly rounds: number;
  /** Relative move of prices below which it ends. */
  readonly tolerance: number;
}

/** Spent of the budget at least, and earned above the return at most: near enough for `nearby`. */
const NEAR_ENOUGH = 1e-3;

/**
 * Prices for all customers from those of a sample: few looks at each, until budget and return are kept and nearly used up.
 * Bounds by places may be broken by a little.
 */
export function nearby(options: Options, bounds: Bounds, from: Prices): Prices {
  let prices = from;
  const limited = from.limits.some((list) => list.some((price) => price > 0)) || options.kinds.length > 0;
  for (let round = 0; round < (limited ? 2 : 1); round++) {
    if (round > 0) prices = { ...prices, limits: limitsAtOnce(options, prices, bounds) };
    const used = (budget: number) => chooseAt(options, { ...prices, budget }, bounds).cost / bounds.budget;
    if (bounds.budget > 0) prices = { ...prices, budget: justBelow(used, prices.budget) };
    const { minRoi } = bounds;
    if (minRoi === undefined || minRoi <= 0) continue;
    const owed = (roi: number) => {
      const { value, cost } = chooseAt(options, { ...prices, roi }, bounds);
      return value > 0 ? (minRoi * cost) / value : 0;
    };
    prices = { ...prices, roi: justBelow(owed, prices.roi) };
  }
  return prices;
}

/** An x >= 0 near `start` at which `used`, which falls with x, is just below 1; 0 where it is at 0. */
function justBelow(used: (x: number) => number, start: number): number {
  const first = used(start);
  if (first <= 1 && (first >= 1 - NEAR_ENOUGH || start === 0)) return start;
  let [low, high] = first > 1 ? [start, Number.POSITIVE_INFINITY] : [0, start];
  let [atLow, atHigh] = first > 1 ? [first, 0] : [used(0), first];
  if (first <= 1 && atLow <= 1) return 0;
  for (let step = 0, width = 0.01; step < 60; step++) {
    let x = Math.max(start, 1e-9) * (first > 1 ? 1 + width : 1 - width);
    width *= 4;
    if (high === Number.POSITIVE_INFINITY) x = Math.max(x, step > 3 ? 2 * low : 0);
    // far apart: by halves; near: where a straight line meets just below 1, and halves when that is slow
    else if (low > 0 || width > 4) {
      const share = (atLow - 1 + NEAR_ENOUGH / 2) / Math.max(atLow - atHigh, 1e-300);
      const far = high > 2 * low || step % 3 === 2;
      x = low + (far ? 0.5 : Math.min(0.95, Math.max(0.05, share))) * (high - low);
    } else if (x <= low || x >= high) x = (low + high) / 2;
    const own = used(x);
    if (own > 1) [low, atLow] = [x, own];
    else [high, atHigh] = [x, own];
    if ((own <= 1 && own >= 1 - NEAR_ENOUGH) || (high < Number.POSITIVE_INFINITY && high - low <= CLOSE * high)) break;
  }
  return high;
}

/** Prices near the best for these options; those of budget and return are on the side that keeps their bound. */
export function findPrices(options: Options, bounds: Bounds, { rounds, tolerance }: Search): Prices {
  let prices: Prices = {
    ...{ budget: 0, roi: 0 },
    limits: options.kinds.map(({ most }) => new Float64Array(most.length)),
  };
  for (let round = 0; round < rounds; round++) {
    const before = prices;
    prices = { ...prices, budget: budgetPrice(options, prices, bounds, round > 1) };
    if (bounds.minRoi !== undefined && bounds.minRoi > 0)
      prices = { ...prices, roi: roiPrice(options, prices, bounds, round > 1) };
    prices = { ...prices, limits: limitPrices(options, prices, bounds) };
    if (round > 0 && moved(before, prices) <= tolerance) break;
  }
  return prices;
}

function moved(before: Prices, now: Prices): number {
  const change = (a: number, b: number) => (a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b)));
  let most = Math.max(change(before.budget, now.budget), change(before.roi, now.roi));
  for (const [k, list] of now.limits.entries())
    for (const [code, price] of list.entries()) most = Math.max(most, change(before.limits[k]![code]!, price));
  return most;
}

/** The least price at which no more than the budget is spent. */
function budgetPrice(options: Options, prices: Prices, bounds: Bounds, near: boolean): number {
  const keeps = (budget: number) => chooseAt(options, { ...prices, budget }, bounds).cost <= bounds.budget;
  return leastThat(keeps, prices.budget, near, dearest(options, prices));
}

/** The least price of return at which what is given brings `minRoi` times its cost. */
function roiPrice(options: Options, prices: Prices, bounds: Bounds, near: boolean): number {
  const keeps = (roi: number) => {
    const { value, cost } = chooseAt(options, { ...prices, roi }, bounds);
    return value >= bounds.minRoi! * cost;
  };
  return leastThat(keeps, prices.roi, near, 1e6);
}

/** Above this price of budget nothing that costs is bought: the largest value over cost. */
function dearest({ value, cost }: Options, { roi }: Prices): number {
  let most = 0;
  for (let row = 0; row < value.length; row++)
    if (cost[row]! > 0) most = Math.max(most, ((1 + roi) * value[row]!) / cost[row]!);
  return most;
}

const STEPS = 40;
const CLOSE = 1e-9;

/** The least x >= 0 with `keeps(x)`, up to a relative 1e-9 and from above; `keeps` is monotone. */
function leastThat(keeps: (x: number) => boolean, start: number, near: boolean, most: number): number {
  if (keeps(0)) return 0;
  let [low, high] = [0, most];
  if (near && start > 0) {
    // most of the way is known: widen about the start until it is between
    let width = 0.02;
    if (keeps(start)) {
      high = start;
      for (low = start * (1 - width); low > 0 && keeps(low); low = Math.max(0, start * (1 - width))) {
        high = low;
        width *= 3;
        if (width >= 1) width = 1;
      }
    } else {
      low = start;
      for (high = start * (1 + width); !keeps(high) && high < most; high = start * (1 + width)) {
        low = high;
        width *= 3;
      }
    }
  }
  const enough = near ? 14 : STEPS;
  for (let step = 0; step < enough && high - low > CLOSE * high; step++) {
    const middle = (low + high) / 2;
    if (keeps(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Each limit's price given the others: the advantage of the last customer who still gets a place. */
function limitPrices(options: Options, prices: Prices, bounds: Bounds): readonly Float64Array[] {
  const limits = prices.limits.map((list) => list.slice());
  for (const [k, { most }] of options.kinds.entries()) {
    for (const [code, places] of most.entries()) {
      if (places === Number.POSITIVE_INFINITY) continue;
      limits[k]![code] = 0;
      const wanting = advantages(options, { ...prices, limits: [...limits] }, bounds, k, code);
      const whole = Math.floor(places);
      if (wanting.length > whole) limits[k]![code] = wanting.sort()[wanting.length - whole - 1]!;
    }
  }
  return limits;
}

/**
 * Each limit's price given the others as they were, all of a kind in one look at everybody: what `limitPrices` finds one
 * after the other, for prices that are near already.
 */
function limitsAtOnce(options: Options, prices: Prices, bounds: Bounds): readonly Float64Array[] {
  const limits = prices.limits.map((list) => list.slice());
  for (const [k, { most }] of options.kinds.entries()) {
    const scarce = Uint8Array.from(most, (places) => (places === Number.POSITIVE_INFINITY ? 0 : 1));
    if (scarce.every((is) => is === 0)) continue;
    const wanting = wantedBy(options, { ...prices, limits: [...limits] }, bounds, k, scarce);
    for (const [code, list] of wanting.entries()) {
      if (scarce[code] === 0) continue;
      const whole = Math.floor(most[code]!);
      limits[k]![code] = list.length > whole ? list.sort()[list.length - whole - 1]! : 0;
    }
  }
  return limits;
}

/** [codes] of a kind: by how much each customer who would take one for nothing gains by it. */
function wantedBy(options: Options, prices: Prices, bounds: Bounds, kind: number, scarce: Uint8Array): Float64Array[] {
  const { offsets, value, cost, customers } = options;
  const places = placePrices(options, prices);
  const { of } = options.kinds[kind]!;
  const own = prices.limits[kind]!;
  const perValue = 1 + prices.roi;
  const perCost = prices.budget + prices.roi * (bounds.minRoi ?? 0);
  const out = Array.from(scarce, (is) => new Float64Array(is === 1 ? customers : 0));
  const counts = new Int32Array(scarce.length);
  // of one customer: the best of each code, and the two best codes
  const best = new Float64Array(scarce.length);
  for (let c = 0; c < customers; c++) {
    let [first, second, firstCode] = [0, 0, -1];
    for (let row = offsets[c]!; row < offsets[c + 1]!; row++) {
      const worth = perValue * value[row]! - perCost * cost[row]! - (places === undefined ? 0 : places[row]!);
      const code = of[row]!;
      if (code >= 0 && worth + own[code]! > best[code]!) best[code] = worth + own[code]!;
      if (worth > first) {
        if (code !== firstCode || code < 0) second = first;
        [first, firstCode] = [worth, code];
      } else if (worth > second && (code !== firstCode || code < 0)) second = worth;
    }
    for (let row = offsets[c]!; row < offsets[c + 1]!; row++) {
      const code = of[row]!;
      if (code < 0 || best[code]! <= 0) continue;
      const gain = best[code]! - (code === firstCode ? second : first);
      best[code] = 0;
      if (gain > 0 && scarce[code] === 1) out[code]![counts[code]!++] = gain;
    }
  }
  return out.map((list, code) => list.subarray(0, counts[code]!));
}

/** How much better than all else the options of a limit are, of the customers for whom they are the best at price 0. */
function advantages(options: Options, prices: Prices, bounds: Bounds, kind: number, code: number): Float64Array {
  const { offsets, value, cost, customers } = options;
  const places = placePrices(options, prices);
  const { of } = options.kinds[kind]!;
  const perValue = 1 + prices.roi;
  const perCost = prices.budget + prices.roi * (bounds.minRoi ?? 0);
  const out = new Float64Array(customers);
  let count = 0;
  for (let c = 0; c < customers; c++) {
    let [within, without] = [0, 0];
    for (let row = offsets[c]!; row < offsets[c + 1]!; row++) {
      const worth = perValue * value[row]! - perCost * cost[row]! - (places === undefined ? 0 : places[row]!);
      if (of[row] === code) {
        if (worth > within) within = worth;
      } else if (worth > without) without = worth;
    }
    if (within > without) out[count++] = within - without;
  }
  return out.slice(0, count);
}
