/** A tier with so many places and no more. */
import { widened } from './cuts.ts';

interface Seats {
  /** Changed in place. */
  readonly tierIndex: Int32Array;
  /** [customers] tier before, -1 where none is known */
  readonly was: Int32Array;
  /** [customers] 1: not yet in that tier for the dwell time */
  readonly dwells: Uint8Array;
  readonly valueMinor: Float64Array;
}

/**
 * Moves customers down until no tier but the lowest has more of them than places, from the highest tier on. Those stay
 * who are in the tier (or were in a higher one) for less than the dwell time, then by value, which counts for more by
 * `gap` where a customer was in the tier before: a newcomer takes a place only from somebody they exceed by that much.
 * Where the last place would fall to several of equal rank, none of them gets it.
 *
 * @returns rows that were moved down, rising, each once
 */
export function fitPlaces(seats: Seats, places: readonly number[], gap: number): number[] {
  const { tierIndex } = seats;
  const moved = new Set<number>();
  for (let tier = places.length; tier > 0; tier--) {
    const members: number[] = [];
    for (let i = 0; i < tierIndex.length; i++) if (tierIndex[i] === tier) members.push(i);
    const room = places[tier - 1]!;
    if (members.length <= room) continue;
    const rank = ranker(seats, tier, gap);
    members.sort((a, b) => rank(b).dwells - rank(a).dwells || rank(b).value - rank(a).value);
    const last = rank(members[room]!);
    for (const i of members) {
      const own = rank(i);
      if (own.dwells > last.dwells || (own.dwells === last.dwells && own.value > last.value)) continue;
      tierIndex[i] = tier - 1;
      moved.add(i);
    }
  }
  return [...moved].sort((a, b) => a - b);
}

function ranker({ was, dwells, valueMinor }: Seats, tier: number, gap: number) {
  return (i: number) => {
    const within = was[i]! >= tier;
    return {
      dwells: within ? dwells[i]! : 0,
      value: within ? widened(valueMinor[i]!, gap) : valueMinor[i]!,
    };
  };
}
