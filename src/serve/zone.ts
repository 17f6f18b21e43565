/** Moments of the shop's local calendar. */
const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function format(timeZone: string): Intl.DateTimeFormat {
  let found = formats.get(timeZone);
  if (found === undefined) {
    found = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(timeZone, found);
  }
  return found;
}

/** Local clock time of a moment, as if it were UTC: epoch ms of the same calendar reading. */
function localMs(moment: number, timeZone: string): number {
  const parts = Object.fromEntries(
    format(timeZone)
      .formatToParts(moment)
      .map((p) => [p.type, p.value]),
  );
  const seconds = Date.UTC(
    Number(parts.year),
    Number(parts.month) - 1,
    Number(parts.day),
    Number(parts.hour),
    Number(parts.minute),
    Number(parts.second),
  );
  return seconds + (((moment % 1000) + 1000) % 1000);
}

/** The first moment at which the local clock shows `local` or later: also right where clocks jump at midnight. */
export function momentOf(local: number, timeZone: string): number {
  const offsets = [local - DAY_MS, local + DAY_MS].map((near) => localMs(near, timeZone) - near);
  const candidates = offsets.map((offset) => local - offset).filter((moment) => localMs(moment, timeZone) >= local);
  return Math.min(...candidates);
}

/** The moment at which local day `day` (days since 1970-01-01) begins. */
export const dayStart = (day: number, timeZone: string): number => momentOf(day * DAY_MS, timeZone);

/** Local month of a moment: year * 12 + month from 0. */
export function monthOf(moment: number, timeZone: string): number {
  const local = new Date(localMs(moment, timeZone));
  return local.getUTCFullYear() * 12 + local.getUTCMonth();
}

/** `2024-06-30 23:59:59` in the shop's zone. */
export const localText = (moment: number, timeZone: string): string =>
  new Date(localMs(moment, timeZone)).toISOString().slice(0, 19).replace('T', ' ');
