/** Windows of conditions as moments, in the shop's local days. */
import { DAY_MS, dayEnd, dayNumber, dayStart } from '#kernels/local-time.ts';
import type { Span, Within } from './condition.ts';

/** The moment as of which a condition is asked, and the shop's clock. */
export interface Moment {
  /** Epoch ms; nothing later is seen. */
  readonly asOf: number;
  readonly timeZone: string;
}

/** Days since 1970-01-01 of `YYYY-MM-DD`; undefined when it is no day from 1970 to 2199. */
export function dayOfText(text: string): number | undefined {
  if (!/^(19[7-9]|20\d|21\d)\d-\d\d-\d\d$/.test(text)) return undefined;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text) ? ms / DAY_MS : undefined;
}

/** First and last millisecond of a window, both included; the last is never after the moment. */
export function rangeOf(within: Within | undefined, { asOf, timeZone }: Moment): { from: number; to: number } {
  const always = -8_640_000_000_000_000;
  if (within === undefined) return { from: always, to: asOf };
  if ('days' in within) return { from: dayStart(dayNumber(asOf, timeZone) - within.days + 1, timeZone), to: asOf };
  const { from, to } = within;
  return {
    from: from === undefined ? always : dayStart(dayOfText(from)!, timeZone),
    to: to === undefined ? asOf : Math.min(asOf, dayEnd(dayOfText(to)!, timeZone)),
  };
}

/** The moments that lie at least and at most so many local days ago. */
export function agoOf(
  { atLeastDaysAgo, atMostDaysAgo }: { atLeastDaysAgo?: number | undefined; atMostDaysAgo?: number | undefined },
  { asOf, timeZone }: Moment,
): { from: number; to: number } {
  const today = dayNumber(asOf, timeZone);
  return {
    from:
      atMostDaysAgo === undefined
        ? rangeOf(undefined, { asOf, timeZone }).from
        : dayStart(today - atMostDaysAgo, timeZone),
    to: atLeastDaysAgo === undefined ? asOf : Math.min(asOf, dayEnd(today - atLeastDaysAgo, timeZone)),
  };
}

export const spanMs = (span: Span): number => ('days' in span ? span.days * DAY_MS : span.hours * 3_600_000);
