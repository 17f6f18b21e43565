// Aim: the chance of being worth more than a cut is that of the model behind the value, near enough to move people by.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { random } from '#kernels/random.ts';
import type { CustomerValues } from '#value/index.ts';
import { chanceAbove, doubtOf } from './doubt.ts';

const MODEL = { r: 0.6, p: 6.25, q: 3.74 };

const valuesWith = (orders: number, alive: number) =>
  ({
    standing: { orders: Float64Array.of(orders) },
    forecast: { alive: Float64Array.of(alive), parameters: MODEL },
  }) as unknown as CustomerValues;

test('against draws from the posterior of BG/NBD and Gamma-Gamma', () => {
  const draws = 40_000;
  let worst = 0;
  for (const orders of [1, 3, 10, 40])
    for (const alive of [0.5, 0.95]) {
      const rng = random(orders);
      const worth = Float64Array.from({ length: draws }, () => {
        const rate = rng.gamma(MODEL.r + orders - 1);
        const order = 1 / rng.gamma(MODEL.p * orders + MODEL.q);
        return rng.uniform() < alive ? rate * order : 0;
      });
      const mean = (alive * (MODEL.r + orders - 1)) / (MODEL.p * orders + MODEL.q - 1);
      const { alive: stored, spread } = doubtOf(valuesWith(orders, alive));
      for (const share of [0.5, 1, 1.5, 2]) {
        const drawn = worth.filter((w) => w > share * mean).length / draws;
        worst = Math.max(worst, Math.abs(drawn - chanceAbove(mean, stored[0]!, spread[0]!, share * mean)));
      }
    }
  // 0.005 is noise of the draws; what is beyond it is the lognormal in place of a ratio of gammas, worst after one order.
  assert.ok(worst < 0.12, `${worst}`);
});

test('known answers: certainty, nothing, a loss, and the median of a lognormal', () => {
  assert.deepEqual([chanceAbove(100, 0.9, 0, 110), chanceAbove(100, 0.9, 0, 112)], [0.9, 0]);
  assert.deepEqual([chanceAbove(0, 0.9, 1, 0), chanceAbove(0, 0.9, 1, -1), chanceAbove(50, 0, 1, 10)], [0, 1, 0]);
  assert.equal(chanceAbove(50, 0.7, 1, 0), 0.7);
  // Mean 100 and spread 1: median 100 / sqrt(2).
  assert.ok(Math.abs(chanceAbove(100, 1, 1, 100 / Math.SQRT2) - 0.5) < 1e-12);
  assert.ok(Math.abs(chanceAbove(-100, 1, 1, -100 / Math.SQRT2) - 0.5) < 1e-12);
});

test('law: a chance is within 0 and the chance to be alive, and falls as the cut rises', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(
      fc.nat(100_000),
      share,
      fc.double({ min: 0, max: 5, noNaN: true }),
      fc.nat(1e5),
      fc.nat(1e5),
      (v, a, s, c, more) => {
        const [low, high] = [chanceAbove(v, a, s, c), chanceAbove(v, a, s, c + more)];
        assert.ok(low >= 0 && low <= a && high <= low + 1e-12);
      },
    ),
    { seed: 1, numRuns: 300 },
  );
});

test('more orders leave less doubt, and parameters that are not there leave what orders alone say', () => {
  const spreads = [1, 2, 5, 20, 100].map((n) => doubtOf(valuesWith(n, 1)).spread[0]!);
  assert.ok(spreads.every((s, i) => i === 0 || s < spreads[i - 1]!) && spreads.at(-1)! < 0.12);
  const bare = {
    ...valuesWith(5, 1),
    forecast: { alive: Float64Array.of(1), parameters: {} },
  } as unknown as CustomerValues;
  assert.ok(Number.isFinite(doubtOf(bare).spread[0]!));
});
