/** A real table that scrolls inside its own box: header cells sort, cells link, and a row opens with a click as well. */
import type { MouseEvent, ReactNode } from 'react';
import { useI18n } from '../i18n/index.tsx';
import { Icon } from './icons.tsx';

export interface Column<Row> {
  readonly key: string;
  readonly title: ReactNode;
  readonly numeric?: boolean;
  /** Name of the order that a click on the header asks for. */
  readonly sort?: string | undefined;
  cell(row: Row): ReactNode;
}

export interface Sorting {
  readonly by: string;
  readonly dir: 'asc' | 'desc';
}

interface DataTableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  rowKey(row: Row): string;
  readonly sorting?: Sorting;
  onSort?(sorting: Sorting): void;
  /** Opens a row by pointer; its first cell should hold the same as a link, for the keyboard. */
  onOpen?(row: Row): void;
  readonly dense?: boolean;
}

const inner = 'a, button, input, select, label';

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { caption, columns, rows, rowKey, sorting, onSort, onOpen, dense = false } = props;
  const open = (event: MouseEvent, row: Row) => {
    const chosen = window.getSelection()?.toString() ?? '';
    if (chosen === '' && !(event.target as Element).closest(inner)) onOpen?.(row);
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section className="scroll" aria-label={caption} tabIndex={0}>
      <table className={dense ? 'table dense' : 'table'}>
        <caption className="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.key} column={column} sorting={sorting} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={rowKey(row)}
              className={onOpen === undefined ? undefined : 'opens'}
              onClick={onOpen === undefined ? undefined : (event) => open(event, row)}
            >
              {columns.map((column) => (
                <td key={column.key} className={column.numeric ? 'numeric' : undefined}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface HeadProps<Row> {
  readonly column: Column<Row>;
  readonly sorting: Sorting | undefined;
  readonly onSort: ((sorting: Sorting) => void) | undefined;
}

function Head<Row>({ column, sorting, onSort }: HeadProps<Row>) {
  const { t } = useI18n();
  const { sort, title } = column;
  const className = column.numeric ? 'numeric' : undefined;
  if (sort === undefined || onSort === undefined) {
    return (
      <th scope="col" className={className}>
        {title}
      </th>
    );
  }
  const active = sorting?.by === sort ? sorting.dir : undefined;
  const next = active === 'desc' ? 'asc' : 'desc';
  return (
    <th
      scope="col"
      className={className}
      aria-sort={active === undefined ? 'none' : active === 'asc' ? 'ascending' : 'descending'}
    >
      <button type="button" className="sort" onClick={() => onSort({ by: sort, dir: next })} title={t('table.sort')}>
        {title}
        <span className={active === undefined ? 'sort-mark idle' : 'sort-mark'}>
          <Icon name={active === 'asc' ? 'up' : 'down'} size={12} />
        </span>
      </button>
    </th>
  );
}
