// Aim: the choice of a method is made on the cut alone, is the same again, keeps within its time by a given clock, and says
// what it tried, skipped and why; a mixture is taken only where it helps users that did not choose it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { known } from '#errors.ts';
import { random, split } from '#kernels/random.ts';
import { fromTriples } from '#kernels/sparse.ts';
import { countsOf, type Interactions, lastRowCut, validationCut } from '../data/interactions.ts';
import { sampled } from '../data/sample.ts';
import { METHODS } from '../methods/all.ts';
import { type AnyMethod, type FittedMethod, listed } from '../methods/method.ts';
import { mixed, standardised } from '../methods/mix.ts';
import { joined, SPACES } from '../methods/spaces.ts';
import { type ChooseOptions, chooseMethod } from './choose.ts';
import { learnMix } from './mix-weights.ts';

/** Users of four tastes: 12 of the 20 items of the own, 2 of others. */
function shop(users: number): Interactions {
  const pairs = Array.from({ length: users }, (_, user) => {
    const draw = random(split(3, user));
    const own = Array.from({ length: 12 }, () => 20 * (user % 4) + draw.integer(20));
    return [...own, draw.integer(80), draw.integer(80)].map((item) => [user, item] as const);
  }).flat();
  return {
    userCount: users,
    itemCount: 80,
    users: Int32Array.from(pairs, (pair) => pair[0]),
    items: Int32Array.from(pairs, (pair) => pair[1]),
  };
}

/** A clock that says only what fits have cost. */
function priced(prices: Readonly<Record<string, (rows: number) => number>>) {
  let now = 0;
  const looks: string[] = [];
  const methods = METHODS.filter(({ name }) => name in prices).map(
    (method): AnyMethod => ({
      ...method,
      fitted: (data, params, run) => {
        looks.push(`${method.name} ${data.users.length}`);
        now += 1000 * prices[method.name]!(data.users.length);
        return method.fitted(data, params, run);
      },
    }),
  );
  return { methods, looks, nowMs: () => now };
}

const base: Omit<ChooseOptions, 'methods' | 'nowMs'> = {
  k: 5,
  keepSeen: false,
  seed: 1,
  threads: 1,
  spaces: SPACES,
  split: 'given',
  seconds: Number.POSITIVE_INFINITY,
};

test('with time enough all settings are tried, the best is taken, and again the same', () => {
  const data = shop(200);
  const clock = priced({ popularity: () => 1, rp3beta: () => 1 });
  const choice = chooseMethod(data, { ...base, ...clock });
  assert.equal(choice.candidates.length, SPACES.popularity!.length + SPACES.rp3beta!.length);
  assert.deepEqual(choice.skipped, []);
  assert.equal(choice.cut, 'pairs');
  assert.equal(choice.chosen[0]!.method, 'rp3beta');
  const best = Math.max(...choice.candidates.map(({ ndcg }) => ndcg));
  assert.equal(choice.candidates[0]!.ndcg, best);
  assert.deepEqual(choice.chosen[0]!.params, choice.candidates[0]!.params);
  assert.deepEqual(chooseMethod(data, { ...base, ...priced({ popularity: () => 1, rp3beta: () => 1 }) }), choice);
});

test('what would not end in time is not begun, and the report says so', () => {
  // Each walk takes 10 s, and as much again at the end: after the first one no second fits into 30 s.
  const clock = priced({ popularity: () => 0.1, rp3beta: () => 10 });
  const choice = chooseMethod(shop(200), { ...base, ...clock, seconds: 30 });
  assert.deepEqual(
    clock.looks.map((look) => look.split(' ')[0]),
    ['popularity', 'rp3beta'],
  );
  assert.equal(choice.chosen[0]!.method, 'rp3beta');
  assert.equal(choice.skipped.length, SPACES.rp3beta!.length - 1);
  // All 2,800 rows are a quarter more than those of the cut: 10 * 1.25^1.3.
  assert.match(
    choice.skipped[0]!.why,
    /about 10\.0 s by the speed so far, and 13\.\d s to fit the chosen; 19\.9 s left/,
  );
  assert.match(choice.noMix!, /time/);
  // No time at all: the first method is looked at nevertheless.
  const none = priced({ popularity: () => 5, rp3beta: () => 10 });
  const least = chooseMethod(shop(200), { ...base, ...none, seconds: 1 });
  assert.equal(least.chosen[0]!.method, 'popularity');
  assert.deepEqual(
    none.looks.map((look) => look.split(' ')[0]),
    ['popularity'],
  );
});

test('a method that cannot learn these rows is told, not fatal', () => {
  const broken: AnyMethod = {
    ...METHODS.find(({ name }) => name === 'rp3beta')!,
    fitted: () => {
      throw known('RECOMMENDER_PARAMS', { name: 'k', value: '0', method: 'rp3beta', expected: 'more' });
    },
  };
  const methods = [METHODS.find(({ name }) => name === 'popularity')!, broken];
  const choice = chooseMethod(shop(60), { ...base, methods, nowMs: () => 0 });
  assert.equal(choice.chosen[0]!.method, 'popularity');
  assert.match(choice.skipped[0]!.why, /expected more/);
});

test('of many rows few users tell the speed, more of them the worth, and the better settings are tried on all', () => {
  const clock = priced({ popularity: (rows) => rows / 1e6, rp3beta: (rows) => rows / 1e5 });
  const choice = chooseMethod(shop(28_000), {
    ...base,
    ...clock,
    k: 3,
    spaces: { ...SPACES, rp3beta: SPACES.rp3beta!.slice(0, 5) },
  });
  const sizes = new Map<string, number>();
  for (const look of clock.looks) sizes.set(look, (sizes.get(look) ?? 0) + 1);
  const walks = [...sizes].filter(([look]) => look.startsWith('rp3beta')).map(([, count]) => count);
  // Some 314,000 rows of the cut: a third of them is above 100,000; a ninth and a twenty-seventh tell the speed.
  assert.deepEqual(walks, [1, 1, 5, 2]);
  assert.ok(choice.candidates[0]!.share === 1 && choice.candidates.at(-1)!.share === 1 / 3);
});

test('a method that is slow on few users is not tried on more', () => {
  // Its time grows with the cube of the rows, which nobody knows before the second look: 2.7 s, then 73 s.
  const clock = priced({ popularity: () => 0.1, rp3beta: (rows) => 0.1 * (rows / 830) ** 3 });
  const choice = chooseMethod(shop(2000), { ...base, ...clock, seconds: 60 });
  assert.deepEqual(clock.looks.filter((look) => look.startsWith('rp3beta')).length, 2);
  assert.equal(choice.chosen[0]!.method, 'popularity');
  // Nor is there time for anything else on all users.
  assert.equal(choice.skipped.length, SPACES.rp3beta!.length + 1);
});

test('a share of the users is a world of its own', () => {
  const data: Interactions = {
    ...shop(300),
    groups: Int32Array.from({ length: 300 }, (_, user) => user % 4),
    content: {
      categories: [{ name: 'taste', codes: Int32Array.from({ length: 80 }, (_, item) => Math.floor(item / 20)) }],
      attributes: fromTriples({
        rows: 80,
        columns: 4,
        rowOf: Int32Array.from({ length: 80 }, (_, item) => item),
        columnOf: Int32Array.from({ length: 80 }, (_, item) => Math.floor(item / 20)),
      }),
      vectors: [
        { name: 'taste', width: 1, values: Float32Array.from({ length: 80 }, (_, item) => Math.floor(item / 20)) },
      ],
    },
  };
  const cut = validationCut(data, { share: 0.2, seed: 1 });
  const { train, held } = sampled(cut, 0.1, 1);
  // Binomial(300, .1): four standard deviations.
  assert.ok(Math.abs(train.userCount - 30) < 21, String(train.userCount));
  assert.equal(held.rows, train.userCount);
  assert.equal(held.columns, train.itemCount);
  const counts = countsOf(train);
  for (let item = 0; item < train.itemCount; item++) assert.ok(counts.indices.includes(item));
  const { attributes, vectors, categories } = train.content!;
  let right = 0;
  for (let e = 0; e < train.users.length; e++) {
    const item = train.items[e]!;
    assert.equal(attributes!.indices[attributes!.offsets[item]!], vectors![0]!.values[item]);
    assert.equal(categories![0]!.codes[item], vectors![0]!.values[item]);
    if (vectors![0]!.values[item] === train.groups![train.users[e]!]) right++;
  }
  // 12 of 14 rows are of the own taste, and a quarter of the others.
  assert.ok(right / train.users.length > 0.8, 'codes of users and items went astray');
  assert.equal(sampled(cut, 1, 1), cut);
});

test('the last row of each user is the newest; a user with one row keeps it; without times one is drawn', () => {
  const data: Interactions = {
    userCount: 3,
    itemCount: 4,
    users: Int32Array.of(0, 0, 0, 1, 2, 2),
    items: Int32Array.of(0, 1, 2, 3, 1, 2),
    ageDays: Float64Array.of(5, 1, 3, 0, 2, 1),
  };
  const { train, held } = lastRowCut(data, 1);
  assert.deepEqual([...held.indices], [1, 2]);
  assert.deepEqual([...held.offsets], [0, 1, 1, 2]);
  assert.deepEqual([...train.items], [0, 2, 3, 1]);
  const users = Int32Array.from({ length: 800 }, (_, e) => Math.floor(e / 4));
  const items = Int32Array.from({ length: 800 }, (_, e) => e % 4);
  const drawn = lastRowCut({ userCount: 200, itemCount: 4, users, items }, 1).held;
  assert.equal(drawn.indices.length, 200);
  // Binomial(200, 1 / 4): four standard deviations.
  for (let item = 0; item < 4; item++)
    assert.ok(Math.abs(drawn.indices.filter((own) => own === item).length - 50) < 25, `item ${item}`);
});

/** A method whose scores are a table. */
const fixed = (name: string, scores: readonly (readonly number[])[]): FittedMethod =>
  listed({
    name,
    defaults: {},
    ranges: {},
    source: 'test',
    fit: () => scores.map((row) => [...row]),
    score: (model, users) => Float64Array.from(Array.from(users).flatMap((user) => model[user]!)),
    because: (_model, user, item) => [{ item: (user + item) % 2, share: 0.5 }],
  }).fitted(
    { userCount: scores.length, itemCount: scores[0]!.length, users: new Int32Array(0), items: new Int32Array(0) },
    {},
    {
      seed: 1,
      threads: 1,
    },
  );

test('a mixture adds standardised scores, whatever their scale; hidden items take no part in it', () => {
  const a = fixed('a', [[1, 2, 3, 6]]);
  const b = fixed('b', [[4e9, 3e9, 2e9, 1e9]]);
  const sum = mixed(
    [
      { fit: a, weight: 0.75 },
      { fit: b, weight: 0.25 },
    ],
    undefined,
  ).score(Int32Array.of(0));
  const za = [-2, -1, 0, 3].map((x) => x / Math.sqrt(14 / 4));
  const zb = [1.5, 0.5, -0.5, -1.5].map((x) => x / Math.sqrt(5 / 4));
  for (let i = 0; i < 4; i++) assert.ok(Math.abs(sum[i]! - 0.75 * za[i]! - 0.25 * zb[i]!) < 1e-12);
  const [one, two] = [1e12, 3].map((last) => standardised(Float64Array.of(1, 2, 3, last), 4, () => Int32Array.of(3)));
  assert.deepEqual(one!.subarray(0, 3), two!.subarray(0, 3));
  assert.deepEqual([...standardised(Float64Array.of(7, 7, 7), 3, () => new Int32Array(0))], [0, 0, 0]);
});

test('reasons of a mixture are those of its parts by what each gave', () => {
  const mix = mixed(
    [
      { fit: fixed('a', [[0, 0, 0, 3]]), weight: 0.5 },
      { fit: fixed('b', [[3, 0, 0, 0]]), weight: 0.5 },
    ],
    undefined,
  );
  // Only a spoke for item 3: all of its own half share counts.
  assert.deepEqual(mix.because!(0, 3, 5), [{ item: 1, share: 0.5 }]);
  assert.deepEqual(mix.because!(0, 1, 5), []);
});

test('weights: two halves of the truth are mixed, noise is left out', () => {
  const users = 400;
  const draws = Array.from({ length: users }, (_, user) => random(split(9, user)));
  const wanted = draws.map((draw) => draw.integer(30));
  // The first knows that the item is even or odd, the second which of the pairs of a row it is in; both with some noise.
  const rows = (knows: (item: number, of: number) => boolean, noise: number) =>
    wanted.map((of, user) =>
      Array.from({ length: 30 }, (_, item) => Number(knows(item, of)) + noise * draws[user]!.normal()),
    );
  const parts = [
    fixed(
      'first',
      rows((item, of) => item % 2 === of % 2, 0.3),
    ),
    fixed(
      'second',
      rows((item, of) => Math.floor(item / 6) === Math.floor(of / 6), 0.3),
    ),
    fixed(
      'noise',
      rows(() => false, 1),
    ),
  ];
  const seen = fromTriples({ rows: users, columns: 30, rowOf: new Int32Array(0), columnOf: new Int32Array(0) });
  const held = fromTriples({
    rows: users,
    columns: 30,
    rowOf: Int32Array.from({ length: users }, (_, user) => user),
    columnOf: Int32Array.from(wanted),
  });
  const options = { k: 5, keepSeen: true, seed: 1 };
  const good = learnMix(parts, seen, held, options);
  assert.ok(good.isBetter && good.difference.ndcg > 0.1, JSON.stringify(good));
  assert.ok(good.weights[0]! > 0.2 && good.weights[1]! > 0.2 && good.weights[2]! < 0.1, String(good.weights));
  const useless = learnMix([parts[1]!, parts[2]!], seen, held, options);
  assert.equal(useless.isBetter, false);
});

test('lists of families are joined, each setting once', () => {
  assert.deepEqual(joined([{ a: [{ x: 1, y: 2 }] }, { a: [{ y: 2, x: 1 }, { x: 2 }], b: [{}] }]), {
    a: [{ y: 2, x: 1 }, { x: 2 }],
    b: [{}],
  });
  for (const [name, settings] of Object.entries(SPACES)) {
    const method = METHODS.find((one) => one.name === name);
    assert.ok(method !== undefined, `there is no method ${name}`);
    for (const setting of settings)
      for (const [param, value] of Object.entries(setting)) {
        const [least, most]: readonly [number, number] = method.ranges[param] ?? [Number.NaN, Number.NaN];
        assert.ok(value >= least && value <= most, `${name}: ${param} ${value}`);
      }
  }
});
