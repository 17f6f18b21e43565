// Aim: a network learns what can be learned, keeps a learner's promises, says what is wrong with its input, and ends in time.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { random } from '#kernels/random.ts';
import { type Column, numberColumn, numbers, type Table, table, texts } from '#table/index.ts';
import { conformance, reordered } from '../conformance.ts';
import { survives } from '../fuzz.ts';
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
const params: NetworkParams = {
  ...network.defaults,
  features,
  members: 2,
  layers: [16],
  epochs: 20,
  batch: 64,
  refit: false,
};
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

const tiny = { ...network.defaults, layers: [4], members: 2, epochs: 2, refit: false };
survives(network, { ...tiny, task: 'classify', batchNorm: true }, { runs: 20 });
survives(network, { ...tiny, task: 'regress', bins: 3 }, { runs: 20 });

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
      {
        ...params,
        layers: [24],
        dropout: 0.1,
        epochs: 25,
        patience: 25,
        learningRate: extra.optimizer === 'sgd' ? 0.1 : 0.02,
        ...extra,
      },
      1,
    );
    // the share of the commonest class is 0.44; a logistic regression on these inputs reaches 0.71
    const share = accuracy(fresh, network.predict(model, fresh), model.classes);
    assert.ok(share > 0.85, `${JSON.stringify(extra)}: ${share}`);
  }
});

test('learns sixteen rows by heart: loss near none in each task', async () => {
  const data = world(16);
  const all = { layers: [32], epochs: 180, dropout: 0, l2: 0, validation: 0, learningRate: 0.03, batch: 16 };
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

test('ends when the rows set aside are foretold no better, with the weights of the best pass', async () => {
  const draw = random(9);
  const noise = table({
    x: numbers(Array.from({ length: 200 }, () => draw.normal())),
    label: texts(Array.from({ length: 200 }, () => (draw.uniform() < 0.5 ? 'a' : 'b'))),
  });
  const given = { ...params, features: ['x'], learningRate: 0.02, epochs: 300, patience: 5 };
  const model = await network.fit(noise, given, 1);
  assert.ok(model.stopped && model.epochs < 100, `${model.epochs}`);
  const shorter = await network.fit(noise, { ...given, epochs: model.epochs }, 1);
  assert.deepEqual(shorter.net, model.net);
  assert.equal(shorter.stopped, false);
  const whole = await network.fit(noise, { ...given, epochs: 7, validation: 0 }, 1);
  assert.deepEqual([whole.epochs, whole.stopped, whole.validationLoss], [7, false, null]);
});

test('rows set aside: the latest by time, else a share of each class', () => {
  const day = numbers([3, 1, null, 5, 4, 2]);
  const { rows, aside } = setAside(new Float64Array(6), 0.5, 1, { time: day, byClass: true });
  assert.deepEqual(
    [[...rows], [...aside]],
    [
      [1, 2, 5],
      [0, 3, 4],
    ],
  );
  const label = Float64Array.from({ length: 103 }, (_, i) => (i < 3 ? 0 : 1 + (i % 2)));
  const by = setAside(label, 0.2, 7, { byClass: true });
  const counts = [0, 1, 2].map((k) => by.aside.filter((i) => label[i] === k).length);
  assert.deepEqual(counts, [0, 10, 10]);
  assert.notDeepEqual(setAside(label, 0.2, 8, { byClass: true }).aside, by.aside);
  assert.equal(setAside(new Float64Array(1), 0.9, 1, { byClass: false }).aside.length, 0);
});

test('a row of no weight is as if it were not there', async () => {
  const data = world(90);
  const keep = Int32Array.from({ length: 60 }, (_, i) => i);
  const weight = numbers(Array.from({ length: 90 }, (_, i) => (i < 60 ? 1 + (i % 3) : 0)));
  const weighed = table({ ...data.columns, weight });
  const given = { ...params, weight: 'weight', epochs: 3 };
  assert.deepEqual(await network.fit(weighed, given, 1), await network.fit(reordered(weighed, keep), given, 1));
  const even = table({ ...data.columns, weight: numbers(new Array(90).fill(2.5)) });
  const [a, b] = [await network.fit(even, given, 1), await network.fit(data, { ...params, epochs: 3 }, 1)];
  assert.deepEqual(network.predict(a, data), network.predict(b, data), 'only ratios of weights matter');
});

test('a category that was never seen is answered like every rare one, a missing one as missing', () => {
  const names = [...'aaaabbbbcccc'.split(''), 'once', null, null];
  const data = table({
    place: texts(names),
    id: texts(names.map((_, i) => `id${i}`)),
    same: texts(names.map(() => 'x')),
  });
  const inputs = inputsOf(data, ['place', 'id', 'same'], { signedLog: false, bins: 0, embedding: 8 });
  assert.deepEqual(inputs.texts, [{ feature: 'place', categories: ['a', 'b', 'c'], size: 4 }]);
  const fresh = table({ place: texts(['b', 'new', 'once', null]) });
  assert.deepEqual([...encode(fresh, inputs).codes[0]!], [3, 0, 0, 1]);
});

test('numbers are standardised without their extremes, bounded, and told apart where missing', () => {
  const values = [...Array.from({ length: 199 }, (_, i) => i / 100), 1e12];
  const data = table({ x: numbers(values), gap: numbers(values.map((v, i) => (i % 2 === 0 ? v : null))) });
  const inputs = inputsOf(data, ['x', 'gap'], { signedLog: false, bins: 2, embedding: 8 });
  assert.deepEqual(
    inputs.numbers.map(({ feature, role }) => `${feature} ${role}`),
    ['x value', 'x piece', 'x piece', 'gap value', 'gap piece', 'gap piece', 'gap missing'],
  );
  const { numbers: out } = encode(
    table({ x: numbers([1e300, 0.995, Number.NaN, -1e9]), gap: numbers([1, null, Number.POSITIVE_INFINITY, 1]) }),
    inputs,
  );
  assert.equal(out[0], 8, 'held at eight deviations');
  assert.ok(Math.abs(out[7]!) < 0.1, `the middle of the bulk is near 0: ${out[7]}`);
  assert.deepEqual([...out.subarray(14, 17)], [0, 0, 0], 'NaN is missing');
  assert.equal(out[21], -8);
  assert.deepEqual([...out.subarray(1, 3)], [1, 1], 'above all quantiles every interval is full');
  assert.deepEqual([out[6], out[13], out[20]], [-1, 1, 1], 'half of the rows lack `gap`');
});

test('signed log is taken of skewed numbers alone', () => {
  const draw = random(4);
  const normal = Array.from({ length: 500 }, () => draw.normal());
  const data = table({ plain: numbers(normal), skewed: numbers(normal.map((x) => Math.exp(2 * x))) });
  const { numbers: made } = inputsOf(data, ['plain', 'skewed'], { signedLog: 'auto', bins: 0, embedding: 8 });
  assert.deepEqual(
    made.map(({ log }) => log),
    [false, true],
  );
});

test('amounts are foretold within what was seen, however far the inputs', async () => {
  const data = world(200);
  const far = table({
    x: numbers([1e9, -1e9]),
    z: numbers([1e9, 1e9]),
    gap: numbers([1e300, null]),
    place: texts(['moon', null]),
  });
  const most = Math.max(...numberColumn(data, 'amount').values);
  for (const loss of ['poisson', 'tweedie', 'zero-inflated-lognormal'] as const) {
    const model = await network.fit(data, { ...amounts, loss, epochs: 5 }, 1);
    for (const y of network.predict(model, far)) assert.ok(y >= 0 && y <= most, `${loss}: ${y}`);
    const mean = network.predict(model, data).reduce((a, b) => a + b, 0) / 200;
    const truth = numberColumn(data, 'amount').values.reduce((a, b) => a + b, 0) / 200;
    assert.ok(mean > truth / 2 && mean < truth * 2, `${loss}: mean ${mean} of ${truth}`);
  }
});

test('a label that does not vary, a single row and features without content give the mean', async () => {
  const one = table({ x: numbers([1]), amount: numbers([5]) });
  const plain = { ...network.defaults, task: 'regress', label: 'amount', epochs: 2, members: 2 } as const;
  assert.deepEqual([...network.predict(await network.fit(one, plain, 1), one)], [5]);
  const empty = table({ x: numbers([null, null, null]), t: texts(['a', 'a', 'a']), amount: numbers([3, 3, 3]) });
  const model = await network.fit(empty, plain, 1);
  assert.deepEqual(model.features, []);
  assert.deepEqual([...network.predict(model, empty)], [3, 3, 3]);
});

test('what cannot be learned is refused by name', async () => {
  const data = world(30);
  const refused = (extra: object, code: string, of: Table = data) =>
    assert.rejects(fitNetwork(of, { ...params, ...extra } as NetworkParams, 1), { code }, JSON.stringify(extra));
  await refused({ label: 'no' }, 'FEATURE_MISSING');
  await refused({ features: ['no'] }, 'FEATURE_MISSING');
  await refused({ time: 'no' }, 'FEATURE_MISSING');
  await refused({ time: 'place' }, 'FEATURE_KIND');
  await refused({ task: 'rank' }, 'LEARNER_PARAMS');
  await refused({ label: 'constant' }, 'LABEL_ONE_CLASS');
  await refused({ task: 'regress', label: 'place' }, 'LABEL_NOT_NUMBER');
  await refused({ task: 'regress', label: 'gap' }, 'LABEL_MISSING');
  await refused({ task: 'regress', label: 'x', loss: 'poisson' }, 'LABEL_OUT_OF_RANGE');
  await refused({ weight: 'x' }, 'WEIGHT_WRONG');
  await refused({}, 'TABLE_EMPTY', reordered(data, new Int32Array(0)));
  const wrong = { layers: [0], members: 0, dropout: 1, l2: -1, epochs: 0.5, batch: 0, learningRate: Number.NaN };
  const more = { optimizer: 'adam', embedding: 0, signedLog: 'yes', bins: -1, labelSmoothing: 1, clip: 0, loss: 'l1' };
  for (const [name, value] of Object.entries({ ...wrong, ...more, validation: 1, patience: 0, power: 2 }))
    await refused({ [name]: value }, 'LEARNER_PARAMS');
  const model = await network.fit(data, { ...params, epochs: 1 }, 1);
  assert.throws(() => network.predict(model, table({ x: numbers([1]) })), { code: 'FEATURE_MISSING' });
  const turned = table({ ...world(3).columns, x: texts(['1', '2', '3']) });
  assert.throws(() => network.predict(model, turned), { code: 'FEATURE_KIND' });
});

test('odd tables give finite answers that add up, or an error by name', async () => {
  const odd = fc.oneof(
    fc.constantFrom(0, -0, 1, 1e308, -1e308, 5e-324, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    fc.double(),
  );
  const cell = fc.option(odd, { freq: 5 });
  const text = fc.option(fc.constantFrom('a', 'b', '', '甲', 'constructor'), { freq: 5 });
  const row = fc.record({
    x: cell,
    z: cell,
    t: text,
    y: odd,
    k: fc.constantFrom('p', 'q'),
    w: fc.constantFrom(0, 1, 3),
  });
  const tasks = fc.constantFrom('classify', 'ordinal', 'regress', 'tweedie', 'zero-inflated-lognormal');
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), tasks, fc.boolean(), async (rows, task, norm) => {
      const isClass = task === 'classify' || task === 'ordinal';
      const data = table({
        x: numbers(rows.map((r) => r.x)),
        z: numbers(rows.map((r) => r.z)),
        t: texts(rows.map((r) => r.t)),
        y: isClass ? texts(rows.map((r) => r.k)) : numbers(rows.map((r) => r.y)),
        w: numbers(rows.map((r) => r.w)),
      });
      const given: NetworkParams = {
        ...network.defaults,
        ...{ task: isClass ? task : 'regress', label: 'y', weight: 'w', batchNorm: norm },
        ...(task === 'classify' || task === 'ordinal' || task === 'regress' ? {} : { loss: task as 'tweedie' }),
        ...{ members: 2, layers: [4], epochs: 2, batch: 8, learningRate: 0.1 },
      };
      const model = await fitNetwork(data, given, 1).catch((error: { code?: string }) => {
        assert.ok(typeof error.code === 'string' && /^(LABEL|WEIGHT)_/.test(error.code), String(error));
      });
      if (model === undefined) return;
      const answers = network.predict(model, data);
      assert.ok(answers.every(Number.isFinite), `${answers}`);
      for (let i = 0; isClass && i < rows.length; i++)
        assert.ok(Math.abs(answers[2 * i]! + answers[2 * i + 1]! - 1) < 1e-9);
    }),
    { seed: 7, numRuns: 40 },
  );
});
