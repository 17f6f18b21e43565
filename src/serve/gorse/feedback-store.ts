/**
 * What clients of the gorse API write: users, items and feedback, in one SQLite file of the workspace that runs leave
 * alone (feedback/gorse.sqlite). Nothing is made until something is written; every write is on the disk when it returns.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

export interface FeedbackRow {
  readonly type: string;
  readonly user: string;
  readonly item: string;
  readonly value: number;
  /** Epoch ms of the deed, and of the last write. */
  readonly at: number;
  readonly updated: number;
  readonly comment: string;
}

export interface UserRow {
  readonly id: string;
  /** JSON */
  readonly labels: string;
  readonly comment: string;
  /** 1: deleted; 0: there */
  readonly deleted: number;
  /** 1: was deleted once: what the shop's files say of them is not used. */
  readonly forgotten: number;
}

export interface ItemRow {
  readonly id: string;
  readonly hidden: number;
  /** JSON list */
  readonly categories: string;
  /** Epoch ms, null where not said */
  readonly at: number | null;
  readonly labels: string;
  readonly comment: string;
  readonly deleted: number;
}

const SCHEMA = `
  pragma journal_mode = wal; pragma synchronous = full;
  create table if not exists users (id text primary key, labels text not null, comment text not null,
    deleted integer not null default 0, forgotten integer not null default 0) without rowid, strict;
  create table if not exists items (id text primary key, hidden integer not null, categories text not null, at integer,
    labels text not null, comment text not null, deleted integer not null default 0) without rowid, strict;
  create table if not exists feedback (user text not null, item text not null, type text not null, value real not null,
    at integer not null, updated integer not null, comment text not null, primary key (user, item, type)) without rowid, strict;
  create index if not exists feedback_item on feedback (item, type);
  create index if not exists feedback_type on feedback (type, user, item)`;

export interface FeedbackStore {
  /** Grows with every change of an item or a user. */
  readonly version: number;
  rows<Row>(sql: string, ...values: readonly SQLInputValue[]): Row[];
  /** Changes within one transaction; made by statements `sql` with the values of each row. Answers the rows changed. */
  write(sql: string, all: readonly (readonly SQLInputValue[])[]): number;
  transaction<T>(work: () => T): T;
  close(): void;
}

/** The store of a workspace; without its file it is empty. */
export function openFeedback(dir: string): FeedbackStore {
  const file = join(dir, 'feedback', 'gorse.sqlite');
  let db: DatabaseSync | undefined;
  const wasThere = existsSync(file);
  const statements = new Map<string, StatementSync>();
  const opened = (): DatabaseSync => {
    if (db === undefined) {
      mkdirSync(join(dir, 'feedback'), { recursive: true });
      db = new DatabaseSync(file);
      db.exec(SCHEMA);
    }
    return db;
  };
  const prepared = (sql: string): StatementSync => {
    const found = statements.get(sql) ?? opened().prepare(sql);
    statements.set(sql, found);
    return found;
  };
  let version = 0;
  let depth = 0;
  const transaction = <T>(work: () => T): T => {
    if (depth > 0) return work();
    opened().exec('begin immediate');
    depth++;
    try {
      const result = work();
      opened().exec('commit');
      version++;
      return result;
    } catch (error) {
      opened().exec('rollback');
      throw error;
    } finally {
      depth--;
    }
  };
  return {
    get version() {
      return version;
    },
    rows: <Row>(sql: string, ...values: readonly SQLInputValue[]): Row[] =>
      db === undefined && !wasThere ? [] : (prepared(sql).all(...values) as Row[]),
    write: (sql, all) =>
      transaction(() => {
        let changed = 0;
        for (const values of all) changed += Number(prepared(sql).run(...values).changes);
        return changed;
      }),
    transaction,
    close: () => {
      db?.close();
      db = undefined;
      statements.clear();
    },
  };
}
