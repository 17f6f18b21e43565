/**
 * Double entry: each entry moves an amount from one account to another, so that what left is what came. Accounts are made
 * first; a move that would take one beyond its bounds changes nothing.
 */
import { hash } from 'node:crypto';
import type { Ledger } from './ledger.ts';

export interface Account {
  readonly name: string;
  /** A currency, or `code`. */
  readonly unit: string;
  /** Bounds of the balance; default 0 to 2^53 - 1. */
  readonly least?: number;
  readonly most?: number;
}

export interface Entry {
  readonly id: number;
  /** Epoch ms */
  readonly at: number;
  readonly deed: string;
  readonly source: string;
  readonly target: string;
  /** Whole units of both accounts, above 0. */
  readonly amount: number;
  /** The coupon, hold or offer that it is about; may be empty. */
  readonly ref: string;
  readonly person: number | null;
}

/** Where a unit comes from and goes to outside the ledger; its balance is what all others hold, below 0. */
export const outside = (unit: string): string => `outside/${unit}`;

/** Makes accounts that are not there yet. */
export function makeAccounts({ db }: Ledger, accounts: readonly Account[]): void {
  const all = [...new Set(accounts.map(({ unit }) => unit))].map(
    (unit): Account => ({ name: outside(unit), unit, least: Number.MIN_SAFE_INTEGER, most: 0 }),
  );
  db.write(
    'insert into accounts (name, unit, least, most) values (?, ?, ?, ?) on conflict do nothing',
    [...all, ...accounts].map(({ name, unit, least = 0, most = Number.MAX_SAFE_INTEGER }) => [name, unit, least, most]),
  );
}

export const balanceOf = ({ db }: Ledger, name: string): number =>
  db.rows<{ balance: number }>('select balance from accounts where name = ?', name)[0]?.balance ?? 0;

/** Compare and set: both balances change, or, where one would leave its bounds, none. */
const MOVE = `update accounts set balance = balance + case name when ?2 then ?3 else -?3 end
  where name in (?1, ?2) and 2 = (select count(*) from accounts
    where (name = ?1 and balance - ?3 >= least) or (name = ?2 and balance + ?3 <= most))`;

/**
 * Moves an amount, if both accounts can bear it. Inside a deed.
 *
 * @returns whether it was moved; nothing has changed where not
 */
export function post(ledger: Ledger, entry: Omit<Entry, 'id' | 'person'> & { person?: number | null }): boolean {
  const { db } = ledger;
  const { at, deed, source, target, amount, ref, person = null } = entry;
  if (!Number.isSafeInteger(amount) || amount <= 0) throw new Error(`an entry of ${amount}`);
  if (db.write(MOVE, [[source, target, amount]]) !== 2) return false;
  const head = headOf(ledger);
  const id = head.entries + 1;
  const own = linkOf(head.hash, { id, at, deed, source, target, amount, ref, person });
  db.write('insert into entries values (?, ?, ?, ?, ?, ?, ?, ?, ?)', [
    [id, at, deed, source, target, amount, ref, person, own],
  ]);
  db.write(
    'insert into head values (1, ?1, ?2) on conflict (id) do update set entries = excluded.entries, hash = excluded.hash',
    [[id, own]],
  );
  return true;
}

export interface Head {
  readonly entries: number;
  readonly hash: Uint8Array;
}

const START = new Uint8Array(32);

/** How many entries there are, and the hash that stands for all of them. */
export const headOf = ({ db }: Ledger): Head =>
  db.rows<Head>('select entries, hash from head where id = 1')[0] ?? { entries: 0, hash: START };

/** The hash of an entry and of all before it. */
export function linkOf(before: Uint8Array, entry: Entry): Uint8Array {
  const { id, at, deed, source, target, amount, ref, person } = entry;
  const own = JSON.stringify([id, at, deed, source, target, amount, ref, person]);
  return hash('sha256', Buffer.concat([before, Buffer.from(own)]), 'buffer');
}
