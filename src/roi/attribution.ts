/**
 * What last-touch attribution would say: an order belongs to the last click before it, else to the last message seen before
 * it, within a window each. Nobody is asked whether the order would have come anyway, which is why this stands beside the
 * incremental figures: so that the difference is seen.
 */
import type { Compute } from '#engines/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';

export interface AttributionWindows {
  /** Days in which a click counts; default 7. */
  readonly clickDays: number;
  /** Days in which a message that was seen counts; default 1. */
  readonly viewDays: number;
}

export const LAST_TOUCH: AttributionWindows = { clickDays: 7, viewDays: 1 };

/** Orders attributed to one campaign, offer and tier. Money in minor units, net of what came back. */
export interface Attributed {
  readonly campaign: string;
  readonly offer: string | null;
  readonly tier: string;
  readonly orders: number;
  readonly revenueMinor: number;
  readonly marginMinor: number;
}

/** Reads `roi_tmp_contact` and `roi_tmp_order`. */
export async function readAttributed(compute: Compute, windows: AttributionWindows): Promise<Attributed[]> {
  const ms = (days: number) => Math.round(days * DAY_MS);
  return compute.rows<{ [Key in keyof Attributed]: Attributed[Key] }>(
    `with touch as (
       select customer_id, campaign_id, offer_id, tier, clicked_at as touched_at, 1 as click, clicked_at + ${ms(windows.clickDays)} as until
       from roi_tmp_contact where treated and clicked_at is not null
       union all by name select customer_id, campaign_id, offer_id, tier, shown_at as touched_at, 0 as click, shown_at + ${ms(windows.viewDays)} as until
       from roi_tmp_contact where treated and shown_at is not null),
     last as (
       select t.*, o.revenue, o.margin
       from roi_tmp_order o join touch t on t.customer_id = o.customer_id and o.placed_at >= t.touched_at and o.placed_at < t.until
       where o.is_order
       qualify row_number() over (partition by o.customer_id, o.order_id order by t.click desc, t.touched_at desc, t.campaign_id) = 1)
     select campaign_id as campaign, offer_id as offer, tier, count(*) as orders, sum(revenue)::bigint as "revenueMinor",
       sum(margin)::bigint as "marginMinor" from last group by all order by all`,
  );
}
