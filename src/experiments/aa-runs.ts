/**
 * Experiments without any effect, many times over: how often an analysis claims one all the same. Behind the tests (a few
 * hundred runs) and bench/experiments.bench.ts (2,000).
 */
import { type Random, random, split } from '#kernels/random.ts';
import { numbers, type Table, table, textColumn, texts } from '#table/index.ts';
import { analyse } from './analyse.ts';
import { bucketOf } from './assign.ts';
import { covariateColumn, metricColumn } from './members.ts';
import { parseMetric } from './metric-spec.ts';
import { membersOf, type Question, reportOf } from './report.ts';

/** mean: heavy-tailed spend. ratio: revenue per order. clusters: members of a place alike. cupac: a learner's forecast. */
export const DESIGNS = ['mean', 'ratio', 'clusters', 'cupac', 'regression', 'quantile'] as const;
export type Design = (typeof DESIGNS)[number];

export interface AaRun {
  /** At the planned end. */
  readonly fixed: number;
  /** The least at any of the looks of an always-valid test. */
  readonly peeked: number;
  readonly srm: number;
}

const LOOKS = 10;

/** Spend: most buy nothing, some much. */
const spend = (draw: Random, rate: number): number => (draw.uniform() < rate ? 20 * Math.exp(0.9 * draw.normal()) : 0);

/** One experiment of `members` members, arms drawn by hash. */
export async function aaRun(
  design: Design,
  run: number,
  { members, seed }: { members: number; seed: number },
): Promise<AaRun> {
  const data = membersWithoutEffect(design, run, members, seed);
  const { arms, srm } = await asked(design, data, {});
  const fixed = arms[1]!.pValue ?? 1;
  let peeked = 1;
  // forecasts take time: fewer looks
  const looks = design === 'cupac' ? 2 : design === 'regression' ? 3 : LOOKS;
  for (let look = 1; look <= looks; look++) {
    const seen = upTo(data, Math.floor((look * data.length) / looks));
    if (!hasBoth(seen)) continue;
    const { arms: own } = await asked(design, seen, { sequential: true, plannedMembers: members });
    peeked = Math.min(peeked, own[1]?.pValue ?? 1);
  }
  return { fixed, peeked, srm: srm.pValue };
}

async function asked(design: Design, data: Table, more: Partial<Question>) {
  const question: Question = {
    ...{ control: 'a', metrics: [parseMetric(METRICS[design] ?? 'y')], seed: 1, threads: 1, ...more },
    ...(design === 'cupac' ? { covariates: ['x', 'kind'], learner: 'boosting' } : {}),
    ...(design === 'regression' ? { covariates: ['x', 'kind'] } : {}),
  };
  return reportOf(membersOf(data), question);
}

const METRICS: Partial<Record<Design, string>> = { ratio: 'y/z', quantile: 'p90:y' };

function membersWithoutEffect(design: Design, run: number, members: number, seed: number): Table {
  const draw = random(split(seed, design, run));
  const unit = (i: number): string => (design === 'clusters' ? `place ${Math.floor(i / 10)}` : `c${i}`);
  const arm = (i: number): string => (bucketOf(`${design} ${run}`, unit(i)) < 0.5 ? 'a' : 'b');
  const index = Array.from({ length: members }, (_, i) => i);
  const x = index.map(() => draw.gamma(2, 0.1));
  const kind = index.map(() => ['new', 'old', 'idle'][draw.integer(3)]!);
  const levels = index.map(() => 8 * draw.normal());
  const orders = index.map(() => 1 + draw.integer(4));
  const y = index.map((i) => {
    if (design === 'ratio') return orders[i]! * 30 * Math.exp(0.5 * draw.normal());
    if (design === 'clusters') return 50 + levels[Math.floor(i / 10)]! + 10 * draw.normal();
    if (design === 'cupac' || design === 'regression')
      return 0.8 * x[i]! * (kind[i] === 'idle' ? 0.2 : 1) + spend(draw, 0.2);
    if (design === 'quantile') return 20 * Math.exp(0.9 * draw.normal());
    return spend(draw, 0.3);
  });
  return table({
    arm: texts(index.map(arm)),
    ...(design === 'clusters' ? { cluster: texts(index.map(unit)) } : {}),
    [metricColumn('y')]: numbers(y),
    [metricColumn('z')]: numbers(orders),
    [covariateColumn('x')]: numbers(x),
    [covariateColumn('kind')]: texts(kind),
  });
}

const hasBoth = (data: Table): boolean => new Set(textColumn(data, 'arm').codes).size === 2;

function upTo(data: Table, length: number): Table {
  const columns = Object.entries(data.columns).map(([name, column]) => [
    name,
    column.kind === 'number'
      ? { ...column, values: column.values.subarray(0, length) }
      : { ...column, codes: column.codes.subarray(0, length) },
  ]);
  return { length, columns: Object.fromEntries(columns) };
}

/** The same data read as if members of a place had been drawn one by one: a broken control. */
export function blindToClusters(run: number, { members, seed }: { members: number; seed: number }): number {
  const { arm, cluster: _, ...columns } = membersWithoutEffect('clusters', run, members, seed).columns;
  const data = table({ arm: arm!, metric: columns[metricColumn('y')]! });
  return analyse(data, { control: 'a' }).arms[1]!.pValue ?? 1;
}

/** Chance that the largest gap between shares of p-values and their places is so large where p-values are uniform. */
export function uniformChance(pValues: readonly number[]): number {
  const sorted = [...pValues].sort((a, b) => a - b);
  const n = sorted.length;
  const gap = sorted.reduce((most, p, i) => Math.max(most, (i + 1) / n - p, p - i / n), 0);
  // Kolmogorov's law with Stephens' correction for a finite number
  const t = gap * (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n));
  let sum = 0;
  for (let k = 1; k <= 100; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * t * t);
  return Math.min(1, Math.max(0, sum));
}
