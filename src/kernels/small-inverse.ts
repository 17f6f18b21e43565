/**
 * The inverse of a symmetric positive definite matrix by its Cholesky factor; nothing where it is not positive definite.
 *
 * @param matrix [n x n] only the lower triangle is read
 * @returns [n x n]
 */
export function symmetricInverse(matrix: Float64Array, n: number): Float64Array | undefined {
  const factor = matrix.slice();
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = factor[i * n + j]!;
      for (let p = 0; p < j; p++) sum -= factor[i * n + p]! * factor[j * n + p]!;
      if (i === j && !(sum > 0)) return undefined;
      factor[i * n + j] = i === j ? Math.sqrt(sum) : sum / factor[j * n + j]!;
    }
  const inverse = lowerInverse(factor, n);
  const out = new Float64Array(n * n);
  for (let p = 0; p < n; p++)
    for (let i = 0; i <= p; i++) {
      const weight = inverse[p * n + i]!;
      for (let j = 0; j <= i; j++) out[i * n + j]! += weight * inverse[p * n + j]!;
    }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) out[j * n + i] = out[i * n + j]!;
  return out;
}

/** The inverse of a lower triangular matrix, row after row: (e_i - sum_{p < i} L_ip row p) / L_ii. */
export function lowerInverse(factor: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const own = inverse.subarray(i * n, i * n + i + 1);
    own[i] = 1;
    for (let p = 0; p < i; p++) {
      const weight = factor[i * n + p]!;
      if (weight !== 0) for (let j = 0; j <= p; j++) own[j]! -= weight * inverse[p * n + j]!;
    }
    for (let j = 0; j <= i; j++) own[j]! /= factor[i * n + i]!;
  }
  return inverse;
}
