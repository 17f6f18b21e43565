/**
 * How sure a value is. Value is an expectation; the rate at which the customer buys, what an order leaves and whether
 * they still come are only known as far as their orders tell. The doubt is about these, not about the luck of the next
 * orders: a move asks what the customer is worth, not what they will happen to spend.
 */
import { normalTail } from '#kernels/special.ts';
import type { CustomerValues } from '#value/index.ts';

/** Columns [customers], as single-precision numbers: so they are stored. */
export interface Doubt {
  /** Chance that the customer still buys. */
  readonly alive: Float64Array;
  /** Standard deviation over mean of what they are worth while they do. */
  readonly spread: Float64Array;
}

/**
 * The doubt that BG/NBD and Gamma-Gamma leave after a customer's orders. While alive, the rate is Gamma(r + x) after x
 * repeats and the mean order inverse gamma of shape p n + q after n orders (Fader, Hardie and Lee 2005; Fader and Hardie
 * 2013, equation 5 and its posterior); the two are independent, so 1 + spread² is the product of both. Left out: the doubt
 * of the fit itself, and that a high rate brings leaving nearer within the horizon.
 */
export function doubtOf({ standing: { orders }, forecast: { alive, parameters } }: CustomerValues): Doubt {
  const { r = 0, p = 0, q = 0 } = parameters;
  return {
    alive: alive.map(Math.fround),
    spread: orders.map((n) => {
      const rate = 1 / Math.max(0.05, r + n - 1);
      const order = 1 / Math.max(1, p * n + q - 2);
      return Math.fround(Math.sqrt((1 + rate) * (1 + order) - 1));
    }),
  };
}

/**
 * Chance that a customer is worth more than `cut`: nothing with chance 1 - alive, else a lognormal amount whose mean is
 * value / alive and whose standard deviation is `spread` of it. The lognormal stands in for a product of a gamma and an
 * inverse gamma variate with the same mean and variance.
 *
 * @param value expected, minor units; below zero the amount is a loss
 */
export function chanceAbove(value: number, alive: number, spread: number, cut: number): number {
  if (value <= 0) {
    if (cut >= 0) return 0;
    return value === 0 ? 1 : 1 - chanceAbove(-value, alive, spread, -cut);
  }
  if (cut < 0) return 1;
  if (alive <= 0) return 0;
  if (cut === 0) return alive;
  if (spread <= 0) return value > cut * alive ? alive : 0;
  const variance = Math.log1p(spread * spread);
  return alive * normalTail((Math.log((cut * alive) / value) + variance / 2) / Math.sqrt(variance));
}
