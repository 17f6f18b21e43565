/** Who gets which offer: the best that a budget, a return and places allow, near the bound and never over one of them. */
import { type Bounds, type Options, type Prices, sampled } from './options.ts';
import { chooseAt, findPrices, nearby } from './prices.ts';

export interface Allocation {
  /** [customers] row of `Options` given, -1 for none */
  readonly given: Int32Array;
  readonly assigned: number;
  readonly spent: number;
  readonly value: number;
  /** No allocation within the bounds brings more. */
  readonly upperBound: number;
  /** (upperBound - value) / upperBound; 0 where nothing can be brought. */
  readonly gap: number;
  readonly prices: Prices;
  readonly curve: readonly CurvePoint[];
}

/** What another budget would bring, read off a sample of customers. */
export interface CurvePoint {
  readonly budget: number;
  readonly value: number;
  /** Value of one more unit of budget there. */
  readonly shadowPrice: number;
}

/** Customers of the sample in which prices are sought first. */
const SAMPLE = 40_000;
const CURVE = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2];

export interface AllocateOptions {
  /** Also make the curve; default false. */
  readonly curve?: boolean;
}

/**
 * Allocates. Prices are found on a sample, then on all; every customer chooses at them; places that are over go to those
 * who gain most by them; what is left of the budget goes where it brings most.
 *
 * @param options values may be of any sign, costs are >= 0 and finite; only options of a value above 0 are ever given
 */
export function allocate(options: Options, bounds: Bounds, { curve = false }: AllocateOptions = {}): Allocation {
  const { prices, small, smallBounds, share } = priced(options, bounds);
  const given = new Int32Array(options.customers);
  let { bound } = chooseAt(options, prices, bounds, given);
  const state = stateOf(options, bounds, given);
  withinPlaces(state, prices);
  withinReturns(state);
  fill(state);
  bound = Math.max(bound, state.value);
  return {
    given,
    assigned: given.reduce((n, row) => n + (row >= 0 ? 1 : 0), 0),
    spent: state.spent,
    value: state.value,
    upperBound: bound,
    gap: bound > 0 ? (bound - state.value) / bound : 0,
    prices,
    curve: curve ? curveOf(small, smallBounds, share) : [],
  };
}

/** Prices of all, and the sample in which they were sought first. */
export function priced(options: Options, bounds: Bounds) {
  const step = Math.max(1, Math.floor(options.customers / SAMPLE));
  const share = Math.ceil(options.customers / step) / Math.max(1, options.customers);
  const small = step === 1 ? options : sampled(options, step);
  const smallBounds = { ...bounds, budget: bounds.budget * share };
  const first = findPrices(small, smallBounds, { rounds: 20, tolerance: step === 1 ? 1e-6 : 1e-4 });
  return { prices: step === 1 ? first : nearby(options, bounds, first), small, smallBounds, share };
}

function curveOf(small: Options, bounds: Bounds, share: number): CurvePoint[] {
  return CURVE.map((factor) => {
    const own = { ...bounds, budget: bounds.budget * factor };
    const prices = findPrices(small, own, { rounds: 20, tolerance: 1e-4 });
    const { bound } = chooseAt(small, prices, own);
    return { budget: own.budget / share, value: bound / share, shadowPrice: prices.budget };
  });
}

interface State {
  readonly options: Options;
  readonly bounds: Bounds;
  readonly given: Int32Array;
  /** [kinds] of [codes] customers counted so far */
  readonly used: readonly Float64Array[];
  spent: number;
  value: number;
}

function stateOf(options: Options, bounds: Bounds, given: Int32Array): State {
  const state = {
    ...{ options, bounds, given, spent: 0, value: 0 },
    used: options.kinds.map(({ most }) => new Float64Array(most.length)),
  };
  for (const row of given) if (row >= 0) count(state, row, 1);
  return state;
}

function count(state: State, row: number, sign: 1 | -1): void {
  const { options, used } = state;
  state.spent += sign * options.cost[row]!;
  state.value += sign * options.value[row]!;
  for (const [k, { of }] of options.kinds.entries()) if (of[row]! >= 0) used[k]![of[row]!]! += sign;
}

function give(state: State, customer: number, row: number): void {
  const before = state.given[customer]!;
  if (before >= 0) count(state, before, -1);
  if (row >= 0) count(state, row, 1);
  state.given[customer] = row;
}

/** Is there a place for `row`, when the places of `instead` are given up for it? */
function hasPlace({ options, used }: State, row: number, instead: number): boolean {
  for (const [k, { of, most }] of options.kinds.entries()) {
    const code = of[row]!;
    if (code >= 0 && (instead < 0 || of[instead] !== code) && used[k]![code]! + 1 > most[code]!) return false;
  }
  return true;
}

const isOver = ({ options, used }: State, row: number): boolean =>
  options.kinds.some(({ of, most }, k) => of[row]! >= 0 && used[k]![of[row]!]! > most[of[row]!]!);

/** Takes places that are one too many from those who lose least by their next best option. */
function withinPlaces(state: State, prices: Prices): void {
  const { options, given, bounds } = state;
  const perValue = 1 + prices.roi;
  const perCost = prices.budget + prices.roi * (bounds.minRoi ?? 0);
  const worth = (row: number) => perValue * options.value[row]! - perCost * options.cost[row]!;
  const losers: { customer: number; loss: number }[] = [];
  for (let c = 0; c < options.customers; c++) {
    const own = given[c]!;
    if (own < 0 || !isOver(state, own)) continue;
    let next = 0;
    for (let row = options.offsets[c]!; row < options.offsets[c + 1]!; row++)
      if (row !== own && hasPlace(state, row, own)) next = Math.max(next, worth(row));
    losers.push({ customer: c, loss: worth(own) - next });
  }
  losers.sort((a, b) => a.loss - b.loss || a.customer - b.customer);
  for (const { customer } of losers) {
    const own = given[customer]!;
    if (!isOver(state, own)) continue;
    let [best, at] = [0, -1];
    for (let row = options.offsets[customer]!; row < options.offsets[customer + 1]!; row++)
      if (row !== own && hasPlace(state, row, own) && worth(row) > best && options.cost[row]! <= options.cost[own]!) {
        best = worth(row);
        at = row;
      }
    give(state, customer, at);
  }
}

/** Takes away what brings least for its cost until budget and return hold. */
function withinReturns(state: State): void {
  const { options, given, bounds } = state;
  const holds = () => state.spent <= bounds.budget && state.value >= (bounds.minRoi ?? 0) * state.spent;
  if (holds()) return;
  const ratio = (row: number) => options.value[row]! / options.cost[row]!;
  const order = [...given.keys()].filter((c) => given[c]! >= 0 && options.cost[given[c]!]! > 0);
  order.sort((a, b) => ratio(given[a]!) - ratio(given[b]!) || a - b);
  for (const customer of order) {
    if (holds()) return;
    give(state, customer, -1);
  }
}

/** Fill rounds: an upgrade may open another one; and steps looked at in a round at least. */
const ROUNDS = 6;
const STEPS = 20_000;

/** Spends what is left where it brings most for its cost; each round looks for every customer's best step up. */
function fill(state: State): void {
  const { options, bounds } = state;
  const rows = new Int32Array(options.customers);
  const ratios = new Float64Array(options.customers);
  for (let round = 0; round < ROUNDS; round++) {
    const order = stepsUp(state, bounds.budget - state.spent, rows, ratios);
    let taken = 0;
    for (const customer of order) if (stepUp(state, customer, rows[customer]!)) taken++;
    if (taken === 0) return;
  }
}

/** Takes the step where all bounds still hold after it. */
function stepUp(state: State, customer: number, row: number): boolean {
  const { options, given, bounds } = state;
  const before = given[customer]!;
  const more = options.cost[row]! - (before < 0 ? 0 : options.cost[before]!);
  const gain = options.value[row]! - (before < 0 ? 0 : options.value[before]!);
  if (state.spent + more > bounds.budget || !hasPlace(state, row, before)) return false;
  if (state.value + gain < (bounds.minRoi ?? 0) * (state.spent + more)) return false;
  give(state, customer, row);
  return true;
}

/** Customers with a step up that `left` pays for, the best return first; only about as many as the money is for. */
function stepsUp(state: State, left: number, rows: Int32Array, ratios: Float64Array): Int32Array {
  const { options } = state;
  const found: number[] = [];
  let cost = 0;
  for (let c = 0; c < options.customers; c++) {
    const row = bestStep(state, c, left, ratios);
    rows[c] = row;
    if (row < 0) continue;
    found.push(c);
    cost += options.cost[row]!;
  }
  const wanted = Math.max(STEPS, Math.ceil((4 * left * found.length) / Math.max(cost, 1e-300)));
  let order = Int32Array.from(found);
  if (order.length > wanted) {
    const sorted = Float64Array.from(order, (c) => ratios[c]!).sort();
    const least = sorted[sorted.length - wanted]!;
    order = order.filter((c) => ratios[c]! >= least);
  }
  return order.sort((a, b) => (ratios[b] === ratios[a] ? a - b : ratios[b]! - ratios[a]!));
}

/** The row of the step up that brings most for what it costs more, -1 for none; free steps come first. */
function bestStep(state: State, customer: number, left: number, ratios: Float64Array): number {
  const { options, given } = state;
  const own = given[customer]!;
  const [ownValue, ownCost] = own < 0 ? [0, 0] : [options.value[own]!, options.cost[own]!];
  let at = -1;
  let best = 0;
  for (let row = options.offsets[customer]!; row < options.offsets[customer + 1]!; row++) {
    const gain = options.value[row]! - ownValue;
    const more = options.cost[row]! - ownCost;
    if (!(gain > 0) || more > left) continue;
    const ratio = more <= 0 ? Number.POSITIVE_INFINITY : gain / more;
    if (ratio <= best || !hasPlace(state, row, own)) continue;
    best = ratio;
    at = row;
  }
  ratios[customer] = best;
  return at;
}
