/** What every recommender of this folder is. */
import { known } from '#errors.ts';
import type { Interactions } from './interactions.ts';

export interface Method<Params, Model> {
  readonly name: string;
  readonly defaults: Params;
  /** Least and most of each parameter. */
  readonly ranges: { readonly [Name in keyof Params]: readonly [least: number, most: number] };
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

/**
 * Checks what came for a method: that it has such parameters, and that they lie in their ranges.
 *
 * @throws RECOMMENDER_PARAMS
 */
function checkParams(
  { name: method, ranges }: { name: string; ranges: Readonly<Record<string, readonly [number, number]>> },
  params: Readonly<Record<string, number | undefined>>,
): void {
  for (const [name, value] of Object.entries(params)) {
    const range = Object.hasOwn(ranges, name) ? ranges[name] : undefined;
    const [least, most] = range ?? [Number.NaN, Number.NaN];
    const isWhole = name !== 'k' || Number.isInteger(value);
    if (value !== undefined && value >= least && value <= most && isWhole) continue;
    const expected =
      range === undefined
        ? `one of ${Object.keys(ranges).join(', ') || '(it has none)'}`
        : `${name === 'k' ? 'a whole number' : 'a number'} from ${least} to ${most}`;
    throw known('RECOMMENDER_PARAMS', { name, value: String(value), method, expected });
  }
}

/** Fits and binds a method, for callers that handle several alike. */
export function fitted<Params extends Readonly<Record<string, number>>, Model>(
  method: Method<Params, Model>,
  data: Interactions,
  { params, seed }: { params: Partial<Params>; seed: number },
): FittedMethod {
  checkParams(method, params);
  const full = { ...method.defaults, ...params };
  const model = method.fit(data, full, seed);
  return {
    name: method.name,
    params: full,
    itemCount: data.itemCount,
    score: (users) => method.score(model, users),
  };
}
