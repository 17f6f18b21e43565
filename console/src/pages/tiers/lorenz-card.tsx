/** How unevenly spend and expected value are spread: the further below the diagonal, the fewer people carry the shop. */
import { useMemo } from 'react';
import { useResource } from '../../api/resource.ts';
import type { Lorenz } from '../../api/types.ts';
import { AXIS, Chart, type Option, TOOLTIP } from '../../charts/chart.tsx';
import { Figure } from '../../charts/figure.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { Card, Facts } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { PeopleLink } from '../../parts/tier.tsx';
import { useShop } from '../../shop.tsx';
import { COLOURS } from '../../theme.ts';

export function LorenzCard() {
  const { t } = useI18n();
  const lorenz = useResource<Lorenz>('/tiers/lorenz');
  return (
    <Card title={t('lorenz.title')} hint={t('lorenz.hint')} className="w6">
      <Loaded from={lorenz} rows={7} empty={(data) => data.points.length === 0 && <Empty title={t('lorenz.none')} />}>
        {(data) => <Curve lorenz={data} />}
      </Loaded>
    </Card>
  );
}

const ROWS_MAX = 21;

function Curve({ lorenz: { points, giniSpend, giniValue, top10Share } }: { lorenz: Lorenz }) {
  const { t } = useI18n();
  const { format } = useShop();
  const share = (value: number | null) => (value === null ? '–' : format.percent(value));
  const gini = (value: number | null) => (value === null ? '–' : format.decimal(value, 3));
  const names = { spend: t('table.spend'), value: t('table.value'), even: t('lorenz.even') };
  const { spend, value, even } = names;
  const option = useMemo(
    () => curveOption(points, { spend, value, even }, (part) => format.percent(part, 0)),
    [points, spend, value, even, format],
  );
  const step = Math.max(1, Math.ceil((points.length - 1) / (ROWS_MAX - 1)));
  const sample = points.filter((_, place) => place % step === 0 || place === points.length - 1);
  return (
    <>
      <Facts
        items={[
          [
            t('lorenz.top10'),
            <PeopleLink key="top" to={{ sort: 'spend', hasOrders: true }} label={t('lorenz.top10People')}>
              {share(top10Share)}
            </PeopleLink>,
          ],
          [t('lorenz.giniSpend'), gini(giniSpend)],
          [t('lorenz.giniValue'), gini(giniValue)],
        ]}
      />
      <Figure
        title={t('lorenz.title')}
        summary={t('lorenz.summary', { share: share(top10Share), gini: gini(giniSpend) })}
        table={{
          name: 'lorenz',
          header: [t('lorenz.people'), names.spend, names.value],
          rows: points.map((point) => [point.share, point.spendShare, point.valueShare]),
          shown: sample.map((point) => [share(point.share), share(point.spendShare), share(point.valueShare)]),
        }}
      >
        <Chart option={option} height={268} />
      </Figure>
    </>
  );
}

function curveOption(
  points: Lorenz['points'],
  names: { spend: string; value: string; even: string },
  percent: (share: number) => string,
): Option {
  const axis = { ...AXIS, type: 'value', min: 0, max: 1, axisLabel: { ...AXIS.axisLabel, formatter: percent } };
  const line = (name: string, data: number[][], look: object) => ({
    name,
    type: 'line',
    data,
    showSymbol: false,
    lineStyle: { width: 2, ...look },
  });
  return {
    color: [COLOURS.accent, COLOURS.amber, COLOURS.previous],
    legend: { top: 0, left: 0, itemWidth: 18, icon: 'roundRect', itemHeight: 3, textStyle: { color: COLOURS.ink } },
    grid: { left: 8, right: 14, top: 34, bottom: 4, containLabel: true },
    tooltip: { ...TOOLTIP, trigger: 'axis', valueFormatter: percent, axisPointer: { label: { show: false } } },
    xAxis: axis,
    yAxis: axis,
    series: [
      line(
        names.spend,
        points.map((point) => [point.share, point.spendShare]),
        {},
      ),
      line(
        names.value,
        points.map((point) => [point.share, point.valueShare]),
        { type: [6, 3] },
      ),
      line(
        names.even,
        [
          [0, 0],
          [1, 1],
        ],
        { width: 1, type: 'dotted' },
      ),
    ],
  };
}
