/** What every recommender of this folder is. */
import type { Interactions } from './interactions.ts';

export interface Method<Params, Model> {
  readonly name: string;
  readonly defaults: Params;
  /** Paper, or where the idea is described. */
  readonly source: string;
  /** The model is plain data; same data, parameters and seed give the same model. */
  fit(data: Interactions, params: Params, seed: number): Model;
  /**
   * Scores of every item for some users, higher is better; of equal scores the lower item index wins.
   *
   * @param users [n] users of the training data
   * @returns [n x items] row by row
   */
  score(model: Model, users: Int32Array): Float64Array;
}

/** A method whose parameters and model types are its own affair. */
export interface FittedMethod {
  readonly name: string;
  readonly params: Readonly<Record<string, number>>;
  readonly itemCount: number;
  score(users: Int32Array): Float64Array;
}

/** Fits and binds a method, for callers that handle several alike. */
export function fitted<Params extends Readonly<Record<string, number>>, Model>(
  method: Method<Params, Model>,
  data: Interactions,
  { params, seed }: { params: Partial<Params>; seed: number },
): FittedMethod {
  const full = { ...method.defaults, ...params };
  const model = method.fit(data, full, seed);
  return {
    name: method.name,
    params: full,
    itemCount: data.itemCount,
    score: (users) => method.score(model, users),
  };
}
