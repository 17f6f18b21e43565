/** The tier of the next period, learned by multinomial logistic regression from where customers stand now. */

import { logLoss } from '#kernels/metrics.ts';
import { fitLogistic, innerFoldOf, type LogisticModel, logistic } from '#learners/index.ts';
import type { Table } from '#table/index.ts';
import { rowsOf } from './relative.ts';

/** One row a customer: features of one moment, and what the period after it brought. */
export interface Lesson {
  readonly ids: readonly string[];
  /** Number columns only. */
  readonly features: Table;
  /** [customers] tier index of the period after */
  readonly tier: Int32Array;
  /** [customers] margin of the period after, minor units */
  readonly margin: Float64Array;
}

/** Plain data. */
export interface TierModel {
  readonly logistic: LogisticModel;
  /** [tiers] share of the lesson's customers in each tier */
  readonly tierShares: readonly number[];
  /** [tiers] mean margin of each tier in the lesson; what a chance of it is worth. */
  readonly tierMargins: readonly number[];
}

const PENALTIES = [5000, 500, 50, 5] as const;
const INNER_FOLDS = 3;
const INNER_ROWS_MAX = 4000;

/** True where a model can be learned: 50 customers, two tiers of at least 5. */
export function teachable({ ids, tier }: Pick<Lesson, 'ids' | 'tier'>): boolean {
  const counts = new Map<number, number>();
  for (const k of tier) counts.set(k, (counts.get(k) ?? 0) + 1);
  return ids.length >= 50 && [...counts.values()].filter((n) => n >= 5).length >= 2;
}

/**
 * The penalty with the least log loss over three folds of the lesson's own customers, each foretold by a model of the
 * others.
 */
export function choosePenalty(lesson: Lesson, tierCount: number): number {
  const part = pick(
    lesson,
    Int32Array.from({ length: Math.min(lesson.ids.length, INNER_ROWS_MAX) }, (_, i) => i),
  );
  const losses = new Float64Array(PENALTIES.length);
  for (let fold = 0; fold < INNER_FOLDS; fold++) {
    const inside = pick(
      part,
      rowsWhere(part.ids, (own) => own !== fold),
    );
    const held = pick(
      part,
      rowsWhere(part.ids, (own) => own === fold),
    );
    if (held.ids.length === 0 || !teachable(inside)) return PENALTIES[0];
    let start: TierModel | undefined;
    for (const [p, l2] of PENALTIES.entries()) {
      start = trainTiers(inside, l2, tierCount, start);
      losses[p]! += logLoss(held.tier, tierChances(start, held.features), tierCount) * held.ids.length;
    }
  }
  return PENALTIES[losses.indexOf(Math.min(...losses))]!;
}

const rowsWhere = (ids: readonly string[], wanted: (fold: number) => boolean): Int32Array =>
  Int32Array.from(ids.flatMap((id, i) => (wanted(innerFoldOf(id, INNER_FOLDS)) ? [i] : [])));

function sharesOf(tier: Int32Array, tierCount: number): number[] {
  const counts = new Float64Array(tierCount);
  for (const k of tier) counts[k]! += 1;
  return Array.from(counts, (n) => n / tier.length);
}

/**
 * Learns from a lesson.
 *
 * @param start a like model to start from: sooner there, the same answer
 */
export function trainTiers(lesson: Lesson, l2: number, tierCount: number, start?: TierModel): TierModel {
  const label = { kind: 'number' as const, values: Float64Array.from(lesson.tier) };
  const data: Table = { length: lesson.ids.length, columns: { ...lesson.features.columns, label } };
  const params = { ...logistic.defaults, l2, tolerance: 5e-5, iterationsMax: 200 };
  const model = fitLogistic(data, params, start?.logistic);
  const shares = sharesOf(lesson.tier, tierCount);
  const sums = new Float64Array(tierCount);
  for (const [i, k] of lesson.tier.entries()) sums[k]! += lesson.margin[i]!;
  const margins = Array.from(sums, (sum, k) => (shares[k]! > 0 ? sum / (shares[k]! * lesson.tier.length) : 0));
  return { logistic: model, tierShares: shares, tierMargins: margins };
}

/** Chances of each tier [rows x tiers]; 0 of a tier that the lesson had none of. */
function tierChances(model: TierModel, features: Table): Float64Array {
  const known = logistic.predict(model.logistic, features);
  const classes = model.logistic.classes.map(Number);
  const tierCount = model.tierShares.length;
  const out = new Float64Array(features.length * tierCount);
  for (let i = 0; i < features.length; i++)
    for (const [c, tier] of classes.entries()) out[i * tierCount + tier] = known[i * classes.length + c]!;
  return out;
}

/** The chances of each tier [rows x tiers], and the margin of the period that they make one expect, a row each. */
export function foretell(model: TierModel, features: Table): { chances: Float64Array; margin: Float64Array } {
  const chances = tierChances(model, features);
  const tierCount = model.tierShares.length;
  const margin = new Float64Array(features.length);
  for (let i = 0; i < margin.length; i++)
    for (let k = 0; k < tierCount; k++) margin[i]! += chances[i * tierCount + k]! * model.tierMargins[k]!;
  return { chances, margin };
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
