/** Local day, hour and weekday of single moments, straight from the platform's zone data. */

const FORMATS = new Map<string, Intl.DateTimeFormat>();

/** Day number (since 1970-01-01) and hour of a moment in `timeZone`. */
export function localTime(moment: number, timeZone: string): { day: number; hour: number } {
  let format = FORMATS.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      hourCycle: 'h23',
    });
    FORMATS.set(timeZone, format);
  }
  const text = format.format(moment);
  return { day: Date.parse(`${text.slice(0, 10)}T00:00:00Z`) / 86_400_000, hour: Number(text.slice(12, 14)) };
}

/** Day number (since 1970-01-01) of a moment in `timeZone`. */
export const localDay = (moment: number, timeZone: string): number => localTime(moment, timeZone).day;
