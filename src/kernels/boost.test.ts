// Aim: the compiled kernels of boosting give the bits of their plain twins, and of naive sums, on any number of threads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCompiledKernels, Machine } from './machine.ts';
import { plainExp } from './plain/exp.ts';
import { random } from './random.ts';

const ROWS = 5001;
const GROUPS = 3;
const STRIDE = 8 * GROUPS;
const skip = hasCompiledKernels() ? false : 'the compiled kernels are missing';

interface World {
  readonly machine: Machine;
  readonly at: Record<'bins' | 'gh' | 'rows' | 'out' | 'scratch' | 'features' | 'settings' | 'nodes' | 'best', number>;
}

/** The same seeded content in the memory of a machine. */
function world(variant: 'compiled' | 'plain', threads = 1): World {
  const machine = new Machine({ variant, threads });
  const draw = random(5);
  const sizes = {
    bins: ROWS * STRIDE,
    gh: 8 * ROWS,
    rows: 4 * ROWS,
    out: 2 * GROUPS * 8 * 4096,
    scratch: 2048 * 8 * 16,
  };
  const places = Object.entries({
    ...sizes,
    features: GROUPS * 128,
    settings: 64,
    nodes: 128,
    best: 2 * GROUPS * 8 * 96,
  });
  const at = Object.fromEntries(places.map(([name, bytes]) => [name, machine.allocate(bytes)])) as World['at'];
  const bins = machine.u8(at.bins, sizes.bins);
  for (let i = 0; i < bins.length; i++) bins[i] = draw.uniform() < 0.1 ? 255 : draw.integer(20);
  const gh = machine.f32(at.gh, 2 * ROWS);
  for (let i = 0; i < gh.length; i++) gh[i] = i % 2 === 0 ? draw.normal() : draw.uniform();
  const rows = machine.u32(at.rows, ROWS);
  for (let i = 0; i < ROWS; i++) rows[i] = i % 3 === 0 ? (i * 7) % ROWS : i;
  return { machine, at };
}

const both = (run: (world: World) => unknown): void => {
  const [compiled, plain] = [world('compiled'), world('plain')];
  assert.deepEqual(run(compiled), run(plain));
  compiled.machine.close();
};

test('histograms are the naive sums, with and without a list of rows, whole and in parts', { skip }, () => {
  for (const [first, end] of [
    [0, 3],
    [1, 2],
    [0, 2],
  ] as const)
    for (const listed of [true, false])
      both(({ machine, at }) => {
        const rows = listed ? at.rows : 0;
        machine.call('histogram', at.bins, STRIDE, first, end, rows, ROWS - 9, at.gh, at.out, at.scratch);
        return Array.from(machine.f64(at.out + first * 8 * 4096, (end - first) * 8 * 512));
      });
});

/** Histograms of the first 3,000 rows and of all, then a step that finds the best splits of both parts. */
function step({ machine, at }: World, constrained: boolean): number[] {
  const features = machine.i32(at.features, GROUPS * 32);
  for (let f = 0; f < GROUPS * 8; f++)
    features.set([20, f % 5 === 4 ? 1 : 0, constrained ? (f % 3) - 1 : 0, f % 7 === 6 ? 0 : 1], 4 * f);
  machine.f64(at.settings, 8).set([0.5, constrained ? 0.3 : 0, 20, 1e-3, 10, 10, 32, constrained ? 1 : 0]);
  const large = at.out + GROUPS * 8 * 4096;
  machine.call('histogram', at.bins, STRIDE, 0, GROUPS, at.rows, ROWS, at.gh, large, at.scratch);
  const small = 1000;
  const sumsOf = (from: number, to: number) => {
    const [g, h] = [0, 1].map((k) => {
      let sum = 0;
      for (const row of machine.u32(at.rows + 4 * from, to - from)) sum += machine.f32(at.gh + 8 * row, 2)[k]!;
      return sum;
    });
    return [
      g!,
      h!,
      to - from,
      constrained ? -0.05 : Number.NEGATIVE_INFINITY,
      constrained ? 0.05 : Number.POSITIVE_INFINITY,
    ];
  };
  machine.f64(at.nodes, 8).set([...sumsOf(0, small), at.out, at.best]);
  machine.f64(at.nodes + 64, 8).set([...sumsOf(small, ROWS), large, at.best + GROUPS * 8 * 96]);
  machine.f64(at.best, 2 * GROUPS * 8 * 12).fill(0);
  machine.call(
    'growStep',
    at.bins,
    STRIDE,
    0,
    GROUPS,
    at.rows,
    small,
    at.gh,
    at.scratch,
    at.nodes,
    at.nodes + 64,
    at.features,
    at.settings,
  );
  return Array.from(machine.f64(at.best, 2 * GROUPS * 8 * 12));
}

test('best splits of numbers and categories, free and constrained, are those of the twin', { skip }, () => {
  for (const constrained of [false, true]) both((own) => step(own, constrained));
  const { machine, at } = world('plain');
  const best = step({ machine, at }, false);
  assert.ok(best.filter((_, i) => i % 12 === 0 && best[i]! > 0).length >= 20, 'most features have a split');
  assert.ok(
    best.some((_, i) => i % 12 === 0 && (i / 12) % 5 === 4 && best[i]! > 0),
    'a category has a split',
  );
});

test('rows are parted in their order and trees added as by the twin', { skip }, () => {
  both(({ machine, at }) => {
    const [table, left, right, counts] = [256, 4 * ROWS, 4 * ROWS, 4].map((bytes) => machine.allocate(bytes));
    const goes = machine.u8(table!, 256);
    for (let b = 0; b < 256; b++) goes[b] = b <= 7 || b === 255 ? 1 : 0;
    machine.call('partRows', at.bins + 9, STRIDE, at.rows, 100, ROWS - 200, table!, left!, right!, counts!);
    const [n = 0] = machine.u32(counts!, 1);
    assert.ok(n > 100 && n < ROWS - 300);
    return [n, ...machine.u32(left! + 400, n), ...machine.u32(right! + 400, ROWS - 200 - n)];
  });
  both(({ machine, at }) => {
    const [nodes, tables, values, scores] = [24, 512, 24, 8 * ROWS].map((bytes) => machine.allocate(bytes));
    machine.i32(nodes!, 6).set([3, 1, -1, 17, -2, -3]);
    const goes = machine.u8(tables!, 512);
    for (let b = 0; b < 512; b++) goes[b] = b % 3 === 0 ? 1 : 0;
    machine.f64(values!, 3).set([0.25, -1, 3]);
    machine.f64(scores!, ROWS).fill(0.5);
    machine.call('addTree', at.bins, STRIDE, 7, ROWS, nodes!, tables!, values!, scores!);
    machine.call('addToRows', at.rows, 50, 0.125, scores!);
    return Array.from(machine.f64(scores!, ROWS));
  });
});

test('gradients of log loss have the bits of the twin; its exponential is good to 1e-14', { skip }, () => {
  for (const weighted of [false, true])
    both(({ machine }) => {
      const [scores, labels, weights, gh] = [8, 4, 4, 8].map((bytes) => machine.allocate(bytes * (ROWS + 2)));
      const draw = random(3);
      const s = machine.f64(scores!, ROWS + 1);
      for (let i = 0; i <= ROWS; i++) s[i] = 20 * draw.normal();
      machine.f32(labels!, ROWS + 1).forEach((_, i, y) => {
        y[i] = i % 2;
      });
      machine.f32(weights!, ROWS + 1).fill(1.5);
      machine.call('logitGradients', scores!, labels!, weighted ? weights! : 0, gh!, 0, ROWS);
      return Array.from(machine.f32(gh!, 2 * ROWS));
    });
  for (let x = -700; x <= 700; x += 0.37) assert.ok(Math.abs(plainExp(x) / Math.exp(x) - 1) < 1e-14, `exp(${x})`);
});

test('sums by pairs of features are those of the twin', { skip }, () => {
  both(({ machine, at }) => {
    const features = 11;
    const [codes, out, scratch] = [256 * features, features ** 2 * 512, features].map((bytes) =>
      machine.allocate(bytes),
    );
    machine.u8(codes!, 256 * features).forEach((_, i, all) => {
      all[i] = (i * 5) % 8;
    });
    machine.f32(out!, features ** 2 * 128).fill(0);
    machine.call('pairSums', at.bins, STRIDE, features, codes!, at.rows, 800, at.gh, 2, 9, out!, scratch!);
    return Array.from(machine.f32(out!, features ** 2 * 128));
  });
});

test('bins: the number of bounds below a value, 255 or 65535 where it is missing', { skip }, () => {
  for (const kernel of ['binNumbers', 'binNumbersWide'])
    both(({ machine }) => {
      const [values, valid, bounds, out] = [80, 10, 32, 200].map((bytes) => machine.allocate(bytes));
      machine
        .f64(values!, 10)
        .set([-5, 1, 1.5, 2, 9, Number.NaN, Number.POSITIVE_INFINITY, 3, Number.NEGATIVE_INFINITY, 0]);
      machine.u8(valid!, 10).set([1, 1, 1, 1, 1, 1, 1, 0, 1, 1]);
      machine.f64(bounds!, 4).set([0, 1, 2, 8]);
      machine.u8(out!, 200).fill(7);
      machine.call(kernel, values!, valid!, 10, bounds!, 4, out!, 6);
      const bins =
        kernel === 'binNumbers'
          ? machine.u8(out!, 60).filter((_, i) => i % 6 === 0)
          : machine.u16(out!, 30).filter((_, i) => i % 3 === 0);
      const gone = kernel === 'binNumbers' ? 255 : 65_535;
      assert.deepEqual(Array.from(bins), [0, 1, 2, 2, 4, gone, gone, gone, gone, 0]);
      return Array.from(machine.u8(out!, 60));
    });
});

test('bins of many numbers and any count of bounds are those of the twin', { skip }, () => {
  for (const bounds of [0, 1, 2, 3, 7, 64, 254])
    both(({ machine }) => {
      const draw = random(bounds + 1);
      const [values, at, out] = [8 * 501, 8 * 256, 2 * 501].map((bytes) => machine.allocate(bytes));
      const rising = Float64Array.from({ length: bounds }, () => Math.round(40 * draw.normal()) / 8).sort();
      machine.f64(at!, bounds).set(rising);
      machine.f64(values!, 501).set(Float64Array.from({ length: 501 }, () => Math.round(40 * draw.normal()) / 8));
      machine.call('binNumbersWide', values!, 0, 501, at!, bounds, out!, 2);
      return Array.from(machine.u16(out!, 501));
    });
});

test('columns of bytes become rows of words', { skip }, () => {
  both(({ machine, at }) => {
    const out = machine.allocate(300 * 16);
    machine.u8(out, 300 * 16).fill(9);
    machine.call('interleave', at.bins, 400, 11, 5, 300, out, 16);
    const rows = Array.from(machine.u8(out, 300 * 16));
    for (let i = 5; i < 300; i++)
      for (let f = 0; f < 11; f++) assert.equal(rows[16 * i + f], machine.u8(at.bins + 400 * f + i, 1)[0]);
    return rows;
  });
});

test('tasks are shared among threads, and a list of them ends when all are done', { skip }, () => {
  const results = [1, 2, 4].map((threads) => {
    const { machine, at } = world('compiled', threads);
    const sums: number[][] = [];
    for (let round = 0; round < 20; round++) {
      machine.f64(at.out, GROUPS * 8 * 512).fill(-1);
      machine.each(
        'histogram',
        [0, 1, 2].map((g) => [at.bins, STRIDE, g, g + 1, at.rows, ROWS, at.gh, at.out, at.scratch + g * 2048 * 16]),
      );
      sums.push(Array.from(machine.f64(at.out, 64)));
    }
    machine.close();
    return sums;
  });
  assert.deepEqual(results[1], results[0]);
  assert.deepEqual(results[2], results[0]);
  assert.throws(() => new Machine({ threads: 1 }).call('nothing'), /no kernel nothing/);
});

test('memory: views after growth see what was written, and release gives room back', () => {
  const machine = new Machine({ threads: 1, variant: 'plain' });
  const at = machine.allocate(64);
  machine.f64(at, 1)[0] = 42;
  const mark = machine.mark();
  machine.allocate(2 ** 26);
  assert.equal(machine.f64(at, 1)[0], 42);
  machine.release(mark);
  assert.equal(machine.allocate(8), mark);
  assert.throws(() => machine.allocate(2 ** 32), /4 GiB/);
});
