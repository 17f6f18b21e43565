// Aim: alternating least squares reaches a minimum of its stated loss, answers unknown people as known ones, explains its
// scores exactly, and gives the same bits on any number of threads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '#kernels/random.ts';
import { countsOf, type Interactions } from '../../data/interactions.ts';
import { fitMethod } from '../all.ts';
import { foldIn, partsOf } from './fold-in.ts';
import { IALS, type IalsModel, type IalsParams } from './ials.ts';
import { bestByProduct } from './scores.ts';

const run = { seed: 4, threads: 1 };

/** Users with a taste for one of four kinds of items; some pairs come twice, user 0 and item 0 have nothing. */
function shop(userCount: number, itemCount: number, each = 6): Interactions {
  const draw = random(11);
  const [users, items]: [number[], number[]] = [[], []];
  for (let user = 1; user < userCount; user++)
    for (let n = 0; n < 1 + (user % each); n++) {
      const item = 1 + ((4 * draw.integer(itemCount) + (user % 4)) % (itemCount - 1));
      for (let again = 0; again <= user % 2; again++) {
        users.push(user);
        items.push(item);
      }
    }
  return { userCount, itemCount, users: Int32Array.from(users), items: Int32Array.from(items) };
}

/** The stated loss and its slopes by the users' and the items' factors, in f64. */
function slopes(data: Interactions, { width, users, items, params }: IalsModel) {
  const counts = countsOf(data);
  const weight = new Float64Array(data.userCount * data.itemCount);
  for (let u = 0; u < data.userCount; u++)
    for (let e = counts.offsets[u]!; e < counts.offsets[u + 1]!; e++)
      weight[u * data.itemCount + counts.indices[e]!] = counts.values[e]! ** params.countPower;
  const byUser = new Float64Array(users.length);
  const byItem = new Float64Array(items.length);
  const ofUser = new Float64Array(data.userCount).fill(params.unobserved * data.itemCount);
  const ofItem = new Float64Array(data.itemCount).fill(params.unobserved * data.userCount);
  let loss = 0;
  for (let u = 0; u < data.userCount; u++)
    for (let i = 0; i < data.itemCount; i++) {
      let y = 0;
      for (let k = 0; k < width; k++) y += users[u * width + k]! * items[i * width + k]!;
      const c = weight[u * data.itemCount + i]!;
      ofUser[u]! += c;
      ofItem[i]! += c;
      loss += c * (y - 1) ** 2 + params.unobserved * y * y;
      const f = 2 * (c * (y - 1) + params.unobserved * y);
      for (let k = 0; k < width; k++) {
        byUser[u * width + k]! += f * items[i * width + k]!;
        byItem[i * width + k]! += f * users[u * width + k]!;
      }
    }
  for (const [factors, slope, sums] of [
    [users, byUser, ofUser],
    [items, byItem, ofItem],
  ] as const)
    for (let at = 0; at < factors.length; at++) {
      const ridge = params.ridge * sums[Math.floor(at / width)]! ** params.nu;
      loss += ridge * factors[at]! ** 2;
      slope[at]! += 2 * ridge * factors[at]!;
    }
  return { loss, byUser, byItem };
}

const most = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);

const params = (other: Partial<IalsParams>): IalsParams =>
  ({ ...IALS.defaults, factors: 8, ridge: 0.05, ...other }) as IalsParams;

test('the loss falls to where its slope is zero', () => {
  const data = shop(30, 20);
  for (const setting of [{}, { nu: 0, ridge: 1 }, { nu: 0.5, countPower: 0.5, unobserved: 0.3 }]) {
    const at = (epochs: number) => slopes(data, IALS.fit(data, params({ ...setting, epochs }), run));
    const [first, later, last] = [at(1), at(3), at(300)];
    assert.ok(last.loss < later.loss && later.loss < first.loss, `${first.loss} ${later.loss} ${last.loss}`);
    // Factors are single precision (6e-8) and below about 2; a slope is a sum of tens of such products.
    assert.ok(most(last.byUser) < 1e-5, `slope by users ${most(last.byUser)}`);
    assert.ok(most(last.byItem) < 1e-4, `slope by items ${most(last.byItem)}`);
    assert.ok(most(first.byItem) > 0.01, 'the first time it is not zero, so the test can fail');
  }
});

test('one user and one item: the value that can be computed by hand', () => {
  // (w h - 1)^2 + a0 (w h)^2 + lambda (1 + a0)(w^2 + h^2) has its least at w = h with (1 + a0) w^2 = 1 - lambda (1 + a0).
  const data: Interactions = { userCount: 1, itemCount: 1, users: Int32Array.of(0, 0), items: Int32Array.of(0, 0) };
  for (const factors of [8, 64]) {
    const fit = fitMethod('ials', data, { params: { factors, epochs: 200, ridge: 0.2, unobserved: 0.5 }, seed: 1 });
    const [score] = fit.score(Int32Array.of(0));
    assert.ok(Math.abs(score! - (1 - 0.2 * 1.5) / 1.5) < 1e-6, String(score));
    assert.deepEqual(fit.because!(0, 0, 3), [{ item: 0, share: 1 }]);
  }
});

test('the same bits on 1, 2 and 4 threads, and in any order of the rows', () => {
  const data = shop(5000, 300);
  const [one, two, four] = [1, 2, 4].map((threads) =>
    IALS.fit(data, params({ epochs: 2, countPower: 0.5 }), { seed: 4, threads }),
  );
  assert.deepEqual(two, one);
  assert.deepEqual(four, one);
  const turned = { ...data, users: data.users.toReversed(), items: data.items.toReversed() };
  assert.deepEqual(IALS.fit(turned, params({ epochs: 2, countPower: 0.5 }), run), one);
});

test('people that training did not know get the scores of known ones with the same rows', () => {
  const data = shop(60, 40, 30);
  for (const countPower of [0, 0.5]) {
    const fit = fitMethod('ials', data, { params: { factors: 8, countPower }, seed: 2 });
    const users = Int32Array.from({ length: 60 }, (_, user) => user);
    const [known, unknown] = [fit.score(users), fit.scoreRows!(countsOf(data))];
    for (const [at, score] of known.entries())
      assert.ok(Math.abs(score - unknown[at]!) < 2e-5, `${at}: ${score} ${unknown[at]}`);
  }
});

test('the parts of a score add up to it, by either system; its reasons are shares of the parts that speak for it', () => {
  const data = shop(60, 40, 30);
  const model = IALS.fit(data, params({}), run);
  const diagonal = Float64Array.from(model.diagonal, (value) => value + 0.3);
  for (const n of [0, 1, 5, 8, 9, 30]) {
    const items = Int32Array.from({ length: n }, (_, i) => i + 2);
    const person = { width: 8, factors: model.items, diagonal, items, weights: items.map((_, i) => 1 + (i % 3)) };
    const own = foldIn(person);
    const parts = partsOf(person, 7);
    let score = 0;
    for (let k = 0; k < 8; k++) score += own[k]! * model.items[7 * 8 + k]!;
    assert.ok(Math.abs(parts.reduce((a, b) => a + b, 0) - score) < 1e-12, `${n} items`);
    // What the system says must hold: D w + sum c (x.w - 1) x = 0.
    for (let k = 0; k < 8; k++) {
      let left = diagonal[k]! * own[k]!;
      for (const [i, item] of items.entries()) {
        const x = model.items.subarray(item * 8, item * 8 + 8);
        left += person.weights[i]! * (x.reduce((sum, value, l) => sum + value * own[l]!, 0) - 1) * x[k]!;
      }
      assert.ok(Math.abs(left) < 1e-12, `${n} items, factor ${k}: ${left}`);
    }
  }
  const reasons = IALS.because!(model, 29, 7, 3);
  const had = new Set(model.had.items.subarray(model.had.offsets[29]!, model.had.offsets[30]!));
  assert.ok(reasons.length === 3 && reasons.every(({ item, share }) => had.has(item) && share > 0 && share <= 1));
  assert.ok(reasons[0]!.share >= reasons[1]!.share);
  assert.deepEqual(IALS.because!(model, 0, 7, 3), [], 'nobody of nothing gives no reason');
});

test('the best items are those of all scores, on any number of threads and without what was seen', () => {
  const draw = random(3);
  const [rows, itemCount, width, k] = [600, 2100, 8, 7];
  const vectors = Float32Array.from({ length: rows * width }, () => draw.normal());
  const items = Float32Array.from({ length: itemCount * width }, () => draw.normal());
  items.copyWithin(8 * 1500, 8 * 3, 8 * 4);
  const offsets = Int32Array.from({ length: rows + 1 }, (_, row) => row * 3);
  const indices = Int32Array.from({ length: rows * 3 }, (_, e) => (e % 3) * 700 + (e % 650));
  const seen = { offsets, indices };
  const one = bestByProduct(vectors, items, width, { k, threads: 1, seen });
  for (const threads of [2, 4]) assert.deepEqual(bestByProduct(vectors, items, width, { k, threads, seen }), one);
  for (let row = 0; row < rows; row += 37) {
    const scores = Float64Array.from({ length: itemCount }, (_, item) => {
      let sum = 0;
      for (let l = 0; l < width; l++)
        sum = Math.fround(sum + Math.fround(vectors[row * width + l]! * items[item * width + l]!));
      return sum;
    });
    for (const item of indices.subarray(3 * row, 3 * row + 3)) scores[item] = Number.NEGATIVE_INFINITY;
    const sorted = Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
    assert.deepEqual([...one.items.subarray(row * k, row * k + k)], sorted.slice(0, k));
  }
  const few = bestByProduct(vectors.slice(0, width), items.slice(0, 3 * width), width, { k: 5, threads: 1 });
  assert.deepEqual([...few.items.subarray(3)], [-1, -1]);
});

test('factors that do not fit the memory are refused with what would', () => {
  const data: Interactions = { userCount: 1e6, itemCount: 1e5, users: Int32Array.of(0), items: Int32Array.of(0) };
  for (const method of ['ials', 'mf'])
    assert.throws(() => fitMethod(method, data, { params: { factors: 1024 }, seed: 1 }), {
      code: 'RECOMMENDER_PARAMS',
      message: /at most 848 for 1000000 users and 100000 items/,
    });
});
