/** The learned tiers beside simple rules, on a period that neither has seen. */
import { confusion, gini, type TierMetrics, tierMetrics } from '#kernels/metrics.ts';
import { split } from '#kernels/random.ts';
import { bootstrapIntervals, foldOf, type Interval, type Spread, spreads } from '#learners/index.ts';
import { shareCuts, tiersBy } from './assign.ts';
import { foretell, type Lesson, pick, type TierModel, trainTiers } from './train.ts';

export const FOLDS = 5;

/** What a method says of each judged customer. */
export interface Guess {
  readonly tier: Int32Array;
  /** Anything that rises with the margin that is expected. */
  readonly score: Float64Array;
}

export type MethodMetrics = TierMetrics & { readonly gini: number };

export interface MethodReport {
  readonly method: string;
  /** Over five folds of customers. */
  readonly metrics: Readonly<Record<keyof MethodMetrics, Spread>>;
  /** 95 % bootstrap intervals over all judged customers. */
  readonly intervals: Readonly<Record<keyof TierMetrics, Interval>>;
}

/** Ranks cut at the shares that the tiers had in the period before: the one rule by which every method gives tiers. */
export const guessBy = (score: Float64Array, shares: readonly number[]): Guess => ({
  tier: tiersBy(score, shareCuts(score, shares)),
  score,
});

/**
 * Chances and margin that the logistic model gives the judged customers, twice unseen: each customer is foretold by a
 * model that was trained on the period before, without that customer.
 *
 * @param lesson the period before
 * @param whole a model of the whole lesson: its penalty is theirs, and they start from it
 */
export function crossed(lesson: Lesson, judged: Lesson, whole: TierModel): ReturnType<typeof foretell> {
  const tierCount = whole.tierShares.length;
  const out = { chances: new Float64Array(judged.ids.length * tierCount), margin: new Float64Array(judged.ids.length) };
  for (let fold = 0; fold < FOLDS; fold++) {
    const rows = rowsOfFold(judged.ids, (own) => own === fold);
    const part = pick(
      lesson,
      rowsOfFold(lesson.ids, (own) => own !== fold),
    );
    const model = trainTiers(part, whole.logistic.l2, tierCount, whole);
    const { chances, margin } = foretell(model, pick(judged, rows).features);
    for (const [j, i] of rows.entries()) {
      out.margin[i] = margin[j]!;
      for (let k = 0; k < tierCount; k++) out.chances[i * tierCount + k] = chances[j * tierCount + k]!;
    }
  }
  return out;
}

const rowsOfFold = (ids: readonly string[], wanted: (fold: number) => boolean): Int32Array =>
  Int32Array.from(ids.flatMap((id, i) => (wanted(foldOf(id, FOLDS)) ? [i] : [])));

/** Figures of one method over the judged customers, with their spread. */
export function report(method: string, guess: Guess, judged: Lesson, tierCount: number, seed: number): MethodReport {
  const byFold: MethodMetrics[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const rows = rowsOfFold(judged.ids, (own) => own === fold);
    if (rows.length > 0) byFold.push(figures(guess, judged, rows, tierCount));
  }
  return { method, metrics: spreads(byFold), intervals: intervalsOf(guess, judged, tierCount, split(seed, method)) };
}

function figures(guess: Guess, judged: Lesson, rows: Int32Array, tierCount: number): MethodMetrics {
  const counts = confusion(
    rows.map((i) => judged.tier[i]!),
    rows.map((i) => guess.tier[i]!),
    tierCount,
  );
  const margins = Float64Array.from(rows, (i) => Math.max(0, judged.margin[i]!));
  return {
    ...tierMetrics(counts, tierCount),
    gini: gini(
      margins,
      Float64Array.from(rows, (i) => guess.score[i]!),
    ),
  };
}

function intervalsOf(guess: Guess, judged: Lesson, tierCount: number, seed: number): MethodReport['intervals'] {
  const cells = judged.tier.map((tier, i) => tier * tierCount + guess.tier[i]!);
  const figuresOf = (rows: Int32Array): TierMetrics => {
    const counts = new Float64Array(tierCount * tierCount);
    for (let i = 0; i < rows.length; i++) counts[cells[rows[i]!]!]! += 1;
    return tierMetrics(counts, tierCount);
  };
  return bootstrapIntervals<keyof TierMetrics>(cells.length, figuresOf, { seed }) as MethodReport['intervals'];
}

/** Mean gap between the chance that was given to each tier and how often it came, weighed by tier: 0 is calibrated. */
export function calibrationGap(chances: Float64Array, tier: Int32Array, tierCount: number): number {
  const BINS = 10;
  let gap = 0;
  for (let k = 0; k < tierCount; k++) {
    const sums = new Float64Array(BINS);
    const hits = new Float64Array(BINS);
    for (let i = 0; i < tier.length; i++) {
      const chance = chances[i * tierCount + k]!;
      const bin = Math.min(BINS - 1, Math.floor(chance * BINS));
      sums[bin]! += chance;
      hits[bin]! += tier[i] === k ? 1 : 0;
    }
    for (let bin = 0; bin < BINS; bin++) gap += Math.abs(sums[bin]! - hits[bin]!) / tier.length;
  }
  return gap / tierCount;
}
