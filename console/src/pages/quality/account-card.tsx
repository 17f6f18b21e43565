/** Rows read = kept + repaired + quarantined, in all and by table. */
import { ShareBar } from '../../charts/bars.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Card } from '../../parts/page.tsx';
import { useShop } from '../../shop.tsx';
import type { QualityReport, TableCount } from './read-quality.ts';

const PARTS = ['kept', 'repaired', 'quarantined'] as const;
const COLOURS = { kept: '#5d97a4', repaired: '#e0b25e', quarantined: '#b3542a' } as const;

export function AccountCard({ report: { total, tables } }: { report: QualityReport }) {
  const { t } = useI18n();
  const { format } = useShop();
  const title = t('account.title');
  const source = {
    name: 'import-account',
    header: ['table', 'read', ...PARTS],
    rows: () => tables.map((each) => [each.table, each.read, each.kept, each.repaired, each.quarantined]),
  };
  return (
    <Card title={title} hint={t('account.hint')} className="w12" actions={<CsvButton what={title} source={source} />}>
      <p className="equation">
        <strong>{format.count(total.read)}</strong> {t('account.read')} =
        {PARTS.map((part, place) => (
          <span key={part}>
            {place === 0 ? ' ' : ' + '}
            <span className="dot" style={{ background: COLOURS[part] }} aria-hidden="true" />{' '}
            <strong>{format.count(total[part])}</strong> {t(`account.${part}`)}
          </span>
        ))}
        <Balance count={total} />
      </p>
      <ShareBar label={title} parts={useParts(total)} />
      <div className="account-table">
        <DataTable caption={title} columns={useColumns()} rows={tables} rowKey={(row) => row.table} />
      </div>
    </Card>
  );
}

function useParts(count: TableCount) {
  const { t } = useI18n();
  const { format } = useShop();
  return PARTS.map((part) => ({
    key: part,
    value: count[part],
    colour: COLOURS[part],
    label: `${t(`account.${part}`)}: ${format.count(count[part])}`,
  }));
}

function Balance({ count: { read, kept, repaired, quarantined } }: { count: TableCount }) {
  const { t } = useI18n();
  const even = read === kept + repaired + quarantined;
  return (
    <span className={even ? 'chip yes' : 'chip no'}>
      <Icon name={even ? 'check' : 'alert'} size={13} />
      {t(even ? 'account.even' : 'account.odd')}
    </span>
  );
}

function useColumns(): readonly Column<TableCount>[] {
  const { t } = useI18n();
  const { format } = useShop();
  return [
    { key: 'table', title: t('table.table'), cell: (row) => row.table },
    { key: 'read', title: t('account.readTitle'), numeric: true, cell: (row) => format.count(row.read) },
    ...PARTS.map((part) => ({
      key: part,
      title: t(`account.${part}Title`),
      numeric: true,
      cell: (row: TableCount) => format.count(row[part]),
    })),
    { key: 'bar', title: t('table.share'), cell: (row) => <RowBar count={row} /> },
    { key: 'balance', title: t('account.balance'), cell: (row) => <Balance count={row} /> },
  ];
}

function RowBar({ count }: { count: TableCount }) {
  return (
    <div className="row-bar">
      <ShareBar height={12} label={count.table} parts={useParts(count)} />
    </div>
  );
}
