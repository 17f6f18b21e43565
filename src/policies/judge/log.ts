/** A log of decisions: what was chosen, with which chance, and what came of it. */
import { known } from '#errors.ts';
import { type Table, take } from '#table/index.ts';

/** A log that can be judged on: every row has an arm, a chance above 0 and a reward. */
export interface DecisionLog {
  readonly arms: readonly string[];
  /** [rows] place in `arms` */
  readonly arm: Int32Array;
  /** [rows] chance that the arm had when it was drawn, above 0 to 1 */
  readonly propensity: Float64Array;
  /** [rows] */
  readonly reward: Float64Array;
  /** [rows] what was known when the arm was chosen; columns may be numbers or text */
  readonly context: Table;
  /** [rows] whose decision it was: rows of one customer are not independent. Default: each row stands alone. */
  readonly unit?: Int32Array;
}

/** A log as it came. */
export interface RawLog {
  /** [rows] null where it is missing */
  readonly arm: readonly (string | null)[];
  /** [rows] of the arm that was chosen; NaN where it is missing */
  readonly propensity: Float64Array;
  readonly reward: Float64Array;
  readonly context: Table;
  readonly unit?: Int32Array;
  /** Arms that there are; default: those of the log, by name. */
  readonly arms?: readonly string[];
  /** [rows x arms] chances of all arms of `arms`, where they were logged: they must add up to 1. */
  readonly propensities?: Float64Array;
}

export const LOG_FAULTS = [
  'arm missing',
  'arm unknown',
  'propensity missing',
  'propensity 0 or below',
  'propensity above 1',
  'propensities that do not add up to 1',
  'reward missing',
] as const;
export type LogFault = (typeof LOG_FAULTS)[number];

export interface CheckedLog {
  readonly log: DecisionLog;
  readonly rows: {
    readonly read: number;
    readonly kept: number;
    /** Rows left out by their first fault. */
    readonly faults: Readonly<Partial<Record<LogFault, number>>>;
  };
  /** [kept] rows of the raw log */
  readonly keptRows: Int32Array;
}

/** Chances may miss 1 by what rounding to seven digits makes of some arms. */
const SUM_TOLERANCE = 1e-6;

/**
 * The rows that can be judged on; the others are counted. A few broken rows are let off: more of them would mean that those
 * left are no fair part of the decisions.
 *
 * @param faultShareMax share of rows that may be left out; default 0.01
 * @throws DECISION_LOG_BAD with the counts of faults where there are more, or where no row is left
 */
export function checkLog(raw: RawLog, { faultShareMax = 0.01 }: { readonly faultShareMax?: number } = {}): CheckedLog {
  const read = raw.arm.length;
  const arms = raw.arms ?? [...new Set(raw.arm.filter((name) => name !== null))].sort();
  if (new Set(arms).size < arms.length) bad(`two arms of one name in ${arms.join(', ')}`, 'names that differ');
  const places = new Map(arms.map((name, a) => [name, a]));
  const faults: Partial<Record<LogFault, number>> = {};
  const kept = new Int32Array(read);
  let count = 0;
  for (let i = 0; i < read; i++) {
    const fault = faultOf(raw, i, places);
    if (fault === undefined) kept[count++] = i;
    else faults[fault] = (faults[fault] ?? 0) + 1;
  }
  const told = Object.entries(faults).map(([fault, rows]) => `${fault} in ${rows} rows`);
  if (count === 0) bad(read === 0 ? 'no rows' : `no row of ${read} without a fault: ${told.join(', ')}`, 'decisions');
  if (read - count > faultShareMax * read)
    bad(`${told.join(', ')} of ${read}`, `at most ${100 * faultShareMax} % of rows with faults`);
  const rows = kept.slice(0, count);
  const log: DecisionLog = {
    arms,
    arm: rows.map((i) => places.get(raw.arm[i]!)!),
    propensity: Float64Array.from(rows, (i) => raw.propensity[i]!),
    reward: Float64Array.from(rows, (i) => raw.reward[i]!),
    context: count === read ? raw.context : take(raw.context, rows),
    ...(raw.unit === undefined ? {} : { unit: rows.map((i) => raw.unit![i]!) }),
  };
  return { log, rows: { read, kept: count, faults }, keptRows: rows };
}

function faultOf(raw: RawLog, i: number, places: ReadonlyMap<string, number>): LogFault | undefined {
  const arm = raw.arm[i];
  const chance = raw.propensity[i]!;
  if (arm === null || arm === undefined) return 'arm missing';
  if (!places.has(arm)) return 'arm unknown';
  if (Number.isNaN(chance)) return 'propensity missing';
  if (chance <= 0) return 'propensity 0 or below';
  if (chance > 1) return 'propensity above 1';
  if (raw.propensities !== undefined) {
    let sum = 0;
    for (let a = 0; a < places.size; a++) sum += raw.propensities[i * places.size + a]!;
    if (!(Math.abs(sum - 1) <= SUM_TOLERANCE)) return 'propensities that do not add up to 1';
  }
  return Number.isFinite(raw.reward[i]) ? undefined : 'reward missing';
}

/** @throws DECISION_LOG_BAD */
export function bad(what: string, expected: string): never {
  throw known('DECISION_LOG_BAD', { what, expected });
}

/**
 * Checks what a policy would do in the rows of a log.
 *
 * @param chances [rows x arms]
 * @throws DECISION_LOG_BAD naming the first row whose chances are below 0, missing or do not add up to 1
 */
export function needChances(log: DecisionLog, chances: Float64Array, who: string): void {
  const count = log.arms.length;
  if (chances.length !== log.arm.length * count)
    bad(`${chances.length} chances of the ${who}`, `${log.arm.length} rows x ${count} arms`);
  for (let i = 0; i < log.arm.length; i++) {
    let sum = 0;
    for (let a = 0; a < count; a++) {
      const chance = chances[i * count + a]!;
      if (!(chance >= 0)) bad(`a chance of ${chance} of the ${who} in row ${i + 1}`, 'chances from 0 to 1');
      sum += chance;
    }
    if (!(Math.abs(sum - 1) <= SUM_TOLERANCE))
      bad(`chances of the ${who} that add up to ${sum} in row ${i + 1}`, 'chances that add up to 1');
  }
}
