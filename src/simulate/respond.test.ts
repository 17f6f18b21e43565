// Aim: carried-out campaigns keep the identities of potential outcomes, and expectations are the means over futures.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { books } from './books.ts';
import { wishes } from './choice.ts';
import { expectedResponse } from './expected-response.ts';
import { live } from './life.ts';
import type { Offer } from './offer-effect.ts';
import { outlook, subject } from './outlook.ts';
import { assignment, pastCampaigns } from './past-campaigns.ts';
import type { CampaignTruth } from './past-effects.ts';
import { drawPath } from './path.ts';
import { drawPersona } from './persona.ts';
import { type Arm, customerId, customerIndex, type Outcome, respond } from './respond.ts';
import { DEFAULT_END_AT, makeWorld } from './world.ts';

const SEED = 5;
const SHOP = { products: 96 };
const startAt = DEFAULT_END_AT;
const everyone = (count: number, arm: Arm | ((k: number) => Arm), from = 0) =>
  Array.from({ length: count }, (_, k) => ({
    customerId: customerId(from + k),
    arm: typeof arm === 'string' ? arm : arm(k),
  }));

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const OFFERS: readonly Offer[] = [
  { percentOff: 10, cost: 20 },
  { percentOff: 20, minSpend: 15_000 },
  { amountOff: 3000, minSpend: 19_900, cost: 10 },
];

test('means over futures are the closed form, for both arms and every measure', () => {
  const futures = 60;
  const count = 400;
  const contacts = everyone(count, 'offer');
  const measures = ['orders', 'revenue', 'margin', 'discount', 'purchase'] as const;
  for (const offer of OFFERS) {
    const means = new Map<string, number[]>();
    const expected = new Map<string, number>();
    for (let future = 1; future <= futures; future++) {
      const { responses } = respond(SEED, { shop: SHOP, contacts, offer, startAt, days: 28, future });
      for (const arm of ['without', 'with'] as const)
        for (const name of measures) {
          const values = responses.map((each) =>
            name === 'purchase' ? Number(each[arm].orders > 0) : Number(each[arm][name]),
          );
          const key = `${arm} ${name}`;
          means.set(key, [...(means.get(key) ?? []), mean(values)]);
          expected.set(key, mean(responses.map((each) => each.expected[arm][name])));
        }
    }
    for (const [key, values] of means) {
      const middle = mean(values);
      const error = Math.sqrt(mean(values.map((value) => (value - middle) ** 2)) / (futures - 1));
      const miss = Math.abs(middle - expected.get(key)!);
      assert.ok(miss <= 4 * error + 1e-9, `${key}: ${middle} for ${expected.get(key)}, error ${error}`);
    }
  }
});

test('the outcome is that of the arm, and the truth sums over the treated', () => {
  const arms: Arm[] = ['offer', 'holdout', 'none'];
  const offer = OFFERS[0]!;
  const { responses, truth } = respond(SEED, {
    shop: SHOP,
    contacts: everyone(600, (k) => arms[k % 3]!),
    offer,
    startAt,
    days: 28,
  });
  let gain = 0;
  for (const { arm, outcome, without, with: withOffer } of responses) {
    assert.deepEqual(outcome, arm === 'offer' ? withOffer : without);
    if (arm === 'offer') gain += withOffer.margin - without.margin;
  }
  assert.equal(truth.realisedProfit, gain);
  assert.deepEqual([truth.treated, truth.holdout], [200, 200]);
});

test('a customer’s outcomes depend on seed and index only, not on who else is asked or in which arm', () => {
  const offer = OFFERS[1]!;
  const mission = { shop: SHOP, offer, startAt, days: 28 };
  const { responses } = respond(SEED, { ...mission, contacts: everyone(200, 'offer') });
  const { responses: alone } = respond(SEED, { ...mission, contacts: everyone(50, 'holdout', 120) });
  for (const [k, each] of alone.entries()) {
    assert.deepEqual(each.without, responses[120 + k]!.without);
    assert.deepEqual(each.with, responses[120 + k]!.with);
  }
});

test('without an offer nothing depends on the offer; whoever has left and is not reached does nothing', () => {
  const offers = fc.record({
    percentOff: fc.integer({ min: 0, max: 50 }),
    amountOff: fc.integer({ min: 0, max: 5000 }),
    minSpend: fc.integer({ min: 0, max: 40_000 }),
    cost: fc.integer({ min: 0, max: 500 }),
  });
  const contacts = everyone(60, 'offer');
  const mission = { shop: SHOP, contacts, startAt, days: 14 };
  const base = respond(SEED, { ...mission, offer: {} });
  const nothing: Outcome = { orders: 0, revenue: 0, margin: 0, discount: 0, redeemed: false };
  fc.assert(
    fc.property(offers, (offer) => {
      const { responses } = respond(SEED, { ...mission, offer });
      for (const [k, each] of responses.entries()) {
        assert.deepEqual(each.without, base.responses[k]!.without);
        assert.ok(each.with.discount >= 0);
        assert.equal(each.with.redeemed, each.with.discount > 0);
        if (each.expected.without.orders === 0) assert.deepEqual(each.without, nothing);
        const { effect } = each.expected;
        for (const chance of Object.values(effect)) assert.ok(chance >= 0 && chance <= 1);
      }
    }),
    { seed: 42, numRuns: 25 },
  );
});

test('an empty offer changes nothing but its cost, except for those whom messages annoy', () => {
  const { responses } = respond(SEED, {
    shop: SHOP,
    contacts: everyone(1500, 'offer'),
    offer: { cost: 7 },
    startAt,
    days: 28,
  });
  let annoyed = 0;
  for (const each of responses) {
    if (each.expected.effect.drop > 0) {
      annoyed++;
      assert.ok(each.with.orders <= each.without.orders);
    } else assert.deepEqual(each.with, { ...each.without, margin: each.without.margin - 7 });
  }
  assert.ok(annoyed > 20 && annoyed < 300);
});

test('future 0 is one and the same: orders of two windows add up to those of both', () => {
  const ask = (from: number, days: number) =>
    respond(SEED, {
      shop: SHOP,
      contacts: everyone(400, 'holdout'),
      offer: {},
      startAt: startAt + from * 86_400_000,
      days,
    }).responses.map(({ outcome }) => outcome.orders);
  const [first, second, both] = [ask(0, 14), ask(14, 14), ask(0, 28)];
  assert.deepEqual(
    first.map((orders, k) => orders + second[k]!),
    both,
  );
  assert.ok(both.some((orders) => orders > 1));
});

test('there are persuadables, sure things, lost causes and sleeping dogs', () => {
  const { responses } = respond(SEED, {
    shop: SHOP,
    contacts: everyone(3000, 'offer'),
    offer: OFFERS[0]!,
    startAt,
    days: 28,
  });
  const share = (is: (gain: number, before: number) => boolean) =>
    responses.filter(({ expected }) => is(expected.with.margin - expected.without.margin, expected.without.purchase))
      .length / responses.length;
  assert.ok(share((gain) => gain > 200) > 0.1, 'persuadables');
  assert.ok(share((gain, before) => gain < -100 && before > 0.3) > 0.03, 'sure things');
  assert.ok(share((gain, before) => Math.abs(gain) < 100 && before === 0) > 0.15, 'lost causes');
  const dogs = responses.filter(({ expected }) => expected.effect.drop > 0 && expected.without.orders > 0);
  assert.ok(dogs.length / responses.length > 0.02, 'sleeping dogs');
  for (const { expected } of dogs) assert.ok(expected.with.margin < expected.without.margin);
});

test('past campaigns do in the shop’s rows what the closed form expects', () => {
  const world = makeWorld({ seed: SEED, ...SHOP });
  const [campaign] = pastCampaigns(world);
  assert.ok(campaign !== undefined && campaign.offers[0]?.minSpend === 0);
  const buffer = new Float64Array(world.catalogue.count);
  const truth: CampaignTruth = new Map();
  const stage = { world, campaigns: [campaign], books: books(), truth, buffer };
  const gaps: number[] = [];
  for (let index = 0; index < 5000; index++) {
    const persona = drawPersona(SEED, index);
    const path = drawPath(world, persona);
    if (path.arrivalDay >= campaign.fromDay || persona.traits.consentMarketing !== true) continue;
    if (assignment(SEED, campaign, customerId(index)) !== 0) continue;
    truth.clear();
    live(stage, index, customerId(index));
    const about = subject(world, persona, path, wishes(world, persona, buffer));
    const prospects = outlook(world, about, campaign.fromDay, campaign.toDay);
    const { without, with: withOffer } = expectedResponse(persona, prospects, campaign.offers[0]);
    const [arm] = truth.values();
    gaps.push(arm!.realised - (withOffer.margin - without.margin));
  }
  const middle = mean(gaps);
  const error = Math.sqrt(mean(gaps.map((gap) => (gap - middle) ** 2)) / gaps.length);
  assert.ok(gaps.length > 500);
  assert.ok(Math.abs(middle) < 4 * error, `mean gap ${middle} fen, standard error ${error}`);
});

test('ids and windows that the world does not know are refused', () => {
  assert.equal(customerIndex(customerId(122)), 122);
  assert.equal(customerId(122), 'C0000123');
  const ask = (more: object) =>
    respond(SEED, { shop: SHOP, contacts: everyone(1, 'offer'), offer: {}, startAt, days: 28, ...more });
  for (const id of ['C0000000', 'C12', 'x', 'C00000001'])
    assert.throws(() => ask({ contacts: [{ customerId: id, arm: 'offer' }] }), { code: 'SIMULATION_CUSTOMER' });
  assert.throws(() => ask({ days: 500 }), { code: 'SIMULATION_SIZE', message: /days is 500/ });
  assert.throws(() => ask({ days: 0 }), { code: 'SIMULATION_SIZE' });
});
