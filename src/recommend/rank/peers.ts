/** Users with like habits, and what they had lately. */
import { mapped, type Sparse, transpose } from '#kernels/sparse.ts';
import { emptyTop, offer, sortTop } from '#kernels/top-k.ts';
import { usersPerItem } from '../data/interactions.ts';

export interface Peers {
  /** [users x items] rows of length one: sqrt(strength) x log(users / users of the item). */
  readonly vectors: Sparse;
  /** [items x users] */
  readonly byItem: Sparse;
  /** [users x items] 0 to 1, what a peer vouches for. */
  readonly shown: Sparse;
}

/** Peers that count. */
const PEERS = 300;

/**
 * @param likeness [entries of counts] strengths by which users are alike
 * @param shown [entries of counts] strengths of what they vouch for, cut at 1
 */
export function peersOf(counts: Sparse, { likeness, shown }: { likeness: Float64Array; shown: Float64Array }): Peers {
  const users = usersPerItem(counts);
  const values = likeness.slice();
  for (let row = 0; row < counts.rows; row++) {
    let square = 0;
    for (let e = counts.offsets[row]!; e < counts.offsets[row + 1]!; e++) {
      const rarity = Math.max(0, Math.log(counts.rows / (1 + users[counts.indices[e]!]!)));
      values[e] = Math.sqrt(likeness[e]!) * rarity;
      square += values[e]! ** 2;
    }
    const length = Math.sqrt(square) || 1;
    for (let e = counts.offsets[row]!; e < counts.offsets[row + 1]!; e++) values[e]! /= length;
  }
  const vectors = { ...counts, values };
  return { vectors, byItem: transpose(vectors), shown: mapped({ ...counts, values: shown }, (x) => Math.min(1, x)) };
}

export interface Nearest {
  readonly users: Int32Array;
  /** Adding up to 1, or empty. */
  readonly weights: Float64Array;
}

/** The users most like `user` by cosine, at most 300, most alike first. */
export function nearestPeers({ vectors, byItem }: Peers, user: number): Nearest {
  const likeness = new Float64Array(vectors.rows);
  for (let e = vectors.offsets[user]!; e < vectors.offsets[user + 1]!; e++) {
    const item = vectors.indices[e]!;
    const value = vectors.values[e]!;
    for (let f = byItem.offsets[item]!; f < byItem.offsets[item + 1]!; f++)
      likeness[byItem.indices[f]!]! += value * byItem.values[f]!;
  }
  const top = emptyTop(PEERS);
  for (let other = 0; other < likeness.length; other++)
    if (other !== user && likeness[other]! > 0) offer(top, likeness[other]!, other);
  sortTop(top);
  let sum = 0;
  for (let n = 0; n < top.size; n++) sum += top.scores[n]!;
  return { users: top.indices.slice(0, top.size), weights: top.scores.slice(0, top.size).map((score) => score / sum) };
}

/** Adds what the peers vouch for to `scores` [items], by their weights. */
export function addPeers(scores: Float64Array, shown: Sparse, { users, weights }: Nearest): void {
  for (let n = 0; n < users.length; n++) {
    const user = users[n]!;
    for (let e = shown.offsets[user]!; e < shown.offsets[user + 1]!; e++)
      scores[shown.indices[e]!]! += weights[n]! * shown.values[e]!;
  }
}
