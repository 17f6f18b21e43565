// Aim: scores follow the stated tie rule and every combination has a named segment.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { quintiles, RFM_GRID, RFM_SEGMENTS, rfmScores, rfmSegment } from './rfm.ts';

test('ten customers in order fall in fifths', () => {
  assert.deepEqual([...quintiles(Float64Array.from({ length: 10 }, (_, i) => i))], [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
});

test('tie rule: equals share a score and those above start after all of them', () => {
  assert.deepEqual([...quintiles(Float64Array.of(1, 1, 1, 1, 1, 1, 2, 2, 3, 9))], [1, 1, 1, 1, 1, 1, 4, 4, 5, 5]);
  assert.deepEqual([...quintiles(Float64Array.of(4, 4, 4))], [1, 1, 1]);
  assert.deepEqual([...quintiles(new Float64Array(0))], []);
});

test('the most recent buyer has the best recency score', () => {
  const { r, f, m } = rfmScores(
    Float64Array.of(0, 10, 20, 30, 40),
    Float64Array.of(5, 4, 3, 2, 1),
    Float64Array.of(9, 1, 8, 7, 6),
  );
  assert.deepEqual(
    [[...r], [...f], [...m]],
    [
      [5, 4, 3, 2, 1],
      [5, 4, 3, 2, 1],
      [5, 1, 4, 3, 2],
    ],
  );
});

test('laws: scores are 1 to 5, rise with the value and ignore row order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3, max: 12 }), { minLength: 1, maxLength: 50 }), (values) => {
      const scores = quintiles(Float64Array.from(values));
      const back = quintiles(Float64Array.from([...values].reverse()));
      for (const [i, v] of values.entries()) {
        assert.ok(scores[i]! >= 1 && scores[i]! <= 5);
        assert.equal(back[values.length - 1 - i], scores[i]);
        for (const [j, w] of values.entries()) if (v > w) assert.ok(scores[i]! >= scores[j]!);
      }
    }),
    { seed: 7, numRuns: 200 },
  );
});

test('every cell of the grid is a known segment and every segment has a cell', () => {
  const keys = RFM_SEGMENTS.map(({ key }) => key);
  assert.deepEqual([...new Set(RFM_GRID.flat())].sort(), [...keys].sort());
  assert.ok(RFM_GRID.length === 5 && RFM_GRID.every((row) => row.length === 5));
  assert.equal(rfmSegment(5, 5, 5), 'champions');
  assert.equal(rfmSegment(1, 1, 1), 'lost');
  assert.equal(rfmSegment(5, 1, 1), 'new');
  assert.equal(rfmSegment(1, 5, 5), 'cannot-lose');
});
