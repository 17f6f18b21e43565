// Shapley values of a tree ensemble against a background of at most 64 rows, one row at a time. The program is that of
// src/explain/tree-program.ts, of which the first constant of a record (+56) holds here which background rows go left.
// The twin is ../plain/tree-shap-against.ts.
import { worker } from './memory';

const CATEGORY: i32 = 1;
const MISSING_LEFT: i32 = 4;
const LEFT_LEAF: i32 = 8;
const RIGHT_LEAF: i32 = 16;

let base: usize = 0;
let xAt: usize = 0;
let phiAt: usize = 0;
let rowBytes: usize = 0;
let statesAt: usize = 0;
let weightsAt: usize = 0;
let size: i32 = 0;
let own: f64 = 0;
let other: f64 = 0;

function goesLeft(record: usize, x: usize): bool {
  const value = load<f64>(x + <usize>load<i32>(record, 4) * rowBytes);
  const flags = load<i32>(record);
  if ((flags & CATEGORY) == 0) return value <= load<f64>(record, 32);
  if (value < 0) return (flags & MISSING_LEFT) != 0;
  const code = <i32>value;
  return code >>> 5 < load<i32>(record, 24)
    && ((load<u32>(base + <usize>load<i32>(record, 28) + <usize>(code >>> 5) * 4) >>> (code & 31)) & 1) == 1;
}

/** Writes into each record which of `rows` background rows, at most 64, go left; x [columns][stride]. */
export function treeShapBackground(program: usize, trees: i32, x: usize, rows: i32, stride: i32): void {
  base = program;
  rowBytes = <usize>stride * 8;
  xAt = x;
  let tree = program;
  for (let i: i32 = 0; i < trees; i++) {
    mark(base + <usize>load<i32>(tree, 4), rows);
    tree += <usize>load<i32>(tree, 12);
  }
}

function mark(record: usize, rows: i32): void {
  let bits: u64 = 0;
  for (let row: i32 = 0; row < rows; row++)
    if (goesLeft(record, xAt + <usize>row * 8)) bits |= (<u64>1) << row;
  store<u64>(record, bits, 56);
  const flags = load<i32>(record);
  if (!(flags & LEFT_LEAF)) mark(base + <usize>load<i32>(record, 8), rows);
  if (!(flags & RIGHT_LEAF)) mark(base + <usize>load<i32>(record, 12), rows);
}

/**
 * Adds to `phi` the attributions of `rows` rows, summed over the background rows 0 .. background - 1.
 *
 * x [columns][stride], phi [outputs][features][stride]; states: `stateBytes` >= features a worker, cleared; weights
 * [2][depths][depths]: of a leaf's value for the features taken from the row, and for those from the background.
 */
export function treeShapAgainst(
  program: usize, trees: i32, x: usize, phi: usize, rows: i32, stride: i32, features: i32,
  background: i32, states: usize, stateBytes: i32, weights: usize, depths: i32,
): void {
  base = program;
  rowBytes = <usize>stride * 8;
  statesAt = states + <usize>worker * <usize>stateBytes;
  weightsAt = weights;
  size = depths;
  const all: u64 = background == 64 ? ~(<u64>0) : ((<u64>1) << background) - 1;
  let tree = program;
  for (let i: i32 = 0; i < trees; i++) {
    const root = base + <usize>load<i32>(tree, 4);
    const plane = <usize>load<i32>(tree, 8) * <usize>features * rowBytes;
    for (let row: i32 = 0; row < rows; row++) {
      xAt = x + <usize>row * 8;
      phiAt = phi + plane + <usize>row * 8;
      walk(root, all, 0, 0);
    }
    tree += <usize>load<i32>(tree, 12);
  }
}

/** Visits one side; leaves in `own` and `other` the weighted values of its leaves. */
function visit(record: usize, left: bool, set: u64, a: i32, b: i32): void {
  if ((load<i32>(record) & (left ? LEFT_LEAF : RIGHT_LEAF)) == 0) {
    walk(base + <usize>load<i32>(record + (left ? 8 : 12)), set, a, b);
    return;
  }
  const value = load<f64>(record + (left ? 40 : 48)) * <f64>popcnt(set);
  const at = weightsAt + <usize>(a * size + b) * 8;
  own = value * load<f64>(at);
  other = value * load<f64>(at + <usize>(size * size) * 8);
}

function walk(record: usize, set: u64, a: i32, b: i32): void {
  const feature = <usize>load<i32>(record, 16);
  const state = load<u8>(statesAt + feature);
  const left = goesLeft(record, xAt);
  if (state == 1) {
    visit(record, left, set, a, b);
    return;
  }
  const bits = load<u64>(record, 56);
  let ownSum: f64 = 0;
  let otherSum: f64 = 0;
  if (state == 2) {
    if ((set & bits) != 0) {
      visit(record, true, set & bits, a, b);
      ownSum = own;
      otherSum = other;
    }
    if ((set & ~bits) != 0) {
      visit(record, false, set & ~bits, a, b);
      ownSum += own;
      otherSum += other;
    }
    own = ownSum;
    other = otherSum;
    return;
  }
  const same = left ? set & bits : set & ~bits;
  if (same != 0) {
    visit(record, left, same, a, b);
    ownSum = own;
    otherSum = other;
  }
  const differ = set & ~same;
  if (differ != 0) {
    store<u8>(statesAt + feature, 1);
    visit(record, left, differ, a + 1, b);
    ownSum += own;
    otherSum += other;
    let gain = own;
    store<u8>(statesAt + feature, 2);
    visit(record, !left, differ, a, b + 1);
    ownSum += own;
    otherSum += other;
    gain -= other;
    store<u8>(statesAt + feature, 0);
    const phi = phiAt + feature * rowBytes;
    store<f64>(phi, load<f64>(phi) + gain);
  }
  own = ownSum;
  other = otherSum;
}
