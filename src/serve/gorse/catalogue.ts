/** Users and items as the gorse API shows them: those of the last run, with what clients wrote laid over. */
import type { Sqlite } from '#engines/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { type Recommender, type TextList, textAt, textCount } from '#recommend/index.ts';
import type { ItemRow, UserRow } from './feedback-store.ts';

export interface GorseUser {
  readonly UserId: string;
  readonly Labels: unknown;
  readonly Comment: string;
}

export interface GorseItem {
  readonly ItemId: string;
  readonly IsHidden: boolean;
  readonly Categories: readonly string[];
  readonly Timestamp: string;
  readonly Labels: unknown;
  readonly Comment: string;
}

/** What a client may say of one; what it leaves out stays. */
export type UserPatch = { readonly [K in keyof Omit<GorseUser, 'UserId'>]?: GorseUser[K] | null | undefined };
export type ItemPatch = { readonly [K in keyof Omit<GorseItem, 'ItemId'>]?: GorseItem[K] | null | undefined };

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** '' at the end. */
  readonly cursor: string;
}

export interface Catalogue {
  user(id: string): GorseUser | undefined;
  item(id: string): GorseItem | undefined;
  users(n: number, cursor: string): Page<GorseUser>;
  items(n: number, cursor: string): Page<GorseItem>;
  putUsers(all: readonly (UserPatch & { readonly UserId: string })[]): number;
  putItems(all: readonly (ItemPatch & { readonly ItemId: string })[]): number;
  /** Whether there was one. */
  deleteUser(id: string): boolean;
  deleteItem(id: string): boolean;
}

const NO_TIME = '0001-01-01T00:00:00Z';
export const isoOf = (at: number | null): string => (at === null ? NO_TIME : new Date(at).toISOString());

export function catalogueOf(feedback: Sqlite, { bundle, customerAt, productAt }: Recommender): Catalogue {
  const { products, customers, about } = bundle;
  const ownUser = (code: number): GorseUser => {
    const tier = about.tiers[customers.tier[code]!];
    return {
      UserId: textAt(customers.ids, code),
      Labels: tier === undefined ? null : { tier: tier.key },
      Comment: '',
    };
  };
  const ownItem = (code: number): GorseItem => ({
    ItemId: textAt(products.ids, code),
    IsHidden: products.sellable[code] === 0,
    Categories: products.category[code]! < 0 ? [] : textAt(products.categories, products.category[code]!).split(' > '),
    Timestamp: isoOf(products.sinceDay[code]! === 0 ? null : products.sinceDay[code]! * DAY_MS),
    Labels: null,
    Comment: textAt(products.titlesEn, code),
  });
  const userRow = (id: string) => feedback.rows<UserRow>('select * from users where id = ?', id)[0];
  const itemRow = (id: string) => feedback.rows<ItemRow>('select * from items where id = ?', id)[0];
  const user = (id: string): GorseUser | undefined => {
    const row = userRow(id);
    if (row !== undefined) return row.deleted === 1 ? undefined : userOf(row);
    const code = customerAt(id);
    return code < 0 ? undefined : ownUser(code);
  };
  const item = (id: string): GorseItem | undefined => {
    const row = itemRow(id);
    if (row !== undefined) return row.deleted === 1 ? undefined : itemOf(row);
    const code = productAt(id);
    return code < 0 ? undefined : ownItem(code);
  };
  return {
    user,
    item,
    users: (n, cursor) => merged(customers.ids, rowsAfter(feedback, 'users'), { n, cursor, one: user }),
    items: (n, cursor) => merged(products.ids, rowsAfter(feedback, 'items'), { n, cursor, one: item }),
    putUsers: (all) => putUsers(feedback, all, user),
    putItems: (all) => putItems(feedback, all, item),
    deleteUser: (id) => user(id) !== undefined && feedback.transaction(() => deleteUser(feedback, id)),
    deleteItem: (id) => item(id) !== undefined && feedback.transaction(() => deleteItem(feedback, id)),
  };
}

const userOf = ({ id, labels, comment }: UserRow): GorseUser => ({
  UserId: id,
  Labels: JSON.parse(labels) as unknown,
  Comment: comment,
});

const itemOf = ({ id, hidden, categories, at, labels, comment }: ItemRow): GorseItem => ({
  ItemId: id,
  IsHidden: hidden === 1,
  Categories: JSON.parse(categories) as string[],
  Timestamp: isoOf(at),
  Labels: JSON.parse(labels) as unknown,
  Comment: comment,
});

function putUsers(
  feedback: Sqlite,
  all: readonly (UserPatch & { readonly UserId: string })[],
  user: (id: string) => GorseUser | undefined,
): number {
  return feedback.transaction(() => {
    for (const { UserId: id, Labels, Comment } of all) {
      const before = user(id);
      const values = [id, JSON.stringify(Labels ?? before?.Labels ?? null), Comment ?? before?.Comment ?? ''];
      feedback.write(
        `insert into users (id, labels, comment) values (?, ?, ?)
         on conflict do update set labels = excluded.labels, comment = excluded.comment, deleted = 0`,
        [values],
      );
    }
    return all.length;
  });
}

function putItems(
  feedback: Sqlite,
  all: readonly (ItemPatch & { readonly ItemId: string })[],
  item: (id: string) => GorseItem | undefined,
): number {
  return feedback.transaction(() => {
    for (const patch of all) {
      const before = item(patch.ItemId);
      const at = patch.Timestamp ?? before?.Timestamp ?? NO_TIME;
      const values = [
        patch.ItemId,
        Number(patch.IsHidden ?? before?.IsHidden ?? false),
        JSON.stringify(patch.Categories ?? before?.Categories ?? []),
        at === NO_TIME ? null : Date.parse(at),
        JSON.stringify(patch.Labels ?? before?.Labels ?? null),
        patch.Comment ?? before?.Comment ?? '',
      ];
      feedback.write(
        `insert into items (id, hidden, categories, at, labels, comment) values (?, ?, ?, ?, ?, ?)
         on conflict do update set hidden = excluded.hidden, categories = excluded.categories, at = excluded.at,
           labels = excluded.labels, comment = excluded.comment, deleted = 0`,
        [values],
      );
    }
    return all.length;
  });
}

/** What the shop's files say of a user stays in them; it is not used from here on. */
function deleteUser(feedback: Sqlite, id: string): boolean {
  feedback.write('delete from feedback where user = ?', [[id]]);
  feedback.write(
    `insert into users (id, labels, comment, deleted, forgotten) values (?, 'null', '', 1, 1)
     on conflict do update set labels = 'null', comment = '', deleted = 1, forgotten = 1`,
    [[id]],
  );
  return true;
}

function deleteItem(feedback: Sqlite, id: string): boolean {
  feedback.write('delete from feedback where item = ?', [[id]]);
  feedback.write(
    `insert into items (id, hidden, categories, labels, comment, deleted) values (?, 0, '[]', 'null', '', 1)
     on conflict do update set deleted = 1`,
    [[id]],
  );
  return true;
}

/** Ids written by clients after `from`, in order of their bytes. */
const rowsAfter =
  (feedback: Sqlite, name: 'users' | 'items') =>
  (from: string, n: number): readonly string[] =>
    feedback
      .rows<{ id: string }>(`select id from ${name} where id > ? order by id limit ?`, from, n)
      .map(({ id }) => id);

interface Paging<Row> {
  readonly n: number;
  readonly cursor: string;
  readonly one: (id: string) => Row | undefined;
}

/** One page of two lists of ids that rise by their bytes; what is deleted is passed over. */
function merged<Row>(
  own: TextList,
  written: (from: string, n: number) => readonly string[],
  { n, cursor, one }: Paging<Row>,
): Page<Row> {
  const rows: Row[] = [];
  let last = Buffer.from(cursor, 'base64url').toString('utf8');
  let place = firstAfter(own, last);
  let waiting = [...written(last, n + 1)];
  for (;;) {
    if (waiting.length === 0) waiting = [...written(last, n + 1)];
    const ours = place < textCount(own) ? textAt(own, place) : undefined;
    const theirs = waiting[0];
    if (ours === undefined && theirs === undefined) return { rows, cursor: '' };
    const order =
      ours === undefined ? 1 : theirs === undefined ? -1 : Buffer.compare(Buffer.from(ours), Buffer.from(theirs));
    const next = order <= 0 ? ours! : theirs!;
    if (rows.length === n) return { rows, cursor: Buffer.from(last).toString('base64url') };
    if (order <= 0) place++;
    if (order >= 0) waiting.shift();
    last = next;
    const row = one(next);
    if (row !== undefined) rows.push(row);
  }
}

/** The first place of a rising list after `text`. */
function firstAfter(list: TextList, text: string): number {
  const wanted = Buffer.from(text);
  let low = 0;
  let high = textCount(list);
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = Buffer.compare(Buffer.from(textAt(list, middle)), wanted);
    if (order <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
