/** Expected profit against cost when the best customers come first: where the next offer stops paying. */
import { useMemo } from 'react';
import type { CampaignTotals } from '../../api/types.ts';
import { AXIS, Chart, type Option, TOOLTIP } from '../../charts/chart.tsx';
import { Figure } from '../../charts/figure.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import { COLOURS } from '../../theme.ts';

type Curve = CampaignTotals['curve'];

export function CurveCard({ curve }: { curve: Curve }) {
  const { t } = useI18n();
  const { format } = useShop();
  const title = t('curve.title');
  const option = useMemo(
    () => curveOption(curve, format.moneyShort, (point) => t('curve.point', words(point, format))),
    [curve, format, t],
  );
  const last = curve.at(-1);
  return (
    <Card title={title} hint={t('curve.hint')} className="w5">
      {last === undefined ? (
        <Empty title={t('curve.none')} />
      ) : (
        <Figure
          title={title}
          summary={t('curve.point', words(last, format))}
          table={{
            name: 'campaign-curve',
            header: [t('campaign.offered'), t('campaign.cost'), t('campaign.expectedProfit')],
            rows: curve.map((point) => [point.offers, point.costMinor, point.expectedProfitMinor]),
            shown: curve.map((point) => [
              format.count(point.offers),
              format.money(point.costMinor),
              format.money(point.expectedProfitMinor),
            ]),
          }}
        >
          <Chart option={option} height={260} />
        </Figure>
      )}
    </Card>
  );
}

const words = (point: Curve[number], format: ReturnType<typeof useShop>['format']) => ({
  n: point.offers,
  cost: format.money(point.costMinor),
  profit: format.money(point.expectedProfitMinor),
});

function curveOption(curve: Curve, short: (minor: number) => string, say: (point: Curve[number]) => string): Option {
  const axis = { ...AXIS, type: 'value', splitNumber: 3, axisLabel: { ...AXIS.axisLabel, formatter: short } };
  return {
    grid: { left: 4, right: 24, top: 12, bottom: 4, containLabel: true },
    tooltip: {
      ...TOOLTIP,
      trigger: 'axis',
      formatter: ([hit]: readonly { dataIndex: number }[]) => {
        const point = curve[(hit?.dataIndex ?? 0) - 1];
        return point === undefined ? '' : say(point);
      },
    },
    xAxis: axis,
    yAxis: axis,
    series: [
      {
        type: 'line',
        showSymbol: false,
        data: [[0, 0], ...curve.map((point) => [point.costMinor, point.expectedProfitMinor])],
        lineStyle: { width: 2, color: COLOURS.accent },
        itemStyle: { color: COLOURS.accent },
        areaStyle: { color: 'rgba(15, 76, 92, 0.07)' },
      },
    ],
  };
}
