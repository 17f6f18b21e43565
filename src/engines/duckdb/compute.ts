/** DuckDB as the embedded analytical engine. The driver is loaded on first use. */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance, DuckDBValue, DuckDBVector } from '@duckdb/node-api';
import { known } from '#errors.ts';
import type { Column, Table } from '#table/index.ts';
import type { Cell, Compute, Params, Row, Scalar } from '../engine.ts';
import { literal, quoted } from '../engine.ts';

export interface DuckdbOptions {
  /** Worker threads; default 2. */
  readonly threads?: number;
  /** Memory that DuckDB may use before it spills, in MB; default 700. */
  readonly memoryMb?: number;
  /** Where it spills; default: the system's temporary folder. */
  readonly spillDir?: string;
  /** A database file; default in memory. */
  readonly file?: string;
  /**
   * Connections, default 1: calls then run one after another in the order they were made. With more, `rows` and `table`
   * go to the one that is least busy, so that a long question does not hold up short ones; `run` and `load` keep order.
   */
  readonly connections?: number;
}

interface Lane {
  readonly connection: DuckDBConnection;
  waiting: number;
  tail: Promise<unknown>;
}

/** Databases opened by this process: each spills into a folder of its own. */
let opened = 0;

/** Opens DuckDB. */
export async function openDuckdb(options: DuckdbOptions = {}): Promise<Compute> {
  const driver = await import('@duckdb/node-api');
  const spillDir = options.spillDir ?? join(tmpdir(), `tierwise-spill-${process.pid}-${opened++}`);
  const sweep = (): void => rmSync(spillDir, { recursive: true, force: true });
  process.once('exit', sweep);
  const instance: DuckDBInstance = await driver.DuckDBInstance.create(options.file ?? ':memory:', {
    threads: String(options.threads ?? 2),
    memory_limit: `${options.memoryMb ?? 700}MB`,
    temp_directory: spillDir,
  });
  const lanes: Lane[] = [];
  for (let i = 0; i < (options.connections ?? 1); i++) {
    const connection = await instance.connect();
    await connection.run(
      "set timezone = 'UTC'; set autoinstall_known_extensions = false; set autoload_known_extensions = false",
    );
    lanes.push({ connection, waiting: 0, tail: Promise.resolve() });
  }
  const first = lanes[0]!;
  const freest = (): Lane => lanes.reduce((best, lane) => (lane.waiting < best.waiting ? lane : best));
  return {
    name: 'duckdb',
    run: (sql, params) =>
      guarded(first, sql, async (connection) => {
        await connection.run(sql, bound(params));
      }),
    rows: <R = Row>(sql: string, params?: Params) =>
      guarded(freest(), sql, (connection) => rowsOf(driver, connection, sql, params)) as Promise<R[]>,
    table: (sql, params, expected) =>
      guarded(freest(), sql, (connection) => tableOf(driver, connection, sql, { params, ...expected })),
    load: (name, data) => guarded(first, `load ${name}`, (connection) => append(driver, connection, name, data)),
    close: async () => {
      for (const lane of lanes) await inTurn(lane, async (connection) => connection.closeSync());
      instance.closeSync();
      process.off('exit', sweep);
      sweep();
    },
  };
}

/** Work on one connection, one after another. */
function inTurn<T>(lane: Lane, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  lane.waiting++;
  const next = lane.tail
    .then(() => work(lane.connection))
    .finally(() => {
      lane.waiting--;
    });
  lane.tail = next.catch(() => undefined);
  return next;
}

/** `inTurn`, with the engine's errors as known ones. */
const guarded = <T>(lane: Lane, sql: string, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> =>
  inTurn(lane, (connection) =>
    work(connection).catch((cause) => {
      throw translated(sql, cause);
    }),
  );

type Driver = typeof import('@duckdb/node-api');

async function rowsOf(driver: Driver, connection: DuckDBConnection, sql: string, params?: Params): Promise<Row[]> {
  const reader = await connection.runAndReadAll(sql, bound(params));
  const names = reader.deduplicatedColumnNames();
  return reader
    .getRows()
    .map((values) => Object.fromEntries(values.map((value, i) => [names[i]!, cell(driver, value, names[i]!)])));
}

async function tableOf(
  driver: Driver,
  connection: DuckDBConnection,
  sql: string,
  { params, rows = 4096 }: { params: Params | undefined; rows?: number },
): Promise<Table> {
  const result = await connection.stream(sql, bound(params));
  const names = result.deduplicatedColumnNames();
  const builders = names.map((name, i) => builder(driver, { name, type: result.columnType(i), rows }));
  let length = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    const count = chunk?.rowCount ?? 0;
    if (chunk === null || count === 0) break;
    for (const [i, build] of builders.entries()) build.take(chunk.getColumnVector(i), count);
    length += count;
  }
  return { length, columns: Object.fromEntries(builders.map((build, i) => [names[i]!, build.done()])) };
}

/** Makes or replaces table `name` with the columns of `data`. */
async function append(driver: Driver, connection: DuckDBConnection, name: string, data: Table): Promise<void> {
  const entries = Object.entries(data.columns);
  const types = entries.map(([, column]) => (column.kind === 'number' ? driver.DOUBLE : driver.VARCHAR));
  const list = entries.map(([own, column]) => `${quoted(own)} ${column.kind === 'number' ? 'double' : 'varchar'}`);
  await connection.run(`create or replace table ${quoted(name)} (${list.join(', ')})`);
  const appender = await connection.createAppender(name);
  for (let from = 0; from < data.length; from += 2048) {
    const size = Math.min(2048, data.length - from);
    const chunk = driver.DuckDBDataChunk.create(types, size);
    for (const [i, [, column]] of entries.entries()) chunk.setColumnValues(i, slice(column, from, size));
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

const bound = (params: Params | undefined): Record<string, DuckDBValue> | undefined =>
  params as Record<string, Scalar> | undefined;

function slice(column: Column, from: number, size: number): (number | string | null)[] {
  const out: (number | string | null)[] = new Array(size);
  if (column.kind === 'number') {
    for (let i = 0; i < size; i++)
      out[i] = column.valid && column.valid[from + i] === 0 ? null : column.values[from + i]!;
  } else {
    for (let i = 0; i < size; i++) {
      const code = column.codes[from + i]!;
      out[i] = code < 0 ? null : column.dictionary[code]!;
    }
  }
  return out;
}

function whole(value: bigint, column: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw known('NUMBER_TOO_LARGE', { column, value: String(value) });
  return number;
}

function cell(driver: Driver, value: DuckDBValue, column: string): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return whole(value, column);
  if (typeof value !== 'object') return value;
  if (value instanceof driver.DuckDBListValue || value instanceof driver.DuckDBArrayValue)
    return value.items.map((item) => cell(driver, item, column));
  if (value instanceof driver.DuckDBStructValue)
    return Object.fromEntries(Object.entries(value.entries).map(([name, item]) => [name, cell(driver, item, column)]));
  if (value instanceof driver.DuckDBMapValue)
    return Object.fromEntries(value.entries.map(({ key, value: item }) => [String(key), cell(driver, item, column)]));
  if (value instanceof driver.DuckDBDecimalValue) return Number(value.toString());
  return String(value);
}

interface BuilderOptions {
  readonly name: string;
  readonly type: { toString(): string; typeId: number };
  /** Rows to make room for at first. */
  readonly rows: number;
}

interface Builder {
  take(vector: DuckDBVector, count: number): void;
  done(): Column;
}

function builder(driver: Driver, options: BuilderOptions): Builder {
  const { VARCHAR, ENUM } = driver.DuckDBTypeId;
  const { typeId } = options.type;
  return typeId === VARCHAR || typeId === ENUM ? textBuilder(options) : numberBuilder(driver, options);
}

function textBuilder({ rows }: BuilderOptions): Builder {
  let codes = new Int32Array(rows);
  let length = 0;
  const dictionary: string[] = [];
  const seen = new Map<string, number>();
  return {
    take(vector, count) {
      while (length + count > codes.length) codes = grown(codes, new Int32Array(Math.max(codes.length * 2, 4096)));
      for (let r = 0; r < count; r++) {
        const text = vector.getItem(r) as string | null;
        let code = text === null ? -1 : seen.get(text);
        if (code === undefined) {
          code = dictionary.length;
          dictionary.push(text!);
          seen.set(text!, code);
        }
        codes[length++] = code;
      }
    },
    done: () => ({ kind: 'text', codes: length === codes.length ? codes : codes.slice(0, length), dictionary }),
  };
}

function numberBuilder(driver: Driver, { name, type, rows }: BuilderOptions): Builder {
  let values = new Float64Array(rows);
  /** Made when the first value is missing. */
  let valid: Uint8Array | undefined;
  let length = 0;
  const numberOf = (value: DuckDBValue): number => {
    if (typeof value === 'number') return value;
    if (typeof value === 'bigint') return whole(value, name);
    if (typeof value === 'boolean') return value ? 1 : 0;
    if (value instanceof driver.DuckDBDecimalValue) return Number(value.toString());
    throw new TypeError(`column ${name} of type ${type} is neither number nor text: cast it in the query`);
  };
  return {
    take(vector, count) {
      while (length + count > values.length) {
        values = grown(values, new Float64Array(Math.max(values.length * 2, 4096)));
        if (valid !== undefined) valid = grown(valid, new Uint8Array(values.length).fill(1));
      }
      for (let r = 0; r < count; r++) {
        const value = vector.getItem(r);
        if (value === null || value === undefined) {
          valid ??= new Uint8Array(values.length).fill(1);
          valid[length++] = 0;
        } else values[length++] = typeof value === 'number' ? value : numberOf(value);
      }
    },
    done: () => ({
      kind: 'number',
      values: length === values.length ? values : values.slice(0, length),
      ...(valid === undefined ? {} : { valid: valid.slice(0, length) }),
    }),
  };
}

function grown<A extends Int32Array | Float64Array | Uint8Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

/** What the engine says of a file that is not there or not Parquet. */
const NO_PARQUET = [
  /^Invalid Input Error: File '(.+)' too small to be a Parquet file/,
  /^Invalid Input Error: No magic bytes found at end of file '(.+)'/,
  /^IO Error: No files found that match the pattern "(.+)"/,
  /^IO Error: Cannot open file "(.+)": /,
];

function translated(sql: string, cause: unknown): unknown {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/No space left on device/i.test(message))
    return known('DISK_FULL', { path: /"([^"]+)"/.exec(message)?.[1] ?? 'the workspace' }, cause);
  if (cause instanceof Error && cause.name === 'KnownError') return cause;
  const file = NO_PARQUET.map((pattern) => pattern.exec(message)?.[1]).find((found) => found !== undefined);
  if (file !== undefined) {
    const reason = message.split('\n')[0]!.replace(/^[A-Z][\w ]* Error: /, '');
    return known('FILE_BROKEN', { file, format: 'parquet', reason }, cause);
  }
  return known(
    'ENGINE_FAILED',
    { engine: 'duckdb', reason: `${message.split('\n')[0]} in: ${sql.trim().slice(0, 300)}` },
    cause,
  );
}

/** Writes the result of `sql` to a Parquet file (zstd). The folder must exist. */
export async function writeParquet(compute: Compute, sql: string, file: string): Promise<void> {
  await compute.run(`copy (${sql}) to ${literal(file)} (format parquet, compression zstd)`);
}
