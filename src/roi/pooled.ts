/**
 * What campaigns of this kind bring: a mean over campaigns that differ from each other by more than chance.
 *
 * @see DerSimonian, Laird (1986), Controlled Clinical Trials 7(3); Paule, Mandel (1982), Journal of Research of the NBS 87(5),
 *   for the spread between campaigns
 * @see Hartung, Knapp (2001), Statistics in Medicine 20(24), for the interval; Higgins, Thompson, Spiegelhalter (2009), Journal
 *   of the Royal Statistical Society A 172(1), equation 12, for the next campaign's
 */
import { chiSquareTail, tQuantile } from '#kernels/distributions.ts';

export interface Pooled {
  readonly campaigns: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Standard deviation of true effects between campaigns. */
  readonly between: number;
  /** Chance of campaigns as unlike as these if all had one effect. */
  readonly sameChance: number;
  /** Where the true effect of one more campaign of this kind lies, at 95 %; null for fewer than three. */
  readonly next: readonly [number, number] | null;
}

/**
 * Pools effects a head.
 *
 * @param effects each with its standard error > 0
 * @returns undefined for fewer than two
 */
export function pooled(
  effects: readonly { readonly effect: number; readonly standardError: number }[],
): Pooled | undefined {
  const count = effects.length;
  if (count < 2) return undefined;
  const tau2 = spreadBetween(effects);
  const { mean, weights, squares } = weighed(effects, tau2);
  // Hartung and Knapp's factor; never below one, so that likeness by luck doesn't make the interval short
  const factor = Math.max(1, squares / (count - 1));
  const standardError = Math.sqrt(factor / weights);
  const half = tQuantile(0.975, count - 1) * standardError;
  const nextHalf = count < 3 ? 0 : tQuantile(0.975, count - 2) * Math.sqrt(tau2 + standardError ** 2);
  return {
    campaigns: count,
    ...{ mean, low: mean - half, high: mean + half },
    between: Math.sqrt(tau2),
    sameChance: chiSquareTail(weighed(effects, 0).squares, count - 1),
    next: count < 3 ? null : [mean - nextHalf, mean + nextHalf],
  };
}

type Effects = Parameters<typeof pooled>[0];

function weighed(effects: Effects, tau2: number) {
  let [weights, sum] = [0, 0];
  for (const { effect, standardError } of effects) {
    const weight = 1 / (standardError ** 2 + tau2);
    weights += weight;
    sum += weight * effect;
  }
  const mean = sum / weights;
  const squares = effects.reduce((all, own) => all + (own.effect - mean) ** 2 / (own.standardError ** 2 + tau2), 0);
  return { mean, weights, squares };
}

/** The spread with which effects differ as much as they should: the weighted squares equal their freedom. */
function spreadBetween(effects: Effects): number {
  const freedom = effects.length - 1;
  if (weighed(effects, 0).squares <= freedom) return 0;
  let [low, high] = [0, Math.max(...effects.map(({ standardError }) => standardError ** 2))];
  while (weighed(effects, high).squares > freedom) high *= 2;
  for (let step = 0; step < 100 && high - low > 1e-12 * high; step++) {
    const middle = (low + high) / 2;
    if (weighed(effects, middle).squares > freedom) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
