// Aim: the measured effect is the true one within its interval, a broken draw is noticed, known answers are met.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tQuantile, tTwoSided } from '#kernels/distributions.ts';
import { random, split } from '#kernels/random.ts';
import { normalTail } from '#kernels/special.ts';
import { numbers, type Table, table, texts } from '#table/index.ts';
import { measureCampaign } from './measure.ts';
import type { CampaignPlan } from './plan.ts';
import { type Cell, shrunkEffects } from './shrink.ts';
import { ratioCheck, welch } from './welch.ts';

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, not ${expected}`);

test('quantiles and tails of tables', () => {
  near(tQuantile(0.975, 10), 2.228138852, 1e-8);
  near(tQuantile(0.975, 1), 12.7062047, 1e-6);
  near(tQuantile(0.975, 1e6), 1.959966, 1e-5);
  near(tTwoSided(2.228138852, 10), 0.05, 1e-9);
  near(normalTail(0), 0.5, 1e-15);
  near(normalTail(1.959963984540054), 0.025, 1e-14);
  near(normalTail(5), 2.866515718791933e-7, 1e-18);
  assert.ok(normalTail(2 - 1e-12) >= normalTail(2) && normalTail(2 - 1e-9) - normalTail(2) < 1e-9);
});

test('Welch on two small samples by hand', () => {
  // {1, 2, 3, 4} and {2, 4, 6}: means 2.5 and 4, variances 5/3 and 4; se^2 = 5/12 + 4/3 = 1.75.
  const { difference, standardError, freedom } = welch(
    { n: 3, mean: 4, variance: 4 },
    { n: 4, mean: 2.5, variance: 5 / 3 },
  )!;
  near(difference, 1.5, 1e-12);
  near(standardError, Math.sqrt(1.75), 1e-12);
  near(freedom, 1.75 ** 2 / ((4 / 3) ** 2 / 2 + (5 / 12) ** 2 / 3), 1e-12);
  assert.equal(welch({ n: 1, mean: 1, variance: 0 }, { n: 5, mean: 1, variance: 1 }), undefined);
});

test('a split that is not the planned one is called so', () => {
  assert.equal(ratioCheck({ offered: 800, holdout: 200 }, 0.2).pValue, 1);
  assert.ok(ratioCheck({ offered: 8100, holdout: 1950 }, 0.2).ok);
  const broken = ratioCheck({ offered: 8000, holdout: 1700 }, 0.2);
  assert.ok(!broken.ok && broken.pValue < 1e-8);
  near(broken.chiSquare, (1700 - 1940) ** 2 / 1940 + (8000 - 7760) ** 2 / 7760, 1e-9);
  assert.equal(ratioCheck({ offered: 10, holdout: 1 }, 0).ok, false);
});

const PLAN = { campaignId: 'K', plan: { holdoutShare: 0.3 } } as CampaignPlan;
const EFFECT = { low: 20, high: 120 };

/** Margin = something of past spend + noise + effect of the tier; the contact costs 10. */
function outcomes(seed: number, size: number): { data: Table; truth: number } {
  const draw = random(split(seed, 'outcomes'));
  const rows = Array.from({ length: size }, () => {
    const tier = draw.uniform() < 0.5 ? 'low' : 'high';
    const offered = draw.uniform() < 0.7;
    const before = 1000 * draw.gamma(2, 2);
    const margin = 0.3 * before + 100 * draw.normal() + (offered ? EFFECT[tier] : 0);
    return { tier, arm: offered ? 'offer' : 'holdout', before, margin, offered };
  });
  const column = (pick: (row: (typeof rows)[number]) => number) => numbers(rows.map(pick));
  const data = table({
    customer_id: texts(rows.map((_, i) => `C${i}`)),
    arm: texts(rows.map((row) => row.arm)),
    tier: texts(rows.map((row) => row.tier)),
    orders: column(() => 1),
    revenue_minor: column((row) => row.margin * 3),
    margin_minor: column((row) => row.margin),
    discount_minor: column((row) => (row.offered ? 5 : 0)),
    contact_cost_minor: column((row) => (row.offered ? 10 : 0)),
    pre_spend_minor: column((row) => row.before),
  });
  return { data, truth: rows.reduce((sum, row) => sum + (row.offered ? EFFECT[row.tier as 'low'] - 10 : 0), 0) };
}

test('a known effect is found, with honest intervals', () => {
  let covered = 0;
  let width = 0;
  let bare = 0;
  for (let repeat = 0; repeat < 100; repeat++) {
    const { data, truth } = outcomes(repeat, 600);
    const { interval, srm, cuped } = measureCampaign(data, PLAN);
    if (interval![0] <= truth && truth <= interval![1]) covered++;
    width += interval![1] - interval![0];
    assert.ok(srm.pValue > 1e-6);
    assert.ok(cuped!.varianceRemoved > 0.7);
    const { pre_spend_minor: _, ...rest } = data.columns;
    const plain = measureCampaign(table(rest), PLAN);
    bare += plain.interval![1] - plain.interval![0];
    assert.equal(plain.cuped, null);
  }
  // Binomial(100, 0.95): 88 is three standard deviations below.
  assert.ok(covered >= 88, `${covered} of 100`);
  assert.ok(width < 0.65 * bare, 'past spend narrows the interval');
});

test('by tier, cost and return', () => {
  const { data } = outcomes(1, 20_000);
  const { byTier, costMinor, roi, incrementalProfitMinor, offered, orders } = measureCampaign(data, PLAN);
  assert.deepEqual(
    byTier.map((each) => each.tier),
    ['high', 'low'],
  );
  for (const each of byTier) {
    const expected = EFFECT[each.tier as 'low'] - 10;
    const [low, high] = each.interval!;
    const se = (high - low) / 4 / each.offered;
    near(each.incrementalProfitMinor! / each.offered, expected, 4 * se);
  }
  assert.equal(costMinor, 15 * offered);
  near(roi!, incrementalProfitMinor! / costMinor, 1e-3);
  near(orders!.total, 0, 1e-9);
});

test('arms with one customer have no result, others are left out', () => {
  const { data } = outcomes(1, 50);
  const arm = texts(Array.from({ length: 50 }, (_, i) => (i === 0 ? 'holdout' : i < 30 ? 'offer' : 'none')));
  const result = measureCampaign({ ...data, columns: { ...data.columns, arm } }, PLAN);
  assert.deepEqual([result.offered, result.holdout, result.incrementalProfitMinor], [29, 1, null]);
});

test('shrinkage finds effects of groups better than their own differences', () => {
  const draw = random(11);
  const truth = Array.from({ length: 12 }, () => 100 + 40 * draw.normal());
  const cells: Cell[] = truth.flatMap((effect, g) =>
    ['A', 'B'].flatMap((campaign, c) =>
      [true, false].map((treated): Cell => {
        // The level of the campaign must not pass for an effect: B has more treated people and a higher level.
        const n = treated === (c === 1) ? 300 : 60;
        let [sum, squares] = [0, 0];
        for (let i = 0; i < n; i++) {
          const y = 500 * c + (treated ? effect : 0) + 400 * draw.normal();
          sum += y;
          squares += y * y;
        }
        return { group: `g${g}`, campaign, treated, n, sum, squares };
      }),
    ),
  );
  const { groups, overall, overallSe } = shrunkEffects(cells);
  assert.equal(groups.length, 12);
  const error = (pick: (group: (typeof groups)[number]) => number) =>
    Math.sqrt(groups.reduce((sum, group) => sum + (pick(group) - truth[Number(group.group.slice(1))]!) ** 2, 0) / 12);
  assert.ok(error((g) => g.effect) < error((g) => g.raw));
  near(overall, truth.reduce((a, b) => a + b, 0) / 12, 4 * overallSe);
  assert.deepEqual(shrunkEffects([]).groups, []);
});
