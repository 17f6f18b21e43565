/** Who had to do with what, how often and how long ago, as plain columns. */
import { split } from '#kernels/random.ts';
import { fromTriples, type Sparse } from '#kernels/sparse.ts';

export interface Interactions {
  readonly userCount: number;
  readonly itemCount: number;
  /** [n] 0 .. userCount - 1 */
  readonly users: Int32Array;
  /** [n] 0 .. itemCount - 1 */
  readonly items: Int32Array;
  /** [n] strength above 0, e.g. a count; default 1 each */
  readonly weights?: Float64Array;
  /** [n] days before the moment for which to recommend, >= 0; default 0 each */
  readonly ageDays?: Float64Array;
  /** [n] place of the row in its user's history, rising with time; default: by age, oldest first */
  readonly places?: Int32Array;
  /** [n] basket (order, session) of each row: rows of one user and one code came together; default: by age */
  readonly baskets?: Int32Array;
  /** [userCount] group of each user, e.g. the tier, from 0; default all 0 */
  readonly groups?: Int32Array;
  /** What is known of the items themselves, for those that nobody has had yet. */
  readonly content?: Content;
}

export interface Content {
  /** Ways to group the items: department, category, brand; [items] codes from 0, -1 where not known. */
  readonly categories?: readonly { readonly name: string; readonly codes: Int32Array }[];
  /** [items x attributes] words, categories, brands ...; weights above 0 */
  readonly attributes?: Sparse;
  /** Dense vectors, e.g. of texts and pictures, one block a source; an item without one has only zeros. */
  readonly vectors?: readonly { readonly name: string; readonly width: number; readonly values: Float32Array }[];
}

/** [users x items] added weights. */
export const countsOf = (data: Interactions): Sparse =>
  fromTriples({
    rows: data.userCount,
    columns: data.itemCount,
    rowOf: data.users,
    columnOf: data.items,
    ...(data.weights === undefined ? {} : { values: data.weights }),
  });

/** [users x items] added weights, each halved for every `halfLifeDays` (> 0) of its age. */
export function decayedCountsOf(data: Interactions, halfLifeDays: number): Sparse {
  const { ageDays, weights } = data;
  if (ageDays === undefined) return countsOf(data);
  const values = new Float64Array(data.users.length);
  for (let e = 0; e < values.length; e++)
    values[e] = (weights === undefined ? 1 : weights[e]!) * 0.5 ** (ageDays[e]! / halfLifeDays);
  return countsOf({ ...data, weights: values });
}

/** [items] users of each item, whatever the strength. */
export function usersPerItem(counts: Sparse): Float64Array {
  const users = new Float64Array(counts.columns);
  for (let e = 0; e < counts.indices.length; e++) users[counts.indices[e]!]! += 1;
  return users;
}

/** The rows for which `keep` is 1, with the same users, items and groups. */
export function filtered(data: Interactions, keep: Uint8Array): Interactions {
  let count = 0;
  for (let e = 0; e < keep.length; e++) count += keep[e]!;
  const rows = new Int32Array(count);
  for (let e = 0, write = 0; e < keep.length; e++) if (keep[e] === 1) rows[write++] = e;
  return {
    ...data,
    users: rows.map((e) => data.users[e]!),
    items: rows.map((e) => data.items[e]!),
    ...(data.weights === undefined ? {} : { weights: Float64Array.from(rows, (e) => data.weights![e]!) }),
    ...(data.ageDays === undefined ? {} : { ageDays: Float64Array.from(rows, (e) => data.ageDays![e]!) }),
    ...(data.places === undefined ? {} : { places: rows.map((e) => data.places![e]!) }),
    ...(data.baskets === undefined ? {} : { baskets: rows.map((e) => data.baskets![e]!) }),
  };
}

export interface Cut {
  readonly train: Interactions;
  /** [users x items] what the held-out rows hold */
  readonly held: Sparse;
}

/**
 * Cuts the newest row of each user who has several off the training data; of equal ages, or without any, one drawn by
 * `seed`: rows may be in the order of their items, which foretells nothing.
 */
export function lastRowCut(data: Interactions, seed: number): Cut {
  const last = new Int32Array(data.userCount).fill(-1);
  const lastKey = new Float64Array(data.userCount);
  const rows = new Int32Array(data.userCount);
  for (let e = 0; e < data.users.length; e++) {
    const user = data.users[e]!;
    rows[user]! += 1;
    const key = split(seed, 'last', user, data.items[e]!);
    const before = last[user]!;
    const younger = before < 0 ? 1 : (data.ageDays?.[before] ?? 0) - (data.ageDays?.[e] ?? 0);
    if (younger < 0 || (younger === 0 && key >= lastKey[user]!)) continue;
    last[user] = e;
    lastKey[user] = key;
  }
  const keep = new Uint8Array(data.users.length).fill(1);
  for (let user = 0; user < data.userCount; user++) if (rows[user]! > 1) keep[last[user]!] = 0;
  const held = filtered(
    data,
    keep.map((kept) => 1 - kept),
  );
  return { train: filtered(data, keep), held: countsOf(held) };
}

/**
 * Cuts a part off training data to choose methods on: the newest rows where there is time (ages become relative to the
 * cut), else `share` of each user's rows drawn by `seed`.
 *
 * @param share of the span of time, or of each user's rows; 0 to 1
 */
export function validationCut(data: Interactions, { share, seed }: { share: number; seed: number }): Cut {
  const keep = new Uint8Array(data.users.length);
  const { ageDays } = data;
  let cutAge = 0;
  if (ageDays !== undefined) {
    let oldest = 0;
    for (const age of ageDays) if (age > oldest) oldest = age;
    cutAge = oldest * share;
    for (let e = 0; e < keep.length; e++) keep[e] = ageDays[e]! >= cutAge ? 1 : 0;
  } else {
    // Same pair, same side: a repeated pair may not be on both.
    const limit = share * 2 ** 32;
    for (let e = 0; e < keep.length; e++) keep[e] = split(seed, data.users[e]!, data.items[e]!) >= limit ? 1 : 0;
  }
  const train = filtered(data, keep);
  const held = countsOf({
    ...filtered(
      data,
      keep.map((kept) => 1 - kept),
    ),
  });
  return {
    train: train.ageDays === undefined ? train : { ...train, ageDays: train.ageDays.map((age) => age - cutAge) },
    held,
  };
}
