// Aim: the budget is never passed, limits hold, the holdout is a clean draw, and nobody refused gets anything.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Candidates, type Choosing, chancesOf, choose } from './choose.ts';
import { REASON_CODES, type ReasonCode } from './reasons.ts';

interface Person {
  readonly tier: number;
  readonly profit: number;
  readonly cost: number;
  readonly refused: boolean;
}

const candidates = (people: readonly Person[]): Candidates => ({
  count: people.length,
  id: (i) => `C${i}`,
  tier: Int32Array.from(people, (p) => p.tier),
  offers: [
    {
      valueMinor: Float64Array.from(people, (p) => p.profit),
      profitMinor: Float64Array.from(people, (p) => p.profit),
      costMinor: Float64Array.from(people, (p) => p.cost),
    },
  ],
  refused: people.map((p): ReasonCode | undefined => (p.refused ? 'no-consent' : undefined)),
});

const unlimited: Choosing = {
  campaignId: 'K',
  seed: 1,
  budgetMinor: Number.MAX_SAFE_INTEGER,
  holdoutShare: 0.2,
  explorationShare: 0,
  minRoi: 0,
  maxPeople: Number.POSITIVE_INFINITY,
  perTier: () => Number.POSITIVE_INFINITY,
  perOffer: [Number.POSITIVE_INFINITY],
  channel: [-1],
  perChannel: [],
};

const person = fc.record({
  tier: fc.integer({ min: -1, max: 2 }),
  profit: fc.integer({ min: -20, max: 100 }),
  cost: fc.integer({ min: 0, max: 50 }),
  refused: fc.boolean(),
});

test('laws of a plan', () => {
  fc.assert(
    fc.property(
      fc.array(person, { maxLength: 60 }),
      fc.nat(600),
      fc.nat(20),
      fc.nat(8),
      fc.double({ min: 0, max: 0.9, noNaN: true }),
      fc.nat(),
      (people, budgetMinor, maxPeople, perTier, holdoutShare, seed) => {
        const options = { ...unlimited, budgetMinor, maxPeople, perTier: () => perTier, holdoutShare, seed };
        const chosen = choose(candidates(people), options);
        const { arm, reason, spentMinor } = chosen;
        const offered = people.filter((_, i) => arm[i] === 2);
        assert.equal(
          offered.reduce((sum, p) => sum + p.cost, 0),
          spentMinor,
        );
        assert.ok(spentMinor <= budgetMinor);
        assert.ok(offered.length <= maxPeople);
        for (const tier of [-1, 0, 1, 2]) assert.ok(offered.filter((p) => p.tier === tier).length <= perTier);
        for (const [i, own] of people.entries()) {
          if (own.refused) assert.deepEqual([arm[i], REASON_CODES[reason[i]!]], [0, 'no-consent']);
          if (arm[i] !== 0) assert.ok(own.profit > 0);
        }
        assert.deepEqual(choose(candidates(people), options), chosen);
      },
    ),
    { seed: 8, numRuns: 300 },
  );
});

test('the best return for the money comes first', () => {
  const people = [
    { tier: 0, profit: 100, cost: 100, refused: false },
    { tier: 0, profit: 90, cost: 10, refused: false },
    { tier: 0, profit: 50, cost: 10, refused: false },
  ];
  const { arm, reason, spentMinor } = choose(candidates(people), { ...unlimited, budgetMinor: 25, holdoutShare: 0 });
  assert.deepEqual([...arm], [0, 2, 2]);
  assert.equal(spentMinor, 20);
  assert.equal(REASON_CODES[reason[0]!], 'budget');
});

test('the holdout has its share in every tier and does not depend on value', () => {
  const people = Array.from({ length: 3000 }, (_, i) => ({
    tier: i % 3,
    profit: 1 + (i % 100),
    cost: 10,
    refused: false,
  }));
  const { arm, meant } = choose(candidates(people), unlimited);
  for (const tier of [0, 1, 2]) assert.equal(people.filter((p, i) => p.tier === tier && arm[i] === 1).length, 200);
  assert.deepEqual(chancesOf(meant[0]!, { holdoutShare: 0.2, explorationShare: 0, offers: 1 }), {
    none: 0,
    holdout: 0.2,
    offers: [0.8],
  });
  const mean = (side: number) => {
    const own = people.filter((_, i) => arm[i] === side);
    return own.reduce((sum, p) => sum + p.profit, 0) / own.length;
  };
  // Standard deviation 29; standard error of the difference 1.3.
  assert.ok(Math.abs(mean(1) - mean(2)) < 4, `${mean(1)} and ${mean(2)}`);
});

test('under a budget offer and holdout reach down to the same return', () => {
  const people = Array.from({ length: 2000 }, (_, i) => ({ tier: 0, profit: 1 + i, cost: 10, refused: false }));
  const { arm } = choose(candidates(people), { ...unlimited, budgetMinor: 5000 });
  const least = (side: number) => Math.min(...people.flatMap((p, i) => (arm[i] === side ? [p.profit] : [])));
  assert.equal(arm.filter((side) => side === 2).length, 500);
  assert.ok(Math.abs(least(1) - least(2)) < 40, `${least(1)} and ${least(2)}`);
  // Binomial(625, 0.2): four standard deviations.
  assert.ok(Math.abs(arm.filter((side) => side === 1).length - 125) < 40);
});
