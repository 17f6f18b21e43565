/**
 * All that answers of the moment need, frozen: plain typed arrays, no engine. Codes of products and customers are their
 * places in order of id (by bytes), the same as those of the lists made in advance.
 */
import type { Sparse } from '#kernels/sparse.ts';
import type { Pairs, Products } from '../shop/columns.ts';
import type { ListModel } from '../shop/lists.ts';
import type { Popular } from '../shop/popular.ts';
import type { Ranker } from '../shop/ranker.ts';
import type { RecommendRules, RecommendWeights } from '../shop/rules.ts';
import type { Strategy } from '../shop/strategies.ts';
import type { TextList } from './text-list.ts';

/** What the bundle says of itself. */
export interface About {
  /** Epoch ms: nothing later is in it. */
  readonly asOf: number;
  readonly timeZone: string;
  /** Day number of the moment, in the shop's zone. */
  readonly today: number;
  /** Products that a list has where nobody says how many. */
  readonly perCustomer: number;
  readonly rules: RecommendRules;
  readonly weights: RecommendWeights;
  /** By tier index, lowest first. */
  readonly tiers: readonly TierName[];
  readonly ranker: Ranker;
  /** The default first. */
  readonly strategies: readonly Strategy[];
  /** [tiers + 1] index into `strategies`; the last is of customers without a tier */
  readonly strategyOf: readonly number[];
  /** Index into `strategies` of customers that have not bought yet; -1: as all others. */
  readonly newcomers: number;
  readonly departments: number;
  readonly usualMarginMinor: number;
  /** Day number from which days of pairs are counted. */
  readonly baseDay: number;
}

export interface TierName {
  readonly key: string;
  readonly en: string;
  readonly zh: string;
}

export interface ProductFacts extends Products {
  readonly ids: TextList;
  readonly titlesEn: TextList;
  readonly titlesZh: TextList;
  /** Path or address of the picture, '' where there is none. */
  readonly images: TextList;
  /** Category paths by category code. */
  readonly categories: TextList;
  /** [products] minor units; 0 where `hasPrice` is 0 */
  readonly price: Float64Array;
  readonly hasPrice: Uint8Array;
  /** [products] 1 where some are left or nobody counts them */
  readonly inStock: Uint8Array;
  /** [products] day number since which it is sold: of active_from, else of the first sale; 0 where not known */
  readonly sinceDay: Int32Array;
}

/** Pairs in 16 bytes each; see `Pairs` for the meanings. */
export interface PackedPairs {
  /** [customers + 1] */
  readonly offsets: Uint32Array;
  /** [pairs] each; products rise within a customer */
  readonly product: Int32Array;
  /** In units of 2^-20, as they are summed: nothing is lost. */
  readonly weight: Uint32Array;
  /** Days after `baseDay`. */
  readonly firstDay: Uint16Array;
  readonly lastDay: Uint16Array;
  readonly buys: Uint16Array;
  readonly views: Uint16Array;
}

export interface Customers {
  readonly count: number;
  readonly ids: TextList;
  /** [customers] tier index, -1: none */
  readonly tier: Int8Array;
  /** [customers] 1 where the customer may be profiled */
  readonly personal: Uint8Array;
  readonly pairs: PackedPairs;
}

export interface Bundle {
  readonly about: About;
  readonly products: ProductFacts;
  /** [products x products] best first, each row adding up to 1 */
  readonly neighbours: Sparse;
  /** [products x products] bought in one order, best first, each row adding up to 1 */
  readonly together: Sparse;
  /** [products x products] how alike they are described, 0 to 1, best first */
  readonly content: Sparse;
  /** [products x products] the neighbours of the source `content`, see ListModel; no entries where no vectors are known */
  readonly described: Sparse;
  readonly popular: Popular;
  readonly customers: Customers;
}

/** The part of a bundle that makes lists. */
export const modelOf = ({ products, neighbours, described, popular, about }: Bundle): ListModel => ({
  ...{ products, neighbours, popular, content: described.indices.length === 0 ? undefined : described },
  ...{ rules: about.rules, weights: about.weights, today: about.today },
  ...{ ranker: about.ranker, strategies: about.strategies, newcomers: about.newcomers },
  strategyOf: Int32Array.from(about.strategyOf),
});

/** Weights are whole multiples of this. */
export const WEIGHT_UNIT = 2 ** -20;
const MOST = { weight: 2 ** 32 - 1, day: 2 ** 16 - 1 };

/** The columns of `pairs` as they are kept; what a column can't hold is the most or least that it can. */
export function packed(pairs: Pairs, baseDay: number): Omit<PackedPairs, 'offsets'> {
  const days = (values: Int32Array) =>
    Uint16Array.from(values, (day) => Math.min(Math.max(day - baseDay, 0), MOST.day));
  const counts = (values: Int32Array) => Uint16Array.from(values, (n) => Math.min(n, MOST.day));
  return {
    product: pairs.product,
    weight: Uint32Array.from(pairs.weight, (weight) => Math.min(Math.round(weight / WEIGHT_UNIT), MOST.weight)),
    firstDay: days(pairs.firstDay),
    lastDay: days(pairs.lastDay),
    buys: counts(pairs.buys),
    views: counts(pairs.views),
  };
}
