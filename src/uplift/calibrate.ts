/** From a score to an effect: a line of the doubly robust pseudo-outcome on the out-of-fold score, drawn toward the average. */

/** effect = mean + slope (score - centre); plain data. */
export interface EffectLine {
  readonly centre: number;
  readonly mean: number;
  /** Drawn toward 0 as far as it is noise; never below `SLOPE_LEAST` of what was found, so that the order stays. */
  readonly slope: number;
  /** As found, with its standard error: 1 where the score is an effect of the right size. */
  readonly slopeFound: number;
  readonly slopeSe: number;
  readonly meanSe: number;
  /** Covariance of mean and slope. */
  readonly covariance: number;
}

const SLOPE_LEAST = 0.05;

/**
 * Fits the line by least squares; standard errors hold where people vary by unlike amounts.
 *
 * @param score [rows] out of fold
 * @param pseudo [rows] doubly robust pseudo-outcome
 * @see White (1980), Econometrica 48(4)
 */
export function effectLine(score: Float64Array, pseudo: Float64Array): EffectLine {
  const n = score.length;
  let [centre, mean] = [0, 0];
  for (let i = 0; i < n; i++) {
    centre += score[i]! / n;
    mean += pseudo[i]! / n;
  }
  let [ss, sp] = [0, 0];
  for (let i = 0; i < n; i++) {
    const off = score[i]! - centre;
    ss += off * off;
    sp += off * (pseudo[i]! - mean);
  }
  // Scores that differ by rounding alone are one score.
  const flat = !(Math.sqrt(ss / n) > 1e-12 * Math.max(1e-300, Math.abs(centre)));
  const found = flat ? 0 : sp / ss;
  let [aa, ab, bb] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const off = score[i]! - centre;
    const left = (pseudo[i]! - mean - found * off) ** 2;
    aa += left;
    ab += left * off;
    bb += left * off * off;
  }
  const slopeSe = flat ? 0 : Math.sqrt(bb) / ss;
  const shrunk = found > 0 ? found * Math.max(SLOPE_LEAST, 1 - (slopeSe / found) ** 2) : 0;
  return {
    ...{ centre, mean, slopeFound: found, slopeSe },
    slope: flat ? 0 : Math.max(shrunk, SLOPE_LEAST * slopeSe),
    meanSe: Math.sqrt(aa) / n,
    covariance: flat ? 0 : ab / n / ss,
  };
}

/** [rows] effects of scores, and the standard error of the line there: of people of this score, not of one person alone. */
export function effectsOnLine({ centre, mean, slope, meanSe, slopeSe, covariance }: EffectLine, score: Float64Array) {
  const effect = score.map((s) => mean + slope * (s - centre));
  const standardError = score.map((s) => {
    const off = s - centre;
    return Math.sqrt(Math.max(0, meanSe ** 2 + 2 * off * covariance + (off * slopeSe) ** 2));
  });
  return { effect, standardError };
}
