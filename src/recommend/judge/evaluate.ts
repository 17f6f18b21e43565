/**
 * Full ranking over all items: no sampled negatives, no user left out that has something to find.
 * Recall is hits / relevant; NDCG has binary gain and an ideal over min(k, relevant); coverage is distinct items shown
 * to the users judged, over all items.
 */
import { split } from '#kernels/random.ts';
import type { Sparse } from '#kernels/sparse.ts';
import { emptyTop, offer, sortTop, type Top, topOf } from '#kernels/top-k.ts';
import { bootstrapIntervals } from '#learners/index.ts';

export interface EvaluateOptions {
  readonly k: number;
  /** May items of the user's training rows be shown and found? */
  readonly keepSeen: boolean;
  readonly seed: number;
  /** Judge only items that the user has had in training (keepSeen must be true). */
  readonly onlySeen?: boolean;
  /** Resamples of users for the intervals; default 200; 0: intervals are [0, 0]. */
  readonly resamples?: number;
  /** [users] relevant items that no method can know (not in training); they count as missed. */
  readonly unknown?: Int32Array;
  /** Judge at most so many users, drawn by `seed`; default all. */
  readonly usersMax?: number;
}

const METRICS = ['recall', 'ndcg', 'hitRate', 'precision'] as const;
export type Metric = (typeof METRICS)[number];

export interface Evaluation {
  readonly k: number;
  /** Users with at least one relevant item. */
  readonly users: number;
  readonly metrics: Readonly<Record<Metric, number>> & { readonly coverage: number };
  /** 95 % intervals by resampling users. */
  readonly intervals: Readonly<Record<Metric, readonly [number, number]>>;
}

/** Something that fills the k best items of some users: a fitted method, or finished lists. */
export type Scorer = (users: Int32Array) => Float64Array;

/**
 * Judges a scorer.
 *
 * @param score [n x items] scores of `users` [n]
 * @param seen [users x items] training rows
 * @param relevant [users x items] what is to be found
 */
export function evaluate(score: Scorer, seen: Sparse, relevant: Sparse, options: EvaluateOptions): Evaluation {
  const users = judged(seen, relevant, options);
  const top = emptyTop(options.k);
  const lists = new Int32Array(users.length * options.k).fill(-1);
  const batch = Math.max(1, Math.floor(4_000_000 / Math.max(seen.columns, 1)));
  for (let from = 0; from < users.length; from += batch) {
    const part = users.subarray(from, Math.min(users.length, from + batch));
    const scores = score(part);
    for (let row = 0; row < part.length; row++) {
      rank(top, scores, { row, user: part[row]! }, seen, options);
      lists.set(top.indices.subarray(0, top.size), (from + row) * options.k);
    }
  }
  return evaluateLists({ users, lists }, seen, relevant, options);
}

/** The users that have something to find, at most `usersMax` of them. */
export function judged(seen: Sparse, relevant: Sparse, options: EvaluateOptions): Int32Array {
  const users: number[] = [];
  for (let user = 0; user < relevant.rows; user++)
    if (relevantTo(user, seen, relevant, options).total > 0) users.push(user);
  const { usersMax = users.length } = options;
  if (users.length > usersMax) {
    const key = (user: number) => split(options.seed, 'judged', user);
    users.sort((a, b) => key(a) - key(b) || a - b).length = usersMax;
    users.sort((a, b) => a - b);
  }
  return Int32Array.from(users);
}

function relevantTo(user: number, seen: Sparse, relevant: Sparse, { keepSeen, onlySeen, unknown }: EvaluateOptions) {
  const items = relevant.indices.subarray(relevant.offsets[user]!, relevant.offsets[user + 1]!);
  const missed = onlySeen === true ? 0 : (unknown?.[user] ?? 0);
  if (keepSeen && onlySeen !== true) return { wanted: new Set(items), total: items.length + missed };
  const had = new Set(seen.indices.subarray(seen.offsets[user]!, seen.offsets[user + 1]!));
  const wanted = new Set(items.filter((item) => had.has(item) === (onlySeen === true)));
  return { wanted, total: wanted.size + missed };
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

/**
 * Judges finished lists.
 *
 * @param shown lists [users x k] item indices best first, -1 where a list is shorter
 */
function evaluateLists(
  shown: { readonly users: Int32Array; readonly lists: Int32Array },
  seen: Sparse,
  relevant: Sparse,
  options: EvaluateOptions,
): Evaluation {
  const { users, lists } = shown;
  const { k } = options;
  const values: Record<Metric, Float64Array> = {
    recall: new Float64Array(users.length),
    ndcg: new Float64Array(users.length),
    hitRate: new Float64Array(users.length),
    precision: new Float64Array(users.length),
  };
  const covered = new Set<number>();
  for (const [row, user] of users.entries()) {
    const { wanted, total } = relevantTo(user, seen, relevant, options);
    let hits = 0;
    let gain = 0;
    for (let rank = 0; rank < k; rank++) {
      const item = lists[row * k + rank]!;
      if (item < 0) break;
      covered.add(item);
      if (!wanted.has(item)) continue;
      hits++;
      gain += 1 / Math.log2(rank + 2);
    }
    values.recall[row] = hits / total;
    values.ndcg[row] = gain / ideal(Math.min(k, total));
    values.hitRate[row] = hits > 0 ? 1 : 0;
    values.precision[row] = hits / k;
  }
  const each = <T>(make: (metric: Metric) => T) =>
    Object.fromEntries(METRICS.map((metric) => [metric, make(metric)])) as Record<Metric, T>;
  const means = (rows: Int32Array): Record<Metric, number> =>
    each((metric) => {
      const column = values[metric];
      let sum = 0;
      for (let i = 0; i < rows.length; i++) sum += column[rows[i]!]!;
      return sum / Math.max(rows.length, 1);
    });
  const { seed, resamples = 200 } = options;
  const intervals = bootstrapIntervals(users.length, means, { seed, samples: resamples });
  return {
    k,
    users: users.length,
    metrics: { ...means(Int32Array.from(users.keys())), coverage: covered.size / Math.max(seen.columns, 1) },
    intervals: each((metric) => [intervals[metric]?.low ?? 0, intervals[metric]?.high ?? 0]),
  };
}

function ideal(count: number): number {
  let gain = 0;
  for (let rank = 0; rank < count; rank++) gain += 1 / Math.log2(rank + 2);
  return gain;
}

/**
 * Judges one finished list for every user; users with nothing to find are left out.
 *
 * @param lists [users x k] item indices best first, -1 where a list is shorter
 */
export function evaluateShown(lists: Int32Array, seen: Sparse, relevant: Sparse, options: EvaluateOptions): Evaluation {
  const users = judged(seen, relevant, options);
  const { k } = options;
  const own = new Int32Array(users.length * k);
  for (const [row, user] of users.entries()) own.set(lists.subarray(user * k, (user + 1) * k), row * k);
  return evaluateLists({ users, lists: own }, seen, relevant, options);
}
