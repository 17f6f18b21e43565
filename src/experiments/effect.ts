/** The difference that an arm made, and how sure one may be of it. */
import { normalCdf, normalDensity, normalQuantile, tQuantile, tTwoSided } from '#kernels/distributions.ts';
import type { Statistic } from './moments.ts';

/**
 * absolute: treatment less control. relative: that over the control's mean. total: absolute, for all that the arm would
 * have had in a day: times `perDay`.
 */
export type Scale = 'absolute' | 'relative' | 'total';

export interface Effect {
  readonly estimate: number;
  readonly standardError: number;
  /** Welch's degrees of freedom. */
  readonly freedom: number;
  /** Members of both arms. */
  readonly n: number;
}

/** Why nothing can be said. */
export type NoEffect = 'too-few' | 'no-variance' | 'control-at-zero';

/**
 * Effect of `treated` against `control`.
 *
 * @param perDay of scale total: members of the arm a day, were all to get it
 * @returns the reason where there is none: an arm of fewer than two, no variance in either arm, or relative to nothing
 */
export function effectOf(
  control: Statistic,
  treated: Statistic,
  { scale = 'relative', perDay = 1 }: { readonly scale?: Scale; readonly perDay?: number } = {},
): Effect | NoEffect {
  if (control.n < 2 || treated.n < 2) return 'too-few';
  const [a, b] = [control.variance / control.n, treated.variance / treated.n];
  if (!(a + b > 0)) return 'no-variance';
  const freedom = (a + b) ** 2 / (a ** 2 / (control.n - 1) + b ** 2 / (treated.n - 1));
  const difference = treated.mean - control.mean;
  const common = { freedom, n: control.n + treated.n };
  if (scale !== 'relative') {
    const factor = scale === 'total' ? perDay : 1;
    return { estimate: factor * difference, standardError: factor * Math.sqrt(a + b), ...common };
  }
  if (control.plainMean === 0) return 'control-at-zero';
  const base = control.plainMean;
  const variance = b / base ** 2 + (a * treated.plainMean ** 2) / base ** 4;
  return { estimate: difference / base, standardError: Math.sqrt(variance), ...common };
}

export interface Told {
  readonly low: number;
  readonly high: number;
  readonly pValue: number;
}

/** Two-sided Student test at a planned end: wrong when looked at again and again. */
export function fixedTest({ estimate, standardError, freedom }: Effect, alpha = 0.05): Told {
  const half = tQuantile(1 - alpha / 2, freedom) * standardError;
  return {
    low: estimate - half,
    high: estimate + half,
    pValue: tTwoSided(estimate / standardError, freedom),
  };
}

/** Is the arm better? Its bound from below; nothing is said from above. */
export function greaterTest({ estimate, standardError, freedom }: Effect, alpha = 0.05): Told {
  const t = estimate / standardError;
  const beyond = tTwoSided(t, freedom) / 2;
  return {
    low: estimate - tQuantile(1 - alpha, freedom) * standardError,
    high: Number.POSITIVE_INFINITY,
    pValue: t > 0 ? beyond : 1 - beyond,
  };
}

/** Members at which `alwaysValid` is tightest, where nothing else is said. */
export const TIGHTEST_AT = 5000;

/**
 * A confidence sequence: its intervals hold at all looks at once, so an experiment may be stopped whenever one likes.
 *
 * @param tightestAt members of both arms at which the interval is tightest
 * @see Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas (2024), Time-uniform central limit theory and asymptotic confidence sequences, eq. 14 and 155
 */
export function alwaysValid({ estimate, standardError, n }: Effect, alpha = 0.05, tightestAt = TIGHTEST_AT): Told {
  const rho2 = (-2 * Math.log(alpha) + Math.log(-2 * Math.log(alpha) + 1)) / tightestAt;
  const grown = n * rho2 + 1;
  const half = standardError * Math.sqrt(((2 * grown) / (n * rho2)) * Math.log(Math.sqrt(grown) / alpha));
  const logE = ((rho2 * n) / (2 * grown)) * (estimate / standardError) ** 2 - Math.log(grown) / 2;
  return { low: estimate - half, high: estimate + half, pValue: Math.min(1, Math.exp(-logE)) };
}

export interface Believed {
  /** Of the posterior, which is normal. */
  readonly mean: number;
  readonly sd: number;
  readonly low: number;
  readonly high: number;
  readonly chanceToWin: number;
  /** Expected loss from keeping control where the arm is better, and from shipping the arm where it is worse. */
  readonly risk: readonly [keep: number, ship: number];
}

export interface Belief {
  /** Normal prior on the effect, on the effect's own scale; none: a flat one. */
  readonly prior?: { readonly mean: number; readonly sd: number };
  /** Less is better. */
  readonly inverse?: boolean;
  readonly alpha?: number;
}

/** What to believe of an effect after the data. */
export function believed(
  { estimate, standardError }: Effect,
  { prior, inverse = false, alpha = 0.05 }: Belief = {},
): Believed {
  const weights = prior === undefined ? [0, 1] : [1 / prior.sd ** 2, 1 / standardError ** 2];
  const [ofPrior = 0, ofData = 1] = weights;
  const mean = (ofPrior * (prior?.mean ?? 0) + ofData * estimate) / (ofPrior + ofData);
  const sd = prior === undefined ? standardError : Math.sqrt(1 / (ofPrior + ofData));
  const above = normalCdf(mean / sd);
  const gain = mean * above + sd * normalDensity(mean / sd);
  const loss = gain - mean;
  const half = normalQuantile(1 - alpha / 2) * sd;
  return {
    ...{ mean, sd, low: mean - half, high: mean + half },
    chanceToWin: inverse ? 1 - above : above,
    risk: inverse ? [loss, gain] : [gain, loss],
  };
}
