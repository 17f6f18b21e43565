/**
 * Whether the ledger is whole: the chain of entries from the first to the last, and that balances, coupons and holds are
 * what the entries led to.
 */
import { type Entry, headOf, linkOf } from './entries.ts';
import { alone, type Ledger } from './ledger.ts';

export interface Verdict {
  readonly ok: boolean;
  readonly entries: number;
  /** Hash of the last entry, hexadecimal: noted elsewhere, it binds all entries so far. */
  readonly head: string;
  /** What does not fit, 20 at most. */
  readonly faults: readonly string[];
}

interface Walk {
  last: number;
  hash: Uint8Array;
  readonly balances: Map<string, number>;
  readonly faults: string[];
}

const AT_ONCE = 5000;
const FAULTS = 20;

/**
 * Reads the whole ledger (about 100,000 entries a second), a piece at a time so that others are served between.
 *
 * @param noted a head noted before, with its count of entries: must still be in the chain
 */
export async function verify(ledger: Ledger, noted?: { entries: number; head: string }): Promise<Verdict> {
  const walk: Walk = { last: 0, hash: new Uint8Array(32), balances: new Map(), faults: [] };
  for (;;) {
    const isMore = follow(ledger, walk, noted);
    if (!isMore) break;
    await new Promise((resume) => setImmediate(resume));
  }
  alone(ledger, () => {
    while (follow(ledger, walk, noted)) {}
    compare(ledger, walk);
  });
  const faults = walk.faults.slice(0, FAULTS);
  return { ok: faults.length === 0, entries: walk.last, head: Buffer.from(walk.hash).toString('hex'), faults };
}

function follow({ db }: Ledger, walk: Walk, noted?: { entries: number; head: string }): boolean {
  const rows = db.rows<Entry & { hash: Uint8Array }>(
    `select id, at, deed, source, target, amount, ref, person, hash from entries where id > ? order by id limit ${AT_ONCE}`,
    walk.last,
  );
  for (const { hash, ...entry } of rows) {
    if (walk.faults.length >= FAULTS) return false;
    if (entry.id !== walk.last + 1) walk.faults.push(`entry ${walk.last + 1} is missing`);
    if (Buffer.compare(linkOf(walk.hash, entry), hash) !== 0) walk.faults.push(`entry ${entry.id} was changed`);
    walk.balances.set(entry.source, (walk.balances.get(entry.source) ?? 0) - entry.amount);
    walk.balances.set(entry.target, (walk.balances.get(entry.target) ?? 0) + entry.amount);
    walk.last = entry.id;
    walk.hash = hash;
    if (noted?.entries === entry.id && noted.head !== Buffer.from(hash).toString('hex'))
      walk.faults.push(`entry ${entry.id} is not the one that was noted`);
  }
  return rows.length === AT_ONCE;
}

function compare(ledger: Ledger, { last, hash, balances, faults }: Walk): void {
  const { db } = ledger;
  const head = headOf(ledger);
  if (head.entries !== last || Buffer.compare(head.hash, hash) !== 0)
    faults.push(`the last entry is ${last}, but ${head.entries} were made`);
  for (const { name, balance } of db.rows<{ name: string; balance: number }>('select name, balance from accounts'))
    if ((balances.get(name) ?? 0) !== balance)
      faults.push(`${name} is ${balance}, its entries make ${balances.get(name) ?? 0}`);
  const states = db.rows<{ name: string; n: number }>(
    `select 'pool/' || p.id || '/' || c.state as name, count(*) as n from coupons c join pools p on p.id = c.pool
    where p.kind <> 'shared' group by 1`,
  );
  for (const { name, n } of states)
    if ((balances.get(name) ?? 0) !== n)
      faults.push(`${name} has ${n} codes, its entries make ${balances.get(name) ?? 0}`);
  const holds = db.rows<{ name: string; held: number }>(
    `select 'budget/' || b.id || '/held' as name, coalesce(sum(h.amount), 0) as held
    from budgets b left join holds h on h.budget = b.id and h.state = 'held' group by b.id`,
  );
  for (const { name, held } of holds)
    if ((balances.get(name) ?? 0) !== held)
      faults.push(`${name}: holds of ${held}, its entries make ${balances.get(name) ?? 0}`);
  const redeemed = db.rows<{ name: string; n: number }>(
    `select 'pool/' || pool || '/redeemed' as name, count(*) as n from redemptions where refunded_at is null group by 1`,
  );
  for (const { name, n } of redeemed)
    if ((balances.get(name) ?? 0) !== n)
      faults.push(`${name}: ${n} redemptions, its entries make ${balances.get(name) ?? 0}`);
}
