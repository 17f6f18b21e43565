/** Rule tags as SQL. */
import type { Compute } from '#engines/index.ts';
import { literal, quoted } from '#engines/index.ts';
import { type Condition, columnsOf, conditionSql, duckdb } from '#features/index.ts';
import type { AtQuantile, BelowQuantile, RuleTag } from './tags.ts';

export interface Rule {
  readonly key: string;
  readonly when: Condition;
}

type Part = Condition | AtQuantile | BelowQuantile;
const isQuantile = (part: Part): part is AtQuantile | BelowQuantile => 'above' in part || 'below' in part;

/**
 * The rules with each quantile replaced by its value among customers with an order. A quantile is a value of the data
 * (the smallest that at least that share does not exceed); `above` means more than it.
 */
export async function resolved(compute: Compute, tags: readonly RuleTag[]): Promise<Rule[]> {
  const wanted = tags.flatMap((tag) => tag.when).filter(isQuantile);
  const asked = wanted.map((part, i) => {
    const share = 'above' in part ? part.above : part.below;
    return `cast(quantile_disc(${quoted(part.column)}, ${share}) as double) as q${i}`;
  });
  const sql = `select ${asked.join(', ')} from profiles_tmp_customers where orders > 0`;
  const [row] = asked.length === 0 ? [{}] : await compute.rows<Record<string, number | null>>(sql);
  const values = new Map(wanted.map((part, i): [Part, number | null] => [part, row?.[`q${i}`] ?? null]));
  return tags.map(({ key, when }) => ({ key, when: { all: when.flatMap((part) => plain(part, values)) } }));
}

/** The features that rules read. */
export const ruleColumns = (tags: readonly RuleTag[]): string[] =>
  tags.flatMap((tag) => tag.when.flatMap((part) => (isQuantile(part) ? [part.column] : columnsOf(part))));

function plain(part: Part, values: ReadonlyMap<Part, number | null>): Condition[] {
  if (!isQuantile(part)) return [part];
  const { column } = part;
  const value = values.get(part) ?? null;
  if (value === null) return [{ any: [] }];
  if ('below' in part) return [{ column, is: '<', value }];
  return [
    { column, is: '>', value },
    ...(part.atLeast === undefined ? [] : [{ column, is: '>=', value: part.atLeast } as const]),
  ];
}

/** One expression a rule: the key where it holds, else null. Columns are those of `f`. */
export const rulesSql = (rules: readonly Rule[]): string =>
  rules
    .map(
      ({ key, when }) =>
        `case when ${conditionSql(when, duckdb, (name) => `f.${quoted(name)}`)} then ${literal(key)} end`,
    )
    .join(', ');
