// Layers of a network over packed sequences, forward and back, in f32: rows [rows x width], width a multiple of 4.
// Sums run in four lanes, added as (0 + 1) + (2 + 3) at the end; the plain twin repeats the order.
import { logLanes } from './lanes';

const MAGIC: f32 = 12582912; // 1.5 x 2^23: adding it rounds to a whole number
const NONE: f32 = -1e30;

/** exp of four floats, arguments held to [-87, 87]; within 2 units in the last place. */
@inline
function exp4(argument: v128): v128 {
  const x = f32x4.min(f32x4.max(argument, f32x4.splat(-87)), f32x4.splat(87));
  const n = f32x4.sub(f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504)), f32x4.splat(MAGIC)), f32x4.splat(MAGIC));
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375))), f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.add(f32x4.mul(f32x4.splat(1.9875691500e-4), r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(p, r), r), r), f32x4.splat(1));
  return f32x4.mul(p, i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23));
}

@inline
function lanes4(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

@inline
function dot32(a: usize, b: usize, bytes: usize): f32 {
  let sum = f32x4.splat(0);
  for (let e: usize = 0; e < bytes; e += 16) sum = f32x4.add(sum, f32x4.mul(v128.load(a + e), v128.load(b + e)));
  return lanes4(sum);
}

@inline
function axpy32(to: usize, from: usize, factor: f32, bytes: usize): void {
  const f = f32x4.splat(factor);
  for (let e: usize = 0; e < bytes; e += 16)
    v128.store(to + e, f32x4.add(v128.load(to + e), f32x4.mul(f, v128.load(from + e))));
}

/** `count` floats at `to` become 0. */
export function clear32(to: usize, count: i32): void {
  memory.fill(to, 0, <usize>count << 2);
}

/** to[i] += from[i]. */
export function add32s(to: usize, from: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const at = <usize>i << 2;
    v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(from + at)));
  }
  for (; i < count; i++) {
    const at = <usize>i << 2;
    store<f32>(to + at, load<f32>(to + at) + load<f32>(from + at));
  }
}

/** to[columns x rows] = from[rows x columns] turned over. */
export function transpose32(from: usize, to: usize, rows: i32, columns: i32): void {
  for (let r0 = 0; r0 < rows; r0 += 16) {
    const r1 = min(rows, r0 + 16);
    for (let c = 0; c < columns; c++) {
      const out = to + ((<usize>c * rows) << 2);
      for (let r = r0; r < r1; r++) store<f32>(out + (<usize>r << 2), load<f32>(from + ((<usize>r * columns + c) << 2)));
    }
  }
}

/** out[r] = scale (table[index[r]] + places[place[r]]); index, place: i32 [rows]; places 0: none. */
export function embed32(table: usize, index: usize, places: usize, place: usize, scale: f32, out: usize, rows: i32, width: i32): void {
  const bytes = <usize>width << 2;
  const s = f32x4.splat(scale);
  for (let r = 0; r < rows; r++) {
    const at = <usize>r << 2;
    const own = table + <usize>load<i32>(index + at) * bytes;
    const to = out + <usize>r * bytes;
    if (places == 0) {
      for (let e: usize = 0; e < bytes; e += 16) v128.store(to + e, f32x4.mul(s, v128.load(own + e)));
      continue;
    }
    const there = places + <usize>load<i32>(place + at) * bytes;
    for (let e: usize = 0; e < bytes; e += 16) v128.store(to + e, f32x4.mul(s, f32x4.add(v128.load(own + e), v128.load(there + e))));
  }
}

/** table[index[r]] += scale * from[r], rows in their order. */
export function scatter32(table: usize, index: usize, scale: f32, from: usize, rows: i32, width: i32): void {
  const bytes = <usize>width << 2;
  for (let r = 0; r < rows; r++) axpy32(table + <usize>load<i32>(index + (<usize>r << 2)) * bytes, from + <usize>r * bytes, scale, bytes);
}

/** table[index[r]] += factors[r] * from[r], rows in their order. */
export function scatterBy32(table: usize, index: usize, factors: usize, from: usize, rows: i32, width: i32): void {
  const bytes = <usize>width << 2;
  for (let r = 0; r < rows; r++) {
    const at = <usize>r << 2;
    axpy32(table + <usize>load<i32>(index + at) * bytes, from + <usize>r * bytes, load<f32>(factors + at), bytes);
  }
}

/** out[r] += factors[r] * table[index[r]]. */
export function gatherBy32(table: usize, index: usize, factors: usize, out: usize, rows: i32, width: i32): void {
  const bytes = <usize>width << 2;
  for (let r = 0; r < rows; r++) {
    const at = <usize>r << 2;
    axpy32(out + <usize>r * bytes, table + <usize>load<i32>(index + at) * bytes, load<f32>(factors + at), bytes);
  }
}

/** Each of `count` (a multiple of 4) floats becomes 0 where its hash under `seed` is below `bar`, else `kept` times itself. */
export function dropout32(at: usize, count: i32, seed: u32, bar: u32, kept: f32): void {
  const s = i32x4.splat(seed);
  const b = i32x4.splat(bar);
  const k = f32x4.splat(kept);
  let i = i32x4(1, 2, 3, 4);
  for (let e: usize = 0, end = <usize>count << 2; e < end; e += 16) {
    let h = v128.xor(s, i32x4.mul(i, i32x4.splat(0x9e3779b1)));
    h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(0x85ebca6b));
    h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), i32x4.splat(0xc2b2ae35));
    h = v128.xor(h, i32x4.shr_u(h, 16));
    v128.store(at + e, v128.andnot(f32x4.mul(v128.load(at + e), k), i32x4.lt_u(h, b)));
    i = i32x4.add(i, i32x4.splat(4));
  }
}

/** out = gain * (x - mean) / sd of each row; stats [rows x 2]: mean, 1 / sd. */
export function norm32(x: usize, gain: usize, out: usize, stats: usize, rows: i32, width: i32): void {
  const bytes = <usize>width << 2;
  const ones: f32 = 1 / <f32>width;
  for (let r = 0; r < rows; r++) {
    const own = x + <usize>r * bytes;
    const to = out + <usize>r * bytes;
    let sum = f32x4.splat(0);
    for (let e: usize = 0; e < bytes; e += 16) sum = f32x4.add(sum, v128.load(own + e));
    const mean = lanes4(sum) * ones;
    const m = f32x4.splat(mean);
    let squares = f32x4.splat(0);
    for (let e: usize = 0; e < bytes; e += 16) {
      const gap = f32x4.sub(v128.load(own + e), m);
      squares = f32x4.add(squares, f32x4.mul(gap, gap));
    }
    const scale: f32 = 1 / sqrt<f32>(lanes4(squares) * ones + 1e-6);
    const s = f32x4.splat(scale);
    for (let e: usize = 0; e < bytes; e += 16)
      v128.store(to + e, f32x4.mul(f32x4.mul(f32x4.sub(v128.load(own + e), m), s), v128.load(gain + e)));
    store<f32>(stats + (<usize>r << 3), mean);
    store<f32>(stats + (<usize>r << 3), scale, 4);
  }
}

/** dx += gradient through `norm32`, dgain += that of the gain. */
export function normBack32(x: usize, gain: usize, stats: usize, dout: usize, dx: usize, dgain: usize, rows: i32, width: i32): void {
  const bytes = <usize>width << 2;
  const ones: f32 = 1 / <f32>width;
  for (let r = 0; r < rows; r++) {
    const own = x + <usize>r * bytes;
    const up = dout + <usize>r * bytes;
    const to = dx + <usize>r * bytes;
    const m = f32x4.splat(load<f32>(stats + (<usize>r << 3)));
    const scale = load<f32>(stats + (<usize>r << 3), 4);
    const s = f32x4.splat(scale);
    let sum = f32x4.splat(0);
    let along = f32x4.splat(0);
    for (let e: usize = 0; e < bytes; e += 16) {
      const unit = f32x4.mul(f32x4.sub(v128.load(own + e), m), s);
      const d = v128.load(up + e);
      v128.store(dgain + e, f32x4.add(v128.load(dgain + e), f32x4.mul(d, unit)));
      const g = f32x4.mul(d, v128.load(gain + e));
      sum = f32x4.add(sum, g);
      along = f32x4.add(along, f32x4.mul(g, unit));
    }
    const a = f32x4.splat(lanes4(sum) * ones);
    const b = f32x4.splat(lanes4(along) * ones);
    for (let e: usize = 0; e < bytes; e += 16) {
      const unit = f32x4.mul(f32x4.sub(v128.load(own + e), m), s);
      const g = f32x4.mul(v128.load(up + e), v128.load(gain + e));
      v128.store(to + e, f32x4.add(v128.load(to + e), f32x4.mul(s, f32x4.sub(f32x4.sub(g, a), f32x4.mul(unit, b)))));
    }
  }
}

/** x[r] += bias; with `relu` what is below 0 becomes 0. */
export function bias32(x: usize, bias: usize, relu: i32, rows: i32, width: i32): void {
  const bytes = <usize>width << 2;
  const low = f32x4.splat(relu ? 0 : -Infinity);
  for (let r = 0; r < rows; r++) {
    const own = x + <usize>r * bytes;
    for (let e: usize = 0; e < bytes; e += 16) v128.store(own + e, f32x4.max(f32x4.add(v128.load(own + e), v128.load(bias + e)), low));
  }
}

/** Back through `bias32`: dx becomes 0 where the result x was not above 0 (with `relu`); dbias += its column sums. */
export function biasBack32(x: usize, dx: usize, dbias: usize, relu: i32, rows: i32, width: i32): void {
  const bytes = <usize>width << 2;
  for (let r = 0; r < rows; r++) {
    const own = x + <usize>r * bytes;
    const up = dx + <usize>r * bytes;
    for (let e: usize = 0; e < bytes; e += 16) {
      let d = v128.load(up + e);
      if (relu) {
        d = v128.and(d, f32x4.gt(v128.load(own + e), f32x4.splat(0)));
        v128.store(up + e, d);
      }
      v128.store(dbias + e, f32x4.add(v128.load(dbias + e), d));
    }
  }
}

/**
 * Attention of each place to those of its sequence up to itself. qkv [rows x 3 width]: queries, keys, values, each of
 * `heads` heads; sequences s: rows offsets[s] .. offsets[s + 1). out [rows x width]; chances: room for the shares, one
 * triangle a sequence and head.
 */
export function attend32(qkv: usize, offsets: usize, sequences: i32, heads: i32, width: i32, chances: usize, out: usize): void {
  const row = (<usize>width << 2) * 3;
  const part = (<usize>width << 2) / heads;
  const scale: f32 = 1 / sqrt<f32>(<f32>(width / heads));
  let at = chances;
  for (let s = 0; s < sequences; s++) {
    const first = load<i32>(offsets + (<usize>s << 2));
    const length = load<i32>(offsets + (<usize>s << 2), 4) - first;
    for (let h = 0; h < heads; h++) {
      const q = qkv + <usize>first * row + <usize>h * <usize>part;
      const k = q + (<usize>width << 2);
      const v = k + (<usize>width << 2);
      const to = out + ((<usize>first * width) << 2) + <usize>h * <usize>part;
      for (let i = 0; i < length; i++) {
        let most: f32 = NONE;
        for (let j = 0; j <= i; j++) {
          const z = dot32(q + <usize>i * row, k + <usize>j * row, part) * scale;
          store<f32>(at + (<usize>j << 2), z);
          most = max(most, z);
        }
        let sum: f32 = 0;
        for (let j = 0; j <= i; j++) {
          const e = f32x4.extract_lane(exp4(f32x4.splat(load<f32>(at + (<usize>j << 2)) - most)), 0);
          store<f32>(at + (<usize>j << 2), e);
          sum += e;
        }
        const own = to + ((<usize>i * width) << 2);
        for (let e: usize = 0; e < part; e += 16) v128.store(own + e, f32x4.splat(0));
        for (let j = 0; j <= i; j++) {
          const p = load<f32>(at + (<usize>j << 2)) / sum;
          store<f32>(at + (<usize>j << 2), p);
          axpy32(own, v + <usize>j * row, p, part);
        }
        at += <usize>(i + 1) << 2;
      }
    }
  }
}

/** Back through `attend32`; dqkv is written. scratch: floats for the longest sequence. */
export function attendBack32(
  qkv: usize, offsets: usize, sequences: i32, heads: i32, width: i32, chances: usize, dout: usize, dqkv: usize, scratch: usize,
): void {
  const row = (<usize>width << 2) * 3;
  const part = (<usize>width << 2) / heads;
  const scale: f32 = 1 / sqrt<f32>(<f32>(width / heads));
  const rows = load<i32>(offsets + (<usize>sequences << 2));
  memory.fill(dqkv, 0, <usize>rows * row);
  let at = chances;
  for (let s = 0; s < sequences; s++) {
    const first = load<i32>(offsets + (<usize>s << 2));
    const length = load<i32>(offsets + (<usize>s << 2), 4) - first;
    for (let h = 0; h < heads; h++) {
      const from = <usize>first * row + <usize>h * <usize>part;
      const k = <usize>width << 2;
      const v = k + k;
      const up = dout + ((<usize>first * width) << 2) + <usize>h * <usize>part;
      for (let i = 0; i < length; i++) {
        const own = up + ((<usize>i * width) << 2);
        const q = from + <usize>i * row;
        let mean: f32 = 0;
        for (let j = 0; j <= i; j++) {
          const other = from + <usize>j * row;
          const p = load<f32>(at + (<usize>j << 2));
          const d = dot32(own, qkv + other + v, part);
          store<f32>(scratch + (<usize>j << 2), d);
          mean += p * d;
          axpy32(dqkv + other + v, own, p, part);
        }
        for (let j = 0; j <= i; j++) {
          const other = from + <usize>j * row;
          const d = load<f32>(at + (<usize>j << 2)) * (load<f32>(scratch + (<usize>j << 2)) - mean) * scale;
          axpy32(dqkv + q, qkv + other + k, d, part);
          axpy32(dqkv + other + k, qkv + q, d, part);
        }
        at += <usize>(i + 1) << 2;
      }
    }
  }
}

/**
 * Softmax loss of one right item a row against `drawn` others that all rows share; logits [rows x drawn] (products of the
 * rows of `hidden` [rows x width] with the drawn items) become their gradients, right [rows] gets that of the right
 * item's. Each logit is lessened by the item's `offset` (logarithm of how often it is drawn); a drawn item that is the
 * right one doesn't count. table [items x width]; wanted, items: i32 [rows], [drawn]; gradients are times `scale`.
 * loss (f64) += scale times the sum. drawn: a multiple of 4.
 */
export function softmaxDrawn32(
  hidden: usize, table: usize, wanted: usize, items: usize, offset: usize, drawnOffset: usize, logits: usize, right: usize,
  scale: f32, loss: usize, rows: i32, width: i32, drawn: i32,
): void {
  const bytes = <usize>width << 2;
  const end = <usize>drawn << 2;
  for (let r = 0; r < rows; r++) {
    const item = load<i32>(wanted + (<usize>r << 2));
    const own = logits + <usize>r * end;
    const z = dot32(hidden + <usize>r * bytes, table + <usize>item * bytes, bytes) - load<f32>(offset + (<usize>item << 2));
    const same = i32x4.splat(item);
    let most4 = f32x4.splat(z);
    for (let e: usize = 0; e < end; e += 16) {
      const x = f32x4.sub(v128.load(own + e), v128.load(drawnOffset + e));
      const y = v128.bitselect(f32x4.splat(NONE), x, i32x4.eq(v128.load(items + e), same));
      v128.store(own + e, y);
      most4 = f32x4.max(most4, y);
    }
    const most = max(max(f32x4.extract_lane(most4, 0), f32x4.extract_lane(most4, 1)), max(f32x4.extract_lane(most4, 2), f32x4.extract_lane(most4, 3)));
    const m = f32x4.splat(most);
    let sum4 = f32x4.splat(0);
    for (let e: usize = 0; e < end; e += 16) {
      const x = exp4(f32x4.sub(v128.load(own + e), m));
      v128.store(own + e, x);
      sum4 = f32x4.add(sum4, x);
    }
    const mine = f32x4.extract_lane(exp4(f32x4.splat(z - most)), 0);
    const sum = lanes4(sum4) + mine;
    const unit = scale / sum;
    const u = f32x4.splat(unit);
    for (let e: usize = 0; e < end; e += 16) v128.store(own + e, f32x4.mul(v128.load(own + e), u));
    store<f32>(right + (<usize>r << 2), mine * unit - scale);
    const gap = f64x2.extract_lane(logLanes(f64x2.splat(<f64>sum)), 0) + (<f64>most - <f64>z);
    store<f64>(loss, load<f64>(loss) + <f64>scale * gap);
  }
}

/** A step of Adam on `count` weights (a multiple of 4); the gradient becomes 0. rate and floor hold the corrections of the step. */
export function adam32(
  weights: usize, gradient: usize, mean: usize, square: usize, from: i32, to: i32, rate: f32, floor: f32, keep: f32, keepSquare: f32, decay: f32,
): void {
  const a = f32x4.splat(keep);
  const a1 = f32x4.splat(1 - keep);
  const b = f32x4.splat(keepSquare);
  const b1 = f32x4.splat(1 - keepSquare);
  const r = f32x4.splat(rate);
  const f = f32x4.splat(floor);
  const d = f32x4.splat(decay);
  for (let e = <usize>from << 2, end = <usize>to << 2; e < end; e += 16) {
    const g = v128.load(gradient + e);
    const m = f32x4.add(f32x4.mul(a, v128.load(mean + e)), f32x4.mul(a1, g));
    const v = f32x4.add(f32x4.mul(b, v128.load(square + e)), f32x4.mul(b1, f32x4.mul(g, g)));
    v128.store(mean + e, m);
    v128.store(square + e, v);
    const w = v128.load(weights + e);
    const step = f32x4.div(f32x4.mul(r, m), f32x4.add(f32x4.sqrt(v), f));
    v128.store(weights + e, f32x4.sub(f32x4.sub(w, step), f32x4.mul(d, w)));
    v128.store(gradient + e, f32x4.splat(0));
  }
}

/** out[r] = base[r] + sum over e of row r of values[e] table[indices[e]], rows [from, to); base 0: none. Compressed rows: i32, i32, f32. */
export function mixRows32(
  offsets: usize, indices: usize, values: usize, table: usize, base: usize, out: usize, from: i32, to: i32, width: i32,
): void {
  const bytes = <usize>width << 2;
  for (let r = from; r < to; r++) {
    const own = out + <usize>r * bytes;
    if (base != 0) memory.copy(own, base + <usize>r * bytes, bytes);
    else memory.fill(own, 0, bytes);
    for (let e = load<i32>(offsets + (<usize>r << 2)), end = load<i32>(offsets + (<usize>r << 2), 4); e < end; e++) {
      const at = <usize>e << 2;
      axpy32(own, table + <usize>load<i32>(indices + at) * bytes, load<f32>(values + at), bytes);
    }
  }
}
