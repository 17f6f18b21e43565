// Aim: a network learns what can be learned, keeps a learner's promises, says what is wrong with its input, and ends in time.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { random } from '#kernels/random.ts';
import { type Column, numberColumn, numbers, type Table, table, texts } from '#table/index.ts';
import { conformance } from '../conformance.ts';
import { setAside } from './aside.ts';
import { encode, inputsOf } from './inputs.ts';
import { fitNetwork, type NetworkParams, network } from './network.ts';

/** Class and amount hang on x times z, on a text and on whether `gap` is missing. */
function world(rows: number, seed = 1): Table {
  const draw = random(seed);
  const x = Array.from({ length: rows }, () => draw.normal());
  const z = Array.from({ length: rows }, () => draw.normal());
  const gap = x.map(() => (draw.uniform() < 0.3 ? null : draw.normal()));
  const place = x.map(() => ['north', 'south', 'west', null][draw.integer(4)]!);
  const score = x.map((v, i) => v * z[i]! + (place[i] === 'north' ? 1.5 : 0) - (gap[i] === null ? 1 : 0));
  return table({
    x: numbers(x),
    z: numbers(z),
    gap: numbers(gap),
    constant: numbers(x.map(() => 7)),
    place: texts(place),
    label: texts(score.map((s) => (s > 0.8 ? 'c' : s > -0.5 ? 'b' : 'a'))),
    amount: numbers(score.map((s) => (s > 0 ? Math.exp(s) : 0))),
    day: numbers(x.map((_, i) => i)),
  });
}

const features = ['x', 'z', 'gap', 'constant', 'place'];
const params: NetworkParams = { ...network.defaults, features, members: 2, layers: [16], epochs: 20, batch: 64 };
const amounts: NetworkParams = { ...params, task: 'regress', label: 'amount' };

describe('classes', () => conformance(network, { data: world(160), params: { ...params, epochs: 4 } }));
describe('classes in order', () =>
  conformance(network, {
    data: world(120),
    params: { ...params, task: 'ordinal', epochs: 3, batchNorm: true, bins: 4 },
  }));
describe('amounts', () =>
  conformance(network, {
    data: world(120),
    params: { ...amounts, loss: 'zero-inflated-lognormal', epochs: 3, members: 1, time: 'day', refit: true },
  }));

const accuracy = (data: Table, chances: Float64Array, classes: readonly string[]): number => {
  const label = data.columns.label as Column & { kind: 'text' };
  let right = 0;
  for (let i = 0; i < data.length; i++) {
    const row = chances.subarray(i * classes.length, (i + 1) * classes.length);
    if (classes[row.indexOf(Math.max(...row))] === label.dictionary[label.codes[i]!]) right++;
  }
  return right / data.length;
};

test('learns a product, a category and a gap that no linear model can, in each task and with each optimiser', async () => {
  const data = world(800);
  const fresh = world(800, 2);
  for (const extra of [
    {},
    { task: 'ordinal' },
    { optimizer: 'adafactor' },
    { optimizer: 'sgd' },
    { batchNorm: true },
  ] as const) {
    const model = await network.fit(
      data,
      { ...params, layers: [32], epochs: 80, learningRate: extra.optimizer === 'sgd' ? 0.1 : 0.01, ...extra },
      1,
    );
    // the share of the commonest class is 0.41; a logistic regression on these inputs reaches 0.63
    const share = accuracy(fresh, network.predict(model, fresh), model.classes);
    assert.ok(share > 0.85, `${JSON.stringify(extra)}: ${share}`);
  }
});

test('learns sixteen rows by heart: loss near none in each task', async () => {
  const data = world(16);
  const all = { layers: [32], epochs: 400, dropout: 0, l2: 0, validation: 0, learningRate: 0.01, batch: 16 };
  const model = await network.fit(data, { ...params, ...all }, 1);
  assert.equal(accuracy(data, network.predict(model, data), model.classes), 1);
  const chances = network.predict(model, data);
  const least = Math.min(...Array.from({ length: 16 }, (_, i) => Math.max(...chances.subarray(i * 3, i * 3 + 3))));
  assert.ok(least > 0.98, `${least}`);
  const label = numberColumn(data, 'amount').values;
  const scale = Math.max(...label);
  for (const loss of ['l2', 'poisson', 'tweedie', 'zero-inflated-lognormal'] as const) {
    const fitted = await network.fit(data, { ...amounts, ...all, loss }, 1);
    const off = network.predict(fitted, data).map((y, i) => Math.abs(y - label[i]!) / scale);
    assert.ok(Math.max(...off) < 0.05, `${loss}: ${Math.max(...off)}`);
  }
});
