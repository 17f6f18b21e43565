/** Mean penalised losses of linear scores, over row blocks in the kernels' memory. */
import { BLOCK_ROWS, mirrored, type RowBlocks } from '#kernels/row-blocks.ts';

/** As the kernel `linearPass` numbers them. */
export const LOSSES = { softmax: 0, logistic: 1, squaredHinge: 2 } as const;

export interface LossOptions {
  readonly loss: keyof typeof LOSSES;
  /** Scores a row: classes of softmax, 1 of the others. */
  readonly outputs: number;
  /** Addresses of [rows] labels and weights, see `RowBlocks.vector`. */
  readonly labels: number;
  readonly weights: number;
  readonly weightSum: number;
  /** Weight on half the squared coefficients (not the intercepts), beside the mean loss. */
  readonly l2: number;
  /** Only every step-th block of rows counts; default 1. `weightSum` is of these rows. */
  readonly step?: number;
  /** Second derivatives are estimated from every such block; default `step`. */
  readonly curvatureStep?: number;
  readonly curvatureWeightSum?: number;
}

/** The function to minimise: variables [outputs x (inputs + 1)], each output's intercept last. */
export class LinearLoss {
  readonly size: number;
  readonly #blocks: RowBlocks;
  readonly #options: LossOptions;

  constructor(blocks: RowBlocks, options: LossOptions) {
    this.#blocks = blocks;
    this.#options = options;
    this.size = options.outputs * (blocks.width + 1);
  }

  value(at: Float64Array, gradient: Float64Array): number {
    const { loss, outputs, labels, weights, weightSum, l2, step = 1 } = this.#options;
    const { width, at: x } = this.#blocks;
    const shape = { size: this.size + 1, scratchSize: (outputs + 1) * BLOCK_ROWS, step };
    const sums = this.#blocks.total('linearPass', shape, at, ({ from, to }, { coefficients, scratch, out }) => [
      ...[LOSSES[loss], x, width, from, to, step],
      ...[coefficients, outputs, labels, weights, scratch, out],
    ]);
    let value = sums[0]! / weightSum;
    for (let j = 0; j < this.size; j++) {
      const own = (j + 1) % (width + 1) === 0 ? 0 : at[j]!;
      gradient[j] = sums[1 + j]! / weightSum + l2 * own;
      value += 0.5 * l2 * own * own;
    }
    return value;
  }

  curvature(at: Float64Array): Float64Array {
    const { outputs, step = 1, curvatureStep = step, curvatureWeightSum = this.#options.weightSum } = this.#options;
    const stride = this.#blocks.width + 1;
    const out = new Float64Array(this.size * this.size);
    for (let a = 0; a < outputs; a++)
      for (let b = 0; b <= a; b++) {
        const part = this.#part(at, curvatureStep, a, b);
        for (let i = 0; i < stride; i++)
          for (let j = 0; j < stride; j++) {
            const value = part[Math.max(i, j) * stride + Math.min(i, j)]! / curvatureWeightSum;
            out[(a * stride + i) * this.size + b * stride + j] = value;
            out[(b * stride + j) * this.size + a * stride + i] = value;
          }
      }
    for (let j = 0; j < this.size; j++) if ((j + 1) % stride !== 0) out[j * this.size + j]! += this.#options.l2;
    return out;
  }

  /** Second derivatives by the coefficients of one output, [inputs + 1]^2. */
  ownCurvature(at: Float64Array, output: number): Float64Array {
    const { step = 1, curvatureStep = step, curvatureWeightSum = this.#options.weightSum, l2 } = this.#options;
    const stride = this.#blocks.width + 1;
    const out = mirrored(this.#part(at, curvatureStep, output, output), stride);
    for (let j = 0; j < out.length; j++) out[j]! /= curvatureWeightSum;
    for (let j = 0; j < stride - 1; j++) out[j * stride + j]! += l2;
    return out;
  }

  #part(at: Float64Array, step: number, a: number, b: number): Float64Array {
    const { loss, outputs, labels, weights } = this.#options;
    const { width, at: x } = this.#blocks;
    const shape = { size: (width + 1) ** 2, scratchSize: (width + outputs + 1) * BLOCK_ROWS, step };
    return this.#blocks.total('linearCurvature', shape, at, ({ from, to }, { coefficients, scratch, out }) => [
      ...[LOSSES[loss], x, width, from, to, step, coefficients, outputs, labels, weights, scratch, out, a, b],
    ]);
  }
}

/** Rows that estimate second derivatives, and that a first, coarse fit is made of. */
const SAMPLE_ROWS = 65_536;

/** Every how many blocks a sample of some 65,000 rows takes. */
export const sampleStep = (rows: number): number => Math.max(1, Math.floor(rows / SAMPLE_ROWS));

/** Sum of the weights of the rows of every step-th block. */
export function weightSumOf(weights: Float64Array, step = 1): number {
  let sum = 0;
  for (let from = 0; from < weights.length; from += step * BLOCK_ROWS)
    for (let i = from; i < Math.min(weights.length, from + BLOCK_ROWS); i++) sum += weights[i]!;
  return sum;
}
