/**
 * The most similar rows of a matrix by cosine. Up to `exactRows` rows every pair is compared. Beyond that only pairs
 * that share a leaf in one of a few trees are: each tree cuts the rows at the median of a random direction until a leaf
 * holds at most `leafRows`, so the cost grows as rows * trees * leafRows and not as rows^2. On 20,000 generated profiles
 * of 36 dimensions 8 trees of 384 find 94 % of the true nearest six, and 6 trees of 256 find 82 %; the cosines of what
 * is found are 0.001 and 0.005 less on average.
 *
 * @see Dasgupta, Freund (2008), Random projection trees and low dimensional manifolds, STOC
 */
import { random, split } from '#kernels/random.ts';

export interface NeighbourOptions {
  /** Neighbours for each row. */
  readonly count: number;
  readonly seed: number;
  /** Default 8000. */
  readonly exactRows?: number;
  /** Default 8; 5 above 50,000 rows. */
  readonly trees?: number;
  /** Default 384; 256 above 50,000 rows. */
  readonly leafRows?: number;
}

export interface Neighbours {
  /** [rows, count] row indices, most similar first, equals by index; -1 where there are fewer. */
  readonly indices: Int32Array;
  /** [rows, count] cosines. */
  readonly cosines: Float32Array;
}

/**
 * @param vectors [rows, dims] row-major, each row of length 1
 * @param dims a multiple of 4 is fastest
 */
export function neighbours(vectors: Float32Array, dims: number, options: NeighbourOptions): Neighbours {
  const rows = vectors.length / dims;
  const many = rows > 50_000;
  const { count, seed, exactRows = 8000, trees = many ? 5 : 8, leafRows = many ? 256 : 384 } = options;
  const best: Best = {
    count,
    indices: new Int32Array(rows * count).fill(-1),
    cosines: new Float32Array(rows * count).fill(-2),
  };
  const all = Int32Array.from({ length: rows }, (_, i) => i);
  if (rows <= exactRows) compareAll(vectors, dims, all, best);
  else
    for (let t = 0; t < trees; t++)
      for (const leaf of leaves(vectors, dims, all.slice(), { leafRows, seed: split(seed, 'tree', t) }))
        compareAll(vectors, dims, leaf, best);
  return { indices: best.indices, cosines: best.cosines };
}

interface Best extends Neighbours {
  readonly count: number;
}

const ROWS = 4;
const COLUMNS = 4;

/** Every pair among `members`, four rows against four at a time so that each load serves four products. */
function compareAll(vectors: Float32Array, dims: number, members: Int32Array, best: Best): void {
  const n = members.length;
  const padded = Math.ceil(n / ROWS) * ROWS;
  const packed = new Float64Array(padded * dims);
  for (let i = 0; i < n; i++) for (let d = 0; d < dims; d++) packed[i * dims + d] = vectors[members[i]! * dims + d]!;
  const products = new Float64Array(ROWS * COLUMNS);
  for (let i = 0; i < n; i += ROWS)
    for (let j = i; j < n; j += COLUMNS) {
      multiply(packed, dims, i, j, products);
      offerBlock(members, i, j, products, best);
    }
}

/** 16 inner products of rows i..i+3 with rows j..j+3. */
function multiply(m: Float64Array, dims: number, i: number, j: number, out: Float64Array): void {
  let [a, b, c, d, e, f, g, h, k, l, o, p, q, r, s, t] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  let i0 = i * dims;
  let i1 = i0 + dims;
  let i2 = i1 + dims;
  let i3 = i2 + dims;
  let j0 = j * dims;
  let j1 = j0 + dims;
  let j2 = j1 + dims;
  let j3 = j2 + dims;
  for (const end = i0 + dims; i0 < end; ) {
    const x0 = m[i0++]!;
    const x1 = m[i1++]!;
    const x2 = m[i2++]!;
    const x3 = m[i3++]!;
    const y0 = m[j0++]!;
    const y1 = m[j1++]!;
    const y2 = m[j2++]!;
    const y3 = m[j3++]!;
    a += x0 * y0;
    b += x0 * y1;
    c += x0 * y2;
    d += x0 * y3;
    e += x1 * y0;
    f += x1 * y1;
    g += x1 * y2;
    h += x1 * y3;
    k += x2 * y0;
    l += x2 * y1;
    o += x2 * y2;
    p += x2 * y3;
    q += x3 * y0;
    r += x3 * y1;
    s += x3 * y2;
    t += x3 * y3;
  }
  out[0] = a;
  out[1] = b;
  out[2] = c;
  out[3] = d;
  out[4] = e;
  out[5] = f;
  out[6] = g;
  out[7] = h;
  out[8] = k;
  out[9] = l;
  out[10] = o;
  out[11] = p;
  out[12] = q;
  out[13] = r;
  out[14] = s;
  out[15] = t;
}

function offerBlock(members: Int32Array, i: number, j: number, products: Float64Array, best: Best): void {
  const { count, cosines } = best;
  for (let x = 0; x < ROWS; x++) {
    const a = i + x;
    if (a >= members.length) return;
    const own = members[a]!;
    for (let y = 0; y < COLUMNS; y++) {
      const b = j + y;
      if (b <= a || b >= members.length) continue;
      const cosine = products[x * COLUMNS + y]!;
      const other = members[b]!;
      if (cosine >= cosines[own * count + count - 1]!) offer(best, own, other, cosine);
      if (cosine >= cosines[other * count + count - 1]!) offer(best, other, own, cosine);
    }
  }
}

/** Puts `other` in its place among the best of `own`, once. */
function offer({ indices, cosines, count }: Best, own: number, other: number, value: number): void {
  const from = own * count;
  const cosine = Math.fround(value);
  for (let i = from; i < from + count; i++) if (indices[i] === other) return;
  let at = from + count;
  while (at > from && (cosines[at - 1]! < cosine || (cosines[at - 1]! === cosine && indices[at - 1]! > other))) at--;
  if (at === from + count) return;
  for (let i = from + count - 1; i > at; i--) {
    indices[i] = indices[i - 1]!;
    cosines[i] = cosines[i - 1]!;
  }
  indices[at] = other;
  cosines[at] = cosine;
}

/** The leaves of one random projection tree: `members` is reordered, and each leaf is a part of it. */
function leaves(
  vectors: Float32Array,
  dims: number,
  members: Int32Array,
  options: { readonly leafRows: number; readonly seed: number },
): Int32Array[] {
  const out: Int32Array[] = [];
  const keys = new Float64Array(vectors.length / dims);
  const cut = (from: number, to: number, path: number): void => {
    if (to - from <= options.leafRows) {
      out.push(members.slice(from, to).sort());
      return;
    }
    const { normal } = random(split(options.seed, path));
    const direction = Float64Array.from({ length: dims }, () => normal());
    const part = members.subarray(from, to);
    for (const row of part) {
      let sum = 0;
      for (let d = 0; d < dims; d++) sum += vectors[row * dims + d]! * direction[d]!;
      keys[row] = sum;
    }
    const middle = (from + to) >> 1;
    select(part, keys, middle - from);
    cut(from, middle, path * 2);
    cut(middle, to, path * 2 + 1);
  };
  cut(0, members.length, 1);
  return out;
}

/** Reorders `part` so that the `at` rows with the smallest keys, equals by index, come first (Hoare's selection). */
function select(part: Int32Array, keys: Float64Array, at: number): void {
  const before = (a: number, b: number): boolean => keys[a]! < keys[b]! || (keys[a] === keys[b] && a < b);
  let [low, high] = [0, part.length - 1];
  while (low < high) {
    const pivot = part[(low + high) >> 1]!;
    let [i, j] = [low, high];
    while (i <= j) {
      while (before(part[i]!, pivot)) i++;
      while (before(pivot, part[j]!)) j--;
      if (i > j) break;
      const swapped = part[i]!;
      part[i++] = part[j]!;
      part[j--] = swapped;
    }
    if (at <= j) high = j;
    else if (at >= i) low = i;
    else return;
  }
}
