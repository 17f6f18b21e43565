// Aim: fusion, gates, the item graph, the map from content to behaviour and the interest head do what can be worked out by hand or was put in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KnownError } from '#errors.ts';
import { random } from '#kernels/random.ts';
import { fromTriples, type Sparse } from '#kernels/sparse.ts';
import type { Vectors } from '../nearest.ts';
import { mappedFactors } from './content-map.ts';
import { attributeVectors, fuse, interestVectors } from './fuse.ts';
import { behaviourShare, learnGates } from './gates.ts';
import { newHead, takenChances, tuned } from './interest-head.ts';
import { itemGraph, mixedSimilarity } from './item-graph.ts';

const near = (actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-6) => {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs(actual[i]! - value) <= tolerance, `${i}: ${actual[i]} is not ${value}`);
};

const vectors = (width: number, ...values: number[]): Vectors => ({
  count: values.length / width,
  width,
  values: Float32Array.from(values),
});

const sparse = (rows: number, columns: number, cells: readonly (readonly [number, number, number])[]): Sparse =>
  fromTriples({
    rows,
    columns,
    rowOf: Int32Array.from(cells, (c) => c[0]),
    columnOf: Int32Array.from(cells, (c) => c[1]),
    values: Float64Array.from(cells, (c) => c[2]),
  });

test('inner products of fused vectors are gated sums of cosines; a missing source adds nothing', () => {
  const text = vectors(2, 3, 4, 0, 2, 0, 0);
  const image = vectors(1, 5, -1, 2);
  const sources = [
    { name: 'text', vectors: text },
    { name: 'image', vectors: image },
  ];
  const { width, values } = fuse(sources, [0.7, 0.3]);
  const inner = (a: number, b: number) => {
    let sum = 0;
    for (let j = 0; j < width; j++) sum += values[a * width + j]! * values[b * width + j]!;
    return sum;
  };
  near([inner(0, 0), inner(0, 1), inner(0, 2)], [1, 0.7 * 0.8 - 0.3, 0.3]);
  const differ = { name: 'VECTORS_DIFFER' };
  for (const work of [
    () => fuse([sources[0]!, { name: 'image', vectors: vectors(1, 1) }], [1, 1]),
    () => fuse(sources, [1]),
  ])
    assert.throws(work, (error) => error instanceof KnownError && error.code === differ.name);
});

test('attributes: cosines by hand, rare ones weigh more; many columns are turned into directions', () => {
  const matrix = sparse(3, 2, [
    [0, 0, 1],
    [1, 0, 1],
    [1, 1, 1],
  ]);
  const { values } = attributeVectors(matrix, 1);
  const [common, rare] = [Math.log(4 / 3) + 1, Math.log(4 / 2) + 1];
  near(values, [1, 0, common / Math.hypot(common, rare), rare / Math.hypot(common, rare), 0, 0]);
  const wide = sparse(
    40,
    1500,
    Array.from({ length: 400 }, (_, e) => [e % 40, (e * 37) % 1500, 1] as const),
  );
  const dense = attributeVectors(wide, 1);
  assert.equal(dense.width, 40);
  assert.ok(dense.values.every((x) => Number.isFinite(x)));
});

test('interest is the weighted sum of what was had', () => {
  const rows = sparse(2, 2, [
    [0, 0, 2],
    [0, 1, 1],
  ]);
  near(interestVectors(rows, vectors(2, 1, 0, 0, 3)).values, [2, 3, 0, 0]);
});

test('gates: the source that tells counts, the one that does not gets less, a dead one nothing', () => {
  const draw = random(1);
  const gaps = new Float64Array(3 * 2000);
  for (let p = 0; p < 2000; p++) {
    gaps[3 * p] = 0.1 * (draw.normal() + 1.5); // tells, on a small scale
    gaps[3 * p + 1] = 10 * draw.normal(); // noise, on a large one
  }
  const gates = learnGates({ gaps, sources: 3 });
  near([gates[0]! + gates[1]! + gates[2]!], [1], 1e-12);
  assert.equal(gates[2], 0);
  // per unit of their spread: the noise weighs less than a tenth
  assert.ok(gates[1]! * 10 < 0.1 * gates[0]! * 0.18, String(gates));
  assert.deepEqual(learnGates({ gaps: new Float64Array(0), sources: 2 }), [0.5, 0.5]);
  assert.equal(behaviourShare(0, 5), 0);
  assert.equal(behaviourShare(5, 5), 0.5);
});

test('the item graph of four items by hand, and what it does to a similarity', () => {
  // items 0 and 1 point the same way, 2 is halfway to 3
  const root = Math.SQRT1_2;
  const source = { name: 'text', vectors: vectors(2, 1, 0, 1, 0, root, root, 0, 1) };
  const graph = itemGraph([source], [1], { k: 1 });
  // nearest: 0 > 1, 1 > 0, 2 > 0 (ties to the lower), 3 > 2; strengths 1 + 1 + r, 2, 2 r, r
  assert.deepEqual([...graph.indices], [1, 0, 0, 2]);
  const strength = [2 + root, 2, 2 * root, root];
  near(graph.values, [
    1 / Math.sqrt(strength[0]! * strength[1]!),
    1 / Math.sqrt(strength[0]! * strength[1]!),
    root / Math.sqrt(strength[2]! * strength[0]!),
    root / Math.sqrt(strength[3]! * strength[2]!),
  ]);
  const known = itemGraph([source], [1], { k: 1, ends: Uint8Array.of(1, 1, 0, 1), weighting: 'cosine' });
  assert.deepEqual([...known.indices.subarray(known.offsets[2]!)], [0], 'item 3 has no one, 2 may not be an end');
  const behaviour = sparse(4, 4, [[1, 0, 0.8]]);
  const mixed = mixedSimilarity(behaviour, known, [3, 0, 0, 0], 1);
  // column 0 has 3 / 4 of behaviour and 1 / 4 of likeness; who had 0 finds 1 and 2
  near(mixed.values, [1, root, 0.75 * 0.8 + 0.25 * 1]);
  assert.deepEqual([...mixed.indices], [1, 2, 0]);
  assert.equal(itemGraph([], []).rows, 0);
});

test('factors of unknown items from content: the true map is found', () => {
  const draw = random(2);
  const [count, width, factors] = [60, 4, 3];
  const map = Float64Array.from({ length: width * factors }, () => draw.normal());
  const content = vectors(width, ...Array.from({ length: count * width }, () => draw.normal()));
  const truth = new Float32Array(count * factors);
  for (let i = 0; i < count; i++)
    for (let f = 0; f < factors; f++)
      for (let j = 0; j < width; j++) truth[i * factors + f]! += content.values[i * width + j]! * map[j * factors + f]!;
  const known = Uint8Array.from({ length: count }, (_, i) => (i < 40 ? 1 : 0));
  const given = truth.map((x, e) => (e < 40 * factors ? x : 1e6)); // what is not known is not read
  const made = mappedFactors(content, { count, width: factors, values: given }, { known, ridge: 1e-6 });
  near(made.values, [...truth], 1e-4);
});

/** Showings in which people take what is like them in the first half of the numbers; the rest is noise. */
function shownTo(count: number, seed: number) {
  const draw = random(seed);
  const [people, items, width] = [60, 80, 8];
  const made = (n: number, own: ReturnType<typeof random>): Vectors =>
    vectors(width, ...Array.from({ length: n * width }, () => own.normal()));
  const [interest, things] = [made(people, random(11)), made(items, random(12))];
  const showings = { people: new Int32Array(count), items: new Int32Array(count), taken: new Float64Array(count) };
  for (let s = 0; s < count; s++) {
    const [u, i] = [draw.integer(people), draw.integer(items)];
    let z = -1;
    for (let j = 0; j < width / 2; j++) z += interest.values[u * width + j]! * things.values[i * width + j]!;
    showings.people[s] = u;
    showings.items[s] = i;
    showings.taken[s] = draw.uniform() < 1 / (1 + Math.exp(-z)) ? 1 : 0;
  }
  return { interest, things, showings };
}

function logLoss(chances: Float64Array, taken: Float64Array): number {
  let sum = 0;
  for (const [s, y] of taken.entries()) sum -= Math.log(y === 1 ? chances[s]! : 1 - chances[s]!);
  return sum / taken.length;
}

test('the interest head learns from showings, goes on learning, and forgets little', () => {
  const { interest, things, showings } = shownTo(3000, 1);
  const test = shownTo(2000, 2).showings;
  const part = (from: number, to: number) => ({
    people: showings.people.subarray(from, to),
    items: showings.items.subarray(from, to),
    taken: showings.taken.subarray(from, to),
  });
  const start = newHead(8);
  const loss = (head: typeof start) => logLoss(takenChances(head, interest, things, test), test.taken);
  const some = tuned(start, interest, things, part(0, 500));
  const more = tuned(some, interest, things, part(500, 3000));
  const whole = tuned(start, interest, things, showings);
  assert.equal(more.showings, 3000);
  assert.ok(loss(some) < loss(start) && loss(more) < loss(some), `${loss(start)} ${loss(some)} ${loss(more)}`);
  // learned in two parts it foretells as well as from all at once, but for the approximation
  assert.ok(Math.abs(loss(more) - loss(whole)) < 0.01, `${loss(more)} ${loss(whole)}`);
  // what a product of two numbers weighs in all: its own weight and that of the cosine
  const whole8 = Float64Array.from(more.weights.subarray(0, 8), (w) => w * Math.sqrt(8) + more.weights[8]!);
  const strong = whole8.subarray(0, 4).reduce((a, b) => a + b, 0);
  const weak = whole8.subarray(4).reduce((a, b) => a + Math.abs(b), 0);
  assert.ok(strong > 3 * weak, `${strong} ${weak}`);
  assert.deepEqual(tuned(start, interest, things, part(0, 500)), some);
  const nothing = tuned(start, interest, things, part(0, 0));
  assert.deepEqual(nothing.weights, start.weights);
  const zeros = { count: 1, width: 8, values: new Float32Array(8) };
  const [chance] = takenChances(more, zeros, things, { people: Int32Array.of(0), items: Int32Array.of(0) });
  assert.ok(chance! > 0 && chance! < 1, 'a person without interests gets the share that is taken at all');
  assert.throws(
    () => takenChances(more, vectors(2, 1, 1), things, test),
    (error) => error instanceof KnownError && error.code === 'VECTORS_DIFFER',
  );
});
