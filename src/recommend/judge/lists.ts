/**
 * What lists are like apart from what they find: how much of the catalogue they show and how evenly, how unlike their items
 * are, how far they lean to what is popular.
 */

import { random, split } from '#kernels/random.ts';
import { mapped, rowSums, type Sparse, transpose } from '#kernels/sparse.ts';
import type { Content } from '../data/interactions.ts';
import { drawn } from './evaluate.ts';
import type { Lists } from './metrics.ts';
import { type Bounds, bounds, meanIntervals, meansOf } from './resample.ts';

export interface ListFigures {
  /** Distinct items shown, over all items. */
  readonly coverage: number;
  /** Gini coefficient of the times each item is shown: 0 all alike, 1 one item alone. */
  readonly gini: number;
  /** 1 - mean cosine of the pairs of a list: by attributes where there are some, else by who has had them. */
  readonly diversity: number;
  /** Mean of -log2 of the share of users that have had an item, in bits; one more user and owner are counted. */
  readonly novelty: number;
  /** Mean share of items with fewer users than the one shown, equal ones counting half: 0.5 no leaning, 1 only the top. */
  readonly popularityShown: number;
  /** The same of what is to be found. */
  readonly popularityRelevant: number;
  /** The difference of the two. */
  readonly popularityBias: number;
}

export interface ListOptions {
  readonly seed: number;
  readonly resamples: number;
  readonly content?: Content;
  /** Diversity is that of so many lists, drawn by `seed`; default 2,000. */
  readonly diversityUsers?: number;
}

export interface ListJudgement {
  readonly metrics: ListFigures;
  /** 95 % by resampling users; those of coverage and gini are moved by what resampling itself takes away. */
  readonly intervals: Readonly<Record<keyof ListFigures, Bounds>>;
  /** What diversity is by. */
  readonly diversityBy: 'attributes' | 'users';
}

/** Judges lists by what they are like. */
export function judgeLists(lists: Lists, seen: Sparse, relevant: Sparse, options: ListOptions): ListJudgement {
  const owners = new Float64Array(seen.columns);
  for (let e = 0; e < seen.indices.length; e++) owners[seen.indices[e]!]! += 1;
  const own = leanings(lists, relevant, { owners, users: seen.rows });
  const attributes = options.content?.attributes;
  const vectors = unitRows(attributes ?? transpose(seen));
  const sample = drawn(
    Array.from(lists.users.keys()),
    options.diversityUsers ?? 2000,
    split(options.seed, 'diversity'),
  );
  const unlike = { values: Float64Array.from(sample, (row) => unlikeness(lists, row, vectors)), width: 1 };
  const exposed = exposure(lists, seen.columns, options);
  const [shown, found, novelty] = meansOf(own);
  const intervals = meanIntervals(
    { values: withDifference(own.values), width: 4 },
    { ...options, samples: options.resamples },
  );
  return {
    metrics: {
      ...exposed.metrics,
      diversity: meansOf(unlike)[0]!,
      novelty: novelty!,
      popularityShown: shown!,
      popularityRelevant: found!,
      popularityBias: shown! - found!,
    },
    intervals: {
      ...exposed.intervals,
      diversity: meanIntervals(unlike, { ...options, samples: options.resamples })[0]!,
      novelty: intervals[2]!,
      popularityShown: intervals[0]!,
      popularityRelevant: intervals[1]!,
      popularityBias: intervals[3]!,
    },
    diversityBy: attributes === undefined ? 'users' : 'attributes',
  };
}

/** [users x 3] popularity shown, popularity of what is relevant, novelty; means over the items of each user. */
function leanings(
  { users, k, items }: Lists,
  relevant: Sparse,
  { owners, users: userCount }: { owners: Float64Array; users: number },
): { values: Float64Array; width: number } {
  const percentile = percentiles(owners);
  const bits = owners.map((count) => -Math.log2((count + 1) / (userCount + 1)));
  const values = new Float64Array(users.length * 3);
  for (let row = 0; row < users.length; row++) {
    let size = 0;
    let shown = 0;
    let novel = 0;
    for (; size < k && items[row * k + size]! >= 0; size++) {
      const item = items[row * k + size]!;
      shown += percentile[item] ?? 0;
      novel += bits[item] ?? Math.log2(userCount + 1);
    }
    const [from, to] = [relevant.offsets[users[row]!]!, relevant.offsets[users[row]! + 1]!];
    let found = 0;
    for (let e = from; e < to; e++) found += percentile[relevant.indices[e]!] ?? 0;
    values[row * 3] = shown / Math.max(size, 1);
    values[row * 3 + 1] = to > from ? found / (to - from) : shown / Math.max(size, 1);
    values[row * 3 + 2] = novel / Math.max(size, 1);
  }
  return { values, width: 3 };
}

/** [users x 3] with the first less the second as a fourth. */
function withDifference(values: Float64Array): Float64Array {
  const out = new Float64Array((values.length / 3) * 4);
  for (let row = 0; row < values.length / 3; row++) {
    out.set(values.subarray(row * 3, row * 3 + 3), row * 4);
    out[row * 4 + 3] = values[row * 3]! - values[row * 3 + 1]!;
  }
  return out;
}

/** Share of values below each, equal ones counting half. */
function percentiles(values: Float64Array): Float64Array {
  const order = values.slice().sort();
  const first = new Map<number, number>();
  const last = new Map<number, number>();
  for (const [place, value] of order.entries()) {
    if (!first.has(value)) first.set(value, place);
    last.set(value, place + 1);
  }
  return values.map((value) => (first.get(value)! + last.get(value)!) / 2 / values.length);
}

/** Rows of length 1; empty rows stay empty. */
function unitRows(m: Sparse): Sparse {
  const lengths = rowSums(mapped(m, (value) => value * value)).map(Math.sqrt);
  const values = m.values.slice();
  for (let r = 0; r < m.rows; r++)
    for (let e = m.offsets[r]!; e < m.offsets[r + 1]!; e++) values[e]! /= lengths[r]! || 1;
  return { ...m, values };
}

/**
 * 1 - mean cosine over the pairs of one list, from the length of the sum of its unit vectors:
 * |sum v|^2 = sum |v|^2 + 2 sum of the pairs' cosines. An item without a vector is unlike all; a list of one item is 0.
 */
function unlikeness({ k, items }: Lists, row: number, vectors: Sparse): number {
  const sums = new Map<number, number>();
  let size = 0;
  let own = 0;
  for (; size < k && items[row * k + size]! >= 0; size++) {
    const item = items[row * k + size]!;
    if (item >= vectors.rows) continue;
    for (let e = vectors.offsets[item]!; e < vectors.offsets[item + 1]!; e++) {
      const value = vectors.values[e]!;
      own += value * value;
      sums.set(vectors.indices[e]!, (sums.get(vectors.indices[e]!) ?? 0) + value);
    }
  }
  if (size < 2) return 0;
  let all = 0;
  for (const sum of sums.values()) all += sum * sum;
  return 1 - (all - own) / (size * (size - 1));
}

type Exposed = Pick<ListFigures, 'coverage' | 'gini'>;

/**
 * Coverage and Gini of what is shown. A resample shows fewer distinct items than its users did, only because some come
 * twice; so the spread of the resamples is put around the figure of the users themselves.
 */
function exposure(
  lists: Lists,
  items: number,
  { seed, resamples }: ListOptions,
): { metrics: Exposed; intervals: Record<keyof Exposed, Bounds> } {
  const { users, k } = lists;
  const counts = new Int32Array(items);
  const times = new Int32Array(users.length).fill(1);
  const figures = (): Exposed => {
    counts.fill(0);
    for (let row = 0; row < users.length; row++) {
      const weight = times[row]!;
      if (weight === 0) continue;
      for (let at = row * k; at < row * k + k; at++) {
        const item = lists.items[at]!;
        if (item < 0) break;
        if (item < items) counts[item]! += weight;
      }
    }
    return { coverage: coverageOf(counts), gini: giniOf(counts) };
  };
  const metrics = figures();
  const coverage = new Float64Array(resamples);
  const gini = new Float64Array(resamples);
  for (let s = 0; s < resamples; s++) {
    const draw = random(split(seed, 'bootstrap', s));
    times.fill(0);
    for (let i = 0; i < users.length; i++) times[draw.integer(users.length)]! += 1;
    ({ coverage: coverage[s], gini: gini[s] } = figures());
  }
  return {
    metrics,
    intervals: { coverage: around(metrics.coverage, coverage), gini: around(metrics.gini, gini) },
  };
}

function around(figure: number, resampled: Float64Array): Bounds {
  if (resampled.length === 0) return [0, 0];
  const mean = resampled.reduce((a, b) => a + b, 0) / resampled.length;
  const [low, high] = bounds(resampled.sort());
  return [Math.max(0, figure + low - mean), Math.min(1, figure + high - mean)];
}

function coverageOf(counts: Int32Array): number {
  let shown = 0;
  for (const count of counts) if (count > 0) shown++;
  return shown / Math.max(counts.length, 1);
}

/** Gini coefficient of counts; 0 where all are 0. */
function giniOf(counts: Int32Array): number {
  const sorted = counts.slice().sort();
  let weighted = 0;
  let sum = 0;
  for (let i = 0; i < sorted.length; i++) {
    weighted += (2 * (i + 1) - sorted.length - 1) * sorted[i]!;
    sum += sorted[i]!;
  }
  return sum === 0 ? 0 : weighted / (sorted.length * sum);
}
