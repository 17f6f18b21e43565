/**
 * Groups that the data suggest: k-means over standardised features, k chosen by the simplified silhouette. Names come
 * from the features in which a group's centre lies furthest from the mean of all.
 *
 * @see Arthur, Vassilvitskii (2007), k-means++, SODA; Hruschka, de Castro, Campello (2004), simplified silhouette, ICDM
 */
import { random, split } from '#kernels/random.ts';

export interface Matrix {
  readonly rows: number;
  readonly dims: number;
  /** [rows, dims] row-major. */
  readonly values: Float64Array;
}

export interface Clusters {
  readonly k: number;
  /** [k, dims] */
  readonly centres: Float64Array;
  /** [rows] */
  readonly of: Int32Array;
  /** Mean simplified silhouette by k tried, -1 to 1. */
  readonly silhouettes: Readonly<Record<number, number>>;
}

/** Each column less its mean, over its standard deviation, kept within -3 and 3; a column without spread becomes 0. */
export function standardised({ rows, dims, values }: Matrix): Matrix {
  const out = new Float64Array(values.length);
  for (let d = 0; d < dims; d++) {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += values[i * dims + d]!;
    const mean = rows === 0 ? 0 : sum / rows;
    let squares = 0;
    for (let i = 0; i < rows; i++) squares += (values[i * dims + d]! - mean) ** 2;
    const spread = Math.sqrt(squares / Math.max(rows, 1));
    for (let i = 0; i < rows; i++)
      out[i * dims + d] = spread < 1e-12 ? 0 : Math.max(-3, Math.min(3, (values[i * dims + d]! - mean) / spread));
  }
  return { rows, dims, values: out };
}

/**
 * Fits on at most `sample` rows and assigns all. Of the ks the one with the largest mean simplified silhouette is
 * taken, the smallest of equal ones.
 *
 * @param data standardised
 * @param options ks to try, each above 1; default 3 to 7; `sample` default 8000
 */
export function clusters(
  data: Matrix,
  options: { readonly seed: number; readonly ks?: readonly number[]; readonly sample?: number },
): Clusters {
  const { seed, ks = [3, 4, 5, 6, 7], sample = 8000 } = options;
  const part = sampled(data, sample, split(seed, 'sample'));
  let best: { k: number; centres: Float64Array; score: number } | undefined;
  const silhouettes: Record<number, number> = {};
  for (const k of ks) {
    if (k > part.rows) continue;
    const centres = kMeans(part, k, split(seed, 'k', k));
    const score = silhouette(part, centres, k);
    silhouettes[k] = score;
    if (best === undefined || score > best.score + 1e-12) best = { k, centres, score };
  }
  if (best === undefined) return { k: 0, centres: new Float64Array(0), of: new Int32Array(data.rows), silhouettes };
  return { k: best.k, centres: best.centres, of: assign(data, best.centres, best.k), silhouettes };
}

function sampled(data: Matrix, most: number, seed: number): Matrix {
  const { rows, dims, values } = data;
  if (rows <= most) return data;
  const order = Int32Array.from({ length: rows }, (_, i) => i);
  const { integer } = random(seed);
  const out = new Float64Array(most * dims);
  for (let i = 0; i < most; i++) {
    const j = i + integer(rows - i);
    const row = order[j]!;
    order[j] = order[i]!;
    out.set(values.subarray(row * dims, (row + 1) * dims), i * dims);
  }
  return { rows: most, dims, values: out };
}

const ITERATIONS = 40;

/** Lloyd's iterations from k-means++ seeds. [k, dims] */
function kMeans(data: Matrix, k: number, seed: number): Float64Array {
  const { rows, dims, values } = data;
  let centres = seeded(data, k, seed);
  let of = new Int32Array(rows).fill(-1);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const next = assign(data, centres, k);
    if (next.every((own, i) => own === of[i])) break;
    of = next;
    const sums = new Float64Array(k * dims);
    const counts = new Int32Array(k);
    for (let i = 0; i < rows; i++) {
      const own = of[i]!;
      counts[own] = counts[own]! + 1;
      for (let d = 0; d < dims; d++) sums[own * dims + d] = sums[own * dims + d]! + values[i * dims + d]!;
    }
    centres = sums.map((sum, i) => {
      const count = counts[Math.floor(i / dims)]!;
      return count === 0 ? centres[i]! : sum / count;
    });
  }
  return centres;
}

function seeded({ rows, dims, values }: Matrix, k: number, seed: number): Float64Array {
  const { uniform, integer } = random(seed);
  const centres = new Float64Array(k * dims);
  const distances = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  let chosen = integer(rows);
  for (let c = 0; c < k; c++) {
    centres.set(values.subarray(chosen * dims, (chosen + 1) * dims), c * dims);
    let total = 0;
    for (let i = 0; i < rows; i++) {
      distances[i] = Math.min(distances[i]!, distance(values, i * dims, centres, c * dims, dims));
      total += distances[i]!;
    }
    let left = uniform() * total;
    chosen = 0;
    while (chosen < rows - 1 && left >= distances[chosen]!) left -= distances[chosen++]!;
  }
  return centres;
}

function distance(a: Float64Array, from: number, b: Float64Array, other: number, dims: number): number {
  let sum = 0;
  for (let d = 0; d < dims; d++) sum += (a[from + d]! - b[other + d]!) ** 2;
  return sum;
}

/** Nearest centre of each row; of equally near ones the first. */
function assign({ rows, dims, values }: Matrix, centres: Float64Array, k: number): Int32Array<ArrayBuffer> {
  const out = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    let best = Number.POSITIVE_INFINITY;
    for (let c = 0; c < k; c++) {
      const own = distance(values, i * dims, centres, c * dims, dims);
      if (own < best) {
        best = own;
        out[i] = c;
      }
    }
  }
  return out;
}

/** Mean of (b - a) / max(a, b): a is the distance to the own centre, b to the next nearest. */
function silhouette({ rows, dims, values }: Matrix, centres: Float64Array, k: number): number {
  let total = 0;
  for (let i = 0; i < rows; i++) {
    let [a, b] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let c = 0; c < k; c++) {
      const own = Math.sqrt(distance(values, i * dims, centres, c * dims, dims));
      if (own < a) {
        b = a;
        a = own;
      } else if (own < b) b = own;
    }
    total += b === 0 ? 0 : (b - a) / b;
  }
  return rows === 0 ? 0 : total / rows;
}

/**
 * For each centre the features in which it stands out, as `name+` or `name-`, in the order of `names`: the two furthest
 * from the mean of all, and as many more as it takes until no two centres have the same.
 *
 * @param names [dims]
 */
export function traits(found: Clusters, names: readonly string[]): string[][] {
  const { k, centres } = found;
  const dims = names.length;
  const ordered = Array.from({ length: k }, (_, c) =>
    names
      .map((name, d) => ({ name, d, value: centres[c * dims + d]! }))
      .sort((a, b) => Math.abs(b.value) - Math.abs(a.value) || a.d - b.d),
  );
  let out: string[][] = [];
  for (let many = Math.min(2, dims); many <= dims; many++) {
    out = ordered.map((own) =>
      own
        .slice(0, many)
        .sort((a, b) => a.d - b.d)
        .map(({ name, value }) => `${name}${value >= 0 ? '+' : '-'}`),
    );
    if (new Set(out.map((own) => own.join())).size === k) break;
  }
  return out;
}
