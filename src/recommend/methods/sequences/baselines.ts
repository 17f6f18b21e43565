/** What any method of sequences has to beat on the same file: what many have, and what goes together in whatever order. */
import { productTopK, rowNormalised, transpose } from '#kernels/sparse.ts';
import { countsOf, usersPerItem } from '../../data/interactions.ts';
import type { Numbers } from '../method.ts';
import { tieOf } from '../popularity.ts';
import { type Histories, historiesAt, historiesOf, historyCount, stepsPerItem } from './histories.ts';
import type { SequenceMethod } from './sequence-method.ts';
import { becauseOfWalk, scoreWalks, type WalkModel } from './walks.ts';

/** Steps to each item. */
export const NEXT_POPULAR: SequenceMethod<Numbers, { readonly steps: Float64Array }> = {
  name: 'popularity',
  defaults: {},
  ranges: {},
  source: 'steps of each item',
  fit: (data) => ({ steps: stepsPerItem(historiesOf(data), data.itemCount) }),
  score: ({ steps }, users) => repeated(steps, users.length),
  scoreHistories: ({ steps }, histories: Histories) => repeated(steps, historyCount(histories)),
};

function repeated(scores: Float64Array, times: number): Float64Array {
  const out = new Float64Array(times * scores.length);
  for (let row = 0; row < times; row++) out.set(scores, row * scores.length);
  return out;
}

export interface ItemKnnParams extends Numbers {
  /** Neighbours kept for each item. */
  readonly k: number;
}

/** Cosine of the histories of two items, added over the items of the present history. */
export const ITEM_KNN: SequenceMethod<ItemKnnParams, WalkModel> = {
  name: 'item-knn',
  defaults: { k: 500 },
  ranges: { k: [1, 100_000] },
  source: 'Sarwar et al. (2001), Item-based collaborative filtering, WWW; cosine of binary histories',
  fit(data, { k }) {
    const histories = historiesOf(data);
    const counts = countsOf({ ...data, ...{ weights: new Float64Array(data.users.length).fill(1) } });
    const binary = { ...counts, values: new Float64Array(counts.values.length).fill(1) };
    const toUsers = rowNormalised(transpose(binary));
    const have = usersPerItem(counts);
    const together = productTopK(toUsers, binary, {
      ...{ k, skipDiagonal: true },
      columnScale: have.map((n) => (n > 0 ? n ** -0.5 : 0)),
    });
    // rows were divided by n, the cosine divides by its root
    const values = together.values.slice();
    for (let r = 0; r < together.rows; r++)
      for (let e = together.offsets[r]!; e < together.offsets[r + 1]!; e++) values[e]! *= have[r]! ** 0.5;
    const tie = tieOf(stepsPerItem(histories, data.itemCount), 1e-9);
    return { histories, neighbours: { ...together, values }, decay: 0, length: 10_000, tie };
  },
  score: (model, users) => scoreWalks(model, historiesAt(model.histories, users)),
  scoreHistories: scoreWalks,
  because: becauseOfWalk,
};
