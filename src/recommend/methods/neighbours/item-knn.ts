/**
 * Items like those that the user has: the score of j is the sum over its k nearest items of what the user has of them.
 * The similarity stands in `similar.ts`.
 */
import { mapped, type Sparse, transpose } from '#kernels/sparse.ts';
import { countsOf, usersPerItem } from '../../data/interactions.ts';
import type { Method } from '../method.ts';
import { tieOf } from '../popularity.ts';
import { type ItemWeights, reasonsOf, scoresOfRows, scoresOfUsers } from './item-weights.ts';
import { SIMILARITY_RANGES, type SimilarityParams, similarRows, weighed, weighingOf } from './similar.ts';

export interface ItemKnnParams extends SimilarityParams {
  /** Similarities count with this power: more makes the nearest matter more. */
  readonly power: number;
}

export const ITEM_KNN: Method<ItemKnnParams, ItemWeights> = {
  name: 'item-knn',
  defaults: { k: 100, asymmetry: 0.5, shrink: 10, k1: 0, b: 0.5, power: 1 },
  ranges: { ...SIMILARITY_RANGES, power: [0.1, 10] },
  source:
    'Sarwar et al. (2001), Item-based Collaborative Filtering, WWW; asymmetric cosine: Aiolli (2013), RecSys; BM25: Robertson, Zaragoza (2009)',
  fit: (data, params, { threads }) => {
    const counts = countsOf(data);
    const had = strengthsOf(counts);
    const items = transpose(had);
    const near = similarRows(weighed(items, weighingOf(items, params)), params, threads);
    return {
      had,
      weights: transpose(mapped(near, (value) => value ** params.power)),
      tie: tieOf(usersPerItem(counts), 1e-9),
    };
  },
  score: scoresOfUsers,
  scoreRows: (model, rows) => scoresOfRows(model, strengthsOf(rows)),
  because: reasonsOf,
};

/** 1 for what was had once, growing with the logarithm. */
export const strengthsOf = (counts: Sparse): Sparse => mapped(counts, (count) => Math.log2(1 + count));
