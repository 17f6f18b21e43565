// Products of dense row-major matrices. Sums run in their order within 256 steps of k; these parts are added in order.
import { expLanes } from './lanes';
import { worker } from './memory';

const PART: i32 = 256;

/** c[m x n] += a[m x k] b[k x n], f64. scratch: 8192 bytes a worker. */
export function gemm64(a: usize, b: usize, c: usize, m: i32, n: i32, k: i32, scratch: usize): void {
  const panel = scratch + <usize>worker * PART * 32;
  for (let from = 0; from < k; from += PART) {
    const size = min(PART, k - from);
    for (let j = 0; j < n; j += 4) {
      const columns = min(4, n - j);
      for (let l = 0; l < size; l++)
        for (let q = 0; q < 4; q++)
          store<f64>(panel + ((<usize>l * 4 + q) << 3), q < columns ? load<f64>(b + ((<usize>(from + l) * n + j + q) << 3)) : 0);
      for (let i = 0; i < m; i += 4) {
        const rows = min(4, m - i);
        const at = a + ((<usize>i * k + from) << 3);
        const row = <usize>k << 3;
        panel64(at, row, rows, panel, size, c + ((<usize>i * n + j) << 3), <usize>n << 3, columns);
      }
    }
  }
}

@inline
function panel64(a: usize, row: usize, rows: i32, panel: usize, size: i32, c: usize, stride: usize, columns: i32): void {
  const a1 = rows > 1 ? a + row : a;
  const a2 = rows > 2 ? a + 2 * row : a;
  const a3 = rows > 3 ? a + 3 * row : a;
  let s00 = f64x2.splat(0);
  let s01 = f64x2.splat(0);
  let s10 = f64x2.splat(0);
  let s11 = f64x2.splat(0);
  let s20 = f64x2.splat(0);
  let s21 = f64x2.splat(0);
  let s30 = f64x2.splat(0);
  let s31 = f64x2.splat(0);
  const end = <usize>size << 3;
  for (let l: usize = 0; l < end; l += 8) {
    const b0 = v128.load(panel + l * 4);
    const b1 = v128.load(panel + l * 4, 16);
    const x0 = v128.load64_splat(a + l);
    s00 = f64x2.add(s00, f64x2.mul(x0, b0));
    s01 = f64x2.add(s01, f64x2.mul(x0, b1));
    const x1 = v128.load64_splat(a1 + l);
    s10 = f64x2.add(s10, f64x2.mul(x1, b0));
    s11 = f64x2.add(s11, f64x2.mul(x1, b1));
    const x2 = v128.load64_splat(a2 + l);
    s20 = f64x2.add(s20, f64x2.mul(x2, b0));
    s21 = f64x2.add(s21, f64x2.mul(x2, b1));
    const x3 = v128.load64_splat(a3 + l);
    s30 = f64x2.add(s30, f64x2.mul(x3, b0));
    s31 = f64x2.add(s31, f64x2.mul(x3, b1));
  }
  add64(c, s00, s01, columns);
  if (rows > 1) add64(c + stride, s10, s11, columns);
  if (rows > 2) add64(c + 2 * stride, s20, s21, columns);
  if (rows > 3) add64(c + 3 * stride, s30, s31, columns);
}

@inline
function add64(c: usize, s0: v128, s1: v128, columns: i32): void {
  if (columns == 4) {
    v128.store(c, f64x2.add(v128.load(c), s0));
    v128.store(c, f64x2.add(v128.load(c, 16), s1), 16);
    return;
  }
  store<f64>(c, load<f64>(c) + f64x2.extract_lane(s0, 0));
  if (columns > 1) store<f64>(c + 8, load<f64>(c + 8) + f64x2.extract_lane(s0, 1));
  if (columns > 2) store<f64>(c + 16, load<f64>(c + 16) + f64x2.extract_lane(s1, 0));
}

/** c[m x n] += a[m x k] b[k x n], f32. scratch: 8192 bytes a worker. */
export function gemm32(a: usize, b: usize, c: usize, m: i32, n: i32, k: i32, scratch: usize): void {
  const panel = scratch + <usize>worker * PART * 32;
  for (let from = 0; from < k; from += PART) {
    const size = min(PART, k - from);
    for (let j = 0; j < n; j += 8) {
      const columns = min(8, n - j);
      for (let l = 0; l < size; l++)
        for (let q = 0; q < 8; q++)
          store<f32>(panel + ((<usize>l * 8 + q) << 2), q < columns ? load<f32>(b + ((<usize>(from + l) * n + j + q) << 2)) : 0);
      for (let i = 0; i < m; i += 4) {
        const rows = min(4, m - i);
        const at = a + ((<usize>i * k + from) << 2);
        const row = <usize>k << 2;
        panel32(at, row, rows, panel, size, c + ((<usize>i * n + j) << 2), <usize>n << 2, columns);
      }
    }
  }
}

@inline
function panel32(a: usize, row: usize, rows: i32, panel: usize, size: i32, c: usize, stride: usize, columns: i32): void {
  const a1 = rows > 1 ? a + row : a;
  const a2 = rows > 2 ? a + 2 * row : a;
  const a3 = rows > 3 ? a + 3 * row : a;
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0);
  let s21 = f32x4.splat(0);
  let s30 = f32x4.splat(0);
  let s31 = f32x4.splat(0);
  const end = <usize>size << 2;
  for (let l: usize = 0; l < end; l += 4) {
    const b0 = v128.load(panel + l * 8);
    const b1 = v128.load(panel + l * 8, 16);
    const x0 = v128.load32_splat(a + l);
    s00 = f32x4.add(s00, f32x4.mul(x0, b0));
    s01 = f32x4.add(s01, f32x4.mul(x0, b1));
    const x1 = v128.load32_splat(a1 + l);
    s10 = f32x4.add(s10, f32x4.mul(x1, b0));
    s11 = f32x4.add(s11, f32x4.mul(x1, b1));
    const x2 = v128.load32_splat(a2 + l);
    s20 = f32x4.add(s20, f32x4.mul(x2, b0));
    s21 = f32x4.add(s21, f32x4.mul(x2, b1));
    const x3 = v128.load32_splat(a3 + l);
    s30 = f32x4.add(s30, f32x4.mul(x3, b0));
    s31 = f32x4.add(s31, f32x4.mul(x3, b1));
  }
  add32(c, s00, s01, columns);
  if (rows > 1) add32(c + stride, s10, s11, columns);
  if (rows > 2) add32(c + 2 * stride, s20, s21, columns);
  if (rows > 3) add32(c + 3 * stride, s30, s31, columns);
}

@inline
function add32(c: usize, s0: v128, s1: v128, columns: i32): void {
  if (columns == 8) {
    v128.store(c, f32x4.add(v128.load(c), s0));
    v128.store(c, f32x4.add(v128.load(c, 16), s1), 16);
    return;
  }
  store<f32>(c, load<f32>(c) + f32x4.extract_lane(s0, 0));
  if (columns > 1) store<f32>(c + 4, load<f32>(c + 4) + f32x4.extract_lane(s0, 1));
  if (columns > 2) store<f32>(c + 8, load<f32>(c + 8) + f32x4.extract_lane(s0, 2));
  if (columns > 3) store<f32>(c + 12, load<f32>(c + 12) + f32x4.extract_lane(s0, 3));
  if (columns > 4) store<f32>(c + 16, load<f32>(c + 16) + f32x4.extract_lane(s1, 0));
  if (columns > 5) store<f32>(c + 20, load<f32>(c + 20) + f32x4.extract_lane(s1, 1));
  if (columns > 6) store<f32>(c + 24, load<f32>(c + 24) + f32x4.extract_lane(s1, 2));
}

/** products[m x n] of rows and centres become exp(-gamma |row - centre|^2); squares: [m] and [n] squared lengths. */
export function radial(products: usize, m: i32, n: i32, rowSquares: usize, squares: usize, gamma: f64): void {
  const zero = f64x2.splat(0);
  const factor = f64x2.splat(-gamma);
  for (let i = 0; i < m; i++) {
    const own = f64x2.splat(load<f64>(rowSquares + (<usize>i << 3)));
    const row = products + ((<usize>i * n) << 3);
    let j = 0;
    for (; j + 2 <= n; j += 2) {
      const at = row + (<usize>j << 3);
      const p = v128.load(at);
      const gap = f64x2.sub(f64x2.add(own, v128.load(squares + (<usize>j << 3))), f64x2.add(p, p));
      v128.store(at, expLanes(f64x2.mul(factor, f64x2.max(gap, zero))));
    }
    if (j < n) {
      const at = row + (<usize>j << 3);
      const p = v128.load64_splat(at);
      const gap = f64x2.sub(f64x2.add(own, v128.load64_splat(squares + (<usize>j << 3))), f64x2.add(p, p));
      store<f64>(at, f64x2.extract_lane(expLanes(f64x2.mul(factor, f64x2.max(gap, zero))), 0));
    }
  }
}
