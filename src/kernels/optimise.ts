/** Minimisers of smooth functions of a few to a few thousand variables. Deterministic: no random starts. */
import { dot } from './linear.ts';

export interface Minimum {
  readonly at: Float64Array;
  readonly value: number;
  readonly iterations: number;
  readonly evaluations: number;
  /** False where the limit on iterations stopped it or no step improved. */
  readonly converged: boolean;
}

export interface NelderMeadOptions {
  /** Size of the first simplex along each variable; default 0.5. */
  readonly step?: number;
  /** Ends when the values and the corners of the simplex differ by less than this; default 1e-10. */
  readonly tolerance?: number;
  /** Default 400 per variable. */
  readonly iterationsMax?: number;
}

/**
 * Minimum by the simplex method, for functions without a gradient.
 *
 * @param f may return Infinity or NaN outside its domain
 * @see Nelder and Mead (1965), Computer Journal 7(4); coefficients 1, 2, 0.5, 0.5
 */
export function nelderMead(
  f: (at: Float64Array) => number,
  start: ArrayLike<number>,
  { step = 0.5, tolerance = 1e-10, iterationsMax = 400 * start.length }: NelderMeadOptions = {},
): Minimum {
  const size = start.length;
  let evaluations = 0;
  const measured = (at: Float64Array) => {
    evaluations++;
    const value = f(at);
    return { at, value: Number.isNaN(value) ? Number.POSITIVE_INFINITY : value };
  };
  const corners = Array.from({ length: size + 1 }, (_, i) => {
    const at = Float64Array.from(start);
    if (i > 0) at[i - 1] = at[i - 1]! + step;
    return measured(at);
  });
  let iterations = 0;
  for (; iterations < iterationsMax; iterations++) {
    corners.sort((a, b) => a.value - b.value);
    const best = corners[0]!;
    const worst = corners[size]!;
    if (
      worst.value - best.value <= tolerance * (1 + Math.abs(best.value)) &&
      spread(corners, best.at) <= tolerance ** 0.5
    )
      break;
    const centre = new Float64Array(size);
    for (const { at } of corners.slice(0, size)) for (let j = 0; j < size; j++) centre[j]! += at[j]! / size;
    const along = (factor: number) => measured(centre.map((c, j) => c + factor * (worst.at[j]! - c)));
    const reflected = along(-1);
    let replaced = reflected;
    if (reflected.value < best.value) {
      const expanded = along(-2);
      if (expanded.value < reflected.value) replaced = expanded;
    } else if (reflected.value >= corners[size - 1]!.value) {
      const inner = along(reflected.value < worst.value ? -0.5 : 0.5);
      if (inner.value >= Math.min(reflected.value, worst.value)) {
        for (let i = 1; i <= size; i++) corners[i] = measured(corners[i]!.at.map((c, j) => (c + best.at[j]!) / 2));
        continue;
      }
      replaced = inner;
    }
    corners[size] = replaced;
  }
  corners.sort((a, b) => a.value - b.value);
  const { at, value } = corners[0]!;
  return { at, value, iterations, evaluations, converged: iterations < iterationsMax };
}

const spread = (corners: readonly { at: Float64Array }[], from: Float64Array): number =>
  Math.max(
    ...corners.map(({ at }) => Math.max(...at.map((c, j) => Math.abs(c - from[j]!) / (1 + Math.abs(from[j]!))))),
  );

export interface LbfgsOptions {
  /** Ends when the largest part of the gradient is below this times max(1, |value|); default 1e-8. */
  readonly tolerance?: number;
  /** Also ends when the value falls by less than this share in three steps running; default 1e-15, what a double can tell. */
  readonly improvement?: number;
  readonly iterationsMax?: number;
  /** Pairs of steps that are kept; default 10. */
  readonly memory?: number;
}

/**
 * Minimum by limited-memory BFGS with a line search for the weak Wolfe conditions.
 *
 * @param f writes the gradient at `at` into `gradient` and returns the value; Infinity or NaN outside its domain
 * @see Liu and Nocedal (1989), Mathematical Programming 45; line search of Lewis and Overton (2013), algorithm 2.6
 */
export function lbfgs(
  f: (at: Float64Array, gradient: Float64Array) => number,
  start: ArrayLike<number>,
  { tolerance = 1e-8, improvement = 1e-15, iterationsMax = 500, memory = 10 }: LbfgsOptions = {},
): Minimum {
  let at: Float64Array = Float64Array.from(start);
  let gradient: Float64Array = new Float64Array(at.length);
  let value = f(at, gradient);
  let evaluations = 1;
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  let iterations = 0;
  let stalled = 0;
  const flat = () => gradient.every((g) => Math.abs(g) <= tolerance * Math.max(1, Math.abs(value)));
  for (; iterations < iterationsMax && !flat(); iterations++) {
    let direction = descent(gradient, pairs);
    let slope = dot(direction, gradient);
    if (!(slope < 0)) {
      pairs.length = 0;
      direction = gradient.map((g) => -g);
      slope = dot(direction, gradient);
    }
    const first = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
    const found = lineSearch(f, at, value, direction, slope, first);
    evaluations += found.evaluations;
    if (found.at === undefined) {
      if (pairs.length === 0) return { at, value, iterations, evaluations, converged: false };
      pairs.length = 0;
      continue;
    }
    const s = found.at.map((x, j) => x - at[j]!);
    const y = found.gradient.map((g, j) => g - gradient[j]!);
    const sy = dot(s, y);
    if (sy > 1e-300) {
      pairs.push({ s, y, rho: 1 / sy });
      if (pairs.length > memory) pairs.shift();
    }
    stalled = value - found.value <= improvement * Math.abs(value) ? stalled + 1 : 0;
    at = found.at;
    value = found.value;
    gradient = found.gradient;
    if (stalled >= 3) return { at, value, iterations: iterations + 1, evaluations, converged: true };
  }
  return { at, value, iterations, evaluations, converged: flat() };
}

/** The quasi-Newton direction by the two-loop recursion. */
function descent(gradient: Float64Array, pairs: readonly { s: Float64Array; y: Float64Array; rho: number }[]) {
  const out = gradient.map((g) => -g);
  const weights = new Float64Array(pairs.length);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { s, y, rho } = pairs[i]!;
    const weight = rho * dot(s, out);
    weights[i] = weight;
    for (let j = 0; j < out.length; j++) out[j]! -= weight * y[j]!;
  }
  const last = pairs.at(-1);
  if (last !== undefined) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let j = 0; j < out.length; j++) out[j]! *= scale;
  }
  for (let i = 0; i < pairs.length; i++) {
    const { s, y, rho } = pairs[i]!;
    const correction = weights[i]! - rho * dot(y, out);
    for (let j = 0; j < out.length; j++) out[j]! += correction * s[j]!;
  }
  return out;
}

function lineSearch(
  f: (at: Float64Array, gradient: Float64Array) => number,
  from: Float64Array,
  value: number,
  direction: Float64Array,
  slope: number,
  first: number,
) {
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let step = first;
  let kept: { at: Float64Array; value: number; gradient: Float64Array } | undefined;
  let evaluations = 0;
  const slack = 4e-16 * Math.abs(value); // near the minimum a true fall is below rounding
  for (let i = 0; i < 50; i++) {
    const at = from.map((x, j) => x + step * direction[j]!);
    const gradient = new Float64Array(from.length);
    const here = f(at, gradient);
    evaluations++;
    if (!(here <= value + 1e-4 * step * slope + slack)) high = step;
    else {
      kept = { at, value: here, gradient };
      if (dot(gradient, direction) >= 0.9 * slope) break;
      low = step;
    }
    step = high === Number.POSITIVE_INFINITY ? 2 * low : (low + high) / 2;
    if (kept !== undefined && i >= 20) break;
  }
  return { at: kept?.at, value: kept?.value ?? value, gradient: kept?.gradient ?? new Float64Array(0), evaluations };
}
