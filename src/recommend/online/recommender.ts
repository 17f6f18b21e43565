/** Answers of the moment out of a bundle: for a customer, an open session, a basket, a product page. */

import type { Audience } from '../shop/columns.ts';
import { listMaker, type Placed } from '../shop/lists.ts';
import { type Bundle, modelOf } from './bundle.ts';
import { type Filter, filterMaker } from './filter.ts';
import { historyReader, type Since } from './history.ts';
import { productPages } from './product-page.ts';
import { type Item, REASON_OF } from './reasons.ts';
import { placeOf } from './text-list.ts';

export interface OnlineAsk {
  /** Products at most, > 0. */
  readonly length: number;
  readonly filter?: Filter;
}

export interface CustomerAsk extends OnlineAsk {
  /** Codes of the products of the open session, oldest first; twice is once, at the last place. */
  readonly session?: readonly number[];
  /** What the customer did since the bundle was made, one entry a product. */
  readonly since?: readonly Since[];
}

export interface Recommender {
  readonly bundle: Bundle;
  /** Code of a customer or product; -1 where the bundle doesn't know the id. */
  customerAt(id: string): number;
  productAt(id: string): number;
  /**
   * The list of a customer, by the ranker and strategies of the lists made in advance and the same as theirs where nothing
   * else is asked. Nobody (-1) gets what goes
   * with the session, then what is popular in the shop; so does, without the session, who may not be profiled.
   */
  forCustomer(customer: number, ask: CustomerAsk): readonly Item[];
  /** What goes with all of the products; without the customer's durables, where one is named. */
  forBasket(products: readonly number[], ask: OnlineAsk & { readonly customer?: number }): readonly Item[];
  complementsOf(product: number, ask: OnlineAsk & { readonly customer?: number }): readonly Item[];
  similarTo(product: number, ask: OnlineAsk): readonly Item[];
}

/** Makes the recommender; its working memory is some 100 bytes a product. Each call ends before the next begins. */
export function makeRecommender(bundle: Bundle): Recommender {
  const { products, customers } = bundle;
  const maker = listMaker(modelOf(bundle));
  const history = historyReader(bundle);
  const test = filterMaker(products);
  const pages = productPages(bundle);
  const forPage = ({ length, filter = {}, customer = -1 }: OnlineAsk & { readonly customer?: number }) => {
    const barred =
      customer < 0 || customers.personal[customer] === 0 ? new Set<number>() : durablesOf(bundle, customer);
    for (const product of filter.exclude ?? []) barred.add(product);
    const also = test(filter);
    return { length, allowed: (product: number) => !barred.has(product) && (also === undefined || also(product)) };
  };
  return {
    bundle,
    customerAt: (id) => placeOf(customers.ids, id),
    productAt: (id) => placeOf(products.ids, id),
    forCustomer(customer, { length, filter = {}, session = [], since = [] }) {
      const known = customer >= 0;
      const audience: Audience = {
        pairs: history.read(customer, since),
        code: Int32Array.of(customer),
        tier: Int32Array.of(known ? customers.tier[customer]! : -1),
        personal: Uint8Array.of(!known || customers.personal[customer] === 1 ? 1 : 0),
      };
      const limits = { allowed: test(filter), exclude: filter.exclude, session: lastOnly(session) };
      return maker.list(audience, 0, { length, ...limits, freshFromDay: bundle.about.today }).map(itemOf);
    },
    forBasket: (basket, ask) => pages.complements([...new Set(basket)], forPage(ask), 'basket'),
    complementsOf: (product, ask) => pages.complements([product], forPage(ask), 'complementary'),
    similarTo: (product, ask) => pages.similar(product, forPage(ask)),
  };
}

const itemOf = ({ product, score, source, reason }: Placed): Item => ({
  ...{ product, score, source, reason: REASON_OF[reason.name] },
  ...{ because: reason.because, share: reason.share, gapDays: reason.gapDays, lastDay: reason.lastDay },
});

function durablesOf({ customers, products }: Bundle, customer: number): Set<number> {
  const { offsets, product, buys } = customers.pairs;
  const out = new Set<number>();
  for (let e = offsets[customer]!; e < offsets[customer + 1]!; e++)
    if (buys[e]! > 0 && products.consumable[product[e]!] === 0) out.add(product[e]!);
  return out;
}

function lastOnly(session: readonly number[]): readonly number[] {
  return session.filter((product, place) => session.lastIndexOf(product) === place);
}
