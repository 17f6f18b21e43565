/**
 * BG/NBD: how often each customer will buy again. Buys come as a Poisson process with a rate of the customer's own
 * (rates are Gamma(r, alpha) over customers); after each repeat buy the customer may leave for good, with a chance of
 * the customer's own (chances are Beta(a, b)). MBG/NBD is the same with a chance to leave after the first buy too: who
 * bought once, long ago, is then no longer held to be alive for certain.
 *
 * Both are one set of formulas in n, the moments at which a customer could have left: x for BG/NBD, x + 1 for MBG/NBD.
 *
 * @see Fader, Hardie, Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2)
 * @see Batislam, Denizel, Filiztekin (2007), International Journal of Research in Marketing 24(3), for MBG/NBD
 */
import { gather, groupRows } from '#kernels/group.ts';
import { hyp2f1, hyp2f1Tail } from '#kernels/hypergeometric.ts';
import { lbfgs } from '#kernels/optimise.ts';
import { digamma, lbeta, lgamma, logAddExp } from '#kernels/special.ts';

/** One customer a row; all times in one unit. */
export interface Histories {
  /** [customers] buys after the first, counted as moments (days) with a buy; x in the paper. */
  readonly repeats: Float64Array;
  /** [customers] from the first buy to the last, 0 without repeats; t_x in the paper. */
  readonly recency: Float64Array;
  /** [customers] from the first buy to the moment of sight, >= recency; T in the paper. */
  readonly age: Float64Array;
}

/** When a customer may leave: after each repeat buy (BG/NBD), or after any buy, the first included (MBG/NBD). */
export type Leaving = 'after-repeat' | 'after-any';

export interface BgNbd {
  readonly leaving: Leaving;
  readonly r: number;
  /** In the unit of time of the histories. */
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
  /** Of the data alone, without the prior. */
  readonly logLikelihood: number;
  readonly customers: number;
  readonly converged: boolean;
}

/** Normal priors on the logarithms of the parameters: [mean, standard deviation]. */
export type BgNbdPrior = Readonly<Record<'r' | 'alpha' | 'a' | 'b', readonly [number, number]>>;

/**
 * What shops look like before their own data speak, alpha in weeks: centred near published fits, so wide (a factor of
 * four or more either way) that some hundred repeat buyers outweigh it.
 */
export const POOLED_BG_NBD: BgNbdPrior = {
  r: [Math.log(0.5), 1.5],
  alpha: [Math.log(8), 2],
  a: [Math.log(0.8), 1.5],
  b: [Math.log(2.5), 1.5],
};

const NAMES = ['r', 'alpha', 'a', 'b'] as const;
const LOG_BOUND = 14;

/**
 * Fits by maximum likelihood, or by maximum posterior where a prior is given.
 *
 * Customers with equal histories are one term of the likelihood. Without a prior the likelihood of very uniform
 * customers may have no maximum: `converged` is then false.
 */
export function fitBgNbd(
  histories: Histories,
  { prior, leaving = 'after-repeat' }: { prior?: BgNbdPrior | undefined; leaving?: Leaving } = {},
): BgNbd {
  const customers = histories.repeats.length;
  const groups = groupRows([histories.repeats, histories.recency, histories.age]);
  const distinct: Weighted = {
    repeats: gather(histories.repeats, groups.first),
    recency: gather(histories.recency, groups.first),
    age: gather(histories.age, groups.first),
    weights: groups.sizes,
  };
  const unit = timeUnit(histories);
  const likelihood = logLikelihoodOf(distinct, extraOf(leaving));
  const objective = (logs: Float64Array, gradient: Float64Array) => {
    if (logs.some((l, j) => Math.abs(l - (j === 1 ? Math.log(unit) : 0)) > LOG_BOUND)) return Number.POSITIVE_INFINITY;
    let value = -likelihood(logs.map(Math.exp), gradient);
    for (let j = 0; j < 4; j++) gradient[j] = -gradient[j]! * Math.exp(logs[j]!);
    if (prior !== undefined)
      for (const [j, name] of NAMES.entries()) {
        const [mean, sd] = prior[name];
        value += 0.5 * ((logs[j]! - mean) / sd) ** 2;
        gradient[j]! += (logs[j]! - mean) / sd ** 2;
      }
    return value;
  };
  const start = [0.5, 0.5 * unit, 1, 2].map(Math.log);
  const found = lbfgs(objective, start, { tolerance: 1e-9, iterationsMax: 300 });
  const [r = 1, alpha = 1, a = 1, b = 1] = found.at.map(Math.exp);
  const settled = found.converged || flatEnough(objective, found.at, customers);
  const logLikelihood = likelihood(Float64Array.of(r, alpha, a, b), new Float64Array(4));
  return { leaving, r, alpha, a, b, logLikelihood, customers, converged: settled };
}

/** Moments at which a customer could have left, beyond the repeats. */
const extraOf = (leaving: Leaving): number => (leaving === 'after-any' ? 1 : 0);

/** A typical time between buys, so that the search starts at the right scale whatever the unit. */
function timeUnit({ repeats, age }: Histories): number {
  let buys = 0;
  let time = 0;
  for (let i = 0; i < repeats.length; i++) {
    buys += repeats[i]!;
    time += age[i]!;
  }
  return time > 0 ? Math.max(time / (buys + 1), 1e-6) : 1;
}

function flatEnough(f: (at: Float64Array, gradient: Float64Array) => number, at: Float64Array, customers: number) {
  const gradient = new Float64Array(at.length);
  f(at, gradient);
  return gradient.every((g) => Math.abs(g) <= 1e-4 * Math.max(1, Math.sqrt(customers)));
}

interface Weighted extends Histories {
  readonly weights: Float64Array;
}

/** Equation 6 of the paper summed over customers, with its gradient by r, alpha, a, b. */
function logLikelihoodOf({ repeats, recency, age, weights }: Weighted, extra: number) {
  const counts = countsOf(repeats, weights);
  return (at: Float64Array, gradient: Float64Array): number => {
    const [r = 0, alpha = 0, a = 0, b = 0] = at;
    gradient.fill(0);
    let sum = countTerms(counts, extra, { r, alpha, a, b }, gradient);
    for (let i = 0; i < repeats.length; i++) {
      const weight = weights[i]!;
      const power = r + repeats[i]!;
      const atAge = alpha + age[i]!;
      const logAge = Math.log(atAge);
      const chances = repeats[i]! + extra;
      if (chances === 0) {
        sum -= weight * power * logAge;
        gradient[0]! -= weight * logAge;
        gradient[1]! -= (weight * power) / atAge;
        continue;
      }
      const atRecency = alpha + recency[i]!;
      const logRecency = Math.log(atRecency);
      const left = b + chances - 1;
      // odds of having left at the last buy against being alive
      const odds = (a / left) * Math.exp(power * (logAge - logRecency));
      const alive = 1 / (1 + odds);
      const gone = 1 - alive;
      sum +=
        weight * (Number.isFinite(odds) ? Math.log1p(odds) - power * logAge : Math.log(a / left) - power * logRecency);
      gradient[0]! -= weight * (alive * logAge + gone * logRecency);
      gradient[1]! -= weight * power * (alive / atAge + gone / atRecency);
      gradient[2]! += (weight * gone) / a;
      gradient[3]! -= (weight * gone) / left;
    }
    return sum;
  };
}

/** Distinct numbers of repeats and how many customers have each. */
function countsOf(repeats: Float64Array, weights: Float64Array): (readonly [number, number])[] {
  const counts = new Map<number, number>();
  for (let i = 0; i < repeats.length; i++) counts.set(repeats[i]!, (counts.get(repeats[i]!) ?? 0) + weights[i]!);
  return [...counts].sort(([x], [y]) => x - y);
}

/** The part of the likelihood that depends on the number of repeats alone. */
function countTerms(
  counts: readonly (readonly [number, number])[],
  extra: number,
  { r, alpha, a, b }: { r: number; alpha: number; a: number; b: number },
  gradient: Float64Array,
): number {
  const logAlpha = Math.log(alpha);
  const base = r * logAlpha - lgamma(r) + lgamma(a + b) - lgamma(b);
  const [slopeR, slopeAB, slopeB] = [digamma(r), digamma(a + b), digamma(b)];
  let sum = 0;
  for (const [x, weight] of counts) {
    const n = x + extra;
    sum += weight * (base + lgamma(r + x) + lgamma(b + n) - lgamma(a + b + n));
    const both = slopeAB - digamma(a + b + n);
    gradient[0]! += weight * (digamma(r + x) - slopeR + logAlpha);
    gradient[1]! += (weight * r) / alpha;
    gradient[2]! += weight * both;
    gradient[3]! += weight * (both + digamma(b + n) - slopeB);
  }
  return sum;
}

/**
 * Chance that each customer is still one. Under BG/NBD nobody leaves before the first repeat, so it is 1 there.
 *
 * @returns [customers] in (0, 1]
 * @see Fader, Hardie, Lee (2008), Computing P(alive) Using the BG/NBD Model
 */
export function chanceAlive({ leaving, r, alpha, a, b }: BgNbd, { repeats, recency, age }: Histories): Float64Array {
  const out = new Float64Array(repeats.length).fill(1);
  const extra = extraOf(leaving);
  for (let i = 0; i < out.length; i++) {
    const x = repeats[i]!;
    if (x + extra > 0)
      out[i] = 1 / (1 + (a / (b + x + extra - 1)) * ((alpha + age[i]!) / (alpha + recency[i]!)) ** (r + x));
  }
  return out;
}

/**
 * Expected buys of each customer in the next `horizon`, in the unit of time of the histories.
 *
 * @returns [customers] a count, not money
 * @see Fader, Hardie, Lee (2005), equation 10
 */
export function expectedPurchases(model: BgNbd, histories: Histories, horizon: number): Float64Array {
  const out = chanceAlive(model, histories);
  const groups = groupRows([histories.repeats, histories.age]);
  const whileAlive = new Float64Array(groups.count);
  for (let g = 0; g < groups.count; g++) {
    const row = groups.first[g]!;
    whileAlive[g] = expectedOfAlive(model, histories.repeats[row]!, histories.age[row]!, horizon);
  }
  for (let i = 0; i < out.length; i++) out[i]! *= whileAlive[groups.of[i]!]!;
  return out;
}

/**
 * Equation 10 without its denominator. After Euler's transformation of 2F1 (NIST DLMF 15.8.1) it has no pole at a = 1,
 * and converges where x + 1 + r > a; elsewhere the equation converges as it stands. Where r is so large that the
 * transformed series would cancel, the chances of 0, 1, 2 ... buys are added up.
 */
function expectedOfAlive(model: BgNbd, x: number, age: number, horizon: number): number {
  const { r, alpha, a } = model;
  const b = model.b + extraOf(model.leaving);
  const kept = (alpha + age) / (alpha + age + horizon);
  const c = a + b + x - 1;
  const first = a + b - 1 - r;
  if (first < -10)
    return purchaseChances(model, x, age, horizon, 1e-12).reduce((sum, chance, n) => sum + n * chance, 0);
  if (a - 1 > r + x) return (c / (a - 1)) * (1 - kept ** (r + x) * hyp2f1(r + x, b + x, c, 1 - kept));
  const logKept = Math.log(kept);
  const growth = a === 1 ? -logKept : -Math.expm1((a - 1) * logKept) / (a - 1);
  return Math.max(0, c * growth - kept ** (a - 1) * hyp2f1Tail(first, a - 1, c, 1 - kept));
}

/**
 * Chances of 0, 1, 2 ... buys in the next `horizon` of a customer who is alive now, up to where less than `rest` is left.
 *
 * @see Fader, Hardie, Lee (2005), equation 8, with the parameters updated to those of the customer
 */
export function purchaseChances(model: BgNbd, x: number, age: number, horizon: number, rest = 1e-6): Float64Array {
  const { r, alpha, a } = model;
  const b = model.b + extraOf(model.leaving);
  const shape = r + x;
  const logKept = Math.log((alpha + age) / (alpha + age + horizon));
  const logMoved = Math.log(horizon / (alpha + age + horizon));
  const stay = lbeta(a, b + x);
  const out: number[] = [];
  let total = 0;
  let beyond = 1;
  for (let n = 0; n < 20_000 && total < 1 - rest; n++) {
    const inTime = Math.exp(lgamma(shape + n) - lgamma(shape) - lgamma(n + 1) + shape * logKept + n * logMoved);
    const stayed = Math.exp(lbeta(a, b + x + n) - stay) * inTime;
    const left = n === 0 ? 0 : Math.exp(lbeta(a + 1, b + x + n - 1) - stay) * Math.max(0, beyond);
    out.push(stayed + left);
    total += stayed + left;
    beyond -= inTime;
  }
  return Float64Array.from(out);
}

/** Log-likelihood of one history, written as the papers have it: the slow twin of the fit's own. */
export function logLikelihoodOfOne(
  { leaving, r, alpha, a, b }: Omit<BgNbd, 'logLikelihood' | 'customers' | 'converged'>,
  x: number,
  recency: number,
  age: number,
): number {
  const n = x + extraOf(leaving);
  const common = lgamma(r + x) - lgamma(r) + r * Math.log(alpha) + lbeta(a, b + n) - lbeta(a, b);
  const alive = -(r + x) * Math.log(alpha + age);
  const gone = Math.log(a) - Math.log(b + n - 1) - (r + x) * Math.log(alpha + recency);
  return common + (n > 0 ? logAddExp(alive, gone) : alive);
}
