/** A customer's true prospects: what they would order and pay without any offer, from the hidden parameters. */
import { exposure } from './calendar.ts';
import { type Basket, expectedBasket } from './choice.ts';
import { type Outlook, PUBLIC_COUPON } from './offer-effect.ts';
import { expectedOrders, isThere, type Path, stays } from './path.ts';
import type { Persona } from './persona.ts';
import { periodOf, type World } from './world.ts';

/** One customer with what has been worked out about them. Baskets are found when first asked for. */
export interface Subject {
  readonly persona: Persona;
  readonly path: Path;
  basket(period: number): Basket;
}

export function subject(world: World, persona: Persona, path: Path, wish: Float64Array): Subject {
  const baskets = new Map<number, Basket>();
  return {
    persona,
    path,
    basket(period) {
      const known = baskets.get(period);
      if (known !== undefined) return known;
      const made = expectedBasket(world, persona, wish, period);
      baskets.set(period, made);
      return made;
    },
  };
}

/** Prospects over the local days from `fromDay` up to `toDay`, averaged over the window by how busy its days are. */
export function outlook(world: World, { persona, path, basket }: Subject, fromDay: number, toDay: number): Outlook {
  const { calendar } = world;
  let passed = 0;
  let factor = 0;
  let shelf = 0;
  let deviation = 0;
  let kept = 0;
  let cost = 0;
  for (let day = fromDay; day < toDay; day++) {
    const weight = exposure(calendar, day, day + 1, persona.sensitivity);
    const expected = basket(periodOf(world, day));
    passed += weight;
    factor += weight * calendar.priceFactor[day - calendar.startDay]!;
    shelf += weight * expected.shelf;
    deviation += weight * expected.deviation;
    kept += weight * expected.keptShelf;
    cost += weight * expected.keptCost;
  }
  return {
    there: isThere(path, fromDay),
    passed,
    shelf: shelf / passed,
    deviation: deviation / passed,
    factor: factor / passed,
    kept: kept / shelf,
    costShare: cost / shelf,
  };
}

/** Expected orders, and what is paid and earned on them net of their returns, in fen. */
export interface Ahead {
  readonly orders: number;
  readonly spend: number;
  readonly margin: number;
}

/**
 * Expectations over the days from `fromDay`, up to each of `horizons` days, in rising order. Exact day by day: prices of
 * the period, shop-wide discounts of the day, and the chance that the customer is still there.
 */
export function ahead(world: World, subject: Subject, fromDay: number, horizons: readonly number[]): Ahead[] {
  const { persona, path } = subject;
  if (!isThere(path, fromDay)) return horizons.map(() => ({ orders: 0, spend: 0, margin: 0 }));
  const { calendar } = world;
  const paidShare = 1 - PUBLIC_COUPON * persona.couponHabit;
  const out: Ahead[] = [];
  let there = 1;
  let orders = 0;
  let spend = 0;
  let margin = 0;
  for (let day = fromDay, h = 0; h < horizons.length; day++) {
    const passed = exposure(calendar, day, day + 1, persona.sensitivity);
    const count = there * expectedOrders(persona, passed);
    there *= stays(persona, passed);
    const basket = subject.basket(periodOf(world, day));
    const paid = basket.keptShelf * calendar.priceFactor[day - calendar.startDay]! * paidShare;
    orders += count;
    spend += count * paid;
    margin += count * (paid - basket.keptCost);
    if (day + 1 - fromDay === horizons[h]) {
      out.push({ orders, spend, margin });
      h++;
    }
  }
  return out;
}
