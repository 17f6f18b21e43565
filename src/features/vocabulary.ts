/** Short forms for lists of definitions. */
import type { Condition } from './condition.ts';
import type { AggregateFeature, Combination, Definition, DerivedFeature, Entity, Unit } from './definition.ts';
import { feature } from './definition.ts';

type Words = readonly [en: string, zh: string];
type Options = Partial<Pick<AggregateFeature, 'take' | 'where' | 'windowDays' | 'missing' | 'hidden'>>;

export const is = (column: string, value: string | number): Condition => ({ column, is: '=', value });
export const isIn = (column: string, values: readonly (string | number)[]): Condition => ({ column, in: values });
export const above = (column: string, value: number): Condition => ({ column, is: '>', value });
export const both = (...all: Condition[]): Condition => ({ all });
export const either = (...any: Condition[]): Condition => ({ any });

export const PAID = is('status', 'paid');
export const REFUNDED = is('status', 'refunded');

/** Makers of definitions of one kind of entity. */
export function definer(of: Entity) {
  const aggregate = (
    name: string,
    from: string,
    by: AggregateFeature['by'],
    unit: Unit,
    [en, zh]: Words,
    options: Options = {},
  ): Definition => feature({ name, of, from, by, unit, about: { en, zh }, ...options });

  /** The same aggregate over several windows; null is all time and adds no suffix. */
  const windows = (
    name: string,
    days: readonly (number | null)[],
    from: string,
    by: AggregateFeature['by'],
    unit: Unit,
    [en, zh]: Words,
    options: Options = {},
  ): Definition[] =>
    days.map((windowDays) =>
      windowDays === null
        ? aggregate(name, from, by, unit, [`${en}, all time`, `累计${zh}`], options)
        : aggregate(
            `${name}_${windowDays}d`,
            from,
            by,
            unit,
            [`${en} in ${windowDays} days`, `近${windowDays}天${zh}`],
            {
              ...options,
              windowDays,
            },
          ),
    );

  const derived = (
    name: string,
    by: Combination,
    over: readonly string[],
    unit: Unit,
    [en, zh]: Words,
    options: Pick<DerivedFeature, 'missing' | 'hidden'> = {},
  ): Definition => feature({ name, of, by, over, unit, about: { en, zh }, ...options });

  return { aggregate, windows, derived };
}
