// Aim: tenths by foretold spend say what was foretold of them and what they spent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decilesOf } from './judge.ts';

test('tenths by hand', () => {
  // customer i is foretold 20 - i; the two of a tenth spend 1 apart
  const foretold = Float64Array.from({ length: 20 }, (_, i) => 20 - i);
  const actual = foretold.map((sum) => 2 * sum);
  const deciles = decilesOf(foretold, actual);
  assert.equal(deciles.length, 10);
  assert.deepEqual(
    deciles.map(({ customers, foretold: own, actual: spent }) => [customers, own, spent]),
    Array.from({ length: 10 }, (_, k) => [2, 1.5 + 2 * k, 3 + 4 * k]),
  );
  // two amounts 2 apart: variance 2, standard error 1
  for (const { low, high, actual: spent } of deciles)
    assert.ok(Math.abs(low - (spent - 1.96)) < 1e-12 && Math.abs(high - (spent + 1.96)) < 1e-12);
});

test('three customers make three groups, none makes none; sizes differ by one at most', () => {
  const one = Float64Array.of(5, 5, 1);
  assert.deepEqual(
    decilesOf(one, one).map(({ foretold, low, high }) => [foretold, low, high]),
    [
      [1, 1, 1],
      [5, 5, 5],
      [5, 5, 5],
    ],
  );
  assert.deepEqual(decilesOf(new Float64Array(0), new Float64Array(0)), []);
  const sizes = decilesOf(new Float64Array(1234), new Float64Array(1234)).map(({ customers }) => customers);
  assert.equal(
    sizes.reduce((a, b) => a + b),
    1234,
  );
  assert.deepEqual([...new Set(sizes)].sort(), [123, 124]);
});
