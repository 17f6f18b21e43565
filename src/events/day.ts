/** Days in the shop's own zone. */
import { literal } from '#engines/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';

/**
 * SQL for the day number (days since 1970-01-01 in `timeZone`, INTEGER) of a column of epoch milliseconds; `dayNumber` of
 * #kernels/local-time.ts says the same of one moment.
 *
 * @param column SQL expression of epoch milliseconds UTC
 * @param timeZone IANA zone, checked before
 */
export const dayOf = (column: string, timeZone: string): string =>
  timeZone === 'UTC'
    ? `cast(floor((${column}) / ${DAY_MS}) as integer)`
    : `(timezone(${literal(timeZone)}, to_timestamp((${column}) / 1000.0))::date - date '1970-01-01')::integer`;
