// Aim: Pareto/NBD fits the published parameters, and its closed forms equal integrals done by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { random } from '#kernels/random.ts';
import { lgamma } from '#kernels/special.ts';
import type { Histories } from './bg-nbd.ts';
import {
  fitParetoNbd,
  type ParetoNbd,
  POOLED_PARETO_NBD,
  paretoChanceAlive,
  paretoExpectedPurchases,
} from './pareto-nbd.ts';

const model = (from: Pick<ParetoNbd, 'r' | 'alpha' | 's' | 'beta'>): ParetoNbd => ({
  ...from,
  logLikelihood: 0,
  customers: 0,
  converged: true,
});
const one = (x: number, recency: number, age: number): Histories => ({
  repeats: Float64Array.of(x),
  recency: Float64Array.of(recency),
  age: Float64Array.of(age),
});

/** Density of the history with the life ending at `tau`, or going on beyond age; over both gamma distributions. */
function slowAlive({ r, alpha, s, beta }: ParetoNbd, x: number, recency: number, age: number): number {
  const buys = (t: number) => Math.exp(lgamma(r + x) - lgamma(r) + r * Math.log(alpha) - (r + x) * Math.log(alpha + t));
  const ends = (t: number) => (s / beta) * (beta / (beta + t)) ** (s + 1);
  const steps = 4000;
  let gone = 0;
  // Simpson's rule
  for (let k = 0; k <= steps; k++) {
    const t = recency + ((age - recency) * k) / steps;
    gone += (k === 0 || k === steps ? 1 : k % 2 === 1 ? 4 : 2) * buys(t) * ends(t);
  }
  gone *= (age - recency) / steps / 3;
  const alive = buys(age) * (beta / (beta + age)) ** s;
  return alive / (alive + gone);
}

test('slow twin: the chance of being alive is the integral over the end of life', () => {
  const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
  const given = fc.record({ r: number(0.1, 5), alpha: number(1, 40), s: number(0.1, 5), beta: number(1, 40) });
  fc.assert(
    fc.property(given, fc.nat(30), number(0.05, 1), number(2, 80), (from, x, share, age) => {
      const own = model(from);
      const recency = x === 0 ? 0 : share * age;
      const fast = paretoChanceAlive(own, one(x, recency, age))[0]!;
      const slow = slowAlive(own, x, recency, age);
      assert.ok(Math.abs(fast - slow) < 1e-6, `${fast} fast, ${slow} slow`);
    }),
    { seed: 3, numRuns: 200 },
  );
});

test('expected purchases pass s = 1 and grow to the bound that a life of finite mean sets', () => {
  const at = (s: number, horizon: number) =>
    paretoExpectedPurchases(model({ r: 0.6, alpha: 10, s, beta: 12 }), one(3, 20, 30), horizon)[0]!;
  assert.ok(Math.abs(at(1, 39) - at(1 + 1e-7, 39)) < 1e-6 && Math.abs(at(1, 39) - at(1 - 1e-7, 39)) < 1e-6);
  assert.ok(at(3, 39) < at(3, 78));
  // (r + x) / (alpha + T) (beta + T) / (s - 1) times the chance of being alive
  const alive = paretoChanceAlive(model({ r: 0.6, alpha: 10, s: 3, beta: 12 }), one(3, 20, 30))[0]!;
  assert.ok(Math.abs(at(3, 1e9) / ((alive * 3.6 * 42) / (40 * 2)) - 1) < 1e-9);
});

test('very busy customers neither overflow nor lose their digits', () => {
  for (const [alpha, beta] of [
    [2, 50],
    [50, 2],
  ] as const) {
    const own = model({ r: 1, alpha, s: 0.7, beta });
    const alive = paretoChanceAlive(own, one(5000, 99.9, 100))[0]!;
    assert.ok(alive > 0.9 && alive <= 1, `${alive}`);
    assert.ok(paretoChanceAlive(own, one(5000, 60, 100))[0]! < 1e-12);
  }
});

/** Customers who live by the Pareto/NBD story. */
function simulated({ r, alpha, s, beta }: Pick<ParetoNbd, 'r' | 'alpha' | 's' | 'beta'>, customers: number) {
  const draw = random(17);
  const [repeats, recency, age, future] = Array.from({ length: 4 }, () => new Float64Array(customers));
  for (let i = 0; i < customers; i++) {
    age![i] = 30 + 10 * draw.uniform();
    const rate = draw.gamma(r, alpha);
    const life = draw.exponential(draw.gamma(s, beta));
    for (let at = draw.exponential(rate); at < Math.min(life, age![i]! + 39); at += draw.exponential(rate)) {
      if (at > age![i]!) future![i]! += 1;
      else {
        repeats![i]! += 1;
        recency![i] = at;
      }
    }
  }
  return { histories: { repeats: repeats!, recency: recency!, age: age! }, future: future! };
}

test('recovery: simulated customers give their parameters and their future back', () => {
  const truth = { r: 0.6, alpha: 8, s: 0.6, beta: 12 };
  const { histories, future } = simulated(truth, 12_000);
  const fitted = fitParetoNbd(histories);
  assert.ok(fitted.converged);
  // standard errors at this size: about 3, 4, 9 and 18 %
  for (const [name, share] of [
    ['r', 0.1],
    ['alpha', 0.13],
    ['s', 0.3],
    ['beta', 0.55],
  ] as const)
    assert.ok(Math.abs(fitted[name] / truth[name] - 1) < share, `${name} ${fitted[name]}`);
  const foretold = paretoExpectedPurchases(fitted, histories, 39).reduce((a, b) => a + b);
  const happened = future.reduce((a, b) => a + b);
  assert.ok(Math.abs(foretold / happened - 1) < 0.06, `${foretold} foretold, ${happened} happened`);
});

test('five customers, none of whom came back: the prior answers', () => {
  const none = { repeats: new Float64Array(5), recency: new Float64Array(5), age: new Float64Array(5).fill(20) };
  const fitted = fitParetoNbd(none, { prior: POOLED_PARETO_NBD });
  const expected = paretoExpectedPurchases(fitted, none, 13);
  assert.ok(fitted.converged && expected.every((n) => n > 0 && n < 1), `${expected[0]}`);
});

test('lives all of one kind: a likelihood that only levels off ends within its bounds', () => {
  const { histories } = simulated({ r: 0.6, alpha: 8, s: 400, beta: 20_000 }, 800);
  const fitted = fitParetoNbd(histories);
  const mean = fitted.s / fitted.beta;
  assert.ok(mean > 0.01 && mean < 0.04, `${fitted.s}, ${fitted.beta}`);
  assert.ok(paretoExpectedPurchases(fitted, histories, 39).every((n) => n >= 0 && Number.isFinite(n)));
});
