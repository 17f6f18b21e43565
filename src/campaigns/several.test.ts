// Aim: with several offers no limit is passed, little is missed, recorded chances are true, and draws alone part the arms.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { random, split } from '#kernels/random.ts';
import { allocate } from './allocation/allocate.ts';
import { type Candidates, type Choosing, chancesOf, choose } from './choose.ts';

const NONE = Number.POSITIVE_INFINITY;

/** [people][offers] of value and cost. */
function candidates(
  values: readonly (readonly number[])[],
  costs: readonly (readonly number[])[],
  tier: (i: number) => number = () => 0,
): Candidates {
  const column = (of: readonly (readonly number[])[], j: number) => Float64Array.from(of, (row) => row[j]!);
  return {
    count: values.length,
    id: (i) => `C${i}`,
    tier: Int32Array.from(values, (_, i) => tier(i)),
    refused: values.map((_, i) => (i % 13 === 7 ? ('no-consent' as const) : undefined)),
    offers: (values[0] ?? []).map((_, j) => ({
      valueMinor: column(values, j),
      profitMinor: column(values, j),
      costMinor: column(costs, j),
    })),
  };
}

const OPEN: Choosing = {
  ...{ campaignId: 'K', seed: 1, budgetMinor: 1e9, holdoutShare: 0, explorationShare: 0, minRoi: 0, maxPeople: NONE },
  perTier: () => NONE,
  perOffer: [NONE, NONE, NONE],
  channel: [0, 1, 1],
  perChannel: [NONE, NONE],
};

/** Dearer offers do more, for some more than for others. */
function shop(people: number, seed: number): Candidates {
  const draw = random(split(seed, 'several'));
  const costs: number[][] = [];
  const values = Array.from({ length: people }, () => {
    const spend = 2000 * Math.exp(0.8 * draw.normal());
    costs.push([0.02, 0.05, 0.1].map((share) => Math.ceil(10 + share * spend)));
    const keen = draw.uniform();
    return [0.03, 0.06, 0.09].map((share) => Math.round(spend * (share * keen + 0.01 * draw.normal())));
  });
  return candidates(values, costs, (i) => i % 3);
}

/** Counts the money and the places of what was given, and checks them against the limits. */
function counted(people: Candidates, options: Choosing) {
  const chosen = choose(people, options);
  const given = Array.from(chosen.arm.keys()).filter((i) => chosen.arm[i] === 2);
  const sum = (pick: (i: number) => number, who = given) => who.reduce((total, i) => total + pick(i), 0);
  const cost = (i: number) => people.offers[chosen.offer[i]!]!.costMinor[i]!;
  const value = (i: number) => people.offers[chosen.offer[i]!]!.valueMinor[i]!;
  assert.equal(sum(cost), chosen.spentMinor);
  assert.ok(chosen.spentMinor <= options.budgetMinor);
  assert.ok(given.length <= options.maxPeople);
  for (const tier of [0, 1, 2])
    assert.ok(sum((i) => (people.tier[i] === tier ? 1 : 0)) <= options.perTier(tier), `tier ${tier}`);
  for (const [j, most] of options.perOffer.entries())
    assert.ok(sum((i) => (chosen.offer[i] === j ? 1 : 0)) <= most, `offer ${j}`);
  for (const [c, most] of options.perChannel.entries())
    assert.ok(sum((i) => (options.channel[chosen.offer[i]!] === c ? 1 : 0)) <= most, `channel ${c}`);
  const walked = given.filter((i) => chosen.explores[i] === 0);
  assert.ok(sum(value, walked) >= options.minRoi * sum(cost, walked) - 1e-6, 'return');
  for (const [i, refused] of people.refused.entries())
    if (refused !== undefined) assert.deepEqual([chosen.arm[i], chosen.offer[i], chosen.explores[i]], [0, -1, 0]);
  for (const i of walked) assert.ok(value(i) > 0);
  return { chosen, given, value: sum(value) };
}

test('laws: money, places and return hold whatever is asked; the same again', () => {
  const row = fc.tuple(
    fc.integer({ min: -20, max: 90 }),
    fc.integer({ min: -20, max: 90 }),
    fc.integer({ min: -20, max: 90 }),
  );
  const money = fc.tuple(fc.nat(40), fc.nat(40), fc.nat(40));
  const places = fc.oneof(fc.nat(6), fc.constant(NONE));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(row, money), { maxLength: 40 }),
      fc.record({
        budgetMinor: fc.nat(500),
        holdoutShare: fc.constantFrom(0, 0.2, 0.5),
        explorationShare: fc.constantFrom(0, 0.1, 0.5),
        minRoi: fc.constantFrom(0, 0.5, 3),
        maxPeople: places,
        seed: fc.nat(),
      }),
      fc.tuple(places, places, places),
      fc.tuple(places, places),
      places,
      (rows, terms, perOffer, perChannel, perTier) => {
        const people = candidates(
          rows.map(([own]) => own),
          rows.map(([, own]) => own),
          (i) => i % 3,
        );
        const options = { ...OPEN, ...terms, perOffer, perChannel, perTier: () => perTier };
        const { chosen } = counted(people, options);
        assert.deepEqual(choose(people, options), chosen);
      },
    ),
    { seed: 21, numRuns: 300 },
  );
});

test('with nobody held out the plan misses a hundredth of the bound at most', () => {
  const people = shop(3000, 2);
  const eligible = Array.from(people.refused.keys()).filter((i) => people.refused[i] === undefined);
  for (const terms of [
    { budgetMinor: 40_000 },
    { budgetMinor: 100_000, perOffer: [300, 300, 100] },
    { budgetMinor: 60_000, minRoi: 1, perTier: (tier: number) => [100, 500, NONE][tier]! },
    { maxPeople: 400, perChannel: [NONE, 200] },
  ]) {
    const options = { ...OPEN, ...terms };
    const { value } = counted(people, options);
    const of = (code: (i: number, j: number) => number) =>
      Int32Array.from({ length: 3 * eligible.length }, (_, row) => code(eligible[Math.floor(row / 3)]!, row % 3));
    const column = (pick: 'valueMinor' | 'costMinor') => Float64Array.from(of((i, j) => people.offers[j]![pick][i]!));
    const { upperBound } = allocate(
      {
        customers: eligible.length,
        offsets: Int32Array.from({ length: eligible.length + 1 }, (_, c) => 3 * c),
        value: column('valueMinor'),
        cost: column('costMinor'),
        kinds: [
          { of: of(() => 0), most: Float64Array.of(options.maxPeople) },
          { of: of((i) => people.tier[i]!), most: Float64Array.from([0, 1, 2], options.perTier) },
          { of: of((_, j) => j), most: Float64Array.from(options.perOffer) },
          { of: of((_, j) => options.channel[j]!), most: Float64Array.from(options.perChannel) },
        ],
      },
      { budget: options.budgetMinor, minRoi: options.minRoi },
    );
    assert.ok(value >= 0.99 * upperBound && value <= upperBound * (1 + 1e-9), `${value} of ${upperBound}`);
  }
});

test('the chances told are those of the draws: over 600 seeds every arm comes as often as it was promised', () => {
  const people = shop(60, 5);
  const options = { ...OPEN, holdoutShare: 0.2, explorationShare: 0.3, budgetMinor: 1500, perOffer: [NONE, 8, NONE] };
  const arms = ['none', 'holdout', 0, 1, 2] as const;
  const [came, promised, spread, naive] = [0, 1, 2, 3].map(() => new Float64Array(arms.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let short = 0;
  for (let seed = 0; seed < 600; seed++) {
    const chosen = choose(people, { ...options, seed });
    for (let i = 0; i < people.count; i++) {
      if (people.refused[i] !== undefined) continue;
      // money ran out before an explorer's turn: told apart, and rare
      if (chosen.explores[i] === 1 && chosen.arm[i] === 0) short++;
      const draws = { holdoutShare: 0.2, offers: 3, explorationShare: chosen.explorationShare };
      const [told, bare] = [draws, { ...draws, explorationShare: 0 }].map((own) => chancesOf(chosen.meant[i]!, own));
      for (const [k, arm] of arms.entries()) {
        const chance = typeof arm === 'number' ? told!.offers[arm]! : told![arm];
        const isIt =
          arm === 'none'
            ? chosen.arm[i] === 0
            : arm === 'holdout'
              ? chosen.arm[i] === 1
              : chosen.arm[i] === 2 && chosen.offer[i] === arm;
        came[k]! += isIt ? 1 : 0;
        promised[k]! += chance;
        spread[k]! += chance * (1 - chance);
        naive[k]! += typeof arm === 'number' ? bare!.offers[arm]! : bare![arm];
      }
      assert.ok(Math.abs(told!.none + told!.holdout + told!.offers.reduce((a, b) => a + b, 0) - 1) < 1e-12);
    }
  }
  assert.ok(short < 0.002 * 600 * people.count, `${short} explorers without money`);
  // draws of a fixed number vary less than these, so four of them are far
  for (const [k, arm] of arms.entries())
    assert.ok(
      Math.abs(came[k]! - promised[k]!) < 4 * Math.sqrt(spread[k]!) + short,
      `${arm}: ${came[k]} for ${promised[k]}`,
    );
  assert.ok(
    Math.abs(came[4]! - naive[4]!) > 20 * Math.sqrt(spread[4]!),
    'chances that forget the exploration are found out',
  );
});

test('whom an offer was meant for does not hang on the own draw: given and held out are alike, arm by arm', () => {
  const people = shop(400, 9);
  const options = { ...OPEN, holdoutShare: 0.3, budgetMinor: 20_000, perOffer: [60, NONE, 20] };
  const sums = [0, 1, 2].map(() => ({ given: 0, held: 0, givenCost: 0, heldCost: 0, squares: 0 }));
  for (let seed = 0; seed < 300; seed++) {
    const { arm, offer } = choose(people, { ...options, seed });
    for (let i = 0; i < people.count; i++) {
      const own = sums[offer[i]!];
      if (own === undefined) continue;
      const cost = people.offers[0]!.costMinor[i]!;
      own.squares += cost ** 2;
      if (arm[i] === 2) [own.given, own.givenCost] = [own.given + 1, own.givenCost + cost];
      else [own.held, own.heldCost] = [own.held + 1, own.heldCost + cost];
    }
  }
  for (const [j, { given, held, givenCost, heldCost, squares }] of sums.entries()) {
    assert.ok(given > 1000 && held > 400, `${j}: ${given} and ${held}`);
    const share = held / (given + held);
    assert.ok(Math.abs(share - 0.3) < 4 * Math.sqrt((0.3 * 0.7) / (given + held)), `${j}: ${share} held out`);
    const mean = (givenCost + heldCost) / (given + held);
    const deviation = Math.sqrt(squares / (given + held) - mean ** 2);
    const error = deviation * Math.sqrt(1 / given + 1 / held);
    assert.ok(
      Math.abs(givenCost / given - heldCost / held) < 4 * error,
      `${j}: ${givenCost / given}, ${heldCost / held}`,
    );
  }
});

test('exploration takes no more of the budget than its share, and its offers are dealt evenly', () => {
  const people = shop(3000, 4);
  const { chosen } = counted(people, { ...OPEN, budgetMinor: 200_000, explorationShare: 0.2 });
  const explorers = Array.from(chosen.arm.keys()).filter((i) => chosen.explores[i] === 1 && chosen.arm[i] === 2);
  const spent = explorers.reduce((sum, i) => sum + people.offers[chosen.offer[i]!]!.costMinor[i]!, 0);
  assert.ok(
    chosen.explorationShare < 0.2 && Math.abs(spent - 40_000) < 12_000,
    `${spent} by ${chosen.explorationShare}`,
  );
  for (const j of [0, 1, 2]) {
    const dealt = explorers.filter((i) => chosen.offer[i] === j).length;
    // Binomial(n, 1/3): four standard deviations.
    assert.ok(Math.abs(dealt - explorers.length / 3) < 4 * Math.sqrt((explorers.length * 2) / 9), `${j}: ${dealt}`);
  }
  assert.equal(choose(people, { ...OPEN, explorationShare: 0.1 }).explorationShare, 0.1);
});
