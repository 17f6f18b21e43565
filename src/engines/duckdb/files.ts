/** An analyst's own file as a relation that SQL can read. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { known } from '#errors.ts';
import type { Compute } from '../engine.ts';
import { literal } from '../engine.ts';

const READERS: readonly (readonly [RegExp, (file: string, path: string) => string])[] = [
  [/\.parquet$/i, (file) => `read_parquet(${file})`],
  [/\.(csv|tsv)$/i, (file, path) => `read_csv(${file}, header = true, sample_size = -1, ${dialect(path)})`],
  [/\.(csv|tsv)\.gz$/i, (file) => `read_csv(${file}, header = true, sample_size = -1)`],
  [/\.jsonl(\.gz)?$/i, (file) => `read_json(${file}, format = 'newline_delimited')`],
];

/**
 * SQL that reads `file`, told apart by its ending.
 *
 * @throws FILE_UNREADABLE when it is missing, of another kind, or broken
 */
export async function relationOf(compute: Compute, file: string): Promise<string> {
  const reader = READERS.find(([ending]) => ending.test(file))?.[1];
  if (!reader)
    throw known('FILE_UNREADABLE', {
      file,
      reason: 'its ending is none of .parquet .csv .csv.gz .tsv .jsonl .jsonl.gz',
    });
  if (!existsSync(file)) throw known('FILE_UNREADABLE', { file, reason: 'there is no such file' });
  if (/\.jsonl(\.gz)?$/i.test(file)) await needObjects(compute, file);
  const sql = reader(literal(asPattern(file)), file);
  try {
    await compute.rows(`describe select * from ${sql}`);
  } catch (cause) {
    const reason = reasonOf((await rowFault(compute, file)) ?? (cause as Error));
    throw known('FILE_UNREADABLE', { file, reason }, cause);
  }
  return sql;
}

/** Refuses a JSONL file with a line that is no JSON object: the engine names another line, or takes it for one column. */
async function needObjects(compute: Compute, file: string): Promise<void> {
  const lines = `read_csv(${literal(asPattern(file))}, auto_detect = false, header = false, delim = chr(1), quote = '', escape = '',
    nullstr = chr(2), columns = {'line': 'VARCHAR'}, max_line_size = 16777216)`;
  const [bad] = await compute
    .rows<{ place: number; line: string }>(
      `select place, left(line, 60) as line from (select line, row_number() over () as place from ${lines})
       where not coalesce(case when json_valid(line) then json_type(line) end = 'OBJECT', false) order by place limit 1`,
    )
    .catch((cause) => {
      throw known('FILE_UNREADABLE', { file, reason: reasonOf(cause as Error) }, cause);
    });
  if (bad !== undefined)
    throw known('FILE_UNREADABLE', { file, reason: `row ${bad.place} is no JSON object: ${JSON.stringify(bad.line)}` });
}

/** What the engine says, without its advice: for CSV also the line, what it holds and what was expected. */
function reasonOf({ message, cause }: Error): string {
  const all = cause instanceof Error ? cause.message : message;
  const [first = '', second = '', third = ''] = all.split('\n').map((line) => line.trim());
  const said = /CSV Error on Line/.test(first) ? [first, second, third].join(', ').slice(0, 300) : first;
  return said.replace(/^[A-Z][\w ]* Error: /, '');
}

/** The reader takes patterns: signs of one in a name stand for themselves. */
const asPattern = (file: string): string => (existsSync(file) ? file.replace(/[*?[]/g, '[$&]') : file);

/** Why a row of a plain CSV does not fit its header, which the sniffer of types does not tell. */
async function rowFault(compute: Compute, file: string): Promise<Error | undefined> {
  if (!/\.(csv|tsv)$/i.test(file)) return undefined;
  const { line, delimiter } = firstLine(file);
  const columns = line.split(delimiter).map((_, i) => `c${i}: 'VARCHAR'`);
  try {
    await compute.rows(
      `select count(*) from read_csv(${literal(asPattern(file))}, auto_detect = false, header = true, ${dialect(file)}, columns = {${columns.join(', ')}})`,
    );
    return undefined;
  } catch (fault) {
    return fault as Error;
  }
}

/** Read from the first line, so that one bad row further down can't change how all are read. */
const dialect = (file: string): string => `delim = ${literal(firstLine(file).delimiter)}, quote = '"', escape = '"'`;

function firstLine(file: string): { line: string; delimiter: string } {
  const handle = openSync(file, 'r');
  const head = Buffer.alloc(1 << 16);
  const length = readSync(handle, head, 0, head.length, 0);
  closeSync(handle);
  const line = (head.toString('utf8', 0, length).split(/\r?\n/)[0] ?? '').replace(/"[^"]*"/g, '');
  const count = (sign: string): number => line.split(sign).length;
  const delimiter = [',', ';', '\t', '|'].reduce((best, sign) => (count(sign) > count(best) ? sign : best));
  return { line, delimiter };
}

/**
 * Checks that `relation` has the columns, before a query fails on them.
 *
 * @returns type of each column of the relation, as the engine names it
 * @throws FILE_COLUMN_MISSING naming the file and the columns that it has
 */
export async function needColumns(
  compute: Compute,
  relation: string,
  file: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await compute.rows<{ column_name: string; column_type: string }>(`describe select * from ${relation}`);
  const types = new Map(rows.map((row) => [row.column_name, row.column_type]));
  for (const column of names)
    if (!types.has(column)) throw known('FILE_COLUMN_MISSING', { file, column, have: [...types.keys()] });
  return types;
}

/**
 * Refuses a CSV or TSV whose header has a name twice: the engine would rename the second.
 *
 * @param path the same file as the engine can read it
 * @throws COLUMN_TWICE, also for names that differ in capitals only
 */
export function needSingleNames(file: string, path: string): void {
  if (!/\.(csv|tsv)$/i.test(path)) return;
  const seen = new Map<string, string>();
  for (const name of headerNames(path)) {
    const before = seen.get(name.toLowerCase());
    if (before !== undefined) throw known('COLUMN_TWICE', { file, names: [...new Set([before, name])] });
    if (name !== '') seen.set(name.toLowerCase(), name);
  }
}

const HEADER_BYTES = 1 << 22;

function headerNames(path: string): string[] {
  const { delimiter } = firstLine(path);
  const handle = openSync(path, 'r');
  const head = Buffer.alloc(HEADER_BYTES);
  const text = head.toString('utf8', 0, readSync(handle, head, 0, HEADER_BYTES, 0)).replace(/^\ufeff/, '');
  closeSync(handle);
  const names: string[] = [];
  let name = '';
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const sign = text[i]!;
    if (isQuoted) {
      if (sign !== '"') name += sign;
      else if (text[i + 1] === '"') name += text[i++];
      else isQuoted = false;
    } else if (sign === '"') isQuoted = true;
    else if (sign === '\n' || sign === '\r') break;
    else if (sign === delimiter) {
      names.push(name);
      name = '';
    } else name += sign;
  }
  return [...names, name];
}
