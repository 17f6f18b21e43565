/** A sheet of an XLSX file as CSV. Numbers are taken as they are stored, so long ids are not cut unseen. */
import { createReadStream, writeFileSync } from 'node:fs';
import { known } from '#errors.ts';
import { BLANK } from './line-ends.ts';

/** Stands before a number that was stored with fewer digits than it shows. */
export const INEXACT = '\u0002';

/**
 * @param options.name as people know the file
 * @param options.sheet name, or number from 1
 * @throws FILE_BROKEN, SHEET_MISSING
 */
export async function writeXlsxAsCsv(
  from: string,
  to: string,
  options: { readonly name: string; readonly sheet: string | number },
): Promise<void> {
  const { readSheet, SheetNotFoundError } = await import('read-excel-file/node');
  let rows: readonly (readonly unknown[])[];
  try {
    rows = await readSheet<NumberText>(createReadStream(from), options.sheet, {
      parseNumber: (text) => new NumberText(text),
      trim: false,
    });
  } catch (cause) {
    if (cause instanceof SheetNotFoundError) {
      const has = /"[^"]*"/g;
      throw known(
        'SHEET_MISSING',
        { file: options.name, sheet: String(options.sheet), has: cause.message.match(has) ?? [] },
        cause,
      );
    }
    throw known('FILE_BROKEN', { file: options.name, format: 'xlsx', reason: reasonOf(cause) }, cause);
  }
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const lines = rows.map((row) => {
    const cells = Array.from({ length: width }, (_, i) => cellText(row[i]));
    return cells.every((cell) => cell === '') ? BLANK : cells.map(escaped).join(',');
  });
  writeFileSync(to, `${lines.join('\n')}\n`);
}

/** The digits of a numeric cell as the file holds them. */
class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What a numeric cell says: whole numbers digit by digit, others in the shortest form of the stored number. */
function numberText(stored: string): string {
  if (/^-?\d+$/.test(stored)) return stored;
  const number = Number(stored);
  if (!Number.isFinite(number)) return stored;
  if (Number.isInteger(number) && Math.abs(number) >= 1e15) return INEXACT + BigInt(number);
  return String(number);
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof NumberText) return numberText(value.text);
  if (value instanceof Date) return value.toISOString().replace(/(\.000)?Z$/, '');
  return String(value);
}

const escaped = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

function reasonOf(cause: unknown): string {
  const { code, message } = cause as { code?: string; message?: string };
  return code ?? message ?? String(cause);
}
