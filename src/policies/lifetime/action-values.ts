/** What is to come, foretold from the state by one model an action. */
import { type BoostingModel, boosting, type LinearModel, linear } from '#learners/index.ts';
import { numbers, type Table, take } from '#table/index.ts';

export const VALUE_LEARNERS = ['linear', 'boosting'] as const;
export type ValueLearner = (typeof VALUE_LEARNERS)[number];

/** One an action; a number where it was taken too rarely to learn more than a mean. Plain data. */
export type ActionValues = readonly (LinearModel | BoostingModel | number)[];

const TARGET = 'tierwise target';
const WEIGHT = 'tierwise weight';
/** Rows of an action below which its mean, drawn to that of all, is all that is said. */
const ROWS_MIN = 10;

export interface ValueRows {
  readonly state: Table;
  readonly action: Int32Array;
  readonly actionCount: number;
  /** [rows] 0 or more */
  readonly weights: Float64Array;
  readonly target: Float64Array;
}

export function fitActionValues(rows: ValueRows, learner: ValueLearner, seed: number): ActionValues {
  const { state, action, weights, target } = rows;
  const features = Object.keys(state.columns);
  const meanOf = (at: Int32Array): number => {
    let [sum, mass] = [0, 0];
    for (const i of at) {
      sum += weights[i]! * target[i]!;
      mass += weights[i]!;
    }
    return mass > 0 ? sum / mass : 0;
  };
  const all = Int32Array.from(action.keys());
  const flat = meanOf(all);
  return Array.from({ length: rows.actionCount }, (_, a) => {
    const own = all.filter((i) => action[i] === a && weights[i]! > 0);
    const share = own.length / (own.length + ROWS_MIN);
    if (own.length < ROWS_MIN || features.length === 0) return share * meanOf(own) + (1 - share) * flat;
    const data: Table = {
      length: own.length,
      columns: {
        ...take(state, own).columns,
        [TARGET]: numbers(Float64Array.from(own, (i) => target[i]!)),
        [WEIGHT]: numbers(Float64Array.from(own, (i) => weights[i]!)),
      },
    };
    const aim = { task: 'regress', label: TARGET, weight: WEIGHT, features } as const;
    return learner === 'linear'
      ? (linear.fit(data, { ...linear.defaults, ...aim }, seed) as LinearModel)
      : (boosting.fit(data, { ...boosting.defaults, ...aim, trees: 60, leaves: 8 }, seed) as BoostingModel);
  });
}

/** [rows x actions] */
export function actionValues(values: ActionValues, state: Table): Float64Array {
  const out = new Float64Array(state.length * values.length);
  for (const [a, model] of values.entries()) {
    const told =
      typeof model === 'number'
        ? undefined
        : model.kind === 'linear'
          ? linear.predict(model, state)
          : boosting.predict(model, state);
    for (let i = 0; i < state.length; i++)
      out[i * values.length + a] = told === undefined ? (model as number) : told[i]!;
  }
  return out;
}
