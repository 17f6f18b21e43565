/** Profit of the best plan by budget with its band, the present budget, and simpler targeting as marks. */
import { useMemo } from 'react';
import type { Simulation } from '../../api/types.ts';
import { AXIS, Chart, type Option, TOOLTIP } from '../../charts/chart.tsx';
import { Figure } from '../../charts/figure.tsx';
import { type I18n, useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { useShop } from '../../shop.tsx';
import { COLOURS } from '../../theme.ts';

type Format = ReturnType<typeof useShop>['format'];

export function BudgetCurve({ simulation }: { simulation: Simulation }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { curve } = simulation;
  const option = useMemo(() => optionOf(simulation, t, format), [simulation, t, format]);
  const say = (point: Simulation['curve'][number]) =>
    t('allocation.curve.point', {
      n: point.customers,
      budget: format.moneyShort(point.budgetMinor),
      profit: format.moneyShort(point.expectedProfitMinor),
      low: format.moneyShort(point.interval[0]),
      high: format.moneyShort(point.interval[1]),
    });
  return (
    <Card title={t('allocation.curve')} hint={t('allocation.curve.hint')}>
      <Figure
        title={t('allocation.curve')}
        summary={curve.map(say).join('; ')}
        table={{
          name: 'budget-curve',
          header: [
            t('campaign.budget'),
            t('campaign.offered'),
            t('campaign.cost'),
            t('campaign.expectedProfit'),
            t('allocation.curve.band'),
          ],
          rows: curve.map((point) => [
            point.budgetMinor,
            point.customers,
            point.costMinor,
            point.expectedProfitMinor,
            point.interval.join(' – '),
          ]),
          shown: curve.map((point) => [
            format.money(point.budgetMinor),
            format.count(point.customers),
            format.money(point.costMinor),
            format.money(point.expectedProfitMinor),
            point.interval.map((end) => format.money(end)).join(' – '),
          ]),
        }}
      >
        <Chart option={option} height={320} />
      </Figure>
    </Card>
  );
}

const MARKS = { everyone: '#a63f12', 'top-value': '#d9921f', 'top-churn': '#8a5a9e', random: '#97a3aa' } as const;

function optionOf({ plan, curve, comparisons }: Simulation, t: I18n['t'], format: Format): Option {
  const axis = {
    ...AXIS,
    type: 'value',
    splitNumber: 4,
    axisLabel: { ...AXIS.axisLabel, formatter: (minor: number) => format.moneyShort(minor) },
  };
  const line = (of: (point: Simulation['curve'][number]) => number) =>
    curve.map((point) => [point.budgetMinor, of(point)]);
  // a mark beyond the curve's end would squeeze the curve
  const end = curve.at(-1)?.budgetMinor ?? 0;
  const marks = comparisons.filter(({ costMinor }) => costMinor <= 1.5 * end);
  return {
    legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 12, textStyle: { color: COLOURS.ink } },
    grid: { left: 4, right: 28, top: 58, bottom: 4, containLabel: true },
    tooltip: {
      ...TOOLTIP,
      trigger: 'item',
      formatter: ({ seriesName, value }: { seriesName: string; value: readonly [number, number] }) =>
        `${seriesName}: ${format.moneyShort(value[0])} → ${format.moneyShort(value[1])}`,
    },
    xAxis: axis,
    yAxis: axis,
    series: [
      {
        type: 'line',
        silent: true,
        showSymbol: false,
        stack: 'band',
        lineStyle: { opacity: 0 },
        data: line(({ interval }) => interval[0]),
      },
      {
        name: t('allocation.curve.band'),
        type: 'line',
        silent: true,
        showSymbol: false,
        stack: 'band',
        stackStrategy: 'all',
        lineStyle: { opacity: 0 },
        itemStyle: { color: 'rgba(15, 76, 92, 0.14)' },
        areaStyle: { color: 'rgba(15, 76, 92, 0.10)' },
        data: line(({ interval }) => interval[1] - interval[0]),
      },
      {
        name: t('allocation.curve.plan'),
        type: 'line',
        symbolSize: 5,
        data: line((point) => point.expectedProfitMinor),
        lineStyle: { width: 2, color: COLOURS.accent },
        itemStyle: { color: COLOURS.accent },
        markLine: {
          silent: true,
          symbol: 'none',
          lineStyle: { color: COLOURS.inkSoft, type: 'dashed' },
          label: { formatter: t('allocation.curve.here'), color: COLOURS.inkSoft, position: 'end' },
          data: plan.budgetMinor <= end ? [{ xAxis: plan.budgetMinor }] : [],
        },
      },
      ...marks.map(({ targeting, costMinor, expectedProfitMinor }) => ({
        name: t(`allocation.targeting.${targeting}`),
        type: 'line',
        symbol: 'diamond',
        symbolSize: 13,
        lineStyle: { opacity: 0 },
        itemStyle: { color: MARKS[targeting] },
        data: [[costMinor, expectedProfitMinor]],
      })),
    ],
  };
}
