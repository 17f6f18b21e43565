/** What a condition may name beside itself: saved segments, uploaded lists, the uplift of offers. */
import type { Condition } from './condition.ts';
import type { Moment } from './window.ts';

/** A saved segment: asked anew each time, or the people that it had when it was saved. */
export type Meaning = { readonly condition: Condition } | { readonly file: string };

export interface Library {
  /** Undefined: there is no such segment. */
  segment(id: string): Meaning | undefined;
  /** Parquet file with the list's customer_id; undefined: there is no such list. */
  list(id: string): string | undefined;
  /** Parquet file with customer_id, offer_id, effect_minor, low_minor, high_minor; undefined: no run has made it. */
  readonly uplift?: string | undefined;
}

export const EMPTY_LIBRARY: Library = { segment: () => undefined, list: () => undefined };

/** Where and when a condition is asked. */
export interface Ground extends Moment {
  readonly library: Library;
  /**
   * What the field `random` reads: `table` is the column random of b, as campaigns draw it; default: a draw from the
   * customer's id alone, the same in every run.
   */
  readonly random?: 'table';
  /** Ask about these customers alone; of others the answer means nothing. Default: everybody. */
  readonly among?: readonly string[];
}
