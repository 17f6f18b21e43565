// Aim: each filter gives the weights that can be computed by hand or by a slow solve, and explains its own scores.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '#kernels/random.ts';
import { symmetricInverse } from '#kernels/small-inverse.ts';
import { countsOf, type Interactions } from '../../data/interactions.ts';
import { fitMethod, METHODS } from '../all.ts';
import { fitBlur, sharpenFactors } from './blur.ts';
import { filtered, graphOf } from './graph.ts';

const world = (userCount: number, itemCount: number, pairs: readonly (readonly [number, number])[]): Interactions => ({
  userCount,
  itemCount,
  users: Int32Array.from(pairs, (p) => p[0]),
  items: Int32Array.from(pairs, (p) => p[1]),
});

/** User 0 has items 0 and 1, user 1 has 1 and 2, user 2 has 1. */
const THREE = world(3, 3, [
  [0, 0],
  [0, 1],
  [1, 1],
  [1, 2],
  [2, 1],
]);

function random40(dense = 0.08): Interactions {
  const draw = random(11);
  const pairs: [number, number][] = [];
  for (let user = 0; user < 60; user++)
    for (let item = 0; item < 40; item++)
      if (draw.uniform() < (item % 4 === user % 4 ? 0.5 : dense)) pairs.push([user, item]);
  return world(60, 40, pairs);
}

const near = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what = '') => {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++)
    assert.ok(Math.abs(actual[i]! - expected[i]!) <= tolerance, `${what} ${i}: ${actual[i]} is not ${expected[i]}`);
};

const RUN = { seed: 1, threads: 1 };

test('the graph by hand on 3 x 3', () => {
  // userPower 1, in = out = 1/2: F = Di^-1/2 A' Du^-1 A Di^-1/2 with Di = 1, 3, 1 and Du = 2, 2, 1. Its largest eigenvalue
  // is 1 (of the roots of Di), so nothing is scaled. Row 1 of A' Du^-1 A is (1/2, 1/2 + 1/2 + 1, 1/2).
  const graph = graphOf(countsOf(THREE), { userPower: 1, inPower: 0.5, outPower: 0.5 });
  const root = Math.sqrt(3);
  near(filtered(graph, Float64Array.of(0, 1, 0)), [0.5 / root, 2 / 3, 0.5 / root], 1e-6);
  near(filtered(graph, Float64Array.of(1, 0, 0)), [0.5, 0.5 / root, 0], 1e-6);
  // In 1 and out 0: F is Di^-1 A' Du^-1 A, whose rows add up to 1; the other way round it's the transposed one.
  const walk = graphOf(countsOf(THREE), { userPower: 1, inPower: 1, outPower: 0 });
  near(filtered(walk, Float64Array.of(0, 1, 0)), [1 / 6, 2 / 3, 1 / 6], 1e-6);
  near(filtered(walk, Float64Array.of(1, 1, 1), true), [1, 1, 1], 1e-6);
});

test('gf-cf is the graph and the low-pass filter, computed densely', () => {
  const data = random40();
  const counts = countsOf(data);
  const params = { rank: 40, lowPass: 0.7 };
  const scores = fitMethod('gf-cf', data, { params, seed: 1 }).score(Int32Array.of(5));
  const graph = graphOf(counts, { userPower: 1, inPower: 0.5, outPower: 0.5 });
  const x = new Float64Array(40);
  for (let e = counts.offsets[5]!; e < counts.offsets[6]!; e++) x[counts.indices[e]!] = 1;
  // All 40 singular vectors together let everything through: L is the identity.
  const expected = filtered(graph, x).map((value, item) => value + 0.7 * x[item]!);
  near(scores, expected, 2e-5);
});

test('sharpening: Euler and Runge-Kutta of the linear equation', () => {
  assert.deepEqual(sharpenFactors({ time: 0, steps: 1, order: 4 }), []);
  assert.deepEqual(sharpenFactors({ time: 1, steps: 2, order: 1 }), [0.5]);
  // y <- b - h/4 F y, then h/3, h/2, h: 1 - h + h^2/2 - h^3/6 + h^4/24 for F = 1.
  const value = sharpenFactors({ time: 0.8, steps: 1, order: 4 }).reduce((y, factor) => 1 - factor * y, 1);
  assert.ok(Math.abs(value - (1 - 0.8 + 0.32 - 0.512 / 6 + 0.4096 / 24)) < 1e-12);

  const data = random40();
  const counts = countsOf(data);
  const sharp = {
    rank: 0,
    lowPass: 0,
    time: 0.8,
    steps: 2,
    order: 2,
    average: 0,
    userPower: 0.7,
    inPower: 0.4,
    outPower: 0.2,
  };
  const scores = fitMethod('bspm', data, { params: sharp, seed: 1 }).score(Int32Array.of(9));
  const graph = graphOf(counts, sharp);
  let b: Float64Array = new Float64Array(40);
  for (let e = counts.offsets[9]!; e < counts.offsets[10]!; e++) b[counts.indices[e]!] = 1;
  b = filtered(graph, b);
  for (let step = 0; step < 2; step++) {
    const once = filtered(graph, b);
    const twice = filtered(graph, once);
    b = b.map((value, i) => value - 0.4 * once[i]! + 0.08 * twice[i]!);
  }
  near(scores, b, 1e-6);
});

test('turbo-cf by hand on 3 x 3, linear and of second order', () => {
  // userPower 1/2 makes R~ that of the graph above; P_01 = 1/2 / sqrt 3, P_00 = 1/2, P_11 = 2/3, P_02 = 0, P_12 = P_01.
  const p = [
    [0.5, 0.5 / Math.sqrt(3), 0],
    [0.5 / Math.sqrt(3), 2 / 3, 0.5 / Math.sqrt(3)],
    [0, 0.5 / Math.sqrt(3), 0.5],
  ];
  const params = { userPower: 0.5, sharpness: 1, k: 3 };
  const x = [1, 1, 0];
  const times = (row: number[]) => p[0]!.map((_, j) => row.reduce((sum, value, i) => sum + value * p[i]![j]!, 0));
  const once = times(x);
  const linear = fitMethod('turbo-cf', THREE, { params, seed: 1 }).score(Int32Array.of(0));
  near(linear, once, 1e-8);
  const second = fitMethod('turbo-cf', THREE, { params: { ...params, terms: 2 }, seed: 1 }).score(Int32Array.of(0));
  near(
    second,
    times(once).map((value, j) => 2 * once[j]! - value),
    1e-6,
  );
  const sharp = fitMethod('turbo-cf', THREE, { params: { ...params, sharpness: 2 }, seed: 1 }).score(Int32Array.of(2));
  near(
    sharp,
    p[1]!.map((value) => value ** 2),
    1e-8,
  );
});

/** B of ease.ts by an independent inverse in f64. */
function easeWeights(data: Interactions, ridge: number, dropout: number): Float64Array {
  const counts = countsOf(data);
  const n = data.itemCount;
  const gram = new Float64Array(n * n);
  for (let user = 0; user < counts.rows; user++) {
    const items = counts.indices.subarray(counts.offsets[user]!, counts.offsets[user + 1]!);
    for (const i of items) for (const j of items) gram[i * n + j]! += 1;
  }
  for (let i = 0; i < n; i++) gram[i * n + i]! += ridge + (dropout / (1 - dropout)) * gram[i * n + i]!;
  const inverse = symmetricInverse(gram, n)!;
  return inverse.map((value, e) => (e % n === Math.floor(e / n) ? 0 : -value / inverse[(e % n) * n + (e % n)]!));
}

test('ease is the closed form; sparse-ease with all neighbours is the same', () => {
  // So dense that each two items have a common user.
  const data = random40(0.35);
  const counts = countsOf(data);
  for (const [ridge, dropout] of [
    [7, 0],
    [3, 0.4],
  ] as const) {
    const expected = easeWeights(data, ridge, dropout);
    const x = counts.indices.subarray(counts.offsets[20]!, counts.offsets[21]!);
    const scores = Float64Array.from({ length: 40 }, (_, j) => x.reduce((sum, i) => sum + expected[i * 40 + j]!, 0));
    const params = { ridge, dropout };
    // weights of about .1 in f32
    near(fitMethod('ease', data, { params, seed: 1 }).score(Int32Array.of(20)), scores, 1e-6, 'ease');
    const all = { ...params, k: 39 };
    near(fitMethod('sparse-ease', data, { params: all, seed: 1 }).score(Int32Array.of(20)), scores, 1e-8, 'sparse');
  }
});

test('sparse-ease with few neighbours is the regression on them', () => {
  // Item 1's only neighbours are 0 and 2, each with one common user: (1 + 2) w = 1.
  const fit = fitMethod('sparse-ease', THREE, { params: { ridge: 2, k: 2 }, seed: 1 });
  near(fit.score(Int32Array.of(0)), [1 / 5, 1 / 3, 1 / 5], 1e-8);
});

test('reasons are the parts of the score', () => {
  const data = random40();
  const counts = countsOf(data);
  const params: Record<string, Record<string, number>> = {
    'turbo-cf': { terms: 2 },
    'gf-cf': { rank: 6 },
    bspm: { rank: 6, time: 0.6, order: 2, steps: 2, average: 1 },
    ease: { ridge: 5 },
    'sparse-ease': { ridge: 5, k: 20 },
  };
  for (const [name, own] of Object.entries(params)) {
    const fit = fitMethod(name, data, { params: own, seed: 1 });
    const [from, to] = [counts.offsets[3]!, counts.offsets[4]!];
    const had = [...counts.indices.subarray(from, to)];
    // What one item gives: the score of a person who has nothing else. All methods here are linear.
    const alone = had.map((item) => fit.scoreRows!(countsOf(world(1, 40, [[0, item]]))).map((score) => score));
    const nothing = fit.scoreRows!(countsOf(world(1, 40, [])));
    for (const item of [0, 7, 39]) {
      const parts = alone.map((scores) => scores[item]! - nothing[item]!);
      const total = parts.reduce((sum, part) => sum + Math.max(part, 0), 0);
      const reasons = fit.because!(3, item, 40);
      assert.equal(reasons.length, parts.filter((part) => part > 1e-6 * total).length, name);
      for (const { item: own, share } of reasons)
        assert.ok(Math.abs(share - parts[had.indexOf(own)]! / total) < 1e-4, `${name}: ${own} of ${item}`);
    }
  }
});

test('a catalogue that is too wide for ease is refused before anything is made', () => {
  const wide = world(1, 30_000, [[0, 0]]);
  assert.throws(() => fitMethod('ease', wide, { params: {}, seed: 1 }), { code: 'RECOMMENDER_TOO_WIDE' });
});

test('the same bits on 1, 2 and 4 threads', () => {
  const data = random40();
  const own = { bspm: { rank: 6 }, 'turbo-cf': { terms: 2 }, ease: { ridge: 5 }, 'sparse-ease': { k: 9 } };
  for (const [name, params] of Object.entries(own)) {
    const users = Int32Array.from({ length: 60 }, (_, user) => user);
    const [one, ...others] = [1, 2, 4].map((threads) =>
      fitMethod(name, data, { params, seed: 1, threads }).score(users),
    );
    for (const other of others) assert.deepEqual(other, one, name);
  }
});

test('a half life lets the old fade', () => {
  const data = { ...THREE, ageDays: Float64Array.of(70, 0, 0, 0, 0) };
  const { starts } = fitBlur(
    data,
    {
      ...{
        userPower: 1,
        inPower: 0.5,
        outPower: 0.5,
        rank: 0,
        lowPower: 0.5,
        lowPass: 0,
        time: 0,
        steps: 1,
        order: 1,
        average: 0,
      },
      halfLifeDays: 70,
    },
    RUN,
  );
  near(starts.values, [Math.log2(1.5), 1, 1, 1, 1], 1e-6);
  assert.ok(METHODS.some((method) => method.name === 'bspm'));
});
