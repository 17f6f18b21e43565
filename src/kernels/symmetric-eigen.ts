/**
 * All eigenvalues and eigenvectors of a dense symmetric matrix: Householder reduction to three diagonals, then implicit QL
 * steps. About 9 n^3 operations; vectors are kept as rows, so that each rotation runs over neighbouring numbers.
 *
 * @see Golub, Van Loan (2013), Matrix Computations, 4th edition, algorithms 8.3.1 and 8.3.2; Bowdler, Martin, Reinsch,
 * Wilkinson (1968), Numerische Mathematik 11, 293-306
 */

export interface Eigen {
  /** [n] rising */
  readonly values: Float64Array;
  /** [n x n] row k is the unit eigenvector of value k */
  readonly vectors: Float64Array;
}

/** Squares of numbers that are lost in the rounding of numbers near 1. */
const NOTHING = 1e-40;

/** Steps of QL for one eigenvalue; the mean need is below two. */
const STEPS_MAX = 60;

/**
 * Decomposes `matrix` = sum_k values[k] vectors[k]' vectors[k].
 *
 * @param matrix [n x n] finite; only its lower triangle is read
 * @param n rows and columns, > 0
 */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  let largest = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) largest = Math.max(largest, Math.abs(matrix[i * n + j]!));
  // numbers of at most 1, so that squares neither overflow nor vanish
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) a[j * n + i] = a[i * n + j] = largest > 0 ? matrix[i * n + j]! / largest : 0;
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  const scales = reduced(a, n, diagonal, beside);
  const vectors = reflectors(a, n, scales);
  let norm = 0;
  for (let k = 0; k < n; k++) norm = Math.max(norm, Math.abs(diagonal[k]!) + Math.abs(beside[k]!));
  for (let l = 0; l < n; l++) separate(diagonal, beside, vectors, n, { l, norm });
  return ordered(
    diagonal.map((value) => value * largest),
    vectors,
    n,
  );
}

/**
 * Makes `a` tridiagonal, column by column; the reflector of column k stays in row k of `a`, right of the diagonal.
 * H_k = I - scale_k v v'. Returns the scales.
 */
function reduced(a: Float64Array, n: number, diagonal: Float64Array, beside: Float64Array): Float64Array {
  const scales = new Float64Array(n);
  const product = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    const own = k * n;
    diagonal[k] = a[own + k]!;
    if (k === n - 1) break;
    let rest = 0;
    for (let j = k + 2; j < n; j++) rest += a[own + j]! * a[own + j]!;
    const head = a[own + k + 1]!;
    if (rest <= NOTHING) {
      for (let j = k + 2; j < n; j++) a[own + j] = 0;
      beside[k] = head;
      continue;
    }
    const norm = Math.sqrt(head * head + rest);
    beside[k] = head > 0 ? -norm : norm;
    const first = head - beside[k]!;
    a[own + k + 1] = first;
    const scale = 2 / (first * first + rest);
    scales[k] = scale;
    let overlap = 0;
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += a[i * n + j]! * a[own + j]!;
      product[i] = scale * sum;
      overlap += product[i]! * a[own + i]!;
    }
    for (let i = k + 1; i < n; i++) product[i]! -= 0.5 * scale * overlap * a[own + i]!;
    for (let i = k + 1; i < n; i++) {
      const [v, w] = [a[own + i]!, product[i]!];
      const row = i * n;
      for (let j = k + 1; j < n; j++) a[row + j]! -= v * product[j]! + w * a[own + j]!;
    }
  }
  return scales;
}

/** The product of all reflectors, transposed: row k is what the k-th axis of the tridiagonal form is in the old ones. */
function reflectors(a: Float64Array, n: number, scales: Float64Array): Float64Array {
  const q = new Float64Array(n * n);
  for (let i = 0; i < n; i++) q[i * n + i] = 1;
  for (let k = n - 3; k >= 0; k--) {
    const scale = scales[k]!;
    if (scale === 0) continue;
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += q[i * n + j]! * a[k * n + j]!;
      sum *= scale;
      for (let j = k + 1; j < n; j++) q[i * n + j]! -= sum * a[k * n + j]!;
    }
  }
  return q;
}

/** QL steps until value l stands alone, to the rounding of the largest number `norm`; rotates the vectors along. */
function separate(
  d: Float64Array,
  e: Float64Array,
  vectors: Float64Array,
  n: number,
  { l, norm }: { l: number; norm: number },
): void {
  for (let step = 0; step < STEPS_MAX; step++) {
    let m = l;
    while (m < n - 1 && Math.abs(e[m]!) > Number.EPSILON * norm) m++;
    if (m === l) return;
    const half = (d[l + 1]! - d[l]!) / (2 * e[l]!);
    const root = Math.sqrt(half * half + 1);
    let g = d[m]! - d[l]! + e[l]! / (half + (half >= 0 ? root : -root));
    let [s, c, p] = [1, 1, 0];
    let i = m - 1;
    for (; i >= l; i--) {
      const f = s * e[i]!;
      const b = c * e[i]!;
      const r = Math.sqrt(f * f + g * g);
      e[i + 1] = r;
      if (r === 0) {
        d[i + 1]! -= p;
        e[m] = 0;
        break;
      }
      s = f / r;
      c = g / r;
      g = d[i + 1]! - p;
      const t = (d[i]! - g) * s + 2 * c * b;
      p = s * t;
      d[i + 1] = g + p;
      g = c * t - b;
      rotate(vectors, n, i, s, c);
    }
    if (i >= l) continue;
    d[l]! -= p;
    e[l] = g;
    e[m] = 0;
  }
}

function rotate(vectors: Float64Array, n: number, i: number, s: number, c: number): void {
  const low = i * n;
  const high = low + n;
  for (let k = 0; k < n; k++) {
    const f = vectors[high + k]!;
    const g = vectors[low + k]!;
    vectors[high + k] = s * g + c * f;
    vectors[low + k] = c * g - s * f;
  }
}

function ordered(values: Float64Array, vectors: Float64Array, n: number): Eigen {
  const order = Array.from({ length: n }, (_, k) => k).sort((a, b) => values[a]! - values[b]! || a - b);
  const sorted = new Float64Array(n * n);
  for (const [to, from] of order.entries()) sorted.set(vectors.subarray(from * n, (from + 1) * n), to * n);
  return { values: Float64Array.from(order, (k) => values[k]!), vectors: sorted };
}
