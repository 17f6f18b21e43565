/** The policy applied to the past, moment after moment, each remembering the one before. */
import type { Compute } from '#engines/index.ts';
import type { Shop } from '#events/index.ts';
import { dayEnd } from '#kernels/local-time.ts';
import { type CustomerValues, type ValueDays, valuesAt } from '#value/index.ts';
import { type Assignment, assign, type Move, moves } from './assign.ts';
import { type Doubt, doubtOf } from './doubt.ts';
import type { Policy } from './policy.ts';

/** Values and tiers at one moment. */
export interface Moment {
  readonly day: number;
  /** Epoch ms: the end of the day, of the last one `asOf`. */
  readonly at: number;
  readonly values: CustomerValues;
  readonly doubt: Doubt;
  readonly assignment: Assignment;
}

export interface ReplayOptions {
  readonly asOf: number;
  readonly timeZone: string;
  readonly shop: Shop;
  readonly policy: Policy;
  readonly horizonDays: number;
  readonly progress?: (share: number, step: string) => void;
}

const STEPS = 4;

/** Moments two, one and a half, one and half a horizon back, and now; those before the first order are left out. */
export async function replay(compute: Compute, days: ValueDays, options: ReplayOptions): Promise<Moment[]> {
  const out: Moment[] = [];
  for (let back = STEPS; back >= 0; back--) {
    const day = days.lastDay - Math.round((back * options.horizonDays) / 2);
    if (back > 0 && (day < days.firstDay || out.at(-1)?.day === day)) continue;
    const at = back === 0 ? options.asOf : dayEnd(day, options.timeZone);
    const values = await valuesAt(compute, days, day, options);
    const doubt = doubtOf(values);
    const worth = { customers: values.standing.customers, valueMinor: values.valueMinor, doubt };
    out.push({ day, at, values, doubt, assignment: assign(worth, out.at(-1)?.assignment, options.policy, at) });
    options.progress?.(((STEPS + 1 - back) / (STEPS + 1)) * 0.4, 'values');
  }
  return out;
}

/** All moves between neighbouring moments, oldest first. */
export const movesOf = (history: readonly Moment[]): Move[] =>
  history.slice(1).flatMap(({ assignment }, i) => moves(history[i]!.assignment, assignment));
