/**
 * What people like the user have: the score of an item is the sum of the similarities of the k nearest users that have
 * it. Users are their own nearest neighbours, so that what they have counts too, and the same rows get the same scores
 * whether training knew them or not. Neighbours are found when asked for: nothing grows with the square of the users.
 * The similarity stands in `similar.ts`.
 */
import { type Sparse, transpose } from '#kernels/sparse.ts';
import { emptyTop, offer, sortTop, type Top } from '#kernels/top-k.ts';
import { countsOf, usersPerItem } from '../../data/interactions.ts';
import type { Because, Method } from '../method.ts';
import { tieOf } from '../popularity.ts';
import { strengthsOf } from './item-knn.ts';
import { SIMILARITY_RANGES, type SimilarityParams, squaresOf, type Weighing, weighed, weighingOf } from './similar.ts';

export interface UserKnnParams extends SimilarityParams {
  /** Similarities count with this power (the locality of asymmetric cosine). */
  readonly power: number;
}

export interface UserKnnModel {
  readonly params: UserKnnParams;
  readonly weighing: Weighing;
  /** [users x items] what neighbours give */
  readonly had: Sparse;
  /** [items x users] by what they are compared */
  readonly byItem: Sparse;
  /** [users x items] the same */
  readonly byUser: Sparse;
  /** [users] |x|^2 */
  readonly squares: Float64Array;
  readonly tie: Float64Array;
}

export const USER_KNN: Method<UserKnnParams, UserKnnModel> = {
  name: 'user-knn',
  defaults: { k: 100, asymmetry: 0.5, shrink: 10, k1: 0, b: 0.5, power: 1 },
  ranges: { ...SIMILARITY_RANGES, power: [0.1, 10] },
  source:
    'neighbourhoods of users by cosine; asymmetric cosine with locality: Aiolli (2013), RecSys; BM25: Robertson, Zaragoza (2009)',
  fit: (data, params) => {
    const counts = countsOf(data);
    const had = strengthsOf(counts);
    const weighing = weighingOf(had, params);
    const byUser = weighed(had, weighing);
    const tie = tieOf(usersPerItem(counts), 1e-9);
    return { params, weighing, had, byUser, byItem: transpose(byUser), squares: squaresOf(byUser), tie };
  },
  score: (model, users) => scored(model, users.length, (row) => rowOf(model.byUser, users[row]!)),
  scoreRows: (model, rows) => {
    const strengths = weighed(strengthsOf(rows), model.weighing);
    return scored(model, rows.rows, (row) => rowOf(strengths, row));
  },
  because: (model, user, item, most) => reasons(model, user, item, most),
};

interface Asked {
  readonly items: Int32Array;
  readonly values: Float64Array;
}

const rowOf = ({ offsets, indices, values }: Sparse, row: number) => ({
  items: indices.subarray(offsets[row]!, offsets[row + 1]!),
  values: values.subarray(offsets[row]!, offsets[row + 1]!),
});

function scored(model: UserKnnModel, rows: number, asked: (row: number) => Asked): Float64Array {
  const { had, tie, params } = model;
  const out = new Float64Array(rows * tie.length);
  const search = searchOf(model);
  for (let row = 0; row < rows; row++) {
    const scores = out.subarray(row * tie.length, (row + 1) * tie.length);
    scores.set(tie);
    const top = nearest(model, search, asked(row));
    for (let n = 0; n < top.size; n++) {
      const user = top.indices[n]!;
      const weight = top.scores[n]! ** params.power;
      for (let e = had.offsets[user]!; e < had.offsets[user + 1]!; e++)
        scores[had.indices[e]!]! += weight * had.values[e]!;
    }
  }
  return out;
}

interface Search {
  readonly sums: Float64Array;
  readonly touched: Int32Array;
  readonly top: Top;
  /** [users] |x|^(2 - 2 a) */
  readonly norms: Float64Array;
}

const searchOf = ({ squares, params }: UserKnnModel): Search => ({
  sums: new Float64Array(squares.length),
  touched: new Int32Array(squares.length),
  top: emptyTop(Math.min(params.k, Math.max(1, squares.length))),
  norms: squares.map((square) => square ** (1 - params.asymmetry)),
});

/** The most similar users, best first. */
function nearest({ byItem, params }: UserKnnModel, search: Search, { items, values }: Asked): Top {
  const { sums, touched, top, norms } = search;
  let count = 0;
  let square = 0;
  for (let i = 0; i < items.length; i++) {
    const value = values[i]!;
    square += value * value;
    const end = byItem.offsets[items[i]! + 1]!;
    for (let e = byItem.offsets[items[i]!]!; e < end; e++) {
      const user = byItem.indices[e]!;
      if (sums[user] === 0) touched[count++] = user;
      sums[user]! += value * byItem.values[e]!;
    }
  }
  const norm = square ** params.asymmetry;
  top.size = 0;
  for (let t = 0; t < count; t++) {
    const user = touched[t]!;
    const sum = sums[user]!;
    sums[user] = 0;
    offer(top, sum / (norm * norms[user]! + params.shrink), user);
  }
  sortTop(top);
  return top;
}

/**
 * What the user shares with the neighbours who have the item: each such neighbour's part of the score is laid upon the
 * items in common, in proportion to what they give to the similarity.
 */
function reasons(model: UserKnnModel, user: number, item: number, most: number): Because[] {
  const { had, byUser, params } = model;
  const own = rowOf(byUser, user);
  const mine = new Map(Array.from(own.items, (one, i) => [one, own.values[i]!]));
  const top = nearest(model, searchOf(model), own);
  const parts = new Map<number, number>();
  let total = 0;
  for (let n = 0; n < top.size; n++) {
    const neighbour = top.indices[n]!;
    const theirs = rowOf(had, neighbour);
    const at = theirs.items.indexOf(item);
    if (at < 0) continue;
    const part = top.scores[n]! ** params.power * theirs.values[at]!;
    total += part;
    const { items, values } = rowOf(byUser, neighbour);
    let shared = 0;
    for (const [i, one] of items.entries()) shared += (mine.get(one) ?? 0) * values[i]!;
    for (const [i, one] of items.entries()) {
      const both = (mine.get(one) ?? 0) * values[i]!;
      if (both > 0) parts.set(one, (parts.get(one) ?? 0) + (part * both) / shared);
    }
  }
  return Array.from(parts, ([one, part]) => ({ item: one, share: part / total }))
    .sort((a, b) => b.share - a.share || a.item - b.item)
    .slice(0, most);
}
