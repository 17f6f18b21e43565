/** A recommender that looks at the order of a history, and can answer any history in order, e.g. an open session. */
import type { Method } from '../method.ts';
import { type Histories, historyOf } from './histories.ts';

export interface SequenceMethod<Params, Model> extends Method<Params, Model> {
  /**
   * Scores of every item as the next of each history, higher is better.
   *
   * @returns [histories x items] row by row
   */
  scoreHistories(model: Model, histories: Histories): Float64Array;
}

/**
 * Scores of every item as the next one of an open session.
 *
 * @param items of the session, oldest first; unknown ones are to be left out
 * @returns [items of the catalogue]
 */
export const sessionScores = <Params, Model>(
  method: SequenceMethod<Params, Model>,
  model: Model,
  items: ArrayLike<number>,
): Float64Array => method.scoreHistories(model, historyOf(items));
