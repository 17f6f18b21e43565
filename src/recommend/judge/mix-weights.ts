/**
 * Weights of a mixture of fitted methods, learned on one half of the users of a cut and judged on the other: the mixture is
 * taken only where it is better than the best part on users that chose nothing.
 */
import type { Sparse } from '#kernels/sparse.ts';
import { emptyTop, offer, sortTop } from '#kernels/top-k.ts';
import type { FittedMethod } from '../methods/method.ts';
import { type MixPart, mixed, standardised } from '../methods/mix.ts';
import { type EvaluateOptions, judged, ranked } from './evaluate.ts';
import { type Lists, METRICS, valuesOf } from './metrics.ts';
import { type Difference, paired } from './paired.ts';
import { meansOf } from './resample.ts';

export interface MixJudgement {
  readonly weights: readonly number[];
  /** The mixture less its first part, on users that did not choose the weights. */
  readonly difference: Difference;
  readonly isBetter: boolean;
}

/** Weights tried for one part beside the others'. */
const WEIGHTS = [0, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5];
/** Users that choose the weights, at most. */
const USERS = 2000;
/** The mixture's list is looked for among so many times k best of each part. */
const POOL = 10;

/**
 * Learns and judges weights.
 *
 * @param fits fitted on the cut's training part, the best first
 */
export function learnMix(
  fits: readonly FittedMethod[],
  seen: Sparse,
  held: Sparse,
  options: EvaluateOptions,
): MixJudgement {
  const users = judged(seen, held, { ...options, usersMax: 2 * USERS });
  const choose = users.filter((_, i) => i % 2 === 0);
  const test = users.filter((_, i) => i % 2 === 1);
  const pool = pooled(fits, choose, seen, options);
  const worth = (weights: readonly number[]): number => {
    const figures = { values: valuesOf(listsOf(pool, weights), seen, held, options), width: METRICS.length };
    return meansOf(figures)[METRICS.indexOf('ndcg')]!;
  };
  const weights = climbed(fits.length, worth);
  const hidden = options.keepSeen ? undefined : seen;
  const parts = partsOf(fits, weights);
  const lists = [parts, partsOf(fits.slice(0, 1), [1])].map((own) => {
    const fit = mixed(own, hidden);
    return ranked((part) => fit.score(part), test, seen, options);
  }) as [Lists, Lists];
  const difference = paired(lists, seen, held, options);
  return { weights, difference, isBetter: parts.length > 1 && difference.ndcgInterval[0] > 0 };
}

/** The fits with a weight above 0. */
export const partsOf = (fits: readonly FittedMethod[], weights: readonly number[]): MixPart[] =>
  fits.map((fit, p) => ({ fit, weight: weights[p]! })).filter(({ weight }) => weight > 0);

/** One weight after the other, until a round changes none; starts from the first part alone. Made to add up to 1. */
function climbed(count: number, worth: (weights: readonly number[]) => number): number[] {
  let weights = Array.from({ length: count }, (_, p) => Number(p === 0));
  let best = worth(weights);
  for (let round = 0; round < 3; round++) {
    const before = best;
    for (let p = 1; p < count; p++) {
      for (const weight of WEIGHTS) {
        const tried = weights.with(p, weight);
        const own = worth(tried);
        if (own > best) [best, weights] = [own, tried];
      }
    }
    if (best === before) break;
  }
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** Items of each user among which a mixture's list is looked for, with the standardised scores of each part. */
interface Pool {
  readonly users: Int32Array;
  readonly k: number;
  readonly parts: number;
  /** [users + 1] */
  readonly offsets: Int32Array;
  readonly items: Int32Array;
  /** [items x parts] */
  readonly scores: Float64Array;
}

function pooled(fits: readonly FittedMethod[], users: Int32Array, seen: Sparse, options: EvaluateOptions): Pool {
  const count = seen.columns;
  const wide = { ...options, k: Math.min(count, POOL * options.k) };
  const offsets = new Int32Array(users.length + 1);
  const items: number[] = [];
  const scores: number[] = [];
  const batch = Math.max(1, Math.floor(2_000_000 / Math.max(count * fits.length, 1)));
  for (let from = 0; from < users.length; from += batch) {
    const part = users.subarray(from, Math.min(users.length, from + batch));
    const hide = (row: number) =>
      options.keepSeen
        ? new Int32Array(0)
        : seen.indices.subarray(seen.offsets[part[row]!]!, seen.offsets[part[row]! + 1]!);
    const all = fits.map((fit) => standardised(fit.score(part), count, hide));
    const lists = all.map((own) => ranked(() => own.slice(), part, seen, wide));
    for (let row = 0; row < part.length; row++) {
      const some = new Set<number>();
      for (const list of lists)
        for (const item of list.items.subarray(row * wide.k, (row + 1) * wide.k)) if (item >= 0) some.add(item);
      for (const item of some) {
        items.push(item);
        for (const own of all) scores.push(own[row * count + item]!);
      }
      offsets[from + row + 1] = items.length;
    }
  }
  const { k } = options;
  return { users, k, parts: fits.length, offsets, items: Int32Array.from(items), scores: Float64Array.from(scores) };
}

function listsOf({ users, k, parts, offsets, items, scores }: Pool, weights: readonly number[]): Lists {
  const top = emptyTop(k);
  const out = new Int32Array(users.length * k).fill(-1);
  for (let row = 0; row < users.length; row++) {
    top.size = 0;
    for (let e = offsets[row]!; e < offsets[row + 1]!; e++) {
      let score = 0;
      for (let p = 0; p < parts; p++) score += weights[p]! * scores[e * parts + p]!;
      offer(top, score, items[e]!);
    }
    sortTop(top);
    out.set(top.indices.subarray(0, top.size), row * k);
  }
  return { users, k, items: out };
}
