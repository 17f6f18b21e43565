/** Groups in which an effect is estimated: tier and how long ago the last order was, as of the contact. */

const BANDS = ['0-28', '29-90', '91-365', '366+', 'never'] as const;
export type Band = (typeof BANDS)[number];

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

export const stratumOf = (tier: string | null, band: Band): string => `${tier ?? '?'} / ${band}`;
