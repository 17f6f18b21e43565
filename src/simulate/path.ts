/**
 * When a customer orders and when they leave: the latent path, and its expectations in closed form.
 *
 * Time is the calendar's intensity (`exposure`): on that clock a living customer orders at a constant rate.
 */
import { type Random, random, split } from '#kernels/random.ts';
import { type Calendar, exposure } from './calendar.ts';
import type { Persona } from './persona.ts';
import type { World } from './world.ts';

export interface Path {
  /** Local day of the first contact. */
  readonly arrivalDay: number;
  /** Local days of all orders up to the end of the known world, rising; the first order first. */
  readonly orderDays: readonly number[];
  /** Day of the order after which the customer left for good; Infinity while they stay. */
  readonly leftDay: number;
}

export function drawPath(world: World, persona: Persona): Path {
  const { calendar } = world;
  const draw = random(split(world.seed, 'path', persona.index));
  const arrivalDay = arrivalOf(calendar, persona.arrival[0]);
  if (persona.browser) return { arrivalDay, ...repeats(calendar, persona, arrivalDay + 1, draw, []) };
  const wait = persona.arrival[1] < 0.75 ? 0 : 1 + Math.floor((persona.arrival[1] - 0.75) * 24);
  const firstDay = arrivalDay + wait;
  return { arrivalDay, ...repeats(calendar, persona, firstDay + 1, draw, [firstDay]) };
}

/**
 * Orders from `fromDay` on, of a customer who is there: draws until they leave or the known world ends.
 *
 * @param orderDays days of earlier orders; the new ones are added to it
 */
export function repeats(
  calendar: Calendar,
  persona: Persona,
  fromDay: number,
  draw: Random,
  orderDays: number[],
): { orderDays: number[]; leftDay: number } {
  const { rate, dropout, sensitivity } = persona;
  let clock = 0;
  let day = fromDay;
  let passed = 0;
  for (;;) {
    clock += draw.exponential(rate);
    while (day < calendar.lastDay) {
      const next = passed + exposure(calendar, day, day + 1, sensitivity);
      if (next > clock) break;
      passed = next;
      day++;
    }
    if (day >= calendar.lastDay) return { orderDays, leftDay: Number.POSITIVE_INFINITY };
    orderDays.push(day);
    if (draw.uniform() < dropout) return { orderDays, leftDay: day };
  }
}

/** More customers come in busy months, and more as the shop grows. */
function arrivalOf(calendar: Calendar, u: number): number {
  const days = calendar.endDay - calendar.startDay;
  const weight = (i: number) => {
    const day = calendar.startDay + i;
    return exposure(calendar, day, day + 1, 0.3) * (0.85 + (0.3 * i) / days);
  };
  const table = arrivalTables.get(calendar) ?? cumulative(days, weight);
  arrivalTables.set(calendar, table);
  let low = 0;
  let high = days - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (table[middle]! > u * table[days - 1]!) high = middle;
    else low = middle + 1;
  }
  return calendar.startDay + low;
}

const arrivalTables = new WeakMap<Calendar, Float64Array>();

function cumulative(length: number, weight: (i: number) => number): Float64Array {
  const out = new Float64Array(length);
  let sum = 0;
  for (let i = 0; i < length; i++) {
    sum += weight(i);
    out[i] = sum;
  }
  return out;
}

/** Whether the customer has come and has not left before local day `day`. */
export const isThere = (path: Path, day: number): boolean => path.arrivalDay < day && path.leftDay >= day;

/** Chance that a customer who is there at the beginning of a stretch of `passed` exposure is still there at its end. */
export const stays = ({ rate, dropout }: Persona, passed: number): number => Math.exp(-rate * dropout * passed);

/**
 * Expected orders in a stretch of `passed` exposure for a customer who is there at its beginning. Orders thin the
 * living at rate * dropout, so the count is the integral of rate * exp(-rate * dropout * t).
 */
export function expectedOrders({ rate, dropout }: Persona, passed: number): number {
  const loss = rate * dropout;
  return loss < 1e-12 ? rate * passed : -Math.expm1(-loss * passed) / dropout;
}
