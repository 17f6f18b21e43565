// Aim: the state of a customer depends on nothing later, worsens with silence alone, does not depend on the unit of time,
// says the obvious of tiny lives, and the rhythm that made a simulated shop is found again.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { random } from '#kernels/random.ts';
import { betaCdf } from '#kernels/special.ts';
import { AT_RISK, lifecycleOf, livesAt, STATES } from './lifecycle.ts';
import { fitRhythm, type PurchaseLives, paces, type Rhythm } from './rhythm.ts';

const RHYTHM: Rhythm = {
  ...{ shape: 2, a: 2, b: 40, c: 0.5, d: 3, astray: 0.03, memory: 0.9 },
  ...{ logLikelihood: 0, customers: 0, gaps: 0, converged: true },
};
const OPTIONS = { horizonDays: 60 };

function livesOf(lives: readonly (readonly number[])[], seenDay: number): PurchaseLives {
  const starts = [0];
  for (const life of lives) starts.push(starts.at(-1)! + life.length);
  return { starts: Int32Array.from(starts), days: Float64Array.from(lives.flat()), seenDay };
}

const every = (gap: number, times: number, from = 0): number[] =>
  Array.from({ length: times }, (_, k) => from + gap * k);
const stateOf = (life: readonly number[], seenDay: number, rhythm = RHYTHM) => {
  const { state, since, previous } = lifecycleOf(livesOf([life], seenDay), rhythm, OPTIONS);
  return { state: STATES[state[0]!], since: since[0]!, previous: previous[0]! < 0 ? null : STATES[previous[0]!] };
};
/** Days of purchase that are these gaps apart. */
const daysOf = (gaps: readonly number[]): number[] => {
  const days = [0];
  for (const gap of gaps) days.push(days.at(-1)! + gap);
  return days;
};
/** Some gaps are long. */
const life = fc
  .array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 400 })), { maxLength: 12 })
  .map(daysOf);
/** Without a lapse, which begins on a whole day and so knows a unit of time. */
const steady = fc.array(fc.integer({ min: 8, max: 20 }), { maxLength: 12 }).map(daysOf);
const runs = { seed: 11, numRuns: 200 };

describe('states by rhythm', () => {
  test('three weeks are long for who buys weekly and short for who buys twice a year', () => {
    const weekly = every(7, 12);
    assert.equal(stateOf(weekly, weekly.at(-1)! + 7).state, 'active');
    assert.ok(['at-risk', 'lapsed'].includes(stateOf(weekly, weekly.at(-1)! + 21).state!));
    const yearly = every(182, 4);
    assert.equal(stateOf(yearly, yearly.at(-1)! + 21).state, 'active');
    assert.equal(stateOf(yearly, yearly.at(-1)! + 182).state, 'active');
    assert.equal(stateOf(yearly, yearly.at(-1)! + 1500).state, 'lapsed');
  });

  test('new until the expected gap has passed or the second order comes', () => {
    const { expectedGap } = lifecycleOf(livesOf([[0]], 0), RHYTHM, OPTIONS);
    const due = Math.floor(expectedGap[0]!);
    assert.deepEqual(stateOf([0], due), { state: 'new', since: 0, previous: null });
    assert.deepEqual(stateOf([0], due + 1), { state: 'active', since: due + 1, previous: 'new' });
    assert.deepEqual(stateOf([0, 3], 4), { state: 'active', since: 3, previous: 'new' });
  });

  test('won back for one gap after a purchase that ends a lapse, then active', () => {
    const back = [...every(7, 12), 400];
    assert.equal(stateOf(every(7, 12), 399).state, 'lapsed');
    assert.deepEqual(stateOf(back, 400), { state: 'won-back', since: 400, previous: 'lapsed' });
    const { expectedGap } = lifecycleOf(livesOf([back], 400), RHYTHM, OPTIONS);
    assert.ok(expectedGap[0]! < 20, `the year away is no rhythm: ${expectedGap[0]}`);
    const over = 401 + Math.floor(expectedGap[0]!);
    assert.equal(stateOf(back, over - 1).state, 'won-back');
    assert.deepEqual(stateOf([...back, over - 1], over), { state: 'active', since: over, previous: 'won-back' });
  });

  test('the chance of silence is 1 on the day of purchase and the next order lies ahead, inside its range', () => {
    const { chanceSilence, alive, nextLow, nextDay, nextHigh, buys } = lifecycleOf(
      livesOf([every(7, 12), every(30, 5), [0], [0, 1]], 140),
      RHYTHM,
      OPTIONS,
    );
    const at = lifecycleOf(livesOf([[5]], 5), RHYTHM, OPTIONS);
    assert.equal(at.chanceSilence[0], 1);
    for (let i = 0; i < alive.length; i++) {
      assert.ok(chanceSilence[i]! > 0 && chanceSilence[i]! < 1 && alive[i]! > 0 && alive[i]! < 1);
      assert.ok(nextLow[i]! >= 140 && nextLow[i]! < nextDay[i]! && nextDay[i]! < nextHigh[i]!);
      assert.ok(buys[i]! > 0 && buys[i]! < alive[i]!);
    }
  });

  test('rules are data: a threshold of 0 is never passed', () => {
    const never = { atRisk: { silence: 0, alive: 0 }, lapsed: { silence: 0, alive: 0 } };
    const { state } = lifecycleOf(livesOf([every(7, 12)], 3000), RHYTHM, { ...OPTIONS, rules: never });
    assert.equal(STATES[state[0]!], 'active');
  });
});

describe('laws of states', () => {
  test('a state depends on nothing later', () => {
    fc.assert(
      fc.property(life, fc.integer({ min: 0, max: 2000 }), (days, seenDay) => {
        const whole = livesOf([days], 10_000);
        const cut = livesAt(whole, seenDay);
        const past = days.filter((day) => day <= seenDay);
        assert.deepEqual(lifecycleOf(cut, RHYTHM, OPTIONS), lifecycleOf(livesOf([past], seenDay), RHYTHM, OPTIONS));
      }),
      runs,
    );
  });

  test('the day since which a state holds is the first day on which it is told', () => {
    fc.assert(
      fc.property(life, fc.integer({ min: 0, max: 600 }), (days, silence) => {
        const seenDay = days.at(-1)! + silence;
        const now = stateOf(days, seenDay);
        const before = livesAt(livesOf([days], seenDay), now.since - 1);
        if (now.previous === null) return assert.equal(before.rows.length, 0);
        const then = lifecycleOf(before, RHYTHM, OPTIONS);
        assert.equal(STATES[then.state[0]!], now.previous);
        const first = lifecycleOf(livesAt(livesOf([days], seenDay), now.since), RHYTHM, OPTIONS);
        assert.equal(STATES[first.state[0]!], now.state);
      }),
      runs,
    );
  });

  test('more silence never makes a state better nor a chance higher', () => {
    const rank = (state: number) => (state < AT_RISK ? 0 : state);
    fc.assert(
      fc.property(life, fc.integer({ min: 0, max: 900 }), fc.integer({ min: 1, max: 300 }), (days, silence, more) => {
        const at = (extra: number) => lifecycleOf(livesOf([days], days.at(-1)! + silence + extra), RHYTHM, OPTIONS);
        const [now, later] = [at(0), at(more)];
        assert.ok(rank(later.state[0]!) >= rank(now.state[0]!));
        assert.ok(later.chanceSilence[0]! <= now.chanceSilence[0]! && later.alive[0]! <= now.alive[0]!);
      }),
      runs,
    );
  });

  test('the unit of time cancels', () => {
    fc.assert(
      fc.property(steady, fc.integer({ min: 0, max: 900 }), (days, silence) => {
        const seenDay = days.at(-1)! + silence;
        const hours = lifecycleOf(
          livesOf([days.map((day) => day * 24)], seenDay * 24),
          { ...RHYTHM, b: RHYTHM.b * 24 },
          {
            horizonDays: OPTIONS.horizonDays * 24,
          },
        );
        const own = lifecycleOf(livesOf([days], seenDay), RHYTHM, OPTIONS);
        assert.ok(Math.abs(hours.chanceSilence[0]! - own.chanceSilence[0]!) < 1e-9);
        assert.ok(Math.abs(hours.expectedGap[0]! / 24 - own.expectedGap[0]!) < 1e-6 * own.expectedGap[0]!);
        // Rounding reaches the slopes, which are differences over a step of 1e-5.
        assert.ok(Math.abs(hours.buys[0]! - own.buys[0]!) < 1e-9);
      }),
      runs,
    );
  });
});

/** A shop of the model itself; the day of sight is 500. */
function simulated(customers: number, own: Pick<Rhythm, 'shape' | 'a' | 'b' | 'c' | 'd'>, seed: number) {
  const draw = random(seed);
  const lives: number[][] = [];
  const alive: boolean[] = [];
  for (let i = 0; i < customers; i++) {
    const rate = draw.gamma(own.a, own.b);
    const leave = draw.beta(own.c, own.d);
    const days: number[] = [];
    let gone = false;
    for (let at = draw.uniform() * 350; at <= 500; at += draw.gamma(own.shape, rate)) {
      days.push(at);
      gone = draw.uniform() < leave;
      if (gone) break;
    }
    lives.push(days);
    alive.push(!gone);
  }
  return { lives: livesOf(lives, 500), alive };
}

describe('the rhythm of a shop', () => {
  const truth = { shape: 2, a: 2, b: 30, c: 1, d: 4 };
  const { lives, alive } = simulated(2000, truth, 3);
  const rhythm = fitRhythm(lives);

  test('is found again, and says right how many are still customers', () => {
    assert.ok(rhythm.converged);
    assert.equal(rhythm.memory, 1);
    // Over seeds 1 to 8 the logarithms lie within 0.16 of the truth.
    for (const name of ['shape', 'a', 'b', 'c', 'd'] as const)
      assert.ok(Math.abs(Math.log(rhythm[name] / truth[name])) < 0.35, `${name} ${rhythm[name]}`);
    const told = lifecycleOf(lives, rhythm, OPTIONS).alive;
    for (const [low, high] of [
      [0, 0.3],
      [0.3, 0.7],
      [0.7, 1],
    ] as const) {
      const rows = [...alive.keys()].filter((i) => told[i]! >= low && told[i]! < high);
      const share = rows.filter((i) => alive[i]).length / rows.length;
      const expected = rows.reduce((sum, i) => sum + told[i]!, 0) / rows.length;
      assert.ok(Math.abs(share - expected) < 3.5 * Math.sqrt(0.25 / rows.length), `${share} ${expected}`);
    }
  });

  test('scales with time', () => {
    const hours = fitRhythm({ ...lives, days: lives.days.map((day) => day * 24), seenDay: 500 * 24 });
    // Rounding reaches the slopes, which are differences over a step of 1e-5.
    assert.ok(Math.abs(hours.b / 24 / rhythm.b - 1) < 1e-4);
    assert.ok(Math.abs(hours.shape / rhythm.shape - 1) < 1e-4);
  });

  test('of a shop without a second purchase, or of one customer, is a wide guess and no error', () => {
    for (const few of [livesOf([[0]], 90), livesOf([[0], [5], [9]], 9), livesOf([[3]], 3), livesOf([], 9)]) {
      const own = fitRhythm(few);
      assert.ok([own.shape, own.a, own.b, own.c, own.d].every((x) => x > 0 && Number.isFinite(x)));
      const { expectedGap, nextHigh, buys } = lifecycleOf(few, own, OPTIONS);
      assert.ok([...expectedGap, ...nextHigh, ...buys].every(Number.isFinite));
    }
  });

  test('times and chances are each other’s inverse and near the exact ones', () => {
    const { beyond, passed } = paces(rhythm);
    const { shape, a, b } = rhythm;
    for (const chance of [0.9, 0.5, 0.1, 0.003]) {
      assert.ok(Math.abs(beyond(5, 80, passed(5, 80, chance)) - chance) < 1e-9);
      const exact = betaCdf(a, shape, b / (b + passed(0, 0, chance)));
      assert.ok(Math.abs(exact - chance) < 1e-3, `${exact} ${chance}`);
    }
  });
});
