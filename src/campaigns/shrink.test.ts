// Aim: effects of groups are honest: intervals hold, chance is not taken for a fact, like groups teach each other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, random, split } from '#kernels/random.ts';
import { type Cell, shrunkEffects } from './shrink.ts';

const TIERS = ['low', 'middle', 'high'];
const BANDS = ['new', 'old', 'gone'];
const TRAITS = TIERS.flatMap((tier) => BANDS.map((band) => [tier, band]));
const NOISE = 1000;

/** One campaign over all groups; outcomes are normal, so sums and squares are drawn without the people. */
function history(draw: Random, effects: readonly number[], people: number, skip?: string): Cell[] {
  return TRAITS.flatMap((traits, g) =>
    [true, false].flatMap((treated): Cell[] => {
      const group = traits.join(' / ');
      if (group === skip) return [];
      const mean = 500 + (treated ? effects[g]! : 0) + (NOISE / Math.sqrt(people)) * draw.normal();
      const squares = people * mean ** 2 + (people - 1) * NOISE ** 2;
      return [{ group, traits, campaign: 'A', treated, n: people, sum: people * mean, squares }];
    }),
  );
}

/** Effects as the model has them: a common one, and what tiers, bands and groups add. */
function drawn(draw: Random, omega: number, tau: number): number[] {
  const common = omega * draw.normal();
  const part = () => (tau / Math.sqrt(3)) * draw.normal();
  const [ofTier, ofBand] = [TIERS.map(part), BANDS.map(part)];
  return TRAITS.map(([tier, band]) => common + ofTier[TIERS.indexOf(tier!)]! + ofBand[BANDS.indexOf(band!)]! + part());
}

test('95 % intervals of a group, of a sum and of a group never seen hold the truth', () => {
  const held = { group: 0, sum: 0, unseen: 0 };
  const repeats = 300;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const draw = random(split(3, repeat));
    // Spreads from the prior: over them, not for each of them alone, the intervals are to hold.
    const cauchy = () => 100 * Math.tan((Math.PI / 2) * draw.uniform());
    const truth = drawn(draw, cauchy(), cauchy());
    const { total } = shrunkEffects(history(draw, truth, 150, 'high / gone'), 100);
    const crowds = TRAITS.slice(0, 4).map((traits, g) => ({ traits, people: 10 * (g + 1) }));
    const sum = crowds.reduce((all, { people }, g) => all + people * truth[g]!, 0);
    const within = ({ mean, se }: { mean: number; se: number }, own: number) =>
      Math.abs(mean - own) <= 1.96 * se ? 1 : 0;
    held.group += within(total([{ traits: TRAITS[4]!, people: 1 }]), truth[4]!);
    held.sum += within(total(crowds), sum);
    held.unseen += within(total([{ traits: TRAITS[8]!, people: 1 }]), truth[8]!);
  }
  // A mixture taken for a normal: some 0.94. Binomial(300, 0.94): 270 is three standard deviations below.
  for (const [what, n] of Object.entries(held)) assert.ok(n >= 270, `${what}: ${n} of ${repeats}`);
});

test('the best of many groups is not promised more than it brings', () => {
  let [promised, brought, bare] = [0, 0, 0];
  for (let repeat = 0; repeat < 200; repeat++) {
    const draw = random(split(4, repeat));
    const truth = drawn(draw, 50, 50);
    const { groups } = shrunkEffects(history(draw, truth, 100), 50);
    for (const { group, effect, raw } of groups) {
      if (effect <= 0) continue;
      promised += effect;
      brought += truth[TRAITS.findIndex((traits) => traits.join(' / ') === group)]!;
      bare += raw;
    }
  }
  assert.ok(promised < 1.4 * brought, `${promised} promised, ${brought} brought`);
  assert.ok(bare > 1.5 * promised, 'the bare differences would promise much more');
});

test('laws: means add up, errors no more than that, plenty of people speak for themselves', () => {
  const draw = random(5);
  const truth = drawn(draw, 100, 100);
  const { total, groups, mean } = shrunkEffects(history(draw, truth, 60), 100);
  for (const traits of [...TRAITS, ['high', 'unheard of']])
    assert.ok(Math.abs(mean(traits) - total([{ traits, people: 1 }]).mean) < 1e-9);
  const [one, other] = [TRAITS[0]!, TRAITS[7]!].map((traits) => ({ traits, people: 3 }));
  const both = total([one!, other!]);
  const [a, b] = [total([one!]), total([other!])];
  assert.ok(Math.abs(both.mean - a.mean - b.mean) < 1e-9);
  assert.ok(both.se <= a.se + b.se + 1e-9);
  assert.ok(Math.abs(a.mean - 3 * groups.find(({ group }) => group === 'low / new')!.effect) < 1e-9);
  assert.deepEqual(total([]), { mean: 0, se: 0 });
  const rich = shrunkEffects(history(draw, truth, 1e6), 100);
  for (const { own, effect, raw } of rich.groups) assert.ok(own > 0.95 && Math.abs(effect - raw) < 2);
});

test('too few people on a side: nothing is estimated', () => {
  const cells = history(random(6), drawn(random(7), 10, 10), 2);
  const { groups, overallSe, total } = shrunkEffects(cells, 10);
  assert.deepEqual(groups, []);
  assert.equal(overallSe, Number.POSITIVE_INFINITY);
  assert.equal(total([{ traits: ['low', 'new'], people: 1 }]).mean, 0);
});
