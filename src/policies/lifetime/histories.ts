/** What was decided for customers one time after another, and what each decision brought. */
import type { Table } from '#table/index.ts';
import { bad } from '../judge/log.ts';

export interface Histories {
  readonly actions: readonly string[];
  /** [rows] whose decision it was, and its place in their history: any whole numbers that rise */
  readonly unit: Int32Array;
  readonly step: Int32Array;
  /** [rows] what was known of the customer then */
  readonly state: Table;
  /** [rows] place in `actions`, and the chance that it had, above 0 to 1 */
  readonly action: Int32Array;
  readonly propensity: Float64Array;
  /** [rows] margin until the next decision */
  readonly reward: Float64Array;
}

/** Rows in the order of time. */
export interface Order {
  /** [rows] row of the customer's next decision, -1 of the last */
  readonly next: Int32Array;
  /** Row of each customer's first decision. */
  readonly first: Int32Array;
  /** Decisions of the longest history. */
  readonly longest: number;
}

/** @throws DECISION_LOG_BAD for no rows, columns of unlike length, an unknown action, a propensity or reward that cannot be, or two decisions at one step */
export function orderOf({ actions, unit, step, state, action, propensity, reward }: Histories): Order {
  const rows = unit.length;
  if (rows === 0) bad('no rows', 'decisions');
  for (const length of [step.length, state.length, action.length, propensity.length, reward.length])
    if (length !== rows) bad(`columns of ${rows} and ${length} rows`, 'one row a decision');
  for (let i = 0; i < rows; i++) {
    if (!(action[i]! >= 0 && action[i]! < actions.length))
      bad(`action ${action[i]} in row ${i + 1}`, actions.join(', '));
    if (!(propensity[i]! > 0 && propensity[i]! <= 1))
      bad(`a chance of ${propensity[i]} in row ${i + 1}`, 'above 0 to 1');
    if (!Number.isFinite(reward[i])) bad(`a reward of ${reward[i]} in row ${i + 1}`, 'a finite number');
  }
  const order = Int32Array.from(unit.keys()).sort((a, b) => unit[a]! - unit[b]! || step[a]! - step[b]!);
  const next = new Int32Array(rows).fill(-1);
  const first: number[] = [];
  let [longest, own] = [0, 0];
  for (let k = 0; k < rows; k++) {
    const [before, here] = [order[k - 1] ?? -1, order[k]!];
    const goesOn = k > 0 && unit[before] === unit[here];
    if (goesOn && step[before] === step[here]) bad(`two decisions at step ${step[here]} of one customer`, 'one a step');
    own = goesOn ? own + 1 : 1;
    longest = Math.max(longest, own);
    if (goesOn) next[before] = here;
    else first.push(here);
  }
  return { next, first: Int32Array.from(first), longest };
}
