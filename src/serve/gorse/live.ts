/** What was written since the bundle was made, in the bundle's terms. */
import type { Sqlite } from '#engines/index.ts';
import { dayNumber } from '#kernels/local-time.ts';
import type { Bundle, Recommender, Since } from '#recommend/index.ts';
import type { FeedbackRow, ItemRow, UserRow } from './feedback-store.ts';

/** Feedback that is a purchase. */
const BOUGHT: ReadonlySet<string> = new Set(['purchase', 'buy', 'order', 'pay']);
/** Feedback that shows interest; it counts as a day of views. Any other type (`read`) says only that an item was shown. */
const LIKED: ReadonlySet<string> = new Set(['star', 'like', 'favorite', 'wishlist', 'cart', 'view', 'click']);

export const isPositive = (type: string): boolean => BOUGHT.has(type) || LIKED.has(type);

export interface Live {
  /** Code of a customer; -1 where nobody has the id or what is known of them is to be forgotten. */
  customerAt(id: string): number;
  /** What a user did that the bundle doesn't hold. */
  since(id: string): readonly Since[];
  /** Codes of products with any feedback of the user, as of now. */
  seen(id: string): readonly number[];
  /** Test of what was hidden or deleted; undefined: nothing was. */
  shown(): ((product: number) => boolean) | undefined;
}

/** @param now epoch ms, asked anew each time: feedback may lie in the future */
export function liveOf(feedback: Sqlite, recommender: Recommender, now: () => number): Live {
  const { bundle } = recommender;
  let version = -1;
  let hidden: Uint8Array | undefined;
  let forgotten: ReadonlySet<string> = new Set();
  const look = (): void => {
    if (version === feedback.version) return;
    version = feedback.version;
    const users = feedback.rows<Pick<UserRow, 'id'>>('select id from users where forgotten = 1');
    forgotten = new Set(users.map(({ id }) => id));
    const items = feedback.rows<Pick<ItemRow, 'id'>>('select id from items where hidden = 1 or deleted = 1');
    hidden = items.length === 0 ? undefined : new Uint8Array(bundle.products.count);
    for (const { id } of items) {
      const product = recommender.productAt(id);
      if (product >= 0) hidden![product] = 1;
    }
  };
  const customerAt = (id: string): number => {
    look();
    return forgotten.has(id) ? -1 : recommender.customerAt(id);
  };
  const OF_USER = 'select type, user, item, value, at, updated, comment from feedback where user = ? and at <= ?';
  return {
    customerAt,
    since: (id) => sinceOf(recommender, customerAt(id), feedback.rows<FeedbackRow>(OF_USER, id, now())),
    seen: (id) =>
      feedback
        .rows<FeedbackRow>(OF_USER, id, now())
        .map(({ item }) => recommender.productAt(item))
        .filter((product) => product >= 0),
    shown: () => {
      look();
      const test = hidden;
      return test === undefined ? undefined : (product) => test[product] === 0;
    },
  };
}

/**
 * One entry a product. A day of purchase counts unless the bundle knows one as late, a view unless the bundle could hold
 * it: files of the shop and this door may tell of the same deed.
 */
function sinceOf({ bundle, productAt }: Recommender, customer: number, rows: readonly FeedbackRow[]): Since[] {
  const { asOf, timeZone, today, weights } = bundle.about;
  const days = new Map<number, { bought: Set<number>; viewed: Set<number> }>();
  for (const { type, item, at } of rows) {
    const product = productAt(item);
    if (product < 0 || !isPositive(type)) continue;
    const own = days.get(product) ?? { bought: new Set(), viewed: new Set() };
    days.set(product, own);
    const day = dayNumber(at, timeZone);
    const last = lastDayOf(bundle, customer, product);
    if (BOUGHT.has(type)) {
      if (last === undefined || day > last) own.bought.add(day);
    } else if (last === undefined || at > asOf) own.viewed.add(day);
  }
  return [...days].flatMap(([product, { bought, viewed }]) => {
    if (bought.size === 0 && viewed.size === 0) return [];
    const sorted = [...bought].sort((a, b) => a - b);
    let weight = 0;
    for (const day of sorted) weight += 0.5 ** (Math.max(0, today - day) / weights.halfLifeDays);
    const [firstDay = 0, lastDay = 0] = [sorted[0], sorted.at(-1)];
    return [{ product, buys: sorted.length, firstDay, lastDay, weight, views: viewed.size }];
  });
}

/** Day of the last purchase that the bundle holds of a pair, 0 where it holds only views; undefined: no such pair. */
function lastDayOf({ customers, about }: Bundle, customer: number, product: number): number | undefined {
  if (customer < 0) return undefined;
  const { offsets, product: products, buys, lastDay } = customers.pairs;
  for (let e = offsets[customer]!; e < offsets[customer + 1]!; e++)
    if (products[e] === product) return buys[e]! > 0 ? lastDay[e]! + about.baseDay : 0;
  return undefined;
}
