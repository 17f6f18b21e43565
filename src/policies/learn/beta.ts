/** Chances of a reward that are the same in every context: successes and failures of each arm. */
import { betaCdf, lbeta } from '#kernels/special.ts';
import type { Belief, Believed, Shape } from './belief.ts';
import { shapeOf } from './shape.ts';

export interface BetaBeliefParams {
  /** Successes and failures that count as seen before any row, above 0. */
  readonly successes: number;
  readonly failures: number;
}

const good = (count: number): boolean => count >= 0.01 && Number.isFinite(count);

export const betaBelief: Belief<BetaBeliefParams> = {
  source: 'Thompson (1933), Biometrika 25',
  rewards: 'share',
  defaults: { successes: 1, failures: 1 },
  wrong: ({ successes, failures }) =>
    !good(successes)
      ? ['successes', 'a number from 0.01']
      : good(failures)
        ? undefined
        : ['failures', 'a number from 0.01'],
  size: () => 2,
  add(sums, _x, reward, weight) {
    sums[0]! += weight;
    sums[1]! += weight * reward;
  },
  read(arms, _inputs, { successes, failures }): Believed {
    const means = new Float64Array(arms.length);
    const spreads = new Float64Array(arms.length);
    const shapes = arms.map(({ arm, factor }, i) => {
      const a = successes + factor * arm.sums[1]!;
      const b = failures + factor * Math.max(0, arm.sums[0]! - arm.sums[1]!);
      means[i] = a / (a + b);
      spreads[i] = Math.sqrt((a * b) / (a + b + 1)) / (a + b);
      return betaShape(arm.sums, a, b, means[i]!, spreads[i]!);
    });
    return { means, centres: means, spreads, shapes, unit: 1 };
  },
};

const kept = new WeakMap<readonly number[], { a: number; b: number; shape: Shape }>();

function betaShape(sums: readonly number[], a: number, b: number, mean: number, spread: number): Shape {
  const found = kept.get(sums);
  if (found !== undefined && found.a === a && found.b === b) return found.shape;
  const log = lbeta(a, b);
  const density = (x: number): number => Math.exp((a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) - log);
  const shape = shapeOf({
    low: Math.max(-8, -mean / spread),
    high: Math.min(12, (1 - mean) / spread),
    step: 0.25,
    // a density without a bound is not integrated by its values
    cdf: a >= 1 && b >= 1 ? undefined : (z) => betaCdf(a, b, Math.min(1, Math.max(0, mean + spread * z)), log),
    density: (z) => spread * density(Math.min(1, Math.max(0, mean + spread * z))),
  });
  kept.set(sums, { a, b, shape });
  return shape;
}
