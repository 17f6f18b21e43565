/**
 * The dual of the support vector machine with a kernel, by sequential minimal optimisation with second-order choice of
 * the pair.
 *
 * @see Fan, Chen and Lin (2005), Journal of Machine Learning Research 6, algorithm 2
 */

export interface SmoOptions {
  /** Ends when the most violating pair violates by less than this; default 1e-3. */
  readonly tolerance?: number;
  /** Default: 100 a row, at least 10,000. */
  readonly iterationsMax?: number;
}

export interface SmoAnswer {
  /** [rows] weight of each row times its side: the score is sum coefficient x kernel + bias. */
  readonly coefficients: Float64Array;
  readonly bias: number;
  readonly iterations: number;
  readonly converged: boolean;
}

const TINY = 1e-12;

/**
 * Minimum of a' Q a / 2 - sum a over 0 <= a <= limits and sum a side = 0, Q = side side' kernel.
 *
 * @param kernel [rows x rows] symmetric, positive semidefinite
 * @param sides [rows] 1 or -1
 * @param limits [rows] largest weight of each row, >= 0; a row of 0 takes no part
 */
export function smo(
  kernel: Float64Array,
  sides: Float64Array,
  limits: Float64Array,
  { tolerance = 1e-3, iterationsMax = Math.max(10_000, 100 * sides.length) }: SmoOptions = {},
): SmoAnswer {
  const rows = sides.length;
  const alpha = new Float64Array(rows);
  const gradient = new Float64Array(rows).fill(-1);
  let iterations = 0;
  let converged = false;
  for (; iterations < iterationsMax; iterations++) {
    const first = upMost(sides, alpha, limits, gradient);
    if (first < 0) {
      converged = true;
      break;
    }
    const { second, gap } = partnerOf(first, kernel, sides, alpha, limits, gradient);
    if (second < 0 || gap < tolerance) {
      converged = true;
      break;
    }
    movePair(first, second, kernel, sides, alpha, limits, gradient);
  }
  return {
    coefficients: alpha.map((a, i) => a * sides[i]!),
    bias: biasOf(sides, alpha, limits, gradient),
    iterations,
    converged,
  };
}

const canRise = (side: number, alpha: number, limit: number): boolean => (side > 0 ? alpha < limit : alpha > 0);
const canFall = (side: number, alpha: number, limit: number): boolean => (side > 0 ? alpha > 0 : alpha < limit);

function upMost(sides: Float64Array, alpha: Float64Array, limits: Float64Array, gradient: Float64Array): number {
  let best = -1;
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < sides.length; i++) {
    const value = -sides[i]! * gradient[i]!;
    if (value > top && canRise(sides[i]!, alpha[i]!, limits[i]!)) {
      top = value;
      best = i;
    }
  }
  return best;
}

function partnerOf(
  first: number,
  kernel: Float64Array,
  sides: Float64Array,
  alpha: Float64Array,
  limits: Float64Array,
  gradient: Float64Array,
): { second: number; gap: number } {
  const rows = sides.length;
  const top = -sides[first]! * gradient[first]!;
  const own = kernel[first * rows + first]!;
  let second = -1;
  let least = 0;
  let low = Number.POSITIVE_INFINITY;
  for (let j = 0; j < rows; j++) {
    if (!canFall(sides[j]!, alpha[j]!, limits[j]!)) continue;
    const value = -sides[j]! * gradient[j]!;
    if (value < low) low = value;
    const gap = top - value;
    if (!(gap > 0)) continue;
    const curve = own + kernel[j * rows + j]! - 2 * kernel[first * rows + j]!;
    const fall = -(gap * gap) / (curve > 0 ? curve : TINY);
    if (fall < least) {
      least = fall;
      second = j;
    }
  }
  return { second, gap: top - low };
}

function movePair(
  i: number,
  j: number,
  kernel: Float64Array,
  sides: Float64Array,
  alpha: Float64Array,
  limits: Float64Array,
  gradient: Float64Array,
): void {
  const rows = sides.length;
  const curve = kernel[i * rows + i]! + kernel[j * rows + j]! - 2 * kernel[i * rows + j]!;
  const gap = -sides[i]! * gradient[i]! + sides[j]! * gradient[j]!;
  // Along the pair both weights move by the same length: that of i by side, that of j against it.
  const roomI = sides[i]! > 0 ? limits[i]! - alpha[i]! : alpha[i]!;
  const roomJ = sides[j]! > 0 ? alpha[j]! : limits[j]! - alpha[j]!;
  const step = Math.min(gap / (curve > 0 ? curve : TINY), roomI, roomJ);
  alpha[i] = step === roomI ? (sides[i]! > 0 ? limits[i]! : 0) : alpha[i]! + sides[i]! * step;
  alpha[j] = step === roomJ ? (sides[j]! > 0 ? 0 : limits[j]!) : alpha[j]! - sides[j]! * step;
  const [fromI, fromJ] = [i * rows, j * rows];
  for (let k = 0; k < rows; k++) gradient[k]! += sides[k]! * step * (kernel[fromI + k]! - kernel[fromJ + k]!);
}

/** Mean over the rows between their limits; where there are none, the middle of what the others allow. */
function biasOf(sides: Float64Array, alpha: Float64Array, limits: Float64Array, gradient: Float64Array): number {
  let sum = 0;
  let free = 0;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < sides.length; i++) {
    const value = -sides[i]! * gradient[i]!;
    if (alpha[i]! > 0 && alpha[i]! < limits[i]!) {
      sum += value;
      free++;
    } else {
      if (canRise(sides[i]!, alpha[i]!, limits[i]!)) high = Math.max(high, value);
      if (canFall(sides[i]!, alpha[i]!, limits[i]!)) low = Math.min(low, value);
    }
  }
  if (free > 0) return sum / free;
  if (Number.isFinite(low) && Number.isFinite(high)) return (low + high) / 2;
  return Number.isFinite(low) ? low : Number.isFinite(high) ? high : 0;
}
