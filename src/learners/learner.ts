/** The one shape of what fits and predicts. A fitted model is plain data: JSON of it predicts the same. */
import type { Table } from '#table/index.ts';

export interface Learner<Params, Model> {
  /** e.g. 'value/bg-nbd' */
  readonly name: string;
  readonly task: 'classify' | 'regress';
  readonly defaults: Params;
  /** Paper or textbook. */
  readonly source: string;
  fit(data: Table, params: Params, seed: number): Model;
  /** One number a row: of a classifier the index of the likeliest class. */
  predict(model: Model, data: Table): Float64Array;
}

export interface Classifier<Params, Model> extends Learner<Params, Model> {
  classes(model: Model): readonly string[];
  /** Chances [rows x classes], row-major; each row sums to one. */
  chances(model: Model, data: Table): Float64Array;
}

/** A learner whose parameters and model are not known here; the registry's view. */
export type AnyLearner = Learner<object, object>;
