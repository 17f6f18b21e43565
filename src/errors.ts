/**
 * Every error that is raised on purpose. One row a code: the HTTP status, when it happens, what it says about the data
 * that came, and the way out. `docs/errors.md` is rendered from this table (`npm run check -- --write`), and a test
 * holds the two together. A 4xx row ends a command with exit code 2, a 5xx row with 1.
 */

interface Row<Data> {
  readonly status: number;
  readonly when: string;
  readonly say: (data: Data) => string;
  readonly fix: string;
}

const row = <Data>(status: number, when: string, say: (data: Data) => string, fix: string): Row<Data> => ({
  status,
  when,
  say,
  fix,
});

export const ERRORS = {
  USAGE: row<{ what: string; expected: string }>(
    400,
    'a command or its options are not understood',
    ({ what, expected }) => `${what}; expected ${expected}`,
    'run the command with --help',
  ),
  WORKSPACE_BUSY: row<{ dir: string; pid: number }>(
    409,
    'another process is writing to the workspace',
    ({ dir, pid }) => `workspace ${dir} is in use by process ${pid}`,
    'wait for it to end, stop it, or name another --workspace',
  ),
  WORKSPACE_MISSING: row<{ dir: string; lacks: string }>(
    404,
    'the workspace has not been filled yet',
    ({ dir, lacks }) => `workspace ${dir} has no ${lacks}`,
    'run `tierwise run --workspace DIR --data DIR` first',
  ),
  DISK_FULL: row<{ path: string }>(
    507,
    'the disk is full while writing',
    ({ path }) => `no space left on the disk while writing ${path}`,
    'free some space and run the command again; the workspace is as it was before',
  ),
  ENGINE_FAILED: row<{ engine: string; reason: string }>(
    500,
    'an engine refused a query that should run',
    ({ engine, reason }) => `${engine} failed: ${reason}`,
    'this is a fault of the product: report it with the message',
  ),
  FILE_UNREADABLE: row<{ file: string; reason: string }>(
    422,
    'a file is missing, of an unknown kind, or broken',
    ({ file, reason }) => `cannot read ${file}: ${reason}`,
    'check the path and the file; .parquet, .csv(.gz), .tsv, .jsonl(.gz) and .xlsx are read',
  ),
  COLUMN_MISSING: row<{ file: string; column: string; have: readonly string[] }>(
    422,
    'a file lacks a column that is asked for',
    ({ file, column, have }) => `${file} has no column ${column}; it has ${have.join(', ')}`,
    'name a column that the file has (names are matched exactly)',
  ),
  NUMBER_TOO_LARGE: row<{ column: string; value: string }>(
    422,
    'a whole number cannot be held exactly',
    ({ column, value }) => `column ${column} holds ${value}, beyond 2^53`,
    'keep long digit strings as text, or use a smaller unit',
  ),
} as const;

export type ErrorCode = keyof typeof ERRORS;
type DataOf<Code extends ErrorCode> = Parameters<(typeof ERRORS)[Code]['say']>[0];

/** An error raised on purpose: its code, HTTP status and way out travel with it. */
export class KnownError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly fix: string;
  readonly data: unknown;

  constructor(code: ErrorCode, message: string, data: unknown, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'KnownError';
    this.code = code;
    this.status = ERRORS[code].status;
    this.fix = ERRORS[code].fix;
    this.data = data;
  }

  /** 2 when the user can mend it, 1 when it is a fault of the product or machine. */
  get exitCode(): 1 | 2 {
    return this.status < 500 || this.status === 507 ? 2 : 1;
  }
}

/**
 * Makes the error of `code`; `throw known('USAGE', {...})`.
 *
 * @param code a key of ERRORS
 * @param data what came, for the message
 * @param cause the error underneath, if any
 */
export function known<Code extends ErrorCode>(code: Code, data: DataOf<Code>, cause?: unknown): KnownError {
  const say = ERRORS[code].say as (data: DataOf<Code>) => string;
  return new KnownError(code, say(data), data, cause);
}
