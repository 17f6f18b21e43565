/**
 * What clients of the gorse API write: users, items and feedback, in one SQLite file of the workspace that runs leave
 * alone (feedback/gorse.sqlite). Nothing is made until something is written; every write is on the disk when it returns.
 */
import { join } from 'node:path';
import { openSqlite, type Sqlite } from '#engines/index.ts';

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
  create table if not exists users (id text primary key, labels text not null, comment text not null,
    deleted integer not null default 0, forgotten integer not null default 0) without rowid, strict;
  create table if not exists items (id text primary key, hidden integer not null, categories text not null, at integer,
    labels text not null, comment text not null, deleted integer not null default 0) without rowid, strict;
  create table if not exists feedback (user text not null, item text not null, type text not null, value real not null,
    at integer not null, updated integer not null, comment text not null, primary key (user, item, type)) without rowid, strict;
  create index if not exists feedback_item on feedback (item, type);
  create index if not exists feedback_type on feedback (type, user, item)`;

/** The store of a workspace; without its file it is empty. */
export const openFeedback = (dir: string): Sqlite => openSqlite(join(dir, 'feedback', 'gorse.sqlite'), SCHEMA);
