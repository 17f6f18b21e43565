/** How the customer's expected margin adds up over the days ahead: a line in its 80 % band. */
import { useMemo } from 'react';
import type { Profile } from '../../api/types.ts';
import { AXIS, Chart, type Option, TOOLTIP } from '../../charts/chart.tsx';
import { Figure } from '../../charts/figure.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { useShop } from '../../shop.tsx';
import { COLOURS } from '../../theme.ts';

type Fan = Profile['value']['fan'];

export function FanFigure({ fan }: { fan: Fan }) {
  const { t } = useI18n();
  const { shop, format } = useShop();
  const [value, range, days] = [t('profile.margin'), t('fan.range'), t('unit.daysShort')];
  const option = useMemo(
    () =>
      fanOption(fan, {
        ...{ value, range, days },
        scale: 10 ** shop.currencyDigits,
        short: (minor) => format.moneyShort(minor),
      }),
    [fan, value, range, days, shop.currencyDigits, format],
  );
  const last = fan.at(-1);
  if (last === undefined) return null;
  const title = t('fan.title');
  const summary = t('fan.summary', {
    days: last.days,
    mid: format.money(last.valueMinor),
    low: format.money(last.lowMinor),
    high: format.money(last.highMinor),
  });
  return (
    <div className="fan">
      <h3>{title}</h3>
      <Figure
        title={title}
        summary={summary}
        table={{
          name: 'value-fan',
          header: [t('unit.daysShort'), t('interval.low'), t('interval.mid'), t('interval.high')],
          rows: fan.map((point) => [point.days, point.lowMinor, point.valueMinor, point.highMinor]),
          shown: fan.map((point) => [
            format.count(point.days),
            format.money(point.lowMinor),
            format.money(point.valueMinor),
            format.money(point.highMinor),
          ]),
        }}
      >
        <Chart option={option} height={190} />
      </Figure>
    </div>
  );
}

interface Look {
  readonly value: string;
  readonly range: string;
  readonly days: string;
  readonly scale: number;
  readonly short: (minor: number) => string;
}

/** The band is the lower end, unseen, and on it the way to the upper one. */
function fanOption(fan: Fan, { value, range, days, scale, short }: Look): Option {
  const points = [{ days: 0, valueMinor: 0, lowMinor: 0, highMinor: 0 }, ...fan];
  const line = (name: string, of: (point: Fan[number]) => number, look: object) => ({
    name,
    type: 'line',
    data: points.map((point) => [point.days, of(point) / scale]),
    symbol: 'none',
    lineStyle: { opacity: 0 },
    ...look,
  });
  return {
    grid: { left: 8, right: 24, top: 10, bottom: 4, containLabel: true },
    tooltip: {
      ...TOOLTIP,
      trigger: 'axis',
      formatter: (shown: readonly { dataIndex: number }[]) => {
        const point = points[shown[0]?.dataIndex ?? 0];
        if (point === undefined) return '';
        return `${point.days} ${days}\n${value}: ${short(point.valueMinor)}\n${range}: ${short(point.lowMinor)} – ${short(point.highMinor)}`;
      },
    },
    xAxis: {
      ...AXIS,
      type: 'value',
      max: points.at(-1)?.days ?? 1,
      splitLine: { show: false },
      axisLabel: { ...AXIS.axisLabel, formatter: (at: number) => `${at} ${days}` },
    },
    yAxis: {
      ...AXIS,
      type: 'value',
      splitNumber: 3,
      axisLabel: { ...AXIS.axisLabel, formatter: (at: number) => short(at * scale) },
    },
    series: [
      line('low', (point) => point.lowMinor, { stack: 'band' }),
      line('band', (point) => point.highMinor - point.lowMinor, {
        stack: 'band',
        areaStyle: { color: 'rgba(93, 151, 164, 0.28)' },
      }),
      line(value, (point) => point.valueMinor, {
        symbol: 'circle',
        symbolSize: 6,
        lineStyle: { width: 2, color: COLOURS.accent },
        itemStyle: { color: COLOURS.accent },
      }),
    ],
  };
}
