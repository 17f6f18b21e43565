/** The one shape of what fits and predicts. A fitted model is plain data: JSON of it predicts the same. */
import type { Table } from '#table/index.ts';

export const TASKS = ['classify', 'ordinal', 'regress', 'rank'] as const;
/** Ordinal classes have an order (tiers); rank orders the rows of one group. */
export type Task = (typeof TASKS)[number];

export interface Learner<Params, Model> {
  /** e.g. 'value/bg-nbd' */
  readonly name: string;
  readonly tasks: readonly Task[];
  readonly defaults: Params;
  /** Parameters without a default, each with an example of what it takes. */
  readonly optional?: Readonly<Partial<Record<string, unknown>>>;
  /** Paper or textbook. */
  readonly source: string;
  fit(data: Table, params: Params, seed: number): Model | Promise<Model>;
  /** [rows], or [rows x classes] of a supervised learner that tells classes apart. */
  predict(model: Model, data: Table): Float64Array;
}

/** What a supervised learner is told of the table; part of its parameters. */
export interface Aim {
  readonly task: Task;
  /** Column to foretell: text or whole numbers for classes, numbers else. */
  readonly label: string;
  /** Columns to learn from; default: all but the label, the weight and the group. */
  readonly features?: readonly string[];
  /** Column with a weight a row, >= 0. */
  readonly weight?: string;
  /** Column that tells the groups of a ranking apart. */
  readonly group?: string;
  /** Threads of the kernels; default: one a core. The model does not depend on it. */
  readonly threads?: number;
}

/** What each supervised model says of itself. */
export interface Fitted {
  /** Name of the learner. */
  readonly kind: string;
  readonly task: Task;
  /** Names of the classes in the order of the chances; empty unless the task tells classes apart. */
  readonly classes: readonly string[];
  /** Columns that `predict` reads. */
  readonly features: readonly string[];
}

/**
 * Learns a label from the other columns of a table. A feature that is NaN or infinite counts as missing; missing values
 * and unseen categories are answered for, never with NaN.
 */
export interface Supervised<Params extends Aim = Aim, Model extends Fitted = Fitted> extends Learner<Params, Model> {
  /** classify, ordinal: chances [rows x classes], row-major, each row adds up to one; regress, rank: [rows]. */
  predict(model: Model, data: Table): Float64Array;
}

/** A learner whose parameters and model are not known here; the registry's view. */
export type AnyLearner = Learner<object, object>;

/** Index of the largest of each row of `chances` [rows x classCount]; of equals the first. */
export function likeliest(chances: Float64Array, classCount: number): Float64Array {
  const out = new Float64Array(chances.length / classCount);
  for (let i = 0; i < out.length; i++) {
    let best = 0;
    for (let k = 1; k < classCount; k++) if (chances[i * classCount + k]! > chances[i * classCount + best]!) best = k;
    out[i] = best;
  }
  return out;
}
