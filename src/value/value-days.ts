/** What each customer bought, gave back and left as margin, a row a customer and day: the ground of every value. */
import type { Compute } from '#engines/index.ts';
import { dayOf, type Shop } from '#events/index.ts';
import { dayNumber } from '#kernels/local-time.ts';
import { numberColumn, textColumn } from '#table/index.ts';

export interface ValueDaysOptions {
  /** Epoch ms; lines up to and including it count. */
  readonly asOf: number;
  readonly timeZone: string;
  readonly shop: Shop;
}

export interface ValueDays {
  /** Name of a scratch table: customer_id, day, lines (paid), paid, refunded, margin, refunded_margin (BIGINT minor units). */
  readonly name: string;
  /** Day of `asOf` and of the first line of a known customer; equal to it where there are none. */
  readonly lastDay: number;
  readonly firstDay: number;
  close(): Promise<void>;
}

/** What each customer with a purchase had done by the end of a day; columns [customers], money in minor units. */
export interface Standing {
  readonly customers: readonly string[];
  readonly day: number;
  /** Days with a purchase, >= 1. */
  readonly orders: Float64Array;
  readonly firstDay: Float64Array;
  readonly lastDay: Float64Array;
  /** Paid less given back; may be below zero. */
  readonly spend: Float64Array;
  /** Of that, what is left after the cost of goods. */
  readonly margin: Float64Array;
}

const BELIEVABLE =
  'p.unit_cost is not null and (p.unit_cost * o.quantity <= 5 * greatest(o.paid, coalesce(o.list_price, 0)) or greatest(o.paid, coalesce(o.list_price, 0)) = 0)';

/**
 * Adds up order lines by customer and day in the shop's zone. Guests are left out, cancelled lines too; a returned line
 * counts on the day of its return. The margin of a line is what was paid less quantity x unit cost where the product
 * has one, else the shop's margin share of it; rounded a line, so sums are exact. What serving an order or taking one back
 * costs (`orderCostMinor`, `returnCostMinor` of the shop) comes off the margin of its day. Goods that would cost more than five
 * times the line's price count as a wrong quantity, and the share is used.
 *
 * @param name of the scratch table; close() drops it
 */
export async function openValueDays(
  compute: Compute,
  { asOf, timeZone, shop }: ValueDaysOptions,
  name = 'value_tmp_days',
): Promise<ValueDays> {
  await compute.run(
    `create or replace temp table ${name} as
     select customer_id, ${dayOf('ordered_at', timeZone)} as day,
       count(*) filter (status = 'paid') as lines,
       coalesce(sum(paid) filter (status = 'paid'), 0)::bigint as paid,
       coalesce(sum(paid) filter (status = 'refunded'), 0)::bigint as refunded,
       (coalesce(sum(margin) filter (status = 'paid'), 0)${costOf('paid', shop.orderCostMinor, '-')})::bigint as margin,
       (coalesce(sum(margin) filter (status = 'refunded'), 0)${costOf('refunded', shop.returnCostMinor, '+')})::bigint as refunded_margin
     from (
       select o.customer_id, o.order_id, o.ordered_at, o.status, o.paid,
         case when ${BELIEVABLE} then o.paid - round(p.unit_cost * o.quantity)::bigint else round(o.paid * $share)::bigint end as margin
       from order_lines o left join (select product_id, any_value(unit_cost) as unit_cost from products group by product_id) p using (product_id)
       where o.customer_id is not null and o.status in ('paid', 'refunded') and o.ordered_at <= $asOf
     )
     group by all`,
    { share: shop.marginShare, asOf },
  );
  const lastDay = dayNumber(asOf, timeZone);
  const [first] = await compute.rows<{ day: number | null }>(`select min(day) as day from ${name} where lines > 0`);
  return {
    name,
    lastDay,
    firstDay: first?.day ?? lastDay,
    close: () => compute.run(`drop table if exists ${name}`),
  };
}

/** A cost for each order with lines of a status; nothing where there is none, so that orders need not be told apart. */
const costOf = (status: string, minor: number | undefined, sign: '+' | '-'): string =>
  minor === undefined || minor === 0
    ? ''
    : ` ${sign} ${Math.round(minor)} * count(distinct order_id) filter (status = '${status}')`;

/** Customers with a purchase by the end of `day`, by rising id. */
export async function standingAt(compute: Compute, days: ValueDays, day: number): Promise<Standing> {
  const read = await compute.table(
    `select customer_id, count(*) filter (lines > 0) as orders, min(day) filter (lines > 0) as first_day,
       max(day) filter (lines > 0) as last_day, sum(paid - refunded)::bigint as spend, sum(margin - refunded_margin)::bigint as margin
     from ${days.name} where day <= $day group by customer_id having orders > 0 order by customer_id`,
    { day },
  );
  const names = textColumn(read, 'customer_id');
  const column = (name: string) => numberColumn(read, name).values;
  return {
    customers: Array.from(names.codes, (code) => names.dictionary[code]!),
    day,
    orders: column('orders'),
    firstDay: column('first_day'),
    lastDay: column('last_day'),
    spend: column('spend'),
    margin: column('margin'),
  };
}

export interface Realised {
  readonly customers: readonly string[];
  readonly purchases: Float64Array;
  /** Minor units, paid less given back. */
  readonly spend: Float64Array;
  readonly margin: Float64Array;
}

/**
 * What happened in the days after `from` up to and including `to`, to `customers`; 0 where nothing did.
 *
 * @param customers ids in the order of the answer
 */
export async function realisedBetween(
  compute: Compute,
  days: ValueDays,
  customers: readonly string[],
  from: number,
  to: number,
): Promise<Realised> {
  const read = await compute.table(
    `select customer_id, count(*) filter (lines > 0) as purchases, sum(paid - refunded)::bigint as spend, sum(margin - refunded_margin)::bigint as margin
     from ${days.name} where day > $from and day <= $to group by customer_id order by customer_id`,
    { from, to },
  );
  const index = new Map(customers.map((name, i) => [name, i]));
  const names = textColumn(read, 'customer_id');
  const placed = (name: string) => {
    const { values } = numberColumn(read, name);
    const out = new Float64Array(customers.length);
    for (let i = 0; i < values.length; i++) {
      const at = index.get(names.dictionary[names.codes[i]!]!);
      if (at !== undefined) out[at] = values[i]!;
    }
    return out;
  };
  return { customers, purchases: placed('purchases'), spend: placed('spend'), margin: placed('margin') };
}
