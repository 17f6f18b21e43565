// Aim: neighbours and sparse linear models give what can be computed by hand; compiled kernels give the bits of their twins
// on any number of threads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '#kernels/random.ts';
import { fromTriples, type Sparse } from '#kernels/sparse.ts';
import { countsOf, type Interactions } from '../../data/interactions.ts';
import { fitMethod } from '../all.ts';
import { similarRows, weighed, weighingOf } from './similar.ts';
import { slimTargets } from './slim.ts';

const near = (actual: number, expected: number, what: string, tolerance = 1e-12) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual} is not ${expected}`);

const matrix = (rows: readonly (readonly number[])[]): Sparse => {
  const cells = rows.flatMap((row, r) => row.map((value, c) => [r, c, value] as const)).filter(([, , v]) => v !== 0);
  return fromTriples({
    rows: rows.length,
    columns: rows[0]!.length,
    rowOf: Int32Array.from(cells, ([r]) => r),
    columnOf: Int32Array.from(cells, ([, c]) => c),
    values: Float64Array.from(cells, ([, , v]) => v),
  });
};

const drawn = (rows: number, columns: number, share: number): Sparse => {
  const draw = random(2);
  return matrix(
    Array.from({ length: rows }, () =>
      Array.from({ length: columns }, () => (draw.uniform() < share ? 1 + draw.integer(3) : 0)),
    ),
  );
};

test('similarities by hand: cosine, asymmetric cosine, shrinkage', () => {
  const rows = matrix([
    [1, 1, 0, 0],
    [1, 1, 1, 1],
    [0, 0, 0, 1],
  ]);
  const [cosine, one, shrunk] = (
    [
      [0.5, 0],
      [1, 0],
      [0.5, 2],
    ] as const
  ).map(([asymmetry, shrink]) => similarRows(rows, { k: 5, asymmetry, shrink }, 1));
  assert.deepEqual([...cosine!.offsets], [0, 1, 3, 4]);
  assert.deepEqual([...cosine!.indices], [1, 0, 2, 1]);
  near(cosine!.values[0]!, 2 / Math.sqrt(8), '0 and 1');
  near(cosine!.values[2]!, 1 / 2, '1 and 2');
  near(one!.values[0]!, 2 / 2, 'all of 0 is in 1');
  near(one!.values[1]!, 2 / 4, 'half of 1 is in 0');
  near(shrunk!.values[0]!, 2 / (Math.sqrt(8) + 2), 'shrunk');
});

test('BM25 by hand: rare columns weigh more, long rows less', () => {
  const rows = matrix([
    [2, 0, 1],
    [1, 0, 0],
  ]);
  const weighing = weighingOf(rows, { k1: 1.2, b: 0.75 });
  const { values } = weighed(rows, weighing);
  const rarity = (having: number) => Math.log(1 + (2 - having + 0.5) / (having + 0.5));
  near(values[0]!, (rarity(2) * 2 * 2.2) / (1.2 * (0.25 + 0.75 * (3 / 2)) + 2), 'row 0, column 0');
  near(values[1]!, (rarity(1) * 2.2) / (1.2 * (0.25 + 0.75 * (3 / 2)) + 1), 'row 0, column 2');
  near(values[2]!, (rarity(2) * 2.2) / (1.2 * (0.25 + 0.75 * (1 / 2)) + 1), 'row 1, column 0');
});

test('similar rows are those of the dense product, on any number of threads', () => {
  const rows = drawn(150, 40, 0.15);
  const params = { k: 6, asymmetry: 0.3, shrink: 1.5 };
  const one = similarRows(rows, params, 1);
  for (const threads of [2, 4]) assert.deepEqual(similarRows(rows, params, threads), one);
  const dense = Array.from({ length: rows.rows }, (_, r) => {
    const row = new Float64Array(rows.columns);
    for (let e = rows.offsets[r]!; e < rows.offsets[r + 1]!; e++) row[rows.indices[e]!] = rows.values[e]!;
    return row;
  });
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  for (const [r, row] of dense.entries()) {
    const scores = dense.map((other, s) =>
      r === s ? 0 : dot(row, other) / (dot(row, row) ** 0.3 * dot(other, other) ** 0.7 + 1.5 || 1),
    );
    const best = Array.from(scores.keys())
      .filter((s) => scores[s]! > 0)
      .sort((a, b) => scores[b]! - scores[a]! || a - b);
    const [from, to] = [one.offsets[r]!, one.offsets[r + 1]!];
    assert.equal(to - from, Math.min(6, best.length));
    for (let e = from; e < to; e++) near(one.values[e]!, scores[best[e - from]!]!, `row ${r}`);
  }
});

test('SLIM meets the conditions of its least: no weight can be moved with gain', () => {
  const items = drawn(30, 200, 0.2);
  const params = { k: 29, l1: 2, l2: 3 };
  const weights = slimTargets(items, params, 1);
  for (const threads of [2, 4]) assert.deepEqual(slimTargets(items, params, threads), weights);
  let [held, bare] = [0, 0];
  for (let j = 0; j < 30; j++) {
    const row = (of: number) => {
      const out = new Float64Array(200);
      for (let e = items.offsets[of]!; e < items.offsets[of + 1]!; e++) out[items.indices[e]!] = items.values[e]!;
      return out;
    };
    const w = new Float64Array(30);
    for (let e = weights.offsets[j]!; e < weights.offsets[j + 1]!; e++) w[weights.indices[e]!] = weights.values[e]!;
    assert.equal(w[j], 0);
    const left = row(j);
    for (let a = 0; a < 30; a++) for (const [u, value] of row(a).entries()) left[u]! -= w[a]! * value;
    for (let a = 0; a < 30; a++) {
      if (a === j) continue;
      const slope = left.reduce((sum, value, u) => sum + value * row(a)[u]!, 0) - params.l2 * w[a]! - params.l1;
      // The last sweep moves the fit by less than 1e-4 |x_j|, about 1e-3; a slope is that times |x_a|, about 13.
      if (w[a]! > 0) near(slope, 0, `${j} by ${a}`, 0.02);
      else assert.ok(slope <= 0.02, `${j} by ${a}: ${slope}`);
      if (w[a]! > 0) held++;
      else bare++;
    }
  }
  assert.ok(held > 50 && bare > 50, `${held} ${bare}`);
});

/** Even users like even items, odd ones odd; each misses one item of its colour. */
const SIZE = 20;
const checkerboard: Interactions = (() => {
  const pairs: [number, number][] = [];
  for (let user = 0; user < SIZE; user++)
    for (let item = user % 2; item < SIZE; item += 2) if (item !== (user + 2) % SIZE) pairs.push([user, item]);
  const [users, items] = [0, 1].map((side) => Int32Array.from(pairs, (pair) => pair[side]!));
  return { userCount: SIZE + 1, itemCount: SIZE + 1, users: users!, items: items! };
})();

test('each method puts the missing item of the own colour first, says why, and answers the unknown as the known', () => {
  const seen = countsOf(checkerboard);
  for (const [name, params] of [
    ['item-knn', {}],
    ['item-knn', { k1: 1.2, asymmetry: 0.3, power: 2 }],
    ['user-knn', {}],
    ['user-knn', { k1: 1.2, asymmetry: 0.8, power: 2 }],
    ['slim', { l2: 1 }],
  ] as const) {
    const fit = fitMethod(name, checkerboard, { params, seed: 1 });
    const users = Int32Array.from({ length: SIZE + 1 }, (_, user) => user);
    const [scores, rows] = [fit.score(users), fit.scoreRows!(seen)];
    for (let user = 0; user < SIZE; user++) {
      const hole = (user + 2) % SIZE;
      const own = (of: Float64Array) => {
        const some = of.slice(user * (SIZE + 1), (user + 1) * (SIZE + 1));
        for (let e = seen.offsets[user]!; e < seen.offsets[user + 1]!; e++) some[seen.indices[e]!] = -1;
        return some.indexOf(Math.max(...some));
      };
      assert.deepEqual([own(scores), own(rows)], [hole, hole], `${name}, user ${user}`);
      const reasons = fit.because!(user, hole, 50);
      near(
        reasons.reduce((sum, { share }) => sum + share, 0),
        1,
        `${name}, shares`,
        1e-9,
      );
      assert.ok(reasons.every(({ item }) => item % 2 === user % 2 && item !== hole));
    }
    assert.deepEqual(fit.because!(SIZE, 0, 3), [], `${name}: nobody of nothing`);
    if (name !== 'user-knn') assert.deepEqual(rows, scores);
  }
});

test('one user with one item, and items that nobody has', () => {
  const data: Interactions = { userCount: 1, itemCount: 2, users: Int32Array.of(0, 0), items: Int32Array.of(1, 1) };
  for (const name of ['item-knn', 'user-knn', 'slim']) {
    const scores = fitMethod(name, data, { params: {}, seed: 1 }).score(Int32Array.of(0));
    assert.ok(scores.every(Number.isFinite) && scores[1]! > scores[0]!, name);
  }
});
