/** CSV for spreadsheets (RFC 4180, CRLF, UTF-8 with BOM): no text cell is ever read as a formula. */

export type CsvCell = string | number | boolean | null;

const BOM = '\uFEFF';
// What spreadsheets take for the beginning of a formula: also in full width and as small forms.
const FORMULA = '=+\\-@\\t＝＋－＠﹦﹢﹣﹫';
// Blanks that are cut before looking: Unicode spaces and characters of no width, line breaks apart.
const BLANK = '[^\\S\\r\\n\\u2028\\u2029\\v\\f]|[\\u200b-\\u200f\\u2060\\u00ad\\u180e]';
const FIRST_OF_LINE = new RegExp(`(^|[\\r\\n\\u2028\\u2029\\u0085\\v\\f])((?:${BLANK})*[${FORMULA}])`, 'g');
const BREAK_FIRST = new RegExp(`^(?:${BLANK})*[\\r\\n]`);

/**
 * The text with an apostrophe before each place where a spreadsheet could begin a formula: at the start of the cell or of
 * a line in it, after any blanks; also before a cell that begins with a tab or a line break.
 */
export function neutralised(text: string): string {
  const safe = text.replace(FIRST_OF_LINE, "$1'$2");
  return BREAK_FIRST.test(safe) ? `'${safe}` : safe;
}

/** One cell as it stands in the file. Numbers and flags are ours and stay as they are. */
function csvCell(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const text = neutralised(cell);
  return /[",\r\n\u2028\u2029\u0085\v\f]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csvLine = (cells: readonly CsvCell[]): string => `${cells.map(csvCell).join(',')}\r\n`;

/** Whole minor units as a decimal number of major units, without rounding: 1234 with 2 digits is 12.34. */
export function majorUnits(amount: number | null, digits: number): string {
  if (amount === null) return '';
  const text = String(Math.abs(amount)).padStart(digits + 1, '0');
  const sign = amount < 0 ? '-' : '';
  return digits === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** A column of an export; `money` cells are numbers as text, so that they are not taken for text to neutralise. */
export interface CsvColumn<Row> {
  readonly name: string;
  readonly cell: (row: Row) => CsvCell;
  readonly isNumeric?: true;
}

/** The file, chunk by chunk: the heading, then one chunk a batch of rows. */
export async function* csvChunks<Row>(
  columns: readonly CsvColumn<Row>[],
  batches: AsyncIterable<readonly Row[]>,
): AsyncGenerator<string> {
  yield BOM + csvLine(columns.map((column) => column.name));
  for await (const batch of batches) {
    let chunk = '';
    for (const row of batch)
      chunk += `${columns.map(({ cell, isNumeric }) => (isNumeric ? String(cell(row) ?? '') : csvCell(cell(row)))).join(',')}\r\n`;
    yield chunk;
  }
}
