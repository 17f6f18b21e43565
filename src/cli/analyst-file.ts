/** A file that an analyst named, as one that the engine reads by itself: plain UTF-8, and XLSX as CSV. */
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '#engines/index.ts';
import { KnownError, known } from '#errors.ts';
import { prepareText, writeXlsxAsCsv, XLSX_BLANK } from '#events/index.ts';

/**
 * Hands `work` paths that can be read as they are: those of `files`, or of a copy that is unpacked and in UTF-8.
 *
 * @throws FILE_BROKEN for an .xlsx or a gzip that is not one, FILE_EMPTY, ENCODING_UNSURE, FILE_UNREADABLE
 */
export async function withAnalystFiles<T>(files: readonly string[], work: (paths: string[]) => Promise<T>): Promise<T> {
  const { dir: scratch, sweep } = scratchFolder('tierwise-files');
  try {
    const paths: string[] = [];
    for (const [i, file] of files.entries()) paths.push(await readable(file, scratch, i));
    return await work(paths).catch((error) => {
      throw byName(error, paths, files);
    });
  } finally {
    sweep();
  }
}

/** The same error about the file that the analyst named, not about its copy. */
function byName(error: unknown, copies: readonly string[], files: readonly string[]): unknown {
  if (!(error instanceof KnownError)) return error;
  const { code, data, cause } = error;
  const message = copies.reduce((text, copy, i) => text.replaceAll(copy, () => files[i]!), error.message);
  return new KnownError(code, message, data, cause);
}

/** The number of a file's first row of data, as people count: the header of a CSV or XLSX is row 1. */
export const firstRowOf = (file: string): number => (/\.(csv|tsv|xlsx)(\.gz)?$/i.test(file) ? 2 : 1);

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
