/** One product: what it is, how it sells, and what is bought with it. */
import { useResource } from '../../api/resource.ts';
import type { Product } from '../../api/types.ts';
import { Bar } from '../../charts/bars.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { Card, Facts, Page } from '../../parts/page.tsx';
import { Picture, ProductLink } from '../../parts/product.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import './recommender.css';

export default function ProductPage({ id }: { id: string }) {
  const { t } = useI18n();
  const { titleOf } = useShop();
  const product = useResource<Product>(`/products/${encodeURIComponent(id)}`);
  return (
    <Page
      title={product.data === undefined ? t('product.untitled', { id }) : titleOf(product.data)}
      back={{ to: '/recommender', label: t('nav.recommender') }}
    >
      <Loaded from={product} rows={10}>
        {(data) => (
          <>
            <div className="grid">
              <AboutCard product={data} />
              <NeighboursCard neighbours={data.neighbours} />
            </div>
            <FeaturesCard features={data.features} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function AboutCard({ product }: { product: Product }) {
  const { t, language } = useI18n();
  const { format, titleOf } = useShop();
  const money = (minor: number | null) => (minor === null ? '–' : format.money(minor));
  const date = (at: number | null) => (at === null ? '–' : format.date(at));
  const zh = language === 'zh';
  const description = zh
    ? (product.descriptionZh ?? product.description)
    : (product.description ?? product.descriptionZh);
  return (
    <Card title={t('product.about')} className="w7">
      <div className="about">
        <Picture imageUrl={product.imageUrl} title={titleOf(product)} size={160} />
        <p>{description ?? <span className="soft">{t('product.noDescription')}</span>}</p>
      </div>
      <Facts
        items={[
          [t('product.id'), product.productId],
          [t('products.category'), (zh && product.categoryZh) || product.category || '–'],
          [t('product.brand'), product.brand ?? '–'],
          [t('products.column.price'), money(product.priceMinor)],
          [t('product.cost'), money(product.unitCostMinor)],
          [t('products.column.stock'), product.stock === null ? '–' : format.count(product.stock)],
          [t('kpi.revenue'), money(product.revenueMinor)],
          [t('products.column.units'), format.decimal(product.units, 1)],
          [t('table.customers'), format.count(product.customers)],
          [t('product.firstSold'), date(product.firstSoldAt)],
          [t('product.lastSold'), date(product.lastSoldAt)],
        ]}
      />
    </Card>
  );
}

function NeighboursCard({ neighbours }: { neighbours: Product['neighbours'] }) {
  const { t } = useI18n();
  const { format, titleOf } = useShop();
  const most = Math.max(0, ...neighbours.map((each) => each.score));
  const source = {
    name: 'neighbours',
    header: ['product_id', 'title', 'score'],
    rows: () => neighbours.map((each) => [each.productId, titleOf(each), each.score]),
  };
  return (
    <Card
      title={t('product.neighbours')}
      hint={t('product.neighbours.hint')}
      className="w5"
      actions={neighbours.length === 0 ? undefined : <CsvButton what={t('product.neighbours')} source={source} />}
    >
      {neighbours.length === 0 ? <Empty title={t('product.neighbours.none')} /> : null}
      <ol className="popular">
        {neighbours.map((each) => (
          <li key={each.productId}>
            <Picture imageUrl={each.imageUrl} title={titleOf(each)} size={44} />
            <div className="popular-words">
              <ProductLink product={each} />
              <Bar value={each.score} most={most}>
                {format.decimal(each.score, 3)}
              </Bar>
            </div>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function FeaturesCard({ features }: { features: Product['features'] }) {
  const { t } = useI18n();
  const { format } = useShop();
  const entries = Object.entries(features);
  if (entries.length === 0) return null;
  const written = (value: string | number | boolean | null) => {
    if (value === null) return '–';
    if (typeof value === 'boolean') return t(value ? 'word.yes' : 'word.no');
    return typeof value === 'number' ? format.decimal(value, 3) : value;
  };
  const source = {
    name: 'product-features',
    header: ['feature', 'value'],
    rows: () => entries.map(([name, value]) => [name, typeof value === 'boolean' ? String(value) : value]),
  };
  return (
    <Card title={t('product.features')} actions={<CsvButton what={t('product.features')} source={source} />}>
      <dl className="features">
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{written(value)}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
