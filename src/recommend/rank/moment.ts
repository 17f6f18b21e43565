/**
 * What was known at a moment: the same numbers whether the moment is now or lies in the past, made from nothing but the
 * interactions before it.
 */
import { entryOf, type Sparse } from '#kernels/sparse.ts';
import { countsOf, decayedCountsOf, filtered, type Interactions, usersPerItem } from '../data/interactions.ts';
import { type Baskets, basketsOf } from '../methods/baskets/baskets.ts';
import { type PurchaseGaps, purchaseGaps } from '../methods/baskets/gaps.ts';
import { RP3BETA, type Rp3betaModel } from '../methods/rp3beta.ts';
import { type CategoryMoment, categoryMoment } from './category.ts';
import { type Peers, peersOf } from './peers.ts';

/** Columns from outside, of the users and items of the interactions; NaN (or code -1) where a value is not known. */
export interface RankColumns {
  /** Ways to group items: department, category, brand; [items] codes from 0. */
  readonly categories?: readonly { readonly name: string; readonly codes: Int32Array }[];
  /** [items] e.g. price, stock, margin. */
  readonly items?: readonly { readonly name: string; readonly values: Float64Array }[];
  /** [users] e.g. tier, value. */
  readonly users?: readonly { readonly name: string; readonly values: Float64Array }[];
}

/** Half-lives in days of the decayed counts of a pair. */
export const HALF_LIVES = [7, 28, 56, 112] as const;

/** Half-lives in baskets of the user of further decayed counts of a pair. */
export const HALF_TRIPS = [4, 16] as const;

export interface Moment {
  readonly userCount: number;
  readonly itemCount: number;
  /** [users x items] added weights; pair arrays follow its entries. */
  readonly counts: Sparse;
  /** One [pairs] array a half-life. */
  readonly decayed: readonly Float64Array[];
  readonly gaps: PurchaseGaps;
  readonly trips: PairTrips;
  /** [users] each. */
  readonly users: Readonly<Record<UserFact, Float64Array>>;
  /** [items] each. */
  readonly items: Readonly<Record<ItemFact, Float64Array>>;
  readonly walk: Rp3betaModel;
  readonly peers: Peers;
  readonly categories: readonly CategoryMoment[];
  readonly columns: RankColumns;
}

export const USER_FACTS = [
  'user_baskets',
  'user_baskets_28d',
  'user_baskets_91d',
  'user_rows',
  'user_rows_28d',
  'user_rows_56d',
  'user_firsts_56d',
  'user_items',
  'user_since_last',
] as const;
export type UserFact = (typeof USER_FACTS)[number];

export const ITEM_FACTS = [
  'item_users',
  'item_users_7d',
  'item_users_14d',
  'item_users_28d',
  'item_users_91d',
  'item_firsts_28d',
  'item_repeats',
  'item_back_28d',
  'item_again_28d',
  'item_gap',
  'item_age',
  'item_trend',
] as const;
export type ItemFact = (typeof ITEM_FACTS)[number];

/** The interactions at least `ageDays` old, as seen `ageDays` ago. */
export function before(data: Interactions, ageDays: number): Interactions {
  if (ageDays === 0 || data.ageDays === undefined) return data;
  const kept = filtered(
    data,
    Uint8Array.from(data.ageDays, (age) => (age >= ageDays ? 1 : 0)),
  );
  return { ...kept, ageDays: kept.ageDays!.map((age) => age - ageDays) };
}

/** Gaps of an item that its mean gap is drawn toward the mean of all by. */
const PRIOR_GAPS = 3;

/** The moment at which the youngest of `data` has the ages that it says. Without ages all rows count as of now. */
export function momentOf(data: Interactions, columns: RankColumns, walk: { readonly neighbours: number }): Moment {
  const counts = countsOf(data);
  const decayed = HALF_LIVES.map((days) => decayedCountsOf(data, days).values);
  const gaps = purchaseGaps(data, PRIOR_GAPS);
  const baskets = basketsOf(data);
  const items = itemFacts(data, counts, gaps);
  const params = { ...RP3BETA.defaults, alpha: 0.8, beta: 0.3, k: walk.neighbours, halfLifeDays: 56 };
  const peers = peersOf(counts, { likeness: decayed[3]!, shown: decayed[1]! });
  return {
    userCount: data.userCount,
    itemCount: data.itemCount,
    counts,
    decayed,
    gaps,
    trips: pairTrips(baskets, counts),
    users: userFacts(data, baskets, counts, gaps),
    items,
    walk: RP3BETA.fit(data, params, { seed: 1, threads: 1 }),
    peers,
    categories: (columns.categories ?? []).map(({ name, codes }) =>
      categoryMoment(name, codes, { counts, decayed, gaps, itemUsers28: items.item_users_28d }),
    ),
    columns,
  };
}

/** Time as the user's own baskets; all [pairs]. */
export interface PairTrips {
  /** One array a half-life of HALF_TRIPS. */
  readonly decayed: readonly Float64Array[];
  /** Baskets after the last one with the item. */
  readonly sinceLast: Float64Array;
  /** Baskets with the item. */
  readonly count: Float64Array;
}

function pairTrips({ ofUser, offsets, items, userCount }: Baskets, counts: Sparse): PairTrips {
  const pairs = counts.indices.length;
  const decayed = HALF_TRIPS.map(() => new Float64Array(pairs));
  const sinceLast = new Float64Array(pairs);
  const count = new Float64Array(pairs);
  const place = new Int32Array(counts.columns);
  for (let user = 0; user < userCount; user++) {
    for (let e = counts.offsets[user]!; e < counts.offsets[user + 1]!; e++) place[counts.indices[e]!] = e;
    const end = ofUser[user + 1]!;
    for (let basket = ofUser[user]!; basket < end; basket++) {
      const since = end - 1 - basket;
      const weights = HALF_TRIPS.map((half) => 0.5 ** (since / half));
      for (let f = offsets[basket]!; f < offsets[basket + 1]!; f++) {
        const pair = place[items[f]!]!;
        for (const [h, weight] of weights.entries()) decayed[h]![pair]! += weight;
        sinceLast[pair] = since;
        count[pair]! += 1;
      }
    }
  }
  return { decayed, sinceLast, count };
}

function userFacts(
  data: Interactions,
  { ofUser, ageDays }: Baskets,
  counts: Sparse,
  gaps: PurchaseGaps,
): Record<UserFact, Float64Array> {
  const facts = empty(USER_FACTS, data.userCount);
  for (let user = 0; user < data.userCount; user++) {
    facts.user_since_last[user] = Number.NaN;
    for (let b = ofUser[user]!; b < ofUser[user + 1]!; b++) {
      facts.user_baskets[user]! += 1;
      if (ageDays[b]! < 28) facts.user_baskets_28d[user]! += 1;
      if (ageDays[b]! < 91) facts.user_baskets_91d[user]! += 1;
      facts.user_since_last[user] = ageDays[b]!;
    }
    facts.user_items[user] = counts.offsets[user + 1]! - counts.offsets[user]!;
    for (let e = counts.offsets[user]!; e < counts.offsets[user + 1]!; e++)
      if (gaps.sinceFirst[e]! < 56) facts.user_firsts_56d[user]! += 1;
  }
  for (let e = 0; e < data.users.length; e++) {
    const user = data.users[e]!;
    const age = data.ageDays?.[e] ?? 0;
    facts.user_rows[user]! += 1;
    if (age < 28) facts.user_rows_28d[user]! += 1;
    if (age < 56) facts.user_rows_56d[user]! += 1;
  }
  return facts;
}

function itemFacts(data: Interactions, counts: Sparse, gaps: PurchaseGaps): Record<ItemFact, Float64Array> {
  const facts = empty(ITEM_FACTS, data.itemCount);
  facts.item_users.set(usersPerItem(counts));
  const had = new Float64Array(data.itemCount);
  const sold = new Float64Array(data.itemCount);
  for (let e = 0; e < counts.indices.length; e++) {
    const item = counts.indices[e]!;
    const last = gaps.sinceLast[e]!;
    const first = gaps.sinceFirst[e]!;
    sold[item]! += counts.values[e]!;
    if (last < 7) facts.item_users_7d[item]! += 1;
    if (last < 14) facts.item_users_14d[item]! += 1;
    if (last < 28) facts.item_users_28d[item]! += 1;
    if (last < 91) facts.item_users_91d[item]! += 1;
    if (first < 28) facts.item_firsts_28d[item]! += 1;
    else {
      had[item]! += 1;
      if (last < 28) facts.item_back_28d[item]! += 1;
    }
    if (first > facts.item_age[item]!) facts.item_age[item] = first;
  }
  addAgain(facts.item_again_28d, data, counts);
  for (let item = 0; item < data.itemCount; item++) {
    facts.item_repeats[item] = sold[item]! / Math.max(1, facts.item_users[item]!);
    facts.item_back_28d[item]! /= had[item]! + 5;
    facts.item_gap[item] = gaps.itemGap[item]!;
    facts.item_trend[item] = facts.item_users_14d[item]! / Math.max(1, facts.item_users_91d[item]!);
  }
  return facts;
}

/** Of the users who had an item 28 to 55 days ago, the share that had it in the 28 days since (with 5 users who had not). */
function addAgain(out: Float64Array, data: Interactions, counts: Sparse): void {
  const { users, items, ageDays } = data;
  if (ageDays === undefined) return;
  const [recent, older] = [new Uint8Array(counts.indices.length), new Uint8Array(counts.indices.length)];
  for (let row = 0; row < users.length; row++) {
    const age = ageDays[row]!;
    if (age >= 56) continue;
    const pair = entryOf(counts, users[row]!, items[row]!);
    if (age < 28) recent[pair] = 1;
    else older[pair] = 1;
  }
  const had = new Float64Array(counts.columns).fill(5);
  for (let e = 0; e < older.length; e++) {
    if (older[e] === 0) continue;
    had[counts.indices[e]!]! += 1;
    out[counts.indices[e]!]! += recent[e]!;
  }
  for (let item = 0; item < out.length; item++) out[item]! /= had[item]!;
}

const empty = <Name extends string>(names: readonly Name[], length: number): Record<Name, Float64Array> =>
  Object.fromEntries(names.map((name) => [name, new Float64Array(length)])) as Record<Name, Float64Array>;
