/** What each person had, in the order in which they had it: the data of every method of this folder. */
import type { Interactions } from '../../data/interactions.ts';

export interface Histories {
  /** [histories + 1] history h is items[offsets[h]] .. items[offsets[h + 1] - 1] */
  readonly offsets: Int32Array;
  /** [steps] oldest first */
  readonly items: Int32Array;
}

export const historyCount = ({ offsets }: Histories): number => offsets.length - 1;

/** The rows of `data`, user by user and in the order of their histories. */
export function orderOf({ users, items, places, ageDays }: Interactions): Int32Array {
  const later = (a: number, b: number): number =>
    places !== undefined ? places[a]! - places[b]! : ageDays !== undefined ? ageDays[b]! - ageDays[a]! : 0;
  return Int32Array.from(users.keys()).sort((a, b) => users[a]! - users[b]! || later(a, b) || items[a]! - items[b]!);
}

/**
 * The history of each user: by `places`, else from the oldest row to the newest; of rows of one moment the lower item
 * first, so that the order of the rows in `data` is irrelevant.
 */
export function historiesOf(data: Interactions): Histories {
  const { userCount, users, items } = data;
  const order = orderOf(data);
  const offsets = new Int32Array(userCount + 1);
  for (const user of users) offsets[user + 1]!++;
  for (let user = 0; user < userCount; user++) offsets[user + 1]! += offsets[user]!;
  return { offsets, items: order.map((e) => items[e]!) };
}

/** The histories numbered `at`, in that order, each cut to its last `most` items. */
export function historiesAt({ offsets, items }: Histories, at: Int32Array, most = Number.POSITIVE_INFINITY): Histories {
  const ends = new Int32Array(at.length + 1);
  for (const [row, h] of at.entries()) ends[row + 1] = ends[row]! + Math.min(most, offsets[h + 1]! - offsets[h]!);
  const own = new Int32Array(ends[at.length]!);
  for (const [row, h] of at.entries()) {
    const end = offsets[h + 1]!;
    own.set(items.subarray(end - (ends[row + 1]! - ends[row]!), end), ends[row]!);
  }
  return { offsets: ends, items: own };
}

/** One history. */
export const historyOf = (items: ArrayLike<number>): Histories => ({
  offsets: Int32Array.of(0, items.length),
  items: Int32Array.from(items),
});

/** [items] steps to each item. */
export function stepsPerItem({ items }: Histories, itemCount: number): Float64Array {
  const steps = new Float64Array(itemCount);
  for (const item of items) steps[item]! += 1;
  return steps;
}
