// Aim: cut points are the best among all, for each goal; few rows draw them toward the quantile cuts and that helps.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { confusion, mean, tierMetrics } from '#kernels/metrics.ts';
import { random, split } from '#kernels/random.ts';
import { type CutGoal, classesByCuts, cutPoints, expectedClass } from './cut-points.ts';

const PROFIT = [5, 0, -2, 1, 4, 0, -6, 1, 9];

function worthOf(goal: CutGoal, labels: readonly number[], decided: ArrayLike<number>): number {
  const counts = confusion(labels, decided, 3);
  if (goal.kind === 'profit') return counts.reduce((sum, n, at) => sum + n * PROFIT[at]!, 0);
  const { kappa, accuracy } = tierMetrics(counts, 3);
  if (goal.kind !== 'macroF1') return goal.kind === 'qwk' ? kappa : accuracy;
  let sum = 0;
  for (let k = 0; k < 3; k++) {
    const actual = labels.filter((label) => label === k).length;
    const told = Array.from(decided).filter((own) => own === k).length;
    sum += actual + told > 0 ? (2 * counts[k * 4]!) / (actual + told) : 0;
  }
  return sum / 3;
}

test('slow twin: no pair of cuts does better, for any goal', () => {
  const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 2 })), {
    minLength: 3,
    maxLength: 14,
  });
  const goals: CutGoal[] = [
    { kind: 'qwk' },
    { kind: 'macroF1' },
    { kind: 'accuracy' },
    { kind: 'profit', gain: PROFIT },
  ];
  fc.assert(
    fc.property(rows, fc.constantFrom(...goals), (given, goal) => {
      const scores = given.map(([score]) => score);
      const labels = given.map(([, label]) => label);
      fc.pre(new Set(labels).size > 1);
      const cuts = cutPoints(scores, labels, { classCount: 3, goal, priorRows: 0 });
      assert.ok(cuts[0]! <= cuts[1]!);
      const own = worthOf(goal, labels, classesByCuts(scores, cuts));
      for (let low = -0.5; low < 8; low++)
        for (let high = low; high < 8; high++) {
          const other = worthOf(goal, labels, classesByCuts(scores, [low, high]));
          assert.ok(own >= other - 1e-9, `${goal.kind}: ${own} with ${cuts}, ${other} with ${low}, ${high}`);
        }
    }),
    { seed: 5, numRuns: 400 },
  );
});

test('the quantile cuts decide each class as often as it happens; one class alone is decided always', () => {
  const scores = Array.from({ length: 100 }, (_, i) => i);
  const labels = scores.map((i) => (i % 10 < 5 ? 0 : i % 10 < 8 ? 1 : 2));
  const cuts = cutPoints(scores, labels, { classCount: 3, goal: { kind: 'qwk' }, priorRows: 1e12 });
  const counts = confusion(labels, classesByCuts(scores, cuts), 3);
  const told = [0, 1, 2].map((k) => counts[k]! + counts[3 + k]! + counts[6 + k]!);
  assert.deepEqual(told, [50, 30, 20]);
  const one = cutPoints([1, 2, 3], [1, 1, 1], { classCount: 3, goal: { kind: 'qwk' } });
  assert.deepEqual(Array.from(classesByCuts([1, 2, 3], one)), [1, 1, 1]);
  assert.deepEqual(Array.from(expectedClass(Float64Array.of(0.2, 0.3, 0.5, 1, 0, 0), 3)), [1.3, 0]);
});

test('few rows: the prior makes the decision on fresh rows better, many rows: no matter', () => {
  const draws = (rows: number, seed: number) => {
    const draw = random(seed);
    const scores = Array.from({ length: rows }, () => draw.normal());
    const labels = scores.map((z) => {
      const seen = z + 0.8 * draw.normal();
      return seen < 0 ? 0 : seen < 1.2 ? 1 : 2;
    });
    return { scores, labels };
  };
  const fresh = draws(10_000, 99);
  const gainOf = (rows: number, rounds: number) => {
    const gains = Array.from({ length: rounds }, (_, round) => {
      const { scores, labels } = draws(rows, split(3, 'few', rows, round));
      const kappaOf = (priorRows?: number) => {
        const options = {
          classCount: 3,
          goal: { kind: 'qwk' as const },
          ...(priorRows === undefined ? {} : { priorRows }),
        };
        return worthOf({ kind: 'qwk' }, fresh.labels, classesByCuts(fresh.scores, cutPoints(scores, labels, options)));
      };
      return kappaOf() - kappaOf(0);
    });
    const at = mean(gains);
    return { at, error: Math.sqrt(mean(gains.map((g) => (g - at) ** 2)) / rounds) };
  };
  const few = gainOf(40, 40);
  assert.ok(few.at > 3 * few.error, `${few.at} +- ${few.error}`);
  assert.ok(Math.abs(gainOf(4000, 5).at) < 0.003);
});
