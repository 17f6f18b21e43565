/**
 * Weighted least squares with a normal prior around 0 on each coefficient, kept as sums: rounds are added as they come, and
 * fitting again costs nothing but the equations.
 *
 * @see Bishop (2006), Pattern Recognition and Machine Learning, equations 3.49 to 3.51
 */
import { symmetricInverse } from '#kernels/small-inverse.ts';

export interface Fitted {
  readonly coefficients: Float64Array;
  /** [size x size] posterior covariance */
  readonly covariance: Float64Array;
}

export class LeastSquares {
  readonly size: number;
  readonly #square: Float64Array;
  readonly #cross: Float64Array;
  /** Places of a row that hold something. */
  readonly #places: Int32Array;
  #squares = 0;
  #count = 0;

  constructor(size: number) {
    this.size = size;
    this.#square = new Float64Array(size * size);
    this.#cross = new Float64Array(size);
    this.#places = new Int32Array(size);
  }

  /** Adds one row; `weight` is one over its relative variance. */
  add(row: Float64Array, value: number, weight: number): void {
    const { size } = this;
    let filled = 0;
    for (let i = 0; i < size; i++) if (row[i] !== 0) this.#places[filled++] = i;
    for (let a = 0; a < filled; a++) {
      const i = this.#places[a]!;
      const own = weight * row[i]!;
      this.#cross[i]! += own * value;
      for (let b = 0; b <= a; b++) this.#square[i * size + this.#places[b]!]! += own * row[this.#places[b]!]!;
    }
    this.#squares += weight * value * value;
    this.#count++;
  }

  /**
   * @param priorSd [size] standard deviation of each coefficient before the data
   * @param groups [size] coefficients of one group (0 or more) are of one size, which the data tell; -1: as given
   */
  fit(priorSd: Float64Array, groups?: Int32Array): Fitted {
    const sd = priorSd.slice();
    let noise = this.#squares / Math.max(1, this.#count);
    let fitted = this.#solve(sd, noise);
    // the noise is what is left over, and sizes are what comes out, which needs a fit
    for (let round = 0; round < (groups === undefined ? 3 : 12); round++) {
      noise = this.#left(fitted.coefficients);
      if (groups !== undefined) resize(sd, priorSd, groups, fitted);
      fitted = this.#solve(sd, noise);
    }
    return fitted;
  }

  #left(b: Float64Array): number {
    const { size } = this;
    let left = this.#squares;
    for (let i = 0; i < size; i++) {
      left -= 2 * b[i]! * this.#cross[i]!;
      for (let j = 0; j < size; j++) left += b[i]! * b[j]! * this.#square[Math.max(i, j) * size + Math.min(i, j)]!;
    }
    return Math.max(1e-12, left / Math.max(1, this.#count));
  }

  #solve(priorSd: Float64Array, noise: number): Fitted {
    const { size } = this;
    const precision = this.#square.map((own) => own / noise);
    for (let i = 0; i < size; i++) precision[i * size + i]! += 1 / priorSd[i]! ** 2 + 1e-9;
    const covariance = symmetricInverse(precision, size)!;
    const coefficients = new Float64Array(size);
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) coefficients[i]! += (covariance[i * size + j]! * this.#cross[j]!) / noise;
    return { coefficients, covariance };
  }
}

/** A step of expectation and maximisation of the sizes of groups; a size leans on the one before the data as on `LEAN` more. */
function resize(sd: Float64Array, prior: Float64Array, groups: Int32Array, { coefficients, covariance }: Fitted): void {
  const size = sd.length;
  const sums = new Map<number, { squares: number; count: number }>();
  for (const [k, group] of groups.entries()) {
    if (group < 0) continue;
    const own = sums.get(group) ?? { squares: LEAN * prior[k]! ** 2, count: LEAN };
    own.squares += coefficients[k]! ** 2 + covariance[k * size + k]!;
    own.count++;
    sums.set(group, own);
  }
  for (const [k, group] of groups.entries()) {
    const own = sums.get(group);
    if (own !== undefined) sd[k] = Math.sqrt(own.squares / own.count);
  }
}

const LEAN = 1;
