/** Money to spend: free, held for somebody, spent. Never a minor unit more than was put in. */
import { known } from '#errors.ts';
import { checkMoney } from '../cart.ts';
import { balanceOf, makeAccounts, outside, post } from './entries.ts';
import { actorOf, checkId, deed, type Ledger, once } from './ledger.ts';

export interface Budget {
  readonly id: string;
  readonly campaign: string | null;
  readonly currency: string;
  /** Epoch ms */
  readonly openedAt: number;
  /** All that was put in: freeMinor + heldMinor + spentMinor. */
  readonly totalMinor: number;
  readonly freeMinor: number;
  readonly heldMinor: number;
  readonly spentMinor: number;
}

export interface Opening {
  readonly id: string;
  readonly campaign?: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** Who opens it. */
  readonly actor?: string;
}

const free = (id: string): string => `budget/${id}/free`;
const held = (id: string): string => `budget/${id}/held`;
const spent = (id: string): string => `budget/${id}/spent`;

/**
 * Opens a budget. The same opening again changes nothing.
 *
 * @throws LEDGER_EXISTS under the id of another one, MONEY_INVALID, LEDGER_INVALID
 */
export function openBudget(ledger: Ledger, opening: Opening, now: number): Budget {
  const { id, campaign = null, amountMinor, currency, actor } = opening;
  checkId(id, 'budget');
  checkMoney(amountMinor, 'the budget');
  if (!/^[A-Z]{3}$/.test(currency)) throw known('LEDGER_INVALID', { where: 'currency', expected: 'an ISO 4217 code' });
  return deed(ledger, now, (at) => {
    const [found] = ledger.db.rows<{ campaign: string | null; currency: string; amount: number | null }>(
      `select campaign, currency, (select amount from entries where target = ?2 and deed = 'open') as amount
      from budgets where id = ?1`,
      id,
      free(id),
    );
    if (found !== undefined) {
      if (found.campaign === campaign && found.currency === currency && (found.amount ?? 0) === amountMinor)
        return budgetOf(ledger, id);
      throw known('LEDGER_EXISTS', { what: 'budget', id });
    }
    ledger.db.write('insert into budgets values (?, ?, ?, ?, ?)', [
      [id, campaign, currency, at, actorOf(ledger, actor)],
    ]);
    makeAccounts(
      ledger,
      [free(id), held(id), spent(id)].map((name) => ({ name, unit: currency })),
    );
    if (amountMinor > 0) putIn(ledger, { id, amountMinor, currency, actor }, 'open', at);
    return budgetOf(ledger, id);
  });
}

/**
 * Puts more money into a budget.
 *
 * @throws BUDGET_UNKNOWN, MONEY_INVALID, LEDGER_KEY_REUSED
 */
export function topUp(
  ledger: Ledger,
  { key, budget, amountMinor, actor }: { key: string; budget: string; amountMinor: number; actor?: string },
  now: number,
): Budget {
  checkMoney(amountMinor, 'the top-up', 1);
  return deed(ledger, now, (at) =>
    once(ledger, at, { call: 'top-up', key, body: [budget, amountMinor] }, () => {
      const { currency } = budgetOf(ledger, budget);
      putIn(ledger, { id: budget, amountMinor, currency, actor }, 'top-up', at);
      return budgetOf(ledger, budget);
    }),
  );
}

function putIn(
  ledger: Ledger,
  {
    id,
    amountMinor,
    currency,
    actor,
  }: { id: string; amountMinor: number; currency: string; actor: string | undefined },
  name: string,
  at: number,
): void {
  const person = actorOf(ledger, actor);
  const move = { at, deed: name, source: outside(currency), target: free(id), amount: amountMinor, ref: '', person };
  if (!post(ledger, move))
    throw known('MONEY_INVALID', { what: 'all money of the ledger', came: 'more than can be counted', least: 0 });
}

export type Held =
  | { readonly ok: true; readonly hold: number; readonly amountMinor: number; readonly expiresAt: number }
  | { readonly ok: false; readonly reason: 'budget'; readonly freeMinor: number };

/**
 * Sets money aside until `expiresAt`; refused where the budget has not got so much.
 *
 * @throws BUDGET_UNKNOWN, MONEY_INVALID, LEDGER_KEY_REUSED, LEDGER_INVALID where `expiresAt` is not ahead
 */
export function hold(
  ledger: Ledger,
  { key, budget, amountMinor, expiresAt }: { key: string; budget: string; amountMinor: number; expiresAt: number },
  now: number,
): Held {
  checkMoney(amountMinor, 'the hold', 1);
  if (!Number.isSafeInteger(expiresAt)) throw known('LEDGER_INVALID', { where: 'expiresAt', expected: 'epoch ms' });
  return deed(ledger, now, (at) =>
    once(ledger, at, { call: 'hold', key, body: [budget, amountMinor, expiresAt] }, (): Held => {
      needBudget(ledger, budget);
      if (expiresAt <= at) throw known('LEDGER_INVALID', { where: 'expiresAt', expected: 'a moment ahead' });
      const id = holdNow(ledger, { budget, amountMinor, expiresAt, at });
      if (id === undefined) return { ok: false, reason: 'budget', freeMinor: balanceOf(ledger, free(budget)) };
      return { ok: true, hold: id, amountMinor, expiresAt };
    }),
  );
}

/** Sets money aside, after overdue holds of the budget were given back where it is short. Inside a deed. */
export function holdNow(
  ledger: Ledger,
  { budget, amountMinor, expiresAt, at }: { budget: string; amountMinor: number; expiresAt: number | null; at: number },
): number | undefined {
  const move = { at, deed: 'hold', source: free(budget), target: held(budget), amount: amountMinor, ref: '' };
  freeUp(ledger, { budget, amountMinor, at });
  if (!post(ledger, move)) return undefined;
  const [made] = ledger.db.rows<{ id: number }>(
    'insert into holds (budget, amount, expires_at) values (?, ?, ?) returning id',
    budget,
    amountMinor,
    expiresAt,
  );
  return made?.id;
}

/** Whether a budget has so much free, after overdue holds were given back where it is short. Inside a deed. */
export function freeUp(
  ledger: Ledger,
  { budget, amountMinor, at }: { budget: string; amountMinor: number; at: number },
): boolean {
  while (balanceOf(ledger, free(budget)) < amountMinor) if (expireHolds(ledger, at, budget) === 0) return false;
  return true;
}

interface HoldRow {
  readonly id: number;
  readonly budget: string;
  readonly amount: number;
  readonly expires_at: number | null;
  readonly state: 'held' | 'settled' | 'released' | 'expired';
  readonly settled: number;
}

export type Ended =
  | { readonly ok: true; readonly spentMinor: number; readonly returnedMinor: number }
  | { readonly ok: false; readonly reason: HoldRow['state'] };

/**
 * Spends `amountMinor` of a hold and gives the rest back. The same again gives the same answer.
 *
 * @throws HOLD_UNKNOWN; MONEY_INVALID for more than is held
 */
export function settle(
  ledger: Ledger,
  { hold: id, amountMinor }: { hold: number; amountMinor: number },
  now: number,
): Ended {
  checkMoney(amountMinor, 'the amount to settle');
  return deed(ledger, now, (at): Ended => {
    const row = holdOf(ledger, id);
    if (amountMinor > row.amount)
      throw known('MONEY_INVALID', {
        what: `the amount to settle of a hold of ${row.amount}`,
        came: `${amountMinor}`,
        least: 0,
      });
    const done = { ok: true, spentMinor: amountMinor, returnedMinor: row.amount - amountMinor } as const;
    if (row.state === 'settled' && row.settled === amountMinor) return done;
    if (row.state !== 'held') return { ok: false, reason: row.state };
    if (row.expires_at !== null && row.expires_at <= at) {
      endHold(ledger, row, { state: 'expired', spentMinor: 0, at });
      return { ok: false, reason: 'expired' };
    }
    endHold(ledger, row, { state: 'settled', spentMinor: amountMinor, at });
    return done;
  });
}

/** Gives all of a hold back. The same again gives the same answer. @throws HOLD_UNKNOWN */
export function release(ledger: Ledger, { hold: id }: { hold: number }, now: number): Ended {
  return deed(ledger, now, (at): Ended => {
    const row = holdOf(ledger, id);
    if (row.state === 'held') endHold(ledger, row, { state: 'released', spentMinor: 0, at });
    else if (row.state === 'settled') return { ok: false, reason: row.state };
    return { ok: true, spentMinor: 0, returnedMinor: row.amount };
  });
}

/** Spends part of a hold and gives the rest back. Inside a deed. */
export function endHold(
  ledger: Ledger,
  row: Pick<HoldRow, 'id' | 'budget' | 'amount'>,
  { state, spentMinor, at }: { state: HoldRow['state']; spentMinor: number; at: number },
): void {
  const changed = ledger.db.write("update holds set state = ?, settled = ? where id = ? and state = 'held'", [
    [state, spentMinor, row.id],
  ]);
  if (changed !== 1) throw new Error(`hold ${row.id} is not held`);
  const source = held(row.budget);
  const parts = [
    { deed: 'settle', target: spent(row.budget), amount: spentMinor },
    { deed: state === 'settled' ? 'return' : state, target: free(row.budget), amount: row.amount - spentMinor },
  ];
  for (const part of parts)
    if (part.amount > 0 && !post(ledger, { at, source, ref: `hold ${row.id}`, ...part }))
      throw new Error(`hold ${row.id} is not covered`);
}

/** Spends free money, without a hold. Inside a deed. */
export const spendFree = (
  ledger: Ledger,
  {
    budget,
    amountMinor,
    ref,
    person,
    at,
  }: { budget: string; amountMinor: number; ref: string; person: number; at: number },
): boolean =>
  amountMinor === 0 ||
  post(ledger, { at, deed: 'spend', source: free(budget), target: spent(budget), amount: amountMinor, ref, person });

/** Spent money that comes back. Inside a deed. */
export const unspend = (
  ledger: Ledger,
  {
    budget,
    amountMinor,
    ref,
    person,
    at,
  }: { budget: string; amountMinor: number; ref: string; person: number; at: number },
): boolean =>
  amountMinor === 0 ||
  post(ledger, { at, deed: 'refund', source: spent(budget), target: free(budget), amount: amountMinor, ref, person });

export function holdOf({ db }: Ledger, id: number): HoldRow {
  const [row] = db.rows<HoldRow>('select * from holds where id = ?', id);
  if (row === undefined) throw known('HOLD_UNKNOWN', { id });
  return row;
}

const AT_ONCE = 1000;

/** Gives overdue holds back, 1,000 at most; of one budget or of all. Inside a deed. */
export function expireHolds(ledger: Ledger, at: number, budget?: string): number {
  const overdue = ledger.db.rows<HoldRow>(
    `select * from holds where state = 'held' and expires_at <= ?1 and (?2 is null or budget = ?2) order by expires_at limit ${AT_ONCE}`,
    at,
    budget ?? null,
  );
  for (const row of overdue) endHold(ledger, row, { state: 'expired', spentMinor: 0, at });
  return overdue.length;
}

function needBudget({ db }: Ledger, id: string): void {
  if (db.rows('select 1 from budgets where id = ?', id).length === 0) throw known('BUDGET_UNKNOWN', { id });
}

const BUDGETS = `select b.id, b.campaign, b.currency, b.at as openedAt, f.balance + h.balance + s.balance as totalMinor,
    f.balance as freeMinor, h.balance as heldMinor, s.balance as spentMinor
  from budgets b join accounts f on f.name = 'budget/' || b.id || '/free'
    join accounts h on h.name = 'budget/' || b.id || '/held' join accounts s on s.name = 'budget/' || b.id || '/spent'`;

/** @throws BUDGET_UNKNOWN */
export function budgetOf({ db }: Ledger, id: string): Budget {
  const [row] = db.rows<Budget>(`${BUDGETS} where b.id = ?`, id);
  if (row === undefined) throw known('BUDGET_UNKNOWN', { id });
  return { ...row };
}

/** All budgets, the newest first. */
export const budgetsOf = ({ db }: Ledger): Budget[] =>
  db.rows<Budget>(`${BUDGETS} order by b.at desc, b.id`).map((row) => ({ ...row }));
