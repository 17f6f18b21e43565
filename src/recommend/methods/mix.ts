/**
 * Several fitted methods as one: each one's scores of a user are standardised (mean 0, deviation 1 over the items that may
 * be shown), weighted and added, so that a share of the mixture's weight means the same whatever the scale of the scores.
 */
import type { Sparse } from '#kernels/sparse.ts';
import type { Because, FittedMethod } from './method.ts';

export interface MixPart {
  readonly fit: FittedMethod;
  /** Above 0. */
  readonly weight: number;
}

/** What is left out of mean and deviation, since it is not shown: the rows of these users; undefined: nothing. */
export type Hidden = Sparse | undefined;

/**
 * The parts as one method. A reason for an item is each part's own reason by what the part gave to the item's score.
 *
 * @param hidden [users x items] rows of items that are not shown to their user
 */
export function mixed(parts: readonly MixPart[], hidden: Hidden): FittedMethod {
  const { itemCount } = parts[0]!.fit;
  const rowScores = parts.every(({ fit }) => fit.scoreRows !== undefined);
  const reasons = parts.filter(({ fit }) => fit.because !== undefined);
  const added = (scores: (fit: FittedMethod) => Float64Array, exclude: Exclude): Float64Array => {
    let sum: Float64Array | undefined;
    for (const { fit, weight } of parts) {
      const own = standardised(scores(fit), itemCount, exclude);
      if (sum === undefined) sum = own.map((score) => weight * score);
      else for (let i = 0; i < own.length; i++) sum[i]! += weight * own[i]!;
    }
    return sum!;
  };
  return {
    name: 'mix',
    params: Object.fromEntries(parts.map(({ fit, weight }) => [fit.name, weight])),
    model: { weights: parts.map(({ weight }) => weight), parts: parts.map(({ fit }) => fit.model), hidden },
    itemCount,
    score: (users) => added((fit) => fit.score(users), rowsAt(hidden, users)),
    ...(rowScores && {
      scoreRows: (rows: Sparse) =>
        added((fit) => fit.scoreRows!(rows), hidden === undefined ? () => NOTHING : (row) => rowOf(rows, row)),
    }),
    ...(reasons.length > 0 && {
      because: (user: number, item: number, most: number) => becauseOf(parts, hidden, { user, item, most }),
    }),
  };
}

/** Items of the row of a batch that are not shown. */
type Exclude = (row: number) => Int32Array;

const NOTHING = new Int32Array(0);
const rowOf = (m: Sparse, row: number): Int32Array => m.indices.subarray(m.offsets[row]!, m.offsets[row + 1]!);
const rowsAt = (hidden: Hidden, users: Int32Array): Exclude =>
  hidden === undefined ? () => NOTHING : (row) => rowOf(hidden, users[row]!);

/** Scores [n x items] less their row's mean, over its deviation; a row without differences becomes 0. In place. */
export function standardised(scores: Float64Array, items: number, exclude: Exclude): Float64Array {
  for (let row = 0; row * items < scores.length; row++) {
    const own = scores.subarray(row * items, (row + 1) * items);
    const out = exclude(row);
    const count = items - out.length;
    // Set aside rather than taken off the sums: what is hidden may be a thousand times what is not.
    const aside = Float64Array.from(out, (item) => own[item]!);
    for (const item of out) own[item] = 0;
    let sum = 0;
    for (let i = 0; i < items; i++) sum += own[i]!;
    const mean = count > 0 ? sum / count : 0;
    for (const item of out) own[item] = mean;
    let squares = 0;
    for (let i = 0; i < items; i++) squares += (own[i]! - mean) ** 2;
    const deviation = Math.sqrt(squares / Math.max(count, 1));
    for (let o = 0; o < out.length; o++) own[out[o]!] = aside[o]!;
    const scale = deviation > 1e-12 * Math.abs(mean) && deviation > 0 ? 1 / deviation : 0;
    for (let i = 0; i < items; i++) own[i] = (own[i]! - mean) * scale;
  }
  return scores;
}

function becauseOf(
  parts: readonly MixPart[],
  hidden: Hidden,
  { user, item, most }: { user: number; item: number; most: number },
): Because[] {
  const users = Int32Array.of(user);
  const given = parts.map(({ fit, weight }) =>
    Math.max(0, weight * standardised(fit.score(users), fit.itemCount, rowsAt(hidden, users))[item]!),
  );
  const total = given.reduce((a, b) => a + b, 0);
  const shares = new Map<number, number>();
  if (total === 0) return [];
  for (const [p, { fit }] of parts.entries()) {
    // Of a part's reasons all are asked for: what is small in one may be large in the sum.
    for (const { item: own, share } of fit.because?.(user, item, fit.itemCount) ?? [])
      shares.set(own, (shares.get(own) ?? 0) + (share * given[p]!) / total);
  }
  return [...shares]
    .map(([own, share]) => ({ item: own, share }))
    .sort((a, b) => b.share - a.share || a.item - b.item)
    .slice(0, most);
}
