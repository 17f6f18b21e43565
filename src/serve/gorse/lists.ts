/** The lists of the gorse API out of the same recommender. */
import type { Sqlite } from '#engines/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { type Item, type Recommender, textAt, textCount } from '#recommend/index.ts';
import type { ItemRow } from './feedback-store.ts';
import type { Live } from './live.ts';

export interface Score {
  readonly Id: string;
  readonly Score: number;
}

export interface Slice {
  readonly n: number;
  readonly offset: number;
  /** All must hold; none: all items. */
  readonly categories: readonly string[];
}

export interface GorseLists {
  recommend(user: string, slice: Slice): Score[];
  /** Items of a session, oldest first. */
  session(items: readonly string[], slice: Slice): Score[];
  /** undefined: no such item in the last run. */
  neighbours(item: string, slice: Slice, kind: 'similar' | 'complementary' | 'neighbours'): Score[] | undefined;
  popular(slice: Slice, user?: string): Score[];
  latest(slice: Slice, user?: string): Score[];
}

export function gorseLists(feedback: Sqlite, recommender: Recommender, live: Live): GorseLists {
  const { bundle } = recommender;
  const { products } = bundle;
  const idOf = (product: number): string => textAt(products.ids, product);
  const inCategories = categoryTest(feedback, recommender);
  const askOf = ({ n, offset, categories }: Slice, exclude: readonly number[] = []) => {
    const tests = [live.shown(), ...categories.map(inCategories)].filter((test) => test !== undefined);
    const also = tests.length === 0 ? undefined : (product: number) => tests.every((test) => test(product));
    return { length: n + offset, filter: { also, exclude } };
  };
  const scores = (items: readonly Item[], { offset }: Slice): Score[] =>
    items.slice(offset).map(({ product, score }) => ({ Id: idOf(product), Score: score }));
  const seenBy = (user: string | undefined): ReadonlySet<number> => {
    if (user === undefined) return new Set();
    const customer = live.customerAt(user);
    const { offsets, product } = bundle.customers.pairs;
    const had = customer < 0 ? [] : product.subarray(offsets[customer]!, offsets[customer + 1]!);
    return new Set([...had, ...live.seen(user)]);
  };
  let newest: Int32Array | undefined;
  return {
    recommend: (user, slice) =>
      slice.n === 0
        ? []
        : scores(
            recommender.forCustomer(live.customerAt(user), {
              ...askOf(slice, live.seen(user)),
              since: live.since(user),
            }),
            slice,
          ),
    session: (items, slice) => {
      const session = items.map(recommender.productAt).filter((product) => product >= 0);
      return slice.n === 0 ? [] : scores(recommender.forCustomer(-1, { ...askOf(slice), session }), slice);
    },
    neighbours: (item, slice, kind) => {
      const product = recommender.productAt(item);
      if (product < 0) return undefined;
      const ask = askOf(slice);
      if (ask.length === 0) return [];
      if (kind === 'similar') return scores(recommender.similarTo(product, ask), slice);
      if (kind === 'complementary') return scores(recommender.complementsOf(product, ask), slice);
      return neighboursOf(recommender, product, ask.filter.also, slice);
    },
    popular: (slice, user) => {
      const order = bundle.popular.orders[bundle.popular.tiers] ?? [];
      const shares = bundle.popular.shares[bundle.popular.tiers] ?? [];
      return taken(order, slice, askOf(slice).filter.also, seenBy(user)).map((product) => ({
        Id: idOf(product),
        Score: shares[product]!,
      }));
    },
    latest: (slice, user) => {
      newest ??= newestFirst(bundle);
      const test = { also: askOf(slice).filter.also, seen: seenBy(user) };
      return latest(feedback, recommender, newest, slice, test);
    },
  };
}

type Test = (product: number) => boolean;

function neighboursOf({ bundle }: Recommender, product: number, also: Test | undefined, slice: Slice): Score[] {
  const { offsets, indices, values } = bundle.neighbours;
  const found: Score[] = [];
  for (let f = offsets[product]!; f < offsets[product + 1]! && found.length < slice.offset + slice.n; f++) {
    const other = indices[f]!;
    if (bundle.products.sellable[other] === 0 || (also !== undefined && !also(other))) continue;
    found.push({ Id: textAt(bundle.products.ids, other), Score: values[f]! });
  }
  return found.slice(slice.offset);
}

function taken(order: ArrayLike<number>, { n, offset }: Slice, also: Test | undefined, seen: ReadonlySet<number>) {
  const out: number[] = [];
  for (let o = 0; o < order.length && out.length < n + offset; o++) {
    const product = order[o]!;
    if (!seen.has(product) && (also === undefined || also(product))) out.push(product);
  }
  return out.slice(offset);
}

/** By when they came, items of clients among those of the run; the score is that moment in seconds. */
function latest(
  feedback: Sqlite,
  { bundle, productAt }: Recommender,
  order: Int32Array,
  slice: Slice,
  test: { readonly also: Test | undefined; readonly seen: ReadonlySet<number> },
): Score[] {
  const { products } = bundle;
  const { also, seen } = test;
  const written = feedback.rows<ItemRow>('select * from items where hidden = 0 and deleted = 0 and at is not null');
  const theirs = new Set(written.map(({ id }) => productAt(id)));
  const free: Test = (product) => !theirs.has(product) && (also === undefined || also(product));
  const out = taken(order, { ...slice, n: slice.n + slice.offset, offset: 0 }, free, seen).map((product) => ({
    Id: textAt(products.ids, product),
    Score: (products.sinceDay[product]! * DAY_MS) / 1000,
  }));
  for (const { id, at, categories } of written) {
    const product = productAt(id);
    if (product >= 0 && (seen.has(product) || products.sellable[product] === 0)) continue;
    const own = JSON.parse(categories) as string[];
    if (slice.categories.every((category) => own.includes(category))) out.push({ Id: id, Score: at! / 1000 });
  }
  out.sort((a, b) => b.Score - a.Score || (a.Id < b.Id ? -1 : 1));
  return out.slice(slice.offset, slice.offset + slice.n);
}

/** Sellable products, the newest first. */
function newestFirst({ products }: Recommender['bundle']): Int32Array {
  const all = Int32Array.from({ length: products.count }, (_, product) => product);
  const { sinceDay, sellable } = products;
  return all.filter((product) => sellable[product] === 1).sort((a, b) => sinceDay[b]! - sinceDay[a]! || a - b);
}

/** An item is of a category when a client said so; else when its path is it, lies below it or has a level of that name. */
function categoryTest(feedback: Sqlite, { bundle, productAt }: Recommender): (category: string) => Test {
  const { products } = bundle;
  const levels = Array.from({ length: textCount(products.categories) }, (_, code) => {
    const path = textAt(products.categories, code);
    return { path, names: new Set(path.split(' > ')) };
  });
  let version = -1;
  let said = new Map<number, ReadonlySet<string>>();
  return (category) => {
    if (version !== feedback.version) {
      version = feedback.version;
      const rows = feedback.rows<ItemRow>('select * from items where deleted = 0');
      said = new Map(rows.map(({ id, categories }) => [productAt(id), new Set(JSON.parse(categories) as string[])]));
    }
    const wanted = Uint8Array.from(levels, ({ path, names }) =>
      path === category || path.startsWith(`${category} > `) || names.has(category) ? 1 : 0,
    );
    return (product) =>
      said.get(product)?.has(category) ??
      (products.category[product]! >= 0 && wanted[products.category[product]!] === 1);
  };
}
