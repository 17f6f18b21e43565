/** How the recommender did, run after run: one row a moment, method, part, tier and metric. */
import type { Compute } from '#engines/index.ts';
import { numbers, table, texts } from '#table/index.ts';
import type { ShopRecommendReport } from './evaluate-shop.ts';

export interface HistoryRow {
  /** Moment that the judged days end at, epoch ms. */
  readonly asOf: number;
  readonly method: string;
  /** all, repeat or explore. */
  readonly part: string;
  /** Null: everybody. */
  readonly tier: string | null;
  readonly metric: string;
  readonly value: number;
}

/** The figures of one report, as rows. */
export function historyOf(report: ShopRecommendReport): HistoryRow[] {
  const { asOf, methods, tiers } = report;
  const rowsOf = (method: string, tier: string | null, parts: (typeof methods)[string]) =>
    Object.entries(parts).flatMap(([part, { users, metrics }]) =>
      users === 0
        ? []
        : Object.entries(metrics).map(([metric, value]) => ({ asOf, method, part, tier, metric, value })),
    );
  return [
    ...Object.entries(methods).flatMap(([method, parts]) => rowsOf(method, null, parts)),
    ...tiers.flatMap(({ tier, parts }) => rowsOf('shown', tier ?? '', parts)),
  ];
}

/**
 * Makes `recommend_history` (as_of, method, part, tier, metric, value): what an earlier run kept and this
 * report. A second report of the same moment takes the place of the first. Of `tier`, null is everybody and '' who had
 * no tier.
 *
 * @param before Parquet file of an earlier run
 */
export async function keepHistory(
  compute: Compute,
  report: ShopRecommendReport,
  { before }: { before?: string } = {},
): Promise<void> {
  const rows = historyOf(report);
  await compute.run(`create or replace table recommend_history (as_of bigint, method varchar, part varchar, tier varchar,
    metric varchar, value double)`);
  if (before !== undefined)
    await compute.run(
      'insert into recommend_history by name select as_of, method, part, tier, metric, value from read_parquet($before) where as_of <> $asOf',
      { before, asOf: report.asOf },
    );
  await compute.load(
    'recommend_tmp_history',
    table({
      as_of: numbers(rows.map((row) => row.asOf)),
      method: texts(rows.map((row) => row.method)),
      part: texts(rows.map((row) => row.part)),
      tier: texts(rows.map((row) => row.tier)),
      metric: texts(rows.map((row) => row.metric)),
      value: numbers(rows.map((row) => row.value)),
    }),
  );
  await compute.run(
    'insert into recommend_history select as_of::bigint, method, part, tier, metric, value from recommend_tmp_history',
  );
  await compute.run('drop table recommend_tmp_history');
  await compute.run(
    'create or replace table recommend_history as from recommend_history order by as_of, method, part, tier nulls first, metric',
  );
}
