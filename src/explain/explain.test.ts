// Aim: linear and sampled attributions are Shapley values, `explain` picks the method, and reasons say what moved a score.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { random } from '#kernels/random.ts';
import { boosting, type Fitted, linear, logistic, rawScores } from '#learners/index.ts';
import { numbers, type Table, table, texts } from '#table/index.ts';
import { explain } from './explain.ts';
import { linearShap } from './linear-shap.ts';
import { reasonCodes, sentenceOf } from './reason-codes.ts';
import { sampledShap } from './sampled-shap.ts';

function shop(rows: number, seed = 1): Table {
  const draw = random(seed);
  const at = Array.from({ length: rows }, () => ({
    orders: draw.poisson(3),
    spend: draw.uniform() < 0.1 ? null : Math.round(100 * draw.exponential()),
    city: ['north', 'south', 'west'][draw.integer(3)]!,
    noise: draw.normal(),
  }));
  const score = at.map(({ orders, spend, city }) => orders + (spend ?? 50) / 50 + (city === 'north' ? 2 : 0));
  return table({
    orders: numbers(at.map(({ orders }) => orders)),
    spend: numbers(at.map(({ spend }) => spend)),
    city: texts(at.map(({ city }) => city)),
    noise: numbers(at.map(({ noise }) => noise)),
    label: numbers(score.map((s) => s + draw.normal())),
    tier: texts(score.map((s) => (s + draw.normal() > 6 ? 'gold' : s > 4 ? 'silver' : 'base'))),
  });
}

const FEATURES = ['orders', 'spend', 'city', 'noise'];

/** Rounding of sums of a few terms; a wrong weight is larger by far. */
const NEAR = 1e-9;

function assertSums(
  of: { width: number; features: readonly string[]; expected: Float64Array; values: Float64Array },
  scores: Float64Array,
): void {
  const count = of.features.length;
  assert.equal(of.values.length, scores.length * count);
  for (let i = 0; i < scores.length; i++) {
    const own = of.values.subarray(i * count, (i + 1) * count);
    const sum = own.reduce((a, b) => a + b, of.expected[i % of.width]!);
    assert.ok(Math.abs(sum - scores[i]!) < NEAR, `score ${i}: ${sum}, expected ${scores[i]}`);
  }
}

test('linear: attributions add up to the prediction, and to the log-odds of classes', () => {
  const data = shop(200);
  const line = linear.fit(data, { ...linear.defaults, features: FEATURES, label: 'label' }, 1);
  assert.ok(!(line instanceof Promise));
  for (const background of [undefined, shop(40, 2)])
    assertSums(linearShap(line, data, background), linear.predict(line, data));
  const classes = logistic.fit(data, { ...logistic.defaults, features: FEATURES, label: 'tier' }, 1);
  assert.ok(!(classes instanceof Promise));
  const logs = logistic.predict(classes, data).map(Math.log);
  const centred = logs.map((log, i) => {
    const own = logs.subarray(i - (i % 3), i - (i % 3) + 3);
    return log - (own[0]! + own[1]! + own[2]!) / 3;
  });
  assertSums(linearShap(classes, data, shop(40, 2)), centred);
});

test('linear: what the features of the background would do on average is what is expected', () => {
  const data = shop(100);
  const model = linear.fit(data, { ...linear.defaults, features: FEATURES, label: 'label' }, 1);
  assert.ok(!(model instanceof Promise));
  const background = shop(30, 5);
  const { expected } = linearShap(model, data, background);
  const predicted = linear.predict(model, background);
  assert.ok(Math.abs(expected[0]! - predicted.reduce((a, b) => a + b, 0) / 30) < NEAR);
});

test('sampled: all sets of a linear model give the linear attributions', () => {
  const data = shop(60);
  const model = linear.fit(data, { ...linear.defaults, features: FEATURES, label: 'label' }, 1);
  assert.ok(!(model instanceof Promise));
  const few = shop(4, 3);
  const background = shop(25, 2);
  const sampled = sampledShap((rows) => linear.predict(model, rows), few, {
    features: model.features,
    background,
    seed: 1,
  });
  const exact = linearShap(model, few, background);
  for (const [i, value] of sampled.values.entries())
    assert.ok(Math.abs(value - exact.values[i]!) < 1e-7, `${value}, expected ${exact.values[i]}`);
  assert.ok(sampled.errors!.every((error) => error === 0));
});

/** A game with interactions, whose Shapley values are known: own worth, half of each pair's, a third of each triple's. */
function game(players: number, seed: number, triples: number) {
  const draw = random(seed);
  const normals = () => Array.from({ length: players }, () => draw.normal());
  const [own, pair] = [normals(), normals()];
  const triple = normals().map((worth) => triples * worth);
  const names = own.map((_, p) => `p${p}`);
  const next = (p: number, by: number) => (p + by + players) % players;
  const predict = (data: Table) => {
    const columns = names.map((name) => valuesOf(data, name));
    return Float64Array.from({ length: data.length }, (_, i) => {
      const x = (p: number, by: number) => columns[next(p, by)]![i]!;
      return names.reduce((sum, _, p) => sum + x(p, 0) * (own[p]! + x(p, 1) * (pair[p]! + x(p, 2) * triple[p]!)), 0);
    });
  };
  const want = own.map(
    (worth, p) =>
      worth + (pair[p]! + pair[next(p, -1)]!) / 2 + (triple[p]! + triple[next(p, -1)]! + triple[next(p, -2)]!) / 3,
  );
  const rowOf = (value: number) => table(Object.fromEntries(names.map((name) => [name, numbers([value])])));
  return { names, predict, want, one: rowOf(1), zero: rowOf(0) };
}

function valuesOf(data: Table, name: string): Float64Array {
  const column = data.columns[name]!;
  assert.equal(column.kind, 'number');
  return column.kind === 'number' ? column.values : new Float64Array(0);
}

test('sampled: drawn in pairs with complements, a game of pairs comes out exactly', () => {
  const { names, predict, want, one, zero } = game(14, 5, 0);
  const { values } = sampledShap(predict, one, { features: names, background: zero, seed: 1, samples: 200 });
  for (const [p, value] of values.entries())
    assert.ok(Math.abs(value - want[p]!) < 1e-8, `${value}, expected ${want[p]}`);
});

test('sampled: draws come as near as their standard errors say, and add up exactly', () => {
  const z: number[] = [];
  for (let seed = 0; seed < 12; seed++) {
    const { names, predict, want, one, zero } = game(14, seed, 1);
    const { values, errors, expected } = sampledShap(predict, one, {
      features: names,
      background: zero,
      seed,
      samples: 512,
    });
    assertSums({ width: 1, features: names, values, expected }, predict(one));
    for (const [p, value] of values.entries()) z.push((value - want[p]!) / errors![p]!);
  }
  const size = Math.sqrt(z.reduce((sum, x) => sum + x * x, 0) / z.length);
  // 168 values, twelve seeds: the mean square of z lies within a third of one unless the errors are wrong.
  assert.ok(size > 0.75 && size < 1.3, `root mean square of (value - truth) / error is ${size}`);
});

test('sampled: more draws, smaller errors; the same seed the same values; a row alone as among others', () => {
  const { names, predict, one, zero } = game(14, 3, 1);
  const at = (samples: number) => sampledShap(predict, one, { features: names, background: zero, seed: 7, samples });
  const mean = (of: Float64Array) => of.reduce((a, b) => a + b, 0) / of.length;
  const ratio = mean(at(512).errors!) / mean(at(2048).errors!);
  assert.ok(ratio > 1.6 && ratio < 2.5, `four times the draws divide errors by ${ratio}, expected about 2`);
  assert.deepEqual(at(512), at(512));
  const two = table(Object.fromEntries(names.map((name) => [name, numbers([0.5, 1])])));
  const both = sampledShap(predict, two, { features: names, background: zero, seed: 7, samples: 512 });
  assert.deepEqual(both.values.slice(14), at(512).values);
});

test('explain: the method by the kind of the model; groups add up', async () => {
  const data = shop(400);
  const background = shop(30, 9);
  const rows = shop(20, 4);
  const trees = await boosting.fit(
    data,
    { ...boosting.defaults, task: 'regress', features: FEATURES, label: 'label', trees: 40 },
    1,
  );
  assert.equal(explain(trees, rows).method, 'trees-by-path');
  assert.equal(explain(trees, rows, { background }).method, 'trees-against');
  const groupOf = (name: string) => (name === 'orders' || name === 'spend' ? 'buying' : name);
  const told = explain(trees, rows, { groupOf });
  assert.deepEqual(told.features, ['buying', 'city', 'noise']);
  assertSums(told, rawScores(trees, rows));
  const line = await linear.fit(data, { ...linear.defaults, features: FEATURES, label: 'label' }, 1);
  assert.equal(explain(line, rows).method, 'linear');

  // The same trees told as a model of an unknown kind, through predictions alone: the interventional values again.
  const veiled: Fitted = { kind: 'veiled', task: 'regress', classes: [], features: FEATURES };
  const learner = { predict: (_: Fitted, d: Table) => boosting.predict(trees, d) };
  const sampled = explain(veiled, rows, { background, learner });
  assert.equal(sampled.method, 'sampled');
  const exact = explain(trees, rows, { background });
  for (const [i, value] of sampled.values.entries())
    assert.ok(Math.abs(value - exact.values[i]!) < 1e-7, `${value}, expected ${exact.values[i]}`);
  assert.throws(() => explain(veiled, rows, { learner }), /without a background/);
  assert.throws(() => explain(veiled, rows, { background }), /without a learner/);
});

const VALUES = {
  width: 2,
  features: ['orders', 'spend', 'city'],
  expected: Float64Array.of(0, 0),
  values: Float64Array.of(0.2, -0.5, 0.1, 1, 0, -2),
};
const ONE = table({ orders: numbers([4]), spend: numbers([null]), city: texts(['north']) });

test('reasons: the strongest first, with value and direction; nothing is no reason', () => {
  assert.deepEqual(reasonCodes(VALUES, ONE, { top: 2 })[0], [
    { feature: 'spend', shown: 'spend', contribution: -0.5, value: null, direction: 'lowers' },
    { feature: 'orders', shown: 'orders', contribution: 0.2, value: 4, direction: 'raises' },
  ]);
  const second = reasonCodes(VALUES, ONE, { scoreOf: () => 1 })[0]!;
  assert.deepEqual(
    second.map(({ feature }) => feature),
    ['city', 'orders'],
  );
});

test('reasons: a group is told by its strongest feature of the same sign', () => {
  const groupOf = (name: string) => (name === 'city' ? name : 'buying');
  const [first] = reasonCodes(VALUES, ONE, { groupOf })[0]!;
  assert.equal(first!.feature, 'buying');
  assert.equal(first!.shown, 'spend');
  assert.ok(Math.abs(first!.contribution + 0.3) < 1e-12);
});

test('reasons in words: by template, else by name, value and direction, in both languages', () => {
  const [spend, orders] = reasonCodes(VALUES, ONE)[0]!;
  assert.deepEqual(sentenceOf(orders!), { en: 'orders: 4 raises the score', zh: 'orders：4，提高评分' });
  assert.deepEqual(sentenceOf(spend!), { en: 'spend: none lowers the score', zh: 'spend：无，降低评分' });
  const templates = { orders: { en: '{value} orders {effect} the tier', zh: '下单 {value} 次，{effect}等级' } };
  assert.deepEqual(sentenceOf(orders!, templates), {
    en: '4 orders raises the tier',
    zh: '下单 4 次，提高等级',
  });
});

test('reasons never tell more than the attributions hold', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 3, maxLength: 3 }), (values) => {
      const reasons = reasonCodes({ ...VALUES, width: 1, values: Float64Array.from(values) }, ONE)[0]!;
      for (const { feature, contribution } of reasons)
        assert.equal(contribution, values[VALUES.features.indexOf(feature)]);
      assert.equal(reasons.length, values.filter((value) => value !== 0).length);
    }),
    { seed: 3, numRuns: 50 },
  );
});
