// Products of sparse matrices (compressed rows: i32 offsets, i32 indices, values) with sparse and dense ones.
import { worker } from './memory';

/**
 * The k best of rows [from, to) of a * b that are not 0, best first; of equal ones the lower column. Values f64; each sum runs in the
 * order of the entries. `scale` [columns] f64 or 0. Row r writes its places at (r - base) * k and their number at
 * counts + 4 (r - base). scratch: columns * 13 + k * 12 bytes a worker, rounded up to 64 and cleared to begin with; it is
 * left cleared where it must be.
 */
export function productTop(
  aOffsets: usize, aIndices: usize, aValues: usize, bOffsets: usize, bIndices: usize, bValues: usize,
  columns: i32, scale: usize, k: i32, skipDiagonal: i32, from: i32, to: i32, base: i32,
  outIndices: usize, outValues: usize, counts: usize, scratch: usize, scratchBytes: i32,
): void {
  const sums = scratch + <usize>worker * scratchBytes;
  const heapScores = sums + (<usize>columns << 3);
  const touched = heapScores + (<usize>k << 3);
  const heapIndices = touched + (<usize>columns << 2);
  const marks = heapIndices + (<usize>k << 2);
  for (let r = from; r < to; r++) {
    const start = load<i32>(aOffsets + (<usize>r << 2));
    const end = load<i32>(aOffsets + (<usize>r << 2), 4);
    let work: i64 = 0;
    for (let e = start; e < end; e++) {
      const middle = bOffsets + (<usize>load<i32>(aIndices + (<usize>e << 2)) << 2);
      work += load<i32>(middle, 4) - load<i32>(middle);
    }
    // Remembering the touched columns costs a test a multiplication; from some density on, looking at all is cheaper.
    const dense = work > <i64>(columns >> 1);
    let count = 0;
    for (let e = start; e < end; e++) {
      const middle = bOffsets + (<usize>load<i32>(aIndices + (<usize>e << 2)) << 2);
      const factor = load<f64>(aValues + (<usize>e << 3));
      const last = load<i32>(middle, 4);
      if (dense) {
        for (let f = load<i32>(middle); f < last; f++) {
          const at = sums + (<usize>load<i32>(bIndices + (<usize>f << 2)) << 3);
          store<f64>(at, load<f64>(at) + factor * load<f64>(bValues + (<usize>f << 3)));
        }
      } else {
        for (let f = load<i32>(middle); f < last; f++) {
          const column = load<i32>(bIndices + (<usize>f << 2));
          if (load<u8>(marks + column) == 0) {
            store<u8>(marks + column, 1);
            store<i32>(touched + (<usize>count << 2), column);
            count++;
          }
          const at = sums + (<usize>column << 3);
          store<f64>(at, load<f64>(at) + factor * load<f64>(bValues + (<usize>f << 3)));
        }
      }
    }
    if (dense) {
      for (let column = 0; column < columns; column++)
        if (load<f64>(sums + (<usize>column << 3)) != 0) {
          store<i32>(touched + (<usize>count << 2), column);
          count++;
        }
    }
    let size = 0;
    for (let t = 0; t < count; t++) {
      const column = load<i32>(touched + (<usize>t << 2));
      const at = sums + (<usize>column << 3);
      const sum = load<f64>(at);
      const value = scale == 0 ? sum : sum * load<f64>(scale + (<usize>column << 3));
      store<f64>(at, 0);
      store<u8>(marks + column, 0);
      if (sum == 0 || (skipDiagonal != 0 && column == r)) continue;
      if (size < k) {
        rise(heapScores, heapIndices, size++, value, column);
      } else {
        const worst = load<f64>(heapScores);
        if (value > worst || (value == worst && column < load<i32>(heapIndices))) sink(heapScores, heapIndices, size, value, column);
      }
    }
    store<i32>(counts + (<usize>(r - base) << 2), size);
    const own = <usize>(r - base) * k;
    for (let left = size; left > 0; left--) {
      const score = load<f64>(heapScores);
      const index = load<i32>(heapIndices);
      const last = left - 1;
      if (last > 0)
        sink(heapScores, heapIndices, last, load<f64>(heapScores + (<usize>last << 3)), load<i32>(heapIndices + (<usize>last << 2)));
      store<f64>(outValues + ((own + last) << 3), score);
      store<i32>(outIndices + ((own + last) << 2), index);
    }
  }
}

/** Puts an entry into the free place `at` of a heap whose root is the worst, and lets it rise. */
function rise(scores: usize, indices: usize, start: i32, score: f64, index: i32): void {
  let at = start;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const other = load<f64>(scores + (<usize>parent << 3));
    const otherIndex = load<i32>(indices + (<usize>parent << 2));
    if (other < score || (other == score && otherIndex > index)) break;
    store<f64>(scores + (<usize>at << 3), other);
    store<i32>(indices + (<usize>at << 2), otherIndex);
    at = parent;
  }
  store<f64>(scores + (<usize>at << 3), score);
  store<i32>(indices + (<usize>at << 2), index);
}

/** Replaces the root of a heap of `size` entries. */
function sink(scores: usize, indices: usize, size: i32, score: f64, index: i32): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    let other = load<f64>(scores + (<usize>child << 3));
    let otherIndex = load<i32>(indices + (<usize>child << 2));
    if (child + 1 < size) {
      const right = load<f64>(scores + (<usize>(child + 1) << 3));
      const rightIndex = load<i32>(indices + (<usize>(child + 1) << 2));
      if (right < other || (right == other && rightIndex > otherIndex)) {
        child++;
        other = right;
        otherIndex = rightIndex;
      }
    }
    if (other > score || (other == score && otherIndex < index)) break;
    store<f64>(scores + (<usize>at << 3), other);
    store<i32>(indices + (<usize>at << 2), otherIndex);
    at = child;
  }
  store<f64>(scores + (<usize>at << 3), score);
  store<i32>(indices + (<usize>at << 2), index);
}

/**
 * y[r][0 .. 32 blocks) = sum over the entries of row r of value * x[index][0 .. 32 blocks), rows [from, to), f32; rows of x
 * and y lie `xRow` and `yRow` numbers apart.
 */
export function sparseTimesDense(
  offsets: usize, indices: usize, values: usize, from: i32, to: i32,
  x: usize, xRow: i32, y: usize, yRow: i32, blocks: i32,
): void {
  for (let r = from; r < to; r++) {
    const start = load<i32>(offsets + (<usize>r << 2));
    const end = load<i32>(offsets + (<usize>r << 2), 4);
    for (let block = 0; block < blocks; block++) {
      const left = x + (<usize>block << 7);
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      let s2 = f32x4.splat(0);
      let s3 = f32x4.splat(0);
      let s4 = f32x4.splat(0);
      let s5 = f32x4.splat(0);
      let s6 = f32x4.splat(0);
      let s7 = f32x4.splat(0);
      for (let e = start; e < end; e++) {
        const at = left + ((<usize>load<i32>(indices + (<usize>e << 2)) * xRow) << 2);
        const v = v128.load32_splat(values + (<usize>e << 2));
        s0 = f32x4.add(s0, f32x4.mul(v, v128.load(at)));
        s1 = f32x4.add(s1, f32x4.mul(v, v128.load(at, 16)));
        s2 = f32x4.add(s2, f32x4.mul(v, v128.load(at, 32)));
        s3 = f32x4.add(s3, f32x4.mul(v, v128.load(at, 48)));
        s4 = f32x4.add(s4, f32x4.mul(v, v128.load(at, 64)));
        s5 = f32x4.add(s5, f32x4.mul(v, v128.load(at, 80)));
        s6 = f32x4.add(s6, f32x4.mul(v, v128.load(at, 96)));
        s7 = f32x4.add(s7, f32x4.mul(v, v128.load(at, 112)));
      }
      const out = y + ((<usize>r * yRow) << 2) + (<usize>block << 7);
      v128.store(out, s0);
      v128.store(out, s1, 16);
      v128.store(out, s2, 32);
      v128.store(out, s3, 48);
      v128.store(out, s4, 64);
      v128.store(out, s5, 80);
      v128.store(out, s6, 96);
      v128.store(out, s7, 112);
    }
  }
}

/**
 * Rows [from, from + count) of a sparse x (count at most 32) times a sparse b, as columns: y[j][lane] += x[from + lane][i]
 * b[i][j]. f32; y [columns of b x 32].
 */
export function sparseTimesSparse(
  xOffsets: usize, xIndices: usize, xValues: usize, from: i32, count: i32,
  bOffsets: usize, bIndices: usize, bValues: usize, y: usize,
): void {
  for (let lane = 0; lane < count; lane++) {
    const own = y + (<usize>lane << 2);
    const end = load<i32>(xOffsets + (<usize>(from + lane) << 2), 4);
    for (let e = load<i32>(xOffsets + (<usize>(from + lane) << 2)); e < end; e++) {
      const row = bOffsets + (<usize>load<i32>(xIndices + (<usize>e << 2)) << 2);
      const factor = load<f32>(xValues + (<usize>e << 2));
      const last = load<i32>(row, 4);
      for (let f = load<i32>(row); f < last; f++) {
        const at = own + (<usize>load<i32>(bIndices + (<usize>f << 2)) << 7);
        store<f32>(at, load<f32>(at) + factor * load<f32>(bValues + (<usize>f << 2)));
      }
    }
  }
}

/** Rows [from, to) of 32: y[r] = a y[r] + b factors[r] x[r], f32; factors 0: 1 each; with a 0, y need not hold numbers. */
export function combineRows32(y: usize, x: usize, from: i32, to: i32, factors: usize, a: f32, b: f32): void {
  const own = f32x4.splat(a);
  for (let r = from; r < to; r++) {
    const other = f32x4.splat(factors == 0 ? b : b * load<f32>(factors + (<usize>r << 2)));
    const start = <usize>r << 7;
    for (let i = start; i < start + 128; i += 16) {
      const added = f32x4.mul(other, v128.load(x + i));
      v128.store(y + i, a == 0 ? added : f32x4.add(f32x4.mul(own, v128.load(y + i)), added));
    }
  }
}

/**
 * The k x k Gram matrix of rows [from, to) of y [rows x k], added to `out` f64 [k x k]: only where column block <= row block
 * of 8. k a multiple of 8. Sums run in f32 within 128 rows and in f64 between.
 */
export function gram32(y: usize, k: i32, from: i32, to: i32, out: usize): void {
  const row = <usize>k << 2;
  for (let first = from; first < to; first += 128) {
    const start = y + <usize>first * row;
    const end = y + <usize>min(first + 128, to) * row;
    for (let i = 0; i < k; i += 4) {
      for (let j = 0; j <= (i & ~7); j += 8) {
        let s00 = f32x4.splat(0);
        let s01 = f32x4.splat(0);
        let s10 = f32x4.splat(0);
        let s11 = f32x4.splat(0);
        let s20 = f32x4.splat(0);
        let s21 = f32x4.splat(0);
        let s30 = f32x4.splat(0);
        let s31 = f32x4.splat(0);
        const left = <usize>i << 2;
        const right = <usize>j << 2;
        for (let at = start; at < end; at += row) {
          const b0 = v128.load(at + right);
          const b1 = v128.load(at + right, 16);
          const a0 = v128.load32_splat(at + left);
          s00 = f32x4.add(s00, f32x4.mul(a0, b0));
          s01 = f32x4.add(s01, f32x4.mul(a0, b1));
          const a1 = v128.load32_splat(at + left, 4);
          s10 = f32x4.add(s10, f32x4.mul(a1, b0));
          s11 = f32x4.add(s11, f32x4.mul(a1, b1));
          const a2 = v128.load32_splat(at + left, 8);
          s20 = f32x4.add(s20, f32x4.mul(a2, b0));
          s21 = f32x4.add(s21, f32x4.mul(a2, b1));
          const a3 = v128.load32_splat(at + left, 12);
          s30 = f32x4.add(s30, f32x4.mul(a3, b0));
          s31 = f32x4.add(s31, f32x4.mul(a3, b1));
        }
        const o = out + ((<usize>i * k + j) << 3);
        const next = <usize>k << 3;
        addWide(o, s00, s01);
        addWide(o + next, s10, s11);
        addWide(o + 2 * next, s20, s21);
        addWide(o + 3 * next, s30, s31);
      }
    }
  }
}

@inline
function addWide(out: usize, low: v128, high: v128): void {
  v128.store(out, f64x2.add(v128.load(out), f64x2.promote_low_f32x4(low)));
  v128.store(out, f64x2.add(v128.load(out, 16), f64x2.promote_low_f32x4(i8x16.shuffle(low, low, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15))), 16);
  v128.store(out, f64x2.add(v128.load(out, 32), f64x2.promote_low_f32x4(high)), 32);
  v128.store(out, f64x2.add(v128.load(out, 48), f64x2.promote_low_f32x4(i8x16.shuffle(high, high, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15))), 48);
}
