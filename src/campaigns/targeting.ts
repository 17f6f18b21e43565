/** Simpler ways to spend the same budget, for comparison: the same offer to everyone, or to the first of some order. */
import { type Candidates, type Choosing, heldOut, lotOf } from './choose.ts';
import type { Given } from './effects.ts';

export const TARGETINGS = ['everyone', 'top-value', 'top-churn', 'random'] as const;
export type Targeting = (typeof TARGETINGS)[number];

export interface Known {
  readonly valueMinor: Float64Array;
  readonly pAlive: Float64Array;
}

/**
 * Whom a targeting reaches with one offer, among the eligible who are not held out. All but `everyone` keep the budget and
 * the limits of places; `everyone` keeps neither.
 *
 * @returns [offers] places of people
 */
export function targeted(people: Candidates, options: Choosing, known: Known, how: Targeting, offer: number): Given {
  const held = heldOut(people, options);
  const eligible = Int32Array.from(held.keys()).filter((i) => people.refused[i] === undefined && held[i] === 0);
  const members =
    how === 'everyone' ? eligible : reached(people, options, ordered(people, options, known, how, eligible), offer);
  return people.offers.map((_, j) => (j === offer ? members : []));
}

function ordered(
  people: Candidates,
  options: Choosing,
  known: Known,
  how: Targeting,
  eligible: Int32Array,
): Int32Array {
  const lots = Float64Array.from(people.refused, (_, i) => lotOf(people, i, options, '/random'));
  const worth = (i: number): number => {
    switch (how) {
      case 'everyone':
      case 'random':
        return 0;
      case 'top-value':
        return known.valueMinor[i]!;
      case 'top-churn':
        return -known.pAlive[i]!;
      default:
        return how satisfies never;
    }
  };
  return eligible.slice().sort((a, b) => worth(b) - worth(a) || lots[a]! - lots[b]! || a - b);
}

function reached(people: Candidates, options: Choosing, order: Int32Array, offer: number): Int32Array {
  const { costMinor } = people.offers[offer]!;
  const channel = options.channel[offer]!;
  const most = Math.min(
    options.maxPeople,
    options.perOffer[offer]!,
    options.perChannel[channel] ?? Number.POSITIVE_INFINITY,
  );
  const inTier = new Map<number, number>();
  let spent = 0;
  const out: number[] = [];
  for (const i of order) {
    const tier = people.tier[i]!;
    const before = inTier.get(tier) ?? 0;
    if (out.length >= most) break;
    if (before >= options.perTier(tier) || spent + costMinor[i]! > options.budgetMinor) continue;
    spent += costMinor[i]!;
    inTier.set(tier, before + 1);
    out.push(i);
  }
  return Int32Array.from(out);
}
