/** One arm against control, as the learners of effects see it: who was treated, what came of it, and the chance to be treated. */
import { type Table, take } from '#table/index.ts';

export interface Trial {
  readonly data: Table;
  /** Columns of `data` to learn from. */
  readonly features: readonly string[];
  /** [rows] 1: had the arm; 0: control. */
  readonly treated: Uint8Array;
  /** [rows] finite; what the effect is on. */
  readonly outcome: Float64Array;
  /** [rows] chance to have the arm rather than control, in (0, 1). */
  readonly propensity: Float64Array;
  /** Every outcome is 0 or 1. */
  readonly binary: boolean;
}

/** The rows of a trial at `rows`. */
export function trialAt(trial: Trial, rows: ArrayLike<number>): Trial {
  return {
    ...trial,
    data: take(trial.data, rows),
    treated: Uint8Array.from(rows, (i) => trial.treated[i]!),
    outcome: Float64Array.from(rows, (i) => trial.outcome[i]!),
    propensity: Float64Array.from(rows, (i) => trial.propensity[i]!),
  };
}

/** Row numbers of one side. */
export const rowsOf = ({ treated }: Trial, side: 0 | 1): Int32Array =>
  Int32Array.from(treated, (_, i) => i).filter((i) => treated[i] === side);

/** [rows] weights that make either side like everybody; undefined where all had the same chance. */
export function inverseChances({ treated, propensity }: Trial): Float64Array | undefined {
  if (propensity.every((e) => e === propensity[0])) return undefined;
  const share = treated.reduce((n, t) => n + t, 0) / treated.length;
  return propensity.map((e, i) => (treated[i] === 1 ? share / e : (1 - share) / (1 - e)));
}

/**
 * [rows] fold of each row, each side and each outcome of 0 or 1 dealt out by itself so that every fold has its share.
 *
 * @param order [rows] random keys
 */
export function foldsOfTrial({ treated, outcome, binary }: Trial, folds: number, order: Float64Array): Uint8Array {
  const classOf = (i: number): number => treated[i]! + (binary ? 2 * outcome[i]! : 0);
  const rows = Int32Array.from(treated, (_, i) => i).sort(
    (a, b) => classOf(a) - classOf(b) || order[a]! - order[b]! || a - b,
  );
  const out = new Uint8Array(rows.length);
  for (const [at, i] of rows.entries()) out[i] = at % folds;
  return out;
}
