// Aim: the compiled kernels of alternating least squares give the bits of their plain twins, on any number of threads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCompiledKernels, Machine } from './machine.ts';
import { random } from './random.ts';

const skip = hasCompiledKernels() ? false : 'the compiled kernels are missing';

interface World {
  readonly machine: Machine;
  readonly tasks: readonly (readonly number[])[];
  readonly own: number;
}

const ROWS = 9;

/** Rows of 0 to 8 neighbours and one of 75, more than the tile takes. */
function world(
  variant: 'compiled' | 'plain',
  threads: number,
  { weighted, width }: { weighted: boolean; width: number },
): World {
  const machine = new Machine({ variant, threads });
  const draw = random(7);
  const sizes = Array.from({ length: ROWS }, (_, row) => (row === 5 ? 75 : row));
  const count = sizes.reduce((a, b) => a + b, 0);
  const [others, tile] = [80, 64];
  const floats = (length: number, value: () => number): number => {
    const at = machine.allocate(4 * length);
    machine.f32(at, length).set(Float32Array.from({ length }, value));
    return at;
  };
  const offsets = machine.allocate(4 * (ROWS + 1));
  machine.i32(offsets, ROWS + 1).set([0, ...sizes.map((_, row) => sizes.slice(0, row + 1).reduce((a, b) => a + b, 0))]);
  const indices = machine.allocate(4 * count);
  machine.i32(indices, count).set(Int32Array.from({ length: count }, () => draw.integer(others)));
  const weights = weighted ? floats(count, () => 1 + draw.uniform()) : 0;
  const own = floats(ROWS * width, () => draw.normal());
  const other = floats(others * width, () => draw.normal() / 3);
  const diagonal = floats(width, () => draw.uniform());
  const ridges = floats(ROWS, () => 0.1 + draw.uniform());
  const scratch = machine.allocate(threads * 4 * (4 * width + tile * (width + 1)));
  const rest = [offsets, indices, weights, own, other, width, diagonal, ridges, 4, 1e-4, scratch, tile];
  return { machine, own, tasks: sizes.map((_, row) => [row, row + 1, ...rest]) };
}

test('rows solved by conjugate gradients: the same bits as the twin, on 1, 2 and 4 threads', { skip }, () => {
  for (const weighted of [false, true])
    for (const width of [8, 24]) {
      const run = (variant: 'compiled' | 'plain', threads: number): number[] => {
        const { machine, tasks, own } = world(variant, threads, { weighted, width });
        machine.each('alsRows', tasks);
        machine.close();
        return Array.from(machine.f32(own, ROWS * width));
      };
      const plain = run('plain', 1);
      assert.ok(plain.every(Number.isFinite) && plain.slice(0, width).every((value) => value === 0));
      for (const threads of [1, 2, 4]) assert.deepEqual(run('compiled', threads), plain, `${width} on ${threads}`);
    }
});

test('Gram matrices, turns and draws: the same bits as the twin', { skip }, () => {
  const [rows, width] = [300, 24];
  const run = (variant: 'compiled' | 'plain') => {
    const machine = new Machine({ variant, threads: 1 });
    const x = machine.allocate(4 * rows * width);
    const basis = machine.allocate(4 * width * width);
    const out = machine.allocate(8 * width * width);
    const scratch = machine.allocate(4 * (256 * (width + 16) + 16 * width));
    const panels = machine.allocate(8192);
    machine.call('drawUniform', x, rows * width, 5, 2);
    machine.call('drawUniform', basis, width * width, 6, 1);
    const drawn = Array.from(machine.f32(x, rows * width));
    machine.f64(out, width * width).fill(1);
    machine.call('gramRows', x, 3, rows, width, out, scratch, panels);
    machine.call('turnRows', x, 3, rows, width, basis, scratch, panels);
    return [drawn, Array.from(machine.f64(out, width * width)), Array.from(machine.f32(x, rows * width))];
  };
  const [compiled, plain] = [run('compiled'), run('plain')];
  assert.deepEqual(compiled, plain);
  assert.ok(plain[0]!.every((value) => value >= -2 && value < 2) && Math.max(...plain[0]!) > 1.9);
});

test('the best items of each user: the same as the twin, with ties, few items and items left out', { skip }, () => {
  const [rows, width] = [35, 8];
  for (const [count, k] of [
    [3, 5],
    [1500, 4],
    [2048, 1],
  ] as const) {
    const run = (variant: 'compiled' | 'plain') => {
      const machine = new Machine({ variant, threads: 1 });
      const draw = random(1);
      const [users, tiles, scores] = [rows, count, rows].map((n) => machine.allocate(4 * n * Math.max(width, k)));
      // small whole numbers, so that many scores are equal
      for (const [at, n] of [[users, rows] as const, [tiles, count] as const])
        machine.f32(at!, n * width).set(Float32Array.from({ length: n * width }, () => draw.integer(3) - 1));
      const offsets = machine.allocate(4 * (rows + 1));
      machine.i32(offsets, rows + 1).set(Int32Array.from({ length: rows + 1 }, (_, row) => 2 * row));
      const seen = machine.allocate(8 * rows);
      machine.i32(seen, 2 * rows).set(Int32Array.from({ length: 2 * rows }, (_, e) => (e % 2) * (count - 1)));
      const indices = machine.allocate(4 * rows * k);
      const [scratch, panels] = [machine.allocate(4 * 1024 * 64), machine.allocate(8192)];
      const rest = [width, tiles!, count, k, offsets, seen, scores!, indices, scratch, panels];
      machine.call('factorTop', users!, 0, rows, ...rest);
      return [Array.from(machine.i32(indices, rows * k)), Array.from(machine.f32(scores!, rows * k))];
    };
    assert.deepEqual(run('compiled'), run('plain'), `${count} items, ${k} wanted`);
  }
});
