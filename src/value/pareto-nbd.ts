/**
 * Pareto/NBD: as BG/NBD, but who leaves does so at any moment, not only after a purchase. Buys come as a Poisson process
 * with a rate of the customer's own (Gamma(r, alpha) over customers), lives last exponentially with a rate of the
 * customer's own (Gamma(s, beta)). Slower to fit than BG/NBD, and the older of the two.
 *
 * @see Schmittlein, Morrison, Colombo (1987), Management Science 33(1); Fader and Hardie (2005), A Note on Deriving the
 *   Pareto/NBD Model and Related Expressions, brucehardie.com/notes/009
 */
import { groupRows } from '#kernels/group.ts';
import { lbfgs } from '#kernels/optimise.ts';
import { betaFraction, lgamma } from '#kernels/special.ts';
import type { Histories } from './bg-nbd.ts';
import { distinctOf, type Weighted } from './bg-nbd-likelihood.ts';

export interface ParetoNbd {
  readonly r: number;
  /** In the unit of time of the histories, as is beta. */
  readonly alpha: number;
  readonly s: number;
  readonly beta: number;
  /** Of the data alone, without the prior. */
  readonly logLikelihood: number;
  readonly customers: number;
  readonly converged: boolean;
}

type Parameters = Pick<ParetoNbd, 'r' | 'alpha' | 's' | 'beta'>;

/** Normal priors on the logarithms of the parameters: [mean, standard deviation]. */
export type ParetoNbdPrior = Readonly<Record<keyof Parameters, readonly [number, number]>>;

/** As `POOLED_BG_NBD`: wide, near published fits, times in weeks. */
export const POOLED_PARETO_NBD: ParetoNbdPrior = {
  r: [Math.log(0.5), 1.5],
  alpha: [Math.log(8), 2],
  s: [Math.log(0.6), 1.5],
  beta: [Math.log(12), 2],
};

const NAMES = ['r', 'alpha', 's', 'beta'] as const;
/**
 * Bounds of the logarithms (alpha and beta over the typical time between buys), and of alpha to beta. Where all lives are
 * equally long or customers equally busy the likelihood only levels off; it does so well within these, and beyond them
 * continued fractions grow long.
 */
const LOG_BOUND = 8;
const APART = 6;
/** Step in the logarithms for slopes by central differences: truncation and rounding both near 1e-9 of the likelihood. */
const STEP = 1e-5;

/** Fits by maximum likelihood, or by maximum posterior where a prior is given; see `fitBgNbd`. */
export function fitParetoNbd(
  histories: Histories,
  { prior }: { readonly prior?: ParetoNbdPrior | undefined } = {},
): ParetoNbd {
  const distinct = distinctOf(histories);
  const unit = typicalTime(histories);
  const value = (logs: ArrayLike<number>): number => {
    for (let j = 0; j < 4; j++)
      if (Math.abs(logs[j]! - (j % 2 === 1 ? Math.log(unit) : 0)) > LOG_BOUND) return Number.POSITIVE_INFINITY;
    if (Math.abs(logs[1]! - logs[3]!) > APART) return Number.POSITIVE_INFINITY;
    const [r = 1, alpha = 1, s = 1, beta = 1] = Array.from(logs, Math.exp);
    let sum = -logLikelihoodOf({ r, alpha, s, beta }, distinct);
    if (prior !== undefined)
      for (const [j, name] of NAMES.entries()) sum += 0.5 * ((logs[j]! - prior[name][0]) / prior[name][1]) ** 2;
    return sum;
  };
  const objective = (at: Float64Array, gradient: Float64Array): number => {
    const here = value(at);
    if (!Number.isFinite(here)) return here;
    const moved = at.slice();
    for (let j = 0; j < 4; j++) {
      moved[j] = at[j]! + STEP;
      const up = value(moved);
      moved[j] = at[j]! - STEP;
      const down = value(moved);
      moved[j] = at[j]!;
      if (Number.isFinite(up) && Number.isFinite(down)) gradient[j] = (up - down) / (2 * STEP);
      else gradient[j] = Number.isFinite(up) ? (up - here) / STEP : (here - down) / STEP;
    }
    return here;
  };
  const start = [0.5, unit, 0.6, 2 * unit].map(Math.log);
  const found = lbfgs(objective, start, { tolerance: 1e-8, improvement: 1e-12, iterationsMax: 60 });
  const [r = 1, alpha = 1, s = 1, beta = 1] = found.at.map(Math.exp);
  const logLikelihood = logLikelihoodOf({ r, alpha, s, beta }, distinct);
  const gradient = new Float64Array(4);
  objective(found.at, gradient);
  const customers = histories.repeats.length;
  const flat = gradient.every((g) => Math.abs(g) <= 1e-3 * Math.max(1, Math.sqrt(customers)));
  return { r, alpha, s, beta, logLikelihood, customers, converged: found.converged || flat };
}

function typicalTime({ repeats, age }: Histories): number {
  let [buys, time] = [0, 0];
  for (let i = 0; i < repeats.length; i++) {
    buys += repeats[i]!;
    time += age[i]!;
  }
  return time > 0 ? Math.max((0.5 * time) / (buys + 1), 1e-6) : 1;
}

function logLikelihoodOf(given: Parameters, { repeats, recency, age, weights }: Weighted): number {
  const { r, alpha, s, beta } = given;
  const base = r * Math.log(alpha) + s * Math.log(beta) - lgamma(r);
  const counts = new Map<number, number>();
  let sum = 0;
  for (let i = 0; i < repeats.length; i++) {
    const x = repeats[i]!;
    let common = counts.get(x);
    if (common === undefined) {
      common = base + lgamma(r + x);
      counts.set(x, common);
    }
    const alive = logAlive(given, x, age[i]!);
    sum += weights[i]! * (common + alive + Math.log1p(Math.exp(logGone(given, x, recency[i]!, age[i]!) - alive)));
  }
  return sum;
}

/** Log of (alpha + T)^-(r + x) (beta + T)^-s: the customer's buys, and life beyond T. */
const logAlive = ({ r, alpha, s, beta }: Parameters, x: number, age: number): number =>
  -(r + x) * Math.log(alpha + age) - s * Math.log(beta + age);

/** Log of s / (r + s + x) A0, equations 12 and 13 of the note: the customer's buys, and life ended between t_x and T. */
function logGone(given: Parameters, x: number, recency: number, age: number): number {
  if (!(age > recency)) return Number.NEGATIVE_INFINITY;
  const { r, s } = given;
  const from = logTerm(given, x, recency);
  const share = -Math.expm1(logTerm(given, x, age) - from);
  return Math.log(s / (r + s + x)) + from + Math.log(Math.max(share, 1e-300));
}

/**
 * Log of 2F1(a, b; a + 1; z) / (larger + t)^a with a = r + s + x, by Euler's transformation (NIST DLMF 15.8.1)
 * (1 - z)^(1 - b) 2F1(1, a + 1 - b; a + 1; z), which stays small where the first would overflow.
 */
function logTerm({ r, alpha, s, beta }: Parameters, x: number, t: number): number {
  const a = r + s + x;
  const larger = Math.max(alpha, beta);
  const z = Math.abs(alpha - beta) / (larger + t);
  const b = alpha >= beta ? s + 1 : r + x;
  return -a * Math.log(larger + t) + (1 - b) * Math.log1p(-z) + Math.log(betaFraction(a, 1 - b, z));
}

/**
 * Chance that each customer is still one.
 *
 * @returns [customers] in (0, 1]
 * @see Fader and Hardie (2005), equation 27 (Schmittlein et al. 1987, equations 11 to 13)
 */
export function paretoChanceAlive(model: ParetoNbd, histories: Histories): Float64Array {
  return byHistory(histories, (x, recency, age) => aliveOf(model, x, recency, age));
}

const aliveOf = (model: ParetoNbd, x: number, recency: number, age: number): number =>
  1 / (1 + Math.exp(logGone(model, x, recency, age) - logAlive(model, x, age)));

/**
 * Expected buys of each customer in the next `horizon`, in the unit of time of the histories.
 *
 * @returns [customers] a count, not money
 * @see Fader and Hardie (2005), equation 41; the limit at s = 1 is taken as such
 */
export function paretoExpectedPurchases(model: ParetoNbd, histories: Histories, horizon: number): Float64Array {
  const { r, alpha, s, beta } = model;
  return byHistory(histories, (x, recency, age) => {
    const logKept = Math.log((beta + age) / (beta + age + horizon));
    const life = s === 1 ? -logKept : -Math.expm1((s - 1) * logKept) / (s - 1);
    return (aliveOf(model, x, recency, age) * ((r + x) * (beta + age) * life)) / (alpha + age);
  });
}

/** [customers] worked out once for each distinct history. */
function byHistory(histories: Histories, of: (x: number, recency: number, age: number) => number): Float64Array {
  const { repeats, recency, age } = histories;
  const groups = groupRows([repeats, recency, age]);
  const values = Float64Array.from(groups.first, (i) => of(repeats[i]!, recency[i]!, age[i]!));
  return Float64Array.from(groups.of, (group) => values[group]!);
}
