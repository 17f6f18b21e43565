/**
 * Who has what, from both sides, in the memory of a machine: sorted, each pair once, twelve bytes of it in all where all
 * weights are 1 and twenty where not, however the rows came.
 */
import type { Machine } from '#kernels/machine.ts';
import type { Interactions } from '../../data/interactions.ts';

/** Rows in compressed form; addresses of i32 [rows + 1], i32 [entries] rising in each row, and f32 [entries] (0: all 1). */
export interface Side {
  readonly rows: number;
  readonly offsets: number;
  readonly indices: number;
  readonly weights: number;
}

export interface Pairs {
  readonly users: Side;
  readonly items: Side;
  readonly entries: number;
}

/**
 * Both sides of the interactions; strengths of the same pair are added, then raised to `countPower` (0: all 1).
 */
export function pairsOf(machine: Machine, data: Interactions, countPower: number): Pairs {
  const { userCount, itemCount } = data;
  const count = data.users.length;
  const weighted = countPower !== 0;
  const room = (rows: number): Side => ({
    rows,
    offsets: machine.allocate(4 * (rows + 1)),
    indices: machine.allocate(4 * count),
    weights: weighted ? machine.allocate(4 * count) : 0,
  });
  const [users, items] = [room(userCount), room(itemCount)];
  const [u, i] = [viewOf(machine, users, count), viewOf(machine, items, count)];
  // by item, then from there by user: items rise in each user's row, whatever the order of the data
  scatter(data.items, data.users, data.weights, i);
  turn(i, count, u);
  const entries = merge(u);
  if (weighted) for (let e = 0; e < entries; e++) u.weights![e]! **= countPower;
  turn(u, entries, i);
  return { users, items, entries };
}

export interface SideView {
  readonly offsets: Int32Array;
  readonly indices: Int32Array;
  readonly weights: Float32Array | undefined;
}

/** A side as arrays on the machine's memory; stale after the next `allocate`. */
export const viewOf = (machine: Machine, side: Side, entries: number): SideView => ({
  offsets: machine.i32(side.offsets, side.rows + 1),
  indices: machine.i32(side.indices, entries),
  weights: side.weights === 0 ? undefined : machine.f32(side.weights, entries),
});

function startsOf(keys: Int32Array, count: number, offsets: Int32Array): Int32Array {
  offsets.fill(0);
  for (let e = 0; e < count; e++) offsets[keys[e]! + 1]!++;
  for (let r = 1; r < offsets.length; r++) offsets[r]! += offsets[r - 1]!;
  return offsets.slice(0, -1);
}

function scatter(rows: Int32Array, columns: Int32Array, weights: Float64Array | undefined, to: SideView): void {
  const next = startsOf(rows, rows.length, to.offsets);
  for (let e = 0; e < rows.length; e++) {
    const at = next[rows[e]!]!++;
    to.indices[at] = columns[e]!;
    if (to.weights !== undefined) to.weights[at] = weights === undefined ? 1 : weights[e]!;
  }
}

/** The other side of the first `count` entries of `from`. */
function turn(from: SideView, count: number, to: SideView): void {
  const next = startsOf(from.indices, count, to.offsets);
  for (let row = 0; row < from.offsets.length - 1; row++)
    for (let e = from.offsets[row]!; e < from.offsets[row + 1]!; e++) {
      const at = next[from.indices[e]!]!++;
      to.indices[at] = row;
      if (to.weights !== undefined) to.weights[at] = from.weights![e]!;
    }
}

/** Adds up neighbouring entries of the same pair, in place; returns how many are left. */
function merge({ offsets, indices, weights }: SideView): number {
  let write = 0;
  let from = 0;
  for (let row = 0; row < offsets.length - 1; row++) {
    const to = offsets[row + 1]!;
    const start = write;
    for (let e = from; e < to; e++) {
      if (write > start && indices[write - 1] === indices[e]) {
        if (weights !== undefined) weights[write - 1]! += weights[e]!;
        continue;
      }
      indices[write] = indices[e]!;
      if (weights !== undefined) weights[write] = weights[e]!;
      write++;
    }
    offsets[row + 1] = write;
    from = to;
  }
  return write;
}
