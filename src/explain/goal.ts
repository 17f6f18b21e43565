/** What a prediction should become: a margin that is zero or more once it is reached. */
import { known } from '#errors.ts';
import type { Fitted } from '#learners/index.ts';

/**
 * How far a prediction is past its goal, from the predictions of one row: below zero short of it. Of two predictions
 * short of it the one with the larger margin is nearer.
 */
export type Goal = (prediction: Float64Array) => number;

/**
 * The row counts as `name` or better; for classes in order.
 *
 * @param chance that it takes; default 0.5, where being at least in the class is likelier than not
 * @throws CLASS_UNKNOWN
 */
export function atLeastClass(model: Fitted, name: string, chance = 0.5): Goal {
  const from = classIndex(model, name);
  return (chances) => {
    let sum = 0;
    for (let k = from; k < chances.length; k++) sum += chances[k]!;
    return sum - chance;
  };
}

/**
 * The row's likeliest class is `name`.
 *
 * @throws CLASS_UNKNOWN
 */
export function likeliestClass(model: Fitted, name: string): Goal {
  const own = classIndex(model, name);
  return (chances) => {
    let rival = Number.NEGATIVE_INFINITY;
    // A class before this one wins a tie, as in `likeliest`.
    for (let k = 0; k < chances.length; k++)
      if (k !== own) rival = Math.max(rival, chances[k]! + (k < own ? Number.EPSILON : 0));
    return chances[own]! - rival;
  };
}

/** The number foretold is `level` or more. */
export const atLeast =
  (level: number): Goal =>
  ([value = Number.NaN]) =>
    value - level;

function classIndex(model: Fitted, name: string): number {
  const index = model.classes.indexOf(name);
  if (index < 0) throw known('CLASS_UNKNOWN', { name, have: model.classes });
  return index;
}
