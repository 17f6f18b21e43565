/** What every recommender promises; the test beside calls this for each of the list. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KnownError } from '#errors.ts';
import { random, shuffled, split } from '#kernels/random.ts';
import { fromTriples } from '#kernels/sparse.ts';
import { countsOf, type Interactions } from '../data/interactions.ts';
import type { AnyMethod, FittedMethod, Numbers } from './method.ts';

const USERS = 60;
const ITEMS = 30;

/**
 * Two blocks: even users have most of the even items, odd users of the odd ones, and each has one of the other block.
 * The last user has nothing. Rows are dated, in baskets, weighted; items have attributes and a vector that tell the block.
 */
export function twoBlocks(): Interactions {
  const rows: { user: number; item: number; age: number; basket: number; weight: number }[] = [];
  for (let user = 0; user < USERS; user++) {
    const draw = random(split(7, 'user', user));
    const own = shuffled(ITEMS / 2, draw).slice(0, 9);
    const items = [...Array.from(own, (i) => 2 * i + (user % 2)), 2 * draw.integer(ITEMS / 2) + ((user + 1) % 2)];
    for (const [place, item] of items.entries())
      rows.push({
        user,
        item,
        age: 40 - 3 * Math.floor(place / 2) - (place % 2) / 100,
        basket: user * 8 + Math.floor(place / 2),
        weight: 1 + draw.integer(3),
      });
  }
  const columnOf = Int32Array.from({ length: ITEMS }, (_, item) => item % 2);
  return {
    userCount: USERS + 1,
    itemCount: ITEMS,
    users: Int32Array.from(rows, (row) => row.user),
    items: Int32Array.from(rows, (row) => row.item),
    weights: Float64Array.from(rows, (row) => row.weight),
    ageDays: Float64Array.from(rows, (row) => row.age),
    baskets: Int32Array.from(rows, (row) => row.basket),
    content: {
      attributes: fromTriples({ rows: ITEMS, columns: 2, rowOf: Int32Array.from(columnOf.keys()), columnOf }),
      vectors: [
        {
          name: 'block',
          width: 2,
          values: Float32Array.from({ length: 2 * ITEMS }, (_, i) => (i % 2 === Math.floor(i / 2) % 2 ? 1 : 0)),
        },
      ],
    },
  };
}

/** Rows written as `user:item user:item`. */
function plain(userCount: number, itemCount: number, rows: string): Interactions {
  const pairs = rows.split(' ').map((row) => row.split(':').map(Number));
  return {
    userCount,
    itemCount,
    users: Int32Array.from(pairs, (pair) => pair[0]!),
    items: Int32Array.from(pairs, (pair) => pair[1]!),
  };
}

const EVERYBODY = Int32Array.from({ length: USERS + 1 }, (_, user) => user);
const largest = (scores: Float64Array): number => scores.reduce((most, score) => Math.max(most, Math.abs(score)), 0);

function near(actual: Float64Array, expected: Float64Array, tolerance: number, what: string): void {
  assert.equal(actual.length, expected.length);
  const width = tolerance * largest(expected);
  for (let i = 0; i < actual.length; i++)
    assert.ok(
      Math.abs(actual[i]! - expected[i]!) <= width,
      `${what}: score ${i} is ${actual[i]}, not ${expected[i]} within ${width}`,
    );
}

/** The rows of `data` at `order`; a place may come twice. */
function rowsAt(data: Interactions, order: Int32Array): Interactions {
  return {
    ...data,
    users: order.map((e) => data.users[e]!),
    items: order.map((e) => data.items[e]!),
    weights: Float64Array.from(order, (e) => data.weights![e]!),
    ageDays: Float64Array.from(order, (e) => data.ageDays![e]!),
    baskets: order.map((e) => data.baskets![e]!),
  };
}

/**
 * Registers the tests that every recommender must pass.
 *
 * @param params of the tests, where the defaults would take long; the world has 61 users and 30 items
 */
export function conformance(method: AnyMethod, params: Numbers = {}): void {
  const data = twoBlocks();
  const fit: Fit = (from, { seed = 1, threads = 1 } = {}) => method.fitted(from, params, { seed, threads });
  let fitted: FittedMethod | undefined;
  const under: UnderTest = {
    method,
    data,
    fit,
    first: () => {
      fitted ??= fit(data);
      return fitted;
    },
  };
  laws(under);
  oddities(under);
  people(under);
}

type Fit = (from: Interactions, run?: { seed?: number; threads?: number }) => FittedMethod;

interface UnderTest {
  readonly method: AnyMethod;
  /** `twoBlocks` */
  readonly data: Interactions;
  readonly fit: Fit;
  /** Fitted on `data` with seed 1, one thread. */
  first(): FittedMethod;
}

function laws({ method, data, fit, first }: UnderTest): void {
  const { name, promises = {} } = method;

  test(`${name}: same seed, same plain model; a score for each user and item`, () => {
    const { model } = first();
    assert.deepEqual(fit(data).model, model);
    assert.deepEqual(structuredClone(model), model);
    const scores = first().score(EVERYBODY);
    assert.equal(scores.length, EVERYBODY.length * ITEMS);
    assert.ok(scores.every(Number.isFinite));
  });

  test(`${name}: inputs are left as they were`, () => {
    const before = structuredClone(data);
    const own = fit(data, { seed: 2 });
    const model = structuredClone(own.model);
    const users = Int32Array.of(3, 1, 60);
    own.score(users);
    own.scoreRows?.(countsOf(data));
    own.because?.(3, 5, 3);
    assert.deepEqual(data, before);
    assert.deepEqual(own.model, model);
    assert.deepEqual([...users], [3, 1, 60]);
  });

  test(`${name}: the order of rows is irrelevant`, () => {
    const order = shuffled(data.users.length, random(3));
    const again = fit(rowsAt(data, order)).score(EVERYBODY);
    near(again, first().score(EVERYBODY), promises.orderTolerance ?? 1e-9, 'reordered');
  });

  test(`${name}: threads are irrelevant`, () => {
    const again = fit(data, { threads: 2 });
    assert.deepEqual(again.model, first().model);
    assert.deepEqual(again.score(EVERYBODY), first().score(EVERYBODY));
  });

  test(`${name}: a user is scored alone as among others`, () => {
    const all = first().score(EVERYBODY);
    for (const user of [0, 17, USERS])
      near(
        first().score(Int32Array.of(user)),
        all.subarray(user * ITEMS, (user + 1) * ITEMS),
        promises.batchTolerance ?? 0,
        `user ${user} alone`,
      );
  });
}

function oddities({ method, data, fit }: UnderTest): void {
  const { name, promises = {} } = method;

  test(`${name}: a row that comes twice is one of twice the weight`, {
    skip: promises.repeatsAreSteps === true,
  }, () => {
    const twice = (e: number) => e % 5 === 0;
    const order: number[] = [];
    for (let e = 0; e < data.users.length; e++) order.push(...(twice(e) ? [e, e] : [e]));
    const doubled = { ...data, weights: data.weights!.map((weight, e) => (twice(e) ? 2 * weight : weight)) };
    const expected = fit(doubled).score(EVERYBODY);
    near(
      fit(rowsAt(data, Int32Array.from(order))).score(EVERYBODY),
      expected,
      promises.orderTolerance ?? 1e-9,
      'twice',
    );
  });

  test(`${name}: strange worlds give finite scores, or an error that is known`, () => {
    const all = '0:0 0:1 0:2 0:3 0:4 0:5';
    const worlds: Record<string, Interactions> = {
      'one user, one item': plain(1, 1, '0:0'),
      'one item, many users': plain(4, 1, '0:0 1:0 2:0'),
      'one user with all items': plain(1, 6, all),
      'all items, none, and an item that nobody has': plain(3, 7, `${all} 1:2 1:2`),
      'nobody shares an item': plain(4, 4, '0:0 1:1 2:2 3:3'),
      'large and small weights': {
        ...plain(3, 3, '0:0 0:1 1:1 2:2'),
        weights: Float64Array.of(1e9, 1e-9, 1, 1),
        ageDays: Float64Array.of(0, 10_000, 0, 1e-9),
      },
    };
    for (const [world, from] of Object.entries(worlds)) {
      const users = Int32Array.from({ length: from.userCount }, (_, user) => user);
      let own: FittedMethod;
      try {
        own = fit(from);
      } catch (error) {
        assert.ok(error instanceof KnownError, `${world}: ${error}`);
        continue;
      }
      const scores = own.score(users);
      assert.equal(scores.length, from.userCount * from.itemCount, world);
      assert.ok(scores.every(Number.isFinite), world);
      const rows = own.scoreRows?.(countsOf(from));
      assert.ok(rows === undefined || (rows.length === scores.length && rows.every(Number.isFinite)), world);
    }
  });

  test(`${name}: parameters that it does not have are refused`, () => {
    assert.throws(() => method.fitted(data, { nonsense: 1 }, { seed: 1, threads: 1 }), { code: 'RECOMMENDER_PARAMS' });
    for (const [param, [least]] of Object.entries(method.ranges)) {
      const below = { [param]: least - 1 };
      assert.throws(() => method.fitted(data, below, { seed: 1, threads: 1 }), { code: 'RECOMMENDER_PARAMS' }, param);
      const none = { [param]: Number.NaN };
      assert.throws(() => method.fitted(data, none, { seed: 1, threads: 1 }), { code: 'RECOMMENDER_PARAMS' }, param);
    }
  });
}

function people({ method, data, fit, first }: UnderTest): void {
  const { name, promises = {} } = method;

  test(`${name}: the rows of a known user score as the user does`, (context) => {
    const { userCount, itemCount, users, items, content } = data;
    const undated: Interactions = { userCount, itemCount, users, items, ...(content && { content }) };
    const own = fit(undated);
    if (own.scoreRows === undefined) {
      context.skip('it cannot score people whom training did not know');
      return;
    }
    near(own.scoreRows(countsOf(undated)), own.score(EVERYBODY), promises.rowsTolerance ?? 1e-6, 'as rows');
  });

  test(`${name}: reasons are the user's items, best first, in shares`, (context) => {
    const { because } = first();
    if (because === undefined) {
      context.skip('it gives no reasons');
      return;
    }
    const counts = countsOf(data);
    let given = 0;
    for (const user of [0, 1, 2, 3, 40, 59]) {
      const have = new Set(counts.indices.subarray(counts.offsets[user]!, counts.offsets[user + 1]!));
      for (let item = 0; item < ITEMS; item++) {
        const reasons = because(user, item, 3);
        given += reasons.length;
        assert.ok(reasons.length <= 3);
        assert.equal(new Set(reasons.map((reason) => reason.item)).size, reasons.length, 'each item once');
        let total = 0;
        for (const [i, reason] of reasons.entries()) {
          assert.ok(have.has(reason.item), `user ${user} does not have item ${reason.item}`);
          assert.ok(reason.share >= 0 && reason.share <= (reasons[i - 1]?.share ?? 1), `share ${reason.share}`);
          total += reason.share;
        }
        assert.ok(total <= 1 + 1e-9, `shares add up to ${total}`);
        assert.deepEqual(because(user, item, 1), reasons.slice(0, 1));
      }
    }
    assert.ok(given > 0 || promises.tells === 'group', 'it has no reason for anything');
    assert.deepEqual(because(USERS, 0, 3), [], 'somebody without rows');
  });

  test(`${name}: two blocks are told apart`, { skip: promises.tells === 'group' || promises.tells === 'next' }, () => {
    const counts = countsOf(data);
    const scores = first().score(EVERYBODY);
    let right = 0;
    for (let user = 0; user < USERS; user++) {
      const have = new Set(counts.indices.subarray(counts.offsets[user]!, counts.offsets[user + 1]!));
      const own = scores.subarray(user * ITEMS, (user + 1) * ITEMS);
      const items = Array.from({ length: ITEMS }, (_, item) => item)
        .filter((item) => have.has(item) === (promises.tells === 'own'))
        .sort((a, b) => own[b]! - own[a]! || a - b);
      // Six items of the own block are new to everybody, and fourteen of the other.
      const shown =
        promises.tells === 'own' ? items.slice(0, 4) : items.slice(0, 4).filter((i) => (i + user) % 2 === 0);
      right += shown.length / 4;
      if (promises.tells === 'own') {
        const worst = Math.min(...items.map((item) => own[item]!));
        for (let item = 0; item < ITEMS; item++) assert.ok(have.has(item) || own[item]! < worst, `user ${user}`);
      }
    }
    // By chance 6 of 20 would be of the own block; four standard errors of that are .12.
    assert.ok(right / USERS > 0.85, `${right / USERS} of the first four are of the own block`);
  });
}
