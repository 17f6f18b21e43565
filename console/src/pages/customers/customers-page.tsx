/** Customers: the whole base as one list that the server searches, filters, sorts and pages. */
import { Pagination } from 'antd';
import { useEffect, useState } from 'react';
import { csvAddress } from '../../api/client.ts';
import { useResource } from '../../api/resource.ts';
import type { CustomerRow, Page as PageOf } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { go, href, pathOf, queryText, useRoute } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { ColumnChooser, useColumns } from './columns.tsx';
import { FilterChips } from './filter-chips.tsx';
import { FilterRow } from './filter-row.tsx';
import { type ListState, listQuery, PAGE_SIZES, readState, show } from './filters.ts';
import { SavedViews } from './saved-views.tsx';
import './customers.css';

export default function CustomersPage() {
  const { t } = useI18n();
  const { format } = useShop();
  const state = readState(useRoute());
  const query = listQuery(state);
  const paged = { ...query, limit: state.size, offset: (state.page - 1) * state.size };
  const list = useResource<PageOf<CustomerRow>>(`/customers${queryText(paged)}`);
  const { columns, chosen, choose } = useColumns();
  const total = list.data?.total;
  useEffect(() => {
    const pages = total === undefined || list.loading ? state.page : Math.max(1, Math.ceil(total / state.size));
    if (state.page > pages) show({ ...state, page: pages });
  });
  return (
    <Page
      title={t('nav.customers')}
      lead={
        <span data-testid="main-number" data-value={String(total ?? '')}>
          {total === undefined ? t('state.loading') : t('customers.total', { n: total })}
        </span>
      }
      actions={<SavedViews state={state} />}
    >
      <Card>
        <FilterRow state={state} />
        <div className="list-tools">
          <FilterChips state={state} />
          <span className="spring" />
          <ColumnChooser chosen={chosen} choose={choose} />
          <CsvButton what={t('nav.customers')} source={{ address: csvAddress('/customers', query) }} />
        </div>
        <Loaded from={list} rows={12} empty={(data) => data.rows.length === 0 && <NoCustomers state={state} />}>
          {(data) => (
            <>
              <DataTable
                caption={t('nav.customers')}
                columns={columns}
                rows={data.rows}
                rowKey={(row) => row.customerId}
                sorting={{ by: state.sort, dir: state.dir }}
                onSort={({ by, dir }) => show({ ...state, sort: by, dir, page: 1 })}
                onOpen={(row) => go(href(pathOf('customers', row.customerId)))}
              />
              <div className="paging">
                <span className="soft small">
                  {t('table.shown', {
                    first: format.count((state.page - 1) * state.size + 1),
                    last: format.count((state.page - 1) * state.size + data.rows.length),
                    total: format.count(data.total),
                  })}
                </span>
                <Paging state={state} total={data.total} />
              </div>
            </>
          )}
        </Loaded>
      </Card>
    </Page>
  );
}

function Paging({ state, total }: { state: ListState; total: number }) {
  const [narrow] = useState(() => window.innerWidth < 700);
  return (
    <Pagination
      current={state.page}
      pageSize={state.size}
      total={total}
      size="small"
      simple={narrow}
      showSizeChanger={!narrow}
      pageSizeOptions={[...PAGE_SIZES]}
      onChange={(page, size) => show({ ...state, page: size === state.size ? page : 1, size })}
    />
  );
}

function NoCustomers({ state }: { state: ListState }) {
  const { t } = useI18n();
  const filtered = Object.keys(state.filters).length > 0;
  if (!filtered) return <Empty title={t('customers.none')}>{t('customers.noneFix')}</Empty>;
  return (
    <Empty title={t('customers.noMatch')} action={<a href={href('/customers')}>{t('filter.clear')}</a>}>
      {t('customers.noMatchFix')}
    </Empty>
  );
}
