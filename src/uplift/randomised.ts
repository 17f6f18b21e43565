/**
 * Were people drawn into their arms by chance? If so, nothing known of them beforehand tells the arms apart: a classifier
 * that did not see a person guesses their arm no better than a coin, and no feature differs between the arms by more than
 * chance. What is told apart may be a draw that was none, or a column that was measured after it.
 *
 * @see Lopez-Paz and Oquab (2017), Revisiting classifier two-sample tests, ICLR
 */
import { normalCdf, normalQuantile } from '#kernels/distributions.ts';
import { auc } from '#kernels/metrics.ts';
import type { Column } from '#table/index.ts';
import type { Trial } from './trial.ts';
import { CHANCE_LEAST, estimatedChances } from './trials.ts';

export interface FeatureDifference {
  readonly feature: string;
  /** Of a text column: the category that differs most. */
  readonly category?: string;
  /** Difference of the means over the common deviation. */
  readonly standardised: number;
  /** Two-sided, for this feature alone. */
  readonly pValue: number;
}

export interface Randomised {
  /** False: what the arms did cannot be told from who was in them. */
  readonly ok: boolean;
  /** Chance that the classifier puts a treated person above a control; 0.5 where the draw was by chance. */
  readonly auc: number;
  readonly aucInterval: readonly [number, number];
  readonly pValue: number;
  /** Features that differ between the arms by more than chance, the most first; at most five. */
  readonly differing: readonly FeatureDifference[];
  /** Share of people whose estimated chance to be treated is next to 0 or 1: nobody is like them on the other side. */
  readonly withoutLike: number;
  readonly why?: string;
  readonly needed?: string;
}

/** A false alarm in a thousand sound draws, for either of the two looks. */
const ALARM = 0.0005;

export interface Checked {
  readonly randomised: Randomised;
  /** [rows] estimated chance to be treated, by models that did not see the person. */
  readonly chances: Float64Array;
}

/**
 * Looks at a trial whose chances to be treated are known, or said to be the same for everybody.
 *
 * @param estimated chances were estimated since nobody knows them: the answer is no, whatever the arms look like
 */
export function checkRandomised(
  trial: Trial,
  {
    seed,
    threads,
    estimated = false,
  }: { readonly seed: number; readonly threads?: number; readonly estimated?: boolean },
): Checked {
  const chances = estimatedChances(trial, seed, threads);
  const weights = inverseChances(trial);
  const found = auc(trial.treated, chances, weights);
  const se = spreadOfAuc(trial, weights);
  const half = normalQuantile(0.975) * se;
  const pValue = 1 - normalCdf((found - 0.5) / se);
  const differing = differences(trial, weights);
  const bound = ALARM / Math.max(1, trial.features.length);
  const far = differing.filter((own) => own.pValue < bound).slice(0, 5);
  const cut = chances.reduce((n, e) => n + Number(e < CHANCE_LEAST || e > 1 - CHANCE_LEAST), 0) / chances.length;
  const isBalanced = pValue >= ALARM && far.length === 0;
  const aucInterval = [found - half, Math.min(1, found + half)] as const;
  const common = { auc: found, aucInterval, pValue, differing: far, withoutLike: cut };
  const ok = isBalanced && !estimated;
  return { chances, randomised: { ok, ...common, ...(ok ? {} : reasons(common, isBalanced)) } };
}

function reasons({ auc: found, pValue, differing }: Omit<Randomised, 'ok'>, isBalanced: boolean) {
  const needed =
    'a draw by chance: hold some people back at random (10 % of them, say) and keep the arm of each, or log the chance that each had of the arm they were given (--propensity)';
  if (isBalanced)
    return { why: 'nobody knows how people came to their arms: the chances were estimated from the columns', needed };
  const names = differing.map(({ feature }) => feature);
  const isGuessed = pValue < ALARM;
  const told = [
    ...(isGuessed ? [`the columns tell who was treated (AUC ${found.toFixed(3)}, 0.5 were a draw by chance)`] : []),
    ...(names.length > 0 ? [`the arms differ by more than chance in ${names.join(', ')}`] : []),
  ];
  return {
    why: told.join('; '),
    needed: `${needed}. A column that was measured after the draw is to be left out (--ignore)`,
  };
}

/** [rows] weights that make either side like everybody; undefined where all had the same chance. */
export function inverseChances({ treated, propensity }: Trial): Float64Array | undefined {
  if (propensity.every((e) => e === propensity[0])) return undefined;
  const share = treated.reduce((n, t) => n + t, 0) / treated.length;
  return propensity.map((e, i) => (treated[i] === 1 ? share / e : (1 - share) / (1 - e)));
}

/** Standard error of the AUC of a score that means nothing; people of unlike weight count as fewer. */
function spreadOfAuc({ treated }: Trial, weights: Float64Array | undefined): number {
  const sums = [0, 1].map((side) => {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < treated.length; i++)
      if (treated[i] === side) {
        const w = weights?.[i] ?? 1;
        sum += w;
        squares += w * w;
      }
    return (sum * sum) / squares;
  });
  const [a, b] = [sums[0]!, sums[1]!];
  return Math.sqrt((a + b + 1) / (12 * a * b));
}

function differences(trial: Trial, weights: Float64Array | undefined): FeatureDifference[] {
  const all = trial.features.flatMap((feature): FeatureDifference[] => {
    const own = indicators(trial.data.columns[feature]!).map(({ category, value }) => ({
      feature,
      ...(category === undefined ? {} : { category }),
      ...difference(trial, value, weights),
    }));
    const [worst, ...rest] = own;
    if (worst === undefined) return [];
    return [rest.reduce((a, b) => (b.pValue < a.pValue ? b : a), worst)].map((found) => ({
      ...found,
      pValue: Math.min(1, found.pValue * own.length),
    }));
  });
  return all.sort((a, b) => a.pValue - b.pValue || Math.abs(b.standardised) - Math.abs(a.standardised));
}

const CATEGORIES_MOST = 20;

/** Numbers that stand for a column: itself (missing counts as the mean), and 1 for each of its frequent categories. */
function indicators(column: Column): { category?: string; value: (row: number) => number }[] {
  if (column.kind === 'number') {
    const { values, valid } = column;
    let [sum, count] = [0, 0];
    for (let i = 0; i < values.length; i++)
      if (valid?.[i] !== 0 && Number.isFinite(values[i])) {
        sum += values[i]!;
        count++;
      }
    if (count === 0) return [];
    const own = {
      value: (row: number) => (valid?.[row] === 0 || !Number.isFinite(values[row]) ? sum / count : values[row]!),
    };
    if (count === values.length) return [own];
    return [own, { value: (row) => Number(valid?.[row] === 0 || !Number.isFinite(values[row])) }];
  }
  const { codes, dictionary } = column;
  const counts = new Float64Array(dictionary.length);
  for (const code of codes) if (code >= 0) counts[code]! += 1;
  const frequent = [...counts.keys()].sort((a, b) => counts[b]! - counts[a]! || a - b).slice(0, CATEGORIES_MOST);
  return frequent
    .filter((code) => counts[code]! > 0)
    .map((code) => ({ category: dictionary[code]!, value: (row) => Number(codes[row] === code) }));
}

function difference({ treated }: Trial, value: (row: number) => number, weights: Float64Array | undefined) {
  const sums = [
    { n: 0, sum: 0, squares: 0, weights2: 0 },
    { n: 0, sum: 0, squares: 0, weights2: 0 },
  ];
  const first = value(0);
  for (let i = 0; i < treated.length; i++) {
    const own = sums[treated[i]!]!;
    const w = weights?.[i] ?? 1;
    // Less the first value: large numbers that differ by little keep their digits.
    const x = value(i) - first;
    own.n += w;
    own.weights2 += w * w;
    own.sum += w * x;
    own.squares += w * x * x;
  }
  const [control, arm] = sums.map(({ n, sum, squares, weights2 }) => ({
    mean: sum / n,
    variance: Math.max(0, squares / n - (sum / n) ** 2),
    count: (n * n) / weights2,
  })) as [Side, Side];
  const spread = Math.sqrt((control.variance + arm.variance) / 2);
  if (!(spread > 1e-12 * Math.max(1, Math.abs(first)))) return { standardised: 0, pValue: 1 };
  const off = arm.mean - control.mean;
  const z = off / Math.sqrt(control.variance / control.count + arm.variance / arm.count);
  return { standardised: off / spread, pValue: 2 * (1 - normalCdf(Math.abs(z))) };
}

interface Side {
  readonly mean: number;
  readonly variance: number;
  readonly count: number;
}
