// Aim: BG/NBD and Gamma-Gamma fit what they should, and their closed forms equal slow and obvious ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nelderMead } from '#kernels/optimise.ts';
import { random } from '#kernels/random.ts';
import { conformance } from '#learners/conformance.ts';
import { numbers, table } from '#table/index.ts';
import {
  type BgNbd,
  chanceAlive,
  expectedPurchases,
  fitBgNbd,
  type Histories,
  logLikelihoodOfOne,
  POOLED_BG_NBD,
  purchaseChances,
} from './bg-nbd.ts';
import { expectedOrder, fitGammaGamma, POOLED_GAMMA_GAMMA } from './gamma-gamma.ts';
import { bgNbdLearner, gammaGammaLearner } from './learners.ts';
import { simulateBgNbd } from './tiny-lives.ts';

const TRUTH = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
const { histories, future } = simulateBgNbd(TRUTH, { customers: 4000, age: 39, horizon: 39, seed: 3 });
const statistics = table({
  frequency: numbers(histories.repeats),
  recency: numbers(histories.recency),
  age: numbers(histories.age),
  mean: numbers(histories.repeats.map((x, i) => (x === 0 ? 0 : 20 + ((i * 37) % 50)))),
});
conformance(bgNbdLearner, { data: statistics, params: bgNbdLearner.defaults });
conformance(gammaGammaLearner, { data: statistics, params: gammaGammaLearner.defaults });

test('recovery: simulated customers give their parameters back', () => {
  const big = simulateBgNbd(TRUTH, { customers: 30_000, age: 52, horizon: 1, seed: 4 });
  const model = fitBgNbd(big.histories);
  assert.ok(model.converged);
  // standard errors at this size are about 2, 3, 10 and 12 %
  for (const [name, share] of [
    ['r', 0.06],
    ['alpha', 0.09],
    ['a', 0.3],
    ['b', 0.36],
  ] as const)
    assert.ok(Math.abs(model[name] / TRUTH[name] - 1) < share, `${name} ${model[name]}`);
});

test('the future that was simulated is foretold, in sum and by number of repeats', () => {
  const expected = expectedPurchases(model(TRUTH), histories, 39);
  for (const wanted of [(x: number) => x === 0, (x: number) => x >= 1 && x <= 2, (x: number) => x > 2]) {
    let foretold = 0;
    let happened = 0;
    for (const [i, x] of histories.repeats.entries()) {
      if (!wanted(x)) continue;
      foretold += expected[i]!;
      happened += future[i]!;
    }
    assert.ok(
      Math.abs(foretold - happened) < 5 * Math.sqrt(happened * 4),
      `${foretold} foretold, ${happened} happened`,
    );
  }
});

const positive = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const MODEL = fc.record({
  leaving: fc.constantFrom('after-repeat' as const, 'after-any' as const),
  r: positive(0.05, 8),
  alpha: positive(1, 60),
  a: positive(0.02, 6),
  b: positive(0.1, 40),
});
const model = (from: Pick<BgNbd, 'r' | 'alpha' | 'a' | 'b'> & Partial<BgNbd>): BgNbd => ({
  leaving: 'after-repeat',
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

test('slow twin: expected purchases are the sum of n times the chance of n', () => {
  fc.assert(
    fc.property(
      MODEL,
      fc.nat(20),
      positive(0.01, 1),
      positive(1, 100),
      positive(0.1, 40),
      (given, x, share, age, horizon) => {
        const own = model(given);
        const history = one(x, x === 0 ? 0 : share * age, age);
        const chances = purchaseChances(own, x, age, horizon, 1e-12);
        const slow = chances.reduce((sum, chance, n) => sum + n * chance, 0) * chanceAlive(own, history)[0]!;
        const fast = expectedPurchases(own, history, horizon)[0]!;
        assert.ok(Math.abs(fast - slow) <= 1e-7 * Math.max(1, slow), `${fast} fast, ${slow} slow`);
      },
    ),
    { seed: 5, numRuns: 300 },
  );
});

test('expected purchases pass through the pole at a = 1 and stay sound for uniform customers', () => {
  const history = one(3, 20, 30);
  const at = (a: number) => expectedPurchases(model({ r: 0.6, alpha: 7, a, b: 2 }), history, 39)[0]!;
  assert.ok(Math.abs(at(1) - at(1 + 1e-7)) < 1e-6 && Math.abs(at(1) - at(1 - 1e-7)) < 1e-6);
  // rates all 0.5, nobody leaves: 39 x 0.5
  const uniform = expectedPurchases(model({ r: 5e4, alpha: 1e5, a: 1e-3, b: 1e5 }), one(15, 29, 30), 39)[0]!;
  assert.ok(Math.abs(uniform - 19.5) < 0.02, `${uniform}`);
});

test('laws: longer horizons bring more, chances of being alive fall with silence', () => {
  fc.assert(
    fc.property(
      MODEL,
      fc.integer({ min: 1, max: 30 }),
      positive(1, 50),
      positive(0, 50),
      (given, x, recency, silence) => {
        const own = model(given);
        const history = one(x, recency, recency + silence);
        const [short, long] = [5, 10].map((horizon) => expectedPurchases(own, history, horizon)[0]!);
        assert.ok(short! >= 0 && long! >= short! - 1e-9);
        const later = chanceAlive(own, one(x, recency, recency + silence + 5))[0]!;
        const now = chanceAlive(own, history)[0]!;
        assert.ok(later <= now && now <= 1 && later >= 0);
      },
    ),
    { seed: 6, numRuns: 200 },
  );
});

for (const leaving of ['after-repeat', 'after-any'] as const)
  test(`slow twin: the fitted likelihood is the paper’s, and no simplex search finds a better one, ${leaving}`, () => {
    const few = simulateBgNbd(TRUTH, { customers: 300, age: 39, horizon: 1, seed: 8 }).histories;
    const fitted = fitBgNbd(few, { leaving });
    const slow = (p: { r: number; alpha: number; a: number; b: number }) =>
      few.repeats.reduce(
        (sum, x, i) => sum + logLikelihoodOfOne({ ...p, leaving }, x, few.recency[i]!, few.age[i]!),
        0,
      );
    assert.ok(Math.abs(slow(fitted) - fitted.logLikelihood) < 1e-8);
    const found = nelderMead(
      (logs) => {
        const [r = 0, alpha = 0, a = 0, b = 0] = logs.map(Math.exp);
        return -slow({ r, alpha, a, b });
      },
      [0, 1, 0, 0.5],
    );
    assert.ok(-found.value <= fitted.logLikelihood + 1e-6, `${-found.value} against ${fitted.logLikelihood}`);
  });

test('MBG/NBD: who bought once and fell silent may have left; BG/NBD keeps them for certain', () => {
  const silent = one(0, 0, 30);
  const [certain, doubtful] = (['after-repeat', 'after-any'] as const).map(
    (leaving) => chanceAlive(model({ ...TRUTH, leaving }), silent)[0]!,
  );
  assert.equal(certain, 1);
  // 1 / (1 + a / b ((alpha + 30) / alpha)^r)
  assert.ok(Math.abs(doubtful! - 1 / (1 + (0.793 / 2.426) * (34.414 / 4.414) ** 0.243)) < 1e-12);
});

test('a change of the unit of time changes alpha alone', () => {
  const inDays = fitBgNbd({
    ...histories,
    recency: histories.recency.map((t) => t * 7),
    age: histories.age.map((t) => t * 7),
  });
  const inWeeks = fitBgNbd(histories);
  for (const name of ['r', 'a', 'b'] as const) assert.ok(Math.abs(inDays[name] / inWeeks[name] - 1) < 1e-4);
  assert.ok(Math.abs(inDays.alpha / inWeeks.alpha / 7 - 1) < 1e-4);
});

test('nobody bought twice: the prior keeps the answer finite', () => {
  const none = { repeats: new Float64Array(9), recency: new Float64Array(9), age: new Float64Array(9).fill(20) };
  const fitted = fitBgNbd(none, { prior: POOLED_BG_NBD });
  const expected = expectedPurchases(fitted, none, 13);
  assert.ok(fitted.converged && expected.every((n) => n > 0 && n < 1), `${expected[0]}`);
});

test('Gamma-Gamma: recovery, and the mean order between own and everybody’s', () => {
  const draw = random(12);
  const orders = Float64Array.from({ length: 20_000 }, () => 1 + draw.integer(6));
  const means = orders.map((n) => draw.gamma(6.25 * n, draw.gamma(3.74, 15.44)) / n);
  const fitted = fitGammaGamma(orders, means);
  for (const [name, want] of [
    ['p', 6.25],
    ['q', 3.74],
    ['v', 15.44],
  ] as const)
    assert.ok(Math.abs(fitted[name] / want - 1) < 0.15, `${name} ${fitted[name]}`); // p and v lean on each other: some 5 % each;
  const everybody = (fitted.p * fitted.v) / (fitted.q - 1);
  const [none, few, many] = expectedOrder(fitted, Float64Array.of(0, 1, 200), Float64Array.of(0, 100, 100));
  assert.ok(Math.abs(none! - everybody) < 1e-9);
  assert.ok(everybody < few! && few! < many! && many! < 100 && many! > 98);
});

test('Gamma-Gamma scales with the currency, and bears a handful of customers', () => {
  const orders = Float64Array.of(1, 2, 3, 5, 2, 1, 4);
  const means = Float64Array.of(10, 30, 12, 8, 55, 21, 17);
  const [small, large] = [1, 1000].map((scale) =>
    fitGammaGamma(
      orders,
      means.map((m) => m * scale),
      POOLED_GAMMA_GAMMA,
    ),
  );
  assert.ok(Math.abs(large!.v / small!.v / 1000 - 1) < 1e-4 && Math.abs(large!.p / small!.p - 1) < 1e-4);
  const [alone] = expectedOrder(
    fitGammaGamma(Float64Array.of(1), Float64Array.of(40), POOLED_GAMMA_GAMMA),
    Float64Array.of(1),
    Float64Array.of(40),
  );
  assert.ok(alone! > 20 && alone! < 80, `${alone}`);
  assert.deepEqual(
    [...expectedOrder(fitGammaGamma(new Float64Array(0), new Float64Array(0)), Float64Array.of(0), Float64Array.of(0))],
    [0],
  );
});

test('many customers: the kernel’s fit is the one by hand, and a crowd is foretold as each alone', () => {
  const draw = random(31);
  const crowd = simulateBgNbd(TRUTH, { customers: 50_000, age: 39, horizon: 1, seed: 9 }).histories;
  const age = crowd.age.map((own) => own + 5 * draw.uniform());
  const many = { ...crowd, age };
  const fitted = fitBgNbd(many);
  assert.ok(fitted.converged);
  const by = (model: Pick<BgNbd, 'r' | 'alpha' | 'a' | 'b'>) =>
    crowd.repeats.reduce(
      (sum, x, i) =>
        sum + logLikelihoodOfOne({ leaving: 'after-repeat', ...model }, x, crowd.recency[i]!, many.age[i]!),
      0,
    );
  const here = by(fitted);
  assert.ok(Math.abs(here / fitted.logLikelihood - 1) < 1e-12);
  // The top: a thousandth to either side is lower, along each parameter.
  for (const name of ['r', 'alpha', 'a', 'b'] as const)
    for (const step of [0.999, 1.001]) assert.ok(by({ ...fitted, [name]: fitted[name] * step }) < here, name);
  const together = expectedPurchases(fitted, many, 39);
  for (let i = 0; i < together.length; i += 997) {
    const alone = expectedPurchases(fitted, one(many.repeats[i]!, many.recency[i]!, many.age[i]!), 39)[0]!;
    assert.ok(Math.abs(together[i]! / alone - 1) < 2e-9, `${together[i]} in a crowd, ${alone} alone`);
  }
});
