/** One campaign plan: who gets it and why, what it costs, what it should bring, and what it did bring. */
import { useResource } from '../../api/resource.ts';
import type { Campaign } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Page } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import { MixCard } from '../allocation/mix-card.tsx';
import { StatusChip } from './campaigns-page.tsx';
import { CurveCard } from './curve-card.tsx';
import { DefinitionCard } from './definition-card.tsx';
import { HistoryCard } from './history-card.tsx';
import { LifeCard } from './life-card.tsx';
import { OverlapsCard } from './overlaps-card.tsx';
import { PeopleCard } from './people-card.tsx';
import { ResultCard } from './result-card.tsx';
import { TierCard } from './tier-card.tsx';
import { ReasonsList, SplitCard, Totals } from './totals.tsx';
import './campaigns.css';

export default function CampaignPage({ id }: { id: string }) {
  const { t } = useI18n();
  const { format } = useShop();
  const path = `/campaigns/${encodeURIComponent(id)}`;
  const campaign = useResource<Campaign>(path);
  const plan = campaign.data;
  return (
    <Page
      title={plan?.name ?? id}
      back={{ to: '/campaigns', label: t('nav.campaigns') }}
      lead={
        plan === undefined ? undefined : (
          <>
            <StatusChip status={plan.status} />
            {plan.createdAt === null ? null : ` ${t('campaign.created', { date: format.date(plan.createdAt) })}`}
          </>
        )
      }
    >
      <Loaded from={campaign} rows={12}>
        {(data) => (
          <>
            {data.life === null ? null : <LifeCard campaign={data} life={data.life} onDone={campaign.reload} />}
            <Totals totals={data.totals} measured={data.measuredProfitMinor} />
            {data.measured === null && data.truth === null ? null : (
              <div className="grid">
                <ResultCard campaign={data} />
              </div>
            )}
            <div className="grid">
              <DefinitionCard definition={data.definition} costMinor={data.totals.costMinor} />
              <SplitCard totals={data.totals}>
                <ReasonsList reasons={data.totals.reasons} />
              </SplitCard>
            </div>
            <div className="grid">
              <TierCard totals={data.totals} />
              <CurveCard curve={data.totals.curve} />
            </div>
            {data.totals.byOffer.length > 1 ? (
              <div className="grid">
                <MixCard byOffer={data.totals.byOffer} className="w12" />
              </div>
            ) : null}
            <PeopleCard path={path} totals={data.totals} />
            {data.life === null ? null : (
              <div className="grid after">
                <OverlapsCard key={`o${data.life.version}`} path={path} />
                <HistoryCard key={`h${data.life.version}`} path={path} />
              </div>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}
