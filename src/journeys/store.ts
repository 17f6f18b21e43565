/** Where everybody stands in every journey: journeys/journeys.sqlite, which runs leave alone. */
import { join } from 'node:path';
import { openSqlite, type Sqlite } from '#engines/index.ts';

const SCHEMA = `
  create table if not exists runs (id integer primary key, journey text not null, version integer not null, customer text not null,
    key text not null, state text not null, node text not null, entered_at integer not null, node_at integer not null,
    due_at integer, awaits text, same_key integer not null default 0, to_node text, way text, ended_at integer, ended_by text,
    goal_at integer, facts text not null) strict;
  create index if not exists runs_due on runs (due_at, id) where due_at is not null;
  create index if not exists runs_customer on runs (customer, journey, state);
  create index if not exists runs_node on runs (journey, version, state, node);
  create table if not exists passes (journey text not null, version integer not null, node text not null, way text not null,
    to_node text not null, passes integer not null, primary key (journey, version, node, way, to_node)) without rowid, strict;
  create table if not exists averted (journey text not null, version integer not null, people integer not null,
    primary key (journey, version)) without rowid, strict;
  create table if not exists seen (scope text not null, event text not null, at integer not null, primary key (scope, event)) without rowid, strict;
  create table if not exists clock (scope text primary key, at integer not null) without rowid, strict`;

/**
 * pending: the entry waits whether the other event stays away; waiting: at a node; ended; held-out: entered but gets nothing,
 * for comparison.
 */
export type RunState = 'pending' | 'waiting' | 'ended' | 'held-out';

/** One passage of a customer through a version of a journey. */
export interface RunRow {
  readonly id: number;
  readonly journey: string;
  readonly version: number;
  readonly customer: string;
  readonly key: string;
  readonly state: RunState;
  readonly node: string;
  readonly entered_at: number;
  readonly node_at: number;
  readonly due_at: number | null;
  readonly awaits: string | null;
  readonly same_key: number;
  /** Where it goes when it is due, and by which way out of its node. */
  readonly to_node: string | null;
  readonly way: string | null;
  readonly ended_at: number | null;
  readonly ended_by: string | null;
  readonly goal_at: number | null;
  /** JSON: what the entry told, for messages. */
  readonly facts: string;
}

export interface JourneyStore {
  readonly db: Sqlite;
  /** Everybody inside leaves. */
  endRuns(journeyId: string, now: number): void;
  /** Forgets all that happened in journeys, and the events that were told in a scope. */
  clear(journeyIds: readonly string[], scope: string): void;
  /** An erased customer is gone from every journey. */
  erase(customerId: string): void;
  close(): void;
}

export function openJourneys(dir: string): JourneyStore {
  const db = openSqlite(join(dir, 'journeys', 'journeys.sqlite'), SCHEMA);
  return {
    db,
    endRuns: (journeyId, now) =>
      void db.write(
        `update runs set state = 'ended', ended_at = ?, ended_by = 'journey ended', due_at = null, awaits = null
         where journey = ? and state in ('waiting', 'pending')`,
        [[now, journeyId]],
      ),
    clear: (journeyIds, scope) =>
      db.transaction(() => {
        for (const table of ['runs', 'passes', 'averted'])
          db.write(
            `delete from ${table} where journey = ?`,
            journeyIds.map((id) => [id]),
          );
        for (const table of ['seen', 'clock']) db.write(`delete from ${table} where scope = ?`, [[scope]]);
      }),
    erase: (customerId) => void db.write('delete from runs where customer = ?', [[customerId]]),
    close: () => db.close(),
  };
}
