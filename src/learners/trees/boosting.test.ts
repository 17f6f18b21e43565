// Aim: boosting keeps every learner's promises, lowers the losses it names, finds what was planted and refuses bad input.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { random } from '#kernels/random.ts';
import { numbers, type Table, table, texts } from '#table/index.ts';
import { conformance } from '../conformance.ts';
import { targetOf } from '../target.ts';
import { type BoostingParams, boosting, fitBoosting } from './boosting.ts';
import { LOSSES, objectiveOf } from './objectives.ts';
import { leafOf, predictEnsemble, rawScores, readerOf } from './predict.ts';

/** Numbers with gaps, a text, and labels of each task that depend on them. */
function world(rows: number, seed = 1): Table {
  const draw = random(seed);
  const x = Array.from({ length: rows }, () => draw.normal());
  const gaps = x.map(() => (draw.uniform() < 0.2 ? null : draw.normal()));
  const city = x.map(() => ['north', 'south', 'east', null][draw.integer(4)]!);
  const score = x.map((v, i) => v + (gaps[i] === null ? 0.8 : -gaps[i]!) + (city[i] === 'south' ? 1.2 : 0));
  return table({
    x: numbers(x),
    gaps: numbers(gaps),
    city: texts(city),
    flat: numbers(x.map(() => 3)),
    empty: numbers(x.map(() => null)),
    group: numbers(x.map((_, i) => Math.floor(i / 10))),
    two: texts(score.map((s) => (s + 0.5 * draw.normal() > 0 ? 'yes' : 'no'))),
    three: texts(score.map((s) => ['a', 'b', 'c'][Math.min(2, Math.max(0, Math.floor(s + 1)))]!)),
    amount: numbers(score.map((s) => (s < -1 ? 0 : Math.exp(s + 0.2 * draw.normal())))),
    grade: numbers(score.map((s) => Math.min(4, Math.max(0, Math.round(s + 1))))),
  });
}

const features = ['x', 'gaps', 'city', 'flat', 'empty'];
const quick = { ...boosting.defaults, features, trees: 20, minRows: 5, leaves: 8 };
const aims: Record<string, Partial<BoostingParams>> = {
  binary: { task: 'classify', label: 'two' },
  'of three': { task: 'classify', label: 'three' },
  ordinal: { task: 'ordinal', label: 'grade' },
  'of amounts': { task: 'regress', label: 'amount' },
  rank: { task: 'rank', label: 'grade', group: 'group' },
};
for (const [name, aim] of Object.entries(aims))
  conformance(
    { ...boosting, name: `boosting, ${name}` },
    // the order of rows moves the last bits of sums, and with them equal splits; at the start of a ranking all scores are
    // equal, and the rows' order breaks the ties
    { data: world(400), params: { ...quick, ...aim }, orderTolerance: name === 'rank' ? 2 : 0.02 },
  );

const lossOf = (data: Table, params: BoostingParams) => fitBoosting(data, params, 1).loss;

for (const loss of LOSSES)
  test(`${loss}: gradients are those of the loss, and more trees lower it`, () => {
    const data = world(300);
    const params = { ...quick, task: 'regress', label: 'amount', loss } as const;
    const target = targetOf(data, params);
    const objective = objectiveOf(target, params);
    assertGradients(objective, target, loss === 'quantile' ? 1 : 0);
    const [few, many] = [2, 30].map((trees) => lossOf(data, { ...params, trees }));
    assert.ok(many! < few!, `${many} of 30 trees, ${few} of 2`);
  });

for (const [name, aim] of Object.entries(aims).slice(0, 3))
  test(`${name}: gradients are those of the loss`, () => {
    const data = world(300);
    const params = { ...quick, ...aim } as BoostingParams;
    const target = targetOf(data, params);
    assertGradients(objectiveOf(target, params), target, 0);
  });

/** Central differences of the loss against the gradients, at scores off the start. */
function assertGradients(objective: ReturnType<typeof objectiveOf>, target: ReturnType<typeof targetOf>, skip: number) {
  const rows = Uint32Array.from({ length: 40 }, (_, i) => i);
  const base = objective.base(target, rows);
  const draw = random(4);
  const scores = base.map((b) => Float64Array.from(target.label, () => b + 0.3 * draw.normal()));
  const given = { target, rows, scores };
  const gh = new Float32Array(2 * target.label.length);
  objective.begin?.(given);
  // the ordinal cuts move in `begin`, so the loss is taken after it
  for (let k = 0; k < objective.width; k++) {
    objective.gradients(k, given, gh);
    for (const i of rows.subarray(0, 12)) {
      const at = scores[k]![i]!;
      const by = 1e-5;
      scores[k]![i] = at + by;
      const above = objective.loss(given);
      scores[k]![i] = at - by;
      const below = objective.loss(given);
      scores[k]![i] = at;
      const slope = ((above - below) / (2 * by)) * rows.length;
      // squares are told without the half, so their slope is twice the gradient; f32 holds seven digits
      const factor = objective.link === 'identity' && skip === 0 ? 2 : 1;
      assert.ok(Math.abs(slope - factor * gh[2 * i]!) < 1e-4 * (1 + Math.abs(slope)), `${slope} and ${gh[2 * i]}`);
      assert.ok(gh[2 * i + 1]! > 0);
    }
  }
}

test('the same model on 1, 2 and 4 threads, and the same scores by kernel and by hand', () => {
  const data = world(30_000);
  const params = { ...quick, label: 'two', trees: 8, leaves: 31 };
  const models = [1, 2, 4].map((threads) => fitBoosting(data, { ...params, threads }, 3));
  assert.equal(JSON.stringify(models[1]), JSON.stringify(models[0]));
  assert.equal(JSON.stringify(models[2]), JSON.stringify(models[0]));
  const model = models[0]!;
  const raw = rawScores(model, data);
  const read = model.inputs.map((input) => readerOf(data.columns[input.feature]!, input.categories));
  for (let i = 0; i < 300; i++) {
    const row = read.map((cell) => cell(i));
    const sets = (t: number) => model.trees[t]!.leftSets?.map((set) => set && new Set(set));
    const sum = model.trees.reduce((s, tree, t) => s + tree.value[leafOf(tree, row, sets(t))]!, model.base[0]!);
    assert.equal(raw[i], sum);
  }
  assert.ok(
    model.trees.some((tree) => tree.leftSets?.some((set) => set !== null)),
    'a split by category is among them',
  );
});

test('planted: an interaction without main effects is found by looking ahead', () => {
  const draw = random(8);
  const rows = 4000;
  const columns = Array.from({ length: 6 }, () => Array.from({ length: rows }, () => draw.normal()));
  const label = columns[0]!.map((a, i) => (a * columns[1]![i]! + 0.3 * draw.normal() > 0 ? 1 : 0));
  const data = table({ ...Object.fromEntries(columns.map((c, f) => [`f${f}`, numbers(c)])), label: numbers(label) });
  const params = { ...boosting.defaults, trees: 5, leaves: 8 };
  const [ahead, greedy] = [1, 0].map((lookAhead) => lossOf(data, { ...params, lookAhead }));
  assert.ok(ahead! < 0.55 && greedy! > 0.6, `${ahead} looking ahead, ${greedy} greedy`);
});

test('a monotone constraint holds along the feature, whatever the others are', () => {
  const draw = random(2);
  const x = Array.from({ length: 2000 }, () => draw.uniform());
  const z = x.map(() => draw.uniform());
  const y = x.map((v, i) => Math.sin(9 * v) + v + z[i]! + 0.1 * draw.normal());
  const data = table({ x: numbers(x), z: numbers(z), y: numbers(y) });
  const params = { ...boosting.defaults, task: 'regress', label: 'y' } as const;
  const falls = (monotone: BoostingParams['monotone']) => {
    const model = fitBoosting(data, { ...params, monotone }, 1);
    let count = 0;
    for (const other of [0.1, 0.5, 0.9]) {
      const grid = Array.from({ length: 200 }, (_, i) => i / 200);
      const at = predictEnsemble(model, table({ x: numbers(grid), z: numbers(grid.map(() => other)) }));
      for (let i = 1; i < 200; i++) if (at[i]! < at[i - 1]! - 1e-12) count++;
    }
    return count;
  };
  assert.equal(falls({ x: 1 }), 0);
  assert.ok(falls({}) > 10);
});

test('early stopping holds back the latest rows, stops, and keeps the best round', () => {
  const draw = random(6);
  const x = Array.from({ length: 1000 }, () => draw.normal());
  const day = x.map((_, i) => Math.floor(i / 10));
  const label = x.map((v) => (v + 2 * draw.normal() > 0 ? 1 : 0));
  const data = table({ x: numbers(x), day: numbers(day), label: numbers(label) });
  const model = fitBoosting(data, { ...boosting.defaults, trees: 500, patience: 10, time: 'day' }, 1);
  assert.equal(model.rows, 800);
  assert.ok(!model.features.includes('day'));
  const losses = model.validation!;
  assert.ok(losses.length < 200);
  assert.equal(model.trees.length, losses.indexOf(Math.min(...losses)) + 1);
  const noise = table({ x: numbers(x), label: numbers(x.map(() => (draw.uniform() < 0.5 ? 1 : 0))) });
  assert.ok(fitBoosting(noise, { ...boosting.defaults, trees: 500, patience: 10 }, 1).trees.length < 60);
});

test('rows of weight zero are as if they were not there', () => {
  const data = world(600);
  const weights = Array.from({ length: 600 }, (_, i) => (i < 300 ? 1 : 0));
  const head = (column: Table['columns'][string]) =>
    column.kind === 'text'
      ? { ...column, codes: column.codes.slice(0, 300) }
      : {
          ...column,
          values: column.values.slice(0, 300),
          ...(column.valid ? { valid: column.valid.slice(0, 300) } : {}),
        };
  const half: Table = {
    length: 300,
    columns: Object.fromEntries(Object.entries(data.columns).map(([n, c]) => [n, head(c)])),
  };
  const params = { ...quick, features: ['city'], label: 'amount', task: 'regress', minRows: 1 } as const;
  const weighted = fitBoosting(table({ ...data.columns, w: numbers(weights) }), { ...params, weight: 'w' }, 1);
  const [a, b] = [predictEnsemble(weighted, half), predictEnsemble(fitBoosting(half, params, 1), half)];
  // counts of rows differ and steer nothing at one row a leaf; sums are the same up to f32
  for (let i = 0; i < 300; i++)
    assert.ok(Math.abs(a[i]! - b[i]!) < 1e-4 * (1 + Math.abs(b[i]!)), `${a[i]} and ${b[i]}`);
});

test('bad input: a clear error, or an answer that is a number', () => {
  const data = world(50);
  const refuses = (params: Partial<BoostingParams>, code: string, of: Table = data) =>
    assert.throws(() => fitBoosting(of, { ...quick, ...params }, 1), { code });
  for (const wrong of [
    { loss: 'foo' },
    { bins: 5000 },
    { trees: 0 },
    { leaves: 1.5 },
    { rowShare: 0 },
    { quantile: 1 },
    { monotone: { x: 2 } },
  ])
    refuses({ label: 'two', ...wrong } as Partial<BoostingParams>, 'LEARNER_PARAMS');
  refuses({ label: 'nothing' }, 'FEATURE_MISSING');
  refuses({ label: 'two', features: ['nothing'] }, 'FEATURE_MISSING');
  refuses({ label: 'gaps', task: 'regress' }, 'LABEL_MISSING');
  refuses({ label: 'flat' }, 'LABEL_ONE_CLASS');
  refuses({ label: 'two', task: 'regress' }, 'LABEL_NOT_NUMBER');
  refuses({ label: 'two', weight: 'x' }, 'WEIGHT_WRONG');
  refuses({ label: 'x', task: 'regress', loss: 'poisson' }, 'LABEL_OUT_OF_RANGE');
  refuses({ label: 'grade', task: 'rank' }, 'TARGET_NO_GROUP');
  refuses({ label: 'two' }, 'TABLE_EMPTY', { length: 0, columns: data.columns });
  const one = fitBoosting(
    table({ x: numbers([1]), y: numbers([7]) }),
    { ...boosting.defaults, task: 'regress', label: 'y' },
    1,
  );
  assert.deepEqual(Array.from(predictEnsemble(one, table({ x: numbers([null, 5]) }))), [7, 7]);
  assert.throws(() => predictEnsemble(one, table({ z: numbers([1]) })), { code: 'FEATURE_MISSING' });
});

test('fuzz: any small table gives chances that add up, also for rows never seen', () => {
  const cell = fc.oneof(
    fc.constantFrom(null, Number.POSITIVE_INFINITY, Number.NaN, -1e300, 1e300, 0),
    fc.double({ noNaN: true }),
  );
  const row = fc.record({
    a: cell,
    b: cell,
    c: fc.constantFrom('p', 'q', '', null),
    y: fc.integer({ min: 0, max: 2 }),
  });
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 2, maxLength: 40 }),
      fc.array(row, { minLength: 1, maxLength: 5 }),
      (rows, fresh) => {
        fc.pre(new Set(rows.map(({ y }) => y)).size > 1);
        const tableOf = (of: typeof rows) =>
          table({
            ...{ a: numbers(of.map(({ a }) => a)), b: numbers(of.map(({ b }) => b)) },
            ...{ c: texts(of.map(({ c }) => c)), y: numbers(of.map(({ y }) => y)) },
          });
        const model = fitBoosting(tableOf(rows), { ...boosting.defaults, label: 'y', trees: 5, minRows: 1 }, 1);
        const chances = predictEnsemble(model, tableOf(fresh));
        const width = model.classes.length;
        for (let i = 0; i < fresh.length; i++) {
          const sum = chances.subarray(i * width, (i + 1) * width).reduce((s, p) => s + p, 0);
          assert.ok(Math.abs(sum - 1) < 1e-9, `chances add up to ${sum}`);
        }
      },
    ),
    { seed: 7, numRuns: 60 },
  );
});
