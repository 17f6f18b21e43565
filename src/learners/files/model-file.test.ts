// Aim: a model read back predicts the same bits; a file that is broken, foreign or of another version is refused by name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KnownError } from '#errors.ts';
import { random } from '#kernels/random.ts';
import { numbers, type Table, table, texts } from '#table/index.ts';
import { learners } from '../index.ts';
import type { Fitted, Task } from '../learner.ts';
import { outcomeOf } from '../trial.ts';
import { figuresOf, hashOf, type ModelCard } from './card.ts';
import { readModel, writeModel } from './model-file.ts';

const FEATURES = ['age', 'visits', 'city'] as const;

function world(task: Task, rows = 160): Table {
  const draw = random(4);
  const age = Array.from({ length: rows }, (_, i) => (i % 13 === 0 ? null : draw.normal()));
  const visits = Array.from({ length: rows }, () => draw.poisson(3));
  const city = Array.from({ length: rows }, (_, i) =>
    i % 17 === 0 ? null : ['Bern', '上海', 'Lyon'][draw.integer(3)]!,
  );
  const score = age.map((a, i) => (a ?? 0) + visits[i]! / 3 + (city[i] === 'Lyon' ? 1 : 0) + draw.normal() / 2);
  const label = score.map((s) => (task === 'regress' ? s : Math.min(3, Math.max(0, Math.round(s)))));
  return table({
    age: numbers(age),
    visits: numbers(visits),
    city: texts(city),
    y: task === 'classify' ? texts(label.map((l) => `class ${l}`)) : numbers(label),
    basket: numbers(label.map((_, i) => Math.floor(i / 8))),
  });
}

const cardOf = (learner: string, task: Task, data: Table): ModelCard => ({
  ...{ learner, task, label: 'y', rows: data.length, params: {}, seed: 1, window: '2024' },
  features: FEATURES.map((name) => ({ name, kind: data.columns[name]!.kind })),
  split: { train: 'a.csv', test: 'b.csv', testRows: 0 },
  ...{ metrics: {}, trainingHash: hashOf(data), version: '1', made: '2024-01-01T00:00:00.000Z' },
});

for (const learner of learners)
  for (const task of learner.tasks as readonly Task[])
    test(`${learner.name}, ${task}: a model in a file predicts the same bits`, async () => {
      const data = world(task);
      const aim = { task, label: 'y', features: FEATURES, ...(task === 'rank' ? { group: 'basket' } : {}) };
      const model = (await learner.fit(data, { ...learner.defaults, ...aim }, 1)) as Fitted;
      const text = writeModel({ card: cardOf(learner.name, task, data), model });
      const back = readModel(text, 'm.json', learners);
      assert.deepEqual(await back.learner.predict(back.model, data), await learner.predict(model, data));
      assert.deepEqual(back.card, cardOf(learner.name, task, data));
    });

const model: Fitted = { kind: 'logistic', task: 'classify', classes: ['a', 'b'], features: ['age'] };
const data = world('classify', 20);
const good = writeModel({ card: cardOf('logistic', 'classify', data), model });

test('files that are no model of this version are refused, and say why', () => {
  const changed = (from: string | RegExp, to: string): string => {
    const text = good.replace(from, to);
    assert.notEqual(text, good);
    return text;
  };
  const other = writeModel({ card: cardOf('oracle', 'classify', data), model });
  for (const [text, reason] of [
    [good.slice(0, -9), /it is no JSON/],
    ['', /it is no JSON/],
    ['[1]', /no JSON object/],
    ['{"a":1}', /not of the format tierwise-model/],
    [changed('"formatVersion":1', '"formatVersion":7'), /format version is 7; this program reads 1/],
    [changed('"classes":["a","b"]', '"classes":["a","c"]'), /checksum does not fit/],
    [changed('"classes":["a","b"]', '"classes":[1,2]'), /does not say its kind, features and classes/],
    [changed('"task":"classify","label"', '"task":"guess","label"'), /task of its card is "guess"/],
    [changed(/"card":\{.*\},\n/, ''), /it has no card/],
    [other, /its learner is oracle; have logistic/],
  ] as const)
    assert.throws(
      () => readModel(text, 'm.json', learners),
      (error) => error instanceof KnownError && error.code === 'MODEL_FILE_WRONG' && reason.test(error.message),
      String(reason),
    );
});

test('the hash of the training columns tells names, order, kinds, cells and gaps apart', () => {
  const tables = [
    table({ a: numbers([1, 2]), b: numbers([3, 4]) }),
    table({ b: numbers([3, 4]), a: numbers([1, 2]) }),
    table({ a: numbers([1, 2]), c: numbers([3, 4]) }),
    table({ a: numbers([1, 2]), b: numbers([3, 5]) }),
    table({ a: numbers([1, 2]), b: numbers([3, null]) }),
    table({ a: numbers([1, 2]), b: numbers([3, 0]) }),
    table({ a: numbers([1, 2]), b: texts(['3', '4']) }),
    table({ a: numbers([1, 2]), b: texts(['3', null]) }),
  ];
  assert.equal(new Set(tables.map(hashOf)).size, tables.length);
  assert.equal(hashOf(tables[0]!), hashOf(table({ a: numbers([1, 2]), b: numbers([3, 4]) })));
});

test('the spread of a figure is that of its bootstrap', () => {
  const rows = 400;
  const draw = random(8);
  const label = Array.from({ length: rows }, () => (draw.uniform() < 0.3 ? 'b' : 'a'));
  const predicted = Float64Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? 0.6 : 0.4));
  const outcome = outcomeOf(model, predicted, table({ y: texts(label) }), { label: 'y' });
  const { accuracy } = figuresOf('classify', outcome, { seed: 3, samples: 400 });
  const share = label.filter((l) => l === 'a').length / rows;
  assert.equal(accuracy!.value, share);
  const expected = Math.sqrt((share * (1 - share)) / rows);
  // The error of a deviation from 400 draws is some 3.5 %: four of those.
  assert.ok(Math.abs(accuracy!.standardError! / expected - 1) < 0.14, `${accuracy!.standardError} of ${expected}`);
});
