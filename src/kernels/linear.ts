/** Small dense linear algebra; matrices are row-major Float64Array. */

/**
 * Lower Cholesky factor of a symmetric positive definite matrix [size x size]; only its lower triangle is read.
 *
 * @returns the factor with zeros above the diagonal, or null where the matrix is not positive definite
 */
export function cholesky(matrix: Float64Array, size: number): Float64Array | null {
  const factor = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= factor[i * size + k]! * factor[j * size + k]!;
      if (i !== j) factor[i * size + j] = sum / factor[j * size + j]!;
      else if (sum > 0) factor[i * size + i] = Math.sqrt(sum);
      else return null;
    }
  }
  return factor;
}

/** Solves L L' x = right for a factor made by `cholesky`; returns a new vector [size]. */
export function choleskySolve(factor: Float64Array, right: ArrayLike<number>): Float64Array {
  const size = right.length;
  const out = Float64Array.from(right);
  for (let i = 0; i < size; i++) {
    let sum = out[i]!;
    for (let k = 0; k < i; k++) sum -= factor[i * size + k]! * out[k]!;
    out[i] = sum / factor[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = out[i]!;
    for (let k = i + 1; k < size; k++) sum -= factor[k * size + i]! * out[k]!;
    out[i] = sum / factor[i * size + i]!;
  }
  return out;
}

/** Inner product of two vectors of equal length. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
