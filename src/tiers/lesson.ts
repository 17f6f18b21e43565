/** One row a customer: where they stood at a moment, and what the period after it brought. */
import { foldOf } from '#learners/index.ts';
import type { Table } from '#table/index.ts';
import { rowsOf } from './relative.ts';

export interface Lesson {
  readonly ids: readonly string[];
  /** Number columns only, relative to the moment's yardsticks. */
  readonly features: Table;
  /** [customers] tier index of the period after */
  readonly tier: Int32Array;
  /** [customers] margin of the period after, minor units */
  readonly margin: Float64Array;
}

export const FOLDS = 5;

/** True where a model can be learned: 50 customers, two tiers of at least 5. */
export function teachable({ ids, tier }: Pick<Lesson, 'ids' | 'tier'>): boolean {
  const counts = new Map<number, number>();
  for (const k of tier) counts.set(k, (counts.get(k) ?? 0) + 1);
  return ids.length >= 50 && [...counts.values()].filter((n) => n >= 5).length >= 2;
}

/** The customers of a lesson at `rows`. */
export function pick(lesson: Lesson, rows: Int32Array): Lesson {
  return {
    ids: Array.from(rows, (i) => lesson.ids[i]!),
    features: rowsOf(lesson.features, rows),
    tier: Int32Array.from(rows, (i) => lesson.tier[i]!),
    margin: Float64Array.from(rows, (i) => lesson.margin[i]!),
  };
}

/** The first `size` customers, or all. */
export const head = (lesson: Lesson, size: number): Lesson =>
  lesson.ids.length <= size
    ? lesson
    : pick(
        lesson,
        Int32Array.from({ length: size }, (_, i) => i),
      );

/** Rows whose fold, by the hash of the id, is wanted. */
export const rowsOfFold = (ids: readonly string[], wanted: (fold: number) => boolean): Int32Array =>
  Int32Array.from(ids.flatMap((id, i) => (wanted(foldOf(id, FOLDS)) ? [i] : [])));

/** Row numbers of a fold: to judge, and the others, to learn from. */
export interface Part {
  readonly fold: number;
  readonly inside: Int32Array;
  readonly held: Int32Array;
}

/** The folds that have customers to judge and two tiers to learn from. */
export function partsOf({ ids, tier }: Pick<Lesson, 'ids' | 'tier'>): Part[] {
  return Array.from({ length: FOLDS }, (_, fold) => ({
    fold,
    inside: rowsOfFold(ids, (own) => own !== fold),
    held: rowsOfFold(ids, (own) => own === fold),
  })).filter(({ inside, held }) => held.length > 0 && inside.some((i) => tier[i] !== tier[inside[0]!]));
}

/** [tiers] share of the lesson's customers in each tier. */
export function sharesOf(tier: Int32Array, tierCount: number): number[] {
  const counts = new Float64Array(tierCount);
  for (const k of tier) counts[k]! += 1;
  return Array.from(counts, (n) => n / tier.length);
}

/** [tiers] mean margin of each tier; 0 of one that the lesson has none of. */
export function meanMargins({ tier, margin }: Pick<Lesson, 'tier' | 'margin'>, tierCount: number): number[] {
  const counts = new Float64Array(tierCount);
  const sums = new Float64Array(tierCount);
  for (const [i, k] of tier.entries()) {
    counts[k]! += 1;
    sums[k]! += margin[i]!;
  }
  return Array.from(sums, (sum, k) => (counts[k]! > 0 ? sum / counts[k]! : 0));
}
