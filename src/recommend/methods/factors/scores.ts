/** Scores and best items of users from two sides of factors. */
import { Machine } from '#kernels/machine.ts';

/** Vectors of items in tiles, each [width x items of the tile], as the kernel of the best items wants them. */
export interface Tiled {
  readonly machine: Machine;
  readonly at: number;
}

const TILE = 1024;
/** Users that the kernel scores together. */
const USERS = 64;
const rooms = new WeakMap<Float32Array, Machine>();

/**
 * The inner products of vectors with those of all items.
 *
 * @param vectors [n x width]
 * @param items [items x width]; the same array again is not copied again
 * @param offset [items] added to every row of the result
 * @returns [n x items]
 */
export function productScores(
  vectors: Float32Array,
  items: Float32Array,
  width: number,
  offset: Float64Array,
): Float64Array {
  const itemCount = offset.length;
  const rows = vectors.length / width;
  const machine = roomOf(items, width);
  const mark = machine.mark();
  const tiles = mark - tilesBytes(itemCount, width);
  const out = new Float64Array(rows * itemCount);
  const own = machine.allocate(4 * vectors.length);
  const sums = machine.allocate(4 * TILE * rows);
  const panels = machine.allocate(8192);
  machine.f32(own, vectors.length).set(vectors);
  for (let first = 0; first < itemCount; first += TILE) {
    const columns = Math.min(TILE, itemCount - first);
    const found = machine.f32(sums, rows * columns);
    found.fill(0);
    machine.call('gemm32', own, tiles + 4 * first * width, sums, rows, columns, width, panels);
    for (let row = 0; row < rows; row++)
      for (let j = 0; j < columns; j++)
        out[row * itemCount + first + j] = found[row * columns + j]! + offset[first + j]!;
  }
  machine.release(mark);
  return out;
}

const tilesBytes = (itemCount: number, width: number): number => Math.ceil((4 * itemCount * width) / 64) * 64;

/** A machine that holds the items' vectors in tiles and nothing behind them. */
function roomOf(items: Float32Array, width: number): Machine {
  const known = rooms.get(items);
  if (known !== undefined) return known;
  const machine = new Machine({ threads: 1 });
  tile(machine, items, width);
  rooms.set(items, machine);
  return machine;
}

/** Address of the vectors [items x width] in tiles. */
function tile(machine: Machine, items: Float32Array, width: number): number {
  const itemCount = items.length / width;
  const at = machine.allocate(tilesBytes(itemCount, width));
  const tiles = machine.f32(at, items.length);
  for (let first = 0; first < itemCount; first += TILE) {
    const columns = Math.min(TILE, itemCount - first);
    for (let j = 0; j < columns; j++)
      for (let k = 0; k < width; k++) tiles[first * width + k * columns + j] = items[(first + j) * width + k]!;
  }
  return at;
}

export interface BestOptions {
  /** Items of each list, > 0. */
  readonly k: number;
  readonly threads: number;
  /** What not to show: i32 [n + 1] and the items of each row, rising. */
  readonly seen?: { readonly offsets: Int32Array; readonly indices: Int32Array };
}

export interface BestItems {
  /** [n x k] best first, of equal scores the lower index first; -1 where there are no more */
  readonly items: Int32Array;
  /** [n x k] -Infinity where there are no more */
  readonly scores: Float32Array;
}

/**
 * The best items of vectors by inner product; no matrix of all scores is made, so 100,000 items for a million users fit.
 *
 * @param vectors [n x width]
 * @param items [items x width]
 */
export function bestByProduct(
  vectors: Float32Array,
  items: Float32Array,
  width: number,
  { k, threads, seen }: BestOptions,
): BestItems {
  const machine = new Machine({ threads });
  try {
    const itemCount = items.length / width;
    const rows = vectors.length / width;
    const tiles = tile(machine, items, width);
    const own = machine.allocate(4 * vectors.length);
    machine.f32(own, vectors.length).set(vectors);
    const copied = (values: Int32Array | undefined) => {
      if (values === undefined) return 0;
      const at = machine.allocate(4 * values.length);
      machine.i32(at, values.length).set(values);
      return at;
    };
    const [offsets, indices] = [copied(seen?.offsets), copied(seen?.indices)];
    const scores = machine.allocate(4 * rows * k);
    const found = machine.allocate(4 * rows * k);
    const scratch = machine.allocate(machine.threads * 4 * TILE * USERS);
    const panels = machine.allocate(machine.threads * 8192);
    const tasks: number[][] = [];
    for (let from = 0; from < rows; from += 256)
      tasks.push([
        ...[own, from, Math.min(rows, from + 256), width, tiles, itemCount, k, offsets, indices],
        ...[scores, found, scratch, panels],
      ]);
    machine.each('factorTop', tasks);
    return { items: machine.i32(found, rows * k).slice(), scores: machine.f32(scores, rows * k).slice() };
  } finally {
    machine.close();
  }
}
