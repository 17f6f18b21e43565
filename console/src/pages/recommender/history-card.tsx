/** Offline figures run after run: the lists beside plain methods, or tier by tier. */
import { Segmented, Select } from 'antd';
import { useId, useMemo, useState } from 'react';
import { useResource } from '../../api/resource.ts';
import type { RecommenderHistory } from '../../api/types.ts';
import { AXIS, Chart, type Option, TOOLTIP } from '../../charts/chart.tsx';
import { Figure } from '../../charts/figure.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { useMethodName, useMetricName } from '../../parts/metrics-table.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import { COLOURS, tierColour } from '../../theme.ts';

const METRICS = ['ndcg', 'recall', 'hitRate', 'precision', 'coverage', 'diversity', 'novelty', 'popularity'] as const;
const PARTS = ['all', 'repeat', 'explore'] as const;
type Rows = RecommenderHistory['rows'];

/** Of the plain methods these; the rest are in the table of the offline test. */
const METHODS = ['shown', 'ranked', 'blend', 'personal', 'popularity'] as const;
const LOOK = [COLOURS.amber, COLOURS.accent, '#5d97a4', '#5b8f4a', COLOURS.previous];

interface Line {
  readonly key: string;
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [number, number])[];
}

export function HistoryCard() {
  const { t } = useI18n();
  const metricName = useMetricName();
  const id = useId();
  const [metric, setMetric] = useState<string>('ndcg');
  const [part, setPart] = useState<(typeof PARTS)[number]>('all');
  const [by, setBy] = useState<'method' | 'tier'>('method');
  const history = useResource<RecommenderHistory>(`/recommender/history?part=${part}`);
  return (
    <Card title={t('history.title')} hint={t('history.hint')} className="w7">
      <div className="history-tools">
        <div className="filter">
          <label htmlFor={`${id}m`}>{t('history.metric')}</label>
          <Select
            id={`${id}m`}
            value={metric}
            onChange={setMetric}
            options={METRICS.map((value) => ({ value, label: metricName(value) }))}
          />
        </div>
        <div className="filter">
          <label htmlFor={`${id}p`}>{t('offline.part')}</label>
          <Select
            id={`${id}p`}
            value={part}
            onChange={setPart}
            options={PARTS.map((value) => ({ value, label: t(`offline.part.${value}`) }))}
          />
        </div>
        <Segmented<'method' | 'tier'>
          value={by}
          onChange={setBy}
          aria-label={t('history.by')}
          options={(['method', 'tier'] as const).map((value) => ({ value, label: t(`history.by.${value}`) }))}
        />
      </div>
      <Loaded
        from={history}
        rows={6}
        empty={(data) => data.rows.length === 0 && <Empty title={t('history.none')}>{t('evaluation.noneFix')}</Empty>}
      >
        {(data) => <Plot rows={data.rows} metric={metric} by={by} />}
      </Loaded>
    </Card>
  );
}

function Plot({ rows, metric, by }: { rows: Rows; metric: string; by: 'method' | 'tier' }) {
  const { t } = useI18n();
  const { format } = useShop();
  const metricName = useMetricName();
  const lines = useLines(rows, metric, by);
  const dates = [...new Set(rows.map((row) => row.asOf))].sort((a, b) => a - b);
  const write = useMemo(() => {
    const digits = metric === 'novelty' ? 1 : 3;
    return { date: format.date, number: (value: number) => format.fixed(value, digits) };
  }, [format, metric]);
  const option = useMemo(() => historyOption(lines, write), [lines, write]);
  const valueAt = (line: Line, date: number) => line.points.find(([at]) => at === date)?.[1];
  const shown = lines[0]?.points.at(-1);
  const summary =
    shown === undefined
      ? t('history.none')
      : t('history.summary', {
          metric: metricName(metric),
          value: write.number(shown[1]),
          date: write.date(shown[0]),
        });
  return (
    <>
      {dates.length === 1 ? <p className="small soft">{t('history.one')}</p> : null}
      <Figure
        title={t('history.title')}
        summary={summary}
        table={{
          name: `recommender-${metric}`,
          header: [t('history.date'), ...lines.map(({ name }) => name)],
          rows: dates.map((date) => [new Date(date).toISOString(), ...lines.map((line) => valueAt(line, date))]),
          shown: dates.map((date) => [
            write.date(date),
            ...lines.map((line) => {
              const value = valueAt(line, date);
              return value === undefined ? '–' : write.number(value);
            }),
          ]),
        }}
      >
        <Chart option={option} height={280} />
      </Figure>
    </>
  );
}

function useLines(rows: Rows, metric: string, by: 'method' | 'tier'): readonly Line[] {
  const { t } = useI18n();
  const { shop, tierName } = useShop();
  const methodName = useMethodName();
  return useMemo(() => {
    const pointsOf = (method: string, tier: string | null) =>
      rows.flatMap((row): [number, number][] => {
        const value = row.metrics[metric];
        return row.method === method && row.tier === tier && value !== undefined ? [[row.asOf, value]] : [];
      });
    const all: Line[] =
      by === 'method'
        ? METHODS.map((method, i) => ({
            ...{ key: method, name: methodName(method), colour: LOOK[i] ?? COLOURS.ink },
            points: pointsOf(method, null),
          }))
        : [...shop.tiers].reverse().map((tier) => ({
            ...{ key: tier.key, name: tierName(tier.key), colour: tierColour(tier.index, shop.tiers.length) },
            points: pointsOf('shown', tier.key),
          }));
    if (by === 'tier')
      all.push({ key: '', name: t('strategy.noTier'), colour: COLOURS.previous, points: pointsOf('shown', '') });
    return all.filter(({ points }) => points.length > 0);
  }, [rows, metric, by, methodName, shop, tierName, t]);
}

function historyOption(
  lines: readonly Line[],
  write: { date: (at: number) => string; number: (value: number) => string },
): Option {
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value));
  // Far from 0, the axis would hide what changes.
  const isHigh = Math.min(...values) > 0.5 * Math.max(...values) && Math.max(...values) > 0.5;
  return {
    color: lines.map(({ colour }) => colour),
    legend: { top: 0, left: 0, itemWidth: 18, icon: 'roundRect', itemHeight: 3, textStyle: { color: COLOURS.ink } },
    grid: { left: 8, right: 28, top: 52, bottom: 8, containLabel: true },
    tooltip: { ...TOOLTIP, trigger: 'axis', valueFormatter: write.number },
    xAxis: {
      ...AXIS,
      type: 'category',
      data: [...new Set(lines.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b).map(write.date),
    },
    yAxis: {
      ...AXIS,
      ...{ type: 'value', scale: isHigh },
      axisLabel: { ...AXIS.axisLabel, formatter: write.number },
    },
    series: lines.map(({ name, points, key }) => ({
      ...{ name, type: 'line', symbol: 'circle', symbolSize: 8 },
      data: points.map(([at, value]) => [write.date(at), value]),
      lineStyle: { width: key === 'shown' ? 3 : 2 },
    })),
  };
}
