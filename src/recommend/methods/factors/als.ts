/**
 * Alternating least squares for implicit feedback.
 *
 * Factors w_u, h_i of `width` numbers minimise
 *   L = sum_S c_ui (w_u.h_i - 1)^2 + a0 sum_all (w_u.h_i)^2
 *       + lambda [ sum_u (C_u + a0 I)^nu |w_u|^2 + sum_i (C_i + a0 U)^nu |h_i|^2 ]
 * with S the pairs that were seen, c their weights, C_u and C_i the sums of weights of a row, U users and I items.
 *
 * One side is solved with the other held: (a0 H'H + ridge_u + sum c h h') w = sum c h. Turning all factors by the
 * eigenvectors of H'H changes no product and makes a0 H'H a diagonal; a step of preconditioned conjugate gradients then
 * costs two passes over the row's neighbours and nothing that grows with the square of the width, and few steps do.
 *
 * @see Hu, Koren, Volinsky (2008), ICDM, for the objective; Rendle, Krichene, Zhang, Koren (2022), RecSys, "Revisiting
 * the Performance of iALS on Item Recommendation Benchmarks", for its weights and the scaled ridge; Takacs, Pilaszy, Tikk
 * (2011), RecSys, for conjugate gradients in it
 */
import type { Machine } from '#kernels/machine.ts';
import { split } from '#kernels/random.ts';
import { symmetricEigen } from '#kernels/symmetric-eigen.ts';
import type { Pairs, Side } from './pairs.ts';

export interface AlsOptions {
  /** Numbers of each factor, a multiple of 8. */
  readonly width: number;
  /** a0, weight of every pair, seen or not; >= 0. */
  readonly unobserved: number;
  /** lambda, > 0. */
  readonly ridge: number;
  readonly nu: number;
  /** Times that both sides are solved, >= 1; the users' side last. */
  readonly epochs: number;
  readonly seed: number;
}

/** What the factors are in the machine's memory: addresses of f32 [rows x width], and the diagonal for the users' side. */
export interface AlsFactors {
  readonly users: number;
  readonly items: number;
  /** [width] a0 times the eigenvalues of H'H; H'H is diagonal */
  readonly diagonal: Float32Array;
}

/** Steps of a row in each epoch (8 change no third digit of a ranking), and at most so many the last time. */
const STEPS = 2;
const STEPS_LAST = 40;
/** The last time a row is done when its squared residual has fallen to this part of what it was: about single precision. */
const TOLERANCE_LAST = 1e-12;
const TILE_BYTES = 2 ** 20;
const TASK_ROWS = 2048;
const TASK_ENTRIES = 65_536;

/** Least and most (C + a0 N)^nu lambda: sides' ridges, [rows]. */
export function ridgesOf(sums: Float64Array, others: number, options: Omit<AlsOptions, 'width' | 'epochs' | 'seed'>) {
  return Float32Array.from(sums, (sum) => options.ridge * (sum + options.unobserved * others) ** options.nu);
}

/** Fits both sides; what it allocates beside the factors is given back. */
export function fitAls(machine: Machine, pairs: Pairs, options: AlsOptions): AlsFactors {
  const { width } = options;
  const [users, items] = [pairs.users, pairs.items].map((side) => machine.allocate(4 * side.rows * width)) as [
    number,
    number,
  ];
  const mark = machine.mark();
  const work = workspace(machine, width);
  const solve = [
    sideOf(machine, pairs.users, users, items, pairs.items.rows, options),
    sideOf(machine, pairs.items, items, users, pairs.users.rows, options),
  ] as const;
  draw(machine, users, pairs.users.rows * width, options);
  machine.f32(items, pairs.items.rows * width).fill(0);
  let diagonal = new Float32Array(width);
  for (let epoch = 1; epoch <= options.epochs; epoch++)
    for (const side of [1, 0] as const) {
      const [one, other] = side === 1 ? [solve[1], solve[0]] : [solve[0], solve[1]];
      diagonal = diagonalised(machine, work, width, [other, one]).map((value) => options.unobserved * value);
      machine.f32(work.diagonal, width).set(diagonal);
      const last = epoch === options.epochs && side === 0;
      solveSide(machine, work, width, one, last ? [STEPS_LAST, TOLERANCE_LAST] : [STEPS, 0]);
    }
  machine.release(mark);
  return { users, items, diagonal };
}

interface Workspace {
  readonly diagonal: number;
  readonly basis: number;
  readonly scratch: number;
  readonly panels: number;
  readonly tile: number;
}

function workspace(machine: Machine, width: number): Workspace {
  const tile = tileOf(width);
  const scratch = Math.max(4 * (4 * width + tile * (width + 1)), 4 * (256 * (width + 16) + 16 * width), 512 * width);
  return {
    diagonal: machine.allocate(4 * width),
    basis: machine.allocate(4 * width * width),
    scratch: machine.allocate(machine.threads * scratch),
    panels: machine.allocate(machine.threads * 8192),
    tile,
  };
}

/** Neighbours of a row that are held at once, a multiple of 4. */
const tileOf = (width: number): number => Math.max(64, Math.floor(TILE_BYTES / (16 * width)) * 4);

interface Solved {
  readonly side: Side;
  readonly own: number;
  readonly other: number;
  readonly ridges: number;
  readonly ranges: readonly (readonly [from: number, to: number])[];
}

function sideOf(machine: Machine, side: Side, own: number, other: number, others: number, options: AlsOptions): Solved {
  const ridges = machine.allocate(4 * side.rows);
  const offsets = machine.i32(side.offsets, side.rows + 1);
  const weights = side.weights === 0 ? undefined : machine.f32(side.weights, offsets[side.rows]!);
  machine.f32(ridges, side.rows).set(ridgesOf(rowSums(offsets, weights), others, options));
  return { side, own, other, ridges, ranges: rangesOf(offsets) };
}

export function rowSums(offsets: Int32Array, weights: Float32Array | undefined): Float64Array {
  const sums = new Float64Array(offsets.length - 1);
  for (let row = 0; row < sums.length; row++) {
    if (weights === undefined) sums[row] = offsets[row + 1]! - offsets[row]!;
    else for (let e = offsets[row]!; e < offsets[row + 1]!; e++) sums[row]! += weights[e]!;
  }
  return sums;
}

/** Ranges of rows of about equal work. */
function rangesOf(offsets: Int32Array): [number, number][] {
  const rows = offsets.length - 1;
  const out: [number, number][] = [];
  for (let from = 0; from < rows; ) {
    let to = from + 1;
    while (to < rows && to - from < TASK_ROWS && offsets[to + 1]! - offsets[from]! <= TASK_ENTRIES) to++;
    out.push([from, to]);
    from = to;
  }
  return out;
}

function draw(machine: Machine, at: number, count: number, { width, seed }: AlsOptions): void {
  // standard deviation 0.1 / sqrt(width), as in Rendle et al.
  const scale = 0.1 * Math.sqrt(3 / width);
  const part = 2 ** 18;
  const tasks: number[][] = [];
  for (let from = 0; from < count; from += part)
    tasks.push([at + 4 * from, Math.min(part, count - from), split(seed, 'als', from), scale]);
  machine.each('drawUniform', tasks);
}

/** Turns both sides so that the first's Gram matrix is diagonal; returns that diagonal, none below 0. */
function diagonalised(
  machine: Machine,
  work: Workspace,
  width: number,
  sides: readonly [Solved, Solved],
): Float32Array<ArrayBuffer> {
  const { values, vectors } = symmetricEigen(gram(machine, work, width, sides[0]), width);
  const basis = machine.f32(work.basis, width * width);
  for (let i = 0; i < width; i++) for (let k = 0; k < width; k++) basis[i * width + k] = vectors[k * width + i]!;
  for (const { own, side } of sides)
    machine.each(
      'turnRows',
      blocks(side.rows).map(([from, to]) => [own, from, to, width, work.basis, work.scratch, work.panels]),
    );
  return Float32Array.from(values, (value) => Math.max(0, value));
}

const blocks = (rows: number): [number, number][] =>
  Array.from({ length: Math.ceil(rows / TASK_ROWS) }, (_, i) => [i * TASK_ROWS, Math.min(rows, (i + 1) * TASK_ROWS)]);

/** [width x width], its lower triangle, summed in parts that depend on nothing but the shape. */
function gram(machine: Machine, work: Workspace, width: number, { own, side }: Solved): Float64Array {
  const mark = machine.mark();
  const part = Math.max(TASK_ROWS, Math.ceil(side.rows / 64 / 256) * 256);
  const count = Math.ceil(side.rows / part);
  const size = width * width;
  const sums = machine.allocate(8 * size * count);
  machine.f64(sums, size * count).fill(0);
  machine.each(
    'gramRows',
    Array.from({ length: count }, (_, i) => [
      ...[own, i * part, Math.min(side.rows, (i + 1) * part), width, sums + 8 * size * i, work.scratch, work.panels],
    ]),
  );
  const parts = machine.f64(sums, size * count);
  const total = new Float64Array(size);
  for (let i = 0; i < count; i++) for (let k = 0; k < size; k++) total[k]! += parts[i * size + k]!;
  machine.release(mark);
  return total;
}

function solveSide(
  machine: Machine,
  work: Workspace,
  width: number,
  { side, own, other, ridges, ranges }: Solved,
  [steps, tolerance]: readonly [number, number],
): void {
  machine.each(
    'alsRows',
    ranges.map(([from, to]) => [
      ...[from, to, side.offsets, side.indices, side.weights, own, other, width],
      ...[work.diagonal, ridges, steps, tolerance, work.scratch, work.tile],
    ]),
  );
}
