/**
 * A list from candidates: place after place, what an aim gains most by among what the limits allow. Limits yield in a
 * stated order before a list stays short: first those of a group, then those of a source; what is blocked never comes.
 */
import type { Aim, Candidates } from './aim.ts';

export interface Limits {
  /** Length of the list. */
  readonly k: number;
  /** [count] 1 where the candidate may not be shown; default none. */
  readonly blocked?: Uint8Array;
  /** [count] group of each candidate, -1 for none; at most `perGroupMax` of a group. */
  readonly group?: Int32Array;
  readonly perGroupMax?: number;
  /** [count] source of each candidate. */
  readonly source?: Uint8Array;
  /** [sources] places of each at most. */
  readonly most?: readonly number[];
  /** [sources] places kept for each, as long as it has candidates; together at most k. */
  readonly least?: readonly number[];
}

/** Which limits hold: all; all but those of groups; none. */
const STEPS = ['all', 'no groups', 'none'] as const;
type Step = (typeof STEPS)[number];

/**
 * Takes up to k candidates; of equal gains the earlier candidate. No product twice.
 *
 * @returns positions in the order in which they were taken
 */
export function rerank(candidates: Candidates, aim: Aim, limits: Limits): Int32Array {
  const state = startOf(candidates, limits);
  const chosen: number[] = [];
  for (const step of STEPS)
    while (chosen.length < limits.k) {
      const at = best(candidates, aim, limits, state, step, limits.k - chosen.length);
      if (at < 0) break;
      take(at, candidates, limits, state);
      aim.add(at);
      chosen.push(at);
    }
  return Int32Array.from(chosen);
}

interface State {
  /** [count] 1 where it can be taken no more */
  readonly gone: Uint8Array;
  /** [count] place of the candidate's group in `inGroup`, -1 for none */
  readonly groupAt: Int32Array;
  /** [groups] taken so far */
  readonly inGroup: Int32Array;
  /** [sources] */
  readonly ofSource: number[];
  /** [sources] candidates left */
  readonly left: number[];
}

function startOf({ count }: Candidates, { blocked, source, group }: Limits): State {
  const gone = new Uint8Array(count);
  const left: number[] = [];
  for (let i = 0; i < count; i++) {
    gone[i] = blocked?.[i] ?? 0;
    const own = source?.[i] ?? 0;
    if (gone[i] === 0) left[own] = (left[own] ?? 0) + 1;
  }
  const groupAt = new Int32Array(count).fill(-1);
  const codes = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const own = group?.[i] ?? -1;
    if (own < 0) continue;
    const code = codes.get(own) ?? codes.size;
    codes.set(own, code);
    groupAt[i] = code;
  }
  return { gone, groupAt, inGroup: new Int32Array(codes.size), ofSource: [], left };
}

function best({ count }: Candidates, aim: Aim, limits: Limits, state: State, step: Step, places: number): number {
  const { source, perGroupMax = Number.POSITIVE_INFINITY } = limits;
  const { gone, groupAt, inGroup } = state;
  const shut = shutSources(limits, state, step, places);
  const limitsGroups = step === 'all';
  let [found, highest] = [-1, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < count; i++) {
    if (gone[i] === 1 || shut?.[source?.[i] ?? 0] === true) continue;
    const group = groupAt[i]!;
    if (limitsGroups && group >= 0 && inGroup[group]! >= perGroupMax) continue;
    const gain = aim.gain(i);
    if (gain > highest) [found, highest] = [i, gain];
  }
  return found;
}

/** Sources that may not have the next place: those that have their most, and where places are owed all others. */
function shutSources({ most, least }: Limits, state: State, step: Step, places: number): boolean[] | undefined {
  if (step === 'none') return undefined;
  const { ofSource, left } = state;
  const sources = Math.max(most?.length ?? 0, least?.length ?? 0, left.length);
  const open = least === undefined ? undefined : keptPlaces(least, state, places);
  return Array.from(
    { length: sources },
    (_, s) => (ofSource[s] ?? 0) >= (most?.[s] ?? Number.POSITIVE_INFINITY) || (open !== undefined && open[s] !== true),
  );
}

/** Sources that may have the next place, where the places left are only just enough for what is kept; else undefined. */
function keptPlaces(least: readonly number[], { ofSource, left }: State, places: number): boolean[] | undefined {
  const owed = least.map((wanted, s) => Math.max(0, Math.min(wanted - (ofSource[s] ?? 0), left[s] ?? 0)));
  const all = owed.reduce((a, b) => a + b, 0);
  return all > 0 && all >= places ? owed.map((own) => own > 0) : undefined;
}

function take(at: number, { count, item }: Candidates, { source }: Limits, state: State): void {
  const group = state.groupAt[at]!;
  if (group >= 0) state.inGroup[group]!++;
  const own = source?.[at] ?? 0;
  state.ofSource[own] = (state.ofSource[own] ?? 0) + 1;
  for (let i = 0; i < count; i++)
    if (state.gone[i] === 0 && item[i] === item[at]) {
      state.gone[i] = 1;
      const other = source?.[i] ?? 0;
      state.left[other] = (state.left[other] ?? 0) - 1;
    }
}
