// Aim: a comparison with a moved threshold falls as that of the rounded numbers, for every number.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { floor32, neighbour32, roundsTo32 } from './float32.ts';

const LIMITS = fc.float({ noNaN: true, noDefaultInfinity: true });
const options = { seed: 7, numRuns: 2000 };

test('a 32-bit float is at most a number just when it is at most its floor', () => {
  fc.assert(
    fc.property(LIMITS, fc.double({ noNaN: true, min: -2, max: 2 }), (x, step) => {
      for (const limit of [x + step * Math.abs(x) * 2 ** -23, step]) {
        const floor = floor32(limit);
        assert.equal(Math.fround(floor), floor);
        assert.ok(
          floor <= limit && (neighbour32(floor, 'up') > limit || !Number.isFinite(floor)),
          `${limit}: ${floor}`,
        );
      }
    }),
    options,
  );
});

test('neighbours are each other, also around zero', () => {
  fc.assert(
    fc.property(LIMITS, (x) => {
      const up = neighbour32(x, 'up');
      assert.ok(up > x && (!Number.isFinite(up) || neighbour32(up, 'down') === x));
    }),
    options,
  );
  assert.equal(neighbour32(2 ** -149, 'down'), 0);
});

test('a number rounds to at most a limit just when it is at most the moved limit', () => {
  fc.assert(
    fc.property(LIMITS, fc.double({ noNaN: true, min: -1.5, max: 1.5 }), (limit, step) => {
      const moved = roundsTo32(limit);
      const gap = neighbour32(limit, 'up') - limit;
      if (!Number.isFinite(gap)) return;
      for (const x of [limit + step * gap, limit + gap / 2, moved, limit])
        assert.equal(x <= moved, Math.fround(x) <= limit, `${x} and ${limit}`);
    }),
    options,
  );
});
