// Aim: policies keep what they promise: propensities are those of the draw, knowledge is sums, and they learn; beliefs equal
// closed forms, and Thompson's chances equal the integral that they stand for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KnownError } from '#errors.ts';
import { normalCdf } from '#kernels/distributions.ts';
import { random, split } from '#kernels/random.ts';
import { symmetricInverse } from '#kernels/small-inverse.ts';
import { conformance, tinyLog } from './conformance.ts';
import { betaBelief } from './learn/beta.ts';
import { chancesToBeBest } from './learn/chance-to-be-best.ts';
import { scaleOf } from './learn/inputs.ts';
import { fitReward, neuralLinear } from './neural-linear.ts';
import {
  epsilonGreedyLinear,
  linUcb,
  squareCb,
  squareCbLinear,
  thompsonBeta,
  thompsonLinear,
  thompsonLogistic,
} from './policies.ts';
import type { Outcome } from './policy.ts';
import { Waiting } from './waiting.ts';

conformance(thompsonBeta, { params: {}, blind: true });
conformance(thompsonLinear, { params: {} });
// what rows add to the logistic belief depends on where it stood, so order and merging move it a little
conformance(thompsonLogistic, { params: {}, mergeTolerance: 0.05 });
conformance(linUcb, { params: {} });
conformance(squareCb, { params: {}, mergeTolerance: 0.05 });
conformance(squareCbLinear, { params: {} });
conformance(epsilonGreedyLinear, { params: {} });
const network = await fitReward(tinyLog(600, 3), 1, { epochs: 12, layers: [8], refit: false });
conformance(neuralLinear, { params: { network }, mergeTolerance: 1e-7 });

test('of two normal arms the chance to be best is that of their difference', () => {
  for (const [gap, a, b] of [
    [0, 1, 1],
    [0.3, 1, 0.2],
    [1.5, 0.5, 0.5],
    [-2, 1, 3],
    [0.1, 0.001, 1],
  ] as const) {
    const chances = chancesToBeBest(
      { means: Float64Array.of(gap, 0), centres: Float64Array.of(gap, 0), spreads: Float64Array.of(a, b), unit: 1 },
      1,
    );
    const exact = normalCdf(gap / Math.hypot(a, b));
    assert.ok(Math.abs(chances[0]! - exact) < 0.005, `${chances[0]}, exactly ${exact}`);
  }
});

test('chances of many unlike arms equal draws', () => {
  const draw = random(4);
  for (let world = 0; world < 4; world++) {
    const centres = Float64Array.from({ length: 7 }, () => draw.normal());
    const spreads = Float64Array.from({ length: 7 }, () => 10 ** (-2 * draw.uniform()));
    const wins = new Float64Array(7);
    const draws = 40_000;
    for (let i = 0; i < draws; i++) {
      const sampled = centres.map((centre, a) => centre + spreads[a]! * draw.normal());
      wins[sampled.indexOf(Math.max(...sampled))]! += 1 / draws;
    }
    const chances = chancesToBeBest({ means: centres, centres, spreads, unit: 1 }, 1);
    // 4 standard errors of a share, and the stated error of the grid
    for (const [a, chance] of chances.entries())
      assert.ok(Math.abs(chance - wins[a]!) < 4 * Math.sqrt(0.25 / draws) + 0.005, `${chances} against ${wins}`);
  }
});

test('chances of Beta arms equal draws, of few rows, of many, and of priors without a bound at 0', () => {
  const draw = random(5);
  for (const [prior, counts] of [
    [1, [3, 1, 10, 4, 0, 0]],
    [1, [900, 30, 1000, 40, 8000, 260]],
    [0.5, [0, 0, 3, 0, 50, 2]],
  ] as const) {
    const arms = [0, 1, 2].map((a) => ({
      arm: { name: `${a}`, retired: false, round: 0, sums: [counts[2 * a]!, counts[2 * a + 1]!] },
      factor: 1,
    }));
    const believed = betaBelief.read(arms, [], { successes: prior, failures: prior });
    const wins = new Float64Array(3);
    const draws = 40_000;
    for (let i = 0; i < draws; i++) {
      const sampled = arms.map(({ arm: { sums } }) => draw.beta(prior + sums[1]!, prior + sums[0]! - sums[1]!));
      wins[sampled.indexOf(Math.max(...sampled))]! += 1 / draws;
    }
    for (const [a, chance] of chancesToBeBest(believed, 1).entries())
      assert.ok(Math.abs(chance - wins[a]!) < 4 * Math.sqrt(0.25 / draws) + 0.005, `${chance} against ${wins[a]}`);
  }
});

/** Rows of one arm whose reward is linear in the context, and whether it is a click of that log-odds. */
function rowsOfOne(count: number, seed: number, click: boolean): Outcome[] {
  const draw = random(seed);
  return Array.from({ length: count }, () => {
    const context = [draw.normal(), draw.normal(), draw.normal()];
    const line = 0.4 + context[0]! - 0.7 * context[1]!;
    return {
      arm: 'a',
      context,
      reward: click ? (draw.uniform() < 1 / (1 + Math.exp(-line)) ? 1 : 0) : 500 * line + 100 * draw.normal(),
    };
  });
}

/** x' A^-1 y of a symmetric matrix. */
function form(matrix: Float64Array, x: ArrayLike<number>, y: ArrayLike<number>): number {
  const inverse = symmetricInverse(matrix, x.length)!;
  return inverse.reduce((sum, value, at) => sum + value * x[Math.floor(at / x.length)]! * y[at % x.length]!, 0);
}

test('the linear belief is ridge regression', () => {
  const rows = rowsOfOne(400, 6, false);
  const state = thompsonLinear.learn(thompsonLinear.start(['a'], 3), rows);
  const matrix = new Float64Array(16);
  const right = new Float64Array(4);
  for (let i = 0; i < 4; i++) matrix[5 * i] = 1;
  for (const { context, reward } of rows) {
    const x = [1, ...Array.from(context)];
    for (let i = 0; i < 4; i++) {
      right[i]! += reward * x[i]!;
      for (let j = 0; j < 4; j++) matrix[4 * i + j]! += x[i]! * x[j]!;
    }
  }
  const mean = form(matrix, [1, 0.5, -1, 2], right);
  const [score] = thompsonLinear.chances(state, [0.5, -1, 2]).scores;
  assert.ok(Math.abs(score! - mean) < 1e-9 * Math.abs(mean), `${score}, by ridge ${mean}`);
});

test('the logistic belief is near the one that sees all rows at once', () => {
  const rows = rowsOfOne(600, 7, true);
  const state = thompsonLogistic.learn(thompsonLogistic.start(['a'], 3), rows);
  const at = new Float64Array(4);
  let matrix = new Float64Array(16);
  for (let round = 0; round < 30; round++) {
    matrix = new Float64Array(16);
    const slope = at.map((b) => -b);
    for (let i = 0; i < 4; i++) matrix[5 * i] = 1;
    for (const { context, reward } of rows) {
      const x = [1, ...Array.from(context)];
      const chance = 1 / (1 + Math.exp(-x.reduce((sum, value, j) => sum + value * at[j]!, 0)));
      for (let i = 0; i < 4; i++) {
        slope[i]! += (reward - chance) * x[i]!;
        for (let j = 0; j < 4; j++) matrix[4 * i + j]! += chance * (1 - chance) * x[i]! * x[j]!;
      }
    }
    const steps = at.map((_, j) =>
      form(
        matrix,
        [0, 1, 2, 3].map((k) => (k === j ? 1 : 0)),
        slope,
      ),
    );
    for (const [j, step] of steps.entries()) at[j]! += step;
  }
  for (const context of [
    [0, 0, 0],
    [1, -1, 0],
    [-2, 0.5, 1],
  ]) {
    const exact = context.reduce((sum, value, j) => sum + value * at[j + 1]!, at[0]!);
    const deviation = Math.sqrt(form(matrix, [1, ...context], [1, ...context]));
    const [score] = thompsonLogistic.chances(state, context).scores;
    const odds = Math.log(score! / (1 - score!));
    assert.ok(Math.abs(odds - exact) < deviation / 3, `${odds}, at once ${exact}, deviation ${deviation}`);
  }
});

test('rewards in another unit and contexts on another scale change no choice', () => {
  const rows = tinyLog(300, 8);
  const scale = scaleOf(rows.map(({ context }) => context));
  const plain = thompsonLinear.learn(thompsonLinear.start(['coupon', 'gift', 'nothing'], 2, { scale }), rows);
  const wide = rows.map((row) => ({
    ...row,
    context: Array.from(row.context, (x) => 50_000 + 9000 * x),
    reward: 1e4 * row.reward,
  }));
  const wideScale = scaleOf(wide.map(({ context }) => context));
  const money = thompsonLinear.learn(
    thompsonLinear.start(['coupon', 'gift', 'nothing'], 2, { scale: wideScale }),
    wide,
  );
  const [a, b] = [
    thompsonLinear.chances(plain, [1, 0.2]),
    thompsonLinear.chances(money, [50_000 + 9000, 50_000 + 9000 * 0.2]),
  ];
  for (const [k, chance] of a.propensities.entries()) assert.ok(Math.abs(chance - b.propensities[k]!) < 1e-9);
});

test('a policy that learns as it goes loses far less than one that draws evenly', () => {
  const regretOf = (explore: number): number => {
    const draw = random(9);
    let state = thompsonLogistic.start(['a', 'b', 'c', 'd'], 3, { explore });
    let regret = 0;
    const slopes = Array.from({ length: 4 }, () => [draw.normal(), draw.normal(), draw.normal()]);
    for (let i = 0; i < 2000; i++) {
      const context = [draw.normal(), draw.normal(), draw.normal()];
      const chances = slopes.map((slope) => 1 / (1 + Math.exp(1 - slope.reduce((s, b, j) => s + b * context[j]!, 0))));
      const { index, arm } = thompsonLogistic.choose(state, context, split(9, i));
      regret += Math.max(...chances) - chances[index]!;
      state = thompsonLogistic.learn(state, [{ arm, context, reward: draw.uniform() < chances[index]! ? 1 : 0 }]);
    }
    return regret;
  };
  const [learning, blind] = [regretOf(1), regretOf(1e9)];
  assert.ok(learning < 0.25 * blind, `${learning} and ${blind}`);
});

test('rewards that come late are learned once, silence is learned when the time to wait is over', () => {
  const waiting = new Waiting();
  const decision = (id: string, at: number) => ({
    ...{ id, at, arm: 'gift', propensity: 0.3, round: at },
    context: [1, 0],
  });
  for (const [i, id] of ['a', 'b', 'c'].entries()) waiting.add(decision(id, i));
  assert.throws(() => waiting.add(decision('a', 9)), KnownError);
  assert.throws(() => waiting.reward('b', Number.NaN), KnownError);
  assert.deepEqual(waiting.reward('b', 4), { arm: 'gift', context: [1, 0], reward: 4, round: 1 });
  assert.equal(waiting.reward('b', 4), undefined);
  assert.equal(waiting.reward('unknown', 4), undefined);
  const back = new Waiting(JSON.parse(JSON.stringify(waiting)));
  assert.equal(back.count, 2);
  assert.deepEqual(back.expire(2), [{ arm: 'gift', context: [1, 0], reward: 0, round: 0 }]);
  assert.equal(back.count, 1);
});
