/** The made-up shop's products and what truly moves them: popularity, price level, brand style, elasticity, partners. */
import { random, split } from '#kernels/random.ts';
import { COMPANIONS, LEAVES } from './lexicon.ts';
import { BRANDS, QUALITIES, SHADES } from './names.ts';

/** Days between changes of shelf prices; launches and farewells fall on these days too. */
export const PERIOD_DAYS = 28;
/** Tastes in brands lie in a plane. */
export const STYLE_DIMENSIONS = 2;
/** A companion of the first product is drawn with this chance for each further line. */
export const COMPANION_CHANCE = 0.25;
/** Highest factor by which a marked-down shelf price raises the wish for a product. */
export const APPEAL_MAX = 2.6;

/** Columns of length [products], sorted by leaf. Money in fen (minor CNY). */
export interface Catalogue {
  readonly count: number;
  /** Products of leaf c are leafStart[c] up to leafStart[c + 1]. */
  readonly leafStart: Int32Array;
  readonly leaf: Int32Array;
  readonly brand: Int32Array;
  readonly noun: Int32Array;
  readonly quality: Int32Array;
  readonly shade: Int32Array;
  readonly price: Float64Array;
  readonly cost: Float64Array;
  /** Log of price over the leaf's median price. */
  readonly level: Float64Array;
  /** Log of popularity. */
  readonly popularity: Float64Array;
  /** Style of the product's brand, [products x STYLE_DIMENSIONS]. */
  readonly style: Float64Array;
  /** Wish for the product grows as (shelf / list price) ^ -elasticity. */
  readonly elasticity: Float64Array;
  /** Mean satisfaction that reviews speak of, 1 to 5. */
  readonly satisfaction: Float64Array;
  /** Index of the product that goes with it and back, or -1. */
  readonly partner: Int32Array;
  /** First and one past last price period on sale. */
  readonly activeFrom: Int32Array;
  readonly activeTo: Int32Array;
  readonly stock: Float64Array;
}

export const productId = (index: number): string => `P${String(index + 1).padStart(5, '0')}`;

/**
 * Draws the catalogue. Each product depends on seed and its own index, brands on the seed alone.
 *
 * @param periods price periods of the history; launches and farewells lie inside it
 */
export function drawCatalogue(seed: number, { count, periods }: { count: number; periods: number }): Catalogue {
  const brands = drawBrands(seed);
  const ints = () => new Int32Array(count);
  const floats = () => new Float64Array(count);
  const catalogue: Catalogue = {
    count,
    leafStart: Int32Array.from({ length: LEAVES.length + 1 }, (_, c) => Math.floor((c * count) / LEAVES.length)),
    leaf: ints(),
    brand: ints(),
    noun: ints(),
    quality: ints(),
    shade: ints(),
    price: floats(),
    cost: floats(),
    level: floats(),
    popularity: floats(),
    style: new Float64Array(count * STYLE_DIMENSIONS),
    elasticity: floats(),
    satisfaction: floats(),
    partner: ints().fill(-1),
    activeFrom: ints(),
    activeTo: ints().fill(0x7fffffff),
    stock: floats(),
  };
  for (let c = 0; c < LEAVES.length; c++)
    for (let p = catalogue.leafStart[c]!; p < catalogue.leafStart[c + 1]!; p++)
      drawProduct(seed, catalogue, c, p, brands);
  drawLaunches(seed, catalogue, periods);
  pair(catalogue);
  return catalogue;
}

interface Brand {
  readonly style: readonly number[];
  readonly level: number;
  readonly satisfaction: number;
  readonly leaves: ReadonlySet<number>;
}

function drawBrands(seed: number): Brand[] {
  return BRANDS.map((_, b) => {
    const draw = random(split(seed, 'brand', b));
    return {
      style: Array.from({ length: STYLE_DIMENSIONS }, () => draw.normal()),
      level: 0.32 * draw.normal(),
      satisfaction: 4.15 + 0.3 * draw.normal(),
      leaves: new Set(Array.from({ length: 6 }, (_, k) => (k === 0 ? b % LEAVES.length : draw.integer(LEAVES.length)))),
    };
  });
}

function drawProduct(seed: number, into: Catalogue, c: number, p: number, brands: readonly Brand[]): void {
  const leaf = LEAVES[c]!;
  const draw = random(split(seed, 'product', p));
  const makers = brands.flatMap((brand, b) => (brand.leaves.has(c) ? [b] : []));
  const b = makers[draw.integer(makers.length)]!;
  const brand = brands[b]!;
  const rank = p - into.leafStart[c]!;
  into.leaf[p] = c;
  into.brand[p] = b;
  into.noun[p] = rank % leaf.nouns.length;
  into.shade[p] = (rank + 5 * c + draw.integer(3)) % SHADES.length;
  const level = 0.8 * brand.level + 0.38 * draw.normal();
  into.price[p] = prettyPrice(leaf.priceYuan * Math.exp(level));
  into.level[p] = Math.log(into.price[p]! / (leaf.priceYuan * 100));
  into.quality[p] = Math.min(QUALITIES.length - 1, Math.max(0, Math.floor(3.5 + 4 * level + draw.normal())));
  const share = Math.min(0.85, Math.max(0.2, leaf.costShare * (1 - 0.12 * level) + 0.04 * draw.normal()));
  into.cost[p] = Math.round(into.price[p]! * share);
  into.popularity[p] = 0.75 * draw.normal();
  for (let k = 0; k < STYLE_DIMENSIONS; k++) into.style[p * STYLE_DIMENSIONS + k] = brand.style[k]!;
  into.elasticity[p] = 0.5 + 2 * draw.beta(2, 2);
  into.satisfaction[p] = Math.min(4.8, Math.max(2.4, brand.satisfaction + 0.15 * level + 0.3 * draw.normal()));
  into.stock[p] = draw.uniform() < 0.05 ? 0 : Math.round(Math.exp(4.2 + 0.9 * draw.normal()));
}

/** Prices as shops write them: 9.90, 58, 129, 1299. */
function prettyPrice(yuan: number): number {
  if (yuan < 20) return Math.max(1, Math.round(yuan)) * 100 - 10;
  if (yuan < 100) return Math.round(yuan) * 100;
  return Math.round(yuan / 10) * 1000 - 100;
}

/** The first third of a leaf is always on sale; of the rest some came later and some are gone. */
function drawLaunches(seed: number, into: Catalogue, periods: number): void {
  if (periods < 3) return;
  for (let c = 0; c < LEAVES.length; c++) {
    const from = into.leafStart[c]!;
    const size = into.leafStart[c + 1]! - from;
    for (let p = from + Math.ceil(size / 3); p < from + size; p++) {
      const draw = random(split(seed, 'launch', p));
      if (draw.uniform() < 0.28) into.activeFrom[p] = 1 + draw.integer(periods - 1);
      else if (draw.uniform() < 0.09) into.activeTo[p] = 2 + draw.integer(periods - 2);
    }
  }
}

/** Products of companion leaves that stand at the same place of their leaf go together, every other place. */
function pair(into: Catalogue): void {
  const indexOf = (key: string) => LEAVES.findIndex((leaf) => leaf.key === key);
  for (const [left, right] of COMPANIONS) {
    const a = indexOf(left);
    const b = indexOf(right);
    const size = Math.min(into.leafStart[a + 1]! - into.leafStart[a]!, into.leafStart[b + 1]! - into.leafStart[b]!);
    for (let k = 0; k < size; k += 2) {
      into.partner[into.leafStart[a]! + k] = into.leafStart[b]! + k;
      into.partner[into.leafStart[b]! + k] = into.leafStart[a]! + k;
    }
  }
}

/** Shelf prices and wishes by price period, [periods x products]. */
export interface Prices {
  readonly periods: number;
  /** Fen of one unit after the period's markdown, before shop-wide discounts. */
  readonly shelf: Float64Array;
  /** Factor on the wish for the product; 0 when it is not on sale. */
  readonly appeal: Float64Array;
}

export function drawPrices(seed: number, catalogue: Catalogue, periods: number): Prices {
  const { count } = catalogue;
  const shelf = new Float64Array(periods * count);
  const appeal = new Float64Array(periods * count);
  for (let p = 0; p < count; p++) {
    const draw = random(split(seed, 'price', p));
    for (let t = 0; t < periods; t++) {
      const markdown = draw.uniform() < 0.16 ? 0.1 * (1 + draw.integer(3)) : 0;
      const onSale = t >= catalogue.activeFrom[p]! && t < catalogue.activeTo[p]!;
      shelf[t * count + p] = Math.round(catalogue.price[p]! * (1 - markdown));
      appeal[t * count + p] = onSale ? (1 - markdown) ** -catalogue.elasticity[p]! : 0;
    }
  }
  return { periods, shelf, appeal };
}
