/** Shares of money in whole numbers: no product is ever rounded before it is divided. */

/** Shares are kept to the millionth. */
const MILLION = 1_000_000;

/** A share (0 to 1) in millionths; what lies between two is taken as the nearer. */
export const millionths = (share: number): number => Math.round(share * MILLION);

/** floor(a * b / c) for whole a, b >= 0 and c > 0, exact up to 2^53 - 1 also where a * b is beyond it. */
export function mulDiv(a: number, b: number, c: number): number {
  const product = a * b;
  if (product <= Number.MAX_SAFE_INTEGER) return (product - (product % c)) / c;
  return Number((BigInt(a) * BigInt(b)) / BigInt(c));
}

/** The same, rounded up. */
export function mulDivUp(a: number, b: number, c: number): number {
  const down = mulDiv(a, b, c);
  const isWhole = BigInt(a) * BigInt(b) === BigInt(down) * BigInt(c);
  return isWhole ? down : down + 1;
}

/** `share` of an amount, rounded down to a whole minor unit. */
export const shareDown = (amountMinor: number, share: number): number =>
  mulDiv(amountMinor, millionths(share), MILLION);

/** `share` of an amount, rounded up. */
export const shareUp = (amountMinor: number, share: number): number =>
  mulDivUp(amountMinor, millionths(share), MILLION);

/**
 * The least price that leaves `floorShare` of it above `costMinor`: ceil(cost / (1 - floorShare)); Infinity where that is
 * beyond 2^53.
 */
export function leastPrice(costMinor: number, floorShare: number): number {
  const least = mulDivUp(costMinor, MILLION, Math.max(1, MILLION - millionths(floorShare)));
  return least <= Number.MAX_SAFE_INTEGER ? least : Number.POSITIVE_INFINITY;
}

/** Cuts `total` by weights; the parts are whole, add up to it, and each is within one unit of its exact share. */
export function splitBy(total: number, weights: readonly number[]): number[] {
  const whole = weights.reduce((sum, own) => sum + own, 0);
  if (whole === 0) return weights.map(() => 0);
  let [weightSoFar, cutSoFar] = [0, 0];
  return weights.map((own) => {
    weightSoFar += own;
    const cut = mulDiv(total, weightSoFar, whole) - cutSoFar;
    cutSoFar += cut;
    return cut;
  });
}
