/** Hours of the customer's own clock in which nothing goes out, over midnight and over days on which clocks change. */
import { DAY_MS, localMs } from '#kernels/local-time.ts';

const MINUTE_MS = 60_000;

/** Minutes of the local day, 0 to 1439: quiet from `from` on, up to but without `to`; over midnight where to < from. */
export interface QuietHours {
  readonly from: number;
  readonly to: number;
}

const minuteOf = (local: number): number => Math.floor((((local % DAY_MS) + DAY_MS) % DAY_MS) / MINUTE_MS);

const isWithin = (minute: number, { from, to }: QuietHours): boolean =>
  from <= to ? minute >= from && minute < to : minute >= from || minute < to;

/** Whether the customer's clock stands in the quiet hours. Equal ends: never. */
export const isQuiet = (moment: number, timeZone: string, quiet: QuietHours): boolean =>
  isWithin(minuteOf(localMs(moment, timeZone)), quiet);

/**
 * The first moment at or after `moment` at which the customer's clock is outside the quiet hours. Where clocks jump over
 * the end, it is the moment after the jump; where an hour comes twice and lies in the quiet hours, it is quiet twice.
 */
export function nextAllowed(moment: number, timeZone: string, quiet: QuietHours): number {
  if (!isQuiet(moment, timeZone, quiet)) return moment;
  const local = localMs(moment, timeZone);
  const midnight = local - (((local % DAY_MS) + DAY_MS) % DAY_MS);
  const end = midnight + quiet.to * MINUTE_MS + (minuteOf(local) >= quiet.to ? DAY_MS : 0);
  const straight = moment + (end - local);
  if (localMs(straight, timeZone) === end) return straight;
  // clocks change in between, on two nights of a year: minute by minute
  let at = moment;
  while (isQuiet(at, timeZone, quiet)) at = nextMinute(at);
  return at;
}

/** The next whole minute: clocks change, days end and quiet hours begin at one in every zone of today. */
export const nextMinute = (moment: number): number => Math.floor(moment / MINUTE_MS) * MINUTE_MS + MINUTE_MS;

/** Minutes of "22:30"; undefined where it is no time of the day. */
export function minutesOf(text: string): number | undefined {
  const found = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  return found === null ? undefined : Number(found[1]) * 60 + Number(found[2]);
}
