/** Uploaded lists of customers: `segments/lists/ID.json` says what came, `ID.parquet` holds the ids. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Compute, writeParquet } from '#engines/index.ts';
import { known } from '#errors.ts';
import { numbers, table, texts } from '#table/index.ts';
import { readDocument, writeDocument } from './documents.ts';
import { type Act, idOf } from './saved.ts';

export interface UploadedList {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly createdBy: string;
  /** Rows with an id; of them `duplicates` repeat one. */
  readonly rows: number;
  readonly duplicates: number;
  /** Different ids, and those of them that no customer had when the list came. */
  readonly ids: number;
  readonly unknown: number;
  /** The first of the unknown ones. */
  readonly unknownSample: readonly string[];
}

const LIST = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.number(),
  createdBy: z.string(),
  rows: z.int(),
  duplicates: z.int(),
  ids: z.int(),
  unknown: z.int(),
  unknownSample: z.array(z.string()),
});
const ID = /^[a-z0-9][a-z0-9-]{0,63}$/;
const ID_LENGTH_MAX = 200;
const SAMPLE = 10;
/** What the heading of a column of ids is called, letters and digits alone. */
const HEADINGS = new Set([
  'customerid',
  'userid',
  'memberid',
  'id',
  '客户id',
  '客户编号',
  '客户号',
  '用户id',
  '会员id',
  '会员号',
  '会员编号',
]);

const folderOf = (dir: string): string => join(dir, 'segments', 'lists');
export const listFile = (dir: string, id: string): string => join(folderOf(dir), `${id}.parquet`);

/** All uploaded lists of the workspace `dir`, newest first. */
export function readLists(dir: string): UploadedList[] {
  const folder = folderOf(dir);
  return (existsSync(folder) ? readdirSync(folder) : [])
    .filter((name) => name.endsWith('.json') && ID.test(name.slice(0, -5)))
    .map((name) => readList(dir, name.slice(0, -5)))
    .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1));
}

/** @throws LIST_UNKNOWN */
export function readList(dir: string, id: string): UploadedList {
  const file = join(folderOf(dir), `${id}.json`);
  const document = ID.test(id) ? readDocument(file) : undefined;
  if (document === undefined || !existsSync(listFile(dir, id))) throw known('LIST_UNKNOWN', { id });
  const read = LIST.safeParse(document);
  if (!read.success) throw known('WORKSPACE_BROKEN', { file, reason: read.error.issues[0]!.message });
  return read.data;
}

/**
 * Keeps a list. All its ids are kept, also those that no customer has: they may come with the next run.
 *
 * @param text one id a line, or CSV with the ids in the first column or in one called customer_id
 * @throws SEGMENT_INVALID when there is no id in it, or one of more than 200 characters
 */
export async function createList(
  compute: Compute,
  dir: string,
  { name, text }: { readonly name: string; readonly text: string },
  { actor, now }: Act,
): Promise<UploadedList> {
  const found = idsIn(text);
  const ids = [...new Set(found)];
  if (ids.length === 0)
    throw known('SEGMENT_INVALID', {
      where: 'list',
      expected: 'one customer id a line, or a CSV file with a column customer_id',
    });
  const id = idOf(name, [actor, now, name, ids.length, text.length]);
  // Tables are seen by every connection: each list is counted in its own.
  const at = `segments_tmp_${id.replaceAll('-', '_')}`;
  mkdirSync(folderOf(dir), { recursive: true });
  try {
    await compute.load(at, table({ customer_id: texts(ids), place: numbers(ids.map((_, i) => i)) }));
    const unknown = await compute.rows<{ id: string; n: number }>(
      `select customer_id as id, count(*) over () as n from ${at} l
       where not exists (from profiles p where p.customer_id = l.customer_id) order by place limit ${SAMPLE}`,
    );
    await writeParquet(compute, `select customer_id from ${at} order by 1`, listFile(dir, id));
    const list: UploadedList = {
      ...{ id, name: name.trim(), createdAt: now, createdBy: actor },
      ...{ rows: found.length, duplicates: found.length - ids.length, ids: ids.length, unknown: unknown[0]?.n ?? 0 },
      unknownSample: unknown.map((row) => row.id),
    };
    writeDocument(join(folderOf(dir), `${id}.json`), list);
    return list;
  } finally {
    await compute.run(`drop table if exists ${at}`);
  }
}

/** Takes a list away that nothing uses. */
export function deleteList(dir: string, id: string): void {
  readList(dir, id);
  rmSync(join(folderOf(dir), `${id}.json`));
  rmSync(listFile(dir, id), { force: true });
}

/** The ids of a text, in order, blanks around them cut. */
export function idsIn(text: string): string[] {
  const rows = cellsOf(text.replace(/^\uFEFF/, ''));
  const heading = rows[0]?.map((cell) => cell.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')) ?? [];
  const named = heading.findIndex((cell) => HEADINGS.has(cell));
  const column = Math.max(named, 0);
  return rows.slice(named < 0 ? 0 : 1).flatMap((row, i) => {
    const id = row[column]?.trim() ?? '';
    if (id.length > ID_LENGTH_MAX)
      throw known('SEGMENT_INVALID', {
        where: `list, row ${i + (named < 0 ? 1 : 2)}`,
        expected: `an id of at most ${ID_LENGTH_MAX} characters`,
      });
    return id === '' ? [] : [id];
  });
}

/** Cells by row (RFC 4180); the delimiter is the one of comma, semicolon and tab that the first line has most of. */
function cellsOf(text: string): string[][] {
  const first = text.slice(0, text.search(/[\r\n]|$/));
  const counts = [',', ';', '\t'].map((mark) => ({ mark, n: first.split(mark).length }));
  const delimiter = counts.reduce((best, each) => (each.n > best.n ? each : best)).mark;
  const pattern = new RegExp(`("(?:[^"]|"")*"|(?!")[^${delimiter}\\r\\n]*)(${delimiter}|\\r\\n|\\r|\\n|$)`, 'gy');
  const rows: string[][] = [[]];
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null)
      throw known('SEGMENT_INVALID', {
        where: `list, row ${rows.length}`,
        expected: 'quotes that end where a cell ends',
      });
    const [, cell = '', end] = match;
    rows.at(-1)!.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end !== delimiter) rows.push([]);
  }
  return rows.filter((row) => row.some((cell) => cell.trim() !== ''));
}
