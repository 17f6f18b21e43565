/**
 * What an offer is expected to do to each customer's margin: from the shop's own randomised campaigns where there are
 * any, else from stated assumptions, which are never called measured.
 */

import { discountOf, type Offer, shareReaching } from '#offers/index.ts';
import type { History } from './history.ts';
import { type Effects, shrunkEffects } from './shrink.ts';
import { bandOf, type Habit, stratumOf, traitsOf } from './strata.ts';

/** Columns [people] of those who may get the offer. */
export interface People {
  readonly count: number;
  readonly tier: readonly (string | null)[];
  /** Use of coupons in the orders so far. */
  readonly habit: readonly Habit[];
  /** Days since the last order; NaN: never ordered. */
  readonly recencyDays: Float64Array;
  /** Expected orders over the horizon, expected net spend an order (minor), margin share. */
  readonly expectedOrders: Float64Array;
  readonly orderMinor: Float64Array;
  readonly marginShare: Float64Array;
}

export interface Response {
  readonly kind: 'measured' | 'assumption';
  /** [people] expected change of margin after discounts, before the contact's cost; minor units */
  readonly effectMinor: Float64Array;
  /** [people] expected discount given */
  readonly discountMinor: Float64Array;
  /** [people] group whose estimate was used */
  readonly group: readonly string[];
  /** Standard error of the summed effect of some people. */
  standardError(chosen: Int32Array): number;
  /** What it rests on, for the report. */
  readonly basis: Basis;
}

export type Basis =
  | {
      readonly kind: 'measured';
      readonly campaigns: readonly string[];
      readonly people: number;
      readonly overallMinor: number;
      readonly overallSeMinor: number;
      readonly betweenGroupsMinor: number;
      /** Depth of the offer over that of the past ones; effects and discounts are scaled by it. */
      readonly scale: number;
      readonly groups: Effects['groups'];
      readonly notes: readonly string[];
    }
  | { readonly kind: 'assumption'; readonly assumptions: Assumptions; readonly notes: readonly string[] };

export interface Assumptions {
  /** Percent more orders for each percent off. */
  readonly elasticity: number;
  readonly elasticitySd: number;
  /** Share of orders placed anyway that use the coupon. */
  readonly redeemShare: number;
}

export const ASSUMPTIONS: Assumptions = { elasticity: 2, elasticitySd: 1, redeemShare: 0.4 };

export interface Plan {
  readonly offer: Offer;
  readonly windowDays: number;
  readonly horizonDays: number;
}

const SCALE_LEAST = 0.5;
const SCALE_MOST = 2;
const PRIOR_PEOPLE = 50;

/** The best model that the history allows. */
export function responseOf(people: People, history: History, plan: Plan, assumptions = ASSUMPTIONS): Response {
  const discounts = discountsOf(history);
  const effects = shrunkEffects(history.margin, discounts.overall);
  return effects.groups.length > 0
    ? measured(people, history, { effects, discounts }, plan)
    : assumed(people, plan, assumptions);
}

interface Found {
  readonly effects: Effects;
  readonly discounts: ReturnType<typeof discountsOf>;
}

/**
 * Effects of past campaigns carried over to these people, group by group. Before the history speaks, the net effect of a
 * coupon is taken to be none, give or take about what coupons cost: they may be wasted on people who buy anyway or bring
 * back as much again.
 */
function measured(people: People, history: History, { effects, discounts }: Found, { offer }: Plan): Response {
  const ownDepth = depthOf(people, offer);
  const scale = history.depth > 0 ? Math.min(SCALE_MOST, Math.max(SCALE_LEAST, ownDepth / history.depth)) : 1;
  const traits = Array.from({ length: people.count }, (_, i) => {
    const recency = people.recencyDays[i]!;
    return traitsOf(people.tier[i] ?? null, bandOf(Number.isNaN(recency) ? null : recency), people.habit[i]!);
  });
  const group = traits.map(stratumOf);
  const traitsByGroup = new Map(group.map((name, i) => [name, traits[i]!]));
  const effectOf = new Map(
    Array.from(traitsByGroup, ([name, own]) => [name, effects.total([{ traits: own, people: 1 }]).mean]),
  );
  return {
    kind: 'measured',
    effectMinor: Float64Array.from(group, (name) => scale * effectOf.get(name)!),
    discountMinor: Float64Array.from(group, (name) => scale * (discounts.ofGroup.get(name) ?? discounts.overall)),
    group,
    standardError: (chosen) => {
      const counts = new Map<string, number>();
      for (const i of chosen) counts.set(group[i]!, (counts.get(group[i]!) ?? 0) + 1);
      const crowds = Array.from(counts, ([name, count]) => ({ traits: traitsByGroup.get(name)!, people: count }));
      return scale * effects.total(crowds).se;
    },
    basis: {
      kind: 'measured',
      campaigns: history.campaigns,
      people: history.people,
      overallMinor: effects.overall,
      overallSeMinor: effects.overallSe,
      betweenGroupsMinor: effects.between,
      scale,
      groups: effects.groups,
      notes: [
        'difference of margin between treated and held-out customers of past campaigns, by tier, recency and use of coupons before the contact',
        'drawn toward like groups, and toward no effect, as far as there were few people',
        'past offers are taken together; effects and discounts are scaled by the depth of the offer',
        ...(history.depth > 0 ? [] : ['depth of the past offers is not known: not scaled']),
      ],
    },
  };
}

function discountsOf({ discounts }: History) {
  const people = discounts.reduce((sum, each) => sum + each.n, 0);
  const overall = people === 0 ? 0 : discounts.reduce((sum, each) => sum + each.sum, 0) / people;
  const ofGroup = new Map(
    discounts.map(({ group, n, sum }) => [group, (sum + PRIOR_PEOPLE * overall) / (n + PRIOR_PEOPLE)]),
  );
  return { overall, ofGroup };
}

function depthOf(people: People, offer: Offer): number {
  let [off, orders] = [0, 0];
  for (let i = 0; i < people.count; i++) {
    off += discountOf(offer, people.orderMinor[i]!);
    orders += people.orderMinor[i]!;
  }
  return orders > 0 ? off / orders : (offer.percentOff ?? 0) / 100;
}

/**
 * Orders grow by elasticity times depth; orders placed anyway use the coupon with `redeemShare`; only orders that reach
 * the least spend count. The elasticity is a prior with a wide spread, of the size found for price promotions.
 *
 * @see Bijmolt, van Heerde, Pieters (2005), Journal of Marketing Research 42(2): mean price elasticity -2.62
 */
function assumed(people: People, { offer, windowDays, horizonDays }: Plan, assumptions: Assumptions): Response {
  const { elasticity, elasticitySd, redeemShare } = assumptions;
  const perElasticity = new Float64Array(people.count);
  const effectMinor = new Float64Array(people.count);
  const discountMinor = new Float64Array(people.count);
  for (let i = 0; i < people.count; i++) {
    const order = people.orderMinor[i]!;
    const orders = (people.expectedOrders[i]! * windowDays) / horizonDays;
    if (!(order > 0) || !(orders > 0)) continue;
    const off = discountOf(offer, order);
    const reach = shareReaching(offer.minSpendMinor, order);
    const more = (orders * reach * off) / order;
    perElasticity[i] = more * (order * people.marginShare[i]! - off);
    effectMinor[i] = elasticity * perElasticity[i]! - orders * reach * redeemShare * off;
    discountMinor[i] = (orders * reach * redeemShare + elasticity * more) * off;
  }
  return {
    kind: 'assumption',
    effectMinor,
    discountMinor,
    group: new Array(people.count).fill('assumption'),
    standardError: (chosen) => elasticitySd * Math.abs(chosen.reduce((sum, i) => sum + perElasticity[i]!, 0)),
    basis: {
      kind: 'assumption',
      assumptions,
      notes: [
        'no past campaign with a random holdout: the response is assumed, not measured',
        'the campaign’s own holdout will measure it',
      ],
    },
  };
}
