/**
 * Calibration: the list's mix of categories should resemble the customer's own. What is gained is the fall of
 * KL(p || q), p the customer's mix and q that of the list, smoothed to (1 - alpha) q + alpha p so that it is never 0.
 *
 * @see Steck (2018), Calibrated Recommendations, RecSys, equations 1 to 5, alpha .01
 */
import type { Aim } from './aim.ts';

const ALPHA = 0.01;

/**
 * KL divergence of a list from the mix it should have, >= 0 up to rounding.
 *
 * @param mix [categories] adding up to 1
 * @param counts [categories] items of the list; none at all counts as a list of nothing
 */
export function mixDivergence(mix: Float64Array, counts: ArrayLike<number>): number {
  let all = 0;
  for (let g = 0; g < mix.length; g++) all += counts[g]!;
  let sum = 0;
  for (let g = 0; g < mix.length; g++) sum += termOf(mix[g]!, counts[g]!, all);
  return sum;
}

const termOf = (p: number, count: number, all: number): number =>
  p === 0 ? 0 : p * Math.log(p / ((1 - ALPHA) * (all === 0 ? 0 : count / all) + ALPHA * p));

/**
 * @param category [count] category of each candidate, -1 for none (it counts in the length of the list alone)
 * @param mix [categories] the customer's own, adding up to 1; all 0 where nothing is known: then nothing is gained
 */
export function calibrationAim(category: Int32Array, mix: Float64Array): Aim {
  const counts = new Float64Array(mix.length);
  const known = mix.some((share) => share > 0);
  let all = 0;
  let now = known ? mixDivergence(mix, counts) : 0;
  /** Divergence after adding one of no known category, and by how much each category would better it. */
  let other = 0;
  const better = new Float64Array(mix.length);
  const look = () => {
    other = 0;
    for (let g = 0; g < mix.length; g++) {
      const term = termOf(mix[g]!, counts[g]!, all + 1);
      better[g] = term - termOf(mix[g]!, counts[g]! + 1, all + 1);
      other += term;
    }
  };
  if (known) look();
  return {
    gain: (at) => (known ? now - other + (category[at]! < 0 ? 0 : better[category[at]!]!) : 0),
    add(at) {
      if (!known) return;
      all++;
      const own = category[at]!;
      now = other - (own < 0 ? 0 : better[own]!);
      if (own >= 0) counts[own]!++;
      look();
    },
  };
}
