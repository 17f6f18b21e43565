// Aim: effects that are there are found, those that are not are not claimed; what cannot be told is said; same seed, same numbers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KnownError } from '#errors.ts';
import { correlation } from '#kernels/metrics.ts';
import { random } from '#kernels/random.ts';
import { type Column, numbers, type Table, table, take, texts } from '#table/index.ts';
import { meanEstimate, plainDifference } from './average-effect.ts';
import { fitMean, predictMean } from './base.ts';
import { evaluateUplift, fitUplift, METHODS, predictUplift, trialsOf, type UpliftOptions } from './index.ts';
import { effectBase, outcomeBase } from './methods.ts';
import { crossFit, doublyRobust } from './nuisance.ts';

interface World {
  readonly rows: number;
  readonly seed: number;
  /** Effect of one arm, and of the other, at x0 and x1. */
  readonly effect: (x0: number, x1: number) => number;
  readonly binary?: boolean;
  /** Chance to be treated at x0; default one half. */
  readonly chance?: (x0: number) => number;
}

/** People with two features that matter, two that do not, and a text; arms "none" and "mail". */
function world({ rows, seed, effect, binary = false, chance = () => 0.5 }: World) {
  const draw = random(seed);
  const x = Array.from({ length: 4 }, () => Float64Array.from({ length: rows }, () => draw.normal()));
  const kind = Array.from({ length: rows }, () => ['a', 'b', null][draw.integer(3)]!);
  const tau = Float64Array.from({ length: rows }, (_, i) => effect(x[0]![i]!, x[1]![i]!));
  const treated = tau.map((_, i) => Number(draw.uniform() < chance(x[0]![i]!)));
  const outcome = tau.map((own, i) => {
    const base = binary ? 0.25 + (x[2]![i]! > 0 ? 0.1 : 0) : 2 + x[0]![i]! + (kind[i] === 'b' ? 1 : 0);
    const mean = base + treated[i]! * own;
    return binary ? Number(draw.uniform() < mean) : mean + draw.normal();
  });
  const columns: Record<string, Column> = {
    arm: texts(Array.from(treated, (t) => (t === 1 ? 'mail' : 'none'))),
    outcome: numbers(outcome),
  };
  for (const [f, values] of x.entries()) columns[`x${f}`] = numbers(values);
  columns.kind = texts(kind);
  return { data: table(columns), tau, treated };
}

const asked: UpliftOptions = { arm: 'arm', control: 'none', outcome: 'outcome', seed: 3, threads: 1 };
const step = (x0: number, x1: number): number => (x0 > 0 ? 0.8 : 0.2) + 0.3 * x1;

for (const method of METHODS.filter((name) => name !== 'response'))
  test(`${method} finds effects that differ, of amounts and of yes and no`, () => {
    const money = world({ rows: 1600, seed: 1, effect: step });
    const fresh = world({ rows: 1000, seed: 2, effect: step });
    const found = predictUplift(fitUplift(money.data, { ...asked, method }), fresh.data, 1).arms[0]!;
    // The transformed outcome is known to be far noisier than the rest.
    assert.ok(
      correlation(found.effect, fresh.tau) > (method === 'class' ? 0.4 : 0.8),
      `money ${correlation(found.effect, fresh.tau)}`,
    );
    const mean = found.effect.reduce((a, b) => a + b, 0) / 1000;
    const trueMean = fresh.tau.reduce((a, b) => a + b, 0) / 1000;
    // Two arms of 800 with a deviation near 1.5: a standard error of 0.075; three of them, less for the adjustment.
    assert.ok(Math.abs(mean - trueMean) < 0.22, `mean ${mean}, true ${trueMean}`);
    const shares = (x0: number): number => (x0 > 0 ? 0.35 : 0);
    const binary = world({ rows: 2400, seed: 4, effect: shares, binary: true });
    const others = world({ rows: 1000, seed: 5, effect: shares, binary: true });
    const told = predictUplift(fitUplift(binary.data, { ...asked, method }), others.data, 1).arms[0]!;
    assert.ok(correlation(told.effect, others.tau) > 0.7, `binary ${correlation(told.effect, others.tau)}`);
    for (const values of [found.effect, found.standardError, told.effect, told.standardError])
      assert.ok(values.every(Number.isFinite));
  });

test('the same seed gives the same model on 1, 2 and 4 threads, and JSON of it predicts the same', () => {
  // More cells than the learners keep on one thread: there the threads could show.
  const wide = world({ rows: 45_000, seed: 6, effect: step }).data;
  const label = (wide.columns.outcome as { values: Float64Array }).values;
  const given = { data: wide, label, features: ['x0', 'x1', 'x2', 'x3', 'kind'] };
  const base = { ...effectBase(45_000, 5), trees: 5 };
  const means = [1, 2, 4].map((threads) => {
    const model = fitMean(given, base, { binary: false, seed: 1, threads });
    return JSON.stringify([model, Array.from(predictMean(model, wide, threads).subarray(0, 100))]);
  });
  assert.equal(means[0], means[1]);
  assert.equal(means[0], means[2]);
  const rows = take(
    wide,
    Int32Array.from({ length: 1200 }, (_, i) => i),
  );
  for (const method of ['best', 'forest'] as const) {
    const model = fitUplift(rows, { ...asked, method });
    assert.equal(JSON.stringify(fitUplift(rows, { ...asked, method })), JSON.stringify(model));
    assert.deepEqual(predictUplift(JSON.parse(JSON.stringify(model)), rows), predictUplift(model, rows));
  }
});

test('a placebo: intervals hold zero about as often as they say, and no ranking is claimed', () => {
  let [held, slopes, claims] = [0, 0, 0];
  const runs = 6;
  for (let seed = 0; seed < runs; seed++) {
    const { data } = world({ rows: 500, seed: 100 + seed, effect: () => 0 });
    const { report } = evaluateUplift(data, { ...asked, method: 't', folds: 2, draws: 30, seed });
    const [arm] = report.arms;
    held += Number(arm!.ateInterval[0] <= 0 && arm!.ateInterval[1] >= 0);
    slopes += Number(arm!.calibration.slopeInterval[0] <= 0);
    claims += Number(arm!.qiniInterval[0] > 0);
  }
  // Of 6 intervals of 95 % at least 4 hold in 997 of 1000 sound sets.
  assert.ok(held >= 4, `average effects: ${held} of ${runs}`);
  assert.ok(slopes >= 4, `slopes: ${slopes} of ${runs}`);
  assert.ok(claims <= 2, `rankings: ${claims} of ${runs}`);
});

test('intervals of the average effect hold the truth, and the adjusted ones are narrower', () => {
  let [plain, adjusted] = [0, 0];
  const runs = 40;
  for (let seed = 0; seed < runs; seed++) {
    const { data, tau } = world({ rows: 400, seed: 300 + seed, effect: step });
    const [trial] = trialsOf(data, asked).arms;
    const nuisance = crossFit(trial!, { ...outcomeBase(400), kind: 'linear' }, 2, { seed, threads: 1 });
    const own = plainDifference(trial!.treated, trial!.outcome);
    const sharper = meanEstimate(doublyRobust(trial!, nuisance));
    const truth = tau.reduce((a, b) => a + b, 0) / tau.length;
    const holds = ({ interval }: typeof own) => Number(interval[0] <= truth && truth <= interval[1]);
    plain += holds(own);
    adjusted += holds(sharper);
    assert.ok(sharper.standardError < 0.9 * own.standardError);
  }
  // Of 40 intervals of 95 % at least 34 hold in 499 of 500 sound sets.
  assert.ok(plain >= 34 && adjusted >= 34, `plain ${plain}, adjusted ${adjusted} of ${runs}`);
});

test('a ranking that works is told from a response model and from chance; its deciles and policy are right', () => {
  const against = (x0: number): number => (x0 > 0 ? 1 : -1);
  const { data, tau } = world({ rows: 3000, seed: 8, effect: against });
  const { report, people } = evaluateUplift(data, { ...asked, method: 'x', folds: 2, draws: 50 });
  const [arm] = report.arms;
  assert.equal(report.randomised, true);
  assert.ok(arm!.qiniInterval[0] > 0);
  assert.ok(arm!.against.random.differenceInterval[0] > 0);
  assert.ok(arm!.policy.overEverybody.interval[0] > 0 && arm!.policy.overNobody.interval[0] > 0);
  // Those whom it should treat gain 1 each: half of the people.
  assert.ok(Math.abs(arm!.policy.overNobody.estimate - 0.5) < 0.08, `${arm!.policy.overNobody.estimate}`);
  assert.ok(Math.abs(arm!.policy.valueByWeighting - arm!.policyValue) < 0.15);
  assert.equal(arm!.calibration.deciles.length, 10);
  assert.ok(
    arm!.calibration.deciles[0]!.measured.estimate > 0.6 && arm!.calibration.deciles[9]!.measured.estimate < -0.6,
  );
  assert.ok(arm!.calibration.slopeInterval[0] < 1.1 && arm!.calibration.slopeInterval[1] > 0.9);
  assert.equal(arm!.drivers[0]!.feature, 'x0');
  assert.equal(arm!.drivers[0]!.confirmed, true);
  assert.ok(arm!.drivers[0]!.high.least! > arm!.drivers[0]!.low.most!);
  assert.ok(correlation(people[0]!.effect, tau) > 0.9);
});

test('arms that were not drawn by chance: nothing is claimed, what is needed is said, adjusted figures are nearer the truth', () => {
  const chance = (x0: number): number => 1 / (1 + Math.exp(-1.2 * x0));
  const { data } = world({ rows: 2000, seed: 9, effect: () => 0.5, chance });
  const [arm] = evaluateUplift(data, { ...asked, method: 'x', folds: 2, draws: 10 }).report.arms;
  assert.equal(arm!.randomised.ok, false);
  assert.equal(arm!.adjusted, true);
  assert.match(arm!.randomised.why!, /x0/);
  assert.match(arm!.randomised.needed!, /at random/);
  assert.ok(arm!.plainDifference.estimate > 1, 'the plain difference is far off');
  assert.ok(Math.abs(arm!.ate - 0.5) < 0.2, `${arm!.ate}`);
  // The broken control: without the check the plain difference would be told.
  assert.notEqual(arm!.ate, arm!.plainDifference.estimate);
});

test('a logged chance makes an uneven draw sound', () => {
  const chance = (x0: number): number => (x0 > 0 ? 0.8 : 0.3);
  const { data, treated } = world({ rows: 2500, seed: 10, effect: () => 0.5, chance });
  const x0 = (data.columns.x0 as { values: Float64Array }).values;
  const logged = numbers(Float64Array.from(treated, (t, i) => (t === 1 ? chance(x0[i]!) : 1 - chance(x0[i]!))));
  const withLog: Table = { ...data, columns: { ...data.columns, logged } };
  const options = { ...asked, propensity: { from: 'column', column: 'logged' } as const };
  const [arm] = evaluateUplift(withLog, { ...options, method: 'dr', folds: 2, draws: 10 }).report.arms;
  assert.equal(arm!.randomised.ok, true);
  assert.ok(Math.abs(arm!.ate - 0.5) < 0.15, `${arm!.ate}`);
});

test('several arms against one control, each with its own effects; net of cost', () => {
  const draw = random(11);
  const rows = 3000;
  const x = Float64Array.from({ length: rows }, () => draw.normal());
  const arm = Array.from(x, () => ['none', 'a', 'b'][draw.integer(3)]!);
  const gain = (name: string, at: number): number => (name === 'a' ? 1 + at : name === 'b' ? 1 - at : 0);
  const data = table({
    group: texts(arm),
    x: numbers(x),
    margin: numbers(x.map((at, i) => 5 + gain(arm[i]!, at) + draw.normal())),
    spent: numbers(Float64Array.from(arm, (name) => (name === 'none' ? 0 : 0.5))),
  });
  const options = {
    arm: 'group',
    control: 'none',
    outcome: 'margin',
    cost: 'spent',
    method: 'dr',
    threads: 1,
  } as const;
  const { arms } = predictUplift(fitUplift(data, options), data, 1);
  assert.deepEqual(
    arms.map((own) => own.arm),
    ['a', 'b'],
  );
  for (const [k, sign] of [1, -1].entries()) {
    const expected = x.map((at) => 1 + sign * at - 0.5);
    assert.ok(correlation(arms[k]!.effect, expected) > 0.95);
    const off = arms[k]!.effect.reduce((sum, own, i) => sum + (own - expected[i]!) / rows, 0);
    assert.ok(Math.abs(off) < 0.2, `${off}`);
  }
  const { report } = evaluateUplift(data, { ...options, folds: 2, draws: 5 });
  for (const own of report.arms) assert.ok(own.aucc! > 0.55);
});

const refused = (data: Table, options: UpliftOptions, pattern: RegExp): void => {
  assert.throws(
    () => fitUplift(data, options),
    (error) => {
      assert.ok(error instanceof KnownError && error.code === 'UPLIFT_BAD', String(error));
      assert.match(error.message, pattern);
      return true;
    },
  );
};

test('what cannot be learned from is refused in words', () => {
  const { data } = world({ rows: 400, seed: 12, effect: step });
  const withColumn = (name: string, column: Column): Table => ({
    ...data,
    columns: { ...data.columns, [name]: column },
  });
  refused(data, { ...asked, control: 'nobody' }, /nobody in control.*hold some back at random/);
  refused(withColumn('arm', texts(new Array<string>(400).fill('mail'))), asked, /nobody in control/);
  refused(withColumn('arm', texts(new Array<string>(400).fill('none'))), asked, /one arm only/);
  refused(withColumn('outcome', numbers(new Array<null>(400).fill(null))), asked, /0 people with a value of outcome/);
  refused(withColumn('outcome', numbers(new Float64Array(400).fill(Number.NaN))), asked, /400|more have none/);
  refused(withColumn('outcome', texts(new Array<string>(400).fill('yes'))), asked, /text in column outcome/);
  refused(
    take(
      data,
      Int32Array.from({ length: 50 }, (_, i) => i),
    ),
    asked,
    /at least 50 on either side/,
  );
  refused(data, { ...asked, ignore: ['x0', 'x1', 'x2', 'x3', 'kind'] }, /no column to learn from/);
  refused(
    withColumn('arm', texts(Array.from({ length: 400 }, (_, i) => `p${i}`))),
    { ...asked, control: 'p1' },
    /400 values of arm/,
  );
  const chances = withColumn('p', numbers(new Float64Array(400).fill(1.5)));
  refused(chances, { ...asked, propensity: { from: 'column', column: 'p' } }, /a chance of 1.5 in column p, row 1/);
  refused(data, { ...asked, propensity: { from: 'shares', shares: { mail: 0.5 } } }, /a planned share/);
});

test('few people and outcomes that are all alike give a report without a hole', () => {
  const { data } = world({ rows: 130, seed: 14, effect: () => 0 });
  const alike = { ...data, columns: { ...data.columns, outcome: numbers(new Float64Array(130).fill(1)) } };
  for (const few of [data, alike]) {
    const { report } = evaluateUplift(few, { ...asked, method: 't', folds: 5, draws: 5 });
    const holes: string[] = [];
    JSON.stringify(report, (key, value: unknown) => {
      if (typeof value === 'number' && !Number.isFinite(value)) holes.push(key);
      return value;
    });
    assert.deepEqual(holes, []);
  }
});

test('strange tables give finite numbers: NaN outcomes left out, missing features, constant outcomes, new categories', () => {
  const { data } = world({ rows: 600, seed: 13, effect: step });
  const outcome = (data.columns.outcome as { values: Float64Array }).values.slice();
  const gaps: Record<string, Column> = {
    ...data.columns,
    outcome: numbers(outcome.map((y, i) => (i % 7 === 0 ? Number.NaN : y))),
  };
  gaps.x0 = numbers(Array.from(outcome, (_, i) => (i % 3 === 0 ? null : i)));
  const { report } = evaluateUplift({ length: 600, columns: gaps }, { ...asked, method: 'x', folds: 2, draws: 5 });
  assert.equal(report.people.withoutOutcome, 86);
  const constant = { ...data, columns: { ...data.columns, outcome: numbers(new Float64Array(600).fill(3)) } };
  const odd = { ...data, columns: { ...data.columns, kind: texts(new Array<string>(600).fill('new')) } };
  for (const [learned, rows] of [
    [constant, data],
    [data, odd],
  ] as const)
    for (const method of ['x', 's'] as const) {
      const [arm] = predictUplift(fitUplift(learned, { ...asked, method }), rows, 1).arms;
      assert.ok(arm!.effect.every(Number.isFinite), method);
    }
});
