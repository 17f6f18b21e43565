/** How an effect grew from day to day, with intervals that hold on all days at once, and whether it wears off. */
import type { TextColumn } from '#table/index.ts';
import type { AnalyseOptions } from './analyse.ts';
import { alwaysValid, effectOf, fixedTest } from './effect.ts';
import { statisticOf } from './moments.ts';

/** What members did, a row a piece of outcome. */
export interface Timeline {
  /** [rows] row of the member in the table of members. */
  readonly member: Int32Array;
  /** [rows] whole days on any calendar. */
  readonly day: Int32Array;
  readonly value: Float64Array;
  /** [members] day from which a member counts; NO_DAY: never. */
  readonly entryDay: Int32Array;
}

/** Of a member whose time is not known. */
export const NO_DAY = 2 ** 31 - 1;

export interface ArmOnDay {
  readonly arm: string;
  readonly n: number;
  readonly mean: number;
  readonly difference: number | null;
  /** Holds on all days at once. */
  readonly differenceInterval: readonly [number, number] | null;
  readonly lift: number | null;
  readonly pValue: number | null;
}

export interface OverTime {
  /** Up to and with the day. */
  readonly days: readonly { readonly day: number; readonly members: number; readonly arms: readonly ArmOnDay[] }[];
  /**
   * By arm: mean difference a day in the first and the last half of the days since entry, over members that have all of them,
   * and the chance of such a change where the effect does not change. Null with less than four days.
   */
  readonly novelty:
    | readonly {
        readonly arm: string;
        readonly early: number;
        readonly late: number;
        readonly pValue: number;
      }[]
    | null;
}

/** Days beyond these are left out, the oldest first. */
const DAYS_MAX = 366;

interface Sums {
  n: number;
  sum: number;
  squares: number;
}

/**
 * The effect of each arm as it stood at the end of each day on which something happened.
 *
 * @param arm [members]
 * @param control name of the arm that the others are compared with; it must be there
 */
export function overTime(
  arm: TextColumn,
  timeline: Timeline,
  { control, alpha = 0.05, tightestAt }: Pick<AnalyseOptions, 'control' | 'alpha' | 'tightestAt'>,
): OverTime {
  const others = [...new Set(arm.codes)]
    .filter((code) => code >= 0 && arm.dictionary[code] !== control)
    .sort((a, b) => (arm.dictionary[a]! < arm.dictionary[b]! ? -1 : 1));
  const codes = [arm.dictionary.indexOf(control), ...others];
  const place = new Map(codes.map((code, k) => [code, k]));
  const sums: Sums[] = codes.map(() => ({ n: 0, sum: 0, squares: 0 }));
  const soFar = new Float64Array(arm.codes.length);
  const entries = byDay(timeline.entryDay, (i) => place.has(arm.codes[i]!) && timeline.entryDay[i] !== NO_DAY);
  const pieces = byDay(timeline.day, (row) => place.has(arm.codes[timeline.member[row]!]!));
  const all = [...new Set([...entries.keys(), ...pieces.keys()])].sort((a, b) => a - b);
  const days = all.map((day) => {
    for (const i of entries.get(day) ?? []) sums[place.get(arm.codes[i]!)!]!.n++;
    for (const row of pieces.get(day) ?? []) {
      const i = timeline.member[row]!;
      const own = sums[place.get(arm.codes[i]!)!]!;
      const [before, after] = [soFar[i]!, soFar[i]! + timeline.value[row]!];
      soFar[i] = after;
      own.sum += after - before;
      own.squares += after * after - before * before;
    }
    const arms = codes.map((code, k) =>
      armOnDay(arm.dictionary[code]!, k === 0 ? undefined : sums[0]!, sums[k]!, { alpha, tightestAt }),
    );
    return { day, members: sums.reduce((n, own) => n + own.n, 0), arms };
  });
  return { days: days.slice(-DAYS_MAX), novelty: noveltyOf(arm, codes, timeline) };
}

function byDay(days: Int32Array, has: (row: number) => boolean): Map<number, number[]> {
  const out = new Map<number, number[]>();
  for (let row = 0; row < days.length; row++) {
    if (!has(row)) continue;
    const own = out.get(days[row]!);
    if (own === undefined) out.set(days[row]!, [row]);
    else own.push(row);
  }
  return out;
}

function armOnDay(
  name: string,
  control: Sums | undefined,
  own: Sums,
  { alpha, tightestAt }: { readonly alpha: number; readonly tightestAt: number | undefined },
): ArmOnDay {
  const common = { arm: name, n: own.n, mean: own.n === 0 ? 0 : own.sum / own.n };
  const [a, b] = [statisticOf(control ?? own), statisticOf(own)];
  const effect = control === undefined ? 'too-few' : effectOf(a, b, { scale: 'absolute' });
  if (typeof effect === 'string')
    return { ...common, difference: null, differenceInterval: null, lift: null, pValue: null };
  const { low, high, pValue } = alwaysValid(effect, alpha, tightestAt);
  const lift = a.mean === 0 ? null : effect.estimate / a.mean;
  return { ...common, difference: effect.estimate, differenceInterval: [low, high], lift, pValue };
}

/** Late less early of each member: its difference between arms is the change of the effect. */
function noveltyOf(arm: TextColumn, codes: readonly number[], timeline: Timeline): OverTime['novelty'] {
  const { member, day, value, entryDay } = timeline;
  // one piece a member on the day of entry says nothing of how an effect lasts
  if (member.every((i, row) => day[row] === entryDay[i])) return null;
  let [last, first] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const at of day) last = Math.max(last, at);
  for (const at of entryDay) first = Math.min(first, at);
  // half of the members' time at least must be seen of those who are looked at
  const half =
    Math.floor((last - first + 1) / 4) > 1 ? Math.floor((last - first + 1) / 4) : Math.floor((last - first + 1) / 2);
  if (!(half >= 2)) return null;
  const isWhole = (i: number): boolean => entryDay[i]! + 2 * half - 1 <= last;
  const [early, late] = [new Float64Array(entryDay.length), new Float64Array(entryDay.length)];
  for (let row = 0; row < member.length; row++) {
    const age = day[row]! - entryDay[member[row]!]!;
    if (age < 0 || age >= 2 * half) continue;
    const part = age < half ? early : late;
    part[member[row]!]! += value[row]! / half;
  }
  const statistic = (code: number, of: (i: number) => number) => {
    const own = { n: 0, sum: 0, squares: 0 };
    for (let i = 0; i < entryDay.length; i++) {
      if (arm.codes[i] !== code || !isWhole(i)) continue;
      own.n++;
      own.sum += of(i);
      own.squares += of(i) ** 2;
    }
    return statisticOf(own);
  };
  const change = (i: number): number => late[i]! - early[i]!;
  const [control, ...others] = codes;
  return others.flatMap((code) => {
    const effect = effectOf(statistic(control!, change), statistic(code, change), { scale: 'absolute' });
    if (typeof effect === 'string') return [];
    const mean = (of: Float64Array) => statistic(code, (i) => of[i]!).mean - statistic(control!, (i) => of[i]!).mean;
    return [{ arm: arm.dictionary[code]!, early: mean(early), late: mean(late), pValue: fixedTest(effect).pValue }];
  });
}
