/** Multinomial logistic regression over row blocks. */
import type { Minimum } from '#kernels/optimise.ts';
import type { RowBlocks } from '#kernels/row-blocks.ts';
import { minimiseLoss, type PenaltyOptions } from './minimise.ts';

export interface SoftmaxOptions extends PenaltyOptions {
  readonly classCount: number;
}

/**
 * Coefficients [classes x (inputs + 1)], each class's intercept last; of two classes they are each other's negative.
 *
 * @param labels [rows] index of the class
 */
export function fitSoftmax(
  blocks: RowBlocks,
  labels: Float64Array,
  weights: Float64Array,
  { classCount, start, ...options }: SoftmaxOptions,
): Minimum {
  const stride = blocks.width + 1;
  const rows = { labels: blocks.vector(labels), weights: blocks.vector(weights), weightOf: weights };
  if (classCount > 2) {
    const found = minimiseLoss(
      blocks,
      { ...rows, loss: 'softmax', outputs: classCount },
      { ...options, ...(start && { start }) },
    );
    return { ...found, at: centred(found.at, stride) };
  }
  // With d = b1 - b0 and b0 = -b1: the half squares of both are d^2 / 4, their absolute values |d|.
  const d = start?.slice(stride).map((b, j) => b - start[j]!);
  const penalties = { ...options, l2: options.l2 / 2, ...(d && { start: d }) };
  const found = minimiseLoss(blocks, { ...rows, loss: 'logistic', outputs: 1 }, penalties);
  return { ...found, at: Float64Array.of(...halved(found.at, -0.5), ...halved(found.at, 0.5)) };
}

const halved = (at: Float64Array, by: number): Float64Array => at.map((d) => (d === 0 ? 0 : by * d));

/** The same model with intercepts that add up to zero. */
function centred(at: Float64Array, stride: number): Float64Array {
  let sum = 0;
  for (let j = stride - 1; j < at.length; j += stride) sum += at[j]!;
  const mean = (sum * stride) / at.length;
  return at.map((b, j) => ((j + 1) % stride === 0 ? b - mean : b));
}
