/**
 * One list of the moment after another. A score is the chance that a walk ends at the product: it starts at something
 * the customer has, stays there (repeat) or goes on to a neighbour (co-purchase); what is missing is filled with what is
 * popular. The reason of a co-purchase is the start that gave most of the score, so it's true by construction.
 */
import type { Sparse } from '#kernels/sparse.ts';
import { emptyTop, offer, sortTop, type Top } from '#kernels/top-k.ts';
import type { Pairs, SoldProducts } from '../shop/columns.ts';
import type { Popular } from '../shop/popular.ts';
import type { RecommendRules, RecommendWeights } from '../shop/rules.ts';
import type { Strategy } from '../shop/strategies.ts';
import {
  BOUGHT,
  emptyWalk,
  goOn,
  mostFrom,
  SESSION,
  startAtHistory,
  startAtSession,
  VIEWED,
  type Walk,
} from '../shop/walk.ts';

/** Sources that need no session. */
export const SOURCES = ['repeat', 'co-purchase', 'popular-in-tier'] as const;
/** Code of what an open session brings, after those of SOURCES. */
const FROM_SESSION = 3;
/** How a reason reads; the order is that of the codes in `Lists.reason`. */
export const REASONS = ['own-rhythm', 'rhythm', 'bought', 'viewed', 'popular-tier', 'popular-shop', 'session'] as const;

/** What a list may hold, from the rules of the shop and its usual strategy. */
export interface OnlineRules extends RecommendRules {
  /** A consumable is due once this share of its usual gap has gone by. */
  readonly dueShare: number;
  /** At most this share of a list repeats earlier purchases, as long as there is something else; 0 to 1. */
  readonly repeatShareMax: number;
  /** At most so many products of one category path in a list, as long as there is something else. */
  readonly perCategoryMax: number;
}

/** What was bought this morning is not offered this evening, whatever the strategy of lists that are looked at for weeks. */
const REST_LEAST = 0.1;

export const onlineRules = (rules: RecommendRules, { restShare, most, perCategoryMax }: Strategy): OnlineRules => ({
  ...rules,
  ...{ dueShare: Math.max(restShare, REST_LEAST), repeatShareMax: most.repeat ?? 1, perCategoryMax },
});

export interface WalkModel {
  readonly products: SoldProducts;
  readonly neighbours: Sparse;
  readonly popular: Popular;
  readonly rules: OnlineRules;
  readonly weights: RecommendWeights;
  /** Day number of the moment, in the shop's zone. */
  readonly today: number;
}

/** Candidates looked at for each place in a list, so that limits leave enough to choose from. */
const WIDTH = 4;

/** One place in a list. */
export interface Item {
  readonly product: number;
  readonly score: number;
  /** Index into SOURCES, or FROM_SESSION. */
  source: number;
  /** Index into REASONS. */
  reason: number;
  /** Product that the reason names, -1 where none. */
  because: number;
  /** Part of the score that came from there, 0 to 1; 1 where the reason names nothing. */
  share: number;
  /** Days of the rhythm, 0 where the reason has none. */
  readonly gapDays: number;
  /** Day number of the last purchase, 0 where the reason has none. */
  readonly lastDay: number;
}

/** For whom: rows `from` to `to` of `pairs` are what they had to do with products. */
export interface Person {
  readonly pairs: Pairs;
  readonly from: number;
  readonly to: number;
  /** Tier index; -1: none. */
  readonly tier: number;
  /** May be profiled; others get what is popular in the shop. */
  readonly personal: boolean;
}

/** What a list may hold. */
export interface Ask {
  /** Products at most, > 0. */
  readonly length: number;
  /** Default: everything that is sellable. */
  readonly allowed?: ((product: number) => boolean) | undefined;
  /** Never in the list. */
  readonly exclude?: ArrayLike<number> | undefined;
  /** Products of the open session, oldest first; they start walks and are not in the list. */
  readonly session?: ArrayLike<number> | undefined;
}

export interface ListMaker {
  readonly walk: Walk;
  list(person: Person, ask: Ask): Item[];
}

/** Makes one list after another in the same working memory; not to be called while it answers. */
export function listMaker(model: WalkModel): ListMaker {
  const walk = emptyWalk(model.products.count);
  let tops = roomFor(0);
  return {
    walk,
    list(person, ask) {
      const size = ask.length * WIDTH;
      if (tops.places.length < 2 * size) tops = roomFor(size);
      const { repeats, news, places } = tops;
      return oneList(person, ask, model, walk, {
        repeats: { ...repeats, k: size },
        news: { ...news, k: size },
        places,
      });
    },
  };
}

/** Room for selections of up to `size`; smaller ones use a part of it. */
const roomFor = (size: number): Tops => ({
  repeats: emptyTop(size),
  news: emptyTop(size),
  places: new Int32Array(2 * size),
});

/** The best of what may be repeated, and of what is new; apart, so that neither crowds the other out. */
interface Tops {
  readonly repeats: Top;
  readonly news: Top;
  /** Room for both in one order. */
  readonly places: Int32Array;
}

function oneList(person: Person, ask: Ask, model: WalkModel, walk: Walk, tops: Tops): Item[] {
  const { pairs, from, to, personal } = person;
  const { session = [], exclude = [] } = ask;
  for (let e = from; e < to; e++) if (pairs.buys[e]! > 0) walk.bought[pairs.product[e]!] = e + 1;
  for (let i = 0; i < session.length; i++) walk.barred[session[i]!] = 1;
  for (let i = 0; i < exclude.length; i++) walk.barred[exclude[i]!] = 1;
  if (personal) start(walk, person, session, model);
  rankTouched(walk, tops, pairs, model, ask);
  const chosen = choose(walk, tops, pairs, model, ask.length);
  explain(chosen, walk, model);
  walk.starts.count = 0;
  if (chosen.length < ask.length) fillPopular(chosen, personal ? person.tier : -1, walk, model, ask);
  for (let e = from; e < to; e++) walk.bought[pairs.product[e]!] = 0;
  for (let i = 0; i < session.length; i++) walk.barred[session[i]!] = 0;
  for (let i = 0; i < exclude.length; i++) walk.barred[exclude[i]!] = 0;
  return chosen.sort((a, b) => b.score - a.score || a.product - b.product);
}

/** Of all walks of a customer with a session this share starts there: what one looks at now says more than habit. */
export const SESSION_SHARE = 0.7;

function start(walk: Walk, person: Person, session: ArrayLike<number>, model: WalkModel): void {
  const share = session.length === 0 ? 1 : 1 - SESSION_SHARE;
  startAtHistory(walk, person, model.weights, share);
  if (session.length > 0) startAtSession(walk, session, walk.starts.count === 0 ? 1 : SESSION_SHARE);
  goOn(walk, model.neighbours);
}

/** The best candidates that the rules allow, in order; clears the walk but for `bought` and its starts. */
function rankTouched(walk: Walk, { repeats, news }: Tops, pairs: Pairs, model: WalkModel, { allowed }: Ask): void {
  const { products } = model;
  repeats.size = 0;
  news.size = 0;
  for (let t = 0; t < walk.count; t++) {
    const product = walk.touched[t]!;
    const score = walk.sums[product]!;
    walk.sums[product] = 0;
    if (products.sellable[product] === 0 || walk.barred[product] === 1) continue;
    const row = walk.bought[product]! - 1;
    if (row >= 0 && !due(product, row, pairs, model)) continue;
    if (allowed !== undefined && !allowed(product)) continue;
    offer(row >= 0 ? repeats : news, score, product);
  }
  walk.count = 0;
  sortTop(repeats);
  sortTop(news);
}

/** Days between purchases of one customer: their own from 3 purchase days on, else the product's. */
function rhythm(product: number, row: number, pairs: Pairs, products: SoldProducts): { gapDays: number; own: boolean } {
  const buys = pairs.buys[row]!;
  if (buys < 3) return { gapDays: products.gapDays[product]!, own: false };
  const gap = Math.round((pairs.lastDay[row]! - pairs.firstDay[row]!) / (buys - 1));
  return { gapDays: Math.max(1, gap), own: true };
}

function due(product: number, row: number, pairs: Pairs, { products, rules, today }: WalkModel): boolean {
  if (products.consumable[product] === 0) return false;
  return today - pairs.lastDay[row]! >= rules.dueShare * rhythm(product, row, pairs, products).gapDays;
}

function itemOf(product: number, score: number, walk: Walk, pairs: Pairs, model: WalkModel): Item {
  const row = walk.bought[product]! - 1;
  if (row >= 0) {
    const { gapDays, own } = rhythm(product, row, pairs, model.products);
    const lastDay = pairs.lastDay[row]!;
    return { product, score, source: 0, reason: own ? 0 : 1, because: -1, share: 1, gapDays, lastDay };
  }
  return { product, score, source: 1, reason: 2, because: -1, share: 1, gapDays: 0, lastDay: 0 };
}

/** Names for each new product the start that gave most of its score. */
function explain(chosen: readonly Item[], walk: Walk, model: WalkModel): void {
  const news = chosen.filter((item) => item.source === 1);
  const products = news.map((item) => item.product);
  for (const [place, { product, origin, part }] of mostFrom(walk, model.neighbours, products).entries()) {
    const item = news[place]!;
    item.because = product;
    item.share = Math.min(1, part / item.score);
    item.reason = origin === BOUGHT ? 2 : origin === VIEWED ? 3 : 6;
    if (origin === SESSION) item.source = FROM_SESSION;
  }
}

/** Takes from the best down within the limits; when too few are left, first the category limit goes, then the other. */
function choose(walk: Walk, tops: Tops, pairs: Pairs, model: WalkModel, length: number): Item[] {
  const { rules, products } = model;
  const repeatMax = Math.floor(rules.repeatShareMax * length);
  const { places, count } = inOrder(tops);
  const chosen: Item[] = [];
  const inCategory = new Map<number, number>();
  let repeats = 0;
  for (let strict = 2; strict >= 0 && chosen.length < length; strict--) {
    for (let t = 0; t < count && chosen.length < length; t++) {
      const place = places[t]!;
      if (place === TAKEN) continue;
      const repeat = place >= 0;
      if (strict > 0 && repeat && repeats >= repeatMax) continue;
      const top = repeat ? tops.repeats : tops.news;
      const at = repeat ? place : ~place;
      const product = top.indices[at]!;
      const category = products.category[product]!;
      const before = inCategory.get(category) ?? 0;
      if (strict > 1 && category >= 0 && before >= rules.perCategoryMax) continue;
      places[t] = TAKEN;
      inCategory.set(category, before + 1);
      if (repeat) repeats++;
      chosen.push(itemOf(product, top.scores[at]!, walk, pairs, model));
    }
  }
  return chosen;
}

const TAKEN = 2 ** 31 - 1;

/** Both lists as one, best first: a place in `repeats`, or ~ of one in `news`. */
function inOrder({ repeats, news, places }: Tops): { places: Int32Array; count: number } {
  let [r, n, count] = [0, 0, 0];
  while (r < repeats.size || n < news.size) {
    const [ours, theirs] = [repeats.scores[r]!, news.scores[n]!];
    const isRepeat =
      n === news.size ||
      (r < repeats.size && (ours > theirs || (ours === theirs && repeats.indices[r]! < news.indices[n]!)));
    places[count++] = isRepeat ? r++ : ~n++;
  }
  return { places, count };
}

/** Popular scores stay below every walk's. */
const POPULAR_SCALE = 1e-6;

function fillPopular(chosen: Item[], tier: number, walk: Walk, model: WalkModel, { length, allowed }: Ask): void {
  const { popular, products, rules } = model;
  const list = tier < 0 ? popular.tiers : tier;
  const order = popular.orders[list]!;
  const shares = popular.shares[list]!;
  const taken = new Set(chosen.map((item) => item.product));
  const inCategory = new Map<number, number>();
  for (const strict of [true, false]) {
    for (let o = 0; o < order.length && chosen.length < length; o++) {
      const product = order[o]!;
      if (taken.has(product) || walk.bought[product]! > 0 || walk.barred[product] === 1) continue;
      if (allowed !== undefined && !allowed(product)) continue;
      const category = products.category[product]!;
      const before = inCategory.get(category) ?? 0;
      if (strict && category >= 0 && before >= rules.perCategoryMax) continue;
      inCategory.set(category, before + 1);
      taken.add(product);
      const score = shares[product]! * POPULAR_SCALE;
      const reason = tier < 0 ? 5 : 4;
      chosen.push({ product, score, source: 2, reason, because: -1, share: 1, gapDays: 0, lastDay: 0 });
    }
  }
}
