/** What a typical customer of each tier looks like, side by side. */
import type { TierRow } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card } from '../../parts/page.tsx';
import { PeopleLink, TierBadge } from '../../parts/tier.tsx';
import { useShop } from '../../shop.tsx';

export function MediansCard({ rows }: { rows: readonly TierRow[] }) {
  const { t } = useI18n();
  const { format, tierName } = useShop();
  const best = [...rows].reverse();
  const link = (row: TierRow, value: number | null, write: (value: number) => string) =>
    value === null ? '–' : <PeopleLink to={{ tier: row.key }}>{write(value)}</PeopleLink>;
  const columns: Column<TierRow>[] = [
    { key: 'tier', title: t('filter.tier'), cell: (row) => <TierBadge tier={row.key} /> },
    {
      key: 'recency',
      title: t('tiers.median.recency'),
      numeric: true,
      cell: (row) => link(row, row.medianRecencyDays, (value) => t('unit.days', { n: Math.round(value) })),
    },
    {
      key: 'orders',
      title: t('tiers.median.orders'),
      numeric: true,
      cell: (row) => link(row, row.medianOrders, (value) => format.decimal(value, 1)),
    },
    {
      key: 'spend',
      title: t('tiers.median.spend'),
      numeric: true,
      cell: (row) => link(row, row.medianSpendMinor, format.moneyWhole),
    },
    {
      key: 'value',
      title: t('tiers.mean.value'),
      numeric: true,
      cell: (row) => link(row, row.meanValueMinor, format.moneyWhole),
    },
  ];
  const source = {
    name: 'tier-medians',
    header: ['tier', 'median_recency_days', 'median_orders', 'median_spend_minor', 'mean_value_minor'],
    rows: () =>
      best.map((row) => [
        tierName(row.key),
        row.medianRecencyDays,
        row.medianOrders,
        row.medianSpendMinor,
        row.meanValueMinor,
      ]),
  };
  return (
    <Card
      title={t('tiers.medians')}
      hint={t('tiers.medians.hint')}
      actions={<CsvButton what={t('tiers.medians')} source={source} />}
    >
      <DataTable dense caption={t('tiers.medians')} columns={columns} rows={best} rowKey={(row) => row.key} />
    </Card>
  );
}
