/** Rewards that are linear in the context, with normal noise of unknown size; an arm each. */
import type { Belief, Believed, Discounted } from './belief.ts';
import { factorOf, matrixAt, RIGHT, readAt, sizeOf } from './factor.ts';

export interface LinearBeliefParams {
  /** Precision of each coefficient before any row, in units of that of one reward; above 0. */
  readonly prior: number;
  /** Deviation of a reward about its mean; 'auto': learned from all arms together. */
  readonly noise: number | 'auto';
}

export const linearBelief: Belief<LinearBeliefParams> = {
  source: 'Bishop (2006), Pattern Recognition and Machine Learning, section 3.3',
  rewards: 'number',
  defaults: { prior: 1, noise: 'auto' },
  wrong: ({ prior, noise }) =>
    !(prior > 0 && Number.isFinite(prior))
      ? ['prior', 'a number above 0']
      : noise !== 'auto' && !(noise > 0 && Number.isFinite(noise))
        ? ['noise', 'a number above 0, or auto']
        : undefined,
  size: sizeOf,
  add(sums, x, reward, weight) {
    const width = x.length;
    sums[0]! += weight;
    sums[1]! += weight * reward * reward;
    for (let i = 0; i < width; i++) sums[RIGHT + i]! += weight * reward * x[i]!;
    addSquare(sums, x, weight);
  },
  read(arms, inputs, params): Believed {
    const means = new Float64Array(arms.length);
    const spreads = new Float64Array(arms.length);
    const scratch = new Float64Array(inputs[0]!.length);
    const out = { mean: 0, square: 0 };
    for (let a = 0; a < arms.length; a++) {
      const { arm, factor } = arms[a]!;
      readAt(factorOf(arm.sums, scratch.length, params.prior, factor), inputs[a]!, scratch, out);
      means[a] = out.mean;
      spreads[a] = Math.sqrt(out.square);
    }
    const noise = params.noise === 'auto' ? noiseOf(arms, scratch.length, params.prior) : params.noise;
    for (let a = 0; a < arms.length; a++) spreads[a]! *= noise;
    return { means, centres: means, spreads, unit: noise };
  },
};

/** Adds weight x x' to the matrix of the sums. */
export function addSquare(sums: number[], x: Float64Array, weight: number): void {
  const at = matrixAt(x.length);
  for (let i = 0, row = 0; i < x.length; row += ++i) {
    const scaled = weight * x[i]!;
    for (let j = 0; j <= i; j++) sums[at + row + j]! += scaled * x[j]!;
  }
}

/** Deviation about the fit, of all arms together; one more row, of the mean square of a reward, stands for what is not known. */
function noiseOf(arms: readonly Discounted[], width: number, prior: number): number {
  let [rows, squares, left] = [0, 0, 0];
  for (const { arm, factor } of arms) {
    rows += factor * arm.sums[0]!;
    squares += factor * arm.sums[1]!;
    left += Math.max(0, factor * arm.sums[1]! - factorOf(arm.sums, width, prior, factor).explained);
  }
  return squares > 0 ? Math.sqrt((squares / rows + left) / (1 + rows)) : 1;
}
