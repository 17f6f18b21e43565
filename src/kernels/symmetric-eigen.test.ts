// Aim: eigenvalues and vectors rebuild the matrix, stand at right angles, and are known where they can be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from './random.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

const near = (actual: number, expected: number, tolerance: number, what: string) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual} is not ${expected}`);

function check(matrix: Float64Array, n: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, n);
  let scale = 1e-300;
  for (const value of matrix) scale = Math.max(scale, Math.abs(value));
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      let [rebuilt, angle] = [0, 0];
      for (let k = 0; k < n; k++) {
        rebuilt += values[k]! * vectors[k * n + i]! * vectors[k * n + j]!;
        angle += vectors[i * n + k]! * vectors[j * n + k]!;
      }
      // Backward stable: a small multiple of n times the unit of rounding.
      near(rebuilt, matrix[Math.max(i, j) * n + Math.min(i, j)]!, 1e-14 * n * scale, `matrix ${i} ${j}`);
      near(angle, i === j ? 1 : 0, 1e-14 * n, `angle ${i} ${j}`);
    }
  return values;
}

test('second differences have the eigenvalues 2 - 2 cos(k pi / (n + 1))', () => {
  const n = 9;
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    matrix[i * n + i] = 2;
    if (i > 0) matrix[i * n + i - 1] = -1;
  }
  const values = check(matrix, n);
  for (let k = 1; k <= n; k++) near(values[k - 1]!, 2 - 2 * Math.cos((k * Math.PI) / (n + 1)), 1e-14, `value ${k}`);
});

test('random, of low rank, repeated, zero, one by one, very large and very small', () => {
  const draw = random(3);
  for (const [n, rank, scale] of [
    [40, 60, 1],
    [24, 5, 1],
    [17, 17, 1e150],
    [17, 17, 1e-100],
    [1, 1, 1],
    [2, 2, 1],
  ] as const) {
    const x = Float64Array.from({ length: n * rank }, () => draw.normal());
    const matrix = new Float64Array(n * n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        for (let k = 0; k < rank; k++) matrix[i * n + j]! += scale * x[i * rank + k]! * x[j * rank + k]!;
    check(matrix, n);
  }
  // one large number beside some whose squares vanish
  const graded = new Float64Array(400);
  for (let i = 0; i < 20; i++)
    for (let j = 0; j < 20; j++) graded[i * 20 + j] = (i === 19 ? 1 : 1e-160) * (j === 19 ? 1 : 1e-160);
  check(graded, 20);
  assert.deepEqual([...check(new Float64Array(25), 5)], [0, 0, 0, 0, 0]);
  const identity = Float64Array.from({ length: 36 }, (_, i) => (i % 7 === 0 ? 3 : 0));
  assert.deepEqual([...check(identity, 6)], [3, 3, 3, 3, 3, 3]);
});
