/** A multilayer perceptron for tables: an ensemble of networks that share most weights and learn together. */
import { known } from '#errors.ts';
import { split } from '#kernels/random.ts';
import type { NumberColumn, Table } from '#table/index.ts';
import type { Aim, Fitted, Supervised } from '../learner.ts';
import { type Target, targetOf } from '../target.ts';
import { setAside } from './aside.ts';
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
  /** Default: 0.004 of adamw, 0.03 of adafactor, 0.05 of sgd. */
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
  /** After the end was found, learn again from all rows for as many passes; 'auto': where there are few rows (10,000). */
  readonly refit: boolean | 'auto';
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
    dropout: 0.3,
    l2: 0.01,
    epochs: 200,
    batch: 256,
    optimizer: 'adamw',
    batchNorm: false,
    embedding: 8,
    signedLog: 'auto',
    bins: 0,
    labelSmoothing: 0,
    clip: 1,
    validation: 0.15,
    patience: 16,
    refit: 'auto',
    loss: 'l2',
    power: 1.5,
  },
  optional: { learningRate: 0.002, time: 'day' },
  fit: fitNetwork,
  predict: (model, data) => answersOf(model.net, model.head, encode(data, model.inputs)),
};

/** 'auto' learns again from all of up to so many rows: there the rows set aside are missed most, and it costs little. */
const REFIT_ROWS_MAX = 10_000;

const RATES = { adamw: 0.004, adafactor: 0.03, sgd: 0.05 } as const;

/**
 * Fits a network. The same rows in another order give the same model; so does another number of threads.
 *
 * @throws what `targetOf` throws; LEARNER_PARAMS; LABEL_OUT_OF_RANGE for a label below zero with a loss for amounts; FEATURE_KIND
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
  const { time, validation, task } = params;
  const aside = setAside(target.label, validation, split(seed, 'aside'), {
    ...(time === undefined ? {} : { time: rows.columns[time] as NumberColumn }),
    byClass: task !== 'regress',
  });
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
  const below = task === 'regress' && params.loss !== 'l2' ? whole.label.findIndex((y) => y < 0) : -1;
  if (below >= 0) throw known('LABEL_OUT_OF_RANGE', { loss: params.loss, row: below + 1, value: whole.label[below]! });
  if (time !== undefined && data.columns[time] === undefined)
    throw known('FEATURE_MISSING', { feature: time, have: Object.keys(data.columns) });
  if (time !== undefined && data.columns[time]!.kind !== 'number')
    throw known('FEATURE_KIND', { feature: time, came: 'text', expected: 'number' });
  const names = [...new Set([...features, label, time].filter((name) => name !== undefined))];
  const rows = canonical(data, names, whole.weights, weight);
  const target = targetOf(rows, { task, label, features, ...(weight === undefined ? {} : { weight }) });
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
  const { learn } = await import('./training.ts');
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
  const again = params.refit === 'auto' ? lesson.encoded.rows <= REFIT_ROWS_MAX : params.refit;
  if (!again || aside.length === 0) return found;
  const all = Int32Array.from({ length: lesson.encoded.rows }, (_, i) => i);
  return { ...found, weights: run(all, new Int32Array(0), found.epochs).weights };
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
  demand('refit', ['auto', true, false].includes(params.refit), 'true, false or auto');
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
