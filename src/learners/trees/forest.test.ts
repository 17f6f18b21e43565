// Aim: forests keep every learner's promises, agree with a peer where nothing is drawn, find what was planted and refuse bad input.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { random } from '#kernels/random.ts';
import { type Column, numbers, type Table, table, texts } from '#table/index.ts';
import { conformance } from '../conformance.ts';
import { extraTrees, type ForestParams, fitForest, forest } from './forest.ts';

const KINDS = ['forest', 'extra-trees'] as const;
const learnerOf = { forest, 'extra-trees': extraTrees };

/** Numbers with gaps, a text, and labels that depend on them. */
function world(rows: number, seed = 1): Table {
  const draw = random(seed);
  const x = Array.from({ length: rows }, () => draw.normal());
  const gaps = x.map(() => (draw.uniform() < 0.2 ? null : draw.normal()));
  const city = x.map(() => ['north', 'south', 'east', 'west', null][draw.integer(5)]!);
  const score = x.map((v, i) => v + (gaps[i] === null ? 1 : -gaps[i]!) + (city[i] === 'south' ? 1.5 : 0));
  return table({
    x: numbers(x),
    gaps: numbers(gaps),
    city: texts(city),
    flat: numbers(x.map(() => 3)),
    empty: numbers(x.map(() => null)),
    two: texts(score.map((s) => (s + 0.5 * draw.normal() > 0 ? 'yes' : 'no'))),
    three: texts(score.map((s) => ['a', 'b', 'c'][Math.min(2, Math.max(0, Math.floor(s + 1)))]!)),
    amount: numbers(score.map((s) => (s < -1 ? 0 : Math.exp(s + 0.2 * draw.normal())))),
    weight: numbers(x.map(() => draw.integer(4))),
  });
}

const features = ['x', 'gaps', 'city', 'flat', 'empty'];
const aims: Record<string, Partial<ForestParams>> = {
  'of two': { task: 'classify', label: 'two' },
  'of three in order, weighted': { task: 'ordinal', label: 'three', weight: 'weight' },
  'of amounts': { task: 'regress', label: 'amount' },
};
// Rows are drawn by their content, so their order changes nothing: the tolerance is that of the sums in `predict`.
for (const kind of KINDS)
  for (const [name, aim] of Object.entries(aims))
    conformance(
      { ...learnerOf[kind], name: `${kind}, ${name}` },
      { data: world(300), params: { ...learnerOf[kind].defaults, features, trees: 20, ...aim }, orderTolerance: 1e-12 },
    );

const whole = { ...forest.defaults, trees: 1, bootstrap: false, featureShare: 1, minRows: 1 };

test('golden: a tree without chance is that of scikit-learn', () => {
  const peer = JSON.parse(readFileSync(new URL('../../../golden/forest.json', import.meta.url), 'utf8')) as {
    rows: number[][];
    classes: number[];
    numbers: number[];
    weights: number[];
    tolerance: number;
    cases: {
      task: 'classify' | 'regress';
      weighted: boolean;
      minRows: number;
      depth: number;
      leaves: number;
      leafCount: number;
      rootGain: number;
      predicted: number[];
    }[];
  };
  const data = table({
    ...Object.fromEntries([0, 1, 2, 3].map((j) => [`x${j}`, numbers(peer.rows.map((row) => row[j]))])),
    classify: numbers(peer.classes),
    regress: numbers(peer.numbers),
    weight: numbers(peer.weights),
  });
  assert.ok(peer.cases.length >= 8);
  for (const { task, weighted, minRows, depth, leaves, ...want } of peer.cases) {
    const aim = { task, label: task, features: ['x0', 'x1', 'x2', 'x3'], ...(weighted ? { weight: 'weight' } : {}) };
    const model = fitForest('forest', data, { ...whole, ...aim, minRows, depth, leaves }, 1).model;
    const got = forest.predict(model, data);
    const about = `${task} ${weighted} ${minRows} ${depth} ${leaves}`;
    // With weights the peer splits pure nodes whose impurity is not quite 0 in floating point.
    if (!weighted) assert.equal(model.trees[0]!.leafCover.length, want.leafCount, about);
    assert.ok(Math.abs(model.trees[0]!.gain[0]! / want.rootGain - 1) < peer.tolerance, about);
    for (const [i, w] of want.predicted.entries()) assert.ok(Math.abs(got[i]! - w) < peer.tolerance, `${about}: ${i}`);
  }
});

test('a tree anyone can see: two cuts, the missing and a category', () => {
  const data = table({
    x: numbers([1, 2, 3, 4, null, null]),
    label: numbers([5, 5, 7, 7, 12, 12]),
    city: texts(['a', 'b', 'a', 'c', 'b', 'c']),
  });
  const tree = fitForest('forest', data, { ...whole, task: 'regress', features: ['x'] }, 1).model.trees[0]!;
  assert.deepEqual(tree, {
    ...{ feature: [0, 0], threshold: [Number.MAX_VALUE, 2.5], missingLeft: [0, 1] },
    ...{ left: [1, -3], right: [-1, -2], value: [12, 7, 5], splitCover: [6, 4], leafCover: [2, 2, 2], gain: [48, 4] },
  });
  const byCity = fitForest('forest', data, { ...whole, task: 'regress', features: ['city'] }, 1).model.trees[0]!;
  assert.deepEqual(byCity.leftSets?.[0], [0]); // a: 6, b: 8.5, c: 9.5; the lighter side is the set
});

test('what two features decide only together is found', () => {
  const draw = random(5);
  const bit = () => numbers(Array.from({ length: 200 }, () => draw.integer(2)));
  const [a, b, c] = [bit(), bit(), bit()];
  const label = numbers(a.values.map((v, i) => Number(v !== b.values[i])));
  for (const kind of KINDS) {
    const params = { ...learnerOf[kind].defaults, trees: 50, minRows: 1 };
    const { model } = fitForest(kind, table({ a, b, c, label }), params, 1);
    const told = learnerOf[kind].predict(model, table({ a, b, c }));
    for (let i = 0; i < 200; i++) assert.ok(told[2 * i + label.values[i]!]! > 0.5, `${kind}, row ${i}`);
  }
});

test('planted: new rows are foretold well, and as well as out-of-bag figures say', () => {
  const [data, fresh] = [world(3000, 2), world(3000, 3)];
  const params = { ...forest.defaults, features, trees: 100 };
  const { model, outOfBag } = fitForest('forest', data, { ...params, label: 'two' }, 1);
  const told = forest.predict(model, fresh);
  const label = fresh.columns.two as Column & { kind: 'text' };
  let right = 0;
  for (let i = 0; i < 3000; i++)
    right += Number((told[2 * i + 1]! > told[2 * i]! ? 'yes' : 'no') === label.dictionary[label.codes[i]!]);
  // The noise leaves 0.90 within reach; the standard error of either share is 0.006.
  assert.ok(right / 3000 > 0.86, `${right / 3000}`);
  assert.ok(Math.abs(model.outOfBag!.accuracy! - right / 3000) < 3 * Math.SQRT2 * 0.006, `${model.outOfBag!.accuracy}`);
  assert.equal(model.outOfBag!.rows, 3000);
  for (let i = 0; i < 3000; i++) assert.ok(Math.abs(outOfBag[2 * i]! + outOfBag[2 * i + 1]! - 1) < 1e-12);
  const amounts = fitForest('forest', data, { ...params, task: 'regress', label: 'amount' }, 1).model;
  const paid = fresh.columns.amount as Column & { kind: 'number' };
  const guess = forest.predict(amounts, fresh);
  let [squares, spread, total] = [0, 0, 0];
  for (const v of paid.values) total += v / 3000;
  for (const [i, v] of paid.values.entries()) {
    squares += (guess[i]! - v) ** 2;
    spread += (v - total) ** 2;
  }
  assert.ok(squares / spread < 0.35, `${squares / spread} of the variance is left`);
});

test('out-of-bag predictions are the mean of the trees that did not draw the row', () => {
  const data = world(120);
  const params = { ...forest.defaults, features, task: 'regress', label: 'amount', trees: 7, rowShare: 0.5 } as const;
  const { outOfBag } = fitForest('forest', data, { ...params, bootstrap: false }, 1);
  // 7 halves: a row is drawn by all with chance 1/128
  const none = outOfBag.filter(Number.isNaN).length;
  assert.ok(none < 8, `${none}`);
  const all = fitForest('forest', data, { ...params, rowShare: 1, bootstrap: false }, 1);
  assert.equal(all.model.outOfBag, undefined);
  assert.ok(all.outOfBag.every(Number.isNaN));
});

test('where the label rises with a feature, the forest does too', () => {
  const x = Array.from({ length: 400 }, (_, i) => i / 40);
  const data = table({ x: numbers(x), label: numbers(x.map((v) => v ** 2)) });
  const at = table({ x: numbers([-5, ...x, 20]) });
  for (const kind of KINDS) {
    const params = { ...learnerOf[kind].defaults, task: 'regress', trees: 30, minRows: 1 } as const;
    const told = learnerOf[kind].predict(fitForest(kind, data, params, 1).model, at);
    for (let i = 1; i < told.length; i++) assert.ok(told[i]! >= told[i - 1]! - 1e-9, `${kind} at ${i}`);
    assert.ok(told[0]! < 1 && told.at(-1)! > 90, `${kind}: ${told[0]} to ${told.at(-1)}`);
  }
});

test('settings are kept: rows of a leaf, depth, leaves; another seed is another forest', () => {
  const data = world(300);
  const params = { ...forest.defaults, features, label: 'three', trees: 10 };
  const fit = (own: Partial<ForestParams>, seed = 1) => fitForest('forest', data, { ...params, ...own }, seed).model;
  const sizes = (own: Partial<ForestParams>) => fit(own).trees.map(({ leafCover }) => leafCover.length);
  assert.ok(sizes({ depth: 2 }).every((n) => n <= 4));
  assert.deepEqual(sizes({ leaves: 6 }), new Array(10).fill(6));
  const plain = fit({ minRows: 9, bootstrap: false, rowShare: 0.7 });
  assert.ok(plain.trees.every(({ leafCover }) => leafCover.every((cover) => cover >= 9)));
  assert.ok(plain.trees.every(({ leafCover }) => leafCover.reduce((a, b) => a + b) === 210));
  assert.notDeepEqual(fit({}, 2).trees, fit({}, 1).trees);
});

test('weights: a row of weight two counts as two rows, one of weight zero as none', () => {
  const data = world(200);
  const times = (data.columns.weight as Column & { kind: 'number' }).values;
  const rows = [...times.keys()].flatMap((i) => new Array<number>(times[i]!).fill(i));
  const columns = Object.entries(data.columns).map(([name, column]): [string, Column] => [
    name,
    column.kind === 'text'
      ? texts(rows.map((i) => column.dictionary[column.codes[i]!]))
      : numbers(rows.map((i) => (column.valid?.[i] === 0 ? null : column.values[i]))),
  ]);
  for (const aim of [{ label: 'two' }, { task: 'regress', label: 'amount' }] as const) {
    const params = { ...whole, ...aim, depth: 3, features: ['x'] };
    const weighed = fitForest('forest', data, { ...params, weight: 'weight' }, 1).model;
    const repeated = fitForest('forest', table(Object.fromEntries(columns)), params, 1).model;
    const [a, b] = [forest.predict(weighed, data), forest.predict(repeated, data)];
    const width = a.length / 200;
    // Rows of weight zero still make bins, so cuts may lie elsewhere in the gap between the others.
    for (const [i, v] of a.entries())
      assert.ok(times[Math.floor(i / width)] === 0 || Math.abs(v - b[i]!) < 1e-9, `${aim.label} ${i}: ${v} ${b[i]}`);
  }
});

const cell = fc.oneof(
  fc.double({ noNaN: false, noDefaultInfinity: false }),
  fc.constantFrom(0, 1, Number.NaN, Number.POSITIVE_INFINITY, 1e308, -1e308, 5e-324),
  fc.constant(null),
);

test('any table is answered for: nothing but finite numbers, chances add up to one', () => {
  const rowsOf = fc.array(
    fc.record({ x: cell, y: cell, t: fc.option(fc.string({ maxLength: 2 })), k: fc.nat(2), w: fc.nat(3) }),
    { minLength: 1, maxLength: 30 },
  );
  const number = fc.double({ noNaN: true, min: -1e300, max: 1e300 });
  fc.assert(
    fc.property(
      rowsOf,
      fc.infiniteStream(number),
      fc.constantFrom(...KINDS),
      fc.boolean(),
      (rows, label, kind, classes) => {
        const data = table({
          x: numbers(rows.map(({ x }) => x)),
          y: numbers(rows.map(({ y }) => y)),
          t: texts(rows.map(({ t }) => t)),
          label: numbers(
            rows.map(({ k }, i) => (classes ? (i === 0 ? 0 : i === 1 ? 1 : k) : (label.next().value as number))),
          ),
          w: numbers(rows.map(({ w }, i) => (i < 2 ? 1 : w))),
        });
        const task = classes ? 'classify' : 'regress';
        const params = { ...learnerOf[kind].defaults, trees: 3, minRows: 1, task, weight: 'w' } as const;
        if (classes && rows.length === 1) {
          assert.throws(() => fitForest(kind, data, params, 1), { code: 'LABEL_ONE_CLASS' });
          return;
        }
        const { model } = fitForest(kind, data, params, 1);
        const unseen = table({ x: numbers([Number.NaN, 3]), y: numbers([null, 1e300]), t: texts(['never', null]) });
        for (const [at, count] of [
          [data, rows.length],
          [unseen, 2],
        ] as const) {
          const told = learnerOf[kind].predict(model, at);
          assert.ok(told.every(Number.isFinite), `${told}`);
          const width = model.width;
          for (let i = 0; classes && i < count; i++)
            assert.ok(Math.abs(told.slice(i * width, (i + 1) * width).reduce((a, b) => a + b) - 1) < 1e-12);
        }
        assert.equal(JSON.stringify(model).includes('null,') && !JSON.stringify(model).includes('leftSets'), false);
      },
    ),
    { seed: 2, numRuns: 300 },
  );
});

test('more features than rows, one row, and what cannot be learned', () => {
  const wide = table({
    ...Object.fromEntries(Array.from({ length: 40 }, (_, f) => [`f${f}`, numbers([f, 2, 3 * f])])),
    label: numbers([1, 2, 4]),
  });
  const numbersOnly = { ...forest.defaults, task: 'regress', trees: 9, minRows: 1 } as const;
  assert.ok(forest.predict(fitForest('forest', wide, numbersOnly, 1).model, wide).every((v) => v >= 1 && v <= 4));
  const one = table({ x: numbers([1]), label: numbers([7]) });
  assert.deepEqual([...forest.predict(fitForest('forest', one, numbersOnly, 1).model, one)], [7]);
  const bad = table({
    x: numbers([1, 2]),
    label: texts(['a', 'a']),
    gap: numbers([1, Number.NaN]),
    w: numbers([1, -1]),
  });
  const fit = (own: Partial<ForestParams>) => () => fitForest('forest', bad, { ...forest.defaults, ...own }, 1);
  assert.throws(fit({}), { code: 'LABEL_ONE_CLASS' });
  assert.throws(fit({ task: 'regress' }), { code: 'LABEL_NOT_NUMBER' });
  assert.throws(fit({ task: 'regress', label: 'gap' }), { code: 'LABEL_MISSING' });
  assert.throws(fit({ task: 'regress', label: 'x', weight: 'w' }), { code: 'WEIGHT_WRONG' });
  assert.throws(fit({ features: ['no'] }), { code: 'FEATURE_MISSING' });
});
