/**
 * What of one file is learned from and what is to be found. Cut at one moment for all (the newest rows are to be found: the
 * case of a shop, which knows no row of its future), or the last row of each user (which knows what others did later).
 */
import { known } from '#errors.ts';
import { DAY_MS } from '#kernels/local-time.ts';

export type Split =
  /** The rows from a moment on: a date (UTC), or a number in the unit of a numeric time column. */
  | { readonly kind: 'time'; readonly from: string }
  /** The newest `share` of the rows; rows of one moment stay together. */
  | { readonly kind: 'time'; readonly share: number }
  | { readonly kind: 'leave-one-out' };

export const SPLIT_FORMS =
  'time, time:0.2 (the newest fifth of the rows), time:2024-06-30 (that day on), or leave-one-out';

/** Share of the rows that is to be found where none is said. */
const SHARE = 0.2;

/**
 * Reads `time`, `time:SHARE`, `time:DATE`, `time:NUMBER` or `leave-one-out`.
 *
 * @throws USAGE
 */
export function parseSplit(text: string): Split {
  if (text === 'leave-one-out') return { kind: 'leave-one-out' };
  const [, given] = /^time(?::(.+))?$/.exec(text) ?? [];
  if (text === 'time') return { kind: 'time', share: SHARE };
  const number = Number(given ?? Number.NaN);
  if (number > 0 && number < 1) return { kind: 'time', share: number };
  if (given !== undefined && (Number.isFinite(number) || isDay(given))) return { kind: 'time', from: given };
  throw known('USAGE', { what: `--split is "${text}"`, expected: SPLIT_FORMS });
}

const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(Date.parse(`${text}T00:00Z`)).toJSON()?.slice(0, 10) === text;

/** SQL of a numeric time as days: from 1e11 on it is milliseconds, from 1e8 on seconds, else days. */
export const daysOfNumber = (name: string): string =>
  `(case when abs(${name}) >= 1e11 then ${name} / ${DAY_MS}.0 when abs(${name}) >= 1e8 then ${name} / 86400.0 else ${name} end)::double`;

/**
 * SQL that is true of the rows to be found; of a table with user u, days d and place n.
 *
 * @param isNumber the time column holds numbers
 */
export function foundSql(split: Split, table: string, isNumber: boolean): string {
  if (split.kind === 'leave-one-out')
    return `n in (select max_by(n, (d, n)) from ${table} group by u having count(*) > 1)`;
  if ('share' in split)
    return `d >= (select min(d) from (select d, row_number() over (order by d desc) as place, count(*) over () as rows from ${table})
      where place <= greatest(1, round(${split.share} * rows)))`;
  const number = Number(split.from);
  if (isNumber !== Number.isFinite(number))
    throw known('USAGE', {
      what: `--split is "time:${split.from}", and the time column holds ${isNumber ? 'numbers' : 'dates'}`,
      expected: isNumber ? 'a number of the same unit, or a share of the rows' : SPLIT_FORMS,
    });
  return `d >= ${isNumber ? daysOfNumber(`(${number})`) : Date.parse(`${split.from}T00:00Z`) / DAY_MS}`;
}

/** How what is judged was cut off. */
export interface SplitReport {
  /** given: two files. */
  readonly kind: 'given' | 'time' | 'leave-one-out';
  /** Of a cut by time: the first moment that is to be found, as a date and time, or as days where times are numbers. */
  readonly from?: string;
}
