/** The front of profit against customers kept: what a little less profit buys in retention. */
import { useMemo } from 'react';
import type { Simulation } from '../../api/types.ts';
import { AXIS, Chart, type Option, TOOLTIP } from '../../charts/chart.tsx';
import { Figure } from '../../charts/figure.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import { COLOURS } from '../../theme.ts';

export function FrontCard({ points }: { points: Simulation['pareto'] }) {
  const { t } = useI18n();
  const { format } = useShop();
  const option = useMemo<Option>(() => {
    const name = { nameLocation: 'middle', nameTextStyle: { color: COLOURS.inkSoft } } as const;
    return {
      grid: { left: 14, right: 24, top: 12, bottom: 22, containLabel: true },
      tooltip: {
        ...TOOLTIP,
        trigger: 'item',
        formatter: ({ value }: { value: readonly [number, number] }) =>
          t('allocation.front.point', { kept: format.decimal(value[0], 1), profit: format.moneyShort(value[1]) }),
      },
      xAxis: { ...AXIS, ...name, type: 'value', scale: true, name: t('allocation.kept'), nameGap: 26 },
      yAxis: {
        ...AXIS,
        type: 'value',
        scale: true,
        axisLabel: { ...AXIS.axisLabel, formatter: (minor: number) => format.moneyShort(minor) },
      },
      series: [
        {
          type: 'line',
          symbolSize: 9,
          data: points.map((point) => [point.expectedKept, point.expectedProfitMinor]),
          lineStyle: { width: 2, color: COLOURS.accent },
          itemStyle: { color: COLOURS.accent },
        },
      ],
    };
  }, [points, format, t]);
  const title = t('allocation.front');
  if (points.length < 2)
    return (
      <Card title={title} hint={t('allocation.front.hint')}>
        <Empty title={points.length === 0 ? t('allocation.front.none') : t('allocation.front.one')} />
      </Card>
    );
  return (
    <Card title={title} hint={t('allocation.front.hint')}>
      <Figure
        title={title}
        summary={points
          .map((point) =>
            t('allocation.front.point', {
              kept: format.decimal(point.expectedKept, 1),
              profit: format.moneyShort(point.expectedProfitMinor),
            }),
          )
          .join('; ')}
        table={{
          name: 'profit-against-retention',
          header: [t('allocation.front.worth'), t('allocation.kept'), t('campaign.expectedProfit'), t('campaign.cost')],
          rows: points.map((point) => [
            point.retentionMinor,
            point.expectedKept,
            point.expectedProfitMinor,
            point.costMinor,
          ]),
          shown: points.map((point) => [
            format.money(point.retentionMinor),
            format.decimal(point.expectedKept, 1),
            format.money(point.expectedProfitMinor),
            format.money(point.costMinor),
          ]),
        }}
      >
        <Chart option={option} height={260} />
      </Figure>
    </Card>
  );
}
