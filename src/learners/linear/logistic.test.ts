// Aim: the logistic learner keeps every learner's promises, agrees with a peer, and finds what was planted.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { random } from '#kernels/random.ts';
import { numbers, type Table, table, texts } from '#table/index.ts';
import { conformance } from '../conformance.ts';
import { matrixOf } from '../design.ts';
import { survives } from '../fuzz.ts';
import { registry } from '../registry.ts';
import { bootstrapIntervals, foldOf, innerFoldOf, spreads } from '../validation.ts';
import { contributions, fitLogistic, logistic } from './logistic.ts';

function world(rows: number, seed = 1): Table {
  const draw = random(seed);
  const x = Array.from({ length: rows }, () => draw.normal());
  const spend = x.map((v) => Math.exp(3 + v + 0.3 * draw.normal()));
  const age = x.map(() => (draw.uniform() < 0.2 ? null : Math.round(40 + 10 * draw.normal())));
  const label = x.map((v) => ['low', 'mid', 'top'][Math.min(2, Math.max(0, Math.floor(v + 1 + 0.5 * draw.normal())))]!);
  return table({
    spend: numbers(spend),
    age: numbers(age),
    flat: numbers(x.map(() => 7)),
    name: texts(label),
    label: texts(label),
  });
}

const params = { ...logistic.defaults, signedLog: true, l2: 3, features: ['spend', 'age', 'flat'] };
conformance(logistic, { data: world(400), params });
conformance(logistic, { data: world(400), params: { ...params, task: 'ordinal' } });
conformance(logistic, { data: world(400), params: { ...params, l1: 5 } });
conformance(logistic, { data: world(400), params: { ...params, optimizer: 'sgd' } });
survives(logistic, logistic.defaults);
survives(logistic, { ...logistic.defaults, l1: 1, l2: 0, signedLog: true });
survives(logistic, { ...logistic.defaults, task: 'ordinal', standardise: false });
survives(logistic, { ...logistic.defaults, optimizer: 'sgd', iterations: 50 });

test('golden: coefficients and chances of scikit-learn', () => {
  const peer = JSON.parse(readFileSync(new URL('../../../golden/logistic.json', import.meta.url), 'utf8')) as {
    rows: number[][];
    labels: number[];
    coefficients: number[][];
    intercepts: number[];
    chancesOfFirst: number[];
    tolerance: number;
  };
  const data = table({
    ...Object.fromEntries([0, 1, 2].map((j) => [`x${j}`, numbers(peer.rows.map((row) => row[j]))])),
    label: numbers(peer.labels),
  });
  const model = fitLogistic(data, { ...logistic.defaults, l2: 2, standardise: false, tolerance: 1e-10 });
  for (const [j, row] of peer.coefficients.entries())
    for (const [k, want] of row.entries()) assert.ok(Math.abs(model.coefficients[j]![k]! - want) < peer.tolerance);
  const shift = model.intercepts[0]! - peer.intercepts[0]!;
  for (const [k, want] of peer.intercepts.entries())
    assert.ok(Math.abs(model.intercepts[k]! - want - shift) < peer.tolerance);
  const chances = logistic.predict(model, data);
  for (const [k, want] of peer.chancesOfFirst.entries()) assert.ok(Math.abs(chances[k]! - want) < peer.tolerance);
});

test('recovery: planted slopes come back within three standard errors', () => {
  const draw = random(9);
  const x = Array.from({ length: 20_000 }, () => draw.normal());
  const label = x.map((v) => (draw.uniform() < 1 / (1 + Math.exp(-(0.5 + 1.2 * v))) ? 1 : 0));
  const model = fitLogistic(table({ x: numbers(x), label: numbers(label) }), {
    ...logistic.defaults,
    l2: 1e-6,
    standardise: false,
  });
  const slope = model.coefficients[0]![1]! - model.coefficients[0]![0]!;
  assert.ok(Math.abs(slope - 1.2) < 3 * 0.02, `slope ${slope}`);
});

test('chances sum to one; missing values and constant features have a stated place', () => {
  const data = world(300);
  const model = fitLogistic(data, params);
  assert.deepEqual(
    model.inputs.map(({ feature, role }) => `${feature} ${role}`),
    ['spend value', 'age value', 'age missing'],
  );
  const chances = logistic.predict(model, data);
  for (let i = 0; i < data.length; i++)
    assert.ok(Math.abs(chances[i * 3]! + chances[i * 3 + 1]! + chances[i * 3 + 2]! - 1) < 1e-12);
});

test('contributions and the intercept add up to the centred logit', () => {
  const data = world(200);
  const model = fitLogistic(data, params);
  const chances = logistic.predict(model, data);
  const parts = contributions(model, data, new Int32Array(200).fill(2));
  const mean = (row: readonly number[]) => row.reduce((a, b) => a + b) / row.length;
  for (let i = 0; i < 200; i++) {
    const logs = [0, 1, 2].map((k) => Math.log(chances[i * 3 + k]!));
    const whole =
      parts.subarray(i * 3, i * 3 + 3).reduce((a, b) => a + b) + model.intercepts[2]! - mean(model.intercepts);
    assert.ok(Math.abs(whole - (logs[2]! - mean(logs))) < 1e-9);
  }
});

test('weights: a row of weight two counts as two rows; balanced classes lift the rare one', () => {
  const data = world(120);
  const weight = numbers(Array.from({ length: 120 }, (_, i) => 1 + (i % 2)));
  const twice = [...Array.from({ length: 120 }, (_, i) => i), ...Array.from({ length: 60 }, (_, i) => 2 * i + 1)];
  const pick = (name: string) => {
    const column = data.columns[name]!;
    return column.kind === 'text'
      ? texts(twice.map((i) => column.dictionary[column.codes[i]!]))
      : numbers(twice.map((i) => (column.valid?.[i] === 0 ? null : column.values[i])));
  };
  const own = { ...params, features: ['spend'], standardise: false, tolerance: 1e-9 };
  const weighed = fitLogistic(table({ ...data.columns, weight }), { ...own, weight: 'weight' });
  const doubled = fitLogistic(table({ spend: pick('spend'), label: pick('label') }), own);
  for (const [k, c] of doubled.coefficients[0]!.entries()) assert.ok(Math.abs(c - weighed.coefficients[0]![k]!) < 1e-5);
  const rare = (classWeights: 'none' | 'balanced') =>
    logistic.predict(fitLogistic(data, { ...params, classWeights }), data);
  const top = (chances: Float64Array) => chances.reduce((sum, c, i) => sum + (i % 3 === 2 ? c : 0), 0);
  const share = (name: string) => data.columns.label!.kind === 'text' && data.columns.label!.dictionary.indexOf(name);
  assert.notEqual(share('top'), -1);
  assert.notEqual(top(rare('balanced')), top(rare('none')));
});

test('labels that cannot be learned are refused', () => {
  const data = table({ x: numbers([1, 2]), label: texts(['a', 'a']), gap: texts(['a', null]) });
  const params = { ...logistic.defaults, features: ['x'] };
  assert.throws(() => fitLogistic(data, params), { code: 'LABEL_ONE_CLASS' });
  assert.throws(() => fitLogistic(data, { ...params, label: 'gap' }), { code: 'LABEL_MISSING' });
  assert.throws(() => fitLogistic(data, { ...params, label: 'no' }), { code: 'FEATURE_MISSING' });
});

test('the registry refuses a second learner of one name and names what it has', () => {
  assert.throws(() => registry([logistic, logistic]), /two learners are called logistic/);
  assert.equal(registry([logistic]).get('logistic'), logistic);
  assert.throws(() => registry([logistic]).get('svm'), { code: 'LEARNER_UNKNOWN' });
});

test('folds are those of the published hash; inner folds are independent of them', () => {
  // fold sizes of Complete Journey households: peers' protocol, FNV-1a of the decimal id modulo 5
  assert.deepEqual(
    ['1', '2', '3'].map((id) => foldOf(id, 5)),
    [4, 1, 2],
  );
  const both = new Float64Array(20);
  for (let i = 0; i < 8000; i++) both[foldOf(`c${i}`, 5) * 4 + innerFoldOf(`c${i}`, 4)]! += 1;
  for (const n of both) assert.ok(Math.abs(n - 400) < 5 * 20, `${n}`);
});

test('spread over folds and a bootstrap interval', () => {
  const { a } = spreads([{ a: 1 }, { a: 3 }]);
  assert.deepEqual(a, { mean: 2, sd: 1, folds: [1, 3] });
  const values = Array.from({ length: 400 }, (_, i) => i % 2);
  const mean = (rows: Int32Array) => ({ mean: rows.reduce((sum, i) => sum + values[i]!, 0) / 400 });
  const { low, high } = bootstrapIntervals(400, mean, { seed: 1 }).mean!;
  assert.deepEqual(bootstrapIntervals(400, mean, { seed: 1, samples: 0 }), {});
  assert.ok(low > 0.43 && low < 0.48 && high < 0.57 && high > 0.52, `${low} ${high}`); // 0.5 +- 1.96 x 0.025
});

/** `width` normal columns of which the first two tell the class; more rows than one sample of the curvature. */
function wide(rows: number, width: number, classCount: number): Table {
  const draw = random(width);
  const columns = Array.from({ length: width }, () => Float64Array.from({ length: rows }, () => draw.normal()));
  const label = Array.from({ length: rows }, (_, i) =>
    Math.max(0, Math.min(classCount - 1, Math.floor(columns[0]![i]! - 0.5 * columns[1]![i]! + draw.normal() + 1))),
  );
  return table({ ...Object.fromEntries(columns.map((c, j) => [`x${j}`, numbers(c)])), label: numbers(label) });
}

test('with l1 the conditions of the minimum hold, jointly and class by class', () => {
  for (const [width, classCount] of [
    [6, 2],
    [6, 3],
    [220, 3],
  ] as const) {
    const data = wide(400, width, classCount);
    const l1 = 12;
    const model = fitLogistic(data, { ...logistic.defaults, l1, l2: 1, tolerance: 1e-9 });
    assert.ok(model.converged);
    const chances = logistic.predict(model, data);
    const label = data.columns.label!.kind === 'number' ? data.columns.label!.values : new Float64Array(0);
    const matrix = matrixOf(data, model.inputs, false);
    let zeros = 0;
    for (let j = 0; j < width; j++)
      for (let k = 0; k < classCount; k++) {
        const b = model.coefficients[j]![k]!;
        let slope = b;
        for (let i = 0; i < 400; i++)
          slope += matrix[i * width + j]! * (chances[i * classCount + k]! - (label[i] === k ? 1 : 0));
        if (b === 0) zeros++;
        // 400 rows x the tolerance of the mean gradient, and the rounding of as many sums
        if (b === 0) assert.ok(Math.abs(slope) <= l1 + 1e-6);
        else assert.ok(Math.abs(slope + Math.sign(b) * l1) < 1e-6, `${slope} ${b}`);
      }
    assert.ok(zeros > 0 && zeros < width * classCount);
  }
});

test('a fit of many rows begins with a sample and is the same bits on one, two and four threads', () => {
  const data = wide(300_000, 4, 2);
  const models = [1, 2, 4].map((threads) => fitLogistic(data, { ...logistic.defaults, threads, tolerance: 1e-8 }));
  assert.deepEqual(models[1], models[0]);
  assert.deepEqual(models[2], models[0]);
  assert.ok(models[0]!.converged);
  const warm = fitLogistic(data, { ...logistic.defaults, tolerance: 1e-8 }, models[0]);
  assert.equal(warm.iterations, 0);
});

test('L-BFGS of many variables reaches what Newton reaches', () => {
  const data = wide(500, 140, 3); // 3 x 141 variables: more than Newton takes
  const both = [logistic.defaults, { ...logistic.defaults, l1: 1e-9 }].map((given) =>
    fitLogistic(data, { ...given, tolerance: 1e-9 }),
  );
  for (const [j, row] of both[0]!.coefficients.entries())
    for (const [k, b] of row.entries()) assert.ok(Math.abs(b - both[1]!.coefficients[j]![k]!) < 1e-5);
});

test('stochastic gradient descent nears the minimum', () => {
  const data = world(2000);
  const sgd = { ...params, optimizer: 'sgd' as const, learningRate: 0.05, iterations: 4000 };
  const losses = [fitLogistic(data, params).loss, fitLogistic(data, sgd, undefined, 3).loss, Math.log(3)];
  // The steps' noise keeps it a little above.
  assert.ok(losses[1]! > losses[0]! && losses[1]! < losses[0]! + 0.02, `${losses}`);
});

test('parameters that cannot be are refused', () => {
  for (const wrong of [
    { l1: -1 },
    { l2: Number.NaN },
    { learningRate: 0 },
    { batch: 0.5 },
    { task: 'regress' as const },
  ])
    assert.throws(() => fitLogistic(world(50), { ...params, ...wrong }), { code: 'LEARNER_PARAMS' });
  const zero = { ...params, classWeights: { low: 0, mid: 0, top: 0 } };
  assert.throws(() => fitLogistic(world(50), zero), { code: 'WEIGHT_WRONG' });
});
