// Shapley values of a tree ensemble by tree path, four rows at a time. The numbers behind it and the layout of the
// program are told in src/explain/tree-program.ts; the twin is ../plain/tree-shap.ts.
import { worker } from './memory';

const CATEGORY: i32 = 1;
const AGAIN: i32 = 2;
const MISSING_LEFT: i32 = 4;
const LEFT_LEAF: i32 = 8;
const RIGHT_LEAF: i32 = 16;
const STUMP: i32 = 32;
const TWIG: i32 = 64;

let base: usize = 0;
let xAt: usize = 0;
let phiAt: usize = 0;
let rowBytes: usize = 0;
let n: usize = 0;
let step: usize = 0;
let pointsAt: usize = 0;
let productsAt: usize = 0;
let factorsAt: usize = 0;
let sumsAt: usize = 0;
let masksAt: usize = 0;

/**
 * Adds the attributions of `rows` rows to `phi`.
 *
 * x [columns][stride], phi [outputs][features][stride]; stride a multiple of 4; scratch: `scratchBytes` a worker.
 */
export function treeShap(
  program: usize, treeAt: usize, trees: i32, x: usize, phi: usize,
  rows: i32, stride: i32, features: i32, depthMax: i32, pointsMax: i32, scratch: usize, scratchBytes: i32,
): void {
  base = program;
  rowBytes = <usize>stride * 8;
  const slab = <usize>(depthMax + 2) * <usize>pointsMax * 32;
  productsAt = scratch + <usize>worker * <usize>scratchBytes;
  factorsAt = productsAt + slab;
  sumsAt = factorsAt + slab;
  masksAt = sumsAt + 2 * slab;
  let tree = treeAt;
  for (let i: i32 = 0; i < trees; i++) {
    n = <usize>load<i32>(tree);
    step = n * 32;
    pointsAt = tree + 16 + n * 8;
    const root = base + <usize>load<i32>(tree, 4);
    const plane = <usize>load<i32>(tree, 8) * <usize>features * rowBytes;
    for (let row: i32 = 0; row < rows; row += 4) {
      xAt = x + <usize>row * 8;
      phiAt = phi + plane + <usize>row * 8;
      for (let t: usize = 0; t < n; t++) {
        const w = v128.load64_splat(tree + 16 + t * 8);
        v128.store(productsAt + t * 32, w);
        v128.store(productsAt + t * 32, w, 16);
      }
      walk(root, 0, sumsAt);
    }
    tree += <usize>load<i32>(tree, 12);
  }
}

/** Which of four rows go left, as masks at `into`. */
function categories(record: usize, into: usize): void {
  const flags = load<i32>(record);
  const x = xAt + <usize>load<i32>(record, 4) * rowBytes;
  const words = load<i32>(record, 24);
  const sets = base + <usize>load<i32>(record, 28);
  for (let lane: usize = 0; lane < 4; lane++) {
    const code = <i32>load<f64>(x + lane * 8);
    let left: i64 = 0;
    if (code < 0) left = (flags & MISSING_LEFT) != 0 ? -1 : 0;
    else if (code >>> 5 < words) left = (load<u32>(sets + <usize>(code >>> 5) * 4) >>> (code & 31)) & 1 ? -1 : 0;
    store<i64>(into + lane * 8, left);
  }
}

@inline
function add(at: usize, a: v128, b: v128): void {
  v128.store(at, f64x2.add(v128.load(at), a));
  v128.store(at, f64x2.add(v128.load(at, 16), b), 16);
}

function fill(at: usize, value: f64): void {
  const splat = f64x2.splat(value);
  for (let t: usize = 0; t < step; t += 16) v128.store(at + t, splat);
}

function walk(record: usize, depth: usize, out: usize): void {
  const flags = load<i32>(record);
  const own = masksAt + depth * 32;
  const p = productsAt + depth * step;
  let ma: v128;
  let mb: v128;
  if (flags & CATEGORY) {
    categories(record, own);
    ma = v128.load(own);
    mb = v128.load(own, 16);
  } else {
    const x = xAt + <usize>load<i32>(record, 4) * rowBytes;
    const threshold = v128.load64_splat(record, 32);
    ma = f64x2.le(v128.load(x), threshold);
    mb = f64x2.le(v128.load(x, 16), threshold);
  }
  if (flags & STUMP) {
    stump(record, p, ma, mb, out);
    return;
  }
  if (flags & TWIG) {
    twig(record, p, ma, mb, out, own);
    return;
  }
  const q = p + step;
  const g = factorsAt + depth * step;
  if (flags & AGAIN) again(record, p, ma, mb, own, g);
  else {
    v128.store(own, ma);
    v128.store(own, mb, 16);
    for (let t: usize = 0; t < n; t++) {
      const outside = v128.load64_splat(record + t * 8, 72);
      const point = v128.load64_splat(pointsAt + t * 8);
      const ga = f64x2.add(outside, v128.and(ma, point));
      const gb = f64x2.add(outside, v128.and(mb, point));
      const at = t * 32;
      v128.store(g + at, ga);
      v128.store(g + at, gb, 16);
      v128.store(q + at, f64x2.mul(v128.load(p + at), ga));
      v128.store(q + at, f64x2.mul(v128.load(p + at, 16), gb), 16);
    }
  }
  const left = sumsAt + 2 * depth * step + 2 * step;
  const right = left + step;
  if (flags & LEFT_LEAF) fill(left, load<f64>(record, 40));
  else walk(base + <usize>load<i32>(record, 8), depth + 1, left);

  if (flags & RIGHT_LEAF) fill(right, load<f64>(record, 48));
  else {
    for (let at: usize = 0; at < step; at += 16)
      v128.store(q + at, f64x2.sub(v128.load(p + at), v128.load(q + at)));
    if (flags & AGAIN) {
      const before = masksAt + <usize>load<i32>(record, 20) * 32;
      // The ancestor's mask is of the side that this split lies on: it is still in place.
      v128.store(own, v128.andnot(v128.load(before), ma));
      v128.store(own, v128.andnot(v128.load(before, 16), mb), 16);
    } else {
      v128.store(own, v128.not(ma));
      v128.store(own, v128.not(mb), 16);
    }
    walk(base + <usize>load<i32>(record, 12), depth + 1, right);
  }
  const phi = phiAt + <usize>load<i32>(record, 16) * rowBytes;
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  if (flags & AGAIN) {
    const before = masksAt + <usize>load<i32>(record, 20) * 32;
    const inside = record + 72 + n * 16;
    for (let t: usize = 0; t < n; t++) {
      const at = t * 32;
      const h1 = v128.load64_splat(inside + t * 8);
      const h0 = v128.load64_splat(inside + n * 8 + t * 8);
      const da = f64x2.sub(v128.load(left + at), v128.load(right + at));
      const db = f64x2.sub(v128.load(left + at, 16), v128.load(right + at, 16));
      a = f64x2.add(a, f64x2.mul(f64x2.mul(v128.load(p + at), da), v128.bitselect(h1, h0, ma)));
      b = f64x2.add(b, f64x2.mul(f64x2.mul(v128.load(p + at, 16), db), v128.bitselect(h1, h0, mb)));
      v128.store(out + at, f64x2.add(v128.load(right + at), f64x2.mul(v128.load(g + at), da)));
      v128.store(out + at, f64x2.add(v128.load(right + at, 16), f64x2.mul(v128.load(g + at, 16), db)), 16);
    }
    add(phi, v128.and(a, v128.load(before)), v128.and(b, v128.load(before, 16)));
    return;
  }
  for (let t: usize = 0; t < n; t++) {
    const at = t * 32;
    const da = f64x2.sub(v128.load(left + at), v128.load(right + at));
    const db = f64x2.sub(v128.load(left + at, 16), v128.load(right + at, 16));
    a = f64x2.add(a, f64x2.mul(v128.load(p + at), da));
    b = f64x2.add(b, f64x2.mul(v128.load(p + at, 16), db));
    v128.store(out + at, f64x2.add(v128.load(right + at), f64x2.mul(v128.load(g + at), da)));
    v128.store(out + at, f64x2.add(v128.load(right + at, 16), f64x2.mul(v128.load(g + at, 16), db)), 16);
  }
  const c1 = v128.load64_splat(record, 56);
  const c0 = v128.load64_splat(record, 64);
  add(phi, f64x2.mul(a, v128.bitselect(c1, c0, ma)), f64x2.mul(b, v128.bitselect(c1, c0, mb)));
}

/** A split on a feature that the path has asked before: factors are relative to the ancestor's. */
function again(record: usize, p: usize, ma: v128, mb: v128, own: usize, g: usize): void {
  const before = masksAt + <usize>load<i32>(record, 20) * 32;
  const oa = v128.load(before);
  const ob = v128.load(before, 16);
  v128.store(own, v128.and(ma, oa));
  v128.store(own, v128.and(mb, ob), 16);
  const q = p + step;
  const inside = record + 72 + n * 8;
  const share = v128.load64_splat(record, 56);
  for (let t: usize = 0; t < n; t++) {
    const g0 = v128.load64_splat(record + t * 8, 72);
    const g1 = v128.load64_splat(inside + t * 8);
    const ga = v128.bitselect(v128.bitselect(g1, g0, ma), share, oa);
    const gb = v128.bitselect(v128.bitselect(g1, g0, mb), share, ob);
    const at = t * 32;
    v128.store(g + at, ga);
    v128.store(g + at, gb, 16);
    v128.store(q + at, f64x2.mul(v128.load(p + at), ga));
    v128.store(q + at, f64x2.mul(v128.load(p + at, 16), gb), 16);
  }
}

/** A split whose children are leaves: both values are folded into its constants. */
function stump(record: usize, p: usize, ma: v128, mb: v128, out: usize): void {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  const slope = record + 72 + n * 8;
  for (let t: usize = 0; t < n; t++) {
    const at = t * 32;
    const start = v128.load64_splat(record + t * 8, 72);
    const more = v128.load64_splat(slope + t * 8);
    a = f64x2.add(a, v128.load(p + at));
    b = f64x2.add(b, v128.load(p + at, 16));
    v128.store(out + at, f64x2.add(start, v128.and(ma, more)));
    v128.store(out + at, f64x2.add(start, v128.and(mb, more)), 16);
  }
  const phi = phiAt + <usize>load<i32>(record, 16) * rowBytes;
  const c1 = v128.load64_splat(record, 56);
  const c0 = v128.load64_splat(record, 64);
  add(phi, f64x2.mul(a, v128.bitselect(c1, c0, ma)), f64x2.mul(b, v128.bitselect(c1, c0, mb)));
}

/** A split whose children are stumps. */
function twig(record: usize, p: usize, ma: v128, mb: v128, out: usize, own: usize): void {
  const left = base + <usize>load<i32>(record, 8);
  const right = base + <usize>load<i32>(record, 12);
  let la: v128;
  let lb: v128;
  let ra: v128;
  let rb: v128;
  if (load<i32>(left) & CATEGORY) {
    categories(left, own);
    la = v128.load(own);
    lb = v128.load(own, 16);
  } else {
    const x = xAt + <usize>load<i32>(left, 4) * rowBytes;
    const threshold = v128.load64_splat(left, 32);
    la = f64x2.le(v128.load(x), threshold);
    lb = f64x2.le(v128.load(x, 16), threshold);
  }
  if (load<i32>(right) & CATEGORY) {
    categories(right, own);
    ra = v128.load(own);
    rb = v128.load(own, 16);
  } else {
    const x = xAt + <usize>load<i32>(right, 4) * rowBytes;
    const threshold = v128.load64_splat(right, 32);
    ra = f64x2.le(v128.load(x), threshold);
    rb = f64x2.le(v128.load(x, 16), threshold);
  }
  let wholeA = f64x2.splat(0);
  let wholeB = f64x2.splat(0);
  let partA = f64x2.splat(0);
  let partB = f64x2.splat(0);
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  const leftSlope = left + n * 8;
  const rightSlope = right + n * 8;
  for (let t: usize = 0; t < n; t++) {
    const at = t * 32;
    const outside = v128.load64_splat(record + t * 8, 72);
    const point = v128.load64_splat(pointsAt + t * 8);
    const leftStart = v128.load64_splat(left + t * 8, 72);
    const leftMore = v128.load64_splat(leftSlope + t * 8, 72);
    const rightStart = v128.load64_splat(right + t * 8, 72);
    const rightMore = v128.load64_splat(rightSlope + t * 8, 72);
    const pa = v128.load(p + at);
    const pb = v128.load(p + at, 16);
    const ga = f64x2.add(outside, v128.and(ma, point));
    const gb = f64x2.add(outside, v128.and(mb, point));
    wholeA = f64x2.add(wholeA, pa);
    wholeB = f64x2.add(wholeB, pb);
    partA = f64x2.add(partA, f64x2.mul(pa, ga));
    partB = f64x2.add(partB, f64x2.mul(pb, gb));
    const ka = f64x2.add(rightStart, v128.and(ra, rightMore));
    const kb = f64x2.add(rightStart, v128.and(rb, rightMore));
    const da = f64x2.sub(f64x2.add(leftStart, v128.and(la, leftMore)), ka);
    const db = f64x2.sub(f64x2.add(leftStart, v128.and(lb, leftMore)), kb);
    a = f64x2.add(a, f64x2.mul(pa, da));
    b = f64x2.add(b, f64x2.mul(pb, db));
    v128.store(out + at, f64x2.add(ka, f64x2.mul(ga, da)));
    v128.store(out + at, f64x2.add(kb, f64x2.mul(gb, db)), 16);
  }
  let c1 = v128.load64_splat(record, 56);
  let c0 = v128.load64_splat(record, 64);
  add(
    phiAt + <usize>load<i32>(record, 16) * rowBytes,
    f64x2.mul(a, v128.bitselect(c1, c0, ma)), f64x2.mul(b, v128.bitselect(c1, c0, mb)),
  );
  c1 = v128.load64_splat(left, 56);
  c0 = v128.load64_splat(left, 64);
  add(
    phiAt + <usize>load<i32>(left, 16) * rowBytes,
    f64x2.mul(partA, v128.bitselect(c1, c0, la)), f64x2.mul(partB, v128.bitselect(c1, c0, lb)),
  );
  c1 = v128.load64_splat(right, 56);
  c0 = v128.load64_splat(right, 64);
  add(
    phiAt + <usize>load<i32>(right, 16) * rowBytes,
    f64x2.mul(f64x2.sub(wholeA, partA), v128.bitselect(c1, c0, ra)),
    f64x2.mul(f64x2.sub(wholeB, partB), v128.bitselect(c1, c0, rb)),
  );
}
