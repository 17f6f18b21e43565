// Aim: intervals and sets hold the share they promise, within the error of the simulation, on the whole and by group.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviation, mean } from '#kernels/metrics.ts';
import { type Random, random, split } from '#kernels/random.ts';
import {
  crossIntervals,
  type Intervals,
  quantileIntervals,
  scoresOf,
  splitIntervals,
  thresholdAt,
  thresholdsByGroup,
} from './conformal.ts';
import { predictionSets, setScores } from './prediction-sets.ts';

const LEVEL = 0.9;
const ROUNDS = 300;
const ROWS = 99; // (99 + 1) x 0.9 is whole: the promise is exact

/** Mean share held over fresh draws of everything, and its standard error. */
function coverage(held: (draw: Random) => number): { share: number; error: number } {
  const shares = Array.from({ length: ROUNDS }, (_, round) => held(random(split(1, 'coverage', round))));
  return { share: mean(shares), error: deviation(shares) / Math.sqrt(ROUNDS) };
}

function assertHolds({ share, error }: { share: number; error: number }, slack = 0): void {
  assert.ok(share > LEVEL - 3 * error && share < LEVEL + slack + 3 * error, `${share} +- ${error}`);
}

const shareIn = ({ low, high }: Intervals, labels: ArrayLike<number>): number =>
  mean(Float64Array.from(labels, (y, i) => (low[i]! <= y && y <= high[i]! ? 1 : 0)));

test('the threshold is the order statistic of the promise; too few rows give no bound', () => {
  const nine = scoresOf([9, 1, 8, 2, 7, 3, 6, 4, 5]);
  assert.deepEqual(
    [0.1, 0.5, 0.9, 0.91].map((level) => thresholdAt(nine, level)),
    [1, 5, 9, Number.POSITIVE_INFINITY],
  );
});

test('split: a wrong model with skewed errors still holds 90 %; a scale bends the width', () => {
  const line = (draw: Random, rows: number) => {
    const x = Float64Array.from({ length: rows }, () => draw.normal());
    return { labels: x.map((own) => own + draw.exponential()), predicted: x.map((own) => 0.5 * own) };
  };
  assertHolds(
    coverage((draw) => {
      const fresh = line(draw, 200);
      return shareIn(splitIntervals(line(draw, ROWS), fresh, LEVEL), fresh.labels);
    }),
  );
  const scaled = splitIntervals(
    { labels: [1, -2, 3, 4], predicted: [0, 0, 0, 0], scale: [1, 1, 1, 1] },
    { predicted: [0, 0], scale: [1, 10] },
    0.5,
  );
  assert.deepEqual(Array.from(scaled.high), [3, 30]);
});

test('cross: known answer by hand, and by sorting on random numbers', () => {
  // leave-one-out residuals 1, 2, 3 around predictions 10, 20, 30; (3 + 1) x 0.5 = 2nd of 11, 22, 33 and of 9, 18, 27
  const calibration = { labels: [1, 2, 3], predicted: [0, 0, 0], folds: [0, 1, 2] };
  const { low, high } = crossIntervals(calibration, [[10], [20], [30]], 0.5);
  assert.deepEqual([low[0], high[0]], [18, 22]);
  const draw = random(4);
  const labels = Float64Array.from({ length: 50 }, () => draw.normal());
  const folds = labels.map((_, i) => i % 4);
  const fresh = folds.slice(0, 4).map(() => draw.normal());
  const made = crossIntervals(
    { labels, predicted: labels.map(() => 0), folds },
    Array.from(fresh, (mu) => [mu]),
    0.9,
  );
  const sides = Array.from(labels, (y, i) => fresh[folds[i]!]! + Math.abs(y)).sort((a, b) => a - b);
  assert.ok(Math.abs(made.high[0]! - sides[45]!) < 1e-12); // ceil(51 x 0.9) = 46th
});

test('cross: 5 folds of a least-squares slope hold about 90 %, and more than the 80 % that are proven', () => {
  const slope = (x: Float64Array, y: Float64Array, keep: (i: number) => boolean) => {
    let xy = 0;
    let xx = 0;
    for (let i = 0; i < x.length; i++)
      if (keep(i)) {
        xy += x[i]! * y[i]!;
        xx += x[i]! ** 2;
      }
    return xy / xx;
  };
  const { share, error } = coverage((draw) => {
    const x = Float64Array.from({ length: 60 + 100 }, () => draw.normal());
    const y = x.map((own) => 2 * own + draw.normal());
    const folds = y.slice(0, 60).map((_, i) => i % 5);
    const slopes = Array.from({ length: 5 }, (_, k) => slope(x.slice(0, 60), y.slice(0, 60), (i) => folds[i] !== k));
    const predicted = folds.map((k, i) => slopes[k]! * x[i]!);
    const fresh = slopes.map((own) => x.slice(60).map((at) => own * at));
    return shareIn(crossIntervals({ labels: y.slice(0, 60), predicted, folds }, fresh, LEVEL), y.slice(60));
  });
  assert.ok(share > 0.8 + 3 * error);
  assert.ok(Math.abs(share - LEVEL) < 0.02 + 3 * error, `${share} +- ${error}`); // ceil(61 x 0.9) / 60 = 0.917
});

test('quantiles: wrong ones are moved to hold 90 %; wide where they were wide', () => {
  const rows = (draw: Random, count: number) => {
    const x = Float64Array.from({ length: count }, () => draw.uniform());
    const labels = x.map((own) => (0.2 + 2 * own) * draw.normal());
    return { labels, low: x.map((own) => -0.2 - 2 * own), high: x.map((own) => 0.2 + 2 * own) };
  };
  assertHolds(
    coverage((draw) => {
      const fresh = rows(draw, 200);
      return shareIn(quantileIntervals(rows(draw, ROWS), fresh, LEVEL), fresh.labels);
    }),
  );
  const tight = quantileIntervals(
    { labels: [0, 0, 0], low: [-5, -5, -5], high: [5, 5, 5] },
    { low: [1], high: [2] },
    0.5,
  );
  assert.deepEqual([tight.low[0], tight.high[0]], [1.5, 1.5]);
});

/** Three classes, chances that are bolder than the truth. */
function classes(draw: Random, rows: number) {
  const chances = new Float64Array(3 * rows);
  const labels = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const z = [draw.normal(), draw.normal(), draw.normal()];
    const at = (power: number) => {
      const e = z.map((own) => Math.exp(power * own));
      const sum = e[0]! + e[1]! + e[2]!;
      return e.map((own) => own / sum);
    };
    const u = draw.uniform();
    const [a = 0, b = 0] = at(1);
    labels[i] = u < a ? 0 : u < a + b ? 1 : 2;
    chances.set(at(2), 3 * i);
  }
  const shares = Float64Array.from({ length: rows }, () => draw.uniform());
  return { chances, labels, shares };
}

test('sets: hold 90 % with shares (none is empty, so a little more), and at least that without', () => {
  const held = (isExact: boolean) =>
    coverage((draw) => {
      const known = classes(draw, ROWS);
      const fresh = classes(draw, 200);
      const own = (rows: typeof known) => ({ classCount: 3, ...(isExact ? { shares: rows.shares } : {}) });
      const threshold = thresholdAt(scoresOf(setScores(known.chances, known.labels, own(known))), LEVEL);
      const sets = predictionSets(fresh.chances, threshold, own(fresh));
      return mean(fresh.labels.map((label, i) => sets[3 * i + label]!));
    });
  assertHolds(held(true), 0.02);
  const whole = held(false);
  assert.ok(whole.share > LEVEL - 3 * whole.error);
});

test('sets: known answer; a threshold of one takes every class', () => {
  const chances = Float64Array.of(0.6, 0.3, 0.1);
  assert.deepEqual(Array.from(predictionSets(chances, 0.95, { classCount: 3 })), [1, 1, 0]);
  assert.deepEqual(Array.from(predictionSets(chances, 0.1, { classCount: 3 })), [1, 0, 0]);
  assert.deepEqual(Array.from(predictionSets(chances, 1, { classCount: 3 })), [1, 1, 1]);
  assert.deepEqual(Array.from(setScores(chances, [1], { classCount: 3, shares: [0.5] })), [0.75]);
});

test('by group: each group holds 90 % where one threshold would miss; a small group takes that of all', () => {
  const held = (isOwn: boolean) =>
    coverage((draw) => {
      const groups = Array.from({ length: 2 * ROWS }, (_, i) => i % 2);
      const off = groups.map((group) => Math.abs(draw.normal()) * (1 + 3 * group));
      const cut = thresholdsByGroup(off, isOwn ? groups : groups.map(() => 0), LEVEL);
      return mean(Array.from({ length: 200 }, () => (Math.abs(draw.normal()) * 4 <= cut(isOwn ? 1 : 0) ? 1 : 0)));
    });
  assertHolds(held(true));
  assert.ok(held(false).share < 0.85);
  const few = thresholdsByGroup(
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 100],
    ['a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'b'],
    0.9,
  );
  assert.deepEqual([few('a'), few('b'), few('never seen')], [9, 100, 100]);
});
