/** The last lines of the ledger, and whether all of them are whole. */
import { Button } from 'antd';
import type { LedgerTail, Verdict } from '../../api/offer-types.ts';
import { type Resource, useResource } from '../../api/resource.ts';
import { isKey, useI18n } from '../../i18n/index.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty, Failed, Loaded } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';

export function LedgerCard({ from }: { from: Resource<LedgerTail> }) {
  const { t } = useI18n();
  const columns = useColumns();
  const isEmpty = (from.data?.entries ?? 0) === 0;
  const verdict = useResource<Verdict>(isEmpty ? null : '/ledger/verify');
  const again = () => {
    from.reload();
    verdict.reload();
  };
  return (
    <Card
      title={t('offers.ledger.title')}
      hint={t('offers.ledger.hint')}
      className="w12"
      actions={
        isEmpty ? undefined : (
          <>
            <VerdictBadge verdict={verdict} />
            <Button size="small" onClick={again}>
              {t('offers.ledger.again')}
            </Button>
          </>
        )
      }
    >
      {verdict.error === undefined ? null : <Failed error={verdict.error} retry={verdict.reload} />}
      {verdict.data?.ok === false ? (
        <ul className="wrong">
          {verdict.data.faults.map((fault) => (
            <li key={fault}>{fault}</li>
          ))}
        </ul>
      ) : null}
      <Loaded
        from={from}
        rows={4}
        empty={(data) =>
          data.entries === 0 && <Empty title={t('offers.ledger.none')}>{t('offers.ledger.noneFix')}</Empty>
        }
      >
        {(data) => (
          <DataTable
            dense
            caption={t('offers.ledger.title')}
            columns={columns}
            rows={data.rows}
            rowKey={(row) => String(row.id)}
          />
        )}
      </Loaded>
    </Card>
  );
}

function VerdictBadge({ verdict: { data, loading } }: { verdict: Resource<Verdict> }) {
  const { t } = useI18n();
  if (data === undefined || loading) return <span className="soft small">{t('offers.ledger.checking')}</span>;
  return (
    <span className={data.ok ? 'badge good' : 'badge bad'} title={data.head}>
      <Icon name={data.ok ? 'check' : 'alert'} size={16} />
      {data.ok ? t('offers.ledger.ok', { n: data.entries }) : t('offers.ledger.broken')}
    </span>
  );
}

function useColumns(): readonly Column<LedgerTail['rows'][number]>[] {
  const { t } = useI18n();
  const { shop, format } = useShop();
  const deed = (name: string) => {
    const key = `offers.ledger.deed.${name}`;
    return isKey(key) ? t(key) : name;
  };
  return [
    { key: 'id', title: '#', numeric: true, cell: (row) => format.count(row.id) },
    { key: 'at', title: t('table.time'), cell: (row) => <span className="no-break">{format.dateTime(row.at)}</span> },
    { key: 'deed', title: t('offers.ledger.deed'), cell: (row) => <span className="no-break">{deed(row.deed)}</span> },
    {
      key: 'move',
      title: t('offers.ledger.move'),
      cell: (row) => (
        <span className="ledger-move">
          {row.source} → {row.target}
          {row.ref === '' ? null : <span className="soft"> · {row.ref}</span>}
        </span>
      ),
    },
    {
      key: 'amount',
      title: t('offers.ledger.amount'),
      numeric: true,
      cell: (row) =>
        row.unit === 'code'
          ? t('offers.ledger.codes', { n: row.amount })
          : row.unit === shop.currency
            ? format.money(row.amount)
            : `${format.count(row.amount)} ${row.unit}`,
    },
  ];
}
