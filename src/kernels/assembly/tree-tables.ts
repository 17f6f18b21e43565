// Attributions of many rows by tables of subtrees; told in src/explain/tree-tables.ts, twin in ../plain/tree-tables.ts.
import { worker } from './memory';

const AGAIN: i32 = 2;
const LEFT_LEAF: i32 = 8;
const RIGHT_LEAF: i32 = 16;
const STUMP: i32 = 32;

const LEFT: i32 = 1;
const RIGHT: i32 = 2;
const GROUP: i32 = 3;

let base: usize = 0;
let points: i32 = 0;
let vector: usize = 0;
let pointsAt: usize = 0;
let metAt: usize = 0;
let columnsAt: usize = 0;
let effectsAt: usize = 0;
let stackAt: usize = 0;
let turns: i32 = 0;
let turn: i32 = 0;

@inline
function word(at: usize, index: i32): i32 {
  return load<i32>(at + <usize>index * 4);
}

/** Fills the tables of one tree; `scratchBytes` a worker. */
export function treeTables(program: usize, tree: usize, tables: usize, features: i32, scratch: usize, scratchBytes: i32): void {
  base = program;
  points = load<i32>(tree);
  vector = <usize>((points + 1) & ~1) * 8;
  pointsAt = tree + 24 + vector;
  metAt = scratch + <usize>worker * <usize>scratchBytes;
  columnsAt = metAt + 1024;
  stackAt = columnsAt + <usize>((features + 1) & ~1) * 4;
  effectsAt = stackAt + 64 * vector;
  let op = tree + 24 + 2 * vector;
  for (;;) {
    const kind = load<i32>(op);
    if (kind == 0) return;
    if (kind == GROUP) group(op, tree + 24, tables + <usize>word(tree, 4));
    op += <usize>word(op, 1) * 4;
  }
}

function group(op: usize, weights: usize, tables: usize): void {
  const upper = word(op, 3);
  const splits = word(op, 4);
  const columns = word(op, 5);
  const depth = word(op, 2);
  const table = tables + <usize>word(op, 6);
  const record = word(op, 7);
  const again = word(op, 8);
  const leaf = load<f64>(op + 40);
  const shares = op + 48;
  const positions = shares + <usize>upper * 8;
  const names = positions + <usize>depth * 4 + <usize>splits * 20;
  for (let c: i32 = 0; c < columns; c++) store<i32>(columnsAt + <usize>word(names, c) * 4, c);
  const sets: i32 = 1 << upper;
  const patterns: i32 = 1 << splits;
  const width = <usize>(upper + 1) * vector;
  const expected = effectsAt + <usize>columns * vector;
  const products = expected + vector;
  memory.fill(stackAt, 0, 64 * vector);
  memory.fill(expected, 0, vector);
  for (let set: i32 = 0; set < sets; set++) productsOf(set, upper, shares, weights, products + <usize>set * width);
  // Every set of the features that the subtree asks again, on which what the subtree does depends.
  for (let key: i32 = again; ; key = (key - 1) & again) {
    for (let d: i32 = 0; d < depth; d++) store<i32>(metAt + <usize>d * 4, (key >> word(positions, d)) & 1);
    for (let pattern: i32 = 0; pattern < patterns; pattern++) {
      memory.fill(effectsAt, 0, <usize>columns * vector);
      turns = pattern;
      turn = 0;
      for (let t: i32 = 0; t < points; t++) store<f64>(stackAt + <usize>t * 8, 1);
      if (record == 0) constant(expected, leaf);
      else below(base + <usize>record, depth, stackAt, expected);
      for (let set: i32 = 0; set < sets; set++) {
        if ((set & again) != key) continue;
        const p = products + <usize>set * width;
        const row = table + <usize>((set | (pattern << upper)) * columns) * 8;
        for (let c: i32 = 0; c < columns; c++) {
          let sum: f64 = 0;
          if (c < upper) sum = dot(p + <usize>(c + 1) * vector, expected);
          if (c >= upper || ((again >> c) & 1) != 0) sum += dot(p, effectsAt + <usize>c * vector);
          store<f64>(row + <usize>c * 8, sum);
        }
      }
    }
    if (key == 0) break;
  }
}

@inline
function dot(a: usize, b: usize): f64 {
  let sum = f64x2.mul(v128.load(a), v128.load(b));
  for (let at: usize = 16; at < vector; at += 16) sum = f64x2.add(sum, f64x2.mul(v128.load(a + at), v128.load(b + at)));
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

function constant(at: usize, value: f64): void {
  for (let t: i32 = 0; t < points; t++) store<f64>(at + <usize>t * 8, value);
}

/** Of one set of known features: the product of all factors with the weight, and for each feature its change of it. */
function productsOf(set: i32, upper: i32, shares: usize, weights: usize, out: usize): void {
  for (let at: usize = 0; at < vector; at += 8) {
    const point = load<f64>(pointsAt + at);
    let product = load<f64>(weights + at);
    for (let p: i32 = 0; p < upper; p++) {
      store<f64>(out + <usize>(p + 1) * vector + at, product);
      product *= ((set >> p) & 1 ? point : 0) + (1 - point) * load<f64>(shares + <usize>p * 8);
    }
    store<f64>(out + at, product);
    product = 1;
    for (let p: i32 = upper - 1; p >= 0; p--) {
      const share = load<f64>(shares + <usize>p * 8);
      const known: f64 = (set >> p) & 1 ? 1 : 0;
      const own = out + <usize>(p + 1) * vector + at;
      store<f64>(own, load<f64>(own) * product * (known - share));
      product *= (known != 0 ? point : 0) + (1 - point) * share;
    }
  }
}

/** Expectation below a split at each point, and the effects of its splits; `reach`: product of the factors from the group's top. */
function below(record: usize, depth: i32, reach: usize, out: usize): void {
  const flags = load<i32>(record);
  const left: bool = ((turns >> turn) & 1) != 0;
  turn++;
  const effect = effectsAt + <usize>load<i32>(columnsAt + <usize>load<i32>(record, 16) * 4) * vector;
  const constants = record + (left ? 56 : 64);
  const size = <usize>points * 8;
  if (flags & STUMP) {
    for (let t: i32 = 0; t < points; t++) {
      const at = <usize>t * 8;
      const value = load<f64>(effect + at) + load<f64>(reach + at) * load<f64>(constants);
      store<f64>(effect + at, value);
      store<f64>(out + at, load<f64>(record + 72 + at) + (left ? load<f64>(record + 72 + size + at) : 0));
    }
    return;
  }
  const again: bool = (flags & AGAIN) != 0;
  const met: bool = again ? load<i32>(metAt + <usize>load<i32>(record, 20) * 4) != 0 : true;
  const own = metAt + <usize>depth * 4;
  const factors = reach + vector;
  const lefts = factors + vector;
  const rights = lefts + vector;
  const deeper = rights + vector;
  for (let t: i32 = 0; t < points; t++) {
    const at = <usize>t * 8;
    const first = load<f64>(record + 72 + at);
    let g = first + (left ? load<f64>(pointsAt + at) : 0);
    if (again) g = !met ? load<f64>(record, 56) : left ? load<f64>(record + 72 + size + at) : first;
    store<f64>(factors + at, g);
  }
  if (flags & LEFT_LEAF) constant(lefts, load<f64>(record, 40));
  else {
    store<i32>(own, left && met ? 1 : 0);
    for (let at: usize = 0; at < size; at += 8) store<f64>(deeper + at, load<f64>(reach + at) * load<f64>(factors + at));
    below(base + <usize>load<i32>(record, 8), depth + 1, deeper, lefts);
  }
  if (flags & RIGHT_LEAF) constant(rights, load<f64>(record, 48));
  else {
    store<i32>(own, !left && met ? 1 : 0);
    for (let at: usize = 0; at < size; at += 8) {
      const r = load<f64>(reach + at);
      store<f64>(deeper + at, r - r * load<f64>(factors + at));
    }
    below(base + <usize>load<i32>(record, 12), depth + 1, deeper, rights);
  }
  for (let at: usize = 0; at < size; at += 8) {
    const d = load<f64>(lefts + at) - load<f64>(rights + at);
    let by = load<f64>(reach + at) * d;
    if (again) by *= met ? load<f64>(record + 72 + (left ? 2 : 3) * size + at) : 0;
    else by *= load<f64>(constants);
    store<f64>(effect + at, load<f64>(effect + at) + by);
    store<f64>(out + at, load<f64>(rights + at) + load<f64>(factors + at) * d);
  }
}

/**
 * Adds to `phi` the attributions of `rows` rows by the tables of `trees` trees.
 *
 * codes u16 [columns][stride], 65535 where missing; phi [outputs][features][stride]; stride a multiple of 8, even past the
 * rows; scratch: 4 x stride x (depths + 3) bytes a worker.
 */
export function treeShapByTables(
  program: usize, treeAt: usize, trees: i32, tables: usize, codes: usize, phi: usize,
  rows: i32, stride: i32, features: i32, scratch: usize, scratchBytes: i32,
): void {
  base = program;
  const lane = <usize>stride * 2;
  const used = <usize>((rows + 7) & ~7) * 2;
  const addresses = scratch + <usize>worker * <usize>scratchBytes;
  const indexes = addresses + <usize>stride * 4;
  let tree = treeAt;
  for (let i: i32 = 0; i < trees; i++) {
    const plane = phi + <usize>word(tree, 3) * <usize>features * <usize>stride * 8;
    const masks = indexes + <usize>(word(tree, 2) + 1) * lane;
    memory.fill(indexes, 0, lane);
    let op = tree + 24 + <usize>((word(tree, 0) + 1) & ~1) * 16;
    for (;;) {
      const kind = load<i32>(op);
      if (kind == 0) break;
      const index = indexes + <usize>word(op, 2) * lane;
      const mask = masks + <usize>word(op, 2) * lane;
      if (kind == LEFT) {
        decide(op + 20, codes, lane, used, mask);
        step(index, mask, lane, used, word(op, 3), word(op, 4) != 0, false);
      } else if (kind == RIGHT) step(index, mask, lane, used, word(op, 3), word(op, 4) != 0, true);
      else lookUp(op, tables + <usize>word(tree, 4), codes, lane, used, index, mask, addresses, plane, rows, stride);
      op += <usize>word(op, 1) * 4;
    }
    tree += <usize>word(tree, 1);
  }
}

/** Masks of the rows that go left. Words: column, threshold's rank + missing left, missing left, words of the set, set. */
function decide(split: usize, codes: usize, lane: usize, used: usize, mask: usize): void {
  const code = codes + <usize>word(split, 0) * lane;
  const missing = word(split, 2);
  if (word(split, 3) >= 0) {
    const words = word(split, 3);
    const set = base + <usize>word(split, 4);
    for (let at: usize = 0; at < used; at += 2) {
      const value = <i32>load<u16>(code + at);
      let left: i32 = 0;
      if (value == 65535) left = missing;
      else if (value >>> 5 < words) left = (load<u32>(set + <usize>(value >>> 5) * 4) >>> (value & 31)) & 1;
      store<u16>(mask + at, <u16>-left);
    }
    return;
  }
  const rank = i16x8.splat(<i16>word(split, 1));
  const shift = i16x8.splat(<i16>missing);
  for (let at: usize = 0; at < used; at += 16)
    v128.store(mask + at, i16x8.le_u(i16x8.add(v128.load(code + at), shift), rank));
}

/** The index one level down: a bit more, or of a feature asked again its bit kept only where the turn is taken. */
function step(index: usize, mask: usize, lane: usize, used: usize, position: i32, again: bool, right: bool): void {
  const bit = i16x8.splat(<i16>(<i32>1 << position));
  const others = v128.not(bit);
  const flip = i16x8.splat(right ? -1 : 0);
  const next = index + lane;
  for (let at: usize = 0; at < used; at += 16) {
    const turned = v128.xor(v128.load(mask + at), flip);
    const before = v128.load(index + at);
    v128.store(next + at, again ? v128.and(before, v128.or(turned, others)) : v128.or(before, v128.and(turned, bit)));
  }
}

function lookUp(
  op: usize, tables: usize, codes: usize, lane: usize, used: usize, index: usize, mask: usize,
  addresses: usize, plane: usize, rows: i32, stride: i32,
): void {
  const depth = word(op, 2);
  const upper = word(op, 3);
  const splits = word(op, 4);
  const columns = word(op, 5);
  const table = tables + <usize>word(op, 6);
  const first = op + 48 + <usize>upper * 8 + <usize>depth * 4;
  // The lane of this depth's index is read to the end before the next group writes it anew.
  for (let s: i32 = 0; s < splits; s++) {
    decide(first + <usize>s * 20, codes, lane, used, mask);
    const bit = i16x8.splat(<i16>(<i32>1 << (upper + s)));
    const from = s == 0 ? index : index + lane;
    for (let at: usize = 0; at < used; at += 16)
      v128.store(index + lane + at, v128.or(v128.load(from + at), v128.and(v128.load(mask + at), bit)));
  }
  const found = splits == 0 ? index : index + lane;
  const bytes = <u32>columns * 8;
  for (let row: i32 = 0; row < rows; row++)
    store<u32>(addresses + <usize>row * 4, <u32>table + <u32>load<u16>(found + <usize>row * 2) * bytes);
  const names = first + <usize>splits * 20;
  const across = <usize>stride * 8;
  // Few columns a pass: more streams than the cache has ways push each other out.
  let c: i32 = 0;
  for (; columns - c > 5; c += 4) add(4, addresses, rows, <usize>c * 8, plane, across, names + <usize>c * 4);
  const offset = <usize>c * 8;
  const last = names + <usize>c * 4;
  switch (columns - c) {
    case 1: add(1, addresses, rows, offset, plane, across, last); break;
    case 2: add(2, addresses, rows, offset, plane, across, last); break;
    case 3: add(3, addresses, rows, offset, plane, across, last); break;
    case 4: add(4, addresses, rows, offset, plane, across, last); break;
    default: add(5, addresses, rows, offset, plane, across, last);
  }
}

/** Adds `count` columns of the tables' rows. */
@inline
function add(count: i32, addresses: usize, rows: i32, offset: usize, plane: usize, across: usize, names: usize): void {
  const a = plane + <usize>load<i32>(names) * across;
  const b = count > 1 ? plane + <usize>load<i32>(names, 4) * across : 0;
  const c = count > 2 ? plane + <usize>load<i32>(names, 8) * across : 0;
  const d = count > 3 ? plane + <usize>load<i32>(names, 12) * across : 0;
  const e = count > 4 ? plane + <usize>load<i32>(names, 16) * across : 0;
  const end = <usize>rows * 8;
  for (let at: usize = 0; at < end; at += 8) {
    const from = <usize>load<u32>(addresses + (at >> 1)) + offset;
    store<f64>(a + at, load<f64>(a + at) + load<f64>(from));
    if (count > 1) store<f64>(b + at, load<f64>(b + at) + load<f64>(from, 8));
    if (count > 2) store<f64>(c + at, load<f64>(c + at) + load<f64>(from, 16));
    if (count > 3) store<f64>(d + at, load<f64>(d + at) + load<f64>(from, 24));
    if (count > 4) store<f64>(e + at, load<f64>(e + at) + load<f64>(from, 32));
  }
}
