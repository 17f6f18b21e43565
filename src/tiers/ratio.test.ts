// Aim: the interval of a ratio holds the truth as often as it says, though a customer counts several times.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random, split } from '#kernels/random.ts';
import { ratioOf } from './ratio.ts';

test('95 % intervals hold the true ratio in 92 to 98 of 100 draws of customers', () => {
  let held = 0;
  const draws = 600;
  for (let draw = 0; draw < draws; draw++) {
    const rng = random(split(3, `draw ${draw}`));
    const [above, below] = [new Float64Array(300), new Float64Array(300)];
    for (let c = 0; c < 300; c++) {
      // Some move often and others never: moments of one customer are alike. The mean rate is 0.3.
      const rate = 0.6 * rng.uniform();
      below[c] = 1 + rng.integer(4);
      for (let k = 0; k < below[c]!; k++) above[c]! += rng.uniform() < rate ? 1 : 0;
    }
    const { low, high } = ratioOf(above, below, 1)!;
    if (low! <= 0.3 && high! >= 0.3) held++;
  }
  // 0.95 give or take three standard errors of 600 draws
  assert.ok(held / draws > 0.92 && held / draws < 0.98, `${held / draws}`);
});

test('nothing to divide by, one customer, and ends that are cut off', () => {
  assert.equal(ratioOf(new Float64Array(3), new Float64Array(3)), null);
  assert.deepEqual(ratioOf(Float64Array.of(1, 0), Float64Array.of(2, 0)), { value: 0.5, low: null, high: null });
  assert.deepEqual(ratioOf(Float64Array.of(1, 0), Float64Array.of(1, 1), 1), { value: 0.5, low: 0, high: 1 });
});
