// Aim: tiers follow the policy: they rise with value, do not flap, and keep the dwell time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DAY_MS } from '#kernels/local-time.ts';
import { type Assignment, assign, moves, WHYS } from './assign.ts';
import { cutsOf, tierAt, tiersOf } from './cuts.ts';
import { DEFAULT_POLICY, type Policy, parsePolicy } from './policy.ts';

const MONEY: Policy = { ...DEFAULT_POLICY, cuts: { by: 'money', aboveMinor: [1000, 5000, 20_000] } };
const values = (...minor: number[]) => ({
  customers: minor.map((_, i) => `c${i}`),
  valueMinor: Float64Array.from(minor),
});
const why = (assignment: Assignment, row: number) => WHYS[assignment.why[row]!];

test('twenty customers by shares: 10, 6, 3 and 1', () => {
  const tiers = tiersOf(
    Float64Array.from({ length: 20 }, (_, i) => i),
    DEFAULT_POLICY,
  );
  assert.deepEqual(
    [0, 1, 2, 3].map((k) => tiers.filter((t) => t === k).length),
    [10, 6, 3, 1],
  );
});

test('customers of one value are of one tier, the lower', () => {
  assert.deepEqual(
    [...tiersOf(Float64Array.of(0, 0, 0, 0, 0, 0, 0, 0, 9, 9), DEFAULT_POLICY)],
    [0, 0, 0, 0, 0, 0, 0, 0, 2, 2],
  );
  assert.deepEqual([...tiersOf(Float64Array.of(7), DEFAULT_POLICY)], [0]);
  assert.deepEqual([...cutsOf(new Float64Array(0), DEFAULT_POLICY)], [0, 0, 0]);
});

test('a first assignment, a rise, a fall, and both kinds of holding', () => {
  const first = assign(values(900, 6000, 6000, 900, 6000), undefined, MONEY, 0);
  assert.deepEqual([...first.tierIndex], [0, 2, 2, 0, 2]);
  assert.deepEqual(new Set(Array.from(first.why, (w) => WHYS[w])), new Set(['first']));
  const soon = assign(values(1101, 4499, 4501, 1099, 25_000), first, MONEY, 27 * DAY_MS);
  assert.deepEqual([...soon.tierIndex], [...first.tierIndex]);
  assert.equal(why(soon, 0), 'held-by-dwell');
  const late = assign(values(1101, 4499, 4501, 1099, 25_000), first, MONEY, 28 * DAY_MS);
  assert.deepEqual([...late.tierIndex], [1, 1, 2, 0, 3]);
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((row) => why(late, row)),
    ['rose', 'fell', 'held-by-gap', 'held-by-gap', 'rose'],
  );
  assert.deepEqual([...late.previousIndex], [0, 2, -1, -1, 2]);
  assert.deepEqual(
    [...late.sinceAt],
    [28, 28, 0, 0, 28].map((d) => d * DAY_MS),
  );
  assert.deepEqual(
    moves(first, late).map(({ customerId, from, to }) => [customerId, from, to]),
    [
      ['c0', 0, 1],
      ['c1', 2, 1],
      ['c4', 2, 3],
    ],
  );
});

test('cuts below zero widen outwards too', () => {
  assert.equal(tierAt(-95, Float64Array.of(-100), 0.1), 0);
  assert.equal(tierAt(-89, Float64Array.of(-100), 0.1), 1);
  assert.equal(tierAt(-109, Float64Array.of(-100), -0.1), 1);
});

const MINOR = fc.integer({ min: -500, max: 40_000 });

test('law: without memory tiers rise with value, and do not depend on row order', () => {
  for (const policy of [DEFAULT_POLICY, MONEY])
    fc.assert(
      fc.property(fc.array(MINOR, { minLength: 1, maxLength: 60 }), (minor) => {
        const tiers = tiersOf(Float64Array.from(minor), policy);
        const back = tiersOf(Float64Array.from([...minor].reverse()), policy);
        for (const [i, v] of minor.entries()) {
          assert.equal(back[minor.length - 1 - i], tiers[i]);
          for (const [j, w] of minor.entries()) if (v >= w) assert.ok(tiers[i]! >= tiers[j]!);
        }
      }),
      { seed: 1, numRuns: 150 },
    );
});

test('law: of two customers who were in one tier the worthier is never below the other', () => {
  fc.assert(
    fc.property(fc.array(MINOR, { minLength: 2, maxLength: 40 }), (minor) => {
      const before = {
        ...assign(values(...minor), undefined, MONEY, 0),
        tierIndex: new Int32Array(minor.length).fill(1),
      };
      const after = assign(values(...minor), before, MONEY, 90 * DAY_MS);
      for (const [i, v] of minor.entries())
        for (const [j, w] of minor.entries()) if (v > w) assert.ok(after.tierIndex[i]! >= after.tierIndex[j]!);
    }),
    { seed: 2, numRuns: 150 },
  );
});

test('law: no move within the dwell time', () => {
  fc.assert(
    fc.property(
      fc.array(MINOR, { minLength: 1, maxLength: 20 }),
      fc.array(MINOR, { minLength: 20, maxLength: 20 }),
      fc.nat(27),
      (one, two, days) => {
        const first = assign(values(...one), undefined, MONEY, 0);
        const after = assign(values(...two.slice(0, one.length)), first, MONEY, days * DAY_MS);
        assert.deepEqual(after.tierIndex, first.tierIndex);
      },
    ),
    { seed: 3, numRuns: 150 },
  );
});

test('law: value that swings within the gap about a cut moves a customer at most once', () => {
  const swing = fc.double({ min: 0.901, max: 1.099, noNaN: true });
  fc.assert(
    fc.property(
      fc.constantFrom(1000, 5000, 20_000),
      fc.array(swing, { minLength: 3, maxLength: 30 }),
      (cut, swings) => {
        let before: Assignment | undefined;
        let count = 0;
        for (const [step, share] of swings.entries()) {
          const now = assign(values(cut * share), before, MONEY, step * 40 * DAY_MS);
          if (before !== undefined) count += moves(before, now).length;
          before = now;
        }
        assert.equal(count, 0);
      },
    ),
    { seed: 4, numRuns: 150 },
  );
});

test('a policy from outside is checked, and every fault has its code', () => {
  const plain = { tiers: DEFAULT_POLICY.tiers, cuts: { by: 'share', shares: [0.5, 0.3, 0.15, 0.05] } };
  assert.deepEqual(parsePolicy(plain), DEFAULT_POLICY);
  const money = (aboveMinor: number[]) => parsePolicy({ ...plain, cuts: { by: 'money', aboveMinor } });
  assert.deepEqual(money([1, 2, 3]).cuts, { by: 'money', aboveMinor: [1, 2, 3] });
  assert.throws(() => money([500, 100, 900]), { code: 'TIER_CUTS_UNSORTED', message: /got \[500, 100, 900\]/ });
  assert.throws(() => money([1, 2]), { code: 'TIER_CUTS_COUNT' });
  assert.throws(() => parsePolicy({ ...plain, cuts: { by: 'share', shares: [0.5, 0.3, 0.1, 0.05] } }), {
    code: 'TIER_SHARES_SUM',
  });
  assert.throws(() => parsePolicy({ ...plain, hysteresis: 2 }), { code: 'TIER_POLICY_BAD', message: /hysteresis/ });
  assert.throws(() => parsePolicy({ ...plain, dwell: 3 }), { code: 'TIER_POLICY_BAD', message: /dwell/ });
  assert.throws(
    () => parsePolicy({ ...plain, tiers: [plain.tiers[0], plain.tiers[0], plain.tiers[1], plain.tiers[2]] }),
    { code: 'TIER_POLICY_BAD', message: /bronze/ },
  );
  assert.throws(() => parsePolicy(null), { code: 'TIER_POLICY_BAD' });
});
