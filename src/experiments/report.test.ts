// Aim: covariates, clusters, quantiles, guardrails, slices, days and verdicts say what is true of worlds whose truth is known,
// equal statsmodels where it has the same (golden/experiments.json), and refuse bad input with a way out.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { chiSquareTail } from '#kernels/distributions.ts';
import { random, split } from '#kernels/random.ts';
import { numbers, type Table, table, texts } from '#table/index.ts';
import { groupedSums } from './arm-sums.ts';
import { bucketOf } from './assign.ts';
import { metricColumns } from './columns.ts';
import { alwaysAbove, parseGuardrail } from './guardrails.ts';
import { covariateColumn, metricColumn, sliceColumn } from './members.ts';
import { answerValue, parseMetric } from './metric-spec.ts';
import { statisticOf } from './moments.ts';
import { overTime } from './over-time.ts';
import { planned, powerOf } from './power.ts';
import { quantileStatistic } from './quantiles.ts';
import { weightedMismatch } from './ratio-check.ts';
import { membersOf, type Question, reportOf } from './report.ts';
import { switchbackAt } from './switchback.ts';

const SEED = 2_610;
const GOLDEN = JSON.parse(readFileSync(new URL('../../golden/experiments.json', import.meta.url), 'utf8')) as {
  readonly power: readonly {
    readonly mean: number;
    readonly sd: number | null;
    readonly effect: number;
    readonly alpha: number;
    readonly power: number;
    readonly ratio: number;
    readonly control: number;
    readonly powerAt: number;
    readonly normal?: number;
    readonly student?: number;
  }[];
  readonly clusters: {
    readonly rows: readonly (readonly [number, number, number, number])[];
    readonly arms: Readonly<Record<string, { readonly mean: number; readonly variance: number }>>;
  };
  readonly chiSquare: { readonly x: number; readonly freedom: number; readonly p: number };
};

const near = (actual: number, expected: number, tolerance: number, what: string) =>
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${what}: ${actual}, not ${expected}`,
  );

test('sizes and power are those of statsmodels', () => {
  for (const row of GOLDEN.power) {
    const { mean, sd, effect, alpha, power, ratio } = row;
    const own = planned({ baseline: mean, effect, alpha, power, ratio, ...(sd === null ? {} : { sd }) });
    // whole members: rounded up once over both arms, and once in each
    assert.ok(
      own.fixed.control - row.control >= -1e-6 && own.fixed.control - row.control < 2,
      `${own.fixed.control} of ${row.control}`,
    );
    if (row.normal !== undefined) near(own.fixed.control, row.normal, 2 / row.normal, 'NormalIndPower');
    // a test of Student's needs one or two more than the normal law says
    if (row.student !== undefined) near(own.fixed.control, row.student, 4 / row.student, 'TTestIndPower');
    const variance = sd === null ? mean * (1 - mean) : sd ** 2;
    const treatedVariance = sd === null ? (mean + effect) * (1 - mean - effect) : variance;
    const members = 1000 * (1 + ratio);
    const said = powerOf(effect, members, { mean, variance, treatedVariance, controlShare: 1 / (1 + ratio), alpha });
    near(said, row.powerAt, 1e-9, 'power');
    assert.ok(own.sequential.members > own.fixed.members, 'a test that may be read at any time costs members');
  }
  near(chiSquareTail(GOLDEN.chiSquare.x, GOLDEN.chiSquare.freedom), GOLDEN.chiSquare.p, 1e-12, 'chi-square');
});

test('a plan turned around: the least effect of so many members needs so many', () => {
  const { effect } = planned({ baseline: 0.1, members: 8000, arms: 2, ratio: 2 });
  const { fixed } = planned({ baseline: 0.1, effect, arms: 2, ratio: 2 });
  assert.ok(Math.abs(fixed.members - 8000) < 8, `${fixed.members}`);
  const clustered = planned({ baseline: 0.1, effect: 0.02, clusterSize: 20, icc: 0.05, daily: 100 });
  near(clustered.designEffect, 1.95, 1e-12, 'design effect');
  assert.equal(clustered.fixed.days, Math.ceil(clustered.fixed.members / 100));
  assert.ok(planned({ baseline: 0.1, effect: 0.02, cuped: 0.5 }).fixed.members < 4000);
  for (const bad of [
    { baseline: 0.1, effect: 0 },
    { baseline: 1.2, effect: 0.1 },
    { baseline: 0.1, effect: 0.95 },
    { baseline: Number.NaN, effect: 1, sd: 1 },
    { baseline: 0.1 },
    { baseline: 0.1, effect: 0.02, power: 1.2 },
    { baseline: 0, effect: 0.1, relative: true, sd: 2 },
    { baseline: 3, effect: 1, sd: -1 },
  ])
    assert.throws(() => planned(bad), { code: 'EXPERIMENT_BAD' }, JSON.stringify(bad));
});

test('the variance of a mean over clusters is the cluster-robust one of statsmodels', () => {
  const { rows, arms } = GOLDEN.clusters;
  const data = table({
    arm: texts(rows.map(([arm]) => String(arm))),
    metric: numbers(rows.map((row) => row[3])),
    cluster: texts(rows.map((row) => `c${row[1]}`)),
  });
  const columns = metricColumns(data, undefined);
  for (const arm of [0, 1]) {
    const own = rows.flatMap((row, i) => (row[0] === arm ? [i] : []));
    const { n, mean, variance } = statisticOf(groupedSums(columns, own, 0, 0));
    near(mean, arms[arm]!.mean, 1e-10, 'mean');
    near(variance / n, arms[arm]!.variance, 1e-9, 'variance');
  }
});

/** A trial of 3,000 with a lift of 2 for gold alone, a covariate by kind, and a guardrail that arm b harms. */
function trial(members = 3000, effect = 2): Table {
  const draw = random(split(SEED, 'trial', members));
  const index = Array.from({ length: members }, (_, i) => i);
  const arm = index.map((i) => ['control', 'a', 'b'][Math.floor(3 * bucketOf('trial', `c${i}`))]!);
  const x = index.map(() => draw.gamma(2, 0.1));
  const kind = index.map(() => (draw.uniform() < 0.5 ? 'loyal' : 'new'));
  const tier = index.map(() => (draw.uniform() < 0.5 ? 'gold' : 'base'));
  const y = index.map((i) => {
    const given = arm[i] === 'a' && tier[i] === 'gold' ? effect : 0;
    return (kind[i] === 'loyal' ? 1 : 0.1) * x[i]! + 10 + given + 3 * draw.normal();
  });
  return table({
    arm: texts(arm),
    [metricColumn('y')]: numbers(y),
    [metricColumn('margin')]: numbers(index.map((i) => 20 + draw.normal() - (arm[i] === 'b' ? 3 : 0))),
    [metricColumn('noise')]: numbers(index.map(() => draw.normal())),
    [covariateColumn('x')]: numbers(x),
    [covariateColumn('kind')]: texts(kind),
    [sliceColumn('tier')]: texts(tier),
  });
}

const QUESTION: Question = {
  control: 'control',
  metrics: [parseMetric('y'), parseMetric('noise')],
  guardrails: [parseGuardrail('margin:down:0.05')],
  by: ['tier'],
};

test('a learner that knows which covariates matter for whom takes off more noise than a line', async () => {
  const data = trial();
  const width = (arms: readonly { differenceInterval: readonly [number, number] | null }[]) =>
    arms[1]!.differenceInterval![1] - arms[1]!.differenceInterval![0];
  const none = await reportOf(membersOf(data), QUESTION);
  const line = await reportOf(membersOf(data), { ...QUESTION, covariates: ['x'] });
  const several = await reportOf(membersOf(data), { ...QUESTION, covariates: ['x', 'kind'] });
  const cupac = await reportOf(membersOf(data), { ...QUESTION, covariates: ['x', 'kind'], learner: 'boosting' });
  const widths = [none, line, several, cupac].map(({ arms }) => width(arms));
  for (let k = 1; k < widths.length; k++) assert.ok(widths[k]! < widths[k - 1]!, `${widths}`);
  assert.ok(cupac.covariate!.varianceReduction > 0.8, `${cupac.covariate!.varianceReduction}`);
  // the effect over everybody is 1; the standard error is some 0.15
  assert.ok(Math.abs(cupac.arms[1]!.difference! - 1) < 0.6, `${cupac.arms[1]!.difference}`);
  const again = await reportOf(membersOf(data), {
    ...QUESTION,
    covariates: ['x', 'kind'],
    learner: 'boosting',
    threads: 2,
  });
  assert.deepEqual(again, cupac);
  await assert.rejects(reportOf(membersOf(data), { ...QUESTION, covariates: ['nothing'] }), { code: 'EXPERIMENT_BAD' });
  await assert.rejects(reportOf(membersOf(data), { ...QUESTION, covariates: ['x'], learner: 'oracle' }), {
    code: 'LEARNER_UNKNOWN',
  });
});

test('effects differ by tier and not by chance; p-values hold for all questions; the harmful arm is not shipped', async () => {
  const asked = { ...QUESTION, covariates: ['x', 'kind'], learner: 'boosting', sequential: true } as const;
  const { metrics, sliced, guardrails, verdict, winner } = await reportOf(membersOf(trial()), asked);
  assert.equal(metrics.length, 2);
  assert.ok(metrics[1]!.arms.every(({ pValue }) => pValue === null || pValue > 0.05));
  const interaction = new Map(sliced![0]!.interaction.map(({ arm, pValue }) => [arm, pValue]));
  assert.ok(interaction.get('a')! < 1e-4 && interaction.get('b')! > 1e-3, JSON.stringify([...interaction]));
  assert.deepEqual(
    guardrails[0]!.arms.map(({ state }) => state),
    ['safe', 'harmed'],
  );
  assert.deepEqual([verdict.verdict, winner], ['ship', 'a']);
  assert.ok(
    verdict.reasons.some(({ code, zh, en }) => code === 'GUARDRAIL' && zh.includes('margin') && en.includes('margin')),
  );
});

test('a test for the planned end ships nothing before it, and stops when nothing was found at it', async () => {
  const ask = (more: Partial<Question>) =>
    reportOf(membersOf(trial()), { ...QUESTION, guardrails: [], by: [], ...more });
  const early = await ask({ covariates: ['x', 'kind'], plannedMembers: 10_000 });
  assert.deepEqual([early.verdict.verdict, early.winner, early.verdict.reasons[0]!.code], ['go-on', null, 'NOT_OVER']);
  assert.equal((await ask({ covariates: ['x', 'kind'], plannedMembers: 3000 })).winner, 'a');
  const idle = await ask({ metrics: [parseMetric('noise')], plannedMembers: 3000 });
  assert.deepEqual([idle.verdict.verdict, idle.verdict.reasons[0]!.code], ['stop', 'NO_EFFECT']);
});

test('what must not be read has no winner: a sample ratio, few members, contamination, outcomes missing in one arm', async () => {
  const data = trial();
  const codes = async (own: Table, more: Partial<Question> = {}, contaminated = 0) => {
    const { verdict, winner } = await reportOf(
      { ...membersOf(own), contaminated },
      { ...QUESTION, by: [], guardrails: [], ...more },
    );
    assert.deepEqual([verdict.verdict, winner], ['blocked', null]);
    return verdict.reasons.map(({ code }) => code);
  };
  assert.deepEqual(await codes(data, { shares: { control: 0.2, a: 0.4, b: 0.4 } }), ['SAMPLE_RATIO']);
  assert.deepEqual(await codes(trial(50)), ['TOO_FEW']);
  assert.deepEqual(await codes(data, {}, 60), ['CONTAMINATED']);
  const arm = data.columns.arm as ReturnType<typeof texts>;
  const holes = (data.columns[metricColumn('y')] as ReturnType<typeof numbers>).values.map((y, i) =>
    arm.dictionary[arm.codes[i]!] === 'b' && i % 4 === 0 ? Number.NaN : y,
  );
  const lacking = {
    ...data,
    columns: { ...data.columns, [metricColumn('y')]: { kind: 'number' as const, values: holes } },
  };
  assert.deepEqual(await codes(lacking, { metrics: [parseMetric('y')] }), ['OUTCOMES_MISSING']);
  const nothing = { ...data, columns: { ...data.columns, [metricColumn('y')]: numbers(holes.map(() => Number.NaN)) } };
  assert.deepEqual(await codes(nothing, { metrics: [parseMetric('y')] }), ['TOO_FEW']);
  const answers = await reportOf(membersOf(nothing), { ...QUESTION, metrics: [parseMetric('y')] });
  assert.ok(!JSON.stringify(answers).includes('NaN') && answers.arms.every(({ difference }) => difference === null));
  const all = { ...data, columns: { ...data.columns, arm: texts(Array.from({ length: data.length }, () => 'a')) } };
  await assert.rejects(reportOf(membersOf(all), { ...QUESTION, control: 'a' }), {
    code: 'EXPERIMENT_BAD',
    message: /one arm only/,
  });
  await assert.rejects(reportOf(membersOf(all), QUESTION), { code: 'EXPERIMENT_BAD', message: /nobody is in/ });
});

test('weights of one over the chance give the effect on everybody, where the better customers got the offer more often', async () => {
  const draw = random(split(SEED, 'weights'));
  const rows = Array.from({ length: 20_000 }, () => {
    const good = draw.uniform() < 0.3;
    const chance = good ? 0.8 : 0.3;
    const offer = draw.uniform() < chance;
    return {
      arm: offer ? 'offer' : 'holdout',
      y: (good ? 30 : 5) + (offer ? 2 : 0) + 3 * draw.normal(),
      w: 1 / (offer ? chance : 1 - chance),
    };
  });
  const data = table({
    arm: texts(rows.map(({ arm }) => arm)),
    [metricColumn('y')]: numbers(rows.map(({ y }) => y)),
    weight: numbers(rows.map(({ w }) => w)),
  });
  const question: Question = { control: 'holdout', metrics: [parseMetric('y')] };
  const { arms, srm } = await reportOf(membersOf(data), question);
  const [low, high] = arms[1]!.differenceInterval!;
  assert.ok(low < 2 && high > 2 && high - low < 2, `${low} to ${high}`);
  assert.ok(srm.ok);
  const { weight: _, ...unweighted } = data.columns;
  const blind = await reportOf(membersOf({ length: data.length, columns: unweighted }), question);
  assert.ok(
    blind.arms[1]!.differenceInterval![0] > 4,
    'the broken control: read without weights the offer seems far better',
  );
  const wrong = rows.filter(({ arm }, i) => arm === 'holdout' || i % 10 !== 0);
  const weightsOf = (name: string) => Float64Array.from(wrong.filter(({ arm }) => arm === name).map(({ w }) => w));
  assert.ok(!weightedMismatch(['holdout', 'offer'].map(weightsOf)).ok, 'lost members are found');
});

test('the median of members who hang together: its interval covers at its rate, and one that ignores them does not', () => {
  const [runs, clusters] = [250, 60];
  let [covered, blind] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const draw = random(split(SEED, 'median', run));
    const values: number[] = [];
    const codes: number[] = [];
    for (let c = 0; c < clusters; c++) {
      const level = draw.normal();
      for (let i = 0; i < 10; i++) {
        values.push(level + draw.normal());
        codes.push(c);
      }
    }
    const own = Float64Array.from(values);
    // quantiles of a symmetric law: the true median is 0
    const { mean, variance, n } = quantileStatistic(own, Int32Array.from(codes), 0.5);
    if (Math.abs(mean) < 1.96 * Math.sqrt(variance / n)) covered++;
    const alone = quantileStatistic(own, undefined, 0.5);
    if (Math.abs(alone.mean) < 1.96 * Math.sqrt(alone.variance / alone.n)) blind++;
  }
  // Binomial(250, 0.95): four standard deviations are 14
  assert.ok(covered > 0.95 * runs - 14, `${covered} of ${runs}`);
  assert.ok(blind < 0.8 * runs, `${blind} of ${runs} without clusters`);
});

test('a guardrail’s alarm at any of many looks is as rare as promised, and a harmful arm is stopped', () => {
  const [runs, looks] = [400, 20];
  let [alarms, stopped] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const draw = random(split(SEED, 'guardrail', run));
    let [null_, harm] = [0, 0];
    let [isAlarm, isStopped] = [false, false];
    for (let look = 1; look <= looks; look++) {
      for (let i = 0; i < 40; i++) {
        null_ += draw.normal();
        harm += 0.3 + draw.normal();
      }
      const n = look * 40;
      const effect = (sum: number) => ({ estimate: sum / n, standardError: 1 / Math.sqrt(n), freedom: n, n });
      isAlarm ||= alwaysAbove(effect(null_), 0, 0.05, 400).pValue < 0.05;
      isStopped ||= alwaysAbove(effect(harm), 0, 0.05, 400).pValue < 0.05;
    }
    if (isAlarm) alarms++;
    if (isStopped) stopped++;
  }
  // Binomial(400, 0.05): four standard deviations are 17
  assert.ok(alarms < 0.05 * runs + 17, `${alarms} of ${runs} alarms`);
  assert.ok(stopped > 0.99 * runs, `${stopped} of ${runs} stopped`);
  const { low, pValue } = alwaysAbove({ estimate: 0.5, standardError: 0.1, freedom: 99, n: 100 }, 0);
  assert.equal(pValue < 0.05, low > 0);
});

test('day by day: the last day is the whole, and an effect that wears off is told', () => {
  const draw = random(split(SEED, 'days'));
  const members = 800;
  const arm = texts(Array.from({ length: members }, (_, i) => (bucketOf('days', `c${i}`) < 0.5 ? 'control' : 'a')));
  const entryDay = Int32Array.from({ length: members }, () => draw.integer(4));
  const pieces: [number, number, number][] = [];
  for (let i = 0; i < members; i++)
    for (let day = entryDay[i]!; day < 24; day++) {
      const age = day - entryDay[i]!;
      const lift = arm.dictionary[arm.codes[i]!] === 'a' && age < 5 ? 2 : 0;
      pieces.push([i, day, lift + draw.normal()]);
    }
  const timeline = {
    member: Int32Array.from(pieces, ([i]) => i),
    day: Int32Array.from(pieces, ([, day]) => day),
    value: Float64Array.from(pieces, ([, , value]) => value),
    entryDay,
  };
  const { days, novelty } = overTime(arm, timeline, { control: 'control' });
  assert.equal(days.length, 24);
  const last = days.at(-1)!.arms[1]!;
  // ten in all; the standard error is some 0.35
  assert.ok(Math.abs(last.difference! - 10) < 2 && last.differenceInterval![0] > 5, `${last.difference}`);
  const sum = (name: string) =>
    pieces.reduce((all, [i, , value]) => all + (arm.dictionary[arm.codes[i]!] === name ? value : 0), 0);
  near(last.mean * last.n, sum('a'), 1e-9, 'sum of the last day');
  assert.ok(
    novelty![0]!.early > 1 && Math.abs(novelty![0]!.late) < 0.3 && novelty![0]!.pValue < 1e-6,
    JSON.stringify(novelty),
  );
});

test('answers of surveys, metrics and guardrails as text', () => {
  assert.deepEqual(
    [10, 9, 8, 7, 6, 0, 11, -1].map((score) => answerValue('nps', score)),
    [100, 100, 0, 0, -100, -100, undefined, undefined],
  );
  assert.deepEqual(
    [5, 4, 3, 1, 0, 6].map((score) => answerValue('csat', score)),
    [1, 1, 0, 0, undefined, undefined],
  );
  assert.deepEqual(parseMetric('clicks/views'), { name: 'clicks/views', column: 'clicks', denominator: 'views' });
  assert.deepEqual(parseMetric('p90:ms'), { name: 'p90:ms', column: 'ms', quantile: 0.9 });
  for (const bad of ['', 'a/b/c', 'p0:x', 'nps:a/b', '/b'])
    assert.throws(() => parseMetric(bad), { code: 'EXPERIMENT_BAD' }, bad);
  for (const bad of ['margin', 'margin:left:0.1', 'margin:down:1.5', 'margin:down:-1'])
    assert.throws(() => parseGuardrail(bad), { code: 'EXPERIMENT_BAD' }, bad);
});

test('switchback: one arm a place and slot, and what may carry over is left out', () => {
  const design = {
    salt: 's',
    arms: [
      { name: 'a', share: 0.5 },
      { name: 'b', share: 0.5 },
    ],
    slotMs: 3_600_000,
    burnInMs: 600_000,
  };
  let [switches, carried] = [0, 0];
  for (let slot = 1; slot < 400; slot++) {
    const from = slot * design.slotMs;
    const [before, start, late] = [from - 1, from, from + 600_000].map((at) => switchbackAt(design, 'Berlin', at));
    assert.equal(start!.arm, late!.arm);
    assert.equal(late!.carriesOver, false);
    assert.equal(start!.carriesOver, before!.arm !== start!.arm);
    switches += Number(before!.arm !== start!.arm);
    carried += Number(start!.carriesOver);
  }
  assert.equal(switches, carried);
  assert.ok(switches > 150 && switches < 250, `${switches} of 399`);
  assert.throws(() => switchbackAt({ ...design, burnInMs: 3_600_000 }, 'Berlin', 0), { code: 'EXPERIMENT_BAD' });
});
