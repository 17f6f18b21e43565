// Aim: the uplift model is taken where it foretells effects that groups can't see, and only there; the reason is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random, split } from '#kernels/random.ts';
import { numbers, table, texts } from '#table/index.ts';
import type { EffectSource } from './effects.ts';
import { betterEffects } from './effects-uplift.ts';
import type { Audience } from './people.ts';

/** Two campaigns of one depth; the effect on the margin is `effect` of the standing of what they spent before. */
function contacts(count: number, effect: (spend: number) => number, seed: number) {
  const draw = random(split(seed, 'contacts'));
  const rows = Array.from({ length: count }, (_, i) => {
    const spend = draw.uniform();
    const treated = draw.uniform() < 0.5 ? 1 : 0;
    const campaign = i % 2 === 0 ? 'K1' : 'K2';
    const season = i % 2 === 0 ? 0 : 800;
    return { spend, treated, campaign, margin: season + 1000 * spend + treated * effect(spend) + 400 * draw.normal() };
  });
  const column = (of: (row: (typeof rows)[number], i: number) => number) => numbers(Float64Array.from(rows, of));
  return {
    count,
    table: table({
      customer_id: texts(rows.map((_, i) => `C${i}`)),
      campaign: texts(rows.map((row) => row.campaign)),
      treated: column((row) => row.treated),
      depth: column(() => 0.1),
      tier: texts(rows.map(() => 'gold')),
      band: texts(rows.map(() => '0-28')),
      habit: texts(rows.map(() => 'no coupons')),
      days: column((_, i) => i % 28),
      orders: column(() => 3),
      coupons: column(() => 0),
      spend: column((row) => row.spend),
      margin: column((row) => row.margin),
      bought: column(() => 1),
      discount: column((row) => row.treated * 50),
    }),
  };
}

const SPENDS = [0.05, 0.5, 0.95];
const audience = {
  count: 3,
  recencyDays: Float64Array.of(3, 9, 20),
  past: { orders: Float64Array.of(3, 3, 3), coupons: new Float64Array(3), spend: Float64Array.from(SPENDS) },
  tierCode: new Int32Array(3),
  tierNames: ['gold'],
} as unknown as Audience;
const column = (own: number) => new Float64Array(3).fill(own);
const groups: EffectSource = {
  kind: 'measured',
  offers: [{ effectMinor: column(7), discountMinor: column(50), keptShare: column(0.1) }],
  group: ['g', 'g', 'g'],
  depths: [0.2],
  standardError: () => 1,
  basis: {
    ...{ kind: 'measured', campaigns: ['K1', 'K2'], people: 6000, overallMinor: 0, overallSeMinor: 1 },
    ...{ betweenGroupsMinor: 0, scale: 1, scales: [1], groups: [], notes: ['groups'] },
  },
};

test('effects that hang on what groups don’t tell: the model is taken, and finds who gains', () => {
  const found = betterEffects(
    groups,
    audience,
    contacts(2400, (spend) => 1200 * (spend - 0.5), 3),
    { seed: 1, depths: [0.2] },
  );
  assert.equal(found.kind, 'uplift');
  assert.ok(found.basis.kind === 'uplift' && found.basis.weighed!.gain > 1.96 * found.basis.weighed!.gainSe);
  assert.match(found.basis.notes.join(), /uplift model was taken/);
  const { effectMinor, discountMinor } = found.offers[0]!;
  // twice as deep as the past: -1080, 0, 1080
  assert.ok(effectMinor[0]! < -400 && Math.abs(effectMinor[1]!) < 350 && effectMinor[2]! > 400, effectMinor.join(', '));
  assert.deepEqual(discountMinor, column(50));
  const one = found.standardError([[2]]);
  assert.ok(one > 0 && found.standardError([[0, 2]]) > one);
  assert.equal(found.standardError([[2]], [[2]]), 0);
});

test('the same effect on everybody: groups stay, and say why; too few contacts are not looked at', () => {
  const same = betterEffects(
    groups,
    audience,
    contacts(1400, () => 100, 5),
    { seed: 1, depths: [0.1] },
  );
  assert.equal(same.kind, 'measured');
  assert.deepEqual(same.offers, groups.offers);
  assert.match(same.basis.notes.join(), /groups were taken: .*gain/);
  const few = betterEffects(
    groups,
    audience,
    contacts(300, () => 100, 5),
    { seed: 1, depths: [0.1] },
  );
  assert.match(few.basis.notes.join(), /fewer than 500/);
});
