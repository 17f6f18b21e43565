// Aim: experiments tell the truth: no effect is claimed more often than promised, also under continuous peeking; adjusted and
// plain analyses agree on known worlds; assignment is stable, balanced and independent; bad designs are refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chiSquareTail } from '#kernels/distributions.ts';
import { random, split } from '#kernels/random.ts';
import { numbers, type Table, table, texts } from '#table/index.ts';
import { analyse } from './analyse.ts';
import { armOf, bucketOf, slotOf, stratifiedArms } from './assign.ts';
import { alwaysValid, effectOf, fixedTest } from './effect.ts';
import { type ArmSums, addSums, statisticOf, thetaOf } from './moments.ts';
import { benjaminiHochberg, holm } from './multiple.ts';
import { daysFor, leastEffect, membersFor, powerOf } from './power.ts';
import { ratioMismatch } from './ratio-check.ts';

const SEED = 20_261;
/** Spend of a shop: most buy nothing, some much. */
const spend = (draw: ReturnType<typeof random>) => (draw.uniform() < 0.3 ? 20 * Math.exp(0.9 * draw.normal()) : 0);
const EMPTY: ArmSums = { n: 0, sum: 0, squares: 0 };
const one = (y: number): ArmSums => ({ n: 1, sum: y, squares: y * y });

test('2,000 A/A runs: 4 to 6 % false claims at the planned end, at most 5 % under continuous peeking', () => {
  const [runs, looks, perLook] = [2000, 20, 60];
  let [fixed, peeked, everFixed, mismatched] = [0, 0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const draw = random(split(SEED, 'a/a', run));
    const counted = [0, 1].map(() => ({ n: 0, sum: 0, squares: 0 }));
    let [stopped, stoppedFixed] = [false, false];
    for (let look = 0; look < looks; look++) {
      for (let i = 0; i < perLook; i++) {
        const arm = armOf({ salt: `run ${run}`, arms: HALVES }, `c${look * perLook + i}`) === 'a' ? 0 : 1;
        const y = spend(draw);
        const own = counted[arm]!;
        own.n++;
        own.sum += y;
        own.squares += y * y;
      }
      const effect = effectOf(statisticOf(counted[0]!), statisticOf(counted[1]!), { scale: 'absolute' });
      if (typeof effect === 'string') continue;
      stopped ||= alwaysValid(effect, 0.05, 600).pValue < 0.05;
      stoppedFixed ||= fixedTest(effect).pValue < 0.05;
      if (look === looks - 1 && fixedTest(effect).pValue < 0.05) fixed++;
    }
    if (stopped) peeked++;
    if (stoppedFixed) everFixed++;
    if (!ratioMismatch([counted[0]!.n, counted[1]!.n], [1, 1]).ok) mismatched++;
  }
  assert.ok(fixed / runs > 0.04 && fixed / runs < 0.06, `${fixed} of ${runs} at the end`);
  assert.ok(peeked / runs <= 0.05, `${peeked} of ${runs} at any look`);
  // the broken control: a test made for one look, looked at twenty times
  assert.ok(everFixed / runs > 0.15, `${everFixed} of ${runs} with a test for one look`);
  // an alarm in a thousand is what the threshold allows: five and more of 2,000 have a chance of 5 %
  assert.ok(mismatched <= 5, `${mismatched} sample ratio alarms`);
});

const HALVES = [
  { name: 'a', share: 0.5 },
  { name: 'b', share: 0.5 },
] as const;

test('CUPED takes noise off and no effect away', () => {
  const [n, lift] = [4000, 2];
  const draw = random(split(SEED, 'cuped'));
  const before = Array.from({ length: n }, () => 10 * draw.gamma(2, 1));
  const arms = before.map((_, i) => (bucketOf('cuped', `c${i}`) < 0.5 ? 'control' : 'coupon'));
  const after = before.map((x, i) => 0.8 * x + 5 * draw.normal() + (arms[i] === 'coupon' ? lift : 0));
  const data = table({ arm: texts(arms), metric: numbers(after), covariate: numbers(before) });
  const { covariate: _, ...bare } = data.columns;
  const [plain, adjusted] = [{ length: n, columns: bare }, data].map((own) => analyse(own, { control: 'control' }));
  const width = ({ arms: own }: typeof plain & object) =>
    own[1]!.differenceInterval![1] - own[1]!.differenceInterval![0];
  // 0.8^2 x 200 of 153 are explained: the rest is 25, and sqrt(25 / 153) of the width is left
  assert.ok(width(adjusted!) < 0.45 * width(plain!), `${width(adjusted!)} of ${width(plain!)}`);
  assert.ok(Math.abs(adjusted!.covariate!.varianceReduction - 128 / 153) < 0.03);
  assert.ok(Math.abs(adjusted!.arms[1]!.difference! - lift) < 0.5, `${adjusted!.arms[1]!.difference}`);
});

test('a ratio’s interval covers at its rate, though orders of one member hang together', () => {
  const runs = 400;
  let covered = 0;
  for (let run = 0; run < runs; run++) {
    const draw = random(split(SEED, 'ratio', run));
    const arm = (): ArmSums => {
      let sums: ArmSums = { ...EMPTY, denominator: { sum: 0, squares: 0, product: 0 } };
      for (let i = 0; i < 300; i++) {
        const orders = 1 + Math.floor(3 * draw.uniform());
        const revenue = orders * 30 * Math.exp(0.5 * draw.normal());
        sums = addSums(sums, {
          ...one(revenue),
          denominator: { sum: orders, squares: orders * orders, product: orders * revenue },
        });
      }
      return sums;
    };
    const effect = effectOf(statisticOf(arm()), statisticOf(arm()), { scale: 'absolute' });
    if (typeof effect === 'string') assert.fail(effect);
    const { low, high } = fixedTest(effect);
    if (low <= 0 && high >= 0) covered++;
  }
  // Binomial(400, 0.95): four standard deviations are 17
  assert.ok(covered >= 363 && covered <= 397, `${covered} of ${runs}`);
});

test('sums of parts are the sums of the whole', () => {
  const draw = random(split(SEED, 'parts'));
  const rows = Array.from({ length: 50 }, () => [draw.normal(), draw.normal()] as const);
  const of = (part: readonly (readonly [number, number])[]) =>
    part
      .map(([y, x]): ArmSums => ({ ...one(y), covariate: { sum: x, squares: x * x, product: x * y } }))
      .reduce(addSums);
  const [whole, parts] = [of(rows), addSums(of(rows.slice(0, 20)), of(rows.slice(20)))];
  assert.equal(whole.n, parts.n);
  assert.ok(Math.abs(thetaOf([whole]) - thetaOf([parts])) < 1e-12);
});

test('assignment: the same for ever, by shares, independent of other experiments; growth of the last arm moves nobody', () => {
  // pinned: a change of the hash would move running experiments
  assert.deepEqual(
    ['c1', 'c2', 'c3', '顾客', '😀 x', '', 'a b'].map((id) => armOf({ salt: 'spring', arms: HALVES }, id)),
    ['a', 'a', 'b', 'b', 'b', 'a', 'b'],
  );
  const ids = Array.from({ length: 20_000 }, (_, i) => String(i));
  const counts = new Map<string, number>();
  for (const id of ids) {
    const key = `${armOf({ salt: 'one', arms: HALVES }, id)}${armOf({ salt: 'two', arms: HALVES }, id)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const chi = [...counts.values()].reduce((sum, n) => sum + (n - 5000) ** 2 / 5000, 0);
  assert.ok(chiSquareTail(chi, 3) > 1e-4, JSON.stringify([...counts]));
  const small = { salt: 's', arms: [HALVES[0], { name: 'b', share: 0.1 }] };
  for (const id of ids.slice(0, 2000)) {
    const [before, now] = [armOf(small, id), armOf({ salt: 's', arms: HALVES }, id)];
    if (before !== undefined) assert.equal(now, before);
  }
  assert.equal(slotOf('Berlin', 3_700_000, 3_600_000), slotOf('Berlin', 7_100_000, 3_600_000));
  assert.notEqual(slotOf('Berlin', 3_500_000, 3_600_000), slotOf('Berlin', 3_700_000, 3_600_000));
});

test('stratified arms: within one of their share in every tier, all members equally likely', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 80 }),
      fc.string(),
      (tiers, salt) => {
        const arms = [
          { name: 'hold', share: 0.1 },
          { name: 'a', share: 0.5 },
          { name: 'b', share: 0.4 },
        ];
        const members = tiers.map((_, i) => `m${i}`);
        const out = stratifiedArms({ salt, arms }, members, Int32Array.from(tiers));
        for (const tier of new Set(tiers)) {
          const rows = tiers.flatMap((own, i) => (own === tier ? [i] : []));
          for (const [k, { share }] of arms.entries()) {
            const got = rows.filter((i) => out[i] === k).length;
            assert.ok(Math.abs(got - share * rows.length) < 1, `${got} of ${rows.length} at ${share}`);
          }
        }
      },
    ),
    { seed: 7, numRuns: 200 },
  );
  let held = 0;
  for (let salt = 0; salt < 4000; salt++)
    if (
      stratifiedArms(
        {
          salt: `x${salt}`,
          arms: [
            { name: 'hold', share: 0.1 },
            { name: 'a', share: 0.9 },
          ],
        },
        ['me', 'you', 'she'],
        new Int32Array(3),
      )[0] === 0
    )
      held++;
  // Binomial(4000, 0.1): four standard deviations are 76
  assert.ok(Math.abs(held - 400) < 76, `${held} of 4000 held out`);
});

test('power, least effect and members undo one another, and are met in simulation', () => {
  const plan = { mean: 0.1, variance: 0.09 };
  const members = membersFor(0.02, plan);
  assert.ok(Math.abs(powerOf(0.02, members, plan) - 0.8) < 1e-3);
  assert.ok(Math.abs(leastEffect(members, plan) - 0.02) < 1e-5);
  assert.ok(membersFor(0.02, { ...plan, correlation: 0.6 }) < 0.65 * members);
  assert.ok(membersFor(0.02, { ...plan, arms: 3 }) > members);
  assert.equal(daysFor(1001, 100), 11);
  let seen = 0;
  for (let run = 0; run < 400; run++) {
    const draw = random(split(SEED, 'power', run));
    const arm = (rate: number): ArmSums => {
      let hits = 0;
      for (let i = 0; i < members / 2; i++) if (draw.uniform() < rate) hits++;
      return { n: members / 2, sum: hits, squares: hits };
    };
    const effect = effectOf(statisticOf(arm(0.1), { binary: true }), statisticOf(arm(0.12), { binary: true }), {
      scale: 'absolute',
    });
    if (typeof effect !== 'string' && fixedTest(effect).pValue < 0.05) seen++;
  }
  // Binomial(400, 0.78): the treated arm's variance is larger than planned
  assert.ok(seen > 280 && seen < 346, `${seen} of 400`);
});

test('several questions: Holm and Benjamini-Hochberg by hand', () => {
  const close = (actual: readonly number[], expected: readonly number[]) =>
    assert.ok(
      actual.every((p, i) => Math.abs(p - expected[i]!) < 1e-12),
      `${actual}`,
    );
  close(holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06]);
  close(benjaminiHochberg([0.01, 0.04, 0.03]), [0.03, 0.04, 0.04]);
  assert.deepEqual([holm([]), benjaminiHochberg([])], [[], []]);
});

const few = (arms: (string | null)[], metric: (number | null)[]): Table =>
  table({ arm: texts(arms), metric: numbers(metric) });

test('bad designs: a clear error, or an answer that says why there is none', () => {
  const fails = (data: Table, options: Parameters<typeof analyse>[1], message: RegExp) =>
    assert.throws(() => analyse(data, options), { code: 'EXPERIMENT_BAD', message });
  fails(few(['a', 'a'], [1, 2]), { control: 'a' }, /one arm only/);
  fails(
    few(['a', 'b'], [1, 2]),
    { control: 'c' },
    /control arm "c", which nobody is in; expected one of the arms a, b/,
  );
  fails(few(['a', 'b'], [1, 2]), { control: 'a', winsorize: 2 }, /winsorize 2/);
  fails(few(['a', 'b'], [1, 2]), { control: 'a', shares: { z: 1 } }, /planned shares/);
  const tiny = analyse(few(['a', 'b'], [1, 2]), { control: 'a' }).arms[1]!;
  assert.deepEqual([tiny.why, tiny.difference, tiny.pValue], ['too-few', null, null]);
  const alike = analyse(few(['a', 'a', 'b', 'b'], [3, 3, 3, 3]), { control: 'a' }).arms[1]!;
  assert.equal(alike.why, 'no-variance');
  const zero = analyse(few(['a', 'a', 'b', 'b', 'b'], [0, 0, 0, 1, 1]), { control: 'a', bayesian: true }).arms[1]!;
  assert.equal(zero.why, 'control-at-zero');
  assert.ok(zero.lift === null && Math.abs(zero.difference! - 2 / 3) < 1e-12 && zero.chanceToWin! > 0.9);
});

test('outcomes that are missing are counted, and told when one arm lacks more', () => {
  const arms = Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 'a' : 'b'));
  const metric = arms.map((arm, i) => (arm === 'b' && i % 3 === 0 ? null : i % 7));
  const { arms: results, missing, srm } = analyse(few(arms, metric), { control: 'a' });
  assert.deepEqual([results[0]!.missing, results[1]!.missing], [0, 67]);
  assert.ok(!missing.ok && srm.ok);
  const lost = analyse(few(arms.slice(0, 300).concat(Array.from({ length: 100 }, () => 'a')), metric), {
    control: 'a',
  });
  assert.ok(!lost.srm.ok && !lost.readable);
  const skewed = analyse(
    few(
      arms.map((arm, i) => (i < 100 ? 'a' : arm)),
      metric,
    ),
    { control: 'a', shares: { a: 5, b: 3 } },
  );
  assert.ok(skewed.srm.ok);
});
