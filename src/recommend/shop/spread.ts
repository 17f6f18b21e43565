/** What lists are like beside being right: how different their products, how new, how much the popular ones are pushed. */
import { diversityOf, type Similarity } from '../rerank/similarity.ts';

/** Means over customers with a list, but for coverage. */
export interface Spread {
  /** 1 - mean likeness of the pairs in a list. */
  readonly diversity: number;
  /** Mean of log2(customers / buyers) of what is shown: bits of surprise. */
  readonly novelty: number;
  /** Mean place of what is shown among the products by buyers: 1 is the most bought, 0 the least. */
  readonly popularity: number;
  /** Share of the products that are in at least one list. */
  readonly coverage: number;
}

export interface SpreadModel {
  readonly similarity: Similarity;
  /** [products] distinct customers that bought it */
  readonly buyers: Float64Array;
  /** [products] see `popularityPlaces` */
  readonly places: Float64Array;
  readonly customers: number;
}

/** [products] place by buyers, 0 to 1, equal ones in the middle of their places; products that nobody bought are 0. */
export function popularityPlaces(buyers: Float64Array): Float64Array {
  const rising = buyers.filter((count) => count > 0).sort();
  const out = new Float64Array(buyers.length);
  for (let p = 0; p < buyers.length; p++) {
    if (buyers[p] === 0) continue;
    const [low, high] = [lowerBound(rising, buyers[p]!), lowerBound(rising, buyers[p]! + 0.5)];
    out[p] = rising.length < 2 ? 1 : (low + high - 1) / 2 / (rising.length - 1);
  }
  return out;
}

function lowerBound(rising: Float64Array, value: number): number {
  let [from, to] = [0, rising.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (rising[middle]! < value) from = middle + 1;
    else to = middle;
  }
  return from;
}

/**
 * @param lists [customers x k] products best first, -1 where a list is shorter
 * @param which customers to look at; default all
 */
export function spreadOf(lists: Int32Array, k: number, model: SpreadModel, which?: ArrayLike<number>): Spread {
  const { similarity, buyers, places, customers } = model;
  const rows = which ?? Int32Array.from({ length: lists.length / k }, (_, row) => row);
  const covered = new Set<number>();
  const sums = { diversity: 0, novelty: 0, popularity: 0 };
  let listed = 0;
  for (let r = 0; r < rows.length; r++) {
    const list = lists.subarray(rows[r]! * k, (rows[r]! + 1) * k).filter((product) => product >= 0);
    if (list.length === 0) continue;
    listed++;
    let [novelty, popularity] = [0, 0];
    for (const product of list) {
      covered.add(product);
      novelty += Math.log2((customers + 1) / (buyers[product]! + 1));
      popularity += places[product]!;
    }
    sums.diversity += diversityOf(list, similarity);
    sums.novelty += novelty / list.length;
    sums.popularity += popularity / list.length;
  }
  const mean = (sum: number) => (listed === 0 ? 0 : sum / listed);
  return {
    diversity: mean(sums.diversity),
    novelty: mean(sums.novelty),
    popularity: mean(sums.popularity),
    coverage: buyers.length === 0 ? 0 : covered.size / buyers.length,
  };
}

/**
 * Shares of some products by their place among all: tenths of the products that somebody bought, the most bought tenth
 * first; products that nobody bought are in the last.
 *
 * @returns [10] adding up to 1, or all 0 where there are no products
 */
export function byTenth(products: Iterable<number>, places: Float64Array): number[] {
  const tenths = new Array<number>(10).fill(0);
  let all = 0;
  for (const product of products) {
    tenths[Math.min(9, Math.floor((1 - places[product]!) * 10))]! += 1;
    all++;
  }
  return tenths.map((count) => (all === 0 ? 0 : count / all));
}
