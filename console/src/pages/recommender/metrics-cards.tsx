/** How far the lists reach, what they show most, and how they did on purchases that they had not seen. */
import type { Recommender } from '../../api/types.ts';
import { Bar } from '../../charts/bars.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { Card, Facts } from '../../parts/page.tsx';
import { Picture, ProductLink } from '../../parts/product.tsx';
import { useSourceName } from '../../parts/source-name.ts';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';

export function CoverageCard({ recommender: { coverage, bySource } }: { recommender: Recommender }) {
  const { t } = useI18n();
  const { format } = useShop();
  const sourceName = useSourceName();
  const all = bySource.reduce((sum, each) => sum + each.items, 0);
  const share = (value: number | null) => (value === null ? '–' : format.percent(value));
  const source = {
    name: 'items-by-source',
    header: ['source', 'items'],
    rows: () => bySource.map((each) => [each.source, each.items]),
  };
  return (
    <Card
      title={t('coverage.title')}
      hint={t('coverage.hint')}
      actions={<CsvButton what={t('coverage.title')} source={source} />}
    >
      <Facts
        items={[
          [t('coverage.customers'), `${format.count(coverage.customers)} · ${share(coverage.shareCustomers)}`],
          [t('coverage.products'), `${format.count(coverage.products)} · ${share(coverage.shareProducts)}`],
        ]}
      />
      <h3 className="spaced">{t('coverage.bySource')}</h3>
      {bySource.length === 0 ? <Empty title={t('recommend.none')} /> : null}
      <ul className="weights">
        {bySource.map((each) => (
          <li key={each.source}>
            <span>{sourceName(each.source)}</span>
            <Bar value={each.items} most={all}>
              {format.percent(all === 0 ? 0 : each.items / all, 0)}
            </Bar>
          </li>
        ))}
      </ul>
    </Card>
  );
}

const POPULAR_SHOWN = 8;

export function PopularCard({ recommender: { topProducts, coverage } }: { recommender: Recommender }) {
  const { t } = useI18n();
  const { format, titleOf } = useShop();
  const source = {
    name: 'most-recommended',
    header: ['product_id', 'title', 'customers'],
    rows: () => topProducts.map((each) => [each.productId, titleOf(each), each.customers]),
  };
  return (
    <Card
      title={t('popular.title')}
      hint={t('popular.hint')}
      actions={<CsvButton what={t('popular.title')} source={source} />}
    >
      {topProducts.length === 0 ? <Empty title={t('recommend.none')} /> : null}
      <ol className="popular">
        {topProducts.slice(0, POPULAR_SHOWN).map((each) => (
          <li key={each.productId}>
            <Picture imageUrl={each.imageUrl} title={titleOf(each)} size={36} />
            <div className="popular-words">
              <ProductLink product={each} />
              <Bar value={each.customers} most={Math.max(1, coverage.customers)}>
                {format.percent(coverage.customers === 0 ? 0 : each.customers / coverage.customers)}
              </Bar>
            </div>
          </li>
        ))}
      </ol>
    </Card>
  );
}
