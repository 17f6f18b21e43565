/** The rule that cuts value into tiers, shown as the data that it is. */
import type { ReactNode } from 'react';
import type { TierPolicy } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card, Facts } from '../../parts/page.tsx';
import { isNode, numberIn } from '../../parts/report.ts';
import { ReportTree } from '../../parts/report-tree.tsx';
import { Empty } from '../../parts/states.tsx';
import { TierBadge } from '../../parts/tier.tsx';
import { useShop } from '../../shop.tsx';

interface PolicyProps {
  readonly policy: unknown;
  /** Value above which each tier but the lowest begins now. */
  readonly cutsMinor: readonly number[] | null;
}

export function PolicyCard({ policy, cutsMinor }: PolicyProps) {
  const { t } = useI18n();
  const read = policyIn(policy);
  return (
    <Card title={t('policy.title')} hint={t('policy.hint')} note={t('policy.note')}>
      {policy === null || policy === undefined ? <Empty title={t('policy.none')} /> : null}
      {policy === null || policy === undefined || read !== undefined ? null : <ReportTree value={policy} />}
      {read === undefined ? null : <Policy policy={read} cutsMinor={cutsMinor} />}
    </Card>
  );
}

/** The policy of a report; undefined where the report holds something else. */
export function policyIn(policy: unknown): TierPolicy | undefined {
  if (!isNode(policy) || !isNode(policy.cuts) || !Array.isArray(policy.tiers)) return undefined;
  const { by, shares, aboveMinor, places } = policy.cuts;
  const isWhole = by === 'profit' || [shares, aboveMinor, places].some(Array.isArray);
  return isWhole && numberIn(policy, 'hysteresis') !== null ? (policy as unknown as TierPolicy) : undefined;
}

interface Cut {
  readonly tier: string;
  /** Share of customers, places, or the value in minor units above which the tier begins; null for the lowest. */
  readonly at: number | null;
}

function cutsIn({ cuts, tiers }: TierPolicy, cutsMinor: PolicyProps['cutsMinor']): Cut[] {
  const from = (numbers: readonly number[] | null) =>
    tiers.map((_, k) => (k === 0 ? null : (numbers?.[k - 1] ?? null)));
  const at = {
    share: () => (cuts.by === 'share' ? cuts.shares : []),
    money: () => from(cuts.by === 'money' ? cuts.aboveMinor : null),
    capacity: () => from(cuts.by === 'capacity' ? cuts.places : null),
    profit: () => from(cutsMinor),
  }[cuts.by]();
  return tiers.map(({ key }, k) => ({ tier: key, at: at[k] ?? null }));
}

const HEADINGS = {
  share: 'policy.share',
  money: 'policy.above',
  capacity: 'policy.places',
  profit: 'policy.profit',
} as const;

function Policy({ policy, cutsMinor }: { policy: TierPolicy; cutsMinor: PolicyProps['cutsMinor'] }) {
  const { t } = useI18n();
  const { format } = useShop();
  const title = t('policy.title');
  const { by } = policy.cuts;
  const rows = cutsIn(policy, cutsMinor).reverse();
  const written = ({ at }: Cut): ReactNode => {
    if (at === null) return t('policy.lowest');
    if (by === 'capacity') return format.count(at);
    return by === 'share' ? format.percent(at, Number.isInteger(at * 100) ? 0 : 1) : format.money(at);
  };
  const columns: Column<Cut>[] = [
    { key: 'tier', title: t('filter.tier'), cell: (row) => <TierBadge tier={row.tier} /> },
    { key: 'at', title: t(HEADINGS[by]), numeric: true, cell: written },
  ];
  const { hysteresis, dwellDays, chances } = policy;
  return (
    <>
      <div className="table-tools">
        <CsvButton
          what={title}
          source={{ name: 'tier-policy', header: ['tier', by], rows: () => rows.map((row) => [row.tier, row.at]) }}
        />
      </div>
      <DataTable caption={title} columns={columns} rows={rows} rowKey={(row) => row.tier} />
      <div className="policy-facts">
        <Facts
          items={[
            [t('policy.hysteresis'), format.percent(hysteresis, 0)],
            [t('policy.dwell'), t('unit.days', { n: dwellDays })],
            ...(chances === undefined
              ? []
              : ([
                  [t('policy.promote'), format.percent(chances.promoteAbove, 0)],
                  [t('policy.demote'), format.percent(chances.demoteAbove, 0)],
                ] as const)),
          ]}
        />
      </div>
    </>
  );
}
