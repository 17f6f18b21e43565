// Aim: a policy replayed on stored values gives what the run gave, and its figures are those that can be counted by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY_MS } from '#kernels/local-time.ts';
import { livelyLines, noon, SHOP, tinyShop } from '#value/tiny-lines.ts';
import { type PastMoment, readHistory, type TierHistory } from './history.ts';
import { makeTiers } from './make.ts';
import { DEFAULT_POLICY, type Policy } from './policy.ts';
import { shareOf } from './ratio.ts';
import { replayed } from './stability.ts';
import { compared, whatIf } from './what-if.ts';

const NAMES = DEFAULT_POLICY.tiers;
const POLICIES: Policy[] = [
  DEFAULT_POLICY,
  { ...DEFAULT_POLICY, cuts: { by: 'capacity', places: [100, 40, 15] }, hysteresis: 0.2 },
  { ...DEFAULT_POLICY, chances: { promoteAbove: 0.6, demoteAbove: 0.6 } },
];

for (const [number, policy] of POLICIES.entries())
  test(`the policy in force, replayed, is the recorded history: policy ${number}`, async () => {
    const compute = await tinyShop(livelyLines(400, 11));
    const features = (_: number, into: string) =>
      compute.run(
        `create or replace table ${into} as select customer_id, count(*) as orders from order_lines group by 1`,
      );
    const report = await makeTiers(compute, {
      ...{ asOf: noon(400), timeZone: SHOP.timeZone, shop: SHOP, horizonDays: 91, seed: 1, features, policy },
    });
    const history = await readHistory(compute, 'tier_history');
    const again = replayed(history, policy);
    for (const [i, { tierIndex }] of again.entries()) assert.deepEqual(tierIndex, history.moments[i]!.tierIndex);
    const { tiers, dates, moves, cutsMinor, regret } = whatIf(history, policy);
    assert.deepEqual([dates, moves, cutsMinor], [report.dates, report.moves, report.cutsMinor]);
    assert.deepEqual(
      tiers.map(({ tier, customers, valueMinor }) => ({ tier, customers, valueMinor })),
      report.tiers,
    );
    // Horizons of 91 days that begin 182, 136 and 91 days back are over; those 46 days back and today are not.
    assert.equal(regret!.moments, 3);
    assert.deepEqual(compared(history, policy, policy).changes, []);
    // The margin after a moment is that of the lines after it: p1 costs 30, of p2 40 % of what was paid is left.
    const [row] = await compute.rows<{ kept: number; paid: number }>(
      `select (select sum(realised_minor)::double from tier_history where as_of = $at) as kept,
         (select sum(if(product_id = 'p1' and paid >= 6, paid - 30, round(paid * 0.4)))::double from order_lines where status = 'paid' and ordered_at > $at and ordered_at <= $to
            and customer_id in (select customer_id from tier_history where as_of = $at)) as paid`,
      { at: report.dates[2]!, to: report.dates[4]! + DAY_MS / 2 },
    );
    assert.equal(row!.kept, row!.paid);
    await compute.close();
  });

test('a workspace from before doubt was kept: its history is read, and moves count as sure', async () => {
  const compute = await tinyShop([]);
  await compute.run(`create table tier_history as select * from (values
    (1000::bigint, 'a', 'bronze', 0, 10::bigint), (2000::bigint, 'a', 'silver', 1, 900::bigint)) t(as_of, customer_id, tier, tier_index, value_minor)`);
  const history = await readHistory(compute, 'tier_history');
  assert.deepEqual([history.customers, history.moments.length, history.moments[0]!.doubt], [1, 2, undefined]);
  const policy: Policy = {
    ...{ tiers: NAMES.slice(0, 2), cuts: { by: 'money', aboveMinor: [500] }, hysteresis: 0.1, dwellDays: 0 },
    chances: { promoteAbove: 0.9, demoteAbove: 0.9 },
  };
  assert.deepEqual([whatIf(history, policy).moves, whatIf(history, policy).regret], [1, null]);
  await compute.close();
});

const moment = (day: number, minor: number[], realised?: number[]): PastMoment => ({
  at: day * DAY_MS,
  customer: Int32Array.from(minor.keys()),
  valueMinor: Float64Array.from(minor),
  tierIndex: new Int32Array(minor.length),
  ...(realised === undefined ? {} : { realisedMinor: Float64Array.from(realised) }),
});

const MONEY: Policy = {
  tiers: [
    NAMES[0]!,
    { ...NAMES[1]!, benefit: { costMinor: 10, upliftShare: 0.1, basis: 'measured' } },
    { ...NAMES[2]!, benefit: { costMinor: 40, upliftShare: 0.2, basis: 'assumed' } },
  ],
  cuts: { by: 'money', aboveMinor: [100, 300] },
  hysteresis: 0,
  dwellDays: 0,
};

/** Four customers: one steady, one up and down again, one rising, one falling. */
const HISTORY: TierHistory = {
  customers: 4,
  moments: [
    moment(0, [50, 50, 150, 400], [0, 500, 200, 350]),
    moment(90, [50, 150, 150, 400], [50, 50, 400, 0]),
    moment(180, [50, 50, 400, 150]),
  ],
};

test('sizes, moves, reverted moves, regret and cost of four customers, counted by hand', () => {
  const { tiers, moves, movesPerCustomerYear, reverted, regret, benefits, held } = whatIf(HISTORY, MONEY);
  assert.deepEqual(
    tiers.map(({ shown }) => shown),
    [
      [2, 1, 2],
      [1, 2, 1],
      [1, 1, 1],
    ],
  );
  // up, then down, up and down; four customers over half a year less a bit
  assert.equal(moves, 4);
  const years = 180 / 365.25;
  assert.ok(Math.abs(movesPerCustomerYear!.value - 4 / (4 * years)) < 1e-12);
  // Moves 0, 2, 1 and 1 of four who were seen as long: the interval of a mean, deviation sqrt(2 / 3) over 2, in a year.
  const half = (1.959963984540054 * Math.sqrt(2 / 3 / 4)) / years;
  assert.ok(Math.abs(movesPerCustomerYear!.high! - (1 / years + half)) < 1e-12);
  // Of the first move alone it is known what came after: it was undone.
  assert.deepEqual(reverted, { value: 1, low: null, high: null });
  assert.deepEqual(held, { 'held-by-gap': 0, 'held-by-dwell': 0, 'held-by-doubt': 0, 'held-by-places': 0 });
  // Given 0 0 1 2 and 0 1 1 2; hindsight says 0 2 1 2 and 0 0 2 0.
  assert.deepEqual(
    {
      ...regret,
      right: regret!.right!.value * 8,
      over: regret!.over * 8,
      under: regret!.under * 8,
      missedMarginShare: regret!.missedMarginShare!.value,
    },
    {
      moments: 2,
      customers: 8,
      right: 4,
      over: 2,
      under: 2,
      missedMarginShare: (500 + 400) / (500 + 200 + 350 + 400),
      missedMarginMinor: 900,
      // c1: 0.2 x 500 - 40 = 60 missed; then -(0.1 x 50 - 10) = 5; c2: (80 - 40) - (40 - 10) = 10; c3: 40 spent for nothing
      profitMinor: Math.round((60 + 5 + 10 + 40) / 2),
    },
  );
  // 150 at 10 % for 10, and 400 at 20 % for 40
  assert.deepEqual(benefits, { costMinor: 50, upliftMinor: 95, profitMinor: 45, basis: 'assumed' });
});

test('beside the policy in force: who would change, and its tiers cost what the proposed ones of the same key do', () => {
  const plain: Policy = { ...MONEY, tiers: NAMES.slice(0, 3), cuts: { by: 'money', aboveMinor: [40, 1000] } };
  const { inForce, proposed, changes } = compared(HISTORY, MONEY, plain);
  assert.deepEqual(changes, [
    { from: 'silver', to: 'bronze', customers: 2 },
    { from: 'silver', to: 'gold', customers: 1 },
  ]);
  assert.deepEqual([inForce!.benefits!.costMinor, proposed.benefits!.costMinor], [40, 50]);
  const alone = compared(HISTORY, MONEY, null);
  assert.deepEqual([alone.inForce, alone.differences], [null, null]);
  assert.equal(whatIf({ customers: 0, moments: [] }, MONEY).movesPerCustomerYear, null);
});

test('the difference of two policies is paired: nothing between equals, and what customers share is taken off', () => {
  assert.deepEqual(compared(HISTORY, MONEY, MONEY).differences, {
    movesPerCustomerYear: { value: 0, low: 0, high: 0 },
    right: { value: 0, low: 0, high: 0 },
    missedMarginShare: { value: 0, low: 0, high: 0 },
  });
  // With one cut at 100 nobody moves but c1, twice; with two cuts c2 and c3 also do, once.
  const plain: Policy = { ...MONEY, tiers: MONEY.tiers.slice(0, 2), cuts: { by: 'money', aboveMinor: [100] } };
  const { movesPerCustomerYear: moves, right } = compared(HISTORY, MONEY, plain).differences!;
  const years = 180 / 365.25;
  assert.ok(Math.abs(moves!.value - 2 / 4 / years) < 1e-12);
  // 0, 0, 1 and 1 move more: deviation sqrt(1 / 3) of four.
  assert.ok(Math.abs(moves!.high! - moves!.value - (1.959963984540054 * Math.sqrt(1 / 3 / 4)) / years) < 1e-12);
  // Of eight: four are right with two cuts; with one, all but c1 twice and c3 once.
  assert.ok(Math.abs(right!.value - (4 - 5) / 8) < 1e-12);
});

test('a share of cases has Wilson’s interval, which stays within 0 and 1', () => {
  // Agresti and Coull (1998), table of Wilson's: 0 of 10 gives up to .278.
  assert.ok(Math.abs(shareOf(0, 10)!.high! - 0.2775) < 5e-5);
  assert.ok(Math.abs(shareOf(0, 10)!.low!) < 1e-12);
  assert.ok(shareOf(1, 3)!.high! <= 1);
  assert.equal(shareOf(1, 0), null);
});

test('a move that must be likely waits for the doubt to go', () => {
  const doubtful = (alive: number, spread: number) => ({
    alive: Float64Array.of(alive),
    spread: Float64Array.of(spread),
  });
  const history: TierHistory = {
    customers: 1,
    moments: [
      { ...moment(0, [50]), doubt: doubtful(0.9, 1) },
      { ...moment(90, [150]), doubt: doubtful(0.9, 1) },
      { ...moment(180, [150]), doubt: doubtful(0.99, 0.2) },
      { ...moment(270, [80]), doubt: doubtful(0.6, 0.2) },
      { ...moment(360, [60]), doubt: doubtful(0.2, 0.2) },
    ],
  };
  const policy: Policy = { ...MONEY, chances: { promoteAbove: 0.8, demoteAbove: 0.7 } };
  assert.deepEqual(
    replayed(history, policy).map(({ tierIndex }) => tierIndex[0]),
    [0, 0, 1, 1, 0],
  );
  assert.equal(whatIf(history, policy).held['held-by-doubt'], 2);
});
