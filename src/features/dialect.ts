/**
 * What differs between SQL engines, in one place. The compiler writes only ANSI SQL (WITH, GROUP BY, LEFT JOIN, CASE,
 * window functions) around these. Another engine is another object of this shape.
 */
import { literal, quoted } from '#engines/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import type { Offset } from './clock.ts';

export interface Dialect {
  readonly name: string;
  /** A quoted name and a text constant. */
  quote(name: string): string;
  text(value: string): string;
  number(value: number): string;
  /** An aggregate over the rows where `condition` holds; null: all rows. */
  filtered(aggregate: string, condition: string | null): string;
  /** Local milliseconds of an epoch-millisecond column. */
  local(column: string, offsets: readonly Offset[]): string;
  /** Day number, hour 0..23 and weekday (0 = Sunday) of local milliseconds or of a day number. */
  day(local: string): string;
  hour(local: string): string;
  weekday(day: string): string;
  /** A number column as whole multiples of 1 / scale, half away from zero. */
  scaled(column: string, scale: number): string;
  /** The first `parts` parts of a path parted by " > ". */
  path(column: string, parts: number): string;
  /** An exact sum of squares of whole numbers, and variance * count^2 of (count, sum, sum of squares) as DOUBLE. */
  squares(column: string): string;
  spread(count: string, sum: string, squares: string): string;
  /** An aggregate state that orders by moment, then value; the merge of such states; the value in one. */
  earliest(moment: string, value: string): string;
  latest(moment: string, value: string): string;
  valueOf(state: string): string;
  whole(expression: string): string;
  real(expression: string): string;
  median(expression: string): string;
  /** A list of texts as rows of one column. */
  rowsOf(texts: readonly string[], column: string): string;
}

/** A balanced CASE over ranges: a moment meets about log2(n) comparisons. */
function offsetCase(column: string, offsets: readonly Offset[]): string {
  const tree = (from: number, to: number): string => {
    if (to - from === 1) return String(offsets[from]!.offsetMs);
    const middle = (from + to) >> 1;
    return `case when ${column} < ${offsets[middle]!.from} then ${tree(from, middle)} else ${tree(middle, to)} end`;
  };
  return offsets.length === 0 ? '0' : tree(0, offsets.length);
}

export const duckdb: Dialect = {
  name: 'duckdb',
  quote: quoted,
  text: literal,
  number: (value) => (Number.isInteger(value) ? value.toFixed(0) : `cast('${value}' as double)`),
  filtered: (aggregate, condition) => (condition === null ? aggregate : `${aggregate} filter (where ${condition})`),
  local: (column, offsets) => `(${column} + ${offsetCase(column, offsets)})`,
  day: (local) => `cast(floor(${local} / ${DAY_MS}) as integer)`,
  hour: (local) => `cast(floor((${local} - floor(${local} / ${DAY_MS}) * ${DAY_MS}) / 3600000) as bigint)`,
  weekday: (day) => `cast(((${day} + 4) % 7 + 7) % 7 as bigint)`,
  scaled: (column, scale) => `cast(round(cast(${column} as double) * ${scale}) as bigint)`,
  path: (column, parts) => `array_to_string(string_split(${column}, ' > ')[1:${parts}], ' > ')`,
  squares: (column) => `sum(cast(${column} as hugeint) * ${column})`,
  spread: (count, sum, squares) => `cast(${count} * ${squares} - ${sum} * ${sum} as double)`,
  earliest: (moment, value) => `min({ 'at': ${moment}, 'value': ${value} })`,
  latest: (moment, value) => `max({ 'at': ${moment}, 'value': ${value} })`,
  valueOf: (state) => `(${state}).value`,
  whole: (expression) => `cast(${expression} as bigint)`,
  real: (expression) => `cast(${expression} as double)`,
  median: (expression) => `median(${expression})`,
  rowsOf: (texts, column) => `select unnest([${texts.map(literal).join(', ')}]::varchar[]) as ${column}`,
};
