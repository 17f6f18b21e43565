/**
 * The inverse of a large symmetric positive definite matrix in f32, by the sweep operator over tiles of 128 x 128.
 *
 * Only the lower triangle of tiles is kept, so n = 20,000 takes 0.8 GB; n^3 / 2 multiplications. Diagonal tiles are
 * inverted in f64. The error is about the condition number times 1e-7, of the largest entry.
 *
 * @see Goodnight (1979), A Tutorial on the SWEEP Operator, The American Statistician 33(3)
 */
import type { Machine } from './machine.ts';
import { symmetricInverse } from './small-inverse.ts';

const TILE = 128;
const TILE_BYTES = 4 * TILE * TILE;

/** A symmetric matrix in the memory of a machine. */
export class TiledSymmetric {
  readonly machine: Machine;
  readonly n: number;
  readonly #blocks: number;
  readonly #at: number;

  /** Zeros, with ones on the diagonal from n on. */
  constructor(machine: Machine, n: number) {
    this.machine = machine;
    this.n = n;
    this.#blocks = Math.ceil(n / TILE);
    const bytes = TILE_BYTES * ((this.#blocks * (this.#blocks + 1)) / 2);
    this.#at = machine.allocate(bytes);
    machine.f32(this.#at, bytes / 4).fill(0);
    const numbers = machine.f32(this.#at, bytes / 4);
    for (let i = n; i < this.#blocks * TILE; i++) numbers[this.#place(i, i)] = 1;
  }

  /** Sets the entry (i, j) and (j, i). */
  set(entries: Iterable<readonly [i: number, j: number, value: number]>): void {
    const numbers = this.#numbers();
    for (const [i, j, value] of entries) numbers[i >= j ? this.#place(i, j) : this.#place(j, i)] = value;
  }

  /** Entry (i, j). */
  at(i: number, j: number): number {
    return this.#numbers()[i >= j ? this.#place(i, j) : this.#place(j, i)]!;
  }

  /** Row i [n]. */
  row(i: number): Float32Array {
    const numbers = this.#numbers();
    return Float32Array.from({ length: this.n }, (_, j) => numbers[i >= j ? this.#place(i, j) : this.#place(j, i)]!);
  }

  /**
   * Becomes its own inverse.
   *
   * @returns false where it is not positive definite; then what it holds means nothing
   */
  invert(): boolean {
    const { machine } = this;
    const mark = machine.mark();
    const columns = machine.allocate(TILE_BYTES * this.#blocks);
    const turned = machine.allocate(TILE_BYTES * this.#blocks);
    const rows = machine.allocate(TILE_BYTES * this.#blocks);
    const pivot = machine.allocate(TILE_BYTES);
    const scratch = machine.allocate(8192 * machine.threads);
    let definite = true;
    for (let k = 0; k < this.#blocks && definite; k++) {
      const inverse = symmetricInverse(Float64Array.from(this.#tile(k, k)), TILE);
      definite = inverse !== undefined;
      if (inverse === undefined) break;
      this.#panel(k, rows, columns);
      machine.f32(pivot, TILE * TILE).set(inverse.map((value) => -value));
      machine.f32(turned, this.#blocks * TILE * TILE).fill(0);
      const others = Array.from({ length: this.#blocks }, (_, i) => i).filter((i) => i !== k);
      machine.each(
        'gemm32',
        others.map((i) => [rows + TILE_BYTES * i, pivot, turned + TILE_BYTES * i, TILE, TILE, TILE, scratch]),
      );
      // The longest rows first, so that no thread is left with one at the end.
      machine.each(
        'sweepRow',
        others.reverse().map((i) => [this.#at, i, k, turned, columns, scratch]),
      );
      this.#settle(k, turned, pivot);
    }
    machine.release(mark);
    if (definite) {
      const numbers = this.#numbers();
      for (let e = 0; e < numbers.length; e++) numbers[e] = -numbers[e]!;
    }
    return definite;
  }

  #numbers(): Float32Array {
    return this.machine.f32(this.#at, TILE * TILE * ((this.#blocks * (this.#blocks + 1)) / 2));
  }

  #place(i: number, j: number): number {
    const [row, column] = [Math.floor(i / TILE), Math.floor(j / TILE)];
    return ((row * (row + 1)) / 2 + column) * TILE * TILE + (i % TILE) * TILE + (j % TILE);
  }

  #tile(row: number, column: number): Float32Array {
    return this.machine.f32(this.#at + TILE_BYTES * ((row * (row + 1)) / 2 + column), TILE * TILE);
  }

  /** Copies the columns of block k: rows [block][128 x 128], and each transposed to `columns`. */
  #panel(k: number, rows: number, columns: number): void {
    for (let i = 0; i < this.#blocks; i++) {
      const tile = i >= k ? this.#tile(i, k) : this.#tile(k, i);
      const straight = this.machine.f32((i >= k ? rows : columns) + TILE_BYTES * i, TILE * TILE);
      straight.set(tile);
      transposed(tile, this.machine.f32((i >= k ? columns : rows) + TILE_BYTES * i, TILE * TILE));
    }
  }

  /** Writes the swept row and column of block k. */
  #settle(k: number, turned: number, pivot: number): void {
    for (let i = 0; i < this.#blocks; i++) {
      const own = this.machine.f32(turned + TILE_BYTES * i, TILE * TILE);
      if (i === k) this.#tile(k, k).set(this.machine.f32(pivot, TILE * TILE));
      else if (i > k) this.#tile(i, k).set(own.map((value) => -value));
      else
        transposed(
          own.map((value) => -value),
          this.#tile(k, i),
        );
    }
  }
}

function transposed(tile: Float32Array, out: Float32Array): void {
  for (let i = 0; i < TILE; i++) for (let j = 0; j < TILE; j++) out[j * TILE + i] = tile[i * TILE + j]!;
}
