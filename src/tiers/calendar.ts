/** Horizons and moments of judgement. */
import { dayNumber } from '#events/index.ts';

const DAY_MS = 86_400_000;

/**
 * Days ahead that value and tiers speak of: a quarter of what the data span, 182 at most, 1 at least. Two horizons are
 * needed to train and judge, and features want some history before.
 *
 * @param spanDays days from the first order to the last, both included
 */
export const chooseHorizon = (spanDays: number): number => Math.max(1, Math.min(182, Math.floor(spanDays / 4)));

/** The last millisecond of a local day. */
export function endOfDay(day: number, timeZone: string): number {
  let low = day * DAY_MS - DAY_MS;
  let high = (day + 2) * DAY_MS + DAY_MS;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (dayNumber(middle, timeZone) > day) high = middle;
    else low = middle;
  }
  return low;
}
