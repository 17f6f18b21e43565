/** How the import went, and the rows that it set aside. */
import { existsSync, globSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { z } from 'zod';
import type { Compute } from '#engines/index.ts';
import { literal, quoted } from '#engines/index.ts';
import { known } from '#errors.ts';
import type { CsvColumn } from './csv.ts';
import { at, readReport, textAt, wholeAt } from './facts.ts';
import type { QualityReply, RejectsQuery, RejectsReply } from './schemas.ts';
import type { Store } from './store.ts';

type Row = z.infer<typeof RejectsReply>['rows'][number];

const EXPORT_BATCH = 5000;

export interface ImportCount {
  readonly table: string;
  readonly read: number;
  readonly kept: number;
  readonly repaired: number;
  readonly quarantined: number;
}

/** Row counts of the import by table, from reports/quality.json. */
export function importCounts(dir: string): ImportCount[] {
  const tables = at(readReport(dir, 'quality'), 'tables');
  return (Array.isArray(tables) ? tables : []).flatMap((entry: unknown) => {
    const table = textAt(entry, 'name');
    if (table === null) return [];
    const number = (name: string) => wholeAt(entry, name) ?? 0;
    return [
      {
        table,
        read: number('read'),
        kept: number('kept'),
        repaired: number('repaired'),
        quarantined: number('quarantined'),
      },
    ];
  });
}

export function qualityOf(store: Store): Promise<z.infer<typeof QualityReply>> {
  return store.memo('quality', async () => {
    const rejects: z.infer<typeof QualityReply>['rejects'] = [];
    for (const [table, files] of quarantines(store.dir)) {
      const { reason } = await shapeOf(store.compute, files);
      const reasons = await store.compute.rows<{ reason: string; rows: number }>(
        `select coalesce(${reason}, '') as reason, count(*) as "rows" from read_parquet($files) group by 1 order by 2 desc, 1`,
        { files },
      );
      rejects.push({ table, rows: reasons.reduce((sum, r) => sum + r.rows, 0), reasons });
    }
    return { report: readReport(store.dir, 'quality'), rejects };
  });
}

/**
 * Rows of quarantine of one table, in the order of the import.
 *
 * @throws TABLE_UNKNOWN when nothing of that name was set aside
 */
export async function rejectsOf(
  store: Store,
  query: z.infer<typeof RejectsQuery>,
): Promise<z.infer<typeof RejectsReply>> {
  const { files, columns, where, params } = await selection(store, query);
  const [counted] = await store.compute.rows<{ n: number }>(
    `select count(*) as n from read_parquet($files) where ${where}`,
    {
      files,
      ...params,
    },
  );
  const rows = await store.compute.rows<Row>(pageSql(columns, where), {
    files,
    ...params,
    limit: query.limit,
    offset: query.offset,
  });
  return { total: counted?.n ?? 0, columns, rows };
}

/** All of them for export: columns, and the rows in batches. */
export async function allRejects(
  store: Store,
  query: z.infer<typeof RejectsQuery>,
): Promise<{ columns: CsvColumn<Row>[]; batches: AsyncGenerator<Row[]> }> {
  const { files, columns, where, params } = await selection(store, query);
  async function* batches(): AsyncGenerator<Row[]> {
    for (let offset = 0; ; offset += EXPORT_BATCH) {
      const page = { files, ...params, limit: EXPORT_BATCH, offset };
      const rows = await store.compute.rows<Row>(pageSql(columns, where), page);
      if (rows.length > 0) yield rows;
      if (rows.length < EXPORT_BATCH) return;
    }
  }
  return { columns: columns.map((name) => ({ name, cell: (row) => row[name] ?? null })), batches: batches() };
}

function pageSql(columns: readonly string[], where: string): string {
  const list = columns.map((name) => `${quoted(name)}::varchar as ${quoted(name)}`).join(', ');
  return `select ${list} from read_parquet($files, filename = 'serve_file', file_row_number = true) where ${where}
    order by serve_file, file_row_number limit $limit offset $offset`;
}

async function selection(store: Store, { table, reason }: z.infer<typeof RejectsQuery>) {
  const found = quarantines(store.dir);
  const files = found.get(table);
  if (files === undefined) throw known('TABLE_UNKNOWN', { table, tables: [...found.keys()] });
  const shape = await shapeOf(store.compute, files);
  const where = reason === undefined ? 'true' : `${shape.reason} = $reason`;
  return { files, columns: shape.columns, where, params: reason === undefined ? {} : { reason } };
}

/** Tables with rows in quarantine: name to Parquet path or pattern. */
function quarantines(dir: string): Map<string, string> {
  const root = join(dir, 'quarantine');
  if (!existsSync(root)) return new Map();
  const entries = readdirSync(root, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const found = new Map<string, string>();
  for (const entry of entries) {
    const path = join(root, entry.name);
    if (entry.isFile() && entry.name.endsWith('.parquet')) found.set(basename(entry.name, '.parquet'), path);
    if (entry.isDirectory() && globSync(join(path, '*.parquet')).length > 0)
      found.set(entry.name, join(path, '*.parquet'));
  }
  return found;
}

async function shapeOf(compute: Compute, files: string): Promise<{ columns: string[]; reason: string }> {
  const described = await compute.rows<{ column_name: string }>(`describe from read_parquet(${literal(files)})`);
  const columns = described.map((row) => row.column_name);
  const reason = ['reason', 'rule', 'code'].find((name) => columns.includes(name));
  return { columns, reason: reason === undefined ? "''" : `${quoted(reason)}::varchar` };
}
