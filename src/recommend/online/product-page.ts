/** What goes with products (a basket, or one on its page), and what may stand in for one. */
import type { Sparse } from '#kernels/sparse.ts';
import { emptyTop, offer, sortTop } from '#kernels/top-k.ts';
import type { Bundle } from './bundle.ts';
import { type Item, REASON_OF, SOURCE_OF } from './reasons.ts';

/** How many products are looked at for each place in a list, so that limits leave enough to choose from. */
const WIDTH = 4;
/** Popular scores stay below every neighbour's. */
const POPULAR_SCALE = 1e-6;

export interface PageAsk {
  readonly length: number;
  /** Tests what the list may hold beside being sellable. */
  readonly allowed: (product: number) => boolean;
}

export interface ProductPages {
  /**
   * What goes with `products`: the mean over them of the chance to be in one order with the candidate, times the share of
   * them for which there is one. A product that is only ever bought alone leads to what the same customers chose.
   * Products of the same category path as one of them could replace it and are left out.
   */
  complements(products: readonly number[], ask: PageAsk, kind: Goes): Item[];
  /**
   * What could replace `product`: half the score is how alike they are described, half how near they are among customers,
   * the latter for the same category path only (for any, where the product has none); then what is popular in the path.
   */
  similar(product: number, ask: PageAsk): Item[];
}

/** Working memory over all products; between two answers the sums are zero. */
interface Sums {
  readonly sums: Float64Array;
  readonly touched: Int32Array;
}

export function productPages(bundle: Bundle): ProductPages {
  const { count } = bundle.products;
  const held: Sums = { sums: new Float64Array(count), touched: new Int32Array(count) };
  const kinds = popularByCategory(bundle);
  return {
    complements: (products, ask, kind) => complements(bundle, held, products, ask, kind),
    similar: (product, ask) => similar(bundle, kinds, product, ask),
  };
}

type Goes = 'basket' | 'complementary';

function complements(
  bundle: Bundle,
  { sums, touched }: Sums,
  products: readonly number[],
  ask: PageAsk,
  kind: Goes,
): Item[] {
  const { products: facts, about } = bundle;
  const kinds = new Set(products.map((product) => facts.category[product]!));
  const supports = new Map<number, number>();
  let count = 0;
  for (const product of products) {
    const { offsets, indices, values } = rowsFor(bundle, product);
    for (let f = offsets[product]!; f < offsets[product + 1]!; f++) {
      const other = indices[f]!;
      if (sums[other] === 0) touched[count++] = other;
      sums[other]! += values[f]!;
      supports.set(other, (supports.get(other) ?? 0) + 1);
    }
  }
  const top = emptyTop(ask.length * WIDTH);
  for (let t = 0; t < count; t++) {
    const other = touched[t]!;
    const sum = sums[other]!;
    sums[other] = 0;
    if (facts.sellable[other] === 0 || products.includes(other)) continue;
    if (facts.category[other]! >= 0 && kinds.has(facts.category[other]!)) continue;
    if (ask.allowed(other)) offer(top, (sum * supports.get(other)!) / products.length ** 2, other);
  }
  sortTop(top);
  const limits = { length: ask.length, perCategoryMax: about.strategies[0]!.perCategoryMax };
  return varied(top.indices.subarray(0, top.size), facts.category, limits).map((place) => {
    const product = top.indices[place]!;
    const why = strongest(bundle, products, product, kind);
    return itemOf(product, top.scores[place]!, kind === 'basket' ? SOURCE_OF.basket : SOURCE_OF.complementary, why);
  });
}

/** The matrix whose row of `product` is used. */
const rowsFor = ({ together, neighbours }: Bundle, product: number): Sparse =>
  together.offsets[product + 1]! > together.offsets[product]! ? together : neighbours;

/** Which of the products gave most to `candidate`, and its part of all. */
function strongest(
  bundle: Bundle,
  products: readonly number[],
  candidate: number,
  kind: Goes,
): Pick<Item, 'because' | 'share' | 'reason'> {
  let [because, most, all] = [-1, 0, 0];
  for (const product of products) {
    const { offsets, indices, values } = rowsFor(bundle, product);
    const row = indices.subarray(offsets[product]!, offsets[product + 1]!);
    const place = row.indexOf(candidate);
    if (place < 0) continue;
    const value = values[offsets[product]! + place]!;
    all += value;
    if (value <= most) continue;
    most = value;
    because = product;
  }
  const isTogether = because >= 0 && rowsFor(bundle, because) === bundle.together;
  const reason = !isTogether ? 'bought-with' : kind === 'basket' ? 'basket' : 'together';
  return { because, share: most / all, reason: REASON_OF[reason] };
}

/** Places of the best, at most so many of one category as long as there is something else; ascending. */
function varied(
  products: Int32Array,
  category: Int32Array,
  { length, perCategoryMax }: { readonly length: number; readonly perCategoryMax: number },
): number[] {
  const chosen: number[] = [];
  const taken = new Uint8Array(products.length);
  const inCategory = new Map<number, number>();
  for (const strict of [true, false])
    for (let place = 0; place < products.length && chosen.length < length; place++) {
      if (taken[place] === 1) continue;
      const own = category[products[place]!]!;
      const before = inCategory.get(own) ?? 0;
      if (strict && own >= 0 && before >= perCategoryMax) continue;
      taken[place] = 1;
      inCategory.set(own, before + 1);
      chosen.push(place);
    }
  return chosen.sort((a, b) => a - b);
}

interface ByCategory {
  /** [categories + 1] */
  readonly offsets: Int32Array;
  /** Sellable products with a category, by category, the most popular first. */
  readonly products: Int32Array;
}

function popularByCategory({ popular, products }: Bundle): ByCategory {
  const order = popular.orders[popular.tiers] ?? new Int32Array(0);
  const categories = products.categories.offsets.length - 1;
  const offsets = new Int32Array(categories + 1);
  for (const product of order) if (products.category[product]! >= 0) offsets[products.category[product]! + 1]!++;
  for (let c = 0; c < categories; c++) offsets[c + 1]! += offsets[c]!;
  const next = offsets.slice(0, categories);
  const sorted = new Int32Array(offsets[categories]!);
  for (const product of order) {
    const own = products.category[product]!;
    if (own >= 0) sorted[next[own]!++] = product;
  }
  return { offsets, products: sorted };
}

function similar(bundle: Bundle, kinds: ByCategory, product: number, ask: PageAsk): Item[] {
  const { products: facts, popular } = bundle;
  const own = facts.category[product]!;
  const may = (other: number) => other !== product && facts.sellable[other] === 1 && ask.allowed(other);
  const found = [...partsOf(bundle, product)].filter(([other]) => may(other));
  const score = ({ near, alike }: Parts) => (near + alike) / 2;
  found.sort(([p, a], [q, b]) => score(b) - score(a) || p - q);
  const out = found.slice(0, ask.length).map(([other, parts]) => {
    const isNear = parts.near > parts.alike;
    const reason = !isNear ? REASON_OF.alike : own < 0 ? REASON_OF['bought-with'] : REASON_OF.similar;
    const share = Math.max(parts.near, parts.alike) / (parts.near + parts.alike);
    return itemOf(other, score(parts), SOURCE_OF.similar, { reason, because: product, share });
  });
  const shares = popular.shares[popular.tiers];
  if (own < 0 || shares === undefined) return out;
  const taken = new Set(out.map((item) => item.product));
  for (let e = kinds.offsets[own]!; e < kinds.offsets[own + 1]! && out.length < ask.length; e++) {
    const other = kinds.products[e]!;
    if (taken.has(other) || !may(other)) continue;
    const reason = { reason: REASON_OF['same-type'], because: product, share: 1 };
    out.push(itemOf(other, shares[other]! * POPULAR_SCALE, SOURCE_OF.similar, reason));
  }
  return out;
}

interface Parts {
  /** Weight among the neighbours over that of the nearest of all, 0 to 1. */
  near: number;
  /** Cosine of the descriptions, 0 to 1. */
  alike: number;
}

function partsOf({ neighbours, content, products }: Bundle, product: number): Map<number, Parts> {
  const found = new Map<number, Parts>();
  const own = products.category[product]!;
  const first = neighbours.offsets[product]!;
  for (let f = first; f < neighbours.offsets[product + 1]!; f++) {
    const other = neighbours.indices[f]!;
    if (products.category[other] !== own) continue;
    found.set(other, { near: neighbours.values[f]! / neighbours.values[first]!, alike: 0 });
  }
  for (let f = content.offsets[product]!; f < content.offsets[product + 1]!; f++) {
    const other = content.indices[f]!;
    const parts = found.get(other) ?? { near: 0, alike: 0 };
    parts.alike = content.values[f]!;
    found.set(other, parts);
  }
  return found;
}

const itemOf = (
  product: number,
  score: number,
  source: number,
  why: Pick<Item, 'reason' | 'because' | 'share'>,
): Item => ({ product, score, source, ...why, gapDays: 0, lastDay: 0 });
