/** Did it pay: what campaigns really added, beside what attribution claims, and what to spend next. */
import { Segmented } from 'antd';
import { useResource } from '../../api/resource.ts';
import { dayEnd, dayStart } from '../../format.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Page } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { go, href, type Query, queryText, useRoute } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { AdviceCard } from './advice-card.tsx';
import { CampaignsCard } from './campaigns-card.tsx';
import { ForestCard } from './forest-card.tsx';
import { GlobalCard } from './global-card.tsx';
import { Headline } from './headline.tsx';
import { OfferCard, TierCard } from './parts-card.tsx';
import type { Roi } from './roi-types.ts';
import { WaterfallCard } from './waterfall-card.tsx';
import './roi.css';

const PRESETS = [90, 180, 365] as const;
const DAY_MS = 86_400_000;

export default function RoiPage() {
  const { t } = useI18n();
  const { shop } = useShop();
  const { query } = useRoute();
  const days = Number(query.get('days'));
  const [fromDay, toDay] = [query.get('from') ?? '', query.get('to') ?? ''];
  const from = fromDay === '' ? (days > 0 ? shop.asOf - days * DAY_MS : Number.NaN) : dayStart(fromDay, shop.timeZone);
  const to = toDay === '' ? Number.NaN : dayEnd(toDay, shop.timeZone);
  const asked: Query = { from: Number.isNaN(from) ? null : from, to: Number.isNaN(to) ? null : to };
  const roi = useResource<Roi>(`/roi${queryText(asked)}`);
  const csv = (table: string) => `api/v1/roi${queryText({ ...asked, table, format: 'csv' })}`;
  return (
    <Page title={t('nav.roi')} lead={t('roi.lead')} actions={<RangeForm days={days} fromDay={fromDay} toDay={toDay} />}>
      <Loaded
        from={roi}
        rows={12}
        empty={(data) => data.campaigns.length === 0 && <Empty title={t('roi.none')}>{t('roi.noneFix')}</Empty>}
      >
        {(data) => (
          <>
            <div className="grid">
              <Headline total={data.total} attribution={data.attribution} />
            </div>
            <div className="grid">
              <CampaignsCard campaigns={data.campaigns} csv={csv('campaigns')} />
            </div>
            <div className="grid">
              <WaterfallCard total={data.total} />
              <ForestCard campaigns={data.campaigns} pooled={data.pooled} />
            </div>
            <div className="grid">
              <AdviceCard advice={data.advice} />
              <GlobalCard holdout={data.globalHoldout} total={data.total} />
            </div>
            <div className="grid">
              <TierCard rows={data.byTier} csv={csv('tiers')} />
              <OfferCard rows={data.byOffer} campaigns={data.campaigns} csv={csv('offers')} />
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function RangeForm({ days, fromDay, toDay }: { days: number; fromDay: string; toDay: string }) {
  const { t } = useI18n();
  const own = (name: 'from' | 'to', value: string) =>
    go(href('/roi', { from: fromDay, to: toDay, [name]: value }), { replace: true });
  return (
    <fieldset className="group roi-range" aria-label={t('roi.range')}>
      <Segmented
        value={fromDay !== '' || toDay !== '' ? -1 : days > 0 ? days : 0}
        onChange={(value) => go(href('/roi', { days: value === 0 ? null : Number(value) }), { replace: true })}
        options={[
          { value: 0, label: t('roi.range.all') },
          ...PRESETS.map((n) => ({ value: n, label: t('roi.range.days', { n }) })),
        ]}
      />
      <label>
        <span className="small soft">{t('range.from')}</span>
        <input type="date" value={fromDay} onChange={(event) => own('from', event.target.value)} />
      </label>
      <label>
        <span className="small soft">{t('range.to')}</span>
        <input type="date" value={toDay} onChange={(event) => own('to', event.target.value)} />
      </label>
    </fieldset>
  );
}
