/** The learned tiers beside simple rules, on a period that neither has seen. */
import { confusion, type TierMetrics, tierMetrics } from '#kernels/metrics.ts';
import {
  bootstrapIntervals,
  type Interval,
  type ReliabilityBin,
  reliability,
  type Spread,
  spreads,
} from '#learners/index.ts';
import { shareCuts, tiersBy } from './cuts.ts';
import { FOLDS, type Lesson, rowsOfFold } from './lesson.ts';
import { resampledGini } from './resampled-gini.ts';

/** What a method says of each judged customer. */
export interface Guess {
  readonly method: string;
  readonly tier: Int32Array;
  /** Anything that rises with the margin that is expected. */
  readonly score: Float64Array;
}

export type MethodMetrics = TierMetrics & { readonly gini: number };
type Figure = keyof MethodMetrics;

export interface MethodReport {
  readonly method: string;
  /** Over five folds of customers. */
  readonly metrics: Readonly<Record<Figure, Spread>>;
  /** 95 % bootstrap intervals over all judged customers. */
  readonly intervals: Readonly<Record<Figure, Interval>>;
}

/** The first method less another on the same customers; above 0 the first is better. */
export interface Difference {
  readonly method: string;
  readonly against: string;
  /** Over all judged customers, with 95 % of paired bootstrap samples. */
  readonly metrics: Readonly<Record<Figure, Interval & { readonly difference: number }>>;
}

/** Ranks cut at the shares that the tiers had in the period before: the one rule by which every method gives tiers. */
export const guessBy = (method: string, score: Float64Array, shares: readonly number[]): Guess => ({
  method,
  tier: tiersBy(score, shareCuts(score, shares)),
  score,
});

/**
 * Figures of each method over the judged customers with their spread, and of the first less each other. One set of
 * bootstrap samples serves all.
 */
export function compare(
  guesses: readonly Guess[],
  judged: Pick<Lesson, 'ids' | 'tier' | 'margin'>,
  { tierCount, seed }: { tierCount: number; seed: number },
): { methods: MethodReport[]; differences: Difference[] } {
  const counters = guesses.map((guess) => counterOf(guess, judged, tierCount));
  const all = counters.map((figures) => figures(new Float64Array(judged.ids.length).fill(1)));
  const named = (records: readonly MethodMetrics[]) => {
    const out: Record<string, number> = {};
    for (const [g, own] of records.entries())
      for (const [name, figure] of Object.entries(own) as [Figure, number][]) {
        out[`${g} ${name}`] = figure;
        out[`0-${g} ${name}`] = records[0]![name] - figure;
      }
    return out;
  };
  const weights = new Float64Array(judged.ids.length);
  const intervals = bootstrapIntervals(
    judged.ids.length,
    (sample) => {
      weights.fill(0);
      for (const i of sample) weights[i]! += 1;
      return named(counters.map((figures) => figures(weights)));
    },
    { seed },
  );
  const figures = Object.keys(all[0] ?? {}) as Figure[];
  const byFigure = <T>(make: (name: Figure) => T) =>
    Object.fromEntries(figures.map((name) => [name, make(name)])) as Record<Figure, T>;
  const methods = guesses.map(({ method }, g) => ({
    method,
    metrics: overFolds(counters[g]!, judged.ids),
    intervals: byFigure((name) => intervals[`${g} ${name}`]!),
  }));
  const differences = guesses.slice(1).map(({ method }, g) => ({
    method: guesses[0]!.method,
    against: method,
    metrics: byFigure((name) => ({
      difference: all[0]![name] - all[g + 1]![name],
      ...intervals[`0-${g + 1} ${name}`]!,
    })),
  }));
  return { methods, differences };
}

type Counter = (weights: Float64Array) => MethodMetrics;

/** Figures of a guess as a function of how often each customer counts. */
function counterOf(guess: Guess, judged: Pick<Lesson, 'tier' | 'margin'>, tierCount: number): Counter {
  const cells = judged.tier.map((tier, i) => tier * tierCount + guess.tier[i]!);
  const gini = resampledGini(
    judged.margin.map((margin) => Math.max(0, margin)),
    guess.score,
  );
  return (weights) => {
    const counts = new Float64Array(tierCount * tierCount);
    for (let i = 0; i < cells.length; i++) counts[cells[i]!]! += weights[i]!;
    return { ...tierMetrics(counts, tierCount), gini: gini(weights) };
  };
}

function overFolds(figures: Counter, ids: readonly string[]): MethodReport['metrics'] {
  const byFold: MethodMetrics[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const rows = rowsOfFold(ids, (own) => own === fold);
    const weights = new Float64Array(ids.length);
    for (const i of rows) weights[i] = 1;
    if (rows.length > 0) byFold.push(figures(weights));
  }
  return spreads(byFold);
}

/** [actual][foretold] customers. */
export function confusionOf(tier: Int32Array, guess: Int32Array, tierCount: number): number[][] {
  const counts = confusion(tier, guess, tierCount);
  return Array.from({ length: tierCount }, (_, k) => Array.from(counts.subarray(k * tierCount, (k + 1) * tierCount)));
}

const BINS = 10;

/** Per tier, customers in bins of about equal size by the chance they were given, and the share to whom it came. */
export function calibrationBins(chances: Float64Array, tier: Int32Array, tierCount: number): ReliabilityBin[][] {
  return Array.from({ length: tierCount }, (_, k) =>
    reliability(
      Float64Array.from(tier, (_, i) => chances[i * tierCount + k]!),
      Float64Array.from(tier, (own) => (own === k ? 1 : 0)),
      { bins: BINS },
    ),
  );
}

/** Mean gap between the chance that was given to each tier and how often it came, weighed by tier: 0 is calibrated. */
export function calibrationGap(chances: Float64Array, tier: Int32Array, tierCount: number): number {
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
