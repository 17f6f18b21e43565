/**
 * Full ranking over all items: no sampled negatives, no user left out that has something to find.
 * What the figures of one list are: metrics.ts; those of the lists as a whole: lists.ts.
 */
import { split } from '#kernels/random.ts';
import type { Sparse } from '#kernels/sparse.ts';
import { emptyTop, offer, sortTop, type Top, topOf } from '#kernels/top-k.ts';
import { Finder, type Lists, METRICS, type Metric, valuesOf, type Wanted } from './metrics.ts';
import { type Bounds, meanIntervals, meansOf } from './resample.ts';

export interface EvaluateOptions extends Wanted {
  readonly k: number;
  readonly seed: number;
  /** Resamples of users for the intervals; default 200; 0: intervals are [0, 0]. */
  readonly resamples?: number;
  /** Judge at most so many users, drawn by `seed`; default all. */
  readonly usersMax?: number;
}

export interface Evaluation {
  readonly k: number;
  /** Users with at least one relevant item. */
  readonly users: number;
  readonly metrics: Readonly<Record<Metric, number>> & { readonly coverage: number };
  /** 95 % intervals by resampling users. */
  readonly intervals: Readonly<Record<Metric, Bounds>>;
}

/** [n x items] scores of `users` [n], row by row: a fitted method's. The caller may write into them. */
export type Scorer = (users: Int32Array) => Float64Array;

/** Scores held at a time. */
const BATCH = 4_000_000;

/**
 * Judges a scorer.
 *
 * @param seen [users x items] training rows
 * @param relevant [users x items] what is to be found
 */
export function evaluate(score: Scorer, seen: Sparse, relevant: Sparse, options: EvaluateOptions): Evaluation {
  const lists = ranked(score, judged(seen, relevant, options), seen, options);
  return evaluateLists(lists, seen, relevant, options);
}

/** The users that have something to find, at most `usersMax` of them. */
export function judged(seen: Sparse, relevant: Sparse, options: EvaluateOptions): Int32Array {
  const users: number[] = [];
  const finder = new Finder(seen, relevant, options);
  for (let user = 0; user < relevant.rows; user++) if (finder.turnTo(user) > 0) users.push(user);
  const { usersMax = users.length } = options;
  return Int32Array.from(drawn(users, usersMax, options.seed));
}

/** At most `most` of the users, drawn by `seed`, in their order. */
export function drawn(users: readonly number[], most: number, seed: number): number[] {
  if (users.length <= most) return [...users];
  const keyed = users.map((user) => ({ user, key: split(seed, 'judged', user) }));
  keyed.sort((a, b) => a.key - b.key || a.user - b.user);
  return keyed
    .slice(0, most)
    .map(({ user }) => user)
    .sort((a, b) => a - b);
}

/** The k best items that may be shown to each of `users`. */
export function ranked(score: Scorer, users: Int32Array, seen: Sparse, options: RankOptions): Lists {
  return rankedWays(score, users, seen, [options])[0]!;
}

export type RankOptions = Pick<EvaluateOptions, 'k' | 'keepSeen' | 'onlySeen'>;

/** The lists of several ways to rank the same scores; a way without `keepSeen` must come last. */
export function rankedWays(score: Scorer, users: Int32Array, seen: Sparse, ways: readonly RankOptions[]): Lists[] {
  const lists = ways.map(({ k }) => ({ users, k, items: new Int32Array(users.length * k).fill(-1) }));
  const tops = ways.map(({ k }) => emptyTop(k));
  const batch = Math.max(1, Math.floor(BATCH / Math.max(seen.columns, 1)));
  for (let from = 0; from < users.length; from += batch) {
    const part = users.subarray(from, Math.min(users.length, from + batch));
    const scores = score(part);
    for (let row = 0; row < part.length; row++) {
      for (const [w, way] of ways.entries()) {
        const top = tops[w]!;
        rank(top, scores, { row, user: part[row]! }, seen, way);
        lists[w]!.items.set(top.indices.subarray(0, top.size), (from + row) * way.k);
      }
    }
  }
  return lists;
}

/** Fills `top` with the best items that may be shown to `user`; without `keepSeen` the scores of seen items are lost. */
export function rank(
  top: Top,
  scores: Float64Array,
  { row, user }: { row: number; user: number },
  seen: Sparse,
  options: Pick<EvaluateOptions, 'keepSeen' | 'onlySeen'>,
): void {
  const from = row * seen.columns;
  const start = seen.offsets[user]!;
  const end = seen.offsets[user + 1]!;
  if (options.onlySeen === true) {
    top.size = 0;
    for (let e = start; e < end; e++) offer(top, scores[from + seen.indices[e]!]!, seen.indices[e]!);
    sortTop(top);
    return;
  }
  if (!options.keepSeen) for (let e = start; e < end; e++) scores[from + seen.indices[e]!] = Number.NEGATIVE_INFINITY;
  topOf(top, scores, from, seen.columns);
}

/** Judges finished lists of users that have something to find. */
export function evaluateLists(lists: Lists, seen: Sparse, relevant: Sparse, options: EvaluateOptions): Evaluation {
  const figures = { values: valuesOf(lists, seen, relevant, options), width: METRICS.length };
  const means = meansOf(figures);
  const { seed, resamples = 200 } = options;
  const intervals = meanIntervals(figures, { seed, samples: resamples });
  const shown = new Uint8Array(Math.max(seen.columns, relevant.columns));
  let distinct = 0;
  for (const item of lists.items) {
    if (item < 0 || shown[item] === 1) continue;
    shown[item] = 1;
    distinct++;
  }
  return {
    k: lists.k,
    users: lists.users.length,
    metrics: { ...named((c) => means[c]!), coverage: distinct / Math.max(seen.columns, 1) },
    intervals: named((c) => intervals[c]!),
  };
}

const named = <T>(of: (column: number) => T): Record<Metric, T> =>
  Object.fromEntries(METRICS.map((metric, c) => [metric, of(c)])) as Record<Metric, T>;

/**
 * Judges one finished list for every user; users with nothing to find are left out.
 *
 * @param lists [users x k] item indices best first, -1 where a list is shorter
 */
export function evaluateShown(lists: Int32Array, seen: Sparse, relevant: Sparse, options: EvaluateOptions): Evaluation {
  const users = judged(seen, relevant, options);
  const { k } = options;
  const items = new Int32Array(users.length * k);
  for (const [row, user] of users.entries()) items.set(lists.subarray(user * k, (user + 1) * k), row * k);
  return evaluateLists({ users, k, items }, seen, relevant, options);
}
