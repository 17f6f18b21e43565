/**
 * Fitted Q iteration for lifetime value: which action now, when all later decisions are made as well. It is cautious in two
 * ways: several fits on resampled customers, of whose values the mean less a number of deviations counts, and only actions
 * that the log takes often enough in such a state. What it proposes goes through the gate of `promoteLifetime` like any
 * other candidate.
 *
 * @see Ernst, Geurts, Wehenkel (2005), Tree-Based Batch Mode Reinforcement Learning, JMLR 6, figure 1
 * @see Fujimoto, Meger, Precup (2019), Off-Policy Deep Reinforcement Learning without Exploration, ICML 36 (actions held to the log's)
 * @see Ghasemipour, Gu, Nachum (2022), Why So Pessimistic?, NeurIPS 35 (each fit follows its own values)
 */
import { known } from '#errors.ts';
import { random, split } from '#kernels/random.ts';
import { type LogisticModel, logistic } from '#learners/index.ts';
import type { Table, TextColumn } from '#table/index.ts';
import {
  type ActionValues,
  actionValues,
  fitActionValues,
  VALUE_LEARNERS,
  type ValueLearner,
} from './action-values.ts';
import { type Histories, orderOf } from './histories.ts';

export interface LifetimeParams {
  /** What a margin is worth one decision later, from 0 to 1. */
  readonly discount: number;
  readonly learner: ValueLearner;
  /** Fits on resampled customers. */
  readonly members: number;
  /** Deviations between the fits that are taken off a value. */
  readonly penalty: number;
  /** An action counts where the log takes it at least this share as often as the likeliest one. */
  readonly support: number;
  /** Decisions looked ahead; default: as many as the longest history has, 40 at most. */
  readonly rounds?: number;
}

export const LIFETIME_DEFAULTS: LifetimeParams = {
  ...{ discount: 0.95, learner: 'linear', members: 8, penalty: 1, support: 0.05 },
};

/** Plain data. */
export interface LifetimeModel {
  readonly actions: readonly string[];
  readonly params: LifetimeParams;
  readonly members: readonly ActionValues[];
  /** What the log does in a state; null where it takes but one action. */
  readonly logged: LogisticModel | null;
  readonly rows: number;
  /** Mean change of the values in the last round, over their mean size: near 0 where it has settled. */
  readonly unsettled: number;
}

const ACTION = 'tierwise action';

/** @throws DECISION_LOG_BAD; POLICY_BAD for a parameter that cannot be */
export async function fitLifetime(
  histories: Histories,
  given: Partial<LifetimeParams> = {},
  seed = 1,
): Promise<LifetimeModel> {
  const params = { ...LIFETIME_DEFAULTS, ...given };
  check(params);
  const { next, longest } = orderOf(histories);
  const { actions, state, action, reward, unit } = histories;
  const count = actions.length;
  const logged = await loggedOf(histories);
  const allowed = allowedIn(logged, state, actions, params.support);
  const weights = Array.from({ length: params.members }, (_, k) => resampled(unit, split(seed, 'member', k)));
  let members: ActionValues[] = [];
  let values: Float64Array[] = weights.map(() => new Float64Array(reward.length * count));
  let unsettled = 1;
  for (let round = 0; round < (params.rounds ?? Math.min(40, longest)); round++) {
    const best = bestOf(cautious(values, params.penalty), allowed, count);
    members = weights.map((own, k) => {
      const target = reward.map((r, i) => {
        const then = next[i]!;
        return then < 0 ? r : r + params.discount * values[k]![then * count + best[then]!]!;
      });
      const rows = { state, action, actionCount: count, weights: own, target };
      return fitActionValues(rows, params.learner, split(seed, 'fit', k));
    });
    const told = members.map((own) => actionValues(own, state));
    unsettled = changeOf(values, told);
    values = told;
    if (unsettled < 1e-6) break;
  }
  return { actions, params, members, logged, rows: reward.length, unsettled };
}

export interface LifetimeValues {
  /** [rows x actions] discounted margin from here on: mean of the fits, and the mean less the penalty */
  readonly mean: Float64Array;
  readonly cautious: Float64Array;
  /** [rows x actions] 1 where the log takes the action often enough in such a state */
  readonly allowed: Uint8Array;
}

export function lifetimeValues(model: LifetimeModel, state: Table): LifetimeValues {
  const values = model.members.map((own) => actionValues(own, state));
  return {
    mean: cautious(values, 0),
    cautious: cautious(values, model.params.penalty),
    allowed: allowedIn(model.logged, state, model.actions, model.params.support),
  };
}

/**
 * What the model would do.
 *
 * @param floor least chance of each allowed action
 * @returns [rows x actions] chances
 */
export function lifetimeChances(model: LifetimeModel, state: Table, { floor = 0 } = {}): Float64Array {
  const { cautious: values, allowed } = lifetimeValues(model, state);
  const count = model.actions.length;
  const best = bestOf(values, allowed, count);
  const out = new Float64Array(values.length);
  for (let i = 0; i < state.length; i++) {
    let open = 0;
    for (let a = 0; a < count; a++) open += allowed[i * count + a]!;
    const least = Math.min(floor, 1 / open);
    for (let a = 0; a < count; a++) out[i * count + a] = allowed[i * count + a]! * least;
    out[i * count + best[i]!]! += 1 - least * open;
  }
  return out;
}

/** Mean less so many deviations over the members. */
function cautious(values: readonly Float64Array[], penalty: number): Float64Array {
  const members = values.length;
  return values[0]!.map((_, at) => {
    let mean = 0;
    for (const own of values) mean += own[at]! / members;
    if (penalty === 0 || members < 2) return mean;
    let squares = 0;
    for (const own of values) squares += (own[at]! - mean) ** 2;
    return mean - penalty * Math.sqrt(squares / (members - 1));
  });
}

function bestOf(values: Float64Array, allowed: Uint8Array, count: number): Int32Array {
  return Int32Array.from({ length: values.length / count }, (_, i) => {
    let best = -1;
    for (let a = 0; a < count; a++)
      if (allowed[i * count + a] === 1 && (best < 0 || values[i * count + a]! > values[i * count + best]!)) best = a;
    return best;
  });
}

/** How often each customer is in a resample of as many, for each of their rows. */
function resampled(unit: Int32Array, seed: number): Float64Array {
  const units = [...new Set(unit)].sort((a, b) => a - b);
  const draw = random(seed);
  const counts = new Map<number, number>();
  for (let k = 0; k < units.length; k++) {
    const one = units[draw.integer(units.length)]!;
    counts.set(one, (counts.get(one) ?? 0) + 1);
  }
  return Float64Array.from(unit, (one) => counts.get(one) ?? 0);
}

async function loggedOf({ actions, action, state }: Histories): Promise<LogisticModel | null> {
  const features = Object.keys(state.columns);
  if (new Set(action).size < 2 || features.length === 0) return null;
  const column: TextColumn = { kind: 'text', codes: action, dictionary: actions };
  const data: Table = { length: state.length, columns: { ...state.columns, [ACTION]: column } };
  const params = { ...logistic.defaults, task: 'classify', label: ACTION, features } as const;
  return logistic.fit(data, params, 0);
}

/** The best-supported action is always allowed. Without a model of the log every action is. */
function allowedIn(
  logged: LogisticModel | null,
  state: Table,
  actions: readonly string[],
  support: number,
): Uint8Array {
  const count = actions.length;
  const out = new Uint8Array(state.length * count).fill(1);
  if (logged === null) return out;
  const chances = logistic.predict(logged, state);
  const places = actions.map((name) => logged.classes.indexOf(name));
  const width = logged.classes.length;
  for (let i = 0; i < state.length; i++) {
    let most = 0;
    for (let k = 0; k < width; k++) most = Math.max(most, chances[i * width + k]!);
    for (const [a, place] of places.entries())
      out[i * count + a] = place >= 0 && chances[i * width + place]! >= support * most ? 1 : 0;
  }
  return out;
}

function changeOf(before: readonly Float64Array[], after: readonly Float64Array[]): number {
  let [change, size] = [0, 0];
  for (const [k, own] of after.entries())
    for (let at = 0; at < own.length; at++) {
      change += Math.abs(own[at]! - before[k]![at]!);
      size += Math.abs(own[at]!);
    }
  return size > 0 ? change / size : 0;
}

function check(params: LifetimeParams): void {
  const demand = (name: keyof LifetimeParams, holds: boolean, expected: string): void => {
    if (!holds) throw known('POLICY_BAD', { what: `${name} of a lifetime policy at ${params[name]}`, expected });
  };
  const { discount, learner, members, penalty, support, rounds } = params;
  demand('discount', discount >= 0 && discount <= 1, 'a number from 0 to 1');
  demand('learner', VALUE_LEARNERS.includes(learner), VALUE_LEARNERS.join(', '));
  demand('members', Number.isInteger(members) && members >= 1 && members <= 100, 'a whole number from 1 to 100');
  demand('penalty', penalty >= 0 && Number.isFinite(penalty), 'a number of 0 or more');
  demand('support', support >= 0 && support <= 1, 'a number from 0 to 1');
  demand('rounds', rounds === undefined || (Number.isInteger(rounds) && rounds >= 1), 'a whole number from 1');
}
