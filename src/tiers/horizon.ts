/**
 * Days ahead that value and tiers speak of: a quarter of what the data span, 182 at most, 1 at least. Two horizons are
 * needed to train and judge, and features want some history before.
 *
 * @param spanDays days from the first order to the last, both included
 */
export const chooseHorizon = (spanDays: number): number => Math.max(1, Math.min(182, Math.floor(spanDays / 4)));
