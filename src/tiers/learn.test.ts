// Aim: what the chosen members say adds up from its parts, is chosen by customers held out, and is judged as if rows were drawn.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gini } from '#kernels/metrics.ts';
import { random, shuffled } from '#kernels/random.ts';
import { numbers } from '#table/index.ts';
import { CANDIDATES } from './candidates.ts';
import { chooseTiers } from './choose.ts';
import { tierCurve } from './curve.ts';
import { compare, guessBy } from './evaluate.ts';
import { importanceOf } from './importance.ts';
import type { Lesson } from './lesson.ts';
import { resampledGini } from './resampled-gini.ts';
import { effectsOf, foretell, trainTiers } from './train.ts';

/** Margins that follow `value_minor` and, beyond the middle of `step`, a jump; `noise` says nothing. */
function planted(size: number, seed: number): Lesson {
  const draw = random(seed);
  const column = () => Float64Array.from({ length: size }, () => draw.normal());
  const [value, step, noise] = [column(), column(), column()];
  const margin = value.map((v, i) => Math.max(0, 40 + 20 * v + (step[i]! > 0 ? 25 : 0) + 6 * draw.normal()) ** 2);
  const sorted = margin.slice().sort();
  const cuts = [0.5, 0.8, 0.95].map((share) => sorted[Math.floor(share * size)]!);
  return {
    ids: Array.from({ length: size }, (_, i) => `c${i}`),
    features: { length: size, columns: { value_minor: numbers(value), step: numbers(step), noise: numbers(noise) } },
    margin,
    tier: Int32Array.from(margin, (m) => cuts.filter((cut) => m > cut).length),
  };
}

const GIVEN = { tierCount: 4, seed: 3 };
const lesson = planted(600, 1);
const other = planted(300, 2);

test('effects of every kind of member add up to the score', () => {
  for (const of of [
    ...CANDIDATES.map((candidate) => [candidate]),
    CANDIDATES.filter(({ name }) => /-50$|-4$/.test(name)),
  ]) {
    const { model } = trainTiers(lesson, of, GIVEN);
    const { score } = foretell(model, other.features);
    const { features, values, expected } = effectsOf(model, other.features);
    for (const [i, own] of score.entries()) {
      let sum = expected;
      for (let j = 0; j < features.length; j++) sum += values[i * features.length + j]!;
      // tree attributions are exact within rounding of sums over trees
      assert.ok(Math.abs(sum - own) < 1e-6 * Math.max(1, Math.abs(own)), `${of[0]!.name} row ${i}: ${sum} ${own}`);
    }
  }
});

test('chances add up to one, and those of higher tiers rise with the score', () => {
  const { model, crossed } = trainTiers(lesson, [CANDIDATES[2]!], { ...GIVEN, asked: other });
  for (const { score, chances } of [foretell(model, other.features), crossed!]) {
    const rising = [...score.keys()].sort((a, b) => score[a]! - score[b]!);
    for (const i of rising)
      assert.ok(Math.abs(chances.subarray(i * 4, i * 4 + 4).reduce((a, b) => a + b, 0) - 1) < 1e-9);
    const meanOf = (rows: number[], k: number) => rows.reduce((sum, i) => sum + chances[i * 4 + k]!, 0) / rows.length;
    const [low, high] = [rising.slice(0, 100), rising.slice(-100)];
    assert.ok(meanOf(high, 3) > meanOf(low, 3) + 0.05 && meanOf(low, 0) > meanOf(high, 0) + 0.5);
  }
});

test('crossed scores of the lesson itself come from models without the customer', () => {
  // a tree model that may learn by heart agrees with its own customers more than with those that it was not shown
  const heart = [{ ...CANDIDATES.at(-1)!, params: { trees: 20, minRows: 1, featureShare: 1, bins: 255 } }];
  const { model, crossed } = trainTiers(lesson, heart, { ...GIVEN, asked: lesson });
  const inside = gini(lesson.margin, foretell(model, lesson.features).score);
  const outside = gini(lesson.margin, crossed!.score);
  assert.ok(inside > outside + 0.01, `${inside} ${outside}`);
});

test('the choice is within its rule, the same each time, and finds the planted features', () => {
  const { choice, candidates } = chooseTiers(lesson, GIVEN);
  assert.deepEqual(chooseTiers(lesson, GIVEN).choice, choice);
  const best = choice.candidates[0]!;
  const taken = choice.candidates.find(({ name }) => name === choice.chosen)!;
  assert.ok(choice.tolerance <= 0.01 && best.kappa.mean - taken.kappa.mean <= choice.tolerance);
  for (const { name, gini: own } of choice.candidates)
    if (choice.equals.includes(name)) assert.ok(own.mean <= taken.gini.mean, name);
  assert.deepEqual(
    candidates.map(({ name }) => name),
    choice.weights.map(({ name }) => name),
  );
  assert.ok(Math.abs(choice.weights.reduce((sum, { weight }) => sum + weight, 0) - 1) < 1e-12);
  assert.ok(taken.kappa.mean > 0.8, `${taken.kappa.mean}`);
  const { model } = trainTiers(lesson, candidates, GIVEN);
  const importance = importanceOf(model, lesson.features);
  assert.deepEqual(
    importance.slice(0, 2).map(({ feature, direction }) => [feature, direction]),
    [
      ['value_minor', 1],
      ['step', 1],
    ],
  );
  assert.ok(Math.abs(importance.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9);
});

test('labels that have nothing to do with the features give no gain, and the curve warns of learning by heart', () => {
  const rows = shuffled(lesson.ids.length, random(5));
  const mixed: Lesson = {
    ...lesson,
    tier: Int32Array.from(rows, (i) => lesson.tier[i]!),
    margin: Float64Array.from(rows, (i) => lesson.margin[i]!),
  };
  const { choice } = chooseTiers(mixed, GIVEN);
  // 600 customers: kappa of ranks by chance lies within about 2 / sqrt(600) of 0
  assert.ok(Math.abs(choice.candidates[0]!.kappa.mean) < 0.12, `${choice.candidates[0]!.kappa.mean}`);
  const heart = [{ ...CANDIDATES.at(-1)!, params: { trees: 20, minRows: 1, featureShare: 1, bins: 255 } }];
  const curve = tierCurve(mixed, heart, GIVEN);
  assert.ok(curve.warning !== undefined && curve.warning.lost > 0.7);
  assert.equal(tierCurve(lesson, [CANDIDATES[0]!], GIVEN).warning, undefined);
});

test('the Gini of a sample is that of its rows written out', () => {
  const draw = random(9);
  const amounts = Float64Array.from({ length: 60 }, () => Math.max(0, draw.normal()) * 100);
  const scores = Float64Array.from({ length: 60 }, () => draw.integer(8));
  const giniOf = resampledGini(amounts, scores);
  for (let s = 0; s < 20; s++) {
    const sample = Int32Array.from({ length: 60 }, () => draw.integer(60));
    const weights = new Float64Array(60);
    for (const i of sample) weights[i]! += 1;
    const written = gini(
      Float64Array.from(sample, (i) => amounts[i]!),
      Float64Array.from(sample, (i) => scores[i]!),
    );
    assert.ok(Math.abs(giniOf(weights) - written) < 1e-12);
  }
});

test('a method against itself differs by nothing; a better order is told apart from a worse', () => {
  const shares = [0.5, 0.3, 0.15, 0.05];
  const noise = random(4);
  const [good, same, bad] = [
    guessBy('good', lesson.margin, shares),
    guessBy('same', lesson.margin, shares),
    guessBy(
      'bad',
      lesson.margin.map(() => noise.uniform()),
      shares,
    ),
  ];
  const { methods, differences } = compare([good, same, bad], lesson, GIVEN);
  assert.deepEqual(
    methods.map(({ method }) => method),
    ['good', 'same', 'bad'],
  );
  for (const { difference, low, high } of Object.values(differences[0]!.metrics))
    assert.deepEqual([difference, low, high], [0, 0, 0]);
  for (const { difference, low, high } of Object.values(differences[1]!.metrics))
    assert.ok(low > 0 && low < difference && difference < high);
});
