/**
 * The exact factors of someone from what they have had, and what each of those items gives to a score.
 *
 * With D the diagonal of the users' side, X the factors of their n items and C the weights:
 *   h'w = h'(D + X'CX)^-1 X'C 1 = sum_i z_i,   z = (C^-1 + X D^-1 X')^-1 X D^-1 h,
 * a system of n rather than of the width, by the identity of Woodbury; with more items than the width the other form.
 *
 * @see Hu, Koren, Volinsky (2008), ICDM, section 5, equation 7
 */
import { cholesky, solveLower, solveUpper } from '#kernels/linear.ts';

/** One person's system. */
export interface FoldIn {
  readonly width: number;
  /** [items x width] */
  readonly factors: Float32Array;
  /** [width] diagonal and ridge together, > 0 */
  readonly diagonal: Float64Array;
  /** [n] the person's items, each once */
  readonly items: ArrayLike<number>;
  /** [n] > 0 */
  readonly weights: ArrayLike<number>;
}

/** [width] the person's factors. */
export function foldIn(person: FoldIn): Float64Array {
  const { width, diagonal, items, weights } = person;
  const x = rowsOf(person);
  const n = items.length;
  const out = new Float64Array(width);
  if (n === 0) return out;
  if (n <= width) {
    const y = solved(inner(person, x), n, new Float64Array(n).fill(1));
    for (let i = 0; i < n; i++) for (let k = 0; k < width; k++) out[k]! += (x[i * width + k]! * y[i]!) / diagonal[k]!;
    return out;
  }
  for (let i = 0; i < n; i++) for (let k = 0; k < width; k++) out[k]! += weights[i]! * x[i * width + k]!;
  return solved(outer(person, x), width, out);
}

/**
 * [n] parts of the score of the item that each of the person's items gives; they add up to it.
 *
 * @param item index of the item that is scored
 */
export function partsOf(person: FoldIn, item: number): Float64Array {
  const { width, factors, diagonal, items, weights } = person;
  const x = rowsOf(person);
  const n = items.length;
  if (n === 0) return new Float64Array(0);
  const h = Float64Array.from(factors.subarray(item * width, (item + 1) * width));
  const right = new Float64Array(n);
  if (n <= width) {
    for (let i = 0; i < n; i++) for (let k = 0; k < width; k++) right[i]! += (x[i * width + k]! * h[k]!) / diagonal[k]!;
    return solved(inner(person, x), n, right);
  }
  const v = solved(outer(person, x), width, h);
  for (let i = 0; i < n; i++) for (let k = 0; k < width; k++) right[i]! += weights[i]! * x[i * width + k]! * v[k]!;
  return right;
}

function rowsOf({ width, factors, items }: FoldIn): Float64Array {
  const x = new Float64Array(items.length * width);
  for (let i = 0; i < items.length; i++) x.set(factors.subarray(items[i]! * width, (items[i]! + 1) * width), i * width);
  return x;
}

/** C^-1 + X D^-1 X', lower triangle. */
function inner({ width, diagonal, items, weights }: FoldIn, x: Float64Array): Float64Array {
  const n = items.length;
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += (x[i * width + k]! * x[j * width + k]!) / diagonal[k]!;
      out[i * n + j] = sum;
    }
    out[i * n + i]! += 1 / weights[i]!;
  }
  return out;
}

/** D + X'CX, lower triangle. */
function outer({ width, diagonal, items, weights }: FoldIn, x: Float64Array): Float64Array {
  const out = new Float64Array(width * width);
  for (let k = 0; k < width; k++) out[k * width + k] = diagonal[k]!;
  for (let i = 0; i < items.length; i++)
    for (let k = 0; k < width; k++) {
      const f = weights[i]! * x[i * width + k]!;
      for (let l = 0; l <= k; l++) out[k * width + l]! += f * x[i * width + l]!;
    }
  return out;
}

function solved(matrix: Float64Array, size: number, right: Float64Array): Float64Array {
  const factor = cholesky(matrix, size);
  if (factor === null) throw new RangeError('the system of a person is not positive definite');
  return solveUpper(factor, solveLower(factor, right, 1), 1);
}
