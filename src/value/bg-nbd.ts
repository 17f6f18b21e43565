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
import { chebyshevAt, chebyshevOf } from '#kernels/chebyshev.ts';
import { groupRows, rowsOfGroups } from '#kernels/group.ts';
import { hyp2f1, hyp2f1Tail } from '#kernels/hypergeometric.ts';
import { laplaceDraws } from '#kernels/laplace.ts';
import { lbfgs } from '#kernels/optimise.ts';
import { lbeta, lgamma, logAddExp } from '#kernels/special.ts';
import { distinctOf, everyNth, type Likelihood, likelihoodOf, MANY } from './bg-nbd-likelihood.ts';

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
  const distinct = distinctOf(histories);
  const unit = timeUnit(histories);
  const start = [0.5, 0.5 * unit, 1, 2].map(Math.log);
  const options = { unit, prior, customers };
  const few =
    distinct.repeats.length > MANY ? everyNth(distinct, Math.ceil(distinct.repeats.length / 20_000)) : undefined;
  // The optimum of a part is a few steps from that of all.
  const near = few === undefined ? start : atMaximum(likelihoodOf(few, extraOf(leaving)), start, options).at;
  const likelihood = likelihoodOf(distinct, extraOf(leaving));
  try {
    const { at, converged } = atMaximum(likelihood, near, options);
    const [r = 1, alpha = 1, a = 1, b = 1] = at.map(Math.exp);
    const logLikelihood = likelihood.of(Float64Array.of(r, alpha, a, b), new Float64Array(4));
    return { leaving, r, alpha, a, b, logLikelihood, customers, converged };
  } finally {
    likelihood.close();
  }
}

interface Search {
  readonly unit: number;
  readonly prior: BgNbdPrior | undefined;
  readonly customers: number;
}

/** Logarithms of the parameters at which likelihood and prior are highest. */
function atMaximum(likelihood: Likelihood, start: ArrayLike<number>, { unit, prior, customers }: Search) {
  const objective = againstPrior(likelihood, unit, prior);
  const found = lbfgs(objective, start, { tolerance: 1e-9, iterationsMax: 300 });
  return { at: found.at, converged: found.converged || flatEnough(objective, found.at, customers) };
}

/** Minus log-likelihood and log-prior, with its gradient, by the logarithms of r, alpha, a, b. */
function againstPrior(likelihood: Likelihood, unit: number, prior: BgNbdPrior | undefined) {
  return (logs: Float64Array, gradient: Float64Array): number => {
    if (logs.some((l, j) => Math.abs(l - (j === 1 ? Math.log(unit) : 0)) > LOG_BOUND)) return Number.POSITIVE_INFINITY;
    let value = -likelihood.of(logs.map(Math.exp), gradient);
    for (let j = 0; j < 4; j++) gradient[j] = -gradient[j]! * Math.exp(logs[j]!);
    if (prior !== undefined)
      for (const [j, name] of NAMES.entries()) {
        const [mean, sd] = prior[name];
        value += 0.5 * ((logs[j]! - mean) / sd) ** 2;
        gradient[j]! += (logs[j]! - mean) / sd ** 2;
      }
    return value;
  };
}

/**
 * Models as likely as the data and the prior leave them, drawn by Laplace's approximation about `model` in the logarithms
 * of its parameters; half mirror the other half.
 *
 * @param prior bounds what the data do not: needed also where the fit did without
 * @param count even
 */
export function bgNbdDraws(
  model: BgNbd,
  histories: Histories,
  { prior, count, seed }: { readonly prior: BgNbdPrior; readonly count: number; readonly seed: number },
): BgNbd[] {
  const likelihood = likelihoodOf(distinctOf(histories), extraOf(model.leaving));
  try {
    const objective = againstPrior(likelihood, timeUnit(histories), prior);
    const at = Float64Array.from(NAMES, (name) => Math.log(model[name]));
    return laplaceDraws(objective, at, { count, seed }).map((logs) => {
      const [r = 1, alpha = 1, a = 1, b = 1] = logs.map(Math.exp);
      return { ...model, r, alpha, a, b };
    });
  } finally {
    likelihood.close();
  }
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
  const whileAlive = byCountAndAge(histories, model.alpha, (x, age) => expectedOfAlive(model, x, age, horizon));
  for (let i = 0; i < out.length; i++) out[i]! *= whileAlive[i]!;
  return out;
}

/** Customers of one count beyond whom their values are read off an interpolation over age. */
const CROWD = 200;
const INTERPOLATED = 1e-10;

/**
 * [customers] a value that depends on repeats and age alone, smoothly on age: worked out once for each distinct pair, or,
 * where a count has many ages, at some points and read between them to 1e-10 of its size.
 */
function byCountAndAge(
  { repeats, age }: Histories,
  alpha: number,
  of: (x: number, age: number) => number,
): Float64Array {
  const out = new Float64Array(repeats.length);
  const groups = groupRows([repeats]);
  const places = rowsOfGroups(groups);
  for (const rows of places) {
    const x = repeats[rows[0]!]!;
    const known = new Map<number, number>();
    for (const i of rows) {
      if (known.size > CROWD) break;
      known.set(age[i]!, 0);
    }
    const curve = known.size > CROWD ? ageCurve(rows, age, alpha, (own) => of(x, own)) : undefined;
    if (curve !== undefined) for (const i of rows) out[i] = chebyshevAt(curve, Math.log(alpha + age[i]!));
    else {
      known.clear();
      for (const i of rows) {
        const own = age[i]!;
        let value = known.get(own);
        if (value === undefined) {
          value = of(x, own);
          known.set(own, value);
        }
        out[i] = value;
      }
    }
  }
  return out;
}

/** Over log(alpha + age), in which the models are nearest to straight lines. */
function ageCurve(rows: Int32Array, age: Float64Array, alpha: number, of: (age: number) => number) {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const i of rows) {
    from = Math.min(from, age[i]!);
    to = Math.max(to, age[i]!);
  }
  return chebyshevOf((x) => of(Math.exp(x) - alpha), Math.log(alpha + from), Math.log(alpha + to), INTERPOLATED);
}

/**
 * Equation 10 without its denominator. After Euler's transformation of 2F1 (NIST DLMF 15.8.1) it has no pole at a = 1,
 * and converges where x + 1 + r > a; elsewhere the equation converges as it stands. Where r is so large that the
 * transformed series would cancel, the chances of 0, 1, 2 ... buys are added up.
 */
export function expectedOfAlive(model: BgNbd, x: number, age: number, horizon: number): number {
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
 * Time to the next buy that half of customers with such a history, if they are still customers, stay below: their rates
 * are Gamma(r + x, alpha + T), so the wait is a Pareto variate. Holds for Pareto/NBD too, of those who stay until then.
 *
 * @returns [customers] in the unit of time of the histories
 */
export function medianWaits(
  { r, alpha }: { readonly r: number; readonly alpha: number },
  { repeats, age }: Histories,
): Float64Array {
  return repeats.map((x, i) => (alpha + age[i]!) * Math.expm1(Math.LN2 / (r + x)));
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
