/** What a reward is expected to be of each arm in each row, foretold by models that did not see the row. */

import { random, shuffled, split } from '#kernels/random.ts';
import { boosting, linear } from '#learners/index.ts';
import { type Column, numbers, type Table, take, texts } from '#table/index.ts';
import type { DecisionLog } from './log.ts';

export const REWARD_MODELS = ['linear', 'boosting', 'mean'] as const;
/** linear: ridge regression an arm; boosting: trees on arm and context together; mean: that of each arm. */
export type RewardModel = (typeof REWARD_MODELS)[number];

export interface RewardModelOptions {
  readonly model: RewardModel;
  /** Parts of the log, each foretold from the others; rows of one unit are in one part. */
  readonly folds: number;
  readonly seed: number;
}

const ARM = 'tierwise arm';
const REWARD = 'tierwise reward';
/** Rows of an arm below which it is foretold by its mean, drawn to that of all by as many rows. */
const ROWS_MIN = 20;

/** [rows x arms] expected reward */
export function expectedRewards(log: DecisionLog, options: RewardModelOptions): Float64Array {
  const rows = log.arm.length;
  const count = log.arms.length;
  const out = new Float64Array(rows * count);
  const folds = foldsOf(log, options);
  const parts = Math.min(options.folds, rows);
  for (let fold = 0; fold < parts; fold++) {
    const asked = placesOf(folds, (own) => own === fold);
    const from = parts === 1 ? asked : placesOf(folds, (own) => own !== fold);
    if (asked.length === 0) continue;
    const told =
      options.model === 'boosting' && Object.keys(log.context.columns).length > 0
        ? byTrees(log, from, asked, options.seed)
        : byArm(log, from, asked, options.model);
    for (let i = 0; i < asked.length; i++)
      for (let a = 0; a < count; a++) out[asked[i]! * count + a] = told[i * count + a]!;
  }
  return out;
}

function foldsOf({ arm, unit }: DecisionLog, { folds, seed }: RewardModelOptions): Int32Array {
  const units = unit ?? Int32Array.from(arm, (_, i) => i);
  const last = units.reduce((most, own) => Math.max(most, own), 0);
  const place = shuffled(last + 1, random(split(seed, 'reward folds')));
  return units.map((own) => place[own]! % folds);
}

function placesOf(folds: Int32Array, holds: (fold: number) => boolean): Int32Array {
  return Int32Array.from(folds.keys()).filter((i) => holds(folds[i]!));
}

function byArm(log: DecisionLog, from: Int32Array, asked: Int32Array, model: RewardModel): Float64Array {
  const count = log.arms.length;
  const out = new Float64Array(asked.length * count);
  const all = meanOf(log, from);
  const features = Object.keys(log.context.columns);
  const questions = take(log.context, asked);
  for (let a = 0; a < count; a++) {
    const own = from.filter((i) => log.arm[i] === a);
    const weight = own.length / (own.length + ROWS_MIN);
    const flat = own.length === 0 ? all : weight * meanOf(log, own) + (1 - weight) * all;
    let told = new Float64Array(asked.length).fill(flat);
    if (model === 'linear' && features.length > 0 && own.length >= ROWS_MIN) {
      const data = withReward(take(log.context, own), log, own);
      const fitted = linear.fit(data, { ...linear.defaults, label: REWARD, features }, 0);
      told = linear.predict(fitted as Awaited<typeof fitted>, questions) as Float64Array<ArrayBuffer>;
    }
    for (let i = 0; i < asked.length; i++) out[i * count + a] = told[i]!;
  }
  return out;
}

function byTrees(log: DecisionLog, from: Int32Array, asked: Int32Array, seed: number): Float64Array {
  const count = log.arms.length;
  const out = new Float64Array(asked.length * count);
  const rows = withReward(take(log.context, from), log, from);
  const arm: Column = texts(Array.from(from, (i) => log.arms[log.arm[i]!]!));
  const features = [...Object.keys(log.context.columns), ARM];
  const params = { ...boosting.defaults, task: 'regress', label: REWARD, features, trees: 60, leaves: 8 } as const;
  const fitted = boosting.fit({ length: from.length, columns: { ...rows.columns, [ARM]: arm } }, params, seed);
  const questions = take(log.context, asked);
  for (let a = 0; a < count; a++) {
    const named: Column = { kind: 'text', codes: new Int32Array(asked.length), dictionary: [log.arms[a]!] };
    const told = boosting.predict(fitted as Awaited<typeof fitted>, {
      length: asked.length,
      columns: { ...questions.columns, [ARM]: named },
    });
    for (let i = 0; i < asked.length; i++) out[i * count + a] = told[i]!;
  }
  return out;
}

const withReward = (data: Table, log: DecisionLog, rows: Int32Array): Table => ({
  length: rows.length,
  columns: { ...data.columns, [REWARD]: numbers(Float64Array.from(rows, (i) => log.reward[i]!)) },
});

const meanOf = ({ reward }: DecisionLog, rows: Int32Array): number =>
  rows.reduce((sum, i) => sum + reward[i]!, 0) / Math.max(1, rows.length);
