/** How segments overlap: for every combination of them how many people are in exactly these. */
import type { Compute, Scalar } from '#engines/index.ts';
import type { Condition } from './condition.ts';
import type { Alias } from './fields.ts';
import type { Ground } from './library.ts';
import { peopleFrom } from './members.ts';
import { conditionSql } from './sql.ts';

export interface Overlap {
  /** In the order asked for. */
  readonly sizes: readonly number[];
  /** a before b; `jaccard` is both over either, null where nobody is in either. */
  readonly pairs: readonly {
    readonly a: number;
    readonly b: number;
    readonly both: number;
    readonly jaccard: number | null;
  }[];
  /** People who are in exactly these (places), most first; those in none are left out. */
  readonly exact: readonly { readonly of: readonly number[]; readonly customers: number }[];
}

/** At most so many at once: a combination is a bit of a whole number each. */
export const OVERLAP_MAX = 20;

/** One pass over the customers, whatever the number of segments. */
export async function overlapOf(compute: Compute, conditions: readonly Condition[], ground: Ground): Promise<Overlap> {
  const joins = new Set<Alias>();
  const params: Record<string, Scalar> = {};
  const bits = conditions.map((condition, i) => {
    const made = conditionSql(condition, ground, `o${i}_`);
    Object.assign(params, made.params);
    for (const alias of made.joins) joins.add(alias);
    return `(case when ${made.sql} then ${2 ** i} else 0 end)`;
  });
  const rows = await compute.rows<{ mask: number; n: number }>(
    `select (${bits.join(' + ')})::integer as mask, count(*) as n from ${peopleFrom(joins)} group by 1 order by n desc, mask`,
    params,
  );
  const within = (mask: number) => rows.reduce((sum, row) => sum + ((row.mask & mask) === mask ? row.n : 0), 0);
  const sizes = conditions.map((_, i) => within(1 << i));
  const pairs = conditions.flatMap((_, a) =>
    conditions.slice(a + 1).map((__, k) => {
      const b = a + 1 + k;
      const both = within((1 << a) | (1 << b));
      const either = sizes[a]! + sizes[b]! - both;
      return { a, b, both, jaccard: either === 0 ? null : both / either };
    }),
  );
  const exact = rows
    .filter(({ mask }) => mask !== 0)
    .map(({ mask, n }) => ({ of: conditions.flatMap((_, i) => ((mask >> i) & 1 ? [i] : [])), customers: n }));
  return { sizes, pairs, exact };
}
