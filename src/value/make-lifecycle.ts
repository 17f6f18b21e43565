/** The states of all customers now and at earlier moments, as tables. */
import type { Compute } from '#engines/index.ts';
import type { Shop } from '#events/index.ts';
import { dayNumber, dayStart } from '#kernels/local-time.ts';
import { numberColumn, numbers, type Table, table, textColumn, texts } from '#table/index.ts';
import {
  DEFAULT_RULES,
  type Lifecycle,
  type LifecycleRules,
  lifecycleOf,
  livesAt,
  STATES,
  type State,
  statesOf,
} from './lifecycle.ts';
import { judgeLifecycle, type LifecycleMetrics } from './lifecycle-judge.ts';
import { fitRhythm, type PurchaseLives, type Rhythm } from './rhythm.ts';
import { openValueDays } from './value-days.ts';

export interface MakeLifecycleOptions {
  /** Epoch ms; nothing later is seen. */
  readonly asOf: number;
  readonly timeZone: string;
  readonly shop: Shop;
  /** Days ahead for the chance to buy, and back for the judgement. */
  readonly horizonDays: number;
  readonly rules?: LifecycleRules;
  /** Earlier moments (epoch ms) whose states are kept in `lifecycle_history`, oldest first; `asOf` is added. */
  readonly dates?: readonly number[];
}

/** How many customers went from which state to which; `from` is null for those who had not yet bought. */
export interface Transition {
  readonly from: State | null;
  readonly to: State;
  readonly customers: number;
}

export interface LifecycleReport {
  readonly asOf: number;
  readonly horizonDays: number;
  readonly rules: LifecycleRules;
  readonly rhythm: Rhythm;
  readonly states: readonly { readonly state: State; readonly customers: number }[];
  /** Between neighbouring moments, oldest first. */
  readonly transitions: readonly {
    readonly from: number;
    readonly to: number;
    readonly links: readonly Transition[];
  }[];
  /** States one horizon earlier, learned then, beside who bought since; null where history is too short. */
  readonly heldOut: (LifecycleMetrics & { readonly originDay: number; readonly customers: number }) | null;
}

/** Purchase days of named customers. */
export interface NamedLives extends PurchaseLives {
  /** [customers] ids */
  readonly customers: readonly string[];
}

/** @param days columns customer_id (text) and day (number), rising by both, no row twice */
export function livesFrom(days: Table, seenDay: number): NamedLives {
  const { codes, dictionary } = textColumn(days, 'customer_id');
  const starts: number[] = [];
  const customers: string[] = [];
  for (let i = 0; i < codes.length; i++)
    if (i === 0 || codes[i] !== codes[i - 1]) {
      starts.push(i);
      customers.push(dictionary[codes[i]!]!);
    }
  starts.push(codes.length);
  return { customers, starts: Int32Array.from(starts), days: numberColumn(days, 'day').values, seenDay };
}

/**
 * Makes `lifecycle`, one row for every customer with a paid line up to `asOf`, and `lifecycle_history` (as_of, customer_id,
 * state) of `dates` and now. Each moment is learned from the days up to it alone.
 */
export async function makeLifecycle(compute: Compute, options: MakeLifecycleOptions): Promise<LifecycleReport> {
  const { asOf, timeZone, horizonDays, rules = DEFAULT_RULES } = options;
  const days = await openValueDays(compute, options, 'lifecycle_tmp_days');
  try {
    const lives = livesFrom(
      await compute.table(`select customer_id, day from ${days.name} where lines > 0 order by customer_id, day`),
      days.lastDay,
    );
    const rhythm = fitRhythm(lives);
    const now = lifecycleOf(lives, rhythm, { rules, horizonDays });
    await writeNow(compute, lives, now, timeZone);
    const moments = [...(options.dates ?? []).filter((at) => at < asOf), asOf].map((at): Moment => {
      const then = livesAt(lives, dayNumber(at, timeZone));
      if (at === asOf) return { at, rows: then.rows, state: now.state };
      return { at, rows: then.rows, state: statesOf(then, earlierRhythm(then, rhythm), rules) };
    });
    await writeHistory(compute, lives, moments);
    return {
      ...{ asOf, horizonDays, rules, rhythm },
      states: STATES.map((state, code) => ({ state, customers: now.state.filter((own) => own === code).length })),
      transitions: moments.slice(1).map((to, i) => transitionsOf(moments[i]!, to, lives.customers.length)),
      heldOut: heldOut(lives, rhythm, days.firstDay, { rules, horizonDays }),
    };
  } finally {
    await days.close();
  }
}

/** Of an earlier moment: a smaller reading, begun near what is known now; nothing but the start comes from later days. */
const earlierRhythm = (then: PurchaseLives, near: Rhythm): Rhythm =>
  fitRhythm(then, { memory: near.memory, near, customers: 500 });

interface Moment {
  readonly at: number;
  /** [customers then] places among the customers now */
  readonly rows: Int32Array;
  readonly state: Int8Array;
}

async function writeNow(compute: Compute, lives: NamedLives, now: Lifecycle, timeZone: string): Promise<void> {
  const starts = new Map<number, number>();
  const start = (day: number): number => {
    const whole = Math.min(Math.floor(day), now.day + FURTHEST_DAYS);
    const at = starts.get(whole) ?? dayStart(whole, timeZone);
    starts.set(whole, at);
    return at;
  };
  const key = (code: number) => STATES[code] ?? null;
  await compute.load(
    'lifecycle_tmp_now',
    table({
      customer_id: texts(lives.customers),
      state: texts(Array.from(now.state, key)),
      since_at: numbers(now.since.map(start)),
      previous_state: texts(Array.from(now.previous, key)),
      silence_days: numbers(now.silence),
      expected_gap_days: numbers(now.expectedGap),
      chance_silence: numbers(now.chanceSilence),
      p_active: numbers(now.alive),
      chance_to_buy: numbers(now.buys),
      next_order_at: numbers(now.nextDay.map(start)),
      next_low_at: numbers(now.nextLow.map(start)),
      next_high_at: numbers(now.nextHigh.map(start)),
    }),
  );
  await compute.run(
    `create or replace table lifecycle as select customer_id, state, since_at::bigint since_at, previous_state, silence_days::integer silence_days,
       expected_gap_days, chance_silence, p_active, chance_to_buy, next_order_at::bigint next_order_at, next_low_at::bigint next_low_at,
       next_high_at::bigint next_high_at
     from lifecycle_tmp_now order by customer_id; drop table lifecycle_tmp_now`,
  );
}

/** Dates further off than ten years say no more than "not soon". */
const FURTHEST_DAYS = 3650;

async function writeHistory(compute: Compute, { customers }: NamedLives, moments: readonly Moment[]): Promise<void> {
  const joined = <T>(of: (moment: Moment) => ArrayLike<T>): T[] => moments.flatMap((moment) => Array.from(of(moment)));
  const length = moments.reduce((sum, { rows }) => sum + rows.length, 0);
  await compute.load('lifecycle_tmp_then', {
    length,
    columns: {
      as_of: numbers(joined(({ at, rows }) => new Float64Array(rows.length).fill(at))),
      customer_id: { kind: 'text', codes: Int32Array.from(joined(({ rows }) => rows)), dictionary: customers },
      state: { kind: 'text', codes: Int32Array.from(joined(({ state }) => state)), dictionary: STATES },
    },
  });
  await compute.run(
    `create or replace table lifecycle_history as select as_of::bigint as_of, customer_id, state from lifecycle_tmp_then order by as_of, customer_id;
     drop table lifecycle_tmp_then`,
  );
}

function transitionsOf(from: Moment, to: Moment, customers: number): LifecycleReport['transitions'][number] {
  const before = new Int8Array(customers).fill(-1);
  for (const [i, row] of from.rows.entries()) before[row] = from.state[i]!;
  const counts = new Int32Array((STATES.length + 1) * STATES.length);
  for (const [i, row] of to.rows.entries()) counts[(before[row]! + 1) * STATES.length + to.state[i]!]! += 1;
  const links: Transition[] = [];
  for (const [place, count] of counts.entries())
    if (count > 0)
      links.push({
        from: STATES[Math.floor(place / STATES.length) - 1] ?? null,
        to: STATES[place % STATES.length]!,
        customers: count,
      });
  return { from: from.at, to: to.at, links };
}

/** One horizon back; null with less than two horizons of history or fewer than 20 customers then. */
function heldOut(
  lives: NamedLives,
  near: Rhythm,
  firstDay: number,
  options: { rules: LifecycleRules; horizonDays: number },
): LifecycleReport['heldOut'] {
  const originDay = lives.seenDay - options.horizonDays;
  if (originDay - firstDay < options.horizonDays) return null;
  const then = livesAt(lives, originDay);
  if (then.rows.length < 20) return null;
  const rhythm = earlierRhythm(then, near);
  const bought = boughtAfter(lives, then.rows, originDay, options.horizonDays);
  return { ...judgeLifecycle(lifecycleOf(then, rhythm, options), bought), originDay, customers: then.rows.length };
}

/** [rows] 1 where the customer bought in the `horizonDays` after `day` */
export function boughtAfter(
  { starts, days }: PurchaseLives,
  rows: Int32Array,
  day: number,
  horizonDays: number,
): Uint8Array {
  return Uint8Array.from(rows, (row) =>
    days.subarray(starts[row]!, starts[row + 1]!).some((own) => own > day && own <= day + horizonDays) ? 1 : 0,
  );
}
