// Aim: money and coupons of one shop, call by call: limits hold, the same key gives the same answer, clocks that jump
// revive nothing, what was changed behind the ledger's back is found, and erased people leave no trace.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { budgetOf, hold, openBudget, release, settle, topUp } from './budgets.ts';
import { ALPHABET, checkSign, codeAt, isWellFormed } from './codes.ts';
import { issue, redeem, refund, revoke, sweep, validate } from './coupons.ts';
import { balanceOf } from './entries.ts';
import { forget } from './forget.ts';
import { grouped } from './group.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { bindOffer, offerOf, putOffer, versionsOf } from './offers.ts';
import { couponsIn, makePool, type PoolTerms } from './pools.ts';
import { verify } from './verify.ts';

const NOW = 1_750_000_000_000;
const DAY = 86_400_000;
const OFFER = { id: 'F1', name: { en: 'Tea 10', zh: '茶 10' }, percentOff: 10 };

function open(t: TestContext): { ledger: Ledger; dir: string } {
  const dir = mkdtempSync(join(tmpdir(), 'tierwise-ledger-'));
  const ledger = openLedger(dir);
  t.after(() => {
    ledger.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return { ledger, dir };
}

/** A budget of 1,000, an offer and a pool of five codes. */
function shop(t: TestContext, terms: Partial<PoolTerms> = {}): { ledger: Ledger; dir: string } {
  const { ledger, dir } = open(t);
  openBudget(ledger, { id: 'B', amountMinor: 1000, currency: 'CNY' }, NOW);
  putOffer(ledger, OFFER, { now: NOW });
  const pool = { id: 'P', offer: 'F1', budget: 'B', currency: 'CNY', codes: { kind: 'generated', count: 5 }, ...terms };
  makePool(ledger, pool, { secret: 's', now: NOW });
  return { ledger, dir };
}

const codeOf = (answer: ReturnType<typeof issue>): string => {
  assert.ok(answer.ok, JSON.stringify(answer));
  return answer.code;
};
const reasonOf = (answer: { ok: boolean; reason?: string }): string | undefined => answer.reason;
const give = (ledger: Ledger, key: string, customer: string, now = NOW) =>
  issue(ledger, { key, pool: 'P', customer }, now);
const use = (
  ledger: Ledger,
  code: string,
  customer: string,
  rest: { key?: string; orderId?: string; amountMinor?: number } = {},
  now = NOW,
) =>
  redeem(
    ledger,
    {
      key: `${code}/${customer}/${rest.orderId ?? 'O1'}`,
      code,
      customer,
      orderId: 'O1',
      currency: 'CNY',
      amountMinor: 100,
      ...rest,
    },
    now,
  );

test('a budget is held, spent and given back, and never passed by one minor unit', (t) => {
  const { ledger } = open(t);
  const budget = () => {
    const { freeMinor, heldMinor, spentMinor } = budgetOf(ledger, 'B');
    return [freeMinor, heldMinor, spentMinor];
  };
  openBudget(ledger, { id: 'B', amountMinor: 1000, currency: 'CNY', actor: 'Mei' }, NOW);
  const ask = { key: 'a', budget: 'B', amountMinor: 600, expiresAt: NOW + 1000 };
  const first = hold(ledger, ask, NOW);
  assert.ok(first.ok);
  assert.deepEqual(hold(ledger, ask, NOW + 5), first, 'the same key, the same hold');
  assert.deepEqual(budget(), [400, 600, 0]);
  assert.deepEqual(hold(ledger, { ...ask, key: 'b', amountMinor: 401 }, NOW), {
    ok: false,
    reason: 'budget',
    freeMinor: 400,
  });
  assert.ok(hold(ledger, { ...ask, key: 'c', amountMinor: 400 }, NOW).ok);
  assert.throws(() => hold(ledger, { ...ask, amountMinor: 1 }, NOW), { code: 'LEDGER_KEY_REUSED', status: 422 });
  assert.throws(() => settle(ledger, { hold: first.hold, amountMinor: 601 }, NOW), { code: 'MONEY_INVALID' });
  const done = { ok: true, spentMinor: 250, returnedMinor: 350 };
  assert.deepEqual(settle(ledger, { hold: first.hold, amountMinor: 250 }, NOW), done);
  assert.deepEqual(settle(ledger, { hold: first.hold, amountMinor: 250 }, NOW), done);
  assert.deepEqual(settle(ledger, { hold: first.hold, amountMinor: 251 }, NOW), { ok: false, reason: 'settled' });
  assert.deepEqual(release(ledger, { hold: first.hold }, NOW), { ok: false, reason: 'settled' });
  assert.deepEqual(budget(), [350, 400, 250]);
  const late = hold(ledger, { ...ask, key: 'd', amountMinor: 750, expiresAt: NOW + 9000 }, NOW + 1000);
  assert.ok(late.ok, 'an overdue hold is given back to who needs it, also without a sweep');
  assert.deepEqual(settle(ledger, { hold: 2, amountMinor: 1 }, NOW + 1000), { ok: false, reason: 'expired' });
  assert.deepEqual(release(ledger, { hold: late.hold }, NOW + 1000), { ok: true, spentMinor: 0, returnedMinor: 750 });
  topUp(ledger, { key: 't', budget: 'B', amountMinor: 5 }, NOW);
  topUp(ledger, { key: 't', budget: 'B', amountMinor: 5 }, NOW);
  assert.deepEqual(budget(), [755, 0, 250]);
});

test('bad money, times, names and keys are refused, and nothing is kept of them', (t) => {
  const { ledger } = shop(t);
  const opening = { id: 'C', amountMinor: 1, currency: 'CNY' };
  for (const amountMinor of [-1, 0.5, 2 ** 53, Number.NaN])
    assert.throws(() => openBudget(ledger, { ...opening, amountMinor }, NOW), { code: 'MONEY_INVALID' });
  assert.throws(() => openBudget(ledger, { ...opening, currency: 'yuan' }, NOW), { code: 'LEDGER_INVALID' });
  assert.throws(() => openBudget(ledger, { ...opening, id: 'no good' }, NOW), { code: 'LEDGER_INVALID' });
  assert.throws(() => openBudget(ledger, { ...opening, id: 'B' }, NOW), { code: 'LEDGER_EXISTS', status: 409 });
  assert.throws(() => openBudget(ledger, opening, Number.NaN), { code: 'LEDGER_INVALID' });
  assert.throws(() => topUp(ledger, { key: 'k', budget: 'B', amountMinor: Number.MAX_SAFE_INTEGER }, NOW), {
    code: 'MONEY_INVALID',
  });
  assert.throws(() => topUp(ledger, { key: 'k', budget: 'nope', amountMinor: 1 }, NOW), { code: 'BUDGET_UNKNOWN' });
  assert.throws(() => topUp(ledger, { key: '', budget: 'B', amountMinor: 1 }, NOW), { code: 'LEDGER_INVALID' });
  assert.throws(() => settle(ledger, { hold: 99, amountMinor: 1 }, NOW), { code: 'HOLD_UNKNOWN' });
  const code = codeOf(give(ledger, 'i', 'C1'));
  for (const amountMinor of [-1, 0.5, 2 ** 53])
    assert.throws(() => use(ledger, code, 'C1', { amountMinor }), { code: 'MONEY_INVALID' });
  assert.equal(reasonOf(use(ledger, code, 'C1', { amountMinor: 1001 })), 'budget');
  const usd = { key: 'usd', code, customer: 'C1', orderId: 'O', currency: 'USD', amountMinor: 1 };
  assert.equal(reasonOf(redeem(ledger, usd, NOW)), 'currency');
  assert.equal(budgetOf(ledger, 'B').freeMinor, 1000);
});

test('codes have no look-alikes, find each slip, and differ by secret', () => {
  for (const sign of '01OILSZ') assert.ok(!ALPHABET.includes(sign));
  const codes = new Set(Array.from({ length: 2000 }, (_, place) => codeAt('secret', place, 9)));
  assert.equal(codes.size, 2000);
  assert.ok([...codes].every(isWellFormed));
  assert.notEqual(codeAt('secret', 0, 9), codeAt('secret2', 0, 9));
  const [code] = [...codes];
  for (let i = 0; i < 9; i++) {
    for (const sign of ALPHABET)
      if (sign !== code![i]) assert.ok(!isWellFormed(code!.slice(0, i) + sign + code!.slice(i + 1)));
    for (let j = i + 1; j < 9; j++) {
      const signs = [...code!];
      [signs[i], signs[j]] = [signs[j]!, signs[i]!];
      assert.equal(isWellFormed(signs.join('')), signs.join('') === code);
    }
  }
  assert.equal(checkSign('2'), '2');
});

test('a coupon is given once, used once by its customer, refunded once, and each answer is repeated word for word', (t) => {
  const { ledger } = shop(t, { perPerson: 1 });
  const given = give(ledger, 'i1', 'C1');
  assert.deepEqual(give(ledger, 'i1', 'C1'), given);
  assert.throws(() => give(ledger, 'i1', 'C2'), { code: 'LEDGER_KEY_REUSED' });
  assert.equal(reasonOf(give(ledger, 'i2', 'C1')), 'person-limit');
  const code = codeOf(given);
  assert.equal(reasonOf(validate(ledger, { code, customer: 'C2' }, NOW)), 'wrong-customer');
  assert.equal(reasonOf(validate(ledger, { code: 'XXXX', customer: 'C1' }, NOW)), 'unknown-code');
  const cart = { currency: 'CNY', lines: [{ productId: 'A', priceMinor: 2500, costMinor: 900 }] };
  const valid = validate(ledger, { code: ` ${code.toLowerCase()} `, customer: 'C1', cart }, NOW);
  assert.ok(valid.ok && valid.taken?.costMinor === 250);
  const call = { key: 'r1', code, customer: 'C1', orderId: 'O1', currency: 'CNY', cart };
  const done = redeem(ledger, call, NOW);
  assert.ok(done.ok && done.costMinor === 250 && done.discountMinor === 250);
  assert.deepEqual(redeem(ledger, call, NOW + 9), done);
  assert.throws(() => redeem(ledger, { ...call, orderId: 'O2' }, NOW), { code: 'LEDGER_KEY_REUSED' });
  assert.equal(reasonOf(redeem(ledger, { ...call, key: 'r2' }, NOW)), 'redeemed');
  assert.equal(budgetOf(ledger, 'B').spentMinor, 250);
  const back = refund(ledger, { orderId: 'O1' }, NOW);
  assert.deepEqual([back.amountMinor, back.redemptions.length], [250, 1]);
  assert.deepEqual(refund(ledger, { orderId: 'O1' }, NOW + 1), back);
  assert.equal(budgetOf(ledger, 'B').spentMinor, 0);
  assert.equal(reasonOf(redeem(ledger, { ...call, key: 'r3', orderId: 'O3' }, NOW)), 'refunded');
  assert.ok(give(ledger, 'i3', 'C1').ok, 'after a refund the customer may have another');
  assert.equal(refund(ledger, { orderId: 'none' }, NOW).redemptions.length, 0);
});

test('limits of a tier, of the pool and of the budget; what is held for a coupon is sure', (t) => {
  const { ledger } = shop(t, { perTier: { gold: 1, base: 0 }, holdMinor: 400, limit: 1 });
  const tier = (key: string, customer: string, own: string) =>
    issue(ledger, { key, pool: 'P', customer, tier: own }, NOW);
  assert.equal(reasonOf(tier('a', 'C1', 'base')), 'tier-limit');
  const first = codeOf(tier('b', 'C1', 'gold'));
  assert.equal(reasonOf(tier('c', 'C2', 'gold')), 'tier-limit');
  const second = codeOf(give(ledger, 'd', 'C3'));
  assert.equal(reasonOf(give(ledger, 'e', 'C4')), 'budget', '800 of 1,000 are held');
  assert.ok(use(ledger, first, 'C1', { amountMinor: 600 }).ok, '400 held and 200 free');
  assert.deepEqual([budgetOf(ledger, 'B').freeMinor, budgetOf(ledger, 'B').heldMinor], [0, 400]);
  assert.equal(
    reasonOf(use(ledger, second, 'C3', { orderId: 'O2', amountMinor: 400 })),
    'sold-out',
    'the pool allows one',
  );
  assert.equal(revoke(ledger, second, NOW), 'revoked');
  assert.equal(revoke(ledger, second, NOW), 'revoked');
  assert.equal(budgetOf(ledger, 'B').heldMinor, 0);
  assert.equal(reasonOf(use(ledger, second, 'C3', { orderId: 'O4' })), 'revoked');
});

test('a shared code is used by many, once an order, as often as it says', (t) => {
  const { ledger } = shop(t, { codes: { kind: 'shared', code: 'Tea10', uses: 3 }, perPerson: 2 });
  assert.equal(codeOf(give(ledger, 'i', 'C1')), 'TEA10');
  assert.ok(use(ledger, 'tea10', 'C1', { orderId: 'O1' }).ok);
  assert.equal(reasonOf(use(ledger, 'TEA10', 'C1', { orderId: 'O1', key: 'again' })), 'order-used');
  assert.ok(use(ledger, 'TEA10', 'C1', { orderId: 'O2' }).ok);
  assert.equal(reasonOf(use(ledger, 'TEA10', 'C1', { orderId: 'O3' })), 'person-limit');
  assert.ok(use(ledger, 'TEA10', 'C2', { orderId: 'O4' }).ok);
  assert.equal(reasonOf(use(ledger, 'TEA10', 'C3', { orderId: 'O5' })), 'sold-out');
  refund(ledger, { orderId: 'O2' }, NOW);
  assert.ok(use(ledger, 'TEA10', 'C3', { orderId: 'O6' }).ok, 'a refunded use is free again');
});

test('an expired coupon stays expired when the clock goes back, and its money returns', (t) => {
  const { ledger } = shop(t, { validMs: DAY, holdMinor: 300, expiresAt: NOW + 5 * DAY });
  const code = codeOf(give(ledger, 'i', 'C1'));
  assert.ok(validate(ledger, { code, customer: 'C1' }, NOW + DAY - 1).ok);
  assert.equal(reasonOf(validate(ledger, { code, customer: 'C1' }, NOW + DAY)), 'expired');
  assert.equal(reasonOf(use(ledger, code, 'C1', {}, NOW)), 'expired', 'back to the day before');
  assert.equal(budgetOf(ledger, 'B').heldMinor, 0);
  const next = codeOf(give(ledger, 'j', 'C1', NOW));
  sweep(ledger, NOW + 2 * DAY);
  assert.equal(reasonOf(use(ledger, next, 'C1', {}, NOW)), 'expired');
  assert.deepEqual(sweep(ledger, NOW + 5 * DAY), { coupons: 3, holds: 0 }, 'stock that is left ends with the pool');
  assert.equal(reasonOf(give(ledger, 'k', 'C1', NOW)), 'over');
  assert.equal(balanceOf(ledger, couponsIn('P', 'expired')), 5);
});

test('an offer that was used keeps its terms; a change makes a new version', async (t) => {
  const { ledger, dir } = open(t);
  assert.equal(putOffer(ledger, OFFER, { now: NOW }).version, 1);
  assert.equal(putOffer(ledger, { ...OFFER, percentOff: 12 }, { now: NOW }).version, 1, 'not used yet');
  bindOffer(ledger, { id: 'F1', version: 1 }, NOW);
  assert.equal(putOffer(ledger, { ...OFFER, percentOff: 15 }, { now: NOW }).version, 2);
  assert.equal(putOffer(ledger, { ...OFFER, percentOff: 15 }, { now: NOW }).version, 2);
  assert.deepEqual(
    versionsOf(ledger, 'F1').map((own) => own.offer.percentOff),
    [15, 12],
  );
  const raw = new DatabaseSync(join(dir, 'ledger', 'ledger.sqlite'));
  assert.throws(() => raw.exec("update offers set terms = '{}' where version = 1"), /cannot be changed/);
  assert.throws(() => raw.exec('delete from offers where version = 1'), /cannot be taken away/);
  raw.close();
  assert.throws(() => offerOf(ledger, 'F9'), { code: 'OFFER_UNKNOWN' });
  assert.throws(() => putOffer(ledger, { percentOff: 5 }, { now: NOW }), {
    code: 'CAMPAIGN_INVALID',
    message: /offer\.id/,
  });
  const pool = { id: 'P', offer: 'F1', currency: 'CNY', codes: { kind: 'uploaded', codes: ['abc', 'ABC'] } };
  const refused = (change: object, message: RegExp) =>
    assert.throws(() => makePool(ledger, { ...pool, ...change }, { secret: 's', now: NOW }), { message });
  refused({}, /each code once/);
  refused({ codes: { kind: 'uploaded', codes: ['a b'] } }, /3 to 40/);
  refused({ codes: { kind: 'generated', count: 0 } }, /codes\.count/);
  refused({ codes: { kind: 'generated', count: 1 }, holdMinor: 5 }, /without a budget/);
  refused({ codes: { kind: 'generated', count: 1 }, budget: 'X' }, /no budget/);
  refused({ codes: { kind: 'generated', count: 1 }, startsAt: 5, expiresAt: 5 }, /after startsAt/);
  assert.deepEqual(await verify(ledger), { ok: true, entries: 0, head: '0'.repeat(64), faults: [] });
});

test('entries cannot be changed or taken away; who does so all the same is found', async (t) => {
  const { ledger, dir } = shop(t);
  const code = codeOf(give(ledger, 'i', 'C1'));
  assert.ok(use(ledger, code, 'C1').ok);
  const before = await verify(ledger);
  assert.ok(before.ok && before.entries === 5, JSON.stringify(before));
  const raw = new DatabaseSync(join(dir, 'ledger', 'ledger.sqlite'));
  t.after(() => raw.close());
  assert.throws(() => raw.exec('update entries set amount = 1'), /cannot be changed/);
  assert.throws(() => raw.exec('delete from entries'), /cannot be taken away/);
  const forged = async (sql: string, undo: string) => {
    raw.exec(`drop trigger entries_stay; drop trigger entries_remain; ${sql}`);
    const { ok, faults } = await verify(ledger);
    raw.exec(undo);
    assert.equal(ok, false, sql);
    return faults.join('; ');
  };
  const triggers = `create trigger entries_stay before update on entries begin select raise(abort, ''); end;
    create trigger entries_remain before delete on entries begin select raise(abort, ''); end`;
  assert.match(
    await forged(
      'update entries set amount = 99 where id = 5',
      `update entries set amount = 100 where id = 5; ${triggers}`,
    ),
    /entry 5 was changed/,
  );
  assert.match(
    await forged(
      "update entries set ref = 'x' where id = 3",
      `update entries set ref = '${code}' where id = 3; ${triggers}`,
    ),
    /entry 3 was changed/,
  );
  raw.exec('create temp table kept as select * from entries');
  const back = (id: number) => `insert into entries select * from kept where id = ${id}; ${triggers}`;
  assert.match(await forged('delete from entries where id = 2', back(2)), /entry 2 is missing/);
  assert.match(await forged('delete from entries where id = 5', back(5)), /last entry is 4, but 5/);
  assert.match(
    await forged(
      "update accounts set balance = balance + 1 where name = 'budget/B/free'",
      `update accounts set balance = balance - 1 where name = 'budget/B/free'; ${triggers}`,
    ),
    /budget\/B\/free is 901, its entries make 900/,
  );
  assert.deepEqual(await verify(ledger), before);
  assert.ok(use(ledger, codeOf(give(ledger, 'j', 'C2')), 'C2', { orderId: 'O7' }).ok);
  assert.ok((await verify(ledger, before)).ok, 'a head noted before is still in the chain');
  assert.match((await verify(ledger, { entries: 5, head: 'ff' })).faults.join(), /not the one that was noted/);
});

test('who is forgotten is in no byte of the ledger; sums and chain stay', async (t) => {
  const { ledger, dir } = shop(t);
  const who = 'CANARY-7731';
  const marks = [who, 'ORDER-55-CANARY', 'DECISION-CANARY', 'KEY-CANARY'];
  const given = issue(ledger, { key: 'KEY-CANARY', pool: 'P', customer: who, decision: 'DECISION-CANARY' }, NOW);
  const code = codeOf(given);
  const call = { key: 'KEY-CANARY', code, customer: who, orderId: 'ORDER-55-CANARY', currency: 'CNY', amountMinor: 70 };
  assert.ok(redeem(ledger, call, NOW).ok);
  const bytes = () =>
    readdirSync(join(dir, 'ledger'))
      .map((name) => readFileSync(join(dir, 'ledger', name)).toString('latin1'))
      .join('');
  for (const mark of marks.slice(0, 3)) assert.ok(bytes().includes(mark), `${mark} was there`);
  assert.deepEqual(forget(ledger, who), { customers: 1, redemptions: 1, answers: 2 });
  for (const mark of marks) assert.ok(!bytes().includes(mark), mark);
  assert.deepEqual(forget(ledger, who), { customers: 0, redemptions: 0, answers: 0 });
  assert.equal(budgetOf(ledger, 'B').spentMinor, 70);
  assert.ok((await verify(ledger)).ok);
  assert.throws(() => redeem(ledger, call, NOW), { code: 'LEDGER_FORGOTTEN', status: 410 });
});

test('deeds that share a commit stand for themselves', async (t) => {
  const { ledger } = shop(t, { codes: { kind: 'shared', code: 'ALL', uses: 100 } });
  const group = grouped(ledger);
  const all = await Promise.allSettled(
    Array.from({ length: 40 }, (_, i) =>
      group(() => use(ledger, 'ALL', `C${i}`, { orderId: `O${i}`, amountMinor: i === 7 ? -1 : 100 })),
    ),
  );
  assert.equal(all[7]!.status, 'rejected');
  const done = all.flatMap((own) => (own.status === 'fulfilled' && own.value.ok ? [own.value] : []));
  assert.equal(done.length, 10, 'as many as the budget pays');
  assert.equal(budgetOf(ledger, 'B').freeMinor, 0);
  assert.ok((await verify(ledger)).ok);
});
