/** Why a fitted model said so: the method that fits the model's kind, and the reasons of each row. */
import { known } from '#errors.ts';
import type { Fitted, LinearModel, LogisticModel, TreeEnsemble } from '#learners/index.ts';
import type { Table } from '#table/index.ts';
import { type Attributions, grouped } from './attributions.ts';
import { linearShap } from './linear-shap.ts';
import { sampledShap } from './sampled-shap.ts';
import { againstShap, pathShap } from './tree-shap.ts';

export const METHODS = ['trees-by-path', 'trees-against', 'linear', 'sampled'] as const;
export type Method = (typeof METHODS)[number];

export interface ExplainOptions<Model extends Fitted = Fitted> {
  /**
   * Rows that stand for what is usual. With them trees and linear models are explained against these rows; models of other
   * kinds need them.
   */
  readonly background?: Table;
  /** What predicts with the model; needed for models that are neither trees nor linear. */
  readonly learner?: { predict(model: Model, data: Table): Float64Array };
  /** Features of one group are attributed as one; default: each stands alone. */
  readonly groupOf?: (feature: string) => string;
  /** Of the sampled method: sets of features a row, default 1024; and the seed of their drawing, default 0. */
  readonly samples?: number;
  readonly seed?: number;
  /** Threads of the kernels; default: one a core. */
  readonly threads?: number;
}

export interface Explained extends Attributions {
  readonly method: Method;
  /** What the values are parts of: the raw score (log-odds, log, label), or the prediction itself. */
  readonly of: 'score' | 'prediction';
}

/**
 * Attributes each row's scores to its features: trees and linear models exactly, any other model by sampling its
 * predictions (with standard errors).
 *
 * @throws EXPLAIN_NEEDS (a model of another kind without background or learner), FEATURE_MISSING, FEATURE_KIND, TABLE_EMPTY
 */
export function explain<Model extends Fitted>(
  model: Model,
  data: Table,
  options: ExplainOptions<Model> = {},
): Explained {
  const { background, groupOf, threads } = options;
  const machine = threads === undefined ? {} : { threads };
  const told = (method: Method, attributions: Attributions): Explained => ({
    ...(groupOf === undefined ? attributions : grouped(attributions, groupOf)),
    method,
    of: 'score',
  });
  if (isTrees(model))
    return background === undefined
      ? told('trees-by-path', pathShap(model, data, machine))
      : told('trees-against', againstShap(model, data, background, machine));
  if (isLinear(model)) return told('linear', linearShap(model, data, background));
  const { learner, samples, seed = 0 } = options;
  if (background === undefined || learner === undefined)
    throw known('EXPLAIN_NEEDS', { kind: model.kind, lacks: background === undefined ? 'background' : 'learner' });
  const attributions = sampledShap((rows) => learner.predict(model, rows), data, {
    features: model.features,
    background,
    seed,
    ...(samples === undefined ? {} : { samples }),
    ...(groupOf === undefined ? {} : { groupOf }),
  });
  return { ...attributions, method: 'sampled', of: 'prediction' };
}

/** True for a model of the tree format, whichever learner made it. */
export const isTrees = (model: Fitted): model is TreeEnsemble =>
  'trees' in model && Array.isArray(model.trees) && 'inputs' in model && 'base' in model && 'average' in model;

const isLinear = (model: Fitted): model is LinearModel | LogisticModel =>
  model.kind === 'linear' || model.kind === 'logistic';
