/** CSV and TSV (RFC 4180, any line end) into a table of text; rows of the wrong width are kept aside. */
import { open } from 'node:fs/promises';
import { type Compute, literal, quoted } from '#engines/index.ts';
import { known } from '#errors.ts';
import { BLANK } from './line-ends.ts';
import type { RawColumn, Reject } from './raw.ts';

export interface TextRead {
  readonly columns: readonly RawColumn[];
  readonly sql: string;
  readonly rejects: readonly Reject[];
  readonly tables: readonly string[];
  readonly rows: number;
}

export interface TextAsked {
  readonly name: string;
  readonly into: string;
  readonly delimiter: string;
  readonly hasBlanks: boolean;
}

const [REJECTS, SCANS] = ['events_tmp_rejects', 'events_tmp_scans'];
/** Longest record in bytes. */
const RECORD_MAX = 16 * 1024 * 1024;

export async function readCsv(compute: Compute, path: string, asked: TextAsked): Promise<TextRead> {
  const names = unique(await header(path, asked));
  const { into, delimiter } = asked;
  const shape = names.map((name) => `${literal(name)}: 'VARCHAR'`).join(', ');
  const drop = `drop table if exists ${REJECTS}; drop table if exists ${SCANS}`;
  await compute.run(drop);
  await compute.run(
    `create or replace table ${into} as select * from read_csv(${literal(path)}, auto_detect = false, header = true,
     delim = ${literal(delimiter)}, quote = '"', escape = '"', nullstr = chr(1), columns = {${shape}},
     max_line_size = ${RECORD_MAX}, store_rejects = true, rejects_table = '${REJECTS}', rejects_scan = '${SCANS}')`,
  );
  const found = await compute.rows<{ line: number; csv_line: string; error: string }>(
    `select line, any_value(csv_line) as csv_line, min(error_message) as error from ${REJECTS} group by line order by line`,
  );
  await compute.run(drop);
  if (asked.hasBlanks && names.length === 1)
    await compute.run(`delete from ${into} where ${quoted(names[0]!)} = ${literal(BLANK)}`);
  const counted = await compute.rows<{ n: number }>(`select count(*) as n from ${into}`);
  const text = (line: string): string => line.replace(/^\r?\n/, '').replace(/\r?\n$/, '');
  const rejects = found
    .map(({ line, csv_line, error }) => ({
      row: line,
      rule: 'ragged-row' as const,
      text: text(csv_line),
      detail: error,
    }))
    .filter((reject) => !reject.text.startsWith(BLANK));
  const columns = names.map((name) => ({ name, type: 'VARCHAR' }));
  if (found.length === 0)
    return {
      columns,
      sql: `select *, rowid + 2 as _tw_row from ${into}`,
      rejects,
      tables: [into],
      rows: counted[0]!.n,
    };
  const numbered = `${into}_rows`;
  const shifts = found.map(({ line }, i) => `(${line - 2 - i}, ${i + 1})`).join(', ');
  await compute.run(
    `create or replace table ${numbered} as
     with shifts as (select rank, max(shift) as shift from (values ${shifts}) as t(rank, shift) group by rank)
     select r.*, r.rowid + 2 + coalesce(s.shift, 0) as _tw_row from ${into} r asof left join shifts s on r.rowid >= s.rank`,
  );
  await compute.run(`drop table ${into}`);
  return { columns, sql: `select * from ${numbered}`, rejects, tables: [numbered], rows: counted[0]!.n };
}

/** Cells of the first record. */
export async function header(path: string, asked: { name: string; delimiter: string }): Promise<string[]> {
  const handle = await open(path);
  let text = '';
  try {
    const decoder = new TextDecoder('utf-8');
    for (let at = 0; at < RECORD_MAX; ) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(1 << 16), 0, 1 << 16, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      text += decoder.decode(buffer.subarray(0, bytesRead), { stream: true });
      const cells = firstRecord(text, asked.delimiter);
      if (cells !== undefined) return cells;
    }
  } finally {
    await handle.close();
  }
  const cells = firstRecord(`${text}\n`, asked.delimiter);
  if (cells === undefined || (cells.length === 1 && cells[0] === ''))
    throw known('FILE_EMPTY', { file: asked.name, table: 'any table: it has not even a header' });
  return cells;
}

/** Cells up to the first line end outside quotes; undefined when there is none. */
export function firstRecord(text: string, delimiter: string): string[] | undefined {
  const cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  let wasQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (isQuoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') cell += text[++i];
      else isQuoted = false;
    } else if (c === '"' && cell === '' && !wasQuoted) {
      isQuoted = true;
      wasQuoted = true;
    } else if (c === delimiter || c === '\n' || c === '\r') {
      cells.push(wasQuoted ? cell : cell.trim());
      cell = '';
      wasQuoted = false;
      if (c !== delimiter) return cells;
    } else cell += c;
  }
  return undefined;
}

/** Headers as names: blank ones by position, repeated ones numbered. */
function unique(cells: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return cells.map((cell, i) => {
    const name = cell === '' ? `column ${i + 1}` : cell;
    const key = name.toLowerCase();
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}
