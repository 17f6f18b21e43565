/** Room to work in for one user at a time: dense rows that the sources and the features of all candidates are read from. */
import { addWalk } from '../methods/rp3beta.ts';
import type { CategoryMoment } from './category.ts';
import type { Moment } from './moment.ts';
import { addPeers, nearestPeers } from './peers.ts';

export interface CategoryDesk {
  readonly of: CategoryMoment;
  /** [categories] entry of the user's row, -1 where nothing was had. */
  readonly entryAt: Int32Array;
  /** [categories] what peers vouch for. */
  readonly peers: Float64Array;
}

export interface Desk {
  readonly moment: Moment;
  user: number;
  /** [items] entry of the user's row in `counts`, -1 where the user never had the item. */
  readonly entryAt: Int32Array;
  /** [items] RP3beta's score. */
  readonly walk: Float64Array;
  /** [items] what peers vouch for. */
  readonly peers: Float64Array;
  readonly categories: readonly CategoryDesk[];
}

/** An empty desk; `sitDown` fills it for a user. */
export function deskOf(moment: Moment): Desk {
  return {
    moment,
    user: -1,
    entryAt: new Int32Array(moment.itemCount).fill(-1),
    walk: new Float64Array(moment.itemCount),
    peers: new Float64Array(moment.itemCount),
    categories: moment.categories.map((of) => ({
      of,
      entryAt: new Int32Array(of.count).fill(-1),
      peers: new Float64Array(of.count),
    })),
  };
}

/** Fills the desk for `user`. */
export function sitDown(desk: Desk, user: number): void {
  const { moment, entryAt, walk, peers, categories } = desk;
  const { counts } = moment;
  desk.user = user;
  entryAt.fill(-1);
  for (let e = counts.offsets[user]!; e < counts.offsets[user + 1]!; e++) entryAt[counts.indices[e]!] = e;
  walk.fill(0);
  const { starts, neighbours } = moment.walk;
  let sum = 0;
  for (let e = starts.offsets[user]!; e < starts.offsets[user + 1]!; e++) sum += starts.values[e]!;
  if (sum > 0) addWalk(walk, starts, user, neighbours, 1 / sum);
  const nearest = nearestPeers(moment.peers, user);
  peers.fill(0);
  addPeers(peers, moment.peers.shown, nearest);
  for (const { of, entryAt, peers } of categories) {
    entryAt.fill(-1);
    for (let e = of.counts.offsets[user]!; e < of.counts.offsets[user + 1]!; e++) entryAt[of.counts.indices[e]!] = e;
    peers.fill(0);
    addPeers(peers, of.shown, nearest);
  }
}
