/** Conditions as data: a tree over named columns, answered in SQL or over one row in memory with the same truth. */
import type { Dialect } from './dialect.ts';

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';
export type Value = number | string | null;

/** A missing value satisfies no comparison, not even `!=`; ask for it with `missing`. */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly column: string; readonly is: Comparison; readonly value: number | string }
  | { readonly column: string; readonly in: readonly (number | string)[] }
  | { readonly column: string; readonly missing: boolean };

/** The names of the columns that a condition reads, each once. */
export function columnsOf(condition: Condition): string[] {
  if ('all' in condition) return [...new Set(condition.all.flatMap(columnsOf))];
  if ('any' in condition) return [...new Set(condition.any.flatMap(columnsOf))];
  if ('not' in condition) return columnsOf(condition.not);
  return [condition.column];
}

/** Whether one row, read through `get`, satisfies the condition. */
export function holds(condition: Condition, get: (column: string) => Value): boolean {
  if ('all' in condition) return condition.all.every((part) => holds(part, get));
  if ('any' in condition) return condition.any.some((part) => holds(part, get));
  if ('not' in condition) return !holds(condition.not, get);
  const own = get(condition.column);
  if ('missing' in condition) return (own === null) === condition.missing;
  if (own === null) return false;
  if ('in' in condition) return condition.in.includes(own);
  return compared(own, condition.is, condition.value);
}

function compared(own: number | string, is: Comparison, value: number | string): boolean {
  switch (is) {
    case '=':
      return own === value;
    case '!=':
      return own !== value;
    case '<':
      return own < value;
    case '<=':
      return own <= value;
    case '>':
      return own > value;
    case '>=':
      return own >= value;
    default:
      return is satisfies never;
  }
}

/**
 * The condition as a SQL expression that is never null.
 *
 * @param column SQL of a named column
 * @param scale what a number is multiplied with before it is compared with the column; 1 where the column is not scaled
 */
export function conditionSql(
  condition: Condition,
  dialect: Dialect,
  column: (name: string) => string,
  scale: (name: string) => number = () => 1,
): string {
  const sql = (part: Condition): string => {
    if ('all' in part) return part.all.length === 0 ? 'true' : `(${part.all.map(sql).join(' and ')})`;
    if ('any' in part) return part.any.length === 0 ? 'false' : `(${part.any.map(sql).join(' or ')})`;
    if ('not' in part) return `(not ${sql(part.not)})`;
    const own = column(part.column);
    const constant = (value: number | string) =>
      typeof value === 'string' ? dialect.text(value) : dialect.number(value * scale(part.column));
    if ('missing' in part) return `(${own} is ${part.missing ? '' : 'not '}null)`;
    if ('in' in part)
      return part.in.length === 0 ? 'false' : `coalesce(${own} in (${part.in.map(constant).join(', ')}), false)`;
    return `coalesce(${own} ${part.is === '!=' ? '<>' : part.is} ${constant(part.value)}, false)`;
  };
  return sql(condition);
}
