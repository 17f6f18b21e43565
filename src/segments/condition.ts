/**
 * Who is meant, as a tree of conditions: `{ all: [...] }`, `{ any: [...] }`, `{ not: ... }` and leaves. A leaf asks about
 * a figure or name of the customer (`{ field, op, value }`), what they did or did not (`{ did: 'order_paid', atLeast: 2,
 * within: { days: 90 } }`), when last, in what order, or where they belong (`{ segment }`, `{ list }`, `{ random }`). A missing
 * value satisfies no comparison, not even `!=`; ask for it with `missing`. A leaf of a field may also be written
 * `{ column, is, value }`, `{ column, in }` or `{ column, missing }`, as feature definitions do.
 */
import type { PropertyName } from './happenings.ts';

export const OPS = ['=', '!=', '<', '<=', '>', '>=', 'in', 'missing'] as const;
export type Op = (typeof OPS)[number];
export type Value = string | number | boolean;

export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | AnyLeaf;

export type AnyLeaf = Leaf | Did | DidNot | LastTime | Sequence | Dropped | InSegment | InList | Draw | Uplift;

export interface Leaf {
  readonly field: string;
  readonly op: Op;
  /** One value; for `in` a list of them; for `missing` true or false. Of lists such as tags, `=` and `in` mean "has". */
  readonly value: Value | readonly Value[];
}

/** About one happening: its product, amount, channel ... All tests of a list must hold. */
export interface Test {
  readonly property: PropertyName;
  readonly op: Exclude<Op, 'missing'>;
  readonly value: string | number | readonly (string | number)[];
}

/** `days`: the local day of the moment and the days before it, so many in all. Dates are local days, both included. */
export type Within =
  | { readonly days: number }
  | { readonly from?: string | undefined; readonly to?: string | undefined };
/** A stretch of time, by the clock: a day is 24 hours. */
export type Span = { readonly days: number } | { readonly hours: number };

/** One happening by its name in HAPPENINGS, or `event:` and the name of an event of the lake. */
export interface Step {
  readonly did: string;
  readonly where?: readonly Test[] | undefined;
}

export const MEASURES = ['times', 'amount', 'quantity'] as const;
/** What is measured: how often (orders, for what was bought), or a sum of amounts (minor units) or of quantities. */
export type Measure = (typeof MEASURES)[number];

/** How often, or how much in sum. Without a bound: at least once. Without a window: ever. */
export interface Did extends Step {
  readonly measure?: Measure | undefined;
  readonly atLeast?: number | undefined;
  readonly atMost?: number | undefined;
  readonly exactly?: number | undefined;
  readonly within?: Within | undefined;
}

export interface DidNot {
  readonly didNot: string;
  readonly where?: readonly Test[] | undefined;
  readonly within?: Within | undefined;
}

/** Local days since it happened last; nobody who never did it. */
export interface LastTime {
  readonly lastTime: string;
  readonly where?: readonly Test[] | undefined;
  readonly atLeastDaysAgo?: number | undefined;
  readonly atMostDaysAgo?: number | undefined;
}

/** One after another, each later than the one before, the last no more than `in` after the first; the first in the window. */
export interface Sequence {
  readonly sequence: readonly Step[];
  readonly in: Span;
  readonly within?: Within | undefined;
}

/** Did the one, and within `in` after it not the other; that time must be over. The first in the window. */
export interface Dropped {
  readonly dropped: Step;
  readonly without: Step;
  readonly in: Span;
  readonly within?: Within | undefined;
}

export interface InSegment {
  readonly segment: string;
}

export interface InList {
  readonly list: string;
}

/** A share of everybody by chance: the same people for the same salt, other people for another. */
export interface Draw {
  /** The salt. */
  readonly random: string;
  /** Default 0. */
  readonly from?: number | undefined;
  readonly below: number;
}

/** What an offer is expected to add, as the uplift models say; nobody of whom they say nothing. */
export interface Uplift {
  /** Id of the offer. */
  readonly uplift: string;
  /** Default `effect`; `low` and `high` are the ends of its interval. */
  readonly bound?: 'effect' | 'low' | 'high' | undefined;
  readonly op: '<' | '<=' | '>' | '>=';
  /** Minor units. */
  readonly value: number;
}

/** The parts of a tree below it; undefined for a leaf. */
export function partsOf(condition: Condition): readonly Condition[] | undefined {
  if ('all' in condition) return condition.all;
  if ('any' in condition) return condition.any;
  return 'not' in condition ? [condition.not] : undefined;
}

/** The leaves of a tree, in order. */
export function leavesOf(condition: Condition): AnyLeaf[] {
  const parts = partsOf(condition);
  return parts === undefined ? [condition as AnyLeaf] : parts.flatMap(leavesOf);
}

/** The names of the fields that a condition reads itself, each once; those of segments that it names are not in it. */
export const fieldsOf = (condition: Condition): string[] => [
  ...new Set(leavesOf(condition).flatMap((leaf) => ('field' in leaf ? [leaf.field] : []))),
];

/** The ids of the segments and lists that a condition names. */
export const namedIn = (condition: Condition): { segments: string[]; lists: string[] } => ({
  segments: leavesOf(condition).flatMap((leaf) => ('segment' in leaf ? [leaf.segment] : [])),
  lists: leavesOf(condition).flatMap((leaf) => ('list' in leaf ? [leaf.list] : [])),
});
