/** A ratio of two sums over customers, with how sure it is: what one customer does at several moments hangs together. */

export interface Ratio {
  readonly value: number;
  /** Ends of the 95 % interval, within these customers and times; null where fewer than two customers count. */
  readonly low: number | null;
  readonly high: number | null;
}

const Z95 = 1.959963984540054;

/**
 * Sum of `above` over sum of `below`, customers being the units that were drawn: the variance of a ratio by linearisation
 * (Cochran 1977, Sampling Techniques, section 6.5), with a normal interval cut off at 0 and at `most`.
 *
 * @param above [customers] of each customer, all their moments together
 * @param below [customers] at least 0; null comes back where all are 0
 */
export function ratioOf(above: Float64Array, below: Float64Array, most = Number.POSITIVE_INFINITY): Ratio | null {
  let [top, bottom, units] = [0, 0, 0];
  for (let c = 0; c < below.length; c++) {
    top += above[c]!;
    bottom += below[c]!;
    if (below[c]! > 0) units++;
  }
  if (bottom === 0) return null;
  const value = top / bottom;
  if (units < 2) return { value, low: null, high: null };
  let squares = 0;
  for (let c = 0; c < below.length; c++) squares += (above[c]! - value * below[c]!) ** 2;
  const half = (Z95 * Math.sqrt((squares * units) / (units - 1))) / bottom;
  return { value, low: Math.max(0, value - half), high: Math.min(most, value + half) };
}
