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
  const fold = foldsOfTrial(
    trial,
    folds,
    Float64Array.from({ length: rows }, () => draw.uniform()),
  );
  const [control, treated] = [new Float64Array(rows), new Float64Array(rows)];
  for (let k = 0; k < folds; k++) {
    const own = { ...options, seed: split(options.seed, 'fold', k) };
    foretell(trial, base, { learn: (i) => fold[i] !== k, tell: (i) => fold[i] === k }, own, { control, treated });
  }
  return { control, treated, fold, folds };
}

/**
 * By fold k: the same for the rows of the other folds, by models that saw neither the row's own fold nor fold k. What is
 * learned from these has no part of fold k in it. (Learned from the plain ones it has: their models saw the outcomes of
 * fold k, and scores of fold k look better than they are.)
 */
export function crossFitWithout(
  trial: Trial,
  base: Base,
  { fold, folds }: Nuisance,
  options: FitOptions,
): Pick<Nuisance, 'control' | 'treated'>[] {
  const rows = trial.treated.length;
  const out = Array.from({ length: folds }, () => ({
    control: new Float64Array(rows),
    treated: new Float64Array(rows),
  }));
  for (let a = 0; a < folds; a++)
    for (let b = a + 1; b < folds; b++) {
      const isApart = (i: number): boolean => fold[i] === a || fold[i] === b;
      const pair = { control: new Float64Array(rows), treated: new Float64Array(rows) };
      const own = { ...options, seed: split(options.seed, 'pair', a, b) };
      foretell(trial, base, { learn: (i) => !isApart(i), tell: isApart }, own, pair);
      for (let i = 0; i < rows; i++) {
        if (!isApart(i)) continue;
        const held = out[fold[i] === a ? b : a]!;
        held.control[i] = pair.control[i]!;
        held.treated[i] = pair.treated[i]!;
      }
    }
  return out;
}

/** Learns both sides from some rows, and writes what they say of others. */
function foretell(
  trial: Trial,
  base: Base,
  rows: { readonly learn: (row: number) => boolean; readonly tell: (row: number) => boolean },
  options: FitOptions,
  into: { readonly control: Float64Array; readonly treated: Float64Array },
): void {
  const all = Int32Array.from(trial.treated, (_, i) => i);
  const sides = fitSides(trialAt(trial, all.filter(rows.learn)), base, options);
  const told = all.filter(rows.tell);
  const data = take(trial.data, told);
  const without = predictMean(sides.control, data, options.threads);
  const having = predictMean(sides.treated, data, options.threads);
  for (const [j, i] of told.entries()) {
    into.control[i] = without[j]!;
    into.treated[i] = having[j]!;
  }
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
