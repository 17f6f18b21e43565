// Aim: calibration curves give known answers and keep their laws: rising, order kept, one of them not needed where chances are right.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { logLoss } from '#kernels/metrics.ts';
import { random } from '#kernels/random.ts';
import { likeliest } from '../learner.ts';
import { CALIBRATIONS, calibrated, chooseCalibration, fitCalibration } from './calibration.ts';
import { heightAt, isotonic } from './isotonic.ts';
import { calibrationError, eventCalibrationError, reliability } from './reliability.ts';
import { beta, betaAt, platt, sigmoid } from './sigmoid.ts';
import { temperature, tempered } from './temperature.ts';

const near = (a: number, b: number, tolerance: number) => assert.ok(Math.abs(a - b) <= tolerance, `${a} is not ${b}`);

test('golden: isotonic and sigmoid curves of scikit-learn', () => {
  const peer = JSON.parse(readFileSync(new URL('../../../golden/calibration.json', import.meta.url), 'utf8')) as Record<
    'x' | 'y' | 'w' | 'grid' | 'isotonic' | 'sigmoid',
    number[]
  > & { tolerance: { isotonic: number; sigmoid: number } };
  const curve = isotonic(peer.x, peer.y, peer.w);
  for (const [at, x] of peer.grid.entries()) near(heightAt(curve, x), peer.isotonic[at]!, peer.tolerance.isotonic);
  const { slope, shift } = platt(peer.x, peer.y);
  for (const [at, x] of peer.grid.entries())
    near(sigmoid(slope * x + shift), peer.sigmoid[at]!, peer.tolerance.sigmoid);
});

test('isotonic: pools what falls, by weight, and ties of x', () => {
  const curve = isotonic([1, 2, 3, 4, 4], [1, 3, 2, 5, 7]);
  assert.deepEqual(curve, { x: [1, 2, 3, 4], y: [1, 2.5, 2.5, 6] });
  assert.deepEqual(isotonic([2, 1], [0, 4], [1, 3]), { x: [1, 2], y: [3, 3] });
  near(heightAt(curve, 1.5), 1.75, 1e-15);
  assert.deepEqual(
    [0, 9].map((x) => heightAt(curve, x)),
    [1, 6],
  );
});

test('law: isotonic never falls, keeps the weighted mean, and no rising curve is nearer', () => {
  const points = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: -5, max: 5 })), {
    minLength: 1,
    maxLength: 25,
  });
  fc.assert(
    fc.property(points, (rows) => {
      const x = rows.map(([own]) => own);
      const y = rows.map(([, own]) => own);
      const curve = isotonic(x, y);
      const fitted = x.map((own) => heightAt(curve, own));
      for (let at = 0; at < 9; at += 0.5) assert.ok(heightAt(curve, at) <= heightAt(curve, at + 0.5) + 1e-12);
      near(
        fitted.reduce((a, b) => a + b),
        y.reduce((a, b) => a + b),
        1e-9,
      );
      // the inequality of the projection on the cone: the residual makes no acute angle with any rising curve
      for (let cut = 0; cut <= 9; cut++) {
        const angle = y.reduce((sum, own, i) => sum + (own - fitted[i]!) * (x[i]! >= cut ? 1 : 0), 0);
        assert.ok(angle <= 1e-9);
      }
    }),
    { seed: 7, numRuns: 200 },
  );
});

test('platt: one score gives the drawn shares; a perfect score gives no certain chance', () => {
  // all scores equal: the best chance is the mean of the drawn targets (3 x 4/5 + 1 x 1/3) / 4
  const level = platt([2, 2, 2, 2], [1, 1, 1, 0]);
  near(sigmoid(level.slope * 2 + level.shift), (3 * 0.8 + 1 / 3) / 4, 1e-6);
  // two scores, parted perfectly: the curve passes through the targets, 3/4 and 1/4
  const parted = platt([0, 0, 1, 1], [0, 0, 1, 1]);
  near(sigmoid(parted.slope + parted.shift), 0.75, 1e-5);
  near(sigmoid(parted.shift), 0.25, 1e-5);
});

/** Chances that are right, then bent by `bend`. */
function world(rows: number, seed: number, bend: (p: number) => number) {
  const draw = random(seed);
  const p = Float64Array.from({ length: rows }, () => sigmoid(1.5 * draw.normal()));
  const labels = p.map((own) => (draw.uniform() < own ? 1 : 0));
  const chances = new Float64Array(2 * rows);
  for (const [i, own] of p.entries()) chances.set([1 - bend(own), bend(own)], 2 * i);
  return { labels, chances, p };
}

test('beta: finds the curve that bent the chances, and holds a falling part at zero', () => {
  // chances bent by the inverse of a = 2, b = 0.5, c = 0.3 on a grid of x: p = betaAt(curve, x)
  const draw = random(3);
  const x = Float64Array.from({ length: 40_000 }, () => draw.uniform());
  const hits = x.map((own) => (draw.uniform() < betaAt({ a: 2, b: 0.5, c: 0.3 }, own) ? 1 : 0));
  const found = beta(x, hits);
  // standard errors of a, b, c at 40,000 rows are about 0.04, 0.02, 0.04 (curvature at the truth)
  near(found.a, 2, 0.12);
  near(found.b, 0.5, 0.06);
  near(found.c, 0.3, 0.12);
  const falling = beta(
    x,
    x.map((own) => (own < 0.5 ? 1 : 0)),
  );
  assert.ok(falling.a >= 0 && falling.b >= 0);
});

test('temperature: the known one comes back; the likeliest class stays', () => {
  const { labels, chances } = world(40_000, 5, (p) => sigmoid(2 * Math.log(p / (1 - p))));
  // 1/T has a standard error of about 0.5 / sqrt(40,000 x mean bend 0.4) = 0.004
  near(1 / temperature(chances, labels, { classCount: 2 }), 0.5, 0.015);
  const draw = random(11);
  const many = Float64Array.from({ length: 900 }, () => draw.uniform() ** 3);
  for (let i = 0; i < 300; i++) {
    const sum = many[3 * i]! + many[3 * i + 1]! + many[3 * i + 2]!;
    for (let k = 0; k < 3; k++) many[3 * i + k]! /= sum;
  }
  for (const heat of [0.05, 0.7, 4, 50]) assert.deepEqual(likeliest(tempered(many, 3, heat), 3), likeliest(many, 3));
  near(tempered(Float64Array.of(1, 0, 0), 3, 2)[0]!, 1, 0);
});

test('each kind adds up to one and lowers the loss of bent chances; right chances are left as they are', () => {
  const bent = world(4000, 8, (p) => p ** 3 / (p ** 3 + (1 - p) ** 3));
  const fresh = world(4000, 9, (p) => p ** 3 / (p ** 3 + (1 - p) ** 3));
  for (const kind of CALIBRATIONS) {
    const made = calibrated(fitCalibration(kind, bent.chances, bent.labels, { classCount: 2 }), fresh.chances, 2);
    for (let i = 0; i < 4000; i++) near(made[2 * i]! + made[2 * i + 1]!, 1, 1e-12);
    if (kind === 'none') continue;
    // the loss of the truth is the floor; 0.01 is what 4,000 rows leave, with the rounds of an isotonic curve
    const floor = logLoss(fresh.labels, world(4000, 9, (p) => p).chances, 2);
    const loss = logLoss(fresh.labels, made, 2);
    assert.ok(loss < floor + 0.01, `${kind} ${loss} ${floor}`);
  }
  const choice = chooseCalibration(bent.chances, bent.labels, { classCount: 2, seed: 1 });
  assert.notEqual(choice.kind, 'none');
  assert.ok(choice.losses[choice.kind]! < choice.losses.none! - 0.05);
  const right = world(4000, 10, (p) => p);
  assert.equal(chooseCalibration(right.chances, right.labels, { classCount: 2, seed: 1 }).kind, 'none');
});

test('several classes: each against the rest, then made to add up', () => {
  const draw = random(21);
  const labels = new Float64Array(3000);
  const chances = new Float64Array(9000);
  for (let i = 0; i < 3000; i++) {
    const logits = [draw.normal(), draw.normal(), draw.normal()];
    const at = (power: number) => {
      const e = logits.map((z) => Math.exp(power * z));
      const sum = e[0]! + e[1]! + e[2]!;
      return e.map((own) => own / sum);
    };
    const u = draw.uniform();
    const [a = 0, b = 0] = at(1);
    labels[i] = u < a ? 0 : u < a + b ? 1 : 2;
    chances.set(at(3), 3 * i);
  }
  const before = calibrationError(chances, labels, { classCount: 3 });
  for (const kind of ['platt', 'beta', 'isotonic', 'temperature'] as const) {
    const made = calibrated(fitCalibration(kind, chances, labels, { classCount: 3 }), chances, 3);
    for (let i = 0; i < 3000; i++) near(made[3 * i]! + made[3 * i + 1]! + made[3 * i + 2]!, 1, 1e-12);
    assert.ok(calibrationError(made, labels, { classCount: 3 }) < before / 3, kind);
  }
});

test('reliability: bins of equal mass, equal chances together; the error of a known table', () => {
  const bins = reliability([0.1, 0.2, 0.2, 0.2, 0.9, 0.9], [0, 0, 1, 0, 1, 1], { bins: 3 });
  assert.deepEqual(
    bins.map(({ weight }) => weight),
    [4, 2],
  );
  near(bins[0]!.told, 0.175, 1e-12);
  near(
    eventCalibrationError([0.1, 0.2, 0.2, 0.2, 0.9, 0.9], [0, 0, 1, 0, 1, 1], { bins: 3 }),
    (4 * 0.075 + 2 * 0.1) / 6,
    1e-12,
  );
  const { chances, labels } = world(30_000, 4, (p) => p);
  // 15 bins of 2,000: noise of about 0.8 sqrt(0.18 / 2000) = 0.008
  assert.ok(calibrationError(chances, labels, { classCount: 2 }) < 0.015);
});
