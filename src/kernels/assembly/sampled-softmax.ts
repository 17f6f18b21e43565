// One step of matrix factorisation by a softmax over sampled items, on cosines. For each user u of a batch, the user's
// items i and the items n drawn for all users of the batch:
//   loss = sum_i log(1 + sum_n exp((cos_un - cos_ui) / temperature))
// At its least a user's unit vector points where its own slope g does not: it is turned there, w = w/|w| - turn g/|g|.
// Items move by rate g / sqrt(sum of |g|^2 so far) (Adagrad, one number a vector), in the order in which the batch names
// them, drawn ones first. One thread; widths are multiples of 4, draws even.
import { gemm32 } from './dense';
import { bothLanes, expLanes, logLanes } from './lanes';

@inline
function inner(a: usize, b: usize, bytes: usize): f32 {
  let s = f32x4.splat(0);
  for (let k: usize = 0; k < bytes; k += 16) s = f32x4.add(s, f32x4.mul(v128.load(a + k), v128.load(b + k)));
  return f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1) + (f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3));
}

@inline
function addTimes(to: usize, from: usize, factor: f32, bytes: usize): void {
  const f = f32x4.splat(factor);
  for (let k: usize = 0; k < bytes; k += 16)
    v128.store(to + k, f32x4.add(v128.load(to + k), f32x4.mul(f, v128.load(from + k))));
}

/** Copies x / |x| (0 stays 0) and returns |x|. */
function unit(x: usize, to: usize, bytes: usize): f32 {
  const length = sqrt<f32>(inner(x, x, bytes));
  const f = f32x4.splat(length > 0 ? 1 / length : 0);
  for (let k: usize = 0; k < bytes; k += 16) v128.store(to + k, f32x4.mul(f, v128.load(x + k)));
  return length;
}

/** Moves an item's x, whose unit vector and its slope are given. */
function move(x: usize, own: usize, slope: usize, length: f32, sum: usize, rate: f32, bytes: usize): void {
  if (!(length > 0)) return;
  addTimes(slope, own, -inner(slope, own, bytes), bytes);
  const total = load<f32>(sum) + inner(slope, slope, bytes) / (length * length);
  if (!(total > 0)) return;
  store<f32>(sum, total);
  addTimes(x, slope, -(rate / (length * sqrt<f32>(total))), bytes);
}

/**
 * users i32 [count]; offsets and indices i32: the items of each user; drawn i32 [draws].
 * w and h f32 [rows x width]; sums f32 [items]: of squared
 * slopes so far. slots i32 [items], 0 before and after.
 * scratch, in floats: count (2 width + 1) + 2 width draws + 2 count draws + room (2 width + 2), where room is at least the
 * number of distinct items in the batch; panels: 8192 bytes. Returns the loss of the batch.
 */
export function softmaxStep(
  users: usize, count: i32, offsets: usize, indices: usize, drawn: usize, draws: i32, w: usize, h: usize, width: i32,
  sums: usize, slots: usize, temperature: f64, turn: f64, rate: f64, room: i32, scratch: usize, panels: usize,
): f64 {
  const bytes = <usize>width << 2;
  const own = scratch;
  const pull = own + <usize>count * bytes;
  const lengths = pull + <usize>count * bytes;
  const others = lengths + (<usize>count << 2);
  const turned = others + <usize>draws * bytes;
  const products = turned + <usize>draws * bytes;
  const back = products + ((<usize>count * draws) << 2);
  const units = back + ((<usize>count * draws) << 2);
  const slopes = units + <usize>room * bytes;
  const itemLengths = slopes + <usize>room * bytes;
  const names = itemLengths + (<usize>room << 2);
  let used = 0;

  for (let n = 0; n < draws; n++) {
    const item = load<u32>(drawn + (<usize>n << 2));
    used = take(item, used, slots, names, h, units, slopes, itemLengths, bytes);
    const slot = <usize>(load<i32>(slots + (<usize>item << 2)) - 1);
    memory.copy(others + <usize>n * bytes, units + slot * bytes, bytes);
    for (let k = 0; k < width; k++)
      store<f32>(turned + ((<usize>k * draws + n) << 2), load<f32>(others + ((<usize>n * width + k) << 2)));
  }
  for (let u = 0; u < count; u++)
    store<f32>(lengths + (<usize>u << 2), unit(w + <usize>load<u32>(users + (<usize>u << 2)) * bytes, own + <usize>u * bytes, bytes));
  memory.fill(products, 0, (<usize>count * draws) << 2);
  gemm32(own, turned, products, count, draws, width, panels);

  memory.fill(pull, 0, <usize>count * bytes);
  let loss: f64 = 0;
  const cold = 1 / temperature;
  for (let u = 0; u < count; u++) {
    const row = products + ((<usize>u * draws) << 2);
    let both = f64x2.splat(0);
    for (let n = 0; n < draws; n += 2) {
      const at = row + (<usize>n << 2);
      const e = expLanes(f64x2.mul(f64x2.splat(cold), f64x2.promote_low_f32x4(v128.load64_zero(at))));
      both = f64x2.add(both, e);
      v128.store64_lane(at, f32x4.demote_f64x2_zero(e), 0);
    }
    const all = bothLanes(both);
    const user = load<u32>(users + (<usize>u << 2));
    const end = load<u32>(offsets + (<usize>user << 2), 4);
    const mine = own + <usize>u * bytes;
    let share: f64 = 0;
    for (let e = load<u32>(offsets + (<usize>user << 2)); e < end; e++) {
      const item = load<u32>(indices + (<usize>e << 2));
      used = take(item, used, slots, names, h, units, slopes, itemLengths, bytes);
      const slot = <usize>(load<i32>(slots + (<usize>item << 2)) - 1);
      const good = f64x2.extract_lane(expLanes(f64x2.splat(cold * <f64>inner(mine, units + slot * bytes, bytes))), 0);
      const total = good + all;
      share += 1 / total;
      loss += f64x2.extract_lane(logLanes(f64x2.splat(total / good)), 0);
      const f = <f32>(-cold * (all / total));
      addTimes(pull + <usize>u * bytes, units + slot * bytes, f, bytes);
      addTimes(slopes + slot * bytes, mine, f, bytes);
    }
    const f = <f32>(cold * share);
    for (let n = 0; n < draws; n++) {
      const at = row + (<usize>n << 2);
      store<f32>(at, f * load<f32>(at));
      store<f32>(back + ((<usize>n * count + u) << 2), load<f32>(at));
    }
  }

  gemm32(products, others, pull, count, width, draws, panels);
  memory.fill(turned, 0, <usize>draws * bytes);
  gemm32(back, own, turned, draws, width, count, panels);
  for (let n = 0; n < draws; n++) {
    const slot = <usize>(load<i32>(slots + (<usize>load<u32>(drawn + (<usize>n << 2)) << 2)) - 1);
    addTimes(slopes + slot * bytes, turned + <usize>n * bytes, 1, bytes);
  }
  for (let u = 0; u < count; u++) {
    const user = <usize>load<u32>(users + (<usize>u << 2));
    const at = <usize>u * bytes;
    const size = sqrt<f32>(inner(pull + at, pull + at, bytes));
    if (!(load<f32>(lengths + (<usize>u << 2)) > 0) || !(size > 0)) continue;
    memory.copy(w + user * bytes, own + at, bytes);
    addTimes(w + user * bytes, pull + at, -(<f32>turn / size), bytes);
  }
  for (let s = 0; s < used; s++) {
    const item = <usize>load<u32>(names + (<usize>s << 2));
    const at = <usize>s * bytes;
    store<i32>(slots + (item << 2), 0);
    move(h + item * bytes, units + at, slopes + at, load<f32>(itemLengths + (<usize>s << 2)), sums + (item << 2), <f32>rate, bytes);
  }
  return loss;
}

/** Gives an item a slot unless it has one; returns the slots in use. */
function take(
  item: u32, used: i32, slots: usize, names: usize, h: usize, units: usize, slopes: usize, lengths: usize, bytes: usize,
): i32 {
  const at = slots + (<usize>item << 2);
  if (load<i32>(at) != 0) return used;
  store<i32>(at, used + 1);
  store<u32>(names + (<usize>used << 2), item);
  const place = <usize>used * bytes;
  store<f32>(lengths + (<usize>used << 2), unit(h + <usize>item * bytes, units + place, bytes));
  memory.fill(slopes + place, 0, bytes);
  return used + 1;
}
