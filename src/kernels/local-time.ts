/** Calendar and clock of a time zone, by the platform's own zone data; for years 1000 to 9999. */

export const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
      ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
    });
    formats.set(timeZone, format);
  }
  return format;
}

/**
 * What the clock of a zone shows, read as if it were UTC.
 *
 * @param moment epoch ms
 * @param timeZone IANA name
 * @returns epoch ms of the same reading in UTC
 */
export function localMs(moment: number, timeZone: string): number {
  if (timeZone === 'UTC') return moment;
  const text = formatOf(timeZone).format(moment);
  return Date.parse(`${text.slice(0, 10)}T${text.slice(12)}Z`) + (moment - Math.floor(moment / 1000) * 1000);
}

/** Local day of a moment: days since 1970-01-01. */
export const dayNumber = (moment: number, timeZone: string): number => Math.floor(localMs(moment, timeZone) / DAY_MS);

/** The first moment at which the local clock shows `local` or later: also right where clocks jump at midnight. */
export function momentOf(local: number, timeZone: string): number {
  const offsets = [local - DAY_MS, local + DAY_MS].map((near) => localMs(near, timeZone) - near);
  const candidates = offsets.map((offset) => local - offset).filter((moment) => localMs(moment, timeZone) >= local);
  return Math.min(...candidates);
}

/** First millisecond of a local day. */
export const dayStart = (day: number, timeZone: string): number => momentOf(day * DAY_MS, timeZone);

/** Last millisecond of a local day. */
export const dayEnd = (day: number, timeZone: string): number => dayStart(day + 1, timeZone) - 1;
