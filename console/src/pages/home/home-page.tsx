/** Home: what needs attention, how the period went against the one before, and what to do next. */
import { useResource } from '../../api/resource.ts';
import type { Home } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useRange } from '../../range.tsx';
import { href, queryText } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { Alerts } from './alerts.tsx';
import { RecentCampaigns } from './campaigns-card.tsx';
import { KpiTiles } from './kpi-tiles.tsx';
import { LifecycleCard } from './lifecycle-card.tsx';
import { SeriesCard } from './series-card.tsx';
import { TierStrip } from './tier-strip.tsx';
import './home.css';

export default function HomePage() {
  const { t } = useI18n();
  const range = useRange();
  const { format } = useShop();
  const home = useResource<Home>(`/home${queryText({ from: range.from, to: range.to })}`);
  const before = home.data?.previous;
  const lead =
    range.compare && before !== undefined
      ? t('home.compared', { from: format.date(before.from), to: format.date(before.to - 1) })
      : undefined;
  return (
    <Page title={t('nav.home')} lead={lead}>
      <Loaded from={home} rows={12}>
        {(data) => (
          <>
            <Alerts alerts={data.alerts} lifecycle={data.lifecycle} />
            <KpiTiles kpis={data.kpis} range={data.range} />
            <div className="grid">
              <SeriesCard home={data} />
              <div className="w4 home-side">
                <NextStep step={data.nextStep} />
                <RecentCampaigns campaigns={data.campaigns} />
              </div>
            </div>
            <div className="grid">
              <TierStrip tiers={data.tiers} />
              <LifecycleCard lifecycle={data.lifecycle} />
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function NextStep({ step }: { step: Home['nextStep'] }) {
  const { t, pick } = useI18n();
  return (
    <Card title={t('home.next')} className="next-step">
      <p className="next-text">{pick(step)}</p>
      <a className="go" href={href(step.link)}>
        {t('home.next.go')}
        <Icon name="right" size={16} />
      </a>
    </Card>
  );
}
