/** A file of baskets (one row a product in a basket) as interactions with baskets and ages. */
import { type Compute, needColumns, quoted, relationOf } from '#engines/index.ts';
import { known } from '#errors.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { numberColumn, type TextColumn, textColumn } from '#table/index.ts';
import type { Interactions } from './interactions.ts';

export interface BasketFiles {
  /** Path; .parquet, .csv, .tsv, .jsonl, each but Parquet also with .gz. */
  readonly baskets: string;
  /** Column names, matched exactly. */
  readonly user: string;
  readonly item: string;
  readonly basket: string;
  readonly time: string;
}

export interface ReadBaskets {
  /** All baskets; ages in days before the newest of all. A product counts once a basket. */
  readonly data: Interactions;
  readonly userIds: TextColumn;
  readonly itemIds: TextColumn;
  readonly rows: { readonly read: number; readonly withoutIds: number };
}

const ROWS = 'basket_tmp_rows';

/** Days of a column: times by type, numbers by size (from 1e11 milliseconds, from 1e8 seconds, else days). */
function daysOf(column: string, type: string): string {
  const name = quoted(column);
  if (/^(TIMESTAMP|DATE|VARCHAR)/.test(type)) return `epoch_ms(${name}::timestamp) / ${DAY_MS}.0`;
  return `(case when abs(${name}) >= 1e11 then ${name} / ${DAY_MS}.0 when abs(${name}) >= 1e8 then ${name} / 86400.0 else ${name} end)::double`;
}

/**
 * Reads the file. Users and items are ordered by id (whole numbers by value, then text); a basket is as old as its newest
 * row, and one code of two users is two baskets.
 *
 * @throws FILE_UNREADABLE, FILE_COLUMN_MISSING, INTERACTIONS_VALUES (rows without a time), INTERACTIONS_EMPTY
 */
export async function readBaskets(compute: Compute, files: BasketFiles): Promise<ReadBaskets> {
  const { baskets: file, user, item, basket, time } = files;
  const relation = await relationOf(compute, file);
  const types = await needColumns(compute, relation, file, [user, item, basket, time]);
  try {
    await compute.run(`create or replace table ${ROWS} as select ${quoted(user)}::varchar u, ${quoted(item)}::varchar i,
      ${quoted(basket)}::varchar b, ${daysOf(time, types.get(time)!)} as d, row_number() over () as n from ${relation}`);
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split(' in: ')[0] ?? '') : String(cause);
    throw known('FILE_UNREADABLE', { file, reason }, cause);
  }
  try {
    return await coded(compute, file);
  } finally {
    for (const name of [ROWS, 'basket_tmp_users', 'basket_tmp_items'])
      await compute.run(`drop table if exists ${name}`);
  }
}

async function coded(compute: Compute, file: string): Promise<ReadBaskets> {
  const whole = 'u is not null and i is not null and b is not null';
  const [count] = await compute.rows<{ read: number; bare: number; untimed: number; first: number | null }>(
    `select count(*) "read", count(*) filter (where not (${whole})) bare,
      count(*) filter (where ${whole} and (d is null or not isfinite(d))) untimed,
      min(n) filter (where ${whole} and (d is null or not isfinite(d))) as "first" from ${ROWS}`,
  );
  const header = /\.(csv|tsv)(\.gz)?$/i.test(file) ? 1 : 0;
  if (count!.untimed > 0)
    throw known('INTERACTIONS_VALUES', { file, count: count!.untimed, row: (count!.first ?? 0) + header });
  if (count!.read === count!.bare) throw known('INTERACTIONS_EMPTY', { file });
  for (const [name, column] of [
    ['users', 'u'],
    ['items', 'i'],
  ])
    await compute.run(`create or replace table basket_tmp_${name} as
      select id, (row_number() over (order by try_cast(id as bigint) nulls last, id) - 1)::integer code
      from (select distinct ${column} id from ${ROWS} where ${whole})`);
  const ids = async (name: string) =>
    textColumn(await compute.table(`select id from basket_tmp_${name} order by code`), 'id');
  const [userIds, itemIds] = [await ids('users'), await ids('items')];
  const rows = await compute.table(`with baskets as (
      select u, b, max(d) d, (row_number() over (order by max(d), u, b) - 1)::integer code from ${ROWS} where ${whole} group by u, b)
    select distinct users.code u, items.code i, baskets.code b, (select max(d) from baskets) - baskets.d age
    from ${ROWS} t join baskets using (u, b) join basket_tmp_users users on users.id = t.u
      join basket_tmp_items items on items.id = t.i order by 1, 3, 2`);
  const codes = (name: string) => Int32Array.from(numberColumn(rows, name).values);
  const data: Interactions = {
    userCount: userIds.codes.length,
    itemCount: itemIds.codes.length,
    users: codes('u'),
    items: codes('i'),
    baskets: codes('b'),
    ageDays: numberColumn(rows, 'age').values,
  };
  return { data, userIds, itemIds, rows: { read: count!.read, withoutIds: count!.bare } };
}
