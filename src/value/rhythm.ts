/**
 * How a shop's customers keep time: gaps between purchases, a customer's own rate pulled towards the shop's, and leaving.
 *
 * A customer's gaps are Gamma(shape, rate) with the same shape for all (1: at random like a Poisson process; above:
 * regular) and a rate of the customer's own, Gamma(a, b) over customers. After each purchase, the first included, a
 * customer leaves for good with a chance of their own, Beta(c, d) over customers. So the next gap after n gaps that add up
 * to S days is b + S times a beta-prime(shape, a + shape n) variate: few gaps leave it near the shop's, many make it the
 * customer's own. Older gaps may count less (`memory`), for rhythms change; and now and then (`astray`) a gap keeps no
 * rhythm of its own and is as long as one of any customer: a journey, an illness, a full cupboard.
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
  /** Share of gaps that are as long like any customer's. */
  readonly astray: number;
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
  astray: [Math.log(0.05), 1],
} as const;
const NAMES = ['shape', 'a', 'b', 'c', 'd', 'astray'] as const;

/** A fit reads this many customers at most, evenly spread over the rows, and this many last gaps of each. */
const READ = { customers: 1500, gaps: 16 };
const LOG_BOUND = 9;
export const MEMORIES = [1, 0.9, 0.8] as const;

export interface RhythmOptions {
  /** Default: the likeliest of MEMORIES. */
  readonly memory?: number;
  /** A rhythm near which to begin, such as that of a neighbouring moment. */
  readonly near?: Rhythm | undefined;
  /** Customers to read at most; default 1,500. */
  readonly customers?: number;
}

/**
 * Fits by maximum posterior. Time has no unit of its own here: a life in hours, as numbers, gives b in hours.
 *
 * Without a single gap the answer is the prior at the scale of what was seen.
 */
export function fitRhythm(
  lives: PurchaseLives,
  { memory, near, customers = READ.customers }: RhythmOptions = {},
): Rhythm {
  const read = readLives(lives, customers);
  const one = (own: number, start: readonly number[]) => fitWith(read, own, start);
  const start = NAMES.map((name) => (near === undefined ? PRIOR[name][0] : logOf(near, name, read)));
  if (memory !== undefined) return one(memory, start);
  let best = one(MEMORIES[0], start);
  for (const own of MEMORIES.slice(1)) {
    const other = one(
      own,
      NAMES.map((name) => logOf(best, name, read)),
    );
    if (other.logLikelihood <= best.logLikelihood) break;
    best = other;
  }
  return best;
}

interface Read {
  readonly customers: number;
  /** [gaps] in units, in order, customer after customer; `starts` [customers + 1]. */
  readonly gaps: Float64Array;
  readonly starts: Int32Array;
  /** [customers] units since the last purchase. */
  readonly silence: Float64Array;
  /** A typical gap in days. */
  readonly unit: number;
}

function readLives({ starts, days, seenDay }: PurchaseLives, most: number): Read {
  const all = starts.length - 1;
  const customers = Math.min(all, most);
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
  const scale = unit > 0 ? unit : 1;
  const inUnits = (days: ArrayLike<number>) => Float64Array.from(days, (value) => value / scale);
  return { customers, gaps: inUnits(gaps), starts: own, silence: inUnits(silence), unit: scale };
}

/** As the search sees it: b in units, `astray` by its odds, so that it stays below 1. */
function logOf(rhythm: Rhythm, name: (typeof NAMES)[number], { unit }: Read): number {
  if (name === 'astray') return Math.log(rhythm.astray / (1 - rhythm.astray));
  return Math.log(name === 'b' ? rhythm.b / unit : rhythm[name]);
}

function fitWith(read: Read, memory: number, start: readonly number[]): Rhythm {
  const prepared = prepare(read, memory);
  const posterior = (at: ArrayLike<number>): number => {
    let value = 0;
    for (let j = 0; j < NAMES.length; j++) {
      const [mean, sd] = PRIOR[NAMES[j]!];
      const off = at[j]! - mean;
      if (Math.abs(off) > LOG_BOUND) return Number.POSITIVE_INFINITY;
      value += 0.5 * (off / sd) ** 2;
    }
    return (value - logLikelihoodOf(prepared, at)) / Math.max(1, read.customers);
  };
  const step = 1e-5;
  const objective = (at: Float64Array, gradient: Float64Array) => {
    const value = posterior(at);
    const beside = at.slice();
    for (let j = 0; j < NAMES.length; j++) {
      beside[j] = at[j]! + step;
      gradient[j] = (posterior(beside) - value) / step;
      beside[j] = at[j]!;
    }
    return value;
  };
  const found = lbfgs(objective, start, { tolerance: 1e-4, improvement: 1e-8, iterationsMax: 80 });
  const [shape = 1, a = 1, b = 1, c = 1, d = 1, odds = 0] = found.at.map(Math.exp);
  return {
    ...{ shape, a, b: b * read.unit, c, d, astray: odds / (1 + odds), memory },
    logLikelihood:
      (logLikelihoodOf(prepared, found.at) - read.gaps.length * Math.log(read.unit)) / Math.max(1, read.customers),
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
  return { read, before, place, sum, count, weight: weights(memory, most), logGaps };
}

function weights(memory: number, most: number): Float64Array {
  const out = new Float64Array(most + 1);
  for (let n = 1; n <= most; n++) out[n] = memory * out[n - 1]! + 1;
  return out;
}

/** Each gap foretold from those before it, each stay, and the silence at the end: gone, or not yet back. */
function logLikelihoodOf({ read, before, place, sum, count, weight, logGaps }: Prepared, logs: ArrayLike<number>) {
  const [shape = 1, a = 1, b = 1, c = 1, d = 1, odds = 0] = Array.from(logs, Math.exp);
  const astray = odds / (1 + odds);
  const power = weight.map((n) => a + shape * n);
  const logGamma = lgamma(shape);
  const norm = power.map((own) => lgamma(own + shape) - lgamma(own));
  let value = (shape - 1) * logGaps - read.gaps.length * logGamma;
  const { gaps, customers, silence } = read;
  const logB = Math.log(b);
  for (let k = 0; k < gaps.length; k++) {
    const scale = b + before[k]!;
    const n = place[k]!;
    const own = norm[n]! + power[n]! * Math.log(scale) - (power[n]! + shape) * Math.log(scale + gaps[k]!);
    if (n === 0) value += own;
    else
      value += own + Math.log1p(astray * Math.expm1(norm[0]! + a * logB - (a + shape) * Math.log(b + gaps[k]!) - own));
  }
  const stay = lbeta(c, d);
  const stayed = weight.map((_, n) => lbeta(c, d + n) - stay);
  for (let i = 0; i < customers; i++) {
    const n = count[i]!;
    const gone = c / (c + d + n);
    const scale = b + sum[i]!;
    let quiet = betaCdf(power[n]!, shape, scale / (scale + silence[i]!), logGamma - norm[n]!);
    if (n > 0) quiet += astray * (betaCdf(a, shape, b / (b + silence[i]!), logGamma - norm[0]!) - quiet);
    value += stayed[n]! + Math.log(gone + (1 - gone) * quiet);
  }
  return value;
}

/** How long a customer stays silent, and whether they left, by how many gaps are behind them and what those add up to. */
export interface Paces {
  /** Odds that a customer left at their last purchase. */
  leaving(gaps: number): number;
  /** Chance that a gap is longer than `time`; falls as time goes on. */
  beyond(gaps: number, sum: number, time: number): number;
  /** Time that a gap passes with `chance`; falls as the chance rises, Infinity for 0. */
  passed(gaps: number, sum: number, chance: number): number;
}

/**
 * The paces of a rhythm, read off grids that customers with as many gaps share.
 *
 * @returns chances within 0.001 of the exact ones
 */
export function paces({ shape, a, b, c, d, astray, memory }: Rhythm): Paces {
  const kept: Grid[] = [];
  const weight: number[] = [0];
  const grid = (gaps: number): Grid => {
    for (let n = weight.length; n <= gaps; n++) weight[n] = memory * weight[n - 1]! + 1;
    kept[gaps] ??= gridOf(a + shape * weight[gaps]!, shape);
    return kept[gaps];
  };
  const beyond = (gaps: number, sum: number, time: number): number => {
    if (time <= 0) return 1;
    const own = onGrid(grid(gaps), time / (b + sum));
    return gaps === 0 ? own : own + astray * (onGrid(grid(0), time / b) - own);
  };
  return {
    leaving: (gaps) => c / (d + gaps),
    beyond,
    passed: (gaps, sum, chance) => {
      if (chance <= 0) return Number.POSITIVE_INFINITY;
      const odds = oddsAgainst(chance);
      const own = Math.log(b + sum) + logTimeAt(grid(gaps), odds);
      if (gaps === 0) return Math.exp(own);
      const any = Math.log(b) + logTimeAt(grid(0), odds);
      return Math.exp(rootOf((log) => oddsAgainst(beyond(gaps, sum, Math.exp(log))) - odds, own, any));
    },
  };
}

const oddsAgainst = (chance: number): number => Math.log((1 - chance) / chance);

/**
 * Where a rising function is zero, between two ends of either order that hold it.
 *
 * @see Dowell and Jarratt (1971), BIT 11: regula falsi that halves the weight of an end that stays
 */
function rootOf(f: (x: number) => number, one: number, other: number): number {
  let [low, high] = [Math.min(one, other), Math.max(one, other)];
  let [atLow, atHigh] = [f(low), f(high)];
  if (atLow >= 0) return low;
  if (atHigh <= 0) return high;
  let kept = 0;
  for (let step = 0; step < 60 && high - low > 1e-12 * (1 + Math.abs(high)); step++) {
    const x = (low * atHigh - high * atLow) / (atHigh - atLow);
    const y = f(x);
    if (Math.abs(y) < 1e-11) return x;
    if (y < 0) {
      [low, atLow] = [x, y];
      if (kept === 1) atHigh /= 2;
      kept = 1;
    } else {
      [high, atHigh] = [x, y];
      if (kept === -1) atLow /= 2;
      kept = -1;
    }
  }
  return (low + high) / 2;
}

/** Log odds against passing each of some times, which are even in the logarithm. */
interface Grid {
  readonly first: number;
  readonly step: number;
  readonly odds: Float64Array;
}

const GRID = 300;
const EDGE = 1e-6;

function gridOf(power: number, shape: number): Grid {
  const logBeta = lbeta(power, shape);
  const beyond = (logTime: number) => betaCdf(power, shape, 1 / (1 + Math.exp(logTime)), logBeta);
  const timeOf = (chance: number) => {
    let [low, high] = [-60, 60];
    for (let step = 0; step < 30; step++) {
      const middle = (low + high) / 2;
      if (beyond(middle) > chance) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  };
  const first = timeOf(1 - EDGE);
  const step = (timeOf(EDGE) - first) / GRID;
  const odds = Float64Array.from({ length: GRID + 1 }, (_, k) => {
    return oddsAgainst(beyond(first + k * step));
  });
  return { first, step, odds };
}

/** Straight between the points and on past the ends. */
function onGrid({ first, step, odds }: Grid, time: number): number {
  const place = (Math.log(time) - first) / step;
  const k = Math.min(GRID - 1, Math.max(0, Math.floor(place)));
  return 1 / (1 + Math.exp(odds[k]! + (place - k) * (odds[k + 1]! - odds[k]!)));
}

/** The inverse of `onGrid`, as a logarithm. */
function logTimeAt({ first, step, odds }: Grid, wanted: number): number {
  let [low, high] = [0, GRID];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (odds[middle]! <= wanted) low = middle;
    else high = middle;
  }
  return first + step * (low + (wanted - odds[low]!) / (odds[high]! - odds[low]!));
}
