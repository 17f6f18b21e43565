/** Writes a result table to a file that an analyst named. */
import { type Compute, literal } from '#engines/index.ts';
import { known } from '#errors.ts';
import type { Table } from '#table/index.ts';

const FORMATS: readonly (readonly [RegExp, string])[] = [
  [/\.parquet$/i, 'format parquet, compression zstd'],
  [/\.csv$/i, 'format csv, header'],
  [/\.csv\.gz$/i, 'format csv, header, compression gzip'],
  [/\.tsv$/i, "format csv, header, delimiter '\t'"],
  [/\.jsonl$/i, 'format json'],
];

/**
 * Writes the result of `sql` to `file`, in the format of its ending.
 *
 * @throws USAGE when the ending is none that can be written
 */
export async function writeResult(compute: Compute, sql: string, file: string): Promise<void> {
  const format = FORMATS.find(([ending]) => ending.test(file))?.[1];
  if (!format)
    throw known('USAGE', {
      what: `--out is "${file}"`,
      expected: 'a file ending in .parquet, .csv, .csv.gz, .tsv or .jsonl',
    });
  await compute.run(`copy (${sql}) to ${literal(file)} (${format})`);
}

/** Writes a table in the order of its rows. */
export async function writeTable(compute: Compute, data: Table, file: string): Promise<void> {
  await compute.load('cli_tmp_out', data);
  await writeResult(compute, 'from cli_tmp_out', file);
  await compute.run('drop table cli_tmp_out');
}
