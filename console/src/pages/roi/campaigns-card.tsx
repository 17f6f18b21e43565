/** Campaigns, newest first: cost, what attribution claims, what was really added, and what follows from it. */
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card } from '../../parts/page.tsx';
import { go, href } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { BesideAttributed, PaybackWords, VerdictChip } from './parts.tsx';
import type { CampaignRoi } from './roi-types.ts';

export const roiPath = (id: string): string => `/roi/${encodeURIComponent(id)}`;

export function CampaignsCard({ campaigns, csv }: { campaigns: readonly CampaignRoi[]; csv: string }) {
  const { t } = useI18n();
  const columns = useColumns(campaigns.some(({ trueProfitMinor }) => trueProfitMinor !== null));
  return (
    <Card
      title={t('roi.campaigns')}
      hint={t('roi.campaigns.hint')}
      className="w12"
      actions={<CsvButton what={t('roi.csv.campaigns')} source={{ address: csv }} />}
    >
      <DataTable
        caption={t('roi.campaigns')}
        columns={columns}
        rows={campaigns}
        rowKey={({ campaignId }) => campaignId}
        onOpen={({ campaignId }) => go(roiPath(campaignId))}
      />
    </Card>
  );
}

function useColumns(hasTruth: boolean): readonly Column<CampaignRoi>[] {
  const { t } = useI18n();
  const { format } = useShop();
  const truth: Column<CampaignRoi> = {
    key: 'truth',
    title: t('roi.truth.short'),
    numeric: true,
    cell: ({ trueProfitMinor }) => (trueProfitMinor === null ? '–' : format.moneyShort(trueProfitMinor)),
  };
  return [
    {
      key: 'name',
      title: t('roi.campaign'),
      cell: (row) => (
        <>
          <a href={href(roiPath(row.campaignId))}>{row.name}</a>
          <span className="spread nowrap">
            {t('roi.dates', { from: format.date(row.startAt), to: format.date(row.until) })}
          </span>
          {row.isRunning ? <span className="spread">{t('roi.running')}</span> : null}
        </>
      ),
    },
    { key: 'verdict', title: t('roi.verdict'), cell: ({ verdict }) => <VerdictChip verdict={verdict} /> },
    {
      key: 'people',
      title: t('roi.people'),
      numeric: true,
      cell: ({ treated, held }) => (
        <span className="nowrap">
          {format.count(treated)} / {format.count(held)}
        </span>
      ),
    },
    {
      key: 'cost',
      title: t('roi.cost'),
      numeric: true,
      cell: ({ cost }) => (
        <>
          {format.moneyShort(cost.totalMinor)}
          <span className="spread nowrap">
            {t('roi.cost.discount')} {format.moneyShort(cost.discountMinor)}
          </span>
          <span className="spread nowrap">
            {t('roi.cost.contact')} {format.moneyShort(cost.contactMinor)}
          </span>
        </>
      ),
    },
    {
      key: 'revenue',
      title: t('roi.revenue.incremental'),
      numeric: true,
      cell: ({ revenue, attributed }) => <BesideAttributed total={revenue} attributedMinor={attributed.revenueMinor} />,
    },
    {
      key: 'profit',
      title: t('roi.profit.incremental'),
      numeric: true,
      cell: ({ profit, attributed }) => <BesideAttributed total={profit} attributedMinor={attributed.profitMinor} />,
    },
    ...(hasTruth ? [truth] : []),
    { key: 'payback', title: t('roi.payback'), cell: ({ payback }) => <PaybackWords payback={payback} /> },
  ];
}
