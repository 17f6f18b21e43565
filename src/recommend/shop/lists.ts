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
import { type Asked, begin, close, emptyPool, type Limits, open, type Pool, rhythm } from './pool.ts';
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

/** One place in a list. */
export interface Placed {
  readonly product: number;
  /** What the list is ordered by: the chance as the strategy weighs it. */
  readonly score: number;
  /** Chance of being bought within the horizon; NaN where the ranker tells none, and with a session. */
  readonly chance: number;
  /** Index into SOURCES. */
  readonly source: number;
  readonly reason: Reason;
}

/** What is asked of one list. */
export interface ListAsk extends Limits {
  /** Products at most, > 0. */
  readonly length: number;
  /** What was bought on this day or later rests for a tenth of its usual gap, whatever the strategy; default: nothing does. */
  readonly freshFromDay?: number | undefined;
}

export interface ListMaker {
  readonly funnel: Funnel;
  /** Index into the strategies for customer `c` of the audience; NOT_PROFILED: what is popular, nothing else. */
  strategyFor(audience: Audience, c: number): number;
  /** The list of customer `c`, best first; not to be called while it answers. */
  list(audience: Audience, c: number, ask: ListAsk): Placed[];
}

/** What is made once for all lists. */
interface Desk {
  readonly model: ListModel;
  readonly pool: Pool;
  readonly sources: readonly Source[];
  readonly bySource: ReadonlyMap<number, Source>;
  readonly similarity: Similarity;
  readonly funnel: Funnel;
}

/** Lists of up to `perCustomer` products for each customer of `audience`. */
export function listsFor(audience: Audience, model: ListModel, perCustomer: number): Lists {
  const { pairs } = audience;
  const out = emptyLists(pairs.customers * perCustomer);
  const maker = listMaker(model);
  let length = 0;
  for (let c = 0; c < pairs.customers; c++) {
    const strategy = maker.strategyFor(audience, c);
    for (const [rank, item] of maker.list(audience, c, { length: perCustomer }).entries()) {
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
  return { ...out, length, funnel: maker.funnel };
}

/** Makes one list after another in the same working memory, some 50 bytes a product. */
export function listMaker(model: ListModel): ListMaker {
  const desk = deskOf(model);
  const strategyFor = (audience: Audience, c: number): number =>
    audience.personal[c] !== 1
      ? NOT_PROFILED
      : model.newcomers >= 0 && !hasBought(audience.pairs, c)
        ? model.newcomers
        : strategyOf(model, audience.tier[c]!);
  return {
    funnel: desk.funnel,
    strategyFor,
    list: (audience, c, ask) => oneList(c, audience, desk, strategyFor(audience, c), ask),
  };
}

function hasBought({ offsets, buys }: Pairs, c: number): boolean {
  for (let e = offsets[c]!; e < offsets[c + 1]!; e++) if (buys[e]! > 0) return true;
  return false;
}

/** Of a customer that has bought. */
export const strategyOf = ({ strategyOf: of, popular }: ListModel, tier: number): number =>
  of[tier < 0 ? popular.tiers : tier]!;

function deskOf(model: ListModel): Desk {
  const sources = sourcesOf(model);
  return {
    model,
    pool: emptyPool(model.products),
    sources,
    bySource: new Map(sources.map((source) => [SOURCE[source.name], source])),
    similarity: byCategory(model.products.paths),
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

function oneList(c: number, audience: Audience, desk: Desk, strategy: number, ask: ListAsk): Placed[] {
  const { model, pool } = desk;
  const asked = gathered(c, audience, desk, strategy !== NOT_PROFILED, ask);
  if (strategy !== NOT_PROFILED) count(asked, desk);
  const chosen = strategy === NOT_PROFILED ? [] : choose(asked, desk, model.strategies[strategy]!, ask);
  if (chosen.length < ask.length)
    fillPopular(chosen, strategy === NOT_PROFILED ? -1 : asked.tier, desk, model.strategies[strategy], ask.length);
  close(pool, asked, model.products, ask.exclude);
  return chosen.sort((a, b) => b.score - a.score || a.product - b.product);
}

/** Fills the pool with the customer's ranked candidates; `close` it afterwards. */
function gathered(
  c: number,
  audience: Audience,
  { model, pool, sources }: Desk,
  personal: boolean,
  limits: Limits = {},
): Asked {
  const { viewWeight } = model.weights;
  const asked = begin(pool, audience, c, {
    products: model.products,
    strength: (e, pairs) => strengthOf(pairs.weight[e]!, pairs.views[e]!, viewWeight),
    limits,
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
  const desk = deskOf(model);
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
function choose(asked: Asked, desk: Desk, strategy: Strategy, ask: ListAsk): Placed[] {
  const { model, pool } = desk;
  const { length: k } = ask;
  const { at, worth } = lookedAt(asked, desk, strategy, ask);
  const count = at.length;
  const candidates: Candidates = { count, item: at.map((i) => pool.product[i]!), worth };
  const chosen = rerank(candidates, aimOf(candidates, strategy, desk, k), {
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
    chance: model.ranker.kind === 'learned' && asked.session.length === 0 ? pool.chance[i]! : Number.NaN,
    source: pool.lead[i]!,
    reason: reasons[n]!,
  }));
}

/** Places in the pool that the strategy may use, and what each is worth to it; the best, in the order of the pool. */
function lookedAt(
  asked: Asked,
  desk: Desk,
  strategy: Strategy,
  { length: perCustomer, freshFromDay }: ListAsk,
): { at: Int32Array; worth: Float64Array } {
  const { model, pool, funnel } = desk;
  const { least, most } = strategy;
  const all = emptyTop(WIDTH * perCustomer);
  const tops = SOURCES.map((name) =>
    (least[name] ?? 0) > 0 || (most[name] ?? 1) < 1 ? emptyTop(WIDTH_APART * perCustomer) : all,
  );
  for (let i = 0; i < pool.count; i++) {
    const product = pool.product[i]!;
    const lead = pool.lead[i]!;
    if (strategy.weights[SOURCES[lead]!] === 0) funnel.unused++;
    else if (isResting(product, asked, desk, { restShare: strategy.restShare, freshFromDay })) funnel.resting++;
    else {
      offer(tops[lead]!, pool.chance[i]! * factorOf(strategy, product, lead, model.products), i);
    }
  }
  const worthAt = new Map<number, number>();
  for (const top of new Set(tops)) for (let n = 0; n < top.size; n++) worthAt.set(top.indices[n]!, top.scores[n]!);
  const at = Int32Array.from(worthAt.keys()).sort();
  return { at, worth: Float64Array.from(at, (i) => worthAt.get(i)!) };
}

/** What was bought this morning is not offered this evening. */
const FRESH_REST = 0.1;

/** Was it bought so lately that it may not be shown again yet? */
function isResting(
  product: number,
  { pairs }: Asked,
  { pool, model }: Desk,
  { restShare, freshFromDay = Number.POSITIVE_INFINITY }: Pick<Strategy, 'restShare'> & Pick<ListAsk, 'freshFromDay'>,
): boolean {
  const row = pool.bought[product]! - 1;
  if (row < 0) return false;
  const lastDay = pairs.lastDay[row]!;
  const share = lastDay >= freshFromDay ? Math.max(restShare, FRESH_REST) : restShare;
  return share > 0 && model.today - lastDay < share * rhythm(product, row, pairs, model.products).gapDays;
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
function aimOf(candidates: Candidates, strategy: Strategy, desk: Desk, k: number): Aim {
  const { worth, item, count } = candidates;
  const { diversity, diversityWeight: weight, calibration } = strategy;
  const { similarity, pool, model } = desk;
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
function fillPopular(chosen: Placed[], tier: number, desk: Desk, strategy: Strategy | undefined, length: number): void {
  const { model, pool } = desk;
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
  const reason: Reason = {
    name: tier < 0 ? 'popular-shop' : 'popular-tier',
    because: -1,
    share: 1,
    gapDays: 0,
    lastDay: 0,
  };
  for (const strict of [true, false]) {
    for (let o = 0; o < order.length && chosen.length < length; o++) {
      const product = order[o]!;
      if (taken.has(product) || pool.bought[product]! > 0 || !open(pool, products, product)) continue;
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
