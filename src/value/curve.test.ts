// Aim: value over any horizon rises with it, meets the forecast at its own, and is worth less when discounted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '#kernels/random.ts';
import { medianWaits } from './bg-nbd.ts';
import { discountedSpend, sharesWithin } from './curve.ts';
import { forecast, MODELS } from './forecast.ts';
import type { CustomerHistories } from './histories.ts';
import { simulateBgNbd } from './tiny-lives.ts';

const TRUTH = { r: 0.5, alpha: 6, a: 0.8, b: 2.5 };
const { histories } = simulateBgNbd(TRUTH, { customers: 800, age: 40, horizon: 1, seed: 5 });
const orders = histories.repeats.map((x) => x + 1);
const seen: CustomerHistories = {
  customers: Array.from(orders, (_, i) => `c${i}`),
  orders,
  firstDay: histories.age.map(() => 0),
  lastDay: histories.recency.map((t) => Math.floor(7 * t)),
  spendFirst: orders.map((_, i) => 10 + (i % 40)),
  spendAll: orders.map((n, i) => n * (10 + (i % 40))),
  seenDay: 280,
};
const OWN = { horizonDays: 91, unitDays: 7 };

for (const method of MODELS)
  test(`${method}: shares rise with the horizon and are 1 at the forecast’s own; money later is worth less`, () => {
    const foretold = forecast(seen, { method, ...OWN });
    const [month, own, year] = sharesWithin(foretold, seen, [30, 91, 365], OWN);
    for (let i = 0; i < orders.length; i++) {
      assert.ok(month![i]! > 0 && month![i]! < 1 && year![i]! > 1, `${month![i]}, ${year![i]}`);
      assert.equal(own![i], 1);
    }
    const over = forecast(seen, { method, ...OWN, horizonDays: 365 });
    for (let i = 0; i < orders.length; i += 50)
      assert.ok(Math.abs(foretold.purchases[i]! * year![i]! - over.purchases[i]!) <= 1e-9 * over.purchases[i]!);
    const [plain, dear] = [0, 0.5].map((yearlyRate) => discountedSpend(foretold, seen, { ...OWN, yearlyRate }));
    for (let i = 0; i < orders.length; i++) {
      assert.ok(Math.abs(plain![i]! - foretold.spend[i]!) <= 1e-9 * foretold.spend[i]!);
      if (foretold.spend[i] === 0) continue;
      // An even flow of 91 days at 50 % a year is worth about 1.5 ^ (-45.5 / 365) = 0.951; earlier ones more.
      const share = dear![i]! / foretold.spend[i]!;
      assert.ok(share > 0.945 && share < 0.99, `${share}`);
    }
  });

test('half of the customers who stay order before their median wait', () => {
  const draw = random(3);
  const [x, age] = [4, 30];
  const wait = medianWaits(TRUTH, {
    repeats: Float64Array.of(x),
    recency: Float64Array.of(20),
    age: Float64Array.of(age),
  })[0]!;
  let sooner = 0;
  for (let i = 0; i < 20_000; i++) if (draw.exponential(draw.gamma(TRUTH.r + x, TRUTH.alpha + age)) < wait) sooner++;
  // standard error 0.0035
  assert.ok(Math.abs(sooner / 20_000 - 0.5) < 0.014, `${sooner}`);
});
