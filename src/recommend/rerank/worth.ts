/** What a product is worth showing, beside how likely it is bought. */

/**
 * Factor for a product that is new: 1 + boost x 0.5^(age / halfLife).
 *
 * @param ageDays days since it went on sale or was first sold; NaN where not known: no boost
 */
export const freshness = (ageDays: number, { boost, halfLifeDays }: { boost: number; halfLifeDays: number }): number =>
  Number.isNaN(ageDays) ? 1 : 1 + boost * 0.5 ** (Math.max(0, ageDays) / halfLifeDays);

/**
 * Factor for what one unit earns: (1 - weight) + weight x margin / usual. With weight 1, chance times the factor is the
 * expected margin in units of the usual one.
 *
 * @param marginMinor of one unit; NaN where the cost is not known: the factor is 1; a loss counts as nothing earned
 * @param usualMinor median margin of the shop's products, > 0
 * @param weight 0 to 1
 */
export const marginFactor = (marginMinor: number, usualMinor: number, weight: number): number =>
  weight === 0 || Number.isNaN(marginMinor) ? 1 : 1 - weight + (weight * Math.max(0, marginMinor)) / usualMinor;
