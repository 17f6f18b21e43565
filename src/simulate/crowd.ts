/**
 * The customers of a made-up shop, met once and asked again and again: what the shop has seen of them until the data end, and
 * what they do in window after window with or without an offer, as `respond` says it.
 */
import { DAY_MS } from '#kernels/local-time.ts';
import { numberColumn, numbers, type Table, table } from '#table/index.ts';
import { type Books, books, IDENTITY, STATUS } from './books.ts';
import { HORIZON_DAYS } from './calendar.ts';
import { wishes } from './choice.ts';
import { type ExpectedPair, expectedResponse } from './expected-response.ts';
import { live } from './life.ts';
import type { Offer, Outlook } from './offer-effect.ts';
import type { Stage } from './orders.ts';
import { outlook, type Subject, subject } from './outlook.ts';
import { pastCampaigns } from './past-campaigns.ts';
import { drawPath } from './path.ts';
import { drawPersona } from './persona.ts';
import { bothArms, customerId, type Outcome } from './respond.ts';
import { makeWorld, periodOf, type World, type WorldSettings, whole } from './world.ts';

export interface Crowd {
  readonly customers: number;
  /** First local day number after the data. */
  readonly endDay: number;
  /** What the shop knows at the end of the data. */
  readonly seen: Seen;
  /** Customers over the local days from `fromDay` up to `toDay`. */
  window(fromDay: number, toDay: number): CrowdWindow;
}

export interface CrowdWindow {
  /** Expectations over all futures; the truth that no shop knows. */
  expected(customer: number, offer: Offer): ExpectedPair;
  /** What happens in a future (see `Mission`) without and with the offer, by the same random numbers. */
  happens(customer: number, offer: Offer, future: number): { readonly without: Outcome; readonly with: Outcome };
}

/** Rows as the shop has them, with `customer` the index from 0. Money in fen. */
export interface Seen {
  /** One row a customer: first_day, age, gender, income, member, household, channel, marketing (consent); missing: not told. */
  readonly people: Table;
  /** One row an order, net of what came back: customer, day, revenue, margin, lines, coupon (1: one was used), and
   * level: sum over lines of the log of the list price over the middle one of its category. */
  readonly orders: Table;
  /** One row a message of a past campaign: customer, clicked (1: was). */
  readonly messages: Table;
  /** One row a visit: customer, day. */
  readonly visits: Table;
}

/**
 * Meets the first `customers` customers of the shop.
 *
 * @param daysAhead days after the data that windows may reach
 * @throws SIMULATION_SIZE when a number is out of range
 */
export function meetCrowd(settings: WorldSettings, customers: number, daysAhead: number): Crowd {
  whole('customers', customers, 1, 9_000_000);
  whole('daysAhead', daysAhead, 1, HORIZON_DAYS);
  const world = makeWorld(settings);
  const buffer = new Float64Array(world.catalogue.count);
  const kept = books();
  const stage: Stage = { world, campaigns: pastCampaigns(world), books: kept, truth: new Map(), buffer };
  const subjects = Array.from({ length: customers }, (_, index): Subject => {
    live(stage, index, customerId(index));
    return withBaskets(world, index, buffer, world.calendar.endDay + daysAhead);
  });
  return {
    customers,
    endDay: world.calendar.endDay,
    seen: seenOf(world, kept),
    window: (fromDay, toDay) => windowOf(world, subjects, fromDay, toDay),
  };
}

/** Expected baskets need the customer's wishes, which share a buffer: they are worked out before the next one comes. */
function withBaskets(world: World, index: number, buffer: Float64Array, untilDay: number): Subject {
  const persona = drawPersona(world.seed, index);
  const about = subject(world, persona, drawPath(world, persona), wishes(world, persona, buffer));
  for (let period = periodOf(world, world.calendar.endDay); period <= periodOf(world, untilDay - 1); period++)
    about.basket(period);
  return about;
}

function windowOf(world: World, subjects: readonly Subject[], fromDay: number, toDay: number): CrowdWindow {
  const known = new Map<number, Outlook>();
  const prospects = (customer: number): Outlook => {
    const found = known.get(customer) ?? outlook(world, subjects[customer]!, fromDay, toDay);
    known.set(customer, found);
    return found;
  };
  return {
    expected: (customer, offer) => expectedResponse(subjects[customer]!.persona, prospects(customer), offer),
    happens: (customer, offer, future) => {
      const { persona, path } = subjects[customer]!;
      const person = { persona, path, prospects: prospects(customer) };
      return bothArms(world, person, { offer, future }, fromDay, toDay);
    },
  };
}

const ZONE_MS = 8 * 3_600_000;
const dayOf = (moment: number): number => Math.floor((moment + ZONE_MS) / DAY_MS);

function seenOf(world: World, { rows }: Books): Seen {
  const people = rows.customers.take();
  const value = (from: Table, name: string) => numberColumn(from, name);
  const visits = rows.events.take();
  const exposures = rows.exposures.take();
  return {
    people: table({
      first_day: numbers(value(people, 'first_seen_at').values.map(dayOf)),
      ...Object.fromEntries(TRAITS.map((name) => [name, value(people, name)])),
    }),
    orders: ordersOf(world, rows.order_lines.take()),
    messages: table({
      customer: value(exposures, 'owner'),
      clicked: numbers(
        Float64Array.from(value(exposures, 'clicked').valid ?? new Uint8Array(exposures.length).fill(1)),
      ),
    }),
    visits: visitsOf(visits),
  };
}

const TRAITS = ['age', 'gender', 'income', 'member', 'household', 'channel', 'marketing'] as const;

/** Whole visits of those who are customers, signed in or on their own device. */
function visitsOf(events: Table): Table {
  const [owner, session, moment, identity] = ['owner', 'session', 'moment', 'identity'].map(
    (name) => numberColumn(events, name).values,
  );
  const [customer, day]: [number[], number[]] = [[], []];
  let [before, last] = [-1, -1];
  for (let k = 0; k < events.length; k++) {
    if (identity![k]! > IDENTITY.device || (owner![k] === before && session![k] === last)) continue;
    [before, last] = [owner![k]!, session![k]!];
    customer.push(before);
    day.push(dayOf(moment![k]!));
  }
  return table({ customer: numbers(customer), day: numbers(day) });
}

/** Orders of customers, not of guests; what came back is taken off the order that it was bought in. */
function ordersOf(world: World, lines: Table): Table {
  const column = (name: string) => numberColumn(lines, name);
  const [owner, guest, seq, product, moment] = ['owner', 'guest', 'seq', 'product', 'moment'].map(
    (n) => column(n).values,
  );
  const [units, paid, coupon, status, returns] = ['units', 'paid', 'coupon', 'status', 'returns'].map(
    (n) => column(n).values,
  );
  const place = new Map<number, number>();
  const levels = levelsOf(world);
  const out: Record<'customer' | 'day' | 'revenue' | 'margin' | 'lines' | 'coupon' | 'level', number[]> = {
    ...{ customer: [], day: [], revenue: [], margin: [], lines: [], coupon: [], level: [] },
  };
  for (let k = 0; k < lines.length; k++) {
    if (guest![k] === 1 || (status![k] !== STATUS.paid && status![k] !== STATUS.refunded)) continue;
    const isBack = status![k] === STATUS.refunded;
    const key = owner![k]! * 10_000 + (isBack ? returns![k]! : seq![k]!);
    let at = place.get(key);
    if (at === undefined) {
      at = out.customer.length;
      place.set(key, at);
      out.customer.push(owner![k]!);
      out.day.push(dayOf(moment![k]!));
      for (const name of ['revenue', 'margin', 'lines', 'coupon', 'level'] as const) out[name].push(0);
    }
    const sign = isBack ? -1 : 1;
    out.revenue[at]! += sign * paid![k]!;
    out.margin[at]! += sign * (paid![k]! - units![k]! * world.catalogue.cost[product![k]!]!);
    if (isBack) continue;
    out.lines[at]!++;
    out.level[at]! += levels[product![k]!]!;
    if (coupon![k]! > 0) out.coupon[at] = 1;
  }
  return table(Object.fromEntries(Object.entries(out).map(([name, values]) => [name, numbers(values)])));
}

/** [products] log of the price over the middle one of the category */
function levelsOf({ catalogue, prices }: World): Float64Array {
  const out = new Float64Array(catalogue.count);
  for (let c = 0; c + 1 < catalogue.leafStart.length; c++) {
    const [from, to] = [catalogue.leafStart[c]!, catalogue.leafStart[c + 1]!];
    const middle = prices.shelf.slice(from, to).sort()[(to - from) >> 1]!;
    for (let p = from; p < to; p++) out[p] = Math.log(prices.shelf[p]! / middle);
  }
  return out;
}
