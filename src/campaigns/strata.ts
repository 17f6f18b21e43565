/** Groups in which an effect is estimated: tier, how long ago the last order was, and use of coupons, as of the contact. */

const BANDS = ['0-28', '29-90', '91-365', '366+', 'never'] as const;
export type Band = (typeof BANDS)[number];

/** Of a customer's orders so far none, fewer than a third, or more used a coupon. */
const HABITS = ['no coupons', 'some coupons', 'coupons'] as const;
export type Habit = (typeof HABITS)[number];

/** Band of days since the last order; null: no order yet. */
export function bandOf(recencyDays: number | null): Band {
  if (recencyDays === null) return 'never';
  if (recencyDays <= 28) return '0-28';
  if (recencyDays <= 90) return '29-90';
  return recencyDays <= 365 ? '91-365' : '366+';
}

/** SQL of the same over an expression of days. */
export const bandSql = (days: string): string =>
  `case when ${days} is null then 'never' when ${days} <= 28 then '0-28' when ${days} <= 90 then '29-90'
    when ${days} <= 365 then '91-365' else '366+' end`;

/** SQL of a Habit over expressions of counts; null counts are none. */
export const habitSql = (couponOrders: string, orders: string): string =>
  `case when coalesce(${couponOrders}, 0) = 0 then 'no coupons' when 3 * ${couponOrders} < ${orders} then 'some coupons'
    else 'coupons' end`;

/** What a customer's group shares with others: a part of its name each. */
export const traitsOf = (tier: string | null, band: Band, habit: Habit): string[] => [tier ?? '?', band, habit];

export const stratumOf = (traits: readonly string[]): string => traits.join(' / ');
