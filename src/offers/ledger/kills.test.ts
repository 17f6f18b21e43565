// Aim: many workers at once, and a process that is killed in the midst of work, never spend a minor unit or a coupon too
// much, lose nothing that was acknowledged and leave nothing held; code that reads and then writes, or has no keys, does.
// Full counts (64 workers, 20 kills): TIERWISE_FULL=1 npm test -- src/offers/ledger/kills.test.ts
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { random, split } from '#kernels/random.ts';
import { budgetOf, openBudget } from './budgets.ts';
import { type Contest, HELD_MS, NOW, notesOf } from './contender.ts';
import { sweep } from './coupons.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { putOffer } from './offers.ts';
import { makePool } from './pools.ts';
import { verify } from './verify.ts';

const FULL = process.env.TIERWISE_FULL === '1';
const WORKERS = FULL ? 64 : 4;
const KILLS = FULL ? 20 : 2;
const BUDGET = FULL ? 100_000 : 5000;

const CONTENDER = fileURLToPath(new URL('contender.ts', import.meta.url));

function open(
  t: TestContext,
  { budgetMinor, uses }: { budgetMinor: number; uses: number },
): { ledger: Ledger; dir: string } {
  const dir = mkdtempSync(join(tmpdir(), 'tierwise-kills-'));
  const ledger = openLedger(dir);
  openBudget(ledger, { id: 'B', amountMinor: budgetMinor, currency: 'CNY' }, NOW);
  putOffer(ledger, { id: 'F', name: { en: 'All', zh: '全' }, percentOff: 10 }, { now: NOW });
  const codes = { kind: 'shared', code: 'ALL', uses };
  makePool(ledger, { id: 'P', offer: 'F', budget: 'B', currency: 'CNY', codes }, { secret: 's', now: NOW });
  t.after(() => {
    ledger.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return { ledger, dir };
}

/** Starts a process; `done` says with which code it ended. */
function start(contest: Contest) {
  const child = spawn(process.execPath, [CONTENDER, JSON.stringify(contest)], {
    stdio: ['ignore', 'ignore', 'inherit'],
    // Each worker loads the ledger anew; compiled code is kept between them.
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'tierwise-compile-cache') },
  });
  return { child, done: new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code))) };
}

/** [answers] of all workers: what each call was told to have spent. */
function notes(dir: string): { answers: number; spentMinor: number; redemptions: number } {
  let [answers, spentMinor, redemptions] = [0, 0, 0];
  for (let worker = 0; worker < WORKERS; worker++) {
    if (!existsSync(notesOf(dir, worker))) continue;
    for (const line of readFileSync(notesOf(dir, worker), 'utf8').split('\n').slice(0, -1)) {
      const [place, told] = line.split(' ');
      answers++;
      if (told === 'refused') continue;
      spentMinor += Number(told);
      if (Number(place) % 3 !== 0) redemptions++;
    }
  }
  return { answers, spentMinor, redemptions };
}

const pause = (ms: number) => new Promise((resume) => setTimeout(resume, ms));

test(`${WORKERS} workers, ${KILLS} kills: nothing overspent, nothing acknowledged is lost, at least 99 % can be used`, async (t) => {
  const { ledger, dir } = open(t, { budgetMinor: BUDGET, uses: 1_000_000 });
  const contest: Contest = { dir, mode: 'spend', from: 0, workers: WORKERS, calls: 0, now: NOW };
  const draw = random(split(3, 'kills'));
  for (let kill = 0; kill < KILLS; kill++) {
    const before = notes(dir).answers;
    const { child, done } = start(contest);
    while (notes(dir).answers < before + 10 + draw.integer(20)) await pause(5);
    child.kill('SIGKILL');
    await done;
    const { spentMinor, heldMinor, freeMinor } = budgetOf(ledger, 'B');
    assert.ok(freeMinor > 0, 'killed in the midst of work');
    assert.equal(spentMinor + heldMinor + freeMinor, BUDGET);
    assert.ok(spentMinor >= notes(dir).spentMinor, 'an acknowledged redemption is lost');
    const verdict = await verify(ledger);
    assert.ok(verdict.ok, verdict.faults.join('; '));
  }
  assert.equal(await start(contest).done, 0);
  sweep(ledger, NOW + HELD_MS);
  assert.equal(budgetOf(ledger, 'B').heldMinor, 0, 'what was left lying came back');
  assert.equal(await start({ ...contest, now: NOW + HELD_MS }).done, 0);
  sweep(ledger, NOW + 2 * HELD_MS);
  const told = notes(dir);
  const { spentMinor, freeMinor } = budgetOf(ledger, 'B');
  assert.equal(spentMinor, told.spentMinor, 'spent is what was acknowledged, to the minor unit');
  assert.ok(spentMinor <= BUDGET && spentMinor >= 0.99 * BUDGET, `${spentMinor} of ${BUDGET}`);
  assert.equal(freeMinor, BUDGET - spentMinor);
  const [made] = ledger.db.rows<{ n: number; orders: number }>(
    'select count(*) as n, count(distinct order_id) as orders from redemptions',
  );
  assert.deepEqual([made!.n, made!.orders], [told.redemptions, told.redemptions], 'each call counts once');
  const verdict = await verify(ledger);
  assert.ok(verdict.ok, verdict.faults.join('; '));
  t.diagnostic(`${told.answers} calls answered, ${spentMinor} of ${BUDGET} spent, ${verdict.entries} entries`);
});

async function redeemedIn(
  t: TestContext,
  mode: Contest['mode'],
  { processes, calls }: { processes: number; calls: number },
) {
  const { ledger, dir } = open(t, { budgetMinor: 1_000_000, uses: 100 });
  const all = Array.from({ length: processes }, (_, i) => start({ dir, mode, from: i, workers: 1, calls, now: NOW }));
  for (const { done } of all) assert.equal(await done, 0);
  const [made] = ledger.db.rows<{ n: number }>('select count(*) as n from redemptions');
  return { redeemed: made!.n, verdict: await verify(ledger), spentMinor: budgetOf(ledger, 'B').spentMinor };
}

test('a limit of 100 and 1,000 redemptions at once in four processes, each asked twice: exactly 100', async (t) => {
  const { redeemed, verdict, spentMinor } = await redeemedIn(t, 'race', { processes: 4, calls: 250 });
  assert.deepEqual([redeemed, spentMinor, verdict.ok], [100, 100, true]);
});

test('control: read, then write, passes the limit', async (t) => {
  // it goes wrong only where processes meet: on a quiet machine one may be done before the next has begun
  for (let round = 0; round < 8; round++) {
    const { redeemed, verdict } = await redeemedIn(t, 'read-then-write', { processes: 4, calls: 60 });
    if (redeemed <= 100) continue;
    assert.equal(verdict.ok, false);
    return;
  }
  assert.fail('eight races, and never beyond the limit');
});

test('control: without keys, a call that is repeated counts twice', async (t) => {
  const { redeemed } = await redeemedIn(t, 'no-keys', { processes: 2, calls: 10 });
  assert.equal(redeemed, 40);
});
