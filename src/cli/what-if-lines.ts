/** A policy beside the one in force, as lines for a terminal. */
import type { Comparison, WhatIf } from '#tiers/index.ts';

const percent = (share: number | null): string => (share === null ? '-' : `${(100 * share).toFixed(1)} %`);
const whole = (value: number | null | undefined): string => (value === null || value === undefined ? '-' : `${value}`);

type Row = readonly [what: string, of: (policy: WhatIf) => string];

const ROWS: readonly Row[] = [
  ['moves a customer and year', (p) => p.movesPerCustomerYear?.toFixed(3) ?? '-'],
  ['moves reverted within a quarter', (p) => `${percent(p.reverted.share)} of ${p.reverted.judged}`],
  ['in the tier of hindsight', (p) => percent(p.regret?.right ?? null)],
  ['in a lower one', (p) => percent(p.regret?.under ?? null)],
  ['in a higher one', (p) => percent(p.regret?.over ?? null)],
  ['margin missed by those too low', (p) => percent(p.regret?.missedMarginShare ?? null)],
  ['cost of benefits a horizon', (p) => whole(p.benefits?.costMinor)],
  ['margin they are said to bring', (p) => whole(p.benefits?.upliftMinor)],
  ['profit of benefits', (p) => whole(p.benefits?.profitMinor)],
  ['profit that hindsight would add', (p) => whole(p.regret?.profitMinor)],
];

/** Sizes, moves, regret and cost of both policies; money in minor units. */
export function whatIfLines({ inForce, proposed, changes }: Comparison): string {
  const policies = inForce === null ? [proposed] : [inForce, proposed];
  const line = (what: string, cells: readonly string[]) =>
    `${what.padEnd(33)}${cells.map((cell) => cell.padStart(20)).join('')}`;
  const { dates, regret } = proposed;
  const day = (at: number | undefined) => (at === undefined ? '-' : new Date(at).toISOString().slice(0, 10));
  const basis = proposed.benefits?.basis;
  return [
    `Replayed at ${dates.length} moments from ${day(dates[0])} to ${day(dates.at(-1))}; hindsight: ${regret?.moments ?? 0} of them. Money in minor units.`,
    line('', inForce === null ? ['proposed'] : ['in force', 'proposed']),
    ...sizeRows(policies).map(([what, cells]) => line(what, cells)),
    ...ROWS.map(([what, of]) => line(what, policies.map(of))),
    ...(basis === 'assumed' ? ['The uplift of benefits is an assumption, not measured.'] : []),
    ...changes.map(({ from, to, customers }) => `now ${from}, then ${to}: ${customers}`),
  ].join('\n');
}

/** A row a tier key of either policy, the highest first, with its size and where it begins. */
function sizeRows(policies: readonly WhatIf[]): (readonly [string, string[]])[] {
  const keys = [...new Set(policies.flatMap(({ tiers }) => tiers.map(({ tier }) => tier)).reverse())];
  const cell = ({ tiers, cutsMinor }: WhatIf, key: string) => {
    const k = tiers.findIndex(({ tier }) => tier === key);
    if (k < 0) return '-';
    return `${tiers[k]!.customers}${k === 0 ? '' : ` above ${Math.round(cutsMinor[k - 1] ?? 0)}`}`;
  };
  return keys.map((key) => [key, policies.map((policy) => cell(policy, key))] as const);
}
