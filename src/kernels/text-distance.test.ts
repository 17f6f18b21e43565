// Aim: the distance between words is symmetric and zero only for equal ones; the nearest word is the one that was meant.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { distance, nearest } from './text-distance.ts';

test('nearest words', () => {
  assert.equal(nearest('ordr_id', ['order_id', 'product_id']), 'order_id');
  assert.equal(nearest('Customer ID', ['CustomerID', 'Country']), 'CustomerID');
  assert.equal(nearest('x', []), undefined);
  assert.equal(distance('abcd', 'abdc'), 1);
  fc.assert(
    fc.property(
      fc.string(),
      fc.string(),
      (a, b) => distance(a, b) === distance(b, a) && (distance(a, b) === 0) === (a === b),
    ),
    { seed: 5, numRuns: 100 },
  );
});
