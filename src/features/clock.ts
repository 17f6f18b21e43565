/** The shop's clock: how far local time is from UTC, as a short list of ranges, so that an engine needs no zone table. */
import { DAY_MS, localMs } from '#kernels/local-time.ts';

export interface Offset {
  /** Epoch milliseconds from which it counts; the first also covers everything earlier. */
  readonly from: number;
  readonly offsetMs: number;
}

const STEP_MS = 4 * DAY_MS;
const MEMORY = new Map<string, Offset[]>();

/**
 * The offsets of `timeZone` from 1970 to `until`, in order. Moments before 1970 are given the first one. Two changes
 * of one zone that undo each other within four days would be missed; no zone has had such a pair since 1970.
 *
 * @param until epoch milliseconds
 */
export function offsets(timeZone: string, until: number): readonly Offset[] {
  const offsetAt = (at: number): number => localMs(at, timeZone) - at;
  let known = MEMORY.get(timeZone);
  if (known === undefined) {
    known = [{ from: 0, offsetMs: offsetAt(0) }];
    MEMORY.set(timeZone, known);
    READ_TO.set(timeZone, 0);
  }
  let at = READ_TO.get(timeZone) ?? 0;
  for (; at < until; at += STEP_MS) {
    const last = known.at(-1)!;
    const next = offsetAt(at + STEP_MS);
    if (next !== last.offsetMs) known.push({ from: changeBetween(offsetAt, at, at + STEP_MS), offsetMs: next });
  }
  READ_TO.set(timeZone, at);
  return known.filter((offset) => offset.from <= until || offset.from === 0);
}

const READ_TO = new Map<string, number>();

function changeBetween(offsetAt: (at: number) => number, low: number, high: number): number {
  const before = offsetAt(low);
  let [lo, hi] = [low, high];
  while (hi - lo > 1000) {
    const middle = Math.floor((lo + hi) / 2000) * 1000;
    if (offsetAt(middle) === before) lo = middle;
    else hi = middle;
  }
  return hi;
}
