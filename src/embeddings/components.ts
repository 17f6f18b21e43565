/**
 * Main directions of data: eigenvectors of small symmetric matrices, and the largest singular vectors of sparse ones.
 * All is deterministic; `truncatedSvd` draws its start from a seed.
 */
import { cholesky } from '#kernels/linear.ts';
import { random, split } from '#kernels/random.ts';
import type { Sparse } from '#kernels/sparse.ts';

export interface Eigen {
  /** [size] falling */
  readonly values: Float64Array;
  /** [size x size], a row each, in the order of the values; the largest part of each is above zero */
  readonly vectors: Float64Array;
}

/**
 * Eigenvectors of a symmetric matrix [size x size] by cyclic Jacobi rotations.
 *
 * @see Golub and Van Loan (2013), Matrix Computations, section 8.5
 */
export function eigenvectors(matrix: Float64Array, size: number): Eigen {
  const a = matrix.slice();
  const v = new Float64Array(size * size);
  for (let i = 0; i < size; i++) v[i * size + i] = 1;
  for (let sweep = 0; sweep < 60 && offDiagonal(a, size) > 1e-26 * diagonal(a, size); sweep++)
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) rotate(a, v, size, p, q);
  const order = Array.from({ length: size }, (_, i) => i).sort((x, y) => a[y * size + y]! - a[x * size + x]! || x - y);
  const vectors = new Float64Array(size * size);
  for (const [to, from] of order.entries()) {
    const row = v.subarray(from * size, (from + 1) * size);
    vectors.set(signed(row), to * size);
  }
  return { values: Float64Array.from(order, (i) => a[i * size + i]!), vectors };
}

/** Turns p and q so that their cell is zero; rows of `v` turn along. */
function rotate(a: Float64Array, v: Float64Array, size: number, p: number, q: number): void {
  const cross = a[p * size + q]!;
  if (cross === 0) return;
  const tau = (a[q * size + q]! - a[p * size + p]!) / (2 * cross);
  const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
  const c = 1 / Math.sqrt(1 + t * t);
  const s = t * c;
  for (let k = 0; k < size; k++) {
    const [x, y] = [a[k * size + p]!, a[k * size + q]!];
    a[k * size + p] = c * x - s * y;
    a[k * size + q] = s * x + c * y;
  }
  turnRows(a, size, p, q, c, s);
  turnRows(v, size, p, q, c, s);
}

function turnRows(m: Float64Array, size: number, p: number, q: number, c: number, s: number): void {
  for (let k = 0; k < size; k++) {
    const [x, y] = [m[p * size + k]!, m[q * size + k]!];
    m[p * size + k] = c * x - s * y;
    m[q * size + k] = s * x + c * y;
  }
}

function offDiagonal(a: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) if (i !== j) sum += a[i * size + j]! ** 2;
  return sum;
}

function diagonal(a: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += a[i * size + i]! ** 2;
  return sum;
}

/** The vector with its largest part above zero, so that signs are the same everywhere. */
function signed(vector: Float64Array): Float64Array {
  let largest = 0;
  for (const x of vector) if (Math.abs(x) > Math.abs(largest) * (1 + 1e-9)) largest = x;
  return largest < 0 ? vector.map((x) => -x) : vector;
}

export interface Svd {
  readonly width: number;
  /** [width] falling, >= 0 */
  readonly values: Float64Array;
  /** [columns x width] right singular vectors, a column of the matrix each row */
  readonly right: Float64Array;
}

/**
 * The largest singular values and right vectors of a sparse matrix, by a randomised range finder.
 *
 * @param width wanted; fewer where the matrix has fewer rows or columns
 * @param passes power iterations; default 4: the leading directions of text are then right to some digits
 * @see Halko, Martinsson, Tropp (2011), SIAM Review 53(2), algorithm 4.4
 */
export function truncatedSvd(
  matrix: Sparse,
  { width, seed, passes = 4 }: { readonly width: number; readonly seed: number; readonly passes?: number },
): Svd {
  const most = Math.min(matrix.rows, matrix.columns);
  const sample = Math.min(most, width + 10);
  if (sample === 0) return { width: 0, values: new Float64Array(0), right: new Float64Array(0) };
  const draw = random(split(seed, 'svd'));
  let right: Float64Array = Float64Array.from({ length: matrix.columns * sample }, () => draw.normal());
  for (let pass = 0; pass <= passes; pass++) {
    const left = orthonormal(times(matrix, right, sample), matrix.rows, sample);
    right = timesTransposed(matrix, left, sample);
    if (pass < passes) right = orthonormal(right, matrix.columns, sample);
  }
  // right = A' Q: its Gram matrix has the squared singular values of the part of A that Q spans
  const { values, vectors } = eigenvectors(gram(right, matrix.columns, sample), sample);
  const kept = Math.min(width, sample);
  const out = new Float64Array(matrix.columns * kept);
  const scale = Float64Array.from({ length: kept }, (_, r) => {
    const value = Math.sqrt(Math.max(values[r]!, 0));
    return value > 1e-9 * Math.sqrt(Math.max(values[0]!, 1e-300)) ? 1 / value : 0;
  });
  for (let j = 0; j < matrix.columns; j++)
    for (let r = 0; r < kept; r++) {
      let sum = 0;
      for (let s = 0; s < sample; s++) sum += right[j * sample + s]! * vectors[r * sample + s]!;
      out[j * kept + r] = sum * scale[r]!;
    }
  return { width: kept, values: values.slice(0, kept).map((x) => Math.sqrt(Math.max(x, 0))), right: out };
}

/** matrix [rows x columns] times dense [columns x width]. */
export function times(matrix: Sparse, dense: Float64Array, width: number): Float64Array {
  const { rows, offsets, indices, values } = matrix;
  const out = new Float64Array(rows * width);
  for (let r = 0; r < rows; r++)
    for (let e = offsets[r]!; e < offsets[r + 1]!; e++) {
      const [from, value] = [indices[e]! * width, values[e]!];
      for (let k = 0; k < width; k++) out[r * width + k]! += value * dense[from + k]!;
    }
  return out;
}

/** The transpose of matrix [rows x columns] times dense [rows x width]. */
export function timesTransposed(matrix: Sparse, dense: Float64Array, width: number): Float64Array {
  const { rows, columns, offsets, indices, values } = matrix;
  const out = new Float64Array(columns * width);
  for (let r = 0; r < rows; r++)
    for (let e = offsets[r]!; e < offsets[r + 1]!; e++) {
      const [to, value] = [indices[e]! * width, values[e]!];
      for (let k = 0; k < width; k++) out[to + k]! += value * dense[r * width + k]!;
    }
  return out;
}

/** [width x width] inner products of the columns of `m` [rows x width]. */
export function gram(m: ArrayLike<number>, rows: number, width: number): Float64Array {
  const out = new Float64Array(width * width);
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < width; i++) {
      const x = m[r * width + i]!;
      if (x === 0) continue;
      for (let j = 0; j <= i; j++) out[i * width + j]! += x * m[r * width + j]!;
    }
  for (let i = 0; i < width; i++) for (let j = 0; j < i; j++) out[j * width + i] = out[i * width + j]!;
  return out;
}

/** Columns made orthonormal by two Cholesky factors of their Gram matrix; columns that depend on others become small, not wrong. */
function orthonormal(m: Float64Array, rows: number, width: number): Float64Array {
  let out = m;
  for (let round = 0; round < 2; round++) {
    const inner = gram(out, rows, width);
    let trace = 0;
    for (let i = 0; i < width; i++) trace += inner[i * width + i]!;
    for (let i = 0; i < width; i++) inner[i * width + i]! += 1e-12 * trace + 1e-300;
    const factor = cholesky(inner, width);
    if (factor === null) return out;
    const next = new Float64Array(out.length);
    for (let r = 0; r < rows; r++)
      for (let i = 0; i < width; i++) {
        let sum = out[r * width + i]!;
        for (let j = 0; j < i; j++) sum -= factor[i * width + j]! * next[r * width + j]!;
        next[r * width + i] = sum / factor[i * width + i]!;
      }
    out = next;
  }
  return out;
}
