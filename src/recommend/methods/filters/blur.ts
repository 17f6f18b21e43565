/**
 * Filters that blur a user's row over the graph and then sharpen it.
 *
 *   b = x F + lowPass x L,  then `steps` times b <- b - time/steps b F (order 1: Euler; 2, 4: Runge and Kutta),
 *
 * and with `average` the mean of that and of x F;
 * with F of graph.ts and L of low-pass.ts. Without sharpening that is GF-CF; both parts with in = out = power = 1/2 and
 * user = 1 are those of the papers. All is linear in x, so the weights that make a score also explain it.
 *
 * @see Shen et al. (2021), How Powerful is Graph Convolution for Recommendation?, CIKM, equation 14
 * @see Choi et al. (2023), Blurring-Sharpening Process Models for Collaborative Filtering, SIGIR, equations 7 to 12; the
 * powers of the degrees by Fu et al. (2022), Revisiting Neighborhood-based Link Prediction, WWW companion
 */
import { mapped, type Sparse } from '#kernels/sparse.ts';
import { countsOf, decayedCountsOf, type Interactions, usersPerItem } from '../../data/interactions.ts';
import type { Because, Run } from '../method.ts';
import { tieOf } from '../popularity.ts';
import { filtered, type Graph, type GraphPowers, graphOf } from './graph.ts';
import { type LowPass, lowPassOf } from './low-pass.ts';
import { ranked } from './ranked.ts';

export interface BlurParams extends GraphPowers {
  readonly rank: number;
  readonly lowPower: number;
  readonly lowPass: number;
  readonly time: number;
  readonly steps: number;
  readonly order: number;
  readonly average: number;
  readonly halfLifeDays: number;
}

export interface BlurModel {
  /** [users x items] rows to be filtered */
  readonly starts: Rows32;
  readonly graph: Graph;
  readonly low?: LowPass;
  readonly lowWeight: number;
  readonly sharpen: {
    readonly time: number;
    readonly steps: number;
    readonly order: number;
    readonly average: boolean;
  };
  /** [items] popularity, too small to change an order that the filter gives */
  readonly tie: Float64Array;
}

/** Rows of items and f32 values. */
export interface Rows32 {
  readonly offsets: Int32Array;
  readonly indices: Int32Array;
  readonly values: Float32Array;
}

/** Strength of `n` times: 1 for once, growing like a logarithm. */
export const strengthOf = (n: number): number => Math.log2(1 + n);

/** The rows of `m` as f32. */
export const rows32 = ({ offsets, indices, values }: Sparse): Rows32 => ({
  offsets,
  indices,
  values: Float32Array.from(values),
});

export function fitBlur(data: Interactions, params: BlurParams, run: Run): BlurModel {
  const counts = countsOf(data);
  const strengths = mapped(counts, strengthOf);
  const { rank, lowPower, lowPass, time, steps, order, average, halfLifeDays } = params;
  const starts = halfLifeDays > 0 ? mapped(decayedCountsOf(data, halfLifeDays), strengthOf) : strengths;
  const low = lowPass > 0 ? lowPassOf(strengths, { rank, power: lowPower }, run) : undefined;
  return {
    starts: rows32(starts),
    graph: graphOf(strengths, params),
    ...(low === undefined ? {} : { low }),
    lowWeight: lowPass,
    sharpen: { time, steps, order, average: average === 1 },
    tie: tieOf(usersPerItem(counts), 1e-9),
  };
}

/** Factors of b F within one step of sharpening, the innermost first: y <- b - factor y F. */
export function sharpenFactors({
  time,
  steps,
  order,
}: Pick<BlurModel['sharpen'], 'time' | 'steps' | 'order'>): number[] {
  if (time === 0) return [];
  return Array.from({ length: order }, (_, q) => time / steps / (order - q));
}

/** The items of the user that gave most of the score, by the column of the filter that belongs to `item`. */
export function becauseBlur(model: BlurModel, user: number, item: number, most: number): readonly Because[] {
  const { starts, graph, low, lowWeight, sharpen } = model;
  let column = new Float64Array(graph.ins.length);
  column[item] = 1;
  const factors = sharpenFactors(sharpen);
  if (factors.length > 0)
    for (let step = 0; step < sharpen.steps; step++) {
      const before = column;
      for (const factor of factors) {
        const next = filtered(graph, column, true);
        column = before.map((value, i) => value - factor * next[i]!);
      }
    }
  const whole = filtered(graph, column, true);
  if (sharpen.average) {
    const unit = new Float64Array(column.length);
    unit[item] = 1;
    const blurred = filtered(graph, unit, true);
    for (let i = 0; i < whole.length; i++) whole[i] = (whole[i]! + blurred[i]!) / 2;
  }
  const [from, to] = [starts.offsets[user]!, starts.offsets[user + 1]!];
  const had = starts.indices.subarray(from, to);
  const parts = Float64Array.from(had, (own) => whole[own]!);
  if (low !== undefined) {
    const inner = new Float64Array(low.rank);
    for (let other = 0; other < column.length; other++) {
      if (low.ins[other] === 0 || column[other] === 0) continue;
      const weight = column[other]! / low.ins[other]!;
      for (let q = 0; q < low.rank; q++) inner[q]! += weight * low.vectors[other * low.rank + q]!;
    }
    for (const [e, own] of had.entries()) {
      let sum = 0;
      for (let q = 0; q < low.rank; q++) sum += inner[q]! * low.vectors[own * low.rank + q]!;
      parts[e]! += (sharpen.average ? 0.5 : 1) * lowWeight * low.ins[own]! * sum;
    }
  }
  return ranked(
    had,
    parts.map((part, e) => part * starts.values[from + e]!),
    most,
  );
}
