// Aim: the path begins with nothing, lets features in by their strength, and each point is the fit of its penalty.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '#kernels/random.ts';
import { numbers, type Table, table, texts } from '#table/index.ts';
import { fitLinear, linear } from '../linear/linear.ts';
import { fitLogistic, logistic } from '../linear/logistic.ts';
import { l1Path } from './l1-path.ts';

/** Slopes 2, 1, 0.5 of a, b, c; d and flat tell nothing; town tells a little. */
function world(rows: number): Table {
  const draw = random(8);
  const [a, b, c, d] = [0, 0, 0, 0].map(() => Array.from({ length: rows }, () => draw.normal()));
  const town = Array.from({ length: rows }, () => (draw.uniform() < 0.5 ? 'north' : 'south'));
  const z = a!.map((v, i) => 2 * v - b![i]! + 0.5 * c![i]! + (town[i] === 'north' ? 0.6 : 0) + 0.5 * draw.normal());
  return table({
    d: numbers(d!),
    c: numbers(c!),
    b: numbers(b!),
    a: numbers(a!),
    flat: numbers(a!.map(() => 3)),
    town: texts(town),
    z: numbers(z),
    side: texts(z.map((v) => (v > 0.3 ? 'above' : 'below'))),
    three: numbers(z.map((v) => (v < -1 ? 0 : v < 1.5 ? 1 : 2))),
  });
}

const data = world(600);
const features = ['d', 'c', 'b', 'a', 'flat', 'town'];
const design = { signedLog: false, standardise: true, features };

for (const [task, label] of [
  ['regress', 'z'],
  ['classify', 'side'],
  ['classify', 'three'],
] as const)
  test(`the path of ${label}: nothing first, then by strength; flat never`, () => {
    const { points, order } = l1Path(data, { ...design, task, label });
    assert.deepEqual(points[0]!.features, []);
    assert.equal(points.length, 30);
    assert.ok(Math.abs(points[29]!.l1 / points[0]!.l1 - 0.01) < 1e-12);
    const names = order.map(({ feature }) => feature);
    assert.deepEqual(names.slice(0, 2), ['a', 'b']);
    assert.deepEqual([names[2], names[3]].sort(), ['c', 'town']);
    assert.ok(!names.includes('flat'));
    for (const { features: own, sizes } of points) assert.equal(own.length, sizes.length);
  });

test('a point of the path is the fit of its penalty', () => {
  const { points } = l1Path(data, { ...design, task: 'regress', label: 'z', points: 8 });
  const { l1, sizes, features: own } = points[4]!;
  const plane = fitLinear(data, { ...linear.defaults, features, label: 'z', l1, l2: 0 });
  const at = (name: string) => plane.coefficients[plane.inputs.findIndex(({ feature }) => feature === name)]!;
  for (const [i, name] of own.entries())
    if (name !== 'town') assert.ok(Math.abs(sizes[i]! - Math.abs(at(name))) < 1e-5);
  const logits = l1Path(data, { ...design, task: 'classify', label: 'side', points: 8 }).points[4]!;
  const given = { ...logistic.defaults, features, label: 'side', l1: logits.l1, l2: 0 };
  const model = fitLogistic(data, given);
  const j = model.inputs.findIndex(({ feature }) => feature === 'a');
  assert.ok(Math.abs(logits.sizes[logits.features.indexOf('a')]! - Math.abs(model.coefficients[j]![1]!)) < 1e-4);
});

test('what cannot be is refused; nothing to learn gives an empty path', () => {
  assert.throws(() => l1Path(data, { ...design, task: 'rank', label: 'z' }), { code: 'LEARNER_PARAMS' });
  assert.throws(() => l1Path(data, { ...design, task: 'regress', label: 'z', reach: 1 }), { code: 'LEARNER_PARAMS' });
  const flat = l1Path(data, { ...design, features: ['flat'], task: 'regress', label: 'z' });
  assert.deepEqual(flat, { points: [], order: [] });
});
