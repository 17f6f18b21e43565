/**
 * A matrix in the memory of a machine, in blocks of 256 rows, column by column within a block: the layout in which the
 * compiled kernels add over rows. Sums are made block by block and task by task, in an order that depends on nothing but
 * the shape, so they are the same bits on one thread and on several.
 */
import type { Machine } from './machine.ts';

export const BLOCK_ROWS = 256;
const BLOCK_BYTES = 8 * BLOCK_ROWS;
const TASK_BLOCKS = 16;
/** Partial sums of all tasks together stay below this. */
const PARTS_BYTES = 2 ** 26;

export class RowBlocks {
  readonly machine: Machine;
  readonly rows: number;
  readonly width: number;
  readonly blocks: number;
  /** Address of the first block. */
  readonly at: number;

  /** Room for [rows x width]; `fill` gives it its numbers. */
  constructor(machine: Machine, rows: number, width: number) {
    this.machine = machine;
    this.rows = rows;
    this.width = width;
    this.blocks = Math.ceil(rows / BLOCK_ROWS);
    this.at = machine.allocate(this.blocks * width * BLOCK_BYTES);
  }

  /**
   * Gives each column its numbers: (raw value - center) / scale, 0 where that is not finite.
   *
   * @param column raw values [rows], or what writes them, of column j
   */
  fill(
    column: (j: number) => {
      readonly raw: Float64Array | ((out: Float64Array) => void);
      readonly center: number;
      readonly scale: number;
    },
  ): void {
    const mark = this.machine.mark();
    const staged = this.machine.allocate(8 * this.rows);
    for (let j = 0; j < this.width; j++) {
      const { raw, center, scale } = column(j);
      const out = this.machine.f64(staged, this.rows);
      if (typeof raw === 'function') raw(out);
      else out.set(raw);
      this.machine.call('blockColumn', staged, this.rows, this.at, this.width, j, center, scale);
    }
    this.machine.release(mark);
  }

  /** Address of a copy of one number a row, filled up with zeros to whole blocks. */
  vector(values: ArrayLike<number>): number {
    const at = this.machine.allocate(this.blocks * BLOCK_BYTES);
    const out = this.machine.f64(at, this.blocks * BLOCK_ROWS);
    out.set(values);
    out.fill(0, this.rows);
    return at;
  }

  /** [rows] intercept + x . coefficients at `out`; coefficients [width + 1], the intercept last. */
  scores(coefficients: Float64Array, out: number): void {
    this.#scratch((allocate) => {
      const at = allocate(coefficients.length);
      this.machine.f64(at, coefficients.length).set(coefficients);
      const tasks = this.tasks(1, 0).map(({ from, to }) => [this.at, this.width, from, to, at, out]);
      this.machine.each('blockScores', tasks);
    });
  }

  /** X' factor, and last the sum of the factors; [width + 1]. */
  slopes(factor: number): Float64Array {
    const size = this.width + 1;
    return this.#scratch((allocate) =>
      this.#summed(size, 1, 'blockSlopes', allocate, ({ from, to }, out) => [
        ...[this.at, this.width, from, to, factor, out],
      ]),
    );
  }

  /**
   * [X 1]' diag(weights) [X 1], all of it, row-major [(width + 1)^2].
   *
   * @param step only every step-th block counts; default 1
   */
  gram(weights: number, step = 1): Float64Array {
    const size = this.width + 1;
    return this.#scratch((allocate) => {
      const scratch = allocate(this.machine.threads * this.width * BLOCK_ROWS);
      const half = this.#summed(size * size, step, 'blockGram', allocate, ({ from, to }, out) => [
        ...[this.at, this.width, from, to, step, weights, scratch, out],
      ]);
      return mirrored(half, size);
    });
  }

  /**
   * Runs a kernel that adds to `size` numbers over blocks, and adds up what its tasks found.
   *
   * @param scratchSize doubles of scratch of one worker
   * @param task arguments of the kernel
   */
  total(
    kernel: string,
    { size, scratchSize, step = 1 }: { size: number; scratchSize: number; step?: number },
    coefficients: Float64Array,
    task: (range: BlockRange, at: { coefficients: number; scratch: number; out: number }) => readonly number[],
  ): Float64Array {
    return this.#scratch((allocate) => {
      const at = allocate(coefficients.length);
      const scratch = allocate(this.machine.threads * scratchSize);
      this.machine.f64(at, coefficients.length).set(coefficients);
      return this.#summed(size, step, kernel, allocate, (range, out) =>
        task(range, { coefficients: at, scratch, out }),
      );
    });
  }

  /** How blocks are shared out into tasks, whose partial sums take `size` doubles each. */
  tasks(step: number, size: number): readonly BlockRange[] {
    const partsMax = Math.max(1, Math.min(1024, Math.floor(PARTS_BYTES / (8 * Math.max(1, size)))));
    const visited = Math.ceil(this.blocks / step);
    const each = step * Math.max(step > 1 ? 4 : TASK_BLOCKS, Math.ceil(visited / partsMax));
    const out: BlockRange[] = [];
    for (let from = 0; from < this.blocks; from += each) out.push({ from, to: Math.min(this.blocks, from + each) });
    return out;
  }

  #summed(
    size: number,
    step: number,
    kernel: string,
    allocate: (doubles: number) => number,
    task: (range: BlockRange, out: number) => readonly number[],
  ): Float64Array {
    const ranges = this.tasks(step, size);
    const parts = allocate(ranges.length * size);
    this.machine.f64(parts, ranges.length * size).fill(0);
    this.machine.each(
      kernel,
      ranges.map((range, i) => task(range, parts + 8 * i * size)),
    );
    const found = this.machine.f64(parts, ranges.length * size);
    const sum = new Float64Array(size);
    for (let i = 0; i < ranges.length; i++) for (let j = 0; j < size; j++) sum[j]! += found[i * size + j]!;
    return sum;
  }

  #scratch<T>(work: (allocate: (doubles: number) => number) => T): T {
    const mark = this.machine.mark();
    try {
      return work((doubles) => this.machine.allocate(8 * doubles));
    } finally {
      this.machine.release(mark);
    }
  }
}

/** Blocks [from, to). */
export interface BlockRange {
  readonly from: number;
  readonly to: number;
}

/** Copies the lower triangle of a square matrix to the upper, in place. */
export function mirrored(matrix: Float64Array, size: number): Float64Array {
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) matrix[j * size + i] = matrix[i * size + j]!;
  return matrix;
}
