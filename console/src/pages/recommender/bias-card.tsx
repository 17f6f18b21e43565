/** Do lists push what sells anyway? What is shown beside what is bought, by tenths of the products. */
import { useMemo } from 'react';
import type { Recommender } from '../../api/types.ts';
import { AXIS, Chart, type Option, TOOLTIP } from '../../charts/chart.tsx';
import { Figure } from '../../charts/figure.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import { COLOURS } from '../../theme.ts';

export function BiasCard({ recommender: { popularity } }: { recommender: Recommender }) {
  const { t } = useI18n();
  return (
    <Card title={t('bias.title')} hint={t('bias.hint')} className="w5">
      {popularity === null || popularity.shown.length === 0 ? (
        <Empty title={t('bias.none')} />
      ) : (
        <Plot popularity={popularity} />
      )}
    </Card>
  );
}

function Plot({ popularity: { shown, bought } }: { popularity: NonNullable<Recommender['popularity']> }) {
  const { t } = useI18n();
  const { format } = useShop();
  const percent = (share: number) => format.percent(share, 0);
  const summary = t('bias.summary', { shown: percent(shown[0] ?? 0), bought: percent(bought[0] ?? 0) });
  const [a, b, axis] = [t('bias.shown'), t('bias.bought'), t('bias.axis')];
  const option = useMemo(
    () => biasOption({ shown, bought }, { shown: a, bought: b, axis }, (share) => format.percent(share, 0)),
    [shown, bought, a, b, axis, format],
  );
  return (
    <>
      <p>{summary}</p>
      <Figure
        title={t('bias.title')}
        summary={summary}
        table={{
          name: 'popularity-bias',
          header: [t('bias.tenth'), a, b],
          rows: shown.map((share, i) => [i + 1, share, bought[i]]),
          shown: shown.map((share, i) => [i + 1, format.percent(share), format.percent(bought[i] ?? 0)]),
        }}
      >
        <Chart option={option} height={280} />
      </Figure>
    </>
  );
}

function biasOption(
  { shown, bought }: { shown: readonly number[]; bought: readonly number[] },
  words: { shown: string; bought: string; axis: string },
  percent: (share: number) => string,
): Option {
  const bars = (name: string, data: readonly number[]) => ({ name, type: 'bar', data, barMaxWidth: 16, barGap: '12%' });
  return {
    color: [COLOURS.amber, COLOURS.accent],
    legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 12, textStyle: { color: COLOURS.ink } },
    grid: { left: 8, right: 12, top: 34, bottom: 26, containLabel: true },
    tooltip: { ...TOOLTIP, trigger: 'axis', valueFormatter: percent },
    xAxis: {
      ...AXIS,
      ...{ type: 'category', data: shown.map((_, i) => String(i + 1)), name: words.axis, nameLocation: 'middle' },
      ...{ nameGap: 26, nameTextStyle: { color: COLOURS.inkSoft } },
      axisLabel: { ...AXIS.axisLabel, interval: 0, hideOverlap: false },
    },
    yAxis: { ...AXIS, type: 'value', axisLabel: { ...AXIS.axisLabel, formatter: percent } },
    series: [bars(words.shown, shown), bars(words.bought, bought)],
  };
}
