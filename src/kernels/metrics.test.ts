// Aim: metrics have the answers that can be seen by eye, and do not depend on row order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { groupRows } from './group.ts';
import {
  capture,
  confusion,
  correlation,
  gini,
  logLoss,
  meanRanks,
  quantile,
  spearman,
  tierMetrics,
} from './metrics.ts';

test('three customers, one mistaken', () => {
  const counts = confusion([0, 1, 1], [0, 1, 0], 2);
  assert.deepEqual([...counts], [1, 0, 1, 1]);
  const { accuracy, macroRecall, macroF1, kappa } = tierMetrics(counts, 2);
  assert.equal(accuracy, 2 / 3);
  assert.equal(macroRecall, 0.75);
  assert.ok(Math.abs(macroF1 - 2 / 3) < 1e-15);
  assert.ok(Math.abs(kappa - 0.4) < 1e-15); // observed 1/3, by chance 5/9
});

test('quadratic kappa punishes a jump of two tiers four times as much as one', () => {
  // 10 right each, then one customer of the lowest tier moved: Cohen (1968), weights (i - j)^2
  const moved = (to: number) => {
    const counts = Float64Array.from([9, 0, 0, 0, 10, 0, 0, 0, 10]);
    counts[to]! += 1;
    return tierMetrics(counts, 3).kappa;
  };
  assert.ok(
    Math.abs(
      moved(1) - (1 - 1 / ((30 * (1 * 10 * 11 + 4 * 10 * 10 + 10 * 9 + 10 * 10 + 4 * 10 * 9 + 10 * 11)) / 900)),
    ) < 1e-12,
  );
  assert.ok(1 - moved(2) > 3.8 * (1 - moved(1)));
});

test('gini is 1 in the right order, -1 in the wrong one, 0 for one score', () => {
  const amounts = [0, 1, 5, 20];
  assert.equal(gini(amounts, amounts), 1);
  assert.equal(
    gini(
      amounts,
      amounts.map((x) => -x),
    ),
    -1,
  );
  assert.equal(gini(amounts, [7, 7, 7, 7]), 0);
  assert.equal(gini([3, 3], [1, 2]), 0);
});

test('capture, ranks, correlation, quantile, log loss', () => {
  assert.equal(capture([10, 0, 5, 5], [4, 3, 2, 1], 0.25), 0.5);
  assert.deepEqual([...meanRanks([5, 1, 5, 0])], [3.5, 2, 3.5, 1]);
  assert.ok(Math.abs(spearman([1, 2, 3], [10, 100, 1000]) - 1) < 1e-15);
  assert.equal(correlation([1, 2], [3, 3]), 0);
  assert.equal(quantile([1, 2, 3, 4], 0.5), 2.5);
  assert.ok(Math.abs(logLoss([1], Float64Array.of(0.25, 0.75), 2) + Math.log(0.75)) < 1e-15);
});

test('law: gini ignores row order, ties included', () => {
  const rows = fc.array(fc.tuple(fc.nat(50), fc.nat(5)), { minLength: 2, maxLength: 40 });
  fc.assert(
    fc.property(rows, (pairs) => {
      const back = [...pairs].reverse();
      const one = gini(
        pairs.map(([a]) => a),
        pairs.map(([, s]) => s),
      );
      const two = gini(
        back.map(([a]) => a),
        back.map(([, s]) => s),
      );
      assert.ok(Math.abs(one - two) < 1e-9);
      assert.ok(one <= 1 + 1e-9 && one >= -1 - 1e-9);
    }),
    { seed: 3, numRuns: 200 },
  );
});

test('slow twin: groups are the distinct rows', () => {
  const rows = fc.array(fc.tuple(fc.nat(3), fc.constantFrom(0, -0, 0.5, 1e9)), { maxLength: 60 });
  fc.assert(
    fc.property(rows, (pairs) => {
      const groups = groupRows([Float64Array.from(pairs, ([a]) => a), Float64Array.from(pairs, ([, b]) => b)]);
      const keys = pairs.map(([a, b]) => `${a} ${b + 0}`);
      assert.equal(groups.count, new Set(keys).size);
      for (let i = 0; i < pairs.length; i++) assert.equal(keys[groups.first[groups.of[i]!]!], keys[i]);
      assert.deepEqual(
        [...groups.sizes],
        [...new Set(keys)].map((key) => keys.filter((k) => k === key).length),
      );
    }),
    { seed: 4, numRuns: 200 },
  );
});
