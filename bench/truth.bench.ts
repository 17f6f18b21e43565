/**
 * Estimates beside the truth of the simulated shop, over several seeds: value, tiers, and the default campaign, each
 * against what the made-up world expects and what then happens. `npm run bench -- truth [SEEDS] [CUSTOMERS] [FUTURES]`;
 * SEEDS is a count (1 to it) or a list such as 101,102. One JSON line a part and seed, then mean and standard deviation.
 * Money in minor units. `coverage` figures are of 80 % intervals of value and 95 % intervals of the campaign, ends
 * included. `coverageOpen` is of the customers whose interval reaches above value_minor, which 80 % can be asked of: the
 * others are likelier than that to buy nothing, and theirs hold more whatever the ends are. `decile0` to `decile9` are
 * foretold over true totals of tenths of customers by what was foretold, the lowest first. What customers buy of which
 * product is not among the answers of `respond`, so recommendations are not judged here.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CampaignPlan, planCampaign } from '#campaigns/index.ts';
import { type Compute, openDuckdb, openWorkspace } from '#engines/index.ts';
import { findMapping, openLake } from '#events/index.ts';
import { gini, ranked, spearman } from '#kernels/metrics.ts';
import { spreads } from '#learners/index.ts';
import { campaignSettings, carriedOut, type RunReport, runLoop, settled } from '#loop/index.ts';
import { readShopFacts, respond, type ShopFacts, writeShop } from '#simulate/index.ts';
import { numberColumn, textAt, textColumn } from '#table/index.ts';
import { makeValues } from '#value/index.ts';

const VALUE_DAYS = 91;
const NOW = Date.UTC(2026, 10, 1);
const seeds = seedsOf(process.argv[2] ?? '5');
const customers = Number(process.argv[3] ?? 4000);
const futures = Number(process.argv[4] ?? 40);

interface Shop {
  readonly compute: Compute;
  readonly world: ShopFacts;
  readonly mapping: ReturnType<typeof findMapping>['mapping'];
  readonly report: RunReport;
}

type Figures = Readonly<Record<string, number>>;

function seedsOf(text: string): number[] {
  if (text.includes(','))
    return text
      .split(',')
      .filter((each) => each !== '')
      .map(Number);
  return Array.from({ length: Number(text) }, (_, i) => i + 1);
}

/** Makes a shop in a temporary folder, runs the loop on it, and takes it away again. */
async function inShop(seed: number, work: (shop: Shop) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'tierwise-truth-'));
  const [data, dir] = [join(root, 'data'), join(root, 'workspace')];
  const compute = await openDuckdb({ threads: 2 });
  const workspace = openWorkspace(dir);
  try {
    await writeShop({ customers, seed, out: data }, compute);
    const { mapping, dataDir } = findMapping(data);
    const watch = { stage: () => {}, step: () => {} };
    const report = await runLoop({
      ...{ compute, workspace, mapping, dataDir, seed, now: NOW, watch, fingerprint: 'truth', peakRssMb: () => 0 },
    });
    await openLake(compute, join(dir, 'lake'));
    await compute.run(`create or replace table truth as from '${data}/truth/customer_truth/*.parquet'`);
    await work({ compute, world: (await readShopFacts(data))!, mapping, report });
  } finally {
    workspace.close();
    await compute.close();
    rmSync(root, { recursive: true, force: true });
  }
}

async function value({ compute, world, mapping, report }: Shop): Promise<Figures> {
  await makeValues(compute, { ...momentOf(mapping, report), horizonDays: VALUE_DAYS });
  const rows = await compute.table(
    `select v.customer_id, v.value_minor, v.value_low_minor, v.value_high_minor, t.expected_margin_${VALUE_DAYS}d_minor as truth
     from customer_values v join truth t using (customer_id) order by v.customer_id`,
  );
  const [predicted, low, high, truth] = ['value_minor', 'value_low_minor', 'value_high_minor', 'truth'].map((name) =>
    Float64Array.from(numberColumn(rows, name).values),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const id = textColumn(rows, 'customer_id');
  const contacts = Array.from(predicted, (_, i) => ({ customerId: textAt(id, i)!, arm: 'none' as const }));
  const { responses } = respond(world.seed, {
    ...{ shop: shopOf(world), contacts, offer: {}, startAt: report.asOf + 1, days: VALUE_DAYS },
  });
  const realised = Float64Array.from(responses, ({ outcome }) => Math.round(outcome.margin));
  const inside = Array.from(realised, (own, i) => (own >= low[i]! && own <= high[i]! ? 1 : 0));
  const open = inside.filter((_, i) => high[i]! > predicted[i]!);
  return {
    customers: rows.length,
    nGini: gini(truth, predicted) / gini(truth, truth),
    spearman: spearman(truth, predicted),
    totalRatio: sum(predicted) / sum(truth),
    realisedRatio: sum(realised) / sum(truth),
    nGiniRealised: gini(realised.map(atLeast0), predicted) / gini(realised.map(atLeast0), realised.map(atLeast0)),
    nGiniRealisedOfTruth: gini(realised.map(atLeast0), truth) / gini(realised.map(atLeast0), realised.map(atLeast0)),
    coverage: sum(inside) / inside.length,
    coverageOpen: sum(open) / Math.max(1, open.length),
    shareOpen: open.length / inside.length,
    below: sum(Array.from(realised, (own, i) => (own < low[i]! ? 1 : 0))) / inside.length,
    above: sum(Array.from(realised, (own, i) => (own > high[i]! ? 1 : 0))) / inside.length,
    ...deciles(predicted, truth),
  };
}

/** Foretold over true totals, by tenths of what was foretold. */
function deciles(predicted: Float64Array, truth: Float64Array): Figures {
  const order = Array.from(ranked(predicted)).reverse();
  const tenth = (k: number) => order.slice((k * order.length) / 10, ((k + 1) * order.length) / 10);
  return Object.fromEntries(
    Array.from({ length: 10 }, (_, k) => {
      const total = (values: Float64Array) => sum(tenth(k).map((i) => values[i]!));
      return [`decile${k}`, total(predicted) / total(truth)];
    }),
  );
}

/** Shares of customers in their true tier: the true margin of the loop's horizon or the nearest known, cut at the same counts. */
async function tiers({ compute, report }: Shop): Promise<Figures> {
  const days = [28, 91, 182].reduce((a, b) =>
    Math.abs(b - report.horizonDays) < Math.abs(a - report.horizonDays) ? b : a,
  );
  const rows = await compute.table(
    `select c.tier_index::double as tier, c.value_minor::double as "value", (v.r + v.f + v.m)::double as rfm,
       p.spend_minor::double as spend, t.expected_margin_${days}d_minor as truth
     from customer_tiers c join customer_values v using (customer_id) join profiles p using (customer_id)
       join truth t using (customer_id) order by c.customer_id`,
  );
  const column = (name: string) => Float64Array.from(numberColumn(rows, name).values);
  const [own, rfm, spend, truth, estimate] = ['tier', 'rfm', 'spend', 'truth', 'value'].map(column) as [
    ...[Float64Array, Float64Array, Float64Array, Float64Array, Float64Array],
  ];
  const counts = new Float64Array(Math.max(...own) + 1);
  for (const tier of own) counts[tier]! += 1;
  const right = tiersByCount(truth, counts);
  const most = Math.max(...spend) + 1;
  const hits = (guess: ArrayLike<number>) =>
    sum(Array.from(guess, (tier, i) => (tier === right[i] ? 1 : 0))) / rows.length;
  const near = (guess: ArrayLike<number>) =>
    sum(Array.from(guess, (tier, i) => (Math.abs(tier - right[i]!) <= 1 ? 1 : 0))) / rows.length;
  const byRfm = tiersByCount(
    rfm.map((score, i) => score + spend[i]! / most),
    counts,
  );
  return {
    days,
    tierwise: hits(own),
    value: hits(tiersByCount(estimate, counts)),
    rfm: hits(byRfm),
    pastSpend: hits(tiersByCount(spend, counts)),
    chance: sum(counts.map((n) => (n / rows.length) ** 2)),
    withinOneTierwise: near(own),
    withinOneRfm: near(byRfm),
  };
}

/** Ranks cut so that every tier, the lowest first, has as many as `counts` says. */
function tiersByCount(scores: Float64Array, counts: Float64Array): Float64Array {
  const out = new Float64Array(scores.length);
  const best = ranked(scores);
  let [tier, left] = [counts.length - 1, counts.at(-1)!];
  for (const i of best) {
    while (left === 0) left = counts[--tier]!;
    out[i] = tier;
    left--;
  }
  return out;
}

async function campaign(shop: Shop): Promise<Figures> {
  const { compute, world, mapping, report } = shop;
  const moment = momentOf(mapping, report);
  const settings = await settled(compute, campaignSettings(mapping.campaign), moment.asOf);
  const planned = await planCampaign(compute, { ...settings, ...moment });
  const { measured, truth } = await carriedOut(compute, world, planned, moment.asOf);
  const [low, high] = measured.interval ?? [Number.NaN, Number.NaN];
  const chosen = await choices(shop, planned);
  const { offered } = planned.plan;
  const [plannedLow, plannedHigh] = planned.plan.interval;
  const none = Number.NaN;
  return {
    offered,
    holdout: planned.plan.holdout,
    measuredBasis: planned.plan.response.kind === 'measured' ? 1 : 0,
    ...basisOf(planned),
    planned: planned.plan.expectedProfitMinor,
    plannedLow,
    plannedHigh,
    plannedHolds: offered === 0 ? none : within(truth.expectedProfitMinor, [plannedLow, plannedHigh]),
    measured: measured.incrementalProfitMinor ?? Number.NaN,
    measuredLow: low,
    measuredHigh: high,
    trueExpected: truth.expectedProfitMinor,
    trueRealised: truth.incrementalProfitMinor,
    ...chosen,
    ...(await manyFutures(shop, settings)),
  };
}

/** What the plan rests on, a customer: the effect that was measured over all past campaigns. */
function basisOf({ plan: { response } }: CampaignPlan): Figures {
  if (response.kind !== 'measured') return {};
  const { overallMinor, overallSeMinor, betweenGroupsMinor, scale, groups } = response;
  return { overallMinor, overallSeMinor, betweenGroupsMinor, scale, groups: groups.length };
}

/** True expected profit of the targeted, of everybody eligible, and at the budget spent of a random choice and of the best. */
async function choices({ compute, world, report }: Shop, planned: CampaignPlan): Promise<Figures> {
  const rows = await compute.table(
    `select customer_id, arm, score::double as score from campaign_plan
     where reason not in ('no-consent', 'contacted-recently') order by customer_id`,
  );
  const [id, arm] = [textColumn(rows, 'customer_id'), textColumn(rows, 'arm')];
  const score = numberColumn(rows, 'score').values;
  const { offer, windowDays, asOf } = planned.plan;
  const contacts = Array.from({ length: rows.length }, (_, i) => ({
    customerId: textAt(id, i)!,
    arm: 'offer' as const,
  }));
  const { responses } = respond(world.seed, {
    shop: shopOf(world),
    contacts,
    offer: {
      ...(offer.percentOff === undefined ? {} : { percentOff: offer.percentOff }),
      ...(offer.amountOffMinor === undefined ? {} : { amountOff: offer.amountOffMinor }),
      ...{ minSpend: offer.minSpendMinor, cost: offer.contactCostMinor },
    },
    startAt: asOf + 1,
    days: windowDays,
  });
  const profit = Float64Array.from(responses, ({ expected }) => expected.with.margin - expected.without.margin);
  const cost = Float64Array.from(responses, ({ expected }) => expected.with.discount + offer.contactCostMinor);
  const offered = contacts.flatMap((_, i) => (textAt(arm, i) === 'offer' ? [i] : []));
  const budget = sum(offered.map((i) => cost[i]!));
  const randomly = (spent: number) => (sum(profit) * spent) / sum(cost);
  const ranking = ranked(Float64Array.from(score));
  const half = best(ranking, profit, cost, sum(cost) / 2);
  const quarter = best(ranking, profit, cost, sum(cost) / 4);
  const trueRanking = ranked(profit.map((own, i) => own / Math.max(1, cost[i]!)));
  return {
    horizonDays: report.horizonDays,
    eligible: rows.length,
    budgetSpentTrue: budget,
    targeted: sum(offered.map((i) => profit[i]!)),
    everybody: sum(profit),
    random: randomly(budget),
    bestKnown: best(trueRanking, profit, cost, budget),
    halfByScore: half,
    halfRandom: randomly(sum(cost) / 2),
    quarterByScore: quarter,
    quarterRandom: randomly(sum(cost) / 4),
    gainOverRandom: sum(offered.map((i) => profit[i]!)) - randomly(budget),
    quarterGain: quarter - randomly(sum(cost) / 4),
    scoreSpearman: spearman(
      profit.map((own, i) => own / Math.max(1, cost[i]!)),
      Float64Array.from(score),
    ),
  };
}

/** Profit of the first of a ranking until the cost is spent. */
function best(order: ArrayLike<number>, profit: Float64Array, cost: Float64Array, budget: number): number {
  let [spent, total] = [0, 0];
  for (let k = 0; k < order.length; k++) {
    const i = order[k]!;
    if (spent + cost[i]! > budget) break;
    spent += cost[i]!;
    total += profit[i]!;
  }
  return total;
}

/** Futures of one shop, each with a holdout drawn anew: is the measurement without bias, and do its intervals hold the truth? */
async function manyFutures({ compute, world, mapping, report }: Shop, settings: Settled): Promise<Figures> {
  const moment = momentOf(mapping, report);
  const seen = { expected: 0, realised: 0, read: 0, red: 0, error: 0, measured: 0, truth: 0, squares: 0, width: 0 };
  for (let future = 1; future <= futures; future++) {
    const planned = await planCampaign(compute, { ...settings, ...moment, seed: moment.seed + 7919 * future });
    const { measured, truth } = await carriedOut(compute, world, planned, moment.asOf, future);
    const { interval, incrementalProfitMinor: got, srm } = measured;
    if (interval === null || got === null) continue;
    seen.read++;
    seen.red += srm.ok ? 0 : 1;
    seen.expected += within(truth.expectedProfitMinor, interval);
    seen.realised += within(truth.incrementalProfitMinor, interval);
    const error = got - truth.expectedProfitMinor;
    seen.error += error;
    seen.squares += error ** 2;
    seen.measured += got;
    seen.truth += truth.expectedProfitMinor;
    seen.width += (interval[1] - interval[0]) / 2;
  }
  const n = seen.read > 0 ? seen.read : Number.NaN;
  return {
    futures: seen.read,
    coverage: seen.expected / n,
    coverageRealised: seen.realised / n,
    bias: seen.error / n,
    biasStandardError: Math.sqrt(Math.max(0, seen.squares / n - (seen.error / n) ** 2) / n),
    meanMeasured: seen.measured / n,
    meanTrue: seen.truth / n,
    meanHalfWidth: seen.width / n,
    splitsRed: seen.red,
  };
}

type Settled = Awaited<ReturnType<typeof settled>>;

const momentOf = ({ shop }: Shop['mapping'], { asOf, horizonDays, seed }: RunReport) => ({
  ...{ asOf, horizonDays, seed, shop, timeZone: shop.timeZone },
});
const shopOf = ({ days, endAt, products }: ShopFacts) => ({ days, endAt, products });
const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);
const within = (amount: number, [low, high]: readonly [number, number]): number =>
  amount >= low && amount <= high ? 1 : 0;
const atLeast0 = (own: number): number => Math.max(0, own);

function rounded(figures: Figures): Figures {
  const short = (x: number) => (Math.abs(x) >= 1000 ? Math.round(x) : Math.round(x * 1e4) / 1e4);
  return Object.fromEntries(Object.entries(figures).map(([name, own]) => [name, short(own)]));
}

const parts: Record<string, Figures[]> = {};
for (const seed of seeds) {
  await inShop(seed, async (shop) => {
    for (const [part, judge] of Object.entries({ tiers, campaign, value })) {
      const figures = await judge(shop);
      parts[part] = [...(parts[part] ?? []), figures];
      console.log(JSON.stringify({ part, seed, customers, ...rounded(figures) }));
    }
  });
}
for (const [part, own] of Object.entries(parts)) {
  // A shop whose plan offers nobody measures nothing: its figures are left out of the means.
  const all = Object.keys(own[0]!).map((name) => {
    const known = own.flatMap((each) => (Number.isFinite(each[name]) ? [{ x: each[name]! }] : []));
    if (known.length === 0) return [name, null];
    const { mean, sd } = spreads(known).x;
    return [name, { ...rounded({ mean, sd }), of: known.length }];
  });
  console.log(JSON.stringify({ part, seeds: own.length, customers, ...Object.fromEntries(all) }));
}
