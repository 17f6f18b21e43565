// Aim: weights of a sum of methods follow what serves held-out items; the sum is the weighted one; its reasons are its members'.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '#kernels/random.ts';
import { fromTriples, type Sparse } from '#kernels/sparse.ts';
import { fitMethod, methodOf } from '../all.ts';
import { twoBlocks } from '../conformance.ts';
import { learnWeights, lengthOf, type Scores } from './mixture.ts';
import { FILTER_SPACES } from './spaces.ts';

const ITEMS = 50;
const USERS = 200;

function cells(place: (user: number) => number[]): Sparse {
  const rowOf: number[] = [];
  const columnOf: number[] = [];
  for (let user = 0; user < USERS; user++)
    for (const item of place(user)) {
      rowOf.push(user);
      columnOf.push(item);
    }
  return fromTriples({
    rows: USERS,
    columns: ITEMS,
    rowOf: Int32Array.from(rowOf),
    columnOf: Int32Array.from(columnOf),
  });
}

/** Score 1 for each of some items of a user, and a little noise. */
const scorer =
  (good: (user: number) => number[], noise: number, seed: number): Scores =>
  (users) => {
    const out = new Float64Array(users.length * ITEMS);
    for (const [row, user] of users.entries()) {
      const draw = random(seed * 1000 + user);
      for (let item = 0; item < ITEMS; item++) out[row * ITEMS + item] = noise * draw.uniform();
      for (const item of good(user)) out[row * ITEMS + item]! += 1;
    }
    return out;
  };

const seen = cells((user) => [user % ITEMS]);
const OPTIONS = { usersMax: 1000, k: 5, seed: 1 };

test('a member that is wrong gets no weight, one that knows another part gets some', () => {
  const [first, second] = [(user: number) => [(user + 1) % ITEMS], (user: number) => [(user + 2) % ITEMS]];
  const held = cells((user) => [...first(user), ...second(user)]);
  const members = [scorer(first, 0.2, 1), scorer((user) => [(user + 9) % ITEMS], 0.2, 2), scorer(second, 0.2, 3)];
  const weights = learnWeights(members, seen, held, OPTIONS);
  assert.equal(weights[0], 1);
  assert.equal(weights[1], 0);
  assert.ok(weights[2]! > 0);
  const given = learnWeights(members, seen, held, { ...OPTIONS, fixed: [undefined, 0.3, 2] });
  assert.deepEqual(given.slice(1), [0.3, 2]);
});

test('users without held-out items and an empty cut leave the weights at one', () => {
  assert.deepEqual(
    learnWeights(
      [scorer(() => [], 1, 1), scorer(() => [], 1, 2)],
      seen,
      cells(() => []),
      OPTIONS,
    ),
    [1, 1],
  );
});

test('the length of a row; zeros count as one', () => {
  assert.equal(lengthOf(Float64Array.of(9, 3, 4, 9), 1, 2), 5);
  assert.equal(lengthOf(Float64Array.of(0, 0), 0, 2), 1);
});

test('given weights: the sum of the members, each at length one; reasons of both', () => {
  const data = twoBlocks();
  const own = { rank: 4, k: 20 };
  const params = { bspm: 2, rp3beta: 0.5, ease: 0, ials: 0, rank: own.rank };
  const users = Int32Array.of(4);
  const sum = fitMethod('ensemble', data, { params, seed: 1 });
  const parts = [
    { weight: 2, fit: fitMethod('bspm', data, { params: { rank: own.rank }, seed: 1 }) },
    { weight: 0.5, fit: fitMethod('rp3beta', data, { params: {}, seed: 1 }) },
  ];
  const expected = new Float64Array(data.itemCount);
  for (const { weight, fit } of parts) {
    const scores = fit.score(users);
    for (let i = 0; i < expected.length; i++)
      expected[i]! += (weight * scores[i]!) / lengthOf(scores, 0, scores.length);
  }
  const found = sum.score(users);
  for (let i = 0; i < expected.length; i++) assert.ok(Math.abs(found[i]! - expected[i]!) < 1e-12, String(i));
  const item = expected.indexOf(Math.max(...expected));
  const given = parts.map(({ weight, fit }) => {
    const scores = fit.score(users);
    return (weight * scores[item]!) / lengthOf(scores, 0, scores.length);
  });
  const shares = parts.map(({ fit }) => new Map(fit.because!(4, item, 99).map((one) => [one.item, one.share])));
  for (const { item: had, share } of sum.because!(4, item, 99)) {
    const mixed = shares.reduce((total, of, p) => total + (of.get(had) ?? 0) * given[p]!, 0) / (given[0]! + given[1]!);
    assert.ok(Math.abs(share - mixed) < 1e-12, `${had}: ${share}, not ${mixed}`);
  }
});

test('every setting to try is one that its method takes', () => {
  const data = twoBlocks();
  for (const [name, settings] of Object.entries(FILTER_SPACES)) {
    assert.ok(settings.length > 0, name);
    const { ranges } = methodOf(name);
    for (const setting of settings)
      for (const [param, value] of Object.entries(setting)) {
        const [least, most] = ranges[param] ?? assert.fail(`${name} has no ${param}`);
        assert.ok(value >= least && value <= most, `${name}: ${param} ${value}`);
      }
    methodOf(name).fitted(data, { ...settings[0], ...('rank' in ranges && { rank: 4 }) }, { seed: 1, threads: 1 });
  }
});
