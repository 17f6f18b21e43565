/** The loss of multinomial logistic regression, and the coordinates in which its minimum is found soon. */
import { cholesky } from '#kernels/linear.ts';

const CURVATURE_ROWS = 2000;

/**
 * Cholesky factor [inputs + 1]^2 of half the inputs' second moments plus the penalty: a bound on the curvature of the
 * loss. The search runs in coordinates where this is the identity, so that features that tell the same do not slow it.
 * Some thousand rows are enough: it steers the search, not where it ends.
 *
 * @see Boehning (1992), Annals of the Institute of Statistical Mathematics 44(1)
 */
export function curvature(matrix: Float64Array, weights: Float64Array, width: number, l2: number): Float64Array {
  const size = width + 1;
  const moments = new Float64Array(size * size);
  const step = Math.ceil(weights.length / CURVATURE_ROWS);
  let weightSum = 0;
  for (let i = 0; i < weights.length; i += step) weightSum += weights[i]!;
  for (let i = 0; i < weights.length; i += step) {
    const weight = weights[i]! / (2 * (weightSum || 1));
    const from = i * width;
    for (let j = 0; j < width; j++) {
      const x = matrix[from + j]! * weight;
      const base = j * size;
      for (let k = 0; k <= j; k++) moments[base + k]! += x * matrix[from + k]!;
      moments[width * size + j]! += x;
    }
  }
  moments[width * size + width] = 0.5;
  for (let j = 0; j < size; j++) moments[j * size + j]! += j < width ? l2 + 1e-9 : 1e-9;
  const factor = cholesky(moments, size);
  if (factor === null) throw new Error('moments of standardised inputs are not positive definite');
  return factor;
}

const BLOCK = 4;

/** Mean penalised loss and its gradient over coefficients [(inputs + 1) x classes], the intercepts last. */
export function penalisedLoss(
  matrix: Float64Array,
  codes: Int32Array,
  weights: Float64Array,
  { width, classCount, l2 }: { width: number; classCount: number; l2: number },
) {
  const rows = codes.length;
  const logits = new Float64Array(classCount);
  const misses = new Float64Array(classCount * BLOCK);
  const stride = width + 1;
  // Class by class, so that the inner loops run over neighbours in memory.
  const byClass = new Float64Array(stride * classCount);
  const slopes = new Float64Array(stride * classCount);
  let weightSum = 0;
  for (const weight of weights) weightSum += weight;
  return (at: Float64Array, gradient: Float64Array): number => {
    for (let j = 0; j < stride; j++)
      for (let k = 0; k < classCount; k++) byClass[k * stride + j] = at[j * classCount + k]!;
    slopes.fill(0);
    let loss = 0;
    for (let from = 0; from < rows; from += BLOCK) {
      misses.fill(0);
      for (let i = from; i < Math.min(from + BLOCK, rows); i++) {
        for (let k = 0; k < classCount; k++)
          logits[k] = byClass[k * stride + width]! + rowDot(matrix, i * width, byClass, k * stride, width);
        const weight = weights[i]! / weightSum;
        loss += weight * softmaxLoss(logits, codes[i]!);
        for (let k = 0; k < classCount; k++) {
          const miss = weight * (logits[k]! - (codes[i] === k ? 1 : 0));
          misses[k * BLOCK + i - from] = miss;
          slopes[k * stride + width]! += miss;
        }
      }
      for (let k = 0; k < classCount; k++) addBlock(matrix, from * width, width, misses, k * BLOCK, slopes, k * stride);
    }
    for (let j = 0; j < stride; j++)
      for (let k = 0; k < classCount; k++) {
        const own = j < width ? at[j * classCount + k]! : 0;
        loss += 0.5 * l2 * own * own;
        gradient[j * classCount + k] = slopes[k * stride + j]! + l2 * own;
      }
    return loss;
  };
}

function rowDot(a: Float64Array, atA: number, b: Float64Array, atB: number, size: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let j = 0;
  for (; j + 3 < size; j += 4) {
    s0 += a[atA + j]! * b[atB + j]!;
    s1 += a[atA + j + 1]! * b[atB + j + 1]!;
    s2 += a[atA + j + 2]! * b[atB + j + 2]!;
    s3 += a[atA + j + 3]! * b[atB + j + 3]!;
  }
  for (; j < size; j++) s0 += a[atA + j]! * b[atB + j]!;
  return s0 + s1 + (s2 + s3);
}

/** Adds factors[0..3] times the four rows from `at` on to `to`; a last block that runs over the end has factors 0 there. */
function addBlock(
  matrix: Float64Array,
  at: number,
  width: number,
  factors: Float64Array,
  atFactors: number,
  to: Float64Array,
  atTo: number,
) {
  const [f0, f1, f2, f3] = [
    factors[atFactors]!,
    factors[atFactors + 1]!,
    factors[atFactors + 2]!,
    factors[atFactors + 3]!,
  ];
  const last = matrix.length - width;
  const [r1, r2, r3] = [Math.min(at + width, last), Math.min(at + 2 * width, last), Math.min(at + 3 * width, last)];
  for (let j = 0; j < width; j++)
    to[atTo + j]! += f0 * matrix[at + j]! + f1 * matrix[r1 + j]! + f2 * matrix[r2 + j]! + f3 * matrix[r3 + j]!;
}

/** Turns logits into chances in place; returns -log of the chance of `actual`. */
export function softmaxLoss(logits: Float64Array, actual: number): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < logits.length; k++) if (logits[k]! > top) top = logits[k]!;
  const own = logits[actual]! - top;
  let sum = 0;
  for (let k = 0; k < logits.length; k++) {
    const e = Math.exp(logits[k]! - top);
    logits[k] = e;
    sum += e;
  }
  for (let k = 0; k < logits.length; k++) logits[k]! /= sum;
  return Math.log(sum) - own;
}
