/** What the plan would come to, asked again whenever the reader pauses; writes nothing. */
import { useTrial } from '../../api/trial.ts';
import type { CampaignTotals } from '../../api/types.ts';
import { ShareBar } from '../../charts/bars.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty, Failed, Waiting } from '../../parts/states.tsx';
import { TierBadge } from '../../parts/tier.tsx';
import { useShop } from '../../shop.tsx';
import { Budget } from './definition-card.tsx';
import { bodyOf, type Draft } from './draft.ts';
import { ARM_COLOURS, ReasonsList, useProfitRange } from './totals.tsx';

export function LivePreview({ draft }: { draft: Draft }) {
  const { t } = useI18n();
  const { data: totals, error, loading, retry } = useTrial<CampaignTotals>('/campaigns/preview', bodyOf(draft));
  return (
    <Card title={t('live.title')} note={t('live.note')} className="live">
      <div aria-live="polite" aria-busy={loading} className={loading && totals !== undefined ? 'fresh stale' : 'fresh'}>
        {error === undefined ? null : <Failed error={error} retry={retry} />}
        {error === undefined && totals === undefined ? <Waiting rows={8} /> : null}
        {totals === undefined ? null : <Figures totals={totals} budgetMinor={draft.budgetMinor} />}
      </div>
    </Card>
  );
}

function Figures({ totals, budgetMinor }: { totals: CampaignTotals; budgetMinor: number }) {
  const { t } = useI18n();
  const { format } = useShop();
  const columns = useTierColumns();
  const profitRange = useProfitRange(totals);
  if (totals.audience === 0) return <Empty title={t('campaign.noAudience')}>{t('campaign.noAudienceFix')}</Empty>;
  const part = (arm: 'offer' | 'holdout' | 'none', value: number) => ({
    key: arm,
    value,
    colour: ARM_COLOURS[arm],
    label: `${t(`arm.${arm}`)}: ${format.count(value)}`,
  });
  return (
    <div className="stack">
      <p className="live-main" data-testid="main-number" data-value={String(totals.offered)}>
        {t('live.offered', { n: totals.offered, audience: totals.audience })}
      </p>
      <ShareBar
        height={16}
        label={t('campaign.split', { n: totals.audience })}
        parts={[part('offer', totals.offered), part('holdout', totals.holdout), part('none', totals.none)]}
      />
      <dl className="live-facts">
        <dt>{t('campaign.expectedProfit')}</dt>
        <dd>
          <span className={totals.expectedProfitMinor < 0 ? 'bad' : undefined}>
            {format.money(totals.expectedProfitMinor)}
          </span>
          {profitRange === undefined ? null : <p className="small soft">{profitRange}</p>}
        </dd>
        <dt>{t('campaign.cost')}</dt>
        <dd>{format.money(totals.costMinor)}</dd>
        <dt>{t('campaign.holdout')}</dt>
        <dd>{t('count.customers', { n: totals.holdout })}</dd>
        {totals.eligible === null ? null : (
          <>
            <dt>{t('campaign.eligible')}</dt>
            <dd>{t('count.customers', { n: totals.eligible })}</dd>
          </>
        )}
      </dl>
      <div>
        <Budget costMinor={totals.costMinor} budgetMinor={budgetMinor} />
      </div>
      <DataTable
        dense
        caption={t('campaign.byTier')}
        columns={columns}
        rows={[...totals.byTier].reverse()}
        rowKey={(row) => row.tier}
      />
      <ReasonsList reasons={totals.reasons.slice(0, 6)} />
    </div>
  );
}

function useTierColumns(): readonly Column<CampaignTotals['byTier'][number]>[] {
  const { t } = useI18n();
  const { format } = useShop();
  return [
    { key: 'tier', title: t('filter.tier'), cell: (row) => <TierBadge tier={row.tier} /> },
    { key: 'offered', title: t('campaign.offered'), numeric: true, cell: (row) => format.count(row.offered) },
    { key: 'cost', title: t('campaign.cost'), numeric: true, cell: (row) => format.moneyShort(row.costMinor) },
    {
      key: 'profit',
      title: t('campaign.expectedProfit'),
      numeric: true,
      cell: (row) => format.moneyShort(row.expectedProfitMinor),
    },
  ];
}
