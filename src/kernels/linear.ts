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

/** Solves L' x = right, L made by `cholesky`, for each of `width` columns of `right` [size x width]. */
export function solveUpper(factor: Float64Array, right: Float64Array, width: number): Float64Array {
  const size = right.length / width;
  const out = right.slice();
  for (let i = size - 1; i >= 0; i--)
    for (let k = 0; k < width; k++) {
      const x = out[i * width + k]! / factor[i * size + i]!;
      out[i * width + k] = x;
      for (let j = 0; j < i; j++) out[j * width + k]! -= factor[i * size + j]! * x;
    }
  return out;
}

/** Solves L x = right, L made by `cholesky`, for each of `width` columns of `right` [size x width]. */
export function solveLower(factor: Float64Array, right: Float64Array, width: number): Float64Array {
  const size = right.length / width;
  const out = right.slice();
  for (let i = 0; i < size; i++)
    for (let k = 0; k < width; k++) {
      let sum = out[i * width + k]!;
      for (let j = 0; j < i; j++) sum -= factor[i * size + j]! * out[j * width + k]!;
      out[i * width + k] = sum / factor[i * size + i]!;
    }
  return out;
}

/** L' x for each of `width` columns of `x` [size x width]. */
export function timesUpper(factor: Float64Array, x: Float64Array, width: number): Float64Array {
  const size = x.length / width;
  const out = new Float64Array(x.length);
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++)
      for (let k = 0; k < width; k++) out[j * width + k]! += factor[i * size + j]! * x[i * width + k]!;
  return out;
}

/** Inner product of two vectors of equal length. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
