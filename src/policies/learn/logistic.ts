/**
 * Chances of a reward whose log-odds are linear in the context; an arm each, kept as a normal law of the coefficients.
 *
 * Each row moves the law to its new mode along one line, which is found exactly, and adds the curvature there (Laplace). What
 * a row adds to right side and matrix is kept as sums, so states learned apart merge as streaming Bayes does.
 *
 * @see Chapelle and Li (2011), An Empirical Evaluation of Thompson Sampling, algorithm 3
 * @see Broderick et al. (2013), Streaming Variational Bayes, equation 5
 */
import type { Belief, Believed } from './belief.ts';
import { factored, factorOf, RIGHT, readAt, sizeOf } from './factor.ts';
import { addSquare } from './linear.ts';

export interface LogisticBeliefParams {
  /** Precision of each coefficient before any row, above 0. */
  readonly prior: number;
}

export const logisticBelief: Belief<LogisticBeliefParams> = {
  source: 'Chapelle and Li (2011), NIPS 24; Spiegelhalter and Lauritzen (1990), Networks 20',
  rewards: 'share',
  defaults: { prior: 1 },
  wrong: ({ prior }) => (prior > 0 && Number.isFinite(prior) ? undefined : ['prior', 'a number above 0']),
  size: sizeOf,
  add(sums, x, reward, weight, { prior }, same) {
    const width = x.length;
    const out = { mean: 0, square: 0 };
    const factor = same === undefined ? factored(sums, width, prior, 1) : factorOf(same, width, prior, 1);
    readAt(factor, x, new Float64Array(width), out);
    const move = stepOf(out.mean, out.square, reward, weight);
    const odds = out.mean + out.square * move;
    const chance = sigmoid(odds);
    const curvature = weight * chance * (1 - chance);
    sums[0]! += weight;
    sums[1]! += weight * reward * reward;
    const right = move + curvature * odds;
    for (let i = 0; i < width; i++) sums[RIGHT + i]! += right * x[i]!;
    addSquare(sums, x, curvature);
  },
  read(arms, inputs, { prior }): Believed {
    const [means, centres, spreads] = [0, 1, 2].map(() => new Float64Array(arms.length)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const scratch = new Float64Array(inputs[0]!.length);
    const out = { mean: 0, square: 0 };
    for (let a = 0; a < arms.length; a++) {
      const { arm, factor } = arms[a]!;
      readAt(factorOf(arm.sums, scratch.length, prior, factor), inputs[a]!, scratch, out);
      centres[a] = out.mean;
      spreads[a] = Math.sqrt(out.square);
      means[a] = sigmoid(out.mean);
    }
    return { means, centres, spreads, unit: 1 };
  },
};

const sigmoid = (z: number): number => (z >= 0 ? 1 / (1 + Math.exp(-z)) : 1 - 1 / (1 + Math.exp(z)));

/** The t with t = weight (reward - sigmoid(centre + square t)): its difference rises in t, so the root is between bounds. */
function stepOf(centre: number, square: number, reward: number, weight: number): number {
  let [low, high] = [weight * (reward - 1), weight * reward];
  let t = weight * (reward - sigmoid(centre));
  for (let round = 0; round < 60; round++) {
    const chance = sigmoid(centre + square * t);
    const gap = t - weight * (reward - chance);
    if (gap > 0) high = t;
    else low = t;
    const move = gap / (1 + weight * square * chance * (1 - chance));
    let next = t - move;
    if (!(next >= low && next <= high)) next = (low + high) / 2;
    if (Math.abs(next - t) <= 1e-15) return next;
    t = next;
  }
  return t;
}
