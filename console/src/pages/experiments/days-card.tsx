/** The effect as it grew from day to day. */
import { AXIS, Chart, type Option, TOOLTIP } from '../../charts/chart.tsx';
import { Figure } from '../../charts/figure.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { useShop } from '../../shop.tsx';
import { COLOURS } from '../../theme.ts';
import { useMetrics } from './metric.ts';
import type { Report } from './types.ts';

const LINES = [COLOURS.accent, COLOURS.amber, COLOURS.bad, COLOURS.inkSoft] as const;
const DAY_MS = 86_400_000;

/** Days are calendar days of the shop, counted from 1970. */
const date = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

type Days = NonNullable<Report['overTime']>['days'];

interface Look {
  /** Of one unit on the axis. */
  readonly scale: number;
  readonly value: (at: number) => string;
  readonly short: (at: number) => string;
}

function daysOption(days: Days, arms: readonly string[], { scale, value, short }: Look): Option {
  const of = (arm: string) => days.map(({ arms: own }) => own.find((each) => each.arm === arm));
  const line = (arm: string, k: number, which: 'mid' | 'low' | 'high') => ({
    ...{ name: arm, type: 'line', symbol: which === 'mid' && days.length <= 40 ? 'circle' : 'none', symbolSize: 5 },
    data: of(arm).map((own) => {
      const at = which === 'mid' ? own?.difference : own?.differenceInterval?.[which === 'low' ? 0 : 1];
      return at === null || at === undefined ? null : at / scale;
    }),
    lineStyle: {
      width: which === 'mid' ? 2 : 1,
      type: which === 'mid' ? 'solid' : 'dashed',
      color: LINES[k % LINES.length],
    },
    itemStyle: { color: LINES[k % LINES.length] },
    ...(which === 'mid' ? {} : { tooltip: { show: false }, silent: true }),
  });
  return {
    grid: { left: 8, right: 12, top: 28, bottom: 4, containLabel: true },
    legend: { data: arms, top: 0, left: 0 },
    tooltip: {
      ...TOOLTIP,
      trigger: 'axis',
      valueFormatter: (at: number | null) => (at === null ? '–' : value(at * scale)),
    },
    xAxis: { ...AXIS, type: 'category', data: days.map(({ day }) => date(day)) },
    yAxis: {
      ...AXIS,
      type: 'value',
      axisLabel: {
        ...AXIS.axisLabel,
        formatter: (at: number) => short(at * scale),
      },
    },
    series: arms.flatMap((arm, k) => (['mid', 'low', 'high'] as const).map((which) => line(arm, k, which))),
  };
}

export function DaysCard({ report }: { report: Report }) {
  const { t } = useI18n();
  const { format, shop } = useShop();
  const { name, value, p } = useMetrics();
  const metric = report.metrics[0]?.name ?? '';
  const days = report.overTime?.days ?? [];
  const arms = report.arms.slice(1).map(({ arm }) => arm);
  const isMoney = /^(revenue|margin|profit)$/.test(metric);
  const scale = isMoney ? 10 ** shop.currencyDigits : 1;
  const option = daysOption(days, arms, {
    scale,
    value: (at) => value(metric, at),
    short: isMoney ? format.moneyShort : (at) => value(metric, at),
  });
  const title = t('xp.overTime', { metric: name(metric) });
  const last = days.at(-1);
  const summary = (last?.arms ?? [])
    .filter(({ difference }) => difference !== null)
    .map(({ arm, difference, differenceInterval }) =>
      t('interval.text', {
        label: arm,
        mid: value(metric, difference ?? 0),
        low: value(metric, differenceInterval?.[0] ?? 0),
        high: value(metric, differenceInterval?.[1] ?? 0),
      }),
    )
    .join('. ');
  const cells = days.flatMap(({ day, arms: own }) =>
    own.filter(({ difference }) => difference !== null).map((each) => ({ day, ...each })),
  );
  return (
    <Card title={title} hint={t('xp.overTime.hint')} className="w12">
      <Figure
        title={title}
        summary={summary}
        table={{
          name: 'experiment-days',
          header: [
            t('table.time'),
            t('table.arm'),
            t('xp.members'),
            t('interval.low'),
            t('xp.difference'),
            t('interval.high'),
          ],
          rows: cells.map((own) => [
            date(own.day),
            own.arm,
            own.n,
            own.differenceInterval?.[0],
            own.difference,
            own.differenceInterval?.[1],
          ]),
          shown: cells.map((own) => [
            ...[date(own.day), own.arm, format.count(own.n), value(metric, own.differenceInterval?.[0] ?? 0)],
            ...[value(metric, own.difference ?? 0), value(metric, own.differenceInterval?.[1] ?? 0)],
          ]),
        }}
      >
        <Chart option={option} height={280} />
      </Figure>
      {(report.overTime?.novelty ?? []).map(({ arm, early, late, pValue }) => (
        <p className="small soft" key={arm}>
          {t('xp.novelty', { arm, early: value(metric, early), late: value(metric, late), p: p(pValue) })}
        </p>
      ))}
    </Card>
  );
}
