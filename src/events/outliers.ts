/** Values far from the rest of their column: robust distance from the median on a log scale, so that spread of any size is fair. */
import { type Compute, quoted } from '#engines/index.ts';
import { actionOf, type RuleAction, type RuleKey } from './rules.ts';
import type { ImportContext, TableStage } from './table-stage.ts';

const OUTLIERS: readonly { readonly rule: RuleKey; readonly table: string; readonly column: string }[] = [
  { rule: 'outlier-quantity', table: 'order_lines', column: 'quantity' },
  { rule: 'outlier-paid', table: 'order_lines', column: 'paid' },
  { rule: 'outlier-price', table: 'products', column: 'price' },
];

export interface OutlierReport {
  readonly rule: RuleKey;
  readonly table: string;
  readonly column: string;
  readonly action: RuleAction;
  /** In the column's own unit. */
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
  readonly examples: readonly { readonly file: string; readonly row: number; readonly value: number }[];
}

/** Rows that the scale is taken from: every k-th, so the answer does not hang on threads. */
const SAMPLE = 250_000;
/** Median absolute deviation to standard deviation of a normal; mean absolute deviation likewise. */
const [MAD, MEAN_AD] = [1.4826, 1.2533];
/** A column where nearly all values are equal has a scale of at least this (a tenth up or down). */
const SCALE_MIN = 0.1;

/** Finds outliers and does what their rules say. Values of 0 are not judged. */
export async function treatOutliers(stage: TableStage, context: ImportContext): Promise<OutlierReport[]> {
  const reports: OutlierReport[] = [];
  for (const { rule, table, column } of OUTLIERS) {
    if (table !== stage.table.name || !stage.columns.has(column)) continue;
    const scale = await scaleOf(context.compute, stage.name, column);
    if (scale === undefined) continue;
    const reach = context.limits.outlierDistance * scale.spread;
    const [low, high] = [Math.exp(scale.median - reach), Math.exp(scale.median + reach)];
    reports.push(await treat(stage, context, { rule, column, low, high, median: Math.exp(scale.median) }));
  }
  return reports;
}

async function scaleOf(
  compute: Compute,
  name: string,
  column: string,
): Promise<{ median: number; spread: number } | undefined> {
  const value = quoted(column);
  const [total] = await compute.rows<{ n: number }>(`select count(*) as n from ${name}`);
  const every = Math.max(1, Math.floor(total!.n / SAMPLE));
  const [found] = await compute.rows<{ n: number; median: number | null; mad: number | null; mean: number | null }>(
    `with logs as (
       select ln(${value}::double) as x from ${name} where _tw_bad is null and ${value} > 0 and rowid % ${every} = 0
     ), middle as (select median(x) as m from logs)
     select count(*) as n, any_value(m) as median, median(abs(x - m)) as mad,
       round(sum(round(abs(x - m) * 1e9)::hugeint)::double / greatest(count(*), 1)) / 1e9 as mean from logs, middle`,
  );
  if (found === undefined || found.n < 20 || found.median === null) return undefined;
  const { median, mad, mean } = found;
  return { median, spread: Math.max(SCALE_MIN, mad! > 0 ? MAD * mad! : MEAN_AD * mean!) };
}

async function treat(
  stage: TableStage,
  { compute, rules }: ImportContext,
  found: { rule: RuleKey; column: string; low: number; high: number; median: number },
): Promise<OutlierReport> {
  const { rule, column, low, high, median } = found;
  const action = actionOf(rule, rules);
  const value = quoted(column);
  const far = `_tw_bad is null and ${value} > 0 and (${value}::double < ${low} or ${value}::double > ${high})`;
  const [counted] = await compute.rows<{ n: number }>(`select count(*) as n from ${stage.name} where ${far}`);
  const none: { file: number; row: number; value: number }[] = [];
  const examples =
    counted!.n === 0
      ? none
      : await compute.rows<(typeof none)[number]>(
          `select _tw_file as file, _tw_row as row, ${value}::double as value from ${stage.name} where ${far}
     order by abs(ln(${value}::double) - ${Math.log(median)}) desc, file, row limit 3`,
        );
  const from = stage.parts.flatMap((part) => (part.specs.has(column) ? [column] : [])).slice(0, 1);
  if (counted!.n > 0 && action === 'quarantine')
    await compute.run(`update ${stage.name} set _tw_bad = ${stage.ledger.reason(rule, column, from)} where ${far}`);
  if (counted!.n > 0 && action === 'cap') {
    const type = column === 'quantity' ? 'decimal(18, 3)' : 'bigint';
    const bit = 1n << BigInt(stage.ledger.mend(rule, column, from));
    await compute.run(
      `update ${stage.name} set _tw_fix = _tw_fix | ${bit}, ${value} = (case when ${value}::double > ${high} then floor(${high}) else ceil(${low}) end)::${type} where ${far}`,
    );
  }
  const files = stage.parts.flatMap((part) => part.files);
  return {
    ...{ rule, table: stage.table.name, column, action, median, low, high, count: counted!.n },
    examples: examples.map((example) => ({ ...example, file: files[example.file]?.name ?? '' })),
  };
}
