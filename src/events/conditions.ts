/** Conditions of a mapping on the cells of a source row, as SQL. */
import { literal, quoted } from '#engines/index.ts';
import { columnIn, type Scope } from './columns.ts';
import type { Condition } from './mapping.ts';

/** Text of a raw cell without spaces around it; NULL when blank. */
export function rawText(scope: Pick<Scope, 'columns' | 'file'>, name: string): string {
  const column = columnIn(scope, name);
  return column.type === 'VARCHAR' ? `nullif(trim(${quoted(column.name)}), '')` : `${quoted(column.name)}::varchar`;
}

/** Never NULL. */
export function whenSql(scope: Pick<Scope, 'columns' | 'file'>, when: Readonly<Record<string, Condition>>): string {
  const parts = Object.entries(when).map(
    ([name, condition]) => `coalesce(${one(rawText(scope, name), condition)}, false)`,
  );
  return parts.length === 0 ? 'true' : `(${parts.join(' and ')})`;
}

type Value = string | number | boolean;

const isList = (value: unknown): value is readonly Value[] => Array.isArray(value);

function equal(text: string, value: Value): string {
  const same = `${text} = ${literal(String(value))}`;
  return typeof value === 'number' ? `(${same} or try_cast(${text} as double) = ${value})` : same;
}

function among(text: string, values: Value | readonly Value[]): string {
  if (!isList(values)) return equal(text, values);
  const words = values.filter((value) => typeof value === 'string');
  const rest = values.filter((value) => typeof value !== 'string').map((value) => equal(text, value));
  return `(${[...(words.length > 0 ? [`${text} in (${words.map(literal).join(', ')})`] : []), ...rest].join(' or ')})`;
}

function one(text: string, condition: Condition): string {
  if (typeof condition !== 'object' || isList(condition)) return among(text, condition);
  const { missing, not, matches, below, above } = condition;
  const parts = [
    ...(missing === undefined ? [] : [`(${text} is null) = ${missing}`]),
    ...(not === undefined ? [] : [`not coalesce(${among(text, not)}, false)`]),
    ...(matches === undefined ? [] : [`regexp_matches(${text}, ${literal(matches)})`]),
    ...(below === undefined ? [] : [`try_cast(${text} as double) < ${below}`]),
    ...(above === undefined ? [] : [`try_cast(${text} as double) > ${above}`]),
  ];
  return parts.length === 0 ? 'true' : `(${parts.join(' and ')})`;
}
