// Aim: what lists are like, and the judgement of parts and of differences, by numbers that can be worked out by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '#kernels/random.ts';
import { fromTriples, type Sparse } from '#kernels/sparse.ts';
import { ranked } from './evaluate.ts';
import { judgeLists } from './lists.ts';
import { METRICS, valuesOf } from './metrics.ts';
import { paired } from './paired.ts';
import { judgeParts, rankedParts } from './parts.ts';

/** Cells written as `row:column row:column`. */
function sparse(rows: number, columns: number, cells: string): Sparse {
  const pairs = cells === '' ? [] : cells.split(' ').map((cell) => cell.split(':').map(Number));
  const [rowOf, columnOf] = [0, 1].map((side) => Int32Array.from(pairs, (pair) => pair[side]!));
  return fromTriples({ rows, columns, rowOf: rowOf!, columnOf: columnOf! });
}

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual}, not ${expected}`);
const inOrder = (columns: number) => (users: Int32Array) =>
  Float64Array.from({ length: users.length * columns }, (_, i) => -(i % columns));

test('MRR is one over the first hit, MAP the mean precision at hits over what could be hit', () => {
  const lists = { users: Int32Array.of(0, 1, 2), k: 4, items: Int32Array.of(0, 1, 2, 3, 0, 1, 2, 3, 3, -1, -1, -1) };
  const values = valuesOf(lists, sparse(3, 6, ''), sparse(3, 6, '0:1 0:3 0:5 1:4 2:3'), { keepSeen: true });
  const of = (user: number, metric: (typeof METRICS)[number]) =>
    values[user * METRICS.length + METRICS.indexOf(metric)]!;
  near(of(0, 'mrr'), 1 / 2);
  near(of(0, 'map'), (1 / 2 + 2 / 4) / 3);
  near(of(1, 'mrr'), 0);
  near(of(1, 'map'), 0);
  near(of(2, 'map'), 1);
  near(of(2, 'precision'), 1 / 4);
});

test('exposure: a list that is the same for all covers k items and leaves the rest out', () => {
  const seen = sparse(4, 4, '0:3');
  const lists = { users: Int32Array.of(0, 1, 2, 3), k: 2, items: Int32Array.of(0, 1, 0, 1, 0, 1, 0, 1) };
  const asked = { seed: 1, resamples: 50 };
  const { metrics, intervals } = judgeLists(lists, seen, sparse(4, 4, '0:3'), asked);
  near(metrics.coverage, 1 / 2);
  // Shown 0, 0, 4, 4 times: (-3 * 0 - 1 * 0 + 1 * 4 + 3 * 4) / (4 * 8).
  near(metrics.gini, 1 / 2);
  // All resamples show the same, so nothing is uncertain.
  assert.deepEqual(intervals.coverage, [1 / 2, 1 / 2]);
  const even = judgeLists({ ...lists, items: Int32Array.of(0, 1, 2, 3, 0, 1, 2, 3) }, seen, seen, asked).metrics;
  near(even.coverage, 1);
  near(even.gini, 0);
});

test('novelty and popularity are those of the items shown and of those wanted', () => {
  // Users of items 0..3: 3, 1, 1, 0; percentiles .875, .5, .5, .125.
  const seen = sparse(3, 4, '0:0 1:0 2:0 0:1 1:2');
  const lists = { users: Int32Array.of(2), k: 2, items: Int32Array.of(0, 3) };
  const { metrics } = judgeLists(lists, seen, sparse(3, 4, '2:1'), { seed: 1, resamples: 0 });
  near(metrics.popularityShown, (0.875 + 0.125) / 2);
  near(metrics.popularityRelevant, 0.5);
  near(metrics.popularityBias, 0);
  near(metrics.novelty, (-Math.log2(4 / 4) - Math.log2(1 / 4)) / 2);
});

test('diversity is one less the mean cosine of the pairs, by users or by attributes', () => {
  const seen = sparse(2, 3, '0:0 0:1 1:1');
  const lists = { users: Int32Array.of(0), k: 3, items: Int32Array.of(0, 1, 2) };
  const byUsers = judgeLists(lists, seen, seen, { seed: 1, resamples: 0 });
  // Cosine of items 0 and 1: 1 / sqrt(2); nobody has item 2.
  near(byUsers.metrics.diversity, 1 - Math.SQRT1_2 / 3);
  assert.equal(byUsers.diversityBy, 'users');
  const attributes = sparse(3, 2, '0:0 1:0 2:0 2:1');
  const byAttributes = judgeLists(lists, seen, seen, { seed: 1, resamples: 0, content: { attributes } });
  near(byAttributes.metrics.diversity, 1 - (1 + 2 * Math.SQRT1_2) / 3);
  assert.equal(byAttributes.diversityBy, 'attributes');
});

test('parts: what was had and what not are ranked apart; cold items are judged in the lists of all', () => {
  // User 0 has items 0..4 (warm), user 1 has item 5 (cold). Items 0..4 have five users or more, 5 and 6 not.
  const cells = [0, 2, 3, 4, 5].flatMap((user) => [0, 1, 2, 3, 4].map((item) => `${user}:${item}`));
  const seen = sparse(6, 7, `${cells.join(' ')} 1:5`);
  const relevant = sparse(6, 7, '0:1 0:6 1:0');
  const options = { k: 2, keepSeen: true, seed: 1, resamples: 0 };
  const parts = judgeParts(rankedParts(inOrder(7), seen, relevant, options), seen, relevant, options);
  assert.equal(parts.repeat!.users, 1);
  near(parts.repeat!.metrics.recall, 1);
  // New to user 0 are 5 and 6, to user 1 0 and 1.
  assert.equal(parts.explore!.users, 2);
  near(parts.explore!.metrics.recall, 1);
  near(parts.explore!.metrics.ndcg, (1 / Math.log2(3) + 1) / 2);
  assert.deepEqual([parts.coldUsers.users, parts.warmUsers.users], [1, 1]);
  near(parts.warmUsers.metrics.recall, 1 / 2);
  assert.deepEqual([parts.coldItems.users, parts.warmItems.users], [1, 2]);
  near(parts.coldItems.metrics.recall, 0);
  near(parts.warmItems.metrics.recall, 1);
  const fresh = judgeParts(rankedParts(inOrder(7), seen, relevant, { ...options, keepSeen: false }), seen, relevant, {
    ...options,
    keepSeen: false,
  });
  assert.equal(fresh.repeat, undefined);
});

test('a paired difference knows what each user gained; the same lists differ by nothing', () => {
  const draw = random(5);
  const users = 500;
  const wanted = Array.from({ length: users }, (_, user) => `${user}:${draw.integer(20)}`).join(' ');
  const [seen, relevant] = [sparse(users, 20, ''), sparse(users, 20, wanted)];
  const options = { k: 5, keepSeen: true, seed: 2 };
  const all = Int32Array.from({ length: users }, (_, user) => user);
  const worse = ranked(inOrder(20), all, seen, options);
  // One place longer on the left: finds all that the other does but what stood last.
  const better = ranked(
    (part) => Float64Array.from({ length: part.length * 20 }, (_, i) => (i % 20 === 19 ? 1 : -(i % 20))),
    all,
    seen,
    options,
  );
  const { recall, recallInterval } = paired([better, worse], seen, relevant, options);
  const shares = [better, worse].map((lists) => {
    const values = valuesOf(lists, seen, relevant, options);
    return Array.from({ length: users }, (_, user) => values[user * METRICS.length]!);
  }) as [number[], number[]];
  near(recall, shares[0].reduce((sum, value, user) => sum + value - shares[1][user]!, 0) / users);
  const spread =
    Math.sqrt(shares[0].reduce((sum, value, user) => sum + (value - shares[1][user]! - recall) ** 2, 0)) / users;
  // The percentile interval of a mean is 3.92 standard errors wide; of 1,000 resamples its ends are known to some 6 %.
  assert.ok(
    Math.abs(recallInterval[1] - recallInterval[0] - 3.92 * spread) < 0.5 * spread,
    `${recallInterval}, ${spread}`,
  );
  assert.deepEqual(paired([worse, worse], seen, relevant, options), {
    recall: 0,
    recallInterval: [0, 0],
    ndcg: 0,
    ndcgInterval: [0, 0],
  });
});
