/**
 * Co-purchase by a random walk user - item - user - item, with popular ends held back.
 *
 * With R the matrix of strengths and p_uj = r_uj / sum_j r_uj, p_iu = r_ui / sum_u r_ui:
 * W_ij = sum_u p_iu^alpha p_uj^alpha / pop_j^beta, of which each row keeps its k largest and is made to add up to one.
 * The score of j for u is sum_i r_ui W_ij: every score is a sum over what the user has, so it explains itself.
 *
 * @see Paudel, Christoffel, Newell, Bernstein (2017), ACM TiiS 7(1), equations 5 to 7 (P3alpha and RP3beta)
 */
import { columnSums, mapped, productTopK, rowNormalised, type Sparse, transpose } from '#kernels/sparse.ts';
import { countsOf, decayedCountsOf, usersPerItem } from '../data/interactions.ts';
import { ranked } from './filters/ranked.ts';
import type { Method } from './method.ts';
import { tieOf } from './popularity.ts';

export interface Rp3betaParams extends Readonly<Record<string, number>> {
  readonly alpha: number;
  readonly beta: number;
  /** Neighbours kept for each item. */
  readonly k: number;
  /** Days in which what the user has loses half its weight as a starting point; 0: it doesn't. */
  readonly halfLifeDays: number;
}

export interface Rp3betaModel {
  /** [users x items] where walks start */
  readonly starts: Sparse;
  /** [items x items] rows best first */
  readonly neighbours: Sparse;
  /** [items] */
  readonly tie: Float64Array;
}

export const RP3BETA: Method<Rp3betaParams, Rp3betaModel> = {
  name: 'rp3beta',
  defaults: { alpha: 0.8, beta: 0.3, k: 500, halfLifeDays: 0 },
  ranges: { alpha: [0, 10], beta: [0, 10], k: [1, 100_000], halfLifeDays: [0, 100_000] },
  source: 'Paudel et al. (2017), Updatable, Accurate, Diverse, and Scalable Recommendations, ACM TiiS 7(1)',
  fit: (data, params, { threads }) => {
    const counts = countsOf(data);
    const strengths = mapped(counts, Math.log1p);
    return {
      starts: params.halfLifeDays > 0 ? mapped(decayedCountsOf(data, params.halfLifeDays), Math.log1p) : strengths,
      neighbours: neighboursOf(strengths, { ...params, threads }),
      tie: tieOf(usersPerItem(counts), 1e-9),
    };
  },
  score: ({ starts, neighbours, tie }, users) => {
    const items = neighbours.columns;
    const out = new Float64Array(users.length * items);
    for (let row = 0; row < users.length; row++) {
      const scores = out.subarray(row * items, (row + 1) * items);
      scores.set(tie);
      addWalk(scores, starts, users[row]!, neighbours, 1);
    }
    return out;
  },
  scoreRows: ({ neighbours, tie }, rows) => {
    const items = neighbours.columns;
    const out = new Float64Array(rows.rows * items);
    const starts = mapped(rows, Math.log1p);
    for (let row = 0; row < rows.rows; row++) {
      const scores = out.subarray(row * items, (row + 1) * items);
      scores.set(tie);
      addWalk(scores, starts, row, neighbours, 1);
    }
    return out;
  },
  because: ({ starts, neighbours }, user, item, most) => {
    const from = starts.offsets[user]!;
    const had = starts.indices.subarray(from, starts.offsets[user + 1]!);
    const parts = Float64Array.from(had, (own, e) => {
      const start = neighbours.offsets[own]!;
      const place = neighbours.indices.subarray(start, neighbours.offsets[own + 1]!).indexOf(item);
      return place < 0 ? 0 : starts.values[from + e]! * neighbours.values[start + place]!;
    });
    return ranked(had, parts, most);
  },
};

/**
 * The matrix W of the file's head.
 *
 * @param strengths [users x items] above 0
 * @returns [items x items] rows best first, adding up to 1; no item is its own neighbour
 */
export function neighboursOf(
  strengths: Sparse,
  { alpha, beta, k, threads = 1 }: { alpha: number; beta: number; k: number; threads?: number },
): Sparse {
  const power = (value: number) => value ** alpha;
  const toUser = mapped(rowNormalised(transpose(strengths)), power);
  const toItem = mapped(rowNormalised(strengths), power);
  const columnScale = columnSums(strengths).map((sum) => (sum > 0 ? sum ** -beta : 0));
  return rowNormalised(productTopK(toUser, toItem, { k, columnScale, skipDiagonal: true, threads }));
}

/** Adds `factor` times the scores of one user's walks to `scores` [items]. */
export function addWalk(scores: Float64Array, starts: Sparse, user: number, neighbours: Sparse, factor: number): void {
  const { offsets, indices, values } = neighbours;
  for (let e = starts.offsets[user]!; e < starts.offsets[user + 1]!; e++) {
    const item = starts.indices[e]!;
    const weight = factor * starts.values[e]!;
    const end = offsets[item + 1]!;
    for (let f = offsets[item]!; f < end; f++) scores[indices[f]!]! += weight * values[f]!;
  }
}
