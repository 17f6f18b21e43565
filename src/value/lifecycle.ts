/**
 * Where customers are in their life with the shop, each by their own rhythm: new, active, at risk, lapsed, won back.
 *
 * A silence is judged by the chance that it gets this long while the customer is still one, and by the chance that they
 * still are one: who buys every week is at risk after weeks, who buys twice a year is not. Both chances fall as a silence
 * grows, so a longer one never makes a state better. The walk through a life looks at no later day than it has reached.
 */
import { type Paces, type PurchaseLives, paces, type Rhythm } from './rhythm.ts';

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
  lapsed: { silence: 0.05, alive: 0.3 },
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
  const chances = chancesOf(pace, rules);
  for (let i = 0; i < customers; i++) {
    const [from, to] = [starts[i]!, starts[i + 1]!];
    const { state, since, previous, sum } = walk(days, from, to, seenDay, { pace, chances, memory: rhythm.memory });
    const gaps = to - from - 1;
    const silence = seenDay - days[to - 1]!;
    const chance = pace.beyond(gaps, sum, silence);
    out.state[i] = state;
    out.since[i] = since;
    out.previous[i] = previous;
    out.silence[i] = silence;
    out.expectedGap[i] = pace.passed(gaps, sum, HALF);
    out.chanceSilence[i] = chance;
    out.alive[i] = chance / (pace.leaving(gaps) + chance);
    const next = (share: number) => days[to - 1]! + Math.max(silence, pace.passed(gaps, sum, chance * share));
    out.nextDay[i] = next(0.5);
    out.nextLow[i] = next(0.9);
    out.nextHigh[i] = next(0.1);
    out.buys[i] = out.alive[i]! * (1 - pace.beyond(gaps, sum, silence + horizonDays) / chance);
  }
  return { day: seenDay, ...out };
}

/** The states alone, as `lifecycleOf` tells them: places in STATES. */
export function statesOf({ starts, days, seenDay }: PurchaseLives, rhythm: Rhythm, rules = DEFAULT_RULES): Int8Array {
  const pace = paces(rhythm);
  const means = { pace, chances: chancesOf(pace, rules), memory: rhythm.memory };
  return Int8Array.from(starts.subarray(1), (to, i) => walk(days, starts[i]!, to, seenDay, means).state);
}

/** Chances of silence below which a customer is at risk and lapsed, by number of gaps. */
interface Chances {
  readonly risk: number;
  readonly lapse: number;
}

/** Both thresholds ask for the same: a chance of silence, for the chance to be alive is chance / (leaving + chance). */
function chancesOf(pace: Paces, { atRisk, lapsed }: LifecycleRules): (gaps: number) => Chances {
  const kept: Chances[] = [];
  const made = (gaps: number): Chances => {
    const below = ({ silence, alive }: Threshold) =>
      Math.min(HALF, Math.max(silence, alive >= 1 ? 1 : (pace.leaving(gaps) * alive) / (1 - alive)));
    const risk = below(atRisk);
    return { risk, lapse: Math.min(risk, below(lapsed)) };
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
  /** Of the gaps so far, as the rhythm remembers them. */
  readonly sum: number;
}

const [NEW, ACTIVE, WON_BACK, RISK, LAPSED] = [0, 1, 2, 3, 4] as const;

/** One life from its first purchase to the day of sight. */
function walk(
  days: Float64Array,
  from: number,
  to: number,
  seenDay: number,
  { pace, chances, memory }: { pace: Paces; chances: (gaps: number) => Chances; memory: number },
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
    const gaps = k - from;
    const day = days[k]!;
    const { risk, lapse } = chances(gaps);
    /** First day on which the silence is less likely than `chance`. */
    const after = (chance: number) => day + Math.floor(pace.passed(gaps, sum, chance)) + 1;
    if (lapsedBefore) wonUntil = after(HALF) - 1;
    become(k === from ? NEW : day <= wonUntil ? WON_BACK : ACTIVE, day);
    const end = k + 1 < to ? days[k + 1]! - 1 : seenDay;
    const quiet = pace.beyond(gaps, sum, end - day);
    const riskDay = quiet <= risk ? after(risk) : Number.POSITIVE_INFINITY;
    if (state === NEW || state === WON_BACK) {
      const over = state === NEW ? after(HALF) : wonUntil + 1;
      if (over < riskDay && over <= end) become(ACTIVE, over);
    }
    const lapseDay = quiet <= lapse ? after(lapse) : Number.POSITIVE_INFINITY;
    if (riskDay < lapseDay && riskDay <= end) become(RISK, riskDay);
    lapsedBefore = lapseDay <= end;
    if (lapsedBefore) become(LAPSED, lapseDay);
    if (state >= RISK) wonUntil = Number.NEGATIVE_INFINITY;
    if (k + 1 === to) return { state, since, previous, sum };
    const gap = days[k + 1]! - day;
    sum = memory * sum + (lapsedBefore ? Math.min(gap, pace.passed(gaps, sum, lapse)) : gap);
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
