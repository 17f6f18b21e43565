/** Pieces that many schemas of the HTTP contract share. */
import { z } from 'zod';

export const text = z.string().max(200);
export const minor = z.int();
export const moment = z.int();
export const count = z.int().min(0);
export const share = z.number();

/** Query parameters come as text. `12` is a number, anything else stays as it is and fails the check that follows. */
export const whole = (min: number, max: number) =>
  z.preprocess((v) => (typeof v === 'string' && /^-?\d{1,16}$/.test(v) ? Number(v) : v), z.int().min(min).max(max));
export const flag = z.preprocess((v) => (v === 'true' ? true : v === 'false' ? false : v), z.boolean());
/** 1900 to 2200. */
export const when = whole(-2_208_988_800_000, 7_258_118_400_000).optional();
export const score = whole(1, 5).optional();
export const dir = z.enum(['asc', 'desc']).default('desc');
export const format = z.enum(['json', 'csv']).default('json').describe('csv gives every matching row as an attachment');
export const page = {
  limit: whole(1, 200).default(50),
  offset: whole(0, 100_000_000).default(0),
};
