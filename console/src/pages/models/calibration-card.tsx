/** Whether a chance of 30 % comes true three times in ten: chances told against what happened, a line a tier. */
import { useMemo } from 'react';
import type { ModelTiers } from '../../api/types.ts';
import { AXIS, Chart, type Option, TOOLTIP } from '../../charts/chart.tsx';
import { Figure } from '../../charts/figure.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import { COLOURS } from '../../theme.ts';

type Bins = NonNullable<ModelTiers['calibration']>;

export function CalibrationCard({ bins, gap }: { bins: Bins | null; gap: number | null }) {
  const { t } = useI18n();
  return (
    <Card title={t('calibration.title')} hint={t('calibration.hint')} className="w6">
      {bins === null ? <Empty title={t('evaluation.none')} /> : <Plot bins={bins} gap={gap} />}
    </Card>
  );
}

function Plot({ bins, gap }: { bins: Bins; gap: number | null }) {
  const { t } = useI18n();
  const { format, shop, tierColour, tierName } = useShop();
  const percent = (share: number) => format.percent(share, 0);
  const perfect = t('calibration.perfect');
  const [told, happened] = [t('calibration.told'), t('calibration.happened')];
  const option = useMemo(() => {
    const lines = bins.map((points, index) => {
      const key = shop.tiers.find((tier) => tier.index === index)?.key ?? null;
      return { name: tierName(key), colour: tierColour(key), points: points.map((bin) => [bin.told, bin.happened]) };
    });
    return plotOption(lines, { perfect, told, happened }, (share) => format.percent(share, 0));
  }, [bins, shop, tierName, tierColour, perfect, told, happened, format]);
  const rows = bins.flatMap((points, index) => {
    const key = shop.tiers.find((tier) => tier.index === index)?.key ?? null;
    return points.map((bin) => ({ tier: tierName(key), ...bin }));
  });
  const sentence = gap === null ? '' : t('calibration.gap', { points: format.decimal(100 * gap, 1) });
  return (
    <>
      <p>{sentence}</p>
      <Figure
        title={t('calibration.title')}
        summary={sentence}
        table={{
          name: 'calibration',
          header: [t('filter.tier'), told, happened, t('table.customers')],
          rows: rows.map((row) => [row.tier, row.told, row.happened, row.weight]),
          shown: rows.map((row) => [row.tier, percent(row.told), percent(row.happened), format.count(row.weight)]),
        }}
      >
        <Chart option={option} height={290} />
      </Figure>
    </>
  );
}

function plotOption(
  lines: readonly { name: string; colour: string; points: number[][] }[],
  words: { perfect: string; told: string; happened: string },
  percent: (share: number) => string,
): Option {
  const axis = (name: string, gap: number) => ({
    ...AXIS,
    ...{ type: 'value', min: 0, max: 1, name, nameLocation: 'middle', nameGap: gap },
    nameTextStyle: { color: COLOURS.inkSoft },
    axisLabel: { ...AXIS.axisLabel, formatter: percent },
  });
  return {
    legend: { top: 0, left: 0, itemWidth: 18, icon: 'roundRect', itemHeight: 3, textStyle: { color: COLOURS.ink } },
    grid: { left: 34, right: 14, top: 34, bottom: 26, containLabel: true },
    tooltip: { ...TOOLTIP, trigger: 'item', formatter: pointText(words, percent) },
    xAxis: axis(words.told, 28),
    yAxis: axis(words.happened, 44),
    series: [
      ...lines.map(({ name, colour, points }) => ({
        ...{ name, type: 'line', data: points, symbolSize: 8, symbol: 'circle', color: colour },
        lineStyle: { width: 2 },
      })),
      {
        ...{ name: words.perfect, type: 'line', showSymbol: false, color: COLOURS.previous, silent: true },
        data: [
          [0, 0],
          [1, 1],
        ],
        lineStyle: { width: 1, type: 'dotted' },
      },
    ],
  };
}

const pointText =
  ({ told, happened }: { told: string; happened: string }, percent: (share: number) => string) =>
  ({ seriesName, value }: { seriesName: string; value: readonly [number, number] }): string =>
    `${seriesName}\n${told}: ${percent(value[0])}\n${happened}: ${percent(value[1])}`;
