/** A recommender that looks at the order of a history, and can answer any history in order, e.g. an open session. */
import type { Method } from '../method.ts';
import type { Histories } from './histories.ts';

export interface SequenceMethod<Params, Model> extends Method<Params, Model> {
  /**
   * Scores of every item as the next of each history, higher is better.
   *
   * @returns [histories x items] row by row
   */
  scoreHistories(model: Model, histories: Histories): Float64Array;
}
