/** The lake: one Parquet file for each canonical table. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Compute, literal } from '#engines/index.ts';
import { known } from '#errors.ts';
import { TABLES } from './tables.ts';

export const lakeFile = (lakeDir: string, table: string): string => join(lakeDir, `${table}.parquet`);

/**
 * Ids with more distinct values in a row group than this are written plainly: counting them for a dictionary that is
 * then given up takes longer than all the rest (bench/import.bench.ts), and zstd makes both equally small.
 */
const DICTIONARY_MAX = 5000;

/** Writes the rows of `sql`, in its order. The folder must exist. */
export async function writeTable(compute: Compute, sql: string, file: string): Promise<void> {
  const options = `format parquet, compression zstd, dictionary_size_limit ${DICTIONARY_MAX}`;
  await compute.run(`copy (${sql}) to ${literal(file)} (${options})`);
}

/** Makes `name` a view over `sql`, whatever it was before. */
export async function replaceView(compute: Compute, name: string, sql: string): Promise<void> {
  const tables = await compute.rows(`select 1 from duckdb_tables() where table_name = ${literal(name)}`);
  if (tables.length > 0) await compute.run(`drop table ${name}`);
  await compute.run(`create or replace view ${name} as ${sql}`);
}

/**
 * Makes the nine canonical views over an existing lake.
 *
 * @throws WORKSPACE_MISSING when a table's file is not there
 */
export async function openLake(compute: Compute, lakeDir: string): Promise<void> {
  for (const { name } of TABLES) {
    const file = lakeFile(lakeDir, name);
    if (!existsSync(file)) throw known('WORKSPACE_MISSING', { dir: lakeDir, lacks: `${name}.parquet` });
    await replaceView(compute, name, `select * from read_parquet(${literal(file)})`);
  }
}
