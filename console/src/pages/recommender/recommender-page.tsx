/** Recommender: where the items come from, what one customer would see and why, and how good the lists are. */
import { useResource } from '../../api/resource.ts';
import type { CustomerRow, Page as PageOf, Recommender } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Page } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useRoute } from '../../router.ts';
import { BiasCard } from './bias-card.tsx';
import { Flow } from './flow.tsx';
import { HistoryCard } from './history-card.tsx';
import { CoverageCard, PopularCard } from './metrics-cards.tsx';
import { OfflineCard } from './offline-card.tsx';
import { Preview } from './preview.tsx';
import { ProductsCard } from './products-card.tsx';
import { StrategiesCard } from './strategies-card.tsx';
import './recommender.css';

export default function RecommenderPage() {
  const { t } = useI18n();
  const { query } = useRoute();
  const recommender = useResource<Recommender>('/recommender');
  const first = useResource<PageOf<CustomerRow>>(query.has('customer') ? null : '/customers?limit=1&sort=value');
  const customer = query.get('customer') ?? first.data?.rows[0]?.customerId;
  return (
    <Page title={t('nav.recommender')} lead={t('recommend.lead')}>
      <Loaded from={recommender} rows={5}>
        {(data) => (
          <div className="grid">
            <Flow recommender={data} />
          </div>
        )}
      </Loaded>
      <div className="grid">
        <Preview customer={customer} horizonDays={recommender.data?.ranker?.horizonDays ?? 28} key={customer ?? ''} />
        <div className="w5 stack">
          <Loaded from={recommender} rows={8}>
            {(data) => (
              <div className="stack">
                <CoverageCard recommender={data} />
                <PopularCard recommender={data} />
              </div>
            )}
          </Loaded>
        </div>
      </div>
      <Loaded from={recommender} rows={4}>
        {(data) => (
          <div className="grid">
            <StrategiesCard recommender={data} />
            <HistoryCard />
            <BiasCard recommender={data} />
            <OfflineCard recommender={data} />
          </div>
        )}
      </Loaded>
      <ProductsCard />
    </Page>
  );
}
