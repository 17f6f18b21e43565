// Aim: each kind of cuts gives what it promises: places are never exceeded, profit is most, and tiers rise with value.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DAY_MS } from '#kernels/local-time.ts';
import { type Assignment, assign, moves, WHYS } from './assign.ts';
import { capacityCuts, cutsOf, profitCuts, tiersBy, tiersOf } from './cuts.ts';
import { type Benefit, DEFAULT_POLICY, type Policy, parsePolicy } from './policy.ts';

const NAMES = DEFAULT_POLICY.tiers;
const benefit = (costMinor: number, upliftShare: number): Benefit => ({ costMinor, upliftShare, basis: 'assumed' });
const withCuts = (cuts: Policy['cuts'], more: Partial<Policy> = {}): Policy => ({ ...DEFAULT_POLICY, cuts, ...more });
const PLACES = [6, 3, 2];
const CAPACITY = withCuts({ by: 'capacity', places: PLACES });
const PROFIT = withCuts(
  { by: 'profit' },
  {
    tiers: [
      NAMES[0]!,
      ...[200, 900, 4000].map((cost, k) => ({ ...NAMES[k + 1]!, benefit: benefit(cost, 0.1 + 0.1 * k) })),
    ],
  },
);
const values = (minor: readonly number[]) => ({
  customers: minor.map((_, i) => `c${i}`),
  valueMinor: Float64Array.from(minor),
});
const counts = (tiers: Int32Array) => [0, 1, 2, 3].map((k) => tiers.filter((t) => t === k).length);
const MINOR = fc.integer({ min: -500, max: 40_000 });

test('twenty customers and 11 places: the top 2, the next 3, the next 6, and the rest', () => {
  const minor = Array.from({ length: 20 }, (_, i) => (i * 7) % 20);
  assert.deepEqual(counts(tiersOf(Float64Array.from(minor), CAPACITY)), [9, 6, 3, 2]);
  assert.deepEqual([...capacityCuts(Float64Array.from(minor), PLACES)], [8, 14, 17]);
});

test('places: those of equal value that do not all fit are of the lower tier; with places for all nobody is left over', () => {
  assert.deepEqual(counts(tiersOf(Float64Array.of(9, 5, 5, 5, 1), CAPACITY)), [0, 1, 3, 1]);
  assert.deepEqual(counts(tiersOf(new Float64Array(7), CAPACITY)), [7, 0, 0, 0]);
  assert.deepEqual(counts(tiersOf(Float64Array.of(0, 0), CAPACITY)), [0, 0, 0, 2]);
  assert.deepEqual([...capacityCuts(new Float64Array(0), PLACES)], [0, 0, 0]);
});

test('profit cuts in closed form: two tiers part where the benefit pays for itself', () => {
  // 5 % of margin for 1,000: worth it above 20,000. 8 % for 2,500: above (2,500 - 1,000) / 3 % = 50,000.
  const tiers = [
    NAMES[0]!,
    { ...NAMES[1]!, benefit: benefit(1000, 0.05) },
    { ...NAMES[2]!, benefit: benefit(2500, 0.08) },
  ];
  assert.deepEqual([...profitCuts(tiers)], [20_000, 50_000]);
  // A middle tier that is dearer than what it adds is best nowhere: it begins where the next one does, above 2,500 / 8 %.
  const dear = [tiers[0]!, { ...NAMES[1]!, benefit: benefit(2400, 0.05) }, tiers[2]!];
  assert.deepEqual([...profitCuts(dear)], [31_250, 31_250]);
  assert.deepEqual([...tiersBy(Float64Array.of(31_250, 31_251), profitCuts(dear))], [0, 2]);
});

test('law: with profit cuts nobody would bring more in another tier', () => {
  const line = fc.record({ cost: fc.nat(5000), step: fc.integer({ min: 1, max: 40 }) });
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 2, maxLength: 6 }),
      fc.array(MINOR, { minLength: 1, maxLength: 30 }),
      (lines, minor) => {
        let slope = 0;
        const tiers = lines.map(({ cost, step }, k) => {
          slope += step;
          return { key: `t${k}`, en: 'x', zh: 'x', benefit: benefit(cost, slope / 100) };
        });
        const profit = (k: number, value: number) =>
          tiers[k]!.benefit.upliftShare * value - tiers[k]!.benefit.costMinor;
        for (const [i, own] of tiersBy(Float64Array.from(minor), profitCuts(tiers)).entries())
          for (const k of tiers.keys()) assert.ok(profit(own, minor[i]!) >= profit(k, minor[i]!) - 1e-6);
      },
    ),
    { seed: 11, numRuns: 300 },
  );
});

test('law: cuts do not fall, and tiers rise with value, whatever the kind', () => {
  for (const policy of [DEFAULT_POLICY, CAPACITY, PROFIT])
    fc.assert(
      fc.property(fc.array(MINOR, { maxLength: 60 }), (minor) => {
        const cuts = cutsOf(Float64Array.from(minor), policy);
        for (const [k, cut] of cuts.entries()) assert.ok(k === 0 || cut >= cuts[k - 1]!);
        const tiers = tiersOf(Float64Array.from(minor), policy);
        for (const [i, v] of minor.entries())
          for (const [j, w] of minor.entries()) if (v >= w) assert.ok(tiers[i]! >= tiers[j]!);
      }),
      { seed: 12, numRuns: 100 },
    );
});

const COURSE = fc.array(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 14, maxLength: 14 }), {
  minLength: 2,
  maxLength: 6,
});

/** The policy applied to a course of values, moments `days` apart. */
function course(steps: readonly (readonly number[])[], policy: Policy, days: number): Assignment[] {
  const out: Assignment[] = [];
  for (const [step, minor] of steps.entries())
    out.push(assign(values(minor), out.at(-1), policy, step * days * DAY_MS));
  return out;
}

test('law: no tier ever has more customers than places, with gap, dwell time and ties', () => {
  fc.assert(
    fc.property(COURSE, fc.constantFrom(10, 40), fc.constantFrom(0, 0.2), (steps, days, hysteresis) => {
      for (const { tierIndex, why } of course(steps, { ...CAPACITY, hysteresis }, days)) {
        const sizes = counts(tierIndex);
        for (const [k, places] of PLACES.entries()) assert.ok(sizes[k + 1]! <= places, `${sizes}`);
        assert.ok(why.every((code) => WHYS[code] !== undefined));
      }
    }),
    { seed: 13, numRuns: 300 },
  );
});

test('who is in a full tier gives the place up only to somebody who exceeds them by more than the gap', () => {
  const policy = withCuts({ by: 'capacity', places: [1] }, { tiers: NAMES.slice(0, 2), dwellDays: 28 });
  const first = assign(values([100, 90]), undefined, policy, 0);
  assert.deepEqual([...first.tierIndex], [1, 0]);
  const whyAt = (second: readonly number[], days: number) => {
    const now = assign(values(second), first, policy, days * DAY_MS);
    return [[...now.tierIndex], Array.from(now.why, (code) => WHYS[code])];
  };
  // The bare cut is the lower of the two values: only a gap to it tells who passes.
  assert.deepEqual(whyAt([100, 109], 40), [
    [1, 0],
    ['held-by-gap', 'held-by-gap'],
  ]);
  assert.deepEqual(whyAt([100, 112], 40), [
    [0, 1],
    ['displaced', 'rose'],
  ]);
  assert.deepEqual(whyAt([100, 112], 20), [
    [1, 0],
    ['held-by-dwell', 'held-by-dwell'],
  ]);
});

test('law: the gap and the dwell time do not add moves in sum over a course', () => {
  let [quick, slow] = [0, 0];
  fc.assert(
    fc.property(COURSE, (steps) => {
      const count = (policy: Policy) => {
        const all = course(steps, policy, 40);
        return all.slice(1).reduce((sum, each, i) => sum + moves(all[i]!, each).length, 0);
      };
      const cuts = { by: 'money', aboveMinor: [6, 12, 20] } as const;
      quick += count(withCuts(cuts, { hysteresis: 0, dwellDays: 0 }));
      slow += count(withCuts(cuts, { hysteresis: 0.2, dwellDays: 60 }));
    }),
    { seed: 14, numRuns: 200 },
  );
  assert.ok(slow < 0.7 * quick, `${slow} of ${quick}`);
});

test('a policy with the new cuts is checked, and errors name the place', () => {
  const plain = { tiers: NAMES, cuts: { by: 'capacity', places: [6, 3, 2] } };
  assert.deepEqual(parsePolicy(plain), CAPACITY);
  assert.throws(() => parsePolicy({ ...plain, cuts: { by: 'capacity', places: [6, 3] } }), { code: 'TIER_CUTS_COUNT' });
  assert.throws(() => parsePolicy({ ...plain, cuts: { by: 'capacity', places: [6, 0, 2] } }), {
    code: 'TIER_POLICY_BAD',
    message: /cuts\.places\.1/,
  });
  assert.throws(() => parsePolicy({ ...plain, cuts: { by: 'profit' } }), {
    code: 'TIER_POLICY_BAD',
    message: /tiers\.1\.benefit: cuts by profit need the benefit of silver/,
  });
  const flat = PROFIT.tiers.map((tier) => (tier.benefit === undefined ? tier : { ...tier, benefit: benefit(5, 0.1) }));
  assert.throws(() => parsePolicy({ ...PROFIT, tiers: flat }), { message: /tiers\.2\.benefit\.upliftShare/ });
  assert.deepEqual(parsePolicy(PROFIT), PROFIT);
  assert.throws(() => parsePolicy({ ...plain, chances: { promoteAbove: 0.4, demoteAbove: 0.8 } }), {
    message: /chances\.promoteAbove/,
  });
  assert.deepEqual(parsePolicy({ ...plain, chances: { promoteAbove: 0.8, demoteAbove: 0.7 } }).chances, {
    promoteAbove: 0.8,
    demoteAbove: 0.7,
  });
});
