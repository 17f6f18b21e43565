// Aim: the heap keeps what sorting would put first, ties by index, whatever the order of offers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { emptyTop, offer, sortTop, topOf } from './top-k.ts';

/** Slow twin: sort everything. */
const sorted = (scores: readonly number[], k: number): [number, number][] =>
  scores
    .map((score, index): [number, number] => [score, index])
    .filter(([score]) => score !== Number.NEGATIVE_INFINITY)
    .sort((a, b) => b[0] - a[0] || a[1] - b[1])
    .slice(0, k);

const held = (top: ReturnType<typeof emptyTop>): [number, number][] =>
  Array.from({ length: top.size }, (_, i) => [top.scores[i]!, top.indices[i]!]);

// Few distinct values, so that ties are common.
const scores = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(Number.NEGATIVE_INFINITY)), {
  maxLength: 60,
});

test('equals sorting, in any order of offers', () => {
  fc.assert(
    fc.property(scores, fc.integer({ min: 1, max: 12 }), fc.infiniteStream(fc.nat()), (values, k, keys) => {
      const order = values.map((_, i) => [keys.next().value as number, i] as const).sort((a, b) => a[0] - b[0]);
      const top = emptyTop(k);
      for (const [, i] of order) offer(top, values[i]!, i);
      sortTop(top);
      assert.deepEqual(held(top), sorted(values, k));
    }),
    { seed: 1 },
  );
});

test('topOf reads a part of an array and can be used again', () => {
  const top = emptyTop(2);
  const values = Float64Array.of(9, 1, 5, 5, 9);
  topOf(top, values, 1, 3);
  assert.deepEqual(held(top), [
    [5, 1],
    [5, 2],
  ]);
  topOf(top, values, 0, 5);
  assert.deepEqual(held(top), [
    [9, 0],
    [9, 4],
  ]);
});
