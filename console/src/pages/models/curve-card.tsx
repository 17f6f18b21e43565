/** What more customers would bring, and whether the model has learned its own customers by heart. */
import { useMemo } from 'react';
import type { ModelTiers } from '../../api/types.ts';
import { AXIS, Chart, type Option, TOOLTIP } from '../../charts/chart.tsx';
import { Figure } from '../../charts/figure.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import { COLOURS } from '../../theme.ts';

type Curve = NonNullable<ModelTiers['curve']>;

export function CurveCard({ curve }: { curve: Curve | null }) {
  const { t } = useI18n();
  return (
    <Card title={t('learning.title')} hint={t('learning.hint')} className="w6">
      {curve === null || curve.points.length === 0 ? <Empty title={t('learning.none')} /> : <Plot curve={curve} />}
    </Card>
  );
}

function Plot({ curve: { points, warning } }: { curve: Curve }) {
  const { t } = useI18n();
  const { format } = useShop();
  const [own, others, people] = [t('learning.train'), t('learning.validation'), t('learning.rows')];
  const option = useMemo(
    () =>
      curveOption(
        points,
        { own, others, people },
        {
          count: format.count,
          number: (value) => format.fixed(value, 2),
        },
      ),
    [points, own, others, people, format],
  );
  const number = (value: number) => format.fixed(value, 3);
  const sentence = told({ points, warning }, t, number, (share) => format.percent(share, 0));
  return (
    <>
      <p className={warning === null ? undefined : 'curve-warning'}>{sentence}</p>
      <Figure
        title={t('learning.title')}
        summary={sentence}
        table={{
          name: 'learning-curve',
          header: [people, own, others],
          rows: points.map((point) => [point.rows, point.train.mean, point.validation.mean]),
          shown: points.map((point) => [
            format.count(point.rows),
            number(point.train.mean),
            number(point.validation.mean),
          ]),
        }}
      >
        <Chart option={option} height={290} />
      </Figure>
    </>
  );
}

/** Above this share of what is shown in training the gap is worth a word, even where the folds differ too much for a warning. */
const GAP = 0.15;

function told(
  { points, warning }: Curve,
  t: ReturnType<typeof useI18n>['t'],
  number: (value: number) => string,
  percent: (share: number) => string,
): string {
  if (warning !== null)
    return `${t('learning.overfit', { lost: percent(warning.lost), atLeast: percent(warning.lostAtLeast) })} ${t(warning.isRising ? 'learning.rising' : 'learning.level')}`;
  const { train, validation } = points.at(-1)!;
  const figures = { train: number(train.mean), validation: number(validation.mean) };
  return t(train.mean - validation.mean > GAP * train.mean ? 'learning.unsure' : 'learning.fine', figures);
}

function curveOption(
  points: Curve['points'],
  words: { own: string; others: string; people: string },
  write: { count: (value: number) => string; number: (value: number) => string },
): Option {
  const all = points.flatMap(({ train, validation }) => [train.mean, validation.mean]);
  const margin = Math.max(0.02, (Math.max(...all) - Math.min(...all)) / 3);
  const step = margin > 0.05 ? 0.1 : 0.02;
  const line = (name: string, data: number[][], look: object) => ({
    ...{ name, type: 'line', data, symbol: 'circle', symbolSize: 8 },
    lineStyle: { width: 2, ...look },
  });
  return {
    color: [COLOURS.amber, COLOURS.accent],
    legend: { top: 0, left: 0, itemWidth: 18, icon: 'roundRect', itemHeight: 3, textStyle: { color: COLOURS.ink } },
    grid: { left: 8, right: 24, top: 34, bottom: 26, containLabel: true },
    tooltip: { ...TOOLTIP, trigger: 'axis', valueFormatter: write.number, axisPointer: { label: { show: false } } },
    xAxis: {
      ...AXIS,
      ...{ type: 'value', min: 0, name: words.people, nameLocation: 'middle', nameGap: 28 },
      nameTextStyle: { color: COLOURS.inkSoft },
      axisLabel: { ...AXIS.axisLabel, formatter: write.count },
    },
    yAxis: {
      ...AXIS,
      ...{ type: 'value', min: Math.floor((Math.min(...all) - margin) / step) * step },
      max: Math.min(1, Math.ceil((Math.max(...all) + margin) / step) * step),
      axisLabel: { ...AXIS.axisLabel, formatter: write.number },
    },
    series: [
      line(
        words.own,
        points.map(({ rows, train }) => [rows, train.mean]),
        { type: [6, 3] },
      ),
      line(
        words.others,
        points.map(({ rows, validation }) => [rows, validation.mean]),
        {},
      ),
    ],
  };
}
