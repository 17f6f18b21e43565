/**
 * What a feature is, as data. An aggregate looks at the rows of one source that belong to an entity, were known as of a
 * moment T, and fall on the last `windowDays` local days (the day that holds T and those before it); a derived feature
 * combines others. SQL for any engine and the evaluator in memory are made from the same definition.
 */
import type { Condition } from './condition.ts';

export type Entity = 'customer' | 'product';

/**
 * - `count`: rows, or rows with a value where `take` is given
 * - `sum`, `mean`, `stddev` (of the population), `min`, `max` of `take`
 * - `first`, `last`: `take` at the earliest or latest moment; of several at one moment the smallest or largest
 * - `distinct`: different values of `take`; `repeated`: those seen on two local days or more
 * - `days`: different local days; `days-since-first`, `days-since-last`: local days from there to T
 * - `gap-mean`, `gap-stddev`, `gap-max`, `gap-median`: of days between consecutive different days; all time only
 * Rows where `take` is given and missing are left out.
 */
const AGGREGATES = [
  'count',
  'sum',
  'mean',
  'stddev',
  'min',
  'max',
  'first',
  'last',
  'distinct',
  'repeated',
  'days',
  'days-since-first',
  'days-since-last',
  'gap-mean',
  'gap-stddev',
  'gap-max',
  'gap-median',
] as const;
export type Aggregate = (typeof AGGREGATES)[number];

/**
 * - `ratio`: first over second; missing where the second is 0
 * - `difference`: first less second; `total`: all added up
 * - `share`: first over the total of all; missing where that is 0
 * - `trend`: first is a window, second one twice as long: (newer half - older half) / whole, from -1 to 1
 * Where an input is missing so is the result.
 */
const COMBINATIONS = ['ratio', 'difference', 'total', 'share', 'trend'] as const;
export type Combination = (typeof COMBINATIONS)[number];

/** A column, or columns added up (missing ones left out), or one less another (missing where either is). */
export type Take = string | { readonly plus: readonly string[] } | { readonly less: readonly [string, string] };

export type Unit = 'count' | 'minor' | 'day' | 'share' | 'ratio' | 'unit' | 'rating';

interface Common {
  /** Column name of the result; unique. */
  readonly name: string;
  readonly of: Entity;
  readonly unit: Unit;
  /** Given where there is nothing to look at; left out or null: missing. Counts are 0 without it. */
  readonly missing?: number | null;
  /** Only an input of other features; not a column of the result. */
  readonly hidden?: boolean;
  readonly about: { readonly en: string; readonly zh: string };
}

export interface AggregateFeature extends Common {
  /** Name of a source. */
  readonly from: string;
  readonly by: Aggregate;
  readonly take?: Take;
  readonly where?: Condition;
  /** Local days, the present one included; left out: all time. */
  readonly windowDays?: number;
}

export interface DerivedFeature extends Common {
  readonly by: Combination;
  /** Names of features of the same entity, defined earlier in the list. */
  readonly over: readonly string[];
}

export type Definition = AggregateFeature | DerivedFeature;

export const isDerived = (definition: Definition): definition is DerivedFeature => 'over' in definition;

const NEED_TAKE: ReadonlySet<string> = new Set<Aggregate>([
  'sum',
  'mean',
  'stddev',
  'min',
  'max',
  'first',
  'last',
  'distinct',
  'repeated',
]);

/**
 * Checks one definition and returns it.
 *
 * @throws TypeError naming the definition and what is wrong with it
 * @example feature({ name: 'spend_91d', of: 'customer', from: 'orders', by: 'sum', take: 'paid', windowDays: 91,
 *   missing: 0, unit: 'minor', about: { en: 'paid in 91 days', zh: '近91天消费' } })
 */
export function feature<D extends Definition>(definition: D): D {
  const wrong = (what: string): never => {
    throw new TypeError(`feature ${definition.name}: ${what}`);
  };
  if (isDerived(definition)) {
    const least = definition.by === 'total' ? 1 : 2;
    if (definition.over.length < least)
      wrong(`${definition.by} needs ${least} features, got ${definition.over.length}`);
    return definition;
  }
  const own: AggregateFeature = definition as AggregateFeature;
  if (NEED_TAKE.has(own.by) && own.take === undefined) wrong(`${own.by} needs take`);
  if (own.windowDays !== undefined && (!Number.isInteger(own.windowDays) || own.windowDays < 1))
    wrong(`windowDays must be a whole number above 0, got ${own.windowDays}`);
  if (own.by.startsWith('gap-') && own.windowDays !== undefined) wrong('gaps are of all time');
  return definition;
}

/**
 * Checks a list: names differ, and a derived feature stands after its inputs.
 *
 * @throws TypeError naming the definition and what is wrong with it
 */
export function checked(definitions: readonly Definition[], of: Entity): readonly Definition[] {
  const seen = new Set<string>();
  for (const definition of definitions) {
    if (definition.of !== of) throw new TypeError(`feature ${definition.name} is of ${definition.of}, not ${of}`);
    if (seen.has(definition.name)) throw new TypeError(`feature ${definition.name} is defined twice`);
    if (isDerived(definition))
      for (const input of definition.over)
        if (!seen.has(input)) throw new TypeError(`feature ${definition.name}: ${input} is not defined before it`);
    seen.add(definition.name);
    feature(definition);
  }
  return definitions;
}

/** The columns that a take reads. */
export const takenColumns = (take: Take): readonly string[] =>
  typeof take === 'string' ? [take] : 'plus' in take ? take.plus : take.less;
