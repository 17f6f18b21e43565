/** A shop's files become the canonical tables: read, clean, account for every row, write the lake. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type CanonicalTable, SQL_TYPES } from '#catalog/index.ts';
import { type Compute, literal, quoted, writeParquet } from '#engines/index.ts';
import { known } from '#errors.ts';
import { setDuplicatesAside } from './duplicates.ts';
import { finalOf } from './final.ts';
import { lakeFile, replaceView } from './lake.ts';
import type { Mapping } from './mapping.ts';
import { type OutlierReport, treatOutliers } from './outliers.ts';
import { countMends, makeQuarantine, QUARANTINE_COLUMNS } from './quarantine.ts';
import type { ImportReport, RejectReport, RowCounts, RuleReport, SourceReport, TableReport } from './report.ts';
import { pairReturns, type ReturnCounts } from './returns.ts';
import { RULES } from './rules.ts';
import type { Shop } from './shop.ts';
import type { Spec } from './spec.ts';
import { type ImportContext, scratchName, stageTable, type TableStage } from './table-stage.ts';
import { TABLES } from './tables.ts';

export interface ImportProgress {
  readonly table: string;
  readonly step: 'read' | 'clean' | 'write' | 'done';
  /** Rows of this table known by now. */
  readonly rows: number;
  /** Tables done, and of how many. */
  readonly done: number;
  readonly of: number;
}

export interface ImportOptions {
  /** Epoch ms; later times have not happened. */
  readonly now: number;
  /** Made when missing; not touched by a dry run. */
  readonly lakeDir: string;
  readonly quarantineDir: string;
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
  readonly span: { readonly from: number | null; readonly to: number | null };
}

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
 *   PATTERN_INVALID, TOO_MANY_BAD_ROWS (all exit 2), DISK_FULL; ROWS_UNACCOUNTED is a fault of the product
 */
export async function importShop(
  compute: Compute,
  mapping: Mapping,
  dataDir: string,
  options: ImportOptions,
): Promise<ImportReport> {
  const started = performance.now();
  const scratch = mkdtempSync(join(tmpdir(), 'tierwise-import-'));
  const { shop, limits, rules } = mapping;
  const context: ImportContext = { compute, dataDir, scratch, shop, limits, rules, now: options.now };
  const outcomes: Outcome[] = [];
  try {
    await compute.run(`create or replace table ${SEEN} (product_id varchar)`);
    for (const [done, table] of ORDER.entries()) {
      const tell = (step: ImportProgress['step'], rows: number): void =>
        options.onProgress?.({
          table: table.name,
          step,
          rows,
          done: step === 'done' ? done + 1 : done,
          of: ORDER.length,
        });
      outcomes.push(await importTable(table, mapping, context, options, tell));
    }
  } finally {
    await compute.run(`drop table if exists ${SEEN}`);
    await dropScratch(compute);
    rmSync(scratch, { recursive: true, force: true });
  }
  return summary(mapping, options, outcomes, (performance.now() - started) / 1000);
}

async function importTable(
  table: CanonicalTable,
  mapping: Mapping,
  context: ImportContext,
  options: ImportOptions,
  tell: (step: ImportProgress['step'], rows: number) => void,
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
  const sql = extra === undefined ? final.sql : `${final.sql} union all by name (${extra})`;
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
  tell: (step: ImportProgress['step'], rows: number) => void,
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
  mkdirSync(options.lakeDir, { recursive: true });
  mkdirSync(options.quarantineDir, { recursive: true });
  const file = lakeFile(options.lakeDir, table.name);
  await writeParquet(compute, shaped, file);
  const none = QUARANTINE_COLUMNS.replaceAll(/("?\w+"?) (varchar|bigint)/g, 'null::$2 as $1');
  await writeParquet(
    compute,
    aside === undefined ? `select ${none} where false` : `select * from ${aside}`,
    lakeFile(options.quarantineDir, table.name),
  );
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

async function rejectsOf(stage: TableStage, aside: string, compute: Compute): Promise<RejectReport[]> {
  const rows = await compute.rows<{
    reason: string;
    column: string;
    n: number;
    file: string;
    row: number;
    value: string | null;
    raw: string;
  }>(
    `select reason, "column", count(*) over (partition by reason, "column") as n, file, "row", value, raw from ${aside}
     qualify row_number() over (partition by reason, "column" order by file, "row", source) <= 10
     order by n desc, reason, "column", file, "row"`,
  );
  const groups = new Map<string, RejectReport & { samples: RejectReport['samples'][number][] }>();
  for (const { reason, column, n, file, row, value, raw } of rows) {
    const key = `${reason}\n${column}`;
    const label = stage.ledger.reasons.find((own) => own.key === reason) ?? RULES[reason as keyof typeof RULES];
    const group = groups.get(key) ?? {
      table: stage.table.name,
      reason,
      column,
      count: n,
      en: label.en,
      zh: label.zh,
      samples: [],
    };
    group.samples.push({ file, row, column, value, raw });
    groups.set(key, group);
  }
  return [...groups.values()];
}

async function rulesOf(
  stage: TableStage,
  rejects: readonly RejectReport[],
  outliers: readonly OutlierReport[],
  compute: Compute,
): Promise<RuleReport[]> {
  const aside = rejects.map(
    ({ reason, column, count: n, en, zh, samples }): RuleReport => ({
      ...{ key: reason, column, action: 'quarantine', count: n, en, zh },
      examples: samples.slice(0, 3).map(({ file, row, value }) => ({ file, row, column, value })),
    }),
  );
  const mends = (await countMends(stage, compute)).map(({ key, column, count: n, examples }): RuleReport => {
    const { en, zh, actions } = RULES[key as keyof typeof RULES];
    const action = key.startsWith('outlier') ? 'cap' : actions[0] === 'repair' ? 'repair' : 'empty';
    return { key, column, action, count: n, en, zh, examples };
  });
  const flags = outliers
    .filter((outlier) => outlier.action === 'keep' && outlier.count > 0)
    .map(({ rule, column, count: n, examples }): RuleReport => {
      const { en, zh } = RULES[rule];
      const shown = examples.map(({ file, row, value }) => ({ file, row, column, value: String(value) }));
      return { key: rule, column, action: 'keep', count: n, en, zh, examples: shown };
    });
  return [...aside, ...mends, ...flags];
}

function sourcesOf(stage: TableStage): SourceReport[] {
  return stage.parts.flatMap((part) =>
    part.files.map(
      (file, i): SourceReport => ({
        ...{ file: file.name, format: file.format },
        ...(file.encoding === undefined ? {} : { encoding: file.encoding, evidence: file.evidence ?? '' }),
        rows: part.files.length === 1 ? part.fileRows + part.rejects.length : (part.rowsByFile[i] ?? 0),
        mapping: Object.fromEntries([...part.specs].map(([column, spec]) => [column, specText(spec)])),
        unused: part.unused,
      }),
    ),
  );
}

const specText = (spec: Spec): string => (typeof spec === 'string' ? spec : JSON.stringify(spec).replaceAll('"', ''));

async function missingOf(stage: TableStage, compute: Compute): Promise<Record<string, number>> {
  const columns = stage.table.columns.filter(({ name }) => stage.columns.has(name)).map(({ name }) => name);
  if (columns.length === 0) return {};
  const [row] = await compute.rows<Record<string, number>>(
    `select ${columns.map((name) => `count(*) - count(${quoted(name)}) as ${quoted(name)}`).join(', ')} from ${stage.name} where _tw_bad is null`,
  );
  return row!;
}

const guestsOf = async (stage: TableStage, compute: Compute): Promise<number> =>
  count(
    compute,
    `from ${stage.name} where _tw_bad is null ${stage.columns.has('customer_id') ? 'and customer_id is null' : ''}`,
  );

async function spanOf(stage: TableStage, compute: Compute): Promise<Outcome['span']> {
  const column =
    stage.table.name === 'order_lines' ? 'ordered_at' : stage.table.name === 'events' ? 'occurred_at' : undefined;
  if (column === undefined) return { from: null, to: null };
  const [row] = await compute.rows<{ from: number | null; to: number | null }>(
    `select min(${column}) as "from", max(${column}) as "to" from ${stage.name} where _tw_bad is null`,
  );
  return row!;
}

const count = async (compute: Compute, sql: string): Promise<number> =>
  (await compute.rows<{ n: number }>(`select count(*) as n ${sql.startsWith('from ') ? sql : `from (${sql})`}`))[0]!.n;

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
