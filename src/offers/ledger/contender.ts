/**
 * A process of the tests that spends from a ledger with many workers, and notes on the disk what it was answered. It is
 * killed in the midst of work: node contender.ts '{"dir": ..., "mode": ...}'.
 */
import { existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { hashUniform } from '#kernels/random.ts';
import { hold, settle } from './budgets.ts';
import { redeem } from './coupons.ts';
import { grouped } from './group.ts';
import { type Ledger, openLedger } from './ledger.ts';

export interface Contest {
  readonly dir: string;
  /**
   * `spend`: redemptions and holds until the budget is used up. `race`: `calls` redemptions of a shared code at once.
   * `read-then-write` and `no-keys`: the same by code that is wrong on purpose.
   */
  readonly mode: 'spend' | 'race' | 'read-then-write' | 'no-keys';
  readonly from: number;
  readonly workers: number;
  readonly calls: number;
  /** Epoch ms of all calls. */
  readonly now: number;
}

export const NOW = 1_750_000_000_000;
export const HELD_MS = 60_000;
/** Refusals after which a worker takes the budget for used up. */
const REFUSALS = 8;

export const notesOf = (dir: string, worker: number): string => join(dir, `notes-${worker}.txt`);

/** What one call asks for: the same for the same place. */
const amountAt = (worker: number, place: number): number => 1 + Math.floor(50 * hashUniform(1, `${worker}/${place}`));

/** Goes on where the notes end: a call that was not answered before the kill is made again under its key. */
function spend(ledger: Ledger, { dir, now }: Contest, worker: number): void {
  const file = notesOf(dir, worker);
  let place = existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
  const notes = openSync(file, 'a');
  for (let refusals = 0; refusals < REFUSALS; place++) {
    const amountMinor = amountAt(worker, place);
    const key = `${worker}/${place}`;
    const spentMinor =
      place % 3 === 0 ? viaHold(ledger, { key, amountMinor, now }) : viaCoupon(ledger, { key, amountMinor, now });
    if (spentMinor === undefined) refusals++;
    writeSync(notes, `${place} ${spentMinor ?? 'refused'}\n`);
  }
}

interface Spending {
  readonly key: string;
  readonly amountMinor: number;
  readonly now: number;
}

/** Holds twice of what it settles; every seventh hold of the first moment is left lying. */
function viaHold(ledger: Ledger, { key, amountMinor, now }: Spending): number | undefined {
  const held = hold(ledger, { key, budget: 'B', amountMinor: 2 * amountMinor, expiresAt: now + HELD_MS }, now);
  if (!held.ok) return undefined;
  if (held.hold % 7 === 0 && now === NOW) return 0;
  const done = settle(ledger, { hold: held.hold, amountMinor }, now);
  return done.ok ? done.spentMinor : 0;
}

function viaCoupon(ledger: Ledger, { key, amountMinor, now }: Spending): number | undefined {
  const call = { key, code: 'ALL', customer: `C${key}`, orderId: `O${key}`, currency: 'CNY', amountMinor };
  const done = redeem(ledger, call, now);
  return done.ok ? done.costMinor : undefined;
}

async function race(ledger: Ledger, { mode, calls, now }: Contest, worker: number): Promise<void> {
  const group = grouped(ledger);
  const all = Array.from({ length: calls }, (_, place) => `${worker}/${place}`);
  if (mode === 'race') {
    const redeemed = all.map((key) => group(() => viaCoupon(ledger, { key, amountMinor: 1, now })));
    await Promise.all([...redeemed, ...all.map((key) => group(() => viaCoupon(ledger, { key, amountMinor: 1, now })))]);
    return;
  }
  for (const key of all) mode === 'no-keys' ? withoutKeys(ledger, key, now) : readThenWrite(ledger);
}

/** Wrong: a client that hears nothing asks again, under a new key. */
function withoutKeys(ledger: Ledger, key: string, now: number): void {
  viaCoupon(ledger, { key: `${key}/a`, amountMinor: 1, now });
  viaCoupon(ledger, { key: `${key}/b`, amountMinor: 1, now });
}

/** Wrong: the limit is looked at in one step and written in another. */
function readThenWrite({ db }: Ledger): void {
  const [row] = db.rows<{ balance: number }>("select balance from accounts where name = 'pool/P/redeemed'");
  if (row === undefined || row.balance >= 100) return;
  db.write('insert into redemptions (pool, code, person, amount, at) values (?, ?, 1, 1, 1)', [['P', 'ALL']]);
  db.write("update accounts set balance = ? where name = 'pool/P/redeemed'", [[row.balance + 1]]);
}

async function work(contest: Contest, worker: number): Promise<void> {
  const ledger = openLedger(contest.dir);
  if (contest.mode === 'spend') spend(ledger, contest, worker);
  else await race(ledger, contest, worker);
  ledger.close();
}

if (!isMainThread) {
  const { contest, worker } = workerData as { contest: Contest; worker: number };
  await work(contest, worker);
} else if (process.argv[1]?.endsWith('contender.ts')) {
  const contest = JSON.parse(process.argv[2] ?? '') as Contest;
  if (contest.workers === 1) await work(contest, contest.from);
  else
    for (let i = 0; i < contest.workers; i++)
      new Worker(new URL(import.meta.url), { workerData: { contest, worker: contest.from + i } });
}
