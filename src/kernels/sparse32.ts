/** Sparse matrices with f32 values in the memory of a machine, and products with dense blocks by its threads. */
import type { Machine } from './machine.ts';
import type { Sparse } from './sparse.ts';

/** Addresses of a matrix in compressed rows: i32 offsets, i32 indices, f32 values. */
export interface Placed {
  readonly rows: number;
  readonly columns: number;
  readonly offsets: number;
  readonly indices: number;
  readonly values: number;
}

/** Columns of a dense block. */
export const LANES = 32;
const TASK_ROWS = 2048;

/** A copy of `m` in the memory of `machine`, values rounded to f32. */
export function placed32(machine: Machine, m: Omit<Sparse, 'values'> & { readonly values: ArrayLike<number> }): Placed {
  const count = m.indices.length;
  const offsets = machine.allocate(4 * (m.rows + 1));
  const indices = machine.allocate(4 * count);
  const values = machine.allocate(4 * count);
  machine.i32(offsets, m.rows + 1).set(m.offsets);
  machine.i32(indices, count).set(m.indices);
  machine.f32(values, count).set(m.values);
  return { rows: m.rows, columns: m.columns, offsets, indices, values };
}

/** A copy of the numbers as f32. */
export function floats32(machine: Machine, values: ArrayLike<number>): number {
  const at = machine.allocate(4 * values.length);
  machine.f32(at, values.length).set(values);
  return at;
}

/** Calls `task` for pieces of at most 2048 of `rows` rows. */
export function pieces(rows: number, task: (from: number, to: number) => number[], size = TASK_ROWS): number[][] {
  const tasks: number[][] = [];
  for (let from = 0; from < rows; from += size) tasks.push(task(from, Math.min(rows, from + size)));
  return tasks;
}

/**
 * y = m x for dense x [columns x width] and y [rows x width], both row by row, f32.
 *
 * @param width a multiple of 32
 */
export function timesDense(machine: Machine, m: Placed, x: number, y: number, width: number): void {
  machine.each('sparseTimesDense', tasksOfProduct(m, x, y, width));
}

/** The tasks of `timesDense`, to be put together with those of other blocks. */
export function tasksOfProduct(m: Placed, x: number, y: number, width: number): number[][] {
  const { offsets, indices, values } = m;
  return pieces(m.rows, (from, to) => [offsets, indices, values, from, to, x, width, y, width, width / LANES]);
}
