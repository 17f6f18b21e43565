/** Everyone in a plan, by arm and tier, with the reason for each; the server pages and exports. */
import { Select } from 'antd';
import { useId, useState } from 'react';
import { csvAddress } from '../../api/client.ts';
import { useResource } from '../../api/resource.ts';
import type { Arm, CampaignTotals, Page as PageOf, Person } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { ArmChip } from '../../parts/arm-chip.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card } from '../../parts/page.tsx';
import { Paging } from '../../parts/paging.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { TierBadge } from '../../parts/tier.tsx';
import { go, href, pathOf, queryText } from '../../router.ts';
import { useShop } from '../../shop.tsx';

const SIZE = 20;
const ARMS: readonly Arm[] = ['offer', 'holdout', 'none'];

export function PeopleCard({ path, totals }: { path: string; totals: CampaignTotals }) {
  const { t } = useI18n();
  const { format, tierName } = useShop();
  const [arm, setArm] = useState<Arm>();
  const [tier, setTier] = useState<string>();
  const [page, setPage] = useState(1);
  const query = { arm, tier };
  const people = useResource<PageOf<Person>>(
    `${path}/people${queryText({ ...query, limit: SIZE, offset: (page - 1) * SIZE })}`,
  );
  const columns = useColumns();
  return (
    <Card
      title={t('people.title')}
      note={people.data === undefined ? undefined : t('count.customers', { n: people.data.total })}
      actions={<CsvButton what={t('people.title')} source={{ address: csvAddress(`${path}/people`, query) }} />}
    >
      <div className="filters filters-products">
        <Choice
          label={t('table.arm')}
          value={arm}
          options={ARMS.map((each) => ({ value: each, label: t(`arm.${each}`) }))}
          onChange={(value) => {
            setArm(ARMS.find((each) => each === value));
            setPage(1);
          }}
        />
        <Choice
          label={t('filter.tier')}
          value={tier}
          options={[...totals.byTier].reverse().map((row) => ({ value: row.tier, label: tierName(row.tier) }))}
          onChange={(value) => {
            setTier(value);
            setPage(1);
          }}
        />
      </div>
      <Loaded
        from={people}
        rows={8}
        empty={(data) => data.rows.length === 0 && <Empty title={t('people.none')}>{t('people.noneFix')}</Empty>}
      >
        {(data) => (
          <>
            <DataTable
              caption={t('people.title')}
              columns={columns}
              rows={data.rows}
              rowKey={(row) => row.customerId}
              onOpen={(row) => go(href(pathOf('customers', row.customerId)))}
            />
            <Paging page={page} size={SIZE} total={data.total} onChange={setPage}>
              {t('table.shown', {
                first: format.count((page - 1) * SIZE + 1),
                last: format.count((page - 1) * SIZE + data.rows.length),
                total: format.count(data.total),
              })}
            </Paging>
          </>
        )}
      </Loaded>
    </Card>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly options: readonly { value: string; label: string }[];
  onChange(value: string | undefined): void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  const { t } = useI18n();
  const id = useId();
  return (
    <div className="filter">
      <label htmlFor={id}>{label}</label>
      <Select
        id={id}
        allowClear
        placeholder={t('filter.any')}
        value={value ?? null}
        onChange={(next: string | null) => onChange(next ?? undefined)}
        options={[...options]}
      />
    </div>
  );
}

function useColumns(): readonly Column<Person>[] {
  const { t, pick } = useI18n();
  const { format } = useShop();
  const money = (minor: number | null) => (minor === null ? '–' : format.money(minor));
  return [
    {
      key: 'id',
      title: t('customers.column.id'),
      cell: (row) => (
        <a className="id" href={href(pathOf('customers', row.customerId))}>
          {row.customerId}
        </a>
      ),
    },
    { key: 'arm', title: t('table.arm'), cell: (row) => <ArmChip arm={row.arm} /> },
    { key: 'offer', title: t('people.offer'), cell: (row) => row.offerId ?? '–' },
    { key: 'tier', title: t('filter.tier'), cell: (row) => <TierBadge tier={row.tier} /> },
    {
      key: 'profit',
      title: t('campaign.expectedProfit'),
      numeric: true,
      cell: (row) => money(row.expectedProfitMinor),
    },
    { key: 'cost', title: t('campaign.cost'), numeric: true, cell: (row) => money(row.costMinor) },
    {
      key: 'propensity',
      title: t('people.propensity'),
      numeric: true,
      cell: (row) => (row.propensity === null ? '–' : format.percent(row.propensity, 0)),
    },
    {
      key: 'reason',
      title: t('table.reason'),
      cell: (row) => <span className="reason-cell">{pick({ en: row.reasonEn, zh: row.reasonZh }) || row.reason}</span>,
    },
  ];
}
