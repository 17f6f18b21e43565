/** The tier of the next period, learned by multinomial logistic regression from where customers stand now. */
import { fitLogistic, innerFoldOf, type LogisticModel, likeliest, logistic } from '#learners/index.ts';
import { logLoss } from '#kernels/metrics.ts';
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
  readonly tierCount: number;
  /** [tiers] mean margin of each tier in the lesson; what a chance of it is worth. */
  readonly tierMargins: readonly number[];
}

const PENALTIES = [300, 30, 3] as const;
const VALIDATION_ROWS_MAX = 6000;

/** True where a model can be learned: 50 customers, two tiers of at least 5. */
export function teachable({ ids, tier }: Pick<Lesson, 'ids' | 'tier'>): boolean {
  const counts = new Map<number, number>();
  for (const k of tier) counts.set(k, (counts.get(k) ?? 0) + 1);
  return ids.length >= 50 && [...counts.values()].filter((n) => n >= 5).length >= 2;
}

/** The penalty that foretells best on a quarter of the lesson's own customers, learned from the other three. */
export function choosePenalty(lesson: Lesson, tierCount: number): number {
  const rows = Int32Array.from(lesson.ids, (_, i) => i).slice(0, VALIDATION_ROWS_MAX);
  const held = rows.filter((i) => innerFoldOf(lesson.ids[i]!, 4) === 0);
  const kept = rows.filter((i) => innerFoldOf(lesson.ids[i]!, 4) !== 0);
  const part = pick(lesson, kept);
  if (held.length === 0 || !teachable(part)) return PENALTIES[0];
  const judged = pick(lesson, held);
  let best: { l2: number; loss: number } | undefined;
  let start: LogisticModel | undefined;
  for (const l2 of PENALTIES) {
    const model: TierModel = trainTiers(part, l2, tierCount, start && { logistic: start });
    start = model.logistic;
    const loss = logLoss(judged.tier, tierChances(model, judged.features), tierCount);
    if (best === undefined || loss < best.loss) best = { l2, loss };
  }
  return best!.l2;
}

/**
 * Learns from a lesson.
 *
 * @param start a like model to start from: sooner there, the same answer
 */
export function trainTiers(lesson: Lesson, l2: number, tierCount: number, start?: Pick<TierModel, 'logistic'>): TierModel {
  const label = { kind: 'number' as const, values: Float64Array.from(lesson.tier) };
  const data: Table = { length: lesson.ids.length, columns: { ...lesson.features.columns, label } };
  const model = fitLogistic(data, { ...logistic.defaults, l2, tolerance: 1e-5, iterationsMax: 200 }, start?.logistic);
  const sums = new Float64Array(tierCount);
  const counts = new Float64Array(tierCount);
  for (const [i, k] of lesson.tier.entries()) {
    if (k >= tierCount) continue;
    sums[k]! += lesson.margin[i]!;
    counts[k]! += 1;
  }
  return { logistic: model, tierCount, tierMargins: Array.from(sums, (sum, k) => (counts[k]! > 0 ? sum / counts[k]! : 0)) };
}

/** Chances of each tier [rows x tiers]; 0 of a tier that the lesson had none of. */
export function tierChances(model: TierModel, features: Table): Float64Array {
  const known = logistic.chances(model.logistic, features);
  const classes = model.logistic.classes.map(Number);
  const out = new Float64Array(features.length * model.tierCount);
  for (let i = 0; i < features.length; i++)
    for (const [c, tier] of classes.entries()) out[i * model.tierCount + tier] = known[i * classes.length + c]!;
  return out;
}

/** Likeliest tier, and expected margin of the period, a row each. */
export function foretell(model: TierModel, features: Table): { chances: Float64Array; tier: Int32Array; margin: Float64Array } {
  const chances = tierChances(model, features);
  const margin = new Float64Array(features.length);
  for (let i = 0; i < margin.length; i++)
    for (let k = 0; k < model.tierCount; k++) margin[i]! += chances[i * model.tierCount + k]! * model.tierMargins[k]!;
  return { chances, tier: Int32Array.from(likeliest(chances, model.tierCount)), margin };
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
