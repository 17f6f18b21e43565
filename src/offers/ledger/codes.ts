/**
 * Coupon codes: letters and digits that nobody takes for another, and a last one that finds slips of the pen. Who knows
 * some codes cannot work out the others: each is a keyed hash of its place.
 */
import { createHmac } from 'node:crypto';

/** 29 signs, a prime: no 0 and O, 1, I and L, 2 and Z, 5 and S together. */
export const ALPHABET = '23456789ABCDEFGHJKMNPQRTUVWXY';
const BASE = ALPHABET.length;

/**
 * The check sign of a body: with it, the sum of places times signs is 0 modulo 29. One wrong sign and two that changed
 * places never go unseen, since 29 is prime and longer codes are not made.
 */
export function checkSign(body: string): string {
  let sum = 0;
  for (const [i, sign] of [...body].entries()) sum += (i + 1) * ALPHABET.indexOf(sign);
  const own = body.length + 1;
  for (let value = 0; value < BASE; value++) if ((sum + own * value) % BASE === 0) return ALPHABET[value]!;
  throw new Error(`a body of ${body.length} signs`);
}

/** Whether a generated code can be right. */
export const isWellFormed = (code: string): boolean =>
  code.length > 1 &&
  code.length < BASE &&
  [...code].every((sign) => ALPHABET.includes(sign)) &&
  checkSign(code.slice(0, -1)) === code.at(-1);

/** As codes are kept and compared: capitals, without blanks around. */
export const normalised = (code: string): string => code.trim().toUpperCase();

/**
 * The code at a place of a pool.
 *
 * @param secret whoever knows it knows all codes
 * @param length signs with the check sign, 4 to 20
 */
export function codeAt(secret: string, place: number, length: number): string {
  const body: string[] = [];
  for (let block = 0; body.length < length - 1; block++)
    // 232 = 8 * 29: higher bytes would favour some signs.
    for (const byte of createHmac('sha256', secret).update(`${place}/${block}`).digest())
      if (byte < 232 && body.length < length - 1) body.push(ALPHABET[byte % BASE]!);
  const own = body.join('');
  return own + checkSign(own);
}
