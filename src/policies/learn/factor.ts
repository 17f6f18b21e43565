/**
 * The Cholesky factor of an arm's precision matrix, kept while its state lives: learning makes a new state, so what is kept
 * is never out of date.
 *
 * Sums of an arm of inputs of `width` n: [weight of the rows, sum of squared rewards, n of the right side, n (n + 1) / 2 of
 * the matrix, lower triangle row by row].
 */

/** Where the right side and the matrix begin in the sums. */
export const RIGHT = 2;
export const matrixAt = (width: number): number => RIGHT + width;
export const sizeOf = (width: number): number => matrixAt(width) + (width * (width + 1)) / 2;

export interface Factor {
  /** Lower triangle L of L L' = prior I + matrix, row by row, with 1 over each diagonal entry in its place. */
  readonly lower: Float64Array;
  /** [width] L^-1 times the right side */
  readonly solved: Float64Array;
  /** Its squared length: the right side's share that is explained. */
  readonly explained: number;
}

const kept = new WeakMap<readonly number[], { factor: number; prior: number; made: Factor }>();

/** Of the sums times `factor`. */
export function factorOf(sums: readonly number[], width: number, prior: number, factor: number): Factor {
  const found = kept.get(sums);
  if (found !== undefined && found.factor === factor && found.prior === prior) return found.made;
  const made = factored(sums, width, prior, factor);
  kept.set(sums, { factor, prior, made });
  return made;
}

/** The same without keeping it: for sums that are about to change. */
export function factored(sums: readonly number[], width: number, prior: number, factor: number): Factor {
  const at = matrixAt(width);
  const lower = new Float64Array((width * (width + 1)) / 2);
  const solved = new Float64Array(width);
  let explained = 0;
  for (let i = 0, row = 0; i < width; row += ++i) {
    let rest = factor * sums[RIGHT + i]!;
    for (let j = 0, other = 0; j <= i; other += ++j) {
      let sum = factor * sums[at + row + j]!;
      for (let p = 0; p < j; p++) sum -= lower[row + p]! * lower[other + p]!;
      lower[row + j] = i === j ? 1 / Math.sqrt(Math.max(sum + prior, 1e-12 * prior)) : sum * lower[other + j]!;
    }
    for (let j = 0; j < i; j++) rest -= lower[row + j]! * solved[j]!;
    solved[i] = rest * lower[row + i]!;
    explained += solved[i]! ** 2;
  }
  return { lower, solved, explained };
}

/** x' A^-1 b (the mean at x) and x' A^-1 x, written to `out`; one pass of forward substitution. */
export function readAt(
  { lower, solved }: Factor,
  x: Float64Array,
  scratch: Float64Array,
  out: { mean: number; square: number },
): void {
  let mean = 0;
  let square = 0;
  for (let i = 0, row = 0; i < x.length; row += ++i) {
    let rest = x[i]!;
    for (let j = 0; j < i; j++) rest -= lower[row + j]! * scratch[j]!;
    rest *= lower[row + i]!;
    scratch[i] = rest;
    mean += rest * solved[i]!;
    square += rest * rest;
  }
  out.mean = mean;
  out.square = square;
}
