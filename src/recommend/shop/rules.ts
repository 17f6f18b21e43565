/** What a list may hold, as data. */
export interface RecommendRules {
  /** Products with stock 0 are left out; products without a stock figure are not tracked and stay. */
  readonly skipOutOfStock: boolean;
  /** Category paths (with everything below) that are never recommended, e.g. 'FUEL'. */
  readonly skipCategories: readonly string[];
  /** Share of buyers that buy a product again from which on it counts as a consumable; 0 to 1. */
  readonly consumableShareMin: number;
}

export const RULES: RecommendRules = {
  skipOutOfStock: true,
  skipCategories: [],
  consumableShareMin: 0.06,
};

/** How habits, co-purchase and views are weighed. */
export interface RecommendWeights {
  readonly halfLifeDays: number;
  /** Chance of going on from what a customer has to a neighbour, 0 to 1 (see blend.ts). */
  readonly step: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;
  /** Weight of a day of views beside a day of purchases, 0 to 1. */
  readonly viewWeight: number;
  /** Views older than this are forgotten. */
  readonly viewDays: number;
  /** Days of sales that make a product popular. */
  readonly popularDays: number;
  /** Of each customer at most so many products, the strongest first, teach neighbours; the time is its square. */
  readonly fitProductsMax: number;
  /** Products on sale for fewer days are new. */
  readonly newDays: number;
  /** Products with fewer buyers have no neighbours. */
  readonly buyersMin: number;
  /** Customer-product pairs to learn neighbours from at most; of more, every nth customer by id is taken. */
  readonly fitPairsMax: number;
}

export const WEIGHTS: RecommendWeights = {
  halfLifeDays: 90,
  step: 0.2,
  alpha: 0.6,
  beta: 0.4,
  k: 100,
  viewWeight: 0.2,
  viewDays: 90,
  popularDays: 90,
  fitProductsMax: 300,
  newDays: 30,
  buyersMin: 5,
  fitPairsMax: 4_000_000,
};
