/**
 * What each offer is expected to do to each customer's margin: from the shop's own randomised campaigns where there are
 * any, else from stated assumptions, which are never called measured.
 */

import { type Offer, shareReaching } from '#offers/index.ts';
import { costShareOf, worthOf } from './arms.ts';
import type { Weighed } from './effects-uplift.ts';
import type { History } from './history.ts';
import { byDepth, depthBandOf, type Past } from './past.ts';
import { type Crowd, type Effects, shrunkEffects } from './shrink.ts';
import { bandOf, type Habit, stratumOf, traitsOf } from './strata.ts';

/** Columns [people] of those who may get an offer. */
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

/** Columns [people] of one offer. */
export interface OfferEffect {
  /** Expected change of margin after discounts, before the contact's cost; minor units. */
  readonly effectMinor: Float64Array;
  /** Expected discount given. */
  readonly discountMinor: Float64Array;
  /** Expected change of the chance to buy within the window, -1 to 1. */
  readonly keptShare: Float64Array;
}

/** [offers] places of the people who get each. */
export type Given = readonly ArrayLike<number>[];

/** Where the effects of offers come from. */
export interface EffectSource {
  readonly kind: Basis['kind'];
  /** [offers] */
  readonly offers: readonly OfferEffect[];
  /** [people] group whose estimate was used */
  readonly group: readonly string[];
  /** Standard error of the summed effect on margin of what is given; with `instead`, of the difference of the two. */
  standardError(given: Given, instead?: Given): number;
  /** What it rests on, for the report. */
  readonly basis: Basis;
  /** [offers] what each takes off an order of these people, as a share */
  readonly depths: readonly number[];
}

export type Basis =
  | {
      readonly kind: 'measured' | 'uplift';
      /** How an uplift model and groups were weighed, where they were. */
      readonly weighed?: Weighed;
      readonly campaigns: readonly string[];
      readonly people: number;
      readonly overallMinor: number;
      readonly overallSeMinor: number;
      readonly betweenGroupsMinor: number;
      /** Depth of the first offer over that of the past ones; effects and discounts are scaled by it. */
      readonly scale: number;
      /** The same of each offer. */
      readonly scales: readonly number[];
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
  readonly offers: readonly Offer[];
  readonly windowDays: number;
  readonly horizonDays: number;
}

const SCALE_LEAST = 0.5;
const SCALE_MOST = 2;
const PRIOR_PEOPLE = 50;

/** The best source that the history allows. */
export function effectsOf(people: People, history: History, plan: Plan, assumptions = ASSUMPTIONS): EffectSource {
  const past = byDepth(history.cells, history.depth);
  const discounts = discountsOf(past);
  const effects = shrunkEffects(past.margin, discounts.overall);
  return effects.groups.length > 0
    ? measured(people, { ...past, history, effects, kept: shrunkEffects(past.buyers), discounts }, plan)
    : assumed(people, plan, assumptions);
}

interface Found extends Pick<Past, 'bands'> {
  readonly history: History;
  /** Of margin, and of the chance to buy. */
  readonly effects: Effects;
  readonly kept: Effects;
  readonly discounts: ReturnType<typeof discountsOf>;
}

/**
 * Effects of past campaigns carried over to these people, group by group. Before the history speaks, the net effect of a
 * coupon is taken to be none, give or take about what coupons cost: they may be wasted on people who buy anyway or bring
 * back as much again.
 */
function measured(people: People, { history, effects, kept, discounts, bands }: Found, { offers }: Plan): EffectSource {
  const traits = Array.from({ length: people.count }, (_, i) => {
    const recency = people.recencyDays[i]!;
    return traitsOf(people.tier[i] ?? null, bandOf(Number.isNaN(recency) ? null : recency), people.habit[i]!);
  });
  const group = traits.map(stratumOf);
  const traitsByGroup = new Map(group.map((name, i) => [name, traits[i]!]));
  const carried = offers.map((offer) => {
    const depth = depthOf(people, offer);
    // past coupons tell nothing of what takes nothing off: an ad, a message
    const isKnown = depth > 0 || offer.percentOff !== undefined || offer.amountOffMinor !== undefined;
    const within = history.depth > 0 ? Math.min(SCALE_MOST, Math.max(SCALE_LEAST, depth / history.depth)) : 1;
    const scale = isKnown ? within : 0;
    const own = (name: string): readonly string[] =>
      bands.size === 0 ? traitsByGroup.get(name)! : [...traitsByGroup.get(name)!, depthBandOf(depth)];
    return { scale, own, depth, cheaper: 1 - costShareOf(offer) };
  });
  const perGroup = (of: (name: string) => number) => {
    const known = new Map(Array.from(traitsByGroup.keys(), (name) => [name, of(name)]));
    return Float64Array.from(group, (name) => known.get(name)!);
  };
  return {
    kind: 'measured',
    offers: carried.map(({ scale, own, cheaper }) => {
      const given = (name: string) => scale * (discounts.ofGroup.get(stratumOf(own(name))) ?? discounts.overall);
      return {
        // past margins are after coupons at their full worth; points cost the shop less than that
        effectMinor: perGroup((name) => scale * effects.mean(own(name)) + cheaper * given(name)),
        discountMinor: perGroup((name) => (1 - cheaper) * given(name)),
        keptShare: perGroup((name) => (scale === 0 ? 0 : kept.mean(own(name)))),
      };
    }),
    group,
    depths: carried.map(({ depth }) => depth),
    standardError: (given, instead) => {
      const crowds = new Map<string, Crowd>();
      const count = (of: Given, sign: number): void => {
        for (const [j, members] of of.entries()) {
          const sizes = new Map<string, number>();
          for (let k = 0; k < members.length; k++) {
            const name = group[members[k]!]!;
            sizes.set(name, (sizes.get(name) ?? 0) + 1);
          }
          const { scale, own } = carried[j]!;
          for (const [name, size] of sizes) {
            const key = stratumOf(own(name));
            const before = crowds.get(key)?.people ?? 0;
            crowds.set(key, { traits: own(name), people: before + sign * scale * size });
          }
        }
      };
      count(given, 1);
      if (instead !== undefined) count(instead, -1);
      return effects.total([...crowds.values()]).se;
    },
    basis: {
      kind: 'measured',
      campaigns: history.campaigns,
      people: history.people,
      overallMinor: effects.overall,
      overallSeMinor: effects.overallSe,
      betweenGroupsMinor: effects.between,
      scale: carried[0]?.scale ?? 1,
      scales: carried.map(({ scale }) => scale),
      groups: effects.groups,
      notes: [
        'difference of margin between treated and held-out customers of past campaigns, by tier, recency and use of coupons before the contact',
        'drawn toward like groups, and toward no effect, as far as there were few people',
        bands.size === 0
          ? 'past offers are taken together; effects and discounts are scaled by the depth of the offer'
          : 'past offers of like depth teach an offer most, the others some; effects and discounts are scaled by its depth',
        ...(history.depth > 0 ? [] : ['depth of the past offers is not known: not scaled']),
      ],
    },
  };
}

function discountsOf({ discounts }: Past) {
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
    off += worthOf(offer, people.orderMinor[i]!);
    orders += people.orderMinor[i]!;
  }
  return orders > 0 ? off / orders : (offer.percentOff ?? 0) / 100;
}

/**
 * Orders grow by elasticity times depth; orders placed anyway use the coupon with `redeemShare`; only orders that reach
 * the least spend count. The elasticity is a prior with a wide spread, of the size found for price promotions, and the
 * same for all offers and people.
 *
 * @see Bijmolt, van Heerde, Pieters (2005), Journal of Marketing Research 42(2): mean price elasticity -2.62
 */
function assumed(people: People, plan: Plan, assumptions: Assumptions): EffectSource {
  const assumedOf = plan.offers.map((offer) => assumedOffer(people, offer, plan, assumptions));
  const slope = (given: Given): number =>
    given.reduce((sum, members, j) => {
      const { perElasticity } = assumedOf[j]!;
      let own = 0;
      for (let k = 0; k < members.length; k++) own += perElasticity[members[k]!]!;
      return sum + own;
    }, 0);
  return {
    kind: 'assumption',
    offers: assumedOf,
    group: new Array(people.count).fill('assumption'),
    depths: plan.offers.map((offer) => depthOf(people, offer)),
    standardError: (given, instead = []) => assumptions.elasticitySd * Math.abs(slope(given) - slope(instead)),
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

function assumedOffer(
  people: People,
  offer: Offer,
  { windowDays, horizonDays }: Plan,
  { elasticity, redeemShare }: Assumptions,
) {
  const column = () => new Float64Array(people.count);
  const [perElasticity, effectMinor, discountMinor, keptShare] = [column(), column(), column(), column()];
  for (let i = 0; i < people.count; i++) {
    const order = people.orderMinor[i]!;
    const orders = (people.expectedOrders[i]! * windowDays) / horizonDays;
    if (!(order > 0) || !(orders > 0)) continue;
    const off = worthOf(offer, order);
    const reach = shareReaching(offer.minSpendMinor, order);
    const more = (orders * reach * off) / order;
    const cost = costShareOf(offer) * off;
    perElasticity[i] = more * (order * people.marginShare[i]! - cost);
    effectMinor[i] = elasticity * perElasticity[i]! - orders * reach * redeemShare * cost;
    discountMinor[i] = (orders * reach * redeemShare + elasticity * more) * cost;
    // Poisson: one more order keeps somebody only where none would have come
    keptShare[i] = Math.exp(-orders) * -Math.expm1(-elasticity * more);
  }
  return { perElasticity, effectMinor, discountMinor, keptShare };
}
