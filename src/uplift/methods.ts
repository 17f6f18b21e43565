/** The learners of effects by name, with settings that suit effects that are small beside the noise. */
import { split } from '#kernels/random.ts';
import { take } from '#table/index.ts';
import type { Base } from './base.ts';
import { type ForestEffects, fitCausalForest, predictCausalForest } from './causal-forest.ts';
import { type EffectModel, fitClassTransformation, fitDR, fitR, fitS, fitT, fitX, predictEffect } from './learners.ts';
import { crossFit, crossFitWithout, type FitOptions, fitSides, type Nuisance } from './nuisance.ts';
import { type Trial, trialAt } from './trial.ts';

/** `best` chooses among and blends those of `CANDIDATES`. */
export const METHODS = ['best', 's', 't', 'x', 'x-linear', 'r', 'dr', 'forest', 'class', 'response'] as const;
export type Method = (typeof METHODS)[number];
export type Single = Exclude<Method, 'best'>;

/** What each method is, for people. */
export const ABOUT: Readonly<Record<Method, string>> = {
  best: 'a blend of x, x-linear, t and response by cross-fitted score inside the training part',
  s: 'one model of the outcome that is told who was treated',
  t: 'two linear models of the outcome, one a side',
  x: 'effects learned on either side by trees and a linear model',
  'x-linear': 'effects learned on either side by a linear model',
  r: 'residuals of outcome on residuals of treatment',
  dr: 'regression of the doubly robust pseudo-outcome',
  forest: 'honest causal forest on residuals, with an interval a person from little bags of trees',
  class: 'class transformation; of outcomes that are not 0 or 1 the transformed outcome',
  response: 'not uplift: the outcome to expect of a treated person; often best where effects differ little',
};

/** What `best` weighs against each other. */
export const CANDIDATES: readonly Single[] = ['x', 'x-linear', 't', 'response'];

/** A fitted method; plain data. */
export type ScoreModel =
  | { readonly kind: 'effect'; readonly model: EffectModel }
  | { readonly kind: 'response'; readonly model: Parameters<typeof predictEffect>[0] & { kind: 'direct' } }
  | { readonly kind: 'forest'; readonly model: ForestEffects };

/** Models of the outcome: enough of them to take noise off, few enough not to invent any. */
export const outcomeBase = (rows: number): Base => ({
  ...{ kind: 'both', trees: 50, leaves: 8, learningRate: 0.1, l2: 10, featureShare: 1, rowShare: 1 },
  minRows: clamp(rows / 300, 20, 500),
  ridgeRows: 50,
});

/**
 * Models of the effect. Before the data an effect is taken to vary by a tenth of the outcome's deviation, evenly over the
 * features: that is what the ridge says.
 */
export const effectBase = (rows: number, features: number, kind: Base['kind'] = 'both'): Base => ({
  ...{ kind, trees: 100, leaves: 4, learningRate: 0.05, l2: 10, featureShare: 1, rowShare: 1 },
  minRows: clamp(rows / 60, 25, 2000),
  ridgeRows: 100 * features,
});

const clamp = (value: number, low: number, high: number): number => Math.round(Math.min(high, Math.max(low, value)));

/** Cross-fitted outcomes by the usual models. */
export const nuisanceOf = (trial: Trial, folds: number, options: FitOptions): Nuisance =>
  crossFit(trial, outcomeBase(trial.treated.length), folds, { ...options, seed: split(options.seed, 'nuisance') });

/** Fits one method. */
export function fitMethod(method: Single, trial: Trial, nuisance: Nuisance, given: FitOptions): ScoreModel {
  const rows = trial.treated.length;
  const width = trial.features.length;
  const options = { ...given, seed: split(given.seed, method) };
  const base = effectBase(rows, width);
  const effect = (model: EffectModel): ScoreModel => ({ kind: 'effect', model });
  switch (method) {
    case 's':
      return effect(fitS(trial, { ...outcomeBase(rows), kind: 'boosting', trees: 150, leaves: 6 }, options));
    case 't':
      return effect(fitT(trial, { ...outcomeBase(rows), kind: 'linear' }, options));
    case 'x':
      return effect(fitX(trial, nuisance, base, options));
    case 'x-linear':
      return effect(fitX(trial, nuisance, effectBase(rows, width, 'linear'), options));
    case 'r':
      return effect(fitR(trial, nuisance, base, options));
    case 'dr':
      return effect(fitDR(trial, nuisance, base, options));
    case 'class':
      return effect(fitClassTransformation(trial, base, options));
    case 'response': {
      const sides = fitSides(trial, outcomeBase(rows), options);
      return { kind: 'response', model: { kind: 'direct', model: sides.treated } };
    }
    case 'forest':
      return { kind: 'forest', model: fitCausalForest(trial, nuisance, options) };
    default:
      return method satisfies never;
  }
}

/** [rows] score of each person: an effect, or of `response` an outcome. */
export function predictMethod(model: ScoreModel, data: Parameters<typeof predictEffect>[1], threads?: number) {
  return model.kind === 'forest'
    ? predictCausalForest(model.model, data, threads).effect
    : predictEffect(model.model, data, threads);
}

/** Methods that learn from pseudo-outcomes. */
const ON_PSEUDO: ReadonlySet<Single> = new Set(['x', 'x-linear', 'r', 'dr', 'forest']);

/** By method [rows]: score of each person by a model that knows nothing of their fold of the nuisance. */
export function crossScores(
  methods: readonly Single[],
  trial: Trial,
  nuisance: Nuisance,
  options: FitOptions,
): Float64Array[] {
  const { fold, folds } = nuisance;
  const all = Int32Array.from(fold, (_, i) => i);
  const base = outcomeBase(trial.treated.length);
  const apart = methods.some((method) => ON_PSEUDO.has(method))
    ? crossFitWithout(trial, base, nuisance, { ...options, seed: split(options.seed, 'apart') })
    : undefined;
  const out = methods.map(() => new Float64Array(fold.length));
  for (let k = 0; k < folds; k++) {
    const train = all.filter((i) => fold[i] !== k);
    const held = all.filter((i) => fold[i] === k);
    const known = apart?.[k] ?? nuisance;
    const own: Nuisance = {
      control: Float64Array.from(train, (i) => known.control[i]!),
      treated: Float64Array.from(train, (i) => known.treated[i]!),
      fold: Uint8Array.from(train, (i) => fold[i]!),
      folds,
    };
    const [learned, data] = [trialAt(trial, train), take(trial.data, held)];
    for (const [m, method] of methods.entries()) {
      const scores =
        method === 'response'
          ? Float64Array.from(held, (i) => nuisance.treated[i]!)
          : predictMethod(
              fitMethod(method, learned, own, { ...options, seed: split(options.seed, 'held', k) }),
              data,
              options.threads,
            );
      for (const [j, i] of held.entries()) out[m]![i] = scores[j]!;
    }
  }
  return out;
}
