// Aim: both minimisers find known minima, say when they did not, and Cholesky solves what it factors.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cholesky, solveLower, solveUpper, timesUpper } from './linear.ts';
import { lbfgs, nelderMead } from './optimise.ts';
import { random } from './random.ts';

/** Rosenbrock (1960), Computer Journal 3(3): minimum 0 at (1, 1). */
function rosenbrock(at: Float64Array, gradient?: Float64Array): number {
  const [x = 0, y = 0] = at;
  const bend = y - x * x;
  gradient?.set([2 * (x - 1) - 400 * x * bend, 200 * bend]);
  return (1 - x) ** 2 + 100 * bend ** 2;
}

test('Rosenbrock’s valley', () => {
  const simplex = nelderMead(rosenbrock, [-1.2, 1]);
  const bfgs = lbfgs(rosenbrock, [-1.2, 1]);
  for (const found of [simplex, bfgs]) {
    assert.ok(found.converged);
    assert.ok(Math.abs(found.at[0]! - 1) < 1e-4 && Math.abs(found.at[1]! - 1) < 1e-4);
  }
  assert.ok(bfgs.evaluations < simplex.evaluations);
});

test('a quadratic is solved to the precision of its linear system', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), (size, seed) => {
      const draw = random(seed);
      const root = Float64Array.from({ length: size * size }, () => draw.normal());
      const matrix = new Float64Array(size * size);
      for (let i = 0; i < size; i++)
        for (let j = 0; j < size; j++) {
          for (let k = 0; k < size; k++) matrix[i * size + j]! += root[i * size + k]! * root[j * size + k]!;
          if (i === j) matrix[i * size + j]! += 1;
        }
      const right = Float64Array.from({ length: size }, () => draw.normal());
      const factor = cholesky(matrix, size)!;
      const solved = solveUpper(factor, solveLower(factor, right, 1), 1);
      for (const [i, v] of timesUpper(factor, solveUpper(factor, right, 1), 1).entries())
        assert.ok(Math.abs(v - right[i]!) < 1e-9);
      const times = (x: Float64Array, i: number) => x.reduce((sum, v, j) => sum + matrix[i * size + j]! * v, 0);
      for (let i = 0; i < size; i++) assert.ok(Math.abs(times(solved, i) - right[i]!) < 1e-9);
      const found = lbfgs((x, gradient) => {
        let value = 0;
        for (let i = 0; i < size; i++) {
          const pull = times(x, i);
          gradient[i] = pull - right[i]!;
          value += 0.5 * x[i]! * pull - right[i]! * x[i]!;
        }
        return value;
      }, new Float64Array(size));
      for (let i = 0; i < size; i++) assert.ok(Math.abs(found.at[i]! - solved[i]!) < 1e-5);
    }),
    { seed: 2, numRuns: 60 },
  );
});

test('walls of Infinity are walked along, not through', () => {
  const found = lbfgs(
    ([x = 0], gradient) => {
      gradient[0] = 1 - 1 / x;
      return x > 0 ? x - Math.log(x) : Number.POSITIVE_INFINITY;
    },
    [30],
  );
  assert.ok(Math.abs(found.at[0]! - 1) < 1e-6);
});

test('running out of steps is said', () => {
  assert.equal(lbfgs(rosenbrock, [-1.2, 1], { iterationsMax: 3 }).converged, false);
  assert.equal(nelderMead(rosenbrock, [-1.2, 1], { iterationsMax: 3 }).converged, false);
});

test('a matrix that is not positive definite has no factor', () => {
  assert.equal(cholesky(Float64Array.of(1, 2, 2, 1), 2), null);
});
