/**
 * One scale for all candidates. `walk` is a rule of thumb that needs no learning: the chance that a walk over what the
 * customer has ends at the product. `learned` is the chance that the product is bought within the horizon, by two
 * logistic regressions, of products bought before and of new ones, learned at an earlier moment from what came next.
 */
import { freshness } from '../rerank/worth.ts';
import type { Products } from './columns.ts';
import { type Asked, type Pool, rhythm } from './pool.ts';
import type { Popular } from './popular.ts';
import type { RecommendWeights } from './rules.ts';
import { SOURCE, SOURCES } from './source-names.ts';

/** What a product bought before is judged by; `gone` are usual gaps since the last purchase. */
export const AGAIN_FEATURES = [
  'ownShare',
  'weight',
  'buys',
  'gapsGone',
  'justBought',
  'daysGone',
  'returning',
  'coPurchase',
  'popular',
  'views',
  'activity',
  'gap',
  'gone',
  'goneAndBuys',
  'goneSquared',
  'buysSquared',
  'weightSquared',
  'weightAndBuys',
  'weightAndGone',
  'weightAndReturning',
  'goneAndReturning',
  'weightAndPopular',
] as const;

/** What a product new to the customer is judged by. */
export const NEW_FEATURES = [
  'coPurchase',
  'content',
  'views',
  'popular',
  'popularInShop',
  'category',
  'department',
  'newness',
  'returning',
  'activity',
  'variety',
  'walk',
  'coPurchaseShare',
  'walkShare',
  'popularShare',
] as const;

/** log-odds = bias + sum of weights x features; `means` are those of training. */
export interface Chances {
  readonly features: readonly string[];
  readonly bias: number;
  readonly weights: readonly number[];
  readonly means: readonly number[];
  /** Rows, and those bought, that it was learned from. */
  readonly rows: number;
  readonly bought: number;
}

export interface LearnedRanker {
  readonly kind: 'learned';
  readonly horizonDays: number;
  readonly again: Chances;
  readonly fresh: Chances;
}

/** Plain data: JSON of it ranks the same. */
export type Ranker = { readonly kind: 'walk' } | LearnedRanker;

export const WALK: Ranker = { kind: 'walk' };

export interface RankModel {
  readonly products: Products;
  readonly popular: Popular;
  readonly weights: RecommendWeights;
  readonly today: number;
}

/** Of all picks of a customer with a session this share is the session's: what one looks at now says more than habit. */
const SESSION_SHARE = 0.7;

/** Fills `chance` and `lead` of the pool. With a session the chances are shares of the whole pool and no probabilities. */
export function rankPool(ranker: Ranker, asked: Asked, pool: Pool, model: RankModel): void {
  byWalk(asked, pool, model);
  if (ranker.kind === 'learned') byChance(ranker, asked, pool, model);
  if (asked.session.length > 0) bySession(asked, pool);
}

/** Mixes what is known of the customer with what goes with the session; without a past the session says it all. */
function bySession({ strength }: Asked, pool: Pool): void {
  const session = pool.scores[SOURCE.session]!;
  let [all, ofSession] = [0, 0];
  for (let i = 0; i < pool.count; i++) {
    all += pool.chance[i]!;
    ofSession += session[i]!;
  }
  if (ofSession === 0) return;
  const share = strength === 0 || all === 0 ? 1 : SESSION_SHARE;
  for (let i = 0; i < pool.count; i++) {
    const own = share === 1 ? 0 : ((1 - share) * pool.chance[i]!) / all;
    const now = (share * session[i]!) / ofSession;
    // so small a part of the whole that it only orders what the session does not know
    pool.chance[i] = share === 1 ? now + POPULAR_SCALE * pool.chance[i]! : own + now;
    if (now > own) pool.lead[i] = SOURCE.session;
  }
}

/** Popular scores stay below every walk's. */
export const POPULAR_SCALE = 1e-6;

function byWalk({ strength }: Asked, pool: Pool, { weights }: RankModel): void {
  const { step, viewWeight } = weights;
  const factor = [
    1 - step,
    strength > 0 ? (step * viewWeight) / strength : 0,
    step,
    step / 4,
    POPULAR_SCALE / 10,
    POPULAR_SCALE,
    0,
  ];
  for (let i = 0; i < pool.count; i++) {
    const again = pool.bought[pool.product[i]!]! > 0;
    let [sum, lead, most]: [number, number, number] = [0, again ? SOURCE.repeat : SOURCE['popular-in-tier'], 0];
    for (let s = 0; s < SOURCES.length; s++) {
      const part = factor[s]! * pool.scores[s]![i]!;
      sum += part;
      if (!again && part > most && named(pool, i, s)) [lead, most] = [s, part];
    }
    pool.chance[i] = sum;
    pool.lead[i] = lead;
  }
}

const named = (pool: Pool, at: number, source: number): boolean => ((pool.named[at]! >> source) & 1) === 1;

const again = new Float64Array(AGAIN_FEATURES.length);
const fresh = new Float64Array(NEW_FEATURES.length);
/** Feature of each source that may lead to a new product. */
const LEADS = [
  [SOURCE.viewed, NEW_FEATURES.indexOf('views')],
  [SOURCE['co-purchase'], NEW_FEATURES.indexOf('coPurchase')],
  [SOURCE.content, NEW_FEATURES.indexOf('content')],
  [SOURCE['new-arrivals'], NEW_FEATURES.indexOf('newness')],
  [SOURCE['popular-in-tier'], NEW_FEATURES.indexOf('popular')],
] as const;

function byChance(ranker: LearnedRanker, asked: Asked, pool: Pool, model: RankModel): void {
  for (let i = 0; i < pool.count; i++) {
    const isAgain = pool.bought[pool.product[i]!]! > 0;
    const row = isAgain ? again : fresh;
    if (isAgain) againRow(row, i, asked, pool, model);
    else newRow(row, i, asked, pool, model);
    const chances = isAgain ? ranker.again : ranker.fresh;
    pool.chance[i] = chanceOf(chances, row);
    pool.lead[i] = isAgain ? SOURCE.repeat : leadOf(chances, row, i, pool);
  }
}

export function chanceOf({ bias, weights }: Chances, row: Float64Array): number {
  let odds = bias;
  for (let j = 0; j < weights.length; j++) odds += weights[j]! * row[j]!;
  return 1 / (1 + Math.exp(-odds));
}

/** Of the sources that named the product, the one whose feature lifts it most above the usual candidate. */
function leadOf({ weights, means }: Chances, row: Float64Array, at: number, pool: Pool): number {
  let [lead, most]: [number, number] = [SOURCE['popular-in-tier']!, Number.NEGATIVE_INFINITY];
  for (const [source, j] of LEADS) {
    if (!named(pool, at, source)) continue;
    const lift = Math.max(0, weights[j]!) * (row[j]! - means[j]!);
    if (lift > most) [lead, most] = [source, lift];
  }
  return lead;
}

/** Shares and walks below this are told apart no more. */
const LEAST = 1e-6;
/** A product left alone for so many usual gaps is given up. */
const GAPS_MAX = 60;

/** Features of a product bought before, see AGAIN_FEATURES. */
export function againRow(row: Float64Array, at: number, asked: Asked, pool: Pool, model: RankModel): void {
  const { pairs, weight } = asked;
  const product = pool.product[at]!;
  const e = pool.bought[product]! - 1;
  const elapsed = Math.max(0, model.today - pairs.lastDay[e]!);
  const { gapDays } = rhythm(product, e, pairs, model.products);
  const gaps = elapsed / gapDays;
  const own = Math.log(0.01 + pairs.weight[e]!);
  const buys = Math.log(pairs.buys[e]!);
  const gone = Math.log1p(Math.min(GAPS_MAX, gaps));
  const returning = model.products.returning[product]!;
  const popular = Math.log(LEAST + pool.scores[SOURCE['popular-in-tier']]![at]!);
  row[0] = Math.log(LEAST + pairs.weight[e]! / Math.max(weight, LEAST));
  row[1] = own;
  row[2] = buys;
  row[3] = Math.min(4, gaps);
  row[4] = Math.exp(-gaps);
  row[5] = Math.log1p(elapsed);
  row[6] = returning;
  row[7] = Math.log(LEAST + pool.scores[SOURCE['co-purchase']]![at]!);
  row[8] = popular;
  row[9] = Math.log1p(pairs.views[e]!);
  row[10] = Math.log(0.1 + weight);
  row[11] = Math.log(gapDays);
  row[12] = gone;
  row[13] = gone * buys;
  row[14] = gone * gone;
  row[15] = buys * buys;
  row[16] = own * own;
  row[17] = own * buys;
  row[18] = own * gone;
  row[19] = own * returning;
  row[20] = gone * returning;
  row[21] = own * popular;
}

/** Features of a product new to the customer, see NEW_FEATURES; `chance` of the pool must be the walk's. */
export function newRow(row: Float64Array, at: number, asked: Asked, pool: Pool, model: RankModel): void {
  const { products, popular } = model;
  const product = pool.product[at]!;
  const category = products.category[product]!;
  const department = products.department[product]!;
  const ageDays = products.ageDays[product]!;
  row[0] = Math.log(LEAST + pool.scores[SOURCE['co-purchase']]![at]!);
  row[1] = Math.log(LEAST + pool.scores[SOURCE.content]![at]!);
  row[2] = pool.scores[SOURCE.viewed]![at]!;
  row[3] = Math.log(LEAST + pool.scores[SOURCE['popular-in-tier']]![at]!);
  row[4] = Math.log(LEAST + popular.shares[popular.tiers]![product]!);
  row[5] = Math.log(0.01 + (category < 0 ? 0 : pool.leaf[category]!));
  row[6] = Math.log(0.01 + (department < 0 ? 0 : pool.mix[department]!));
  row[7] = Number.isNaN(ageDays) ? 0 : freshness(ageDays, { boost: 1, halfLifeDays: model.weights.newDays }) - 1;
  row[8] = products.returning[product]!;
  row[9] = Math.log(0.1 + asked.weight);
  row[10] = Math.log1p(pool.boughtCount);
  row[11] = Math.log(LEAST + pool.chance[at]!);
  row[12] = pool.scores[SOURCE['co-purchase']]![at]!;
  row[13] = pool.chance[at]!;
  row[14] = pool.scores[SOURCE['popular-in-tier']]![at]!;
}
