/**
 * The same judgement on parts: what the user has had before and what not, since the first is far easier to find; users and
 * items that training hardly knows, since a mean over all hides them.
 */
import type { Sparse } from '#kernels/sparse.ts';
import { type EvaluateOptions, judged, type RankOptions, rankedWays, type Scorer } from './evaluate.ts';
import { Finder, type Lists, METRICS, type Metric, valuesOf, type Wanted } from './metrics.ts';
import { type Bounds, meanIntervals, meansOf } from './resample.ts';

/** Below so many training pairs a user or an item is cold. */
export const COLD_BELOW = 5;

const PART_METRICS = ['recall', 'ndcg', 'hitRate'] as const satisfies readonly Metric[];
type PartMetric = (typeof PART_METRICS)[number];

export interface Part {
  /** Users with something to find in this part. */
  readonly users: number;
  readonly metrics: Readonly<Record<PartMetric, number>>;
  readonly intervals: Readonly<Record<PartMetric, Bounds>>;
}

export interface Parts {
  /** Only what the user has had before is ranked and to be found. Absent where it is not shown. */
  readonly repeat?: Part;
  /** Only what the user has not had is ranked and to be found. Absent where that is all there is. */
  readonly explore?: Part;
  /** Users with fewer than `COLD_BELOW` items in training, and the others. */
  readonly coldUsers: Part;
  readonly warmUsers: Part;
  /** The same lists, of which only items with fewer than `COLD_BELOW` users in training count, or only the others. */
  readonly coldItems: Part;
  readonly warmItems: Part;
}

export interface Ranked {
  /** As the caller would show them, of every user with something to find. */
  readonly shown: Lists;
  /** Of what the user has had, and of what not; absent where nothing seen is shown. */
  readonly repeat?: Lists;
  readonly explore?: Lists;
}

/** Ranks once for all parts: the scores of a user are made one time. */
export function rankedParts(score: Scorer, seen: Sparse, relevant: Sparse, options: EvaluateOptions): Ranked {
  const users = judged(seen, relevant, options);
  const { k, keepSeen } = options;
  const ways: RankOptions[] = keepSeen
    ? [
        { k, keepSeen },
        { k, keepSeen, onlySeen: true },
        { k, keepSeen: false },
      ]
    : [{ k, keepSeen }];
  const [shown, repeat, explore] = rankedWays(score, users, seen, ways);
  return { shown: shown!, ...(repeat && explore && { repeat, explore }) };
}

/** Judges the parts. */
export function judgeParts(
  { shown, repeat, explore }: Ranked,
  seen: Sparse,
  relevant: Sparse,
  options: EvaluateOptions,
): Parts {
  const part = (lists: Lists, wanted: Wanted): Part => partOf(lists, seen, relevant, { ...options, ...wanted });
  const { keepSeen } = options;
  const cold = new Uint8Array(Math.max(seen.columns, relevant.columns)).fill(1);
  const owners = new Int32Array(cold.length);
  for (const item of seen.indices) if (++owners[item]! >= COLD_BELOW) cold[item] = 0;
  const isCold = (user: number): boolean => seen.offsets[user + 1]! - seen.offsets[user]! < COLD_BELOW;
  return {
    ...(repeat && { repeat: part(repeat, { keepSeen: true, onlySeen: true }) }),
    ...(explore && { explore: part(explore, { keepSeen: false }) }),
    coldUsers: part(ofUsers(shown, isCold), { keepSeen }),
    warmUsers: part(
      ofUsers(shown, (user) => !isCold(user)),
      { keepSeen },
    ),
    coldItems: part(shown, { keepSeen, among: cold }),
    warmItems: part(shown, { keepSeen, among: cold.map((mark) => 1 - mark), unknown: new Int32Array(seen.rows) }),
  };
}

function ofUsers({ users, k, items }: Lists, keep: (user: number) => boolean): Lists {
  const rows = Array.from(users.keys()).filter((row) => keep(users[row]!));
  const kept = new Int32Array(rows.length * k);
  for (const [i, row] of rows.entries()) kept.set(items.subarray(row * k, (row + 1) * k), i * k);
  return { users: Int32Array.from(rows, (row) => users[row]!), k, items: kept };
}

function partOf(lists: Lists, seen: Sparse, relevant: Sparse, options: EvaluateOptions): Part {
  const some = new Set(judgedAmong(lists.users, seen, relevant, options));
  const own = ofUsers(lists, (user) => some.has(user));
  const figures = { values: valuesOf(own, seen, relevant, options), width: METRICS.length };
  const means = meansOf(figures);
  const { seed, resamples = 200 } = options;
  const intervals = meanIntervals(figures, { seed, samples: resamples });
  const named = <T>(of: (column: number) => T) =>
    Object.fromEntries(PART_METRICS.map((metric) => [metric, of(METRICS.indexOf(metric))])) as Record<PartMetric, T>;
  return { users: own.users.length, metrics: named((c) => means[c]!), intervals: named((c) => intervals[c]!) };
}

function judgedAmong(users: Int32Array, seen: Sparse, relevant: Sparse, options: EvaluateOptions): number[] {
  const finder = new Finder(seen, relevant, options);
  return Array.from(users).filter((user) => finder.turnTo(user) > 0);
}
