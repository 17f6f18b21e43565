/**
 * Estimates of what a policy would bring, each as one number a row whose mean is the estimate: so intervals, and differences
 * of two policies on one log, are those of a mean.
 *
 * w: chance of the logged arm under the policy over its propensity; q: expected reward by a model that did not see the row;
 * q(pi): its mean over the policy's chances.
 */
import type { DecisionLog } from './log.ts';

export const ESTIMATORS = ['ips', 'snips', 'clipped', 'dm', 'dr', 'switch-dr', 'dr-os'] as const;
export type Estimator = (typeof ESTIMATORS)[number];

/** Where each is from. */
export const ESTIMATOR_SOURCES: Readonly<Record<Estimator, string>> = {
  ips: 'Horvitz and Thompson (1952): mean of w r',
  snips: 'Swaminathan and Joachims (2015), NeurIPS 28: sum of w r over sum of w',
  clipped: 'Ionides (2008): mean of min(w, most) r',
  dm: 'mean of q(pi): as good as the model',
  dr: 'Dudik, Langford, Li (2011), ICML 28: mean of q(pi) + w (r - q)',
  'switch-dr': 'Wang, Agarwal, Dudik (2017), ICML 34: as dr where w is at most a threshold, else q(pi)',
  'dr-os': 'Su, Dimakopoulou, Krishnamurthy, Dudik (2020), ICML 37: as dr, with w shrunk to lambda w / (w^2 + lambda)',
};

/** What the estimates of one policy are made of. */
export interface Weighed {
  /** [rows] w */
  readonly weights: Float64Array;
  /** [rows] */
  readonly reward: Float64Array;
  /** [rows] q of the arm logged, and q(pi) */
  readonly expected: Float64Array;
  readonly expectedOfPolicy: Float64Array;
}

/** @param chances [rows x arms] of the policy; @param q [rows x arms] */
export function weighed(log: DecisionLog, chances: Float64Array, q: Float64Array): Weighed {
  const count = log.arms.length;
  const rows = log.arm.length;
  const weights = new Float64Array(rows);
  const expected = new Float64Array(rows);
  const expectedOfPolicy = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const at = i * count;
    weights[i] = chances[at + log.arm[i]!]! / log.propensity[i]!;
    expected[i] = q[at + log.arm[i]!]!;
    for (let a = 0; a < count; a++) expectedOfPolicy[i]! += chances[at + a]! * q[at + a]!;
  }
  return { weights, reward: log.reward, expected, expectedOfPolicy };
}

/** Estimators with a bound on weights: a larger one is less biased and varies more. */
export const BOUNDED = ['clipped', 'switch-dr', 'dr-os'] as const;
export type Bounded = (typeof BOUNDED)[number];
export const isBounded = (name: Estimator): name is Bounded => (BOUNDED as readonly string[]).includes(name);

/**
 * [rows] numbers whose mean is the estimate.
 *
 * @param bound of clipped: most; of switch-dr: the threshold; of dr-os: the root of lambda. Infinity: none.
 */
export function contributions(
  name: Estimator,
  { weights, reward, expected, expectedOfPolicy }: Weighed,
  bound = Number.POSITIVE_INFINITY,
): Float64Array {
  const out = new Float64Array(weights.length);
  const model = name !== 'ips' && name !== 'snips' && name !== 'clipped';
  for (let i = 0; i < out.length; i++) {
    const w = bounded(name, weights[i]!, bound);
    out[i] = model ? expectedOfPolicy[i]! + w * (reward[i]! - expected[i]!) : w * reward[i]!;
  }
  return name === 'snips' ? normalised(out, weights) : out;
}

function bounded(name: Estimator, w: number, bound: number): number {
  if (name === 'dm') return 0;
  if (bound === Number.POSITIVE_INFINITY) return w;
  if (name === 'clipped') return Math.min(w, bound);
  if (name === 'switch-dr') return w <= bound ? w : 0;
  return name === 'dr-os' ? w / (1 + (w / bound) ** 2) : w;
}

/** A ratio of sums as numbers whose mean it is and whose spread is its own, by the delta method. */
function normalised(products: Float64Array, weights: Float64Array): Float64Array {
  const mass = weights.reduce((sum, w) => sum + w, 0);
  if (!(mass > 0)) return products;
  const value = products.reduce((sum, p) => sum + p, 0) / mass;
  const scale = weights.length / mass;
  return products.map((p, i) => value + scale * (p - value * weights[i]!));
}

/** How many rows the weights are worth: (sum w)^2 over sum w^2; 0 where all are 0. */
export function effectiveRows(weights: Float64Array): number {
  let [sum, squares] = [0, 0];
  for (const w of weights) {
    sum += w;
    squares += w * w;
  }
  return squares > 0 ? (sum * sum) / squares : 0;
}
