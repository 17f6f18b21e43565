/** All sources of one canonical table in one scratch table of the engine. */
import { type CanonicalTable, SQL_TYPES } from '#catalog/index.ts';
import { type Compute, quoted } from '#engines/index.ts';
import { KnownError, known } from '#errors.ts';
import { Ledger } from './ledger.ts';
import type { Limits, Source } from './mapping.ts';
import { type RawFile, type Reject, readRaw } from './raw.ts';
import type { RuleAction } from './rules.ts';
import { type Relation, shaped } from './shape.ts';
import type { Shop } from './shop.ts';
import type { Spec } from './spec.ts';
import { specsOf, stageSql } from './stage.ts';

export interface ImportContext {
  readonly compute: Compute;
  readonly dataDir: string;
  readonly scratch: string;
  readonly shop: Shop;
  readonly limits: Limits;
  readonly rules: Readonly<Record<string, RuleAction>>;
  readonly now: number;
}

/** One relation that was read, kept until its table is done, to show the cells of single rows. */
export interface Part {
  readonly sourceIndex: number;
  readonly source: Source;
  readonly relation: Relation;
  readonly files: readonly RawFile[];
  readonly firstFile: number;
  readonly specs: ReadonlyMap<string, Spec>;
  readonly unused: readonly string[];
  /** Rows in the files; for `distinct` sources more than were read. */
  readonly fileRows: number;
  readonly rows: number;
  /** Rows of each file, where the part has several. */
  readonly rowsByFile: readonly number[];
  readonly rejects: readonly Reject[];
}

export interface TableStage {
  readonly table: CanonicalTable;
  /** Scratch table: canonical columns that have a source, `_tw_file`, `_tw_row`, `_tw_bad`, `_tw_fix`. */
  readonly name: string;
  readonly ledger: Ledger;
  readonly parts: readonly Part[];
  readonly columns: ReadonlySet<string>;
  /** Columns which some source maps; the import gives the values where none does. */
  readonly isMapped: (column: string) => boolean;
  readonly drop: () => Promise<void>;
}

/** Name of a scratch table. */
export const scratchName = (table: string, what: string): string => `events_tmp_${table}_${what}`;

export async function stageTable(
  table: CanonicalTable,
  sources: readonly Source[],
  context: ImportContext,
): Promise<TableStage> {
  const { compute } = context;
  const name = scratchName(table.name, 'stage');
  const ledger = new Ledger();
  const parts: Part[] = [];
  const columns = new Map<string, string>();
  const tables: string[] = [];
  await compute.run(`drop table if exists ${name}`);
  for (const [sourceIndex, source] of sources.entries()) {
    const lookups = await readLookups(source, table.name, sourceIndex, context, tables);
    const coveredTo = await latest(compute, name, source.dropOverlap, columns);
    const firstFile = parts.reduce((sum, part) => sum + part.files.length, 0);
    const into = scratchName(table.name, `raw${sourceIndex}`);
    const asked = { dataDir: context.dataDir, scratch: context.scratch, into, firstFile, table: table.name };
    for await (const raw of readRaw(compute, source, asked)) {
      tables.push(...raw.tables);
      const relation = await kept(
        compute,
        source,
        shaped(source, raw, lookups),
        `${into}_distinct${parts.length}`,
        tables,
      );
      const stageable = { ...raw, columns: relation.columns };
      const staged = stageSql(table, source, stageable, relation.sql, { ...context, ledger, coveredTo });
      await insert(compute, table, name, staged, columns, source);
      parts.push({
        ...{ sourceIndex, source, relation, files: raw.files, firstFile: raw.firstFile, rejects: raw.rejects },
        ...{ specs: specsOf(table, source, new Map(relation.columns.map((c) => [c.name, c]))), unused: staged.unused },
        fileRows: await countOf(compute, raw.sql),
        rows: await countOf(compute, source.distinct === undefined ? raw.sql : relation.sql),
        rowsByFile: raw.files.length === 1 ? [] : await countByFile(compute, raw.sql, raw.firstFile, raw.files.length),
      });
    }
  }
  return {
    ...{ table, name, ledger, parts, columns: new Set(columns.keys()) },
    isMapped: (column) => parts.some((part) => part.specs.has(column)),
    drop: async () => {
      for (const own of [...tables, name]) await compute.run(`drop table if exists ${own}`);
    },
  };
}

/** Gathering one row for each value is done once. */
async function kept(
  compute: Compute,
  source: Source,
  relation: Relation,
  name: string,
  tables: string[],
): Promise<Relation> {
  if (source.distinct === undefined) return relation;
  await compute.run(`create or replace table ${name} as ${relation.sql}`);
  tables.push(name);
  return { ...relation, sql: `select * from ${name}` };
}

async function insert(
  compute: Compute,
  table: CanonicalTable,
  name: string,
  staged: { sql: string; columns: readonly string[] },
  columns: Map<string, string>,
  source: Source,
): Promise<void> {
  const isFirst = columns.size === 0;
  const types = new Map(table.columns.map((column) => [column.name, SQL_TYPES[column.kind]]));
  for (const column of staged.columns) {
    if (columns.has(column)) continue;
    const type = types.get(column) ?? 'BIGINT';
    columns.set(column, type);
    if (!isFirst) await compute.run(`alter table ${name} add column ${quoted(column)} ${type}`);
  }
  if (isFirst) {
    const list = [...columns].map(([column, type]) => `${quoted(column)} ${type}`);
    list.push('_tw_file integer', '_tw_row bigint', '_tw_bad smallint', '_tw_fix bigint');
    await compute.run(`create table ${name} (${list.join(', ')})`);
  }
  try {
    await compute.run(`insert into ${name} by name ${staged.sql}`);
  } catch (cause) {
    throw patternFault(cause, source) ?? cause;
  }
}

/** A strptime pattern or regular expression that the engine refuses is the mapping's fault. */
function patternFault(cause: unknown, source: Source): KnownError | undefined {
  const reason = cause instanceof KnownError && cause.cause instanceof Error ? cause.cause.message.split('\n')[0]! : '';
  if (
    !/strptime|format specifier|regex|parenthes|missing [)\]]|missing argument|invalid perl|repetition|bad escape/i.test(
      reason,
    )
  )
    return undefined;
  return known(
    'PATTERN_INVALID',
    { file: source.file ?? source.files ?? 'rows', what: 'a pattern of its mapping', reason },
    cause,
  );
}

async function readLookups(
  source: Source,
  table: string,
  index: number,
  context: ImportContext,
  tables: string[],
): Promise<Relation[]> {
  const found: Relation[] = [];
  for (const [i, lookup] of (source.lookup ?? []).entries()) {
    const own: Source = { file: lookup.file, columns: 'same', repeated: 'keep' };
    const into = scratchName(table, `lookup${index}_${i}`);
    const asked = {
      dataDir: context.dataDir,
      scratch: context.scratch,
      into,
      firstFile: 9_000_000 + index * 100 + i,
      table,
    };
    for await (const raw of readRaw(context.compute, own, asked)) {
      tables.push(...raw.tables);
      found.push({ sql: raw.sql, columns: raw.columns });
    }
  }
  return found;
}

async function latest(
  compute: Compute,
  name: string,
  column: string | undefined,
  columns: ReadonlyMap<string, string>,
): Promise<number | undefined> {
  if (column === undefined || !columns.has(column)) return undefined;
  const [row] = await compute.rows<{ at: number | null }>(
    `select max(${quoted(column)}) as at from ${name} where _tw_bad is null`,
  );
  return row?.at ?? undefined;
}

const countOf = async (compute: Compute, sql: string): Promise<number> =>
  (await compute.rows<{ n: number }>(`select count(*) as n from (${sql})`))[0]!.n;

async function countByFile(compute: Compute, sql: string, firstFile: number, files: number): Promise<number[]> {
  const rows = await compute.rows<{ file: number; n: number }>(
    `select _tw_file as file, count(*) as n from (${sql}) group by 1`,
  );
  const counts = new Map(rows.map(({ file, n }) => [file, n]));
  return Array.from({ length: files }, (_, i) => counts.get(firstFile + i) ?? 0);
}
