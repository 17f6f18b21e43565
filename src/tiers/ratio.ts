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

/** Two sums over the same customers, of which a ratio is made. */
export interface Sums {
  /** [customers] */
  readonly above: Float64Array;
  /** [customers] at least 0 */
  readonly below: Float64Array;
}

/**
 * The first ratio less the second, with the 95 % interval of the difference: what a customer does to both is taken off
 * first, so it is narrower than the two intervals say (linearisation as in `ratioOf`). Null where either is.
 */
export function differenceOf(first: Sums, second: Sums): Ratio | null {
  const [one, other] = [ratioOf(first.above, first.below), ratioOf(second.above, second.below)];
  if (one === null || other === null) return null;
  const value = one.value - other.value;
  const [bottom, otherBottom] = [first, second].map(({ below }) => below.reduce((a, b) => a + b, 0)) as [
    number,
    number,
  ];
  let [units, squares] = [0, 0];
  for (let c = 0; c < first.below.length; c++) {
    if (first.below[c]! === 0 && second.below[c]! === 0) continue;
    const own = (first.above[c]! - one.value * first.below[c]!) / bottom;
    squares += (own - (second.above[c]! - other.value * second.below[c]!) / otherBottom) ** 2;
    units++;
  }
  if (units < 2) return { value, low: null, high: null };
  const half = Z95 * Math.sqrt((squares * units) / (units - 1));
  return { value, low: value - half, high: value + half };
}

/** A share of independent cases with its 95 % interval (Wilson 1927, JASA 22); null where there are none. */
export function shareOf(share: number, cases: number): Ratio | null {
  if (cases === 0) return null;
  const weight = Z95 ** 2 / cases;
  const middle = (share + weight / 2) / (1 + weight);
  const half = (Z95 * Math.sqrt((share * (1 - share)) / cases + weight / (4 * cases))) / (1 + weight);
  return { value: share, low: middle - half, high: middle + half };
}
