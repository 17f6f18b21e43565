// Grows one tree of a forest: draws the rows, splits nodes by `forest-split`, writes splits and leaves, and says in
// which leaf each row ended that was not drawn.
//
// Settings, f64 words: 0 address of the bins, 1 bytes from one group of eight features to the next, 2 rows, 3 features,
// 4 classes (0: a number), 5 address of the kinds (u8 [features], 1 = categories), 6 address of the labels (u32 [rows],
// class, or bits of the number in single precision), 7 address of the weights (f64 [rows], whole numbers above 0), 8 of
// weight times number (f64 [rows], whole numbers), 9 of the numbers (f64 [rows]), 10 bits of a weight, 11 rows of a leaf
// at least, 12 depth at most (0: no limit), 13 leaves at most (0: no limit), 14 features tried at a split, 15 rows
// drawn, 16 drawn with replacement, 17 cuts at random, 18 address of the scratch, 19 bytes of scratch a worker,
// 20 leaves that the output has room for, 21 bytes of a split, 22 width of a leaf, 23 bytes of the bins from row to row.
//
// Output: u32 splits, u32 leaves, to byte 64; splits of 32 bytes, or of 64 where there are categories (see `writeSplit`);
// then leaves of width + 1 f64: values and weight.
import { worker } from './memory';
import { integer, seedRandom, uniform } from './random';
import {
  bestCut,
  bestFeature,
  bestGain,
  bestIsSet,
  bestLeftWeight,
  bestMissingLeft,
  bestMissingSeen,
  bestSet,
  classWeight,
  nodeRows,
  nodeWeight,
  openNode,
  splitBytes,
  splitSetUp,
  tryFeature,
} from './forest-split';

const HEADER: usize = 64;
// An open node: from, to, depth, link (u32); feature (i32), cut, missing left, is a set (u32); gain, weight (f64); set of
// 32 bytes; whether its bins are gathered (u32).
const NODE: u32 = 96;
/** Open nodes while the smaller side goes first: one a halving of the rows, and some. */
const STACK: u32 = 64;
/** Bytes of bins that are gathered side by side for a node, and all nodes below it, once its rows fit. */
const GATHERED: u32 = 524288;

let bins: usize = 0;
let stride: usize = 0;
let rowStride: usize = 0;
let features: u32 = 0;
let classes: u32 = 0;
let kinds: usize = 0;
let labels: usize = 0;
let weights: usize = 0;
let products: usize = 0;
let values: usize = 0;
let shift: u64 = 0;
let mask: u64 = 0;
let minRows: u32 = 0;
let depthMax: u32 = 0;
let tried: u32 = 0;
let splitStride: usize = 0;
let width: u32 = 0;

let heads: usize = 0;
let packs: usize = 0;
let sums: usize = 0;
let spareHeads: usize = 0;
let sparePacks: usize = 0;
let spareSums: usize = 0;
let counts: usize = 0;
let order: usize = 0;
let goes: usize = 0;
let nodes: usize = 0;
let gathered: usize = 0;
let origins: usize = 0;
let heap: usize = 0;

let splitsAt: usize = 0;
let leavesAt: usize = 0;
let splits: u32 = 0;
let leaves: u32 = 0;

/** Bytes of scratch that `growTree` takes of each worker. */
export function forestScratch(rows: u32, drawn: u32, featureCount: u32, classCount: u32, leavesMax: u32): f64 {
  const lists: f64 = classCount > 0 ? 4 : 6;
  const slots = leavesMax > 0 ? 2 * leavesMax : STACK;
  const heapBytes = leavesMax > 0 ? 4 * leavesMax : 0;
  return (
    lists * 8 * f64(drawn) +
    2 * f64(rows) +
    f64(drawn) +
    4 * f64(featureCount) +
    f64(splitBytes(classCount)) +
    f64(NODE) * f64(slots) +
    f64(heapBytes) +
    1.5 * f64(GATHERED) +
    1024
  );
}

@inline
function word(settings: usize, index: usize): u32 {
  return u32(load<f64>(settings + index * 8));
}

@inline
function take(at: usize): usize {
  return (at + 15) & ~usize(15);
}

/**
 * @param settings address of the settings
 * @param seed seed of this tree
 * @param out where the tree goes
 * @param outOfBag where the leaf of each row goes (u32 [rows], 0xffffffff of rows that were drawn), or 0
 */
export function growTree(settings: f64, seed: f64, out: f64, outOfBag: f64): void {
  const at = usize(settings);
  const rows = word(at, 2);
  const leavesMax = word(at, 13);
  const drawn = word(at, 15);
  bins = word(at, 0);
  stride = word(at, 1);
  rowStride = word(at, 23);
  features = word(at, 3);
  classes = word(at, 4);
  kinds = word(at, 5);
  labels = word(at, 6);
  weights = word(at, 7);
  products = word(at, 8);
  values = word(at, 9);
  shift = u64(word(at, 10));
  mask = (u64(1) << shift) - 1;
  minRows = word(at, 11);
  depthMax = word(at, 12);
  tried = word(at, 14);
  splitStride = word(at, 21);
  width = word(at, 22);
  setUpScratch(word(at, 18) + worker * word(at, 19), rows, drawn, leavesMax, word(at, 17) != 0);
  seedRandom(u32(seed));
  const entries = draw(rows, drawn, word(at, 16) != 0);
  for (let f: u32 = 0; f < features; f++) store<u32>(order + f * 4, f);
  splitsAt = usize(out) + HEADER;
  leavesAt = splitsAt + usize(word(at, 20)) * splitStride;
  splits = 0;
  leaves = 0;
  store<u32>(nodes, 0);
  store<u32>(nodes, entries, 4);
  store<u32>(nodes, 0, 8);
  store<u32>(nodes, 0, 12);
  store<u32>(nodes, 0, 80);
  if (leavesMax > 0) growBestFirst(leavesMax);
  else growDepthFirst();
  store<u32>(usize(out), splits);
  store<u32>(usize(out), leaves, 4);
  if (outOfBag != 0) findLeaves(rows, usize(outOfBag));
}

function setUpScratch(base: usize, rows: u32, drawn: u32, leavesMax: u32, randomCut: bool): void {
  heads = take(base);
  packs = take(heads + 8 * drawn);
  spareHeads = take(packs + 8 * drawn);
  sparePacks = take(spareHeads + 8 * drawn);
  sums = take(sparePacks + 8 * drawn);
  spareSums = take(sums + (classes > 0 ? 0 : 8 * drawn));
  counts = take(spareSums + (classes > 0 ? 0 : 8 * drawn));
  order = take(counts + 2 * rows);
  goes = take(order + 4 * features);
  nodes = take(goes + 256);
  heap = take(nodes + NODE * (leavesMax > 0 ? 2 * leavesMax : STACK));
  gathered = take(heap + (leavesMax > 0 ? 4 * leavesMax : 0));
  origins = gathered + GATHERED;
  const line = take(origins + GATHERED / 2);
  const split = take(line + drawn);
  splitSetUp(split, classes, u32(shift), minRows, randomCut, rowStride, heads, packs, sums, line);
}

/** Draws the rows and lists them in their order: row and label, count and weight, weight times number. */
function draw(rows: u32, drawn: u32, replace: bool): u32 {
  memory.fill(counts, 0, 2 * rows);
  if (replace)
    for (let i: u32 = 0; i < drawn; i++) {
      const at = counts + integer(rows) * 2;
      store<u16>(at, load<u16>(at) + 1);
    }
  else {
    let needed = drawn;
    for (let r: u32 = 0; r < rows; r++)
      if (needed == rows - r || uniform() * f64(rows - r) < f64(needed)) {
        store<u16>(counts + r * 2, 1);
        needed -= 1;
      }
  }
  let n: u32 = 0;
  for (let r: u32 = 0; r < rows; r++) {
    const times = u32(load<u16>(counts + r * 2));
    if (times == 0) continue;
    store<u64>(heads + n * 8, u64(r) | (u64(load<u32>(labels + r * 4)) << 32));
    store<u64>(packs + n * 8, (u64(1) << shift) + u64(load<f64>(weights + r * 8)) * u64(times));
    if (classes == 0) store<i64>(sums + n * 8, i64(load<f64>(products + r * 8)) * i64(times));
    n += 1;
  }
  return n;
}

function growDepthFirst(): void {
  let open: u32 = 1;
  const work = nodes + (STACK - 1) * NODE;
  while (open > 0) {
    open -= 1;
    memory.copy(work, nodes + open * NODE, NODE);
    gather(work);
    if (!judge(work)) {
      writeLeaf(work);
      continue;
    }
    const middle = split(work);
    const record = writeSplit(work);
    const left = child(work, nodes + open * NODE, record + 8, load<u32>(work), middle);
    const right = child(work, nodes + (open + 1) * NODE, record + 12, middle, load<u32>(work, 4));
    // The larger side waits, so that what is open stays below one node a halving.
    if (load<u32>(left, 4) - load<u32>(left) < load<u32>(right, 4) - load<u32>(right)) swap(left, right, work);
    open += 2;
  }
}

/** Brings the bins of a node's rows together, so that what is below it finds them near; rows are then told by place. */
function gather(at: usize): void {
  const from = load<u32>(at);
  const rows = load<u32>(at, 4) - from;
  if (load<u32>(at, 80) != 0 || stride != 8 || rows * u32(rowStride) > GATHERED || rows < 2 * minRows) return;
  store<u32>(at, 1, 80);
  let to = gathered;
  for (let i: u32 = 0; i < rows; i++) {
    const head = heads + (from + i) * 8;
    const row = load<u32>(head);
    let source = bins + usize(row) * rowStride;
    for (const end = source + rowStride; source < end; source += 8, to += 8) store<u64>(to, load<u64>(source));
    store<u32>(origins + i * 4, row);
    store<u32>(head, i);
  }
}

/** Address of the bins of a feature for the rows of a node. */
@inline
function bytesOf(at: usize, feature: u32): usize {
  return (load<u32>(at, 80) != 0 ? gathered : bins) + usize(feature >> 3) * stride + usize(feature & 7);
}

function swap(a: usize, b: usize, spare: usize): void {
  memory.copy(spare, a, NODE);
  memory.copy(a, b, NODE);
  memory.copy(b, spare, NODE);
}

/** Splits the node of the largest gain until there are `leavesMax` leaves; of equals the older node. */
function growBestFirst(leavesMax: u32): void {
  let size: u32 = 0;
  let made: u32 = 1;
  let ends: u32 = 1;
  if (judge(nodes)) size = pushHeap(size, 0);
  else writeLeaf(nodes);
  while (size > 0) {
    const at = nodes + popHeap(size) * NODE;
    size -= 1;
    if (ends == leavesMax) {
      writeLeaf(at);
      continue;
    }
    const middle = split(at);
    const record = writeSplit(at);
    ends += 1;
    for (let side: u32 = 0; side < 2; side++) {
      const from = side == 0 ? load<u32>(at) : middle;
      const to = side == 0 ? middle : load<u32>(at, 4);
      const next = child(at, nodes + made * NODE, record + 8 + 4 * side, from, to);
      if (judge(next)) size = pushHeap(size, made);
      else writeLeaf(next);
      made += 1;
    }
  }
}

@inline
function before(a: u32, b: u32): bool {
  const first = load<f64>(nodes + a * NODE, 32);
  const second = load<f64>(nodes + b * NODE, 32);
  return first > second || (first == second && a < b);
}

function pushHeap(size: u32, node: u32): u32 {
  let at = size;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const other = load<u32>(heap + parent * 4);
    if (before(other, node)) break;
    store<u32>(heap + at * 4, other);
    at = parent;
  }
  store<u32>(heap + at * 4, node);
  return size + 1;
}

function popHeap(size: u32): u32 {
  const top = load<u32>(heap);
  const last = load<u32>(heap + (size - 1) * 4);
  const held = size - 1;
  let at: u32 = 0;
  for (;;) {
    let next: u32 = 2 * at + 1;
    if (next >= held) break;
    if (next + 1 < held && before(load<u32>(heap + (next + 1) * 4), load<u32>(heap + next * 4))) next += 1;
    const other = load<u32>(heap + next * 4);
    if (before(last, other)) break;
    store<u32>(heap + at * 4, other);
    at = next;
  }
  store<u32>(heap + at * 4, last);
  return top;
}

function child(parent: usize, at: usize, link: usize, from: u32, to: u32): usize {
  const depth = load<u32>(parent, 8) + 1;
  store<u32>(at, from);
  store<u32>(at, to, 4);
  store<u32>(at, depth, 8);
  store<u32>(at, u32(link), 12);
  store<u32>(at, load<u32>(parent, 80), 80);
  return at;
}

/** Finds the best split of a node and notes it there; false where it is to be a leaf. */
function judge(at: usize): bool {
  const from = load<u32>(at);
  const to = load<u32>(at, 4);
  if (to - from < 2 * minRows || (depthMax > 0 && load<u32>(at, 8) >= depthMax) || !openNode(from, to)) return false;
  let varied = false;
  for (let j: u32 = 0; j < features; j++) {
    const pick = j + integer(features - j);
    const feature = load<u32>(order + pick * 4);
    store<u32>(order + pick * 4, load<u32>(order + j * 4));
    store<u32>(order + j * 4, feature);
    const bytes = bytesOf(at, feature);
    if (tryFeature(feature, bytes, load<u8>(kinds + feature) != 0, from, to)) varied = true;
    if (j + 1 >= tried && varied) break;
  }
  if (bestFeature < 0) return false;
  const heavyLeft = bestLeftWeight >= nodeWeight - bestLeftWeight;
  store<i32>(at, bestFeature, 16);
  store<u32>(at, bestCut, 20);
  store<u32>(at, bestMissingSeen ? bestMissingLeft : heavyLeft ? 1 : 0, 24);
  store<u32>(at, bestIsSet ? 1 : 0, 28);
  store<f64>(at, bestGain(), 32);
  store<f64>(at, nodeWeight, 40);
  if (bestIsSet) {
    memory.copy(at + 48, bestSet, 32);
    // Categories that the node has not seen go right: let that be the heavier side.
    if (heavyLeft) turn(at, from, to);
  }
  return true;
}

/** Changes the sides of a split by category: the present categories of the right side become the set. */
function turn(at: usize, from: u32, to: u32): void {
  const feature = load<u32>(at, 16);
  const bytes = bytesOf(at, feature);
  const set = at + 48;
  memory.fill(goes, 0, 32);
  for (let i = from; i < to; i++) {
    const bin = u32(load<u8>(bytes + usize(u32(load<u64>(heads + i * 8))) * rowStride));
    const word = goes + (bin >> 6) * 8;
    if (bin != 255) store<u64>(word, load<u64>(word) | (u64(1) << u64(bin & 63)));
  }
  for (let w: usize = 0; w < 32; w += 8) store<u64>(set + w, load<u64>(goes + w) & ~load<u64>(set + w));
  store<u32>(at, 1 - load<u32>(at, 24), 24);
}

/** Brings the rows of the left side before those of the right, each side in the order that it had; the first right. */
function split(at: usize): u32 {
  const from = load<u32>(at);
  const to = load<u32>(at, 4);
  const feature = load<u32>(at, 16);
  const cut = load<u32>(at, 20);
  for (let bin: u32 = 0; bin < 255; bin++) {
    const inSet = ((load<u64>(at + 48 + (bin >> 6) * 8) >> u64(bin & 63)) & 1) != 0;
    const goesLeft = load<u32>(at, 28) != 0 ? inSet : bin <= cut;
    store<u8>(goes + bin, goesLeft ? 1 : 0);
  }
  store<u8>(goes, u8(load<u32>(at, 24)), 255);
  const bytes = bytesOf(at, feature);
  let kept = from;
  let spared: u32 = 0;
  for (let i = from; i < to; i++) {
    const head = load<u64>(heads + i * 8);
    const pack = load<u64>(packs + i * 8);
    const go = u32(load<u8>(goes + usize(load<u8>(bytes + usize(u32(head)) * rowStride))));
    store<u64>(heads + kept * 8, head);
    store<u64>(packs + kept * 8, pack);
    store<u64>(spareHeads + spared * 8, head);
    store<u64>(sparePacks + spared * 8, pack);
    if (classes == 0) {
      const sum = load<u64>(sums + i * 8);
      store<u64>(sums + kept * 8, sum);
      store<u64>(spareSums + spared * 8, sum);
    }
    kept += go;
    spared += 1 - go;
  }
  memory.copy(heads + kept * 8, spareHeads, spared * 8);
  memory.copy(packs + kept * 8, sparePacks, spared * 8);
  if (classes == 0) memory.copy(sums + kept * 8, spareSums, spared * 8);
  return kept;
}

/** Writes a split: u32 feature, u16 cut, u8 missing left, u8 is a set, i32 left, i32 right, f64 weight, f64 gain, set. */
function writeSplit(at: usize): usize {
  const record = splitsAt + usize(splits) * splitStride;
  const link = load<u32>(at, 12);
  if (link != 0) store<i32>(usize(link), i32(splits));
  splits += 1;
  store<u32>(record, load<u32>(at, 16));
  store<u16>(record, u16(load<u32>(at, 20)), 4);
  store<u8>(record, u8(load<u32>(at, 24)), 6);
  store<u8>(record, u8(load<u32>(at, 28)), 7);
  store<f64>(record, load<f64>(at, 40), 16);
  store<f64>(record, load<f64>(at, 32), 24);
  if (load<u32>(at, 28) != 0) memory.copy(record + 32, at + 48, 32);
  return record;
}

function writeLeaf(at: usize): void {
  const from = load<u32>(at);
  const to = load<u32>(at, 4);
  const record = leavesAt + usize(leaves) * usize(width + 1) * 8;
  const link = load<u32>(at, 12);
  if (link != 0) store<i32>(usize(link), -1 - i32(leaves));
  leaves += 1;
  openNode(from, to);
  if (classes > 0) for (let k: u32 = 0; k < classes; k++) store<f64>(record + k * 8, classWeight(k) / nodeWeight);
  else {
    let sum = 0.0;
    for (let i = from; i < to; i++) {
      let row = load<u32>(heads + i * 8);
      if (load<u32>(at, 80) != 0) row = load<u32>(origins + row * 4);
      sum += f64(i64(load<u64>(packs + i * 8) & mask)) * load<f64>(values + row * 8);
    }
    store<f64>(record, sum / nodeWeight);
  }
  store<f64>(record + width * 8, nodeWeight);
}

function findLeaves(rows: u32, out: usize): void {
  for (let r: u32 = 0; r < rows; r++) {
    if (load<u16>(counts + r * 2) != 0) {
      store<u32>(out + r * 4, 0xffffffff);
      continue;
    }
    let node: i32 = splits > 0 ? 0 : -1;
    while (node >= 0) {
      const record = splitsAt + usize(node) * splitStride;
      const feature = load<u32>(record);
      const bin = u32(load<u8>(bins + usize(feature >> 3) * stride + usize(feature & 7) + usize(r) * rowStride));
      let left: bool;
      if (bin == 255) left = load<u8>(record, 6) != 0;
      else if (load<u8>(record, 7) != 0) left = ((load<u64>(record + 32 + (bin >> 6) * 8) >> u64(bin & 63)) & 1) != 0;
      else left = bin <= u32(load<u16>(record, 4));
      node = left ? load<i32>(record, 8) : load<i32>(record, 12);
    }
    store<u32>(out + r * 4, u32(-1 - node));
  }
}
