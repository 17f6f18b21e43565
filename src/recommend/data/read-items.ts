/** A file that says what items are, as attributes: one row an item, or several that add up. */
import { type Compute, needColumns, quoted, relationOf } from '#engines/index.ts';
import { known } from '#errors.ts';
import { fromTriples, type Sparse } from '#kernels/sparse.ts';
import { numberColumn } from '#table/index.ts';

const FACTS = 'recommend_tmp_facts';

export interface ItemFile {
  readonly file: string;
  /** Column of the item's id. */
  readonly item: string;
}

/**
 * Stages the facts of a file as (i, a). A text column whose values are mostly different on different items and of several
 * words gives one attribute a word; fractions one a tenth of their values; every other column one a value.
 *
 * @returns the table's name
 * @throws FILE_UNREADABLE, FILE_COLUMN_MISSING, INTERACTIONS_EMPTY
 */
export async function stageItems(compute: Compute, { file, item }: ItemFile): Promise<string> {
  const relation = await relationOf(compute, file);
  const types = await needColumns(compute, relation, file, [item]);
  const id = `${quoted(item)}::varchar`;
  const parts = [`select ${id} i, null::varchar a from ${relation}`];
  for (const [c, [name, type]] of [...types].entries()) {
    if (name === item) continue;
    const column = quoted(name);
    const known = `${column} is not null`;
    if (/^(FLOAT|DOUBLE|DECIMAL)/.test(type))
      parts.push(`select ${id}, '${c}~' || least(9, floor(10 * percent_rank() over (order by ${column})))::integer
        from ${relation} where ${known}`);
    else if (type === 'VARCHAR' && (await isProse(compute, relation, column)))
      parts.push(`select ${id}, '${c}:' || unnest(regexp_extract_all(lower(${column}), '[\\p{L}\\p{N}]+'))
        from ${relation} where ${known}`);
    else parts.push(`select ${id}, '${c}=' || ${column}::varchar from ${relation} where ${known}`);
  }
  await compute.run(
    `create or replace table ${FACTS} as select distinct i, a from (${parts.join(' union all ')}) where i is not null`,
  );
  const [count] = await compute.rows<{ n: number }>(`select count(*) n from ${FACTS}`);
  if (count!.n === 0) throw known('INTERACTIONS_EMPTY', { file });
  return FACTS;
}

/** Most values are found once and hold two words or more. */
async function isProse(compute: Compute, relation: string, column: string): Promise<boolean> {
  const [row] = await compute.rows<{ different: number | null; words: number | null }>(
    `select count(distinct ${column}) / count(${column}) different,
      avg(len(regexp_extract_all(${column}, '[\\p{L}\\p{N}]+'))) words from ${relation}`,
  );
  return (row!.different ?? 0) > 0.5 && (row!.words ?? 0) >= 2;
}

/**
 * The staged facts as a matrix.
 *
 * @param codes table of items: id, code
 * @returns [items x attributes] 1 each; undefined where the file says nothing of any item
 */
export async function attributesOf(compute: Compute, codes: string, itemCount: number): Promise<Sparse | undefined> {
  const rows = await compute.table(`select items.code i, (dense_rank() over (order by a) - 1)::integer a
    from ${FACTS} join ${codes} items on items.id = ${FACTS}.i where a is not null order by 1, 2`);
  if (rows.length === 0) return undefined;
  const columnOf = Int32Array.from(numberColumn(rows, 'a').values);
  return fromTriples({
    rows: itemCount,
    columns: columnOf.reduce((most, a) => Math.max(most, a + 1), 0),
    rowOf: Int32Array.from(numberColumn(rows, 'i').values),
    columnOf,
  });
}

export const dropItems = (compute: Compute): Promise<void> => compute.run(`drop table if exists ${FACTS}`);
