/** The plan by tier: how many get the offer, what it costs and what it should bring. */
import { useMemo } from 'react';
import type { CampaignTotals } from '../../api/types.ts';
import { AXIS, Chart, type Option, TOOLTIP } from '../../charts/chart.tsx';
import { Figure } from '../../charts/figure.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { PeopleLink, TierBadge } from '../../parts/tier.tsx';
import { useShop } from '../../shop.tsx';
import { COLOURS } from '../../theme.ts';
import { ARM_COLOURS } from './totals.tsx';

export function TierCard({ totals }: { totals: CampaignTotals }) {
  const { t } = useI18n();
  const { format, tierName } = useShop();
  const rows = useMemo(() => [...totals.byTier].reverse(), [totals.byTier]);
  const option = useMemo(
    () =>
      barsOption(rows, {
        tierName,
        count: format.count,
        names: { offered: t('arm.offer'), holdout: t('arm.holdout'), none: t('arm.none') },
      }),
    [rows, tierName, format, t],
  );
  const title = t('campaign.byTier');
  if (rows.length === 0) {
    return (
      <Card title={title} className="w7">
        <Empty title={t('campaign.noAudience')}>{t('campaign.noAudienceFix')}</Empty>
      </Card>
    );
  }
  return (
    <Card title={title} className="w7">
      <Figure
        title={title}
        summary={rows
          .map((row) =>
            t('campaign.tierSummary', {
              tier: tierName(row.tier),
              n: row.offered,
              profit: format.money(row.expectedProfitMinor),
            }),
          )
          .join('; ')}
        table={{
          name: 'campaign-by-tier',
          header: [
            t('filter.tier'),
            t('campaign.audience'),
            t('campaign.offered'),
            t('campaign.holdout'),
            t('campaign.cost'),
            t('campaign.expectedProfit'),
          ],
          rows: rows.map((row) => [
            tierName(row.tier),
            row.audience,
            row.offered,
            row.holdout,
            row.costMinor,
            row.expectedProfitMinor,
          ]),
          shown: rows.map((row) => [
            <TierBadge key="tier" tier={row.tier} />,
            <PeopleLink key="people" to={{ tier: row.tier }}>
              {format.count(row.audience)}
            </PeopleLink>,
            format.count(row.offered),
            format.count(row.holdout),
            format.money(row.costMinor),
            format.money(row.expectedProfitMinor),
          ]),
        }}
      >
        <Chart option={option} height={72 + rows.length * 44} />
      </Figure>
      <ul className="tier-profits">
        {rows.map((row) => (
          <li key={row.tier}>
            <TierBadge tier={row.tier} />
            <span className="soft small">
              {t('campaign.tierLine', {
                cost: format.moneyShort(row.costMinor),
                profit: format.moneyShort(row.expectedProfitMinor),
              })}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

interface Words {
  tierName(key: string): string;
  count(value: number): string;
  readonly names: { readonly offered: string; readonly holdout: string; readonly none: string };
}

function barsOption(rows: CampaignTotals['byTier'], { tierName, count, names }: Words): Option {
  const bars = (name: string, of: (row: CampaignTotals['byTier'][number]) => number, color: string) => ({
    name,
    type: 'bar',
    stack: 'people',
    barWidth: 20,
    itemStyle: { color },
    data: rows.map(of),
  });
  return {
    legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 12, textStyle: { color: COLOURS.ink } },
    grid: { left: 4, right: 24, top: 34, bottom: 0, containLabel: true },
    tooltip: { ...TOOLTIP, trigger: 'axis', axisPointer: { type: 'shadow' }, valueFormatter: count },
    xAxis: { ...AXIS, type: 'value', minInterval: 1, axisLabel: { ...AXIS.axisLabel, formatter: count } },
    yAxis: { ...AXIS, type: 'category', inverse: true, data: rows.map((row) => tierName(row.tier)) },
    series: [
      bars(names.offered, (row) => row.offered, ARM_COLOURS.offer),
      bars(names.holdout, (row) => row.holdout, ARM_COLOURS.holdout),
      bars(names.none, (row) => row.none, ARM_COLOURS.none),
    ],
  };
}
