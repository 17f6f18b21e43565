/** Sizes of the tiers, and their shares of people, expected value and past spend. */
import type { TierRow } from '../../api/types.ts';
import { Bar, ShareBar } from '../../charts/bars.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card } from '../../parts/page.tsx';
import { PeopleLink, TierBadge } from '../../parts/tier.tsx';
import { queryText } from '../../router.ts';
import { useShop } from '../../shop.tsx';

export function SizesCard({ rows }: { rows: readonly TierRow[] }) {
  const { t } = useI18n();
  const { shop, format, tierName } = useShop();
  const best = [...rows].reverse();
  const title = t('tiers.sizes');
  const source = {
    name: 'tiers',
    header: ['tier', 'customers', 'share_customers', 'value_minor', 'share_value', 'spend_minor', 'share_spend'],
    rows: () =>
      best.map((row) => [
        tierName(row.key),
        row.customers,
        row.shareCustomers,
        row.valueMinor,
        row.shareValue,
        row.spendMinor,
        row.shareSpend,
      ]),
  };
  return (
    <Card
      title={title}
      className="w12"
      hint={t('tiers.sizes.hint', { days: shop.horizonDays })}
      actions={<CsvButton what={title} source={source} />}
    >
      <Shares rows={best} />
      <DataTable caption={title} columns={useColumns(format)} rows={best} rowKey={(row) => row.key} />
    </Card>
  );
}

/** Three bars, one above the other: the same tiers as people, as value and as spend. */
function Shares({ rows }: { rows: readonly TierRow[] }) {
  const { t } = useI18n();
  const { format, tierName, tierColour } = useShop();
  const measures = [
    [t('table.customers'), (row: TierRow) => row.shareCustomers],
    [t('table.value'), (row: TierRow) => row.shareValue ?? 0],
    [t('table.spend'), (row: TierRow) => row.shareSpend ?? 0],
  ] as const;
  return (
    <div className="shares">
      {measures.map(([label, of]) => (
        <div key={label} className="share-row">
          <span className="small soft">{label}</span>
          <ShareBar
            height={22}
            label={t('tiers.shareOf', { what: label })}
            parts={rows.map((row) => ({
              key: row.key,
              value: of(row),
              colour: tierColour(row.key),
              label: `${tierName(row.key)}: ${format.percent(of(row))}`,
              to: `/customers${queryText({ tier: row.key })}`,
            }))}
          />
        </div>
      ))}
    </div>
  );
}

function useColumns(format: ReturnType<typeof useShop>['format']): readonly Column<TierRow>[] {
  const { t } = useI18n();
  const { tierName, tierColour } = useShop();
  const share = (key: string, title: string, of: (row: TierRow) => number | null): Column<TierRow> => ({
    key,
    title,
    cell: (row) => (
      <Bar value={of(row) ?? 0} most={1} colour={tierColour(row.key)}>
        {of(row) === null ? '–' : format.percent(of(row) ?? 0)}
      </Bar>
    ),
  });
  const people = (row: TierRow, words: string) => (
    <PeopleLink to={{ tier: row.key }} label={t('tiers.people', { tier: tierName(row.key), value: words })}>
      {words}
    </PeopleLink>
  );
  return [
    {
      key: 'tier',
      title: t('filter.tier'),
      cell: (row) => (
        <PeopleLink to={{ tier: row.key }}>
          <TierBadge tier={row.key} />
        </PeopleLink>
      ),
    },
    {
      key: 'customers',
      title: t('table.customers'),
      numeric: true,
      cell: (row) => people(row, format.count(row.customers)),
    },
    share('shareCustomers', t('table.share'), (row) => row.shareCustomers),
    {
      key: 'value',
      title: t('table.value'),
      numeric: true,
      cell: (row) => people(row, format.moneyShort(row.valueMinor)),
    },
    share('shareValue', t('table.share'), (row) => row.shareValue),
    {
      key: 'spend',
      title: t('table.spend'),
      numeric: true,
      cell: (row) => people(row, format.moneyShort(row.spendMinor)),
    },
    share('shareSpend', t('table.share'), (row) => row.shareSpend),
  ];
}
