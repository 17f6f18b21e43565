/** Laws that statistics is read off: normal, Student, chi-square. */
import { betaCdf, lgamma, normalTail } from './special.ts';

/** P(Z <= z) of a standard normal Z. */
export const normalCdf = (z: number): number => (z > 0 ? 1 - normalTail(z) : normalTail(-z));

/** Density of a standard normal at z. */
export const normalDensity = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

/**
 * The z with P(Z <= z) = `share`, 0 < share < 1; by Newton steps from a logistic guess, to 1e-12 of its size.
 * -Infinity at 0 and Infinity at 1.
 */
export function normalQuantile(share: number): number {
  if (share <= 0) return Number.NEGATIVE_INFINITY;
  if (share >= 1) return Number.POSITIVE_INFINITY;
  if (share > 0.5) return -normalQuantile(1 - share);
  // by log-tail, in which the normal is nearly a parabola: Newton converges from either side
  let z = share < 0.02 ? -Math.sqrt(-2 * Math.log(share)) : Math.log(share / (1 - share)) / 1.702;
  for (let step = 0; step < 60; step++) {
    const tail = normalTail(-z);
    const move = (Math.log(tail / share) * tail) / normalDensity(z);
    z -= move;
    if (Math.abs(move) <= 1e-14 * Math.max(1, Math.abs(z))) break;
  }
  return z;
}

/** Chance that |T| is at least |t|, T Student with `freedom` degrees. */
export const tTwoSided = (t: number, freedom: number): number => betaCdf(freedom / 2, 0.5, freedom / (freedom + t * t));

/** The t with P(T <= t) = `share`, for share above 0.5; by halving, to 1e-13. */
export function tQuantile(share: number, freedom: number): number {
  let [low, high] = [0, 2];
  const tail = 2 * (1 - share);
  while (tTwoSided(high, freedom) > tail) high *= 2;
  while (high - low > 1e-13 * high) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (tTwoSided(middle, freedom) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * P(X >= x) of a chi-square X with `freedom` degrees, x >= 0: the regularised upper incomplete gamma function.
 *
 * @see NIST DLMF 8.7.1 (series) and 8.9.2 (continued fraction)
 */
export function chiSquareTail(x: number, freedom: number): number {
  const a = freedom / 2;
  const y = x / 2;
  if (y <= 0) return 1;
  const front = Math.exp(a * Math.log(y) - y - lgamma(a));
  if (y < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let k = 1; term > 1e-17 * sum && k < 10_000; k++) {
      term *= y / (a + k);
      sum += term;
    }
    return 1 - front * sum;
  }
  const tiny = 1e-300;
  let b = y + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let value = d;
  for (let k = 1; k < 10_000; k++) {
    const an = -k * (k - a);
    b += 2;
    d = an * d + b;
    d = 1 / (Math.abs(d) < tiny ? tiny : d);
    c = b + an / c;
    if (Math.abs(c) < tiny) c = tiny;
    const step = d * c;
    value *= step;
    if (Math.abs(step - 1) < 1e-16) break;
  }
  return front * value;
}
