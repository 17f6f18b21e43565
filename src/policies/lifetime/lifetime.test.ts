// Aim: fitted Q finds the values and actions that dynamic programming gives, is cautious where rows are few, and passes its
// gate only when its histories are better.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KnownError } from '#errors.ts';
import { random, split } from '#kernels/random.ts';
import { type Table, table, texts } from '#table/index.ts';
import { fitLifetime, type LifetimeModel, lifetimeChances, lifetimeValues } from './fitted-q.ts';
import type { Histories } from './histories.ts';
import { promoteLifetime } from './promote-lifetime.ts';

const MOODS = ['cold', 'warm', 'hot'] as const;
const ACTIONS = ['nothing', 'coupon', 'gift'];
const DISCOUNT = 0.95;
/** Chance that a customer stays a customer until the next decision. */
const STAYS = 0.75;

/** Margin now, and chances of the next mood: a coupon costs now and warms up, which pays later; a gift only costs. */
const MARGIN = [
  [1, -1, -3],
  [4, 2, 1],
  [12, 8, 9],
] as const;
const NEXT = [
  [
    [0.9, 0.1, 0],
    [0.2, 0.7, 0.1],
    [0.8, 0.2, 0],
  ],
  [
    [0.4, 0.5, 0.1],
    [0.1, 0.2, 0.7],
    [0.3, 0.5, 0.2],
  ],
  [
    [0.1, 0.4, 0.5],
    [0.1, 0.3, 0.6],
    [0.1, 0.4, 0.5],
  ],
] as const;

const stateOf = (moods: readonly number[]): Table => table({ mood: texts(moods.map((mood) => MOODS[mood]!)) });
const EACH = stateOf([0, 1, 2]);

/** [moods][actions] values of a policy, or of the best one. */
function valuesOf(policy?: readonly (readonly number[])[], discount = DISCOUNT): number[][] {
  let q = MOODS.map(() => ACTIONS.map(() => 0));
  for (let round = 0; round < 400; round++) {
    const ahead = q.map((row, m) =>
      policy === undefined ? Math.max(...row) : row.reduce((s, v, a) => s + policy[m]![a]! * v, 0),
    );
    q = MOODS.map((_, m) =>
      ACTIONS.map(
        (_, a) => MARGIN[m]![a]! + discount * STAYS * NEXT[m]![a]!.reduce<number>((s, p, n) => s + p * ahead[n]!, 0),
      ),
    );
  }
  return q;
}
/** Discounted margin of a customer who begins cold. */
const worthOf = (policy: readonly (readonly number[])[]): number =>
  valuesOf(policy)[0]!.reduce((sum, value, a) => sum + policy[0]![a]! * value, 0);

const PLAIN = MOODS.map(() => [0.5, 0.3, 0.2]);

function historiesOf(
  customers: number,
  seed: number,
  policy: readonly (readonly number[])[] = PLAIN,
  noise = 2,
): Histories {
  const draw = random(split(seed, 'histories'));
  const drawn = (chances: readonly number[]): number => {
    let left = draw.uniform();
    for (const [k, chance] of chances.entries()) {
      left -= chance;
      if (left < 0) return k;
    }
    return chances.length - 1;
  };
  const [unit, step, moods, action, propensity, reward] = [0, 1, 2, 3, 4, 5].map((): number[] => []) as number[][] as [
    number[],
    number[],
    number[],
    number[],
    number[],
    number[],
  ];
  for (let customer = 0; customer < customers; customer++) {
    let mood = 0;
    for (let t = 0; ; t++) {
      const a = drawn(policy[mood]!);
      unit.push(customer);
      step.push(t);
      moods.push(mood);
      action.push(a);
      propensity.push(policy[mood]![a]!);
      reward.push(MARGIN[mood]![a]! + noise * draw.normal());
      mood = drawn(NEXT[mood]![a]!);
      if (draw.uniform() >= STAYS) break;
    }
  }
  return {
    ...{ actions: ACTIONS, unit: Int32Array.from(unit), step: Int32Array.from(step), state: stateOf(moods) },
    ...{
      action: Int32Array.from(action),
      propensity: Float64Array.from(propensity),
      reward: Float64Array.from(reward),
    },
  };
}

const policyOf = (model: LifetimeModel): number[][] => {
  const chances = lifetimeChances(model, EACH);
  return MOODS.map((_, m) => [...chances.subarray(3 * m, 3 * m + 3)]);
};
const LEAN = { members: 3, rounds: 14, discount: DISCOUNT };

test('values and actions are those of dynamic programming; without a look ahead they are not', async () => {
  const histories = historiesOf(4000, 1);
  const model = await fitLifetime(histories, LEAN);
  const best = valuesOf();
  const { mean, cautious } = lifetimeValues(model, EACH);
  for (const [m, row] of best.entries())
    for (const [a, value] of row.entries()) {
      // 16,000 decisions of noise 2 and of what comes after; 14 rounds of 40 reach 0.7125^14 = 1 % near
      assert.ok(
        Math.abs(mean[3 * m + a]! - value) < 0.07 * value + 0.5,
        `${MOODS[m]} ${ACTIONS[a]}: ${mean[3 * m + a]}, truly ${value}`,
      );
      assert.ok(cautious[3 * m + a]! <= mean[3 * m + a]!);
    }
  const chosen = policyOf(model);
  for (const [m, row] of best.entries())
    assert.equal(chosen[m]![row.indexOf(Math.max(...row))], 1, `${MOODS[m]}: ${chosen[m]}`);
  assert.deepEqual(JSON.parse(JSON.stringify(model)), model);
  assert.deepEqual(await fitLifetime(histories, LEAN), model);
  // the control: margins now alone would never give a coupon
  const shortSighted = policyOf(await fitLifetime(histories, { ...LEAN, members: 1, discount: 0, rounds: 1 }));
  assert.ok(shortSighted.every((row) => row[1] === 0));
  assert.ok(worthOf(chosen) > 1.1 * worthOf(shortSighted));
});

test('where rows are few the cautious policy claims less and does no worse than one that believes its best luck', async () => {
  const rare = MOODS.map(() => [0.9, 0.07, 0.03]);
  let [claimed, bold, cautious, reckless] = [0, 0, 0, 0];
  const runs = 10;
  for (let seed = 0; seed < runs; seed++) {
    const histories = historiesOf(80, seed, rare, 12);
    const careful = await fitLifetime(histories, { ...LEAN, rounds: 5, penalty: 1, support: 0.05 });
    const daring = await fitLifetime(histories, { ...LEAN, rounds: 5, penalty: 0, support: 0 });
    const best = (model: LifetimeModel): number => {
      const { cautious: values, allowed } = lifetimeValues(model, EACH);
      return Math.max(...[0, 1, 2].map((a) => (allowed[a] === 1 ? values[a]! : Number.NEGATIVE_INFINITY)));
    };
    claimed += best(careful) / runs;
    bold += best(daring) / runs;
    cautious += worthOf(policyOf(careful)) / runs;
    reckless += worthOf(policyOf(daring)) / runs;
  }
  assert.ok(claimed < bold, `${claimed} and ${bold}`);
  assert.ok(cautious >= reckless, `${cautious} and ${reckless}`);
  // the broken control: what the daring one claims is more than it brings
  assert.ok(bold > reckless, `claims ${bold}, brings ${reckless}`);
});

test('actions that the log hardly ever takes are not proposed', async () => {
  const never = MOODS.map(() => [0.995, 0.005, 0]);
  const model = await fitLifetime(historiesOf(400, 2, never), { ...LEAN, rounds: 2 });
  for (const row of policyOf(model)) assert.deepEqual(row, [1, 0, 0]);
});

test('the gate: a better policy passes on other customers, an equal one does not, and values are those of the truth', async () => {
  const model = await fitLifetime(historiesOf(1500, 3), { ...LEAN, rounds: 8 });
  const judged = historiesOf(3000, 4);
  const options = { discount: DISCOUNT, folds: 2, effectiveRowsMin: 100 };
  const chances = lifetimeChances(model, judged.state, { floor: 0.2 });
  const verdict = promoteLifetime(judged, chances, options);
  assert.deepEqual([verdict.promote, verdict.why], [true, []]);
  const row = lifetimeChances(model, EACH, { floor: 0.2 });
  const truth = worthOf(MOODS.map((_, m) => [...row.subarray(3 * m, 3 * m + 3)]));
  const error = 4 * verdict.difference.standardError;
  assert.ok(Math.abs(verdict.candidate - truth) < error, `${verdict.candidate}, truly ${truth}`);
  assert.ok(Math.abs(verdict.logged - worthOf(PLAIN)) < error);
  // a policy that never draws is so far from the log after some decisions that hardly a history speaks for it
  const sure = promoteLifetime(judged, lifetimeChances(model, judged.state), options);
  assert.ok(!sure.promote && sure.why.includes('too-few-effective-rows') && sure.effectiveRows < 100);
  const same = promoteLifetime(judged, repeated(judged, [0.5, 0.3, 0.2]), options);
  assert.deepEqual([same.promote, same.why], [false, ['not-better']]);
  const worse = promoteLifetime(judged, repeated(judged, [0, 0, 1]), { ...options, effectiveRowsMin: 1 });
  assert.ok(!worse.promote && worse.difference.high < 0 && worse.rowsNeeded === null);
});

const repeated = (histories: Histories, row: readonly number[]): Float64Array =>
  Float64Array.from({ length: 3 * histories.unit.length }, (_, at) => row[at % 3]!);

test('histories that cannot be are refused', async () => {
  const good = historiesOf(20, 1);
  const refused = (error: unknown): boolean => error instanceof KnownError && /_BAD$/.test(error.code);
  for (const bad of [
    { ...good, step: new Int32Array(good.step.length) },
    { ...good, propensity: good.propensity.with(0, 0) },
    { ...good, reward: good.reward.with(3, Number.NaN) },
    { ...good, action: good.action.with(2, 7) },
  ])
    await assert.rejects(async () => fitLifetime(bad, LEAN), refused);
  for (const odd of [{ discount: 2 }, { members: 0 }, { penalty: -1 }, { support: 2 }, { rounds: 0 }])
    await assert.rejects(async () => fitLifetime(good, odd), refused);
  assert.throws(() => promoteLifetime(good, new Float64Array(3), { discount: 1 }), refused);
});
