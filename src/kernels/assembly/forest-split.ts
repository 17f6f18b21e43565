// The split of one node of a forest's tree: histograms of the bins that occur, scanned for the purest two sides.
// Sums are whole numbers, so they are exact and no order of adding matters. A cell of the histogram holds, for each
// class, u64 rows << shift | weight; for a number to foretell one such word and the i64 sum of weight times label.
// Score of two sides: sum over classes of weight^2 / weight of the side (Gini), or sum^2 / weight (variance), added up.
import { integer } from './random';

/** Bin of a missing value, and the cut that sends all present values left. */
const MISSING: u32 = 255;
const ALL_PRESENT: u32 = 254;
/** Nodes of fewer rows note the bins that they meet; larger ones look through all bins. */
const NOTED_ROWS: u32 = 512;

let classes: u32 = 0;
let cellBytes: u32 = 0;
let shift: u64 = 0;
let mask: u64 = 0;
let minRows: u32 = 0;
let randomCut: bool = false;
/** u8 [rows of a node]: bins of the feature at hand, where cuts are random. */
let line: usize = 0;
let rowStride: usize = 0;
let heads: usize = 0;
let packs: usize = 0;
let sums: usize = 0;

let cells: usize = 0;
let seen: usize = 0;
let rankedCells: usize = 0;
let rankedSeen: usize = 0;
let total: usize = 0;
let left: usize = 0;
let missing: usize = 0;
let ranks: usize = 0;
let keys: usize = 0;

export let nodeRows: u32 = 0;
export let nodeWeight: f64 = 0;
let nodeSum: f64 = 0;

export let bestFeature: i32 = -1;
export let bestCut: u32 = 0;
export let bestMissingLeft: u32 = 0;
export let bestMissingSeen: bool = false;
export let bestLeftWeight: f64 = 0;
export let bestIsSet: bool = false;
let bestScore: f64 = 0;
/** [256 bits] bins that go left, of a split by category. */
export let bestSet: usize = 0;

/** Bytes that `splitSetUp` takes. */
export function splitBytes(classCount: u32): u32 {
  const cell: u32 = classCount > 0 ? classCount * 8 : 16;
  return 512 * cell + 3 * 8 * max<u32>(classCount, 1) + 256 * 8 + 256 + 3 * 32;
}

export function splitSetUp(
  at: usize,
  classCount: u32,
  countShift: u32,
  rowsMin: u32,
  random: bool,
  rowBytes: usize,
  headsAt: usize,
  packsAt: usize,
  sumsAt: usize,
  lineAt: usize,
): void {
  line = lineAt;
  classes = classCount;
  cellBytes = classCount > 0 ? classCount * 8 : 16;
  shift = u64(countShift);
  mask = (u64(1) << shift) - 1;
  minRows = rowsMin;
  randomCut = random;
  rowStride = rowBytes;
  heads = headsAt;
  packs = packsAt;
  sums = sumsAt;
  const wide = 8 * max<u32>(classCount, 1);
  cells = at;
  rankedCells = cells + 256 * cellBytes;
  total = rankedCells + 256 * cellBytes;
  left = total + wide;
  missing = left + wide;
  keys = missing + wide;
  ranks = keys + 2048;
  seen = ranks + 256;
  rankedSeen = seen + 32;
  bestSet = rankedSeen + 32;
  memory.fill(at, 0, splitBytes(classCount));
}

@inline
function weightOf(pack: u64): f64 {
  return f64(i64(pack & mask));
}

/** Sums the rows of a node; true where their labels differ. */
export function openNode(from: u32, to: u32): bool {
  nodeRows = to - from;
  let weight: u64 = 0;
  const first = u32(load<u64>(heads + from * 8) >> 32);
  let differs = false;
  if (classes > 0) {
    memory.fill(total, 0, classes * 8);
    for (let i = from; i < to; i++) {
      const label = u32(load<u64>(heads + i * 8) >> 32);
      const own = load<u64>(packs + i * 8) & mask;
      weight += own;
      const at = total + label * 8;
      store<f64>(at, load<f64>(at) + f64(i64(own)));
      if (label != first) differs = true;
    }
  } else {
    let sum: i64 = 0;
    for (let i = from; i < to; i++) {
      if (u32(load<u64>(heads + i * 8) >> 32) != first) differs = true;
      weight += load<u64>(packs + i * 8) & mask;
      sum += load<i64>(sums + i * 8);
    }
    nodeSum = f64(sum);
  }
  nodeWeight = f64(i64(weight));
  bestFeature = -1;
  bestScore = -Infinity;
  return differs;
}

/** Weight of a class in the node, after `openNode`. */
export function classWeight(k: u32): f64 {
  return load<f64>(total + k * 8);
}

/** What the best split gains over no split, >= 0. */
export function bestGain(): f64 {
  let squares = 0.0;
  if (classes > 0)
    for (let k: u32 = 0; k < classes; k++) {
      const x = load<f64>(total + k * 8);
      squares += x * x;
    }
  else squares = nodeSum * nodeSum;
  return max(0.0, bestScore - squares / nodeWeight);
}

/**
 * Looks for a better split of rows from..to-1 by one feature, whose bins are at `bytes + rowStride * row`; false where it is
 * constant in the node.
 */
export function tryFeature(feature: u32, bytes: usize, isSet: bool, from: u32, to: u32): bool {
  if (randomCut && !isSet) {
    const range = rangeOf(bytes, from, to);
    if (range >= 0) return tryRandomCutOf(feature, from, to, u32(range) >> 8, u32(range) & 255);
  }
  fill(bytes, from, to);
  let distinct: i32 = 0;
  for (let w: usize = 0; w < 32; w += 8) distinct += i32(popcnt(load<u64>(seen + w)));
  if (distinct == 1) {
    clear();
    return false;
  }
  if (randomCut) {
    if (isSet) tryRandomSet(feature);
    else tryRandomCut(feature);
  } else if (isSet) tryOrders(feature);
  else if (scan(cells, seen)) {
    bestFeature = feature;
    bestIsSet = false;
  }
  return true;
}

function fill(bytes: usize, from: u32, to: u32): void {
  const few = to - from < NOTED_ROWS;
  if (classes == 0) {
    if (few) fillSums(bytes, from, to, true);
    else fillSums(bytes, from, to, false);
  } else if (few) fillClasses(bytes, from, to, true);
  else fillClasses(bytes, from, to, false);
  if (!few)
    for (let bin: u32 = 0; bin < 256; bin++) {
      let any: u64 = 0;
      const at = cells + bin * cellBytes;
      if (classes > 0) for (let k: u32 = 0; k < classes; k++) any |= load<u64>(at + k * 8);
      else any = load<u64>(at);
      if (any != 0) note(seen, bin);
    }
}

@inline
function fillClasses(bytes: usize, from: u32, to: u32, few: bool): void {
  const base = cells;
  const cell = cellBytes;
  const stride = rowStride;
  const bits = seen;
  let head = heads + from * 8;
  let pack = packs + from * 8;
  for (const end = heads + to * 8; head < end; head += 8, pack += 8) {
    const bin = u32(load<u8>(bytes + usize(load<u32>(head)) * stride));
    const at = base + bin * cell + load<u32>(head, 4) * 8;
    store<u64>(at, load<u64>(at) + load<u64>(pack));
    if (few) note(bits, bin);
  }
}

@inline
function fillSums(bytes: usize, from: u32, to: u32, few: bool): void {
  const base = cells;
  const stride = rowStride;
  const bits = seen;
  for (let i = from; i < to; i++) {
    const bin = u32(load<u8>(bytes + usize(load<u32>(heads + i * 8)) * stride));
    const at = base + bin * 16;
    store<u64>(at, load<u64>(at) + load<u64>(packs + i * 8));
    store<i64>(at, load<i64>(at, 8) + load<i64>(sums + i * 8), 8);
    if (few) note(bits, bin);
  }
}

@inline
function note(set: usize, bin: u32): void {
  const word = set + (bin >> 6) * 8;
  store<u64>(word, load<u64>(word) | (u64(1) << u64(bin & 63)));
}

@inline
function noted(set: usize, bin: u32): bool {
  return ((load<u64>(set + (bin >> 6) * 8) >> u64(bin & 63)) & 1) != 0;
}

/** Empties the cells that were filled. */
function clear(): void {
  for (let w: u32 = 0; w < 4; w++) {
    let bits = load<u64>(seen + w * 8);
    store<u64>(seen + w * 8, 0);
    while (bits != 0) {
      memory.fill(cells + (w * 64 + u32(ctz(bits))) * cellBytes, 0, cellBytes);
      bits &= bits - 1;
    }
  }
}

/** Tries all cuts of the bins in order, missing values on either side; empties the cells. True where one is better. */
function scan(at: usize, bins: usize): bool {
  return classes == 2 ? scanTwo(at, bins) : classes > 0 ? scanMany(at, bins) : scanSums(at, bins);
}

@inline
function better(score: f64, cut: u32, missingLeft: u32, leftWeight: f64): bool {
  if (!(score > bestScore)) return false;
  bestScore = score;
  bestCut = cut;
  bestMissingLeft = missingLeft;
  bestLeftWeight = leftWeight;
  return true;
}

@inline
function judgeTwo(rows: u32, l0: f64, l1: f64, cut: u32, missingLeft: u32): bool {
  if (rows < minRows || nodeRows - rows < minRows) return false;
  const r0 = load<f64>(total) - l0;
  const r1 = load<f64>(total, 8) - l1;
  const weight = l0 + l1;
  return better((l0 * l0 + l1 * l1) / weight + (r0 * r0 + r1 * r1) / (r0 + r1), cut, missingLeft, weight);
}

function scanTwo(at: usize, bins: usize): bool {
  let m0 = 0.0;
  let m1 = 0.0;
  let gone: u32 = 0;
  if (noted(bins, MISSING)) {
    const cell = at + MISSING * 16;
    m0 = weightOf(load<u64>(cell));
    m1 = weightOf(load<u64>(cell, 8));
    gone = u32(load<u64>(cell) >> shift) + u32(load<u64>(cell, 8) >> shift);
    store<u64>(cell, 0);
    store<u64>(cell, 0, 8);
    store<u64>(bins, load<u64>(bins, 24) & ~(u64(1) << 63), 24);
  }
  let improved = false;
  let l0 = 0.0;
  let l1 = 0.0;
  let rows: u32 = 0;
  let previous: i32 = -1;
  for (let w: u32 = 0; w < 4; w++) {
    let bits = load<u64>(bins + w * 8);
    store<u64>(bins + w * 8, 0);
    while (bits != 0) {
      const bin = w * 64 + u32(ctz(bits));
      bits &= bits - 1;
      if (previous >= 0) {
        const cut = (u32(previous) + bin - 1) >> 1;
        if (judgeTwo(rows, l0, l1, cut, 0)) improved = true;
        if (gone > 0 && judgeTwo(rows + gone, l0 + m0, l1 + m1, cut, 1)) improved = true;
      }
      const cell = at + bin * 16;
      const p0 = load<u64>(cell);
      const p1 = load<u64>(cell, 8);
      store<u64>(cell, 0);
      store<u64>(cell, 0, 8);
      l0 += weightOf(p0);
      l1 += weightOf(p1);
      rows += u32(p0 >> shift) + u32(p1 >> shift);
      previous = i32(bin);
    }
  }
  if (gone > 0 && judgeTwo(rows, l0, l1, ALL_PRESENT, 0)) improved = true;
  if (improved) bestMissingSeen = gone > 0;
  return improved;
}

function judgeMany(rows: u32, withMissing: bool, cut: u32): bool {
  if (rows < minRows || nodeRows - rows < minRows) return false;
  let leftSquares = 0.0;
  let leftWeight = 0.0;
  let rightSquares = 0.0;
  let rightWeight = 0.0;
  for (let k: u32 = 0; k < classes; k++) {
    let x = load<f64>(left + k * 8);
    if (withMissing) x += load<f64>(missing + k * 8);
    leftSquares += x * x;
    leftWeight += x;
    const y = load<f64>(total + k * 8) - x;
    rightSquares += y * y;
    rightWeight += y;
  }
  return better(leftSquares / leftWeight + rightSquares / rightWeight, cut, withMissing ? 1 : 0, leftWeight);
}

/** Adds a cell to `sums` [classes] and empties it; its rows. */
function takeCell(cell: usize, into: usize): u32 {
  let rows: u32 = 0;
  for (let k: u32 = 0; k < classes; k++) {
    const pack = load<u64>(cell + k * 8);
    if (pack == 0) continue;
    store<u64>(cell + k * 8, 0);
    store<f64>(into + k * 8, load<f64>(into + k * 8) + weightOf(pack));
    rows += u32(pack >> shift);
  }
  return rows;
}

function scanMany(at: usize, bins: usize): bool {
  let gone: u32 = 0;
  memory.fill(left, 0, classes * 8);
  memory.fill(missing, 0, classes * 8);
  if (noted(bins, MISSING)) {
    gone = takeCell(at + MISSING * cellBytes, missing);
    store<u64>(bins, load<u64>(bins, 24) & ~(u64(1) << 63), 24);
  }
  let improved = false;
  let rows: u32 = 0;
  let previous: i32 = -1;
  for (let w: u32 = 0; w < 4; w++) {
    let bits = load<u64>(bins + w * 8);
    store<u64>(bins + w * 8, 0);
    while (bits != 0) {
      const bin = w * 64 + u32(ctz(bits));
      bits &= bits - 1;
      if (previous >= 0) {
        const cut = (u32(previous) + bin - 1) >> 1;
        if (judgeMany(rows, false, cut)) improved = true;
        if (gone > 0 && judgeMany(rows + gone, true, cut)) improved = true;
      }
      rows += takeCell(at + bin * cellBytes, left);
      previous = i32(bin);
    }
  }
  if (gone > 0 && judgeMany(rows, false, ALL_PRESENT)) improved = true;
  if (improved) bestMissingSeen = gone > 0;
  return improved;
}

@inline
function judgeSums(rows: u32, weight: f64, sum: f64, cut: u32, missingLeft: u32): bool {
  if (rows < minRows || nodeRows - rows < minRows) return false;
  const other = nodeSum - sum;
  return better((sum * sum) / weight + (other * other) / (nodeWeight - weight), cut, missingLeft, weight);
}

function scanSums(at: usize, bins: usize): bool {
  let missingWeight = 0.0;
  let missingSum = 0.0;
  let gone: u32 = 0;
  if (noted(bins, MISSING)) {
    const cell = at + MISSING * 16;
    const pack = load<u64>(cell);
    missingWeight = weightOf(pack);
    missingSum = f64(load<i64>(cell, 8));
    gone = u32(pack >> shift);
    store<u64>(cell, 0);
    store<u64>(cell, 0, 8);
    store<u64>(bins, load<u64>(bins, 24) & ~(u64(1) << 63), 24);
  }
  let improved = false;
  let weight = 0.0;
  let sum = 0.0;
  let rows: u32 = 0;
  let previous: i32 = -1;
  for (let w: u32 = 0; w < 4; w++) {
    let bits = load<u64>(bins + w * 8);
    store<u64>(bins + w * 8, 0);
    while (bits != 0) {
      const bin = w * 64 + u32(ctz(bits));
      bits &= bits - 1;
      if (previous >= 0) {
        const cut = (u32(previous) + bin - 1) >> 1;
        if (judgeSums(rows, weight, sum, cut, 0)) improved = true;
        if (gone > 0 && judgeSums(rows + gone, weight + missingWeight, sum + missingSum, cut, 1)) improved = true;
      }
      const cell = at + bin * 16;
      const pack = load<u64>(cell);
      weight += weightOf(pack);
      sum += f64(load<i64>(cell, 8));
      rows += u32(pack >> shift);
      store<u64>(cell, 0);
      store<u64>(cell, 0, 8);
      previous = i32(bin);
    }
  }
  if (gone > 0 && judgeSums(rows, weight, sum, ALL_PRESENT, 0)) improved = true;
  if (improved) bestMissingSeen = gone > 0;
  return improved;
}

/** Adds the cell of `bin` to the cell `rank` of the ranked ones. */
function addRanked(bin: u32, rank: u32): void {
  const from = cells + bin * cellBytes;
  const into = rankedCells + rank * cellBytes;
  for (let k: u32 = 0; k < cellBytes; k += 8) store<u64>(into + k, load<u64>(into + k) + load<u64>(from + k));
  note(rankedSeen, rank);
}

/** Lowest bin << 8 | highest bin of the rows; -1 where one is missing. */
function rangeOf(bytes: usize, from: u32, to: u32): i32 {
  const stride = rowStride;
  let low: u32 = MISSING;
  let high: u32 = 0;
  for (let i = from; i < to; i++) {
    const bin = u32(load<u8>(bytes + usize(load<u32>(heads + i * 8)) * stride));
    store<u8>(line + i, u8(bin));
    low = min(low, bin);
    high = max(high, bin);
  }
  return high == MISSING ? -1 : i32((low << 8) | high);
}

/** `tryRandomCut` where no value is missing, without a histogram. */
function tryRandomCutOf(feature: u32, from: u32, to: u32, low: u32, high: u32): bool {
  if (low == high) return false;
  const cut = low + integer(high - low);
  let improved: bool;
  if (classes > 2) {
    // Cell 0 of the ranked ones takes the left side.
    for (let i = from; i < to; i++) {
      const bin = u32(load<u8>(line + i));
      const at = rankedCells + load<u32>(heads + i * 8, 4) * 8;
      store<u64>(at, load<u64>(at) + (load<u64>(packs + i * 8) & (u64(0) - u64(bin <= cut))));
    }
    memory.fill(left, 0, classes * 8);
    improved = judgeMany(takeCell(rankedCells, left), false, cut);
  } else {
    let all: u64 = 0;
    let second: u64 = 0;
    let sum: i64 = 0;
    for (let i = from; i < to; i++) {
      const bin = u32(load<u8>(line + i));
      const goes = u64(0) - u64(bin <= cut);
      const pack = load<u64>(packs + i * 8) & goes;
      all += pack;
      if (classes > 0) second += pack & (u64(0) - u64(load<u32>(heads + i * 8, 4)));
      else sum += load<i64>(sums + i * 8) & i64(goes);
    }
    const rows = u32(all >> shift);
    const weight = weightOf(all);
    const one = weightOf(second);
    improved = classes > 0 ? judgeTwo(rows, weight - one, one, cut, 0) : judgeSums(rows, weight, f64(sum), cut, 0);
  }
  if (!improved) return true;
  bestFeature = feature;
  bestIsSet = false;
  bestMissingSeen = false;
  return true;
}

/** One cut between the lowest and the highest bin of the node, drawn at random. */
function tryRandomCut(feature: u32): void {
  let low: u32 = MISSING;
  let high: u32 = 0;
  for (let bin: u32 = 0; bin < MISSING; bin++)
    if (noted(seen, bin)) {
      if (low == MISSING) low = bin;
      high = bin;
    }
  const cut = high > low ? low + integer(high - low) : high;
  for (let w: u32 = 0; w < 4; w++) {
    let bits = load<u64>(seen + w * 8);
    while (bits != 0) {
      const bin = w * 64 + u32(ctz(bits));
      bits &= bits - 1;
      addRanked(bin, bin == MISSING ? MISSING : bin <= cut ? 0 : 1);
    }
  }
  clear();
  if (!scan(rankedCells, rankedSeen)) return;
  bestFeature = feature;
  bestIsSet = false;
  if (bestCut != ALL_PRESENT) bestCut = cut;
}

/** Two sides of the categories of the node, drawn at random. */
function tryRandomSet(feature: u32): void {
  let count: u32 = 0;
  let onLeft: u32 = 0;
  for (let bin: u32 = 0; bin < MISSING; bin++)
    if (noted(seen, bin)) {
      const side: u32 = integer(2);
      store<u8>(ranks + bin, u8(side));
      if (side == 0) onLeft += 1;
      count += 1;
    }
  if (count > 1 && (onLeft == 0 || onLeft == count)) {
    let nth = integer(count);
    for (let bin: u32 = 0; bin < MISSING; bin++)
      if (noted(seen, bin)) {
        if (nth == 0) {
          store<u8>(ranks + bin, load<u8>(ranks + bin) ^ 1);
          break;
        }
        nth -= 1;
      }
  }
  for (let bin: u32 = 0; bin < MISSING; bin++) if (noted(seen, bin)) addRanked(bin, u32(load<u8>(ranks + bin)));
  if (noted(seen, MISSING)) addRanked(MISSING, MISSING);
  if (scan(rankedCells, rankedSeen)) {
    bestFeature = feature;
    bestIsSet = true;
    memory.fill(bestSet, 0, 32);
    for (let bin: u32 = 0; bin < MISSING; bin++)
      if (noted(seen, bin) && (bestCut == ALL_PRESENT || load<u8>(ranks + bin) == 0)) note(bestSet, bin);
  }
  clear();
}

/**
 * Categories in the order of their mean label, or of their share of each class in turn: for two classes and for numbers
 * the best of all subsets is a prefix of it (Breiman et al. 1984, theorem 4.5).
 */
function tryOrders(feature: u32): void {
  const first: u32 = classes == 2 ? 1 : 0;
  const last: u32 = classes == 0 ? 1 : classes;
  for (let k = first; k < last; k++) {
    if (classes > 0 && load<f64>(total + k * 8) == 0) continue;
    const count = rankBy(k);
    for (let rank: u32 = 0; rank < count; rank++) addRanked(u32(load<u8>(ranks + rank)), rank);
    if (noted(seen, MISSING)) addRanked(MISSING, MISSING);
    if (!scan(rankedCells, rankedSeen)) continue;
    bestFeature = feature;
    bestIsSet = true;
    memory.fill(bestSet, 0, 32);
    for (let rank: u32 = 0; rank < count && rank <= bestCut; rank++) note(bestSet, u32(load<u8>(ranks + rank)));
  }
  clear();
}

/** Fills `ranks` with the present bins by rising share of class `k` (or mean), ties by bin; their count. */
function rankBy(k: u32): u32 {
  let count: u32 = 0;
  for (let bin: u32 = 0; bin < MISSING; bin++) {
    if (!noted(seen, bin)) continue;
    const cell = cells + bin * cellBytes;
    let key: f64;
    if (classes > 0) {
      let weight = 0.0;
      for (let j: u32 = 0; j < classes; j++) weight += weightOf(load<u64>(cell + j * 8));
      key = weightOf(load<u64>(cell + k * 8)) / weight;
    } else key = f64(load<i64>(cell, 8)) / weightOf(load<u64>(cell));
    let at = count;
    while (at > 0 && load<f64>(keys + (at - 1) * 8) > key) {
      store<f64>(keys + at * 8, load<f64>(keys + (at - 1) * 8));
      store<u8>(ranks + at, load<u8>(ranks + at - 1));
      at -= 1;
    }
    store<f64>(keys + at * 8, key);
    store<u8>(ranks + at, u8(bin));
    count += 1;
  }
  return count;
}
