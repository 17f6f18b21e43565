/** A file of ordered histories or sessions (one row a step) as codes, with what a second file knows of the items. */
import { type Compute, needColumns, quoted, relationOf } from '#engines/index.ts';
import { known } from '#errors.ts';
import { fromTriples, type Sparse } from '#kernels/sparse.ts';
import { numberColumn, type TextColumn, textColumn } from '#table/index.ts';
import type { Interactions } from './interactions.ts';

export interface SequenceFiles {
  /** Paths; .parquet, .csv, .tsv, .jsonl, each but Parquet also with .gz. */
  readonly sequences: string;
  /** Histories whose last step is to be found; without it, the last step of each history of `sequences`. */
  readonly test?: string;
  /** What items are: the item column, every other column but fractional numbers an attribute; several rows an item add up. */
  readonly attributes?: string;
  /** Column names, matched exactly. */
  readonly user: string;
  readonly item: string;
  /** Column that orders the steps: a time or a number; steps with equal values stay in the order of the file. */
  readonly order: string;
}

export interface ReadSequences {
  /** Steps to learn from, with places. */
  readonly data: Interactions;
  /** Present histories, one each user that has something to find: rows of users and items in order, never the target. */
  readonly present: Interactions;
  /** [users] item to find, -1: none; -2: an item that nobody had before and no attributes know */
  readonly wanted: Int32Array;
  readonly userIds: TextColumn;
  readonly itemIds: TextColumn;
  readonly rows: { readonly sequences: number; readonly test: number; readonly withoutIds: number };
}

const TABLES = ['steps', 'test', 'users', 'items', 'facts'] as const;
const tableOf = (name: (typeof TABLES)[number]): string => `sequence_tmp_${name}`;

/**
 * Reads the files. Users and items are ordered by id (whole numbers by value, then text).
 *
 * @throws FILE_UNREADABLE, FILE_COLUMN_MISSING, SEQUENCES_UNORDERED, INTERACTIONS_EMPTY
 */
export async function readSequences(compute: Compute, files: SequenceFiles): Promise<ReadSequences> {
  try {
    const bare = await stage(compute, files, 'steps', files.sequences);
    const bareTest = files.test === undefined ? 0 : await stage(compute, files, 'test', files.test);
    const attributes = files.attributes === undefined ? [] : await stageFacts(compute, files, files.attributes);
    return await coded(compute, files, attributes, bare + bareTest);
  } finally {
    for (const name of TABLES) await compute.run(`drop table if exists ${tableOf(name)}`);
  }
}

/** Rows with ids of one file as u, i, place; gives back how many rows lack one. */
async function stage(compute: Compute, files: SequenceFiles, table: 'steps' | 'test', file: string): Promise<number> {
  const relation = await relationOf(compute, file);
  await needColumns(compute, relation, file, [files.user, files.item, files.order]);
  const select = `select ${quoted(files.user)}::varchar u, ${quoted(files.item)}::varchar i, ${quoted(files.order)} o,
    row_number() over () as n from ${relation}`;
  try {
    await compute.run(`create or replace table ${tableOf(table)} as select u, i, o, n,
      (row_number() over (partition by u order by o, n) - 1)::integer p from (${select})`);
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split(' in: ')[0] ?? '') : String(cause);
    throw known('FILE_UNREADABLE', { file, reason }, cause);
  }
  const own = tableOf(table);
  const [count] = await compute.rows<{ all: number; bare: number; loose: number; first: number | null }>(
    `select count(*) "all", count(*) filter (u is null or i is null) bare,
      count(*) filter (u is not null and i is not null and o is null) loose,
      min(n) filter (u is not null and i is not null and o is null) "first" from ${own}`,
  );
  const header = /\.(csv|tsv)(\.gz)?$/i.test(file) ? 1 : 0;
  if (count!.loose > 0) {
    const row = (count!.first ?? 0) + header;
    throw known('SEQUENCES_UNORDERED', { file, column: files.order, count: count!.loose, row });
  }
  if (count!.all === count!.bare) throw known('INTERACTIONS_EMPTY', { file });
  await compute.run(`delete from ${own} where u is null or i is null`);
  return count!.bare;
}

/** Facts of items as i, a (item and attribute); gives back nothing where no column can be an attribute. */
async function stageFacts(compute: Compute, files: SequenceFiles, file: string): Promise<readonly string[]> {
  const relation = await relationOf(compute, file);
  await needColumns(compute, relation, file, [files.item]);
  const columns = await compute.rows<{ column_name: string; column_type: string }>(
    `describe select * from ${relation}`,
  );
  const names = columns
    .filter(({ column_name: name, column_type: type }) => name !== files.item && !/^(FLOAT|DOUBLE|DECIMAL)/.test(type))
    .map(({ column_name: name }) => name);
  const parts = names.map((name, c) => {
    const value = `${quoted(name)}::varchar`;
    return `select ${quoted(files.item)}::varchar i, '${c}=' || ${value} a from ${relation} where ${value} is not null`;
  });
  if (parts.length === 0) return [];
  await compute.run(
    `create or replace table ${tableOf('facts')} as select distinct i, a from (${parts.join(' union all ')}) where i is not null`,
  );
  return names;
}

const ranked = (name: 'users' | 'items', from: string): string => `create or replace table ${tableOf(name)} as
  select id, (row_number() over (order by try_cast(id as bigint) nulls last, id) - 1)::integer code from (${from})`;

async function coded(
  compute: Compute,
  files: SequenceFiles,
  attributes: readonly string[],
  withoutIds: number,
): Promise<ReadSequences> {
  const tests = files.test !== undefined;
  const [steps, test, users, items, facts] = TABLES.map(tableOf) as [string, string, string, string, string];
  const both = (column: string) =>
    `select ${column} id from ${steps}${tests ? ` union select ${column} from ${test}` : ''}`;
  await compute.run(ranked('users', `select distinct id from (${both('u')})`));
  // a step that is only ever to be found is of no known item
  const shown = `select i id from ${steps}${tests ? ` union select i from ${test} t where p < (select max(p) from ${test} x where x.u = t.u)` : ''}`;
  const factItems = attributes.length > 0 ? ` union select i from ${facts}` : '';
  await compute.run(ranked('items', `select distinct id from (${shown}${factItems})`));
  const userIds = textColumn(await compute.table(`select id from ${users} order by code`), 'id');
  const itemIds = textColumn(await compute.table(`select id from ${items} order by code`), 'id');
  const [userCount, itemCount] = [userIds.codes.length, itemIds.codes.length];
  const rowsOf = async (table: string) => {
    const read = await compute.table(`select users.code u, coalesce(items.code, -2) i, t.p p from ${table} t
      join ${users} users on users.id = t.u left join ${items} items on items.id = t.i order by 1, 3`);
    const codes = (name: string) => Int32Array.from(numberColumn(read, name).values);
    return { users: codes('u'), items: codes('i'), places: codes('p') };
  };
  const learned = await rowsOf(steps);
  const asked = tests ? await rowsOf(test) : learned;
  const content =
    attributes.length > 0 ? { attributes: await factsOf(compute, itemCount, { items, facts }) } : undefined;
  const frame = { userCount, itemCount, ...(content === undefined ? {} : { content }) };
  const { kept, wanted } = withoutLast(asked, userCount, tests ? 1 : 2);
  const before = picked(asked, kept);
  return {
    data: { ...frame, ...(tests ? learned : before) },
    present: { ...frame, ...(tests ? joined(learned, before, wanted) : before) },
    wanted,
    userIds,
    itemIds,
    rows: { sequences: learned.users.length, test: tests ? asked.users.length : 0, withoutIds },
  };
}

type Rows = Pick<Interactions, 'users' | 'items'> & { readonly places: Int32Array };

/** Rows but for the last one of each user of at least `least`, which is what that user wants. */
function withoutLast({ users, items }: Rows, userCount: number, least: number) {
  const wanted = new Int32Array(userCount).fill(-1);
  const kept: number[] = [];
  for (let e = 0, from = 0; e < users.length; e++) {
    if (e > 0 && users[e] !== users[e - 1]) from = e;
    const isLast = e + 1 === users.length || users[e + 1] !== users[e];
    if (isLast && e - from + 1 >= least) wanted[users[e]!] = items[e]!;
    else kept.push(e);
  }
  return { kept: Int32Array.from(kept), wanted };
}

const picked = ({ users, items, places }: Rows, at: Int32Array): Rows => ({
  users: at.map((e) => users[e]!),
  items: at.map((e) => items[e]!),
  places: at.map((e) => places[e]!),
});

/** What the asked users had in the learned file, then what they have in the test file. */
function joined(learned: Rows, before: Rows, wanted: Int32Array): Rows {
  const asked = picked(
    learned,
    Int32Array.from(learned.users.keys()).filter((e) => wanted[learned.users[e]!] !== -1),
  );
  const shift = learned.places.reduce((most, place) => Math.max(most, place), 0) + 1;
  const append = (a: Int32Array, b: Int32Array) => Int32Array.from([...a, ...b]);
  return {
    users: append(asked.users, before.users),
    items: append(asked.items, before.items),
    places: append(
      asked.places,
      before.places.map((place) => place + shift),
    ),
  };
}

async function factsOf(
  compute: Compute,
  itemCount: number,
  { items, facts }: { items: string; facts: string },
): Promise<Sparse> {
  const read = await compute.table(`select items.code i, (dense_rank() over (order by a) - 1)::integer a
    from ${facts} join ${items} items on items.id = ${facts}.i order by 1, 2`);
  const codes = (name: string) => Int32Array.from(numberColumn(read, name).values);
  const columnOf = codes('a');
  const columns = columnOf.reduce((most, a) => Math.max(most, a), -1) + 1;
  return fromTriples({ rows: itemCount, columns, rowOf: codes('i'), columnOf });
}
