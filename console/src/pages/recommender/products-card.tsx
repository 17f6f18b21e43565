/** What the shop sells, searched and sorted by the server; each product opens its own page. */
import { Input, Select } from 'antd';
import { useEffect, useId, useState } from 'react';
import { csvAddress } from '../../api/client.ts';
import { useResource } from '../../api/resource.ts';
import type { ProductPage, ProductRow } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { type Column, DataTable, type Sorting } from '../../parts/data-table.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Card } from '../../parts/page.tsx';
import { Paging } from '../../parts/paging.tsx';
import { Picture, ProductLink } from '../../parts/product.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { go, href, pathOf, queryText } from '../../router.ts';
import { useShop } from '../../shop.tsx';

const SIZE = 20;
const WAIT_MS = 300;

export function ProductsCard() {
  const { t, language } = useI18n();
  const id = useId();
  const [text, setText] = useState('');
  const [search, setSearch] = useState('');
  const [category, setCategory] = useState<string>();
  const [sorting, setSorting] = useState<Sorting>({ by: 'revenue', dir: 'desc' });
  const [page, setPage] = useState(1);
  useEffect(() => {
    const timer = setTimeout(() => {
      setSearch(text.trim());
      setPage(1);
    }, WAIT_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const query = { search, category, sort: sorting.by, dir: sorting.dir };
  const list = useResource<ProductPage>(`/products${queryText({ ...query, limit: SIZE, offset: (page - 1) * SIZE })}`);
  const columns = useColumns();
  return (
    <Card
      title={t('products.title')}
      note={list.data === undefined ? undefined : t('products.total', { n: list.data.total })}
      actions={<CsvButton what={t('products.title')} source={{ address: csvAddress('/products', query) }} />}
    >
      <div className="filters filters-products">
        <div className="filter">
          <label htmlFor={`${id}s`}>{t('filter.search')}</label>
          <Input
            id={`${id}s`}
            type="search"
            allowClear
            maxLength={200}
            prefix={<Icon name="search" size={16} />}
            placeholder={t('products.searchFor')}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
        <div className="filter">
          <label htmlFor={`${id}c`}>{t('products.category')}</label>
          <Select
            id={`${id}c`}
            allowClear
            placeholder={t('filter.any')}
            value={category ?? null}
            onChange={(value: string | null) => {
              setCategory(value ?? undefined);
              setPage(1);
            }}
            options={(list.data?.categories ?? []).map((each) => ({
              value: each.key,
              label: `${(language === 'zh' && each.zh) || each.key} (${each.products})`,
            }))}
          />
        </div>
      </div>
      <Loaded
        from={list}
        rows={8}
        empty={(data) => data.rows.length === 0 && <Empty title={t('products.none')}>{t('products.noneFix')}</Empty>}
      >
        {(data) => (
          <>
            <DataTable
              caption={t('products.title')}
              columns={columns}
              rows={data.rows}
              rowKey={(row) => row.productId}
              sorting={sorting}
              onSort={(next) => {
                setSorting(next);
                setPage(1);
              }}
              onOpen={(row) => go(href(pathOf('products', row.productId)))}
            />
            <Paging page={page} size={SIZE} total={data.total} onChange={setPage} />
          </>
        )}
      </Loaded>
    </Card>
  );
}

function useColumns(): readonly Column<ProductRow>[] {
  const { t, language } = useI18n();
  const { format, titleOf } = useShop();
  return [
    {
      key: 'title',
      title: t('products.column.title'),
      sort: 'title',
      cell: (row) => (
        <span className="with-picture">
          <Picture imageUrl={row.imageUrl} title={titleOf(row)} size={36} />
          <ProductLink product={row} />
        </span>
      ),
    },
    {
      key: 'category',
      title: t('products.category'),
      cell: (row) => (language === 'zh' && row.categoryZh) || row.category || '–',
    },
    {
      key: 'price',
      title: t('products.column.price'),
      numeric: true,
      sort: 'price',
      cell: (row) => (row.priceMinor === null ? '–' : format.money(row.priceMinor)),
    },
    {
      key: 'stock',
      title: t('products.column.stock'),
      numeric: true,
      cell: (row) => (row.stock === null ? '–' : row.stock > 0 ? format.count(row.stock) : t('products.soldOut')),
    },
    {
      key: 'revenue',
      title: t('kpi.revenue'),
      numeric: true,
      sort: 'revenue',
      cell: (row) => format.money(row.revenueMinor),
    },
    {
      key: 'units',
      title: t('products.column.units'),
      numeric: true,
      sort: 'units',
      cell: (row) => format.decimal(row.units, 1),
    },
    {
      key: 'customers',
      title: t('table.customers'),
      numeric: true,
      sort: 'customers',
      cell: (row) => format.count(row.customers),
    },
  ];
}
