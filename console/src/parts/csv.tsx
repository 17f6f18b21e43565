/** CSV files: a link to the server's own, or one made here from the rows on screen. */
import { Button } from 'antd';
import { useI18n } from '../i18n/index.tsx';
import { Icon } from './icons.tsx';

export type Cell = string | number | null | undefined;

const FORMULA = /^[\s\u00a0]*[=+\-@＝＋－＠\t\r]/u;

/** One cell: text that a spreadsheet would run as a formula gets a leading apostrophe; numbers stay as they are. */
function written(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  const safe = FORMULA.test(cell) || /[\r\n][\s]*[=+\-@]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows as CSV text with a byte-order mark, so that spreadsheets read Chinese. */
export const csvText = (header: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  `\ufeff${[header, ...rows].map((row) => row.map(written).join(',')).join('\r\n')}\r\n`;

function save(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `${name}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

export type CsvSource =
  | { readonly address: string }
  | { readonly name: string; readonly header: readonly string[]; rows(): readonly (readonly Cell[])[] };

/** The button that saves a list as CSV; `what` names the list for screen readers. */
export function CsvButton({ source, what }: { source: CsvSource; what: string }) {
  const { t } = useI18n();
  const label = t('csv.of', { what });
  const icon = <Icon name="download" size={16} />;
  if ('address' in source) {
    return (
      <Button size="small" type="text" icon={icon} href={source.address} download aria-label={label} title={label}>
        CSV
      </Button>
    );
  }
  return (
    <Button
      size="small"
      type="text"
      icon={icon}
      aria-label={label}
      title={label}
      onClick={() => save(source.name, csvText(source.header, source.rows()))}
    >
      CSV
    </Button>
  );
}
