/** A balance over time as steps: how codes or a budget run down, how redemptions grow. */
import { useMemo } from 'react';
import type { Point } from '../../api/offer-types.ts';
import { AXIS, Chart, type Option, TOOLTIP } from '../../charts/chart.tsx';
import { Figure } from '../../charts/figure.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import { COLOURS } from '../../theme.ts';

interface Line {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly Point[];
}

interface RunDownProps {
  readonly title: string;
  readonly name: string;
  readonly summary: string;
  readonly none: string;
  readonly lines: readonly Line[];
  say(value: number): string;
}

export function RunDown({ title, name, summary, none, lines, say }: RunDownProps) {
  const { t } = useI18n();
  const { format } = useShop();
  const option = useMemo(() => optionOf(lines, { date: format.hour, number: say }), [lines, format, say]);
  const rows = lines.flatMap((line) => line.points.map((point) => ({ ...point, line: line.name })));
  return (
    <Card title={title} className="w6">
      {rows.length === 0 ? (
        <Empty title={none} />
      ) : (
        <Figure
          title={title}
          summary={summary}
          table={{
            name,
            header: [t('table.time'), t('table.name'), title],
            rows: rows.map((row) => [new Date(row.at).toISOString(), row.line, row.value]),
            shown: rows.map((row) => [format.dateTime(row.at), row.line, say(row.value)]),
          }}
        >
          <Chart option={option} height={260} />
        </Figure>
      )}
    </Card>
  );
}

function optionOf(
  lines: readonly Line[],
  write: { date: (at: number) => string; number: (value: number) => string },
): Option {
  return {
    color: lines.map(({ colour }) => colour),
    ...(lines.length > 1 ? { legend: { top: 0, left: 0, textStyle: { color: COLOURS.ink } } } : {}),
    grid: { left: 8, right: 24, top: lines.length > 1 ? 40 : 14, bottom: 8, containLabel: true },
    tooltip: { ...TOOLTIP, trigger: 'axis', valueFormatter: write.number },
    xAxis: { ...AXIS, type: 'time', axisLabel: { ...AXIS.axisLabel, formatter: write.date }, splitNumber: 3 },
    yAxis: { ...AXIS, type: 'value', min: 0, axisLabel: { ...AXIS.axisLabel, formatter: write.number } },
    series: lines.map(({ name, points }) => ({
      ...{ name, type: 'line', step: 'end', symbolSize: 5, showSymbol: points.length < 40 },
      data: points.map((point) => [point.at, point.value]),
      areaStyle: { opacity: 0.07 },
    })),
  };
}
