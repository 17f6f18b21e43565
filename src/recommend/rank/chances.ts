/** From what a booster says on sampled rows to the chance among all rows. */
import {
  type BoostingModel,
  type Calibration,
  chooseCalibration,
  fitCalibration,
  predictEnsemble,
} from '#learners/index.ts';
import type { Table } from '#table/index.ts';

/** [rows x 2] chances of the mean log-odds of several boosters. */
export function meanChances(boosters: readonly BoostingModel[], rows: Table): Float64Array {
  const odds = new Float64Array(rows.length);
  for (const booster of boosters) {
    const chances = predictEnsemble(booster, rows);
    for (let row = 0; row < odds.length; row++)
      odds[row]! += Math.log(Math.max(1e-300, chances[2 * row + 1]!) / Math.max(1e-300, chances[2 * row]!));
  }
  const out = new Float64Array(2 * rows.length);
  for (let row = 0; row < odds.length; row++) {
    out[2 * row + 1] = 1 / (1 + Math.exp(-odds[row]! / boosters.length));
    out[2 * row] = 1 - out[2 * row + 1]!;
  }
  return out;
}

/**
 * Undoes the sampling of negatives: with a share r of them kept, odds of the sample are 1 / r times too high.
 *
 * @param chances [rows x 2] of not and of yes
 * @see King and Zeng (2001), Logistic Regression in Rare Events Data, Political Analysis 9(2), the prior correction
 */
export function correctedChances(chances: Float64Array, negativeShare: number): Float64Array {
  if (negativeShare === 1) return chances;
  const out = new Float64Array(chances.length);
  for (let at = 0; at < out.length; at += 2) {
    const yes = chances[at + 1]!;
    const no = chances[at]! / negativeShare;
    out[at + 1] = yes / (yes + no);
    out[at] = 1 - out[at + 1]!;
  }
  return out;
}

/** A curve that keeps the order, where it is better than none on rows that the booster did not see. */
export function calibrationOf(chances: Float64Array, hits: Float64Array, seed: number): Calibration {
  const found = hits.reduce((sum, hit) => sum + hit, 0);
  if (found < 30 || hits.length - found < 30) return { kind: 'none' };
  const { kind } = chooseCalibration(chances, hits, { classCount: 2, seed, kinds: ['none', 'platt', 'beta'] });
  return fitCalibration(kind, chances, hits, { classCount: 2 });
}
