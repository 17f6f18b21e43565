/** What happened to one customer, newest first. */
import type { z } from 'zod';
import { customerExists } from './customer.ts';
import type { TIMELINE_KINDS, TimelineQuery, TimelineReply } from './schemas.ts';
import type { Store } from './store.ts';

type Reply = z.infer<typeof TimelineReply>;

interface Stored {
  readonly at: number;
  readonly kind: (typeof TIMELINE_KINDS)[number];
  readonly title: string | null;
  readonly product_id: string | null;
  readonly amount: number | null;
  readonly lines: number | null;
  readonly detail: string | null;
  readonly product_title: string | null;
  readonly product_title_zh: string | null;
}

const EVENTS = `
  select min(ordered_at) as "at", 'order' as kind, order_id as "key", null as title, arg_min(product_id, line) as product_id,
    sum(paid)::bigint as amount, count(*) as lines, order_id as detail
  from lines where status = 'paid' group by order_id
  union all
  select ordered_at, 'return', order_id || ' ' || line, null, product_id, paid, null, coalesce(returns_order_id, order_id)
  from lines where status = 'refunded'
  union all
  select occurred_at, 'event', message_id, name, product_id, null, null, properties from events where customer_id = $id
  union all
  select reviewed_at, 'review', review_id, rating::varchar, product_id, null, null, "text" from reviews where customer_id = $id
  union all
  select shown_at, 'exposure', e.campaign_id, coalesce(c.name, e.campaign_id), null, null, null, arm
  from exposures e left join campaigns c using (campaign_id) where customer_id = $id and shown_at is not null
  union all
  select redeemed_at, 'redemption', redemption_id, coalesce(c.name, r.campaign_id), null, discount, null, coalesce(coupon_code, offer_id)
  from redemptions r left join campaigns c using (campaign_id) where customer_id = $id`;

/**
 * One page of the timeline. A cursor is `<moment>.<n>`: from that moment backwards, n rows of it already given; a bare
 * moment means everything before it.
 *
 * @throws CUSTOMER_UNKNOWN
 */
export async function timelineOf(store: Store, id: string, query: z.infer<typeof TimelineQuery>): Promise<Reply> {
  await customerExists(store, id);
  const { moment, given } = cursorOf(query.before, store.facts.asOf);
  const rows = await store.compute.rows<Stored>(
    `with lines as materialized (from order_lines where customer_id = $id), page as (
       select * from (${EVENTS}) where "at" <= $moment order by "at" desc, kind, "key" limit $limit offset $given)
     select page.*, p.title as product_title, p.title_zh as product_title_zh
     from page left join serve_products p using (product_id) order by "at" desc, kind, "key"`,
    { id, moment, limit: query.limit + 1, given },
  );
  const shown = rows.slice(0, query.limit);
  const last = shown.at(-1);
  const isMore = rows.length > query.limit && last !== undefined;
  return { rows: shown.map(rowOf), next: isMore ? cursorAfter(shown, moment, given) : null };
}

function cursorOf(before: string | undefined, asOf: number): { moment: number; given: number } {
  if (before === undefined) return { moment: asOf, given: 0 };
  const [moment = '0', given] = before.split('.');
  if (given === undefined) return { moment: Math.min(Number(moment) - 1, asOf), given: 0 };
  return { moment: Math.min(Number(moment), asOf), given: Number(moment) > asOf ? 0 : Number(given) };
}

function cursorAfter(shown: readonly Stored[], moment: number, given: number): string {
  const at = shown.at(-1)?.at ?? moment;
  const same = shown.filter((row) => row.at === at).length;
  return `${at}.${at === moment ? given + same : same}`;
}

const rowOf = (row: Stored): Reply['rows'][number] => ({
  at: row.at,
  kind: row.kind,
  title: row.title ?? row.product_title ?? row.product_id ?? '',
  titleZh: row.title === null ? row.product_title_zh : null,
  productId: row.product_id,
  amountMinor: row.amount,
  lines: row.lines,
  detail: row.detail,
});
