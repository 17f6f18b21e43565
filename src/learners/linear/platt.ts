/** From scores of a machine to chances. */
import type { Machine } from '#kernels/machine.ts';
import { proximalNewton } from '#kernels/proximal-newton.ts';
import { RowBlocks } from '#kernels/row-blocks.ts';
import { LinearLoss, weightSumOf } from './loss.ts';

/** The chance is 1 / (1 + exp(-(slope x score + offset))). */
export interface Scaling {
  readonly slope: number;
  readonly offset: number;
}

/**
 * Slope and offset of the logistic curve of best likelihood, labels drawn a little towards the middle.
 *
 * @see Platt (1999), Probabilistic Outputs for Support Vector Machines; Lin, Lin and Weng (2007), Machine Learning 68
 */
export function plattScaling(
  machine: Machine,
  scores: Float64Array,
  labels: Float64Array,
  weights: Float64Array,
): Scaling {
  let ones = 0;
  let all = 0;
  for (let i = 0; i < labels.length; i++) {
    ones += weights[i]! * labels[i]!;
    all += weights[i]!;
  }
  const [high, low] = [(ones + 1) / (ones + 2), 1 / (all - ones + 2)];
  const mark = machine.mark();
  const blocks = new RowBlocks(machine, scores.length, 1);
  blocks.fill(() => ({ raw: scores, center: 0, scale: 1 }));
  const at = { labels: blocks.vector(labels.map((y) => (y === 1 ? high : low))), weights: blocks.vector(weights) };
  const f = new LinearLoss(blocks, { ...at, loss: 'logistic', outputs: 1, weightSum: weightSumOf(weights), l2: 0 });
  const found = proximalNewton(machine, f, Float64Array.of(1, 0), { tolerance: 1e-8 });
  machine.release(mark);
  // A scorer that foretells worse than nothing on rows held out says nothing, not the reverse.
  const slope = Math.max(0, found.at[0]!);
  return { slope, offset: slope > 0 ? found.at[1]! : Math.log((ones + 1) / (all - ones + 1)) };
}
