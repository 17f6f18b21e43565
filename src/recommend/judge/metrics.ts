/**
 * What one finished list is worth to its user, against what is to be found. Definitions, with r the ranks (from 1) of hits
 * and R the number of relevant items: recall |hits| / R; precision |hits| / k; hitRate 1 where there is a hit; ndcg the sum
 * of 1 / log2(r + 1) over that of a perfect list of min(k, R); mrr 1 / the first r; map the sum of precision at each r over
 * min(k, R). An item that no method can know is relevant and missed.
 *
 * @see Järvelin and Kekäläinen (2002), ACM TOIS 20(4), for NDCG
 */
import type { Sparse } from '#kernels/sparse.ts';

export const METRICS = ['recall', 'ndcg', 'hitRate', 'precision', 'mrr', 'map'] as const;
export type Metric = (typeof METRICS)[number];

/** Which items are to be found for a user. */
export interface Wanted {
  /** May items of the user's training rows be shown and found? */
  readonly keepSeen: boolean;
  /** Only items that the user has had in training are to be found (keepSeen must be true). */
  readonly onlySeen?: boolean;
  /** [users] relevant items that no method can know (not in training); they count as missed. */
  readonly unknown?: Int32Array;
  /** [items] only items marked 1 are to be found. */
  readonly among?: Uint8Array;
}

/** Finished lists of some users. */
export interface Lists {
  /** [n] rows of `seen` and `relevant` */
  readonly users: Int32Array;
  readonly k: number;
  /** [n x k] item indices best first, -1 where a list is shorter */
  readonly items: Int32Array;
}

/** Marks items of one user after another without clearing: an item is marked when its stamp is that of the user's turn. */
export class Marks {
  readonly #stamps: Int32Array;
  #turn = 1;

  constructor(items: number) {
    this.#stamps = new Int32Array(items);
  }

  clear(): void {
    this.#turn++;
  }

  add(item: number): void {
    this.#stamps[item] = this.#turn;
  }

  has(item: number): boolean {
    return this.#stamps[item] === this.#turn;
  }
}

/** Finds what is wanted, user by user. */
export class Finder {
  readonly #seen: Sparse;
  readonly #relevant: Sparse;
  readonly #wanted: Wanted;
  readonly #had: Marks;
  readonly #found: Marks;

  constructor(seen: Sparse, relevant: Sparse, wanted: Wanted) {
    this.#seen = seen;
    this.#relevant = relevant;
    this.#wanted = wanted;
    const items = Math.max(seen.columns, relevant.columns);
    this.#had = new Marks(items);
    this.#found = new Marks(items);
  }

  /** Turns to `user`: how many items there are to find, known and unknown. */
  turnTo(user: number): number {
    const { keepSeen, onlySeen = false, unknown, among } = this.#wanted;
    const looksBack = !keepSeen || onlySeen;
    if (looksBack) {
      this.#had.clear();
      const { offsets, indices } = this.#seen;
      for (let e = offsets[user]!; e < offsets[user + 1]!; e++) this.#had.add(indices[e]!);
    }
    this.#found.clear();
    let total = onlySeen ? 0 : (unknown?.[user] ?? 0);
    const { offsets, indices } = this.#relevant;
    for (let e = offsets[user]!; e < offsets[user + 1]!; e++) {
      const item = indices[e]!;
      if (looksBack && this.#had.has(item) !== onlySeen) continue;
      if (among !== undefined && among[item] !== 1) continue;
      this.#found.add(item);
      total++;
    }
    return total;
  }

  /** Is `item` wanted by the user turned to? */
  wants(item: number): boolean {
    return this.#found.has(item);
  }
}

/** [k + 1] gain of a perfect list of each length. */
function idealGains(k: number): Float64Array {
  const gains = new Float64Array(k + 1);
  for (let rank = 1; rank <= k; rank++) gains[rank] = gains[rank - 1]! + 1 / Math.log2(rank + 1);
  return gains;
}

/**
 * The metrics of each list.
 *
 * @returns [n x METRICS] row by row; a user with nothing to find has only zeros
 */
export function valuesOf({ users, k, items }: Lists, seen: Sparse, relevant: Sparse, wanted: Wanted): Float64Array {
  const finder = new Finder(seen, relevant, wanted);
  const ideal = idealGains(k);
  const out = new Float64Array(users.length * METRICS.length);
  for (let row = 0; row < users.length; row++) {
    const total = finder.turnTo(users[row]!);
    let hits = 0;
    let gain = 0;
    let first = 0;
    let precisions = 0;
    for (let rank = 1; rank <= k; rank++) {
      const item = items[row * k + rank - 1]!;
      if (item < 0) break;
      if (!finder.wants(item)) continue;
      hits++;
      gain += ideal[rank]! - ideal[rank - 1]!;
      precisions += hits / rank;
      if (first === 0) first = rank;
    }
    if (hits === 0) continue;
    const best = Math.min(k, total);
    out.set([hits / total, gain / ideal[best]!, 1, hits / k, 1 / first, precisions / best], row * METRICS.length);
  }
  return out;
}
