// Aim: interpolation keeps to its tolerance on smooth functions, and refuses those that it cannot follow.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chebyshevAt, chebyshevOf } from './chebyshev.ts';

test('smooth functions are read to the tolerance, polynomials exactly', () => {
  const cubic = chebyshevOf((x) => 200 + x - 3 * x ** 3, -1, 4, 1e-12)!;
  assert.equal(cubic.coefficients.length, 16);
  for (let x = -1; x <= 4; x += 0.37) assert.ok(Math.abs(chebyshevAt(cubic, x) - (200 + x - 3 * x ** 3)) < 1e-10);
  const smooth = chebyshevOf((x) => Math.exp(-x / 4) / (1 + x), 0, 20, 1e-8)!;
  for (let x = 0; x <= 20; x += 0.19)
    assert.ok(Math.abs((chebyshevAt(smooth, x) * (1 + x)) / Math.exp(-x / 4) - 1) < 1e-6, `${x}`);
});

test('a kink is refused; a range of no width is a constant', () => {
  assert.equal(
    chebyshevOf((x) => Math.abs(x - 1), 0, 3, 1e-8),
    undefined,
  );
  assert.ok(Math.abs(chebyshevAt(chebyshevOf((x) => 7 * x, 2, 2, 1e-8)!, 2) - 14) < 1e-12);
});
