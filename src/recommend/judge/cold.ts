/**
 * How well items are found that nobody has had: a tenth of the items is hidden from training, whole, and must be found
 * for the people who had them from the rest of what these had. Hidden items are drawn by a hash of their id, so that
 * every method is asked the same; the figures of two methods are compared on the same people.
 *
 * The cut is by item, not by time: what a person had later may help to find what they had before, for all alike.
 */
import { hashUniform, random, shuffled } from '#kernels/random.ts';
import type { Sparse } from '#kernels/sparse.ts';
import { emptyTop, offer, sortTop } from '#kernels/top-k.ts';
import { bootstrapIntervals, type Interval } from '#learners/index.ts';
import { countsOf, filtered, type Interactions } from '../data/interactions.ts';
import type { Scorer } from './evaluate.ts';

export interface ColdCut {
  /** What is left: no row of a hidden item; items keep their places and their content. */
  readonly train: Interactions;
  /** [users x items] rows of hidden items */
  readonly held: Sparse;
  /** [items] 1 where hidden */
  readonly hidden: Uint8Array;
}

/**
 * Hides items.
 *
 * @param ids [items] names by which the draw is made
 * @param share of the items, 0 to 1; default 0.1
 */
export function coldCut(
  data: Interactions,
  ids: readonly string[],
  { share = 0.1, seed }: { readonly share?: number; readonly seed: number },
): ColdCut {
  const hidden = Uint8Array.from(ids, (id) => (hashUniform(seed, id) < share ? 1 : 0));
  const keep = Uint8Array.from(data.items, (item) => 1 - hidden[item]!);
  const held = countsOf(
    filtered(
      data,
      keep.map((kept) => 1 - kept),
    ),
  );
  return { train: filtered(data, keep), held, hidden };
}

export const COLD_METRICS = ['recall', 'ndcg'] as const;
export type ColdMetric = (typeof COLD_METRICS)[number];

export interface ColdFigures {
  /** [people] of each metric */
  readonly perPerson: Readonly<Record<ColdMetric, Float64Array>>;
  readonly metrics: Readonly<Record<ColdMetric, number>>;
}

export interface ColdOptions {
  readonly k: number;
  /** Rank the hidden items only, or all items that the person has not had in training. */
  readonly among: 'hidden' | 'all';
}

/** People who had a hidden item and something else; the others cannot be judged: nothing is known of them. */
export function coldPeople({ train, held }: ColdCut): Int32Array {
  const has = new Uint8Array(held.rows);
  for (const user of train.users) has[user] = 1;
  const people: number[] = [];
  for (let user = 0; user < held.rows; user++)
    if (has[user] === 1 && held.offsets[user + 1]! > held.offsets[user]!) people.push(user);
  return Int32Array.from(people);
}

/**
 * Recall and NDCG at k of the hidden items of each person. Equal scores are ordered by a draw: numbers of items may tell
 * of their age or popularity, and a method that knows nothing of hidden items must not gain by them.
 */
export function judgeCold(score: Scorer, cut: ColdCut, people: Int32Array, { k, among }: ColdOptions): ColdFigures {
  const { held, hidden, train } = cut;
  const seen = countsOf(train);
  const order = shuffled(held.columns, random(1));
  const recall = new Float64Array(people.length);
  const ndcg = new Float64Array(people.length);
  const top = emptyTop(k);
  const batch = Math.max(1, Math.floor(4_000_000 / Math.max(held.columns, 1)));
  for (let from = 0; from < people.length; from += batch) {
    const part = people.subarray(from, Math.min(people.length, from + batch));
    const scores = score(part);
    for (const [row, user] of part.entries()) {
      const had = new Set(seen.indices.subarray(seen.offsets[user]!, seen.offsets[user + 1]!));
      top.size = 0;
      for (const [place, item] of order.entries())
        if (hidden[item] === 1 || (among === 'all' && !had.has(item)))
          offer(top, scores[row * held.columns + item]!, place);
      sortTop(top);
      const wanted = new Set(held.indices.subarray(held.offsets[user]!, held.offsets[user + 1]!));
      let [hits, gain, ideal] = [0, 0, 0];
      for (let rank = 0; rank < top.size; rank++) {
        if (rank < wanted.size) ideal += 1 / Math.log2(rank + 2);
        if (!wanted.has(order[top.indices[rank]!]!)) continue;
        hits++;
        gain += 1 / Math.log2(rank + 2);
      }
      recall[from + row] = hits / wanted.size;
      ndcg[from + row] = ideal > 0 ? gain / ideal : 0;
    }
  }
  const mean = (values: Float64Array) => values.reduce((a, b) => a + b, 0) / Math.max(values.length, 1);
  return { perPerson: { recall, ndcg }, metrics: { recall: mean(recall), ndcg: mean(ndcg) } };
}

/** 95 % intervals of how much better `a` is than `b`, by resampling the people both were judged on. */
export function coldGain(
  a: ColdFigures,
  b: ColdFigures,
  { seed, samples = 1000 }: { readonly seed: number; readonly samples?: number },
): { [Name in ColdMetric]?: Interval } {
  const gaps = (metric: ColdMetric) => a.perPerson[metric].map((value, i) => value - b.perPerson[metric][i]!);
  const [recall, ndcg] = [gaps('recall'), gaps('ndcg')];
  const meanOf = (values: Float64Array, rows: Int32Array) => {
    let sum = 0;
    for (const row of rows) sum += values[row]!;
    return sum / Math.max(rows.length, 1);
  };
  const figures = (rows: Int32Array) => ({ recall: meanOf(recall, rows), ndcg: meanOf(ndcg, rows) });
  return bootstrapIntervals(recall.length, figures, { seed, samples });
}
