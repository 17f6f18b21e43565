// Aim: a model that learned by heart is warned of and one that did not is not; bags and more rows do what they promise.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logLoss, mean, rootMeanSquareError } from '#kernels/metrics.ts';
import { random } from '#kernels/random.ts';
import { numberColumn, numbers, type Table, table, texts } from '#table/index.ts';
import { conformance } from '../conformance.ts';
import type { Aim, Fitted, Supervised } from '../learner.ts';
import { logistic } from '../linear/logistic.ts';
import { targetOf } from '../target.ts';
import { augmentOf } from './augment.ts';
import { bagOf } from './bag.ts';
import { lessonOf } from './cross-validate.ts';
import { foldsOf } from './folds.ts';
import { learningCurve, overfitWarning } from './learning-curve.ts';

interface NearModel extends Fitted {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** The mean label of the nearest rows in column x: of one row it learns by heart. */
const near: Supervised<Aim & { neighbours: number }, NearModel> = {
  name: 'near',
  tasks: ['classify', 'regress'],
  source: 'Fix and Hodges (1951)',
  defaults: { task: 'regress', label: 'label', neighbours: 1 },
  fit: (data, params) => {
    const { label, classes } = targetOf(data, params);
    const x = numberColumn(data, 'x').values;
    const order = Array.from(x, (_, i) => i).sort((a, b) => x[a]! - x[b]! || label[a]! - label[b]!);
    const y = order.map((i) => label[i]!);
    const half = params.neighbours >> 1;
    const smooth = y.map((_, at) => {
      const own = y.slice(Math.max(0, at - half), at + half + 1);
      return own.reduce((a, b) => a + b) / own.length;
    });
    return { kind: 'near', task: params.task, classes, features: ['x'], x: order.map((i) => x[i]!), y: smooth };
  },
  predict: ({ x, y, classes }, data) => {
    const told = numberColumn(data, 'x').values.map((at) => {
      let best = 0;
      for (let i = 1; i < x.length; i++) if (Math.abs(x[i]! - at) < Math.abs(x[best]! - at)) best = i;
      return y[best]!;
    });
    return classes.length === 0 ? told : Float64Array.from([...told].flatMap((p) => [1 - p, p]));
  },
};

function world(rows: number, { seed = 1, noise = 1 } = {}): Table {
  const draw = random(seed);
  const x = Array.from({ length: rows }, () => draw.uniform() * 6);
  const y = x.map((v) => Math.sin(v) + noise * draw.normal());
  return table({ x: numbers(x), y: numbers(y), is: numbers(y.map((v) => (v > 0.3 ? 1 : 0))) });
}

async function warned(data: Table, aim: Aim, neighbours: number) {
  const lesson = lessonOf(data, { ...aim, features: ['x'] });
  const folds = foldsOf(data, { by: 'rows', folds: 5 }, 1);
  const curve = await learningCurve({ learner: near as Supervised, params: { neighbours } }, lesson, {
    folds,
    seed: 1,
  });
  return { curve, warning: overfitWarning(curve) };
}

test('numbers learned by heart are warned of; the same rows smoothed are not, nor are rows without noise', async () => {
  const aim = { task: 'regress' as const, label: 'y' };
  const { curve, warning } = await warned(world(400), aim, 1);
  assert.equal(curve.points.at(-1)!.train.mean, 0);
  assert.ok(
    warning !== undefined && warning.lost > 1 && warning.lostAtLeast > 0.8 && warning.lostAtLeast < warning.lost,
  );
  assert.match(warning.message, /^rmse is .* of the gain is lost \(at least \d+ %\)/);
  assert.equal((await warned(world(400), aim, 61)).warning, undefined);
  assert.equal((await warned(world(400, { noise: 0 }), aim, 1)).warning, undefined);
});

test('classes learned by heart are warned of; a curve tells whether more rows would help', async () => {
  const aim = { task: 'classify' as const, label: 'is' };
  assert.ok((await warned(world(400), aim, 1)).warning !== undefined);
  assert.equal((await warned(world(800), aim, 121)).warning, undefined);
  const { curve, warning } = await warned(world(60, { seed: 4, noise: 0.3 }), { task: 'regress', label: 'y' }, 1);
  assert.ok(curve.points.at(-1)!.validation.mean > curve.points[0]!.validation.mean);
  assert.ok(warning === undefined || typeof warning.isRising === 'boolean');
  assert.deepEqual(
    curve.points.map(({ share, rows }) => [share, rows]),
    [
      [0.1, 5],
      [0.25, 12],
      [0.5, 24],
      [1, 48],
    ],
  );
});

test('the error of the gap counts that folds share rows: one fold alone warns of nothing', async () => {
  const lesson = lessonOf(world(200), { task: 'regress', label: 'y', features: ['x'] });
  const folds = foldsOf(world(200), { by: 'rows', folds: 2 }, 1).slice(0, 1);
  const curve = await learningCurve({ learner: near as Supervised, params: {} }, lesson, {
    folds,
    seed: 1,
    shares: [1],
  });
  assert.equal(overfitWarning(curve), undefined);
});

const bagged = bagOf(near);
conformance(bagged, { data: world(120), params: { ...bagged.defaults, task: 'regress', label: 'y' } });

test('bags of a model that learns by heart are nearer the truth on other rows', async () => {
  const params = { ...bagged.defaults, task: 'regress' as const, label: 'y', bags: 15 };
  const fresh = world(500, { seed: 9, noise: 0 });
  const off = (predicted: Float64Array) => rootMeanSquareError(numberColumn(fresh, 'y').values, predicted);
  const alone = off(near.predict(await near.fit(world(200), { ...params, neighbours: 1 }, 1), fresh));
  const together = off(bagged.predict(await bagged.fit(world(200), params, 1), fresh));
  // 1/n of the variance cannot be had of bootstrap bags; Breiman's nearest neighbours lose about a third of it
  assert.ok(together < 0.9 * alone, `${together} ${alone}`);
});

const mixed = augmentOf(logistic);
const mixable = (rows: number, seed = 1): Table => {
  const draw = random(seed);
  const x = Array.from({ length: rows }, () => draw.normal());
  const y = x.map((v, i) => v + (i % 3 === 0 ? 1 : 0) + draw.normal());
  return table({
    x: numbers(x),
    gap: numbers(x.map((v, i) => (i % 5 === 0 ? null : v * draw.normal()))),
    is: texts(y.map((v) => (v > 1.8 ? 'yes' : 'no'))),
  });
};
for (const kind of ['mixup', 'noise', 'oversample', 'smote'] as const)
  conformance(
    { ...mixed, name: `${mixed.name} ${kind}` },
    { data: mixable(150), params: { ...mixed.defaults, label: 'is', augment: { kind, share: 1 } } },
  );

test('oversampling and its like even the classes out; mixtures keep the shares and calm the chances', async () => {
  const data = mixable(3000);
  const fresh = mixable(2000, 3);
  const { label } = targetOf(fresh, { task: 'classify', label: 'is' });
  const chancesOf = async (augment?: (typeof mixed.defaults)['augment']) => {
    const params = { ...mixed.defaults, label: 'is', l2: 0.01 };
    const model =
      augment === undefined ? await logistic.fit(data, params, 1) : await mixed.fit(data, { ...params, augment }, 1);
    return logistic.predict(model, fresh);
  };
  const yes = (chances: Float64Array) => chances.reduce((sum, p, at) => sum + (at % 2 === 1 ? p : 0), 0) / 2000;
  const plain = await chancesOf();
  assert.ok(yes(plain) < 0.35);
  // on as many rows of either class the mean chance of a learner that was shown as many is a half; some 400 rare rows
  // leave a standard error of about 0.3 / 20
  const balanced = (chances: Float64Array) => {
    const of = (k: number) => chances.filter((_, at) => at % 2 === 1 && label[at >> 1] === k);
    return (mean(of(0)) + mean(of(1))) / 2;
  };
  assert.ok(balanced(plain) < 0.4);
  for (const kind of ['oversample', 'smote'] as const)
    assert.ok(Math.abs(balanced(await chancesOf({ kind, share: 1 })) - 0.5) < 0.045, kind);
  const mixture = await chancesOf({ kind: 'mixup', share: 2, strength: 1 });
  assert.ok(Math.abs(yes(mixture) - yes(plain)) < 0.04);
  const boldness = (chances: Float64Array) => chances.reduce((sum, p) => sum + Math.abs(p - 0.5), 0);
  assert.ok(boldness(mixture) < boldness(plain));
  assert.ok(logLoss(label, mixture, 2) < logLoss(label, plain, 2) + 0.02);
});

test('text and gaps of new rows are of rows that there were; a table without rare classes stays', async () => {
  let seen: Table | undefined;
  const spy: Supervised = {
    ...(logistic as Supervised),
    fit: (data, params, seed) => {
      seen = data;
      return (logistic as Supervised).fit(data, { ...params, features: ['x'] }, seed);
    },
  };
  const draw = random(2);
  const x = Array.from({ length: 40 }, () => draw.normal());
  const data = table({
    x: numbers(x),
    city: texts(x.map((v) => (v > 0 ? 'a' : null))),
    label: numbers(x.map((_, i) => (i < 8 ? 1 : 0))),
  });
  const params = { ...spy.defaults, features: ['x', 'city'], augment: { kind: 'smote' as const, share: 1 } };
  await augmentOf(spy).fit(data, params, 1);
  assert.equal(seen!.length, 40 + 24);
  const made = numberColumn(seen!, 'x').values.slice(40);
  const rare = x.slice(0, 8);
  assert.ok(made.every((v) => v >= Math.min(...rare) && v <= Math.max(...rare)));
  assert.ok(
    numberColumn(seen!, 'label')
      .values.slice(40)
      .every((label) => label === 1),
  );
  await augmentOf(spy).fit(data, { ...params, augment: { kind: 'noise', share: 0.5, strength: 0 } }, 1);
  assert.equal(seen!.length, 60);
  assert.ok(
    numberColumn(seen!, 'x')
      .values.slice(40)
      .every((v) => x.includes(v)),
  );
});
