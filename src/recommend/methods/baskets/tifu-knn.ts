/**
 * A user's baskets as one vector in which newer baskets weigh more, mixed with the mean of the nearest users' vectors.
 *
 * The baskets of a user, oldest first, are parted into `groups` runs of about equal length. Within a run of n baskets the
 * j-th counts withinDecay^(n - j) / n, and of m runs the i-th counts acrossDecay^(m - i) / m. The score is
 * own x vector + (1 - own) x mean of the vectors of the `k` users at the least Euclidean distance, the user among them.
 *
 * @see Hu, He, Gao, Zhang (2020), Modeling Personalized Item Frequency Information for Next-basket Recommendation,
 *   SIGIR, equations 1 to 4
 */
import { entryOf, fromTriples, type Sparse, transpose } from '#kernels/sparse.ts';
import { emptyTop, offer, sortTop } from '#kernels/top-k.ts';
import { countsOf, type Interactions, usersPerItem } from '../../data/interactions.ts';
import type { Method } from '../method.ts';
import { tieOf } from '../popularity.ts';
import { basketsOf } from './baskets.ts';

export interface TifuKnnParams extends Readonly<Record<string, number>> {
  /** Neighbours. */
  readonly k: number;
  /** Weight of a basket against the next one of its run, above 0. */
  readonly withinDecay: number;
  /** Weight of a run against the next one, above 0. */
  readonly acrossDecay: number;
  /** Share of the user's own vector, 0 to 1. */
  readonly own: number;
  /** Runs of baskets. */
  readonly groups: number;
}

export interface TifuKnnModel {
  /** [users x items] */
  readonly vectors: Sparse;
  /** [items x users] */
  readonly byItem: Sparse;
  /** [users] squared length */
  readonly squares: Float64Array;
  readonly k: number;
  readonly own: number;
  /** [items] added to every user's scores */
  readonly tie: Float64Array;
}

export const TIFU_KNN: Method<TifuKnnParams, TifuKnnModel> = {
  name: 'tifu-knn',
  defaults: { k: 300, withinDecay: 0.9, acrossDecay: 0.7, own: 0.7, groups: 7 },
  ranges: { k: [1, 100_000], withinDecay: [1e-6, 1], acrossDecay: [1e-6, 1], own: [0, 1], groups: [1, 1000] },
  whole: ['groups'],
  source: 'Hu, He, Gao, Zhang (2020), Modeling Personalized Item Frequency Information for Next-basket, SIGIR',
  fit: (data, params) => {
    const vectors = vectorsOf(data, params);
    return {
      vectors,
      byItem: transpose(vectors),
      squares: squaresOf(vectors),
      k: params.k,
      own: params.own,
      tie: tieOf(usersPerItem(countsOf(data)), 1e-9),
    };
  },
  score: (model, users) => {
    const out = new Float64Array(users.length * model.vectors.columns);
    for (let row = 0; row < users.length; row++) scoreOne(model, model.vectors, users[row]!, out, row);
    return out;
  },
  scoreRows: (model, rows) => {
    const out = new Float64Array(rows.rows * model.vectors.columns);
    const shares = { ...rows, values: rows.values.map((value) => Math.min(1, value)) };
    for (let row = 0; row < rows.rows; row++) scoreOne(model, shares, row, out, row);
    return out;
  },
  because: ({ vectors, own }, user, item, most) => {
    const at = entryOf(vectors, user, item);
    return most > 0 && own > 0 && at >= 0 && vectors.values[at]! > 0 ? [{ item, share: 1 }] : [];
  },
};

/** [users x items] time-decayed shares of baskets with the item. */
function vectorsOf(data: Interactions, { withinDecay, acrossDecay, groups }: TifuKnnParams): Sparse {
  const { ofUser, offsets, items, userCount, itemCount } = basketsOf(data);
  const rowOf = new Int32Array(items.length);
  const values = new Float64Array(items.length);
  for (let user = 0; user < userCount; user++) {
    const first = ofUser[user]!;
    const count = ofUser[user + 1]! - first;
    const runs = Math.min(groups, count);
    for (let run = 0; run < runs; run++) {
      const from = Math.floor((run * count) / runs);
      const to = Math.floor(((run + 1) * count) / runs);
      const outer = acrossDecay ** (runs - 1 - run) / runs;
      for (let basket = from; basket < to; basket++) {
        const weight = (outer * withinDecay ** (to - 1 - basket)) / (to - from);
        for (let e = offsets[first + basket]!; e < offsets[first + basket + 1]!; e++) {
          rowOf[e] = user;
          values[e] = weight;
        }
      }
    }
  }
  return fromTriples({ rows: userCount, columns: itemCount, rowOf, columnOf: items, values });
}

function squaresOf({ rows, offsets, values }: Sparse): Float64Array {
  const out = new Float64Array(rows);
  for (let row = 0; row < rows; row++)
    for (let e = offsets[row]!; e < offsets[row + 1]!; e++) out[row]! += values[e]! ** 2;
  return out;
}

function scoreOne(model: TifuKnnModel, from: Sparse, at: number, out: Float64Array, row: number): void {
  const { vectors, own, tie } = model;
  const scores = out.subarray(row * vectors.columns, (row + 1) * vectors.columns);
  scores.set(tie);
  for (let e = from.offsets[at]!; e < from.offsets[at + 1]!; e++) scores[from.indices[e]!]! += own * from.values[e]!;
  if (own === 1) return;
  const near = nearest(model, from, at);
  for (const user of near)
    for (let e = vectors.offsets[user]!; e < vectors.offsets[user + 1]!; e++)
      scores[vectors.indices[e]!]! += ((1 - own) / near.length) * vectors.values[e]!;
}

/** The k users at the least distance from a row, nearest first; |a - b|^2 = |a|^2 + |b|^2 - 2 ab, and |a| is the same for all. */
function nearest({ byItem, squares, k, vectors }: TifuKnnModel, from: Sparse, at: number): Int32Array {
  const closeness = new Float64Array(vectors.rows);
  for (let user = 0; user < closeness.length; user++) closeness[user] = -squares[user]!;
  for (let e = from.offsets[at]!; e < from.offsets[at + 1]!; e++) {
    const item = from.indices[e]!;
    const twice = 2 * from.values[e]!;
    for (let f = byItem.offsets[item]!; f < byItem.offsets[item + 1]!; f++)
      closeness[byItem.indices[f]!]! += twice * byItem.values[f]!;
  }
  const top = emptyTop(k);
  // Users without rows have nothing to say.
  for (let user = 0; user < closeness.length; user++) if (squares[user]! > 0) offer(top, closeness[user]!, user);
  sortTop(top);
  return top.indices.slice(0, top.size);
}
