/** One campaign: what it added by tier, by offer and day by day, and whether the comparison can be trusted. */
import { useMemo } from 'react';
import { useResource } from '../../api/resource.ts';
import { AXIS, Chart, type Option, TOOLTIP } from '../../charts/chart.tsx';
import { Figure } from '../../charts/figure.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { Card, Facts, Page } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import { COLOURS } from '../../theme.ts';
import { Headline } from './headline.tsx';
import { PaybackWords } from './parts.tsx';
import { OfferCard, TierCard } from './parts-card.tsx';
import type { CampaignRoiDetail } from './roi-types.ts';
import { WaterfallCard } from './waterfall-card.tsx';
import './roi.css';

export default function RoiCampaignPage({ id }: { id: string }) {
  const { t } = useI18n();
  const { format } = useShop();
  const campaign = useResource<CampaignRoiDetail>(`/roi/campaigns/${encodeURIComponent(id)}`);
  const found = campaign.data;
  return (
    <Page
      title={found?.name ?? id}
      back={{ to: '/roi', label: t('nav.roi') }}
      lead={
        found === undefined
          ? undefined
          : t('roi.dates', { from: format.date(found.startAt), to: format.date(found.until) })
      }
    >
      <Loaded from={campaign} rows={10}>
        {(data) => (
          <>
            <div className="grid">
              <Headline total={data} attribution={{ clickDays: 7, viewDays: 1 }} />
            </div>
            <div className="grid">
              <DaysCard campaign={data} />
              <WaterfallCard total={data} />
            </div>
            <div className="grid">
              <TierCard rows={data.byTier} />
              <OfferCard rows={data.byOffer} />
            </div>
            <div className="grid">
              <ChecksCard campaign={data} />
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function ChecksCard({ campaign: { checks, payback } }: { campaign: CampaignRoiDetail }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { sampleRatio, heldInOther, heldWithCoupon } = checks;
  return (
    <Card title={t('roi.one.checks')} className="w12">
      <Facts
        items={[
          [
            t('roi.one.sampleRatio'),
            sampleRatio === null ? (
              t('roi.one.sampleRatio.none')
            ) : (
              <span key="ratio" className={sampleRatio.ok ? 'chip yes' : 'chip no'}>
                {t(sampleRatio.ok ? 'roi.one.sampleRatio.ok' : 'roi.one.sampleRatio.bad')}
              </span>
            ),
          ],
          [t('roi.one.heldInOther'), format.count(heldInOther)],
          [t('roi.one.heldWithCoupon'), format.count(heldWithCoupon)],
          [t('roi.payback'), <PaybackWords key="payback" payback={payback} />],
        ]}
      />
    </Card>
  );
}

function DaysCard({ campaign: { curve } }: { campaign: CampaignRoiDetail }) {
  const { t } = useI18n();
  const { format } = useShop();
  const title = t('roi.one.curve');
  const say = useMemo(
    () => (day: CampaignRoiDetail['curve'][number]) =>
      t('roi.one.curve.day', {
        day: day.day + 1,
        ...{ mid: format.money(day.profitMinor), low: format.money(day.lowMinor), high: format.money(day.highMinor) },
      }),
    [t, format],
  );
  const option = useMemo(() => daysOption(curve, format.moneyShort, say), [curve, format, say]);
  return (
    <Card title={title} hint={t('roi.one.curve.hint')} className="w7">
      {curve.length === 0 ? (
        <Empty title={t('roi.verdict.unmeasured')}>{t('roi.why.unmeasured')}</Empty>
      ) : (
        <Figure
          title={title}
          summary={curve.map(say).join('. ')}
          table={{
            name: 'roi-days',
            header: [t('roi.one.day'), t('interval.low'), t('roi.profit.incremental'), t('interval.high')],
            rows: curve.map((day) => [day.day + 1, day.lowMinor, day.profitMinor, day.highMinor]),
            shown: curve.map((day) => [
              day.day + 1,
              ...[day.lowMinor, day.profitMinor, day.highMinor].map((own) => format.money(own)),
            ]),
          }}
        >
          <Chart option={option} height={260} />
        </Figure>
      )}
    </Card>
  );
}

type Days = CampaignRoiDetail['curve'];

function daysOption(curve: Days, short: (minor: number) => string, say: (day: Days[number]) => string): Option {
  const line = (pick: (day: Days[number]) => number, style: Option): Option => ({
    ...{ type: 'line', showSymbol: false, lineStyle: { width: 1, type: 'dotted', color: COLOURS.previous } },
    data: curve.map(pick),
    ...style,
  });
  return {
    grid: { left: 4, right: 16, top: 12, bottom: 4, containLabel: true },
    tooltip: {
      ...TOOLTIP,
      trigger: 'axis',
      formatter: ([hit]: readonly { dataIndex: number }[]) => {
        const day = curve[hit?.dataIndex ?? 0];
        return day === undefined ? '' : say(day);
      },
    },
    xAxis: { ...AXIS, type: 'category', data: curve.map((day) => String(day.day + 1)) },
    yAxis: { ...AXIS, type: 'value', splitNumber: 4, axisLabel: { ...AXIS.axisLabel, formatter: short } },
    series: [
      line((day) => day.lowMinor, {}),
      line((day) => day.highMinor, {}),
      line((day) => day.profitMinor, {
        lineStyle: { width: 2, color: COLOURS.accent },
        itemStyle: { color: COLOURS.accent },
        markLine: {
          ...{
            symbol: 'none',
            silent: true,
            label: { show: false },
            lineStyle: { color: COLOURS.inkSoft, type: 'solid', width: 1 },
          },
          data: [{ yAxis: 0 }],
        },
      }),
    ],
  };
}
