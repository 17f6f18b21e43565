// A matrix in blocks of 256 rows, within a block column by column; the last block is filled up with zeros. Sums over the
// rows of a block run in two lanes (even rows, odd rows); blocks are added in their order.
import { bothLanes, expLanes, logLanes } from './lanes';
import { worker } from './memory';

const BLOCK: usize = 2048; // bytes of one column of a block

/**
 * Writes one column of the blocks from [rows] raw values: (value - center) / scale, 0 where that is not finite, and 0
 * beyond the last row.
 */
export function blockColumn(
  values: usize, rows: i32, x: usize, width: i32, column: i32, center: f64, scale: f64,
): void {
  const c = f64x2.splat(center);
  const s = f64x2.splat(scale);
  const zero = f64x2.splat(0);
  const blocks = (rows + 255) / 256;
  for (let b = 0; b < blocks; b++) {
    const from = values + <usize>b * BLOCK;
    const to = x + (<usize>b * width + column) * BLOCK;
    const present = <usize>min(256, rows - b * 256) << 3;
    const whole = present & ~15;
    for (let i: usize = 0; i < whole; i += 16) {
      const v = f64x2.div(f64x2.sub(v128.load(from + i), c), s);
      v128.store(to + i, v128.and(v, f64x2.eq(f64x2.sub(v, v), zero)));
    }
    if (whole < present) {
      const v = (load<f64>(from + whole) - center) / scale;
      store<f64>(to + whole, v - v == 0 ? v : 0);
    }
    for (let i = present; i < BLOCK; i += 8) store<f64>(to + i, 0);
  }
}

/** out[row] = intercept + x[row] . coefficients, for blocks [from, to); coefficients [width + 1], the intercept last. */
export function blockScores(x: usize, width: i32, from: i32, to: i32, coefficients: usize, out: usize): void {
  for (let b = from; b < to; b++)
    scoresOf(x + <usize>b * width * BLOCK, width, coefficients, out + <usize>b * BLOCK);
}

/** out[width + 1] += x' factor over blocks [from, to), the sum of the factors last; factor by row. */
export function blockSlopes(x: usize, width: i32, from: i32, to: i32, factor: usize, out: usize): void {
  for (let b = from; b < to; b++)
    slopesOf(x + <usize>b * width * BLOCK, width, factor + <usize>b * BLOCK, out);
}

/**
 * out[width + 1]^2 += [x 1]' diag(weights) [x 1], lower triangle, over blocks from, from + step, ... below to.
 * scratch: (width x 256) f64 a worker.
 */
export function blockGram(
  x: usize, width: i32, from: i32, to: i32, step: i32, weights: usize, scratch: usize, out: usize,
): void {
  const own = scratch + <usize>worker * width * BLOCK;
  for (let b = from; b < to; b += step)
    gramOf(x + <usize>b * width * BLOCK, width, weights + <usize>b * BLOCK, own, out);
}

/**
 * Loss and its gradient over blocks from, from + step, ... below to: out[0] += loss, out[1 ..] += gradient [outputs x (width + 1)].
 *
 * kind 0: softmax, labels 0 .. outputs - 1; 1: logistic, labels in [0, 1]; 2: squared hinge, labels 0 or 1; the loss of a
 * row is times its weight. coefficients [outputs x (width + 1)]; scratch: ((outputs + 1) x 256) f64 a worker.
 */
export function linearPass(
  kind: i32, x: usize, width: i32, from: i32, to: i32, step: i32, coefficients: usize, outputs: i32,
  labels: usize, weights: usize, scratch: usize, out: usize,
): void {
  const z = scratch + <usize>worker * (outputs + 1) * BLOCK;
  const stride = <usize>(width + 1) << 3;
  for (let b = from; b < to; b += step) {
    const block = x + <usize>b * width * BLOCK;
    for (let k = 0; k < outputs; k++)
      scoresOf(block, width, coefficients + <usize>k * stride, z + <usize>k * BLOCK);
    const y = labels + <usize>b * BLOCK;
    const w = weights + <usize>b * BLOCK;
    const loss = kind == 0 ? softmaxRows(z, outputs, y, w) : kind == 1 ? logisticRows(z, y, w, 0) : hingeRows(z, y, w, 0);
    store<f64>(out, load<f64>(out) + loss);
    for (let k = 0; k < outputs; k++)
      slopesOf(block, width, z + <usize>k * BLOCK, out + 8 + <usize>k * stride);
  }
}

/**
 * Second derivatives of the loss of `linearPass` by the coefficients of outputs a and b, [width + 1]^2, lower triangle,
 * over blocks from, from + step, ... below to. scratch: ((width + outputs + 1) x 256) f64 a worker.
 */
export function linearCurvature(
  kind: i32, x: usize, width: i32, from: i32, to: i32, step: i32, coefficients: usize, outputs: i32,
  labels: usize, weights: usize, scratch: usize, out: usize, a: i32, b: i32,
): void {
  const z = scratch + <usize>worker * (width + outputs + 1) * BLOCK;
  const h = z + <usize>outputs * BLOCK;
  const stride = <usize>(width + 1) << 3;
  for (let i = from; i < to; i += step) {
    const block = x + <usize>i * width * BLOCK;
    for (let k = 0; k < outputs; k++)
      scoresOf(block, width, coefficients + <usize>k * stride, z + <usize>k * BLOCK);
    const y = labels + <usize>i * BLOCK;
    const w = weights + <usize>i * BLOCK;
    if (kind == 0) softmaxCurvature(z, outputs, w, h, a, b);
    else if (kind == 1) logisticRows(z, y, w, h);
    else hingeRows(z, y, w, h);
    gramOf(block, width, h, h + BLOCK, out);
  }
}

function scoresOf(x: usize, width: i32, coefficients: usize, out: usize): void {
  const start = v128.load64_splat(coefficients + (<usize>width << 3));
  for (let i: usize = 0; i < BLOCK; i += 16) v128.store(out + i, start);
  let j = 0;
  for (; j + 4 <= width; j += 4) {
    const c = coefficients + (<usize>j << 3);
    const c0 = v128.load64_splat(c);
    const c1 = v128.load64_splat(c, 8);
    const c2 = v128.load64_splat(c, 16);
    const c3 = v128.load64_splat(c, 24);
    const at = x + <usize>j * BLOCK;
    for (let i: usize = 0; i < BLOCK; i += 16) {
      let z = v128.load(out + i);
      z = f64x2.add(z, f64x2.mul(v128.load(at + i), c0));
      z = f64x2.add(z, f64x2.mul(v128.load(at + i, 2048), c1));
      z = f64x2.add(z, f64x2.mul(v128.load(at + i, 4096), c2));
      z = f64x2.add(z, f64x2.mul(v128.load(at + i, 6144), c3));
      v128.store(out + i, z);
    }
  }
  for (; j < width; j++) {
    const c0 = v128.load64_splat(coefficients + (<usize>j << 3));
    const at = x + <usize>j * BLOCK;
    for (let i: usize = 0; i < BLOCK; i += 16)
      v128.store(out + i, f64x2.add(v128.load(out + i), f64x2.mul(v128.load(at + i), c0)));
  }
}

function slopesOf(x: usize, width: i32, factor: usize, out: usize): void {
  let j = 0;
  for (; j + 4 <= width; j += 4) {
    const at = x + <usize>j * BLOCK;
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let s2 = f64x2.splat(0);
    let s3 = f64x2.splat(0);
    for (let i: usize = 0; i < BLOCK; i += 16) {
      const f = v128.load(factor + i);
      s0 = f64x2.add(s0, f64x2.mul(v128.load(at + i), f));
      s1 = f64x2.add(s1, f64x2.mul(v128.load(at + i, 2048), f));
      s2 = f64x2.add(s2, f64x2.mul(v128.load(at + i, 4096), f));
      s3 = f64x2.add(s3, f64x2.mul(v128.load(at + i, 6144), f));
    }
    const to = out + (<usize>j << 3);
    addTo(to, bothLanes(s0));
    addTo(to + 8, bothLanes(s1));
    addTo(to + 16, bothLanes(s2));
    addTo(to + 24, bothLanes(s3));
  }
  for (; j < width; j++) addTo(out + (<usize>j << 3), dotOf(x + <usize>j * BLOCK, factor));
  addTo(out + (<usize>width << 3), sumOf(factor));
}

function gramOf(x: usize, width: i32, weights: usize, weighed: usize, out: usize): void {
  for (let j = 0; j < width; j++) {
    const at = <usize>j * BLOCK;
    for (let i: usize = 0; i < BLOCK; i += 16)
      v128.store(weighed + at + i, f64x2.mul(v128.load(x + at + i), v128.load(weights + i)));
  }
  const stride = <usize>(width + 1) << 3;
  let i = 0;
  for (; i + 4 <= width; i += 4) {
    const to = out + <usize>i * stride;
    const a = weighed + <usize>i * BLOCK;
    for (let j = 0; j < i + 4; j += 2) tileOf(a, x + <usize>j * BLOCK, to + (<usize>j << 3), stride, j - i);
  }
  for (; i < width; i++) {
    const to = out + <usize>i * stride;
    for (let j = 0; j <= i; j++) addTo(to + (<usize>j << 3), dotOf(weighed + <usize>i * BLOCK, x + <usize>j * BLOCK));
  }
  const last = out + <usize>width * stride;
  for (let j = 0; j < width; j++) addTo(last + (<usize>j << 3), sumOf(weighed + <usize>j * BLOCK));
  addTo(last + (<usize>width << 3), sumOf(weights));
}

/** Four columns of a against two of b; `over` is how far b's first column lies beyond a's, to stay below the diagonal. */
@inline
function tileOf(a: usize, b: usize, out: usize, stride: usize, over: i32): void {
  let s00 = f64x2.splat(0);
  let s01 = f64x2.splat(0);
  let s10 = f64x2.splat(0);
  let s11 = f64x2.splat(0);
  let s20 = f64x2.splat(0);
  let s21 = f64x2.splat(0);
  let s30 = f64x2.splat(0);
  let s31 = f64x2.splat(0);
  for (let i: usize = 0; i < BLOCK; i += 16) {
    const b0 = v128.load(b + i);
    const b1 = v128.load(b + i, 2048);
    const a0 = v128.load(a + i);
    const a1 = v128.load(a + i, 2048);
    const a2 = v128.load(a + i, 4096);
    const a3 = v128.load(a + i, 6144);
    s00 = f64x2.add(s00, f64x2.mul(a0, b0));
    s01 = f64x2.add(s01, f64x2.mul(a0, b1));
    s10 = f64x2.add(s10, f64x2.mul(a1, b0));
    s11 = f64x2.add(s11, f64x2.mul(a1, b1));
    s20 = f64x2.add(s20, f64x2.mul(a2, b0));
    s21 = f64x2.add(s21, f64x2.mul(a2, b1));
    s30 = f64x2.add(s30, f64x2.mul(a3, b0));
    s31 = f64x2.add(s31, f64x2.mul(a3, b1));
  }
  if (over <= 0) addTo(out, bothLanes(s00));
  if (over + 1 <= 0) addTo(out + 8, bothLanes(s01));
  if (over <= 1) addTo(out + stride, bothLanes(s10));
  if (over + 1 <= 1) addTo(out + stride + 8, bothLanes(s11));
  addTo(out + 2 * stride, bothLanes(s20));
  if (over + 1 <= 2) addTo(out + 2 * stride + 8, bothLanes(s21));
  addTo(out + 3 * stride, bothLanes(s30));
  addTo(out + 3 * stride + 8, bothLanes(s31));
}

@inline
function addTo(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}

function dotOf(a: usize, b: usize): f64 {
  let sum = f64x2.splat(0);
  for (let i: usize = 0; i < BLOCK; i += 16) sum = f64x2.add(sum, f64x2.mul(v128.load(a + i), v128.load(b + i)));
  return bothLanes(sum);
}

function sumOf(a: usize): f64 {
  let sum = f64x2.splat(0);
  for (let i: usize = 0; i < BLOCK; i += 16) sum = f64x2.add(sum, v128.load(a + i));
  return bothLanes(sum);
}

/** Scores z [outputs x 256] become the loss's slopes in place. */
function softmaxRows(z: usize, outputs: i32, labels: usize, weights: usize): f64 {
  const end = z + <usize>outputs * BLOCK;
  let loss = f64x2.splat(0);
  for (let i: usize = 0; i < BLOCK; i += 16) {
    const y = v128.load(labels + i);
    let top = v128.load(z + i);
    for (let at = z + BLOCK; at < end; at += BLOCK) top = f64x2.max(top, v128.load(at + i));
    let own = f64x2.splat(0);
    let sum = f64x2.splat(0);
    let k: f64 = 0;
    for (let at = z; at < end; at += BLOCK) {
      const shifted = f64x2.sub(v128.load(at + i), top);
      own = f64x2.add(own, v128.and(shifted, f64x2.eq(y, f64x2.splat(k))));
      const e = expLanes(shifted);
      sum = f64x2.add(sum, e);
      v128.store(at + i, e);
      k += 1;
    }
    const w = v128.load(weights + i);
    loss = f64x2.add(loss, f64x2.mul(w, f64x2.sub(logLanes(sum), own)));
    k = 0;
    for (let at = z; at < end; at += BLOCK) {
      const hit = v128.and(f64x2.splat(1), f64x2.eq(y, f64x2.splat(k)));
      v128.store(at + i, f64x2.mul(w, f64x2.sub(f64x2.div(v128.load(at + i), sum), hit)));
      k += 1;
    }
  }
  return bothLanes(loss);
}

function softmaxCurvature(z: usize, outputs: i32, weights: usize, out: usize, a: i32, b: i32): void {
  const end = z + <usize>outputs * BLOCK;
  for (let i: usize = 0; i < BLOCK; i += 16) {
    let top = v128.load(z + i);
    for (let at = z + BLOCK; at < end; at += BLOCK) top = f64x2.max(top, v128.load(at + i));
    let sum = f64x2.splat(0);
    for (let at = z; at < end; at += BLOCK) sum = f64x2.add(sum, expLanes(f64x2.sub(v128.load(at + i), top)));
    const pa = f64x2.div(expLanes(f64x2.sub(v128.load(z + <usize>a * BLOCK + i), top)), sum);
    const pb = f64x2.div(expLanes(f64x2.sub(v128.load(z + <usize>b * BLOCK + i), top)), sum);
    const share = f64x2.sub(f64x2.splat(a == b ? 1 : 0), pb);
    v128.store(out + i, f64x2.mul(v128.load(weights + i), f64x2.mul(pa, share)));
  }
}

/** Scores become slopes in place, or, where `curvature` is not 0, second derivatives are written there. */
function logisticRows(z: usize, labels: usize, weights: usize, curvature: usize): f64 {
  const one = f64x2.splat(1);
  let loss = f64x2.splat(0);
  for (let i: usize = 0; i < BLOCK; i += 16) {
    const s = v128.load(z + i);
    const y = v128.load(labels + i);
    const w = v128.load(weights + i);
    const t = expLanes(f64x2.neg(f64x2.abs(s)));
    const sum = f64x2.add(one, t);
    const small = f64x2.div(t, sum);
    if (curvature != 0) {
      v128.store(curvature + i, f64x2.mul(w, f64x2.div(small, sum)));
      continue;
    }
    const chance = v128.bitselect(f64x2.div(one, sum), small, f64x2.ge(s, f64x2.splat(0)));
    const over = f64x2.sub(f64x2.max(s, f64x2.splat(0)), f64x2.mul(y, s));
    loss = f64x2.add(loss, f64x2.mul(w, f64x2.add(logLanes(sum), over)));
    v128.store(z + i, f64x2.mul(w, f64x2.sub(chance, y)));
  }
  return bothLanes(loss);
}

function hingeRows(z: usize, labels: usize, weights: usize, curvature: usize): f64 {
  const one = f64x2.splat(1);
  const zero = f64x2.splat(0);
  const two = f64x2.splat(2);
  let loss = f64x2.splat(0);
  for (let i: usize = 0; i < BLOCK; i += 16) {
    const side = f64x2.sub(f64x2.mul(two, v128.load(labels + i)), one);
    const w = v128.load(weights + i);
    const lack = f64x2.max(zero, f64x2.sub(one, f64x2.mul(side, v128.load(z + i))));
    if (curvature != 0) {
      v128.store(curvature + i, f64x2.mul(w, v128.and(two, f64x2.gt(lack, zero))));
      continue;
    }
    const weighed = f64x2.mul(w, lack);
    loss = f64x2.add(loss, f64x2.mul(weighed, lack));
    v128.store(z + i, f64x2.mul(f64x2.mul(f64x2.splat(-2), side), weighed));
  }
  return bothLanes(loss);
}
