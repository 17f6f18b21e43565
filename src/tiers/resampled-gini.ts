/** The Gini of bootstrap samples without sorting each of them. */
import { ranked } from '#kernels/metrics.ts';

/**
 * Normalised Gini, as `gini` of the kernels, of rows that count `weights` times each (whole numbers): the rows are put in
 * order once.
 */
export function resampledGini(amounts: Float64Array, scores: Float64Array): (weights: Float64Array) => number {
  const [byScore, byAmount] = [lorenz(amounts, scores), lorenz(amounts, amounts)];
  return (weights) => {
    const perfect = byAmount(weights);
    return perfect === 0 ? 0 : byScore(weights) / perfect;
  };
}

function lorenz(amounts: Float64Array, scores: Float64Array): (weights: Float64Array) => number {
  const order = ranked(scores);
  return (weights) => {
    let [count, total] = [0, 0];
    for (let i = 0; i < amounts.length; i++) {
      count += weights[i]!;
      total += weights[i]! * amounts[i]!;
    }
    if (total === 0) return 0;
    let [area, from] = [0, 0];
    for (let at = 0; at < order.length; ) {
      const score = scores[order[at]!]!;
      let [rows, sum] = [0, 0];
      for (; at < order.length && scores[order[at]!] === score; at++) {
        rows += weights[order[at]!]!;
        sum += weights[order[at]!]! * amounts[order[at]!]!;
      }
      area += sum * (count - from - (rows - 1) / 2);
      from += rows;
    }
    return (area / total - (count + 1) / 2) / count;
  };
}
