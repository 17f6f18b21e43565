/** The recommenders of the next item that the command line and the evaluation can name. */
import { known } from '#errors.ts';
import type { Interactions } from '../../data/interactions.ts';
import { type AnyMethod, type FittedMethod, listed, type Numbers, type Run } from '../method.ts';
import { ITEM_KNN, NEXT_POPULAR } from './baselines.ts';
import { type Histories, historyOf } from './histories.ts';
import { NEXT_MIX } from './next-mix.ts';
import { SASREC } from './sasrec.ts';
import type { SequenceMethod } from './sequence-method.ts';
import { STAN, VSKNN } from './session-knn.ts';
import { SLIST } from './slist.ts';
import { TRANSITIONS } from './transitions.ts';

export interface FittedSequenceMethod extends FittedMethod {
  /** Scores of every item as the next of each history; [histories x items]. */
  scoreHistories(histories: Histories): Float64Array;
}

export interface AnySequenceMethod extends AnyMethod {
  /** @throws RECOMMENDER_PARAMS */
  fitted(data: Interactions, params: Numbers, run: Run): FittedSequenceMethod;
}

/** The method as one of a list. */
function listedSequence<Params extends Numbers, Model>(method: SequenceMethod<Params, Model>): AnySequenceMethod {
  const basic = listed<Params, Model>(method);
  return {
    ...basic,
    fitted(data, params, run) {
      const fitted = basic.fitted(data, params, run);
      return { ...fitted, scoreHistories: (histories) => method.scoreHistories(fitted.model as Model, histories) };
    },
  };
}

export const SEQUENCE_METHODS: readonly AnySequenceMethod[] = [
  listedSequence(NEXT_POPULAR),
  listedSequence(ITEM_KNN),
  listedSequence(TRANSITIONS),
  listedSequence(SLIST),
  listedSequence(VSKNN),
  listedSequence(STAN),
  listedSequence(SASREC),
  listedSequence(NEXT_MIX),
];

export const SEQUENCE_METHOD_NAMES: readonly string[] = SEQUENCE_METHODS.map((method) => method.name);

/**
 * The method of sequences called `name`.
 *
 * @throws RECOMMENDER_UNKNOWN
 */
export function sequenceMethodOf(name: string): AnySequenceMethod {
  const method = SEQUENCE_METHODS.find((one) => one.name === name);
  if (method === undefined) throw known('RECOMMENDER_UNKNOWN', { name, have: [...SEQUENCE_METHOD_NAMES, 'best'] });
  return method;
}

/**
 * Scores of every item as the next one of an open session.
 *
 * @param items of the session, oldest first; unknown ones are to be left out
 * @returns [items of the catalogue]
 */
export const sessionScores = (model: FittedSequenceMethod, items: ArrayLike<number>): Float64Array =>
  model.scoreHistories(historyOf(items));
