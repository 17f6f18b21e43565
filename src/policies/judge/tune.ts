/**
 * The bound on weights, chosen from the log alone: that of least estimated squared error, the variance of the estimate and
 * the square of its distance from the estimate without a bound, which is not biased. Both are of the same rows, so the
 * distance is known far better than either estimate.
 *
 * @see Su, Dimakopoulou, Krishnamurthy, Dudik (2020), Doubly Robust Off-Policy Evaluation with Shrinkage, ICML 37, section 5.2
 */
import { type Bounded, contributions, type Weighed } from './estimators.ts';
import { byUnit, estimateOf } from './interval.ts';

const STEPS = 12;

/** No bound, then bounds from the largest weight down to 1, evenly by their logarithm; of dr-os from ten times that. */
function boundsOf(name: Bounded, weights: Float64Array): number[] {
  const most = weights.reduce((top, w) => Math.max(top, w), 1) * (name === 'dr-os' ? 10 : 1);
  const falling = Array.from({ length: STEPS }, (_, k) => most ** (1 - k / (STEPS - 1)));
  return [Number.POSITIVE_INFINITY, ...falling];
}

export interface Tuned {
  /** Infinity where none is better than no bound. */
  readonly bound: number;
  /** Distance from the estimate without a bound, 0 or more: by so much more may the truth be outside an interval. */
  readonly away: number;
}

/** The bound of least estimated squared error. */
export function chooseBound(name: Bounded, own: Weighed, unit: Int32Array | undefined): Tuned {
  let best: Tuned = { bound: Number.POSITIVE_INFINITY, away: 0 };
  let [least, free] = [Number.POSITIVE_INFINITY, 0];
  for (const bound of boundsOf(name, own.weights)) {
    const terms = byUnit(contributions(name, own, bound), unit);
    const { value, standardError } = estimateOf(terms, { kind: 'normal', alpha: 0.05, seed: 0 });
    if (bound === Number.POSITIVE_INFINITY) free = value;
    const error = standardError ** 2 + (value - free) ** 2;
    if (error < least) {
      best = { bound, away: Math.abs(value - free) };
      least = error;
    }
  }
  return best;
}
