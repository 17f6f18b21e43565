// Aim: a model written as ONNX answers as the model itself, in the runtime that others use.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numbers, type Table, table, texts } from '#table/index.ts';
import { learners } from '../../index.ts';
import type { Fitted } from '../../learner.ts';
import { type NetworkParams, network } from '../../network/network.ts';
import { registry } from '../../registry.ts';
import { predictEnsemble } from '../../trees/predict.ts';
import type { ModelCard } from '../card.ts';
import { ELEMENT } from './proto.ts';
import { openSession } from './runtime.ts';
import { randomEnsemble, randomTable, type WorldOptions } from './tree-worlds.ts';
import { writeOnnx } from './write.ts';

const missing = await import('onnxruntime-node').then(
  () => false as const,
  (error: Error) => `onnxruntime-node is not here: ${error.message}`,
);

/** Of float32 sums of some dozen numbers, relative to what is of the order of one. */
const TOLERANCE = 1e-5;

const cardOf = (model: Fitted, data: Table): ModelCard => ({
  ...{ learner: model.kind, task: model.task, label: 'y', rows: 1, params: {}, seed: 1, metrics: {} },
  features: model.features.map((name) => ({ name, kind: data.columns[name]!.kind })),
  split: { train: 'a', test: 'b', testRows: 1 },
  ...{ trainingHash: '', version: '0', made: '' },
});

async function answers(model: Fitted, data: Table) {
  const bytes = await writeOnnx({ card: cardOf(model, data), model });
  const feeds = model.features.map((name) => ({
    port: { name, width: 1, element: data.columns[name]!.kind === 'text' ? ELEMENT.string : ELEMENT.float },
    features: [name],
  }));
  return (await openSession(bytes, 'm.onnx', feeds)).run(data);
}

async function same(model: Fitted, data: Table, expected: Float64Array): Promise<void> {
  const made = await answers(model, data);
  const got = made.get(model.classes.length > 0 ? 'chances' : 'predicted')!.values as Float64Array;
  assert.equal(got.length, expected.length);
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs(got[i]! - value) <= TOLERANCE * Math.max(1, Math.abs(value)), `${i}: ${got[i]} of ${value}`);
  if (model.classes.length === 0) return;
  const width = model.classes.length;
  for (const [i, name] of (made.get('predicted')!.values as string[]).entries()) {
    const chance = expected[i * width + model.classes.indexOf(name)]!;
    const most = Math.max(...expected.subarray(i * width, (i + 1) * width));
    assert.ok(chance >= most - TOLERANCE, `row ${i}: ${name}`);
  }
}

const WORLDS: readonly WorldOptions[] = [
  { link: 'identity', width: 1 },
  { link: 'identity', width: 1, average: true },
  { link: 'log', width: 1 },
  { link: 'lognormal', width: 3 },
  { link: 'logit', width: 1, classes: ['no', 'yes'] },
  { link: 'softmax', width: 3, classes: ['a', 'b', '丙'] },
  { link: 'shares', width: 3, average: true, classes: ['a', 'b', 'c'] },
  { link: 'ordinal', width: 1, classes: ['1', '2', '3', '4'], cuts: [-0.5, 0.1, 0.8] },
  { link: 'identity', width: 1, trees: 1 },
];

for (const [w, world] of WORLDS.entries())
  test(`trees, ${world.link}${world.average ? ', averaged' : ''}${world.trees ? ', one leaf' : ''}`, {
    skip: missing,
  }, async () => {
    const model = randomEnsemble(world, 10 + w);
    const data = randomTable(500, 20 + w);
    await same(model, data, predictEnsemble(model, data));
  });

test('a number on a threshold falls on the same side', { skip: missing }, async () => {
  const model = randomEnsemble({ link: 'identity', width: 1, trees: 60 }, 3);
  const limits = model.trees.flatMap(({ threshold }) =>
    threshold.flatMap((t) => [Math.fround(t), Math.fround(t * (1 + 2 ** -23))]),
  );
  const some = randomTable(limits.length, 4);
  const data = table({ ...some.columns, age: numbers(limits), 'spend 90d': numbers(limits.toReversed()) });
  await same(model, data, predictEnsemble(model, data));
});

const ROWS = 300;

/** Numbers with gaps, moments, skewed numbers and text; labels of each task. `shift` gives other rows. */
function linearWorld(shift: number): Table {
  const { columns } = randomTable(ROWS, 5 + shift);
  const each = (of: (i: number) => number | null) => numbers(Array.from({ length: ROWS }, (_, i) => of(i + shift)));
  const tier = (i: number) => ((i * 7) % 13) % 3;
  return table({
    ...columns,
    moment: each((i) => Math.fround(1.7e12 + 2 ** 20 * ((i * 37) % 101))),
    skewed: each((i) => (i % 11 === 0 ? null : Math.fround(Math.exp((i * 13) % 17)))),
    tier: texts(Array.from({ length: ROWS }, (_, i) => ['low', 'mid', 'high'][tier(i)]!)),
    both: texts(Array.from({ length: ROWS }, (_, i) => (tier(i) > 0 ? 'yes' : 'no'))),
    amount: each((i) => tier(i) * 3 + ((i * 31) % 7)),
  });
}

const LINEAR: readonly (readonly [name: string, label: string, params: object])[] = [
  ['logistic', 'tier', {}],
  ['logistic', 'both', { signedLog: true }],
  ['logistic', 'tier', { task: 'ordinal', signedLog: true }],
  ['linear', 'amount', { task: 'regress' }],
  ['linear', 'amount', { task: 'regress', target: 'log1p', signedLog: true }],
  ['svm', 'tier', { standardise: true }],
  ['svm', 'both', { kernel: 'rbf' }],
];

for (const [name, label, params] of LINEAR)
  test(`${name} of ${label} ${JSON.stringify(params)}`, { skip: missing }, async () => {
    const learner = registry(learners).get(name);
    const features = ['age', 'color', 'moment', 'skewed'];
    const aim = { task: 'classify', label, features };
    const model = (await learner.fit(linearWorld(0), { ...learner.defaults, ...aim, ...params }, 1)) as Fitted;
    const held = linearWorld(50);
    await same(model, held, learner.predict(model, held));
  });

test('boosting and forests of text and numbers', { skip: missing }, async () => {
  const features = ['age', 'color', 'skewed'];
  for (const [task, label] of [
    ['classify', 'tier'],
    ['classify', 'both'],
    ['regress', 'amount'],
  ] as const) {
    const held = linearWorld(50);
    for (const name of ['boosting', 'forest', 'extra-trees']) {
      const learner = registry(learners).get(name);
      const params = { ...learner.defaults, task, label, features, trees: 20, minRows: 5 };
      const model = (await learner.fit(linearWorld(0), params, 1)) as Fitted;
      await same(model, held, learner.predict(model, held));
    }
  }
});

const NETWORKS: readonly (readonly [label: string, params: Partial<NetworkParams>, features?: readonly string[]])[] = [
  ['tier', { members: 4, bins: 4 }],
  ['both', { members: 1, batchNorm: true, signedLog: true }],
  ['tier', { task: 'ordinal' }],
  ['amount', { task: 'regress' }],
  ['amount', { task: 'regress', loss: 'tweedie' }],
  ['amount', { task: 'regress', loss: 'zero-inflated-lognormal' }],
  ['tier', { members: 2 }, ['color']],
];

for (const [label, params, features = ['age', 'color', 'moment', 'skewed']] of NETWORKS)
  test(`network of ${label} ${JSON.stringify(params)} by ${features.length}`, { skip: missing }, async () => {
    const common = { ...network.defaults, task: 'classify', label, features, epochs: 3, layers: [8, 5] } as const;
    const model = await network.fit(linearWorld(0), { ...common, ...params }, 1);
    const held = linearWorld(50);
    await same(model, held, network.predict(model, held));
  });

test('a learner without a form in ONNX is refused', async () => {
  const model = { kind: 'other', task: 'regress', classes: [], features: [] } as const;
  await assert.rejects(writeOnnx({ card: cardOf(model, randomTable(1, 1)), model }), { code: 'ONNX_NOT_POSSIBLE' });
});
