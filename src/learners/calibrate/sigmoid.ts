/** Calibration of the chance of two classes by a logistic curve: Platt's of one number, and beta's of two. */
import { cholesky, solveLower, solveUpper } from '#kernels/linear.ts';

/** Largest and least chance that is told apart from certain. */
export const CHANCE_FLOOR = 1e-12;

/** log(p / (1 - p)), p held within [1e-12, 1 - 1e-12]. */
export function logit(p: number): number {
  const held = Math.min(Math.max(p, CHANCE_FLOOR), 1 - CHANCE_FLOOR);
  return Math.log(held / (1 - held));
}

/** 1 / (1 + exp(-x)), without overflow. */
export const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

/** Chance = sigmoid(slope x score + shift). */
export interface PlattCurve {
  readonly slope: number;
  readonly shift: number;
}

/**
 * Platt's logistic curve of a score of any scale. Targets are drawn toward the middle, (N+ + 1) / (N+ + 2) and
 * 1 / (N- + 2), so that few rows or a perfect score give no certain chances.
 *
 * @param hits [rows] 1 where it happened, else 0
 * @param weights [rows] >= 0; default: 1 each
 * @see Platt (1999), Probabilistic Outputs for Support Vector Machines; Lin, Lin and Weng (2007), Machine Learning 68
 */
export function platt(scores: ArrayLike<number>, hits: ArrayLike<number>, weights?: ArrayLike<number>): PlattCurve {
  let above = 0;
  let below = 0;
  let centre = 0;
  for (let i = 0; i < scores.length; i++) {
    const weight = weights?.[i] ?? 1;
    if (hits[i] === 1) above += weight;
    else below += weight;
    centre += weight * scores[i]!;
  }
  centre /= above + below || 1;
  let spread = 0;
  for (let i = 0; i < scores.length; i++) spread += (weights?.[i] ?? 1) * (scores[i]! - centre) ** 2;
  spread = Math.sqrt(spread / (above + below || 1)) || 1;
  const targets = Float64Array.from(scores, (_, i) => (hits[i] === 1 ? (above + 1) / (above + 2) : 1 / (below + 2)));
  const inputs = Float64Array.from(scores, (score) => (score - centre) / spread);
  const [slope = 0, shift = 0] = logisticFit([inputs], targets, weights);
  return { slope: slope / spread, shift: shift - (slope * centre) / spread };
}

/** Chance = sigmoid(a ln p - b ln(1 - p) + c), a and b >= 0; a = b = 1, c = 0 leaves p as it is. */
export interface BetaCurve {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/**
 * Beta calibration of chances p: the curve that is right where the chances of either class are beta distributed. A part
 * that would fall is held at zero.
 *
 * @see Kull, Silva Filho and Flach (2017), AISTATS 54, algorithm 1
 */
export function beta(chances: ArrayLike<number>, hits: ArrayLike<number>, weights?: ArrayLike<number>): BetaCurve {
  const held = Float64Array.from(chances, (p) => Math.min(Math.max(p, CHANCE_FLOOR), 1 - CHANCE_FLOOR));
  const rising = held.map(Math.log);
  const falling = held.map((p) => -Math.log(1 - p));
  const targets = Float64Array.from(hits);
  const [a = 0, b = 0, c = 0] = logisticFit([rising, falling], targets, weights);
  if (a >= 0 && b >= 0) return { a, b, c };
  const [slope = 0, shift = 0] = logisticFit([a < 0 ? falling : rising], targets, weights);
  if (slope < 0) return { a: 0, b: 0, c: logisticFit([], targets, weights)[0] ?? 0 };
  return a < 0 ? { a: 0, b: slope, c: shift } : { a: slope, b: 0, c: shift };
}

/** The chance that a beta curve makes of p. */
export function betaAt({ a, b, c }: BetaCurve, p: number): number {
  const held = Math.min(Math.max(p, CHANCE_FLOOR), 1 - CHANCE_FLOOR);
  return sigmoid(a * Math.log(held) - b * Math.log(1 - held) + c);
}

/** A ridge so slight that it is seen only where the classes part perfectly and the slope would have no end. */
const RIDGE = 1e-6;

/** Slopes and, last, the shift of a logistic curve of targets in [0, 1], by Newton steps that are halved until they help. */
function logisticFit(inputs: readonly Float64Array[], targets: Float64Array, weights?: ArrayLike<number>): number[] {
  const size = inputs.length + 1;
  let at = new Float64Array(size);
  let loss = lossAt(at, inputs, targets, weights);
  for (let round = 0; round < 100; round++) {
    const { gradient, curvature } = slopesAt(at, inputs, targets, weights);
    const factor = cholesky(curvature, size);
    if (factor === null) break;
    const step = solveUpper(factor, solveLower(factor, gradient, 1), 1);
    let share = 1;
    let next = at;
    let reached = loss;
    for (; share > 1e-10; share /= 2) {
      next = at.map((value, j) => value - share * step[j]!);
      reached = lossAt(next, inputs, targets, weights);
      if (reached <= loss) break;
    }
    if (!(share > 1e-10)) break;
    at = next;
    const gained = loss - reached;
    loss = reached;
    if (gained <= 1e-13 * Math.abs(loss)) break;
  }
  return Array.from(at);
}

function lossAt(at: Float64Array, inputs: readonly Float64Array[], targets: Float64Array, weights?: ArrayLike<number>) {
  let loss = 0;
  for (let j = 0; j + 1 < at.length; j++) loss += (RIDGE / 2) * at[j]! ** 2;
  for (let i = 0; i < targets.length; i++) {
    let z = at[at.length - 1]!;
    for (let j = 0; j < inputs.length; j++) z += at[j]! * inputs[j]![i]!;
    loss += (weights?.[i] ?? 1) * (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - targets[i]! * z);
  }
  return loss;
}

function slopesAt(
  at: Float64Array,
  inputs: readonly Float64Array[],
  targets: Float64Array,
  weights?: ArrayLike<number>,
) {
  const size = at.length;
  const gradient = at.map((value, j) => (j < size - 1 ? RIDGE * value : 0));
  const curvature = new Float64Array(size * size);
  for (let j = 0; j < size; j++) curvature[j * size + j] = RIDGE;
  const row = new Float64Array(size).fill(1);
  for (let i = 0; i < targets.length; i++) {
    let z = at[size - 1]!;
    for (let j = 0; j < inputs.length; j++) {
      row[j] = inputs[j]![i]!;
      z += at[j]! * row[j]!;
    }
    const chance = sigmoid(z);
    const weight = weights?.[i] ?? 1;
    const bend = weight * chance * (1 - chance);
    for (let j = 0; j < size; j++) {
      gradient[j]! += weight * (chance - targets[i]!) * row[j]!;
      for (let k = 0; k <= j; k++) curvature[j * size + k]! += bend * row[j]! * row[k]!;
    }
  }
  return { gradient, curvature };
}
