/**
 * What every learner of effects needs beside the trial: the outcome to expect of each person with the arm and without,
 * foretold by models that did not see the person (cross-fitting), and the pseudo-outcomes made of them.
 *
 * @see Chernozhukov et al. (2018), Econometrics Journal 21(1), for cross-fitting; Kennedy (2023), Electronic Journal of
 *   Statistics 17(2), for the doubly robust pseudo-outcome
 */
import { random, split } from '#kernels/random.ts';
import { take } from '#table/index.ts';
import { type Base, fitMean, type MeanModel, predictMean } from './base.ts';
import { foldsOfTrial, rowsOf, type Trial, trialAt } from './trial.ts';

export interface Nuisance {
  /** [rows] expected outcome without and with the arm, by models that did not see the row. */
  readonly control: Float64Array;
  readonly treated: Float64Array;
  /** [rows] fold of the row. */
  readonly fold: Uint8Array;
  readonly folds: number;
}

export interface Sides {
  readonly control: MeanModel;
  readonly treated: MeanModel;
}

export interface FitOptions {
  readonly seed: number;
  readonly threads?: number;
}

/** Models of the outcome on either side. */
export function fitSides(trial: Trial, base: Base, { seed, threads }: FitOptions): Sides {
  const side = (own: 0 | 1): MeanModel => {
    const rows = rowsOf(trial, own);
    const { data, outcome } = trialAt(trial, rows);
    return fitMean({ data, label: outcome, features: trial.features }, base, {
      ...{ binary: trial.binary, seed: split(seed, 'side', own) },
      ...(threads === undefined ? {} : { threads }),
    });
  };
  return { control: side(0), treated: side(1) };
}

/** Expected outcomes of each row by models of the other folds. */
export function crossFit(trial: Trial, base: Base, folds: number, options: FitOptions): Nuisance {
  const rows = trial.treated.length;
  const draw = random(split(options.seed, 'nuisance'));
  const order = Float64Array.from({ length: rows }, () => draw.uniform());
  const fold = foldsOfTrial(trial, folds, order);
  const [control, treated] = [new Float64Array(rows), new Float64Array(rows)];
  const all = Int32Array.from(fold, (_, i) => i);
  for (let k = 0; k < folds; k++) {
    const sides = fitSides(
      trialAt(
        trial,
        all.filter((i) => fold[i] !== k),
      ),
      base,
      { ...options, seed: split(options.seed, 'fold', k) },
    );
    const held = all.filter((i) => fold[i] === k);
    const data = take(trial.data, held);
    const [without, having] = [
      predictMean(sides.control, data, options.threads),
      predictMean(sides.treated, data, options.threads),
    ];
    for (const [j, i] of held.entries()) {
      control[i] = without[j]!;
      treated[i] = having[j]!;
    }
  }
  return { control, treated, fold, folds };
}

/**
 * [rows] numbers whose mean among like people is their effect, even where either the outcome model or the propensity is
 * wrong: mu1 - mu0 + t (y - mu1) / e - (1 - t) (y - mu0) / (1 - e).
 */
export function doublyRobust({ treated, outcome, propensity }: Trial, nuisance: Nuisance): Float64Array {
  return Float64Array.from(outcome, (y, i) => {
    const [without, having] = [nuisance.control[i]!, nuisance.treated[i]!];
    const e = propensity[i]!;
    const error = treated[i] === 1 ? (y - having) / e : -(y - without) / (1 - e);
    return having - without + error;
  });
}

/**
 * Robinson's residuals as a weighted regression: the label (y - m) / (t - e) with weight (t - e)^2.
 *
 * @see Nie and Wager (2021), Biometrika 108(2)
 */
export function residuals({ treated, outcome, propensity }: Trial, nuisance: Nuisance) {
  const label = new Float64Array(outcome.length);
  const weights = new Float64Array(outcome.length);
  for (let i = 0; i < label.length; i++) {
    const e = propensity[i]!;
    const expected = e * nuisance.treated[i]! + (1 - e) * nuisance.control[i]!;
    const lean = treated[i]! - e;
    label[i] = (outcome[i]! - expected) / lean;
    weights[i] = lean * lean;
  }
  return { label, weights };
}
