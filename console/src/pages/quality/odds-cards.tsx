/** What is kept but worth knowing: far-off values, guests, returns, and cells that are empty. */
import { ShareBar } from '../../charts/bars.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import type { Missing, Outliers, QualityReport } from './read-quality.ts';
import { ActionChip } from './rules-card.tsx';

/** Columns that hold money are judged in minor units. */
const MONEY = new Set(['paid', 'price', 'list_price', 'discount', 'coupon_discount', 'unit_cost', 'cost']);

export function OutliersCard({ outliers }: { outliers: readonly Outliers[] }) {
  const { t } = useI18n();
  const { format } = useShop();
  const title = t('outliers.title');
  const write = (row: Outliers, value: number | null) => {
    if (value === null) return '–';
    return MONEY.has(row.column) ? format.money(Math.round(value)) : format.decimal(value, 1);
  };
  const columns: Column<Outliers>[] = [
    { key: 'where', title: t('rules.where'), cell: (row) => `${row.table} · ${row.column}` },
    { key: 'median', title: t('outliers.median'), numeric: true, cell: (row) => write(row, row.median) },
    {
      key: 'range',
      title: t('outliers.range'),
      numeric: true,
      cell: (row) => `${write(row, row.low)} – ${write(row, row.high)}`,
    },
    { key: 'count', title: t('rules.count'), numeric: true, cell: (row) => format.count(row.count) },
    { key: 'action', title: t('rules.action'), cell: (row) => <ActionChip action={row.action} /> },
  ];
  const source = {
    name: 'outliers',
    header: ['table', 'column', 'median', 'low', 'high', 'count', 'action'],
    rows: () => outliers.map((row) => [row.table, row.column, row.median, row.low, row.high, row.count, row.action]),
  };
  return (
    <Card
      title={title}
      hint={t('outliers.hint')}
      className="w7"
      actions={outliers.length === 0 ? undefined : <CsvButton what={title} source={source} />}
    >
      {outliers.length === 0 ? (
        <Empty title={t('outliers.none')} />
      ) : (
        <DataTable caption={title} columns={columns} rows={outliers} rowKey={(row) => row.table + row.column} />
      )}
    </Card>
  );
}

export function OddsCard({ report: { guests, returns } }: { report: QualityReport }) {
  const { t } = useI18n();
  const { format } = useShop();
  return (
    <Card title={t('odds.title')} className="w5">
      <h3>{t('odds.guests')}</h3>
      <p>{guests === null ? '–' : t('odds.guestLines', { n: guests })}</p>
      <h3 className="odds-second">{t('odds.returns')}</h3>
      {returns === null || returns.matched + returns.unmatched === 0 ? (
        <p className="soft">{t('odds.noReturns')}</p>
      ) : (
        <>
          <p>{t('odds.returnsSplit', { matched: returns.matched, unmatched: returns.unmatched })}</p>
          <ShareBar
            height={12}
            label={t('odds.returns')}
            parts={[
              {
                key: 'm',
                value: returns.matched,
                colour: '#5d97a4',
                label: t('odds.matched', { value: format.count(returns.matched) }),
              },
              {
                key: 'u',
                value: returns.unmatched,
                colour: '#e0b25e',
                label: t('odds.unmatched', { value: format.count(returns.unmatched) }),
              },
            ]}
          />
        </>
      )}
    </Card>
  );
}

const MISSING_SHOWN = 12;

export function MissingCard({ missing }: { missing: readonly Missing[] }) {
  const { t } = useI18n();
  const { format } = useShop();
  const title = t('missing.cells');
  const columns: Column<Missing>[] = [
    { key: 'where', title: t('rules.where'), cell: (row) => `${row.table} · ${row.column}` },
    { key: 'cells', title: t('missing.count'), numeric: true, cell: (row) => format.count(row.cells) },
    {
      key: 'share',
      title: t('table.share'),
      numeric: true,
      cell: (row) => (row.rows === 0 ? '–' : format.percent(Math.min(1, row.cells / row.rows))),
    },
  ];
  const source = {
    name: 'missing-cells',
    header: ['table', 'column', 'cells', 'rows'],
    rows: () => missing.map((row) => [row.table, row.column, row.cells, row.rows]),
  };
  return (
    <Card
      title={title}
      hint={t('missing.hint')}
      className="w5"
      actions={missing.length === 0 ? undefined : <CsvButton what={title} source={source} />}
    >
      {missing.length === 0 ? (
        <Empty title={t('missing.none')} />
      ) : (
        <DataTable
          dense
          caption={title}
          columns={columns}
          rows={missing.slice(0, MISSING_SHOWN)}
          rowKey={(row) => row.table + row.column}
        />
      )}
    </Card>
  );
}
