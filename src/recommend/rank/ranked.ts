/** The learned ranker as one of the methods: it needs nothing but the interactions, and uses categories where there are any. */
import type { Interactions } from '../data/interactions.ts';
import type { Method } from '../methods/method.ts';
import { tieOf } from '../methods/popularity.ts';
import { fitRanker, RANKER_DEFAULTS, type RankerModel, type RankerOptions, rankWith } from './ranker.ts';

export type RankedParams = RankerOptions & Readonly<Record<string, number>>;

export interface RankedModel {
  readonly ranker: RankerModel;
  /** [items] below any learned chance, for items that are no candidates */
  readonly tie: Float64Array;
}

export const RANKED: Method<RankedParams, RankedModel> = {
  name: 'ranked',
  defaults: { ...RANKER_DEFAULTS },
  ranges: {
    horizonDays: [1e-3, 10_000],
    cuts: [1, 100],
    usersPerCut: [1, 1e9],
    repeatMost: [1, 100_000],
    perSource: [1, 60_000],
    repeatNegatives: [1e-4, 1],
    exploreNegatives: [1e-4, 1],
    trees: [1, 10_000],
    leaves: [2, 1024],
    learningRate: [1e-4, 1],
    bags: [1, 100],
    neighbours: [1, 100_000],
  },
  whole: ['cuts', 'usersPerCut', 'repeatMost', 'perSource', 'trees', 'leaves', 'bags', 'neighbours'],
  source: 'boosting over candidates of several sources, learned at past moments; chances calibrated',
  fit: (data: Interactions, params, run) => {
    const ranker = fitRanker(data, params, run);
    return { ranker, tie: tieOf(ranker.moment.items.item_users, 1e-9) };
  },
  score: ({ ranker, tie }, users) => {
    const items = ranker.moment.itemCount;
    const out = new Float64Array(users.length * items);
    const { offsets, items: what, chances } = rankWith(ranker, users);
    for (let row = 0; row < users.length; row++) {
      out.set(tie, row * items);
      for (let at = offsets[row]!; at < offsets[row + 1]!; at++) out[row * items + what[at]!]! += 1e-9 + chances[at]!;
    }
    return out;
  },
};
