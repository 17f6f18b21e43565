/**
 * A source file as a relation of the engine: its own columns, text or typed, with `_tw_file` (index of the file within
 * the table) and `_tw_row` (as a spreadsheet counts rows: the header of a CSV or XLSX is row 1; lines of JSONL and rows
 * of Parquet from 1).
 */
import { existsSync, globSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Compute, literal, quoted } from '#engines/index.ts';
import { KnownError, known } from '#errors.ts';
import { readCsv } from './csv.ts';
import { readJsonl } from './jsonl.ts';
import type { Format, Source } from './mapping.ts';
import { prepareText } from './text-file.ts';
import { writeXlsxAsCsv } from './xlsx.ts';

export interface RawColumn {
  readonly name: string;
  /** DuckDB type, upper case. */
  readonly type: string;
}

export interface Reject {
  readonly row: number;
  readonly rule: 'ragged-row' | 'broken-line';
  readonly text: string;
  readonly detail: string;
}

export interface RawFile {
  readonly name: string;
  readonly format: Format | 'rows';
  readonly encoding?: string;
  readonly evidence?: string;
}

export interface Raw {
  /** Files by `_tw_file`, counted from `firstFile`. */
  readonly files: readonly RawFile[];
  readonly firstFile: number;
  readonly columns: readonly RawColumn[];
  /** SELECT that gives every column, `_tw_file` and `_tw_row`. */
  readonly sql: string;
  readonly rejects: readonly Reject[];
  /** Tables to drop when the source is done. */
  readonly tables: readonly string[];
}

export interface ReadOptions {
  readonly dataDir: string;
  readonly scratch: string;
  /** Beginning of the names of tables that may be made. */
  readonly into: string;
  /** Index within the table of the source's first file. */
  readonly firstFile: number;
  /** The canonical table, for messages. */
  readonly table: string;
}

/**
 * The files of a source, each (all together for Parquet) as one relation.
 *
 * @throws FILE_MISSING, FILE_BROKEN, FILE_EMPTY, SHEET_MISSING, ENCODING_WRONG, ENCODING_UNSURE
 */
export async function* readRaw(compute: Compute, source: Source, options: ReadOptions): AsyncGenerator<Raw> {
  if (source.rows !== undefined) {
    yield inlineRows(source.rows, options);
    return;
  }
  const names = filesOf(source, options.dataDir);
  const format = source.format ?? formatOf(names[0]!);
  if (format === 'parquet') {
    yield await readParquet(compute, names, options);
    return;
  }
  for (const [i, name] of names.entries()) {
    const own = { ...options, into: `${options.into}_${i}`, firstFile: options.firstFile + i };
    yield await readTextual(compute, name, source.format ?? formatOf(name), source, own);
  }
}

/** Names of a source's files, relative to the data folder, in order. */
export function filesOf(source: Source, dataDir: string): readonly string[] {
  const pattern = source.file ?? source.files ?? '';
  const found =
    source.files === undefined
      ? existsSync(join(dataDir, pattern))
        ? [pattern]
        : []
      : globSync(pattern, { cwd: dataDir })
          .filter((name) => !isFolder(join(dataDir, name)))
          .map((name) => name.replaceAll('\\', '/'))
          .sort();
  if (source.file !== undefined && found.length > 0 && isFolder(join(dataDir, pattern)))
    throw known('FILE_BROKEN', { file: pattern, format: source.format ?? formatOf(pattern), reason: 'it is a folder' });
  if (found.length > 0) return found;
  const has = existsSync(dataDir) ? readdirSync(dataDir).sort() : [];
  throw known('FILE_MISSING', { file: pattern, dir: dataDir, has: has.slice(0, 20) });
}

const isFolder = (path: string): boolean => statSync(path).isDirectory();

export function formatOf(name: string): Format {
  const plain = name.toLowerCase().replace(/\.gz$/, '');
  if (plain.endsWith('.parquet')) return 'parquet';
  if (plain.endsWith('.xlsx')) return 'xlsx';
  if (/\.(jsonl|ndjson)$/.test(plain)) return 'jsonl';
  return /\.(tsv|tab)$/.test(plain) ? 'tsv' : 'csv';
}

async function readTextual(
  compute: Compute,
  name: string,
  format: Format,
  source: Source,
  options: ReadOptions,
): Promise<Raw> {
  const path = join(options.dataDir, name);
  const delimiter = source.delimiter ?? (format === 'tsv' ? '\t' : ',');
  const index = options.firstFile;
  const csv = format === 'xlsx' ? join(options.scratch, `${index}.xlsx.csv`) : path;
  if (format === 'xlsx') await writeXlsxAsCsv(path, csv, { name, sheet: source.sheet ?? 1 });
  const text = await prepareText(csv, {
    ...{ name, scratch: options.scratch, index },
    encoding: format === 'xlsx' ? 'utf-8' : source.encoding,
    delimiter: format === 'jsonl' ? undefined : format === 'xlsx' ? ',' : delimiter,
  });
  const file: RawFile = {
    ...{ name, format },
    ...(format === 'xlsx' ? {} : { encoding: text.encoding, evidence: text.evidence }),
  };
  const asked = { name, into: options.into, delimiter: format === 'xlsx' ? ',' : delimiter, hasBlanks: text.hasBlanks };
  const read = await broken(name, format, () =>
    format === 'jsonl' ? readJsonl(compute, text.path, asked) : readCsv(compute, text.path, asked),
  );
  const [broke] = read.rejects;
  if (format === 'jsonl' && read.rows === 0 && broke !== undefined)
    throw known('FILE_BROKEN', {
      ...{ file: name, format },
      reason: `none of its lines is a JSON object; row ${broke.row} is ${JSON.stringify(broke.text.slice(0, 80))}`,
    });
  if (read.rows + read.rejects.length === 0) throw known('FILE_EMPTY', { file: name, table: options.table });
  return {
    ...{ files: [file], firstFile: index, columns: read.columns, rejects: read.rejects, tables: read.tables },
    sql: `select *, ${index} as _tw_file from (${read.sql})`,
  };
}

async function readParquet(compute: Compute, names: readonly string[], options: ReadOptions): Promise<Raw> {
  const paths = names.map((name) => join(options.dataDir, name));
  const list = `[${paths.map(literal).join(', ')}]`;
  const { columns, rows } = await broken(names.join(', '), 'parquet', async () => ({
    columns: await compute.rows<{ column_name: string; column_type: string }>(
      `describe select * from read_parquet(${list})`,
    ),
    rows: await compute.rows<{ n: number }>(`select count(*) as n from read_parquet(${list})`),
  }));
  if (rows[0]!.n === 0) throw known('FILE_EMPTY', { file: names.join(', '), table: options.table });
  return {
    files: names.map((name) => ({ name, format: 'parquet' })),
    firstFile: options.firstFile,
    columns: columns.map(({ column_name, column_type }) => ({ name: column_name, type: column_type.toUpperCase() })),
    sql: `select * exclude (file_row_number), (file_index + ${options.firstFile})::integer as _tw_file, file_row_number + 1 as _tw_row
      from read_parquet(${list}, file_row_number = true)`,
    rejects: [],
    tables: [],
  };
}

function inlineRows(rows: NonNullable<Source['rows']>, options: ReadOptions): Raw {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (value: unknown): string => (value === undefined || value === null ? 'null' : literal(String(value)));
  const values = rows.map((row, i) => `(${[...names.map((name) => cell(row[name])), i + 1].join(', ')})`);
  const cast = names.map((name) => `${quoted(name)}::varchar as ${quoted(name)}`);
  return {
    files: [{ name: 'rows of the mapping', format: 'rows' }],
    firstFile: options.firstFile,
    columns: names.map((name) => ({ name, type: 'VARCHAR' })),
    sql: `select ${cast.join(', ')}, _tw_row, ${options.firstFile} as _tw_file from (values ${values.join(', ')}) as t(${[...names.map(quoted), '_tw_row'].join(', ')})`,
    rejects: [],
    tables: [],
  };
}

/** A failure of the engine while it reads a file is the file's fault. */
async function broken<T>(name: string, format: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof KnownError && !['ENGINE_FAILED', 'FILE_BROKEN'].includes(cause.code)) throw cause;
    const under = (cause as Error).cause instanceof Error ? ((cause as Error).cause as Error).message : String(cause);
    const reason = under
      .split('\n')[0]!
      .replace(/^[A-Z][\w ]* Error: /, '')
      .replaceAll(/"?\/[^\s"']*\//g, (path) => (path.startsWith('"') ? '"' : ''));
    throw known('FILE_BROKEN', { file: basename(name) === name ? name : name, format, reason }, cause);
  }
}
