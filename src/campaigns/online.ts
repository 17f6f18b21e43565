/**
 * The allocation while people come one by one: a price of money decides each, and moves as money is spent, so that the
 * budget lasts to the end and is never passed.
 *
 * @see Balseiro, Lu, Mirrokni (2023), Operations Research 71(1), dual mirror descent: the multiplicative step below
 */
import { priced } from './allocation/allocate.ts';
import type { Options } from './allocation/options.ts';

/** Plain data; money in minor units. */
export interface Pace {
  /** What one more unit of money is worth. */
  readonly price: number;
  readonly leftMinor: number;
  /** People who are still to come, as far as is known. */
  readonly peopleLeft: number;
}

/** What somebody could be given: by offer. */
export interface Choice {
  readonly valueMinor: ArrayLike<number>;
  readonly costMinor: ArrayLike<number>;
}

/** The share of each is spent so many times at most, as far as the step looks. */
const COST_MOST = 20;

/**
 * The offer of the largest value less its cost at the price; -1 for none. An offer that the money left can't pay is not
 * looked at.
 */
export function decide({ price, leftMinor }: Pace, { valueMinor, costMinor }: Choice): number {
  let [best, at] = [0, -1];
  for (let j = 0; j < valueMinor.length; j++) {
    const cost = costMinor[j]!;
    const worth = valueMinor[j]! - price * cost;
    if (cost <= leftMinor && worth > best) [best, at] = [worth, j];
  }
  return at;
}

/**
 * After one person: money that was spent is gone, and the price rises where more was spent than the share of each, and
 * falls where less was.
 *
 * @param costMinor of what the person was given; 0: nothing
 * @param step how far a person moves the price, over the square root of the people to come; default 1. 0 where who is to come
 *   is known and the price is found anew from them: an order with the dear ones first is then no sign of a low price
 */
export function paced({ price, leftMinor, peopleLeft }: Pace, costMinor: number, step = 1): Pace {
  const share = leftMinor / Math.max(1, peopleLeft);
  const left = { leftMinor: leftMinor - costMinor, peopleLeft: Math.max(0, peopleLeft - 1) };
  if (!(share > 0) || !(price > 0)) return { price, ...left };
  const excess = Math.min(COST_MOST, costMinor / share) - 1;
  return { price: price * Math.exp((step * excess) / Math.sqrt(Math.max(1, peopleLeft))), ...left };
}

/**
 * The price anew from the people who are still to come: exact where they are those who will. 0 where the money is enough
 * for all.
 *
 * @param plan what it began with
 * @param spentMinor so far
 * @param remaining people who are still to come, each with their offers
 */
export function resolve(
  { budgetMinor }: { readonly budgetMinor: number },
  spentMinor: number,
  remaining: readonly Choice[],
): Pace {
  const leftMinor = Math.max(0, budgetMinor - spentMinor);
  const offsets = new Int32Array(remaining.length + 1);
  for (const [i, { valueMinor }] of remaining.entries()) offsets[i + 1] = offsets[i]! + valueMinor.length;
  const column = (of: (choice: Choice) => ArrayLike<number>) => {
    const out = new Float64Array(offsets.at(-1)!);
    for (const [i, choice] of remaining.entries()) out.set(of(choice), offsets[i]!);
    return out;
  };
  const options: Options = {
    customers: remaining.length,
    offsets,
    value: column(({ valueMinor }) => valueMinor),
    cost: column(({ costMinor }) => costMinor),
    kinds: [],
  };
  return { price: priced(options, { budget: leftMinor }).prices.budget, leftMinor, peopleLeft: remaining.length };
}
