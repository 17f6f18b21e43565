// Aim: random lives of budgets and coupon pools, clocks that jump back included, equal an oracle that counts in BigInt.
// Full count (10,000 ledgers): TIERWISE_FULL=1 npm test -- src/offers/ledger/oracle.test.ts
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Random, random, split } from '#kernels/random.ts';
import { budgetOf, hold, openBudget, release, settle, topUp } from './budgets.ts';
import { issue, redeem, refund, revoke, sweep } from './coupons.ts';
import { balanceOf } from './entries.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { putOffer } from './offers.ts';
import { COUPON_STATES, type CouponState, couponsIn, makePool } from './pools.ts';
import { verify } from './verify.ts';

const LEDGERS = process.env.TIERWISE_FULL === '1' ? 10_000 : 150;
const DEEDS = 40;

interface ModelHold {
  amount: bigint;
  until: bigint;
  state: 'held' | 'settled' | 'released' | 'expired';
  settled: bigint;
}

interface ModelCoupon {
  state: CouponState;
  who?: string;
  until: bigint;
  hold?: ModelHold;
}

/** One budget and one pool of four codes, two a person, with a hold of 300 a coupon. */
class Model {
  now: bigint;
  free: bigint;
  spent = 0n;
  readonly holds: ModelHold[] = [];
  readonly coupons: ModelCoupon[];
  readonly orders = new Map<string, { coupon: ModelCoupon; amount: bigint; isBack: boolean }[]>();

  constructor(now: bigint, free: bigint) {
    this.now = now;
    this.free = free;
    this.coupons = Array.from({ length: 4 }, () => ({ state: 'free', until: 0n }) as ModelCoupon);
  }

  get held(): bigint {
    return this.holds.reduce((sum, own) => sum + (own.state === 'held' ? own.amount : 0n), 0n);
  }

  at(now: bigint): void {
    if (now > this.now) this.now = now;
  }

  end(own: ModelHold, state: ModelHold['state'], spent: bigint): void {
    own.state = state;
    own.settled = spent;
    this.spent += spent;
    this.free += own.amount - spent;
  }

  need(amount: bigint): boolean {
    if (this.free < amount)
      for (const own of this.holds) if (own.state === 'held' && own.until <= this.now) this.end(own, 'expired', 0n);
    return this.free >= amount;
  }

  hold(amount: bigint, until: bigint): ModelHold | undefined {
    if (!this.need(amount)) return undefined;
    this.free -= amount;
    const own: ModelHold = { amount, until, state: 'held', settled: 0n };
    this.holds.push(own);
    return own;
  }

  issue(who: string, until: bigint): number | undefined {
    const mine = this.coupons.filter((own) => own.who === who && (own.state === 'issued' || own.state === 'redeemed'));
    const place = this.coupons.findIndex((own) => own.state === 'free');
    if (mine.length >= 2 || place < 0) return undefined;
    const own = this.hold(300n, until);
    if (own === undefined) return undefined;
    Object.assign(this.coupons[place]!, { state: 'issued', who, until, hold: own });
    return place;
  }

  overdue(own: ModelCoupon): void {
    if (own.state !== 'issued' || own.until > this.now) return;
    own.state = 'expired';
    if (own.hold?.state === 'held') this.end(own.hold, 'expired', 0n);
  }

  redeem(own: ModelCoupon, who: string, order: string, amount: bigint): boolean {
    this.overdue(own);
    if (own.state !== 'issued' || own.who !== who) return false;
    const held = own.hold?.state === 'held' ? own.hold.amount : 0n;
    const more = amount > held ? amount - held : 0n;
    if (!this.need(more)) return false;
    if (own.hold?.state === 'held') this.end(own.hold, 'settled', amount - more);
    this.free -= more;
    this.spent += more;
    own.state = 'redeemed';
    this.orders.set(order, [...(this.orders.get(order) ?? []), { coupon: own, amount, isBack: false }]);
    return true;
  }

  refund(order: string): bigint {
    const all = this.orders.get(order) ?? [];
    for (const own of all.filter((each) => !each.isBack)) {
      own.isBack = true;
      own.coupon.state = 'refunded';
      this.spent -= own.amount;
      this.free += own.amount;
    }
    return all.reduce((sum, own) => sum + own.amount, 0n);
  }

  sweep(): void {
    for (const own of this.coupons) this.overdue(own);
    for (const own of this.holds) if (own.state === 'held' && own.until <= this.now) this.end(own, 'expired', 0n);
  }
}

interface World {
  readonly ledger: Ledger;
  readonly model: Model;
  readonly draw: Random;
  /** Place in `model` of holds that the ledger numbered so. */
  readonly holds: Map<number, ModelHold>;
  readonly codes: string[];
  readonly id: string;
}

/** One call to both; they must answer alike. */
function act(world: World, now: number, key: string): void {
  const { ledger, model, draw, holds, codes, id } = world;
  model.at(BigInt(now));
  const who = `${id}/C${draw.integer(3)}`;
  const amountMinor = 1 + draw.integer(500);
  const until = Number(model.now) + 1 + draw.integer(2000);
  const some = [...holds.keys()][draw.integer(Math.max(1, holds.size))];
  const code = codes[draw.integer(Math.max(1, codes.length))];
  const kind = draw.integer(9);
  if (kind === 0) {
    topUp(ledger, { key, budget: id, amountMinor }, now);
    model.free += BigInt(amountMinor);
  } else if (kind === 1) {
    const found = hold(ledger, { key, budget: id, amountMinor, expiresAt: until }, now);
    const own = model.hold(BigInt(amountMinor), BigInt(until));
    assert.equal(found.ok, own !== undefined);
    if (found.ok) holds.set(found.hold, own!);
  } else if (kind === 2 && some !== undefined) {
    const own = holds.get(some)!;
    const part = draw.integer(Number(own.amount) + 1);
    const isDue = own.state === 'held' && own.until <= model.now;
    const isSame = own.state === 'settled' && own.settled === BigInt(part);
    assert.equal(settle(ledger, { hold: some, amountMinor: part }, now).ok, isSame || (own.state === 'held' && !isDue));
    if (own.state === 'held') model.end(own, isDue ? 'expired' : 'settled', isDue ? 0n : BigInt(part));
  } else if (kind === 3 && some !== undefined) {
    const own = holds.get(some)!;
    assert.equal(release(ledger, { hold: some }, now).ok, own.state !== 'settled');
    if (own.state === 'held') model.end(own, 'released', 0n);
  } else if (kind === 4) {
    const found = issue(ledger, { key, pool: id, customer: who }, now);
    const place = model.issue(who, model.now + 1500n);
    assert.equal(found.ok, place !== undefined, JSON.stringify(found));
    if (found.ok) codes[place!] = found.code;
  } else if ((kind === 5 || kind === 6) && code !== undefined) {
    const orderId = `${id}/O${draw.integer(4)}`;
    const call = { key, code, customer: who, orderId, currency: 'CNY', amountMinor };
    const found = redeem(ledger, call, now);
    const own = model.redeem(model.coupons[codes.indexOf(code)]!, who, orderId, BigInt(amountMinor));
    assert.equal(found.ok, own, JSON.stringify(found));
    assert.deepEqual(redeem(ledger, call, now), found);
  } else if (kind === 7) {
    const orderId = `${id}/O${draw.integer(4)}`;
    assert.equal(BigInt(refund(ledger, { orderId }, now).amountMinor), model.refund(orderId));
  } else if (code !== undefined && draw.uniform() < 0.2) {
    const own = model.coupons[codes.indexOf(code)]!;
    revoke(ledger, code, now);
    if (own.state === 'issued') {
      own.state = 'revoked';
      if (own.hold?.state === 'held') model.end(own.hold, 'released', 0n);
    }
  } else {
    sweep(ledger, now);
    model.sweep();
  }
}

function live(ledger: Ledger, k: number, start: number): number {
  const draw = random(split(11, 'ledger', k));
  const id = `L${k}`;
  const amountMinor = draw.integer(3000);
  openBudget(ledger, { id, amountMinor, currency: 'CNY' }, start);
  const codes = { kind: 'generated', count: 4 };
  const pool = { id, offer: 'F', budget: id, currency: 'CNY', codes, perPerson: 2, validMs: 1500, holdMinor: 300 };
  makePool(ledger, pool, { secret: 's', now: start });
  const model = new Model(BigInt(start), BigInt(amountMinor));
  const world: World = { ledger, model, draw, holds: new Map(), codes: [], id };
  let now = start;
  for (let i = 0; i < DEEDS; i++) {
    now += draw.integer(400) - (draw.uniform() < 0.1 ? 3000 : 0);
    act(world, Math.max(0, now), `${id}/${i}`);
    const { freeMinor, heldMinor, spentMinor } = budgetOf(ledger, id);
    assert.deepEqual(
      [BigInt(freeMinor), BigInt(heldMinor), BigInt(spentMinor)],
      [model.free, model.held, model.spent],
      `ledger ${k}, deed ${i}`,
    );
  }
  for (const state of COUPON_STATES)
    assert.equal(
      balanceOf(ledger, couponsIn(id, state)),
      model.coupons.filter((own) => own.state === state).length,
      state,
    );
  return Number(model.now);
}

test(`${LEDGERS} random ledgers equal the oracle deed by deed, and the chain over all of them holds`, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'tierwise-oracle-'));
  const ledger = openLedger(dir);
  t.after(() => {
    ledger.close();
    rmSync(dir, { recursive: true, force: true });
  });
  let now = 1_750_000_000_000;
  putOffer(ledger, { id: 'F', name: { en: 'All', zh: '全' }, percentOff: 10 }, { now });
  // Ledgers of their own in one file; what one leaves overdue is swept before the next begins.
  for (let k = 0; k < LEDGERS; k++)
    now = ledger.db.transaction(() => {
      const end = live(ledger, k, now) + 5000;
      sweep(ledger, end);
      return end;
    });
  const verdict = await verify(ledger);
  assert.ok(verdict.ok, verdict.faults.join('; '));
  t.diagnostic(`${LEDGERS * DEEDS} deeds, ${verdict.entries} entries`);
});
