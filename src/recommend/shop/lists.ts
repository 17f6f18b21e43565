/**
 * The list of one customer after another. A score is the chance that a walk ends at the product: it starts at something
 * the customer has, stays there (repeat) or goes on to a neighbour (co-purchase); what is missing is filled with what is
 * popular. The reason of a co-purchase is the start that gave most of the score, so it's true by construction.
 */
import type { Sparse } from '#kernels/sparse.ts';
import { emptyTop, offer, sortTop, type Top } from '#kernels/top-k.ts';
import { type Audience, type Pairs, type Products, strengthOf } from './columns.ts';
import type { Popular } from './popular.ts';
import type { RecommendRules, RecommendWeights } from './rules.ts';

export const SOURCES = ['repeat', 'co-purchase', 'popular-in-tier'] as const;
/** How a reason reads; the order is that of the codes in `Lists.reason`. */
export const REASONS = ['own-rhythm', 'rhythm', 'bought', 'viewed', 'popular-tier', 'popular-shop'] as const;

export interface ListModel {
  readonly products: Products;
  readonly neighbours: Sparse;
  readonly popular: Popular;
  readonly rules: RecommendRules;
  readonly weights: RecommendWeights;
  /** Day number of the moment, in the shop's zone. */
  readonly today: number;
}

/** Rows of all lists, one customer after the other, rank rising. */
export interface Lists {
  readonly length: number;
  readonly customer: Int32Array;
  readonly rank: Int32Array;
  readonly product: Int32Array;
  readonly score: Float64Array;
  /** Index into SOURCES. */
  readonly source: Uint8Array;
  /** Index into REASONS. */
  readonly reason: Uint8Array;
  /** Product that the reason names, -1 where none. */
  readonly because: Int32Array;
  /** Days of the rhythm, 0 where the reason has none. */
  readonly gapDays: Int32Array;
  /** Day number of the last purchase, 0 where the reason has none. */
  readonly lastDay: Int32Array;
}

interface Walk {
  readonly sums: Float64Array;
  readonly touched: Int32Array;
  count: number;
  /** [products] row of the customer's purchase + 1, else 0 */
  readonly bought: Int32Array;
  /** [products] place in the list + 1 while the reason is looked for, else 0 */
  readonly wanted: Uint8Array;
  /** The best of what may be repeated, and of what is new; apart, so that neither crowds the other out. */
  readonly repeats: Top;
  readonly news: Top;
}

/** Candidates looked at for each place in a list, so that limits leave enough to choose from. */
const WIDTH = 4;

/** Lists of up to `perCustomer` products for each customer of `audience`. */
export function listsFor(audience: Audience, model: ListModel, perCustomer: number): Lists {
  const { pairs } = audience;
  const products = model.products.count;
  const out = emptyLists(pairs.customers * perCustomer);
  const walk: Walk = {
    sums: new Float64Array(products),
    touched: new Int32Array(products),
    count: 0,
    bought: new Int32Array(products),
    wanted: new Uint8Array(products),
    repeats: emptyTop(perCustomer * WIDTH),
    news: emptyTop(perCustomer * WIDTH),
  };
  let length = 0;
  for (let c = 0; c < pairs.customers; c++) {
    const chosen = oneList(c, audience, model, walk, perCustomer);
    for (const [rank, item] of chosen.entries()) {
      out.customer[length] = audience.code[c]!;
      out.rank[length] = rank + 1;
      out.product[length] = item.product;
      out.score[length] = item.score;
      out.source[length] = item.source;
      out.reason[length] = item.reason;
      out.because[length] = item.because;
      out.gapDays[length] = item.gapDays;
      out.lastDay[length++] = item.lastDay;
    }
  }
  return { ...out, length };
}

const emptyLists = (size: number): Omit<Lists, 'length'> => ({
  customer: new Int32Array(size),
  rank: new Int32Array(size),
  product: new Int32Array(size),
  score: new Float64Array(size),
  source: new Uint8Array(size),
  reason: new Uint8Array(size),
  because: new Int32Array(size),
  gapDays: new Int32Array(size),
  lastDay: new Int32Array(size),
});

interface Item {
  readonly product: number;
  readonly score: number;
  readonly source: number;
  reason: number;
  because: number;
  readonly gapDays: number;
  readonly lastDay: number;
}

function oneList(c: number, audience: Audience, model: ListModel, walk: Walk, perCustomer: number): Item[] {
  const { pairs } = audience;
  const from = pairs.offsets[c]!;
  const to = pairs.offsets[c + 1]!;
  const personal = audience.personal[c] === 1;
  for (let e = from; e < to; e++) if (pairs.buys[e]! > 0) walk.bought[pairs.product[e]!] = e + 1;
  if (personal) addStarts(walk, pairs, from, to, model);
  rankTouched(walk, pairs, model);
  const chosen = choose(walk, pairs, model, perCustomer);
  explain(chosen, walk, pairs, from, to, model);
  if (chosen.length < perCustomer) {
    const tier = personal ? audience.tier[c]! : -1;
    fillPopular(chosen, tier, walk, model, perCustomer);
  }
  for (let e = from; e < to; e++) walk.bought[pairs.product[e]!] = 0;
  return chosen.sort((a, b) => b.score - a.score || a.product - b.product);
}

/** Adds the walks of one customer; touched products are remembered. */
function addStarts(walk: Walk, pairs: Pairs, from: number, to: number, model: ListModel): void {
  const { step, viewWeight } = model.weights;
  let strength = 0;
  let weight = 0;
  for (let e = from; e < to; e++) {
    strength += strengthOf(pairs.weight[e]!, pairs.views[e]!, viewWeight);
    weight += pairs.weight[e]!;
  }
  if (strength === 0) return;
  const { offsets, indices, values } = model.neighbours;
  const { sums, touched } = walk;
  let count = 0;
  for (let e = from; e < to; e++) {
    const product = pairs.product[e]!;
    const start = (step * strengthOf(pairs.weight[e]!, pairs.views[e]!, viewWeight)) / strength;
    for (let f = offsets[product]!; f < offsets[product + 1]!; f++) {
      const neighbour = indices[f]!;
      const before = sums[neighbour]!;
      if (before === 0) touched[count++] = neighbour;
      sums[neighbour] = before + start * values[f]!;
    }
  }
  for (let e = from; e < to; e++) {
    if (pairs.buys[e] === 0) continue;
    const product = pairs.product[e]!;
    const part = ((1 - step) * pairs.weight[e]!) / weight;
    if (sums[product] === 0 && part > 0) touched[count++] = product;
    sums[product]! += part;
  }
  walk.count = count;
}

/** The best candidates that the rules allow, in order; clears the walk but for `bought`. */
function rankTouched(walk: Walk, pairs: Pairs, model: ListModel): void {
  const { products } = model;
  walk.repeats.size = 0;
  walk.news.size = 0;
  for (let t = 0; t < walk.count; t++) {
    const product = walk.touched[t]!;
    const score = walk.sums[product]!;
    walk.sums[product] = 0;
    if (products.sellable[product] === 0) continue;
    const row = walk.bought[product]! - 1;
    if (row >= 0 && !due(product, row, pairs, model)) continue;
    offer(row >= 0 ? walk.repeats : walk.news, score, product);
  }
  walk.count = 0;
  sortTop(walk.repeats);
  sortTop(walk.news);
}

/** Days between purchases of one customer: their own from 3 purchase days on, else the product's. */
function rhythm(product: number, row: number, pairs: Pairs, products: Products): { gapDays: number; own: boolean } {
  const buys = pairs.buys[row]!;
  if (buys < 3) return { gapDays: products.gapDays[product]!, own: false };
  const gap = Math.round((pairs.lastDay[row]! - pairs.firstDay[row]!) / (buys - 1));
  return { gapDays: Math.max(1, gap), own: true };
}

function due(product: number, row: number, pairs: Pairs, { products, rules, today }: ListModel): boolean {
  if (products.consumable[product] === 0) return false;
  return today - pairs.lastDay[row]! >= rules.dueShare * rhythm(product, row, pairs, products).gapDays;
}

function itemOf(product: number, score: number, walk: Walk, pairs: Pairs, model: ListModel): Item {
  const row = walk.bought[product]! - 1;
  if (row >= 0) {
    const { gapDays, own } = rhythm(product, row, pairs, model.products);
    const reason = own ? 0 : 1;
    return { product, score, source: 0, reason, because: -1, gapDays, lastDay: pairs.lastDay[row]! };
  }
  return { product, score, source: 1, reason: 2, because: -1, gapDays: 0, lastDay: 0 };
}

/** Finds for each co-purchase the start that gave most of its score (of equal ones the lower product). */
function explain(chosen: Item[], walk: Walk, pairs: Pairs, from: number, to: number, model: ListModel): void {
  const { offsets, indices, values } = model.neighbours;
  const most = new Float64Array(chosen.length);
  for (const [place, item] of chosen.entries()) if (item.source === 1) walk.wanted[item.product] = place + 1;
  for (let e = from; e < to; e++) {
    const product = pairs.product[e]!;
    const start = strengthOf(pairs.weight[e]!, pairs.views[e]!, model.weights.viewWeight);
    for (let f = offsets[product]!; f < offsets[product + 1]!; f++) {
      const place = walk.wanted[indices[f]!]! - 1;
      if (place < 0 || start * values[f]! <= most[place]!) continue;
      most[place] = start * values[f]!;
      const item = chosen[place]!;
      item.because = product;
      item.reason = pairs.buys[e]! > 0 ? 2 : 3;
    }
  }
  for (const item of chosen) walk.wanted[item.product] = 0;
}

/** Takes from the best down within the limits; when too few are left, first the category limit goes, then the other. */
function choose(walk: Walk, pairs: Pairs, model: ListModel, perCustomer: number): Item[] {
  const { rules, products } = model;
  const repeatMax = Math.floor(rules.repeatShareMax * perCustomer);
  const candidates = inOrder(walk);
  const chosen: Item[] = [];
  const taken = new Set<number>();
  const inCategory = new Map<number, number>();
  let repeats = 0;
  for (const strict of [2, 1, 0]) {
    for (let t = 0; t < candidates.length && chosen.length < perCustomer; t++) {
      const { product, score } = candidates[t]!;
      if (taken.has(product)) continue;
      const repeat = walk.bought[product]! > 0;
      if (strict > 0 && repeat && repeats >= repeatMax) continue;
      const category = products.category[product]!;
      const before = inCategory.get(category) ?? 0;
      if (strict > 1 && category >= 0 && before >= rules.perCategoryMax) continue;
      taken.add(product);
      inCategory.set(category, before + 1);
      if (repeat) repeats++;
      chosen.push(itemOf(product, score, walk, pairs, model));
    }
  }
  return chosen;
}

function inOrder({ repeats, news }: Walk): { product: number; score: number }[] {
  const listed = (top: Top) =>
    Array.from({ length: top.size }, (_, i) => ({ product: top.indices[i]!, score: top.scores[i]! }));
  return [...listed(repeats), ...listed(news)].sort((a, b) => b.score - a.score || a.product - b.product);
}

/** Popular scores stay below every walk's. */
const POPULAR_SCALE = 1e-6;

function fillPopular(chosen: Item[], tier: number, walk: Walk, model: ListModel, perCustomer: number): void {
  const { popular, products, rules } = model;
  const list = tier < 0 ? popular.tiers : tier;
  const order = popular.orders[list]!;
  const shares = popular.shares[list]!;
  const taken = new Set(chosen.map((item) => item.product));
  const inCategory = new Map<number, number>();
  for (const strict of [true, false]) {
    for (let o = 0; o < order.length && chosen.length < perCustomer; o++) {
      const product = order[o]!;
      if (taken.has(product) || walk.bought[product]! > 0) continue;
      const category = products.category[product]!;
      const before = inCategory.get(category) ?? 0;
      if (strict && category >= 0 && before >= rules.perCategoryMax) continue;
      inCategory.set(category, before + 1);
      taken.add(product);
      const score = shares[product]! * POPULAR_SCALE;
      const reason = tier < 0 ? 5 : 4;
      chosen.push({ product, score, source: 2, reason, because: -1, gapDays: 0, lastDay: 0 });
    }
  }
}
