/** What many buy: overall, and within the group (tier) of the user. */
import type { Sparse } from '#kernels/sparse.ts';
import { countsOf, usersPerItem } from '../data/interactions.ts';
import type { Method } from './method.ts';

export interface PopularityModel {
  readonly itemCount: number;
  /** [groups x items] score */
  readonly scores: Float64Array;
  /** [users] */
  readonly groups: Int32Array;
}

export interface PopularityParams extends Readonly<Record<string, number>> {
  /** Users of the whole shop that count as much as the group's own, as a prior; only for groups. */
  readonly priorUsers: number;
}

function scored(model: PopularityModel, users: Int32Array): Float64Array {
  const { itemCount, scores, groups } = model;
  const out = new Float64Array(users.length * itemCount);
  for (let row = 0; row < users.length; row++) {
    const group = groups[users[row]!]!;
    out.set(scores.subarray(group * itemCount, (group + 1) * itemCount), row * itemCount);
  }
  return out;
}

/** Distinct users of each item. */
export const POPULARITY: Method<Readonly<Record<string, number>>, PopularityModel> = {
  name: 'popularity',
  defaults: {},
  ranges: {},
  source: 'baseline: distinct users per item',
  promises: { tells: 'group' },
  fit: (data) => ({
    itemCount: data.itemCount,
    scores: usersPerItem(countsOf(data)),
    groups: new Int32Array(data.userCount),
  }),
  score: scored,
};

/** Distinct users of each item within the user's group, drawn toward the whole shop where the group is small. */
export const POPULAR_IN_TIER: Method<PopularityParams, PopularityModel> = {
  name: 'popular-in-tier',
  defaults: { priorUsers: 50 },
  ranges: { priorUsers: [0, 1e9] },
  source: 'baseline: share of the group’s users, shrunk toward the share of all users',
  promises: { tells: 'group' },
  fit: (data, params) => {
    const groups = data.groups ?? new Int32Array(data.userCount);
    return { itemCount: data.itemCount, scores: shareInGroup(countsOf(data), groups, params.priorUsers), groups };
  },
  score: scored,
};

/** [groups x items] share of each group's users that have the item, with `priorUsers` users of the average mix added. */
function shareInGroup(counts: Sparse, groups: Int32Array, priorUsers: number): Float64Array {
  const items = counts.columns;
  let groupCount = 1;
  for (const group of groups) groupCount = Math.max(groupCount, group + 1);
  const members = new Float64Array(groupCount);
  const scores = new Float64Array(groupCount * items);
  for (let user = 0; user < counts.rows; user++) {
    const group = groups[user]!;
    members[group]! += 1;
    for (let e = counts.offsets[user]!; e < counts.offsets[user + 1]!; e++)
      scores[group * items + counts.indices[e]!]! += 1;
  }
  const all = usersPerItem(counts);
  for (let group = 0; group < groupCount; group++) {
    for (let item = 0; item < items; item++) {
      const at = group * items + item;
      scores[at] = (scores[at]! + (priorUsers * all[item]!) / counts.rows) / (members[group]! + priorUsers);
    }
  }
  return scores;
}

/**
 * [items] a part below `width` to add to scores so that equal ones are ordered by popularity.
 *
 * @param users [items] users of each item
 * @param width below the smallest difference of scores that matters
 */
export function tieOf(users: Float64Array, width: number): Float64Array {
  let most = 0;
  for (const count of users) if (count > most) most = count;
  return users.map((count) => (count / (most + 1)) * width);
}
