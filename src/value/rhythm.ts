/**
 * How a shop's customers keep time: gaps between purchases, a customer's own rate pulled towards the shop's, and leaving.
 *
 * A customer's gaps are Gamma(shape, rate) with the same shape for all (1: at random like a Poisson process; above:
 * regular) and a rate of the customer's own, Gamma(a, b) over customers. After each purchase, the first included, a
 * customer leaves for good with a chance of their own, Beta(c, d) over customers. So the next gap after n gaps that add up
 * to S days is b + S times a beta-prime(shape, a + shape n) variate: few gaps leave it near the shop's, many make it the
 * customer's own. Older gaps may count less (`memory`), for rhythms change.
 *
 * @see Platzer and Reutterer (2016), Marketing Science 35(5), regularity in Pareto/GGG
 * @see Reutterer, Platzer, Schroeder (2021), International Journal of Research in Marketing 38(1), MBG/CNBD-k: leaving
 */
import { lbfgs } from '#kernels/optimise.ts';
import { betaCdf, lbeta, lgamma } from '#kernels/special.ts';

/** Purchase days of customers; those of customer i are `days[starts[i]]` up to before `days[starts[i + 1]]`, rising. */
export interface PurchaseLives {
  /** [customers + 1] */
  readonly starts: Int32Array;
  /** Whole days; each at most once a customer. */
  readonly days: Float64Array;
  /** Day of sight, none of `days` lies after it. */
  readonly seenDay: number;
}

export interface Rhythm {
  /** Of the gaps: 1 is at random, above 1 more regular. */
  readonly shape: number;
  readonly a: number;
  /** Days. */
  readonly b: number;
  readonly c: number;
  readonly d: number;
  /** Weight of a gap against the one after it, in (0, 1]; 1: all count alike. */
  readonly memory: number;
  /** Log-likelihood a customer of those that the fit read. */
  readonly logLikelihood: number;
  /** Customers that the fit read, and gaps of theirs. */
  readonly customers: number;
  readonly gaps: number;
  readonly converged: boolean;
}

/** Normal priors on logarithms, [mean, deviation]: wide, so that some hundred gaps outweigh them. b is a multiple of the mean gap. */
const PRIOR = {
  shape: [Math.log(1), 0.7],
  a: [Math.log(2), 1],
  b: [Math.log(1.5), 1.5],
  c: [Math.log(0.8), 1.5],
  d: [Math.log(2.5), 1.5],
} as const;
const NAMES = ['shape', 'a', 'b', 'c', 'd'] as const;

/** A fit reads this many customers at most, evenly spread over the rows, and this many last gaps of each. */
const READ = { customers: 2000, gaps: 40 };
const LOG_BOUND = 9;
export const MEMORIES = [1, 0.9, 0.8] as const;

export interface RhythmOptions {
  /** Default: the likeliest of MEMORIES. */
  readonly memory?: number;
  /** A rhythm near which to begin, such as that of a neighbouring moment. */
  readonly near?: Rhythm | undefined;
}

/**
 * Fits by maximum posterior. Time has no unit of its own here: a life in hours, as numbers, gives b in hours.
 *
 * Without a single gap the answer is the prior at the scale of what was seen.
 */
export function fitRhythm(lives: PurchaseLives, { memory, near }: RhythmOptions = {}): Rhythm {
  const read = readLives(lives);
  const one = (own: number, start: readonly number[]) => fitWith(read, own, start);
  const start = near === undefined ? startOf(read) : NAMES.map((name) => Math.log(near[name]));
  if (memory !== undefined) return one(memory, start);
  let best = one(MEMORIES[0], start);
  for (const own of MEMORIES.slice(1)) {
    const other = one(
      own,
      NAMES.map((name) => Math.log(best[name])),
    );
    if (other.logLikelihood <= best.logLikelihood) break;
    best = other;
  }
  return best;
}

interface Read {
  readonly customers: number;
  /** [gaps] in order, customer after customer; `starts` [customers + 1]. */
  readonly gaps: Float64Array;
  readonly starts: Int32Array;
  /** [customers] gaps before those that are read, and the days since the last purchase. */
  readonly silence: Float64Array;
  /** A typical gap, in the unit of the days. */
  readonly unit: number;
}

function readLives({ starts, days, seenDay }: PurchaseLives): Read {
  const all = starts.length - 1;
  const customers = Math.min(all, READ.customers);
  const gaps: number[] = [];
  const own = new Int32Array(customers + 1);
  const silence = new Float64Array(customers);
  let time = 0;
  for (let i = 0; i < customers; i++) {
    const row = Math.floor((i * all) / customers);
    const [from, to] = [starts[row]!, starts[row + 1]!];
    for (let k = Math.max(from, to - 1 - READ.gaps) + 1; k < to; k++) gaps.push(days[k]! - days[k - 1]!);
    own[i + 1] = gaps.length;
    silence[i] = seenDay - days[to - 1]!;
    time += seenDay - days[from]!;
  }
  const unit = gaps.length > 0 ? gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length : time / Math.max(1, customers);
  return { customers, gaps: Float64Array.from(gaps), starts: own, silence, unit: unit > 0 ? unit : 1 };
}

const startOf = ({ unit }: Read): number[] => NAMES.map((name) => PRIOR[name][0] + (name === 'b' ? Math.log(unit) : 0));

function fitWith(read: Read, memory: number, start: readonly number[]): Rhythm {
  const prepared = prepare(read, memory);
  const posterior = (at: ArrayLike<number>): number => {
    let value = 0;
    for (let j = 0; j < NAMES.length; j++) {
      const [mean, sd] = PRIOR[NAMES[j]!];
      const off = at[j]! - mean - (j === 2 ? Math.log(read.unit) : 0);
      if (Math.abs(off) > LOG_BOUND) return Number.POSITIVE_INFINITY;
      value += 0.5 * (off / sd) ** 2;
    }
    return (value - logLikelihoodOf(prepared, at)) / Math.max(1, read.customers);
  };
  const step = 1e-4;
  const objective = (at: Float64Array, gradient: Float64Array) => {
    for (let j = 0; j < NAMES.length; j++) {
      const beside = at.slice();
      beside[j] = at[j]! + step;
      const above = posterior(beside);
      beside[j] = at[j]! - step;
      gradient[j] = (above - posterior(beside)) / (2 * step);
    }
    return posterior(at);
  };
  const found = lbfgs(objective, start, { tolerance: 1e-4, improvement: 1e-9, iterationsMax: 60 });
  const [shape = 1, a = 1, b = 1, c = 1, d = 1] = found.at.map(Math.exp);
  return {
    ...{ shape, a, b, c, d, memory },
    logLikelihood: read.customers === 0 ? 0 : logLikelihoodOf(prepared, found.at) / read.customers,
    customers: read.customers,
    gaps: read.gaps.length,
    converged: found.converged,
  };
}

interface Prepared {
  readonly read: Read;
  /** [gaps] memory-weighted sum of the gaps before each, its place among the customer's own. */
  readonly before: Float64Array;
  readonly place: Int32Array;
  /** [customers] memory-weighted sum of all gaps, their count. */
  readonly sum: Float64Array;
  readonly count: Int32Array;
  /** [0 .. most gaps] memory-weighted number of gaps. */
  readonly weight: Float64Array;
  /** [0 .. most gaps] how many gaps have this place. */
  readonly atPlace: Float64Array;
  readonly logGaps: number;
}

function prepare(read: Read, memory: number): Prepared {
  const { customers, gaps, starts } = read;
  const before = new Float64Array(gaps.length);
  const place = new Int32Array(gaps.length);
  const sum = new Float64Array(customers);
  const count = new Int32Array(customers);
  let most = 0;
  let logGaps = 0;
  for (let i = 0; i < customers; i++) {
    let own = 0;
    for (let k = starts[i]!; k < starts[i + 1]!; k++) {
      before[k] = own;
      place[k] = k - starts[i]!;
      own = memory * own + gaps[k]!;
      logGaps += Math.log(gaps[k]!);
    }
    sum[i] = own;
    count[i] = starts[i + 1]! - starts[i]!;
    most = Math.max(most, count[i]!);
  }
  const atPlace = new Float64Array(most + 1);
  for (const n of place) atPlace[n]! += 1;
  return { read, before, place, sum, count, weight: weights(memory, most), atPlace, logGaps };
}

function weights(memory: number, most: number): Float64Array {
  const out = new Float64Array(most + 1);
  for (let n = 1; n <= most; n++) out[n] = memory * out[n - 1]! + 1;
  return out;
}

/** Each gap foretold from those before it, each stay, and the silence at the end: gone, or not yet back. */
function logLikelihoodOf(
  { read, before, place, sum, count, weight, atPlace, logGaps }: Prepared,
  logs: ArrayLike<number>,
) {
  const [shape = 1, a = 1, b = 1, c = 1, d = 1] = Array.from(logs, Math.exp);
  const power = weight.map((n) => a + shape * n);
  let value = (shape - 1) * logGaps;
  for (let n = 0; n < atPlace.length; n++)
    if (atPlace[n]! > 0) value -= atPlace[n]! * (lgamma(shape) + lgamma(power[n]!) - lgamma(power[n]! + shape));
  const { gaps, customers, silence } = read;
  for (let k = 0; k < gaps.length; k++) {
    const scale = b + before[k]!;
    const own = power[place[k]!]!;
    value += own * Math.log(scale) - (own + shape) * Math.log(scale + gaps[k]!);
  }
  const stay = lbeta(c, d);
  for (let i = 0; i < customers; i++) {
    const n = count[i]!;
    const gone = c / (c + d + n);
    const scale = b + sum[i]!;
    const quiet = betaCdf(power[n]!, shape, scale / (scale + silence[i]!));
    value += lbeta(c, d + n) - stay + Math.log(gone + (1 - gone) * quiet);
  }
  return value;
}

/** What a rhythm says of a customer with a number of gaps behind them; times are multiples of b + S. */
export interface Pace {
  /** Odds that the customer left at the last purchase. */
  readonly leaving: number;
  /** Chance that a gap is longer than `time`. */
  beyond(time: number): number;
  /** Time that a gap passes with `chance`, 0 < chance < 1: falls as the chance rises. */
  passed(chance: number): number;
  /** The same from a grid, within one part in a thousand for chances that are not next to 0 or 1; for many calls. */
  passedNear(chance: number): number;
}

/** Paces by number of gaps, made on first use: customers with as many gaps share one. */
export function paces(rhythm: Rhythm): (gaps: number) => Pace {
  const kept: Pace[] = [];
  const weight: number[] = [0];
  return (gaps) => {
    for (let n = weight.length; n <= gaps; n++) weight[n] = rhythm.memory * weight[n - 1]! + 1;
    kept[gaps] ??= paceOf(rhythm, gaps, weight[gaps]!);
    return kept[gaps];
  };
}

function paceOf({ shape, a, c, d }: Rhythm, gaps: number, weight: number): Pace {
  const power = a + shape * weight;
  const beyond = (time: number) => (time <= 0 ? 1 : betaCdf(power, shape, 1 / (1 + time)));
  const passed = (chance: number) => {
    let [low, high] = [-60, 60];
    for (let step = 0; step < 60; step++) {
      const middle = (low + high) / 2;
      if (beyond(Math.exp(middle)) > chance) low = middle;
      else high = middle;
    }
    return Math.exp((low + high) / 2);
  };
  let grid: Grid | undefined;
  return {
    leaving: c / (d + gaps),
    beyond,
    passed,
    passedNear: (chance) => {
      grid ??= gridOf(beyond, passed);
      return onGrid(grid, chance) ?? passed(chance);
    },
  };
}

/** Log odds against passing each of some times, which are even in the logarithm. */
interface Grid {
  readonly first: number;
  readonly step: number;
  readonly odds: Float64Array;
}

const GRID = 300;
const EDGE = 1e-7;
const oddsAgainst = (chance: number): number => Math.log((1 - chance) / chance);

function gridOf(beyond: Pace['beyond'], passed: Pace['passed']): Grid {
  const first = Math.log(passed(1 - EDGE));
  const step = (Math.log(passed(EDGE)) - first) / GRID;
  const odds = Float64Array.from({ length: GRID + 1 }, (_, k) => oddsAgainst(beyond(Math.exp(first + k * step))));
  return { first, step, odds };
}

/** Straight between the points of the grid; undefined beyond its ends. */
function onGrid({ first, step, odds }: Grid, chance: number): number | undefined {
  const wanted = oddsAgainst(chance);
  if (!(wanted >= odds[0]! && wanted <= odds[GRID]!)) return undefined;
  let [low, high] = [0, GRID];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (odds[middle]! <= wanted) low = middle;
    else high = middle;
  }
  const across = odds[high]! - odds[low]!;
  return Math.exp(first + step * (low + (across > 0 ? (wanted - odds[low]!) / across : 0)));
}
