/**
 * One SQLite file for records that must survive: money, coupons, messages, what clients wrote. Every change is on the disk
 * when it returns (write-ahead log with full synchronisation), and several processes may share a file.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

export type SqlValue = SQLInputValue;

export interface Sqlite {
  /** Grows with every change made here. */
  readonly version: number;
  /** Nothing while the file was never written to. */
  rows<Row>(sql: string, ...values: readonly SqlValue[]): Row[];
  /** One statement with the values of each row, in one transaction. Answers the rows changed. */
  write(sql: string, all: readonly (readonly SqlValue[])[]): number;
  /**
   * All or nothing; others wait. Inner calls join the outer one. What `work` read stays true until it ends, so a limit that
   * was checked in it holds.
   */
  transaction<T>(work: () => T): T;
  close(): void;
}

/** How long a change waits for another process's. */
const BUSY_MS = 10_000;

/**
 * Opens a file; it is made with its folder at the first write.
 *
 * @param schema statements that make what lacks (`create table if not exists ...`)
 */
export function openSqlite(file: string, schema: string): Sqlite {
  let db: DatabaseSync | undefined;
  const statements = new Map<string, StatementSync>();
  const opened = (): DatabaseSync => {
    if (db !== undefined) return db;
    mkdirSync(dirname(file), { recursive: true });
    db = new DatabaseSync(file, { timeout: BUSY_MS });
    db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;');
    db.exec(schema);
    return db;
  };
  const prepared = (sql: string): StatementSync => {
    const found = statements.get(sql) ?? opened().prepare(sql);
    statements.set(sql, found);
    return found;
  };
  let version = 0;
  let isInside = false;
  const transaction = <T>(work: () => T): T => {
    if (isInside) return work();
    opened().exec('begin immediate');
    isInside = true;
    try {
      const result = work();
      opened().exec('commit');
      version++;
      return result;
    } catch (error) {
      if (opened().isTransaction) opened().exec('rollback');
      throw error;
    } finally {
      isInside = false;
    }
  };
  return {
    get version() {
      return version;
    },
    rows: <Row>(sql: string, ...values: readonly SqlValue[]): Row[] =>
      db === undefined && !existsSync(file) ? [] : (prepared(sql).all(...values) as Row[]),
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
