/** A file that an analyst named, as one that the engine reads by itself: plain UTF-8, and XLSX as CSV. */
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { known } from '#errors.ts';
import { prepareText, writeXlsxAsCsv, XLSX_BLANK } from '#events/index.ts';

/**
 * Hands `work` paths that can be read as they are: those of `files`, or of a copy that is unpacked and in UTF-8.
 *
 * @throws FILE_BROKEN for an .xlsx or a gzip that is not one, FILE_EMPTY, ENCODING_UNSURE, FILE_UNREADABLE
 */
export async function withAnalystFiles<T>(files: readonly string[], work: (paths: string[]) => Promise<T>): Promise<T> {
  const scratch = mkdtempSync(join(tmpdir(), 'tierwise-files-'));
  const sweep = (): void => rmSync(scratch, { recursive: true, force: true });
  process.once('exit', sweep);
  try {
    const paths: string[] = [];
    for (const [i, file] of files.entries()) paths.push(await readable(file, scratch, i));
    return await work(paths);
  } finally {
    process.off('exit', sweep);
    sweep();
  }
}

async function readable(file: string, scratch: string, index: number): Promise<string> {
  if (!existsSync(file)) return file;
  if (statSync(file).isDirectory()) throw known('FILE_UNREADABLE', { file, reason: 'it is a folder' });
  const copy = (ending: string): string => join(scratch, `${index}-copy.${ending}`);
  if (/\.xlsx$/i.test(file)) {
    const csv = copy('csv');
    await writeXlsxAsCsv(file, csv, { name: file, sheet: 1 });
    withoutBlanks(csv);
    return csv;
  }
  const ending = /\.(csv|tsv|jsonl)(\.gz)?$/i.exec(file)?.[1]?.toLowerCase();
  if (ending === undefined) return file;
  const text = await prepareText(file, {
    ...{ name: file, encoding: undefined, scratch, index },
    delimiter: ending === 'jsonl' ? undefined : ending === 'tsv' ? '\t' : ',',
  });
  if (statSync(text.path).size === 0) throw known('FILE_EMPTY', { file, table: 'any table' });
  if (text.path === file) return file;
  renameSync(text.path, copy(ending));
  if (text.hasBlanks) withoutBlanks(copy(ending));
  return copy(ending);
}

function withoutBlanks(file: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(`${XLSX_BLANK}\n`, ''));
}
