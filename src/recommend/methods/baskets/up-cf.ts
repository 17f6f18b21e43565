/**
 * What users like this one had in their last baskets.
 *
 * With n(u, i) the baskets with i among the last `recent` (r) of u, the share is p(u, i) = n(u, i) / min(r, baskets of u).
 * Likeness is the asymmetric cosine over all items had, s(u, v) = |u and v| / (|u|^a |v|^(1 - a)), and the score is
 * sum over v of s(u, v)^locality x p(v, i), with v = u among them (s = 1). Only the `k` most alike count.
 *
 * @see Faggioli, Polato, Aiolli (2020), Recency Aware Collaborative Filtering for Next Basket Recommendation, UMAP
 */
import { fromTriples, mapped, type Sparse, transpose } from '#kernels/sparse.ts';
import { emptyTop, offer, sortTop } from '#kernels/top-k.ts';
import { countsOf, type Interactions, usersPerItem } from '../../data/interactions.ts';
import type { Method } from '../method.ts';
import { tieOf } from '../popularity.ts';
import { basketsOf } from './baskets.ts';

export interface UpCfParams extends Readonly<Record<string, number>> {
  /** Last baskets of each user that count. */
  readonly recent: number;
  /** a above: 1 measures by what the user has, 0 by what the other has; 0 to 1. */
  readonly asymmetry: number;
  /** Power of the likeness; the higher, the fewer others matter. */
  readonly locality: number;
  /** Users that count at most, the user among them. */
  readonly k: number;
}

export interface UpCfModel {
  /** [users x items] p(u, i) */
  readonly shares: Sparse;
  /** [users x items] 1 where the user has the item */
  readonly had: Sparse;
  /** [items x users] */
  readonly byItem: Sparse;
  readonly asymmetry: number;
  readonly locality: number;
  readonly k: number;
  /** [items] added to every user's scores */
  readonly tie: Float64Array;
}

export const UP_CF: Method<UpCfParams, UpCfModel> = {
  name: 'up-cf',
  defaults: { recent: 25, asymmetry: 0.75, locality: 10, k: 1000 },
  ranges: { recent: [1, 1e6], asymmetry: [0, 1], locality: [0, 1000], k: [1, 1e6] },
  whole: ['recent'],
  source: 'Faggioli, Polato, Aiolli (2020), Recency Aware Collaborative Filtering for Next Basket Recommendation, UMAP',
  fit: (data, { recent, asymmetry, locality, k }) => {
    const had = mapped(countsOf(data), () => 1);
    return {
      shares: sharesOf(data, recent),
      had,
      byItem: transpose(had),
      asymmetry,
      locality,
      k,
      tie: tieOf(usersPerItem(had), 1e-9),
    };
  },
  score: (model, users) => {
    const items = model.had.columns;
    const out = new Float64Array(users.length * items);
    const common = new Float64Array(model.had.rows);
    for (let row = 0; row < users.length; row++)
      scoreOne(model, model.had, users[row]!, common, out.subarray(row * items, (row + 1) * items));
    return out;
  },
  scoreRows: (model, rows) => {
    const items = model.had.columns;
    const out = new Float64Array(rows.rows * items);
    const common = new Float64Array(model.had.rows);
    for (let row = 0; row < rows.rows; row++) {
      const scores = out.subarray(row * items, (row + 1) * items);
      const likest = scoreOne(model, rows, row, common, scores);
      // Somebody with the very same items stands for the person; else the rows are one more basket of one more user.
      if (likest < 1 - 1e-12)
        for (let e = rows.offsets[row]!; e < rows.offsets[row + 1]!; e++) scores[rows.indices[e]!]! += 1;
    }
    return out;
  },
};

/** [users x items] share of the last `recent` baskets that hold the item. */
function sharesOf(data: Interactions, recent: number): Sparse {
  const { ofUser, offsets, items, userCount, itemCount } = basketsOf(data);
  const rowOf = new Int32Array(items.length);
  const values = new Float64Array(items.length);
  let write = 0;
  const columnOf = new Int32Array(items.length);
  for (let user = 0; user < userCount; user++) {
    const end = ofUser[user + 1]!;
    const start = Math.max(ofUser[user]!, end - recent);
    for (let e = offsets[start]!; e < offsets[end]!; e++) {
      rowOf[write] = user;
      columnOf[write] = items[e]!;
      values[write++] = 1 / (end - start);
    }
  }
  const cut = <T extends Int32Array | Float64Array>(column: T) => column.subarray(0, write) as T;
  return fromTriples({
    rows: userCount,
    columns: itemCount,
    rowOf: cut(rowOf),
    columnOf: cut(columnOf),
    values: cut(values),
  });
}

/**
 * Fills `scores` [items].
 *
 * @param common [users] room to count in; zero before and after
 * @returns likeness of the user most alike, 0 where there is none
 */
function scoreOne(model: UpCfModel, from: Sparse, at: number, common: Float64Array, scores: Float64Array): number {
  const { shares, had, byItem, asymmetry, locality, k, tie } = model;
  scores.set(tie);
  const size = from.offsets[at + 1]! - from.offsets[at]!;
  for (let e = from.offsets[at]!; e < from.offsets[at + 1]!; e++) {
    const item = from.indices[e]!;
    for (let f = byItem.offsets[item]!; f < byItem.offsets[item + 1]!; f++) common[byItem.indices[f]!]! += 1;
  }
  const top = emptyTop(Math.min(k, had.rows));
  for (let user = 0; user < common.length; user++) {
    if (common[user] === 0) continue;
    const other = had.offsets[user + 1]! - had.offsets[user]!;
    offer(top, common[user]! / (size ** asymmetry * other ** (1 - asymmetry)), user);
    common[user] = 0;
  }
  sortTop(top);
  for (let n = 0; n < top.size; n++) {
    const user = top.indices[n]!;
    const weight = top.scores[n]! ** locality;
    for (let e = shares.offsets[user]!; e < shares.offsets[user + 1]!; e++)
      scores[shares.indices[e]!]! += weight * shares.values[e]!;
  }
  return top.size > 0 ? top.scores[0]! : 0;
}
