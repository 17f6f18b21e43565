/** One number that makes all chances bolder or more careful and leaves their order as it is. */
import { CHANCE_FLOOR } from './sigmoid.ts';

const BOUNDS = { coldest: 0.02, hottest: 50 };

/**
 * The temperature T > 0 for which chances proportional to p^(1 / T) have the least log loss; above 1 where the chances
 * are too bold. The loss is convex in 1 / T and is followed to its minimum by Newton steps within a bracket; T stays
 * within [0.02, 50], where it ends if the rows part perfectly.
 *
 * @param chances [rows x classCount], row-major
 * @param labels [rows] index of the class
 * @param weights [rows] >= 0; default: 1 each
 * @see Guo, Pleiss, Sun and Weinberger (2017), On Calibration of Modern Neural Networks, ICML
 */
export function temperature(
  chances: ArrayLike<number>,
  labels: ArrayLike<number>,
  { classCount, weights }: { classCount: number; weights?: ArrayLike<number> | undefined },
): number {
  const logs = Float64Array.from(chances, (p) => Math.log(Math.max(p, CHANCE_FLOOR)));
  let low = 1 / BOUNDS.hottest;
  let high = 1 / BOUNDS.coldest;
  let at = 1;
  for (let round = 0; round < 100 && high - low > 1e-12 * at; round++) {
    const { slope, bend } = slopeAt(logs, labels, at, classCount, weights);
    if (slope === 0) break;
    if (slope > 0) high = at;
    else low = at;
    const next = at - slope / bend;
    const to = next > low && next < high ? next : (low + high) / 2;
    if (Math.abs(to - at) <= 1e-13 * at) break;
    at = to;
  }
  return 1 / at;
}

/** First and second derivative by 1 / T of the log loss. */
function slopeAt(
  logs: Float64Array,
  labels: ArrayLike<number>,
  sharpness: number,
  classCount: number,
  weights?: ArrayLike<number>,
) {
  let slope = 0;
  let bend = 0;
  for (let i = 0; i < labels.length; i++) {
    const from = i * classCount;
    let top = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classCount; k++) top = Math.max(top, logs[from + k]!);
    let sum = 0;
    let first = 0;
    let second = 0;
    for (let k = 0; k < classCount; k++) {
      const own = logs[from + k]!;
      const e = Math.exp(sharpness * (own - top));
      sum += e;
      first += e * own;
      second += e * own * own;
    }
    const mean = first / sum;
    const weight = weights?.[i] ?? 1;
    slope += weight * (mean - logs[from + labels[i]!]!);
    bend += weight * (second / sum - mean * mean);
  }
  return { slope, bend };
}

/** Chances [rows x classCount] at a temperature; each row adds up to one. */
export function tempered(chances: ArrayLike<number>, classCount: number, heat: number): Float64Array {
  const out = new Float64Array(chances.length);
  for (let from = 0; from < out.length; from += classCount) {
    let top = 0;
    for (let k = 0; k < classCount; k++) top = Math.max(top, chances[from + k]!);
    let sum = 0;
    for (let k = 0; k < classCount; k++) {
      const share = top > 0 ? chances[from + k]! / top : 1;
      out[from + k] = share > 0 ? Math.exp(Math.log(share) / heat) : 0;
      sum += out[from + k]!;
    }
    for (let k = 0; k < classCount; k++) out[from + k]! /= sum;
  }
  return out;
}
