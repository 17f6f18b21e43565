/** An analyst's own file as a relation that SQL can read. */
import { existsSync } from 'node:fs';
import { known } from '#errors.ts';
import type { Compute } from '../engine.ts';
import { literal, quoted } from '../engine.ts';

const READERS: readonly (readonly [RegExp, (file: string) => string])[] = [
  [/\.parquet$/i, (file) => `read_parquet(${file})`],
  [/\.(csv|tsv)(\.gz)?$/i, (file) => `read_csv(${file}, header = true, sample_size = -1)`],
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
  const sql = reader(literal(file));
  try {
    await compute.rows(`describe select * from ${sql}`);
  } catch (cause) {
    const reason = (cause as Error).message.replace(/^duckdb failed: /, '').replace(/ in: describe .*$/s, '');
    throw known('FILE_UNREADABLE', { file, reason }, cause);
  }
  return sql;
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

/** Text of any column: `"name"::varchar`. */
export const asText = (name: string): string => `${quoted(name)}::varchar`;
