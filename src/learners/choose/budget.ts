/** What a search may spend: fits, time, or both. The clock is given, so that a search without one reads none. */

/** Milliseconds from any start; never falls. */
export type Clock = () => number;

export interface Limits {
  readonly minutes?: number | undefined;
  /** Fits of a learner to the training part of a fold; a fit to a share of it counts as that share. */
  readonly evaluations?: number | undefined;
  readonly now?: Clock | undefined;
}

export interface Budget {
  /** Seconds since the start; 0 without a clock. */
  seconds(): number;
  /** Seconds until `share` of the time is used up; Infinity without a limit of time. */
  secondsLeft(share?: number): number;
  /** Fits left. */
  evaluationsLeft(): number;
  readonly spent: number;
  spend(evaluations: number): void;
}

/** A budget that starts now. Minutes without a clock are a mistake of the program. */
export function budgetOf({ minutes, evaluations = Number.POSITIVE_INFINITY, now }: Limits): Budget {
  if (minutes !== undefined && now === undefined) throw new Error('a budget in minutes needs a clock');
  const start = now?.() ?? 0;
  const seconds = () => (now === undefined ? 0 : (now() - start) / 1000);
  let spent = 0;
  return {
    seconds,
    secondsLeft: (share = 1) => (minutes === undefined ? Number.POSITIVE_INFINITY : share * 60 * minutes - seconds()),
    evaluationsLeft: () => evaluations - spent,
    get spent() {
      return spent;
    },
    spend: (count) => {
      spent += count;
    },
  };
}
