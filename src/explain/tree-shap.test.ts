// Aim: attributions of trees equal Shapley's definition, add up to the score, and are the same bits on any threads.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasCompiledKernels } from '#kernels/machine.ts';
import { type Random, random } from '#kernels/random.ts';
import { rawScores, type Tree, type TreeEnsemble } from '#learners/index.ts';
import { type Column, numbers, type Table, table, texts } from '#table/index.ts';
import { grouped, meanSize } from './attributions.ts';
import { leftShare } from './tree-program.ts';
import { againstShap, pathShap } from './tree-shap.ts';

const CATEGORIES = ['red', 'green', 'blue', 'grey'];

/** Feature 0, 1, 2 are numbers, 3 is text, the rest numbers; the last is in no tree. */
const inputsOf = (count: number) =>
  Array.from({ length: count }, (_, f) => ({ feature: `x${f}`, ...(f === 3 ? { categories: CATEGORIES } : {}) }));

function drawTree(draw: Random, features: number, depthMax: number, wide: number): Tree {
  const tree = {
    feature: [] as number[],
    threshold: [] as number[],
    missingLeft: [] as number[],
    leftSets: [] as (number[] | null)[],
    left: [] as number[],
    right: [] as number[],
    value: [] as number[],
    splitCover: [] as number[],
    leafCover: [] as number[],
    gain: [] as number[],
  };
  const grow = (depth: number): { child: number; cover: number } => {
    if (depth === depthMax || draw.uniform() < 0.15) {
      const cover = draw.uniform() < 0.05 ? 0 : draw.integer(40);
      tree.leafCover.push(cover);
      for (let k = 0; k < wide; k++) tree.value.push(draw.normal());
      return { child: -tree.leafCover.length, cover };
    }
    const s = tree.feature.length;
    const feature = draw.integer(features - 1);
    tree.feature.push(feature);
    tree.leftSets.push(feature === 3 ? [0, 1, 2, 3].filter(() => draw.uniform() < 0.5) : null);
    tree.threshold.push(feature === 3 ? 0 : Math.round(4 * draw.normal()) / 4);
    tree.missingLeft.push(draw.integer(2));
    tree.gain.push(1);
    for (const list of [tree.left, tree.right, tree.splitCover]) list.push(0);
    const left = grow(depth + 1);
    const right = grow(depth + 1);
    tree.left[s] = left.child;
    tree.right[s] = right.child;
    tree.splitCover[s] = left.cover + right.cover;
    return { child: s, cover: left.cover + right.cover };
  };
  grow(0);
  return tree;
}

interface Size {
  readonly seed: number;
  readonly features: number;
  readonly trees: number;
  readonly depth: number;
  readonly width: number;
  readonly average: boolean;
}

function drawEnsemble({ seed, features, trees, depth, width, average }: Size): TreeEnsemble {
  const draw = random(seed);
  const inputs = inputsOf(features);
  return {
    kind: 'boosting',
    task: width > 1 ? 'classify' : 'regress',
    classes: width > 1 ? Array.from({ length: width }, (_, k) => `c${k}`) : [],
    features: inputs.map(({ feature }) => feature),
    inputs,
    link: width > 1 ? 'softmax' : 'identity',
    width,
    base: Array.from({ length: width }, () => draw.normal()),
    average,
    trees: Array.from({ length: trees }, () => drawTree(draw, features, depth, average ? width : 1)),
  };
}

function drawRows(seed: number, features: number, rows: number): Table {
  const draw = random(seed);
  const columns: Record<string, Column> = {};
  for (let f = 0; f < features; f++) {
    const gone = () => draw.uniform() < 0.15;
    columns[`x${f}`] =
      f === 3
        ? texts(
            Array.from({ length: rows }, () => (gone() ? null : ([...CATEGORIES, 'unseen'][draw.integer(5)] ?? null))),
          )
        : numbers(Array.from({ length: rows }, () => (gone() ? null : Math.round(8 * draw.normal()) / 8)));
  }
  return table(columns);
}

const sizes = (features: fc.Arbitrary<number>, depth: number): fc.Arbitrary<Size> =>
  fc.record({
    seed: fc.integer(),
    features,
    trees: fc.integer({ min: 1, max: 4 }),
    depth: fc.integer({ min: 0, max: depth }),
    width: fc.integer({ min: 1, max: 3 }),
    average: fc.boolean(),
  });

/** Cells of a row as the trees read them. */
function cellsOf(model: TreeEnsemble, data: Table, row: number): number[] {
  return model.inputs.map(({ feature, categories }) => {
    const column = data.columns[feature]!;
    if (column.kind === 'number') return column.valid?.[row] === 0 ? Number.NaN : column.values[row]!;
    const at = categories!.indexOf(column.dictionary[column.codes[row]!] ?? '');
    return at < 0 ? Number.NaN : at;
  });
}

function leftTurn(tree: Tree, s: number, cells: readonly number[]): boolean {
  const x = cells[tree.feature[s]!]!;
  if (Number.isNaN(x)) return tree.missingLeft[s] === 1;
  return tree.leftSets?.[s]?.includes(x) ?? x <= tree.threshold[s]!;
}

/** Raw scores [width] when only the features of the bit set `known` are known: the rest by cover. */
function byCover(model: TreeEnsemble, cells: readonly number[], known: number): number[] {
  const out = [...model.base];
  for (const [t, tree] of model.trees.entries()) {
    const wide = model.average ? model.width : 1;
    const below = (node: number, k: number): number => {
      if (node < 0) return tree.value[(-1 - node) * wide + k]!;
      const [left, right] = [tree.left[node]!, tree.right[node]!];
      if ((known >> tree.feature[node]!) & 1) return below(leftTurn(tree, node, cells) ? left : right, k);
      const share = leftShare(tree, node);
      return share * below(left, k) + (1 - share) * below(right, k);
    };
    const root = tree.feature.length === 0 ? -1 : 0;
    if (model.average) for (let k = 0; k < wide; k++) out[k]! += below(root, k) / model.trees.length;
    else out[t % model.width]! += below(root, 0);
  }
  return out;
}

/** Shapley's definition: over all sets of other features, the weighted change that knowing one more makes. */
function byDefinition(features: number, width: number, game: (known: number) => readonly number[]): number[] {
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  const worth = Array.from({ length: 2 ** features }, (_, known) => game(known));
  const out = new Array<number>(width * features).fill(0);
  for (let known = 0; known < worth.length; known++)
    for (let f = 0; f < features; f++) {
      if ((known >> f) & 1) continue;
      const size = known.toString(2).replaceAll('0', '').length;
      const weight = (factorial(size) * factorial(features - size - 1)) / factorial(features);
      for (let k = 0; k < width; k++)
        out[k * features + f]! += weight * (worth[known | (1 << f)]![k]! - worth[known]![k]!);
    }
  return out;
}

const FEW = { seed: 20_260, numRuns: 60 };

/** Sums of some hundred terms of size one: rounding stays far below 1e-10, a wrong weight does not. */
const NEAR = 1e-10;

function assertNear(got: ArrayLike<number>, want: ArrayLike<number>, what: string): void {
  assert.equal(got.length, want.length, what);
  for (let i = 0; i < want.length; i++)
    assert.ok(Math.abs(got[i]! - want[i]!) < NEAR, `${what} ${i}: ${got[i]}, expected ${want[i]}`);
}

test('by path: equal to the definition, with missing values, categories, repeated features and single leaves', () => {
  fc.assert(
    fc.property(sizes(fc.constantFrom(2, 5, 6), 6), (size) => {
      const model = drawEnsemble(size);
      const data = drawRows(size.seed + 1, size.features, 5);
      const { values, expected } = pathShap(model, data, { threads: 1 });
      assertNear(expected, byCover(model, [], 0), 'expected');
      for (let i = 0; i < data.length; i++) {
        const cells = cellsOf(model, data, i);
        const want = byDefinition(size.features, size.width, (known) => byCover(model, cells, known));
        assertNear(values.subarray(i * want.length, (i + 1) * want.length), want, `row ${i} value`);
      }
    }),
    FEW,
  );
});

test('against a background: equal to the definition', () => {
  fc.assert(
    fc.property(sizes(fc.constantFrom(2, 5), 5), fc.integer({ min: 1, max: 9 }), (size, count) => {
      const model = drawEnsemble(size);
      const data = drawRows(size.seed + 1, size.features, 2);
      const background = drawRows(size.seed + 2, size.features, count);
      const { values, expected } = againstShap(model, data, background, { threads: 1 });
      const others = Array.from({ length: count }, (_, b) => cellsOf(model, background, b));
      const all = 2 ** size.features - 1;
      const game = (cells: readonly number[]) => (known: number) => {
        const out = new Array<number>(size.width).fill(0);
        for (const other of others) {
          const mixed = cells.map((cell, f) => ((known >> f) & 1 ? cell : other[f]!));
          for (const [k, score] of byCover(model, mixed, all).entries()) out[k]! += score / count;
        }
        return out;
      };
      assertNear(expected, game(others[0]!)(0), 'expected');
      for (let i = 0; i < data.length; i++) {
        const want = byDefinition(size.features, size.width, game(cellsOf(model, data, i)));
        assertNear(values.subarray(i * want.length, (i + 1) * want.length), want, `row ${i} value`);
      }
    }),
    FEW,
  );
});

test('a background of more rows than one word of bits holds counts each of them', () => {
  const size = { seed: 5, features: 6, trees: 3, depth: 5, width: 1, average: false };
  const model = drawEnsemble(size);
  const data = drawRows(8, 6, 3);
  const background = drawRows(9, 6, 70);
  const whole = againstShap(model, data, background, { threads: 1 });
  const sum = new Float64Array(whole.values.length);
  for (let b = 0; b < 70; b++) {
    const one = againstShap(model, data, rowOf(background, b), { threads: 1 });
    for (let i = 0; i < sum.length; i++) sum[i]! += one.values[i]! / 70;
  }
  assertNear(whole.values, sum, 'value');
});

const rowOf = (data: Table, row: number): Table => ({
  length: 1,
  columns: Object.fromEntries(
    Object.entries(data.columns).map(([name, column]) => [
      name,
      column.kind === 'text'
        ? { ...column, codes: column.codes.slice(row, row + 1) }
        : numbers([column.valid?.[row] === 0 ? null : column.values[row]]),
    ]),
  ),
});

test('deep trees on many features: attributions add up to the raw score; an unused feature gets nothing', () => {
  fc.assert(
    fc.property(sizes(fc.constantFrom(12, 40), 16), (size) => {
      const model = drawEnsemble(size);
      const data = drawRows(size.seed + 1, size.features, 7);
      const scores = rawScores(model, data, 1);
      const background = drawRows(size.seed + 2, size.features, 3);
      for (const { values, expected, features } of [
        pathShap(model, data, { threads: 1 }),
        againstShap(model, data, background, { threads: 1 }),
      ]) {
        const count = features.length;
        const sums = Float64Array.from(scores, (_, i) => {
          const own = values.subarray(i * count, (i + 1) * count);
          assert.equal(own[count - 1], 0);
          return own.reduce((sum, value) => sum + value, expected[i % size.width]!);
        });
        assertNear(sums, scores, 'score of row');
      }
    }),
    { ...FEW, numRuns: 25 },
  );
});

test('by tables: as by walks, whatever the trees; those too deep for tables are walked', () => {
  fc.assert(
    fc.property(sizes(fc.constantFrom(3, 6, 30), 13), (size) => {
      const model = drawEnsemble(size);
      const data = drawRows(size.seed + 1, size.features, 37);
      const walked = pathShap(model, data, { threads: 1 });
      assertNear(pathShap(model, data, { threads: 1, tablesFrom: 0 }).values, walked.values, 'value');
    }),
    { ...FEW, numRuns: 40 },
  );
});

test('two features that play the same part get the same', () => {
  const tree: Tree = {
    feature: [0, 1, 1],
    threshold: [0, 0, 0],
    missingLeft: [1, 1, 1],
    left: [1, -1, -3],
    right: [2, -2, -4],
    value: [1, 4, 4, 9],
    splitCover: [40, 20, 20],
    leafCover: [10, 10, 10, 10],
    gain: [1, 1, 1],
  };
  const model = {
    ...drawEnsemble({ seed: 1, features: 3, trees: 0, depth: 0, width: 1, average: false }),
    trees: [tree],
  };
  const data = table({ x0: numbers([1, -1]), x1: numbers([1, -1]), x2: numbers([3, 4]) });
  const { values } = pathShap(model, data);
  // Expected 4.5: the row of 9 gains 4.5, the row of 1 loses 3.5, each by halves.
  assertNear(values, [2.25, 2.25, 0, -1.75, -1.75, 0], 'value');
});

test('the same bits on 1, 2 and 4 threads and by the plain twin', { skip: !hasCompiledKernels() }, () => {
  const model = drawEnsemble({ seed: 11, features: 9, trees: 12, depth: 7, width: 3, average: false });
  const data = drawRows(12, 9, 700);
  const background = drawRows(13, 9, 70);
  const few = drawRows(12, 9, 30);
  const ways = [
    pathShap,
    (m: TreeEnsemble, d: Table, o: object) => pathShap(m, d, { ...o, tablesFrom: 0 }),
    (m: TreeEnsemble, d: Table, o: object) => againstShap(m, d, background, o),
  ];
  for (const explain of ways) {
    const one = explain(model, data, { threads: 1 });
    for (const threads of [2, 4]) assert.deepEqual(explain(model, data, { threads }), one);
    assert.deepEqual(explain(model, few, { variant: 'plain' }), explain(model, few, { threads: 1 }));
  }
});

test('no rows give no values; a table without a column of the model is refused', () => {
  const model = drawEnsemble({ seed: 3, features: 4, trees: 2, depth: 3, width: 1, average: false });
  assert.equal(pathShap(model, drawRows(1, 4, 0)).values.length, 0);
  assert.throws(() => pathShap(model, drawRows(1, 2, 3)), /no column x2/);
  assert.throws(
    () => againstShap(model, drawRows(1, 4, 3), drawRows(1, 4, 0)),
    /background to explain against has no rows/,
  );
});

test('groups get the sum of their features; overall size is the mean without sign', () => {
  const of = {
    width: 1,
    features: ['a_1', 'b', 'a_2'],
    expected: Float64Array.of(0),
    values: Float64Array.of(1, 2, -4, -3, 0, 1),
  };
  const { features, values } = grouped(of, (name) => name.replace(/_\d$/, ''));
  assert.deepEqual(features, ['a', 'b']);
  assert.deepEqual([...values], [-3, 2, -2, 0]);
  assert.deepEqual([...meanSize(of)], [2, 1, 2.5]);
});

interface GoldenModel {
  readonly peer: string;
  readonly trees: readonly Tree[];
  readonly raw: readonly number[];
  readonly values: readonly (readonly number[])[];
}

test('as lightgbm and xgboost attribute their own trees', () => {
  type Rows = readonly (readonly (number | null)[])[];
  const golden = JSON.parse(readFileSync(new URL('../../golden/tree-shap.json', import.meta.url), 'utf8')) as {
    readonly rows: Rows;
    readonly tolerance: { readonly lightgbm: number; readonly xgboost: number };
    readonly lightgbm: GoldenModel;
    readonly xgboost: GoldenModel & { readonly rows32: Rows };
  };
  const cases = [
    { peer: golden.lightgbm, rows: golden.rows, near: golden.tolerance.lightgbm },
    { peer: golden.xgboost, rows: golden.xgboost.rows32, near: golden.tolerance.xgboost },
  ];
  for (const { peer, rows, near } of cases) {
    const count = rows[0]!.length;
    const inputs = Array.from({ length: count }, (_, f) => ({
      feature: `x${f}`,
      ...(f === 4 ? { categories: ['0', '1', '2', '3'] } : {}),
    }));
    const model: TreeEnsemble = {
      ...drawEnsemble({ seed: 1, features: 1, trees: 0, depth: 0, width: 1, average: false }),
      inputs,
      features: inputs.map(({ feature }) => feature),
      base: [0],
      trees: peer.trees,
    };
    const columnOf = (f: number) => {
      const cells = rows.map((row) => row[f]);
      return f === 4 ? texts(cells.map((cell) => (cell === null ? null : String(cell)))) : numbers(cells);
    };
    const data = table(Object.fromEntries(inputs.map(({ feature }, f) => [feature, columnOf(f)])));
    const { values, expected } = pathShap(model, data);
    for (const [i, want] of peer.values.entries())
      for (const [f, value] of want.entries()) {
        const got = f === count ? expected[0]! : values[i * count + f]!;
        assert.ok(Math.abs(got - value) < near, `${peer.peer} row ${i} feature ${f}: ${got}, expected ${value}`);
      }
  }
});
