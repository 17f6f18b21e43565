/** The recommenders that the command line and the evaluation can name. */
import { known } from '#errors.ts';
import type { Interactions } from '../data/interactions.ts';
import { RANKED } from '../rank/ranked.ts';
import { RHYTHM } from './baskets/rhythm.ts';
import { TIFU_KNN } from './baskets/tifu-knn.ts';
import { UP_CF } from './baskets/up-cf.ts';
import { BLEND } from './blend.ts';
import { COLD_START } from './content/cold-start.ts';
import { CONTENT } from './content/content.ts';
import { IALS } from './factors/ials.ts';
import { MF } from './factors/mf.ts';
import { BSPM, GF_CF } from './filters/bspm.ts';
import { EASE } from './filters/ease.ts';
import { ENSEMBLE } from './filters/ensemble.ts';
import { SPARSE_EASE } from './filters/sparse-ease.ts';
import { TURBO_CF } from './filters/turbo-cf.ts';
import { type AnyMethod, type FittedMethod, listed, type Numbers } from './method.ts';
import { ITEM_KNN } from './neighbours/item-knn.ts';
import { SLIM } from './neighbours/slim.ts';
import { USER_KNN } from './neighbours/user-knn.ts';
import { PERSONAL } from './personal.ts';
import { POPULAR_IN_TIER, POPULARITY } from './popularity.ts';
import { RP3BETA } from './rp3beta.ts';
import { NEXT_MIX } from './sequences/next-mix.ts';
import { SASREC } from './sequences/sasrec.ts';
import { STAN, VSKNN } from './sequences/session-knn.ts';
import { SLIST } from './sequences/slist.ts';
import { TRANSITIONS } from './sequences/transitions.ts';

export const METHODS: readonly AnyMethod[] = [
  listed(POPULARITY),
  listed(POPULAR_IN_TIER),
  listed(PERSONAL),
  listed(RP3BETA),
  listed(BLEND),
  listed(TURBO_CF),
  listed(GF_CF),
  listed(BSPM),
  listed(EASE),
  listed(SPARSE_EASE),
  listed(ENSEMBLE),
  listed(IALS),
  listed(MF),
  listed(ITEM_KNN),
  listed(USER_KNN),
  listed(SLIM),
  listed(RHYTHM),
  listed(TIFU_KNN),
  listed(UP_CF),
  listed(RANKED),
  listed(TRANSITIONS),
  listed(SLIST),
  listed(VSKNN),
  listed(STAN),
  listed(SASREC),
  listed(NEXT_MIX),
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
