/** Carries a campaign out on the made-up world, where both what happened and what would have happened are known. */
import { known } from '#errors.ts';
import { type Random, random, split } from '#kernels/random.ts';
import { firstDayFrom } from './calendar.ts';
import { wishes } from './choice.ts';
import { basketShape, type ExpectedPair, expectedResponse } from './expected-response.ts';
import { type Effect, leastShelf, type Offer, type Outlook, PUBLIC_COUPON } from './offer-effect.ts';
import { outlook, subject } from './outlook.ts';
import { drawPath, isThere, type Path, repeats } from './path.ts';
import { drawPersona, type Persona } from './persona.ts';
import { makeWorld, type World, type WorldSettings } from './world.ts';

export type Arm = 'offer' | 'holdout' | 'none';

export interface Contact {
  readonly customerId: string;
  readonly arm: Arm;
}

export interface Mission {
  /** The settings with which the shop was made, where they are not the defaults. */
  readonly shop?: Omit<WorldSettings, 'seed'>;
  readonly contacts: readonly Contact[];
  readonly offer: Offer;
  /** The window begins with the first local day that begins at or after this moment. */
  readonly startAt: number;
  /** Length of the window; at most what the world is known for, 400 days beyond its end. */
  readonly days: number;
  /**
   * Which of the world's possible futures: 0 (default) is the one that the shop's customers really take, the same for
   * every window; others start afresh from the state at the window's beginning.
   */
  readonly future?: number;
}

/** What one customer does in the window. Money in fen, net of expected returns. */
export interface Outcome {
  readonly orders: number;
  readonly revenue: number;
  /** Revenue less unit costs, and less the contact where there is one. */
  readonly margin: number;
  /** Coupon discount of the offer. */
  readonly discount: number;
  readonly redeemed: boolean;
}

export interface Response {
  readonly customerId: string;
  readonly arm: Arm;
  /** What happened in the arm the customer was in; this is all that a real shop would see. */
  readonly outcome: Outcome;
  /** What happens in this future without and with the offer; the assigned one equals `outcome`. */
  readonly without: Outcome;
  readonly with: Outcome;
  /** Expectations of both over all futures. */
  readonly expected: ExpectedPair;
}

export interface Responses {
  readonly responses: readonly Response[];
  readonly truth: {
    readonly treated: number;
    readonly holdout: number;
    /** Sum of margin with minus without over the treated, in fen: in this future, and expected. */
    readonly realisedProfit: number;
    readonly expectedProfit: number;
  };
}

/**
 * Draws what each contacted customer does, under both arms with the same random numbers.
 *
 * A pure function of the seed, the customer's index in the id and the world's settings, which must be those of the shop.
 *
 * @throws SIMULATION_CUSTOMER for an id that is not of the form C0000001
 * @throws SIMULATION_SIZE for a window that leaves the known world
 */
export function respond(seed: number, mission: Mission): Responses {
  const world = makeWorld({ ...mission.shop, seed });
  const fromDay = firstDayFrom(mission.startAt);
  const toDay = fromDay + mission.days;
  const { startDay, lastDay } = world.calendar;
  if (!(mission.days >= 1) || fromDay < startDay || toDay > lastDay)
    throw known('SIMULATION_SIZE', { what: 'days', value: mission.days, least: 1, most: lastDay - fromDay });
  const buffer = new Float64Array(world.catalogue.count);
  const responses = mission.contacts.map(({ customerId, arm }) => {
    const person = meet(world, customerId, buffer, fromDay, toDay);
    const pair = bothArms(world, person, mission, fromDay, toDay);
    return { customerId, arm, outcome: arm === 'offer' ? pair.with : pair.without, ...pair };
  });
  const treated = responses.filter(({ arm }) => arm === 'offer');
  const sum = (gain: (response: Response) => number) => treated.reduce((total, each) => total + gain(each), 0);
  return {
    responses,
    truth: {
      treated: treated.length,
      holdout: responses.filter(({ arm }) => arm === 'holdout').length,
      realisedProfit: sum((each) => each.with.margin - each.without.margin),
      expectedProfit: sum((each) => each.expected.with.margin - each.expected.without.margin),
    },
  };
}

/** The index, from 0, in an id such as C0000001. */
export function customerIndex(id: string): number {
  const digits = /^C(\d{7})$/.exec(id)?.[1];
  if (digits === undefined || Number(digits) === 0) throw known('SIMULATION_CUSTOMER', { id });
  return Number(digits) - 1;
}

export const customerId = (index: number): string => `C${String(index + 1).padStart(7, '0')}`;

/** One customer before a window. */
export interface Prospect {
  readonly persona: Persona;
  readonly path: Path;
  readonly prospects: Outlook;
}

function meet(world: World, id: string, buffer: Float64Array, fromDay: number, toDay: number): Prospect {
  const persona = drawPersona(world.seed, customerIndex(id));
  const path = drawPath(world, persona);
  const about = subject(world, persona, path, wishes(world, persona, buffer));
  return { persona, path, prospects: outlook(world, about, fromDay, toDay) };
}

export type Both = Pick<Response, 'without' | 'with' | 'expected'>;

/** What one customer does in the window in both arms, by the same random numbers, and what to expect. */
export function bothArms(
  world: World,
  person: Prospect,
  mission: Pick<Mission, 'offer' | 'future'>,
  fromDay: number,
  toDay: number,
): Both {
  const { persona, path, prospects } = person;
  const { offer, future = 0 } = mission;
  const draw = random(split(world.seed, 'respond', persona.index, fromDay, future));
  const expected = expectedResponse(persona, prospects, offer);
  const scene: Scene = { persona, prospects, offer, effect: expected.effect };
  const without = { ...NOTHING };
  const withOffer = { ...NOTHING, margin: -(offer.cost ?? 0) };
  const count = ordersWithin(world, persona, path, { fromDay, toDay, future, draw });
  for (let k = 0; k < count; k++) order(scene, draw, without, withOffer);
  const shelf = basketOf(prospects, draw);
  if (draw.uniform() < expected.effect.extra && shelf >= leastShelf(offer)) pay(scene, shelf, true, withOffer);
  return { without, with: withOffer, expected };
}

interface Scene {
  readonly persona: Persona;
  readonly prospects: Outlook;
  readonly offer: Offer;
  readonly effect: Effect;
}

type Tally = { -readonly [Key in keyof Outcome]: Outcome[Key] };
const NOTHING: Outcome = { orders: 0, revenue: 0, margin: 0, discount: 0, redeemed: false };

interface Window {
  readonly fromDay: number;
  readonly toDay: number;
  readonly future: number;
  readonly draw: Random;
}

/** How many orders the customer would place anyway. */
function ordersWithin(world: World, persona: Persona, path: Path, { fromDay, toDay, future, draw }: Window): number {
  if (!isThere(path, fromDay)) return 0;
  const days = future === 0 ? path.orderDays : repeats(world.calendar, persona, fromDay, draw, []).orderDays;
  return days.filter((day) => day >= fromDay && day < toDay).length;
}

function order(scene: Scene, draw: Random, without: Tally, withOffer: Tally): void {
  const shelf = basketOf(scene.prospects, draw);
  const dropped = draw.uniform() < scene.effect.drop;
  const redeems = draw.uniform() < scene.effect.redeem && shelf >= leastShelf(scene.offer);
  pay(scene, shelf, false, without);
  if (!dropped) pay(scene, shelf, redeems, withOffer);
}

function basketOf({ shelf, deviation }: Outlook, draw: Random): number {
  const shape = basketShape(shelf, deviation);
  return draw.gamma(shape, shape / shelf);
}

function pay({ persona, prospects, offer }: Scene, shelf: number, redeems: boolean, into: Tally): void {
  const { factor, kept, costShare } = prospects;
  const discount = redeems ? ((offer.percentOff ?? 0) / 100) * factor * shelf + (offer.amountOff ?? 0) : 0;
  const coupon = redeems ? discount : PUBLIC_COUPON * persona.couponHabit * factor * shelf;
  const revenue = kept * (shelf * factor - coupon);
  into.orders++;
  into.revenue += revenue;
  into.margin += revenue - shelf * costShare;
  into.discount += kept * discount;
  into.redeemed ||= redeems;
}
