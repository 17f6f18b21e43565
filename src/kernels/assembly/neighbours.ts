// Similar rows of a sparse matrix, and sparse linear models of one column by others.
import { worker } from './memory';

/**
 * The k most similar columns of each row [from, to) of a product a b of sparse matrices, a [rows x middle] and
 * b [middle x columns], i32 offsets and indices, f32 values not below 0:
 * similarity = (a b)[row][column] / (rowNorms[row] * columnNorms[column] + shrink), f64; the diagonal is left out.
 * Out: counts i32 [rows], indices i32 and scores f64 [rows x k], best first, of equal ones the lower column first.
 * scratch: 12 * columns + 8 bytes, rounded up to 8, a worker; its sums must be 0 and are 0 again in the end.
 */
export function similarRows(
  from: i32, to: i32, aOffsets: usize, aIndices: usize, aValues: usize, bOffsets: usize, bIndices: usize, bValues: usize,
  columns: i32, rowNorms: usize, columnNorms: usize, shrink: f64, k: i32, counts: usize, indices: usize, scores: usize,
  scratch: usize,
): void {
  const sums = scratch + <usize>worker * ((12 * <usize>columns + 15) & ~7);
  const touched = sums + 8 * <usize>columns;
  for (let row = from; row < to; row++) {
    let count = 0;
    const end = load<u32>(aOffsets + (<usize>row << 2), 4);
    for (let e = load<u32>(aOffsets + (<usize>row << 2)); e < end; e++) {
      const middle = bOffsets + (<usize>load<u32>(aIndices + (<usize>e << 2)) << 2);
      const factor = <f64>load<f32>(aValues + (<usize>e << 2));
      const last = load<u32>(middle, 4);
      for (let f = load<u32>(middle); f < last; f++) {
        const column = <usize>load<u32>(bIndices + (<usize>f << 2));
        const at = sums + (column << 3);
        const sum = load<f64>(at);
        if (sum == 0) {
          store<u32>(touched + (<usize>count << 2), <u32>column);
          count++;
        }
        store<f64>(at, sum + factor * <f64>load<f32>(bValues + (<usize>f << 2)));
      }
    }
    const norm = load<f64>(rowNorms + (<usize>row << 3));
    const list = <usize>row * k;
    let size = 0;
    for (let t = 0; t < count; t++) {
      const column = load<i32>(touched + (<usize>t << 2));
      const at = sums + (<usize>column << 3);
      const sum = load<f64>(at);
      store<f64>(at, 0);
      if (column == row || !(sum > 0)) continue;
      const score = sum / (norm * load<f64>(columnNorms + (<usize>column << 3)) + shrink);
      size = offer(scores + (list << 3), indices + (list << 2), size, k, score, column);
    }
    store<i32>(counts + (<usize>row << 2), size);
    order(scores + (list << 3), indices + (list << 2), size);
  }
}

/** True where the first is the worse entry. */
@inline
function worse(score: f64, index: i32, other: f64, otherIndex: i32): bool {
  return score < other || (score == other && index > otherIndex);
}

/** A heap of at most k whose root is the worst; returns its size. */
function offer(scores: usize, indices: usize, size: i32, k: i32, score: f64, index: i32): i32 {
  if (size == k) {
    if (worse(load<f64>(scores), load<i32>(indices), score, index)) sink(scores, indices, k, score, index);
    return k;
  }
  let at = size;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const other = load<f64>(scores + (<usize>parent << 3));
    const otherIndex = load<i32>(indices + (<usize>parent << 2));
    if (worse(other, otherIndex, score, index)) break;
    store<f64>(scores + (<usize>at << 3), other);
    store<i32>(indices + (<usize>at << 2), otherIndex);
    at = parent;
  }
  store<f64>(scores + (<usize>at << 3), score);
  store<i32>(indices + (<usize>at << 2), index);
  return size + 1;
}

/** Puts an entry at the root and lets worse ones rise. */
function sink(scores: usize, indices: usize, size: i32, score: f64, index: i32): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    const right = child + 1;
    if (
      right < size &&
      worse(
        load<f64>(scores + (<usize>right << 3)), load<i32>(indices + (<usize>right << 2)),
        load<f64>(scores + (<usize>child << 3)), load<i32>(indices + (<usize>child << 2)),
      )
    ) child = right;
    const other = load<f64>(scores + (<usize>child << 3));
    const otherIndex = load<i32>(indices + (<usize>child << 2));
    if (worse(score, index, other, otherIndex)) break;
    store<f64>(scores + (<usize>at << 3), other);
    store<i32>(indices + (<usize>at << 2), otherIndex);
    at = child;
  }
  store<f64>(scores + (<usize>at << 3), score);
  store<i32>(indices + (<usize>at << 2), index);
}

function order(scores: usize, indices: usize, size: i32): void {
  for (let last = size - 1; last > 0; last--) {
    const score = load<f64>(scores + (<usize>last << 3));
    const index = load<i32>(indices + (<usize>last << 2));
    store<f64>(scores + (<usize>last << 3), load<f64>(scores));
    store<i32>(indices + (<usize>last << 2), load<i32>(indices));
    sink(scores, indices, last, score, index);
  }
}

/**
 * Columns [from, to) as sums of others with weights not below 0: for each column j the least of
 *   |x_j - sum_a w_a x_a|^2 / 2 + l2 |w|^2 / 2 + l1 sum w
 * over its candidates a, i32 [candidateOffsets[j], candidateOffsets[j + 1]), by cyclic coordinate descent; full sweeps in
 * turn with sweeps over the weights that are not 0. Columns: i32 offsets and indices, f32 values. Ends when no weight
 * moves the fit by more than tolerance |x_j|. Out: weights f64 beside the candidates.
 * scratch: 8 * rows bytes a worker, 0 before and after.
 */
export function slimColumns(
  from: i32, to: i32, offsets: usize, indices: usize, values: usize, rows: i32, squares: usize, candidateOffsets: usize,
  candidates: usize, l1: f64, l2: f64, tolerance: f64, sweepsMax: i32, weights: usize, scratch: usize,
): void {
  const left = scratch + <usize>worker * 8 * <usize>rows;
  for (let j = from; j < to; j++) {
    const first = load<i32>(candidateOffsets + (<usize>j << 2));
    const end = load<i32>(candidateOffsets + (<usize>j << 2), 4);
    const enough = tolerance * tolerance * load<f64>(squares + (<usize>j << 3));
    for (let e = first; e < end; e++) store<f64>(weights + (<usize>e << 3), 0);
    add(left, offsets, indices, values, j, 1);
    let all = true;
    for (let sweep = 0; sweep < sweepsMax; sweep++) {
      let moved = false;
      for (let e = first; e < end; e++) {
        const at = weights + (<usize>e << 3);
        const before = load<f64>(at);
        if (!all && before == 0) continue;
        const a = load<i32>(candidates + (<usize>e << 2));
        const square = load<f64>(squares + (<usize>a << 3));
        const pull = product(left, offsets, indices, values, a) + square * before - l1;
        const after = pull > 0 ? pull / (square + l2) : 0;
        const step = after - before;
        if (step == 0) continue;
        store<f64>(at, after);
        add(left, offsets, indices, values, a, -step);
        if (step * step * square > enough) moved = true;
      }
      if (moved) all = false;
      else if (all) break;
      else all = true;
    }
    clear(left, offsets, indices, j);
    for (let e = first; e < end; e++)
      clear(left, offsets, indices, load<i32>(candidates + (<usize>e << 2)));
  }
}

@inline
function product(left: usize, offsets: usize, indices: usize, values: usize, column: i32): f64 {
  let sum: f64 = 0;
  const end = load<u32>(offsets + (<usize>column << 2), 4);
  for (let e = load<u32>(offsets + (<usize>column << 2)); e < end; e++)
    sum += <f64>load<f32>(values + (<usize>e << 2)) * load<f64>(left + (<usize>load<u32>(indices + (<usize>e << 2)) << 3));
  return sum;
}

@inline
function add(left: usize, offsets: usize, indices: usize, values: usize, column: i32, factor: f64): void {
  const end = load<u32>(offsets + (<usize>column << 2), 4);
  for (let e = load<u32>(offsets + (<usize>column << 2)); e < end; e++) {
    const at = left + (<usize>load<u32>(indices + (<usize>e << 2)) << 3);
    store<f64>(at, load<f64>(at) + factor * <f64>load<f32>(values + (<usize>e << 2)));
  }
}

@inline
function clear(left: usize, offsets: usize, indices: usize, column: i32): void {
  const end = load<u32>(offsets + (<usize>column << 2), 4);
  for (let e = load<u32>(offsets + (<usize>column << 2)); e < end; e++)
    store<f64>(left + (<usize>load<u32>(indices + (<usize>e << 2)) << 3), 0);
}
