/**
 * Minimum of a smooth convex function plus weighted absolute values of its variables, by Newton steps: each is the
 * minimum of a quadratic model, found by Cholesky where nothing is absolute and by coordinate descent elsewhere.
 *
 * @see Lee, Sun and Saunders (2014), SIAM Journal on Optimization 24(3), algorithm 1
 */
import { dot } from './linear.ts';
import type { Machine } from './machine.ts';
import type { Minimum } from './optimise.ts';

export interface SmoothFunction {
  readonly size: number;
  /** Writes the gradient at `at` into `gradient`; returns the value, Infinity outside its domain. */
  value(at: Float64Array, gradient: Float64Array): number;
  /** Second derivatives [size x size], or an estimate of them: it steers the search, not where it ends. */
  curvature(at: Float64Array): Float64Array;
}

export interface ProximalNewtonOptions {
  /** [size] weight on the absolute value of each variable, >= 0; default: none. */
  readonly l1?: Float64Array;
  /** Ends when no variable's gradient is further than this from what the minimum asks of it; default 1e-8. */
  readonly tolerance?: number;
  /** Default 100. */
  readonly iterationsMax?: number;
}

/** Falls of the violation below which the next step makes new second derivatives. */
const FALL_ENOUGH = 0.2;

export function proximalNewton(
  machine: Machine,
  f: SmoothFunction,
  start: Float64Array,
  { l1 = new Float64Array(f.size), tolerance = 1e-8, iterationsMax = 100 }: ProximalNewtonOptions = {},
): Minimum {
  const plain = l1.every((weight) => weight === 0);
  let at: Float64Array = start.slice();
  let gradient: Float64Array = new Float64Array(f.size);
  let smooth = f.value(at, gradient);
  let evaluations = 1;
  let curvature: Float64Array | undefined;
  let last: { readonly at: Float64Array; readonly gradient: Float64Array } | undefined;
  let before = Number.POSITIVE_INFINITY;
  let iterations = 0;
  for (; iterations < iterationsMax; iterations++) {
    const violation = violationOf(at, gradient, l1);
    if (violation <= tolerance) break;
    const fresh = curvature === undefined || violation > FALL_ENOUGH * before;
    if (fresh) curvature = f.curvature(at);
    else if (last !== undefined) addSecant(curvature!, at, gradient, last);
    before = violation;
    const goal = plain
      ? newtonGoal(machine, curvature!, at, gradient)
      : modelMinimum(machine, curvature!, at, gradient, l1, violation);
    const found = searched(f, { at, smooth, gradient, l1, goal });
    evaluations += found.evaluations;
    if (found.at === undefined) {
      if (fresh) break;
      curvature = undefined;
      before = Number.POSITIVE_INFINITY;
      continue;
    }
    last = { at, gradient };
    ({ at, smooth, gradient } = found);
  }
  return {
    at,
    value: smooth + absolutes(at, l1),
    iterations,
    evaluations,
    converged: violationOf(at, gradient, l1) <= tolerance,
  };
}

/** Lets kept second derivatives tell of the last step what the gradients told (the update of BFGS), in place. */
function addSecant(
  curvature: Float64Array,
  at: Float64Array,
  gradient: Float64Array,
  last: { readonly at: Float64Array; readonly gradient: Float64Array },
): void {
  const size = at.length;
  const s = at.map((x, j) => x - last.at[j]!);
  const y = gradient.map((g, j) => g - last.gradient[j]!);
  const hs = new Float64Array(size);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) hs[i]! += curvature[i * size + j]! * s[j]!;
  const [sy, shs] = [dot(s, y), dot(s, hs)];
  if (!(sy > 0 && shs > 0)) return;
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) curvature[i * size + j]! += (y[i]! * y[j]!) / sy - (hs[i]! * hs[j]!) / shs;
}

/** How far the gradient is from what a minimum asks: -l1 sign(x) where x is not 0, within [-l1, l1] where it is. */
export function violationOf(at: Float64Array, gradient: Float64Array, l1: Float64Array): number {
  let worst = 0;
  for (let j = 0; j < at.length; j++) {
    const x = at[j]!;
    const own = x === 0 ? Math.abs(gradient[j]!) - l1[j]! : Math.abs(gradient[j]! + Math.sign(x) * l1[j]!);
    if (!(own <= worst)) worst = own;
  }
  return worst;
}

function absolutes(at: Float64Array, l1: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < at.length; j++) sum += l1[j]! * Math.abs(at[j]!);
  return sum;
}

function newtonGoal(machine: Machine, curvature: Float64Array, at: Float64Array, gradient: Float64Array): Float64Array {
  const step = solveSymmetric(machine, curvature, gradient);
  return at.map((x, j) => x - step[j]!);
}

/**
 * Solves a positive semidefinite system; where it is singular or nearly so, the diagonal is raised by as little as helps.
 *
 * @param matrix [size x size], its lower triangle is read
 */
export function solveSymmetric(machine: Machine, matrix: Float64Array, right: Float64Array): Float64Array {
  const size = right.length;
  const mark = machine.mark();
  const matrixAt = machine.allocate(8 * size * size);
  const rightAt = machine.allocate(8 * size);
  try {
    let top = 1e-300;
    for (let j = 0; j < size; j++) top = Math.max(top, matrix[j * size + j]!);
    for (let raise = 1e-13 * top; Number.isFinite(raise); raise *= 100) {
      const view = machine.f64(matrixAt, size * size);
      view.set(matrix);
      for (let j = 0; j < size; j++) view[j * size + j]! += raise;
      if (machine.call('cholesky64', matrixAt, size) !== 1) continue;
      machine.f64(rightAt, size).set(right);
      machine.call('solve64', matrixAt, size, rightAt, 1);
      const out = Float64Array.from(machine.f64(rightAt, size));
      if (out.every(Number.isFinite)) return out;
    }
    return new Float64Array(size);
  } finally {
    machine.release(mark);
  }
}

function modelMinimum(
  machine: Machine,
  curvature: Float64Array,
  at: Float64Array,
  gradient: Float64Array,
  l1: Float64Array,
  violation: number,
): Float64Array {
  const size = at.length;
  const slope = gradient.map((g) => -g);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) slope[i]! += curvature[i * size + j]! * at[j]!;
  return descended(machine, { gram: curvature, slope, l1, start: at }, 1e-3 * violation).at;
}

export interface Quadratic {
  /** [size x size] */
  readonly gram: Float64Array;
  readonly slope: Float64Array;
  readonly l1: Float64Array;
  readonly start: Float64Array;
}

/** Minimum of x' gram x / 2 - slope' x + sum l1 |x| by coordinate descent; `left` is slope - gram x there. */
export function descended(
  machine: Machine,
  { gram, slope, l1, start }: Quadratic,
  tolerance: number,
  sweepsMax = 100_000,
): { at: Float64Array; left: Float64Array; sweeps: number } {
  const size = start.length;
  const mark = machine.mark();
  const gramAt = machine.allocate(8 * size * size);
  const [slopeAt, l1At, at, leftAt] = [0, 0, 0, 0].map(() => machine.allocate(8 * size)) as [
    number,
    number,
    number,
    number,
  ];
  machine.f64(gramAt, size * size).set(gram);
  machine.f64(slopeAt, size).set(slope);
  machine.f64(l1At, size).set(l1);
  machine.f64(at, size).set(start);
  let top = 0;
  for (let j = 0; j < size; j++) top = Math.max(top, gram[j * size + j]!);
  // The kernel measures moves by sqrt(curvature): a move of m changes a gradient by at most sqrt(curvature top) m.
  const moves = tolerance / Math.sqrt(Math.max(top, 1e-300));
  const sweeps = machine.call('coordinateDescent', gramAt, slopeAt, l1At, at, leftAt, size, moves, sweepsMax);
  const out = {
    at: Float64Array.from(machine.f64(at, size)),
    left: Float64Array.from(machine.f64(leftAt, size)),
    sweeps,
  };
  machine.release(mark);
  return out;
}

interface Place {
  readonly at: Float64Array;
  readonly smooth: number;
  readonly gradient: Float64Array;
  readonly l1: Float64Array;
  readonly goal: Float64Array;
}

/** The first of the steps 1, 1/2, 1/4 ... towards the goal that falls by a ten-thousandth of what the slope promises. */
function searched(f: SmoothFunction, { at, smooth, gradient, l1, goal }: Place) {
  const penalty = absolutes(at, l1);
  let promised = absolutes(goal, l1) - penalty;
  for (let j = 0; j < at.length; j++) promised += gradient[j]! * (goal[j]! - at[j]!);
  const slack = 1e-15 * Math.abs(smooth + penalty);
  let evaluations = 0;
  if (!(promised < 0)) return { at: undefined, smooth, gradient, evaluations };
  for (let share = 1; share > 1e-10; share /= 2) {
    const there = share === 1 ? goal : at.map((x, j) => x + share * (goal[j]! - x));
    const slopes = new Float64Array(at.length);
    const value = f.value(there, slopes);
    evaluations++;
    if (value + absolutes(there, l1) <= smooth + penalty + 1e-4 * share * promised + slack)
      return { at: there, smooth: value, gradient: slopes, evaluations };
  }
  return { at: undefined, smooth, gradient, evaluations };
}
