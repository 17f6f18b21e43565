/** What a policy would have done, beside the one in force: people in each tier, moves, hindsight and benefits. */
import type { Ratio, Tried, WhatIf } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Hint } from '../../parts/page.tsx';
import { useShop } from '../../shop.tsx';
import { tierColour } from '../../theme.ts';

export function WhatIfFigures({ found }: { found: WhatIf }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { inForce, proposed, changes } = found;
  const changed = changes.reduce((sum, { customers }) => sum + customers, 0);
  return (
    <div className="stack">
      <p className="what-if-main" data-testid="what-if-changed" data-value={String(changed)}>
        {inForce === null
          ? t('whatIf.noneInForce')
          : changed === 0
            ? t('whatIf.same')
            : t('whatIf.changed', { n: changed })}
      </p>
      <Sizes found={found} />
      <Measures found={found} />
      <p className="small soft">
        {inForce === null ? '' : `${t('whatIf.thin')} `}
        {t('whatIf.basis', {
          n: proposed.dates.length,
          from: format.date(proposed.dates[0] ?? 0),
          to: format.date(proposed.dates.at(-1) ?? 0),
        })}
      </p>
    </div>
  );
}

interface Size {
  readonly key: string;
  readonly name: string;
  readonly colour: string;
  readonly now: number | null;
  readonly next: number | null;
  readonly above: number | null;
}

function sizesOf({ inForce, proposed }: WhatIf, language: 'zh' | 'en'): Size[] {
  const { policy } = proposed;
  const rows = policy.tiers.map((tier, k) => ({
    key: tier.key,
    name: tier[language],
    colour: tierColour(k, policy.tiers.length),
    now: inForce?.tiers.find(({ tier: key }) => key === tier.key)?.customers ?? null,
    next: proposed.tiers[k]?.customers ?? 0,
    above: k === 0 ? null : (proposed.cutsMinor[k - 1] ?? null),
  }));
  const gone = (inForce?.policy.tiers ?? [])
    .filter(({ key }) => policy.tiers.every((tier) => tier.key !== key))
    .map((tier) => ({
      key: tier.key,
      name: tier[language],
      colour: 'var(--line)',
      now: inForce?.tiers.find(({ tier: key }) => key === tier.key)?.customers ?? null,
      next: null,
      above: null,
    }));
  return [...rows.reverse(), ...gone];
}

/** People in each tier: a bar for the proposed policy, and under it a thin one for the policy in force. */
function Sizes({ found }: { found: WhatIf }) {
  const { t, language } = useI18n();
  const { format } = useShop();
  const rows = sizesOf(found, language);
  const most = Math.max(1, ...rows.flatMap(({ now, next }) => [now ?? 0, next ?? 0]));
  const width = (people: number | null) => `${(100 * (people ?? 0)) / most}%`;
  const number = (people: number | null) => (people === null ? '–' : format.count(people));
  const columns: Column<Size>[] = [
    {
      key: 'tier',
      title: t('filter.tier'),
      cell: ({ name, colour }) => (
        <span className="tier">
          <span className="dot" style={{ background: colour }} />
          {name}
        </span>
      ),
    },
    {
      key: 'bars',
      title: t('whatIf.people'),
      cell: ({ now, next, colour }) => (
        <span className="pair" aria-hidden="true">
          <span className="pair-next" style={{ width: width(next), background: colour }} />
          <span className="pair-now" style={{ width: width(now) }} />
        </span>
      ),
    },
    ...(found.inForce === null
      ? []
      : [{ key: 'now', title: t('whatIf.inForce'), numeric: true, cell: ({ now }: Size) => number(now) }]),
    { key: 'next', title: t('whatIf.proposed'), numeric: true, cell: ({ next }) => <b>{number(next)}</b> },
    {
      key: 'above',
      title: t('whatIf.above'),
      numeric: true,
      cell: ({ above }) => (above === null ? '–' : format.moneyWhole(above)),
    },
  ];
  return <DataTable dense caption={t('whatIf.people')} columns={columns} rows={rows} rowKey={(row) => row.key} />;
}

interface Measure {
  readonly key: string;
  readonly label: string;
  readonly hint?: string;
  readonly of: (tried: Tried) => Ratio | number | null | undefined;
  readonly write: (value: number) => string;
  /** Whether more is better, worse or neither. */
  readonly more: 'better' | 'worse' | 'neither';
}

function useMeasures({ inForce, proposed }: WhatIf): Measure[] {
  const { t } = useI18n();
  const { shop, format } = useShop();
  const percent = (value: number) => format.percent(value);
  const days = { days: shop.horizonDays };
  // With other cuts hindsight is another one: more or less of it is neither better nor worse.
  const isSameYardstick = JSON.stringify(inForce?.policy.cuts) === JSON.stringify(proposed.policy.cuts);
  const always: Measure[] = [
    {
      key: 'moves',
      label: t('whatIf.moves'),
      of: (tried) => tried.movesPerCustomerYear,
      write: (value) => format.fixed(value, 2),
      more: 'worse',
    },
    {
      key: 'reverted',
      label: t('whatIf.reverted'),
      hint: t('whatIf.reverted.hint'),
      of: (tried) => tried.reverted,
      write: percent,
      more: 'worse',
    },
    {
      key: 'right',
      label: t('whatIf.right'),
      hint: t('whatIf.right.hint'),
      of: (tried) => tried.regret?.right,
      write: percent,
      more: isSameYardstick ? 'better' : 'neither',
    },
    {
      key: 'missed',
      label: t('whatIf.missed'),
      hint: t('whatIf.missed.hint'),
      of: (tried) => tried.regret?.missedMarginShare,
      write: percent,
      more: isSameYardstick ? 'worse' : 'neither',
    },
  ];
  if (proposed.benefits === null) return always;
  return [
    ...always,
    {
      key: 'cost',
      label: t('whatIf.cost', days),
      of: (tried) => tried.benefits?.costMinor,
      write: format.moneyWhole,
      more: 'neither',
    },
    {
      key: 'uplift',
      label: t('whatIf.uplift', days),
      of: (tried) => tried.benefits?.upliftMinor,
      write: format.moneyWhole,
      more: 'neither',
    },
    {
      key: 'profit',
      label: t('whatIf.profit', days),
      hint: t(proposed.benefits.basis === 'assumed' ? 'whatIf.profit.assumed' : 'whatIf.profit.measured'),
      of: (tried) => tried.benefits?.profitMinor,
      write: format.moneyWhole,
      more: 'better',
    },
    {
      key: 'regret',
      label: t('whatIf.regret', days),
      hint: t('whatIf.regret.hint'),
      of: (tried) => tried.regret?.profitMinor,
      write: format.moneyWhole,
      more: 'worse',
    },
  ];
}

function Measures({ found }: { found: WhatIf }) {
  const { t } = useI18n();
  const { inForce, proposed } = found;
  const measures = useMeasures(found);
  const written = ({ of, write }: Measure, tried: Tried | null) => {
    const value = tried === null ? undefined : of(tried);
    if (value === undefined || value === null) return '–';
    if (typeof value === 'number') return write(value);
    if (value.low === null || value.high === null) return write(value.value);
    return (
      <>
        {write(value.value)}
        <span className="ratio-range">{`${write(value.low)} – ${write(value.high)}`}</span>
      </>
    );
  };
  const verdict = ({ of, more }: Measure) => {
    const number = (value: Ratio | number | null | undefined) => (typeof value === 'object' ? value?.value : value);
    const [before, after] = [inForce === null ? undefined : number(of(inForce)), number(of(proposed))];
    if (more === 'neither' || before === undefined || after === undefined || before === after) return undefined;
    return after > before === (more === 'better') ? 'good' : 'bad';
  };
  const columns: Column<Measure>[] = [
    {
      key: 'label',
      title: t('whatIf.measure'),
      cell: ({ label, hint }) => (
        <>
          {label}
          {hint === undefined ? null : <Hint label={label}>{hint}</Hint>}
        </>
      ),
    },
    ...(inForce === null
      ? []
      : [{ key: 'now', title: t('whatIf.inForce'), numeric: true, cell: (row: Measure) => written(row, inForce) }]),
    {
      key: 'next',
      title: t('whatIf.proposed'),
      numeric: true,
      cell: (row) => <b className={verdict(row)}>{written(row, proposed)}</b>,
    },
  ];
  return <DataTable dense caption={t('whatIf.measure')} columns={columns} rows={measures} rowKey={(row) => row.key} />;
}
