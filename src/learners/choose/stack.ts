/** Weights of a blend learned from out-of-fold predictions, never below zero, so that no member is bet against. */

export interface StackRows {
  /** [rows] the number, or index of the class. */
  readonly target: ArrayLike<number>;
  /** [rows] >= 0; default: 1 each. */
  readonly weights?: ArrayLike<number> | undefined;
  /**
   * Strength, as a share of the mean curvature, with which the weights are held to equal ones; default 0: then no member
   * has a lower loss on these rows than the blend.
   */
  readonly ridge?: number;
}

/**
 * Non-negative least squares of the target on the members' predictions.
 *
 * @param members [members] of [rows]
 * @see Breiman (1996), Stacked Regressions, Machine Learning 24
 */
export function stackNumbers(members: readonly Float64Array[], { target, weights, ridge = 0 }: StackRows): number[] {
  const size = members.length;
  const gram = new Float64Array(size * size);
  const right = new Float64Array(size);
  for (let i = 0; i < target.length; i++) {
    const weight = weights?.[i] ?? 1;
    for (let a = 0; a < size; a++) {
      const own = weight * members[a]![i]!;
      right[a]! += own * target[i]!;
      for (let b = 0; b <= a; b++) gram[a * size + b]! += own * members[b]![i]!;
    }
  }
  mirror(gram, size);
  towardEqual(gram, right, size, ridge);
  return Array.from(nonNegative(gram, right, new Float64Array(size).fill(1 / size)));
}

/**
 * Weights of the mean of chances with the least log loss; they add up to one. Found by expectation-maximisation, each
 * round of which lowers the (convex) loss.
 *
 * @param members [members] of [rows x classCount]
 */
export function poolChances(
  members: readonly Float64Array[],
  { target, weights, classCount, ridge = 0 }: StackRows & { readonly classCount: number },
): number[] {
  const size = members.length;
  const told = members.map((chances) =>
    Float64Array.from(target, (label, i) => Math.max(chances[i * classCount + label]!, 1e-15)),
  );
  let total = 0;
  for (let i = 0; i < target.length; i++) total += weights?.[i] ?? 1;
  let at = new Float64Array(size).fill(1 / size);
  for (let round = 0; round < 1000; round++) {
    const next = new Float64Array(size).fill((ridge * total) / size);
    for (let i = 0; i < target.length; i++) {
      let sum = 0;
      for (let m = 0; m < size; m++) sum += at[m]! * told[m]![i]!;
      const weight = (weights?.[i] ?? 1) / sum;
      for (let m = 0; m < size; m++) next[m]! += weight * at[m]! * told[m]![i]!;
    }
    let moved = 0;
    for (let m = 0; m < size; m++) {
      next[m]! /= total * (1 + ridge);
      moved = Math.max(moved, Math.abs(next[m]! - at[m]!));
    }
    at = next;
    if (moved < 1e-7) break;
  }
  return Array.from(at);
}

/**
 * Weights, not below zero, of the product of chances to their powers with the least log loss: a logistic regression whose
 * inputs are the logs of the members' chances. Newton steps, each a bounded quadratic problem, halved until they help.
 *
 * @param members [members] of [rows x classCount]
 */
export function logPoolChances(
  members: readonly Float64Array[],
  { target, weights, classCount, ridge = 0 }: StackRows & { readonly classCount: number },
): number[] {
  const size = members.length;
  const logs = members.map((chances) => chances.map((p) => Math.log(Math.max(p, 1e-9))));
  const problem = (at: Float64Array) => logPoolSlopes(at, logs, target, weights, classCount);
  let at = new Float64Array(size).fill(1 / size);
  const { curvature: first } = problem(at);
  const pull = (ridge * trace(first, size)) / size;
  const drawn = (w: Float64Array) => w.reduce((sum, own) => sum + (pull / 2) * (own - 1 / size) ** 2, 0);
  for (let round = 0; round < 50; round++) {
    const { loss, gradient, curvature } = problem(at);
    for (let m = 0; m < size; m++) {
      gradient[m]! += pull * (at[m]! - 1 / size);
      curvature[m * size + m]! += pull + 1e-9 * (1 + trace(curvature, size));
    }
    // The quadratic model around `at`: minimise over w >= 0 of w'Hw/2 - (H at - g)'w.
    const right = new Float64Array(size);
    for (let a = 0; a < size; a++) {
      right[a] = -gradient[a]!;
      for (let b = 0; b < size; b++) right[a]! += curvature[a * size + b]! * at[b]!;
    }
    const goal = nonNegative(curvature, right, at);
    let next = goal;
    let share = 1;
    const before = loss + drawn(at);
    let after = Number.POSITIVE_INFINITY;
    for (; share > 1e-8; share /= 2) {
      next = at.map((own, m) => own + share * (goal[m]! - own));
      after = problem(next).loss + drawn(next);
      if (after <= before) break;
    }
    if (!(after <= before)) break;
    at = next;
    if (before - after <= 1e-12 * Math.abs(before)) break;
  }
  return Array.from(at);
}

function logPoolSlopes(
  at: Float64Array,
  logs: readonly Float64Array[],
  target: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
  classCount: number,
) {
  const size = at.length;
  const gradient = new Float64Array(size);
  const curvature = new Float64Array(size * size);
  const chances = new Float64Array(classCount);
  const means = new Float64Array(size);
  let loss = 0;
  for (let i = 0; i < target.length; i++) {
    const from = i * classCount;
    const weight = weights?.[i] ?? 1;
    let top = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classCount; k++) {
      let z = 0;
      for (let m = 0; m < size; m++) z += at[m]! * logs[m]![from + k]!;
      chances[k] = z;
      top = Math.max(top, z);
    }
    const own = chances[target[i]!]! - top;
    let sum = 0;
    for (let k = 0; k < classCount; k++) {
      chances[k] = Math.exp(chances[k]! - top);
      sum += chances[k]!;
    }
    loss += weight * (Math.log(sum) - own);
    for (let m = 0; m < size; m++) {
      let mean = 0;
      for (let k = 0; k < classCount; k++) mean += (chances[k]! / sum) * logs[m]![from + k]!;
      means[m] = mean;
      gradient[m]! += weight * (mean - logs[m]![from + target[i]!]!);
    }
    for (let k = 0; k < classCount; k++) {
      const share = (weight * chances[k]!) / sum;
      for (let a = 0; a < size; a++) {
        const offA = share * (logs[a]![from + k]! - means[a]!);
        for (let b = 0; b <= a; b++) curvature[a * size + b]! += offA * (logs[b]![from + k]! - means[b]!);
      }
    }
  }
  mirror(curvature, size);
  return { loss, gradient, curvature };
}

/** Minimum of w'Hw/2 - r'w over w >= 0 by coordinate descent; H symmetric, positive on its diagonal where it matters. */
function nonNegative(gram: Float64Array, right: Float64Array, start: Float64Array): Float64Array<ArrayBuffer> {
  const size = right.length;
  const at = Float64Array.from(start);
  for (let round = 0; round < 10_000; round++) {
    let moved = 0;
    for (let a = 0; a < size; a++) {
      const bend = gram[a * size + a]!;
      if (!(bend > 0)) {
        at[a] = 0;
        continue;
      }
      let pull = right[a]!;
      for (let b = 0; b < size; b++) pull -= gram[a * size + b]! * at[b]!;
      const next = Math.max(0, at[a]! + pull / bend);
      moved = Math.max(moved, Math.abs(next - at[a]!));
      at[a] = next;
    }
    if (moved < 1e-11) break;
  }
  return at;
}

function towardEqual(gram: Float64Array, right: Float64Array, size: number, ridge: number): void {
  const pull = (ridge * trace(gram, size)) / size;
  for (let a = 0; a < size; a++) {
    gram[a * size + a]! += pull;
    right[a]! += pull / size;
  }
}

function mirror(matrix: Float64Array, size: number): void {
  for (let a = 0; a < size; a++) for (let b = 0; b < a; b++) matrix[b * size + a] = matrix[a * size + b]!;
}

function trace(matrix: Float64Array, size: number): number {
  let sum = 0;
  for (let a = 0; a < size; a++) sum += matrix[a * size + a]!;
  return sum;
}
