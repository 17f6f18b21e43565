/** A shop's files become the canonical tables: read, clean, account for every row, write the lake. */
import { mkdirSync, rmSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { type CanonicalTable, SQL_TYPES } from '#catalog/index.ts';
import { type Compute, literal, quoted, scratchFolder } from '#engines/index.ts';
import { known } from '#errors.ts';
import { setDuplicatesAside } from './duplicates.ts';
import { estimateRows } from './estimate.ts';
import { finalOf } from './final.ts';
import { lakeFile, replaceView, writeTable } from './lake.ts';
import type { Mapping } from './mapping.ts';
import { type OutlierReport, treatOutliers } from './outliers.ts';
import { makeQuarantine } from './quarantine.ts';
import type { ImportReport, RejectReport, RowCounts, TableReport } from './report.ts';
import { pairReturns, type ReturnCounts } from './returns.ts';
import { RULES } from './rules.ts';
import type { Shop } from './shop.ts';
import { count, guestsOf, missingOf, rejectsOf, rulesOf, sourcesOf, spanOf } from './table-report.ts';
import { type ImportContext, stageTable, type TableStage } from './table-stage.ts';
import { TABLES } from './tables.ts';

export interface ImportProgress {
  readonly table: string;
  readonly step: keyof typeof STEPS;
  /** Rows of all tables done so far, and in all; both about right, and equal at the end. */
  readonly rows: number;
  readonly total: number;
}

export interface ImportOptions {
  /** Epoch ms; later times have not happened. */
  readonly now: number;
  /** Folder of the lake, made when missing. Needed unless `dryRun`. */
  readonly lakeDir?: string;
  /** Folder of the rows set aside, made when missing. Needed unless `dryRun`. */
  readonly quarantineDir?: string;
  /** Where copies that can be read are made; default: the system's temporary folder. */
  readonly scratchDir?: string;
  /** Reads, cleans and reports; writes nothing and makes no canonical table. Default false. */
  readonly dryRun?: boolean;
  readonly onProgress?: (progress: ImportProgress) => void;
}

interface Outcome {
  readonly report: TableReport;
  readonly rejects: readonly RejectReport[];
  readonly outliers: readonly OutlierReport[];
  readonly returns: ReturnCounts;
  readonly derived: number;
  readonly guests: number;
  readonly span: ImportReport['span'];
}

/** Share of the work on a table that is done when a step begins. */
const STEPS = { read: 0, clean: 0.5, write: 0.7, done: 1 } as const;
type Tell = (step: keyof typeof STEPS, rows: number) => void;

/** Products last: rows are added for those that only orders and events know. */
const ORDER: readonly CanonicalTable[] = [
  ...TABLES.filter(({ name }) => name !== 'products'),
  ...TABLES.filter(({ name }) => name === 'products'),
];
const SEEN = 'events_tmp_seen_products';
/** Tables whose products must be found in `products`. */
const REFERRING = new Set(['order_lines', 'events', 'reviews']);

/**
 * Imports a shop. Afterwards the canonical tables are views over `lakeDir` (see openLake), except in a dry run.
 *
 * @throws FILE_MISSING, FILE_EMPTY, FILE_BROKEN, COLUMN_MISSING, SHEET_MISSING, ENCODING_WRONG, ENCODING_UNSURE,
 *   PATTERN_INVALID, TOO_MANY_BAD_ROWS, SCRATCH_UNUSABLE (all exit 2), DISK_FULL; ROWS_UNACCOUNTED is a fault of the product
 */
export async function importShop(
  compute: Compute,
  mapping: Mapping,
  dataDir: string,
  options: ImportOptions,
): Promise<ImportReport> {
  const started = performance.now();
  const { dir: scratch, sweep } = scratchFolder('tierwise-import', options.scratchDir);
  const { shop, limits, rules } = mapping;
  const context: ImportContext = { compute, dataDir, scratch, shop, limits, rules, now: options.now };
  const outcomes: Outcome[] = [];
  try {
    await compute.run(`create or replace table ${SEEN} (product_id varchar)`);
    const about = options.onProgress === undefined ? 0 : await estimateRows(compute, mapping, dataDir);
    let before = 0;
    for (const table of ORDER) {
      const tell: Tell = (step, rows) => {
        const done = Math.round(before + rows * STEPS[step]);
        options.onProgress?.({ table: table.name, step, rows: done, total: Math.max(about, done) });
      };
      const outcome = await importTable(table, mapping, context, options, tell);
      before += outcome.report.read;
      outcomes.push(outcome);
    }
    options.onProgress?.({ table: 'products', step: 'done', rows: before, total: before });
  } finally {
    await compute.run(`drop table if exists ${SEEN}`);
    await dropScratch(compute);
    sweep();
  }
  return summary(mapping, options, outcomes, (performance.now() - started) / 1000);
}

async function importTable(
  table: CanonicalTable,
  mapping: Mapping,
  context: ImportContext,
  options: ImportOptions,
  tell: Tell,
): Promise<Outcome> {
  const { compute } = context;
  const sources = mapping.tables[table.name] ?? [];
  tell('read', 0);
  if (sources.length === 0) return emptyTable(table, mapping.shop, compute, options, tell);
  const stage = await stageTable(table, sources, context);
  const read = stage.parts.reduce((sum, part) => sum + part.rows + part.rejects.length, 0);
  tell('clean', read);
  await setDuplicatesAside(stage, context);
  const outliers = await treatOutliers(stage, context);
  const { pairs, counts } =
    table.name === 'order_lines'
      ? await pairReturns(stage, compute)
      : { pairs: undefined, counts: { matched: 0, unmatched: 0 } };
  const aside = await makeQuarantine(stage, compute);
  await stopWhenTooBad(stage, aside, read, context);
  const final = await finalOf(stage, context, pairs);
  if (REFERRING.has(table.name) && stage.columns.has('product_id'))
    await compute.run(
      `insert into ${SEEN} select distinct product_id from ${stage.name} where _tw_bad is null and product_id is not null order by 1`,
    );
  const extra =
    table.name === 'products'
      ? unknownProductsSql(`select product_id from ${stage.name} where _tw_bad is null`, mapping.shop)
      : final.derived;
  tell('write', read);
  const sql = extra === undefined ? final.sql : `(${final.sql}) union all by name (${extra})`;
  const rows = await write(table, sql, aside, compute, options);
  const derived = extra === undefined ? 0 : await count(compute, extra);
  const mended = await count(compute, `from ${stage.name} where _tw_bad is null and _tw_fix <> 0`);
  const quarantined = await count(compute, `from ${aside}`);
  const counts_: RowCounts = { read, kept: rows - derived - mended, repaired: mended, quarantined };
  if (counts_.kept + counts_.repaired + counts_.quarantined !== read || counts_.kept < 0)
    throw known('ROWS_UNACCOUNTED', { table: table.name, ...counts_ });
  const rejects = await rejectsOf(stage, aside, compute);
  const outcome: Outcome = {
    report: {
      ...{ name: table.name, ...counts_, rows, rules: await rulesOf(stage, rejects, outliers, compute) },
      ...{ sources: sourcesOf(stage), missing: await missingOf(stage, compute) },
    },
    ...{ rejects, outliers, returns: counts, derived },
    guests: table.name === 'order_lines' ? await guestsOf(stage, compute) : 0,
    span: await spanOf(stage, compute),
  };
  await final.drop();
  await compute.run(`drop table ${aside}`);
  await stage.drop();
  tell('done', read);
  return outcome;
}

/** Every canonical table exists, also without a source. */
async function emptyTable(
  table: CanonicalTable,
  shop: Shop,
  compute: Compute,
  options: ImportOptions,
  tell: Tell,
): Promise<Outcome> {
  const columns = table.columns.map(({ name, kind }) => `null::${SQL_TYPES[kind]} as ${quoted(name)}`);
  const context = {
    name: table.name,
    read: 0,
    kept: 0,
    repaired: 0,
    quarantined: 0,
    rules: [],
    sources: [],
    missing: {},
  };
  const none = `select ${columns.join(', ')} where false`;
  const extra = table.name === 'products' ? unknownProductsSql('select null where false', shop) : undefined;
  const sql = extra === undefined ? none : `${none} union all by name (${extra})`;
  const rows = await write(table, sql, undefined, compute, options);
  tell('done', 0);
  return {
    report: { ...context, rows },
    ...{ rejects: [], outliers: [], returns: { matched: 0, unmatched: 0 }, derived: rows, guests: 0 },
    span: { from: null, to: null },
  };
}

/** Rows for products that orders, events or reviews name and `products` lacks, so that joins lose nothing. */
function unknownProductsSql(own: string, { currency, language }: Shop): string {
  const title = language === 'zh' ? '未知商品 ' : 'Unknown product ';
  return `select product_id, ${literal(title)} || product_id as title, '未知商品 ' || product_id as title_zh,
      ${literal(currency)} as currency
    from (select distinct product_id from ${SEEN}) where product_id not in (${own}) order by product_id`;
}

async function write(
  table: CanonicalTable,
  sql: string,
  aside: string | undefined,
  compute: Compute,
  options: ImportOptions,
): Promise<number> {
  const shaped = `select ${table.columns.map(({ name }) => quoted(name)).join(', ')} from (${sql})`;
  if (options.dryRun === true) return count(compute, shaped);
  const { lakeDir, quarantineDir } = options;
  if (lakeDir === undefined || quarantineDir === undefined)
    throw new TypeError('an import needs lakeDir and quarantineDir');
  for (const dir of [lakeDir, quarantineDir]) mkdirSync(dir, { recursive: true });
  const file = lakeFile(lakeDir, table.name);
  await writeTable(compute, shaped, file);
  const kept = lakeFile(quarantineDir, table.name);
  if (aside === undefined) rmSync(kept, { force: true });
  else await writeTable(compute, `select * from ${aside}`, kept);
  await replaceView(compute, table.name, `select * from read_parquet(${literal(file)})`);
  return count(compute, `from ${table.name}`);
}

/** When most of a table is wrong, the mapping or the file is: nothing is imported. */
async function stopWhenTooBad(stage: TableStage, aside: string, read: number, context: ImportContext): Promise<void> {
  const faults = Object.entries(RULES).filter(([, rule]) => rule.isFault);
  const isFault = `reason in (${faults.map(([key]) => literal(key)).join(', ')})`;
  const bad = await count(context.compute, `from ${aside} where ${isFault}`);
  const { quarantineShare: limit } = context.limits;
  if (bad <= limit * read) return;
  const [first] = await context.compute.rows<{
    file: string;
    row: number;
    column: string;
    value: string | null;
    reason: string;
  }>(
    `select file, "row", "column", value, reason from ${aside}
     where reason = (select reason from ${aside} where ${isFault} group by reason order by count(*) desc, reason limit 1) order by file, "row" limit 1`,
  );
  const { file, row, column, value, reason } = first!;
  throw known('TOO_MANY_BAD_ROWS', {
    ...{ table: stage.table.name, bad, read, limit, file, row, column: column === '' ? '(whole row)' : column },
    ...{ value: JSON.stringify(value ?? ''), reason: RULES[reason as keyof typeof RULES].en },
  });
}

async function dropScratch(compute: Compute): Promise<void> {
  const left = await compute.rows<{ name: string }>(
    `select table_name as name from duckdb_tables() where starts_with(table_name, 'events_tmp_')`,
  );
  for (const { name } of left) await compute.run(`drop table if exists ${quoted(name)}`);
}

function summary(
  mapping: Mapping,
  options: ImportOptions,
  outcomes: readonly Outcome[],
  seconds: number,
): ImportReport {
  const byName = new Map(outcomes.map((outcome) => [outcome.report.name, outcome]));
  const tables = TABLES.map(({ name }) => byName.get(name)!.report);
  const total = (pick: (report: TableReport) => number): number =>
    tables.reduce((sum, report) => sum + pick(report), 0);
  const rows = {
    read: total((t) => t.read),
    kept: total((t) => t.kept),
    repaired: total((t) => t.repaired),
    quarantined: total((t) => t.quarantined),
  };
  const times = outcomes.flatMap(({ span }) => [span.from, span.to]).filter((time) => time !== null);
  const lines = byName.get('order_lines')!;
  const { name, currency, timeZone } = mapping.shop;
  return {
    ...{ shop: { name, currency, timeZone }, mapping: mapping.file, dryRun: options.dryRun === true, rows, tables },
    derived: { products: byName.get('products')!.derived, refundLines: lines.derived },
    outliers: outcomes.flatMap((outcome) => outcome.outliers),
    ...{ guests: lines.guests, returns: lines.returns },
    rejects: TABLES.flatMap((table) => byName.get(table.name)!.rejects),
    span: times.length === 0 ? { from: null, to: null } : { from: Math.min(...times), to: Math.max(...times) },
    ...{ seconds: Math.round(seconds * 1000) / 1000, rowsPerSecond: Math.round(rows.read / seconds) },
  };
}
