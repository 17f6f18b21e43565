// Aim: money of campaigns is set aside once, never past what a budget has, and comes back.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { budgetOf, openBudget, openLedger } from '#offers/index.ts';
import { ledgerMoney } from './campaign-money.ts';

const dir = mkdtempSync(join(tmpdir(), 'tierwise-money-'));
const ledger = openLedger(dir);
after(() => {
  ledger.close();
  rmSync(dir, { recursive: true, force: true });
});
const T0 = Date.parse('2026-03-01T08:00:00Z');
const money = ledgerMoney(ledger, () => 'CNY');
const of = (campaignId: string, version: number, budget: string | null) => ({
  ...{ campaignId, version, budget, amountMinor: 400, until: T0 + 1e9, actor: 'Han Mei' },
});

test('a campaign that names no budget has one of its own; asked again it is the same', () => {
  for (const now of [T0, T0 + 1000]) {
    assert.deepEqual(money.reserve(of('spring', 3, null), now), { ok: true, budget: 'spring:3' });
    const { totalMinor, freeMinor, campaign } = budgetOf(ledger, 'spring:3');
    assert.deepEqual([totalMinor, freeMinor, campaign], [400, 400, 'spring']);
  }
});

test('a named budget holds it, says what is free where it is short, and gets it back', () => {
  openBudget(ledger, { id: 'year', amountMinor: 1000, currency: 'CNY' }, T0);
  const free = () => budgetOf(ledger, 'year').freeMinor;
  assert.equal(money.reserve(of('a', 2, 'year'), T0).ok, true);
  assert.equal(money.reserve(of('a', 2, 'year'), T0 + 5).ok, true);
  assert.equal(free(), 600);
  assert.equal(money.reserve(of('b', 2, 'year'), T0).ok, true);
  assert.deepEqual(money.reserve(of('c', 2, 'year'), T0), { ok: false, budget: 'year', freeMinor: 200 });
  for (const now of [T0 + 10, T0 + 20]) money.giveBack({ ...of('a', 2, 'year'), budget: 'year' }, now);
  assert.equal(free(), 600);
  assert.equal(money.reserve(of('c', 2, 'year'), T0 + 30).ok, true);
  assert.equal(free(), 200);
  assert.throws(() => money.reserve(of('d', 2, 'gone'), T0), { code: 'BUDGET_UNKNOWN' });
});
