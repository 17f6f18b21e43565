// Aim: off-policy estimates are right on worlds whose truth is known, intervals hold it as often as they promise, the gate
// lets no policy through that is not better, and broken logs are told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KnownError } from '#errors.ts';
import { random, split } from '#kernels/random.ts';
import { numbers, table } from '#table/index.ts';
import { contributions, effectiveRows, weighed } from './estimators.ts';
import { evaluate, promote } from './evaluate.ts';
import { byUnit, estimateOf, type IntervalKind } from './interval.ts';
import { checkLog, type RawLog } from './log.ts';
import { bentWorld, type Chances, chancesIn, logOf, softPolicy, truthOf } from './tiny-logs.ts';

const mean = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/** Two rows, two arms, all to be reckoned by hand. */
const tiny = {
  arms: ['a', 'b'],
  arm: Int32Array.of(0, 1),
  propensity: Float64Array.of(0.5, 0.25),
  reward: Float64Array.of(1, 4),
  context: table({}),
};

test('estimates of two rows are those of the formulas', () => {
  const chances = Float64Array.of(0.25, 0.75, 0.5, 0.5);
  const own = weighed(tiny, chances, Float64Array.of(2, 4, 1, 3));
  assert.deepEqual([...own.weights], [0.5, 2]);
  assert.deepEqual([...own.expectedOfPolicy], [3.5, 2]);
  const told = (name: Parameters<typeof contributions>[0], bound?: number) => mean(contributions(name, own, bound));
  assert.equal(told('ips'), (0.5 * 1 + 2 * 4) / 2);
  assert.ok(Math.abs(told('snips') - 8.5 / 2.5) < 1e-12);
  assert.equal(told('clipped', 1), (0.5 * 1 + 1 * 4) / 2);
  assert.equal(told('dm'), (3.5 + 2) / 2);
  assert.equal(told('dr'), (3.5 + 0.5 * (1 - 2) + 2 + 2 * (4 - 3)) / 2);
  assert.equal(told('switch-dr', 1), (3.5 + 0.5 * (1 - 2) + 2) / 2);
  const lambda = 4;
  assert.ok(
    Math.abs(
      told('dr-os', 2) - (3.5 + ((lambda * 0.5) / (0.25 + lambda)) * -1 + 2 + ((lambda * 2) / (4 + lambda)) * 1) / 2,
    ) < 1e-12,
  );
  assert.equal(effectiveRows(own.weights), 2.5 ** 2 / 4.25);
});

test('of the policy that made the log, every estimate but the model is what the log brought', () => {
  const world = bentWorld(1);
  const logging = softPolicy(world, { sharpness: 1 });
  const { log, contexts } = logOf(world, logging, 800, 1);
  const told = evaluate(log, chancesIn(contexts, logging));
  for (const { estimator, value } of told.estimates)
    if (['ips', 'snips', 'clipped'].includes(estimator))
      assert.ok(Math.abs(value - mean(log.reward)) < 1e-12, estimator);
  assert.ok(Math.abs(told.support.effectiveRows - 800) < 1e-6);
  assert.equal(told.support.unseen, 0);
});

test('over 80 logs: doubly robust has no bias, a smaller error than plain weighting, and intervals that hold', () => {
  const world = bentWorld(3);
  const logging = softPolicy(world, { sharpness: 0 });
  const candidate = softPolicy(world, { sharpness: 6 });
  const truth = truthOf(world, candidate, 60_000);
  const logs = 80;
  const told: Record<string, { sum: number; squares: number; held: number }> = {};
  for (let seed = 0; seed < logs; seed++) {
    const { log, contexts } = logOf(world, logging, 500, seed);
    for (const { estimator, value, low, high } of evaluate(log, chancesIn(contexts, candidate), { folds: 2 })
      .estimates) {
      told[estimator] ??= { sum: 0, squares: 0, held: 0 };
      told[estimator].sum += value - truth;
      told[estimator].squares += (value - truth) ** 2;
      if (low <= truth && truth <= high) told[estimator].held++;
    }
  }
  const errorOf = (name: string) => Math.sqrt(told[name]!.squares / logs);
  const biasOf = (name: string) => told[name]!.sum / logs;
  // the bias of 80 logs is known to its error over their root
  for (const name of ['ips', 'snips', 'dr'])
    assert.ok(Math.abs(biasOf(name)) < (4 * errorOf(name)) / Math.sqrt(logs), `${name}: ${biasOf(name)}`);
  assert.ok(errorOf('dr') < 0.8 * errorOf('ips'), `${errorOf('dr')} and ${errorOf('ips')}`);
  // 95 % of 80 is 76; 69 and fewer have a chance of 0.2 %
  for (const name of ['ips', 'snips', 'dr', 'dr-os'])
    assert.ok(told[name]!.held > 69, `${name} held ${told[name]!.held}`);
  // the control: the model alone is wrong of a world that bends, and its interval does not know
  assert.ok(told.dm!.held < 60, `dm held ${told.dm!.held}`);
});

test('the interval of a skewed mean holds where the plain one misses', () => {
  const held = (kind: IntervalKind): number => {
    let count = 0;
    for (let run = 0; run < 600; run++) {
      const draw = random(split(11, run));
      const terms = Float64Array.from({ length: 60 }, () => Math.exp(1.2 * draw.normal()));
      const { low, high } = estimateOf(terms, { kind, alpha: 0.05, seed: run });
      if (low <= Math.exp(0.72) && Math.exp(0.72) <= high) count++;
    }
    return count / 600;
  };
  const [plain, skew, bernstein] = [held('normal'), held('skew'), held('bernstein')];
  assert.ok(skew > plain + 0.02 && skew > 0.9, `skew ${skew}, normal ${plain}`);
  assert.ok(bernstein > 0.97, `${bernstein}`);
});

test('rows of one customer count as one: the interval of copies is that of the originals', () => {
  const draw = random(12);
  const once = Float64Array.from({ length: 200 }, () => draw.normal());
  const copies = Float64Array.from([...once, ...once, ...once]);
  const unit = Int32Array.from(copies, (_, i) => i % 200);
  const options = { kind: 'normal', alpha: 0.05, seed: 1 } as const;
  const [a, b] = [estimateOf(once, options), estimateOf(byUnit(copies, unit), options)];
  assert.ok(Math.abs(a.standardError - b.standardError) < 1e-12);
  assert.ok(estimateOf(copies, options).standardError < 0.6 * a.standardError);
});

test('the gate: of 300 logs of a candidate that is just as good hardly any promotes it; one that is better passes', () => {
  const even: Chances = () => [0.25, 0.25, 0.25, 0.25];
  const alike = {
    ...bentWorld(4),
    chances: (x: readonly number[]) => new Array<number>(4).fill(1 / (1 + Math.exp(1 - x[0]!))),
  };
  const other = softPolicy(bentWorld(4), { sharpness: 3 });
  let promoted = 0;
  for (let seed = 0; seed < 300; seed++) {
    const { log, contexts } = logOf(alike, even, 400, seed);
    if (promote(log, 'logged', chancesIn(contexts, other), { model: 'mean', effectiveRowsMin: 50 }).promote) promoted++;
  }
  // 2.5 % of 300 is 7.5; more than 15 have a chance of 0.5 %
  assert.ok(promoted <= 15, `${promoted} of 300`);

  const world = bentWorld(3);
  const better = softPolicy(world, { sharpness: 6 });
  const { log, contexts } = logOf(world, even, 1500, 1);
  const verdict = promote(log, 'logged', chancesIn(contexts, better));
  assert.deepEqual([verdict.promote, verdict.why, verdict.rowsNeeded], [true, [], 0]);
  const back = promote(log, chancesIn(contexts, better), chancesIn(contexts, even));
  assert.deepEqual([back.promote, back.why, back.rowsNeeded], [false, ['not-better'], null]);
  assert.ok(back.difference.high < 0);
});

test('the gate says how many rows are missing, and with so many it opens', () => {
  const world = bentWorld(3);
  const even: Chances = () => [0.25, 0.25, 0.25, 0.25];
  const better = softPolicy(world, { sharpness: 1.5 });
  const judged = (rows: number) => {
    const { log, contexts } = logOf(world, even, rows, 5);
    return promote(log, 'logged', chancesIn(contexts, better));
  };
  const few = judged(120);
  assert.equal(few.promote, false);
  assert.ok(few.why.includes('too-few-effective-rows'));
  assert.ok(few.rowsNeeded! > 0);
  assert.ok(judged(120 + 2 * few.rowsNeeded!).promote);
});

test('wrong propensities and arms that were never drawn shut the gate, however good the estimate looks', () => {
  const world = bentWorld(3);
  const even: Chances = () => [0.25, 0.25, 0.25, 0.25];
  const { log, contexts } = logOf(world, even, 2000, 1);
  const better = chancesIn(contexts, softPolicy(world, { sharpness: 6 }));
  const halved = { ...log, propensity: log.propensity.map((p) => p / 2) };
  const wrong = promote(halved, 'logged', better);
  assert.deepEqual([wrong.promote, wrong.why, wrong.rowsNeeded], [false, ['weights-off'], null]);
  const more = { ...log, arms: [...log.arms, 'points'] };
  const wide = new Float64Array(2000 * 5);
  for (let i = 0; i < 2000; i++) for (let a = 0; a < 4; a++) wide[5 * i + a] = 0.9 * better[4 * i + a]!;
  for (let i = 0; i < 2000; i++) wide[5 * i + 4] = 0.1;
  assert.ok(promote(more, 'logged', wide).why.includes('arms-never-logged'));
});

test('looked at again and again, the gate of every look promotes no equal policy more often than it says', () => {
  const alike = { ...bentWorld(4), chances: () => [0.3, 0.3, 0.3, 0.3] };
  const even: Chances = () => [0.25, 0.25, 0.25, 0.25];
  let [always, once] = [0, 0];
  const logs = 120;
  for (let seed = 0; seed < logs; seed++) {
    const { log } = logOf(alike, even, 2000, seed);
    const chances = Float64Array.from({ length: 8000 }, (_, i) => (i % 4 === 0 ? 1 : 0));
    let [passed, passedOnce] = [false, false];
    for (let rows = 100; rows <= 2000; rows += 100) {
      const part = {
        ...{ arms: log.arms, context: table({}) },
        ...{
          arm: log.arm.slice(0, rows),
          propensity: log.propensity.slice(0, rows),
          reward: log.reward.slice(0, rows),
        },
      };
      const q = new Float64Array(4 * rows).fill(0.3);
      const judged = (everyLook: boolean) =>
        promote(part, 'logged', chances.subarray(0, 4 * rows), { everyLook, effectiveRowsMin: 10 }, q).promote;
      passed ||= judged(true);
      passedOnce ||= judged(false);
    }
    if (passed) always++;
    if (passedOnce) once++;
  }
  assert.ok(always <= 0.05 * logs, `${always} of ${logs}`);
  // the broken control: the gate for one look, looked at twenty times
  assert.ok(once > 0.08 * logs, `${once} of ${logs}`);
});

const raw = (more: Partial<RawLog> = {}): RawLog => ({
  arm: Array.from({ length: 300 }, (_, i) => (i % 2 === 0 ? 'a' : 'b')),
  propensity: new Float64Array(300).fill(0.5),
  reward: new Float64Array(300).fill(1),
  context: table({ x: numbers(new Float64Array(300)) }),
  ...more,
});
const refused = (error: unknown): boolean => error instanceof KnownError && error.code === 'DECISION_LOG_BAD';

test('rows with faults are counted and left out; too many of them stop it', () => {
  const given = raw();
  const arm = given.arm.with(0, null).with(1, 'points');
  const propensity = Float64Array.from(given.propensity);
  const reward = Float64Array.from(given.reward);
  [propensity[2], propensity[3], propensity[4], reward[5]] = [0, 1.5, Number.NaN, Number.NaN];
  const broken = raw({ arm, propensity, reward, arms: ['a', 'b'] });
  assert.throws(() => checkLog(broken), refused);
  const { rows, log, keptRows } = checkLog(broken, { faultShareMax: 0.03 });
  assert.deepEqual(rows, {
    read: 300,
    kept: 294,
    faults: {
      'arm missing': 1,
      'arm unknown': 1,
      'propensity 0 or below': 1,
      'propensity above 1': 1,
      'propensity missing': 1,
      'reward missing': 1,
    },
  });
  assert.equal(log.context.length, 294);
  assert.equal(keptRows[0], 6);
  const sums = new Float64Array(600).fill(0.5);
  sums[0] = 0.6;
  assert.equal(checkLog(raw({ propensities: sums })).rows.faults['propensities that do not add up to 1'], 1);
  assert.throws(() => checkLog(raw({ arm: new Array(300).fill(null) })), refused);
  assert.throws(() => checkLog(raw({ arms: ['a', 'a'] })), refused);
});

test('chances that are none are refused', () => {
  const { log } = checkLog(raw());
  for (const bad of [0.4, Number.NaN, -0.5]) {
    const chances = new Float64Array(600).fill(0.5);
    chances[7] = bad;
    assert.throws(() => evaluate(log, chances), refused);
  }
  assert.throws(() => evaluate(log, new Float64Array(5)), refused);
});

test('a log of one row, of one arm, of one reward: an answer without a promotion and without NaN', () => {
  for (const rows of [1, 40]) {
    const { log } = checkLog(
      raw({
        arm: new Array(rows).fill('a'),
        propensity: new Float64Array(rows).fill(1),
        reward: new Float64Array(rows).fill(2),
        context: table({ x: numbers(new Float64Array(rows)) }),
      }),
    );
    const chances = new Float64Array(rows).fill(1);
    const { estimates } = evaluate(log, chances);
    for (const { value } of estimates) assert.ok(Math.abs(value - 2) < 1e-9 || rows === 1, `${value}`);
    const verdict = promote(log, 'logged', chances);
    assert.equal(verdict.promote, false);
    assert.ok(!Number.isNaN(verdict.difference.low));
  }
});
