/** Who is meant, now: counts, a sample with why they belong, and the people one by one. */
import type { Compute, Params, Scalar } from '#engines/index.ts';
import { type AnyLeaf, type Condition, partsOf } from './condition.ts';
import type { Alias } from './fields.ts';
import type { Ground } from './library.ts';
import { conditionSql, figureSql } from './sql.ts';
import { type Both, figureWords, type Naming, words } from './words.ts';

const TABLES: Readonly<Record<Exclude<Alias, 'p' | 'b'>, string>> = {
  v: 'customer_values',
  t: 'customer_tiers',
  l: 'lifecycle',
};

/** `profiles p` with the tables that the aliases name. */
export const peopleFrom = (joins: ReadonlySet<Alias>): string =>
  [
    'profiles p',
    ...Object.entries(TABLES).flatMap(([alias, name]) =>
      joins.has(alias as Alias) ? [`left join ${name} ${alias} using (customer_id)`] : [],
    ),
  ].join(' ');

/**
 * A query for the customer_id of everybody whom the condition holds, in no order.
 *
 * @throws the errors of conditionSql
 */
export function membersSql(condition: Condition, ground: Ground, prefix = 'c'): { sql: string; params: Params } {
  const { sql, params, joins } = conditionSql(condition, ground, prefix);
  return { sql: `select p.customer_id from ${peopleFrom(joins)} where ${sql}`, params };
}

export interface Preview {
  readonly customers: number;
  /** Of all customers. */
  readonly share: number;
  /** Expected value of them all. */
  readonly valueMinor: number;
  /** In order of tier index; `tier` null: no tier yet. */
  readonly byTier: readonly {
    readonly tier: string | null;
    readonly customers: number;
    readonly of: number;
    readonly valueMinor: number;
  }[];
}

/**
 * How many a condition holds, of which tiers, worth how much; and the ids of some of them, always the same ones.
 *
 * @param size how many ids
 */
export async function previewOf(
  compute: Compute,
  condition: Condition,
  ground: Ground,
  size = 0,
): Promise<Preview & { readonly some: readonly string[] }> {
  const { sql, params, joins } = conditionSql(condition, ground);
  const all = new Set<Alias>([...joins, 'v', 't']);
  const some = size === 0 ? '' : `, arg_min({h: h::varchar, id: customer_id}, h, ${size}) filter (is_in) as some`;
  const rows = await compute.rows<{
    tier: string | null;
    customers: number;
    all_customers: number;
    value: number;
    some?: { h: string; id: string }[] | null;
  }>(
    `select tier, count(*) filter (is_in) as customers, count(*) as all_customers,
       coalesce(sum(value_minor) filter (is_in), 0)::bigint as value${some}
     from (select p.customer_id, hash(p.customer_id) as h, t.tier, t.tier_index, v.value_minor, ${sql} as is_in from ${peopleFrom(all)})
     group by tier order by min(tier_index) nulls first, tier`,
    params,
  );
  const sum = (pick: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + pick(row), 0);
  const customers = sum((row) => row.customers);
  const everybody = sum((row) => row.all_customers);
  const first = rows
    .flatMap((row) => row.some ?? [])
    .map(({ h, id }) => ({ h: BigInt(h), id }))
    .sort((a, b) => (a.h === b.h ? (a.id < b.id ? -1 : 1) : a.h < b.h ? -1 : 1));
  return {
    customers,
    share: everybody === 0 ? 0 : customers / everybody,
    valueMinor: sum((row) => row.value),
    byTier: rows.map((row) => ({
      tier: row.tier,
      customers: row.customers,
      of: row.all_customers,
      valueMinor: row.value,
    })),
    some: first.slice(0, size).map(({ id }) => id),
  };
}

export interface Sampled {
  readonly customerId: string;
  readonly tier: string | null;
  readonly valueMinor: number | null;
  /** What of the condition holds for them; `figure` is what is known, where it is more than yes. */
  readonly why: readonly (Both & { readonly figure: Both | null })[];
}

/** Leaves that are told apart for a sample; of a longer condition the first. */
const TOLD_MAX = 40;

/** Why these people belong; in the order of their ids as they are given. */
export async function reasonsOf(
  compute: Compute,
  condition: Condition,
  { ids, naming, ...rest }: { readonly ids: readonly string[]; readonly naming: Naming; readonly ground: Ground },
): Promise<Sampled[]> {
  if (ids.length === 0) return [];
  const ground = { ...rest.ground, among: ids };
  const told = toldOf(condition).slice(0, TOLD_MAX);
  const params: Record<string, Scalar> = Object.fromEntries(ids.map((id, i) => [`id${i}`, id]));
  const joins = new Set<Alias>(['v', 't']);
  const columns = told.flatMap((part, i) => {
    const holds = conditionSql(part, ground, `w${i}_`);
    const figure = partsOf(part) === undefined ? figureSql(part as AnyLeaf, ground, `f${i}_`) : undefined;
    for (const each of [holds, ...(figure === undefined ? [] : [figure])]) {
      Object.assign(params, each.params);
      for (const alias of each.joins) joins.add(alias);
    }
    return [`${holds.sql} as w${i}`, ...(figure === undefined ? [] : [`${figure.sql} as f${i}`])];
  });
  const rows = await compute.rows<Record<string, unknown>>(
    `select p.customer_id as id, t.tier, v.value_minor${columns.map((each) => `, ${each}`).join('')}
     from ${peopleFrom(joins)} where p.customer_id in (${ids.map((_, i) => `$id${i}`).join(', ')})`,
    params,
  );
  rows.sort((a, b) => ids.indexOf(a.id as string) - ids.indexOf(b.id as string));
  const said = told.map((part) => words(part, naming));
  return rows.map((row) => ({
    customerId: row.id as string,
    tier: row.tier as string | null,
    valueMinor: row.value_minor as number | null,
    why: said.flatMap((both, i) =>
      row[`w${i}`] === true
        ? [{ ...both, figure: figureWords(told[i] as AnyLeaf, row[`f${i}`], naming, ground.timeZone) }]
        : [],
    ),
  }));
}

/** The parts that are reasons of their own: leaves, and what must not hold as a whole. */
function toldOf(condition: Condition): Condition[] {
  if ('all' in condition) return condition.all.flatMap(toldOf);
  if ('any' in condition) return condition.any.flatMap(toldOf);
  return [condition];
}
