/**
 * What the core asks of an engine. The core writes SQL of the DuckDB dialect and is handed a `Compute`; which engine
 * answers is chosen once, in app.ts.
 */
import type { Table } from '#table/index.ts';

export type Scalar = string | number | bigint | boolean | null;
export type Params = Readonly<Record<string, Scalar>>;
export type Cell = Scalar | Cell[] | { [name: string]: Cell };
export type Row = Record<string, Cell>;

/** Runs queries over named tables. Tables made by one call are seen by the next, and by every connection. */
export interface Compute {
  readonly name: string;
  /** Runs statements without a result. Named parameters are written `$name`. */
  run(sql: string, params?: Params): Promise<void>;
  /**
   * A small result as plain objects: whole numbers as number, lists as arrays, structs as objects.
   * For more than some ten thousand rows use `table`.
   *
   * @throws NUMBER_TOO_LARGE when a whole number is beyond 2^53
   */
  rows<R = Row>(sql: string, params?: Params): Promise<R[]>;
  /**
   * A large result as typed columns; only numbers, booleans (0 and 1) and text.
   *
   * @param expected rows to come, where they are known: spares the memory of growing to them
   */
  table(sql: string, params?: Params, expected?: { readonly rows: number }): Promise<Table>;
  /** Makes or replaces the table `name` with the columns of `data`. Numbers become DOUBLE, text VARCHAR. */
  load(name: string, data: Table): Promise<void>;
  close(): Promise<void>;
}

/** `'it''s'`: a SQL string literal. For paths and definition text only; values from people are bound as parameters. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** `"a ""b"""`: a quoted SQL name. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
