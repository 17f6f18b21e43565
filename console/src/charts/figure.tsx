/** A chart with its words: a summary for screen readers, the same numbers as a table one click away, and a CSV file. */
import { Button } from 'antd';
import { type ReactNode, useState } from 'react';
import { useI18n } from '../i18n/index.tsx';
import { type Cell, CsvButton } from '../parts/csv.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Icon } from '../parts/icons.tsx';

export interface FigureTable {
  /** File name of the CSV, without its ending. */
  readonly name: string;
  readonly header: readonly string[];
  /** Raw values for the file. */
  readonly rows: readonly (readonly Cell[])[];
  /** The same rows for reading; formatted, with links. */
  readonly shown: readonly (readonly ReactNode[])[];
}

interface FigureProps {
  readonly title: string;
  readonly summary: string;
  readonly table: FigureTable;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Figure({ title, summary, table, actions, children }: FigureProps) {
  const { t } = useI18n();
  const [asTable, setAsTable] = useState(false);
  return (
    <figure className="figure" aria-label={title}>
      <div className="figure-tools">
        {actions}
        <span className="spring" />
        <Button
          size="small"
          type="text"
          aria-pressed={asTable}
          icon={<Icon name={asTable ? 'chart' : 'table'} size={16} />}
          onClick={() => setAsTable(!asTable)}
        >
          {asTable ? t('figure.asChart') : t('figure.asTable')}
        </Button>
        <CsvButton what={title} source={{ name: table.name, header: table.header, rows: () => table.rows }} />
      </div>
      {asTable ? (
        <FigureRows title={title} table={table} />
      ) : (
        <div role="img" aria-label={summary}>
          {children}
        </div>
      )}
    </figure>
  );
}

function FigureRows({ title, table }: { title: string; table: FigureTable }) {
  const columns: Column<number>[] = table.header.map((name, place) => ({
    key: name,
    title: name,
    numeric: typeof table.rows[0]?.[place] === 'number',
    cell: (row) => table.shown[row]?.[place],
  }));
  return (
    <div className="figure-table">
      <DataTable dense caption={title} columns={columns} rows={table.rows.map((_, place) => place)} rowKey={String} />
    </div>
  );
}
