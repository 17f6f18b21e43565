/** Proportional odds: the log-odds of being at most in class k are cut k minus one linear score. */
import type { Minimum } from '#kernels/optimise.ts';
import { proximalNewton, type SmoothFunction } from '#kernels/proximal-newton.ts';
import type { RowBlocks } from '#kernels/row-blocks.ts';
import { weightSumOf } from './loss.ts';
import type { SoftmaxOptions } from './softmax.ts';

/** Cuts nearer to each other than this are outside the domain. */
const GAP_MIN = 1e-9;

/**
 * Variables [inputs + classes - 1]: the coefficients, then the rising cuts.
 *
 * @param labels [rows] index of the class, in the order of the classes
 * @see McCullagh (1980), Journal of the Royal Statistical Society B 42(2)
 */
export function fitCumulative(
  blocks: RowBlocks,
  labels: Float64Array,
  weights: Float64Array,
  options: SoftmaxOptions,
): Minimum {
  const { classCount, l1, tolerance, iterationsMax } = options;
  const { width } = blocks;
  const f = new CumulativeLoss(blocks, labels, weights, options);
  const start =
    options.start ?? Float64Array.of(...new Float64Array(width), ...startingCuts(labels, weights, classCount));
  const penalties = new Float64Array(f.size).fill(l1 / weightSumOf(weights), 0, width);
  return proximalNewton(blocks.machine, f, start, { l1: penalties, tolerance, iterationsMax });
}

/** Log-odds of the cumulative shares, each class lent half a row so that none is empty. */
function startingCuts(labels: Float64Array, weights: Float64Array, classCount: number): Float64Array {
  const sums = new Float64Array(classCount);
  let total = 0;
  for (let i = 0; i < labels.length; i++) {
    sums[labels[i]!]! += weights[i]!;
    total += weights[i]!;
  }
  const lent = total / (2 * labels.length);
  let below = 0;
  return Float64Array.from({ length: classCount - 1 }, (_, k) => {
    below += sums[k]! + lent;
    return Math.log(below / (total + classCount * lent - below));
  });
}

const logistic = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
/** log(1 + exp(x)) */
const softplus = (x: number): number => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)));

class CumulativeLoss implements SmoothFunction {
  readonly size: number;
  readonly #blocks: RowBlocks;
  readonly #labels: Float64Array;
  readonly #weights: Float64Array;
  readonly #weightSum: number;
  readonly #l2: number;
  readonly #cutCount: number;
  readonly #scores: number;
  readonly #factors: number;

  constructor(blocks: RowBlocks, labels: Float64Array, weights: Float64Array, { classCount, l2 }: SoftmaxOptions) {
    this.#blocks = blocks;
    this.#labels = labels;
    this.#weights = weights;
    this.#weightSum = weightSumOf(weights);
    this.#l2 = l2 / this.#weightSum;
    this.#cutCount = classCount - 1;
    this.size = blocks.width + classCount - 1;
    this.#scores = blocks.vector(labels);
    this.#factors = blocks.vector(labels);
  }

  value(at: Float64Array, gradient: Float64Array): number {
    const { width } = this.#blocks;
    const cuts = at.subarray(width);
    for (let k = 1; k < cuts.length; k++) if (!(cuts[k]! - cuts[k - 1]! > GAP_MIN)) return Number.POSITIVE_INFINITY;
    const scores = this.#scored(at);
    const factors = this.#column(this.#factors);
    gradient.fill(0);
    let loss = 0;
    for (let i = 0; i < scores.length; i++) {
      const k = this.#labels[i]!;
      const w = this.#weights[i]! / this.#weightSum;
      let factor = 0;
      let own = 0;
      const upper = k < this.#cutCount;
      const lower = k > 0;
      const u = upper ? cuts[k]! - scores[i]! : 0;
      const v = lower ? cuts[k - 1]! - scores[i]! : 0;
      const between = upper && lower ? 1 / Math.expm1(u - v) : 0;
      if (upper) {
        own += softplus(-u);
        factor += logistic(-u);
        gradient[width + k]! -= w * (logistic(-u) + between);
      }
      if (lower) {
        own += softplus(v);
        factor -= logistic(v);
        gradient[width + k - 1]! += w * (logistic(v) + between);
      }
      if (upper && lower) own -= Math.log(-Math.expm1(v - u));
      loss += w * own;
      factors[i] = w * factor;
    }
    const slopes = this.#blocks.slopes(this.#factors);
    for (let j = 0; j < width; j++) {
      gradient[j] = slopes[j]! + this.#l2 * at[j]!;
      loss += 0.5 * this.#l2 * at[j]! ** 2;
    }
    return loss;
  }

  curvature(at: Float64Array): Float64Array {
    const { width } = this.#blocks;
    const cuts = at.subarray(width);
    const out = new Float64Array(this.size * this.size);
    const scores = this.#scored(at);
    const bend = (x: number): number => logistic(x) * logistic(-x);
    for (let i = 0; i < scores.length; i++) {
      const k = this.#labels[i]!;
      const w = this.#weights[i]! / this.#weightSum;
      if (k === 0 || k === this.#cutCount) continue;
      const between = 1 / Math.expm1(cuts[k]! - cuts[k - 1]!);
      const both = w * between * (1 + between);
      const row = width + k;
      out[row * this.size + row]! += both;
      out[(row - 1) * this.size + row - 1]! += both;
      out[row * this.size + row - 1]! -= both;
      out[(row - 1) * this.size + row]! -= both;
    }
    const whole = new Float64Array(scores.length);
    for (let cut = 0; cut < this.#cutCount; cut++) {
      const factors = this.#column(this.#factors);
      for (let i = 0; i < scores.length; i++) {
        const k = this.#labels[i]!;
        const touches = k === cut || k === cut + 1;
        factors[i] = touches ? (this.#weights[i]! / this.#weightSum) * bend(cuts[cut]! - scores[i]!) : 0;
        whole[i]! += factors[i]!;
      }
      const slopes = this.#blocks.slopes(this.#factors);
      const row = width + cut;
      for (let j = 0; j < width; j++) out[row * this.size + j] = out[j * this.size + row] = -slopes[j]!;
      out[row * this.size + row]! += slopes[width]!;
    }
    this.#column(this.#factors).set(whole);
    const gram = this.#blocks.gram(this.#factors);
    for (let i = 0; i < width; i++) {
      for (let j = 0; j < width; j++) out[i * this.size + j] = gram[i * (width + 1) + j]!;
      out[i * this.size + i]! += this.#l2;
    }
    return out;
  }

  #scored(at: Float64Array): Float64Array {
    const { width } = this.#blocks;
    const coefficients = new Float64Array(width + 1);
    coefficients.set(at.subarray(0, width));
    this.#blocks.scores(coefficients, this.#scores);
    return this.#column(this.#scores);
  }

  /** A view that the next allocation may make stale; none happens while one is read. */
  #column(at: number): Float64Array {
    return this.#blocks.machine.f64(at, this.#blocks.rows);
  }
}

/** Chances [classes] of one row from its score, written to out[at ..]. */
export function cumulativeChances(score: number, cuts: readonly number[], out: Float64Array, at: number): void {
  let total = 0;
  for (let k = 0; k <= cuts.length; k++) {
    const u = k < cuts.length ? cuts[k]! - score : Number.POSITIVE_INFINITY;
    const v = k > 0 ? cuts[k - 1]! - score : Number.NEGATIVE_INFINITY;
    // logistic(u) - logistic(v) without the loss of digits where both are near 1
    const chance = u > 0 && v > 0 ? logistic(-v) - logistic(-u) : logistic(u) - logistic(v);
    out[at + k] = Math.max(0, chance);
    total += out[at + k]!;
  }
  for (let k = 0; k <= cuts.length; k++) out[at + k]! /= total;
}
