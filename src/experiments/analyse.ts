/** A randomised test from one row a member: arms, effects, and whether the draw was sound. */
import { known } from '#errors.ts';
import { quantile } from '#kernels/metrics.ts';
import { numberColumn, type Table, textColumn } from '#table/index.ts';
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
import { type ArmSums, addSums, type CrossSums, statisticOf, thetaOf } from './moments.ts';
import { benjaminiHochberg, holm } from './multiple.ts';
import { type RatioMismatch, ratioMismatch } from './ratio-check.ts';

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
}

export interface ArmResult {
  readonly arm: string;
  /** Members with a metric, and those without, who are left out. */
  readonly n: number;
  readonly missing: number;
  readonly mean: number;
  readonly standardDeviation: number;
  /** Relative and absolute difference to control; null for control itself, or with `why` where nothing can be said. */
  readonly lift: number | null;
  readonly interval: readonly [number, number] | null;
  readonly difference: number | null;
  readonly differenceInterval: readonly [number, number] | null;
  /** Of the absolute difference; corrected for the number of arms. */
  readonly pValue: number | null;
  readonly chanceToWin: number | null;
  /** Expected loss on the relative scale from shipping the arm where it is worse. */
  readonly risk: number | null;
  readonly why?: NoEffect;
}

export interface Analysis {
  readonly control: string;
  readonly members: number;
  readonly metric: 'mean' | 'proportion' | 'ratio';
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
 * @param data columns arm (text), metric (number), and denominator or covariate where there is one; a row a member
 * @throws EXPERIMENT_BAD: no such control arm, one arm only, denominator with covariate, a share or quantile out of range
 */
export function analyse(data: Table, options: AnalyseOptions): Analysis {
  const { control, alpha = 0.05, sequential = false, correction = 'holm' } = options;
  checkOptions(data, options);
  const { names, rowsOf } = armsOf(data, control);
  const capped = cappedColumns(data, options.winsorize);
  const sums = rowsOf.map((rows) => sumsOf(capped, rows));
  const [sumsOfControl] = sums;
  const binary = isBinary(capped.metric) && capped.denominator === undefined;
  const theta = thetaOf(sums.map(({ sums: own }) => own));
  const statistics = sums.map(({ sums: own }) => statisticOf(own, { binary: binary && theta === 0, theta }));
  const compared = statistics.slice(1).map((own) => comparison(statistics[0]!, own, options));
  const raw = compared.map(({ told }) => told?.pValue ?? 1);
  const adjusted = correction === 'none' ? raw : correction === 'holm' ? holm(raw) : benjaminiHochberg(raw);
  const arms = names.map((arm, k): ArmResult => {
    const plain = statisticOf(sums[k]!.sums, { binary });
    const common = {
      ...{ arm, n: sums[k]!.sums.n, missing: sums[k]!.missing, mean: plain.plainMean },
      standardDeviation: Math.sqrt(plain.variance),
    };
    return { ...common, ...(k === 0 ? NOTHING : toldOf(compared[k - 1]!, adjusted[k - 1]!)) };
  });
  const srm = sampleRatio(names, sums, options.shares);
  const missing = missingness(sums);
  return {
    ...{ control, members: sums.reduce((n, own) => n + own.sums.n + own.missing, 0), alpha, correction },
    metric: capped.denominator !== undefined ? 'ratio' : binary ? 'proportion' : 'mean',
    test: sequential ? 'sequential' : 'fixed',
    covariate: theta === 0 || sumsOfControl === undefined ? null : { theta, varianceReduction: reduction(sums, theta) },
    winsorized: capped.cut,
    ...{ arms, srm, missing, readable: srm.ok },
  };
}

const NOTHING = {
  ...{ lift: null, interval: null, difference: null, differenceInterval: null },
  ...{ pValue: null, chanceToWin: null, risk: null },
} as const;

function checkOptions(data: Table, { winsorize, alpha = 0.05, shares }: AnalyseOptions): void {
  if (data.columns.denominator !== undefined && data.columns.covariate !== undefined)
    throw known('EXPERIMENT_BAD', {
      what: 'both a denominator and a covariate',
      expected: 'one of the two: a ratio is not adjusted',
    });
  if (winsorize !== undefined && !(winsorize > 0.5 && winsorize < 1))
    throw known('EXPERIMENT_BAD', { what: `winsorize ${winsorize}`, expected: 'a quantile above 0.5 and below 1' });
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

interface Capped {
  /** NaN where missing. */
  readonly metric: Float64Array;
  readonly denominator?: Float64Array;
  readonly covariate?: Float64Array;
  readonly cut: Analysis['winsorized'];
}

function cappedColumns(data: Table, share: number | undefined): Capped {
  const column = (name: string): Float64Array => {
    const { values, valid } = numberColumn(data, name);
    return values.map((value, i) => (valid?.[i] === 0 || !Number.isFinite(value) ? Number.NaN : value));
  };
  const metric = column('metric');
  const denominator = data.columns.denominator === undefined ? undefined : column('denominator');
  const covariate = data.columns.covariate === undefined ? undefined : filled(column('covariate'));
  if (share === undefined)
    return { metric, ...(denominator && { denominator }), ...(covariate && { covariate }), cut: null };
  const own = capOf(metric, share);
  return {
    metric: own.values,
    ...(denominator && { denominator }),
    ...(covariate && { covariate: capOf(covariate, share).values }),
    cut: { at: own.at, values: own.count },
  };
}

/** A member without a covariate counts as one at its mean: nothing is explained of them. */
function filled(covariate: Float64Array): Float64Array {
  let [sum, n] = [0, 0];
  for (const value of covariate)
    if (!Number.isNaN(value)) {
      sum += value;
      n++;
    }
  return covariate.map((value) => (Number.isNaN(value) ? sum / Math.max(1, n) : value));
}

function capOf(values: Float64Array, share: number): { values: Float64Array; at: number; count: number } {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const at = sorted.length === 0 ? 0 : quantile(sorted, share);
  let count = 0;
  const out = values.map((value) => {
    if (!(value > at)) return value;
    count++;
    return at;
  });
  return { values: out, at, count };
}

interface OfArm {
  readonly sums: ArmSums;
  readonly missing: number;
}

function sumsOf({ metric, denominator, covariate }: Capped, rows: readonly number[]): OfArm {
  const below = denominator ?? covariate;
  let [n, sum, squares, missing] = [0, 0, 0, 0];
  const cross = { sum: 0, squares: 0, product: 0 };
  for (const i of rows) {
    const y = metric[i]!;
    const z = below?.[i] ?? 0;
    if (Number.isNaN(y) || Number.isNaN(z)) {
      missing++;
      continue;
    }
    n++;
    sum += y;
    squares += y * y;
    cross.sum += z;
    cross.squares += z * z;
    cross.product += y * z;
  }
  const given: { denominator?: CrossSums; covariate?: CrossSums } =
    denominator !== undefined ? { denominator: cross } : covariate !== undefined ? { covariate: cross } : {};
  return { sums: { n, sum, squares, ...given }, missing };
}

const isBinary = (metric: Float64Array): boolean =>
  metric.every((value) => Number.isNaN(value) || value === 0 || value === 1);

interface Comparison {
  readonly relative: Effect | NoEffect;
  readonly absolute: Effect | NoEffect;
  readonly told: Told | undefined;
  readonly toldRelative: Told | undefined;
  readonly belief: Believed | undefined;
}

function comparison(
  control: Parameters<typeof effectOf>[0],
  treated: Parameters<typeof effectOf>[1],
  { alpha = 0.05, sequential = false, bayesian = false, inverse = false }: AnalyseOptions,
): Comparison {
  const relative = effectOf(control, treated, { scale: 'relative' });
  const absolute = effectOf(control, treated, { scale: 'absolute' });
  const tell = (effect: Effect | NoEffect) =>
    typeof effect === 'string' ? undefined : (sequential ? alwaysValid : fixedTest)(effect, alpha);
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
): Analysis['srm'] {
  const members = sums.map(({ sums: own, missing }) => own.n + missing);
  const planned = names.map((name) => (shares === undefined ? 1 : (shares[name] ?? 0)));
  if (!planned.some((share) => share > 0))
    throw known('EXPERIMENT_BAD', {
      what: `planned shares of other arms than ${names.join(', ')}`,
      expected: 'a share above 0 for the arms of the file',
    });
  return {
    ...ratioMismatch(members, planned),
    members: Object.fromEntries(names.map((name, k) => [name, members[k]!])),
  };
}

function missingness(sums: readonly OfArm[]): Analysis['missing'] {
  const members = sums.map(({ sums: own, missing }) => own.n + missing);
  const missing = sums.map((own) => own.missing);
  const all = members.reduce((a, b) => a + b, 0);
  const lost = missing.reduce((a, b) => a + b, 0);
  if (lost === 0) return { share: 0, pValue: 1, ok: true };
  const { pValue, ok } = ratioMismatch(missing, members);
  return { share: lost / all, pValue, ok };
}

function reduction(sums: readonly OfArm[], theta: number): number {
  const all = sums.map(({ sums: own }) => own).reduce(addSums);
  const plain = statisticOf(all).variance;
  return plain > 0 ? 1 - statisticOf(all, { theta }).variance / plain : 0;
}
