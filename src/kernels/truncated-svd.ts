/**
 * The largest singular values of a sparse matrix and their right vectors, by subspace iteration from a random start.
 *
 * Products run in f32, Gram matrices in f64; a basis is made orthonormal through the Cholesky factor of its Gram matrix,
 * twice before the last step. Values well above those left out are good to about 1e-5 of the first; where values lie close
 * together at the end, the vectors are some basis of nearly the right space. Values below a thirtieth of the first can be
 * lost in the rounding of f32.
 *
 * @see Halko, Martinsson, Tropp (2011), SIAM Review 53(2), algorithms 4.4 and 5.1; Yamamoto et al. (2015), ETNA 44, for
 * the repeated Cholesky factor
 */
import { Machine } from './machine.ts';
import { random, split } from './random.ts';
import { lowerInverse } from './small-inverse.ts';
import { type Sparse, transpose } from './sparse.ts';
import { floats32, LANES, type Placed, pieces, placed32, timesDense } from './sparse32.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

export interface SvdOptions {
  /** Values wanted, > 0; fewer come back where the matrix has fewer that are above 1e-4 of the first. */
  readonly rank: number;
  readonly seed: number;
  /** Products with m'm after the first; default 3. */
  readonly iterations?: number;
  /** Threads at most; the answer doesn't depend on it. Default 1. */
  readonly threads?: number;
  /** Default: compiled, unless the compiled file is missing. */
  readonly variant?: 'compiled' | 'plain';
}

export interface TruncatedSvd {
  readonly rank: number;
  /** [rank] falling */
  readonly values: Float64Array;
  /** [columns x rank] orthonormal columns */
  readonly right: Float32Array;
}

/** @throws RangeError when the blocks take more than the kernels' 4 GiB: 8 (rows + columns) 1.15 rank bytes */
export function truncatedSvd(m: Sparse, options: SvdOptions): TruncatedSvd {
  const { rank, seed, iterations = 3, threads = 1, variant } = options;
  const machine = new Machine({ threads, ...(variant === undefined ? {} : { variant }) });
  try {
    const most = Math.min(rank, m.rows, m.columns);
    const width = LANES * Math.ceil((1.15 * most + 8) / LANES);
    const space = new Space(machine, m, width, seed);
    for (let i = 0; i < iterations; i++) {
      space.orthonormal();
      space.back();
      space.forth();
    }
    space.orthonormal();
    space.orthonormal();
    space.back();
    return space.right(most);
  } finally {
    machine.close();
  }
}

/** A block of vectors on the side of the rows, and one on that of the columns. */
class Space {
  readonly #machine: Machine;
  readonly #m: Placed;
  readonly #turned: Placed;
  readonly #width: number;
  /** [rows x width] twice, [columns x width] */
  #rows: number;
  #spare: number;
  readonly #columns: number;
  readonly #panels: number;

  constructor(machine: Machine, m: Sparse, width: number, seed: number) {
    this.#machine = machine;
    this.#width = width;
    this.#m = placed32(machine, m);
    this.#turned = placed32(machine, transpose(m));
    this.#rows = machine.allocate(4 * m.rows * width);
    this.#spare = machine.allocate(4 * Math.max(m.rows, m.columns) * width);
    this.#columns = machine.allocate(4 * m.columns * width);
    this.#panels = machine.allocate(8192 * machine.threads);
    const start = machine.f32(this.#columns, m.columns * width);
    const draw = random(split(seed, 'svd'));
    for (let i = 0; i < start.length; i++) start[i] = draw.uniform() - 0.5;
    this.forth();
  }

  /** rows = m columns */
  forth(): void {
    timesDense(this.#machine, this.#m, this.#columns, this.#rows, this.#width);
  }

  /** columns = m' rows */
  back(): void {
    timesDense(this.#machine, this.#turned, this.#rows, this.#columns, this.#width);
  }

  /** Makes the block of the rows orthonormal. */
  orthonormal(): void {
    const gram = this.#gram(this.#rows, this.#m.rows);
    this.#times(this.#rows, this.#m.rows, inverseFactor(gram, this.#width), this.#width, this.#spare);
    [this.#rows, this.#spare] = [this.#spare, this.#rows];
  }

  /** The best directions within the block of the columns. */
  right(most: number): TruncatedSvd {
    const width = this.#width;
    const { values: squares, vectors } = symmetricEigen(this.#gram(this.#columns, this.#m.columns), width);
    const first = Math.max(0, squares[width - 1]!);
    let rank = 0;
    while (rank < most && squares[width - 1 - rank]! > 1e-8 * first) rank++;
    const values = Float64Array.from({ length: rank }, (_, q) => Math.sqrt(squares[width - 1 - q]!));
    const turn = new Float32Array(width * rank);
    for (let q = 0; q < rank; q++)
      for (let p = 0; p < width; p++) turn[p * rank + q] = vectors[(width - 1 - q) * width + p]! / values[q]!;
    this.#times(this.#columns, this.#m.columns, turn, rank, this.#spare);
    return { rank, values, right: this.#machine.f32(this.#spare, this.#m.columns * rank).slice() };
  }

  /** [width x width] */
  #gram(block: number, rows: number): Float64Array {
    const [machine, width] = [this.#machine, this.#width];
    const mark = machine.mark();
    const size = Math.max(2048, 128 * Math.ceil(rows / 12 / 128));
    const count = Math.ceil(rows / size);
    const parts = machine.allocate(8 * count * width * width);
    machine.f64(parts, count * width * width).fill(0);
    machine.each(
      'gram32',
      pieces(rows, (from, to) => [block, width, from, to, parts + (from / size) * 8 * width * width], size),
    );
    const found = machine.f64(parts, count * width * width);
    const gram = new Float64Array(width * width);
    for (let part = 0; part < count; part++)
      for (let i = 0; i < width; i++)
        for (let j = 0; j <= i; j++) gram[i * width + j]! += found[(part * width + i) * width + j]!;
    for (let i = 0; i < width; i++) for (let j = 0; j < i; j++) gram[j * width + i] = gram[i * width + j]!;
    machine.release(mark);
    return gram;
  }

  /** out [rows x n] = block [rows x width] turn [width x n] */
  #times(block: number, rows: number, turn: Float32Array, n: number, out: number): void {
    const [machine, width] = [this.#machine, this.#width];
    const mark = machine.mark();
    const at = floats32(machine, turn);
    machine.f32(out, rows * n).fill(0);
    const task = (from: number, to: number) => [
      ...[block + 4 * from * width, at, out + 4 * from * n, to - from, n, width, this.#panels],
    ];
    machine.each('gemm32', pieces(rows, task, 512));
    machine.release(mark);
  }
}

/** Part of a vector's square below which it counts as a sum of those before it; f32 products are not better. */
const DEPENDENT = 1e-6;

/** Transposed inverse of the Cholesky factor of a Gram matrix, upper [n x n]; dependent vectors become 0. */
function inverseFactor(gram: Float64Array, n: number): Float32Array {
  const factor = gram.slice();
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = factor[i * n + j]!;
      for (let p = 0; p < j; p++) sum -= factor[i * n + p]! * factor[j * n + p]!;
      if (i !== j) factor[i * n + j] = sum / factor[j * n + j]!;
      else factor[i * n + i] = sum > DEPENDENT * gram[i * n + i]! ? Math.sqrt(sum) : Number.POSITIVE_INFINITY;
    }
  }
  const inverse = lowerInverse(factor, n);
  const turned = new Float32Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) turned[j * n + i] = inverse[i * n + j]!;
  return turned;
}
