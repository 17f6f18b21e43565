// Aim: re-ranking gives the answers that can be computed by hand, and no list ever breaks a rule.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Aim, Candidates } from './aim.ts';
import { relevanceOf } from './aim.ts';
import { calibrationAim, mixDivergence } from './calibrate.ts';
import { dppAim } from './dpp.ts';
import { mmrAim } from './mmr.ts';
import { type Limits, rerank } from './rerank.ts';
import { byCategory, diversityOf, pathsOf, SAME_CATEGORY, type Similarity } from './similarity.ts';
import { freshness, marginFactor } from './worth.ts';

const near = (actual: number, expected: number, tolerance = 1e-12) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

const candidates = (worth: readonly number[], item = worth.map((_, i) => i)): Candidates => ({
  count: worth.length,
  item: Int32Array.from(item),
  worth: Float64Array.from(worth),
});

const plain = ({ worth }: Candidates): Aim => ({ gain: (at) => worth[at]!, add: () => {} });

test('likeness by category path', () => {
  const like = byCategory(pathsOf(['Food > Tea > Green', 'Food > Tea > Green', 'Food > Tea > Black', 'Food', '', '']));
  near(like(0, 1), SAME_CATEGORY);
  near(like(0, 2), (SAME_CATEGORY * 2) / 3);
  near(like(0, 3), SAME_CATEGORY / Math.sqrt(3));
  assert.equal(like(4, 5), 0);
  assert.equal(like(4, 4), 1);
  // 'Tea' below another branch is not the same branch.
  assert.equal(byCategory(pathsOf(['A > Tea', 'B > Tea']))(0, 1), 0);
  near(diversityOf([0, 1, 4], like), 1 - SAME_CATEGORY / 3);
  assert.equal(diversityOf([0], like), 0);
});

test('relevance falls by a third a power of ten', () => {
  const relevance = relevanceOf(Float64Array.of(0.5, 0.05, 0.0005, 5e-10, 0), 5);
  for (const [i, expected] of [1, 2 / 3, 0, -2, -3].entries()) near(relevance[i]!, expected);
  assert.deepEqual([...relevanceOf(Float64Array.of(0, 0), 2)], [0, 0]);
});

test('mmr by hand: the second best gives way to what is unlike the best', () => {
  // Relevance 1, 1 + log10(.8)/3 = .9677, 2/3. Items 0 and 1 are alike by .9, item 2 is unlike both.
  const like: Similarity = (a, b) => (a === b ? 1 : a + b === 1 ? 0.9 : 0);
  const three = candidates([1, 0.8, 0.1]);
  // lambda .7: .7 x .9677 - .3 x .9 = .4074 against .7 x .6667 = .4667.
  assert.deepEqual([...rerank(three, mmrAim(three, like, 0.7), { k: 2 })], [0, 2]);
  // lambda .8: .5942 against .5333.
  assert.deepEqual([...rerank(three, mmrAim(three, like, 0.8), { k: 2 })], [0, 1]);
  assert.deepEqual([...rerank(three, mmrAim(three, like, 1), { k: 3 })], [0, 1, 2]);
});

/** log det by elimination: the obvious way. */
function logDet(matrix: number[][]): number {
  const m = matrix.map((row) => [...row]);
  let sum = 0;
  for (let p = 0; p < m.length; p++) {
    sum += Math.log(m[p]![p]!);
    for (let r = p + 1; r < m.length; r++) {
      const factor = m[r]![p]! / m[p]![p]!;
      for (let c = p; c < m.length; c++) m[r]![c]! -= factor * m[p]![c]!;
    }
  }
  return sum;
}

test('dpp takes what the determinants say, each place by full computation', () => {
  const paths = pathsOf(['A > x', 'A > x', 'A > y', 'B > z', 'B > z > w', 'C', 'A > y > v']);
  const like = byCategory(paths);
  const worth = [0.5, 0.45, 0.4, 0.2, 0.1, 0.05, 0.3];
  const relevance = relevanceOf(Float64Array.from(worth), worth.length);
  for (const theta of [0.2, 0.5, 0.8]) {
    const chosen: number[] = [];
    const worthOf = (set: readonly number[]) =>
      theta * set.reduce((sum, i) => sum + relevance[i]!, 0) +
      (1 - theta) * logDet(set.map((i) => set.map((j) => like(i, j))));
    for (let place = 0; place < 5; place++) {
      const rest = worth.map((_, i) => i).filter((i) => !chosen.includes(i));
      chosen.push(rest.reduce((a, b) => (worthOf([...chosen, b]) > worthOf([...chosen, a]) ? b : a)));
    }
    const all = candidates(worth);
    assert.deepEqual([...rerank(all, dppAim(all, like, { theta, k: 5 }), { k: 5 })], chosen, `theta ${theta}`);
  }
});

test('dpp goes on where an item adds nothing: two that are the same', () => {
  const two = candidates([1, 1], [0, 1]);
  const chosen = rerank(
    two,
    dppAim(two, () => 1, { theta: 0.5, k: 2 }),
    { k: 2 },
  );
  assert.deepEqual([...chosen], [0, 1]);
});

test('divergence by hand, and the gains add up to it', () => {
  const mix = Float64Array.of(0.75, 0.25);
  // q = (1, 0): .75 ln(.75 / (.99 + .0075)) + .25 ln(.25 / .0025)
  near(mixDivergence(mix, [4, 0]), 0.75 * Math.log(0.75 / 0.9975) + 0.25 * Math.log(100));
  near(mixDivergence(mix, [3, 1]), 0, 1e-12);
  const category = Int32Array.of(0, 1, -1, 0);
  const aim = calibrationAim(category, mix);
  let gained = 0;
  for (const at of [0, 2, 1, 3]) {
    gained += aim.gain(at);
    aim.add(at);
  }
  // The list is 2 of the first, 1 of the second and one of none: shares are of 4.
  const q = (count: number, p: number) => 0.99 * (count / 4) + 0.01 * p;
  const last = 0.75 * Math.log(0.75 / q(2, 0.75)) + 0.25 * Math.log(0.25 / q(1, 0.25));
  near(gained, mixDivergence(mix, [0, 0]) - last);
});

test('a customer of three parts tea gets three of four places in tea', () => {
  const category = Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1);
  const all = candidates(new Array(8).fill(1));
  const chosen = rerank(all, calibrationAim(category, Float64Array.of(0.75, 0.25)), { k: 4 });
  assert.equal([...chosen].filter((at) => category[at] === 0).length, 3);
  const unknown = rerank(all, calibrationAim(category, new Float64Array(2)), { k: 4 });
  assert.deepEqual([...unknown], [0, 1, 2, 3]);
});

test('freshness and margin', () => {
  const fresh = { boost: 0.5, halfLifeDays: 14 };
  assert.deepEqual(
    [0, 14, 28, Number.NaN].map((age) => freshness(age, fresh)),
    [1.5, 1.25, 1.125, 1],
  );
  assert.equal(marginFactor(300, 100, 1), 3);
  assert.equal(marginFactor(300, 100, 0.5), 2);
  assert.equal(marginFactor(-50, 100, 0.5), 0.5);
  assert.equal(marginFactor(Number.NaN, 100, 1), 1);
  assert.equal(marginFactor(300, 100, 0), 1);
});

test('places are kept, limits hold, and yield in their order', () => {
  const six = candidates([6, 5, 4, 3, 2, 1]);
  const source = Uint8Array.of(0, 0, 0, 1, 1, 2);
  const of = (limits: Omit<Limits, 'k'>, k = 4) => [...rerank(six, plain(six), { k, source, ...limits })];
  assert.deepEqual(of({}), [0, 1, 2, 3]);
  assert.deepEqual(of({ most: [1, 1, 9] }, 3), [0, 3, 5]);
  assert.deepEqual(of({ least: [0, 0, 1] }), [0, 1, 2, 5]);
  assert.deepEqual(of({ least: [0, 2, 1] }), [0, 3, 4, 5]);
  assert.deepEqual(of({ least: [0, 0, 3] }), [0, 1, 2, 5], 'no more than there are');
  assert.deepEqual(of({ group: Int32Array.of(7, 7, 7, -1, -1, -1), perGroupMax: 1 }), [0, 3, 4, 5]);
  assert.deepEqual(of({ group: new Int32Array(6), perGroupMax: 1, most: [1, 2, 2] }), [0, 3, 4, 5], 'groups yield');
  assert.deepEqual(of({ most: [1, 0, 0] }), [0, 1, 2, 3], 'sources yield last');
});

test('whatever comes: no product twice, none that is blocked, k while there are so many', () => {
  const world = fc.record({
    items: fc.array(
      fc.record({
        item: fc.nat(12),
        worth: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
        blocked: fc.boolean(),
        group: fc.integer({ min: -1, max: 2 }),
        source: fc.nat(2),
      }),
      { maxLength: 40 },
    ),
    k: fc.integer({ min: 1, max: 15 }),
    most: fc.array(fc.nat(6), { minLength: 3, maxLength: 3 }),
    least: fc.array(fc.nat(2), { minLength: 3, maxLength: 3 }),
    perGroupMax: fc.nat(3),
    aim: fc.constantFrom('mmr', 'dpp', 'calibrated'),
  });
  const like = byCategory(pathsOf(Array.from({ length: 13 }, (_, i) => ['A', 'A > b', 'A > b > c', '', 'D'][i % 5]!)));
  fc.assert(
    fc.property(world, ({ items, k, most, least, perGroupMax, aim }) => {
      const all = candidates(
        items.map(({ worth }) => worth),
        items.map(({ item }) => item),
      );
      const aims = {
        mmr: () => mmrAim(all, like, 0.7),
        dpp: () => dppAim(all, like, { theta: 0.7, k }),
        calibrated: () =>
          calibrationAim(
            all.item.map((item) => (item % 4) - 1),
            Float64Array.of(0.5, 0.3, 0.2),
          ),
      };
      const chosen = rerank(all, aims[aim](), {
        k,
        blocked: Uint8Array.from(items, ({ blocked }) => Number(blocked)),
        group: Int32Array.from(items, ({ group }) => group),
        source: Uint8Array.from(items, ({ source }) => source),
        ...{ most, least, perGroupMax },
      });
      const shown = [...chosen].map((at) => items[at]!);
      const allowed = new Set(items.filter(({ blocked }) => !blocked).map(({ item }) => item));
      assert.ok(shown.every(({ blocked }) => !blocked));
      assert.equal(new Set(shown.map(({ item }) => item)).size, shown.length);
      assert.equal(shown.length, Math.min(k, allowed.size));
    }),
    { seed: 7, numRuns: 400 },
  );
});
