// Aim: least squares keeps every learner's promises, and the log target gives back the mean.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mean } from '#kernels/metrics.ts';
import { random } from '#kernels/random.ts';
import { numbers, type Table, table, texts } from '#table/index.ts';
import { conformance } from '../conformance.ts';
import { survives } from '../fuzz.ts';
import { fitLinear, linear } from './linear.ts';
import { assertFits } from './prepare.ts';

function world(rows: number): Table {
  const draw = random(4);
  const x = Array.from({ length: rows }, () => draw.normal());
  const town = x.map(() => ['north', 'south', 'west'][draw.integer(3)]!);
  return table({
    x: numbers(x.map((v, i) => (i % 9 === 0 ? null : v))),
    noise: numbers(x.map(() => draw.normal())),
    town: texts(town.map((name, i) => (i % 11 === 0 ? null : name))),
    label: numbers(x.map((v, i) => Math.exp(2 + 0.5 * v + (town[i] === 'west' ? 1 : 0) + 0.4 * draw.normal()))),
  });
}

conformance(linear, { data: world(300), params: linear.defaults });
conformance(linear, { data: world(300), params: { ...linear.defaults, l1: 40, target: 'log1p' } });
survives(linear, linear.defaults);
survives(linear, { ...linear.defaults, l1: 2, l2: 0, target: 'log1p', signedLog: true });

test('the log target foretells amounts whose mean is right, text columns by category', () => {
  const data = world(4000);
  const model = fitLinear(data, { ...linear.defaults, target: 'log1p' });
  const predicted = linear.predict(model, data);
  const label = data.columns.label!.kind === 'number' ? data.columns.label!.values : new Float64Array(0);
  // Smearing makes the mean right up to the noise of the residuals: 40 % of a mean over 4,000 rows, 3 standard errors.
  assert.ok(Math.abs(mean(predicted) / mean(label) - 1) < 0.03);
  const west = model.inputs.findIndex(({ category }) => category === 'west');
  const north = model.inputs.findIndex(({ category }) => category === 'north');
  const jump =
    model.coefficients[west]! / model.inputs[west]!.scale - model.coefficients[north]! / model.inputs[north]!.scale;
  assert.ok(Math.abs(jump - 1) < 0.1, `${jump}`);
});

test('rare categories are bundled, unseen ones are answered as those', () => {
  const names = Array.from({ length: 200 }, (_, i) => (i < 120 ? 'a' : i < 180 ? 'b' : `rare ${i}`));
  const data = table({ name: texts(names), label: numbers(names.map((n) => (n === 'a' ? 1 : n === 'b' ? 2 : 10))) });
  const model = fitLinear(data, { ...linear.defaults, l2: 1e-6, categoriesMax: 2 });
  assert.deepEqual(
    model.inputs.map(({ category }) => category),
    ['a', 'b'],
  );
  const asked = table({ name: texts(['a', 'b', 'never seen']), label: numbers([0, 0, 0]) });
  const [a, b, unseen] = linear.predict(model, asked);
  assert.ok(Math.abs(a! - 1) < 1e-4 && Math.abs(b! - 2) < 1e-4 && Math.abs(unseen! - 10) < 1e-4, `${a} ${b} ${unseen}`);
});

test('labels and parameters that cannot be are refused', () => {
  assert.throws(() => assertFits(20_000_000, 30), { code: 'TABLE_TOO_LARGE' });
  assertFits(10_000_000, 30);
  const data = table({ x: numbers([1, 2, 3]), label: numbers([1, -2, 3]), name: texts(['a', 'b', 'c']) });
  assert.throws(() => fitLinear(data, { ...linear.defaults, target: 'log1p' }), { code: 'LABEL_OUT_OF_RANGE' });
  assert.throws(() => fitLinear(data, { ...linear.defaults, label: 'name' }), { code: 'LABEL_NOT_NUMBER' });
  assert.throws(() => fitLinear(data, { ...linear.defaults, l2: -1 }), { code: 'LEARNER_PARAMS' });
  const model = fitLinear(data, { ...linear.defaults, features: ['x'] });
  assert.throws(() => linear.predict(model, table({ x: texts(['a']) })), { code: 'FEATURE_KIND' });
  assert.throws(() => linear.predict(model, table({ y: numbers([1]) })), { code: 'FEATURE_MISSING' });
});
