// Aim: the compiled kernels of neighbours and sparse linear models give the bits of their plain twins.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCompiledKernels, Machine } from './machine.ts';
import { random } from './random.ts';
import { fromTriples, transpose } from './sparse.ts';

const skip = hasCompiledKernels() ? false : 'the compiled kernels are missing';
const [ROWS, COLUMNS] = [40, 60];

function world(variant: 'compiled' | 'plain') {
  const machine = new Machine({ variant, threads: 1 });
  const draw = random(9);
  const count = 400;
  const m = fromTriples({
    rows: ROWS,
    columns: COLUMNS,
    rowOf: Int32Array.from({ length: count }, () => 1 + draw.integer(ROWS - 1)),
    columnOf: Int32Array.from({ length: count }, () => draw.integer(COLUMNS)),
    values: Float64Array.from({ length: count }, () => 0.5 + draw.uniform()),
  });
  const ints = (values: ArrayLike<number>): number => {
    const at = machine.allocate(4 * values.length);
    machine.i32(at, values.length).set(values);
    return at;
  };
  const singles = (values: ArrayLike<number>): number => {
    const at = machine.allocate(4 * values.length);
    machine.f32(at, values.length).set(values);
    return at;
  };
  const doubles = (values: ArrayLike<number>): number => {
    const at = machine.allocate(8 * values.length);
    machine.f64(at, values.length).set(values);
    return at;
  };
  const [own, other] = [m, transpose(m)].map(({ offsets, indices, values }) => [
    ...[ints(offsets), ints(indices), singles(values)],
  ]) as [number[], number[]];
  const squares = doubles(Float64Array.from({ length: ROWS }, (_, r) => square(m.values, m.offsets, r)));
  const zeros = doubles(new Float64Array(2 * COLUMNS + 2 * ROWS));
  return { machine, own, other, squares, zeros, ints, doubles };
}

const square = (values: Float64Array, offsets: Int32Array, row: number): number =>
  values.subarray(offsets[row]!, offsets[row + 1]!).reduce((sum, value) => sum + Math.fround(value) ** 2, 0);

test('similar rows: the same as the twin', { skip }, () => {
  for (const k of [1, 5, ROWS]) {
    const run = (variant: 'compiled' | 'plain') => {
      const { machine, own, other, squares, zeros, ints, doubles } = world(variant);
      const [counts, indices] = [ints(new Int32Array(ROWS)), ints(new Int32Array(ROWS * k))];
      const scores = doubles(new Float64Array(ROWS * k));
      const rest = [ROWS, squares, squares, 0.3, k, counts, indices, scores, zeros];
      machine.call('similarRows', 0, ROWS, ...own, ...other, ...rest);
      const sizes = Array.from(machine.i32(counts, ROWS));
      const held = sizes.map((size, r) => Array.from(machine.i32(indices + 4 * r * k, size)));
      assert.ok(machine.f64(zeros, ROWS).every((sum) => sum === 0));
      return [sizes, held, sizes.map((size, r) => Array.from(machine.f64(scores + 8 * r * k, size)))];
    };
    const [compiled, plain] = [run('compiled'), run('plain')];
    assert.deepEqual(compiled, plain, `k = ${k}`);
    assert.ok(plain[0]!.some((size) => size === Math.min(k, 5)) || k === ROWS);
  }
});

test('sparse linear models: the same as the twin', { skip }, () => {
  const run = (variant: 'compiled' | 'plain') => {
    const { machine, own, squares, zeros, ints, doubles } = world(variant);
    const candidates = Array.from({ length: ROWS }, (_, j) => [1, 2, 5, 9].map((n) => (j + n) % ROWS));
    const places = [ints(candidates.map((_, j) => 4 * j).concat(4 * ROWS)), ints(candidates.flat())];
    const weights = doubles(new Float64Array(4 * ROWS).fill(7));
    machine.call('slimColumns', 0, ROWS, ...own, COLUMNS, squares, ...places, 0.2, 0.5, 1e-6, 50, weights, zeros);
    assert.ok(machine.f64(zeros, COLUMNS).every((left) => left === 0));
    return Array.from(machine.f64(weights, 4 * ROWS));
  };
  const [compiled, plain] = [run('compiled'), run('plain')];
  assert.deepEqual(compiled, plain);
  assert.ok(plain.some((weight) => weight > 0) && plain.some((weight) => weight === 0));
});
