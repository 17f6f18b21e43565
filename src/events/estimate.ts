/** About how many rows an import will read, for its progress bar: exact for Parquet, by size for all else. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Compute, literal } from '#engines/index.ts';
import type { Mapping, Source } from './mapping.ts';
import { filesOf, formatOf } from './raw.ts';

const HEAD = 1 << 16;
/** Bytes of a row where its length cannot be seen; text shrinks to about a quarter in gzip. */
const [XLSX_ROW, GZIP_ROW] = [30, 25];

/** Files that are missing or broken count as nothing here; reading them says so. */
export async function estimateRows(compute: Compute, mapping: Mapping, dataDir: string): Promise<number> {
  let rows = 0;
  for (const source of Object.values(mapping.tables).flat()) {
    try {
      rows += await rowsOf(compute, source, dataDir);
    } catch {}
  }
  return Math.round(rows);
}

async function rowsOf(compute: Compute, source: Source, dataDir: string): Promise<number> {
  if (source.rows !== undefined) return source.rows.length;
  const files = filesOf(source, dataDir).map((name) => join(dataDir, name));
  const format = source.format ?? formatOf(files[0]!);
  if (format === 'parquet') {
    const list = files.map(literal).join(', ');
    const [found] = await compute.rows<{ n: number }>(
      `select sum(num_rows)::bigint as n from parquet_file_metadata([${list}])`,
    );
    return found!.n;
  }
  return files.reduce((sum, file) => sum + statSync(file).size / bytesPerRow(file, format), 0);
}

function bytesPerRow(file: string, format: string): number {
  if (format === 'xlsx') return XLSX_ROW;
  if (file.endsWith('.gz')) return GZIP_ROW;
  const handle = openSync(file, 'r');
  try {
    const head = Buffer.alloc(HEAD);
    const size = readSync(handle, head, 0, HEAD, 0);
    const lines =
      head
        .subarray(0, size)
        .toString('latin1')
        .split(/\r\n?|\n/).length - 1;
    return size / Math.max(1, lines);
  } finally {
    closeSync(handle);
  }
}
