/** Value cut into tiers, with a memory: who was in a tier leaves it only where the policy lets them. */
import { DAY_MS } from '#kernels/local-time.ts';
import type { Policy } from './policy.ts';

/** Why a customer is where they are; the codes of `Assignment.why` are positions in this list. */
export const WHYS = ['first', 'stays', 'held-by-gap', 'held-by-dwell', 'rose', 'fell'] as const;
export type Why = (typeof WHYS)[number];

export interface Assignment {
  /** Epoch ms. */
  readonly at: number;
  readonly customers: readonly string[];
  readonly valueMinor: Float64Array;
  /** [customers] 0 is the lowest tier */
  readonly tierIndex: Int32Array;
  /** [customers] epoch ms since which they are in it, as far as assignments reach back */
  readonly sinceAt: Float64Array;
  /** [customers] tier before the present one, -1 where none is known */
  readonly previousIndex: Int32Array;
  /** [customers] position in WHYS */
  readonly why: Int32Array;
  /** [tiers - 1] value above which each tier but the lowest begins */
  readonly cuts: Float64Array;
}

/**
 * Values above which each tier but the lowest begins.
 *
 * By shares: the cut below the top `s` of n customers is the value of the customer at rank ceil((1 - s) n) from below.
 * Customers of equal value are of one tier, the lower one: shares are reached as far as ties allow.
 */
export const cutsOf = (values: Float64Array, { cuts }: Policy): Float64Array =>
  cuts.by === 'money' ? Float64Array.from(cuts.aboveMinor) : shareCuts(values, cuts.shares);

/** The cuts at shares of the values themselves; a share may be 0. */
export function shareCuts(values: Float64Array, shares: readonly number[]): Float64Array {
  const sorted = Float64Array.from(values).sort();
  const cuts = new Float64Array(shares.length - 1);
  let below = 0;
  for (let k = 0; k < cuts.length; k++) {
    below += shares[k]!;
    const rank = Math.ceil(below * sorted.length - 1e-9);
    cuts[k] = sorted.length === 0 ? 0 : sorted[Math.min(Math.max(rank, 1), sorted.length) - 1]!;
  }
  return cuts;
}

/** Number of cuts strictly below `value`, each moved by `share` of its size. */
export function tierAt(value: number, cuts: Float64Array, share = 0): number {
  let tier = 0;
  for (let k = 0; k < cuts.length; k++) if (value > cuts[k]! + share * Math.abs(cuts[k]!)) tier = k + 1;
  return tier;
}

/** Tiers of values without any memory. */
export const tiersOf = (values: Float64Array, policy: Policy): Int32Array => tiersBy(values, cutsOf(values, policy));

/** Number of cuts strictly below each value. */
export const tiersBy = (values: Float64Array, cuts: Float64Array): Int32Array =>
  Int32Array.from(values, (value) => tierAt(value, cuts));

/**
 * Assigns a tier to each customer.
 *
 * A customer without a previous tier gets that of their value. One with a previous tier rises only where value is above
 * a higher cut by more than the gap, falls only where it is below a lower one by more than the gap, and does neither
 * within the dwell time.
 *
 * @param values customers and what each is worth, minor units
 * @param previous the assignment before; customers that are no longer in `values` drop out
 * @param at epoch ms of this assignment
 */
export function assign(
  values: { readonly customers: readonly string[]; readonly valueMinor: Float64Array },
  previous: Assignment | undefined,
  policy: Policy,
  at: number,
): Assignment {
  const { customers, valueMinor } = values;
  const cuts = cutsOf(valueMinor, policy);
  const rowBefore = new Map(previous?.customers.map((id, i) => [id, i]));
  const size = customers.length;
  const out = {
    tierIndex: new Int32Array(size),
    sinceAt: new Float64Array(size),
    previousIndex: new Int32Array(size).fill(-1),
    why: new Int32Array(size),
  };
  for (let i = 0; i < size; i++) {
    const value = valueMinor[i]!;
    const row = rowBefore.get(customers[i]!);
    if (previous === undefined || row === undefined) {
      out.tierIndex[i] = tierAt(value, cuts);
      out.sinceAt[i] = at;
      continue;
    }
    const before = previous.tierIndex[row]!;
    const since = previous.sinceAt[row]!;
    const { tier, why } = moved(value, before, cuts, {
      gap: policy.hysteresis,
      dwells: at - since < policy.dwellDays * DAY_MS,
    });
    out.tierIndex[i] = tier;
    out.why[i] = WHYS.indexOf(why);
    out.sinceAt[i] = tier === before ? since : at;
    out.previousIndex[i] = tier === before ? previous.previousIndex[row]! : before;
  }
  return { at, customers, valueMinor, cuts, ...out };
}

function moved(
  value: number,
  before: number,
  cuts: Float64Array,
  { gap, dwells }: { gap: number; dwells: boolean },
): { tier: number; why: Why } {
  const bare = tierAt(value, cuts);
  if (bare === before) return { tier: before, why: 'stays' };
  if (dwells) return { tier: before, why: 'held-by-dwell' };
  const tier = bare > before ? Math.max(before, tierAt(value, cuts, gap)) : Math.min(before, tierAt(value, cuts, -gap));
  if (tier === before) return { tier, why: 'held-by-gap' };
  return { tier, why: tier > before ? 'rose' : 'fell' };
}

export interface Move {
  readonly customerId: string;
  readonly from: number;
  readonly to: number;
  readonly fromAt: number;
  readonly toAt: number;
  readonly why: Why;
}

/** The customers whose tier differs between two assignments that follow each other. */
export function moves(before: Assignment, after: Assignment): Move[] {
  const rowBefore = new Map(before.customers.map((id, i) => [id, i]));
  const out: Move[] = [];
  for (const [i, customerId] of after.customers.entries()) {
    const row = rowBefore.get(customerId);
    if (row === undefined || before.tierIndex[row] === after.tierIndex[i]) continue;
    out.push({
      customerId,
      from: before.tierIndex[row]!,
      to: after.tierIndex[i]!,
      fromAt: before.at,
      toAt: after.at,
      why: WHYS[after.why[i]!]!,
    });
  }
  return out;
}
