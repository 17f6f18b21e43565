// Aim: proposed changes keep to what may be changed, reach the goal by the model's own prediction, and are the least ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { random } from '#kernels/random.ts';
import { boosting, predictEnsemble } from '#learners/index.ts';
import { numberColumn, numbers, type Table, table, texts } from '#table/index.ts';
import { type Action, counterfactuals } from './counterfactual.ts';
import { atLeast, atLeastClass, likeliestClass } from './goal.ts';
import { valueAt } from './reason-codes.ts';

const NAMES = ['a', 'b', 'c', 'd'];

/** A background of whole numbers 0 .. 10 with median 5 and a median absolute deviation of 3 (2.5 to 3). */
function background(rows = 41): Table {
  const draw = random(2);
  return table(
    Object.fromEntries(NAMES.map((name) => [name, numbers(Array.from({ length: rows }, () => draw.integer(11)))])),
  );
}

const rowOf = (cells: readonly (number | null)[]) =>
  table(Object.fromEntries(NAMES.map((name, i) => [name, numbers([cells[i]])])));

const cellsOf = (data: Table, i: number) => NAMES.map((name) => numberColumn(data, name).values[i]!);

/** A step-like score with an interaction. */
const score = ([a = 0, b = 0, c = 0, d = 0]: readonly number[]) =>
  Math.floor(a / 2) + Math.floor(b / 3) * (c > 5 ? 2 : 1) - d;
const predict = (data: Table) => Float64Array.from({ length: data.length }, (_, i) => score(cellsOf(data, i)));

const ACTIONS: readonly Action[] = [
  { feature: 'a', min: 0, max: 10, direction: 'up', step: 1 },
  { feature: 'b', min: 0, max: 9, step: 1 },
  { feature: 'c', values: [2, 6, 8] },
];

test('the cheapest of all combinations is found, and every answer is reached and allowed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 4, maxLength: 4 }),
      fc.integer({ min: 0, max: 12 }),
      (cells, level) => {
        const row = rowOf(cells);
        const options = { actions: ACTIONS, goal: atLeast(level), background: background() };
        const search = counterfactuals(predict, row, options);
        assert.ok(search.complete);
        const sizes = new Map(search.answers.flatMap(({ changes }) => changes.map((c) => [c.feature, c] as const)));
        for (const { changes, cost, margin } of search.answers) {
          const after = [...cells];
          for (const { feature, from, to } of changes) {
            assert.equal(from, cells[NAMES.indexOf(feature)]);
            after[NAMES.indexOf(feature)] = Number(to);
            if (feature === 'a') assert.ok(Number(to) > Number(from) && Number(to) <= 10);
            if (feature === 'c') assert.ok([2, 6, 8].includes(Number(to)));
            assert.notEqual(feature, 'd');
          }
          assert.equal(margin, score(after) - level);
          assert.ok(margin >= 0);
          assert.ok(Math.abs(cost - changes.reduce((sum, { size }) => sum + size, 0)) < 1e-12);
        }
        const best = cheapest(cells, level, (feature, from, to) => {
          const told = sizes.get(feature);
          return told === undefined
            ? Math.abs(to - from) / scaleOf(feature)
            : (told.size / Math.abs(Number(told.to) - from)) * Math.abs(to - from);
        });
        if (score(cells) >= level) assert.equal(search.found, 'there');
        else if (best === Number.POSITIVE_INFINITY) assert.equal(search.found, 'none');
        else assert.ok(Math.abs(search.answers[0]!.cost - best) < 1e-9, `${search.answers[0]?.cost}, least is ${best}`);
      },
    ),
    { seed: 8, numRuns: 40 },
  );
});

/** Median absolute deviation, by sorting. */
function scaleOf(feature: string): number {
  const values = Array.from(numberColumn(background(), feature).values).sort((a, b) => a - b);
  const middle = values[20]!;
  return values.map((value) => Math.abs(value - middle)).sort((a, b) => a - b)[20]!;
}

/** By trying everything. */
function cheapest(
  cells: readonly number[],
  level: number,
  sizeOf: (f: string, from: number, to: number) => number,
): number {
  const [a = 0, b = 0, c = 0, d = 0] = cells;
  let best = Number.POSITIVE_INFINITY;
  for (let na = a; na <= 10; na++)
    for (let nb = 0; nb <= 9; nb++)
      for (const nc of [c, 2, 6, 8])
        if (score([na, nb, nc, d]) >= level)
          best = Math.min(best, sizeOf('a', a, na) + sizeOf('b', b, nb) + sizeOf('c', c, nc));
  return best;
}

test('answers differ: none changes all the features of a cheaper one', () => {
  const options = { actions: ACTIONS, goal: atLeast(5), background: background(), answers: 5 };
  const { answers } = counterfactuals(predict, rowOf([4, 6, 3, 1]), options);
  assert.ok(answers.length >= 2, `${answers.length} answers`);
  for (const [i, { changes }] of answers.entries())
    for (const cheaper of answers.slice(0, i))
      assert.ok(!cheaper.changes.every(({ feature }) => changes.some((change) => change.feature === feature)));
});

test('fewer tries still give reached answers, and say that not all was tried', () => {
  const options = { actions: ACTIONS, goal: atLeast(9), background: background(), triesMax: 60 };
  const search = counterfactuals(predict, rowOf([0, 3, 0, 0]), options);
  assert.equal(search.complete, false);
  for (const { margin } of search.answers) assert.ok(margin >= 0);
});

test('none within the limits is said, with what came nearest', () => {
  const search = counterfactuals(predict, rowOf([1, 1, 1, 9]), {
    actions: [{ feature: 'a', max: 5, direction: 'up', step: 1 }],
    goal: atLeast(10),
    background: background(),
  });
  assert.equal(search.found, 'none');
  assert.deepEqual(search.answers, []);
  assert.equal(search.nearest?.changes[0]?.to, 4);
  assert.equal(search.nearest?.margin, 2 - 9 - 10);
  assert.equal(search.complete, true);
});

test('values come from the background where no step is given; a missing value may be made known', () => {
  const known = new Set(numberColumn(background(), 'a').values);
  const search = counterfactuals(
    (data) => predict(data).map((s) => (Number.isNaN(s) ? -99 : s)),
    rowOf([null, 3, 3, 0]),
    {
      actions: [{ feature: 'a', direction: 'any', min: 4 }],
      goal: atLeast(4),
      background: background(),
    },
  );
  assert.equal(search.found, 'some');
  const [change] = search.answers[0]!.changes;
  assert.equal(change!.from, null);
  assert.ok(known.has(Number(change!.to)) && change!.size >= 1);
});

test('actions that make no sense are refused', () => {
  const ask =
    (...actions: Action[]) =>
    () =>
      counterfactuals(predict, rowOf([1, 1, 1, 1]), { actions, goal: atLeast(99), background: background() });
  assert.throws(ask({ feature: 'zz' }), /zz is not a column/);
  assert.throws(ask({ feature: 'a', min: 3, max: 2 }), /may go from 3 to 2/);
  assert.throws(ask({ feature: 'a', step: 0 }), /step of 0/);
  assert.throws(ask({ feature: 'a' }, { feature: 'a' }), /named twice/);
});

test('goals: a tier or better, the likeliest class, a level', () => {
  const model = { kind: 'x', task: 'ordinal', classes: ['base', 'silver', 'gold'], features: [] } as const;
  assert.ok(Math.abs(atLeastClass(model, 'silver')(Float64Array.of(0.3, 0.3, 0.4)) - 0.2) < 1e-12);
  assert.ok(likeliestClass(model, 'gold')(Float64Array.of(0.3, 0.3, 0.4)) > 0);
  assert.ok(likeliestClass(model, 'silver')(Float64Array.of(0.4, 0.4, 0.2)) < 0);
  assert.ok(likeliestClass(model, 'base')(Float64Array.of(0.4, 0.4, 0.2)) >= 0);
  assert.throws(() => atLeastClass(model, 'platinum'), /no class is called platinum/);
});

test('a boosted tier model: the model itself puts every changed customer in the tier', async () => {
  const draw = random(4);
  const at = Array.from({ length: 600 }, () => ({
    orders: draw.poisson(4),
    spend: Math.round(80 * draw.exponential()),
    city: ['n', 's'][draw.integer(2)]!,
  }));
  const data = table({
    orders: numbers(at.map(({ orders }) => orders)),
    spend: numbers(at.map(({ spend }) => spend)),
    city: texts(at.map(({ city }) => city)),
    tier: texts(at.map(({ orders, spend }) => (orders + spend / 40 > 6 ? 'gold' : 'base'))),
  });
  const model = await boosting.fit(data, { ...boosting.defaults, task: 'classify', label: 'tier', trees: 40 }, 1);
  let found = 0;
  for (const i of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
    const row = table({
      orders: numbers([at[i]!.orders]),
      spend: numbers([at[i]!.spend]),
      city: texts([at[i]!.city]),
    });
    const search = counterfactuals((rows) => predictEnsemble(model, rows), row, {
      actions: [
        { feature: 'orders', direction: 'up', step: 1, max: 12 },
        { feature: 'spend', direction: 'up', max: 300 },
      ],
      goal: likeliestClass(model, 'gold'),
      background: data,
    });
    for (const { changes } of search.answers) {
      const to = (name: string) => changes.find(({ feature }) => feature === name)?.to ?? valueAt(row, name, 0);
      const changed = table({
        orders: numbers([Number(to('orders'))]),
        spend: numbers([Number(to('spend'))]),
        city: texts([at[i]!.city]),
      });
      const chances = predictEnsemble(model, changed);
      assert.ok(chances[model.classes.indexOf('gold')]! > 0.5);
      found++;
    }
    assert.notEqual(search.found, 'none');
  }
  assert.ok(found > 5, `${found} answers`);
});
