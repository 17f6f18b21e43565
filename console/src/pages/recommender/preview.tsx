/** The list that one customer would see, whoever the reader picks. */
import { Segmented, Select } from 'antd';
import { useEffect, useId, useState } from 'react';
import { useResource } from '../../api/resource.ts';
import type { CustomerRow, Page as PageOf, Recommendation } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { Card } from '../../parts/page.tsx';
import { ProductCards } from '../../parts/product-cards.tsx';
import { useSourceName } from '../../parts/source-name.ts';
import { Empty, Loaded } from '../../parts/states.tsx';
import { go, href, pathOf, queryText } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { useStrategyName } from './strategy-words.ts';

export function Preview({ customer, horizonDays }: { customer: string | undefined; horizonDays: number }) {
  const { t, pick } = useI18n();
  const { titleOf, format } = useShop();
  const path = customer === undefined ? null : `/customers/${encodeURIComponent(customer)}/recommendations`;
  const list = useResource<{ rows: readonly Recommendation[] }>(path);
  const rows = list.data?.rows ?? [];
  const [from, setFrom] = useState(ALL);
  const strategyName = useStrategyName();
  const strategy = rows[0]?.strategy ?? null;
  const source = {
    name: `recommendations-${customer ?? ''}`,
    header: ['rank', 'product_id', 'title', 'source', 'strategy', 'score', 'chance', 'price_minor', 'reason'],
    rows: () =>
      rows.map((row) => [
        row.rank,
        row.productId,
        titleOf(row),
        row.source,
        row.strategy,
        row.score,
        row.chance,
        row.priceMinor,
        pick({ en: row.reasonEn, zh: row.reasonZh }),
      ]),
  };
  return (
    <Card
      title={t('preview.title')}
      className="w7"
      actions={rows.length === 0 ? undefined : <CsvButton what={t('preview.title')} source={source} />}
    >
      <CustomerPicker customer={customer} />
      <p
        className="preview-count soft"
        data-testid="main-number"
        data-value={list.data === undefined ? '' : rows.length}
      >
        {list.data === undefined ? t('state.loading') : t('preview.count', { n: rows.length })}
        {strategy === null ? null : ` · ${t('preview.strategy', { name: strategyName(strategy) })}`}
        {customer === undefined ? null : (
          <>
            {' · '}
            <a href={href(pathOf('customers', customer))}>{t('preview.profile')}</a>
          </>
        )}
      </p>
      <Loaded from={list} rows={9} empty={(data) => data.rows.length === 0 && <Empty title={t('recommend.none')} />}>
        {(data) => (
          <>
            <SourceTabs rows={data.rows} value={from} onChange={setFrom} />
            <ProductCards
              rows={data.rows.filter((row) => from === ALL || row.source === from)}
              chanceOf={({ chance }) =>
                chance === null
                  ? null
                  : t('preview.chance', { chance: format.percent(chance, chance < 0.1 ? 1 : 0), days: horizonDays })
              }
            />
          </>
        )}
      </Loaded>
    </Card>
  );
}

const ALL = 'all';

/** What of the list came from where. */
function SourceTabs(props: { rows: readonly Recommendation[]; value: string; onChange: (source: string) => void }) {
  const { rows, value, onChange } = props;
  const { t } = useI18n();
  const sourceName = useSourceName();
  const counts = new Map<string, number>();
  for (const { source } of rows) counts.set(source, (counts.get(source) ?? 0) + 1);
  if (counts.size < 2) return null;
  const named = [...counts].map(([source, n]) => ({ value: source, label: `${sourceName(source)} ${n}` }));
  return (
    <div className="preview-sources">
      <Segmented<string>
        size="small"
        value={counts.has(value) ? value : ALL}
        onChange={onChange}
        aria-label={t('preview.source')}
        options={[{ value: ALL, label: `${t('preview.source.all')} ${rows.length}` }, ...named]}
      />
    </div>
  );
}

const WAIT_MS = 250;

function CustomerPicker({ customer }: { customer: string | undefined }) {
  const { t } = useI18n();
  const { tierName } = useShop();
  const id = useId();
  const [text, setText] = useState('');
  const [asked, setAsked] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), WAIT_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const found = useResource<PageOf<CustomerRow>>(`/customers${queryText({ search: asked, limit: 12 })}`);
  const options = (found.data?.rows ?? []).map((row) => ({
    value: row.customerId,
    label: `${row.customerId} · ${tierName(row.tier)}`,
  }));
  return (
    <div className="filter picker">
      <label htmlFor={id}>{t('preview.pick')}</label>
      <Select
        id={id}
        showSearch={{ filterOption: false, onSearch: setText }}
        value={customer ?? null}
        placeholder={t('preview.pickHint')}
        notFoundContent={found.loading ? t('state.loading') : t('customers.noMatch')}
        onChange={(value: string | null) =>
          value !== null && go(href('/recommender', { customer: value }), { replace: true })
        }
        options={options}
      />
    </div>
  );
}
