/** The plan beside simpler ways to spend the same budget, each with its interval and the difference to the plan. */
import type { Simulation } from '../../api/types.ts';
import { Intervals } from '../../charts/intervals.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card } from '../../parts/page.tsx';
import { useShop } from '../../shop.tsx';

type Comparison = Simulation['comparisons'][number];

export function Comparisons({ simulation: { plan, comparisons } }: { simulation: Simulation }) {
  const { t } = useI18n();
  const { format } = useShop();
  const columns = useColumns();
  const row = (key: string, label: string, mid: number, [low, high]: readonly [number, number]) => ({
    ...{ key, label, mid, low, high },
    text: `${label}: ${format.money(mid)} (${format.money(low)} – ${format.money(high)})`,
  });
  return (
    <Card title={t('allocation.compare')} hint={t('allocation.compare.hint')}>
      <Intervals
        label={t('allocation.compare')}
        format={format.moneyShort}
        rows={[
          row('plan', t('allocation.targeting.plan'), plan.expectedProfitMinor, plan.interval),
          ...comparisons.map((one) =>
            row(one.targeting, t(`allocation.targeting.${one.targeting}`), one.expectedProfitMinor, one.interval),
          ),
        ]}
      />
      <DataTable
        dense
        caption={t('allocation.compare')}
        columns={columns}
        rows={comparisons}
        rowKey={({ targeting }) => targeting}
      />
    </Card>
  );
}

function useColumns(): readonly Column<Comparison>[] {
  const { t } = useI18n();
  const { format } = useShop();
  return [
    { key: 'targeting', title: t('allocation.targeting'), cell: (one) => t(`allocation.targeting.${one.targeting}`) },
    { key: 'offer', title: t('allocation.offer'), cell: (one) => one.offerId },
    { key: 'offered', title: t('campaign.offered'), numeric: true, cell: (one) => format.count(one.customers) },
    {
      key: 'cost',
      title: t('campaign.cost'),
      numeric: true,
      cell: (one) => (
        <>
          {format.moneyShort(one.costMinor)}
          {one.withinBudget ? null : (
            <p className="small wrong">{t('allocation.compare.over', { money: format.moneyShort(one.costMinor) })}</p>
          )}
        </>
      ),
    },
    {
      key: 'less',
      title: t('allocation.compare.less'),
      numeric: true,
      cell: (one) => (
        <>
          {format.moneyShort(one.lessMinor)}{' '}
          <span className={one.lessInterval[0] > 0 ? 'chip yes' : 'chip'}>
            {one.lessInterval[0] > 0 ? t('allocation.compare.certain') : t('allocation.compare.uncertain')}
          </span>
          <p className="small soft">
            {t('interval.range', {
              low: format.moneyShort(one.lessInterval[0]),
              high: format.moneyShort(one.lessInterval[1]),
            })}
          </p>
        </>
      ),
    },
  ];
}
