/** Popular products of each tier, best first. */
import type { Compute } from '#engines/index.ts';
import { numberColumn } from '#table/index.ts';

export interface Popular {
  readonly tiers: number;
  /** [tiers + 1] each: products best first; the last list is of the whole shop */
  readonly orders: readonly Int32Array[];
  /** [tiers + 1] each [products]: share of the tier's customers that bought it lately, shrunk to the shop's */
  readonly shares: readonly Float64Array[];
}

const PRIOR_CUSTOMERS = 50;

/**
 * Counts distinct customers of each tier and product over the last `days` before `today` (over all days, where nobody
 * bought anything lately). Products that nobody bought come last.
 */
export async function readPopular(
  compute: Compute,
  { sellable, today, days }: { sellable: Uint8Array; today: number; days: number },
): Promise<Popular> {
  const [tiers] = await compute.rows<{ n: number }>(
    'select coalesce(max(tier_index), -1)::integer + 1 n from recommend_tmp_customer',
  );
  const rows = await compute.table(
    `with lately as (select * from recommend_tmp_day where "day" > ${today - days}),
    used as (from lately union all from recommend_tmp_day where not exists (from lately))
    select c.tier_index tier, d.product, count(distinct d.customer)::integer n
    from used d join recommend_tmp_customer c on c.code = d.customer group by 1, 2 order by 1, 2`,
  );
  const members = await compute.table(
    `select c.tier_index tier, count(*)::integer n from recommend_tmp_customer c
    where exists (from recommend_tmp_day d where d.customer = c.code) group by 1 order by 1`,
  );
  return popularOf({
    tiers: tiers!.n,
    sellable,
    tier: numberColumn(rows, 'tier').values,
    product: numberColumn(rows, 'product').values,
    customers: numberColumn(rows, 'n').values,
    memberTier: numberColumn(members, 'tier').values,
    memberCount: numberColumn(members, 'n').values,
  });
}

export interface Counted {
  readonly tiers: number;
  readonly sellable: Uint8Array;
  /** [rows] tier (-1 for customers without one), product and customers */
  readonly tier: Float64Array;
  readonly product: Float64Array;
  readonly customers: Float64Array;
  /** [rows] buyers of each tier */
  readonly memberTier: Float64Array;
  readonly memberCount: Float64Array;
}

/** The lists from counts. */
function popularOf(counted: Counted): Popular {
  const { tiers, sellable } = counted;
  const products = sellable.length;
  const counts = Array.from({ length: tiers + 1 }, () => new Float64Array(products));
  const whole = counts[tiers]!;
  for (let r = 0; r < counted.product.length; r++) {
    const product = counted.product[r]!;
    whole[product]! += counted.customers[r]!;
    const tier = counted.tier[r]!;
    if (tier >= 0) counts[tier]![product]! += counted.customers[r]!;
  }
  const members = new Float64Array(tiers + 1);
  for (let r = 0; r < counted.memberTier.length; r++) {
    members[tiers]! += counted.memberCount[r]!;
    if (counted.memberTier[r]! >= 0) members[counted.memberTier[r]!]! += counted.memberCount[r]!;
  }
  const all = Math.max(members[tiers]!, 1);
  const shares = counts.map((own, t) =>
    own.map((count, p) => (count + (PRIOR_CUSTOMERS * whole[p]!) / all) / (members[t]! + PRIOR_CUSTOMERS)),
  );
  const orders = shares.map((share) => {
    const order: number[] = [];
    for (let p = 0; p < products; p++) if (sellable[p] === 1) order.push(p);
    return Int32Array.from(order.sort((a, b) => share[b]! - share[a]! || a - b));
  });
  return { tiers, orders, shares };
}
