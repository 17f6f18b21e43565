// Aim: intervals hold the share that they promise, on customers who live by the model and on CDNOW.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '#kernels/random.ts';
import { type BgNbd, bgNbdDraws, fitBgNbd, POOLED_BG_NBD } from './bg-nbd.ts';
import { fitGammaGamma, type GammaGamma, gammaGammaDraws, POOLED_GAMMA_GAMMA } from './gamma-gamma.ts';
import { mixedIntervals, spendIntervals } from './interval.ts';
import { simulateBgNbd } from './tiny-lives.ts';

const GAMMA: GammaGamma = { p: 4, q: 4, v: 30, logLikelihood: 0, customers: 1, meanOrder: 40, converged: true };

/** Busy customers (few zeros), their spend so far and to come. */
function busy(customers: number, seed = 21) {
  const truth = { r: 2, alpha: 4, a: 0.4, b: 9 };
  const { histories, future } = simulateBgNbd(truth, { customers, age: 30, horizon: 20, seed });
  const draw = random(seed + 1);
  const orders = histories.repeats.map((x) => x + 1);
  const means = new Float64Array(customers);
  const spend = new Float64Array(customers);
  for (let i = 0; i < customers; i++) {
    const rate = draw.gamma(GAMMA.q, GAMMA.v);
    means[i] = draw.gamma(GAMMA.p * orders[i]!, rate) / orders[i]!;
    if (future[i]! > 0) spend[i] = draw.gamma(GAMMA.p * future[i]!, rate);
  }
  const model: BgNbd = { leaving: 'after-repeat', ...truth, logLikelihood: 0, customers, converged: true };
  return { model, history: { ...histories, orders, means }, spend };
}

test('80 % and 50 % intervals leave out as much as they say, above and below', () => {
  const { model, history, spend } = busy(6000);
  for (const level of [0.8, 0.5]) {
    const { low, high } = spendIntervals(model, GAMMA, history, { horizon: 20, level });
    const [both, top] = [true, false].map((below) =>
      [...spend.keys()].filter((i) => high[i]! > 0 && low[i]! > 0 === below),
    );
    const share = (rows: number[], out: (i: number) => boolean) => {
      assert.ok(rows.length > 500, `${rows.length}`);
      return rows.filter(out).length / rows.length;
    };
    const above = share(both!, (i) => spend[i]! > high[i]!);
    const below = share(both!, (i) => spend[i]! < low[i]!);
    for (const got of [above, below])
      assert.ok(Math.abs(got - (1 - level) / 2) < 0.025, `${above} above, ${below} below ${level}`);
    // Nothing is likely: all that is left out lies at the top.
    const beyond = share(top!, (i) => spend[i]! > high[i]!);
    assert.ok(Math.abs(beyond - (1 - level)) < 0.04, `${beyond} beyond ${level}`);
  }
});

test('laws: ends in order, wider for a higher level, nothing for who is surely gone', () => {
  const { model, history } = busy(300);
  const [narrow, wide] = [0.5, 0.9].map((level) => spendIntervals(model, GAMMA, history, { horizon: 20, level }));
  for (let i = 0; i < 300; i++) {
    assert.ok(
      wide!.low[i]! <= narrow!.low[i]! && narrow!.low[i]! <= narrow!.high[i]! && narrow!.high[i]! <= wide!.high[i]!,
    );
  }
  const gone = {
    repeats: Float64Array.of(30),
    recency: Float64Array.of(5),
    age: Float64Array.of(200),
    orders: Float64Array.of(31),
    means: Float64Array.of(40),
  };
  const { low, high, inside } = spendIntervals(model, GAMMA, gone, { horizon: 20, level: 0.8 });
  assert.deepEqual([low[0], high[0]], [0, 0]);
  assert.ok(inside[0]! > 0.8);
});

test('the fit of simulated customers gives intervals that still hold their share', () => {
  const { history, spend } = busy(3000);
  const { low, high, inside } = spendIntervals(fitBgNbd(history), GAMMA, history, { horizon: 20, level: 0.8 });
  const held = spend.reduce((n, s, i) => n + (s >= low[i]! && s <= high[i]! ? 1 : 0), 0) / spend.length;
  const expected = inside.reduce((a, b) => a + b, 0) / spend.length;
  // Standard error 0.007; the fit adds some.
  assert.ok(expected >= 0.8 && Math.abs(held - expected) < 0.025, `${held}, expected ${expected}`);
});

test('shops of twelve customers: intervals that cover the error of the fit are wider and hold more of what comes', () => {
  let [plain, mixed, plainWidth, mixedWidth, customers] = [0, 0, 0, 0, 0];
  for (let shop = 0; shop < 60; shop++) {
    const { history, spend } = busy(12, 1000 + 7 * shop);
    const bgNbd = fitBgNbd(history, { prior: POOLED_BG_NBD });
    const gammaGamma = fitGammaGamma(history.orders, history.means, POOLED_GAMMA_GAMMA);
    const bgs = bgNbdDraws(bgNbd, history, { prior: POOLED_BG_NBD, count: 16, seed: 1 });
    const options = { prior: POOLED_GAMMA_GAMMA, count: 16, seed: 2 };
    const gammas = gammaGammaDraws(gammaGamma, history.orders, history.means, options);
    const models = bgs.map((drawn, k) => ({ bgNbd: drawn, gammaGamma: gammas[k]! }));
    const known = spendIntervals(bgNbd, gammaGamma, history, { horizon: 20, level: 0.8 });
    const open = mixedIntervals(models, history, { horizon: 20, level: 0.8 });
    for (const [i, own] of spend.entries()) {
      plain += own >= known.low[i]! && own <= known.high[i]! ? 1 : 0;
      mixed += own >= open.low[i]! && own <= open.high[i]! ? 1 : 0;
      plainWidth += known.high[i]! - known.low[i]!;
      mixedWidth += open.high[i]! - open.low[i]!;
      customers++;
    }
  }
  assert.ok(mixedWidth > plainWidth && mixed > plain, `${mixedWidth}, ${plainWidth}, ${mixed}, ${plain}`);
  // standard error 0.015 of 720 customers
  assert.ok(mixed / customers > 0.77 && mixed / customers < 0.87, `${mixed / customers}, ${plain / customers}`);
});
