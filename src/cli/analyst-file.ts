/** A file that an analyst named, as one that the engine reads by itself: XLSX is turned into CSV first. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { writeXlsxAsCsv, XLSX_BLANK } from '#events/index.ts';

/**
 * Hands `work` paths that can be read as they are: those of `files`, or of a CSV made from the first sheet.
 *
 * @throws FILE_BROKEN when an .xlsx is not one
 */
export async function withAnalystFiles<T>(files: readonly string[], work: (paths: string[]) => Promise<T>): Promise<T> {
  const scratch = mkdtempSync(join(tmpdir(), 'tierwise-xlsx-'));
  try {
    const paths: string[] = [];
    for (const [i, file] of files.entries()) {
      if (!/\.xlsx$/i.test(file) || !existsSync(file)) {
        paths.push(file);
        continue;
      }
      const csv = join(scratch, `${i}-${basename(file, '.xlsx')}.csv`);
      await writeXlsxAsCsv(file, csv, { name: file, sheet: 1 });
      writeFileSync(csv, readFileSync(csv, 'utf8').replaceAll(`${XLSX_BLANK}\n`, ''));
      paths.push(csv);
    }
    return await work(paths);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
