/**
 * The shop's days: how busy each is for everyone, how much busier for the price-sensitive, and what the whole shop
 * takes off. A customer with rate r and price sensitivity s buys at intensity r * (base + s * lift) on a day, so the
 * expected count over any stretch of days is a difference of two cumulative sums.
 */
import { DAY_MS } from '#kernels/local-time.ts';

/** Asia/Shanghai has kept UTC+8 without daylight saving since 1991. */
export const ZONE = 'Asia/Shanghai';
const ZONE_MS = 8 * 3_600_000;
/** Days beyond the end that the world is known for. */
export const HORIZON_DAYS = 400;

export interface Calendar {
  /** First local day number (days since 1970-01-01) with orders. */
  readonly startDay: number;
  /** First local day number after the data. */
  readonly endDay: number;
  /** One past the last day of the known world. */
  readonly lastDay: number;
  /** Cumulative base intensity before day startDay + i. */
  readonly base: Float64Array;
  /** Cumulative extra intensity of a fully price-sensitive customer. */
  readonly lift: Float64Array;
  /** What is left of a shelf price after the shop-wide discount of the day, 0 to 1. */
  readonly priceFactor: Float64Array;
}

/** The moment at which local day `day` begins. */
export const dayStart = (day: number): number => day * DAY_MS - ZONE_MS;

/** The first local day that begins at or after `moment`. */
export const firstDayFrom = (moment: number): number => Math.ceil((moment + ZONE_MS) / DAY_MS);

/** The calendar of a shop whose data end at the beginning of local day `endDay`. */
export function calendar({ endDay, days }: { endDay: number; days: number }): Calendar {
  const startDay = endDay - days;
  const length = days + HORIZON_DAYS;
  const base = new Float64Array(length + 1);
  const lift = new Float64Array(length + 1);
  const priceFactor = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const day = busyness(startDay + i);
    base[i + 1] = base[i]! + day.base;
    lift[i + 1] = lift[i]! + day.lift;
    priceFactor[i] = 1 - day.discount;
  }
  return { startDay, endDay, lastDay: startDay + length, base, lift, priceFactor };
}

const WEEKDAY = [1.16, 0.93, 0.9, 0.91, 0.94, 1.02, 1.14];
const MONTH = [0.95, 0.82, 1.02, 1, 1.03, 1.02, 0.95, 0.94, 1.02, 1.02, 1.1, 1.06];
/** Chinese New Year: parcels rest for some ten days. */
const NEW_YEAR = [Date.UTC(2024, 1, 10), Date.UTC(2025, 0, 29), Date.UTC(2026, 1, 17), Date.UTC(2027, 1, 6)];

function busyness(day: number): { base: number; lift: number; discount: number } {
  const date = new Date(day * DAY_MS);
  const weekday = date.getUTCDay();
  const rest = NEW_YEAR.some((first) => Math.abs(day - first / DAY_MS - 3) <= 5) ? 0.55 : 1;
  const base = WEEKDAY[weekday]! * MONTH[date.getUTCMonth()]! * rest;
  return { base, ...promotion(date.getUTCMonth() + 1, date.getUTCDate(), weekday === 0 || weekday === 6) };
}

function promotion(month: number, day: number, weekend: boolean): { lift: number; discount: number } {
  if (month === 11 && day === 11) return { lift: 6, discount: 0.25 };
  if (month === 11 && day >= 9 && day < 11) return { lift: 1.8, discount: 0.15 };
  if (month === 11 && day < 9) return { lift: 0.5, discount: 0.08 };
  if (month === 6 && day === 18) return { lift: 4.5, discount: 0.2 };
  if (month === 6 && day >= 15 && day < 18) return { lift: 1.4, discount: 0.15 };
  if (month === 12 && day === 12) return { lift: 2.2, discount: 0.15 };
  if (month === 3 && day >= 6 && day <= 8) return { lift: 1.2, discount: 0.1 };
  if (month === 9 && day === 9) return { lift: 1.2, discount: 0.1 };
  return weekend ? { lift: 0.15, discount: 0.02 } : { lift: 0, discount: 0 };
}

/** Expected orders between two days for rate 1 a day and the given price sensitivity, as long as the customer lives. */
export function exposure(calendar: Calendar, fromDay: number, toDay: number, sensitivity: number): number {
  const a = fromDay - calendar.startDay;
  const b = toDay - calendar.startDay;
  return calendar.base[b]! - calendar.base[a]! + sensitivity * (calendar.lift[b]! - calendar.lift[a]!);
}

const WORKDAY_HOURS = [2, 1, 0.5, 0.3, 0.3, 0.6, 1.5, 3, 4, 5, 5.5, 6, 8, 7, 5, 5, 5, 5.5, 6, 7.5, 9.5, 10.5, 8, 4.5];
const WEEKEND_HOURS = [
  3, 1.8, 0.8, 0.4, 0.3, 0.4, 0.8, 1.6, 3, 5, 6.5, 7, 7, 6.5, 6.5, 6.5, 6, 6, 6, 7, 8.5, 9, 7, 4.5,
];
const cumulated = (weights: readonly number[]): Float64Array => {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  return Float64Array.from(weights, (weight) => {
    sum += weight;
    return sum / total;
  });
};
const HOURS = [cumulated(WEEKEND_HOURS), cumulated(WORKDAY_HOURS)] as const;

/** A moment of local day `day`, by the hours at which people shop; two uniform numbers in. */
export function momentOf(day: number, u: number, v: number): number {
  const weekday = (((day + 4) % 7) + 7) % 7;
  const hours = HOURS[weekday === 0 || weekday === 6 ? 0 : 1];
  let hour = 0;
  while (hour < 23 && u > hours[hour]!) hour++;
  return dayStart(day) + hour * 3_600_000 + Math.floor(v * 3_600_000);
}
