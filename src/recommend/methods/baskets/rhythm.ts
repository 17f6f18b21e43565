/**
 * What the user is due to buy again: own frequency, held back right after a purchase and fading once a turn is missed.
 *
 * The interval of a pair is the mean gap of its own purchase days, drawn toward the item's mean gap, and that toward the
 * gap of all items, each as if `priorGaps` gaps of that length had been seen. With x = days since the last purchase /
 * interval, the score is (decayed count) x min(1, x)^rise x 0.5^(max(0, x - 1) / patience).
 *
 * The idea of weighing a purchase rate by the time since the last purchase against the mean gap is that of Bhagat,
 * Muralidharan, Lobzhanidze, Vishwanath (2018), Buy It Again, KDD (their modified Poisson-gamma model); the form is ours.
 */
import type { Sparse } from '#kernels/sparse.ts';
import { countsOf, decayedCountsOf, type Interactions, usersPerItem } from '../../data/interactions.ts';
import type { Method } from '../method.ts';
import { tieOf } from '../popularity.ts';
import { purchaseGaps } from './gaps.ts';

export interface RhythmParams extends Readonly<Record<string, number>> {
  /** Days in which a purchase loses half its weight; > 0. */
  readonly halfLifeDays: number;
  /** Gaps that the wider mean counts as; > 0. */
  readonly priorGaps: number;
  /** How strongly it is held back right after a purchase; 0: not at all. */
  readonly rise: number;
  /** Intervals after the first in which the score halves; > 0. */
  readonly patience: number;
}

export interface RhythmModel {
  /** [users x items] */
  readonly scores: Sparse;
  /** [items] added to every user's scores */
  readonly tie: Float64Array;
}

export const RHYTHM: Method<RhythmParams, RhythmModel> = {
  name: 'rhythm',
  defaults: { halfLifeDays: 112, priorGaps: 2, rise: 0.2, patience: 4 },
  ranges: { halfLifeDays: [1e-3, 100_000], priorGaps: [1e-6, 1e6], rise: [0, 10], patience: [1e-3, 1e6] },
  source: 'personal frequency by the own and the item’s purchase interval; after Bhagat et al. (2018), KDD',
  promises: { tells: 'own', onlyRepeats: true },
  fit: (data, params) => ({
    scores: dueScores(data, params),
    tie: tieOf(usersPerItem(countsOf(data)), 1e-6),
  }),
  score: ({ scores, tie }, users) => {
    const items = scores.columns;
    const out = new Float64Array(users.length * items);
    for (let row = 0; row < users.length; row++) {
      out.set(tie, row * items);
      const user = users[row]!;
      for (let e = scores.offsets[user]!; e < scores.offsets[user + 1]!; e++)
        out[row * items + scores.indices[e]!]! += scores.values[e]!;
    }
    return out;
  },
  because: ({ scores }, user, item, most) => {
    for (let e = scores.offsets[user]!; e < scores.offsets[user + 1]!; e++)
      if (scores.indices[e] === item && most > 0 && scores.values[e]! > 0) return [{ item, share: 1 }];
    return [];
  },
};

function dueScores(data: Interactions, { halfLifeDays, priorGaps, rise, patience }: RhythmParams): Sparse {
  const counts = decayedCountsOf(data, halfLifeDays);
  if (data.ageDays === undefined) return counts;
  const { sinceLast, gapSum, gapCount, itemGap } = purchaseGaps(data, priorGaps);
  const values = counts.values.slice();
  for (let e = 0; e < values.length; e++) {
    const interval = (gapSum[e]! + priorGaps * itemGap[counts.indices[e]!]!) / (gapCount[e]! + priorGaps);
    const turns = sinceLast[e]! / Math.max(interval, 1e-9);
    values[e]! *= Math.min(1, turns) ** rise * 0.5 ** (Math.max(0, turns - 1) / patience);
  }
  return { ...counts, values };
}
