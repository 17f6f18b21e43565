/**
 * The ledger of a workspace (ledger/ledger.sqlite): whoever spends money or coupons does it here, in one transaction that
 * checks and writes. Several processes may share it. Time is an argument and never goes back: the latest moment that the
 * ledger saw is kept, so a clock that is set back revives nothing.
 */
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { openSqlite, type Sqlite } from '#engines/index.ts';
import { known } from '#errors.ts';
import { SCHEMA } from './schema.ts';

export interface Ledger {
  readonly db: Sqlite;
  close(): void;
}

const FILE = join('ledger', 'ledger.sqlite');

/** Opens the ledger of a workspace; its file is made at the first write. */
export function openLedger(dir: string): Ledger {
  const db = openSqlite(join(dir, FILE), SCHEMA);
  return { db, close: () => db.close() };
}

/**
 * One deed: all of `work` or nothing, alone in the ledger.
 *
 * @param work gets the moment to reckon with: `now`, or the latest moment seen where that is later
 * @throws LEDGER_INVALID for a moment that is none
 */
export function deed<T>(ledger: Ledger, now: number, work: (at: number) => T): T {
  if (!Number.isSafeInteger(now) || now < 0)
    throw known('LEDGER_INVALID', { where: 'now', expected: 'epoch milliseconds' });
  return alone(ledger, () => work(tick(ledger, now)));
}

/** Turns of a second in which a deed waits for those of other processes. */
const TURNS = 60;
const BUSY = 5;
const FULL = 13;

/**
 * All of `work` or nothing, alone in the ledger. Who waits asks anew each second: SQLite lets those who wait long ask
 * seldom, and late comers would go first.
 *
 * @throws LEDGER_BUSY after a minute, DISK_FULL
 */
export function alone<T>({ db }: Pick<Ledger, 'db'>, work: () => T): T {
  for (let turn = 1; ; turn++) {
    let isBegun = false;
    try {
      return db.transaction(() => {
        isBegun = true;
        return work();
      });
    } catch (error) {
      const code = (error as { errcode?: number }).errcode;
      if (code === FULL) throw known('DISK_FULL', { path: FILE }, error);
      if (isBegun || code !== BUSY) throw error;
      if (turn === TURNS) throw known('LEDGER_BUSY', { seconds: TURNS }, error);
    }
  }
}

function tick({ db }: Ledger, now: number): number {
  const seen = latest({ db });
  if (seen !== undefined && seen >= now) return seen;
  db.write('insert into clock values (1, ?) on conflict (id) do update set at = excluded.at', [[now]]);
  return now;
}

/** The latest moment that the ledger saw. */
export const latest = ({ db }: Pick<Ledger, 'db'>): number | undefined =>
  db.rows<{ at: number }>('select at from clock where id = 1')[0]?.at;

/** The number that stands for a customer (or an actor) in the ledger, if there is one. */
export const knownPerson = ({ db }: Ledger, customer: string): number | undefined =>
  db.rows<{ person: number }>('select person from people where customer = ?', customer)[0]?.person;

/** The same; made where there is none. */
export function personOf(ledger: Ledger, customer: string): number {
  const found = knownPerson(ledger, customer);
  if (found !== undefined) return found;
  const insert = 'insert into people (customer) values (?) returning person';
  const [made] = ledger.db.rows<{ person: number }>(insert, customer);
  if (made === undefined) throw new Error('insert without a row');
  return made.person;
}

/** The number of a person who acts for the shop. */
export const actorOf = (ledger: Ledger, actor: string | undefined): number | null =>
  actor === undefined ? null : personOf(ledger, `actor:${actor}`);

export interface Call {
  /** e.g. `redeem` */
  readonly call: string;
  /** The caller's idempotency key; missing: the call is not repeated. */
  readonly key: string | undefined;
  /** All that the answer depends on, fields in a fixed order. */
  readonly body: unknown;
  /** The customer whom it is about: the answer is erased with them. */
  readonly person?: number;
}

/**
 * Does `work` the first time that a key comes, and afterwards gives the same answer. Inside a deed.
 *
 * @throws LEDGER_KEY_REUSED when the key comes with another body, LEDGER_FORGOTTEN when the answer was erased
 */
export function once<Answer>(
  { db }: Ledger,
  at: number,
  { call, key, body, person }: Call,
  work: () => Answer,
): Answer {
  if (key === undefined) return work();
  if (key === '' || key.length > 255)
    throw known('LEDGER_INVALID', { where: 'idempotency key', expected: '1 to 255 characters' });
  const own = hash('sha256', `${call}\0${key}`, 'buffer');
  const digest = hash('sha256', JSON.stringify(body), 'buffer');
  const [found] = db.rows<{ body: Uint8Array; answer: string }>('select body, answer from answers where key = ?', own);
  if (found !== undefined) {
    if (found.answer === '') throw known('LEDGER_FORGOTTEN', { call });
    if (Buffer.compare(found.body, digest) !== 0) throw known('LEDGER_KEY_REUSED', { call });
    return JSON.parse(found.answer) as Answer;
  }
  const answer = work();
  db.write('insert into answers values (?, ?, ?, ?, ?, ?)', [
    [own, call, digest, JSON.stringify(answer), person ?? null, at],
  ]);
  return answer;
}

/** A one-off name: letters, digits, `.`, `_`, `-` and `:`, 1 to 100. @throws LEDGER_INVALID */
export function checkId(id: string, where: string): string {
  if (!/^[\w.:-]{1,100}$/.test(id))
    throw known('LEDGER_INVALID', { where, expected: 'letters, digits, . _ - and :, at most 100' });
  return id;
}

/** An id of the shop's own making. @throws LEDGER_INVALID */
export function checkText(value: string, where: string): string {
  if (value === '' || value.length > 200) throw known('LEDGER_INVALID', { where, expected: '1 to 200 characters' });
  return value;
}
