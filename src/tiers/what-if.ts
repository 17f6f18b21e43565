/** What a policy would have done: replayed over stored values of the past, with no model asked again. */
import { DAY_MS } from '#kernels/local-time.ts';
import { assignRows, type Memory, WHYS } from './assign.ts';
import { cutsOf, tiersBy } from './cuts.ts';
import type { PastMoment, TierHistory } from './history.ts';
import type { Policy, TierName } from './policy.ts';

/** A move that is undone within so many days counts as reverted: a quarter, for moments are at most 91 days apart. */
export const REVERT_DAYS = 92;
const YEAR_DAYS = 365.25;

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
  /** Null where nobody was seen at two moments. */
  readonly movesPerCustomerYear: number | null;
  /** Moves that went back within REVERT_DAYS, of those for which that is known. */
  readonly reverted: { readonly moves: number; readonly judged: number; readonly share: number | null };
  /** How often each thing held somebody whose value was of another tier. */
  readonly held: Readonly<Record<string, number>>;
  /** Null where no moment lies a whole horizon back. */
  readonly regret: Regret | null;
  readonly benefits: Benefits | null;
}

/** Tiers as they were given, against those that the same cuts give with hindsight: to the margin that then came. */
export interface Regret {
  readonly moments: number;
  /** Customers, each once a moment. */
  readonly customers: number;
  /** Of customers: in the tier of hindsight; in a higher one; in a lower one. */
  readonly right: number;
  readonly over: number;
  readonly under: number;
  /** Of the margin of all whom hindsight puts above the lowest tier: that of those who were in too low a tier. */
  readonly missedMarginShare: number | null;
  readonly missedMarginMinor: number;
  /**
   * Profit of the benefits, uplift x margin - cost, with the tiers of hindsight less that with the tiers as given, over
   * one horizon: the mean of the moments. Null where no tier has a benefit.
   */
  readonly profitMinor: number | null;
}

export interface Benefits {
  /** Over one horizon from the last moment. */
  readonly costMinor: number;
  readonly upliftMinor: number;
  readonly profitMinor: number;
  /** 'assumed' where the uplift of any tier with customers is. */
  readonly basis: 'assumed' | 'measured';
}

export interface Replayed {
  readonly moment: PastMoment;
  readonly tierIndex: Int32Array;
  readonly why: Int32Array;
  /** [customers of the moment] row at the moment before, or -1 */
  readonly before: Int32Array;
  /** [customers of the history] row at this moment, or -1 */
  readonly rowOf: Int32Array;
  readonly cuts: Float64Array;
}

/** Replays a policy and says what it would have come to. */
export const whatIf = (history: TierHistory, policy: Policy): WhatIf => described(replayed(history, policy), policy);

export interface Comparison {
  readonly inForce: WhatIf | null;
  readonly proposed: WhatIf;
  /** Customers at the last moment by tier in force and proposed tier, where the keys differ; most first. */
  readonly changes: readonly { readonly from: string; readonly to: string; readonly customers: number }[];
}

/**
 * A policy beside the one in force. Where that states no benefits, its tiers count as giving those of the proposed tiers
 * with the same keys, so that costs can be compared.
 */
export function compared(history: TierHistory, proposed: Policy, inForce: Policy | null): Comparison {
  const next = replayed(history, proposed);
  if (inForce === null) return { inForce: null, proposed: described(next, proposed), changes: [] };
  const present = withBenefits(inForce, proposed.tiers);
  const now = replayed(history, present);
  const counts = new Map<string, { from: string; to: string; customers: number }>();
  const [a, b] = [now.at(-1)?.tierIndex ?? [], next.at(-1)?.tierIndex ?? []];
  for (const [i, k] of a.entries()) {
    const [from, to] = [present.tiers[k]!.key, proposed.tiers[b[i]!]!.key];
    if (from === to) continue;
    const cell = counts.get(`${from} ${to}`) ?? { from, to, customers: 0 };
    cell.customers++;
    counts.set(`${from} ${to}`, cell);
  }
  return {
    inForce: described(now, present),
    proposed: described(next, proposed),
    changes: [...counts.values()].sort((x, y) => y.customers - x.customers),
  };
}

function withBenefits(policy: Policy, given: readonly TierName[]): Policy {
  if (policy.tiers.some(({ benefit }) => benefit !== undefined)) return policy;
  const tiers = policy.tiers.map((tier) => {
    const benefit = given.find(({ key }) => key === tier.key)?.benefit;
    return benefit === undefined ? tier : { ...tier, benefit };
  });
  return { ...policy, tiers };
}

/** The tiers that a policy gives at each moment of the past, each remembering the one before. */
export function replayed({ customers, moments }: TierHistory, policy: Policy): Replayed[] {
  const out: Replayed[] = [];
  const nobody = new Int32Array(customers).fill(-1);
  let memory: Memory | undefined;
  for (const moment of moments) {
    const earlier = out.at(-1)?.rowOf ?? nobody;
    const before = moment.customer.map((code) => earlier[code]!);
    const rowOf = nobody.slice();
    for (let i = 0; i < moment.customer.length; i++) rowOf[moment.customer[i]!] = i;
    const { tierIndex, why, cuts, ...rest } = assignRows(moment, memory && { memory, row: before }, policy, moment.at);
    memory = { tierIndex, ...rest };
    out.push({ moment, before, rowOf, tierIndex, why, cuts });
  }
  return out;
}

function described(history: readonly Replayed[], policy: Policy): WhatIf {
  const { moves, customerYears } = movesIn(history);
  const last = history.at(-1);
  const tiers = policy.tiers.map(({ key, benefit }, k) => {
    let valueMinor = 0;
    for (const [i, own] of last?.tierIndex.entries() ?? []) if (own === k) valueMinor += last!.moment.valueMinor[i]!;
    const shown = history.map(({ tierIndex }) => count(tierIndex, k));
    const customers = shown.at(-1) ?? 0;
    return {
      tier: key,
      customers,
      valueMinor,
      costMinor: customers * (benefit?.costMinor ?? 0),
      upliftMinor: Math.round(valueMinor * (benefit?.upliftShare ?? 0)) + 0,
      shown,
    };
  });
  return {
    policy,
    dates: history.map(({ moment }) => moment.at),
    cutsMinor: Array.from(last?.cuts ?? []),
    tiers,
    moves,
    movesPerCustomerYear: customerYears === 0 ? null : moves / customerYears,
    reverted: revertedIn(history),
    held: heldIn(history),
    regret: regretOf(history, policy),
    benefits: benefitsOf(tiers, policy),
  };
}

function count(values: Int32Array, wanted: number): number {
  let sum = 0;
  for (const value of values) if (value === wanted) sum++;
  return sum;
}

function movesIn(history: readonly Replayed[]): { moves: number; customerYears: number } {
  let moves = 0;
  let customerYears = 0;
  for (const [step, { moment, before, tierIndex }] of history.entries()) {
    const earlier = history[step - 1];
    if (earlier === undefined) continue;
    const years = (moment.at - earlier.moment.at) / (YEAR_DAYS * DAY_MS);
    for (const [i, row] of before.entries()) {
      if (row < 0) continue;
      customerYears += years;
      if (earlier.tierIndex[row] !== tierIndex[i]) moves++;
    }
  }
  return { moves, customerYears };
}

/** A move is undone where a later tier, within the days, is back at the one that was left or beyond it. */
function revertedIn(history: readonly Replayed[]): WhatIf['reverted'] {
  let judged = 0;
  let undone = 0;
  for (const [step, { moment, before, tierIndex }] of history.entries()) {
    const later = history.slice(step + 1).filter((each) => each.moment.at - moment.at <= REVERT_DAYS * DAY_MS);
    const earlier = history[step - 1];
    if (earlier === undefined || later.length === 0) continue;
    for (const [i, row] of before.entries()) {
      const [from, to] = [row < 0 ? -1 : earlier.tierIndex[row]!, tierIndex[i]!];
      if (from < 0 || from === to) continue;
      const tiers = later.flatMap((each) => {
        const place = each.rowOf[moment.customer[i]!]!;
        return place < 0 ? [] : [each.tierIndex[place]!];
      });
      if (tiers.length === 0) continue;
      judged++;
      if (tiers.some((tier) => (to > from ? tier <= from : tier >= from))) undone++;
    }
  }
  return { moves: undone, judged, share: judged === 0 ? null : undone / judged };
}

function heldIn(history: readonly Replayed[]): WhatIf['held'] {
  const held = WHYS.map((why, code) => ({ why, code })).filter(({ why }) => why.startsWith('held-'));
  return Object.fromEntries(
    held.map(({ why, code }) => [why, history.reduce((sum, each) => sum + count(each.why, code), 0)]),
  );
}

function regretOf(history: readonly Replayed[], policy: Policy): Regret | null {
  const judged = history.filter(({ moment }) => moment.realisedMinor !== undefined);
  if (judged.length === 0) return null;
  const sums = { customers: 0, right: 0, over: 0, deserved: 0, missed: 0, profit: 0 };
  const profit = (k: number, margin: number) => {
    const benefit = policy.tiers[k]!.benefit;
    return benefit === undefined ? 0 : benefit.upliftShare * margin - benefit.costMinor;
  };
  for (const { moment, tierIndex } of judged) {
    const realised = moment.realisedMinor!;
    const hindsight = tiersBy(realised, cutsOf(realised, policy));
    for (const [i, best] of hindsight.entries()) {
      const [own, margin] = [tierIndex[i]!, realised[i]!];
      sums.customers++;
      if (own === best) sums.right++;
      if (own > best) sums.over++;
      if (best > 0) sums.deserved += Math.max(0, margin);
      if (own < best) sums.missed += Math.max(0, margin);
      sums.profit += profit(best, margin) - profit(own, margin);
    }
  }
  const share = (n: number) => (sums.customers === 0 ? 0 : n / sums.customers);
  return {
    moments: judged.length,
    customers: sums.customers,
    right: share(sums.right),
    over: share(sums.over),
    under: share(sums.customers - sums.right - sums.over),
    missedMarginShare: sums.deserved === 0 ? null : sums.missed / sums.deserved,
    missedMarginMinor: sums.missed,
    profitMinor: policy.tiers.some(({ benefit }) => benefit !== undefined)
      ? Math.round(sums.profit / judged.length) + 0
      : null,
  };
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
