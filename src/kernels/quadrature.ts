/** Numerical integration. */

export interface Quadrature {
  /** Points in (0, 1), rising. */
  readonly points: Float64Array;
  /** Positive, with sum 1. */
  readonly weights: Float64Array;
}

/**
 * The Gauss-Legendre rule of `count` points on [0, 1]: exact for polynomials of degree below 2 x count.
 *
 * @see Press et al. (2007), Numerical Recipes, 4.6: Newton's method on the Legendre recurrence
 */
export function gaussLegendre(count: number): Quadrature {
  const points = new Float64Array(count);
  const weights = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let x = Math.cos((Math.PI * (count - i - 0.25)) / (count + 0.5));
    let slope = 1;
    for (let round = 0; round < 100; round++) {
      let value = 1;
      let before = 0;
      for (let k = 1; k <= count; k++) [value, before] = [((2 * k - 1) * x * value - (k - 1) * before) / k, value];
      slope = (count * (x * value - before)) / (x * x - 1);
      const step = value / slope;
      x -= step;
      if (Math.abs(step) < 1e-16) break;
    }
    points[i] = (1 + x) / 2;
    weights[i] = 1 / ((1 - x * x) * slope * slope);
  }
  return { points, weights };
}
