/** An order from plan to rows: lines, coupon, cancelled attempt, returns, reviews, redemption and the pages around it. */

import { DAY_MS } from '#kernels/local-time.ts';
import { type Random, random, split } from '#kernels/random.ts';
import { type Basket, type Bill, bill, type Cupboard, drawBasket, shelfOf } from './basket.ts';
import { type Books, CHANNELS, EVENT, IDENTITY, STATUS } from './books.ts';
import { type Diary, orderSession } from './browsing.ts';
import { dayStart, momentOf } from './calendar.ts';
import { LEAVES } from './lexicon.ts';
import { type Offer, PUBLIC_COUPON } from './offer-effect.ts';
import { couponCodes, type PastCampaign } from './past-campaigns.ts';
import { armTruth, type CampaignTruth, counts, type PlannedOrder } from './past-effects.ts';
import type { Persona } from './persona.ts';
import { reviewText } from './review-text.ts';
import type { World } from './world.ts';

export interface Stage {
  readonly world: World;
  readonly campaigns: readonly PastCampaign[];
  readonly books: Books;
  readonly truth: CampaignTruth;
  /** Scratch of length [products]. */
  readonly buffer: Float64Array;
}

export interface Person {
  readonly stage: Stage;
  readonly persona: Persona;
  readonly wish: Float64Array;
  readonly to: Diary;
  readonly home: Cupboard;
  readonly guest: boolean;
  /** Counters of ids, and moments of the first and the latest order. */
  seq: number;
  reviews: number;
  lastAt: number;
  firstAt: number;
}

/** Draws what the order holds, settles what it would have been without the campaign, and writes it if it takes place. */
export function placeOrder(person: Person, order: PlannedOrder): void {
  const { stage, persona, wish, home } = person;
  const { world } = stage;
  const draw = random(split(world.seed, person.guest ? 'guest order' : 'order', persona.index, order.key));
  const usesPublic = draw.uniform();
  const welcomed = order.key === 0 && !persona.browser && draw.uniform() < 0.4;
  const real = !order.dropped;
  const shadow = real && !order.extra ? home : { product: home.product.slice(), day: home.day.slice() };
  const basket = drawBasket(world, persona, wish, shadow, order.day, draw);
  const counted = counts(order.campaign?.offer, shelfOf(basket));
  if (order.extra && !counted) return;
  if (order.extra) {
    home.product.set(shadow.product);
    home.day.set(shadow.day);
  }
  const factor = world.calendar.priceFactor[order.day - world.calendar.startDay]!;
  const everyday: Coupon = welcomed
    ? { offer: { percentOff: 10 }, code: 1 }
    : usesPublic < persona.couponHabit
      ? { offer: { percentOff: 100 * PUBLIC_COUPON }, code: 2 }
      : { offer: {}, code: 0 };
  const special = order.redeems && counted ? order.campaign?.offer : undefined;
  const coupon = special === undefined ? everyday : { offer: special, code: codeOf(stage, special.code) };
  const without = bill(basket, factor, everyday.offer);
  const paper = bill(basket, factor, coupon.offer);
  const kept = basket.product.map((p) => draw.uniform() >= LEAVES[world.catalogue.leaf[p]!]!.returnShare);
  if (order.campaign?.offer !== undefined) {
    const arm = armTruth(stage.truth, order.campaign.campaign.id, order.campaign.offer.id);
    if (real) arm.realised += marginOf(world, basket, paper, kept);
    if (!order.extra) arm.realised -= marginOf(world, basket, without, kept);
  }
  if (real) writeOrder(person, order, { basket, paper, coupon, kept, draw, redeemed: special !== undefined });
}

interface Coupon {
  readonly offer: Offer;
  /** 0 for none, else position in `couponCodes` plus one. */
  readonly code: number;
}

const codeOf = ({ campaigns }: Stage, code: string): number => 1 + couponCodes(campaigns).indexOf(code);

function marginOf(world: World, basket: Basket, { paid }: Bill, kept: readonly boolean[]): number {
  let margin = 0;
  for (const [k, p] of basket.product.entries())
    if (kept[k]) margin += paid[k]! - basket.units[k]! * world.catalogue.cost[p]!;
  return margin;
}

interface Sale {
  readonly basket: Basket;
  readonly paper: Bill;
  readonly coupon: Coupon;
  readonly kept: readonly boolean[];
  readonly draw: Random;
  readonly redeemed: boolean;
}

function writeOrder(person: Person, order: PlannedOrder, sale: Sale): void {
  const { stage, persona, to } = person;
  const { world, books } = stage;
  const { basket, paper, draw, coupon } = sale;
  const dayEnd = dayStart(order.day + 1) - 1;
  let at = momentOf(order.day, draw.uniform(), draw.uniform());
  if (at <= person.lastAt) at = Math.min(dayEnd, person.lastAt + 1_200_000 + Math.floor(draw.uniform() * 3_000_000));
  person.lastAt = at;
  person.firstAt = Math.min(person.firstAt, at);
  const paid = paper.paid.reduce((sum, value) => sum + value, 0);
  const channel = draw.uniform() < 0.8 ? CHANNELS.indexOf(persona.traits.channel) : draw.integer(CHANNELS.length);
  if (draw.uniform() < 0.02) cancelFirst(person, sale, at - 600_000 - draw.integer(3_000_000), channel);
  const seq = ++person.seq;
  const identity = person.guest ? IDENTITY.guestDevice : IDENTITY.customer;
  if (channel !== CHANNELS.indexOf('store'))
    orderSession(world, person.wish, basket, to, { at, order: seq, paid, draw, identity, coupon: coupon.code > 0 });
  writeLines(person, sale, seq, at, STATUS.paid, channel);
  giveBack(person, sale, seq, at, channel);
  writeReviews(person, sale, at);
  if (sale.redeemed && order.campaign !== undefined) {
    const { position, offerIndex } = order.campaign;
    const discount = paper.coupon.reduce((sum, value) => sum + value, 0);
    books.rows.redemptions.add(persona.index, seq, position, offerIndex, at, discount);
  }
}

function writeLines(person: Person, sale: Sale, seq: number, at: number, status: number, channel: number): void {
  const { basket, paper, coupon } = sale;
  const { order_lines } = person.stage.books.rows;
  for (const [k, product] of basket.product.entries()) {
    const paid = paper.paid[k]!;
    const off = paper.coupon[k]!;
    const list = basket.list[k]!;
    order_lines.add(
      person.persona.index,
      person.guest ? 1 : 0,
      seq,
      k + 1,
      product,
      at,
      basket.units[k]!,
      paid,
      list,
      list - paid - off,
      off,
      off > 0 ? coupon.code : 0,
      status,
      Number.NaN,
      channel,
    );
  }
}

/** The same order placed and cancelled a little earlier. */
function cancelFirst(person: Person, sale: Sale, at: number, channel: number): void {
  const { world } = person.stage;
  const seq = ++person.seq;
  const placed = Math.max(at, dayStart(world.calendar.startDay));
  writeLines(person, sale, seq, placed, STATUS.cancelled, channel);
  person.to.session(person.guest ? IDENTITY.guestDevice : IDENTITY.customer);
  person.to.note(EVENT['Order Cancelled'], placed + 240_000, { order: seq });
}

function giveBack(person: Person, sale: Sale, seq: number, at: number, channel: number): void {
  const { basket, paper, kept, draw } = sale;
  const { books, world } = person.stage;
  const moment = at + (3 + 11 * draw.uniform()) * DAY_MS;
  if (kept.every((stays) => stays) || moment >= dayStart(world.calendar.endDay)) return;
  for (const [k, product] of basket.product.entries()) {
    if (kept[k] || paper.paid[k] === 0) continue;
    books.rows.order_lines.add(
      person.persona.index,
      person.guest ? 1 : 0,
      seq,
      k + 1,
      product,
      Math.floor(moment),
      basket.units[k]!,
      paper.paid[k]!,
      basket.list[k]!,
      Number.NaN,
      Number.NaN,
      0,
      STATUS.refunded,
      seq,
      channel,
    );
  }
  person.to.session(person.guest ? IDENTITY.guestDevice : IDENTITY.customer);
  person.to.note(EVENT['Order Refunded'], Math.floor(moment), { order: seq });
}

function writeReviews(person: Person, { basket, kept, draw }: Sale, at: number): void {
  const { persona, stage, to } = person;
  const { world, books } = stage;
  for (const [k, product] of basket.product.entries()) {
    const moment = at + Math.floor((2 + 14 * draw.uniform()) * DAY_MS);
    const chance = kept[k] ? persona.reviewChance : Math.min(1, 2 * persona.reviewChance);
    if (draw.uniform() >= chance || moment >= dayStart(world.calendar.endDay)) continue;
    const felt = world.catalogue.satisfaction[product]! + persona.mood + 0.75 * draw.normal() - (kept[k] ? 0 : 1.8);
    const rating = Math.min(5, Math.max(1, Math.round(felt)));
    books.rows.reviews.add(persona.index, ++person.reviews, product, rating, moment, persona.language === 'zh' ? 1 : 0);
    books.reviewTexts.push(reviewText(LEAVES[world.catalogue.leaf[product]!]!, rating, persona.language, draw));
    to.session(IDENTITY.customer);
    to.note(EVENT['Product Reviewed'], moment, { product, value: rating });
  }
}
