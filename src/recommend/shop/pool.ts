/** Candidates of one customer, gathered from several sources into columns that are used again for the next customer. */
import type { Audience, Pairs, Products } from './columns.ts';
import { SOURCES } from './source-names.ts';

/** What one list may hold beside what the rules of the shop say. */
export interface Limits {
  /** Default: everything that is sellable. */
  readonly allowed?: ((product: number) => boolean) | undefined;
  /** Never in the list. */
  readonly exclude?: ArrayLike<number> | undefined;
  /** Products of the open session, oldest first, each once; their neighbours are candidates and they are not in the list. */
  readonly session?: ArrayLike<number> | undefined;
}

/** One customer while a list is made. */
export interface Asked {
  readonly pairs: Pairs;
  /** The customer's rows of `pairs`. */
  readonly from: number;
  readonly to: number;
  /** Tier index; -1: none. */
  readonly tier: number;
  /** Sums over the rows: decayed purchases, and strength as a start of walks. */
  readonly weight: number;
  readonly strength: number;
  readonly session: ArrayLike<number>;
}

export interface Pool {
  allowed: ((product: number) => boolean) | undefined;
  count: number;
  /** Distinct products that were bought. */
  boughtCount: number;
  /** [capacity] */
  readonly product: Int32Array;
  /** [sources][capacity] score of the source, 0 where it did not name the product */
  readonly scores: readonly Float64Array[];
  /** [capacity] bit of each source that may stand for the product */
  readonly named: Uint8Array;
  /** [capacity] source that led to the product */
  readonly lead: Uint8Array;
  /** [capacity] chance, or score, of being bought */
  readonly chance: Float64Array;
  /** [products] place in the pool + 1, else 0 */
  readonly place: Int32Array;
  /** [products] row of the customer's purchases + 1, else 0 */
  readonly bought: Int32Array;
  /** [products] 1 where the rules keep the product from this customer */
  readonly barred: Uint8Array;
  /** [departments] share of the customer's purchases; all 0 without any */
  readonly mix: Float64Array;
  /** [categories] share of the customer's purchases */
  readonly leaf: Float64Array;
}

/** Most candidates of each source. */
export const MOST = [120, 40, 100, 40, 24, 40, 100] as const;
const CAPACITY = MOST.reduce((a, b) => a + b, 0);

export function emptyPool(products: Products): Pool {
  let leaves = 0;
  for (const code of products.category) leaves = Math.max(leaves, code + 1);
  return {
    ...{ count: 0, boughtCount: 0, allowed: undefined },
    product: new Int32Array(CAPACITY),
    scores: SOURCES.map(() => new Float64Array(CAPACITY)),
    named: new Uint8Array(CAPACITY),
    lead: new Uint8Array(CAPACITY),
    chance: new Float64Array(CAPACITY),
    place: new Int32Array(products.count),
    bought: new Int32Array(products.count),
    barred: new Uint8Array(products.count),
    mix: new Float64Array(products.departments),
    leaf: new Float64Array(leaves),
  };
}

/** Puts a product into the pool with a source's score (above 0), or adds the score to what is there. */
export function put(pool: Pool, source: number, product: number, score: number): void {
  let place = pool.place[product]! - 1;
  if (place < 0) {
    if (!mayHold(pool, product)) return;
    place = pool.count++;
    pool.place[product] = place + 1;
    pool.product[place] = product;
    pool.named[place] = 0;
    for (const scores of pool.scores) scores[place] = 0;
  }
  pool.scores[source]![place] = score;
  pool.named[place]! |= 1 << source;
}

/** May this list hold the product? Bars are lifted by `close`. */
const mayHold = ({ barred, allowed }: Pool, product: number): boolean =>
  barred[product] === 0 && (allowed === undefined || allowed(product));

/** May the product be shown to anybody, and in this list? */
export const open = (pool: Pool, products: Products, product: number): boolean =>
  products.sellable[product] === 1 && mayHold(pool, product);

/** Notes what the customer has bought, what is barred for that, and the mix of categories. */
export function begin(
  pool: Pool,
  { pairs, tier }: Audience,
  c: number,
  {
    products,
    strength: strengthAt,
    limits: { allowed, exclude = [], session = [] } = {},
  }: { products: Products; strength: (e: number, pairs: Pairs) => number; limits?: Limits },
): Asked {
  const from = pairs.offsets[c]!;
  const to = pairs.offsets[c + 1]!;
  pool.count = 0;
  pool.boughtCount = 0;
  pool.allowed = allowed;
  for (let i = 0; i < exclude.length; i++) pool.barred[exclude[i]!] = 1;
  for (let i = 0; i < session.length; i++) pool.barred[session[i]!] = 1;
  let [weight, strength] = [0, 0];
  for (let e = from; e < to; e++) {
    const product = pairs.product[e]!;
    weight += pairs.weight[e]!;
    strength += strengthAt(e, pairs);
    if (pairs.buys[e]! === 0) continue;
    pool.boughtCount++;
    pool.bought[product] = e + 1;
    // Durable products are not bought twice.
    if (products.consumable[product] === 0) pool.barred[product] = 1;
  }
  if (weight > 0)
    for (let e = from; e < to; e++) {
      const product = pairs.product[e]!;
      const share = pairs.weight[e]! / weight;
      if (products.department[product]! >= 0) pool.mix[products.department[product]!]! += share;
      if (products.category[product]! >= 0) pool.leaf[products.category[product]!]! += share;
    }
  return { pairs, from, to, tier: tier[c]!, weight, strength, session };
}

/** Clears what `begin` and `put` noted by product. */
export function close(
  pool: Pool,
  { pairs, from, to, session }: Asked,
  products: Products,
  exclude: ArrayLike<number> = [],
): void {
  for (let i = 0; i < exclude.length; i++) pool.barred[exclude[i]!] = 0;
  for (let i = 0; i < session.length; i++) pool.barred[session[i]!] = 0;
  for (let i = 0; i < pool.count; i++) pool.place[pool.product[i]!] = 0;
  for (let e = from; e < to; e++) {
    const product = pairs.product[e]!;
    pool.bought[product] = 0;
    pool.barred[product] = 0;
    if (products.category[product]! >= 0) pool.leaf[products.category[product]!] = 0;
  }
  pool.mix.fill(0);
  pool.count = 0;
}

/** Days between purchases of one customer: their own from 3 purchase days on, else the product's. */
export function rhythm(
  product: number,
  row: number,
  pairs: Pairs,
  products: Products,
): { gapDays: number; own: boolean } {
  const buys = pairs.buys[row]!;
  if (buys < 3) return { gapDays: products.gapDays[product]!, own: false };
  const gap = Math.round((pairs.lastDay[row]! - pairs.firstDay[row]!) / (buys - 1));
  return { gapDays: Math.max(1, gap), own: true };
}
