// Aim: the metrics are those of the definitions, worked out by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromTriples, type Sparse } from '#kernels/sparse.ts';
import { evaluate, evaluateShown } from './evaluate.ts';

const sparse = (rows: number, columns: number, cells: readonly [number, number][]): Sparse =>
  fromTriples({
    rows,
    columns,
    rowOf: Int32Array.from(cells, (c) => c[0]),
    columnOf: Int32Array.from(cells, (c) => c[1]),
  });

/** Item 0 first, then 1, 2 ... for everybody. */
const inOrder = (columns: number) => (users: Int32Array) =>
  Float64Array.from({ length: users.length * columns }, (_, i) => -(i % columns));

const seen = sparse(3, 5, [
  [0, 0],
  [1, 4],
]);
const relevant = sparse(3, 5, [
  [0, 0],
  [0, 2],
  [1, 3],
]);
const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual}, not ${expected}`);

test('all items: recall, ndcg, hit rate, precision and coverage', () => {
  const { users, metrics } = evaluate(inOrder(5), seen, relevant, { k: 3, keepSeen: true, seed: 1 });
  assert.equal(users, 2, 'user 2 has nothing to find');
  const third = 1 / Math.log2(4);
  near(metrics.recall, (2 / 2 + 0) / 2);
  near(metrics.ndcg, (1 + third) / (1 + 1 / Math.log2(3)) / 2);
  near(metrics.hitRate, 0.5);
  near(metrics.precision, 2 / 3 / 2);
  near(metrics.coverage, 3 / 5);
});

test('new items only: what was seen is neither shown nor to be found', () => {
  const { metrics } = evaluate(inOrder(5), seen, relevant, { k: 3, keepSeen: false, seed: 1 });
  // User 0 is shown 1, 2, 3 and finds 2 in second place; user 1 is shown 0, 1, 2.
  near(metrics.recall, 0.5);
  near(metrics.ndcg, 1 / Math.log2(3) / 2);
});

test('seen items only', () => {
  const { users, metrics } = evaluate(inOrder(5), seen, relevant, { k: 3, keepSeen: true, onlySeen: true, seed: 1 });
  assert.equal(users, 1);
  near(metrics.recall, 1);
  near(metrics.ndcg, 1);
});

test('items that training does not know count as missed', () => {
  const unknown = Int32Array.of(2, 0, 1);
  const { users, metrics } = evaluate(inOrder(5), seen, relevant, { k: 3, keepSeen: true, seed: 1, unknown });
  assert.equal(users, 3);
  near(metrics.recall, (2 / 4 + 0 + 0) / 3);
});

test('finished lists are judged the same, shorter ones too', () => {
  const lists = Int32Array.of(0, 1, 2, 0, 1, 2, 0, -1, -1);
  const asked = { k: 3, keepSeen: true, seed: 1 };
  assert.deepEqual(evaluateShown(lists, seen, relevant, asked), evaluate(inOrder(5), seen, relevant, asked));
});

test('the interval holds the mean, repeats with its seed, and the sample of users too', () => {
  const cells = Array.from({ length: 400 }, (_, user): [number, number] => [user, user % 5]);
  const many = sparse(400, 5, cells);
  const none = sparse(400, 5, []);
  const judge = (seed: number) => evaluate(inOrder(5), none, many, { k: 2, keepSeen: true, seed, usersMax: 300 });
  const first = judge(7);
  assert.equal(first.users, 300);
  const [low, high] = first.intervals.recall;
  assert.ok(low < first.metrics.recall && first.metrics.recall < high);
  // Standard error sqrt(0.4 * 0.6 / 300) = 0.028; a 95 % interval is some four of them wide.
  assert.ok(high - low > 0.07 && high - low < 0.16, String(high - low));
  assert.deepEqual(judge(7), first);
  assert.notDeepEqual(judge(8).intervals, first.intervals);
});
