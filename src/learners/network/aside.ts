/** Rows set aside to tell when a network has learned enough. */
import { mix32 } from '#kernels/random.ts';
import type { NumberColumn } from '#table/index.ts';

export interface AsideOptions {
  /** Times of the rows: the latest are set aside. Without them it is chance. */
  readonly time?: NumberColumn;
  /** Without times, take the share of each class of its own, rounded down: a class of few rows is learned from whole. */
  readonly byClass: boolean;
}

/**
 * Numbers of the rows to learn from and of those set aside, each rising.
 *
 * @param label [rows] class or number of each row
 * @param share of the rows, below 1; rounded down, so one row at least is left to learn from
 */
export function setAside(label: Float64Array, share: number, seed: number, { time, byClass }: AsideOptions) {
  const all = Int32Array.from(label, (_, i) => i);
  const order = time === undefined ? byChance(all, seed) : latestFirst(time);
  const stratum = (i: number): number => (byClass && time === undefined ? label[i]! : 0);
  const counts = new Map<number, number>();
  for (const i of all) counts.set(stratum(i), (counts.get(stratum(i)) ?? 0) + 1);
  const left = new Map([...counts].map(([of, count]) => [of, Math.floor(count * share)]));
  const isAside = new Uint8Array(all.length);
  for (const i of order) {
    const room = left.get(stratum(i))!;
    if (room === 0) continue;
    left.set(stratum(i), room - 1);
    isAside[i] = 1;
  }
  return { rows: all.filter((i) => isAside[i] === 0), aside: all.filter((i) => isAside[i] === 1) };
}

/** Rows without a time come last. */
function latestFirst({ values, valid }: NumberColumn): Int32Array {
  const at = values.map((t, i) => (valid?.[i] === 0 || Number.isNaN(t) ? Number.NEGATIVE_INFINITY : t));
  return Int32Array.from(at, (_, i) => i).sort((a, b) => (at[a] === at[b] ? a - b : at[b]! > at[a]! ? 1 : -1));
}

function byChance(all: Int32Array, seed: number): Int32Array {
  const keys = all.map((i) => mix32(seed ^ mix32(i)));
  return all.slice().sort((a, b) => keys[a]! - keys[b]! || a - b);
}
