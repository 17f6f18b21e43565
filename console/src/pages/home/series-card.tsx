/** Revenue or orders over the period; the server picks hours, days, weeks or months by its length. */
import { Segmented } from 'antd';
import { useMemo, useState } from 'react';
import type { Home, SeriesPoint } from '../../api/types.ts';
import { AXIS, Chart, type Option, TOOLTIP } from '../../charts/chart.tsx';
import { Figure } from '../../charts/figure.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import { COLOURS } from '../../theme.ts';

type Measure = 'revenue' | 'orders';

export function SeriesCard({ home: { series, unit } }: { home: Home }) {
  const { t } = useI18n();
  const { shop, format } = useShop();
  const [measure, setMeasure] = useState<Measure>('revenue');
  const of = (point: SeriesPoint) => (measure === 'revenue' ? point.revenueMinor : point.orders);
  const write = measure === 'revenue' ? format.money : format.count;
  const moment = { hour: format.hour, day: format.date, week: format.date, month: format.month }[unit];
  const tick = { hour: format.hour, day: format.dateShort, week: format.dateShort, month: format.month }[unit];
  const title = t('home.series', { what: t(`kpi.${measure}`), unit: t(`unit.${unit}`) });
  const option = useMemo(
    () => lineOption(series, measure, { scale: 10 ** shop.currencyDigits, moment, tick, format }),
    [series, measure, shop.currencyDigits, moment, tick, format],
  );
  if (series.length === 0) {
    return (
      <Card title={title} className="w8">
        <Empty title={t('home.series.empty')}>{t('home.series.emptyFix')}</Empty>
      </Card>
    );
  }
  const best = series.reduce((most, point) => (of(point) > of(most) ? point : most));
  const summary = t('home.series.summary', {
    title,
    first: moment(series[0]?.at ?? 0),
    last: moment(series.at(-1)?.at ?? 0),
    peak: moment(best.at),
    most: write(of(best)),
  });
  return (
    <Card title={title} className="w8">
      <Figure
        title={title}
        summary={summary}
        actions={
          <Segmented<Measure>
            size="small"
            value={measure}
            onChange={setMeasure}
            aria-label={t('home.series.measure')}
            options={(['revenue', 'orders'] as const).map((value) => ({ value, label: t(`kpi.${value}`) }))}
          />
        }
        table={{
          name: 'revenue-and-orders',
          header: [t('table.time'), t('kpi.revenue'), t('kpi.refunds'), t('kpi.orders')],
          rows: series.map((point) => [moment(point.at), point.revenueMinor, point.refundsMinor, point.orders]),
          shown: series.map((point) => [
            moment(point.at),
            format.money(point.revenueMinor),
            format.money(point.refundsMinor),
            format.count(point.orders),
          ]),
        }}
      >
        <Chart option={option} height={268} />
      </Figure>
    </Card>
  );
}

interface Look {
  readonly scale: number;
  readonly moment: (at: number) => string;
  readonly tick: (at: number) => string;
  readonly format: ReturnType<typeof useShop>['format'];
}

function lineOption(series: readonly SeriesPoint[], measure: Measure, { scale, moment, tick, format }: Look): Option {
  const money = measure === 'revenue';
  return {
    grid: { left: 8, right: 12, top: 12, bottom: 4, containLabel: true },
    tooltip: {
      ...TOOLTIP,
      trigger: 'axis',
      valueFormatter: (value: number) => (money ? format.money(Math.round(value * scale)) : format.count(value)),
    },
    xAxis: {
      ...AXIS,
      type: 'category',
      boundaryGap: false,
      data: series.map((point) => moment(point.at)),
      axisLabel: { ...AXIS.axisLabel, formatter: (_: string, place: number) => tick(series[place]?.at ?? 0) },
    },
    yAxis: {
      ...AXIS,
      type: 'value',
      splitNumber: 4,
      minInterval: money ? 0 : 1,
      axisLabel: {
        ...AXIS.axisLabel,
        formatter: (value: number) => (money ? format.moneyShort(value * scale) : format.short(value)),
      },
    },
    series: [
      {
        type: 'line',
        data: series.map((point) => (money ? point.revenueMinor / scale : point.orders)),
        symbol: 'circle',
        symbolSize: 5,
        showSymbol: series.length <= 40,
        lineStyle: { width: 2, color: COLOURS.accent },
        itemStyle: { color: COLOURS.accent },
        areaStyle: { color: 'rgba(15, 76, 92, 0.07)' },
      },
    ],
  };
}
