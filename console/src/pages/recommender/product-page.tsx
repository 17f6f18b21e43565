/** One product: what it is, how it sells, and what is bought with it. */
import { Segmented } from 'antd';
import { useState } from 'react';
import { useResource } from '../../api/resource.ts';
import type { Product } from '../../api/types.ts';
import { Bar } from '../../charts/bars.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { Card, Facts, Page } from '../../parts/page.tsx';
import { Picture, ProductLink } from '../../parts/product.tsx';
import { useSourceName } from '../../parts/source-name.ts';
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
          [t('product.recommended'), <Recommended key="recommended" recommended={product.recommended} />],
        ]}
      />
    </Card>
  );
}

const KINDS = ['bought-together', 'alike', 'same-category'] as const;
type NeighbourKind = (typeof KINDS)[number];

function NeighboursCard({ neighbours }: { neighbours: Product['neighbours'] }) {
  const { t } = useI18n();
  const { titleOf } = useShop();
  const kinds = KINDS.filter((kind) => neighbours.some((each) => each.kind === kind));
  const [asked, setAsked] = useState<NeighbourKind>();
  const kind = asked !== undefined && kinds.includes(asked) ? asked : (kinds[0] ?? 'bought-together');
  const rows = neighbours.filter((each) => each.kind === kind);
  const source = {
    name: 'neighbours',
    header: ['kind', 'product_id', 'title', 'score', 'price_minor'],
    rows: () => neighbours.map((each) => [each.kind, each.productId, titleOf(each), each.score, each.priceMinor]),
  };
  return (
    <Card
      title={t('product.neighbours')}
      hint={t(kind === 'bought-together' ? 'product.neighbours.hint' : `product.neighbours.${kind}.hint`)}
      className="w5"
      actions={neighbours.length === 0 ? undefined : <CsvButton what={t('product.neighbours')} source={source} />}
    >
      {neighbours.length === 0 ? <Empty title={t('product.neighbours.none')} /> : null}
      {kinds.length < 2 ? null : (
        <div className="preview-sources">
          <Segmented<NeighbourKind>
            size="small"
            value={kind}
            onChange={setAsked}
            aria-label={t('product.neighbours.kind')}
            options={kinds.map((value) => ({ value, label: t(`product.neighbours.${value}`) }))}
          />
        </div>
      )}
      <NeighbourList rows={rows.slice(0, SHOWN)} isPeople={kind === 'same-category'} />
    </Card>
  );
}

const SHOWN = 12;

function NeighbourList({ rows, isPeople }: { rows: Product['neighbours']; isPeople: boolean }) {
  const { t } = useI18n();
  const { format, titleOf } = useShop();
  const most = Math.max(0, ...rows.map((each) => each.score));
  return (
    <ol className="popular">
      {rows.map((each) => (
        <li key={each.productId}>
          <Picture imageUrl={each.imageUrl} title={titleOf(each)} size={44} />
          <div className="popular-words">
            <span className="neighbour-title">
              <ProductLink product={each} />
              {each.priceMinor === null ? null : (
                <span className="small soft neighbour-price">{format.money(each.priceMinor)}</span>
              )}
            </span>
            <Bar value={each.score} most={most}>
              {isPeople ? t('product.neighbours.customers', { n: each.score }) : format.decimal(each.score, 3)}
            </Bar>
          </div>
        </li>
      ))}
    </ol>
  );
}

function Recommended({ recommended: { customers, bySource } }: Pick<Product, 'recommended'>) {
  const { t } = useI18n();
  const { format } = useShop();
  const sourceName = useSourceName();
  if (customers === 0) return <>{t('product.recommended.none')}</>;
  const parts = bySource.map((each) => `${sourceName(each.source)} ${format.count(each.customers)}`);
  return (
    <>
      {t('flow.customers', { n: customers })}
      <span className="small soft block">{format.list(parts)}</span>
    </>
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
