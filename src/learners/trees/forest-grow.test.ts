// Aim: the compiled builder of forests grows the trees of its plain twin, bit for bit, on any number of threads and rows in any order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasCompiledKernels, Machine } from '#kernels/machine.ts';
import { random } from '#kernels/random.ts';
import { type Column, numbers, type Table, table, texts } from '#table/index.ts';
import { reordered } from '../conformance.ts';
import type { Task } from '../learner.ts';
import { targetOf } from '../target.ts';
import { binningOf } from './bins.ts';
import { type GrownForest, type GrowSettings, growForest } from './forest-grow.ts';

interface World {
  readonly rows: number;
  readonly seed: number;
  readonly classes: number;
  /** Distinct values of the coarse columns: few make ties and constant nodes. */
  readonly coarse: number;
  readonly gaps: number;
  readonly weights: 'none' | 'whole' | 'broken';
}

function worldOf({ rows, seed, classes, coarse, gaps, weights }: World): Table {
  const draw = random(seed);
  const list = <T>(of: (i: number) => T): T[] => Array.from({ length: rows }, (_, i) => of(i));
  const fine = list(() => (draw.uniform() < gaps ? null : draw.normal()));
  const rough = list(() => (draw.uniform() < gaps ? null : draw.integer(coarse)));
  const kind = list(() => (draw.uniform() < gaps ? null : `k${draw.integer(coarse + 2)}`));
  const score = list((i) => (fine[i] ?? 0) + (rough[i] ?? 1) * 0.3 + (kind[i] === 'k1' ? 1 : 0) + 0.5 * draw.normal());
  const weight = list(() => (weights === 'whole' ? draw.integer(4) + 1 : 0.1 + 9 * draw.uniform()));
  return table({
    fine: numbers(fine),
    rough: numbers(rough),
    kind: texts(kind),
    flat: numbers(list(() => 3)),
    ...Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, numbers(list(() => draw.integer(coarse)))])),
    class: numbers(
      list((i) => Math.max(0, Math.min(classes - 1, i < classes ? i : Math.round(score[i]! + classes / 3)))),
    ),
    number: numbers(score.map((s, i) => (i % 5 === 0 ? 0 : 10 * s ** 3))),
    ...(weights === 'none' ? {} : { weight: numbers(weight) }),
  });
}

function grow(
  data: Table,
  task: Task,
  settings: GrowSettings,
  options: { variant?: 'plain' | 'compiled'; threads?: number },
): GrownForest {
  const weight = data.columns.weight === undefined ? {} : { weight: 'weight' };
  const features = Object.keys(data.columns).filter((name) => !['class', 'number', 'weight'].includes(name));
  const target = targetOf(data, { task, label: task === 'regress' ? 'number' : 'class', features, ...weight });
  const binning = binningOf(data, features, { bins: 255, seed: 1 });
  const machine = new Machine({ threads: 1, ...options });
  try {
    return growForest(machine, { data, target, binning, settings, seed: 5 });
  } finally {
    machine.close();
  }
}

const usual: GrowSettings = {
  ...{ trees: 4, tried: 3, rowShare: 1, bootstrap: true, randomCuts: false, minRows: 1, depth: 0, leaves: 0 },
};
const skip = hasCompiledKernels() ? false : 'kernels are not compiled';

test('equals the plain twin: classes, numbers, categories, gaps, weights and all settings', { skip }, () => {
  const world = fc.record({
    ...{ rows: fc.integer({ min: 6, max: 90 }), seed: fc.nat(1000), classes: fc.integer({ min: 2, max: 5 }) },
    ...{ coarse: fc.integer({ min: 1, max: 12 }), gaps: fc.constantFrom(0, 0.3) },
    weights: fc.constantFrom('none' as const, 'whole' as const, 'broken' as const),
  });
  const settings = fc.record({
    ...{ trees: fc.constant(2), tried: fc.integer({ min: 1, max: 9 }), rowShare: fc.constantFrom(1, 0.6) },
    ...{ bootstrap: fc.boolean(), randomCuts: fc.boolean(), minRows: fc.constantFrom(1, 1, 3) },
    ...{ depth: fc.constantFrom(0, 0, 3), leaves: fc.constantFrom(0, 0, 1, 5, 1000) },
  });
  fc.assert(
    fc.property(world, settings, fc.constantFrom<Task>('classify', 'regress'), (made, options, task) => {
      const data = worldOf(made);
      assert.deepEqual(
        grow(data, task, options, { variant: 'compiled' }),
        grow(data, task, options, { variant: 'plain' }),
      );
    }),
    { seed: 1, numRuns: 150 },
  );
});

test('equals the plain twin where nodes are large', { skip }, () => {
  const data = worldOf({ rows: 1500, seed: 3, classes: 3, coarse: 9, gaps: 0.1, weights: 'none' });
  for (const task of ['classify', 'regress'] as const)
    for (const randomCuts of [false, true]) {
      const settings = { ...usual, trees: 1, randomCuts, minRows: 20 };
      assert.deepEqual(
        grow(data, task, settings, { variant: 'compiled' }),
        grow(data, task, settings, { variant: 'plain' }),
      );
    }
});

test('equals the plain twin where a node is too wide to have its bins gathered, and the nodes below are not', {
  skip,
}, () => {
  const narrow = worldOf({ rows: 1600, seed: 6, classes: 3, coarse: 9, gaps: 0.1, weights: 'none' });
  const draw = random(7);
  const more = Array.from({ length: 400 }, (_, f): [string, Column] => [
    `more${f}`,
    numbers(Array.from({ length: 1600 }, () => draw.integer(30))),
  ]);
  const data = table({ ...narrow.columns, ...Object.fromEntries(more) });
  for (const task of ['classify', 'regress'] as const) {
    const settings = { ...usual, trees: 1, bootstrap: false, tried: 8, minRows: 10 };
    assert.deepEqual(
      grow(data, task, settings, { variant: 'compiled' }),
      grow(data, task, settings, { variant: 'plain' }),
    );
  }
});

test('the same trees on 1, 2 and 4 threads, and with rows in another order', { skip }, () => {
  const data = worldOf({ rows: 700, seed: 4, classes: 3, coarse: 6, gaps: 0.1, weights: 'broken' });
  const order = Int32Array.from({ length: 700 }, (_, i) => (i * 251 + 13) % 700);
  for (const task of ['classify', 'regress'] as const) {
    const settings = { ...usual, trees: 24 };
    const one = grow(data, task, settings, { threads: 1 });
    for (const threads of [2, 4]) assert.deepEqual(grow(data, task, settings, { threads }), one);
    assert.deepEqual(grow(reordered(data, order), task, settings, { threads: 1 }).trees, one.trees);
  }
});
