/** The recommenders that the command line and the evaluation can name. */
import { known } from '#errors.ts';
import type { Interactions } from '../data/interactions.ts';
import { BLEND } from './blend.ts';
import { COLD_START } from './content/cold-start.ts';
import { CONTENT } from './content/content.ts';
import { type AnyMethod, type FittedMethod, listed, type Numbers } from './method.ts';
import { PERSONAL } from './personal.ts';
import { POPULAR_IN_TIER, POPULARITY } from './popularity.ts';
import { RP3BETA } from './rp3beta.ts';

export const METHODS: readonly AnyMethod[] = [
  listed(POPULARITY),
  listed(POPULAR_IN_TIER),
  listed(PERSONAL),
  listed(RP3BETA),
  listed(BLEND),
  listed(CONTENT),
  listed(COLD_START),
];

export const METHOD_NAMES: readonly string[] = METHODS.map((method) => method.name);

export interface FitOptions {
  /** Overrides of the method's defaults. */
  readonly params: Numbers;
  readonly seed: number;
  /** Default 1. */
  readonly threads?: number;
}

/**
 * The method called `name`.
 *
 * @throws RECOMMENDER_UNKNOWN
 */
export function methodOf(name: string): AnyMethod {
  const method = METHODS.find((one) => one.name === name);
  if (method === undefined) throw known('RECOMMENDER_UNKNOWN', { name, have: [...METHOD_NAMES, 'best'] });
  return method;
}

/**
 * Fits the method called `name`.
 *
 * @throws RECOMMENDER_UNKNOWN, RECOMMENDER_PARAMS
 */
export function fitMethod(name: string, data: Interactions, { params, seed, threads = 1 }: FitOptions): FittedMethod {
  return methodOf(name).fitted(data, params, { seed, threads });
}
