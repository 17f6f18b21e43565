/** A randomised test from one row a member: arms, effects, and whether the draw was sound. */
import { known } from '#errors.ts';
import { type Table, textColumn } from '#table/index.ts';
import { groupedSums, isGrouped, type OfArm, sumsOf } from './arm-sums.ts';
import { isBinary, type MetricColumns, metricColumns } from './columns.ts';
import {
  alwaysValid,
  type Believed,
  believed,
  type Effect,
  effectOf,
  fixedTest,
  type NoEffect,
  type Told,
} from './effect.ts';
import { type ArmSums, addSums, type Statistic, statisticOf, thetaOf } from './moments.ts';
import { benjaminiHochberg, holm } from './multiple.ts';
import { quantileStatistic } from './quantiles.ts';
import { type RatioMismatch, ratioMismatch, weightedMismatch } from './ratio-check.ts';

export const CORRECTIONS = ['none', 'holm', 'benjamini-hochberg'] as const;

export interface AnalyseOptions {
  /** Value of the arm that the others are compared with. */
  readonly control: string;
  /** Planned share by arm; default equal. */
  readonly shares?: Readonly<Record<string, number>>;
  readonly alpha?: number;
  /** Intervals and p-values that hold at every look; default at the planned end only. */
  readonly sequential?: boolean;
  readonly bayesian?: boolean;
  /** Values above this quantile of all arms together are set to it, e.g. 0.99; of metric and covariate. */
  readonly winsorize?: number;
  /** Over the comparisons of several arms; default holm. */
  readonly correction?: (typeof CORRECTIONS)[number];
  /** Less is better: changes the chance to win alone. */
  readonly inverse?: boolean;
  /** Compares this quantile of the members' values (0.5: the median) and not their means. */
  readonly quantile?: number;
  /** Members of control and one arm together at which a sequential interval is tightest: those planned for. Default 5,000. */
  readonly tightestAt?: number;
}

export interface ArmResult {
  readonly arm: string;
  /** Members with a metric, and those without, who are left out. */
  readonly n: number;
  readonly missing: number;
  /** Clusters, where members were drawn together. */
  readonly clusters?: number;
  readonly mean: number;
  /** Of one member; of one cluster's part where members were drawn together. */
  readonly standardDeviation: number;
  /** Relative and absolute difference to control; null for control itself, or with `why` where nothing can be said. */
  readonly lift: number | null;
  readonly interval: readonly [number, number] | null;
  readonly difference: number | null;
  readonly differenceInterval: readonly [number, number] | null;
  /** Of the absolute difference. */
  readonly standardError: number | null;
  /** Of the absolute difference; corrected for the number of arms. */
  readonly pValue: number | null;
  readonly chanceToWin: number | null;
  /** Expected loss on the relative scale from shipping the arm where it is worse. */
  readonly risk: number | null;
  /** control-below-zero: per cent of a mean below zero would turn more into less; the absolute difference stands. */
  readonly why?: NoEffect | 'control-below-zero';
}

export interface Analysis {
  readonly control: string;
  readonly members: number;
  readonly metric: 'mean' | 'proportion' | 'ratio' | 'quantile';
  readonly alpha: number;
  readonly test: 'fixed' | 'sequential';
  readonly correction: (typeof CORRECTIONS)[number];
  /** CUPED: slope on the covariate, and the share of variance that it took off. */
  readonly covariate: { readonly theta: number; readonly varianceReduction: number } | null;
  /** The amount that values were cut at, and how many were. */
  readonly winsorized: { readonly at: number; readonly values: number } | null;
  readonly arms: readonly ArmResult[];
  readonly srm: RatioMismatch & { readonly members: Readonly<Record<string, number>> };
  /** Same check on who has a metric, which a treatment may change though the draw was sound. */
  readonly missing: { readonly share: number; readonly pValue: number; readonly ok: boolean };
  /** False where the arms are not what the draw should have made: no result may then be read. */
  readonly readable: boolean;
}

/**
 * Analyses one metric.
 *
 * @param data columns arm (text), metric (number), and denominator or covariate where there is one; a row a member. cluster
 *   (text): members of one were drawn together. weight: one over the chance of the member's arm, where chances differ
 * @throws EXPERIMENT_BAD: no such control arm, one arm only, denominator with covariate, a share or quantile out of range
 */
export function analyse(data: Table, options: AnalyseOptions): Analysis {
  const { control, alpha = 0.05, sequential = false, correction = 'holm' } = options;
  const { names, rowsOf, columns, sums, binary, theta, statistics } = statisticsOf(data, options);
  const compared = statistics.slice(1).map((own) => comparison(statistics[0]!, own, options));
  const adjusted = corrected(
    compared.map(({ told }) => told?.pValue ?? 1),
    correction,
  );
  const arms = names.map((arm, k): ArmResult => {
    const { n, missing, clusters, plain } = sums[k]!;
    const isPlain = options.quantile === undefined && !isGrouped(columns);
    const { variance } = isPlain ? statisticOf(plain, { binary }) : statistics[k]!;
    const common = {
      ...{ arm, n, missing, ...(clusters === undefined ? {} : { clusters }), mean: statistics[k]!.plainMean },
      standardDeviation: Math.sqrt(variance),
    };
    return { ...common, ...(k === 0 ? NOTHING : toldOf(compared[k - 1]!, adjusted[k - 1]!)) };
  });
  const srm = sampleRatio(names, sums, options.shares, columns, rowsOf);
  return {
    ...{ control, members: sums.reduce((count, own) => count + own.n + own.missing, 0), alpha, correction },
    metric: kindOf(options, columns, binary),
    test: sequential ? 'sequential' : 'fixed',
    covariate: theta === 0 ? null : { theta, varianceReduction: reduction(sums, theta) },
    winsorized: columns.cut,
    ...{ arms, srm, missing: missingness(sums), readable: srm.ok },
  };
}

/** The effects of the arms relative to control, before any test; undefined where nothing can be said. */
export function relativeEffects(data: Table, options: AnalyseOptions): ReadonlyMap<string, Effect | undefined> {
  const { names, statistics } = statisticsOf(data, options);
  return new Map(
    statistics.slice(1).map((own, k) => {
      const effect = effectOf(statistics[0]!, own, { scale: 'relative' });
      if (typeof effect === 'string') return [names[k + 1]!, undefined];
      // of a control below zero: relative to its size, so that more stays more
      const sign = statistics[0]!.plainMean < 0 ? -1 : 1;
      return [names[k + 1]!, { ...effect, estimate: sign * effect.estimate }];
    }),
  );
}

/** Control first. */
function statisticsOf(data: Table, options: AnalyseOptions) {
  checkOptions(data, options);
  const { names, rowsOf } = armsOf(data, options.control);
  const columns = metricColumns(data, options.winsorize);
  const sums = rowsOf.map((rows) => sumsOf(columns, rows));
  const binary = isBinary(columns.metric) && columns.denominator === undefined;
  const theta = options.quantile === undefined ? thetaOf(sums.map(({ plain }) => plain)) : 0;
  const statistics = rowsOf.map((rows, k) => statisticOfArm(columns, rows, sums, k, { ...options, binary, theta }));
  return { names, rowsOf, columns, sums, binary, theta, statistics };
}

/** Several p-values as they are told together. */
export function corrected(pValues: readonly number[], correction: (typeof CORRECTIONS)[number]): readonly number[] {
  return correction === 'none' ? pValues : correction === 'holm' ? holm(pValues) : benjaminiHochberg(pValues);
}

function kindOf({ quantile }: AnalyseOptions, { denominator }: MetricColumns, binary: boolean): Analysis['metric'] {
  if (quantile !== undefined) return 'quantile';
  return denominator !== undefined ? 'ratio' : binary ? 'proportion' : 'mean';
}

interface Adjusted extends AnalyseOptions {
  readonly binary: boolean;
  readonly theta: number;
}

function statisticOfArm(
  columns: MetricColumns,
  rows: readonly number[],
  sums: readonly OfArm[],
  k: number,
  { quantile, binary, theta }: Adjusted,
): Statistic {
  const { metric, covariate, cluster } = columns;
  if (quantile !== undefined) {
    const kept = rows.filter((i) => !Number.isNaN(metric[i]!));
    const codes = cluster === undefined ? undefined : Int32Array.from(kept, (i) => cluster[i]!);
    return quantileStatistic(
      Float64Array.from(kept, (i) => metric[i]!),
      codes,
      quantile,
    );
  }
  if (!isGrouped(columns)) return statisticOf(sums[k]!.plain, { binary: binary && theta === 0, theta });
  const all = sums.map(({ plain }) => plain).reduce(addSums);
  const centre = covariate === undefined ? 0 : (all.covariate?.sum ?? 0) / Math.max(1, all.n);
  const adjusted = statisticOf(groupedSums(columns, rows, theta, centre));
  return theta === 0
    ? adjusted
    : { ...adjusted, plainMean: statisticOf(groupedSums(columns, rows, 0, centre)).plainMean };
}

const NOTHING = {
  ...{ lift: null, interval: null, difference: null, differenceInterval: null, standardError: null },
  ...{ pValue: null, chanceToWin: null, risk: null },
} as const;

function checkOptions(data: Table, { winsorize, alpha = 0.05, shares, quantile }: AnalyseOptions): void {
  if (data.columns.denominator !== undefined && data.columns.covariate !== undefined)
    throw known('EXPERIMENT_BAD', {
      what: 'both a denominator and a covariate',
      expected: 'one of the two: a ratio is not adjusted',
    });
  if (winsorize !== undefined && !(winsorize > 0.5 && winsorize < 1))
    throw known('EXPERIMENT_BAD', { what: `winsorize ${winsorize}`, expected: 'a quantile above 0.5 and below 1' });
  if (quantile !== undefined && !(quantile > 0 && quantile < 1))
    throw known('EXPERIMENT_BAD', { what: `quantile ${quantile}`, expected: 'a number above 0 and below 1' });
  if (quantile !== undefined && (data.columns.denominator !== undefined || data.columns.weight !== undefined))
    throw known('EXPERIMENT_BAD', {
      what: 'a quantile of a ratio or of weighted members',
      expected: 'a quantile of one column, with arms of one chance each',
    });
  if (!(alpha > 0 && alpha < 0.5))
    throw known('EXPERIMENT_BAD', { what: `alpha ${alpha}`, expected: 'a number above 0 and below 0.5' });
  for (const [arm, share] of Object.entries(shares ?? {}))
    if (!(share >= 0 && Number.isFinite(share)))
      throw known('EXPERIMENT_BAD', { what: `a share of ${share} for arm ${arm}`, expected: 'a number of 0 or more' });
}

/** Arms with the control first, the others by name, and their rows. */
function armsOf(data: Table, control: string): { names: string[]; rowsOf: number[][] } {
  const { codes, dictionary } = textColumn(data, 'arm');
  const rows = new Map<string, number[]>();
  for (let i = 0; i < codes.length; i++) {
    if (codes[i]! < 0) continue;
    const name = dictionary[codes[i]!]!;
    const own = rows.get(name);
    if (own === undefined) rows.set(name, [i]);
    else own.push(i);
  }
  const found = [...rows.keys()].sort();
  if (!rows.has(control))
    throw known('EXPERIMENT_BAD', {
      what: `control arm "${control}", which nobody is in`,
      expected: `one of the arms ${found.slice(0, 10).join(', ')}`,
    });
  if (found.length === 1)
    throw known('EXPERIMENT_BAD', {
      what: `one arm only (${control})`,
      expected: 'at least two: without a control group drawn at random there is no effect to read',
    });
  const names = [control, ...found.filter((name) => name !== control)];
  return { names, rowsOf: names.map((name) => rows.get(name)!) };
}

interface Comparison {
  readonly relative: Effect | NoEffect | 'control-below-zero';
  readonly absolute: Effect | NoEffect;
  readonly told: Told | undefined;
  readonly toldRelative: Told | undefined;
  readonly belief: Believed | undefined;
}

function comparison(
  control: Parameters<typeof effectOf>[0],
  treated: Parameters<typeof effectOf>[1],
  { alpha = 0.05, sequential = false, bayesian = false, inverse = false, tightestAt }: AnalyseOptions,
): Comparison {
  const relative = control.plainMean < 0 ? 'control-below-zero' : effectOf(control, treated, { scale: 'relative' });
  const absolute = effectOf(control, treated, { scale: 'absolute' });
  const tell = (effect: Comparison['relative']) =>
    typeof effect === 'string'
      ? undefined
      : sequential
        ? alwaysValid(effect, alpha, tightestAt)
        : fixedTest(effect, alpha);
  const usable = typeof relative === 'string' ? absolute : relative;
  return {
    ...{ relative, absolute, told: tell(absolute), toldRelative: tell(relative) },
    belief: bayesian && typeof usable !== 'string' ? believed(usable, { alpha, inverse }) : undefined,
  };
}

function toldOf({ relative, absolute, told, toldRelative, belief }: Comparison, pValue: number) {
  const range = (own: Told | undefined) => (own === undefined ? null : ([own.low, own.high] as const));
  const why = typeof absolute === 'string' ? absolute : typeof relative === 'string' ? relative : undefined;
  return {
    lift: typeof relative === 'string' ? null : relative.estimate,
    interval: range(toldRelative),
    difference: typeof absolute === 'string' ? null : absolute.estimate,
    differenceInterval: range(told),
    standardError: typeof absolute === 'string' ? null : absolute.standardError,
    pValue: told === undefined ? null : pValue,
    chanceToWin: belief?.chanceToWin ?? null,
    risk: belief?.risk[1] ?? null,
    ...(why === undefined ? {} : { why }),
  };
}

function sampleRatio(
  names: readonly string[],
  sums: readonly OfArm[],
  shares: AnalyseOptions['shares'],
  { weight }: MetricColumns,
  rowsOf: readonly (readonly number[])[],
): Analysis['srm'] {
  // what was drawn is counted: clusters where members were drawn together
  const members = sums.map(({ n, missing, clusters }) => clusters ?? n + missing);
  const planned = names.map((name) => (shares === undefined ? 1 : (shares[name] ?? 0)));
  if (!planned.some((share) => share > 0))
    throw known('EXPERIMENT_BAD', {
      what: `planned shares of other arms than ${names.join(', ')}`,
      expected: 'a share above 0 for the arms of the file',
    });
  const check =
    weight === undefined
      ? ratioMismatch(members, planned)
      : weightedMismatch(rowsOf.map((rows) => Float64Array.from(rows, (i) => weight[i]!)));
  return { ...check, members: Object.fromEntries(names.map((name, k) => [name, members[k]!])) };
}

function missingness(sums: readonly OfArm[]): Analysis['missing'] {
  const members = sums.map(({ n, missing }) => n + missing);
  const missing = sums.map((own) => own.missing);
  const all = members.reduce((a, b) => a + b, 0);
  const lost = missing.reduce((a, b) => a + b, 0);
  if (lost === 0) return { share: 0, pValue: 1, ok: true };
  const { pValue, ok } = ratioMismatch(missing, members);
  return { share: lost / all, pValue, ok };
}

function reduction(sums: readonly OfArm[], theta: number): number {
  const all = sums.map(({ plain }): ArmSums => plain).reduce(addSums);
  const variance = statisticOf(all).variance;
  return variance > 0 ? 1 - statisticOf(all, { theta }).variance / variance : 0;
}
