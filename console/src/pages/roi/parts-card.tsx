/** The same figures by tier or by offer. */
import type { ReactNode } from 'react';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card } from '../../parts/page.tsx';
import { TierBadge } from '../../parts/tier.tsx';
import { href } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { roiPath } from './campaigns-card.tsx';
import { BesideAttributed, VerdictChip } from './parts.tsx';
import type { CampaignRoi, Measured, OfferRoi, TierRoi } from './roi-types.ts';

export function TierCard({ rows, csv }: { rows: readonly TierRoi[]; csv?: string }) {
  const { t } = useI18n();
  const { shop } = useShop();
  const place = (tier: string) => shop.tiers.findIndex(({ key }) => key === tier);
  return (
    <PartsCard
      title={t('roi.byTier')}
      hint={t('roi.byTier.hint')}
      first={t('filter.tier')}
      rows={rows.toSorted((a, b) => place(b.tier) - place(a.tier))}
      keyOf={({ tier }) => tier}
      name={({ tier }) => (tier === 'unknown' ? t('roi.tier.unknown') : <TierBadge tier={tier} />)}
      csv={csv}
    />
  );
}

export function OfferCard(props: { rows: readonly OfferRoi[]; campaigns?: readonly CampaignRoi[]; csv?: string }) {
  const { t } = useI18n();
  const { rows, campaigns = [], csv } = props;
  return (
    <PartsCard
      title={t('roi.byOffer')}
      first={t('roi.offer')}
      rows={rows}
      keyOf={({ campaignId = '', offer }) => `${campaignId}/${offer}`}
      name={({ campaignId, offer }) => (
        <>
          {offer}
          {campaignId === undefined ? null : (
            <a className="spread" href={href(roiPath(campaignId))}>
              {campaigns.find((own) => own.campaignId === campaignId)?.name ?? campaignId}
            </a>
          )}
        </>
      )}
      csv={csv}
    />
  );
}

interface PartsProps<Row> {
  readonly title: string;
  readonly hint?: string;
  readonly first: string;
  readonly rows: readonly Row[];
  keyOf(row: Row): string;
  name(row: Row): ReactNode;
  readonly csv: string | undefined;
}

function PartsCard<Row extends Measured>({ title, hint, first, rows, keyOf, name, csv }: PartsProps<Row>) {
  const { t } = useI18n();
  const { format } = useShop();
  const columns: Column<Row>[] = [
    { key: 'name', title: first, cell: name },
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
    { key: 'cost', title: t('roi.cost'), numeric: true, cell: ({ cost }) => format.moneyShort(cost.totalMinor) },
    {
      key: 'profit',
      title: t('roi.profit.incremental'),
      numeric: true,
      cell: ({ profit, attributed }) => <BesideAttributed total={profit} attributedMinor={attributed.profitMinor} />,
    },
    { key: 'verdict', title: t('roi.verdict'), cell: ({ verdict }) => <VerdictChip verdict={verdict} /> },
  ];
  return (
    <Card
      title={title}
      {...(hint === undefined ? {} : { hint })}
      className="w6"
      actions={csv === undefined ? undefined : <CsvButton what={title} source={{ address: csv }} />}
    >
      <DataTable dense caption={title} columns={columns} rows={rows} rowKey={keyOf} />
    </Card>
  );
}
