/** How many members and days a test needs. */
import { useEffect, useState } from 'react';
import { ApiError, postJson } from '../../api/client.ts';
import { AXIS, Chart, type Option, TOOLTIP } from '../../charts/chart.tsx';
import { Figure } from '../../charts/figure.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { NumberField } from '../../parts/number-field.tsx';
import { Card, Facts } from '../../parts/page.tsx';
import { Failed, Waiting } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import { COLOURS } from '../../theme.ts';
import type { PlanAnswer } from './types.ts';

/** Shares in per cent, as people write them. */
interface Asked {
  readonly baseline: number | null;
  readonly lift: number | null;
  readonly power: number | null;
  readonly alpha: number | null;
  readonly arms: number | null;
  readonly daily: number | null;
  readonly cuped: number | null;
}

const FIRST: Asked = { baseline: 12, lift: 10, power: 80, alpha: 5, arms: 1, daily: null, cuped: 0 };

export function Calculator() {
  const { t } = useI18n();
  const [asked, setAsked] = useState(FIRST);
  const { answer, failed } = useAnswer(asked);
  const field = (key: keyof Asked, max: number, precision: number, suffix?: string) => (
    <NumberField
      label={t(`xp.calc.${key}`)}
      value={asked[key]}
      max={max}
      precision={precision}
      suffix={suffix}
      onChange={(value) => setAsked((before) => ({ ...before, [key]: value }))}
    />
  );
  return (
    <div className="grid">
      <Card title={t('xp.calc')} hint={t('xp.calc.hint')} className="w5">
        <div className="xp-fields">
          {field('baseline', 99.9, 2, '%')}
          {field('lift', 900, 1, '%')}
          {field('power', 99, 0, '%')}
          {field('alpha', 40, 1, '%')}
          {field('arms', 20, 0)}
          {field('daily', 1_000_000_000, 0)}
          {field('cuped', 95, 0, '%')}
        </div>
      </Card>
      <Card title={t('xp.calc.answer')} className="w7">
        {failed !== undefined ? (
          <Failed error={failed} />
        ) : answer === undefined ? (
          <Waiting rows={4} />
        ) : (
          <Answer answer={answer} />
        )}
      </Card>
    </div>
  );
}

function useAnswer({ baseline, lift, power, alpha, arms, daily, cuped }: Asked) {
  const [state, setState] = useState<{ answer?: PlanAnswer; failed?: ApiError }>({});
  useEffect(() => {
    if (baseline === null || lift === null || baseline === 0 || lift === 0) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const body = {
        ...{ baseline: baseline / 100, effect: lift / 100, relative: true },
        ...{ power: (power ?? 80) / 100, alpha: (alpha ?? 5) / 100, arms: Math.max(1, arms ?? 1) },
        ...(daily === null || daily === 0 ? {} : { daily }),
        ...(cuped === null ? {} : { cuped: cuped / 100 }),
      };
      postJson<PlanAnswer>('/experiments/plan', body, abort.signal)
        .then((answer) => setState({ answer }))
        .catch((cause: unknown) => {
          if (cause instanceof ApiError) setState({ failed: cause });
        });
    }, 250);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [baseline, lift, power, alpha, arms, daily, cuped]);
  return state;
}

function Answer({ answer }: { answer: PlanAnswer }) {
  const { t } = useI18n();
  const { format } = useShop();
  const size = ({ members, control, treated, days }: PlanAnswer['fixed']) => (
    <>
      <strong>{format.count(members)}</strong>{' '}
      <span className="soft small">
        {t('xp.calc.split', { control: format.count(control), treated: format.count(treated) })}
      </span>
      {days === null ? null : <span> · {t('xp.calc.days', { n: days })}</span>}
    </>
  );
  const title = t('xp.calc.curve');
  const points = answer.curve.map(({ effect, members }) => ({ at: format.percent(effect, 2), members }));
  const option: Option = {
    grid: { left: 8, right: 12, top: 12, bottom: 4, containLabel: true },
    tooltip: { ...TOOLTIP, trigger: 'axis', valueFormatter: (at: number) => format.count(at) },
    xAxis: { ...AXIS, type: 'category', data: points.map(({ at }) => at) },
    yAxis: { ...AXIS, type: 'value', axisLabel: { ...AXIS.axisLabel, formatter: (at: number) => format.short(at) } },
    series: [
      {
        ...{ type: 'line', data: points.map(({ members }) => members), symbol: 'circle', symbolSize: 6 },
        lineStyle: { width: 2, color: COLOURS.accent },
        itemStyle: { color: COLOURS.accent },
      },
    ],
  };
  return (
    <>
      <Facts
        items={[
          [t('xp.calc.effect'), format.percent(answer.effect, 2)],
          [t('xp.calc.fixed'), size(answer.fixed)],
          [t('xp.calc.sequential'), size(answer.sequential)],
        ]}
      />
      <Figure
        title={title}
        summary={points.map(({ at, members }) => `${at}: ${format.count(members)}`).join('. ')}
        table={{
          name: 'experiment-size',
          header: [t('xp.calc.effect'), t('xp.members')],
          rows: answer.curve.map(({ effect, members }) => [effect, members]),
          shown: points.map(({ at, members }) => [at, format.count(members)]),
        }}
      >
        <Chart option={option} height={220} />
      </Figure>
    </>
  );
}
