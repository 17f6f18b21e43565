// Aim: blends find known weights, no member beats a stack on its own rows, and greedy selection never ends below its best member.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { logLoss, rootMeanSquareError } from '#kernels/metrics.ts';
import { random } from '#kernels/random.ts';
import { blended, greedySelection } from './blend.ts';
import { logPoolChances, poolChances, stackNumbers } from './stack.ts';

const near = (a: number, b: number, tolerance: number) => assert.ok(Math.abs(a - b) <= tolerance, `${a} is not ${b}`);

test('numbers: the weights of a mixture come back; one that is bet against gets none', () => {
  const draw = random(1);
  const [a, b, c] = [0, 1, 2].map(() => Float64Array.from({ length: 500 }, () => draw.normal())) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const target = a.map((own, i) => 0.7 * own + 0.3 * b[i]! - 0.4 * c[i]!);
  const weights = stackNumbers([a, b, c], { target });
  assert.equal(weights[2], 0);
  const exact = stackNumbers([a, b], { target: a.map((own, i) => 0.7 * own + 0.3 * b[i]!) });
  near(exact[0]!, 0.7, 1e-9);
  near(exact[1]!, 0.3, 1e-9);
  const twins = stackNumbers([a, a], { target: a, ridge: 0.001 });
  near(twins[0]!, twins[1]!, 1e-6);
});

/** Chances of members that see a part of what decides the class. */
function members(seed: number, rows: number, count: number) {
  const draw = random(seed);
  const target = new Float64Array(rows);
  const chances = Array.from({ length: count }, () => new Float64Array(rows * 3));
  for (let i = 0; i < rows; i++) {
    target[i] = draw.integer(3);
    for (const own of chances) {
      const e = [0, 1, 2].map((k) => Math.exp((k === target[i] ? 0.8 : 0) + draw.normal()));
      const sum = e[0]! + e[1]! + e[2]!;
      own.set(
        e.map((z) => z / sum),
        3 * i,
      );
    }
  }
  return { target, chances };
}

test('law: no member has a lower loss than the stack on the rows it was made from', () => {
  fc.assert(
    fc.property(fc.nat(9999), fc.integer({ min: 1, max: 4 }), (seed, count) => {
      const { target, chances } = members(seed, 60, count);
      const loss = (predicted: Float64Array) => logLoss(target, predicted, 3);
      const alone = Math.min(...chances.map(loss));
      const given = { target, classCount: 3 };
      const pooled = poolChances(chances, given);
      near(
        pooled.reduce((a, b) => a + b),
        1,
        1e-9,
      );
      assert.ok(loss(blended({ kind: 'linear', weights: pooled }, chances, 3)) <= alone + 1e-6);
      const product = logPoolChances(chances, given);
      assert.ok(product.every((weight) => weight >= 0));
      assert.ok(loss(blended({ kind: 'log', weights: product }, chances, 3)) <= alone + 1e-9);
      const numbers = chances.map((own) => own.subarray(0, 60));
      const fitted = blended({ kind: 'linear', weights: stackNumbers(numbers, { target }) }, numbers, 1);
      const least = Math.min(...numbers.map((own) => rootMeanSquareError(target, own)));
      assert.ok(rootMeanSquareError(target, fitted) <= least + 1e-9);
      const greedy = greedySelection(chances, (predicted) => -loss(predicted));
      assert.ok(greedy.score >= -alone);
      near(-loss(blended({ kind: 'linear', weights: greedy.weights }, chances, 3)), greedy.score, 1e-9);
    }),
    { seed: 2, numRuns: 40 },
  );
});

test('product: independent evidence multiplies, so its weights are near those of the truth and it beats the mean', () => {
  // A member's log chances are 0.8 [k is the class] + noise of variance 1: the right weight of each is 0.8 (discriminant rule)
  const { target, chances } = members(5, 20_000, 3);
  const weights = logPoolChances(chances, { target, classCount: 3 });
  for (const weight of weights) near(weight, 0.8, 0.06); // standard error about 1 / sqrt(20,000 x 0.4) = 0.011, and bends
  const mean = poolChances(chances, { target, classCount: 3 });
  const loss = (kind: 'log' | 'linear', own: number[]) =>
    logLoss(target, blended({ kind, weights: own }, chances, 3), 3);
  assert.ok(loss('log', weights) < loss('linear', mean) - 0.02);
});

test('rows of weight two count as two', () => {
  const { target, chances } = members(8, 80, 3);
  const twice = Float64Array.from([...target, ...target.subarray(40)]);
  const doubled = chances.map((own) => Float64Array.from([...own, ...own.subarray(120)]));
  const weights = target.map((_, i) => (i < 40 ? 1 : 2));
  for (const make of [poolChances, logPoolChances]) {
    const a = make(chances, { target, weights, classCount: 3 });
    const b = make(doubled, { target: twice, classCount: 3 });
    for (const [m, weight] of a.entries()) near(weight, b[m]!, 1e-6);
  }
});
