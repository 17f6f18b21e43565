/** Where tiers begin: the value above which each tier but the lowest takes a customer, by each kind of cuts. */
import type { Policy, TierName } from './policy.ts';

/**
 * Values above which each tier but the lowest begins; they do not fall from one tier to the next.
 *
 * By shares: the cut below the top `s` of n customers is the value of the customer at rank ceil((1 - s) n) from below.
 * Customers of equal value are of one tier, the lower one: shares are reached as far as ties allow.
 */
export function cutsOf(values: Float64Array, { cuts, tiers }: Policy): Float64Array {
  if (cuts.by === 'money') return Float64Array.from(cuts.aboveMinor);
  if (cuts.by === 'capacity') return capacityCuts(values, cuts.places);
  if (cuts.by === 'profit') return profitCuts(tiers);
  cuts satisfies { by: 'share' };
  return shareCuts(values, cuts.shares);
}

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

/**
 * Cuts by which no tier has more customers than places, filled from the highest. Customers of equal value are of one
 * tier: where they do not all fit they all go to the lower one. With places for everybody the cut is one minor unit
 * below the least value.
 *
 * @param places of each tier but the lowest
 */
export function capacityCuts(values: Float64Array, places: readonly number[]): Float64Array {
  const sorted = Float64Array.from(values).sort().reverse();
  const cuts = new Float64Array(places.length);
  let taken = 0;
  for (let k = cuts.length - 1; k >= 0; k--) {
    const rank = taken + places[k]!;
    const cut = sorted.length === 0 ? 0 : rank < sorted.length ? sorted[rank]! : sorted.at(-1)! - 1;
    cuts[k] = cut;
    while (taken < sorted.length && sorted[taken]! > cut) taken++;
  }
  return cuts;
}

/**
 * Cuts by which a customer is in the tier where uplift x value - cost is most, the lower of two that are equal. Each
 * tier is a line over value, and slopes rise with the tiers, so the best tier never falls as value rises: tier k or
 * higher is best above the least, over j >= k, of the value at which line j has passed all lines below k. A tier that is
 * best nowhere begins where the next one does and has nobody.
 *
 * @returns rounded down to whole minor units, which is the same for whole values
 */
export function profitCuts(tiers: readonly TierName[]): Float64Array {
  const slope = tiers.map(({ benefit }) => benefit?.upliftShare ?? 0);
  const cost = tiers.map(({ benefit }) => benefit?.costMinor ?? 0);
  const cuts = new Float64Array(tiers.length - 1);
  for (let k = 1; k < tiers.length; k++) {
    let least = Number.POSITIVE_INFINITY;
    for (let j = k; j < tiers.length; j++) {
      let passed = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < k; i++) passed = Math.max(passed, (cost[j]! - cost[i]!) / (slope[j]! - slope[i]!));
      least = Math.min(least, passed);
    }
    cuts[k - 1] = Math.floor(least + 1e-6) + 0;
  }
  return cuts;
}

/** A cut moved up by `share` of its size; down where that is below zero. */
export const widened = (cut: number, share: number): number => cut + share * Math.abs(cut);

/** Number of cuts strictly below `value`, each moved by `share` of its size. */
export function tierAt(value: number, cuts: Float64Array, share = 0): number {
  let tier = 0;
  for (let k = 0; k < cuts.length; k++) if (value > widened(cuts[k]!, share)) tier = k + 1;
  return tier;
}

/** Tiers of values without any memory. */
export const tiersOf = (values: Float64Array, policy: Policy): Int32Array => tiersBy(values, cutsOf(values, policy));

/** Number of cuts strictly below each value. */
export const tiersBy = (values: Float64Array, cuts: Float64Array): Int32Array =>
  Int32Array.from(values, (value) => tierAt(value, cuts));
