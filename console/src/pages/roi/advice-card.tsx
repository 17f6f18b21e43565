/** How much to spend next: profit against budget over groups of customers, with its band, and a sentence that says what to do. */
import { useMemo } from 'react';
import { AXIS, Chart, type Option, TOOLTIP } from '../../charts/chart.tsx';
import { Figure } from '../../charts/figure.tsx';
import { isKey, useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import { COLOURS } from '../../theme.ts';
import type { Advice, AdvicePoint } from './roi-types.ts';

export function AdviceCard({ advice }: { advice: Advice }) {
  const { t } = useI18n();
  const { format } = useShop();
  const title = t('roi.advice');
  const say = usePointWords();
  const groupName = useGroupName();
  const option = useMemo(() => curveOption(advice, format.moneyShort, say), [advice, format, say]);
  return (
    <Card title={title} hint={t('roi.advice.hint')} className="w8">
      {advice.kind === 'unknown' ? (
        <Empty title={t('roi.advice.unknown')}>{t('roi.advice.unknownFix')}</Empty>
      ) : (
        <>
          <AdviceWords advice={advice} />
          <Figure
            title={title}
            summary={advice.curve.map(say).join('. ')}
            table={{
              name: 'roi-advice',
              header: [
                t('roi.advice.group'),
                t('roi.advice.people'),
                t('roi.advice.perUnit'),
                t('roi.advice.budget'),
                t('roi.advice.profit'),
                t('interval.low'),
                t('interval.high'),
              ],
              rows: advice.curve.map((point) => [
                groupName(point),
                point.people,
                Number(point.perUnit.toFixed(3)),
                point.budgetMinor,
                point.profitMinor,
                ...point.interval,
              ]),
              shown: advice.curve.map((point) => [
                groupName(point),
                format.count(point.people),
                t('roi.interval', {
                  low: format.fixed(point.perUnitInterval[0], 2),
                  high: format.fixed(point.perUnitInterval[1], 2),
                }),
                format.money(point.budgetMinor),
                format.money(point.profitMinor),
                ...point.interval.map(format.money),
              ]),
            }}
          >
            <Chart option={option} height={250} />
          </Figure>
          <p className="small soft">
            {t('roi.advice.basis', {
              campaigns: advice.campaigns,
              n: advice.measuredPeople,
              days: advice.windowDays,
            })}
          </p>
        </>
      )}
    </Card>
  );
}

function AdviceWords({ advice }: { advice: Advice }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { kind, budgetMinor, budgetInterval, profitMinor, interval, people, available, test } = advice;
  const short = format.moneyShort;
  const values = {
    ...{ budget: short(budgetMinor), n: people, profit: short(profitMinor) },
    ...{ low: short(interval[0]), high: short(interval[1]) },
  };
  const testWords = (() => {
    if (test === null || kind === 'spend') return null;
    const base = { effect: format.money(test.effectMinor), n: test.people, cost: short(test.costMinor) };
    return test.people <= available
      ? t('roi.advice.test', base)
      : t('roi.advice.testBig', { ...base, available, rounds: Math.ceil(test.people / Math.max(1, available)) });
  })();
  return (
    <div className="roi-advice">
      <p>
        <strong>
          {kind === 'stop' ? t('roi.advice.stop') : t(`roi.advice.${kind === 'spend' ? 'spend' : 'learn'}`, values)}
        </strong>
      </p>
      {kind === 'spend' ? (
        <p className="small soft">
          {t('roi.advice.spendRange', { low: short(budgetInterval[0]), high: short(budgetInterval[1]) })}
        </p>
      ) : null}
      {testWords === null ? null : <p className="small soft">{testWords}</p>}
    </div>
  );
}

function usePointWords(): (point: AdvicePoint) => string {
  const { t } = useI18n();
  const { format } = useShop();
  return useMemo(
    () => (point) =>
      t('roi.advice.point', {
        ...{ n: point.people, budget: format.money(point.budgetMinor), profit: format.money(point.profitMinor) },
        ...{ low: format.money(point.interval[0]), high: format.money(point.interval[1]) },
      }),
    [t, format],
  );
}

/** Tier, days since the last order, use of coupons. */
function useGroupName(): (point: AdvicePoint) => string {
  const { t } = useI18n();
  const { tierName } = useShop();
  return ({ traits: [tier = '', band = '', habit = ''] }) => {
    const words = (key: string, own: string) => (isKey(key) ? t(key) : own);
    return [
      tier === '?' ? t('tier.none') : tierName(tier),
      words(`roi.band.${band}`, band),
      words(`roi.habit.${habit.replace(' ', '-')}`, habit),
    ].join(' · ');
  };
}

function curveOption(
  { curve, budgetMinor }: Advice,
  short: (minor: number) => string,
  say: (point: AdvicePoint) => string,
): Option {
  const points = [{ budgetMinor: 0, profitMinor: 0, interval: [0, 0] as const }, ...curve];
  const axis = { ...AXIS, type: 'value', splitNumber: 3, axisLabel: { ...AXIS.axisLabel, formatter: short } };
  const line = (pick: (point: (typeof points)[number]) => number, style: Option): Option => ({
    ...{ type: 'line', showSymbol: false, silent: true, lineStyle: { width: 0 } },
    data: points.map((point) => [point.budgetMinor, pick(point)]),
    ...style,
  });
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
      line(({ interval }) => interval[0], { lineStyle: { width: 1, type: 'dotted', color: COLOURS.previous } }),
      line(({ interval }) => interval[1], { lineStyle: { width: 1, type: 'dotted', color: COLOURS.previous } }),
      line(({ profitMinor }) => profitMinor, {
        silent: false,
        lineStyle: { width: 2, color: COLOURS.accent },
        itemStyle: { color: COLOURS.accent },
        markLine: {
          ...{
            symbol: 'none',
            silent: true,
            label: { show: false },
            lineStyle: { color: COLOURS.amber, type: 'dashed' },
          },
          data: [{ xAxis: budgetMinor }],
        },
      }),
    ],
  };
}
