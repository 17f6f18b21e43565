/** What the user has had before, newer counting more. Strong wherever people buy again. */
import type { Sparse } from '#kernels/sparse.ts';
import { countsOf, decayedCountsOf, usersPerItem } from '../data/interactions.ts';
import type { Method } from './method.ts';
import { tieOf } from './popularity.ts';

export interface PersonalParams extends Readonly<Record<string, number>> {
  /** Days in which a purchase loses half its weight; > 0. */
  readonly halfLifeDays: number;
}

export interface PersonalModel {
  readonly counts: Sparse;
  /** [items] added to every user's scores */
  readonly tie: Float64Array;
}

export const PERSONAL: Method<PersonalParams, PersonalModel> = {
  name: 'personal',
  defaults: { halfLifeDays: 56 },
  ranges: { halfLifeDays: [1e-3, 100_000] },
  source: 'personal top frequency (GP-TopFreq), with exponential decay; ties by popularity',
  promises: { tells: 'own', onlyRepeats: true },
  fit: (data, { halfLifeDays }) => ({
    counts: decayedCountsOf(data, halfLifeDays),
    tie: tieOf(usersPerItem(countsOf(data)), 1e-4),
  }),
  score: ({ counts, tie }, users) => {
    const items = counts.columns;
    const out = new Float64Array(users.length * items);
    for (let row = 0; row < users.length; row++) {
      out.set(tie, row * items);
      const user = users[row]!;
      for (let e = counts.offsets[user]!; e < counts.offsets[user + 1]!; e++)
        out[row * items + counts.indices[e]!]! += counts.values[e]!;
    }
    return out;
  },
};
