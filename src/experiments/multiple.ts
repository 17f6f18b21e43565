/** Several questions at once: chances of being wrong that hold for all of them. */

/**
 * Holm's adjusted p-values: the chance of any false claim among all stays below alpha for those below alpha.
 *
 * @see Holm (1979), Scandinavian Journal of Statistics 6(2)
 */
export function holm(pValues: readonly number[]): number[] {
  const order = [...pValues.keys()].sort((a, b) => pValues[a]! - pValues[b]! || a - b);
  const out = new Array<number>(pValues.length).fill(1);
  let most = 0;
  for (const [rank, i] of order.entries()) {
    most = Math.max(most, Math.min(1, (pValues.length - rank) * pValues[i]!));
    out[i] = most;
  }
  return out;
}

/**
 * Benjamini and Hochberg's adjusted p-values: of the claims below alpha a share of alpha is expected to be false at most.
 *
 * @see Benjamini, Hochberg (1995), Journal of the Royal Statistical Society B 57(1)
 */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  const order = [...pValues.keys()].sort((a, b) => pValues[b]! - pValues[a]! || b - a);
  const out = new Array<number>(pValues.length).fill(1);
  let least = 1;
  for (const [rank, i] of order.entries()) {
    least = Math.min(least, (pValues[i]! * pValues.length) / (pValues.length - rank));
    out[i] = least;
  }
  return out;
}
