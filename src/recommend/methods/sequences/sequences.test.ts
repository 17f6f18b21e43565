// Aim: transitions, neighbours, the cut and the powers of a mixture are what their formulas say, worked out by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '#kernels/random.ts';
import { fromTriples } from '#kernels/sparse.ts';
import type { Interactions } from '../../data/interactions.ts';
import { SEQUENCE_METHOD_NAMES, sequenceMethodOf, sessionScores } from './all.ts';
import { historiesAt, historiesOf } from './histories.ts';
import { lastCut } from './leave-one-out.ts';
import { type Choice, choiceOf, gainOf, learnWeights } from './mix-weights.ts';
import { STAN, VSKNN } from './session-knn.ts';
import { SLIST } from './slist.ts';
import { contentNeighbours, TRANSITIONS } from './transitions.ts';

/** Histories as rows, shuffled. */
function rowsOf(histories: readonly (readonly number[])[], itemCount: number): Interactions {
  const rows = histories.flatMap((items, user) => items.map((item, place) => ({ user, item, place })));
  rows.sort((a, b) => ((a.item * 7 + a.place) % 5) - ((b.item * 7 + b.place) % 5));
  return {
    userCount: histories.length,
    itemCount,
    users: Int32Array.from(rows, (row) => row.user),
    items: Int32Array.from(rows, (row) => row.item),
    places: Int32Array.from(rows, (row) => row.place * 10),
  };
}

const near = (actual: number, expected: number, what = '') =>
  assert.ok(Math.abs(actual - expected) < 1e-6, `${what} ${actual} is not ${expected}`);

test('histories are in order of place, else of age, then of item', () => {
  const data = rowsOf([[3, 1, 2], [], [0, 0]], 4);
  const histories = historiesOf(data);
  assert.deepEqual([...histories.offsets], [0, 3, 3, 5]);
  assert.deepEqual([...histories.items], [3, 1, 2, 0, 0]);
  assert.deepEqual([...historiesAt(histories, Int32Array.of(2, 0), 2).items], [0, 0, 1, 2]);
  const { places, ...bare } = data;
  const aged = { ...bare, ageDays: Float64Array.from(places!, (place) => 100 - place) };
  assert.deepEqual(historiesOf(aged), histories);
  assert.deepEqual([...historiesOf(bare).items], [1, 2, 3, 0, 0]);
});

test('the last step is cut off histories of two or more', () => {
  const { train, users, wanted } = lastCut(rowsOf([[3, 1, 2], [2], [0, 0]], 4));
  assert.deepEqual(
    [[...users], [...wanted]],
    [
      [0, 2],
      [2, 0],
    ],
  );
  assert.deepEqual([...historiesOf(train).offsets], [0, 2, 3, 4]);
  assert.deepEqual([...historiesOf(train).items], [3, 1, 2, 0]);
});

test('transitions by hand: distance, way back, popularity, and age of the step', () => {
  const data = rowsOf([[0, 1, 2], [0, 1], [3]], 4);
  const params = { ...TRANSITIONS.defaults, gapPower: 1, back: 0.5, alpha: 1, beta: 0.5, decay: 2, content: 0 };
  const model = TRANSITIONS.fit(data, params, { seed: 1, threads: 1 });
  const steps = [2, 2, 1, 1];
  const cell = (i: number, j: number, c: number) => c / ((steps[i]! + 1) * Math.sqrt(steps[j]! + 1));
  const scores = TRANSITIONS.scoreHistories(model, { offsets: Int32Array.of(0, 2), items: Int32Array.of(0, 1) });
  near(scores[2]!, cell(1, 2, 1) + 0.25 * cell(0, 2, 0.5), 'after 0 and 1 comes 2');
  near(scores[0]!, cell(1, 0, 0.5 * 2), 'back from 1 to 0');
  assert.ok(scores[3]! > 0 && scores[3]! < 1e-6, 'popularity alone');
  const reasons = TRANSITIONS.because!(model, 0, 2, 5);
  assert.deepEqual(
    reasons.map(({ item }) => item),
    [1, 0],
  );
  const own = [cell(1, 2, 1) * 0.25, cell(0, 2, 0.5) / 9];
  near(reasons[0]!.share, own[0]! / (own[0]! + own[1]!));
});

test('items of like attributes take part, and an attribute of most tells nothing', () => {
  const attributes = fromTriples({
    ...{ rows: 4, columns: 3 },
    rowOf: Int32Array.of(0, 1, 2, 3, 0, 3, 1),
    columnOf: Int32Array.of(0, 0, 0, 0, 1, 1, 2),
  });
  const like = contentNeighbours(attributes, Float64Array.of(1, 1, 1, 3))!;
  assert.deepEqual([...like.offsets], [0, 1, 1, 1, 2]);
  assert.deepEqual([...like.indices], [3, 0]);
  near(like.values[0]!, 2, 'cosine 1 times the root of 4');
  const data = { ...rowsOf([[0, 1], [2]], 4), content: { attributes } };
  const model = TRANSITIONS.fit(data, { ...TRANSITIONS.defaults, content: 1 }, { seed: 1, threads: 1 });
  const scores = TRANSITIONS.scoreHistories(model, { offsets: Int32Array.of(0, 1), items: Int32Array.of(0) });
  near(scores[3]!, 0.01, 'nobody has had item 3');
});

test('neighbours by hand', () => {
  const data = rowsOf(
    [
      [0, 1, 2],
      [1, 0, 3],
      [4, 5],
    ],
    6,
  );
  const present = { offsets: Int32Array.of(0, 2), items: Int32Array.of(0, 1) };
  const run = { seed: 1, threads: 1 };
  const plain = { k: 10, recent: 10, length: 10, halfPlaces: 1, reach: 0, lengthPower: 0, rarity: 0, own: 0.5 };
  const simple = VSKNN.scoreHistories(VSKNN.fit(data, plain, run), present);
  // both histories have both items: weights 1 and 1/2, and the match is the present's last step
  for (const item of [2, 3]) near(simple[item]!, 1.5);
  near(simple[0]!, 0.5 * 2 * 1.5, 'both have it, and it has been had');
  assert.ok(simple[4]! < 1e-6);
  const far = STAN.scoreHistories(STAN.fit(data, { ...plain, reach: 1 }, run), present);
  near(far[2]!, 0.5 * 1.5, 'one step from item 1');
  near(far[3]!, 0.25 * 1.5, 'two steps from item 1');
  const model = STAN.fit(data, { ...plain, reach: 1 }, run);
  assert.ok(STAN.score(model, Int32Array.of(0))[2]! < 1e-6, 'nobody is his own neighbour');
  assert.deepEqual(STAN.because!(model, 0, 3, 2), [{ item: 1, share: 1 }]);
});

test('powers of a mixture make better lists than any ranker alone; noise gets little', () => {
  const draw = random(4);
  const choices: Choice[] = Array.from({ length: 800 }, () => {
    // two rankers see the same chances, each through its own noise; the third sees nothing
    const truth = Float64Array.from({ length: 40 }, () => 1.5 * draw.normal());
    let at = draw.uniform() * truth.reduce((sum, log) => sum + Math.exp(log), 0);
    let right = 0;
    for (; right < 39 && at > Math.exp(truth[right]!); right++) at -= Math.exp(truth[right]!);
    const order = [right, ...Array.from(truth.keys()).filter((c) => c !== right)];
    return {
      logs: Float64Array.from(order.flatMap((c) => [0, 0, 1].map((none) => (1 - none) * truth[c]! + draw.normal()))),
    };
  });
  const weights = learnWeights(choices, [1, 0, 1]);
  assert.equal(weights[0], 1);
  assert.ok(weights[1]! >= 0.5 && weights[2]! <= 0.2, `${weights}`);
  const alone = Math.max(gainOf(choices, Float64Array.of(1, 0, 0)), gainOf(choices, Float64Array.of(0, 1, 0)));
  assert.ok(gainOf(choices, weights) > 1.05 * alone);
});

test('gain is NDCG with one right item, ties against it', () => {
  const logs = Float64Array.of(2, 3, 1, 2);
  assert.equal(gainOf([{ logs }], Float64Array.of(1)), 1 / Math.log2(4));
});

test('candidates are the best of each ranker, if what came next is among them', () => {
  const logs = [
    Float64Array.from({ length: 300 }, (_, i) => -i),
    Float64Array.from({ length: 300 }, (_, i) => -Math.abs(i - 100)),
  ];
  const { logs: own } = choiceOf(logs, 110)!;
  assert.deepEqual([own[0], own[1]], [-110, -10]);
  assert.equal(own.length, 2 * (50 + 50));
  assert.equal(choiceOf(logs, 290), undefined);
});

test('every method of sequences learns what follows what, and answers an open session', () => {
  const draw = random(6);
  // after i comes i + 1 of 12, of which each history shows a piece; one item in ten is noise
  const histories = Array.from({ length: 150 }, () => {
    let item = draw.integer(12);
    return Array.from({ length: 3 + draw.integer(4) }, () => {
      item = (item + 1) % 12;
      return draw.uniform() < 0.1 ? draw.integer(12) : item;
    });
  });
  const data = rowsOf(histories, 12);
  const quick: Record<string, Record<string, number>> = {
    sasrec: { width: 16, epochs: 25, drawn: 12, batch: 128, learningRate: 0.01, dropout: 0.1 },
    'next-mix': { width: 16, epochs: 8 },
  };
  for (const name of SEQUENCE_METHOD_NAMES) {
    const fit = sequenceMethodOf(name).fitted(data, quick[name] ?? {}, { seed: 1, threads: 1 });
    let right = 0;
    for (let item = 0; item < 12; item++) {
      const scores = sessionScores(fit, [(item + 11) % 12, item]);
      assert.ok(scores.every(Number.isFinite), name);
      const best = scores.map((score, i) => (i === item || i === (item + 11) % 12 ? -1e9 : score));
      if (best.indexOf(Math.max(...best)) === (item + 1) % 12) right++;
    }
    if (!['popularity', 'item-knn', 'vsknn'].includes(name)) assert.ok(right >= 11, `${name}: ${right} of 12`);
  }
  assert.throws(() => sequenceMethodOf('sasrek'), { code: 'RECOMMENDER_UNKNOWN' });
});

test('the linear model solves its normal equations', () => {
  // rows: {0}->1, {0,1}->2, {0}->2: from 0 and 1 to 2
  const data = rowsOf(
    [
      [0, 1, 2],
      [0, 2],
    ],
    3,
  );
  const lambda = 0.5;
  const model = SLIST.fit(data, { lambda, decay: 1, length: 5, k: 5 }, { seed: 1, threads: 1 });
  // a step just before counts 1, one further back 1/2
  const [g00, g01, g11] = [1 + 0.25 + 1 + lambda, 0.5, 1 + lambda];
  const [t0, t1] = [0.5 + 1, 1];
  const det = g00 * g11 - g01 * g01;
  const [b0, b1] = [(g11 * t0 - g01 * t1) / det, (g00 * t1 - g01 * t0) / det];
  const scores = SLIST.scoreHistories(model, { offsets: Int32Array.of(0, 2), items: Int32Array.of(0, 1) });
  near(scores[2]!, 0.5 * b0 + b1);
  near(scores[1]!, 0.5 * (1 / g00), '0 is all that comes before 1');
});
