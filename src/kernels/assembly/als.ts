// One side of alternating least squares, in the basis in which the other side's Gram matrix is diagonal.
//
// Row u with neighbours S and weights c solves (D + sum c x x') w = sum c x, where D is the diagonal of that Gram matrix
// plus the row's ridge. Conjugate gradients start at the row's present factors, preconditioned by the whole diagonal.
// The x of a row lie side by side in a tile, four rows at a time; a row with more neighbours than the tile is read
// again for each product. Widths are multiples of 8. Eight sums run side by side and meet as
// ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7)).
import { gemm32 } from './dense';
import { worker } from './memory';
import { seedRandom, uniform } from './random';

/** A row whose squared residual is below this is done: what is left changes no score, and smaller numbers lose digits. */
const LEAST: f32 = 1e-25;

/** Four such sums at once: lane r is the sum of row r. */
@inline
function sumsOf(v0: v128, v1: v128, v2: v128, v3: v128): v128 {
  const a = f32x4.add(v128.shuffle<f32>(v0, v1, 0, 4, 1, 5), v128.shuffle<f32>(v0, v1, 2, 6, 3, 7));
  const b = f32x4.add(v128.shuffle<f32>(v2, v3, 0, 4, 1, 5), v128.shuffle<f32>(v2, v3, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(a, b, 0, 1, 4, 5), v128.shuffle<f32>(a, b, 2, 3, 6, 7));
}

/** Inner product of two vectors of `bytes` bytes. */
@inline
function inner(a: usize, b: usize, bytes: usize): f32 {
  let s = f32x4.splat(0);
  let t = f32x4.splat(0);
  for (let k: usize = 0; k < bytes; k += 32) {
    s = f32x4.add(s, f32x4.mul(v128.load(a + k), v128.load(b + k)));
    t = f32x4.add(t, f32x4.mul(v128.load(a + k, 16), v128.load(b + k, 16)));
  }
  const v = f32x4.add(s, t);
  return f32x4.extract_lane(sumsOf(v, v, v, v), 0);
}

/** Copies the x and weights of neighbours [from, to) into the tile and fills it up to whole fours with nothing. */
@inline
function gather(from: usize, to: usize, indices: usize, weights: usize, other: usize, bytes: usize, tile: usize, factors: usize): usize {
  let at = tile;
  let c = factors;
  for (let e = from; e < to; e++) {
    const x = other + <usize>load<u32>(indices + (e << 2)) * bytes;
    for (let k: usize = 0; k < bytes; k += 32) {
      v128.store(at + k, v128.load(x + k));
      v128.store(at + k, v128.load(x + k, 16), 16);
    }
    store<f32>(c, weights ? load<f32>(weights + (e << 2)) : 1);
    at += bytes;
    c += 4;
  }
  const count = to - from;
  const padded = (count + 3) & ~3;
  memory.fill(at, 0, (padded - count) * bytes);
  memory.fill(c, 0, (padded - count) << 2);
  return padded;
}

/**
 * out += sum c (x . v) x over the tile; with `residual` out += sum c (1 - x . v) x, and the squares c x^2 go to `squares`.
 */
@inline
function product(tile: usize, factors: usize, rows: usize, bytes: usize, v: usize, out: usize, squares: usize, residual: bool): void {
  for (let r: usize = 0; r < rows; r += 4) {
    const x0 = tile + r * bytes;
    const x1 = x0 + bytes;
    const x2 = x1 + bytes;
    const x3 = x2 + bytes;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let t0 = f32x4.splat(0);
    let t1 = f32x4.splat(0);
    let t2 = f32x4.splat(0);
    let t3 = f32x4.splat(0);
    for (let k: usize = 0; k < bytes; k += 32) {
      const p = v128.load(v + k);
      s0 = f32x4.add(s0, f32x4.mul(v128.load(x0 + k), p));
      s1 = f32x4.add(s1, f32x4.mul(v128.load(x1 + k), p));
      s2 = f32x4.add(s2, f32x4.mul(v128.load(x2 + k), p));
      s3 = f32x4.add(s3, f32x4.mul(v128.load(x3 + k), p));
      const q = v128.load(v + k, 16);
      t0 = f32x4.add(t0, f32x4.mul(v128.load(x0 + k, 16), q));
      t1 = f32x4.add(t1, f32x4.mul(v128.load(x1 + k, 16), q));
      t2 = f32x4.add(t2, f32x4.mul(v128.load(x2 + k, 16), q));
      t3 = f32x4.add(t3, f32x4.mul(v128.load(x3 + k, 16), q));
    }
    const c = v128.load(factors + (r << 2));
    const dots = sumsOf(f32x4.add(s0, t0), f32x4.add(s1, t1), f32x4.add(s2, t2), f32x4.add(s3, t3));
    const f = f32x4.mul(c, residual ? f32x4.sub(f32x4.splat(1), dots) : dots);
    const f0 = v128.shuffle<f32>(f, f, 0, 0, 0, 0);
    const f1 = v128.shuffle<f32>(f, f, 1, 1, 1, 1);
    const f2 = v128.shuffle<f32>(f, f, 2, 2, 2, 2);
    const f3 = v128.shuffle<f32>(f, f, 3, 3, 3, 3);
    if (!residual) {
      for (let k: usize = 0; k < bytes; k += 16) {
        const low = f32x4.add(f32x4.mul(f0, v128.load(x0 + k)), f32x4.mul(f1, v128.load(x1 + k)));
        const high = f32x4.add(f32x4.mul(f2, v128.load(x2 + k)), f32x4.mul(f3, v128.load(x3 + k)));
        v128.store(out + k, f32x4.add(v128.load(out + k), f32x4.add(low, high)));
      }
      continue;
    }
    const c0 = v128.shuffle<f32>(c, c, 0, 0, 0, 0);
    const c1 = v128.shuffle<f32>(c, c, 1, 1, 1, 1);
    const c2 = v128.shuffle<f32>(c, c, 2, 2, 2, 2);
    const c3 = v128.shuffle<f32>(c, c, 3, 3, 3, 3);
    for (let k: usize = 0; k < bytes; k += 16) {
      const a0 = v128.load(x0 + k);
      const a1 = v128.load(x1 + k);
      const a2 = v128.load(x2 + k);
      const a3 = v128.load(x3 + k);
      const sum = f32x4.add(f32x4.add(f32x4.mul(f0, a0), f32x4.mul(f1, a1)), f32x4.add(f32x4.mul(f2, a2), f32x4.mul(f3, a3)));
      v128.store(out + k, f32x4.add(v128.load(out + k), sum));
      const low = f32x4.add(f32x4.mul(c0, f32x4.mul(a0, a0)), f32x4.mul(c1, f32x4.mul(a1, a1)));
      const high = f32x4.add(f32x4.mul(c2, f32x4.mul(a2, a2)), f32x4.mul(c3, f32x4.mul(a3, a3)));
      v128.store(squares + k, f32x4.add(v128.load(squares + k), f32x4.add(low, high)));
    }
  }
}

/** The neighbours of one row: where they are, and the tile that holds all of them or takes them in turn. */
let rowFrom: usize = 0;
let rowTo: usize = 0;
let rowIndices: usize = 0;
let rowWeights: usize = 0;
let rowOther: usize = 0;
let tileAt: usize = 0;
let tileFactors: usize = 0;
let tileRoom: usize = 0;
let tileHeld: usize = 0;

function products(bytes: usize, v: usize, out: usize, squares: usize, residual: bool): void {
  if (rowTo - rowFrom <= tileRoom) {
    if (residual) product(tileAt, tileFactors, tileHeld, bytes, v, out, squares, true);
    else product(tileAt, tileFactors, tileHeld, bytes, v, out, squares, false);
    return;
  }
  for (let from = rowFrom; from < rowTo; from += tileRoom) {
    const held = gather(from, min(from + tileRoom, rowTo), rowIndices, rowWeights, rowOther, bytes, tileAt, tileFactors);
    if (residual) product(tileAt, tileFactors, held, bytes, v, out, squares, true);
    else product(tileAt, tileFactors, held, bytes, v, out, squares, false);
  }
}

/**
 * Rows [from, to) of one side. offsets i32, indices i32, weights f32 (0: all 1), own and other f32 [rows x width],
 * diagonal f32 [width], ridges f32 [rows]. At most `steps` steps; a row is done when its preconditioned residual has
 * fallen to `tolerance` of what it was. Rows without neighbours become 0.
 * scratch, 4 * (4 * width + tile * (width + 1)) bytes a worker: four vectors, the tile, its weights.
 */
export function alsRows(
  from: i32, to: i32, offsets: usize, indices: usize, weights: usize, own: usize, other: usize, width: i32,
  diagonal: usize, ridges: usize, steps: i32, tolerance: f64, scratch: usize, tile: i32,
): void {
  const bytes = <usize>width << 2;
  const base = scratch + <usize>worker * (4 * bytes + <usize>tile * (bytes + 4));
  const r = base;
  const p = r + bytes;
  const q = p + bytes;
  const inverse = q + bytes;
  tileAt = inverse + bytes;
  tileFactors = tileAt + <usize>tile * bytes;
  tileRoom = <usize>tile;
  rowIndices = indices;
  rowWeights = weights;
  rowOther = other;
  for (let row = from; row < to; row++) {
    rowFrom = <usize>load<u32>(offsets + (<usize>row << 2));
    rowTo = <usize>load<u32>(offsets + (<usize>row << 2), 4);
    const w = own + <usize>row * bytes;
    if (rowFrom == rowTo) {
      memory.fill(w, 0, bytes);
      continue;
    }
    if (rowTo - rowFrom <= tileRoom) tileHeld = gather(rowFrom, rowTo, indices, weights, other, bytes, tileAt, tileFactors);
    solveRow(bytes, w, diagonal, load<f32>(ridges + (<usize>row << 2)), r, p, q, inverse, steps, <f32>tolerance);
  }
}

function solveRow(bytes: usize, w: usize, diagonal: usize, ridge: f32, r: usize, p: usize, q: usize, inverse: usize, steps: i32, tolerance: f32): void {
  const one = f32x4.splat(1);
  const ridges = f32x4.splat(ridge);
  for (let k: usize = 0; k < bytes; k += 16) {
    const d = f32x4.add(v128.load(diagonal + k), ridges);
    v128.store(r + k, f32x4.neg(f32x4.mul(d, v128.load(w + k))));
    v128.store(inverse + k, d);
  }
  products(bytes, w, r, inverse, true);
  for (let k: usize = 0; k < bytes; k += 16) {
    const i = f32x4.div(one, v128.load(inverse + k));
    v128.store(inverse + k, i);
    const z = f32x4.mul(v128.load(r + k), i);
    v128.store(p + k, z);
    v128.store(q + k, z);
  }
  let rz = inner(r, q, bytes);
  const enough = tolerance * rz;
  for (let step = 1; step <= steps; step++) {
    if (!(rz > LEAST)) return;
    for (let k: usize = 0; k < bytes; k += 16)
      v128.store(q + k, f32x4.mul(f32x4.add(v128.load(diagonal + k), ridges), v128.load(p + k)));
    products(bytes, p, q, inverse, false);
    const alpha = f32x4.splat(rz / inner(p, q, bytes));
    for (let k: usize = 0; k < bytes; k += 16) v128.store(w + k, f32x4.add(v128.load(w + k), f32x4.mul(alpha, v128.load(p + k))));
    if (step == steps) return;
    for (let k: usize = 0; k < bytes; k += 16) {
      const left = f32x4.sub(v128.load(r + k), f32x4.mul(alpha, v128.load(q + k)));
      v128.store(r + k, left);
      v128.store(q + k, f32x4.mul(left, v128.load(inverse + k)));
    }
    const after = inner(r, q, bytes);
    if (!(after > enough)) return;
    const beta = f32x4.splat(after / rz);
    for (let k: usize = 0; k < bytes; k += 16) v128.store(p + k, f32x4.add(v128.load(q + k), f32x4.mul(beta, v128.load(p + k))));
    rz = after;
  }
}

const GRAM_ROWS: i32 = 256;
const TURN_ROWS: i32 = 128;
const STRIP: i32 = 16;

/**
 * Adds the lower triangle of x' x of rows [from, to) to out f64 [width x width] (in strips of 16 columns, so that a few
 * entries above it come along): f32 sums over 256 rows, these added up in f64.
 * scratch: 4 * (256 * width + 256 * 16 + 16 * width) bytes a worker; panels: 8192 bytes a worker.
 */
export function gramRows(x: usize, from: i32, to: i32, width: i32, out: usize, scratch: usize, panels: usize): void {
  const size = <usize>width;
  const turned = scratch + <usize>worker * 4 * (<usize>GRAM_ROWS * (size + <usize>STRIP) + <usize>STRIP * size);
  const strip = turned + 4 * size * <usize>GRAM_ROWS;
  const sums = strip + 4 * <usize>GRAM_ROWS * STRIP;
  for (let start = from; start < to; start += GRAM_ROWS) {
    const rows = min(GRAM_ROWS, to - start);
    const block = x + <usize>start * size * 4;
    for (let i = 0; i < rows; i++)
      for (let k = 0; k < width; k++)
        store<f32>(turned + ((<usize>k * rows + i) << 2), load<f32>(block + ((<usize>i * size + k) << 2)));
    for (let first = 0; first < width; first += STRIP) {
      const columns = min(STRIP, width - first);
      const below = width - first;
      for (let i: usize = 0; i < <usize>rows; i++)
        memory.copy(strip + ((i * columns) << 2), block + ((i * size + first) << 2), <usize>columns << 2);
      memory.fill(sums, 0, (<usize>below * columns) << 2);
      gemm32(turned + ((<usize>first * rows) << 2), strip, sums, below, columns, rows, panels);
      for (let i = 0; i < below; i++)
        for (let j = 0; j < columns; j++) {
          const at = out + ((<usize>(first + i) * size + first + j) << 3);
          store<f64>(at, load<f64>(at) + <f64>load<f32>(sums + ((<usize>i * columns + j) << 2)));
        }
    }
  }
}

/** Rows [from, to) of x become x times basis f32 [width x width]. scratch: 512 * width bytes a worker; panels: 8192. */
export function turnRows(x: usize, from: i32, to: i32, width: i32, basis: usize, scratch: usize, panels: usize): void {
  const bytes = <usize>width << 2;
  const turned = scratch + <usize>worker * TURN_ROWS * bytes;
  for (let start = from; start < to; start += TURN_ROWS) {
    const rows = min(TURN_ROWS, to - start);
    const block = x + <usize>start * bytes;
    memory.fill(turned, 0, <usize>rows * bytes);
    gemm32(block, basis, turned, rows, width, width, panels);
    memory.copy(block, turned, <usize>rows * bytes);
  }
}

/** `count` f32 uniform in [-scale, scale), from the stream of `seed`. */
export function drawUniform(at: usize, count: i32, seed: u32, scale: f64): void {
  seedRandom(seed);
  for (let i: usize = 0; i < <usize>count; i++) store<f32>(at + (i << 2), <f32>((2 * uniform() - 1) * scale));
}
