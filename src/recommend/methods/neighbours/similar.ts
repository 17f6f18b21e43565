/**
 * Who is like whom, by what both have: one family of similarities for items and for users.
 *
 *   similarity(r, s) = x_r.x_s / (|x_r|^(2 a) |x_s|^(2 - 2 a) + shrink)
 *
 * a = 1/2 is the cosine, a = 1 asks only how much of r is found in s (Aiolli's asymmetric cosine), `shrink` holds back
 * pairs that have little in common. x are strengths, or their weights by BM25.
 *
 * @see Sarwar, Karypis, Konstan, Riedl (2001), WWW; Aiolli (2013), RecSys, section 3; Robertson, Zaragoza (2009), The
 * Probabilistic Relevance Framework, section 3.4
 */
import { Machine } from '#kernels/machine.ts';
import { columnSums, rowSums, type Sparse, transpose } from '#kernels/sparse.ts';

export interface SimilarityParams extends Readonly<Record<string, number>> {
  /** Neighbours kept. */
  readonly k: number;
  /** a, 0 to 1. */
  readonly asymmetry: number;
  readonly shrink: number;
  /** Saturation of BM25; 0: no BM25, strengths as they are. */
  readonly k1: number;
  /** How far BM25 evens out long rows, 0 to 1. */
  readonly b: number;
}

export const SIMILARITY_RANGES = {
  k: [1, 100_000],
  asymmetry: [0, 1],
  shrink: [0, 1e9],
  k1: [0, 1e6],
  b: [0, 1],
} as const;

/** What BM25 knows of the rows it was made from. */
export interface Weighing {
  readonly k1: number;
  readonly b: number;
  /** Mean sum of the rows that have anything. */
  readonly mean: number;
  /** [columns] weight of a column by how few rows have it */
  readonly rarity: Float64Array;
}

export function weighingOf(rows: Sparse, { k1, b }: Pick<SimilarityParams, 'k1' | 'b'>): Weighing {
  const sums = rowSums(rows);
  let [filled, total] = [0, 0];
  for (const sum of sums) {
    if (sum > 0) filled++;
    total += sum;
  }
  const having = columnSums({ ...rows, values: new Float64Array(rows.values.length).fill(1) });
  const rarity = having.map((count) => Math.log(1 + (rows.rows - count + 0.5) / (count + 0.5)));
  return { k1, b, mean: total / Math.max(filled, 1), rarity };
}

/** Rows weighed by BM25, or as they are where `k1` is 0; entries that weigh nothing are left out. */
export function weighed(rows: Sparse, { k1, b, mean, rarity }: Weighing): Sparse {
  if (k1 === 0) return positive(rows);
  const sums = rowSums(rows);
  const values = new Float64Array(rows.values.length);
  for (let r = 0; r < rows.rows; r++) {
    const length = k1 * (1 - b + (b * sums[r]!) / mean);
    for (let e = rows.offsets[r]!; e < rows.offsets[r + 1]!; e++)
      values[e] = (rarity[rows.indices[e]!]! * rows.values[e]! * (k1 + 1)) / (length + rows.values[e]!);
  }
  return positive({ ...rows, values });
}

function positive(m: Sparse): Sparse {
  if (m.values.every((value) => Math.fround(value) > 0)) return m;
  const offsets = new Int32Array(m.rows + 1);
  const keep: number[] = [];
  for (let r = 0; r < m.rows; r++) {
    for (let e = m.offsets[r]!; e < m.offsets[r + 1]!; e++) if (Math.fround(m.values[e]!) > 0) keep.push(e);
    offsets[r + 1] = keep.length;
  }
  const [indices, values] = [Int32Array.from(keep, (e) => m.indices[e]!), Float64Array.from(keep, (e) => m.values[e]!)];
  return { ...m, offsets, indices, values };
}

/** [rows] sum of squares of each row. */
export function squaresOf(m: Sparse): Float64Array {
  return rowSums({ ...m, values: m.values.map((value) => value * value) });
}

/**
 * The most similar rows of each row, best first; no row is its own neighbour.
 *
 * @param rows [n x m] above 0
 * @returns [n x n] at most `k` a row
 */
export function similarRows(
  rows: Sparse,
  { k, asymmetry, shrink }: Pick<SimilarityParams, 'k' | 'asymmetry' | 'shrink'>,
  threads: number,
): Sparse {
  const squares = squaresOf(rows);
  const machine = new Machine({ threads });
  try {
    const n = rows.rows;
    const most = Math.max(1, Math.min(k, n - 1));
    const copied = copier(machine);
    const matrices = [rows, transpose(rows)].flatMap((m) => [
      ...[copied.i32(m.offsets), copied.i32(m.indices), copied.f32(m.values)],
    ]);
    const norms = [asymmetry, 1 - asymmetry].map((power) => copied.f64(squares.map((square) => square ** power)));
    const [counts, indices, scores] = [4 * n, 4 * n * most, 8 * n * most].map((bytes) => machine.allocate(bytes));
    const scratchBytes = machine.threads * (12 * n + 15);
    const scratch = machine.allocate(scratchBytes);
    machine.u8(scratch, scratchBytes).fill(0);
    machine.each(
      'similarRows',
      rangesOf(n, 64).map(([from, to]) => [
        ...[from, to, ...matrices, n, ...norms, shrink, most, counts!, indices!, scores!, scratch],
      ]),
    );
    return packed(machine.i32(counts!, n), machine.i32(indices!, n * most), machine.f64(scores!, n * most), most);
  } finally {
    machine.close();
  }
}

function packed(counts: Int32Array, indices: Int32Array, scores: Float64Array, room: number): Sparse {
  const rows = counts.length;
  const offsets = new Int32Array(rows + 1);
  for (let r = 0; r < rows; r++) offsets[r + 1] = offsets[r]! + counts[r]!;
  const out = {
    ...{ rows, columns: rows, offsets },
    indices: new Int32Array(offsets[rows]!),
    values: new Float64Array(offsets[rows]!),
  };
  for (let r = 0; r < rows; r++) {
    out.indices.set(indices.subarray(r * room, r * room + counts[r]!), offsets[r]!);
    out.values.set(scores.subarray(r * room, r * room + counts[r]!), offsets[r]!);
  }
  return out;
}

/** Copies arrays into a machine; each gives the address. */
export function copier(machine: Machine) {
  return {
    i32: (values: Int32Array): number => {
      const at = machine.allocate(4 * values.length);
      machine.i32(at, values.length).set(values);
      return at;
    },
    f32: (values: Float64Array): number => {
      const at = machine.allocate(4 * values.length);
      machine.f32(at, values.length).set(values);
      return at;
    },
    f64: (values: Float64Array): number => {
      const at = machine.allocate(8 * values.length);
      machine.f64(at, values.length).set(values);
      return at;
    },
  };
}

/** Ranges of `step` rows. */
export const rangesOf = (rows: number, step: number): [number, number][] =>
  Array.from({ length: Math.ceil(rows / step) }, (_, i) => [i * step, Math.min(rows, (i + 1) * step)]);
