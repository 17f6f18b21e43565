/**
 * One's own habits and what goes with them, as a walk: with probability 1 - step it stays at something the user has,
 * with probability `step` it goes on to a neighbour. Both parts are shares of one, so they can be mixed.
 */
import { rowNormalised, type Sparse } from '#kernels/sparse.ts';
import { decayedCountsOf, type Interactions } from '../data/interactions.ts';
import type { Method } from './method.ts';
import { addWalk, RP3BETA, type Rp3betaModel, type Rp3betaParams } from './rp3beta.ts';

export interface BlendParams extends Rp3betaParams {
  /** Chance of going on to a neighbour, 0 to 1. */
  readonly step: number;
}

export interface BlendModel {
  /** [users x items] decayed counts, each row adding up to 1 */
  readonly own: Sparse;
  readonly walk: Rp3betaModel;
  readonly step: number;
}

export const BLEND: Method<BlendParams, BlendModel> = {
  name: 'blend',
  defaults: { ...RP3BETA.defaults, halfLifeDays: 56, step: 0.2 },
  ranges: { ...RP3BETA.ranges, halfLifeDays: [1e-3, 100_000], step: [0, 1] },
  source: 'personal frequency mixed with RP3beta as one random walk',
  promises: { onlyRepeats: true },
  fit: (data: Interactions, params, run) => {
    const walk = RP3BETA.fit(data, params, run);
    return {
      own: rowNormalised(decayedCountsOf(data, params.halfLifeDays)),
      walk: { ...walk, starts: rowNormalised(walk.starts) },
      step: params.step,
    };
  },
  score: ({ own, walk, step }, users) => {
    const items = own.columns;
    const out = new Float64Array(users.length * items);
    for (let row = 0; row < users.length; row++) {
      const scores = out.subarray(row * items, (row + 1) * items);
      const user = users[row]!;
      scores.set(walk.tie);
      for (let e = own.offsets[user]!; e < own.offsets[user + 1]!; e++)
        scores[own.indices[e]!]! += (1 - step) * own.values[e]!;
      addWalk(scores, walk.starts, user, walk.neighbours, step);
    }
    return out;
  },
};
