/**
 * What goes into a basket, and what a basket is worth in expectation.
 *
 * An order has an occasion, drawn by the customer's tastes. Its lines draw a leaf by the occasion, then a product by
 * popularity, brand style and price level, all times the period's appeal. Used-up goods are drawn when they are due
 * and mostly the same again; copying an earlier draw leaves the distribution of products within a leaf as it is, so
 * the expectations below hold (the due-date weights shift them by a per cent or so).
 */
import { APPEAL_MAX, COMPANION_CHANCE, STYLE_DIMENSIONS } from './catalogue.ts';
import { LEAVES, OCCASIONS } from './lexicon.ts';
import type { Persona } from './persona.ts';
import type { World } from './world.ts';

/** Width of the price levels that a customer likes, on the log scale. */
const LEVEL_WIDTH = 0.42;

/**
 * A customer's wish for each product at full price, cumulated within its leaf, [products].
 *
 * @param into a buffer of that length, overwritten
 */
export function wishes(world: World, persona: Persona, into: Float64Array): Float64Array {
  const { catalogue } = world;
  const { popularity, level, style, leafStart } = catalogue;
  for (let c = 0; c < LEAVES.length; c++) {
    let sum = 0;
    for (let p = leafStart[c]!; p < leafStart[c + 1]!; p++) {
      const distance = (level[p]! - persona.level) / LEVEL_WIDTH;
      let score = popularity[p]! - 0.5 * distance * distance;
      for (let k = 0; k < STYLE_DIMENSIONS; k++) score += persona.style[k]! * style[p * STYLE_DIMENSIONS + k]!;
      sum += Math.exp(score);
      into[p] = sum;
    }
  }
  return into;
}

/** A product of leaf `c` for one customer in one price period; `uniform` gives the draws. */
export function chooseProduct(
  world: World,
  wish: Float64Array,
  c: number,
  period: number,
  uniform: () => number,
): number {
  const { leafStart, count } = world.catalogue;
  const { appeal } = world.prices;
  const end = leafStart[c + 1]! - 1;
  for (let attempt = 0; attempt < 200; attempt++) {
    const goal = uniform() * wish[end]!;
    let low = leafStart[c]!;
    let high = end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (wish[middle]! > goal) high = middle;
      else low = middle + 1;
    }
    if (uniform() * APPEAL_MAX < appeal[period * count + low]!) return low;
  }
  return leafStart[c]!;
}

/** Expected worth of one order in one price period; money in fen. */
export interface Basket {
  /** At shelf prices, before shop-wide discounts and coupons. */
  readonly shelf: number;
  /** Of `shelf`, what stays after returns. */
  readonly keptShelf: number;
  /** Unit costs of what stays after returns. */
  readonly keptCost: number;
  /** Standard deviation of the shelf value over orders. */
  readonly deviation: number;
}

/** Expectation of `Basket` over occasions, lines, products and units, for wishes made by `wishes`. */
export function expectedBasket(world: World, persona: Persona, wish: Float64Array, period: number): Basket {
  const { leafStart, count, cost, partner, leaf } = world.catalogue;
  const at = period * count;
  const shares = leafShares(world, persona);
  let own = 0;
  let ownKept = 0;
  let ownCost = 0;
  let square = 0;
  let mate = 0;
  let mateKept = 0;
  let mateCost = 0;
  let alone = 0;
  for (let c = 0; c < LEAVES.length; c++) {
    const from = leafStart[c]!;
    let total = 0;
    for (let p = from, before = 0; p < leafStart[c + 1]!; before = wish[p]!, p++)
      total += (wish[p]! - before) * world.prices.appeal[at + p]!;
    const { units, unitSquares, kept } = HABITS[c]!;
    for (let p = from, before = 0; p < leafStart[c + 1]!; before = wish[p]!, p++) {
      const chance = (shares[c]! * (wish[p]! - before) * world.prices.appeal[at + p]!) / total;
      const price = world.prices.shelf[at + p]!;
      own += chance * units * price;
      ownKept += chance * units * price * kept;
      ownCost += chance * units * cost[p]! * kept;
      square += chance * unitSquares * price * price;
      const q = partner[p]!;
      if (q < 0 || world.prices.appeal[at + q]! === 0) {
        alone += chance;
        continue;
      }
      const other = HABITS[leaf[q]!]!;
      mate += chance * other.units * world.prices.shelf[at + q]!;
      mateKept += chance * other.units * world.prices.shelf[at + q]! * other.kept;
      mateCost += chance * other.units * cost[q]! * other.kept;
    }
  }
  const { moreLines } = persona;
  const fresh = 1 + moreLines * (1 - COMPANION_CHANCE + COMPANION_CHANCE * alone);
  const paired = moreLines * COMPANION_CHANCE;
  const shelf = fresh * own + paired * mate;
  const variance = (1 + moreLines) * Math.max(0, square - own * own) + moreLines * own * own;
  return {
    shelf,
    keptShelf: fresh * ownKept + paired * mateKept,
    keptCost: fresh * ownCost + paired * mateCost,
    deviation: Math.sqrt(variance),
  };
}

/** Share of each leaf in what a customer buys, [leaves]. */
export function leafShares(world: World, persona: Persona): Float64Array {
  const shares = new Float64Array(LEAVES.length);
  for (let m = 0; m < OCCASIONS.length; m++)
    for (let c = 0; c < LEAVES.length; c++)
      shares[c] = shares[c]! + persona.tastes[m]! * world.occasions[m * LEAVES.length + c]!;
  return shares;
}

const HABITS = LEAVES.map(({ extraUnits: e, returnShare }) => ({
  units: 1 + e,
  unitSquares: 1 + 3 * e + e * e,
  kept: 1 - returnShare,
}));

/** Adds the expected units of each product in `orders` orders of one customer, [products]. */
export function addUnits(
  world: World,
  persona: Persona,
  wish: Float64Array,
  period: number,
  orders: number,
  into: Float64Array,
): void {
  if (orders === 0) return;
  const { leafStart, count, leaf, partner } = world.catalogue;
  const { appeal } = world.prices;
  const shares = leafShares(world, persona);
  const chance = new Float64Array(count);
  let alone = 0;
  for (let c = 0; c < LEAVES.length; c++) {
    let total = 0;
    for (let p = leafStart[c]!, before = 0; p < leafStart[c + 1]!; before = wish[p]!, p++) {
      chance[p] = (wish[p]! - before) * appeal[period * count + p]!;
      total += chance[p]!;
    }
    for (let p = leafStart[c]!; p < leafStart[c + 1]!; p++) {
      chance[p] = (chance[p]! * shares[c]!) / total;
      if (partner[p]! < 0 || appeal[period * count + partner[p]!]! === 0) alone += chance[p]!;
    }
  }
  const paired = persona.moreLines * COMPANION_CHANCE;
  const fresh = 1 + persona.moreLines - paired * (1 - alone);
  for (let p = 0; p < count; p++) {
    if (appeal[period * count + p]! === 0) continue;
    const lines = fresh * chance[p]! + (partner[p]! < 0 ? 0 : paired * chance[partner[p]!]!);
    into[p] = into[p]! + orders * lines * HABITS[leaf[p]!]!.units;
  }
}
