// Aim: each recommender gives the answer that can be seen or computed by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countsOf, type Interactions, validationCut } from '../data/interactions.ts';
import { fitMethod, METHOD_NAMES } from './all.ts';
import { neighboursOf } from './rp3beta.ts';

const world = (userCount: number, itemCount: number, pairs: readonly [number, number][]): Interactions => ({
  userCount,
  itemCount,
  users: Int32Array.from(pairs, (p) => p[0]),
  items: Int32Array.from(pairs, (p) => p[1]),
});

const near = (actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-12) => {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs(actual[i]! - value) <= tolerance, `${i}: ${actual[i]} is not ${value}`);
};

test('rp3beta by hand on 3 x 3', () => {
  // User 0 has items 0 and 1, user 1 has 1 and 2, user 2 has 1. With alpha = 1 and beta = 0, W_ij = sum_u p_iu p_uj:
  // W_01 = 1/1 * 1/2; W_10 = 1/3 * 1/2; W_12 = 1/3 * 1/2; W_21 = 1/1 * 1/2; W_02 = 0.
  const counts = countsOf(
    world(3, 3, [
      [0, 0],
      [0, 1],
      [1, 1],
      [1, 2],
      [2, 1],
    ]),
  );
  const plain = neighboursOf(counts, { alpha: 1, beta: 0, k: 3 });
  assert.deepEqual([...plain.offsets], [0, 1, 3, 4]);
  assert.deepEqual([...plain.indices], [1, 0, 2, 1]);
  near(plain.values, [1, 0.5, 0.5, 1]);
  // A popularity penalty divides each column by pop^beta and changes nothing here but what is not normalised away.
  const held = neighboursOf(
    countsOf(
      world(3, 3, [
        [0, 0],
        [0, 1],
        [0, 2],
        [1, 1],
        [1, 2],
        [2, 1],
      ]),
    ),
    {
      alpha: 0.5,
      beta: 1,
      k: 3,
    },
  );
  // Item 0: user 0 only, p_00 = 1, p_0j = 1/3: W_01 = sqrt(1/3) / 3, W_02 = sqrt(1/3) / 2; shares 2/5 and 3/5.
  assert.deepEqual([...held.indices.subarray(0, 2)], [2, 1]);
  near(held.values.subarray(0, 2), [0.6, 0.4]);
});

test('only the k best neighbours are kept', () => {
  const counts = countsOf(
    world(3, 3, [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
      [2, 0],
      [2, 2],
    ]),
  );
  const kept = neighboursOf(counts, { alpha: 1, beta: 0, k: 1 });
  assert.deepEqual([...kept.indices], [1, 0, 0]);
  near(kept.values, [1, 1, 1]);
});

/** Even users like even items, odd ones odd; each misses one item of its colour. */
function checkerboard(size: number): { data: Interactions; missing: number[] } {
  const pairs: [number, number][] = [];
  const missing: number[] = [];
  for (let user = 0; user < size; user++) {
    const hole = (user + 2) % size;
    missing.push(hole);
    for (let item = user % 2; item < size; item += 2) if (item !== hole) pairs.push([user, item]);
  }
  return { data: world(size, size, pairs), missing };
}

test('on a checkerboard the missing item of the own colour comes first among the new', () => {
  const { data, missing } = checkerboard(20);
  const seen = countsOf(data);
  for (const name of ['rp3beta', 'blend', 'ials'] as const) {
    const fit = fitMethod(name, data, { params: {}, seed: 1 });
    const scores = fit.score(Int32Array.from(missing.keys()));
    for (const [user, hole] of missing.entries()) {
      for (let e = seen.offsets[user]!; e < seen.offsets[user + 1]!; e++)
        scores[user * 20 + seen.indices[e]!] = Number.NEGATIVE_INFINITY;
      const own = scores.subarray(user * 20, user * 20 + 20);
      assert.equal(own.indexOf(Math.max(...own)), hole, `${name}, user ${user}`);
    }
  }
});

test('popularity counts users once; in a tier it is the tier that counts', () => {
  const data: Interactions = {
    ...world(4, 2, [
      [0, 0],
      [0, 0],
      [1, 0],
      [2, 1],
      [3, 1],
      [3, 0],
    ]),
    groups: Int32Array.of(0, 0, 1, 1),
  };
  const all = fitMethod('popularity', data, { params: {}, seed: 1 }).score(Int32Array.of(2));
  assert.deepEqual([...all], [3, 2]);
  const tier = fitMethod('popular-in-tier', data, { params: { priorUsers: 0 }, seed: 1 }).score(Int32Array.of(0, 2));
  assert.deepEqual([...tier], [1, 0, 0.5, 1]);
  const prior = fitMethod('popular-in-tier', data, { params: { priorUsers: 2 }, seed: 1 }).score(Int32Array.of(2));
  near(prior, [(1 + 2 * 0.75) / 4, (2 + 2 * 0.5) / 4]);
});

test('personal halves with age and breaks ties by popularity', () => {
  const data: Interactions = {
    ...world(2, 3, [
      [0, 0],
      [0, 0],
      [0, 1],
      [1, 2],
      [0, 2],
    ]),
    ageDays: Float64Array.of(0, 56, 56, 0, 56),
  };
  const scores = fitMethod('personal', data, { params: { halfLifeDays: 56 }, seed: 1 }).score(Int32Array.of(0));
  near(scores, [1.5, 0.5, 0.5], 1e-3);
  assert.ok(scores[2]! > scores[1]!, 'item 2 has two users, item 1 has one');
});

test('same data, same model; a user without rows gets what is popular', () => {
  const data: Interactions = { ...checkerboard(10).data, userCount: 11 };
  for (const name of METHOD_NAMES) {
    const [a, b] = [1, 1].map((seed) => fitMethod(name, data, { params: {}, seed }).score(Int32Array.of(3, 10)));
    assert.deepEqual(a, b);
    assert.ok(
      a!.subarray(10).some((score) => score > 0),
      name,
    );
  }
});

test('a cut by time keeps the newest apart; without time each pair is on one side', () => {
  const dated: Interactions = {
    ...world(1, 4, [
      [0, 0],
      [0, 1],
      [0, 2],
      [0, 3],
    ]),
    ageDays: Float64Array.of(100, 50, 9, 0),
  };
  const cut = validationCut(dated, { share: 0.1, seed: 1 });
  assert.deepEqual([...cut.train.items], [0, 1]);
  assert.deepEqual([...cut.train.ageDays!], [90, 40]);
  assert.deepEqual([...cut.held.indices], [2, 3]);

  const pairs = Array.from({ length: 2000 }, (_, i): [number, number] => [i % 100, Math.floor(i / 100) % 10]);
  const { train, held } = validationCut(world(100, 10, pairs), { share: 0.2, seed: 1 });
  const kept = countsOf(train);
  assert.equal(kept.indices.length + held.indices.length, 1000);
  // Binomial(1000, 0.2): four standard deviations.
  assert.ok(Math.abs(held.indices.length - 200) < 51, String(held.indices.length));
});
