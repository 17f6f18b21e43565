/** Days in the shop's own zone. */
import { literal } from '#engines/index.ts';

/**
 * SQL for the day number (days since 1970-01-01 in `timeZone`, INTEGER) of a column of epoch milliseconds.
 *
 * @param column SQL expression of epoch milliseconds UTC
 * @param timeZone IANA zone, checked before
 */
export const dayOf = (column: string, timeZone: string): string =>
  timeZone === 'UTC'
    ? `cast(floor((${column}) / 86400000) as integer)`
    : `(timezone(${literal(timeZone)}, to_timestamp((${column}) / 1000.0))::date - date '1970-01-01')::integer`;

/** The day number of one moment in `timeZone`; the same answer as `dayOf` in SQL. */
export function dayNumber(moment: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(moment);
  return Date.parse(`${parts}T00:00:00Z`) / 86_400_000;
}
