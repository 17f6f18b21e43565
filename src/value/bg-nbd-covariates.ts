/**
 * BG/NBD and MBG/NBD in which what is known of a customer moves how often they buy and how soon they leave: with z the
 * customer's covariates, alpha_i = alpha exp(-rate z) and a_i = a exp(leave z), all else as in `bg-nbd.ts`. So a
 * coefficient of the rate is the logarithm of how many times as often customers buy who lie one standard deviation higher.
 *
 * @see Fader, Hardie (2007), Incorporating Time-Invariant Covariates into the Pareto/NBD and BG/NBD Models
 */
import { lbfgs } from '#kernels/optimise.ts';
import { digamma, lgamma } from '#kernels/special.ts';
import {
  type BgNbd,
  type BgNbdPrior,
  chanceAlive,
  expectedOfAlive,
  fitBgNbd,
  type Histories,
  type Leaving,
  medianWaits,
} from './bg-nbd.ts';
import type { Covariates } from './covariates.ts';

export interface BgNbdWith {
  /** Of a customer whose covariates are all at their means. */
  readonly base: BgNbd;
  readonly names: readonly string[];
  /** [names] on the logarithm of the rate of buying, and of a */
  readonly rate: Float64Array;
  readonly leave: Float64Array;
}

/** Normal prior on coefficients: an effect of a factor of e for a standard deviation is far out. */
const COEFFICIENT_SD = 0.5;

export interface WithOptions {
  readonly leaving?: Leaving;
  readonly prior?: BgNbdPrior | undefined;
}

/** Fits by maximum posterior: the prior of `options` on the base, if any, and a normal one of 0.5 on each coefficient. */
export function fitBgNbdWith(
  histories: Histories,
  covariates: Covariates,
  { leaving = 'after-any', prior }: WithOptions = {},
): BgNbdWith {
  const base = fitBgNbd(histories, { leaving, prior });
  const width = covariates.names.length;
  const { names } = covariates;
  if (width === 0 || histories.repeats.length === 0)
    return { base, names, rate: new Float64Array(width), leave: new Float64Array(width) };
  const objective = negative(histories, covariates, leaving, prior);
  const start = Float64Array.of(...[base.r, base.alpha, base.a, base.b].map(Math.log), ...new Float64Array(2 * width));
  const { at, converged } = lbfgs(objective, start, { tolerance: 1e-8, iterationsMax: 200 });
  const [r = 1, alpha = 1, a = 1, b = 1] = at.subarray(0, 4).map(Math.exp);
  const rate = at.slice(4, 4 + width);
  const leave = at.slice(4 + width);
  const logLikelihood = likelihoodWith(histories, covariates, leaving)(at, new Float64Array(at.length));
  return { base: { ...base, r, alpha, a, b, logLikelihood, converged }, names, rate, leave };
}

type Objective = (at: Float64Array, gradient: Float64Array) => number;

const BASE = ['r', 'alpha', 'a', 'b'] as const;
const LOG_BOUND = 20;

function negative(
  histories: Histories,
  covariates: Covariates,
  leaving: Leaving,
  prior: BgNbdPrior | undefined,
): Objective {
  const likelihood = likelihoodWith(histories, covariates, leaving);
  return (at, gradient) => {
    if (at.some((own) => Math.abs(own) > LOG_BOUND)) return Number.POSITIVE_INFINITY;
    let value = -likelihood(at, gradient);
    for (let j = 0; j < at.length; j++) {
      gradient[j] = -gradient[j]!;
      const [mean, sd] = j >= 4 ? [0, COEFFICIENT_SD] : (prior?.[BASE[j]!] ?? [0, Number.POSITIVE_INFINITY]);
      value += 0.5 * ((at[j]! - mean) / sd) ** 2;
      gradient[j]! += (at[j]! - mean) / sd ** 2;
    }
    return value;
  };
}

/**
 * Log-likelihood by log r, log alpha, log a, log b and the coefficients of rate and leaving; its gradient by these goes
 * into `gradient`.
 */
export function likelihoodWith(
  { repeats, recency, age }: Histories,
  covariates: Covariates,
  leaving: Leaving,
): Objective {
  const { values, names } = covariates;
  const width = names.length;
  const extra = leaving === 'after-any' ? 1 : 0;
  return (at, gradient) => {
    const [r = 1, alpha = 1, a = 1, b = 1] = at.subarray(0, 4).map(Math.exp);
    const [digammaR, digammaB, lgammaR, lgammaB] = [digamma(r), digamma(b), lgamma(r), lgamma(b)];
    gradient.fill(0);
    let sum = 0;
    for (let i = 0; i < repeats.length; i++) {
      const [pace, going] = moved(at, values, i, width);
      const ownAlpha = alpha * Math.exp(-pace);
      const ownA = a * Math.exp(going);
      const x = repeats[i]!;
      const n = x + extra;
      const power = r + x;
      const [atAge, atRecency] = [ownAlpha + age[i]!, ownAlpha + recency[i]!];
      const [logAge, logRecency, logAlpha] = [Math.log(atAge), Math.log(atRecency), Math.log(ownAlpha)];
      const odds = n === 0 ? 0 : (ownA / (b + n - 1)) * Math.exp(power * (logAge - logRecency));
      const alive = 1 / (1 + odds);
      const gone = 1 - alive;
      sum += lgamma(power) - lgammaR + r * logAlpha + lgamma(ownA + b) - lgammaB + lgamma(b + n) - lgamma(ownA + b + n);
      sum += Number.isFinite(odds)
        ? Math.log1p(odds) - power * logAge
        : Math.log(ownA / (b + n - 1)) - power * logRecency;
      const both = digamma(ownA + b) - digamma(ownA + b + n);
      gradient[0]! += r * (digamma(power) - digammaR + logAlpha - alive * logAge - gone * logRecency);
      const byAlpha = r - power * ownAlpha * (alive / atAge + gone / atRecency);
      const byA = ownA * both + gone;
      gradient[1]! += byAlpha;
      gradient[2]! += byA;
      gradient[3]! += b * (both + digamma(b + n) - digammaB - (n === 0 ? 0 : gone / (b + n - 1)));
      for (let j = 0; j < width; j++) {
        const z = values[i * width + j]!;
        gradient[4 + j]! -= byAlpha * z;
        gradient[4 + width + j]! += byA * z;
      }
    }
    return sum;
  };
}

/** What the covariates of a customer add to the logarithms of the rate and of a. */
function moved(at: ArrayLike<number>, values: Float64Array, customer: number, width: number): [number, number] {
  let [pace, going] = [0, 0];
  for (let j = 0; j < width; j++) {
    const z = values[customer * width + j]!;
    pace += at[4 + j]! * z;
    going += at[4 + width + j]! * z;
  }
  return [pace, going];
}

/** What the model says of each customer; columns [customers]. */
export interface Told {
  /** Expected buys within the horizon. */
  readonly purchases: Float64Array;
  readonly alive: Float64Array;
  /** As `medianWaits`. */
  readonly waits: Float64Array;
}

/** @param horizon in the unit of time of the histories */
export function toldWith(
  { base, rate, leave }: BgNbdWith,
  histories: Histories,
  covariates: Covariates,
  horizon: number,
): Told {
  const customers = histories.repeats.length;
  const width = rate.length;
  const at = Float64Array.of(0, 0, 0, 0, ...rate, ...leave);
  const told = {
    purchases: new Float64Array(customers),
    alive: new Float64Array(customers),
    waits: new Float64Array(customers),
  };
  for (let i = 0; i < customers; i++) {
    const [pace, going] = moved(at, covariates.values, i, width);
    const own = { ...base, alpha: base.alpha * Math.exp(-pace), a: base.a * Math.exp(going) };
    const history = {
      repeats: histories.repeats.subarray(i, i + 1),
      recency: histories.recency.subarray(i, i + 1),
      age: histories.age.subarray(i, i + 1),
    };
    told.alive[i] = chanceAlive(own, history)[0]!;
    told.waits[i] = medianWaits(own, history)[0]!;
    told.purchases[i] = told.alive[i]! * expectedOfAlive(own, history.repeats[0]!, history.age[0]!, horizon);
  }
  return told;
}
