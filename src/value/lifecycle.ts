/**
 * Where customers are in their life with the shop, each by their own rhythm: new, active, at risk, lapsed, won back.
 *
 * A silence is judged by the chance that it gets this long while the customer is still one, and by the chance that they
 * still are one: who buys every week is at risk after weeks, who buys twice a year is not. Both chances fall as a silence
 * grows, so a longer one never makes a state better. The walk through a life looks at no later day than it has reached.
 */
import type { PurchaseLives, Rhythm } from './rhythm.ts';
import { paces } from './rhythm.ts';

/** From well to lost. */
export const STATES = ['new', 'active', 'won-back', 'at-risk', 'lapsed'] as const;
export type State = (typeof STATES)[number];
/** States from this place in STATES on mean that something is wrong. */
export const AT_RISK = STATES.indexOf('at-risk');

export interface StateWords {
  readonly key: State;
  readonly en: string;
  readonly zh: string;
  readonly about: { readonly en: string; readonly zh: string };
}

export const STATE_WORDS: readonly StateWords[] = [
  {
    key: 'new',
    en: 'New',
    zh: '新客',
    about: { en: 'one order so far, and not yet due for the second', zh: '仅有首单，尚未到预期的复购时间' },
  },
  { key: 'active', en: 'Active', zh: '活跃', about: { en: 'buys in their own rhythm', zh: '按自己的节奏购买' } },
  {
    key: 'won-back',
    en: 'Won back',
    zh: '已召回',
    about: {
      en: 'bought again after having lapsed, within one usual gap',
      zh: '流失后再次购买，且仍在一个常规间隔之内',
    },
  },
  {
    key: 'at-risk',
    en: 'At risk',
    zh: '有流失风险',
    about: { en: 'silent for longer than their rhythm explains', zh: '沉默时间已超出自身购买节奏' },
  },
  {
    key: 'lapsed',
    en: 'Lapsed',
    zh: '已流失',
    about: { en: 'silent for so long that they are probably gone', zh: '沉默过久，很可能已经离开' },
  },
];

/** A customer is in the state once either chance has fallen below its threshold. */
export interface Threshold {
  /** Chance that a silence gets so long while the customer is still one. */
  readonly silence: number;
  /** Chance that they still are one; 0: not asked. */
  readonly alive: number;
}

export interface LifecycleRules {
  readonly atRisk: Threshold;
  /** Each at most that of `atRisk`. */
  readonly lapsed: Threshold;
}

export const DEFAULT_RULES: LifecycleRules = {
  atRisk: { silence: 0.2, alive: 0.5 },
  lapsed: { silence: 0.05, alive: 0.2 },
};

/** An expected gap is the median: as often shorter as longer. It has to pass before anyone is at risk. */
const HALF = 0.5;

/** What the states of customers are as of a day; columns [customers]. */
export interface Lifecycle {
  readonly day: number;
  /** Place in STATES. */
  readonly state: Int8Array;
  /** Day from which the customer has been in the state. */
  readonly since: Float64Array;
  /** State before, -1 for none. */
  readonly previous: Int8Array;
  /** Days since the last purchase. */
  readonly silence: Float64Array;
  /** Median days from one purchase to the next while the customer is one. */
  readonly expectedGap: Float64Array;
  /** Chance that a silence gets so long while the customer is still one. */
  readonly chanceSilence: Float64Array;
  /** Chance that the customer still is one. */
  readonly alive: Float64Array;
  /** Days, counted as `day` is: the next purchase if the customer still is one; median and the ends of 80 %. */
  readonly nextDay: Float64Array;
  readonly nextLow: Float64Array;
  readonly nextHigh: Float64Array;
  /** Chance of a purchase in the `horizonDays` after `day`. */
  readonly buys: Float64Array;
}

/**
 * States as of `lives.seenDay`, from purchase days up to it.
 *
 * `new`: one purchase, and the expected gap has not yet passed. `won-back`: a purchase after having been lapsed, for the
 * length of the gap expected then. `at-risk` and `lapsed` by the rules, and never before the expected gap has passed; else
 * `active`. Time away after having lapsed does not count as rhythm: the gap counts up to the lapse.
 *
 * @param rhythm of the shop, learned from the same days or fewer
 */
export function lifecycleOf(
  { starts, days, seenDay }: PurchaseLives,
  rhythm: Rhythm,
  { rules = DEFAULT_RULES, horizonDays }: { rules?: LifecycleRules; horizonDays: number },
): Lifecycle {
  const customers = starts.length - 1;
  const column = () => new Float64Array(customers);
  const out = {
    ...{ since: column(), silence: column(), expectedGap: column(), chanceSilence: column(), alive: column() },
    ...{ nextDay: column(), nextLow: column(), nextHigh: column(), buys: column() },
    state: new Int8Array(customers),
    previous: new Int8Array(customers),
  };
  const pace = paces(rhythm);
  const mark = marksOf(pace, rules);
  for (let i = 0; i < customers; i++) {
    const last = walk(days, starts[i]!, starts[i + 1]!, seenDay, { mark, rhythm });
    const { leaving, beyond, passedNear } = pace(starts[i + 1]! - starts[i]! - 1);
    const { scale } = last;
    const silence = seenDay - days[starts[i + 1]! - 1]!;
    const chance = beyond(silence / scale);
    out.state[i] = last.state;
    out.since[i] = last.since;
    out.previous[i] = last.previous;
    out.silence[i] = silence;
    out.expectedGap[i] = mark(starts[i + 1]! - starts[i]! - 1).half * scale;
    out.chanceSilence[i] = chance;
    out.alive[i] = chance / (leaving + chance);
    const next = (share: number) => seenDay - silence + Math.max(silence, passedNear(chance * share) * scale);
    out.nextDay[i] = next(0.5);
    out.nextLow[i] = next(0.9);
    out.nextHigh[i] = next(0.1);
    const still = chance > 0 ? beyond((silence + horizonDays) / scale) / chance : 1;
    out.buys[i] = out.alive[i]! * (1 - still);
  }
  return { day: seenDay, ...out };
}

/** Silences, as multiples of b + S, after which a state ends. */
interface Marks {
  readonly half: number;
  readonly risk: number;
  readonly lapse: number;
}

/** Both thresholds ask for the same: a chance of silence, for the chance to be alive is chance / (leaving + chance). */
function marksOf(pace: ReturnType<typeof paces>, { atRisk, lapsed }: LifecycleRules): (gaps: number) => Marks {
  const kept: Marks[] = [];
  const made = (gaps: number): Marks => {
    const { leaving, passed } = pace(gaps);
    const chance = ({ silence, alive }: Threshold) =>
      Math.min(HALF, Math.max(silence, alive >= 1 ? 1 : (leaving * alive) / (1 - alive)));
    const after = (below: number) => (below > 0 ? passed(below) : Number.POSITIVE_INFINITY);
    const risk = after(chance(atRisk));
    return { half: passed(HALF), risk, lapse: Math.max(risk, after(chance(lapsed))) };
  };
  return (gaps) => {
    kept[gaps] ??= made(gaps);
    return kept[gaps];
  };
}

interface Here {
  readonly state: number;
  readonly since: number;
  readonly previous: number;
  /** b + S: the unit of the customer's marks, in days. */
  readonly scale: number;
}

const [NEW, ACTIVE, WON_BACK, RISK, LAPSED] = [0, 1, 2, 3, 4] as const;

/** One life from its first purchase to the day of sight. */
function walk(
  days: Float64Array,
  from: number,
  to: number,
  seenDay: number,
  { mark, rhythm: { b, memory } }: { mark: (gaps: number) => Marks; rhythm: Rhythm },
): Here {
  let state = -1;
  let previous = -1;
  let since = 0;
  let sum = 0;
  let wonUntil = Number.NEGATIVE_INFINITY;
  let lapsedBefore = false;
  const become = (next: number, day: number) => {
    if (next === state) return;
    previous = state;
    state = next;
    since = day;
  };
  for (let k = from; ; k++) {
    const day = days[k]!;
    const { half, risk, lapse } = mark(k - from);
    const scale = b + sum;
    if (lapsedBefore) wonUntil = day + half * scale;
    become(k === from ? NEW : day <= wonUntil ? WON_BACK : ACTIVE, day);
    const end = k + 1 < to ? days[k + 1]! - 1 : seenDay;
    const riskDay = day + Math.floor(risk * scale) + 1;
    const lapseDay = day + Math.floor(lapse * scale) + 1;
    if (state === NEW || state === WON_BACK) {
      const over = Math.floor(state === NEW ? day + half * scale : wonUntil) + 1;
      if (over < riskDay && over <= end) become(ACTIVE, over);
    }
    if (riskDay < lapseDay && riskDay <= end) become(RISK, riskDay);
    lapsedBefore = lapseDay <= end;
    if (lapsedBefore) become(LAPSED, lapseDay);
    if (state >= RISK) wonUntil = Number.NEGATIVE_INFINITY;
    if (k + 1 === to) return { state, since, previous, scale };
    const gap = days[k + 1]! - day;
    sum = memory * sum + (lapsedBefore ? Math.min(gap, lapse * scale) : gap);
  }
}

/** The lives as they were seen on an earlier day; `rows` are the customers who had bought by then. */
export function livesAt({ starts, days }: PurchaseLives, day: number): PurchaseLives & { readonly rows: Int32Array } {
  const rows: number[] = [];
  const kept: number[] = [];
  const own = [0];
  for (let i = 0; i + 1 < starts.length; i++) {
    if (days[starts[i]!]! > day) continue;
    for (let k = starts[i]!; k < starts[i + 1]! && days[k]! <= day; k++) kept.push(days[k]!);
    rows.push(i);
    own.push(kept.length);
  }
  return { starts: Int32Array.from(own), days: Float64Array.from(kept), seenDay: day, rows: Int32Array.from(rows) };
}
