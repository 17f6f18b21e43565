/**
 * One walk: it starts at something the customer has (or looks at now), stays there or goes on to a neighbour. The sums
 * are the chances that it ends at a product, and every one is a sum over starts, so it explains itself.
 */
import type { Sparse } from '#kernels/sparse.ts';
import { type Pairs, strengthOf } from './columns.ts';
import type { RecommendWeights } from './rules.ts';

/** Where a start comes from. */
export const BOUGHT = 0;
export const VIEWED = 1;
export const SESSION = 2;

/** Working memory of a walk over so many products; between two lists all of it but the sizes is zero. */
export interface Walk {
  /** [products] chance that the walk ends there */
  readonly sums: Float64Array;
  /** The first `count` are the products whose sum may not be zero. */
  readonly touched: Int32Array;
  count: number;
  /** [products] row of the customer's purchase + 1, else 0 */
  readonly bought: Int32Array;
  /** [products] place in the list + 1 while the reason is looked for, else 0 */
  readonly wanted: Uint16Array;
  /** [products] 1 where this list may not hold it */
  readonly barred: Uint8Array;
  readonly starts: Starts;
}

/** Where the walk may start; grows with the longest history. */
export interface Starts {
  count: number;
  product: Int32Array;
  /** Chance of starting there times that of going on. */
  chance: Float64Array;
  /** BOUGHT, VIEWED or SESSION */
  origin: Uint8Array;
}

export const emptyWalk = (products: number): Walk => ({
  sums: new Float64Array(products),
  touched: new Int32Array(products),
  count: 0,
  bought: new Int32Array(products),
  wanted: new Uint16Array(products),
  barred: new Uint8Array(products),
  starts: { count: 0, product: new Int32Array(256), chance: new Float64Array(256), origin: new Uint8Array(256) },
});

function roomFor(starts: Starts, more: number): void {
  const size = starts.count + more;
  if (size <= starts.product.length) return;
  const grown = Math.max(size, starts.product.length * 2);
  const [product, chance, origin] = [new Int32Array(grown), new Float64Array(grown), new Uint8Array(grown)];
  product.set(starts.product);
  chance.set(starts.chance);
  origin.set(starts.origin);
  starts.product = product;
  starts.chance = chance;
  starts.origin = origin;
}

/**
 * Starts at what rows `from` to `to` of `pairs` say, and adds the part that stays.
 *
 * @param share of all walks that start in the history, 0 to 1; the rest is the session's
 */
export function startAtHistory(
  walk: Walk,
  { pairs, from, to }: { readonly pairs: Pairs; readonly from: number; readonly to: number },
  { step, viewWeight }: RecommendWeights,
  share = 1,
): void {
  const { starts, sums, touched } = walk;
  let strength = 0;
  let weight = 0;
  for (let e = from; e < to; e++) {
    strength += strengthOf(pairs.weight[e]!, pairs.views[e]!, viewWeight);
    weight += pairs.weight[e]!;
  }
  if (strength === 0) return;
  roomFor(starts, to - from);
  for (let e = from; e < to; e++) {
    const own = strengthOf(pairs.weight[e]!, pairs.views[e]!, viewWeight);
    starts.product[starts.count] = pairs.product[e]!;
    starts.chance[starts.count] = (share * step * own) / strength;
    starts.origin[starts.count++] = pairs.buys[e]! > 0 ? BOUGHT : VIEWED;
  }
  if (weight === 0) return;
  for (let e = from; e < to; e++) {
    if (pairs.buys[e] === 0) continue;
    const product = pairs.product[e]!;
    const part = (share * (1 - step) * pairs.weight[e]!) / weight;
    if (sums[product] === 0 && part > 0) touched[walk.count++] = product;
    sums[product]! += part;
  }
}

/**
 * Starts at the products of an open session, oldest first: the last counts most, falling evenly to the first.
 *
 * @param share of all walks that start in the session, 0 to 1
 * @see Ludewig, Jannach (2018), UMUAI 28, section 3.2.3 (V-SKNN: linear decay over the session)
 */
export function startAtSession(walk: Walk, products: ArrayLike<number>, share: number): void {
  const { starts } = walk;
  roomFor(starts, products.length);
  const total = (products.length * (products.length + 1)) / 2;
  for (let i = 0; i < products.length; i++) {
    starts.product[starts.count] = products[i]!;
    starts.chance[starts.count] = (share * (i + 1)) / total;
    starts.origin[starts.count++] = SESSION;
  }
}

/** Goes from all starts to their neighbours. */
export function goOn(walk: Walk, { offsets, indices, values }: Sparse): void {
  const { sums, touched, starts } = walk;
  let count = walk.count;
  for (let s = 0; s < starts.count; s++) {
    const product = starts.product[s]!;
    const chance = starts.chance[s]!;
    const end = offsets[product + 1]!;
    for (let f = offsets[product]!; f < end; f++) {
      const neighbour = indices[f]!;
      const before = sums[neighbour]!;
      const part = chance * values[f]!;
      if (before === 0 && part > 0) touched[count++] = neighbour;
      sums[neighbour] = before + part;
    }
  }
  walk.count = count;
}

export interface Because {
  /** The product walked from; -1: none. */
  product: number;
  /** BOUGHT, VIEWED or SESSION */
  origin: number;
  /** What that start gave, in the unit of the sums. */
  part: number;
}

/** For each of `products` the start that gave most of its sum (of equal ones the first); -1 where no walk came. */
export function mostFrom(
  walk: Walk,
  { offsets, indices, values }: Sparse,
  products: readonly number[],
): readonly Because[] {
  const { starts, wanted } = walk;
  const out = products.map((): Because => ({ product: -1, origin: BOUGHT, part: 0 }));
  for (const [place, product] of products.entries()) wanted[product] = place + 1;
  for (let s = 0; s < starts.count; s++) {
    const product = starts.product[s]!;
    const chance = starts.chance[s]!;
    const end = offsets[product + 1]!;
    for (let f = offsets[product]!; f < end; f++) {
      const place = wanted[indices[f]!]! - 1;
      if (place < 0) continue;
      const because = out[place]!;
      const part = chance * values[f]!;
      if (part <= because.part) continue;
      because.part = part;
      because.product = product;
      because.origin = starts.origin[s]!;
    }
  }
  for (const product of products) wanted[product] = 0;
  return out;
}
