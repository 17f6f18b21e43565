/** A policy beside the one in force, as lines for a terminal. */
import type { Comparison, Ratio, WhatIf } from '#tiers/index.ts';

/** A ratio and its 95 % interval. */
function ratio(found: Ratio | null | undefined, write: (value: number) => string): string {
  if (found === null || found === undefined) return '-';
  const { value, low, high } = found;
  return low === null || high === null ? write(value) : `${write(value)} [${write(low)}, ${write(high)}]`;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const whole = (value: number | null | undefined): string => (value === null || value === undefined ? '-' : `${value}`);

type Row = readonly [what: string, of: (policy: WhatIf) => string];

const ROWS: readonly Row[] = [
  ['moves a customer and year', (p) => ratio(p.movesPerCustomerYear, (value) => value.toFixed(3))],
  ['moves reverted within a quarter', (p) => ratio(p.reverted, percent)],
  ['in the tier of hindsight', (p) => ratio(p.regret?.right, percent)],
  ['in a lower one', (p) => (p.regret === null ? '-' : percent(p.regret.under))],
  ['in a higher one', (p) => (p.regret === null ? '-' : percent(p.regret.over))],
  ['margin missed by those too low', (p) => ratio(p.regret?.missedMarginShare, percent)],
  ['cost of benefits a horizon', (p) => whole(p.benefits?.costMinor)],
  ['margin they are said to bring', (p) => whole(p.benefits?.upliftMinor)],
  ['profit of benefits', (p) => whole(p.benefits?.profitMinor)],
  ['profit that hindsight would add', (p) => whole(p.regret?.profitMinor)],
];

/** Sizes, moves, regret and cost of both policies; money in minor units. */
export function whatIfLines({ inForce, proposed, changes, differences }: Comparison): string {
  const policies = inForce === null ? [proposed] : [inForce, proposed];
  const line = (what: string, cells: readonly string[]) =>
    `${what.padEnd(33)}${cells.map((cell) => cell.padStart(28)).join('')}`;
  const { dates, regret } = proposed;
  const day = (at: number | undefined) => (at === undefined ? '-' : new Date(at).toISOString().slice(0, 10));
  const basis = proposed.benefits?.basis;
  return [
    `Replayed at ${dates.length} moments from ${day(dates[0])} to ${day(dates.at(-1))}; hindsight: ${regret?.moments ?? 0} of them. Money in minor units; 95 % intervals over customers.`,
    line('', inForce === null ? ['proposed'] : ['in force', 'proposed']),
    ...sizeRows(policies).map(([what, cells]) => line(what, cells)),
    ...ROWS.map(([what, of]) => [what, policies.map(of)] as const)
      .filter(([, cells]) => cells.some((cell) => cell !== '-'))
      .map(([what, cells]) => line(what, cells)),
    ...differenceLines(differences),
    ...(basis === 'assumed' ? ['The uplift of benefits is an assumption, not measured.'] : []),
    ...changes.map(({ from, to, customers }) => `now ${from}, then ${to}: ${customers}`),
  ].join('\n');
}

/** Proposed less in force on the same customers; one whose interval holds 0 is called so. */
function differenceLines(differences: Comparison['differences']): string[] {
  if (differences === null) return [];
  const signed = (digits: number, factor: number, unit: string) => (value: number) =>
    `${value > 0 ? '+' : ''}${(factor * value).toFixed(digits)}${unit}`;
  const rows = [
    ['moves a customer and year', differences.movesPerCustomerYear, signed(3, 1, '')],
    ['in the tier of hindsight', differences.right, signed(1, 100, ' %')],
    ['margin missed by those too low', differences.missedMarginShare, signed(1, 100, ' %')],
  ] as const;
  const known = rows.filter(([, found]) => found !== null);
  if (known.length === 0) return [];
  return [
    'Proposed less in force, on the same customers (95 % of the difference):',
    ...known.map(([what, found, write]) => {
      const isSure = found!.low !== null && found!.high !== null && (found!.low > 0 || found!.high < 0);
      return `  ${what.padEnd(33)}${ratio(found, write)}${isSure ? '' : '  may be nothing'}`;
    }),
  ];
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
