import { lgamma } from '#kernels/special.ts';

/**
 * Chance that a Gamma(shape, rate 1) variate is at least `x`: the regularised upper incomplete gamma function, shape > 0.
 * Relative error below 1e-12 where the answer is above 1e-12.
 *
 * @see NIST DLMF 8.7.1 (series, x < shape + 1) and 8.9.2 (continued fraction by Lentz's method, otherwise)
 */
export function gammaTail(shape: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(shape * Math.log(x) - x - lgamma(shape));
  if (x < shape + 1) {
    let term = 1 / shape;
    let sum = term;
    for (let n = 1; n < 2000 && term > sum * 1e-16; n++) {
      term *= x / (shape + n);
      sum += term;
    }
    return Math.max(0, 1 - front * sum);
  }
  let b = x + 1 - shape;
  let c = 1e300;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < 2000; n++) {
    const a = -n * (n - shape);
    b += 2;
    d = 1 / (a * d + b);
    c = b + a / c;
    const step = c * d;
    value *= step;
    if (Math.abs(step - 1) < 1e-15) break;
  }
  return front * value;
}
