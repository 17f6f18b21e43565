/**
 * The sources of candidates behind one interface. A source puts products with scores into the pool, and can say what of
 * the customer's own gave most of a score: the reason is true by construction.
 */
import type { Sparse } from '#kernels/sparse.ts';
import { emptyTop, offer, sortTop } from '#kernels/top-k.ts';
import { type Pairs, type Products, strengthOf } from './columns.ts';
import { type Asked, MOST, open, type Pool, put, rhythm } from './pool.ts';
import type { Popular } from './popular.ts';
import type { RecommendWeights } from './rules.ts';
import { SOURCE, type SourceName } from './source-names.ts';

/** How a reason reads; the order is that of the codes in `Lists.reason`. */
export const REASONS = [
  'own-rhythm',
  'rhythm',
  'bought',
  'viewed',
  'popular-tier',
  'popular-shop',
  'looked',
  'like-bought',
  'like-viewed',
  'new-arrival',
  'new-in-category',
  'session',
] as const;
export type ReasonName = (typeof REASONS)[number];

export interface Reason {
  readonly name: ReasonName;
  /** Product that the reason names, -1 where none. */
  readonly because: number;
  /** Part of the source's score that came from there, 0 to 1; 1 where the reason names nothing. */
  readonly share: number;
  /** Days of the rhythm and day number of the last purchase, 0 where the reason has none. */
  readonly gapDays: number;
  readonly lastDay: number;
}

export interface Source {
  readonly name: SourceName;
  gather(asked: Asked, pool: Pool): void;
  /** Reasons of some products of the pool that this source named. */
  reasons(asked: Asked, pool: Pool, products: readonly number[]): readonly Reason[];
}

export interface SourceModel {
  readonly products: Products;
  /** Bought by the same people. */
  readonly neighbours: Sparse;
  /** Alike by text and picture, where vectors are known. */
  readonly content?: Sparse | undefined;
  readonly popular: Popular;
  readonly weights: RecommendWeights;
  readonly today: number;
}

const plain = (name: ReasonName): Reason => ({ name, because: -1, share: 1, gapDays: 0, lastDay: 0 });

/** All sources that the model has, in the order in which they gather. */
export function sourcesOf(model: SourceModel): readonly Source[] {
  const names = ['like-bought', 'like-viewed'] as const;
  return [
    // first, so that the others tell its candidates their scores too
    sessionSource(model),
    repeatSource(model),
    viewedSource(model),
    walkSource('co-purchase', model, model.neighbours, ['bought', 'viewed']),
    ...(model.content === undefined ? [] : [walkSource('content', model, model.content, names)]),
    arrivalsSource(model),
    popularSource(model),
  ];
}

/** What the customer has bought and may buy again: the share of the decayed purchases. */
function repeatSource({ products }: SourceModel): Source {
  const top = emptyTop(MOST[SOURCE.repeat]!);
  return {
    name: 'repeat',
    gather({ pairs, from, to, weight }, pool) {
      top.size = 0;
      for (let e = from; e < to; e++)
        if (pairs.buys[e]! > 0 && open(pool, products, pairs.product[e]!))
          offer(top, pairs.weight[e]!, pairs.product[e]!);
      sortTop(top);
      for (let i = 0; i < top.size; i++) put(pool, SOURCE.repeat, top.indices[i]!, top.scores[i]! / weight);
    },
    reasons: ({ pairs }, pool, wanted) =>
      wanted.map((product) => {
        const row = pool.bought[product]! - 1;
        const { gapDays, own } = rhythm(product, row, pairs, products);
        return { name: own ? 'own-rhythm' : 'rhythm', because: -1, share: 1, gapDays, lastDay: pairs.lastDay[row]! };
      }),
  };
}

/** What the customer looked at and did not buy: log(1 + days of views). */
function viewedSource({ products }: SourceModel): Source {
  const top = emptyTop(MOST[SOURCE.viewed]!);
  return {
    name: 'viewed',
    gather({ pairs, from, to }, pool) {
      top.size = 0;
      for (let e = from; e < to; e++)
        if (pairs.buys[e] === 0 && pairs.views[e]! > 0 && open(pool, products, pairs.product[e]!))
          offer(top, Math.log1p(pairs.views[e]!), pairs.product[e]!);
      sortTop(top);
      for (let i = 0; i < top.size; i++) put(pool, SOURCE.viewed, top.indices[i]!, top.scores[i]!);
    },
    reasons: (_asked, _pool, wanted) => wanted.map(() => plain('looked')),
  };
}

/** One step from what the customer has to its neighbours; a score is the chance that a walk ends there. */
function walkSource(
  name: 'co-purchase' | 'content',
  { products, weights }: SourceModel,
  { offsets, indices, values }: Sparse,
  [bought, viewed]: readonly [ReasonName, ReasonName],
): Source {
  const source = SOURCE[name];
  const top = emptyTop(MOST[source]!);
  const sums = new Float64Array(products.count);
  const touched = new Int32Array(products.count);
  const wantedAt = new Int32Array(products.count);
  const startOf = (e: number, pairs: Pairs) => strengthOf(pairs.weight[e]!, pairs.views[e]!, weights.viewWeight);
  return {
    name,
    gather({ pairs, from, to, strength }, pool) {
      if (strength === 0) return;
      let count = 0;
      for (let e = from; e < to; e++) {
        const product = pairs.product[e]!;
        const start = startOf(e, pairs) / strength;
        if (start === 0) continue;
        for (let f = offsets[product]!; f < offsets[product + 1]!; f++) {
          const neighbour = indices[f]!;
          if (sums[neighbour] === 0) touched[count++] = neighbour;
          sums[neighbour]! += start * values[f]!;
        }
      }
      top.size = 0;
      for (let t = 0; t < count; t++) {
        const product = touched[t]!;
        if (pool.bought[product] === 0 && open(pool, products, product)) offer(top, sums[product]!, product);
      }
      sortTop(top);
      for (let i = 0; i < top.size; i++) put(pool, source, top.indices[i]!, top.scores[i]!);
      // What other sources named is told its score too.
      for (let i = 0; i < pool.count; i++) {
        const score = sums[pool.product[i]!]!;
        pool.scores[source]![i] = score;
        if (score > 0) pool.named[i]! |= 1 << source;
      }
      for (let t = 0; t < count; t++) sums[touched[t]!] = 0;
    },
    reasons({ pairs, from, to }, _pool, wanted) {
      const most = new Float64Array(wanted.length);
      const all = new Float64Array(wanted.length);
      const out: Reason[] = wanted.map(() => plain(bought));
      for (const [i, product] of wanted.entries()) wantedAt[product] = i + 1;
      for (let e = from; e < to; e++) {
        const product = pairs.product[e]!;
        const start = startOf(e, pairs);
        for (let f = offsets[product]!; f < offsets[product + 1]!; f++) {
          const at = wantedAt[indices[f]!]! - 1;
          if (at < 0) continue;
          const part = start * values[f]!;
          all[at]! += part;
          if (part <= most[at]!) continue;
          most[at] = part;
          out[at] = { ...plain(pairs.buys[e]! > 0 ? bought : viewed), because: product };
        }
      }
      for (const product of wanted) wantedAt[product] = 0;
      return out.map((reason, at) => (reason.because < 0 ? reason : { ...reason, share: most[at]! / all[at]! }));
    },
  };
}

const ARRIVALS_LOOKED_AT = 400;

/** What is new to the shop, the newer the better, in departments that the customer buys from. */
function arrivalsSource({ products, weights }: SourceModel): Source {
  const source = SOURCE['new-arrivals'];
  const top = emptyTop(MOST[source]!);
  const { ageDays } = products;
  const fresh = Int32Array.from(ageDays.keys())
    .filter((p) => products.sellable[p] === 1 && ageDays[p]! >= 0 && ageDays[p]! < weights.newDays)
    .sort((a, b) => ageDays[a]! - ageDays[b]! || a - b)
    .slice(0, ARRIVALS_LOOKED_AT);
  const newness = Float64Array.from(fresh, (p) => 0.5 ** (ageDays[p]! / weights.newDays));
  return {
    name: 'new-arrivals',
    gather({ weight }, pool) {
      top.size = 0;
      for (let i = 0; i < fresh.length; i++) {
        const product = fresh[i]!;
        if (pool.bought[product]! > 0 || !open(pool, products, product)) continue;
        const department = products.department[product]!;
        const taste = weight === 0 ? 1 : department < 0 ? 0 : pool.mix[department]!;
        if (taste > 0) offer(top, taste * newness[i]!, product);
      }
      sortTop(top);
      for (let i = 0; i < top.size; i++) put(pool, source, top.indices[i]!, top.scores[i]!);
    },
    reasons: ({ weight }, _pool, wanted) => wanted.map(() => plain(weight === 0 ? 'new-arrival' : 'new-in-category')),
  };
}

/** What is popular in the customer's tier. */
function popularSource({ products, popular }: SourceModel): Source {
  const source = SOURCE['popular-in-tier'];
  return {
    name: 'popular-in-tier',
    gather({ tier }, pool) {
      const list = tier < 0 ? popular.tiers : tier;
      const order = popular.orders[list]!;
      const shares = popular.shares[list]!;
      let taken = 0;
      for (let o = 0; o < order.length && taken < MOST[source]!; o++) {
        const product = order[o]!;
        if (pool.bought[product]! > 0 || !open(pool, products, product)) continue;
        put(pool, source, product, shares[product]!);
        taken++;
      }
      for (let i = 0; i < pool.count; i++) pool.scores[source]![i] = shares[pool.product[i]!]!;
    },
    reasons: ({ tier }, _pool, wanted) => wanted.map(() => plain(tier < 0 ? 'popular-shop' : 'popular-tier')),
  };
}

/**
 * What goes with the open session: one step from its products to what the same people bought, else to what is alike. The
 * last product counts most, falling evenly to the first.
 *
 * @see Ludewig, Jannach (2018), UMUAI 28, section 3.2.3 (V-SKNN: linear decay over the session)
 */
function sessionSource({ products, neighbours, content }: SourceModel): Source {
  const source = SOURCE.session;
  const top = emptyTop(MOST[source]!);
  const sums = new Float64Array(products.count);
  const touched = new Int32Array(products.count);
  const rowsOf = (product: number): Sparse =>
    content !== undefined && neighbours.offsets[product] === neighbours.offsets[product + 1] ? content : neighbours;
  const startOf = (session: ArrayLike<number>, i: number) => (i + 1) / ((session.length * (session.length + 1)) / 2);
  return {
    name: 'session',
    gather({ session }, pool) {
      let count = 0;
      for (let i = 0; i < session.length; i++) {
        const { offsets, indices, values } = rowsOf(session[i]!);
        for (let f = offsets[session[i]!]!; f < offsets[session[i]! + 1]!; f++) {
          const neighbour = indices[f]!;
          if (sums[neighbour] === 0) touched[count++] = neighbour;
          sums[neighbour]! += startOf(session, i) * values[f]!;
        }
      }
      top.size = 0;
      for (let t = 0; t < count; t++)
        if (open(pool, products, touched[t]!)) offer(top, sums[touched[t]!]!, touched[t]!);
      sortTop(top);
      for (let i = 0; i < top.size; i++) put(pool, source, top.indices[i]!, top.scores[i]!);
      for (let t = 0; t < count; t++) sums[touched[t]!] = 0;
    },
    reasons: ({ session }, _pool, wanted) =>
      wanted.map((product) => {
        let [because, most, all] = [-1, 0, 0];
        for (let i = 0; i < session.length; i++) {
          const { offsets, indices, values } = rowsOf(session[i]!);
          for (let f = offsets[session[i]!]!; f < offsets[session[i]! + 1]!; f++) {
            if (indices[f] !== product) continue;
            const part = startOf(session, i) * values[f]!;
            all += part;
            if (part > most) [because, most] = [session[i]!, part];
          }
        }
        return { ...plain('session'), because, share: all === 0 ? 1 : most / all };
      }),
  };
}
