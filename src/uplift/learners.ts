/**
 * Learners of effects. Each makes plain data that foretells, of a person, what the arm changes.
 *
 * @see Kuenzel, Sekhon, Bickel, Yu (2019), PNAS 116(10): S, T, X; Nie and Wager (2021): R; Kennedy (2023): DR;
 *   Jaskowski and Jaroszewicz (2012), ICML workshop: class transformation
 */
import { split } from '#kernels/random.ts';
import type { Column, Table } from '#table/index.ts';
import { type Base, fitMean, type MeanModel, predictMean } from './base.ts';
import { doublyRobust, type FitOptions, fitSides, type Nuisance, residuals, type Sides } from './nuisance.ts';
import { rowsOf, type Trial, trialAt } from './trial.ts';

export type EffectModel =
  /** T: one model a side. */
  | { readonly kind: 'sides'; readonly sides: Sides }
  /** S: one model that is told who was treated. */
  | { readonly kind: 'told'; readonly model: MeanModel }
  /** X: effects learned on either side, mixed by the chance to be treated. */
  | { readonly kind: 'crossed'; readonly sides: Sides; readonly share: number }
  /** R, DR, transformed outcome: the effect itself is regressed. */
  | { readonly kind: 'direct'; readonly model: MeanModel }
  /** 2 p - 1 of the chance that outcome and side agree. */
  | { readonly kind: 'agreement'; readonly model: MeanModel };

/** The name of the column that S is told. */
const TOLD = '\u0000treated';

/** T. */
export const fitT = (trial: Trial, base: Base, options: FitOptions): EffectModel => ({
  kind: 'sides',
  sides: fitSides(trial, base, options),
});

/** S. */
export function fitS(trial: Trial, base: Base, options: FitOptions): EffectModel {
  const treated: Column = { kind: 'number', values: Float64Array.from(trial.treated) };
  const data = { length: trial.data.length, columns: { ...trial.data.columns, [TOLD]: treated } };
  const features = [...trial.features, TOLD];
  return {
    kind: 'told',
    model: fitMean({ data, label: trial.outcome, features }, base, { ...options, binary: trial.binary }),
  };
}

/** X. */
export function fitX(trial: Trial, nuisance: Nuisance, base: Base, options: FitOptions): EffectModel {
  const side = (own: 0 | 1): MeanModel => {
    const rows = rowsOf(trial, own);
    const { data, outcome } = trialAt(trial, rows);
    const label = Float64Array.from(rows, (i, j) =>
      own === 1 ? outcome[j]! - nuisance.control[i]! : nuisance.treated[i]! - outcome[j]!,
    );
    const seed = split(options.seed, 'crossed', own);
    return fitMean({ data, label, features: trial.features }, base, { ...options, binary: false, seed });
  };
  let share = 0;
  for (const e of trial.propensity) share += e / trial.propensity.length;
  return { kind: 'crossed', sides: { control: side(0), treated: side(1) }, share };
}

/** R. */
export function fitR(trial: Trial, nuisance: Nuisance, base: Base, options: FitOptions): EffectModel {
  const { label, weights } = residuals(trial, nuisance);
  const given = { data: trial.data, label, weights, features: trial.features };
  return { kind: 'direct', model: fitMean(given, base, { ...options, binary: false }) };
}

/** DR. */
export function fitDR(trial: Trial, nuisance: Nuisance, base: Base, options: FitOptions): EffectModel {
  const given = { data: trial.data, label: doublyRobust(trial, nuisance), features: trial.features };
  return { kind: 'direct', model: fitMean(given, base, { ...options, binary: false }) };
}

/** Class transformation of a binary outcome; of any other the transformed outcome, y (t - e) / (e (1 - e)). */
export function fitClassTransformation(trial: Trial, base: Base, options: FitOptions): EffectModel {
  const { data, features, treated, outcome, propensity, binary } = trial;
  if (!binary) {
    const label = outcome.map((y, i) => (y * (treated[i]! - propensity[i]!)) / (propensity[i]! * (1 - propensity[i]!)));
    return { kind: 'direct', model: fitMean({ data, label, features }, base, { ...options, binary: false }) };
  }
  const label = outcome.map((y, i) => (y === treated[i] ? 1 : 0));
  const weights = propensity.map((e, i) => 1 / (2 * (treated[i] === 1 ? e : 1 - e)));
  return {
    kind: 'agreement',
    model: fitMean({ data, label, weights, features }, base, { ...options, binary: true }),
  };
}

/** [rows] effect foretold, in units of the outcome. */
export function predictEffect(model: EffectModel, data: Table, threads?: number): Float64Array {
  switch (model.kind) {
    case 'sides': {
      const without = predictMean(model.sides.control, data, threads);
      return predictMean(model.sides.treated, data, threads).map((having, i) => having - without[i]!);
    }
    case 'told': {
      const as = (treated: number): Float64Array => {
        const column: Column = { kind: 'number', values: new Float64Array(data.length).fill(treated) };
        return predictMean(model.model, { length: data.length, columns: { ...data.columns, [TOLD]: column } }, threads);
      };
      const without = as(0);
      return as(1).map((having, i) => having - without[i]!);
    }
    case 'crossed': {
      const { sides, share } = model;
      const ofControl = predictMean(sides.control, data, threads);
      return predictMean(sides.treated, data, threads).map((own, i) => (1 - share) * own + share * ofControl[i]!);
    }
    case 'direct':
      return predictMean(model.model, data, threads);
    case 'agreement':
      return predictMean(model.model, data, threads).map((p) => 2 * p - 1);
    default:
      return model satisfies never;
  }
}
