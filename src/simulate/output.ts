/** Where a made-up shop is written: one engine, one folder, and the list of what was written. */
import { existsSync, statSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Compute, writeParquet } from '#engines/index.ts';
import { known } from '#errors.ts';
import type { Table } from '#table/index.ts';

export interface Output {
  readonly out: string;
  readonly compute: Compute;
  /** Data and mapping, and the truth beside them; relative to `out`. */
  readonly files: string[];
  readonly truthFiles: string[];
  /** Rows by table. */
  readonly rows: Record<string, number>;
}

export const output = (out: string, compute: Compute): Output => ({
  out,
  compute,
  files: [],
  truthFiles: [],
  rows: {},
});

/**
 * Makes the folders and takes away the part files and the mapping of an earlier shop, which would be read with the new.
 *
 * @throws SIMULATION_FOLDER when the folder cannot be written to, or holds files of someone else
 */
export async function clear({ out }: Output, folders: readonly string[]): Promise<void> {
  const foreign = await foreignIn(out, folders);
  if (foreign !== undefined) throw known('SIMULATION_FOLDER', { out, reason: `it holds ${foreign}` });
  try {
    for (const folder of folders) {
      await mkdir(join(out, folder), { recursive: true });
      for (const name of await readdir(join(out, folder)))
        if (/^part-\d+\.parquet$/.test(name)) await rm(join(out, folder, name));
    }
    await rm(join(out, 'tierwise.yaml'), { force: true });
  } catch (cause) {
    throw known('SIMULATION_FOLDER', { out, reason: reasonOf(cause) }, cause);
  }
}

const OWN = ['tierwise.yaml', 'products.parquet', 'campaigns.parquet', 'offers.parquet'];

/** The first thing in the folder that no earlier made-up shop, perhaps half made, has put there. */
async function foreignIn(out: string, folders: readonly string[]): Promise<string | undefined> {
  const all = existsSync(out) && statSync(out).isDirectory() ? await readdir(out) : [];
  const names = all.filter((name) => !name.startsWith('.')).sort();
  const mapping = join(out, 'tierwise.yaml');
  if (names.includes('tierwise.yaml') && !/^simulated: true\b/m.test(await readFile(mapping, 'utf8')))
    return 'a tierwise.yaml of a shop that is not simulated';
  if (!names.includes('truth')) return names[0];
  return names.find((name) => !OWN.includes(name) && !folders.includes(name));
}

/** Loads `data` and writes what `select` makes of it as Parquet. */
export async function save(to: Output, file: string, data: Table, select?: (from: string) => string): Promise<void> {
  const scratch = 'simulate_tmp_rows';
  await to.compute.load(scratch, data);
  await writeParquet(to.compute, select?.(scratch) ?? `select * from ${scratch}`, join(to.out, file));
  await to.compute.run(`drop table ${scratch}`);
  list(to, file);
  const name = file.replace(/^truth\//, '').replace(/(\/part-\d+)?\.parquet$/, '');
  to.rows[name] = (to.rows[name] ?? 0) + data.length;
}

/**
 * Writes one small file.
 *
 * @throws DISK_FULL, or SIMULATION_FOLDER when it cannot be written for another reason
 */
export async function put({ out }: Output, file: string, data: string | Uint8Array): Promise<void> {
  const path = join(out, file);
  try {
    await writeFile(path, data);
  } catch (cause) {
    if (codeOf(cause) === 'ENOSPC') throw known('DISK_FULL', { path }, cause);
    throw known('SIMULATION_FOLDER', { out: dirname(path), reason: reasonOf(cause) }, cause);
  }
}

export function list(to: Output, file: string): void {
  (file.startsWith('truth/') ? to.truthFiles : to.files).push(file);
}

const codeOf = (cause: unknown): unknown => (cause instanceof Error && 'code' in cause ? cause.code : undefined);
const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
