/** How far parameters may lie from where a fit put them. */
import { cholesky, solveUpper } from './linear.ts';
import { random, split } from './random.ts';

const STEP = 1e-4;

/**
 * Draws from the normal distribution that has its top at `at` and the curvature of `f` there (Laplace's approximation).
 * The second half mirrors the first, so that the mean is `at` to the bit. Where the curvature is not positive along some
 * direction, that of the diagonal alone is used.
 *
 * @param f minus the log of a density, which writes its gradient
 * @param count even
 * @see Tierney and Kadane (1986), JASA 81
 */
export function laplaceDraws(
  f: (at: Float64Array, gradient: Float64Array) => number,
  at: Float64Array,
  { count, seed }: { readonly count: number; readonly seed: number },
): Float64Array[] {
  const factor = factorOf(curvature(f, at), at.length);
  const draw = random(split(seed, 'laplace'));
  const half = Array.from({ length: count / 2 }, () => {
    const normals = Float64Array.from(at, () => draw.normal());
    return solveUpper(factor, normals, 1);
  });
  return [...half.map((d) => at.map((x, j) => x + d[j]!)), ...half.map((d) => at.map((x, j) => x - d[j]!))];
}

/** Second derivatives [size x size] by central differences of the gradient. */
function curvature(f: (at: Float64Array, gradient: Float64Array) => number, at: Float64Array): Float64Array {
  const size = at.length;
  const out = new Float64Array(size * size);
  const [up, down] = [new Float64Array(size), new Float64Array(size)];
  for (let j = 0; j < size; j++) {
    const moved = at.slice();
    moved[j] = at[j]! + STEP;
    f(moved, up);
    moved[j] = at[j]! - STEP;
    f(moved, down);
    for (let i = 0; i < size; i++) {
      const slope = (up[i]! - down[i]!) / (4 * STEP);
      out[i * size + j]! += slope;
      out[j * size + i]! += slope;
    }
  }
  return out;
}

function factorOf(matrix: Float64Array, size: number): Float64Array {
  const whole = cholesky(matrix, size);
  if (whole?.every(Number.isFinite)) return whole;
  const factor = new Float64Array(size * size);
  for (let j = 0; j < size; j++) factor[j * size + j] = Math.sqrt(Math.max(matrix[j * size + j]!, 1e-2));
  return factor;
}
