/** Tiers as they were given, against those that the same cuts give with hindsight: to the margin that then came. */
import { cutsOf, tiersBy } from './cuts.ts';
import type { Policy } from './policy.ts';
import { type Ratio, ratioOf, type Sums } from './ratio.ts';
import type { Replayed } from './stability.ts';

export interface Regret {
  readonly moments: number;
  /** Customers, each once a moment. */
  readonly customers: number;
  /** Of customers: in the tier of hindsight. */
  readonly right: Ratio | null;
  /** Of customers: in a higher one; in a lower one. */
  readonly over: number;
  readonly under: number;
  /** Of the margin of all whom hindsight puts above the lowest tier: that of those who were in too low a tier. */
  readonly missedMarginShare: Ratio | null;
  readonly missedMarginMinor: number;
  /**
   * Profit of the benefits, uplift x margin - cost, with the tiers of hindsight less that with the tiers as given, over
   * one horizon: the mean of the moments. Null where no tier has a benefit.
   */
  readonly profitMinor: number | null;
}

export interface Hindsight {
  readonly regret: Regret;
  /** Of `right` and `missedMarginShare`. */
  readonly right: Sums;
  readonly missed: Sums;
}

/** Over the moments whose horizon is over; null where there are none. */
export function hindsightOf(history: readonly Replayed[], policy: Policy, customers: number): Hindsight | null {
  const judged = history.filter(({ moment }) => moment.realisedMinor !== undefined);
  if (judged.length === 0) return null;
  const [seen, right, deserved, missed] = Array.from({ length: 4 }, () => new Float64Array(customers));
  let [rows, over, under, profit] = [0, 0, 0, 0];
  for (const { moment, tierIndex } of judged) {
    const realised = moment.realisedMinor!;
    const hindsight = tiersBy(realised, cutsOf(realised, policy));
    for (let i = 0; i < hindsight.length; i++) {
      const customer = moment.customer[i]!;
      const best = hindsight[i]!;
      const own = tierIndex[i]!;
      const margin = Math.max(0, realised[i]!);
      rows++;
      seen![customer]! += 1;
      if (own === best) right![customer]! += 1;
      else if (own > best) over++;
      else under++;
      if (best > 0) deserved![customer]! += margin;
      if (own < best) missed![customer]! += margin;
      profit += profitIn(policy, best, realised[i]!) - profitIn(policy, own, realised[i]!);
    }
  }
  const regret: Regret = {
    moments: judged.length,
    customers: rows,
    right: ratioOf(right!, seen!, 1),
    over: rows === 0 ? 0 : over / rows,
    under: rows === 0 ? 0 : under / rows,
    missedMarginShare: ratioOf(missed!, deserved!, 1),
    missedMarginMinor: missed!.reduce((sum, own) => sum + own, 0),
    profitMinor: policy.tiers.some(({ benefit }) => benefit !== undefined)
      ? Math.round(profit / judged.length) + 0
      : null,
  };
  return {
    regret,
    right: { above: right!, below: seen! },
    missed: { above: missed!, below: deserved! },
  };
}

function profitIn(policy: Policy, tier: number, margin: number): number {
  const benefit = policy.tiers[tier]!.benefit;
  return benefit === undefined ? 0 : benefit.upliftShare * margin - benefit.costMinor;
}
