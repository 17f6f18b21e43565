// Aim: methods for baskets give the numbers of their papers' formulas on worlds small enough to compute by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countsOf, type Interactions } from '../../data/interactions.ts';
import { fitMethod, methodOf } from '../all.ts';
import { basketsOf } from './baskets.ts';
import { purchaseGaps } from './gaps.ts';
import { BASKET_SPACES } from './spaces.ts';

type Row = readonly [user: number, item: number, age: number, basket?: number];

const world = (userCount: number, itemCount: number, rows: readonly Row[]): Interactions => ({
  userCount,
  itemCount,
  users: Int32Array.from(rows, (row) => row[0]),
  items: Int32Array.from(rows, (row) => row[1]),
  ageDays: Float64Array.from(rows, (row) => row[2]),
  ...(rows[0]?.[3] === undefined ? {} : { baskets: Int32Array.from(rows, (row) => row[3]!) }),
});

const near = (actual: ArrayLike<number>, expected: readonly number[], tolerance: number) => {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs(actual[i]! - value) <= tolerance, `${i}: ${actual[i]} is not ${value}`);
};

/** Ties by popularity stay below this. */
const TIE = 1e-6;

test('baskets come oldest first, hold each item once, and go by code where there is one', () => {
  const rows: Row[] = [
    [0, 2, 1, 7],
    [0, 1, 9, 5],
    [0, 1, 9, 5],
    [0, 0, 9, 6],
    [2, 3, 4, 1],
  ];
  const coded = basketsOf(world(3, 4, rows));
  assert.deepEqual([...coded.ofUser], [0, 3, 3, 4]);
  assert.deepEqual([...coded.offsets], [0, 1, 2, 3, 4]);
  assert.deepEqual([...coded.items], [1, 0, 2, 3]);
  assert.deepEqual([...coded.ageDays], [9, 9, 1, 4]);
  const dated = basketsOf(
    world(
      3,
      4,
      rows.map(([user, item, age]): Row => [user, item, age]),
    ),
  );
  assert.deepEqual([...dated.offsets], [0, 2, 3, 4]);
  assert.deepEqual([...dated.items], [0, 1, 2, 3]);
});

test('tifu-knn by hand: decay within and across runs, then the mean of the neighbours', () => {
  // User 0: baskets {0}, {0, 1}, {2}, {1}; two runs of two. withinDecay .5, acrossDecay .5:
  // item 0: (.5 + 1) / 2 x .5 / 2 = .1875; item 1: 1 / 2 x .5 / 2 + 1 / 2 x 1 / 2 = .375; item 2: .5 / 2 / 2 = .125.
  // User 1: one basket {2, 3}: one run of one, so 1 and 1.
  const data = world(3, 4, [
    [0, 0, 4],
    [0, 0, 3],
    [0, 1, 3],
    [0, 2, 2],
    [0, 1, 1],
    [1, 2, 2],
    [1, 3, 2],
  ]);
  const params = { k: 1, withinDecay: 0.5, acrossDecay: 0.5, groups: 2 };
  const own = fitMethod('tifu-knn', data, { params: { ...params, own: 1 }, seed: 1 });
  near(own.score(Int32Array.of(0)), [0.1875, 0.375, 0.125, 0], TIE);
  // Both users are the neighbours: half the own vector, and half the mean of both.
  const mixed = fitMethod('tifu-knn', data, { params: { ...params, k: 2, own: 0.5 }, seed: 1 });
  near(mixed.score(Int32Array.of(0)), [0.1875 * 0.75, 0.375 * 0.75, 0.125 * 0.75 + 0.25, 0.25], TIE);
  assert.deepEqual(mixed.because!(0, 1, 3), [{ item: 1, share: 1 }]);
  assert.deepEqual(mixed.because!(0, 3, 3), []);
  // Somebody unknown with item 3 is nearer to user 1, at a distance of 1, than to user 0.
  const one = fitMethod('tifu-knn', data, { params: { ...params, own: 0.5 }, seed: 1 });
  near(one.scoreRows!(countsOf(world(1, 4, [[0, 3, 0]]))), [0, 0, 0.5, 1], TIE);
});

test('up-cf by hand: shares of the last baskets, spread by the asymmetric cosine', () => {
  // Last two baskets. User 0 had {0}, {0, 1}, {0}: shares 1 and .5. User 1 had {0, 2}: shares 1 and 1.
  // In common is item 0; |0| = 2, |1| = 2, so the likeness is 1 / 2 whatever the asymmetry, squared 1 / 4.
  const data = world(2, 3, [
    [0, 0, 9],
    [0, 0, 5],
    [0, 1, 5],
    [0, 0, 1],
    [1, 0, 3],
    [1, 2, 3],
  ]);
  const params = { recent: 2, asymmetry: 0.75, locality: 2 };
  const fit = fitMethod('up-cf', data, { params, seed: 1 });
  near(fit.score(Int32Array.of(0)), [1 + 0.25, 0.5, 0.25], TIE);
  // Unequal sizes: user 1 alone has item 2 beside a third user with only item 2.
  const wide = fitMethod('up-cf', { ...data, userCount: 3 }, { params, seed: 1 });
  near(wide.score(Int32Array.of(2)), [0, 0, 0], TIE);
  const lone = countsOf(world(1, 3, [[0, 2, 0]]));
  // |unknown| = 1, |user 1| = 2: 1 / (1 x 2^.25), squared 2^-.5.
  near(fit.scoreRows!(lone), [2 ** -0.5, 0, 2 ** -0.5 + 1], TIE);
});

test('gaps are days between distinct purchase days, drawn toward wider means', () => {
  const data = world(2, 2, [
    [0, 0, 30],
    [0, 0, 20],
    [0, 0, 20],
    [0, 0, 0],
    [1, 0, 7],
    [1, 1, 3],
  ]);
  const gaps = purchaseGaps(data, 2);
  assert.deepEqual([...gaps.sinceLast], [0, 7, 3]);
  assert.deepEqual([...gaps.sinceFirst], [30, 7, 3]);
  assert.deepEqual([...gaps.gapSum], [30, 0, 0]);
  assert.deepEqual([...gaps.gapCount], [2, 0, 0]);
  // All gaps: 30 days in 2, mean 15. Item 0: (30 + 2 x 15) / (2 + 2); item 1: nothing own.
  assert.deepEqual([...gaps.itemGap], [15, 15]);
});

test('rhythm holds back what was just bought and what was missed many times', () => {
  // Three items bought every 10 days: last 1 day, 10 days and 100 days ago.
  const rows: Row[] = [1, 10, 100].flatMap((last, item) => [0, 1, 2, 3].map((n): Row => [0, item, last + 10 * n]));
  const params = { halfLifeDays: 1e5, priorGaps: 1, rise: 0.5, patience: 1 };
  const scores = fitMethod('rhythm', world(1, 3, rows), { params, seed: 1 }).score(Int32Array.of(0));
  // A half-life of 100,000 days loses less than a thousandth in 130 days.
  near(scores, [4 * Math.sqrt(0.1), 4, 4 * 0.5 ** 9], 5e-3);
});

test('each listed setting can be fitted, and a user without rows gets finite scores', () => {
  const data = world(3, 3, [
    [0, 0, 5],
    [0, 1, 3],
    [1, 1, 2],
    [1, 2, 0],
  ]);
  const { ageDays: _, ...undated } = data;
  for (const [name, settings] of Object.entries(BASKET_SPACES))
    for (const params of settings) {
      assert.ok(Object.keys(params).every((key) => Object.hasOwn(methodOf(name).defaults, key)));
      for (const given of [data, undated])
        assert.ok(
          fitMethod(name, given, { params, seed: 1 })
            .score(Int32Array.of(0, 1, 2))
            .every(Number.isFinite),
          `${name} ${JSON.stringify(params)}`,
        );
    }
});
