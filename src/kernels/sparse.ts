/**
 * Sparse matrices in compressed sparse rows: row r holds entries offsets[r] .. offsets[r + 1), columns rising but for
 * the result of `productTopK`, where the best come first.
 * All functions return new matrices; entries that are zero stay stored.
 *
 * @see Gustavson (1978), ACM TOMS 4(3), for the row-by-row product
 */
import { emptyTop, offer, sortTop } from './top-k.ts';

export interface Sparse {
  readonly rows: number;
  readonly columns: number;
  /** [rows + 1] */
  readonly offsets: Int32Array;
  /** [entries] column of each entry */
  readonly indices: Int32Array;
  /** [entries] */
  readonly values: Float64Array;
}

export interface Triples {
  readonly rows: number;
  readonly columns: number;
  /** [n] */
  readonly rowOf: Int32Array;
  /** [n] */
  readonly columnOf: Int32Array;
  /** [n]; default 1 each */
  readonly values?: Float64Array;
}

/** The matrix of row, column, value triples in any order; values of the same cell are added in the order given. */
export function fromTriples({ rows, columns, rowOf, columnOf, values }: Triples): Sparse {
  const count = rowOf.length;
  const offsets = counted(rowOf, rows);
  const next = offsets.slice(0, rows);
  const indices = new Int32Array(count);
  const held = new Float64Array(count);
  for (let e = 0; e < count; e++) {
    const at = next[rowOf[e]!]!++;
    indices[at] = columnOf[e]!;
    held[at] = values === undefined ? 1 : values[e]!;
  }
  const unsorted = { rows, columns, offsets, indices, values: held };
  return merged(transpose(transpose(unsorted)));
}

function counted(keys: Int32Array, buckets: number): Int32Array {
  const offsets = new Int32Array(buckets + 1);
  for (let e = 0; e < keys.length; e++) offsets[keys[e]! + 1]!++;
  for (let b = 0; b < buckets; b++) offsets[b + 1]! += offsets[b]!;
  return offsets;
}

/** Adds neighbouring entries of the same cell. */
function merged(m: Sparse): Sparse {
  const { offsets, indices, values } = m;
  const starts = new Int32Array(m.rows + 1);
  let write = 0;
  for (let r = 0; r < m.rows; r++) {
    const start = write;
    for (let e = offsets[r]!; e < offsets[r + 1]!; e++) {
      if (write > start && indices[write - 1] === indices[e]) values[write - 1]! += values[e]!;
      else {
        indices[write] = indices[e]!;
        values[write++] = values[e]!;
      }
    }
    starts[r + 1] = write;
  }
  if (write === indices.length) return { ...m, offsets: starts };
  return { ...m, offsets: starts, indices: indices.slice(0, write), values: values.slice(0, write) };
}

/** Rows become columns. Columns of each row of the result rise; equal cells keep their order. */
export function transpose(m: Sparse): Sparse {
  const offsets = counted(m.indices, m.columns);
  const next = offsets.slice(0, m.columns);
  const indices = new Int32Array(m.indices.length);
  const values = new Float64Array(m.indices.length);
  for (let r = 0; r < m.rows; r++) {
    for (let e = m.offsets[r]!; e < m.offsets[r + 1]!; e++) {
      const at = next[m.indices[e]!]!++;
      indices[at] = r;
      values[at] = m.values[e]!;
    }
  }
  return { rows: m.columns, columns: m.rows, offsets, indices, values };
}

/** [rows] sum of each row. */
export function rowSums(m: Sparse): Float64Array {
  const sums = new Float64Array(m.rows);
  for (let r = 0; r < m.rows; r++) {
    let sum = 0;
    for (let e = m.offsets[r]!; e < m.offsets[r + 1]!; e++) sum += m.values[e]!;
    sums[r] = sum;
  }
  return sums;
}

/** [columns] sum of each column. */
export function columnSums(m: Sparse): Float64Array {
  const sums = new Float64Array(m.columns);
  for (let e = 0; e < m.indices.length; e++) sums[m.indices[e]!]! += m.values[e]!;
  return sums;
}

/** Each row divided by its sum; rows that add up to 0 stay as they are. */
export function rowNormalised(m: Sparse): Sparse {
  const values = m.values.slice();
  const sums = rowSums(m);
  for (let r = 0; r < m.rows; r++) {
    const sum = sums[r]!;
    if (sum === 0) continue;
    for (let e = m.offsets[r]!; e < m.offsets[r + 1]!; e++) values[e]! /= sum;
  }
  return { ...m, values };
}

/** The same places with other values. */
export function mapped(m: Sparse, change: (value: number) => number): Sparse {
  return { ...m, values: m.values.map(change) };
}

export interface ProductOptions {
  /** Entries kept in each row of the result, > 0. */
  readonly k: number;
  /** [columns of b] factor of each column of the result, applied before the choice; default 1. */
  readonly columnScale?: Float64Array;
  /** Leave the diagonal out; default false. */
  readonly skipDiagonal?: boolean;
}

/**
 * The k largest entries of each row of a * b (of equal ones those with the lower column), best first in each row.
 * Time is the number of multiplications; memory is one dense row and the result. Entries must not be negative.
 */
export function productTopK(a: Sparse, b: Sparse, { k, columnScale, skipDiagonal = false }: ProductOptions): Sparse {
  if (a.columns !== b.rows) throw new RangeError(`${a.rows} x ${a.columns} times ${b.rows} x ${b.columns}`);
  const row: Row = { sums: new Float64Array(b.columns), touched: new Int32Array(b.columns), count: 0 };
  const marks = new Uint8Array(b.columns);
  const top = emptyTop(k);
  const out = growing(Math.max(1024, Math.min(a.rows * Math.min(k, b.columns), 1 << 20)));
  const offsets = new Int32Array(a.rows + 1);
  for (let r = 0; r < a.rows; r++) {
    // Remembering the touched columns costs a test a multiplication; from some density on, looking at all is cheaper.
    if (workOf(a, r, b) > b.columns / 2) addDense(row, a, r, b);
    else addMarked(row, marks, a, r, b);
    top.size = 0;
    for (let t = 0; t < row.count; t++) {
      const column = row.touched[t]!;
      const value = columnScale === undefined ? row.sums[column]! : row.sums[column]! * columnScale[column]!;
      row.sums[column] = 0;
      marks[column] = 0;
      if (skipDiagonal && column === r) continue;
      if (top.size < k || value >= top.scores[0]!) offer(top, value, column);
    }
    sortTop(top);
    offsets[r + 1] = append(out, top.indices, top.scores, top.size);
  }
  return { rows: a.rows, columns: b.columns, offsets, ...trimmed(out) };
}

/** One row of a product while it's added up. */
interface Row {
  /** [columns] */
  readonly sums: Float64Array;
  /** The first `count` are the columns that may not be zero. */
  readonly touched: Int32Array;
  count: number;
}

function workOf(a: Sparse, r: number, b: Sparse): number {
  let work = 0;
  for (let e = a.offsets[r]!; e < a.offsets[r + 1]!; e++) {
    const middle = a.indices[e]!;
    work += b.offsets[middle + 1]! - b.offsets[middle]!;
  }
  return work;
}

function addMarked(row: Row, marks: Uint8Array, a: Sparse, r: number, b: Sparse): void {
  const { sums, touched } = row;
  const { offsets, indices, values } = b;
  let count = 0;
  for (let e = a.offsets[r]!; e < a.offsets[r + 1]!; e++) {
    const middle = a.indices[e]!;
    const factor = a.values[e]!;
    const end = offsets[middle + 1]!;
    for (let f = offsets[middle]!; f < end; f++) {
      const column = indices[f]!;
      if (marks[column] === 0) {
        marks[column] = 1;
        touched[count++] = column;
      }
      sums[column]! += factor * values[f]!;
    }
  }
  row.count = count;
}

function addDense(row: Row, a: Sparse, r: number, b: Sparse): void {
  const { sums, touched } = row;
  const { offsets, indices, values } = b;
  for (let e = a.offsets[r]!; e < a.offsets[r + 1]!; e++) {
    const middle = a.indices[e]!;
    const factor = a.values[e]!;
    const end = offsets[middle + 1]!;
    for (let f = offsets[middle]!; f < end; f++) sums[indices[f]!]! += factor * values[f]!;
  }
  let count = 0;
  for (let column = 0; column < sums.length; column++) if (sums[column] !== 0) touched[count++] = column;
  row.count = count;
}

interface Growing {
  indices: Int32Array<ArrayBuffer>;
  values: Float64Array<ArrayBuffer>;
  length: number;
}

const growing = (capacity: number): Growing => ({
  indices: new Int32Array(capacity),
  values: new Float64Array(capacity),
  length: 0,
});

function append(out: Growing, indices: Int32Array, values: Float64Array, count: number): number {
  if (out.length + count > out.indices.length)
    resize(out, Math.max(out.length + count, Math.ceil(out.indices.length * 1.5)));
  out.indices.set(indices.subarray(0, count), out.length);
  out.values.set(values.subarray(0, count), out.length);
  out.length += count;
  return out.length;
}

/** Moves the memory rather than copying beside it, so the peak is the larger of the two. */
function resize(out: Growing, capacity: number): void {
  out.indices = new Int32Array(out.indices.buffer.transfer(capacity * 4));
  out.values = new Float64Array(out.values.buffer.transfer(capacity * 8));
}

function trimmed(out: Growing): { indices: Int32Array; values: Float64Array } {
  resize(out, out.length);
  return { indices: out.indices, values: out.values };
}
