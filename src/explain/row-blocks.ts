/** Rows laid out for the attribution kernels, a block at a time, and what the kernels add for them. */
import { known } from '#errors.ts';
import type { Machine } from '#kernels/machine.ts';
import { readerOf, type TreeEnsemble } from '#learners/index.ts';
import type { Table } from '#table/index.ts';

/** One column as the trees read it: numbers, or the number of a category; NaN where missing. */
export interface Reader {
  readonly category: boolean;
  readonly read: (row: number) => number;
}

/** @throws FEATURE_MISSING */
export function readersOf(model: TreeEnsemble, data: Table): Reader[] {
  return model.inputs.map(({ feature, categories }) => {
    const column = data.columns[feature];
    if (column === undefined) throw known('FEATURE_MISSING', { feature, have: Object.keys(data.columns) });
    return { category: categories !== undefined, read: readerOf(column, categories) };
  });
}

export interface Block {
  /** Addresses of the columns, and of [width x features][block] attributions. */
  readonly x: number;
  readonly phi: number;
  readonly rows: number;
}

export interface BlockOptions {
  readonly rows: number;
  /** Scores x features. */
  readonly across: number;
  /** Rows a block, and most blocks in the kernels' memory at one time. */
  readonly block: number;
  readonly blocksMax: number;
  /** Bytes of a block's columns. */
  readonly bytes: number;
  /** Writes the columns of rows [from, from + rows) at `x`. */
  readonly fill: (x: number, from: number, rows: number) => void;
}

/** Lets `run` add to the cleared attributions of some blocks, until all are done; [rows x across]. */
export function blockwise(
  machine: Machine,
  options: BlockOptions,
  run: (blocks: readonly Block[]) => void,
): Float64Array {
  const { rows, across, block, bytes, fill } = options;
  const values = new Float64Array(rows * across);
  const count = Math.min(options.blocksMax, Math.ceil(rows / block));
  const x = machine.allocate(bytes * count);
  const phi = machine.allocate(8 * across * block * count);
  for (let from = 0; from < rows; from += block * count) {
    machine.f64(phi, across * block * count).fill(0);
    const blocks: Block[] = [];
    for (let row = from; row < Math.min(rows, from + block * count); row += block) {
      const b = blocks.length;
      blocks.push({ x: x + bytes * b, phi: phi + 8 * across * block * b, rows: Math.min(block, rows - row) });
      fill(blocks[b]!.x, row, blocks[b]!.rows);
    }
    run(blocks);
    for (const [b, one] of blocks.entries()) {
      const sums = machine.f64(one.phi, across * block);
      for (let j = 0; j < across; j++)
        for (let i = 0; i < one.rows; i++) values[(from + b * block + i) * across + j] = sums[j * block + i]!;
    }
  }
  return values;
}

/** Columns twice [2 x columns][block]: missing as -Infinity, which every threshold sends left, and as NaN, sent right. */
export function fillNumbers(x: Float64Array, readers: readonly Reader[], from: number, rows: number): void {
  const block = x.length / (2 * readers.length);
  for (const [f, { category, read }] of readers.entries()) {
    const first = 2 * f * block;
    for (let i = 0; i < block; i++) {
      const value = i < rows ? read(from + i) : 0;
      const gone = Number.isNaN(value);
      x[first + i] = !gone ? value : category ? -1 : Number.NEGATIVE_INFINITY;
      x[first + block + i] = value;
    }
  }
}

/** Codes [columns][block]: how many of the input's thresholds are below, or the category; 65535 where missing. */
export function fillCodes(
  x: Uint16Array,
  readers: readonly Reader[],
  codeOf: (input: number, value: number) => number,
  from: number,
  rows: number,
): void {
  const block = x.length / readers.length;
  for (const [f, { category, read }] of readers.entries())
    for (let i = 0; i < block; i++) {
      const value = i < rows ? read(from + i) : 0;
      x[f * block + i] = Number.isNaN(value) ? 0xffff : category ? value : codeOf(f, value);
    }
}
