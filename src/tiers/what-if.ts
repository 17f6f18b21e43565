/** What a policy would have done: replayed over stored values of the past, with no model asked again. */
import { WHYS } from './assign.ts';
import { hindsightOf, type Regret } from './hindsight.ts';
import type { TierHistory } from './history.ts';
import type { Policy, TierName } from './policy.ts';
import { differenceOf, type Ratio, ratioOf, type Sums } from './ratio.ts';
import { movesIn, type Replayed, replayed, revertedIn } from './stability.ts';

export interface WhatIf {
  readonly policy: Policy;
  /** Epoch ms of the moments that were replayed, oldest first. */
  readonly dates: readonly number[];
  /** Value above which each tier but the lowest begins at the last moment, minor units. */
  readonly cutsMinor: readonly number[];
  /** At the last moment, lowest tier first; `shown` at each of the dates. */
  readonly tiers: readonly {
    readonly tier: string;
    readonly customers: number;
    readonly valueMinor: number;
    /** Of the tier's benefit over one horizon. */
    readonly costMinor: number;
    /** Margin that the benefit is said to bring over one horizon. */
    readonly upliftMinor: number;
    readonly shown: readonly number[];
  }[];
  readonly moves: number;
  /** Moves over customers and years; null where nobody was seen at two moments. */
  readonly movesPerCustomerYear: Ratio | null;
  /** Moves that went back within REVERT_DAYS, over those for which that is known. */
  readonly reverted: Ratio | null;
  /** How often each thing held somebody whose value was of another tier. */
  readonly held: Readonly<Record<string, number>>;
  /** Null where no moment lies a whole horizon back. */
  readonly regret: Regret | null;
  readonly benefits: Benefits | null;
}

export interface Benefits {
  /** Over one horizon from the last moment. */
  readonly costMinor: number;
  readonly upliftMinor: number;
  readonly profitMinor: number;
  /** 'assumed' where the uplift of any tier with customers is. */
  readonly basis: 'assumed' | 'measured';
}

/** Replays a policy and says what it would have come to. */
export const whatIf = (history: TierHistory, policy: Policy): WhatIf =>
  described(replayed(history, policy), policy, history.customers);

export interface Comparison {
  readonly inForce: WhatIf | null;
  readonly proposed: WhatIf;
  /** Customers at the last moment by tier in force and proposed tier, where the keys differ; most first. */
  readonly changes: readonly { readonly from: string; readonly to: string; readonly customers: number }[];
  /** The proposed policy less the one in force, on the same customers; null without one. */
  readonly differences: PolicyDifferences | null;
}

/** Paired: an interval that excludes 0 says that the policies differ on these customers by more than who they happen to be. */
export interface PolicyDifferences {
  readonly movesPerCustomerYear: Ratio | null;
  /** In the tier of hindsight by the policy's own cuts; null where no moment lies a whole horizon back. */
  readonly right: Ratio | null;
  readonly missedMarginShare: Ratio | null;
}

/**
 * A policy beside the one in force. Where that states no benefits, its tiers count as giving those of the proposed tiers
 * with the same keys, so that costs can be compared.
 */
export function compared(history: TierHistory, proposed: Policy, inForce: Policy | null): Comparison {
  const next = replayed(history, proposed);
  const { customers } = history;
  if (inForce === null)
    return { inForce: null, proposed: described(next, proposed, customers), changes: [], differences: null };
  const present = withBenefits(inForce, proposed.tiers);
  const now = replayed(history, present);
  return {
    inForce: described(now, present, customers),
    proposed: described(next, proposed, customers),
    changes: changesBetween(now.at(-1)?.tierIndex, next.at(-1)?.tierIndex, present.tiers, proposed.tiers),
    differences: differencesOf([next, proposed], [now, present], customers),
  };
}

type Moves = ReturnType<typeof movesIn>;
type Played = readonly [readonly Replayed[], Policy];

function differencesOf([next, proposed]: Played, [now, present]: Played, customers: number): PolicyDifferences {
  const moves = [next, now].map((history) => movesIn(history, customers)) as [Moves, Moves];
  const [a, b] = moves.map(({ moves: above, years: below }) => ({ above, below })) as [Sums, Sums];
  const ofNext = hindsightOf(next, proposed, customers);
  const ofNow = hindsightOf(now, present, customers);
  const between = (of: 'right' | 'missed'): Ratio | null =>
    ofNext === null || ofNow === null ? null : differenceOf(ofNext[of], ofNow[of]);
  return { movesPerCustomerYear: differenceOf(a, b), right: between('right'), missedMarginShare: between('missed') };
}

/** How many are of which tier by one policy and of which by the other, where the keys differ; most first. */
function changesBetween(
  before: Int32Array | undefined,
  after: Int32Array | undefined,
  from: readonly TierName[],
  to: readonly TierName[],
): Comparison['changes'] {
  const counts = new Float64Array(from.length * to.length);
  if (before !== undefined && after !== undefined)
    for (let i = 0; i < before.length; i++) counts[before[i]! * to.length + after[i]!]! += 1;
  const cells = from.flatMap(({ key }, a) =>
    to.map((tier, b) => ({ from: key, to: tier.key, customers: counts[a * to.length + b]! })),
  );
  return cells.filter((cell) => cell.from !== cell.to && cell.customers > 0).sort((x, y) => y.customers - x.customers);
}

function withBenefits(policy: Policy, given: readonly TierName[]): Policy {
  if (policy.tiers.some(({ benefit }) => benefit !== undefined)) return policy;
  const tiers = policy.tiers.map((tier) => {
    const benefit = given.find(({ key }) => key === tier.key)?.benefit;
    return benefit === undefined ? tier : { ...tier, benefit };
  });
  return { ...policy, tiers };
}

function described(history: readonly Replayed[], policy: Policy, customers: number): WhatIf {
  const { moves, years } = movesIn(history, customers);
  const last = history.at(-1);
  const values = valuesBy(last, policy.tiers.length);
  const tiers = policy.tiers.map(({ key, benefit }, k) => {
    const valueMinor = values[k]!;
    const shown = history.map(({ tierIndex }) => count(tierIndex, k));
    const people = shown.at(-1) ?? 0;
    return {
      tier: key,
      customers: people,
      valueMinor,
      costMinor: people * (benefit?.costMinor ?? 0),
      upliftMinor: Math.round(valueMinor * (benefit?.upliftShare ?? 0)) + 0,
      shown,
    };
  });
  return {
    policy,
    dates: history.map(({ moment }) => moment.at),
    cutsMinor: Array.from(last?.cuts ?? []),
    tiers,
    moves: moves.reduce((sum, own) => sum + own, 0),
    movesPerCustomerYear: ratioOf(moves, years),
    reverted: revertedIn(history, customers),
    held: heldIn(history),
    regret: hindsightOf(history, policy, customers)?.regret ?? null,
    benefits: benefitsOf(tiers, policy),
  };
}

/** Sum of the values in each tier. */
function valuesBy(last: Replayed | undefined, tiers: number): Float64Array {
  const sums = new Float64Array(tiers);
  if (last !== undefined)
    for (let i = 0; i < last.tierIndex.length; i++) sums[last.tierIndex[i]!]! += last.moment.valueMinor[i]!;
  return sums;
}

function count(values: Int32Array, wanted: number): number {
  let sum = 0;
  for (const value of values) if (value === wanted) sum++;
  return sum;
}

function heldIn(history: readonly Replayed[]): WhatIf['held'] {
  const held = WHYS.map((why, code) => ({ why, code })).filter(({ why }) => why.startsWith('held-'));
  return Object.fromEntries(
    held.map(({ why, code }) => [why, history.reduce((sum, each) => sum + count(each.why, code), 0)]),
  );
}

function benefitsOf(tiers: WhatIf['tiers'], policy: Policy): Benefits | null {
  if (policy.tiers.every(({ benefit }) => benefit === undefined)) return null;
  const sum = (of: (tier: WhatIf['tiers'][number]) => number) => tiers.reduce((total, tier) => total + of(tier), 0);
  const [costMinor, upliftMinor] = [sum((tier) => tier.costMinor), sum((tier) => tier.upliftMinor)];
  const assumed = policy.tiers.some(({ benefit }, k) => benefit?.basis === 'assumed' && tiers[k]!.customers > 0);
  return {
    costMinor,
    upliftMinor,
    profitMinor: upliftMinor - costMinor,
    basis: assumed ? 'assumed' : 'measured',
  };
}
