/** How much each source of likeness counts, and how much likeness counts beside behaviour. */
import { lbfgs } from '#kernels/optimise.ts';

/**
 * Share of an item's score that its own interactions may speak for: n / (n + prior).
 *
 * @param count interactions of the item, >= 0
 * @param prior interactions at which behaviour and content weigh the same, > 0
 */
export const behaviourShare = (count: number, prior: number): number => count / (count + prior);

export interface GatePairs {
  /** [pairs x sources] score of what was taken less score of what was not, by each source */
  readonly gaps: Float64Array;
  readonly sources: number;
}

/**
 * Gates by which what was taken scores above what was not: the likelihood of pairs under a logistic of the gated gap,
 * each source first divided by the spread of its gaps, gates held at zero or above and drawn towards equal ones.
 *
 * @param pull strength of the draw, in pairs; default 10
 * @returns [sources] adding up to one; equal ones where there are no pairs. A source without any signal gets 0.
 * @see Rendle et al. (2009), BPR, UAI, equation 2, for the likelihood of pairs
 */
export function learnGates({ gaps, sources }: GatePairs, { pull = 10 }: { readonly pull?: number } = {}): number[] {
  const pairs = sources === 0 ? 0 : gaps.length / sources;
  const spread = Array.from({ length: sources }, (_, s) => {
    let sum = 0;
    for (let p = 0; p < pairs; p++) sum += gaps[p * sources + s]! ** 2;
    return Math.sqrt(sum / Math.max(pairs, 1));
  });
  const usable = spread.map((value) => value > 1e-12);
  if (pairs === 0 || !usable.includes(true)) return spread.map(() => 1 / sources);
  // a gate is the square of its variable: never below zero, and smooth
  const loss = (roots: Float64Array, slope: Float64Array): number => {
    let value = 0;
    slope.fill(0);
    const gates = roots.map((root) => root * root);
    for (let p = 0; p < pairs; p++) {
      let gap = 0;
      for (let s = 0; s < sources; s++) if (usable[s]) gap += (gates[s]! * gaps[p * sources + s]!) / spread[s]!;
      value += Math.max(-gap, 0) + Math.log1p(Math.exp(-Math.abs(gap)));
      const by = -1 / (1 + Math.exp(gap));
      for (let s = 0; s < sources; s++)
        if (usable[s]) slope[s]! += (by * gaps[p * sources + s]! * 2 * roots[s]!) / spread[s]!;
    }
    for (let s = 0; s < sources; s++) {
      value += 0.5 * pull * (gates[s]! - 0.5) ** 2;
      slope[s]! += pull * (gates[s]! - 0.5) * 2 * roots[s]!;
    }
    return value;
  };
  const { at } = lbfgs(loss, new Float64Array(sources).fill(Math.SQRT1_2), { tolerance: 1e-6, iterationsMax: 200 });
  const raw = Array.from(at, (root, s) => (usable[s] ? (root * root) / spread[s]! : 0));
  const sum = raw.reduce((a, b) => a + b, 0);
  return sum > 0 ? raw.map((gate) => gate / sum) : raw.map(() => 1 / sources);
}
