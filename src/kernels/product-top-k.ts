/** The best entries of each row of a product of two sparse matrices, by the compiled kernels. */
import { Machine } from './machine.ts';
import type { Sparse } from './sparse.ts';

export interface ProductOptions {
  /** Entries kept in each row of the result, > 0. */
  readonly k: number;
  /** [columns of b] factor of each column of the result, applied before the choice; default 1. */
  readonly columnScale?: Float64Array;
  /** Leave the diagonal out; default false. */
  readonly skipDiagonal?: boolean;
  /** Threads at most; the answer doesn't depend on it. Default 1. */
  readonly threads?: number;
  /** Default: compiled, unless the compiled file is missing. */
  readonly variant?: 'compiled' | 'plain';
}

/** Room for results between two copies out of the kernels' memory. */
const OUT_BYTES = 2 ** 27;

/**
 * The k largest entries of each row of a * b (of equal ones those with the lower column), best first in each row; entries
 * that are 0 are left out. Time is the number of multiplications; memory is both matrices, a dense row for each thread and
 * the result. Entries must not be negative.
 *
 * @throws RangeError when the shapes don't match, or both matrices take more than the kernels' 4 GiB
 */
export function productTopK(a: Sparse, b: Sparse, options: ProductOptions): Sparse {
  if (a.columns !== b.rows) throw new RangeError(`${a.rows} x ${a.columns} times ${b.rows} x ${b.columns}`);
  const { variant } = options;
  const machine = new Machine({ threads: options.threads ?? 1, ...(variant === undefined ? {} : { variant }) });
  try {
    return product(machine, a, b, { ...options, k: Math.max(1, Math.min(options.k, b.columns)) });
  } finally {
    machine.close();
  }
}

function product(machine: Machine, a: Sparse, b: Sparse, { k, columnScale, skipDiagonal }: ProductOptions): Sparse {
  const left = placed(machine, a);
  const right = b === a ? left : placed(machine, b);
  const scale = columnScale === undefined ? 0 : doubles(machine, columnScale);
  const scratchBytes = 64 * Math.ceil((13 * b.columns + 12 * k) / 64);
  const scratch = machine.allocate(machine.threads * scratchBytes);
  machine.u8(scratch, machine.threads * scratchBytes).fill(0);
  const rowsMax = Math.max(1, Math.min(a.rows, Math.floor(OUT_BYTES / (12 * k))));
  const [indices, values, counts] = [
    machine.allocate(4 * k * rowsMax),
    machine.allocate(8 * k * rowsMax),
    machine.allocate(4 * rowsMax),
  ];
  const out = growing(Math.max(1024, Math.min(a.rows * k, 1 << 20)));
  const offsets = new Int32Array(a.rows + 1);
  for (let base = 0; base < a.rows; base += rowsMax) {
    const end = Math.min(a.rows, base + rowsMax);
    const tasks: number[][] = [];
    for (let from = base; from < end; from += 64)
      tasks.push([
        ...[...left, ...right, b.columns, scale, k, skipDiagonal === true ? 1 : 0],
        ...[from, Math.min(end, from + 64), base, indices, values, counts, scratch, scratchBytes],
      ]);
    machine.each('productTop', tasks);
    const held = machine.i32(counts, end - base);
    const [columns, sums] = [machine.i32(indices, k * (end - base)), machine.f64(values, k * (end - base))];
    for (let r = base; r < end; r++) {
      const own = (r - base) * k;
      const count = held[r - base]!;
      offsets[r + 1] = append(out, columns.subarray(own, own + count), sums.subarray(own, own + count));
    }
  }
  return { rows: a.rows, columns: b.columns, offsets, ...trimmed(out) };
}

function placed(machine: Machine, m: Sparse): readonly [offsets: number, indices: number, values: number] {
  const offsets = machine.allocate(4 * (m.rows + 1));
  const indices = machine.allocate(4 * m.indices.length);
  const values = doubles(machine, m.values);
  machine.i32(offsets, m.rows + 1).set(m.offsets);
  machine.i32(indices, m.indices.length).set(m.indices);
  return [offsets, indices, values];
}

function doubles(machine: Machine, values: Float64Array): number {
  const at = machine.allocate(8 * values.length);
  machine.f64(at, values.length).set(values);
  return at;
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

function append(out: Growing, indices: Int32Array, values: Float64Array): number {
  const end = out.length + indices.length;
  if (end > out.indices.length) resize(out, Math.max(end, Math.ceil(out.indices.length * 1.5)));
  out.indices.set(indices, out.length);
  out.values.set(values, out.length);
  out.length = end;
  return end;
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
