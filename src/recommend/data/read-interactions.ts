/** An interaction file (one row a user and an item) as codes, with what is to be found in a second file. */
import { type Compute, needColumns, quoted, relationOf } from '#engines/index.ts';
import { known } from '#errors.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { fromTriples, type Sparse } from '#kernels/sparse.ts';
import { numberColumn, type TextColumn, textColumn } from '#table/index.ts';
import type { Interactions } from './interactions.ts';

export interface InteractionFiles {
  /** Paths; .parquet, .csv, .tsv, .jsonl, each but Parquet also with .gz. */
  readonly train: string;
  readonly test: string;
  /** Column names, matched exactly. */
  readonly user: string;
  readonly item: string;
  readonly time?: string;
  readonly weight?: string;
}

export interface ReadInteractions {
  readonly data: Interactions;
  /** [users x items] of the test file */
  readonly relevant: Sparse;
  /** [users] distinct test items that training doesn't have */
  readonly unknown: Int32Array;
  readonly userIds: TextColumn;
  readonly itemIds: TextColumn;
  readonly rows: { readonly train: number; readonly test: number; readonly withoutIds: number };
  readonly trainUsers: number;
}

/** SQL of a time column as days (DOUBLE): times by type, numbers by size (from 1e11 milliseconds, from 1e8 seconds, else days). */
function daysOf(column: string, type: string): string {
  const name = quoted(column);
  if (/^(TIMESTAMP|DATE)/.test(type)) return `epoch_ms(${name}::timestamp) / ${DAY_MS}.0`;
  if (type === 'VARCHAR') return `epoch_ms(${name}::timestamp) / ${DAY_MS}.0`;
  return `(case when abs(${name}) >= 1e11 then ${name} / ${DAY_MS}.0 when abs(${name}) >= 1e8 then ${name} / 86400.0 else ${name} end)::double`;
}

/**
 * Reads both files. Items are ordered by id (whole numbers by value, then text), users likewise; users only in the test
 * file are there without rows.
 *
 * @throws FILE_UNREADABLE, FILE_COLUMN_MISSING, INTERACTIONS_VALUES, INTERACTIONS_EMPTY
 */
export async function readInteractions(compute: Compute, files: InteractionFiles): Promise<ReadInteractions> {
  try {
    const rows = await stage(compute, files);
    return await coded(compute, files, rows);
  } finally {
    for (const name of ['train', 'test', 'users', 'items'])
      await compute.run(`drop table if exists recommend_tmp_${name}`);
  }
}

async function stage(compute: Compute, files: InteractionFiles): Promise<ReadInteractions['rows']> {
  const select = async (part: 'train' | 'test', extra: boolean): Promise<void> => {
    const file = files[part];
    const wanted = [files.user, files.item, ...(extra ? [files.time, files.weight] : [])];
    const relation = await relationOf(compute, file);
    const types = await needColumns(
      compute,
      relation,
      file,
      wanted.filter((column) => column !== undefined),
    );
    const day = extra && files.time !== undefined ? daysOf(files.time, types.get(files.time)!) : '0.0';
    const weight = extra && files.weight !== undefined ? `${quoted(files.weight)}::double` : '1.0';
    try {
      await compute.run(`create or replace table recommend_tmp_${part} as
        select ${quoted(files.user)}::varchar u, ${quoted(files.item)}::varchar i, ${day} as d, ${weight} as w
        from ${relation}`);
    } catch (cause) {
      const reason = cause instanceof Error ? (cause.message.split(' in: ')[0] ?? '') : String(cause);
      throw known('FILE_UNREADABLE', { file, reason }, cause);
    }
  };
  await select('train', true);
  await select('test', false);
  const [bad] = await compute.rows<{ n: number; first: number | null }>(
    `select count(*) n, min(place) as "first" from (select *, row_number() over () as place from recommend_tmp_train)
     where u is not null and i is not null and (d is null or w is null or not (w > 0) or not isfinite(w))`,
  );
  const header = /\.(csv|tsv)(\.gz)?$/i.test(files.train) ? 1 : 0;
  if (bad!.n > 0)
    throw known('INTERACTIONS_VALUES', { file: files.train, count: bad!.n, row: (bad!.first ?? 0) + header });
  const [count] = await compute.rows<{ train: number; test: number; bare: number }>(
    `select (select count(*) from recommend_tmp_train) train, (select count(*) from recommend_tmp_test) test,
      (select count(*) from recommend_tmp_train where u is null or i is null)
      + (select count(*) from recommend_tmp_test where u is null or i is null) bare`,
  );
  if (count!.test === 0) throw known('INTERACTIONS_EMPTY', { file: files.test });
  return { train: count!.train, test: count!.test, withoutIds: count!.bare };
}

const ranked = (name: string, from: string) => `create or replace table recommend_tmp_${name} as
  select id, (row_number() over (order by try_cast(id as bigint) nulls last, id) - 1)::integer code from (${from})`;

async function coded(
  compute: Compute,
  files: InteractionFiles,
  rows: ReadInteractions['rows'],
): Promise<ReadInteractions> {
  const hasIds = 'where u is not null and i is not null';
  await compute.run(
    ranked('users', `select u id from recommend_tmp_train ${hasIds} union select u from recommend_tmp_test ${hasIds}`),
  );
  await compute.run(ranked('items', `select distinct i id from recommend_tmp_train ${hasIds}`));
  const userIds = textColumn(await compute.table('select id from recommend_tmp_users order by code'), 'id');
  const itemIds = textColumn(await compute.table('select id from recommend_tmp_items order by code'), 'id');
  const [userCount, itemCount] = [userIds.codes.length, itemIds.codes.length];
  if (itemCount === 0) throw known('INTERACTIONS_EMPTY', { file: files.train });

  const train = await compute.table(`select u.code u, i.code i, t.w, (select max(d) from recommend_tmp_train) - t.d age
    from recommend_tmp_train t join recommend_tmp_users u on u.id = t.u join recommend_tmp_items i on i.id = t.i
    order by 1, 2, 4, 3`);
  const test = await compute.table(`select distinct u.code u, i.code i
    from recommend_tmp_test t join recommend_tmp_users u on u.id = t.u join recommend_tmp_items i on i.id = t.i order by 1, 2`);
  const lost = await compute.table(`select u.code u, count(distinct t.i)::integer n
    from recommend_tmp_test t join recommend_tmp_users u on u.id = t.u left join recommend_tmp_items i on i.id = t.i
    where i.id is null and t.i is not null group by 1 order by 1`);
  const codes = (from: typeof train, name: string) => Int32Array.from(numberColumn(from, name).values);
  const unknown = new Int32Array(userCount);
  const lostUsers = codes(lost, 'u');
  for (const [row, n] of codes(lost, 'n').entries()) unknown[lostUsers[row]!] = n;
  const users = codes(train, 'u');
  const data: Interactions = {
    userCount,
    itemCount,
    users,
    items: codes(train, 'i'),
    ...(files.weight === undefined ? {} : { weights: numberColumn(train, 'w').values }),
    ...(files.time === undefined ? {} : { ageDays: numberColumn(train, 'age').values }),
  };
  const relevant = fromTriples({
    rows: userCount,
    columns: itemCount,
    rowOf: codes(test, 'u'),
    columnOf: codes(test, 'i'),
  });
  return { data, relevant, unknown, userIds, itemIds, rows, trainUsers: new Set(users).size };
}
