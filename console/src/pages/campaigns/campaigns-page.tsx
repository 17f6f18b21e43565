/** Campaign plans: all of them, with what each costs and is expected to bring. */
import { Button } from 'antd';
import { useResource } from '../../api/resource.ts';
import type { CampaignSummary } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { go, href, pathOf } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import './campaigns.css';

export default function CampaignsPage() {
  const { t } = useI18n();
  const list = useResource<{ rows: readonly CampaignSummary[] }>('/campaigns');
  const rows = list.data?.rows ?? [];
  const columns = useColumns();
  const offered = rows.reduce((sum, row) => sum + row.offered, 0);
  const source = {
    name: 'campaigns',
    header: [
      'campaign_id',
      'name',
      'status',
      'audience',
      'offered',
      'holdout',
      'cost_minor',
      'expected_profit_minor',
      'measured_profit_minor',
    ],
    rows: () =>
      rows.map((row) => [
        row.campaignId,
        row.name,
        row.status,
        row.audience,
        row.offered,
        row.holdout,
        row.costMinor,
        row.expectedProfitMinor,
        row.measuredProfitMinor,
      ]),
  };
  return (
    <Page
      title={t('nav.campaigns')}
      lead={
        <span data-testid="main-number" data-value={list.data === undefined ? '' : String(offered)}>
          {list.data === undefined ? t('campaigns.lead') : t('campaigns.total', { n: rows.length, offered })}
        </span>
      }
      actions={
        <Button type="primary" href={href('/campaigns/new')} icon={<Icon name="plus" size={16} />}>
          {t('campaigns.new')}
        </Button>
      }
    >
      <Card
        title={t('campaigns.all')}
        actions={rows.length === 0 ? undefined : <CsvButton what={t('nav.campaigns')} source={source} />}
      >
        <Loaded
          from={list}
          rows={6}
          empty={(data) =>
            data.rows.length === 0 && (
              <Empty title={t('campaigns.empty')} action={<a href={href('/campaigns/new')}>{t('campaigns.new')}</a>}>
                {t('campaigns.emptyFix')}
              </Empty>
            )
          }
        >
          {(data) => (
            <DataTable
              caption={t('nav.campaigns')}
              columns={columns}
              rows={data.rows}
              rowKey={(row) => row.campaignId}
              onOpen={(row) => go(href(pathOf('campaigns', row.campaignId)))}
            />
          )}
        </Loaded>
      </Card>
    </Page>
  );
}

function useColumns(): readonly Column<CampaignSummary>[] {
  const { t } = useI18n();
  const { format } = useShop();
  const money = (minor: number | null) =>
    minor === null ? '–' : <span className={minor < 0 ? 'bad' : undefined}>{format.money(minor)}</span>;
  return [
    {
      key: 'name',
      title: t('table.name'),
      cell: (row) => (
        <>
          <a href={href(pathOf('campaigns', row.campaignId))}>{row.name}</a>
          <p className="small soft">{row.createdAt === null ? '' : format.date(row.createdAt)}</p>
        </>
      ),
    },
    { key: 'status', title: t('table.status'), cell: (row) => <StatusChip status={row.status} /> },
    { key: 'audience', title: t('campaign.audience'), numeric: true, cell: (row) => format.count(row.audience) },
    { key: 'offered', title: t('campaign.offered'), numeric: true, cell: (row) => format.count(row.offered) },
    { key: 'holdout', title: t('campaign.holdout'), numeric: true, cell: (row) => format.count(row.holdout) },
    { key: 'cost', title: t('campaign.cost'), numeric: true, cell: (row) => money(row.costMinor) },
    {
      key: 'expected',
      title: t('campaign.expectedProfit'),
      numeric: true,
      cell: (row) => money(row.expectedProfitMinor),
    },
    {
      key: 'measured',
      title: t('campaign.measuredProfit'),
      numeric: true,
      cell: (row) => money(row.measuredProfitMinor),
    },
  ];
}

const LOOKS: Partial<Record<CampaignSummary['status'], string>> = {
  'in-review': 'chip mark',
  approved: 'chip mark',
  scheduled: 'chip mark',
  planned: 'chip mark',
  running: 'chip yes',
  measured: 'chip yes',
  stopped: 'chip no',
};

export function StatusChip({ status }: { status: CampaignSummary['status'] }) {
  const { t } = useI18n();
  const look = LOOKS[status] ?? 'chip';
  return <span className={look}>{t(`campaign.status.${status}`)}</span>;
}
