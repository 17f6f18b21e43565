/** The rule that cuts value into tiers, shown as the data that it is. */
import type { ReactNode } from 'react';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card, Facts } from '../../parts/page.tsx';
import { isNode, numberIn, textIn } from '../../parts/report.ts';
import { ReportTree } from '../../parts/report-tree.tsx';
import { Empty } from '../../parts/states.tsx';
import { TierBadge } from '../../parts/tier.tsx';
import { useShop } from '../../shop.tsx';

export function PolicyCard({ policy }: { policy: unknown }) {
  const { t } = useI18n();
  return (
    <Card title={t('policy.title')} hint={t('policy.hint')} note={t('policy.note')}>
      {policy === null || policy === undefined ? <Empty title={t('policy.none')} /> : <Policy policy={policy} />}
    </Card>
  );
}

interface Cut {
  readonly tier: string;
  /** Share of customers, or the value in minor units from which the tier begins; null for the lowest. */
  readonly at: number | null;
}

function cutsIn(policy: unknown): { by: 'share' | 'money'; rows: readonly Cut[] } | undefined {
  if (!isNode(policy) || !isNode(policy.cuts) || !Array.isArray(policy.tiers)) return undefined;
  const keys = (policy.tiers as unknown[]).map((tier) => textIn(tier, 'key') ?? '');
  const { shares, aboveMinor } = policy.cuts;
  const number = (value: unknown) => (typeof value === 'number' ? value : null);
  if (Array.isArray(shares)) return { by: 'share', rows: keys.map((tier, i) => ({ tier, at: number(shares[i]) })) };
  if (!Array.isArray(aboveMinor)) return undefined;
  return { by: 'money', rows: keys.map((tier, i) => ({ tier, at: i === 0 ? null : number(aboveMinor[i - 1]) })) };
}

function Policy({ policy }: { policy: unknown }) {
  const { t } = useI18n();
  const { format } = useShop();
  const cuts = cutsIn(policy);
  if (cuts === undefined) return <ReportTree value={policy} />;
  const title = t('policy.title');
  const heading = t(cuts.by === 'share' ? 'policy.share' : 'policy.above');
  const rows = [...cuts.rows].reverse();
  const written = ({ at }: Cut): ReactNode => {
    if (at === null) return t('policy.lowest');
    return cuts.by === 'share' ? format.percent(at, Number.isInteger(at * 100) ? 0 : 1) : format.money(at);
  };
  const columns: Column<Cut>[] = [
    { key: 'tier', title: t('filter.tier'), cell: (row) => <TierBadge tier={row.tier} /> },
    { key: 'at', title: heading, numeric: true, cell: written },
  ];
  const hysteresis = numberIn(policy, 'hysteresis');
  const dwell = numberIn(policy, 'dwellDays');
  return (
    <>
      <div className="table-tools">
        <CsvButton
          what={title}
          source={{ name: 'tier-policy', header: ['tier', cuts.by], rows: () => rows.map((row) => [row.tier, row.at]) }}
        />
      </div>
      <DataTable caption={title} columns={columns} rows={rows} rowKey={(row) => row.tier} />
      <div className="policy-facts">
        <Facts
          items={[
            [t('policy.hysteresis'), hysteresis === null ? '–' : format.percent(hysteresis, 0)],
            [t('policy.dwell'), dwell === null ? '–' : t('unit.days', { n: dwell })],
          ]}
        />
      </div>
    </>
  );
}
