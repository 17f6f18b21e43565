// Aim: covariates move the model as planted, its slopes are those of its likelihood, and without any it is MBG/NBD.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '#kernels/random.ts';
import { numbers, texts } from '#table/index.ts';
import { expectedPurchases, fitBgNbd, type Histories, logLikelihoodOfOne } from './bg-nbd.ts';
import { fitBgNbdWith, likelihoodWith, toldWith } from './bg-nbd-covariates.ts';
import { type Covariates, covariatesOf } from './covariates.ts';
import { forecast } from './forecast.ts';

const WORLD = { r: 0.8, alpha: 6, a: 0.8, b: 3 } as const;
const RATE = 0.7;
const LEAVE = -0.6;

/** Customers of MBG/NBD; half know the shop by its mail (z = 1 before standardising), buy oftener and stay longer. */
function world(customers: number, seed: number) {
  const draw = random(seed);
  const [repeats, recency, age, later] = [0, 1, 2, 3].map(() => new Float64Array(customers));
  const mail: string[] = [];
  for (let i = 0; i < customers; i++) {
    const z = i % 2 === 0 ? 1 : -1;
    mail.push(z > 0 ? 'mail' : 'search');
    const rate = draw.gamma(WORLD.r, WORLD.alpha * Math.exp(-RATE * z));
    const leaves = draw.beta(WORLD.a * Math.exp(LEAVE * z), WORLD.b);
    age![i] = 20 + 20 * draw.uniform();
    let t = 0;
    while (draw.uniform() >= leaves) {
      t += draw.exponential(rate);
      if (t > age![i]! + 26) break;
      if (t <= age![i]!) {
        repeats![i]! += 1;
        recency![i] = t;
      } else later![i]! += 1;
    }
  }
  return { histories: { repeats: repeats!, recency: recency!, age: age! } satisfies Histories, later: later!, mail };
}

test('slopes are those of the likelihood, which is the papers’ own of each customer', () => {
  const { histories, mail } = world(60, 3);
  const draw = random(5);
  const covariates = covariatesOf({ mail: texts(mail), size: numbers(mail.map(() => draw.normal())) }, 60);
  assert.equal(covariates.names.length, 2);
  const at = Float64Array.of(-0.2, 1.7, -0.3, 0.9, 0.4, -0.2, 0.3, 0.1);
  for (const leaving of ['after-any', 'after-repeat'] as const) {
    const of = likelihoodWith(histories, covariates, leaving);
    const gradient = new Float64Array(8);
    const value = of(at, gradient);
    const byPaper = histories.repeats.reduce((sum, x, i) => {
      const [z0, z1] = [covariates.values[2 * i]!, covariates.values[2 * i + 1]!];
      const alpha = Math.exp(at[1]! - at[4]! * z0 - at[5]! * z1);
      const a = Math.exp(at[2]! + at[6]! * z0 + at[7]! * z1);
      const own = { leaving, r: Math.exp(at[0]!), alpha, a, b: Math.exp(at[3]!) };
      return sum + logLikelihoodOfOne(own, x, histories.recency[i]!, histories.age[i]!);
    }, 0);
    assert.ok(Math.abs(value - byPaper) < 1e-9 * Math.abs(byPaper), `${value} of ${byPaper}`);
    for (let j = 0; j < 8; j++) {
      const step = 1e-5;
      const moved = (by: number) =>
        of(
          Float64Array.from(at, (own, k) => own + (k === j ? by : 0)),
          new Float64Array(8),
        );
      const slope = (moved(step) - moved(-step)) / (2 * step);
      assert.ok(Math.abs(slope - gradient[j]!) < 1e-5 * Math.max(1, Math.abs(slope)), `${leaving} ${j}: ${slope}`);
    }
  }
});

test('planted effects are found, and foretell later purchases of the groups', () => {
  const { histories, later, mail } = world(6000, 7);
  const covariates = covariatesOf({ mail: texts(mail) }, 6000);
  const model = fitBgNbdWith(histories, covariates);
  // half are 1 and half -1, so the standardised column is theirs up to its sign, that of `mail` or `search`
  const sign = covariates.names[0] === 'mail=mail' ? 1 : -1;
  // standard errors at 6,000 customers are about 0.03 and 0.1: three of them, and the prior's pull
  assert.ok(Math.abs(sign * model.rate[0]! - RATE) < 0.12, `rate ${model.rate[0]}`);
  assert.ok(Math.abs(sign * model.leave[0]! - LEAVE) < 0.35, `leave ${model.leave[0]}`);
  const { purchases } = toldWith(model, histories, covariates, 26);
  for (const group of ['mail', 'search']) {
    const sum = (values: Float64Array) => values.reduce((n, own, i) => n + (mail[i] === group ? own : 0), 0);
    const [told, was] = [sum(purchases), sum(later)];
    assert.ok(Math.abs(told / was - 1) < 0.1, `${group}: ${told} of ${was}`);
  }
  // new customers of one order are told apart, which MBG/NBD cannot
  const plain = expectedPurchases(fitBgNbd(histories, { leaving: 'after-any' }), histories, 26);
  const one = (values: Float64Array, group: string) => {
    let [sum, n] = [0, 0];
    for (let i = 0; i < values.length; i++)
      if (histories.repeats[i] === 0 && mail[i] === group) {
        sum += values[i]!;
        n++;
      }
    return sum / n;
  };
  const error = (values: Float64Array) =>
    Math.abs(one(values, 'mail') - one(later, 'mail')) + Math.abs(one(values, 'search') - one(later, 'search'));
  assert.ok(error(purchases) < 0.5 * error(plain), `${error(purchases)} and ${error(plain)}`);
});

test('with nothing known it is MBG/NBD', () => {
  const { histories } = world(500, 11);
  const none: Covariates = covariatesOf({ same: numbers(new Float64Array(500).fill(3)) }, 500);
  assert.deepEqual(none.names, []);
  const { base } = fitBgNbdWith(histories, none);
  assert.deepEqual(base, fitBgNbd(histories, { leaving: 'after-any' }));
  const seen = {
    customers: Array.from({ length: 500 }, (_, i) => `c${i}`),
    orders: histories.repeats.map((x) => x + 1),
    firstDay: histories.age.map((age) => 1000 - Math.round(7 * age)),
    lastDay: histories.age.map((age, i) => 1000 - Math.round(7 * (age - histories.recency[i]!))),
    spendFirst: new Float64Array(500).fill(10),
    spendAll: histories.repeats.map((x) => 10 * (x + 1)),
    seenDay: 1000,
  };
  const told = (method: 'mbg-nbd-all' | 'mbg-nbd-covariates') => forecast(seen, { method, horizonDays: 100 });
  assert.deepEqual(told('mbg-nbd-covariates'), told('mbg-nbd-all'));
});

test('texts of few customers, missing and huge numbers make covariates that are finite', () => {
  const rare = texts(Array.from({ length: 100 }, (_, i) => (i < 3 ? 'rare' : i % 3 === 0 ? null : i % 2 ? 'a' : 'b')));
  const huge = numbers(Array.from({ length: 100 }, (_, i) => (i === 0 ? 1e12 : i === 1 ? null : i)));
  const { names, values } = covariatesOf({ rare, huge }, 100);
  assert.deepEqual(names.length, 2);
  assert.ok(!names.includes('rare=rare'));
  assert.ok(values.every((value) => Number.isFinite(value) && Math.abs(value) < 11));
});
