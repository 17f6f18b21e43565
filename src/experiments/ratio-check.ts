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
