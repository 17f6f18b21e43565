/**
 * Gauss's hypergeometric function 2F1(a, b; c; z) for real parameters and 0 <= z < 1.
 *
 * All is built on its tail G = (2F1 - 1) c / b, which stays finite where b or c is zero: models divide by both.
 * The tail is summed directly where that ends soon: up to z = 0.95, and where c - a - b is so large that terms fall by
 * themselves. Elsewhere its differential equation is followed towards 1 by Taylor series, each step covering half of
 * what is left, so z near 1 costs some fifty terms a step instead of 1 / (1 - z) terms; parameters beyond 50 would make
 * those series cancel, and are summed directly all the same.
 */

const DIRECT_TO = 0.95;
const TERMS_MAX = 1_000_000;

/**
 * 2F1(a, b; c; z), 0 <= z < 1, c not zero or a negative whole number.
 *
 * Relative error around 1e-12 where a and b are above about -10; beyond, terms of alternating sign cost digits.
 *
 * @see NIST DLMF 15.2.1, 15.10.1
 */
export function hyp2f1(a: number, b: number, c: number, z: number): number {
  return 1 + (b / c) * hyp2f1Tail(a, b, c, z);
}

/**
 * (2F1(a, b; c; z) - 1) c / b = sum over n >= 1 of (a)_n (b+1)_(n-1) / ((c+1)_(n-1) n!) z^n, for c > -1.
 * Also right at b = 0 and c = 0, as a limit.
 */
export function hyp2f1Tail(a: number, b: number, c: number, z: number): number {
  const large = Math.max(Math.abs(a), Math.abs(b), Math.abs(c)) > 50;
  if (z <= DIRECT_TO || large || c - a - b > 4) return summed(a, b, c, z);
  let at = 0.5;
  let value = summed(a, b, c, at);
  let slope = summedSlope(a, b, c, at);
  while (at < z) {
    const step = Math.min(z - at, (1 - at) / 2);
    [value, slope] = moved(a, b, c, at, step, value, slope);
    at = step === z - at ? z : at + step;
  }
  return value;
}

function summed(a: number, b: number, c: number, z: number): number {
  let term = a * z;
  let sum = term;
  for (let n = 1; n < TERMS_MAX; n++) {
    term *= (((a + n) * (b + n)) / ((c + n) * (n + 1))) * z;
    sum += term;
    if (Math.abs(term) <= 1e-17 * Math.abs(sum) && settled(a, b, c, n, z)) break;
  }
  return sum;
}

function summedSlope(a: number, b: number, c: number, z: number): number {
  let term = a;
  let sum = term;
  for (let n = 1; n < TERMS_MAX; n++) {
    term *= (((a + n) * (b + n)) / ((c + n) * n)) * z;
    sum += term;
    if (Math.abs(term) <= 1e-17 * Math.abs(sum) && settled(a, b, c, n, z)) break;
  }
  return sum;
}

/** Whether the terms shrink from here on. */
const settled = (a: number, b: number, c: number, n: number, z: number): boolean =>
  Math.abs((a + n) * (b + n)) * z < Math.abs((c + n) * (n + 1));

/** Value and slope of the tail at `at + step`, from those at `at`, by the Taylor series of the differential equation. */
function moved(a: number, b: number, c: number, at: number, step: number, value: number, slope: number) {
  const lead = at * (1 - at);
  const lean = 1 - 2 * at;
  const pull = c - (a + b + 1) * at;
  // Terms are kept times step^n: the bare coefficients overflow near z = 1.
  let before = value;
  let here = slope * step;
  let sum = before + here;
  let slopes = here;
  for (let n = 0; n < 2000; n++) {
    const source = n === 0 ? a * c : 0;
    const even = step * step * (source + (n + a) * (n + b) * before);
    const next = (even - step * (n + 1) * (lean * n + pull) * here) / (lead * (n + 2) * (n + 1));
    sum += next;
    slopes += next * (n + 2);
    const small = Math.abs(next) + Math.abs(here) <= 1e-17 * Math.abs(sum);
    if (small && (Math.abs(next) + Math.abs(here)) * (n + 2) <= 1e-17 * Math.abs(slopes)) break;
    before = here;
    here = next;
  }
  return [sum, slopes / step] as const;
}
