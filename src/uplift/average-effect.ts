/** The average effect of an arm: the plain difference of the arms, and beside it the one adjusted for what is known of people. */
import { normalCdf, normalQuantile } from '#kernels/distributions.ts';

export interface Estimate {
  readonly estimate: number;
  readonly standardError: number;
  readonly interval: readonly [number, number];
  readonly pValue: number;
}

const HALF = normalQuantile(0.975);

/** An estimate that is normal about the truth, with its 95 % interval. */
export function estimateOf(estimate: number, standardError: number): Estimate {
  const z = standardError > 0 ? Math.abs(estimate) / standardError : estimate === 0 ? 0 : Number.POSITIVE_INFINITY;
  return {
    ...{ estimate, standardError },
    interval: [estimate - HALF * standardError, estimate + HALF * standardError],
    pValue: 2 * (1 - normalCdf(z)),
  };
}

/** Mean of numbers that stand for people, e.g. doubly robust pseudo-outcomes: the mean is their average effect. */
export function meanEstimate(values: Float64Array, of: (row: number) => boolean = () => true): Estimate {
  let [n, sum] = [0, 0];
  for (let i = 0; i < values.length; i++)
    if (of(i)) {
      n++;
      sum += values[i]!;
    }
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < values.length; i++) if (of(i)) squares += (values[i]! - mean) ** 2;
  return estimateOf(mean, Math.sqrt(squares / Math.max(1, n - 1) / n));
}

/** Mean outcome of the treated less that of controls, each with its own variance. */
export function plainDifference(
  treated: ArrayLike<number>,
  outcome: Float64Array,
  of: (row: number) => boolean = () => true,
): Estimate {
  const side = (own: number) => meanEstimate(outcome, (i) => of(i) && treated[i] === own);
  const [control, arm] = [side(0), side(1)];
  return estimateOf(arm.estimate - control.estimate, Math.hypot(arm.standardError, control.standardError));
}
