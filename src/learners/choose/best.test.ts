// Aim: the choosing learner keeps every learner's promises, finds the better learner, says what it did, and minds its limits.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { confusion, logLoss, rootMeanSquareError, tierMetrics } from '#kernels/metrics.ts';
import { random } from '#kernels/random.ts';
import { numberColumn, numbers, type Table, table, texts } from '#table/index.ts';
import { conformance } from '../conformance.ts';
import { survives } from '../fuzz.ts';
import { learners } from '../index.ts';
import { type Aim, type Fitted, likeliest, type Supervised } from '../learner.ts';
import { linear } from '../linear/linear.ts';
import { logistic } from '../linear/logistic.ts';
import { targetOf } from '../target.ts';
import { type BestParams, bestOf, decidedBy } from './best.ts';
import { crossValidate, figuresByFold, lessonOf } from './cross-validate.ts';
import { foldsOf } from './folds.ts';
import { SPACES } from './space.ts';

interface MeanModel extends Fitted {
  readonly value: number;
}

/** The mean, times a factor. */
const constant: Supervised<Aim & { factor: number }, MeanModel> = {
  name: 'constant',
  tasks: ['regress', 'rank'],
  source: 'arithmetic',
  defaults: { task: 'regress', label: 'label', factor: 1 },
  fit: (data, params) => {
    const { label, features } = targetOf(data, params);
    // Summed by size, so that the order of the rows is not seen.
    const sum = label
      .slice()
      .sort()
      .reduce((a, b) => a + b);
    return { kind: 'constant', task: params.task, classes: [], features, value: (params.factor * sum) / label.length };
  },
  predict: (model, data) => new Float64Array(data.length).fill(model.value),
};

interface LineModel extends Fitted {
  readonly slope: number;
}

/** Least squares through the origin, on the one column named. */
const line: Supervised<Aim & { on: string }, LineModel> = {
  name: 'line',
  tasks: ['regress', 'rank'],
  source: 'Gauss (1809)',
  defaults: { task: 'regress', label: 'label', on: 'x' },
  fit: (data, params) => {
    const { label } = targetOf(data, params);
    const x = numberColumn(data, params.on).values;
    const sums = label.map((y, i) => x[i]! * y).sort();
    const slope =
      sums.reduce((a, b) => a + b) /
      x
        .map((own) => own * own)
        .sort()
        .reduce((a, b) => a + b);
    return { kind: 'line', task: params.task, classes: [], features: [params.on], slope };
  },
  predict: (model, data) => numberColumn(data, model.features[0]!).values.map((x) => model.slope * x),
};

/** Refuses every table. */
const refusing: Supervised = {
  name: 'refusing',
  tasks: ['classify', 'regress'],
  source: 'none',
  defaults: { task: 'classify', label: 'label' },
  fit: () => {
    throw Object.assign(new Error('no table is good enough'), { code: 'TEST' });
  },
  predict: () => new Float64Array(),
};

function world(rows: number, seed = 1): Table {
  const draw = random(seed);
  const x = Array.from({ length: rows }, () => draw.normal());
  const z = Array.from({ length: rows }, () => draw.normal());
  const seen = x.map((v, i) => v + 0.5 * z[i]! + 0.7 * draw.normal());
  return table({
    x: numbers(x),
    z: numbers(z.map((v, i) => (i % 11 === 0 ? null : v))),
    noise: numbers(x.map(() => draw.normal())),
    amount: numbers(seen.map((v) => 2 * v)),
    who: texts(x.map((_, i) => `c${i % 60}`)),
    tier: texts(seen.map((v) => (v < 0.3 ? 'a' : v < 1.3 ? 'b' : 'c'))),
  });
}

const FEATURES = ['x', 'z', 'noise'];
const best = bestOf([logistic, constant, line]);
const asked: BestParams = { ...best.defaults, label: 'tier', features: FEATURES, candidates: 4, folds: 3 };
conformance(best, { data: world(200), params: asked });
survives(best, asked, { runs: 25 });
survives(bestOf([linear]), { ...asked, task: 'regress' }, { runs: 25 });

test('spaces: each name is a parameter of its learner', () => {
  for (const { name, defaults, optional } of learners)
    for (const parameter of Object.keys(SPACES[name] ?? {}))
      assert.ok(parameter in { ...defaults, ...optional }, `${name} has no ${parameter}`);
});

test('classes: a record of all that was tried; the blend is no worse than the best candidate', async () => {
  const model = await best.fit(world(500), asked, 3);
  assert.deepEqual(model.classes, ['a', 'b', 'c']);
  assert.deepEqual(
    model.candidates.map(({ name, share }) => `${name} ${share}`),
    ['logistic 1', 'logistic 1', 'logistic 1', 'logistic 1'],
  );
  assert.deepEqual(model.candidates[0]!.params, {});
  const { choice, members } = model;
  assert.deepEqual(
    [choice.metric, choice.stopped, choice.evaluations, choice.seconds],
    ['logLoss', 'candidates', 12, 0],
  );
  const top = Math.max(...model.candidates.map(({ mean }) => mean!));
  assert.ok(choice.score.mean >= top - 1e-9);
  assert.ok(members.length >= 1 && members.every(({ name }) => name === 'logistic'));
  const fresh = world(2000, 77);
  const alone = logistic.predict(
    await logistic.fit(world(500), { ...logistic.defaults, label: 'tier', features: FEATURES }, 1),
    fresh,
  );
  const { label } = targetOf(fresh, asked);
  assert.ok(logLoss(label, best.predict(model, fresh), 3) < logLoss(label, alone, 3) + 0.005);
});

test('numbers: the learner that knows wins over the one that does not; a mixture is found', async () => {
  const params = { ...asked, task: 'regress' as const, label: 'amount' };
  const own = bestOf([constant, line, refusing], { spaces: { line: { on: { of: ['x', 'z0'] } } } });
  const draw = random(3);
  const z = Array.from({ length: 400 }, () => draw.normal());
  const x = z.map(() => draw.normal());
  const data = table({ x: numbers(x), z0: numbers(z), amount: numbers(x.map((v, i) => 2 * v + z[i]!)) });
  const model = await own.fit(data, { ...params, features: ['x', 'z0'], candidates: 8 }, 1);
  assert.equal(model.candidates.find(({ name }) => name === 'refusing')?.failed, 'no table is good enough');
  // x alone leaves a deviation of 1, z0 alone of 2; together nothing is left
  assert.equal(model.choice.blend, 'stack');
  const left = rootMeanSquareError(numberColumn(data, 'amount').values, own.predict(model, data));
  assert.ok(left < 0.05, `${left}`);
  assert.deepEqual(model.features, ['x', 'z0']);
});

test('an order: the decision tuned for kappa is better on fresh rows than the likeliest class', async () => {
  const params = { ...asked, task: 'ordinal' as const, features: ['x'] };
  const model = await best.fit(world(1500, 5), params, 1);
  assert.deepEqual([model.choice.metric, model.choice.searchedBy, model.decision.kind], ['qwk', 'logLoss', 'cuts']);
  const fresh = world(6000, 6);
  const chances = best.predict(model, fresh);
  const { label } = targetOf(fresh, params);
  const kappa = (own: Float64Array) => tierMetrics(confusion(label, own, 3), 3).kappa;
  const gain = kappa(decidedBy(model, chances)) - kappa(likeliest(chances, 3));
  assert.ok(gain > 0.01, `${gain}`); // one standard error of a kappa at 6,000 rows is about 0.01, of this pair a third
});

test('names: factors favour the rare class where macro recall counts', async () => {
  const model = await best.fit(world(1500, 5), { ...asked, metric: 'macroRecall' }, 1);
  assert.equal(model.decision.kind, 'factors');
  const fresh = world(4000, 6);
  const chances = best.predict(model, fresh);
  const { label } = targetOf(fresh, asked);
  const recall = (own: Float64Array) => tierMetrics(confusion(label, own, 3), 3).macroRecall;
  assert.ok(recall(decidedBy(model, chances)) > recall(likeliest(chances, 3)) + 0.01);
});

test('ranking: scores of any scale are blended, whole groups in one fold', async () => {
  const own = bestOf([constant, line], { spaces: {} });
  const params = { ...asked, task: 'rank' as const, label: 'amount', group: 'who' };
  const model = await own.fit(world(600), params, 1);
  assert.deepEqual(model.choice.plan, { by: 'group', column: 'who', folds: 3 });
  assert.ok(model.choice.score.mean > 0.8);
  assert.equal(own.predict(model, world(10)).length, 10);
});

test('ids and times choose the folds and are not learned from', async () => {
  const grouped = await best.fit(world(300), { ...asked, id: 'who', candidates: 1 }, 1);
  assert.deepEqual(grouped.choice.plan, { by: 'group', column: 'who', folds: 3 });
  const { features: _, ...open } = asked;
  const data = table({ ...world(300).columns, day: numbers(Array.from({ length: 300 }, (_, i) => i)) });
  const { who, ...columns } = data.columns;
  assert.ok(who);
  const rolled = await best.fit(table(columns), { ...open, time: 'day', timeGap: 2, candidates: 1 }, 1);
  assert.deepEqual(rolled.choice.plan, { by: 'time', column: 'day', folds: 3, gap: 2 });
  assert.deepEqual(rolled.features, ['x', 'z', 'noise', 'amount']);
});

test('bags: members are fitted with a seed each and share the weight', async () => {
  const model = await best.fit(world(150), { ...asked, bags: 3, blend: 'single' }, 1);
  assert.equal(model.members.length, 3);
  assert.equal(new Set(model.members.map(({ seed }) => seed)).size, 3);
  assert.deepEqual(model.blend.weights, [1 / 3, 1 / 3, 1 / 3]);
});

test('limits: fits end the search as told, and more of them go on drawing until nothing better comes', async () => {
  const few = await best.fit(world(200), { ...asked, evaluations: 7 }, 1);
  assert.deepEqual([few.choice.stopped, few.choice.evaluations, few.candidates.length], ['evaluations', 6, 2]);
  const none = await best.fit(world(200), { ...asked, evaluations: 0 }, 1);
  assert.deepEqual([none.choice.stopped, none.candidates.length], ['evaluations', 1]);
  const many = await best.fit(world(100), { ...asked, evaluations: 300 }, 1);
  assert.equal(many.choice.stopped, 'settled');
  assert.ok(many.candidates.length >= 12);
});

test('limits: the clock ends the search, and leaves out members that there is no time to fit', async () => {
  let time = 0;
  const slow: Supervised = {
    ...(logistic as Supervised),
    name: 'slow',
    fit: (data, params, seed) => {
      time += data.length === 200 ? 30_000 : 10_000;
      return (logistic as Supervised).fit(data, params, seed);
    },
  };
  const timed = bestOf([slow], { now: () => time, spaces: { slow: { l2: { from: 1e-3, to: 3000, scale: 'log' } } } });
  const model = await timed.fit(world(200), { ...asked, minutes: 2.2, blend: 'product' }, 1);
  // 0.7 x 132 s are for the search: three looks of 30 s. A fit of all rows seems to take 12.5 s: of the two members with
  // weight the first is fitted, and is slower than that, so that there is no time for the second.
  assert.deepEqual([model.choice.stopped, model.candidates.length], ['time', 3]);
  assert.deepEqual([model.members.length, model.choice.dropped, model.choice.seconds], [1, 1, 120]);
});

test('what cannot be is refused by name', async () => {
  await assert.rejects(async () => best.fit(world(50), { ...asked, learners: ['no'] }, 1), { code: 'LEARNER_UNKNOWN' });
  await assert.rejects(async () => best.fit(world(50), { ...asked, learners: ['line'] }, 1), {
    code: 'LEARNER_NONE_FITS',
  });
  await assert.rejects(async () => best.fit(world(50), { ...asked, metric: 'rmse' }, 1), { code: 'METRIC_UNKNOWN' });
  await assert.rejects(async () => best.fit(world(50), { ...asked, id: 'no' }, 1), { code: 'FEATURE_MISSING' });
  await assert.rejects(async () => best.fit(world(50), { ...asked, minutes: 1 }, 1), /needs a clock/);
  await assert.rejects(async () => bestOf([refusing]).fit(world(50), asked, 1), { code: 'TEST' });
  assert.throws(() => bestOf([constant]).predict({ members: [{ name: 'gone' }], classes: [] } as never, world(3)), {
    code: 'LEARNER_UNKNOWN',
  });
});

test('nested: cross-validation of the choice itself is near the score that it tells', async () => {
  const data = world(400, 12);
  const lesson = lessonOf(data, { task: 'classify', label: 'tier', features: FEATURES });
  const folds = foldsOf(data, { by: 'classes', folds: 4 }, 1, lesson.target);
  const validated = await crossValidate({ learner: best as Supervised, params: asked }, lesson, { folds, seed: 1 });
  const { score } = validated;
  const figures = figuresByFold(lesson, validated);
  assert.deepEqual(
    figures.logLoss!.folds,
    score.folds.map((own) => -own),
  );
  assert.ok(figures.auc!.mean > 0.7 && figures.accuracy!.folds.length === 4);
  const model = await best.fit(data, asked, 1);
  assert.ok(
    Math.abs(score.mean - model.choice.score.mean) < 3 * (score.sd / 2),
    `${score.mean} ${model.choice.score.mean}`,
  );
});
