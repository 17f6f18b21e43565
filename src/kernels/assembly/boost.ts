// The inner loops of gradient boosting: gradients, histograms of them over bins, the best split of each feature, rows to
// the left and to the right, and what trees add to the scores.
//
// Layouts (all little-endian):
//   bins      row-major: 8 bytes a group of eight features, `rowStride` bytes a row
//   gh        f32 pairs a row: gradient, hessian
//   histogram a feature 256 cells of two f64 (sums of gradient and hessian); cell 255 is of missing values
//   feature   four i32: bins, kind (0 number, 1 category), monotone (-1, 0, 1), used
//   node      f64: 0 gradient, 1 hessian, 2 rows, 3 lowest and 4 highest output allowed, 5 address of its histogram,
//             6 address of its best splits (0: not to be split)
//   best      twelve f64 a feature: 0 gain, 1 last bin on the left (of a category: bins on the left), 2 missing left,
//             3 gradient and 4 hessian on the left, 8..11 the 256 bits of a category's left set
//   settings  f64: 0 l2, 1 l1, 2 fewest rows, 3 least hessian, 4 l2 of categories, 5 smoothing of categories,
//             6 most categories on one side, 7 outputs are constrained

import { exp2x } from './exp';

const CELLS: usize = 4096; // bytes of a feature's histogram
const BLOCK: i32 = 2048;

/** gh of log loss. scores f64, labels f32 (0, 1), weights f32 or 0; rows from..to-1, from even. */
export function logitGradients(scores: usize, labels: usize, weights: usize, gh: usize, from: i32, to: i32): void {
  const one = f64x2.splat(1);
  for (let i = from; i < to; i += 2) {
    const s = v128.load(scores + (<usize>i << 3));
    const y = f64x2.promote_low_f32x4(v128.load64_zero(labels + (<usize>i << 2)));
    const p = f64x2.div(one, f64x2.add(one, exp2x(f64x2.neg(s))));
    let g = f64x2.sub(p, y);
    let h = f64x2.max(f64x2.mul(p, f64x2.sub(one, p)), f64x2.splat(1e-16));
    if (weights) {
      const w = f64x2.promote_low_f32x4(v128.load64_zero(weights + (<usize>i << 2)));
      g = f64x2.mul(g, w);
      h = f64x2.mul(h, w);
    }
    const gs = f32x4.demote_f64x2_zero(g);
    const hs = f32x4.demote_f64x2_zero(h);
    v128.store(gh + (<usize>i << 3), v128.shuffle<f32>(gs, hs, 0, 4, 1, 5));
  }
}

@inline
function addRow(b: u64, g: v128, out: usize): void {
  let a = out + <usize>((b << 4) & 0xff0);
  v128.store(a, f64x2.add(v128.load(a), g));
  a = out + <usize>((b >> 4) & 0xff0);
  v128.store(a, f64x2.add(v128.load(a, 4096), g), 4096);
  a = out + <usize>((b >> 12) & 0xff0);
  v128.store(a, f64x2.add(v128.load(a, 8192), g), 8192);
  a = out + <usize>((b >> 20) & 0xff0);
  v128.store(a, f64x2.add(v128.load(a, 12288), g), 12288);
  a = out + <usize>((b >> 28) & 0xff0);
  v128.store(a, f64x2.add(v128.load(a, 16384), g), 16384);
  a = out + <usize>((b >> 36) & 0xff0);
  v128.store(a, f64x2.add(v128.load(a, 20480), g), 20480);
  a = out + <usize>((b >> 44) & 0xff0);
  v128.store(a, f64x2.add(v128.load(a, 24576), g), 24576);
  a = out + <usize>((b >> 52) & 0xff0);
  v128.store(a, f64x2.add(v128.load(a, 28672), g), 28672);
}

/**
 * Histograms of the groups first..end-1 over `count` rows: those at `rows` (u32), or 0..count-1 where `rows` is 0.
 * scratch: 2048 x 8 bytes x (1 + groups). Rows are added in their order, so the bits do not depend on threads.
 */
export function histogram(
  bins: usize, rowStride: usize, first: i32, end: i32, rows: usize, count: i32, gh: usize, out: usize, scratch: usize,
): void {
  memory.fill(out + <usize>first * 8 * CELLS, 0, <usize>(end - first) * 8 * CELLS);
  const width = <usize>(end - first) << 3;
  const source = bins + (<usize>first << 3);
  const ghScratch = scratch + <usize>BLOCK * width;
  for (let from: i32 = 0; from < count; from += BLOCK) {
    const n = min(BLOCK, count - from);
    let words = source + <usize>from * rowStride;
    let pairs = gh + (<usize>from << 3);
    let stride = rowStride;
    if (rows) {
      gather(source, rowStride, rows + (<usize>from << 2), n, gh, scratch, width, ghScratch);
      words = scratch;
      pairs = ghScratch;
      stride = width;
    }
    for (let group = first; group < end; group++) {
      const to = out + <usize>group * 8 * CELLS;
      let word = words + (<usize>(group - first) << 3);
      for (let i: i32 = 0; i < n; i++) {
        addRow(load<u64>(word), f64x2.promote_low_f32x4(v128.load64_zero(pairs + (<usize>i << 3))), to);
        word += stride;
      }
    }
  }
}

// Fetches rows from all over memory in a loop of its own: many are on their way at once, where a loop that also adds waits.
function gather(
  source: usize, rowStride: usize, rows: usize, n: i32, gh: usize, out: usize, width: usize, ghOut: usize,
): void {
  if (width == 32) {
    for (let i: i32 = 0; i < n; i++) {
      const r = <usize>load<u32>(rows + (<usize>i << 2));
      const q = source + r * rowStride;
      const s = out + (<usize>i << 5);
      v128.store(s, v128.load(q));
      v128.store(s, v128.load(q, 16), 16);
      store<u64>(ghOut + (<usize>i << 3), load<u64>(gh + (r << 3)));
    }
    return;
  }
  if (width == 16) {
    for (let i: i32 = 0; i < n; i++) {
      const r = <usize>load<u32>(rows + (<usize>i << 2));
      v128.store(out + (<usize>i << 4), v128.load(source + r * rowStride));
      store<u64>(ghOut + (<usize>i << 3), load<u64>(gh + (r << 3)));
    }
    return;
  }
  for (let i: i32 = 0; i < n; i++) {
    const r = <usize>load<u32>(rows + (<usize>i << 2));
    const q = source + r * rowStride;
    const s = out + <usize>i * width;
    for (let k: usize = 0; k < width; k += 8) store<u64>(s + k, load<u64>(q + k));
    store<u64>(ghOut + (<usize>i << 3), load<u64>(gh + (r << 3)));
  }
}

/** target[cell] = whole[cell] - part[cell] for the groups first..end-1; target may be either. */
export function subtract(whole: usize, part: usize, target: usize, first: i32, end: i32): void {
  const to = <usize>end * 8 * CELLS;
  for (let at = <usize>first * 8 * CELLS; at < to; at += 16)
    v128.store(target + at, f64x2.sub(v128.load(whole + at), v128.load(part + at)));
}

/**
 * One step of growing a tree, for the groups first..end-1: the histogram of the smaller child from its rows, the larger
 * child's by subtraction from the parent's, in place, and the best split of each feature in both.
 */
export function growStep(
  bins: usize, rowStride: usize, first: i32, end: i32, rows: usize, count: i32, gh: usize, scratch: usize,
  small: usize, large: usize, features: usize, settings: usize,
): void {
  const smallHistogram = <usize>load<f64>(small, 40);
  const largeHistogram = <usize>load<f64>(large, 40);
  histogram(bins, rowStride, first, end, rows, count, gh, smallHistogram, scratch);
  subtract(largeHistogram, smallHistogram, largeHistogram, first, end);
  bestSplits(small, first, end, features, settings);
  bestSplits(large, first, end, features, settings);
}

/** The best split of each feature of the groups first..end-1 of a node; gain 0 where there is none. */
export function bestSplits(node: usize, first: i32, end: i32, features: usize, settings: usize): void {
  const best = <usize>load<f64>(node, 48);
  if (!best) return;
  const histogram = <usize>load<f64>(node, 40);
  for (let f = first << 3; f < end << 3; f++) {
    const feature = features + (<usize>f << 4);
    const to = best + <usize>f * 96;
    store<f64>(to, 0);
    if (!load<i32>(feature, 12)) continue;
    const cells = histogram + <usize>f * CELLS;
    if (load<i32>(feature, 4)) bestCategories(node, cells, load<i32>(feature), settings, to);
    else bestCut(node, cells, load<i32>(feature), load<i32>(feature, 8), settings, to);
  }
}

@inline
function shrunk(g: f64, l1: f64): f64 {
  return l1 == 0 ? g : Math.sign(g) * max<f64>(0, abs<f64>(g) - l1);
}

@inline
function outputOf(g: f64, h: f64, l1: f64, l2: f64, low: f64, high: f64): f64 {
  return min<f64>(high, max<f64>(low, -shrunk(g, l1) / (h + l2)));
}

// Twice the fall of the loss by the output w.
@inline
function fallOf(g: f64, h: f64, l1: f64, l2: f64, w: f64): f64 {
  return -(2 * shrunk(g, l1) * w + (h + l2) * w * w);
}

function bestCut(node: usize, cells: usize, bins: i32, monotone: i32, settings: usize, to: usize): void {
  const sumG = load<f64>(node);
  const sumH = load<f64>(node, 8);
  const low = load<f64>(node, 24);
  const high = load<f64>(node, 32);
  const l2 = load<f64>(settings);
  const l1 = load<f64>(settings, 8);
  const perHessian = load<f64>(node, 16) / sumH;
  const leastH = max<f64>(load<f64>(settings, 24), (load<f64>(settings, 16) - 0.5) / perHessian);
  const constrained = load<f64>(settings, 56) != 0;
  const missingG = load<f64>(cells, 255 << 4);
  const missingH = load<f64>(cells, (255 << 4) + 8);
  const whole = constrained
    ? fallOf(sumG, sumH, l1, l2, outputOf(sumG, sumH, l1, l2, low, high))
    : shrunk(sumG, l1) * shrunk(sumG, l1) / (sumH + l2);
  const passes = missingH > 0 ? 2 : 1;
  let bestGain: f64 = 0;
  for (let pass: i32 = 0; pass < passes; pass++) {
    let g: f64 = pass == 0 ? 0 : missingG;
    let h: f64 = pass == 0 ? 0 : missingH;
    // with missing values on the right, a cut after the last bin parts present from missing
    const last = pass == 0 && missingH > 0 ? bins : bins - 1;
    for (let bin: i32 = 0; bin < last; bin++) {
      g += load<f64>(cells + (<usize>bin << 4));
      h += load<f64>(cells + (<usize>bin << 4), 8);
      if (h < leastH) continue;
      const rightG = sumG - g;
      const rightH = sumH - h;
      if (rightH < leastH) break;
      let fall: f64;
      if (constrained) {
        const left = outputOf(g, h, l1, l2, low, high);
        const right = outputOf(rightG, rightH, l1, l2, low, high);
        if ((monotone > 0 && left > right) || (monotone < 0 && left < right)) continue;
        fall = fallOf(g, h, l1, l2, left) + fallOf(rightG, rightH, l1, l2, right);
      } else {
        const a = shrunk(g, l1);
        const b = shrunk(rightG, l1);
        fall = a * a / (h + l2) + b * b / (rightH + l2);
      }
      const gain = fall - whole;
      if (gain > bestGain) {
        bestGain = gain;
        store<f64>(to, gain);
        store<f64>(to, <f64>bin, 8);
        // where nothing was missing, what will be missing goes with the more
        store<f64>(to, missingH > 0 ? <f64>pass : h >= rightH ? 1 : 0, 16);
        store<f64>(to, g, 24);
        store<f64>(to, h, 32);
      }
    }
  }
}

// Categories by their mean gradient, smoothed; a prefix or a suffix of that order goes left, missing ones go right.
function bestCategories(node: usize, cells: usize, bins: i32, settings: usize, to: usize): void {
  const sumG = load<f64>(node);
  const sumH = load<f64>(node, 8);
  const low = load<f64>(node, 24);
  const high = load<f64>(node, 32);
  const l1 = load<f64>(settings, 8);
  const plainL2 = load<f64>(settings);
  const l2 = plainL2 + load<f64>(settings, 32);
  const smoothing = load<f64>(settings, 40);
  const most = <i32>load<f64>(settings, 48);
  const perHessian = load<f64>(node, 16) / sumH;
  const leastH = max<f64>(load<f64>(settings, 24), (load<f64>(settings, 16) - 0.5) / perHessian);
  const constrained = load<f64>(settings, 56) != 0;
  const whole = fallOf(sumG, sumH, l1, plainL2, constrained ? outputOf(sumG, sumH, l1, plainL2, low, high) : -shrunk(sumG, l1) / (sumH + plainL2));
  let bestGain: f64 = 0;
  for (let side: i32 = 0; side < 2; side++) {
    let g: f64 = 0;
    let h: f64 = 0;
    let set0: u64 = 0, set1: u64 = 0, set2: u64 = 0, set3: u64 = 0;
    for (let taken: i32 = 0; taken < most && taken < bins - 1; taken++) {
      // the next of the order: the least (side 0) or the largest (side 1) mean gradient not taken yet
      let next: i32 = -1;
      let nextMean: f64 = 0;
      for (let bin: i32 = 0; bin < bins; bin++) {
        const word = bin >> 6;
        const bit = <u64>1 << <u64>(bin & 63);
        const set = word == 0 ? set0 : word == 1 ? set1 : word == 2 ? set2 : set3;
        if (set & bit) continue;
        const cell = cells + (<usize>bin << 4);
        const hessian = load<f64>(cell, 8);
        if (hessian <= 0) continue;
        const mean = load<f64>(cell) / (hessian + smoothing);
        if (next < 0 || (side == 0 ? mean < nextMean : mean > nextMean)) {
          next = bin;
          nextMean = mean;
        }
      }
      if (next < 0) break;
      const bit = <u64>1 << <u64>(next & 63);
      const word = next >> 6;
      if (word == 0) set0 |= bit;
      else if (word == 1) set1 |= bit;
      else if (word == 2) set2 |= bit;
      else set3 |= bit;
      g += load<f64>(cells + (<usize>next << 4));
      h += load<f64>(cells + (<usize>next << 4), 8);
      if (h < leastH) continue;
      const rightG = sumG - g;
      const rightH = sumH - h;
      if (rightH < leastH) break;
      const left = constrained ? outputOf(g, h, l1, l2, low, high) : -shrunk(g, l1) / (h + l2);
      const right = constrained ? outputOf(rightG, rightH, l1, l2, low, high) : -shrunk(rightG, l1) / (rightH + l2);
      const gain = fallOf(g, h, l1, l2, left) + fallOf(rightG, rightH, l1, l2, right) - whole;
      if (gain > bestGain) {
        bestGain = gain;
        store<f64>(to, gain);
        store<f64>(to, <f64>(taken + 1), 8);
        store<f64>(to, 0, 16);
        store<f64>(to, g, 24);
        store<f64>(to, h, 32);
        store<u64>(to, set0, 64);
        store<u64>(to, set1, 72);
        store<u64>(to, set2, 80);
        store<u64>(to, set3, 88);
      }
    }
  }
}

/**
 * Parts rows from..from+count-1 of `rows` (u32) by table[bin of the feature] (1: left), in their order: left ones to
 * `left`, right ones to `right`, each from the same position on; how many went left to `counts` (u32).
 */
export function partRows(
  byte: usize, rowStride: usize, rows: usize, from: i32, count: i32, table: usize, left: usize, right: usize, counts: usize,
): void {
  let l = left + (<usize>from << 2);
  let r = right + (<usize>from << 2);
  let at = rows + (<usize>from << 2);
  const end = at + (<usize>count << 2);
  const l0 = l;
  while (at < end) {
    const row = load<u32>(at);
    const goes = <usize>load<u8>(table + <usize>load<u8>(byte + <usize>row * rowStride));
    store<u32>(l, row);
    store<u32>(r, row);
    l += goes << 2;
    r += (goes ^ 1) << 2;
    at += 4;
  }
  store<u32>(counts, <u32>((l - l0) >> 2));
}

export function moveBytes(from: usize, to: usize, bytes: usize): void {
  memory.copy(to, from, bytes);
}

/** scores[row] += value for the `count` rows at `rows`. */
export function addToRows(rows: usize, count: i32, value: f64, scores: usize): void {
  for (let i: i32 = 0; i < count; i++) {
    const at = scores + (<usize>load<u32>(rows + (<usize>i << 2)) << 3);
    store<f64>(at, load<f64>(at) + value);
  }
}

/**
 * scores[row] += the value of the row's leaf, rows from..to-1, by bins. nodes: three i32 a split (offset of the
 * feature's byte in a row, left, right; below 0 the leaf -1 - child); tables: 256 bytes a split (1: left).
 */
export function addTree(
  bins: usize, rowStride: usize, from: i32, to: i32, nodes: usize, tables: usize, values: usize, scores: usize,
): void {
  for (let i = from; i < to; i++) {
    const row = bins + <usize>i * rowStride;
    let node: i32 = 0;
    do {
      const at = nodes + <usize>node * 12;
      const goes = load<u8>(tables + (<usize>node << 8) + <usize>load<u8>(row + <usize>load<i32>(at)));
      node = load<i32>(at + (goes ? 4 : 8));
    } while (node >= 0);
    const score = scores + (<usize>i << 3);
    store<f64>(score, load<f64>(score) + load<f64>(values + (<usize>(-1 - node) << 3)));
  }
}

/**
 * Sums of gradient and hessian by pairs of features in eight coarse bins each, over `count` rows at `rows` (u32).
 * codes: 256 bytes a feature, from its bin to 0..7. out: for a < b at (a * features + b) * 512 bytes, 64 f32 pairs, the
 * cell of a before that of b; only firsts first..end-1 for a. scratch: `features` bytes.
 */
export function pairSums(
  bins: usize, rowStride: usize, features: i32, codes: usize, rows: usize, count: i32, gh: usize,
  first: i32, end: i32, out: usize, scratch: usize,
): void {
  for (let a = first; a < end; a++) memory.fill(out + <usize>(a * features) * 512, 0, <usize>features * 512);
  for (let i: i32 = 0; i < count; i++) {
    const r = <usize>load<u32>(rows + (<usize>i << 2));
    const row = bins + r * rowStride;
    const g = v128.load64_zero(gh + (r << 3));
    for (let f = first; f < features; f++)
      store<u8>(scratch + <usize>f, load<u8>(codes + (<usize>f << 8) + <usize>load<u8>(row + <usize>f)));
    for (let a = first; a < end; a++) {
      let cell = out + (<usize>(a * features + a + 1) << 9) + (<usize>load<u8>(scratch + <usize>a) << 6);
      for (let b = a + 1; b < features; b++) {
        const at = cell + (<usize>load<u8>(scratch + <usize>b) << 3);
        v128.store64_lane(at, f32x4.add(v128.load64_zero(at), g), 0);
        cell += 512;
      }
    }
  }
}
