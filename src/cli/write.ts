/** Writes a result table to a file that an analyst named. */
import { accessSync, constants, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Compute, literal, quoted } from '#engines/index.ts';
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
 * The format that the ending of `file` asks for; to be asked for before long work whose result is written there.
 *
 * @param option the option that named the file
 * @throws USAGE when the ending is none that can be written, or the folder is not there or not to be written to
 */
export function formatOf(file: string, option = 'out'): string {
  const format = FORMATS.find(([ending]) => ending.test(file))?.[1];
  if (!format)
    throw known('USAGE', {
      what: `--${option} is "${file}"`,
      expected: 'a file ending in .parquet, .csv, .csv.gz, .tsv or .jsonl',
    });
  needWritable(file, option);
  return format;
}

/**
 * To be asked for before long work whose result is written to `file`.
 *
 * @throws USAGE when its folder is not there or not to be written to
 */
export function needWritable(file: string, option: string): void {
  const folder = dirname(resolve(file));
  const what = `--${option} is "${file}"`;
  if (!existsSync(folder)) throw known('USAGE', { what, expected: 'a file in a folder that exists' });
  if (!isWritable(folder)) throw known('USAGE', { what, expected: 'a file in a folder that can be written to' });
  if (existsSync(file) && statSync(file).isDirectory())
    throw known('USAGE', { what: `${what}, which is a folder`, expected: 'a file' });
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Writes the result of `sql` to `file`, in the format of its ending; what was there stays until all is written. */
export async function writeResult(compute: Compute, sql: string, file: string): Promise<void> {
  const part = `${file}.part`;
  try {
    await compute.run(`copy (${sql}) to ${literal(part)} (${formatOf(file)})`);
    renameSync(part, file);
  } finally {
    rmSync(part, { force: true });
  }
}

/** Writes a table in the order of its rows; the columns of `whole` are written as whole numbers. */
export async function writeTable(
  compute: Compute,
  data: Table,
  file: string,
  whole: readonly string[] = [],
): Promise<void> {
  await compute.load('cli_tmp_out', data);
  const casts = whole.map((name) => `${quoted(name)}::bigint as ${quoted(name)}`).join(', ');
  await writeResult(compute, `select *${casts === '' ? '' : ` replace (${casts})`} from cli_tmp_out`, file);
  await compute.run('drop table cli_tmp_out');
}
