/** Everything about the made-up shop that no single customer decides. */
import { known } from '#errors.ts';
import { type Calendar, calendar, firstDayFrom, HORIZON_DAYS } from './calendar.ts';
import { type Catalogue, drawCatalogue, drawPrices, PERIOD_DAYS, type Prices } from './catalogue.ts';
import { LEAVES, OCCASIONS } from './lexicon.ts';

/** What decides a made-up shop besides the number of its customers. */
export interface WorldSettings {
  readonly seed: number;
  /** Days of history; default 540. */
  readonly days?: number;
  /** The moment at which the data end: the end of a local day; default 2026-06-30T16:00Z, midnight in Shanghai. */
  readonly endAt?: number;
  /** Products; default 600. */
  readonly products?: number;
}

export const DEFAULT_END_AT = Date.UTC(2026, 5, 30, 16);

export interface World {
  readonly seed: number;
  readonly calendar: Calendar;
  readonly catalogue: Catalogue;
  readonly prices: Prices;
  /** Share of leaf c among what is bought on occasion m, [occasions x leaves]; rows sum to one. */
  readonly occasions: Float64Array;
}

/**
 * The world of `settings`; the same for every number of customers.
 *
 * @throws SIMULATION_SIZE when days, products or the end are out of range
 */
export function makeWorld({ seed, days = 540, endAt = DEFAULT_END_AT, products = 600 }: WorldSettings): World {
  whole('seed', seed, 0, 2 ** 32 - 1);
  whole('days', days, 60, 3650);
  whole('products', products, 2 * LEAVES.length, 99_999);
  if (!Number.isFinite(endAt)) throw known('SIMULATION_SIZE', { what: 'endAt', value: endAt, least: 0, most: 8.64e15 });
  const periods = Math.floor(days / PERIOD_DAYS);
  const catalogue = drawCatalogue(seed, { count: products, periods });
  return {
    seed,
    calendar: calendar({ endDay: firstDayFrom(endAt), days }),
    catalogue,
    prices: drawPrices(seed, catalogue, Math.ceil((days + HORIZON_DAYS) / PERIOD_DAYS)),
    occasions: occasionShares(),
  };
}

/** Refuses a number that is not whole or out of range. */
export function whole(what: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw known('SIMULATION_SIZE', { what, value, least, most });
}

/** The price period of local day `day`. */
export const periodOf = (world: World, day: number): number =>
  Math.floor((day - world.calendar.startDay) / PERIOD_DAYS);

function occasionShares(): Float64Array {
  const shares = new Float64Array(OCCASIONS.length * LEAVES.length);
  for (const [m, weights] of OCCASIONS.entries()) {
    const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
    for (const [c, leaf] of LEAVES.entries()) shares[m * LEAVES.length + c] = (weights[leaf.key] ?? 0) / total;
  }
  return shares;
}
