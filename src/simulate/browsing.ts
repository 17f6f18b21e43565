/** What customers do on the pages of the shop: sessions with and without an order, as Segment e-commerce events. */
import { type Random, random, split } from '#kernels/random.ts';
import type { Basket } from './basket.ts';
import { type Books, EVENT, IDENTITY } from './books.ts';
import { momentOf } from './calendar.ts';
import { chooseProduct } from './choice.ts';
import { LEAVES, OCCASIONS } from './lexicon.ts';
import type { Path } from './path.ts';
import type { Persona } from './persona.ts';
import { periodOf, type World } from './world.ts';

/** Writes the events of one customer; numbers events and sessions in the order they are written. */
export interface Diary {
  session(identity: number): void;
  /** One event; `value` is a price, a count, a leaf, a rating or a sum, by name. */
  note(name: number, at: number, detail?: Detail): void;
}

export interface Detail {
  readonly product?: number;
  readonly order?: number;
  readonly campaign?: number;
  readonly value?: number;
}

const NONE: Detail = {};

export function diary(into: Books, owner: number, endAt: number, draw: Random): Diary {
  const { events } = into.rows;
  let seq = 0;
  let session = 0;
  let identity: number = IDENTITY.customer;
  return {
    session(next) {
      session++;
      identity = next;
    },
    note(name, at, { product = Number.NaN, order = Number.NaN, campaign = Number.NaN, value = Number.NaN } = NONE) {
      if (at >= endAt) return;
      const delay = draw.uniform() < 0.01 ? 3_600_000 * (1 + 30 * draw.uniform()) : 2000 * draw.uniform();
      seq++;
      events.add(owner, identity, seq, name, at, Math.floor(at + delay), session, product, order, campaign, value);
    },
  };
}

/** The pages seen on the way to an order placed at `at`. */
export function orderSession(
  world: World,
  wish: Float64Array,
  basket: Basket,
  to: Diary,
  { at, order, paid, draw, identity, coupon }: OrderNote,
): void {
  const { count, leaf } = world.catalogue;
  const period = periodOf(world, basket.day);
  const price = (p: number) => world.prices.shelf[period * count + p]!;
  const others = draw.poisson(0.6);
  const steps = 4 + 2 * basket.product.length + others;
  const pace = 15_000 + 50_000 * draw.uniform();
  let moment = at - Math.floor(steps * pace);
  const next = () => {
    moment = Math.min(at - 1, moment + Math.floor(pace * (0.5 + draw.uniform())));
    return moment;
  };
  to.session(identity);
  const lead = leaf[basket.product[0]!]!;
  if (draw.uniform() < 0.4) to.note(EVENT['Products Searched'], next(), { value: lead });
  else to.note(EVENT['Product List Viewed'], next(), { value: lead });
  for (let k = 0; k < others; k++) {
    const seen = chooseProduct(world, wish, lead, period, draw.uniform);
    to.note(EVENT['Product Viewed'], next(), { product: seen, value: price(seen) });
  }
  for (const [k, product] of basket.product.entries()) {
    if (draw.uniform() < 0.75) to.note(EVENT['Product Viewed'], next(), { product, value: price(product) });
    to.note(EVENT['Product Added'], next(), { product, value: basket.units[k]! });
  }
  to.note(EVENT['Checkout Started'], next(), { value: paid });
  if (coupon) to.note(EVENT['Coupon Applied'], next());
  to.note(EVENT['Order Completed'], at, { order, value: paid });
}

export interface OrderNote {
  readonly at: number;
  readonly order: number;
  readonly paid: number;
  readonly draw: Random;
  readonly identity: number;
  readonly coupon: boolean;
}

/** Visits that end without an order, over the time from arrival to the end of the data. */
export function browse(world: World, persona: Persona, path: Path, wish: Float64Array, to: Diary): void {
  const { endDay } = world.calendar;
  const draw = random(split(world.seed, 'browse', persona.index));
  const quiet = Math.min(endDay, Number.isFinite(path.leftDay) ? path.leftDay + 20 : endDay);
  const lively = Math.max(0, quiet - path.arrivalDay);
  const visits = draw.poisson(persona.visitRate * (lively + 0.15 * (endDay - path.arrivalDay - lively)));
  for (let k = 0; k < visits; k++) {
    const late = draw.uniform() * (lively + 0.15 * (endDay - path.arrivalDay - lively));
    const offset = late < lively ? late : lively + (late - lively) / 0.15;
    visit(world, persona, wish, Math.min(endDay - 1, path.arrivalDay + 1 + Math.floor(offset)), draw, to);
  }
}

function visit(world: World, persona: Persona, wish: Float64Array, day: number, draw: Random, to: Diary): void {
  const { count } = world.catalogue;
  const period = periodOf(world, day);
  let at = momentOf(day, draw.uniform(), draw.uniform());
  const next = () => {
    at += 8_000 + Math.floor(draw.uniform() * 70_000);
    return at;
  };
  to.session(draw.uniform() < 0.12 ? IDENTITY.device : IDENTITY.customer);
  const leaf = wander(world, persona, draw);
  to.note(draw.uniform() < 0.35 ? EVENT['Products Searched'] : EVENT['Product List Viewed'], at, { value: leaf });
  const views = draw.poisson(1.8);
  for (let k = 0; k < views; k++) {
    const product = chooseProduct(world, wish, leaf, period, draw.uniform);
    to.note(EVENT['Product Viewed'], next(), { product, value: world.prices.shelf[period * count + product]! });
    if (draw.uniform() > 0.12) continue;
    to.note(EVENT['Product Added'], next(), { product, value: 1 });
    if (draw.uniform() < 0.3) to.note(EVENT['Product Removed'], next(), { product, value: 1 });
    else if (draw.uniform() < 0.5) to.note(EVENT['Cart Viewed'], next());
  }
}

/** A leaf by the customer's tastes. */
function wander(world: World, persona: Persona, draw: Random): number {
  let left = draw.uniform();
  let m = 0;
  while (m < OCCASIONS.length - 1 && left >= persona.tastes[m]!) left -= persona.tastes[m++]!;
  left = draw.uniform();
  let leaf = 0;
  for (let c = 0; c < LEAVES.length; c++) {
    const weight = world.occasions[m * LEAVES.length + c]!;
    if (weight === 0) continue;
    leaf = c;
    left -= weight;
    if (left < 0) break;
  }
  return leaf;
}
