/** A multilayer perceptron for tables: an ensemble of networks that share most weights and learn together. */
import { known } from '#errors.ts';
import { mix32, split } from '#kernels/random.ts';
import type { Column, Table } from '#table/index.ts';
import type { Aim, Fitted, Supervised } from '../learner.ts';
import { type Target, targetOf } from '../target.ts';
import { answersOf } from './forward.ts';
import { type Head, headOf, LOSSES, type Loss, toldOf } from './heads.ts';
import { canonical, encode, inputsOf, type NetworkInputs } from './inputs.ts';
import type { Learned, Lesson } from './training.ts';
import { type Net, netOf, type Shape, startOf } from './weights.ts';

export interface NetworkParams extends Aim {
  /** Units of each hidden layer. */
  readonly layers: readonly number[];
  /** Networks that share weights and whose answers are averaged; 1 is one plain network. */
  readonly members: number;
  /** Share of hidden units left out at each step, below 1. */
  readonly dropout: number;
  /** Draws the weights to zero by learningRate x l2 of their size at each step. */
  readonly l2: number;
  /** Most passes over the rows. */
  readonly epochs: number;
  /** Rows of a step. */
  readonly batch: number;
  /** Default: 0.002 of adamw, 0.03 of adafactor, 0.05 of sgd. */
  readonly learningRate?: number;
  readonly optimizer: 'adamw' | 'adafactor' | 'sgd';
  readonly batchNorm: boolean;
  /** Longest vector of a category of a text column. */
  readonly embedding: number;
  /** sign(x) log(1 + |x|) of numbers; 'auto': of those that it makes less skewed. */
  readonly signedLog: boolean | 'auto';
  /** Intervals of a piecewise-linear encoding of each number, beside the number; 0 for none. */
  readonly bins: number;
  /** classify: share of each label that is spread over all classes. */
  readonly labelSmoothing: number;
  /** Longest gradient. */
  readonly clip: number;
  /** Share of the rows that is set aside to end in time; 0: all epochs are run. */
  readonly validation: number;
  /** Passes without a better loss on those rows before it ends. */
  readonly patience: number;
  /** After the end was found, learn again from all rows for as many steps. */
  readonly refit: boolean;
  /** Column of numbers by which the latest rows are set aside; not learned from unless `features` names it. */
  readonly time?: string;
  /** regress: what is minimised; all but l2 need labels >= 0. */
  readonly loss: Loss;
  /** Power of the variance of tweedie, between 1 and 2. */
  readonly power: number;
}

export interface NetworkModel extends Fitted {
  readonly kind: 'network';
  readonly inputs: NetworkInputs;
  readonly head: Head;
  readonly net: Net;
  readonly rows: number;
  /** Passes over the rows that the weights stand for, and whether the rows set aside ended them. */
  readonly epochs: number;
  readonly stopped: boolean;
  /** Mean loss on the rows set aside at that pass; null where none are. */
  readonly validationLoss: number | null;
}

export const network: Supervised<NetworkParams, NetworkModel> = {
  name: 'network',
  tasks: ['classify', 'ordinal', 'regress'],
  source: 'Gorishniy, Kotelnikov, Babenko (2025), TabM; Shi, Cao, Raschka (2023), CORN; Wang, Liu, Miao (2019), ZILN',
  defaults: {
    task: 'classify',
    label: 'label',
    layers: [64, 32],
    members: 8,
    dropout: 0.1,
    l2: 0.01,
    epochs: 200,
    batch: 128,
    optimizer: 'adamw',
    batchNorm: false,
    embedding: 8,
    signedLog: 'auto',
    bins: 0,
    labelSmoothing: 0,
    clip: 1,
    validation: 0.15,
    patience: 16,
    refit: false,
    loss: 'l2',
    power: 1.5,
  },
  fit: fitNetwork,
  predict: (model, data) => answersOf(model.net, model.head, encode(data, model.inputs)),
};

const RATES = { adamw: 0.002, adafactor: 0.03, sgd: 0.05 } as const;

/**
 * Fits a network. The same rows in another order give the same model; so does another number of threads.
 *
 * @throws what `targetOf` throws; LEARNER_PARAMS; LABEL_RANGE for a label below zero with a loss for amounts; FEATURE_KIND
 */
export async function fitNetwork(data: Table, params: NetworkParams, seed: number): Promise<NetworkModel> {
  check(params);
  const { rows, target, features } = readRows(data, params);
  const inputs = inputsOf(rows, features, params);
  const options = { task: params.task, classCount: target.classes.length, loss: params.loss, power: params.power };
  const head = headOf(target.label, target.weights, options);
  const lesson: Lesson = {
    encoded: encode(rows, inputs),
    told: toldOf(head, target.label, params.labelSmoothing),
    weights: target.weights,
  };
  const shape: Shape = {
    members: params.members,
    numbers: inputs.numbers.length,
    texts: inputs.texts.map(({ categories, size }) => ({ rows: categories.length + 2, size })),
    layers: params.layers,
    outputs: head.outputs,
    batchNorm: params.batchNorm,
  };
  const aside = setAside(rows, target, params, split(seed, 'aside'));
  const learned = await train(shape, head, lesson, aside, params, seed);
  const last = learned.validation[learned.epochs - 1];
  const read = new Set([...inputs.numbers, ...inputs.texts].map(({ feature }) => feature));
  return {
    kind: 'network',
    task: params.task,
    classes: target.classes,
    features: features.filter((name) => read.has(name)),
    inputs,
    head,
    net: netOf(shape, learned.weights),
    rows: rows.length,
    epochs: learned.epochs,
    stopped: learned.validation.length > 0 && learned.validation.length < params.epochs,
    validationLoss: last ?? null,
  };
}

/** The rows that weigh, in canonical order, and their target. */
function readRows(data: Table, params: NetworkParams): { rows: Table; target: Target; features: readonly string[] } {
  const { task, label, weight, time } = params;
  const own = [label, weight, params.group, time];
  const features = params.features ?? Object.keys(data.columns).filter((name) => !own.includes(name));
  const whole = targetOf(data, { ...params, features });
  if (time !== undefined && data.columns[time] === undefined)
    throw known('FEATURE_MISSING', { feature: time, have: Object.keys(data.columns) });
  if (time !== undefined && data.columns[time]!.kind !== 'number')
    throw known('FEATURE_KIND', { feature: time, came: 'text', expected: 'number' });
  const names = [...new Set([...features, label, weight, time].filter((name) => name !== undefined))];
  const rows = canonical(data, names, whole.weights);
  const target = targetOf(rows, { task, label, features, ...(weight === undefined ? {} : { weight }) });
  if (task === 'regress' && params.loss !== 'l2') {
    const value = target.label.find((y) => y < 0);
    if (value !== undefined) throw known('LABEL_RANGE', { label, value, expected: `0 or more for ${params.loss}` });
  }
  return { rows, target, features };
}

async function train(
  shape: Shape,
  head: Head,
  lesson: Lesson,
  { rows, aside }: { rows: Int32Array; aside: Int32Array },
  params: NetworkParams,
  seed: number,
): Promise<Learned> {
  const { makeTrainer } = await import('./backend.ts');
  const { learn, stepsOf } = await import('./training.ts');
  const { optimizer, l2, clip, learningRate = RATES[optimizer], dropout, patience } = params;
  const run = (of: Int32Array, not: Int32Array, epochs: number): Learned => {
    const size = Math.min(params.batch, of.length);
    const plan = { shape, head, optimiser: optimizer, batch: size, l2, clip };
    const trainer = makeTrainer(plan, startOf(shape, head.start, split(seed, 'start')));
    try {
      const schedule = { epochs, learningRate, dropout, patience };
      return learn(trainer, plan, lesson, { rows: of, aside: not, schedule, seed: split(seed, 'learn') });
    } finally {
      trainer.close();
    }
  };
  const found = run(rows, aside, params.epochs);
  if (!params.refit || aside.length === 0) return found;
  const all = Int32Array.from({ length: lesson.encoded.rows }, (_, i) => i);
  const ratio = stepsOf(rows.length, params.batch) / stepsOf(all.length, params.batch);
  const again = run(all, new Int32Array(0), Math.max(1, Math.round(found.epochs * ratio)));
  return { ...found, weights: again.weights };
}

/** Numbers of the rows to learn from, and of those set aside: the latest, or some of each class by chance. */
function setAside(rows: Table, target: Target, { time, validation, task }: NetworkParams, seed: number) {
  const all = Int32Array.from({ length: rows.length }, (_, i) => i);
  const order = byTime(rows.columns[time ?? '']) ?? byChance(all, seed);
  const counts = new Map<number, number>();
  const strata = time === undefined && task !== 'regress';
  const stratum = (i: number) => (strata ? target.label[i]! : 0);
  for (const i of all) counts.set(stratum(i), (counts.get(stratum(i)) ?? 0) + 1);
  const left = new Map([...counts].map(([of, count]) => [of, Math.floor(count * validation)]));
  const isAside = new Uint8Array(rows.length);
  for (const i of order) {
    const room = left.get(stratum(i))!;
    if (room === 0) continue;
    left.set(stratum(i), room - 1);
    isAside[i] = 1;
  }
  return { rows: all.filter((i) => isAside[i] === 0), aside: all.filter((i) => isAside[i] === 1) };
}

/** Rows from the latest; those without a time last. */
function byTime(column: Column | undefined): Int32Array | undefined {
  if (column?.kind !== 'number') return undefined;
  const { values, valid } = column;
  const at = values.map((t, i) => (valid?.[i] === 0 || Number.isNaN(t) ? Number.NEGATIVE_INFINITY : t));
  return Int32Array.from(at, (_, i) => i).sort((a, b) => (at[a] === at[b] ? a - b : at[b]! > at[a]! ? 1 : -1));
}

function byChance(all: Int32Array, seed: number): Int32Array {
  const keys = all.map((i) => mix32(seed ^ mix32(i)));
  return all.slice().sort((a, b) => keys[a]! - keys[b]! || a - b);
}

const isWhole = (x: unknown, low: number, high: number): boolean =>
  typeof x === 'number' && Number.isInteger(x) && x >= low && x <= high;
const isBetween = (x: unknown, low: number, high: number): boolean => typeof x === 'number' && x >= low && x <= high;

function check(params: NetworkParams): void {
  const { layers, learningRate, optimizer, loss, signedLog } = params;
  const demand = (name: keyof NetworkParams, holds: boolean, expected: string): void => {
    const value = JSON.stringify(params[name]) ?? String(params[name]);
    if (!holds) throw known('LEARNER_PARAMS', { learner: 'network', name, value, expected });
  };
  const whole = (name: keyof NetworkParams, low: number, high: number) =>
    demand(name, isWhole(params[name], low, high), `a whole number from ${low} to ${high}`);
  const between = (name: keyof NetworkParams, low: number, high: number) =>
    demand(name, isBetween(params[name], low, high), `a number from ${low} to ${high}`);
  demand('task', network.tasks.includes(params.task), network.tasks.join(', '));
  demand('layers', Array.isArray(layers) && layers.every((n) => isWhole(n, 1, 8192)), 'a list of whole numbers from 1');
  demand('optimizer', Object.hasOwn(RATES, optimizer), Object.keys(RATES).join(', '));
  demand('loss', LOSSES.includes(loss), LOSSES.join(', '));
  demand('signedLog', ['auto', true, false].includes(signedLog), 'true, false or auto');
  demand('learningRate', learningRate === undefined || isBetween(learningRate, 1e-9, 10), 'a number from 1e-9 to 10');
  whole('members', 1, 256);
  whole('epochs', 1, 100_000);
  whole('batch', 1, 1_000_000);
  whole('embedding', 1, 1024);
  whole('bins', 0, 1024);
  whole('patience', 1, 100_000);
  between('dropout', 0, 0.95);
  between('l2', 0, 1000);
  between('labelSmoothing', 0, 0.9);
  between('clip', 1e-6, 1e6);
  between('validation', 0, 0.9);
  between('power', 1.01, 1.99);
}
