/**
 * Sparse matrices in compressed sparse rows: row r holds entries offsets[r] .. offsets[r + 1), columns rising but for
 * the result of `productTopK`, where the best come first.
 * All functions return new matrices; entries that are zero stay stored.
 *
 * @see Gustavson (1978), ACM TOMS 4(3), for the row-by-row product
 */
export { type ProductOptions, productTopK } from './product-top-k.ts';

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

/** Entry of a cell of a matrix whose columns rise, -1 where the cell is empty. */
export function entryOf({ offsets, indices }: Sparse, row: number, column: number): number {
  let low = offsets[row]!;
  let high = offsets[row + 1]! - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (indices[middle] === column) return middle;
    if (indices[middle]! < column) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
