/** Moments of the shop's local calendar. */
import { localMs } from '#kernels/local-time.ts';

/** Local month of a moment: year * 12 + month from 0. */
export function monthOf(moment: number, timeZone: string): number {
  const local = new Date(localMs(moment, timeZone));
  return local.getUTCFullYear() * 12 + local.getUTCMonth();
}

/** `2024-06-30 23:59:59` in the shop's zone. */
export const localText = (moment: number, timeZone: string): string =>
  new Date(localMs(moment, timeZone)).toISOString().slice(0, 19).replace('T', ' ');
