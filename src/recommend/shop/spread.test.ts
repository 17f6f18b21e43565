// Aim: diversity, novelty and popularity of lists by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byCategory, pathsOf } from '../rerank/similarity.ts';
import { byTenth, popularityPlaces, spreadOf } from './spread.ts';

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) <= 1e-12, `${actual} is not ${expected}`);

test('places by buyers: equal ones share the middle, what nobody bought is last', () => {
  assert.deepEqual([...popularityPlaces(Float64Array.of(0, 5, 9, 5, 1))], [0, 0.5, 1, 0.5, 0]);
  assert.deepEqual([...popularityPlaces(Float64Array.of(0, 3))], [0, 1]);
  assert.deepEqual([...popularityPlaces(new Float64Array(2))], [0, 0]);
});

test('spread of two lists, one of them short, and of one without products', () => {
  const buyers = Float64Array.of(7, 3, 1, 0);
  const model = {
    similarity: byCategory(pathsOf(['A', 'A', 'B', 'B'])),
    buyers,
    places: popularityPlaces(buyers),
    customers: 15,
  };
  const lists = Int32Array.of(0, 1, 2, -1, -1, -1);
  const both = spreadOf(lists, 2, model);
  // The first list is of one category (likeness .9), the second has one product; the third is not counted.
  near(both.diversity, (0.1 + 0) / 2);
  near(both.novelty, ((Math.log2(16 / 8) + Math.log2(16 / 4)) / 2 + Math.log2(16 / 2)) / 2);
  near(both.popularity, ((1 + 0.5) / 2 + 0) / 2);
  near(both.coverage, 3 / 4);
  near(spreadOf(lists, 2, model, [1]).coverage, 1 / 4);
  assert.deepEqual(spreadOf(Int32Array.of(-1, -1), 2, model).diversity, 0);
});

test('tenths, the most bought first', () => {
  const places = Float64Array.of(1, 0.95, 0.5, 0);
  assert.deepEqual(byTenth([0, 1, 1, 2, 3], places), [0.6, 0, 0, 0, 0, 0.2, 0, 0, 0, 0.2]);
  assert.deepEqual(byTenth([], places), new Array(10).fill(0));
});
