/** Interaction files (one row a user and an item) as codes, with what is to be found: in a second file, or cut off the first. */
import { type Compute, needColumns, quoted, relationOf } from '#engines/index.ts';
import { known } from '#errors.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { fromTriples, type Sparse } from '#kernels/sparse.ts';
import { numberColumn, type TextColumn, textColumn } from '#table/index.ts';
import type { Interactions } from './interactions.ts';
import { attributesOf, dropItems, stageItems } from './read-items.ts';
import { daysOfNumber, foundSql, type Split, type SplitReport } from './split.ts';

export interface InteractionFiles {
  /** Paths; .parquet, .csv, .tsv, .jsonl, each but Parquet also with .gz. */
  readonly train: string;
  /** What is to be found; without it, a part of `train` that `split` cuts off. */
  readonly test?: string;
  /** Default: the newest fifth of the rows. */
  readonly split?: Split;
  /** Column names, matched exactly. */
  readonly user: string;
  readonly item: string;
  readonly time?: string;
  readonly weight?: string;
  /** What items are; its items may be recommended even where nobody had them in training. */
  readonly items?: string;
}

export interface ReadInteractions {
  readonly data: Interactions;
  /** [users x items] to be found */
  readonly relevant: Sparse;
  /** [users] distinct items to be found that neither training nor the file of items has */
  readonly unknown: Int32Array;
  readonly userIds: TextColumn;
  readonly itemIds: TextColumn;
  readonly rows: { readonly train: number; readonly test: number; readonly withoutIds: number };
  readonly trainUsers: number;
  readonly split: SplitReport;
}

/**
 * Reads the files. Items are ordered by id (whole numbers by value, then text), users likewise; users only in the test
 * part are there without rows. A pair that comes several times adds up its weights.
 *
 * @throws FILE_UNREADABLE, FILE_COLUMN_MISSING, INTERACTIONS_VALUES, INTERACTIONS_TIMES, INTERACTIONS_EMPTY,
 * INTERACTIONS_SPLIT, USAGE for a split that does not fit the time column
 */
export async function readInteractions(compute: Compute, files: InteractionFiles): Promise<ReadInteractions> {
  try {
    const { isNumber } = await stage(compute, files, 'train', true);
    await checkValues(compute, files);
    let split: SplitReport = { kind: 'given' };
    if (files.test !== undefined) await stage(compute, { ...files, train: files.test }, 'test', false);
    else split = await cutOff(compute, files, isNumber);
    const facts =
      files.items === undefined ? undefined : await stageItems(compute, { file: files.items, item: files.item });
    const [count] = await compute.rows<ReadInteractions['rows']>(
      `select (select count(*) from recommend_tmp_train) train, (select count(*) from recommend_tmp_test) test,
        (select count(*) from recommend_tmp_train where u is null or i is null)
        + (select count(*) from recommend_tmp_test where u is null or i is null) "withoutIds"`,
    );
    if (count!.test === 0) throw known('INTERACTIONS_EMPTY', { file: files.test ?? files.train });
    return { ...(await coded(compute, files, facts)), rows: count!, split };
  } finally {
    for (const name of ['train', 'test', 'users', 'items'])
      await compute.run(`drop table if exists recommend_tmp_${name}`);
    await dropItems(compute);
  }
}

/** The rows of `files.train` as u, i, d (days), w, n (place). */
async function stage(
  compute: Compute,
  files: InteractionFiles,
  part: 'train' | 'test',
  extra: boolean,
): Promise<{ isNumber: boolean }> {
  const { train: file, time, weight } = files;
  const wanted = [files.user, files.item, ...(extra ? [time, weight] : [])];
  const relation = await relationOf(compute, file);
  const columns = wanted.filter((column) => column !== undefined);
  const types = await needColumns(compute, relation, file, columns);
  const isNumber = time !== undefined && !/^(TIMESTAMP|DATE|VARCHAR)/.test(types.get(time) ?? '');
  const day =
    !extra || time === undefined
      ? '0.0'
      : isNumber
        ? daysOfNumber(quoted(time))
        : `epoch_ms(${quoted(time)}::timestamp) / ${DAY_MS}.0`;
  const strength = extra && weight !== undefined ? `${quoted(weight)}::double` : '1.0';
  try {
    await compute.run(`create or replace table recommend_tmp_${part} as
      select ${quoted(files.user)}::varchar u, ${quoted(files.item)}::varchar i, ${day} as d, ${strength} as w,
        row_number() over () as n from ${relation}`);
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split(' in: ')[0] ?? '') : String(cause);
    throw known('FILE_UNREADABLE', { file, reason }, cause);
  }
  if (extra && isNumber) await oneUnit(compute, relation, file, time);
  return { isNumber };
}

/** @throws INTERACTIONS_TIMES where some numbers look like days and others like seconds or milliseconds */
async function oneUnit(compute: Compute, relation: string, file: string, time: string): Promise<void> {
  const name = quoted(time);
  const [row] = await compute.rows<{ least: number | null; most: number | null; units: number }>(
    `select min(${name})::double least, max(${name})::double most, count(distinct case when abs(${name}) >= 1e11 then 2
      when abs(${name}) >= 1e8 then 1 else 0 end) units from ${relation} where ${name} is not null`,
  );
  if (row!.units > 1)
    throw known('INTERACTIONS_TIMES', { file, column: time, least: row!.least ?? 0, most: row!.most ?? 0 });
}

async function checkValues(compute: Compute, files: InteractionFiles): Promise<void> {
  const [bad] = await compute.rows<{ n: number; first: number | null }>(
    `select count(*) n, min(n) as "first" from recommend_tmp_train
     where u is not null and i is not null and (d is null or not isfinite(d) or w is null or not (w > 0) or not isfinite(w))`,
  );
  const header = /\.(csv|tsv)(\.gz)?$/i.test(files.train) ? 1 : 0;
  if (bad!.n > 0)
    throw known('INTERACTIONS_VALUES', { file: files.train, count: bad!.n, row: (bad!.first ?? 0) + header });
}

/** Moves the rows that are to be found from the training part to the test part. */
async function cutOff(compute: Compute, files: InteractionFiles, isNumber: boolean): Promise<SplitReport> {
  const split = files.split ?? { kind: 'time', share: 0.2 };
  const train = 'recommend_tmp_train';
  await compute.run(`create or replace table recommend_tmp_test as from ${train} limit 0`);
  const [all] = await compute.rows<{ n: number }>(
    `select count(*) n from ${train} where u is not null and i is not null`,
  );
  if (all!.n === 0) throw known('INTERACTIONS_EMPTY', { file: files.train });
  const hasIds = 'u is not null and i is not null';
  await compute.run(`insert into recommend_tmp_test with known as (from ${train} where ${hasIds})
    from known where ${foundSql(split, 'known', isNumber)}`);
  await compute.run(`delete from ${train} where n in (select n from recommend_tmp_test)`);
  const [count] = await compute.rows<{ train: number; test: number; from: string | null }>(
    `select (select count(*) from ${train} where ${hasIds}) train, count(*) test,
      ${isNumber ? 'min(d)::varchar' : `strftime(epoch_ms((min(d) * ${DAY_MS})::bigint), '%Y-%m-%dT%H:%M:%SZ')`} "from"
      from recommend_tmp_test`,
  );
  if (count!.train === 0 || count!.test === 0)
    throw known('INTERACTIONS_SPLIT', {
      file: files.train,
      split: split.kind === 'time' ? `time:${'share' in split ? split.share : split.from}` : split.kind,
      side: count!.train === 0 ? 'to learn from' : 'to be found',
    });
  return { kind: split.kind, ...(split.kind === 'time' && count!.from !== null && { from: count!.from }) };
}

const ranked = (name: string, from: string) => `create or replace table recommend_tmp_${name} as
  select id, (row_number() over (order by try_cast(id as bigint) nulls last, id) - 1)::integer code from (${from})`;

async function coded(
  compute: Compute,
  files: InteractionFiles,
  facts: string | undefined,
): Promise<Omit<ReadInteractions, 'rows' | 'split'>> {
  const hasIds = 'where u is not null and i is not null';
  await compute.run(
    ranked('users', `select u id from recommend_tmp_train ${hasIds} union select u from recommend_tmp_test ${hasIds}`),
  );
  const [had] = await compute.rows<{ n: number }>(`select count(*) n from recommend_tmp_train ${hasIds}`);
  if (had!.n === 0) throw known('INTERACTIONS_EMPTY', { file: files.train });
  const listed = facts === undefined ? '' : ` union select i from ${facts}`;
  await compute.run(ranked('items', `select i id from recommend_tmp_train ${hasIds}${listed || ' group by i'}`));
  const userIds = textColumn(await compute.table('select id from recommend_tmp_users order by code'), 'id');
  const itemIds = textColumn(await compute.table('select id from recommend_tmp_items order by code'), 'id');
  const [userCount, itemCount] = [userIds.codes.length, itemIds.codes.length];
  const attributes = facts === undefined ? undefined : await attributesOf(compute, 'recommend_tmp_items', itemCount);

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
    ...(attributes && { content: { attributes } }),
  };
  const relevant = fromTriples({
    rows: userCount,
    columns: itemCount,
    rowOf: codes(test, 'u'),
    columnOf: codes(test, 'i'),
  });
  return { data, relevant, unknown, userIds, itemIds, trainUsers: new Set(users).size };
}
