/** Interactions as what they were: baskets, one after the other. */
import type { Interactions } from '../../data/interactions.ts';

export interface Baskets {
  readonly userCount: number;
  readonly itemCount: number;
  /** [users + 1] a user's baskets are ofUser[u] .. ofUser[u + 1), oldest first. */
  readonly ofUser: Int32Array;
  /** [baskets + 1] a basket's items are offsets[b] .. offsets[b + 1), rising, each once. */
  readonly offsets: Int32Array;
  readonly items: Int32Array;
  /** [baskets] days before the moment for which to recommend. */
  readonly ageDays: Float64Array;
}

/**
 * The baskets of each user, oldest first. Rows of one user and one basket code came together; without codes those of one
 * age, without ages those of one place, and without any of these all rows of a user are one basket. A basket is as old
 * as its newest row; of equal ages the lower place, then the lower code, came first.
 */
export function basketsOf(data: Interactions): Baskets {
  const { users, items, ageDays, places, baskets: codes, userCount, itemCount } = data;
  const keys = codes ?? ageDays ?? places ?? new Int32Array(users.length);
  const order = Uint32Array.from(users.keys()).sort(
    (a, b) => users[a]! - users[b]! || keys[a]! - keys[b]! || items[a]! - items[b]!,
  );
  const found: { user: number; from: number; to: number; age: number; place: number; key: number }[] = [];
  for (let at = 0; at < order.length; ) {
    const [user, key] = [users[order[at]!]!, keys[order[at]!]!];
    const basket = { user, from: at, to: at, age: Number.POSITIVE_INFINITY, place: Number.POSITIVE_INFINITY, key };
    for (; at < order.length && users[order[at]!] === user && keys[order[at]!] === key; at++) {
      basket.age = Math.min(basket.age, ageDays?.[order[at]!] ?? 0);
      basket.place = Math.min(basket.place, places?.[order[at]!] ?? 0);
    }
    basket.to = at;
    found.push(basket);
  }
  found.sort((a, b) => a.user - b.user || b.age - a.age || a.place - b.place || a.key - b.key);
  const ofUser = new Int32Array(userCount + 1);
  const offsets = new Int32Array(found.length + 1);
  const held = new Int32Array(users.length);
  let write = 0;
  for (const [b, { user, from, to }] of found.entries()) {
    ofUser[user + 1]! += 1;
    for (let at = from; at < to; at++) {
      const item = items[order[at]!]!;
      if (write === offsets[b] || held[write - 1] !== item) held[write++] = item;
    }
    offsets[b + 1] = write;
  }
  for (let user = 0; user < userCount; user++) ofUser[user + 1]! += ofUser[user]!;
  return {
    userCount,
    itemCount,
    ofUser,
    offsets,
    items: held.slice(0, write),
    ageDays: Float64Array.from(found, (basket) => basket.age),
  };
}
