/** Sample ratio mismatch: are arms of the sizes that the draw should have made? */
import { chiSquareTail } from '#kernels/distributions.ts';

export interface RatioMismatch {
  readonly chiSquare: number;
  readonly pValue: number;
  /** False below the threshold: something other than the draw decided who is in which arm; don't read the result. */
  readonly ok: boolean;
  /** [arms] members that the shares would have made */
  readonly expected: readonly number[];
}

/** An alarm in a thousand sound experiments. */
export const MISMATCH_BELOW = 0.001;

/**
 * Chi-square of counts against planned shares.
 *
 * @param members [arms]
 * @param shares [arms] planned, any scale; an arm of share 0 that has members is a mismatch for certain
 */
export function ratioMismatch(members: readonly number[], shares: readonly number[]): RatioMismatch {
  const total = members.reduce((a, b) => a + b, 0);
  const whole = shares.reduce((a, b) => a + b, 0);
  const expected = shares.map((share) => (total * share) / whole);
  const drawn = expected.filter((count) => count > 0).length;
  const impossible = members.some((count, k) => count > 0 && !(expected[k]! > 0));
  const chiSquare = members.reduce(
    (sum, count, k) => sum + (expected[k]! > 0 ? (count - expected[k]!) ** 2 / expected[k]! : 0),
    0,
  );
  const pValue = impossible ? 0 : drawn < 2 ? 1 : chiSquareTail(chiSquare, drawn - 1);
  return { chiSquare, pValue, ok: pValue >= MISMATCH_BELOW, expected };
}

/**
 * The same where chances differ between members: one over the chance, added up over an arm's members, should come to all
 * members. By the normal law of each sum, Bonferroni over arms.
 *
 * @param weights [arms][members of the arm] one over the chance of the arm, 1 or more
 */
export function weightedMismatch(weights: readonly Float64Array[]): RatioMismatch {
  const total = weights.reduce((sum, own) => sum + own.length, 0);
  const sumOf = (own: Float64Array): number => own.reduce((a, w) => a + w, 0);
  const expected = weights.map((own) => (own.length === 0 ? 0 : (own.length * total) / sumOf(own)));
  let chiSquare = 0;
  for (const own of weights) {
    const sum = sumOf(own);
    const variance = own.reduce((a, w) => a + w * (w - 1), 0);
    if (variance > 0) chiSquare = Math.max(chiSquare, (sum - total) ** 2 / variance);
  }
  const pValue = Math.min(1, weights.length * chiSquareTail(chiSquare, 1));
  return { chiSquare, pValue, ok: pValue >= MISMATCH_BELOW, expected };
}
