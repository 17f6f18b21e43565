/**
 * What each offer would change for each customer, learned from the rounds so far.
 *
 * Profit is far noisier than what moves it, so its parts are learned, all in one regression: orders that come anyway, from
 * everybody; how many of them use a coupon that is at hand, how many a message drives away, and how many orders more there
 * are, from those who had an offer. An order that comes because of an offer uses its coupon, so orders without the coupon tell
 * of the first three alone and orders with it of the second and the last: that parts the few orders more from the many that
 * come anyway. What an order is worth is known from the customer's own.
 *
 * All rounds and offers are taken together: an offer enters by its terms, so one never given to people like these has an
 * estimate too, and coefficients lean on no effect as far as little was seen. That who got what depended on what was known of
 * people, as a plan does, does no harm: all that a plan goes by is in the regression.
 */
import type { Offer } from '#simulate/index.ts';
import { type Fitted, LeastSquares } from './least-squares.ts';
import { termsOf } from './offers.ts';
import { type Happened, type Standing, TRAITS } from './people.ts';

/** [customers x offers], by customer. Money in minor units. */
export interface OfferEffects {
  /** Expected margin less contact that an offer adds, and what it costs: discounts and contact. */
  readonly profit: Float64Array;
  readonly cost: Float64Array;
}

/** How readily depth is felt: most of it by a third off. */
const FELT = 4;
const PLACES = TRAITS.length;
/** Orders that come anyway: some, and expected ones, each bent by traits. */
const BASE = 2 * (PLACES + 1) + 1;
/** Orders more: by depth with each trait, by depth alone, and of those who left. */
const LIFT = BASE;
const LIFTS = PLACES + 3;
/** Orders driven away, and coupons used on orders that come anyway, with each trait. */
const DROP = LIFT + LIFTS;
const REDEEM = DROP + PLACES + 1;
export const SIZE = REDEEM + PLACES + 1;
/** Orders of people of whom nothing is expected still vary. */
const LEAST_VARIANCE = 0.02;

/** Standard deviations of coefficients before any data: traits have unit size, effects on orders are some hundredths. */
const PRIOR = Float64Array.from({ length: SIZE }, (_, k) => {
  if (k < BASE) return 1;
  if (k < DROP) return k === LIFT || k >= DROP - 2 ? 0.3 : 0.05;
  if (k < REDEEM) return k === DROP ? 0.1 : 0.05;
  return k === REDEEM ? 0.5 : 0.1;
});
/** Each trait's part has a size of its own, which the data tell: most traits turn out to say nothing (Tipping 2001). */
const GROUPS = PRIOR.map((_, k) => (k <= LIFT || (k >= DROP - 2 && k <= DROP) || k >= REDEEM ? -1 : k));

export interface EffectLearner {
  /** Takes in a round. `standing` is what was known before it. */
  learn(standing: Standing, round: readonly Happened[], isIn: Uint8Array): void;
  /** Effects of offers on customers as they stand; none, at a guessed cost, before the first round. */
  effects(standing: Standing, offers: readonly Offer[]): OfferEffects;
  /** Standard error of the profit that an offer adds for one customer; Infinity before the first round. */
  error(standing: Standing, customer: number, offer: Offer): number;
  /** Orders with its coupon that are expected of one customer with an offer; before the first round a guess. */
  coupons(standing: Standing, customer: number, offer: Offer): number;
  /** [customers] orders expected with an offer: a model of the response, as campaigns are often aimed by. */
  response(standing: Standing, offer: Offer): Float64Array;
}

/** A learner that has seen nothing. `offers` are those that `Happened` names by index. */
export function effectLearner(offers: readonly Offer[]): EffectLearner {
  const squares = new LeastSquares(SIZE);
  const row = new Float64Array(SIZE);
  const seen = { discount: 0, coupons: 0 };
  let fitted: Fitted | undefined;
  return {
    learn: (standing, round, isIn) => {
      for (const [i, happened] of round.entries()) {
        if (isIn[i] !== 1) continue;
        const offer = offers[happened.offer];
        const expected = standing.orders[i]!;
        if (offer === undefined) {
          baseRow(standing, i, row.fill(0));
          squares.add(row, happened.orders, 1 / (LEAST_VARIANCE + expected));
          continue;
        }
        const terms = termsOf(offer, standing.order[i]!);
        const { coupons } = happened;
        seen.discount += happened.discount;
        seen.coupons += coupons * terms.off;
        plainRow(standing, i, offer, row);
        squares.add(row, happened.orders - coupons, 1 / (LEAST_VARIANCE + 0.6 * expected));
        couponRow(standing, i, offer, row);
        squares.add(row, coupons, 1 / (LEAST_VARIANCE + 0.5 * expected * terms.reach));
      }
      fitted = squares.fit(PRIOR, Int32Array.from(GROUPS));
    },
    effects: (standing, asked) =>
      fitted === undefined ? guessed(standing, asked) : effectsOf(standing, asked, fitted, keptOf(seen)),
    error: (standing, i, offer) => {
      if (fitted === undefined) return Number.POSITIVE_INFINITY;
      valueRow(standing, i, offer, keptOf(seen), row);
      return Math.sqrt(Math.max(0, quadratic(row, fitted.covariance)));
    },
    coupons: (standing, i, offer) => {
      if (fitted === undefined) return 0.5 * standing.orders[i]! * termsOf(offer, standing.order[i]!).reach;
      couponRow(standing, i, offer, row);
      return Math.max(0, inner(row, fitted.coefficients));
    },
    response: (standing, offer) =>
      standing.orders.map((expected, i) => {
        if (fitted === undefined) return expected;
        plainRow(standing, i, offer, row);
        const plain = inner(row, fitted.coefficients);
        couponRow(standing, i, offer, row);
        return plain + inner(row, fitted.coefficients);
      }),
  };
}

/** What of a discount is not given back by returns, and whatever else makes discounts smaller than their terms. */
const keptOf = ({ discount, coupons }: { discount: number; coupons: number }): number =>
  coupons > 0 ? discount / coupons : 1;

function baseRow({ orders, alive, traits }: Standing, i: number, into: Float64Array): void {
  const expected = orders[i]!;
  into[0] = 1;
  into[1] = expected;
  into[2] = alive[i]!;
  for (let k = 0; k < PLACES; k++) {
    const trait = traits[k]![i]!;
    into[3 + k] = expected * trait;
    into[3 + PLACES + k] = 0.1 * trait;
  }
}

/** Orders without the coupon: those that come anyway, less those driven away, less those that use it. */
function plainRow(standing: Standing, i: number, offer: Offer, into: Float64Array): void {
  into.fill(0);
  baseRow(standing, i, into);
  dropsInto(standing, i, 1, into);
  redeemsInto(standing, i, -termsOf(offer, standing.order[i]!).reach, into);
}

/** Orders with the coupon: of those that come anyway, and all that come because of it. */
function couponRow(standing: Standing, i: number, offer: Offer, into: Float64Array): void {
  into.fill(0);
  const { depth, reach } = termsOf(offer, standing.order[i]!);
  redeemsInto(standing, i, reach, into);
  liftsInto(standing, i, { depth, scale: reach }, into);
}

/** The profit that an offer adds, in coefficients. */
export function valueRow(standing: Standing, i: number, offer: Offer, kept: number, into: Float64Array): void {
  into.fill(0);
  const { depth, reach, growth, off } = termsOf(offer, standing.order[i]!);
  const margin = standing.margin[i]!;
  redeemsInto(standing, i, -reach * off * kept, into);
  dropsInto(standing, i, margin, into);
  liftsInto(standing, i, { depth, scale: reach * (margin * growth - off * kept) }, into);
}

/** What an offer costs without the contact, in coefficients. */
export function costRow(standing: Standing, i: number, offer: Offer, kept: number, into: Float64Array): void {
  into.fill(0);
  const { depth, reach, off } = termsOf(offer, standing.order[i]!);
  redeemsInto(standing, i, reach * off * kept, into);
  liftsInto(standing, i, { depth, scale: reach * off * kept }, into);
}

const feltOf = (depth: number): number => 1 - Math.exp(-FELT * depth);

/** An order more is open to those who are still there and wouldn't order anyway. */
function liftsInto(
  { orders, alive, traits }: Standing,
  i: number,
  { depth, scale }: { readonly depth: number; readonly scale: number },
  into: Float64Array,
): void {
  const never = traits[PLACES - 1]![i]!;
  const idle = Math.exp(-orders[i]!) * scale;
  const open = (never === 1 ? 1 : alive[i]!) * idle;
  const felt = feltOf(depth);
  into[LIFT] = open * felt;
  for (let k = 0; k < PLACES; k++) into[LIFT + 1 + k] = open * felt * traits[k]![i]!;
  into[DROP - 2] = open * depth;
  into[DROP - 1] = (1 - alive[i]!) * (1 - never) * idle * felt;
}

function dropsInto({ orders, traits }: Standing, i: number, scale: number, into: Float64Array): void {
  const own = -orders[i]! * scale;
  into[DROP] = own;
  for (let k = 0; k < PLACES; k++) into[DROP + 1 + k] = own * traits[k]![i]!;
}

function redeemsInto({ orders, traits }: Standing, i: number, scale: number, into: Float64Array): void {
  const own = orders[i]! * scale;
  into[REDEEM] = own;
  for (let k = 0; k < PLACES; k++) into[REDEEM + 1 + k] = own * traits[k]![i]!;
}

const inner = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
};

function quadratic(row: Float64Array, covariance: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < SIZE; j++) {
    if (row[j] === 0) continue;
    let part = 0;
    for (let k = 0; k < SIZE; k++) part += covariance[j * SIZE + k]! * row[k]!;
    sum += row[j]! * part;
  }
  return sum;
}

function guessed(standing: Standing, offers: readonly Offer[]): OfferEffects {
  const size = standing.orders.length * offers.length;
  const cost = new Float64Array(size);
  for (let i = 0; i < standing.orders.length; i++)
    for (const [o, offer] of offers.entries()) {
      const { reach, off } = termsOf(offer, standing.order[i]!);
      cost[i * offers.length + o] = (offer.cost ?? 0) + 0.6 * standing.orders[i]! * reach * off;
    }
  return { profit: new Float64Array(size), cost };
}

/** Effects by fitted coefficients, all offers of a person at once: the rows of `valueRow` and `costRow` multiplied out. */
export function effectsOf(
  standing: Standing,
  offers: readonly Offer[],
  { coefficients }: Fitted,
  kept: number,
): OfferEffects {
  const size = standing.orders.length * offers.length;
  const [profit, cost] = [new Float64Array(size), new Float64Array(size)];
  for (let i = 0; i < standing.orders.length; i++) {
    const person = personOf(standing, i, coefficients);
    const margin = standing.margin[i]!;
    for (const [o, offer] of offers.entries()) {
      const at = i * offers.length + o;
      const contact = offer.cost ?? 0;
      const { depth, reach, growth, off } = termsOf(offer, standing.order[i]!);
      const lift = reach * (person.felt * feltOf(depth) + person.depth * depth);
      profit[at] = margin * (growth * lift - person.drops) - off * kept * (reach * person.redeems + lift) - contact;
      cost[at] = contact + Math.max(0, off * kept * (reach * person.redeems + lift));
    }
  }
  return { profit, cost };
}

/** What is common to all offers: orders more for each unit of depth felt and of depth, orders lost, orders that use a coupon. */
function personOf({ orders, alive, traits }: Standing, i: number, beta: Float64Array) {
  let [felt, drops, redeems] = [beta[LIFT]!, beta[DROP]!, beta[REDEEM]!];
  for (let k = 0; k < PLACES; k++) {
    const trait = traits[k]![i]!;
    felt += beta[LIFT + 1 + k]! * trait;
    drops += beta[DROP + 1 + k]! * trait;
    redeems += beta[REDEEM + 1 + k]! * trait;
  }
  const never = traits[PLACES - 1]![i]!;
  const idle = Math.exp(-orders[i]!);
  const open = (never === 1 ? 1 : alive[i]!) * idle;
  const left = (1 - alive[i]!) * (1 - never) * idle;
  return {
    felt: open * felt + left * beta[DROP - 1]!,
    depth: open * beta[DROP - 2]!,
    drops: orders[i]! * drops,
    redeems: orders[i]! * redeems,
  };
}
