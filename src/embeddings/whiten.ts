/** Centring, whitening and lengths of dense vectors. */

import { type Eigen, eigenvectors, gram, truncatedSvd } from './components.ts';
import type { Vectors } from './nearest.ts';

export interface Whitening {
  readonly width: number;
  /** Directions kept, at most `width`. */
  readonly kept: number;
  /** [width] subtracted first */
  readonly mean: Float64Array;
  /** [kept x width] */
  readonly map: Float64Array;
}

export interface WhitenOptions {
  /** Directions kept, the strongest first; default all. */
  readonly kept?: number;
  /** Added to each variance, as a share of the mean one: weak directions are not blown up. Default 0.01. */
  readonly ridge?: number;
  /** 1: each direction gets variance one; 0.5: half of that on a log scale; 0: only turned. Default 1. */
  readonly power?: number;
}

/**
 * The map that takes vectors to mean zero and, at power 1, to equal variance in all directions. Rows of only zeros (an
 * item without a vector) are not looked at.
 *
 * @see Su, Cao, Liu, Ou (2021), Whitening sentence representations, arXiv 2103.15316
 */
export function fitWhitening({ count, width, values }: Vectors, options: WhitenOptions = {}): Whitening {
  const { ridge = 0.01, power = 1 } = options;
  const kept = Math.min(options.kept ?? width, width);
  const mean = new Float64Array(width);
  let rows = 0;
  for (let i = 0; i < count; i++) {
    if (isZero(values, i * width, width)) continue;
    rows++;
    for (let j = 0; j < width; j++) mean[j]! += values[i * width + j]!;
  }
  for (let j = 0; j < width; j++) mean[j]! /= Math.max(rows, 1);
  const centred = new Float64Array(count * width);
  for (let i = 0; i < count; i++)
    if (!isZero(values, i * width, width))
      for (let j = 0; j < width; j++) centred[i * width + j] = values[i * width + j]! - mean[j]!;
  const variances = varianceOf(centred, width, rows);
  const eigen =
    kept <= width / 4 && width > JACOBI_MAX
      ? leading(centred, count, width, kept, rows)
      : directions(centred, count, width, rows);
  const spread = variances / Math.max(width, 1);
  const map = new Float64Array(kept * width);
  for (let r = 0; r < kept; r++) {
    const variance = Math.max(eigen.values[r]!, 0) + ridge * spread;
    const factor = variance > 0 ? variance ** (-power / 2) : 0;
    for (let j = 0; j < width; j++) map[r * width + j] = factor * eigen.vectors[r * width + j]!;
  }
  return { width, kept, mean, map };
}

/** Up to this width all directions are found, of wider vectors the leading ones alone where that is all that is asked. */
const JACOBI_MAX = 128;

function varianceOf(centred: Float64Array, width: number, rows: number): number {
  let sum = 0;
  for (const x of centred) sum += x * x;
  return width === 0 ? 0 : sum / Math.max(rows, 1);
}

const directions = (centred: Float64Array, count: number, width: number, rows: number): Eigen =>
  eigenvectors(
    gram(centred, count, width).map((x) => x / Math.max(rows, 1)),
    width,
  );

function leading(centred: Float64Array, count: number, width: number, kept: number, rows: number): Eigen {
  const offsets = Int32Array.from({ length: count + 1 }, (_, i) => i * width);
  const indices = Int32Array.from({ length: count * width }, (_, e) => e % width);
  const matrix = { rows: count, columns: width, offsets, indices, values: centred };
  const svd = truncatedSvd(matrix, { width: kept, seed: 1, passes: 2 });
  const values = new Float64Array(kept);
  const vectors = new Float64Array(kept * width);
  for (let r = 0; r < svd.width; r++) {
    values[r] = svd.values[r]! ** 2 / Math.max(rows, 1);
    for (let j = 0; j < width; j++) vectors[r * width + j] = svd.right[j * svd.width + r]!;
  }
  return { values, vectors };
}

/** Vectors [count x kept]; rows of only zeros stay so. */
export function whitened({ width, kept, mean, map }: Whitening, { count, values }: Vectors): Vectors {
  const out = new Float32Array(count * kept);
  for (let i = 0; i < count; i++) {
    if (isZero(values, i * width, width)) continue;
    for (let r = 0; r < kept; r++) {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += map[r * width + j]! * (values[i * width + j]! - mean[j]!);
      out[i * kept + r] = sum;
    }
  }
  return { count, width: kept, values: out };
}

/** Each row divided by its length; rows of only zeros stay so, and one with NaN or an infinity counts as missing: zeros. */
export function unitLength({ count, width, values }: Vectors): Vectors {
  const out = new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    let squares = 0;
    for (let j = 0; j < width; j++) squares += values[i * width + j]! ** 2;
    if (squares > 0 && squares < Number.POSITIVE_INFINITY)
      for (let j = 0; j < width; j++) out[i * width + j] = values[i * width + j]! / Math.sqrt(squares);
  }
  return { count, width, values: out };
}

export function isZero(values: ArrayLike<number>, from: number, width: number): boolean {
  for (let j = 0; j < width; j++) if (values[from + j] !== 0) return false;
  return true;
}
