/**
 * The list of one customer after another: sources gather candidates, the ranker puts them on one scale, the strategy of
 * the customer's tier weighs, limits and spreads them, and what is missing is filled with what is popular.
 */
import type { Sparse } from '#kernels/sparse.ts';
import { emptyTop, offer } from '#kernels/top-k.ts';
import type { Aim, Candidates } from '../rerank/aim.ts';
import { calibrationAim } from '../rerank/calibrate.ts';
import { dppAim } from '../rerank/dpp.ts';
import { mmrAim } from '../rerank/mmr.ts';
import { rerank } from '../rerank/rerank.ts';
import { byCategory, type Similarity } from '../rerank/similarity.ts';
import { freshness, marginFactor } from '../rerank/worth.ts';
import { type Audience, type Pairs, type Products, strengthOf } from './columns.ts';
import { type Asked, begin, close, emptyPool, type Pool, rhythm } from './pool.ts';
import type { Popular } from './popular.ts';
import { POPULAR_SCALE, type Ranker, rankPool } from './ranker.ts';
import type { RecommendRules, RecommendWeights } from './rules.ts';
import { SOURCE, SOURCES } from './source-names.ts';
import { REASONS, type Reason, type Source, sourcesOf } from './sources.ts';
import type { Strategy } from './strategies.ts';

export interface ListModel {
  readonly products: Products;
  readonly neighbours: Sparse;
  /** [products x products] alike by text and picture, rows adding up to 1; absent where no vectors are known */
  readonly content?: Sparse | undefined;
  readonly popular: Popular;
  readonly rules: RecommendRules;
  readonly weights: RecommendWeights;
  /** Day number of the moment, in the shop's zone. */
  readonly today: number;
  readonly ranker: Ranker;
  readonly strategies: readonly Strategy[];
  /** [tiers + 1] index into `strategies`; the last is of customers without a tier */
  readonly strategyOf: Int32Array;
  /** Index into `strategies` of customers that have not bought yet; -1: as all others */
  readonly newcomers: number;
}

/** What became of candidates on the way to the lists, summed over customers. */
export interface Funnel {
  /** [sources] candidates that each source named; one that several named counts for each. */
  readonly named: Float64Array;
  /** Distinct candidates that were ranked. */
  ranked: number;
  /** Products bought before that are durable: not candidates at all. */
  durable: number;
  /** Candidates that the strategy lets rest, and such that it has no use for. */
  resting: number;
  unused: number;
}

/** Rows of all lists, one customer after the other, rank rising. */
export interface Lists {
  readonly length: number;
  readonly funnel: Funnel;
  readonly customer: Int32Array;
  readonly rank: Int32Array;
  readonly product: Int32Array;
  /** What the list is ordered by: the chance as the strategy weighs it. */
  readonly score: Float64Array;
  /** Chance of being bought within the horizon; NaN where the ranker tells none. */
  readonly chance: Float64Array;
  /** Index into SOURCES. */
  readonly source: Uint8Array;
  /** Index into the strategies; 255: the customer may not be profiled. */
  readonly strategy: Uint8Array;
  /** Index into REASONS. */
  readonly reason: Uint8Array;
  /** Product that the reason names, -1 where none. */
  readonly because: Int32Array;
  /** Days of the rhythm, 0 where the reason has none. */
  readonly gapDays: Int32Array;
  /** Day number of the last purchase, 0 where the reason has none. */
  readonly lastDay: Int32Array;
}

export const NOT_PROFILED = 255;

interface Item {
  readonly product: number;
  readonly score: number;
  readonly chance: number;
  readonly source: number;
  readonly reason: Reason;
}

/** What is made once for all lists. */
interface Desk {
  readonly model: ListModel;
  readonly pool: Pool;
  readonly sources: readonly Source[];
  readonly bySource: ReadonlyMap<number, Source>;
  readonly similarity: Similarity;
  readonly perCustomer: number;
  readonly funnel: Funnel;
}

/** Lists of up to `perCustomer` products for each customer of `audience`. */
export function listsFor(audience: Audience, model: ListModel, perCustomer: number): Lists {
  const { pairs } = audience;
  const out = emptyLists(pairs.customers * perCustomer);
  const desk = deskOf(model, perCustomer);
  let length = 0;
  for (let c = 0; c < pairs.customers; c++) {
    const personal = audience.personal[c] === 1;
    const isNew = model.newcomers >= 0 && !hasBought(pairs, c);
    const strategy = !personal ? NOT_PROFILED : isNew ? model.newcomers : strategyOf(model, audience.tier[c]!);
    for (const [rank, item] of oneList(c, audience, desk, strategy).entries()) {
      out.customer[length] = audience.code[c]!;
      out.rank[length] = rank + 1;
      out.product[length] = item.product;
      out.score[length] = item.score;
      out.chance[length] = item.chance;
      out.source[length] = item.source;
      out.strategy[length] = strategy;
      out.reason[length] = REASONS.indexOf(item.reason.name);
      out.because[length] = item.reason.because;
      out.gapDays[length] = item.reason.gapDays;
      out.lastDay[length++] = item.reason.lastDay;
    }
  }
  return { ...out, length, funnel: desk.funnel };
}

function hasBought({ offsets, buys }: Pairs, c: number): boolean {
  for (let e = offsets[c]!; e < offsets[c + 1]!; e++) if (buys[e]! > 0) return true;
  return false;
}

/** Of a customer that has bought. */
export const strategyOf = ({ strategyOf: of, popular }: ListModel, tier: number): number =>
  of[tier < 0 ? popular.tiers : tier]!;

function deskOf(model: ListModel, perCustomer: number): Desk {
  const sources = sourcesOf(model);
  return {
    model,
    pool: emptyPool(model.products),
    sources,
    bySource: new Map(sources.map((source) => [SOURCE[source.name], source])),
    similarity: byCategory(model.products.paths),
    perCustomer,
    funnel: { named: new Float64Array(SOURCES.length), ranked: 0, durable: 0, resting: 0, unused: 0 },
  };
}

const emptyLists = (size: number): Omit<Lists, 'length' | 'funnel'> => ({
  customer: new Int32Array(size),
  rank: new Int32Array(size),
  product: new Int32Array(size),
  score: new Float64Array(size),
  chance: new Float64Array(size),
  source: new Uint8Array(size),
  strategy: new Uint8Array(size),
  reason: new Uint8Array(size),
  because: new Int32Array(size),
  gapDays: new Int32Array(size),
  lastDay: new Int32Array(size),
});

function oneList(c: number, audience: Audience, desk: Desk, strategy: number): Item[] {
  const { model, pool, perCustomer } = desk;
  const asked = gathered(c, audience, desk, strategy !== NOT_PROFILED);
  if (strategy !== NOT_PROFILED) count(asked, desk);
  const chosen = strategy === NOT_PROFILED ? [] : choose(asked, desk, model.strategies[strategy]!);
  if (chosen.length < perCustomer)
    fillPopular(chosen, strategy === NOT_PROFILED ? -1 : asked.tier, desk, model.strategies[strategy]);
  close(pool, asked, model.products);
  return chosen.sort((a, b) => b.score - a.score || a.product - b.product);
}

/** Fills the pool with the customer's ranked candidates; `close` it afterwards. */
function gathered(c: number, audience: Audience, { model, pool, sources }: Desk, personal: boolean): Asked {
  const { viewWeight } = model.weights;
  const asked = begin(pool, audience, c, {
    products: model.products,
    strength: (e, pairs) => strengthOf(pairs.weight[e]!, pairs.views[e]!, viewWeight),
  });
  if (!personal) return asked;
  for (const source of sources) source.gather(asked, pool);
  rankPool(model.ranker, asked, pool, model);
  return asked;
}

function count({ pairs, from, to }: Asked, { pool, funnel, model }: Desk): void {
  funnel.ranked += pool.count;
  for (let i = 0; i < pool.count; i++)
    for (let s = 0; s < SOURCES.length; s++) funnel.named[s]! += (pool.named[i]! >> s) & 1;
  for (let e = from; e < to; e++) {
    const product = pairs.product[e]!;
    if (pairs.buys[e]! > 0 && pool.barred[product] === 1 && model.products.sellable[product] === 1) funnel.durable++;
  }
}

/** Calls `use` with the ranked pool of every customer that may be profiled, one after the other. */
export function eachPool(
  audience: Audience,
  model: ListModel,
  use: (c: number, asked: Asked, pool: Pool) => void,
): void {
  const desk = deskOf(model, 1);
  for (let c = 0; c < audience.pairs.customers; c++) {
    if (audience.personal[c] !== 1) continue;
    const asked = gathered(c, audience, desk, true);
    use(c, asked, desk.pool);
    close(desk.pool, asked, model.products);
  }
}

/** Candidates for each place that are looked at, the best by worth; of a source that is limited, or has places kept, apart. */
const WIDTH = 5;
const WIDTH_APART = 3;

/** The strategy's list out of the pool, with reasons. */
function choose(asked: Asked, desk: Desk, strategy: Strategy): Item[] {
  const { model, pool, perCustomer: k } = desk;
  const { at, worth } = lookedAt(asked, desk, strategy);
  const count = at.length;
  const candidates: Candidates = { count, item: at.map((i) => pool.product[i]!), worth };
  const chosen = rerank(candidates, aimOf(candidates, strategy, desk), {
    ...{ k, group: candidates.item.map((product) => model.products.category[product]!) },
    ...{ source: Uint8Array.from(at, (i) => pool.lead[i]!), perGroupMax: strategy.perCategoryMax },
    most: SOURCES.map((name) => Math.floor((strategy.most[name] ?? 1) * k + 1e-9)),
    least: SOURCES.map((name) => Math.ceil((strategy.least[name] ?? 0) * k - 1e-9)),
  });
  const places = chosen.map((i) => at[i]!);
  const reasons = reasonsOf(places, asked, desk);
  return Array.from(places, (i, n) => ({
    product: pool.product[i]!,
    score: worth[chosen[n]!]!,
    chance: model.ranker.kind === 'learned' ? pool.chance[i]! : Number.NaN,
    source: pool.lead[i]!,
    reason: reasons[n]!,
  }));
}

/** Places in the pool that the strategy may use, and what each is worth to it; the best, in the order of the pool. */
function lookedAt(asked: Asked, desk: Desk, strategy: Strategy): { at: Int32Array; worth: Float64Array } {
  const { model, pool, funnel, perCustomer } = desk;
  const { least, most } = strategy;
  const all = emptyTop(WIDTH * perCustomer);
  const tops = SOURCES.map((name) =>
    (least[name] ?? 0) > 0 || (most[name] ?? 1) < 1 ? emptyTop(WIDTH_APART * perCustomer) : all,
  );
  for (let i = 0; i < pool.count; i++) {
    const product = pool.product[i]!;
    const lead = pool.lead[i]!;
    if (strategy.weights[SOURCES[lead]!] === 0) funnel.unused++;
    else if (isResting(product, asked, desk, strategy.restShare)) funnel.resting++;
    else {
      offer(tops[lead]!, pool.chance[i]! * factorOf(strategy, product, lead, model.products), i);
    }
  }
  const worthAt = new Map<number, number>();
  for (const top of new Set(tops)) for (let n = 0; n < top.size; n++) worthAt.set(top.indices[n]!, top.scores[n]!);
  const at = Int32Array.from(worthAt.keys()).sort();
  return { at, worth: Float64Array.from(at, (i) => worthAt.get(i)!) };
}

/** Was it bought so lately that it may not be shown again yet? */
function isResting(product: number, { pairs }: Asked, { pool, model }: Desk, restShare: number): boolean {
  const row = pool.bought[product]! - 1;
  if (row < 0 || restShare === 0) return false;
  return model.today - pairs.lastDay[row]! < restShare * rhythm(product, row, pairs, model.products).gapDays;
}

function factorOf(strategy: Strategy, product: number, lead: number, products: Products): number {
  const { freshBoost, freshHalfLifeDays, marginWeight } = strategy;
  return (
    (strategy.weights[SOURCES[lead]!] ?? 1) *
    (freshBoost === 0
      ? 1
      : freshness(products.ageDays[product]!, { boost: freshBoost, halfLifeDays: freshHalfLifeDays })) *
    marginFactor(products.marginMinor[product]!, products.usualMarginMinor, marginWeight)
  );
}

/** What the strategy fills a list for. */
function aimOf(candidates: Candidates, strategy: Strategy, desk: Desk): Aim {
  const { worth, item, count } = candidates;
  const { diversity, diversityWeight: weight, calibration } = strategy;
  const { similarity, perCustomer: k, pool, model } = desk;
  const first: Aim =
    diversity === 'none' || weight === 0
      ? { gain: (at) => worth[at]!, add: () => {} }
      : diversity === 'mmr'
        ? mmrAim(candidates, similarity, 1 - weight)
        : dppAim(candidates, similarity, { theta: 1 - weight, k });
  if (calibration === 0) return first;
  const categories = Int32Array.from({ length: count }, (_, i) => model.products.department[item[i]!]!);
  const second = calibrationAim(categories, pool.mix);
  return {
    gain: (at) => first.gain(at) + calibration * second.gain(at),
    add(at) {
      first.add(at);
      second.add(at);
    },
  };
}

/** The reason of each place of the pool, told by the source that led to it. */
function reasonsOf(chosen: Int32Array, asked: Asked, { pool, bySource }: Desk): Reason[] {
  const out: Reason[] = new Array(chosen.length);
  for (const [code, source] of bySource) {
    const places: number[] = [];
    for (let i = 0; i < chosen.length; i++) if (pool.lead[chosen[i]!] === code) places.push(i);
    if (places.length === 0) continue;
    const told = source.reasons(
      asked,
      pool,
      places.map((i) => pool.product[chosen[i]!]!),
    );
    for (const [j, place] of places.entries()) out[place] = told[j]!;
  }
  return out;
}

/** Adds what is popular in the tier, or in the shop for tier -1, within the category limit as long as that goes. */
function fillPopular(chosen: Item[], tier: number, desk: Desk, strategy: Strategy | undefined): void {
  const { model, pool, perCustomer } = desk;
  const { popular, products } = model;
  const list = tier < 0 ? popular.tiers : tier;
  const order = popular.orders[list]!;
  const shares = popular.shares[list]!;
  const perCategoryMax = strategy?.perCategoryMax ?? POPULAR_PER_CATEGORY;
  const taken = new Set(chosen.map((item) => item.product));
  const inCategory = new Map<number, number>();
  for (const { product } of chosen) {
    const category = products.category[product]!;
    inCategory.set(category, (inCategory.get(category) ?? 0) + 1);
  }
  const reason: Reason = { name: tier < 0 ? 'popular-shop' : 'popular-tier', because: -1, gapDays: 0, lastDay: 0 };
  for (const strict of [true, false]) {
    for (let o = 0; o < order.length && chosen.length < perCustomer; o++) {
      const product = order[o]!;
      if (taken.has(product) || pool.bought[product]! > 0) continue;
      const category = products.category[product]!;
      const before = inCategory.get(category) ?? 0;
      if (strict && category >= 0 && before >= perCategoryMax) continue;
      inCategory.set(category, before + 1);
      taken.add(product);
      const score = shares[product]! * POPULAR_SCALE;
      chosen.push({ product, score, chance: Number.NaN, source: SOURCE['popular-in-tier'], reason });
    }
  }
}

const POPULAR_PER_CATEGORY = 3;
