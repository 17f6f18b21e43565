/** The life of a coupon: given out, checked, redeemed, refunded, run out, taken back. */
import { known } from '#errors.ts';
import { applyOffers } from '../apply.ts';
import { type Cart, checkMoney } from '../cart.ts';
import type { Denial } from '../denials.ts';
import { endHold, expireHolds, freeUp, holdNow, holdOf, spendFree, unspend } from './budgets.ts';
import { normalised } from './codes.ts';
import { balanceOf, outside, post } from './entries.ts';
import { checkText, deed, knownPerson, type Ledger, latest, once, personOf } from './ledger.ts';
import { type KeptOffer, offerOf } from './offers.ts';
import { type CouponState, costsOf, couponsIn, type Pool, poolOf } from './pools.ts';

export interface Denied {
  readonly ok: false;
  readonly reason: Denial;
}

export interface Issued {
  readonly ok: true;
  readonly code: string;
  readonly pool: string;
  readonly offer: string;
  readonly version: number;
  /** Epoch ms; null: never. */
  readonly expiresAt: number | null;
}

interface CouponRow {
  readonly code: string;
  readonly pool: string;
  readonly state: CouponState;
  readonly person: number | null;
  readonly tier: string | null;
  readonly expires_at: number | null;
  readonly hold: number | null;
}

/**
 * Gives a customer a coupon of a pool (of a shared code, tells it). The same key gives the same coupon.
 *
 * @param call `decision`: id of the decision behind it; `request`: what a caller sent, where more was looked up for them: the
 *   same key must come with the same request
 * @throws POOL_UNKNOWN, LEDGER_KEY_REUSED, LEDGER_INVALID
 */
export function issue(
  ledger: Ledger,
  call: { key: string; pool: string; customer: string; tier?: string; decision?: string; request?: unknown },
  now: number,
): Issued | Denied {
  const { key, customer, tier = null, decision = null } = call;
  checkText(customer, 'customer');
  return deed(ledger, now, (at) => {
    const pool = poolOf(ledger, call.pool);
    const person = personOf(ledger, customer);
    const body = call.request ?? [pool.id, customer, tier, decision];
    return once(ledger, at, { call: 'issue', key, body, person }, (): Issued | Denied => {
      if (pool.expiresAt !== null && pool.expiresAt <= at) return { ok: false, reason: 'over' };
      const limit = limitReached(ledger, pool, person, tier);
      if (limit !== undefined) return { ok: false, reason: limit };
      const expiresAt = least(pool.expiresAt, pool.validMs === null ? null : at + pool.validMs);
      const told = { ok: true, pool: pool.id, offer: pool.offer, version: pool.version, expiresAt } as const;
      const [next] = ledger.db.rows<{ code: string }>(
        "select code from coupons where pool = ? and state = 'free' order by n limit 1",
        pool.id,
      );
      if (next === undefined) return { ok: false, reason: 'sold-out' };
      if (pool.kind === 'shared') return { ...told, code: next.code };
      const hold = holdFor(ledger, pool, expiresAt, at);
      if (hold === undefined) return { ok: false, reason: 'budget' };
      move(ledger, { pool: pool.id, from: 'free', to: 'issued', code: next.code, person, at });
      count(ledger, pool, person, tier, 1);
      ledger.db.write(
        "update coupons set state = 'issued', person = ?, tier = ?, decision = ?, issued_at = ?, expires_at = ?, hold = ? where code = ?",
        [[person, tier, decision, at, expiresAt, hold, next.code]],
      );
      return { ...told, code: next.code };
    });
  });
}

const least = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.min(a, b));

/** The hold of a new coupon; null where the pool asks for none, undefined where the budget has not got it. */
function holdFor(ledger: Ledger, pool: Pool, expiresAt: number | null, at: number): number | null | undefined {
  if (pool.budget === null || pool.holdMinor === 0) return null;
  return holdNow(ledger, { budget: pool.budget, amountMinor: pool.holdMinor, expiresAt, at });
}

/** One code from one state to another in the books. */
function move(
  ledger: Ledger,
  {
    pool,
    from,
    to,
    code,
    person,
    at,
  }: { pool: string; from: CouponState; to: CouponState; code: string; person: number | null; at: number },
): void {
  if (!tryMove(ledger, { pool, from, to, code, person, at })) throw new Error(`no ${from} coupon in pool ${pool}`);
}

const tryMove = (
  ledger: Ledger,
  {
    pool,
    from,
    to,
    code,
    person,
    at,
  }: { pool: string; from: CouponState; to: CouponState; code: string; person: number | null; at: number },
): boolean =>
  post(ledger, {
    at,
    deed: to,
    source: couponsIn(pool, from),
    target: couponsIn(pool, to),
    amount: 1,
    ref: code,
    person,
  });

function used({ db }: Ledger, pool: string, who: string): number {
  return db.rows<{ count: number }>('select count from uses where pool = ? and who = ?', pool, who)[0]?.count ?? 0;
}

function limitReached(ledger: Ledger, pool: Pool, person: number | undefined, tier: string | null): Denial | undefined {
  if (pool.perPerson !== null && person !== undefined && used(ledger, pool.id, `person/${person}`) >= pool.perPerson)
    return 'person-limit';
  const most = tier === null ? undefined : pool.perTier[tier];
  if (most !== undefined && used(ledger, pool.id, `tier/${tier}`) >= most) return 'tier-limit';
  return undefined;
}

/** Counts a coupon for or against the limits of its customer and tier. */
function count({ db }: Ledger, { id }: Pick<Pool, 'id'>, person: number, tier: string | null, by: 1 | -1): void {
  const who = [`person/${person}`, ...(tier === null ? [] : [`tier/${tier}`])];
  db.write(
    'insert into uses values (?1, ?2, ?3) on conflict (pool, who) do update set count = count + ?3',
    who.map((own) => [id, own, by]),
  );
}

export interface Valid {
  readonly ok: true;
  readonly code: string;
  readonly pool: Pool;
  readonly offer: KeptOffer;
  readonly expiresAt: number | null;
  /** What it takes off the cart and costs the shop; missing where no cart was given. */
  readonly taken?: Taken;
}

export interface Taken {
  readonly discountMinor: number;
  readonly shippingMinor: number;
  readonly pointsMinor: number;
  /** What the budget pays. */
  readonly costMinor: number;
}

/** Whom and what a code is to be used for. */
export interface Use {
  readonly code: string;
  readonly customer: string;
  readonly tier?: string;
  /** The order that codes already redeemed were for: they go first. */
  readonly orderId?: string;
  readonly cart?: Cart;
}

/**
 * Whether a code would be redeemed now. Nothing is set aside; only a coupon that is found to have expired is written down
 * as such.
 *
 * @throws MONEY_INVALID for a cart that cannot be counted exactly
 */
export function validate(ledger: Ledger, use: Use, now: number): Valid | Denied {
  const at = Math.max(now, latest(ledger) ?? 0);
  const found = usable(ledger, use, at);
  if (found.ok === false) {
    if (found.reason === 'expired') deed(ledger, now, (moment) => expireFound(ledger, use, moment));
    return found;
  }
  const { pool, offer, coupon } = found;
  const { code } = coupon;
  const told = { ok: true, code, pool, offer, expiresAt: least(coupon.expires_at, pool.expiresAt) } as const;
  if (use.cart === undefined) return told;
  const taken = takenOff(ledger, offer, { ...use, cart: use.cart }, at);
  return 'reason' in taken ? taken : { ...told, taken };
}

interface Usable {
  readonly ok: true;
  readonly coupon: CouponRow;
  readonly pool: Pool;
  readonly offer: KeptOffer;
  readonly from: 'free' | 'issued';
}

const couponOf = ({ db }: Ledger, code: string): CouponRow | undefined =>
  db.rows<CouponRow>('select code, pool, state, person, tier, expires_at, hold from coupons where code = ?', code)[0];

/** Whether a code may be used; reads only. */
function usable(ledger: Ledger, use: Use, at: number): Usable | Denied {
  const denied = (reason: Denial): Denied => ({ ok: false, reason });
  const coupon = couponOf(ledger, normalised(use.code));
  if (coupon === undefined) return denied('unknown-code');
  const pool = poolOf(ledger, coupon.pool);
  const { state } = coupon;
  if (state !== 'free' && state !== 'issued') return denied(state);
  if (state === 'free' && !pool.isBearer) return denied('not-issued');
  if (pool.startsAt !== null && at < pool.startsAt) return denied('not-yet');
  const expiresAt = least(coupon.expires_at, pool.expiresAt);
  if (expiresAt !== null && expiresAt <= at) return denied('expired');
  const person = knownPerson(ledger, use.customer);
  if (coupon.person !== null && coupon.person !== person) return denied('wrong-customer');
  const limit = state === 'issued' ? undefined : limitReached(ledger, pool, person, use.tier ?? null);
  if (limit !== undefined) return denied(limit);
  return { ok: true, coupon, pool, offer: offerOf(ledger, pool.offer, pool.version), from: state };
}

function expireFound(ledger: Ledger, { code }: Use, at: number): void {
  const coupon = couponOf(ledger, normalised(code));
  if (coupon?.state === 'issued' && coupon.expires_at !== null && coupon.expires_at <= at)
    expireCoupon(ledger, coupon, at);
}

/** What the offer takes off the cart after those that the order has already. */
function takenOff(
  ledger: Ledger,
  { offer }: KeptOffer,
  { cart, orderId }: { cart: Cart; orderId?: string },
  at: number,
): Taken | Denied {
  const before = orderId === undefined ? [] : redeemedFor(ledger, orderId);
  const { offers } = applyOffers([...before, offer], cart, at);
  const own = offers.at(-1);
  if (own === undefined) throw new Error('an offer was lost');
  if (own.denied !== undefined) return { ok: false, reason: own.denied };
  const { discountMinor, shippingMinor, pointsMinor, costMinor } = own;
  return { discountMinor, shippingMinor, pointsMinor, costMinor };
}

const redeemedFor = (ledger: Ledger, orderId: string) =>
  ledger.db
    .rows<{ offer: string; version: number }>(
      `select p.offer_id as offer, p.offer_version as version from redemptions r join pools p on p.id = r.pool
      where r.order_id = ? and r.refunded_at is null order by r.id`,
      orderId,
    )
    .map(({ offer, version }) => offerOf(ledger, offer, version).offer);

export interface Redeemed extends Taken {
  readonly ok: true;
  readonly redemption: number;
  readonly code: string;
  readonly pool: string;
  readonly offer: string;
  readonly version: number;
}

export type Redeeming = Omit<Use, 'orderId'> & {
  readonly key: string;
  readonly orderId: string;
  /** ISO 4217, of the order. */
  readonly currency: string;
  /** What it costs, where the shop reckons itself and sends no cart. */
  readonly amountMinor?: number;
  /** What a caller sent, where more was looked up for them: the same key must come with the same request. */
  readonly request?: unknown;
};

/**
 * Uses a code for an order and takes what it costs from the pool's budget: all or nothing. The same key gives the same
 * answer, a refusal too.
 *
 * @throws LEDGER_KEY_REUSED, MONEY_INVALID, LEDGER_INVALID where there is neither a cart nor an amount
 */
export function redeem(ledger: Ledger, call: Redeeming, now: number): Redeemed | Denied {
  const { customer, orderId, cart, amountMinor, tier = null, currency } = call;
  checkText(customer, 'customer');
  checkText(orderId, 'order');
  if (amountMinor !== undefined) checkMoney(amountMinor, 'the amount to redeem');
  if (cart === undefined && amountMinor === undefined)
    throw known('LEDGER_INVALID', { where: 'cart', expected: 'a cart or an amount' });
  return deed(ledger, now, (at) => {
    const person = personOf(ledger, customer);
    const body = call.request ?? [
      normalised(call.code),
      customer,
      orderId,
      currency,
      tier,
      amountMinor ?? null,
      cart ?? null,
    ];
    return once(ledger, at, { call: 'redeem', key: call.key, body, person }, (): Redeemed | Denied => {
      const found = usable(ledger, call, at);
      if (found.ok === false) {
        if (found.reason === 'expired') expireFound(ledger, call, at);
        return found;
      }
      if (found.pool.currency !== currency) return { ok: false, reason: 'currency' };
      if (hasUsed(ledger, found.coupon.code, orderId)) return { ok: false, reason: 'order-used' };
      const taken =
        amountMinor === undefined && cart !== undefined
          ? takenOff(ledger, found.offer, { cart, orderId }, at)
          : { discountMinor: amountMinor ?? 0, shippingMinor: 0, pointsMinor: 0, costMinor: amountMinor ?? 0 };
      return 'reason' in taken ? taken : redeemNow(ledger, found, { taken, orderId, person, tier, at });
    });
  });
}

const hasUsed = ({ db }: Ledger, code: string, orderId: string): boolean =>
  db.rows('select 1 from redemptions where order_id = ? and code = ? and refunded_at is null', orderId, code).length >
  0;

function redeemNow(
  ledger: Ledger,
  { coupon, pool, offer, from }: Usable,
  {
    taken,
    orderId,
    person,
    tier,
    at,
  }: { taken: Taken; orderId: string; person: number; tier: string | null; at: number },
): Redeemed | Denied {
  const { code } = coupon;
  const held = coupon.hold === null ? undefined : holdOf(ledger, coupon.hold);
  const heldMinor = held?.state === 'held' ? held.amount : 0;
  const moreMinor = Math.max(0, taken.costMinor - heldMinor);
  if (pool.budget !== null && !freeUp(ledger, { budget: pool.budget, amountMinor: moreMinor, at }))
    return { ok: false, reason: 'budget' };
  if (!tryMove(ledger, { pool: pool.id, from, to: 'redeemed', code, person, at }))
    return { ok: false, reason: 'sold-out' };
  if (held !== undefined && heldMinor > 0)
    endHold(ledger, held, { state: 'settled', spentMinor: Math.min(heldMinor, taken.costMinor), at });
  const isPaid =
    pool.budget === null
      ? bookCost(ledger, pool, { amountMinor: taken.costMinor, code, person, at })
      : spendFree(ledger, { budget: pool.budget, amountMinor: moreMinor, ref: code, person, at });
  if (!isPaid) throw new Error(`budget ${pool.budget} lost what it had`);
  const kind = coupon.tier ?? tier;
  if (from === 'free') count(ledger, pool, person, kind, 1);
  if (pool.kind !== 'shared')
    ledger.db.write("update coupons set state = 'redeemed', person = ?, tier = ? where code = ?", [
      [person, kind, code],
    ]);
  const [made] = ledger.db.rows<{ id: number }>(
    'insert into redemptions (pool, code, person, tier, order_id, amount, at) values (?, ?, ?, ?, ?, ?, ?) returning id',
    ...[pool.id, code, person, kind, orderId, taken.costMinor, at],
  );
  if (made === undefined) throw new Error('insert without a row');
  return { ok: true, redemption: made.id, code, pool: pool.id, offer: offer.id, version: offer.version, ...taken };
}

const bookCost = (
  ledger: Ledger,
  { id, currency }: Pool,
  { amountMinor, code, person, at }: { amountMinor: number; code: string; person: number; at: number },
): boolean =>
  amountMinor === 0 ||
  post(ledger, {
    at,
    deed: 'cost',
    source: outside(currency),
    target: costsOf(id),
    amount: amountMinor,
    ref: code,
    person,
  });

export interface Refunded {
  /** Redemptions of the order, all of which are undone now. */
  readonly redemptions: readonly { readonly redemption: number; readonly code: string; readonly amountMinor: number }[];
  readonly amountMinor: number;
}

interface RedemptionRow {
  readonly id: number;
  readonly pool: string;
  readonly code: string;
  readonly person: number;
  readonly tier: string | null;
  readonly amount: number;
  readonly refunded_at: number | null;
}

/**
 * Undoes all redemptions of an order: their money is free again, the codes are not (a use of a shared code is). The same
 * order again gives the same answer.
 */
export function refund(ledger: Ledger, { orderId, key }: { orderId: string; key?: string }, now: number): Refunded {
  checkText(orderId, 'order');
  return deed(ledger, now, (at) =>
    once(ledger, at, { call: 'refund', key, body: [orderId] }, () => {
      const rows = ledger.db.rows<RedemptionRow>('select * from redemptions where order_id = ? order by id', orderId);
      for (const row of rows) if (row.refunded_at === null) undo(ledger, row, at);
      return {
        redemptions: rows.map(({ id, code, amount }) => ({ redemption: id, code, amountMinor: amount })),
        amountMinor: rows.reduce((sum, { amount }) => sum + amount, 0),
      };
    }),
  );
}

function undo(ledger: Ledger, { id, code, person, tier, amount, ...row }: RedemptionRow, at: number): void {
  const pool = poolOf(ledger, row.pool);
  const source = costsOf(pool.id);
  const back = { amountMinor: amount, ref: code, person, at };
  const isBack =
    amount === 0 ||
    (pool.budget === null
      ? post(ledger, { at, deed: 'refund', source, target: outside(pool.currency), amount, ref: code, person })
      : unspend(ledger, { budget: pool.budget, ...back }));
  if (!isBack) throw new Error(`redemption ${id} was not paid`);
  const isOver = pool.expiresAt !== null && pool.expiresAt <= at;
  const to: CouponState = pool.kind !== 'shared' ? 'refunded' : isOver ? 'expired' : 'free';
  move(ledger, { pool: pool.id, from: 'redeemed', to, code, person, at });
  count(ledger, pool, person, tier, -1);
  if (pool.kind !== 'shared') ledger.db.write("update coupons set state = 'refunded' where code = ?", [[code]]);
  ledger.db.write('update redemptions set refunded_at = ? where id = ?', [[at, id]]);
}

/** Ends a coupon that was given out; its hold goes back, and its customer may have another. */
function endCoupon(ledger: Ledger, coupon: CouponRow, to: 'expired' | 'revoked', at: number): void {
  const { code, pool, person, tier, hold } = coupon;
  move(ledger, { pool, from: 'issued', to, code, person, at });
  if (person !== null) count(ledger, { id: pool }, person, tier, -1);
  const held = hold === null ? undefined : holdOf(ledger, hold);
  if (held?.state === 'held')
    endHold(ledger, held, { state: to === 'expired' ? 'expired' : 'released', spentMinor: 0, at });
  ledger.db.write('update coupons set state = ? where code = ?', [[to, code]]);
}

const expireCoupon = (ledger: Ledger, coupon: CouponRow, at: number): void => endCoupon(ledger, coupon, 'expired', at);

/**
 * Takes a code back, unless it was used. The same again gives the same answer.
 *
 * @returns the state that the code is in now; undefined where there is no such code, or it is shared
 */
export function revoke(ledger: Ledger, code: string, now: number): CouponState | undefined {
  return deed(ledger, now, (at) => {
    const coupon = couponOf(ledger, normalised(code));
    if (coupon === undefined || poolOf(ledger, coupon.pool).kind === 'shared') return undefined;
    if (coupon.state === 'issued') endCoupon(ledger, coupon, 'revoked', at);
    else if (coupon.state === 'free') {
      move(ledger, { pool: coupon.pool, from: 'free', to: 'revoked', code: coupon.code, person: null, at });
      ledger.db.write("update coupons set state = 'revoked' where code = ?", [[coupon.code]]);
    }
    return couponOf(ledger, coupon.code)?.state;
  });
}

const AT_ONCE = 500;

/**
 * Ends what is overdue: coupons, stock of pools that are over, holds. To be called every some seconds; overdue things
 * count as such without it, it gives their money back.
 */
export function sweep(ledger: Ledger, now: number): { coupons: number; holds: number } {
  const total = { coupons: 0, holds: 0 };
  for (;;) {
    const done = deed(ledger, now, (at) => sweepSome(ledger, at));
    total.coupons += done.coupons;
    total.holds += done.holds;
    if (done.coupons + done.holds === 0) return total;
  }
}

function sweepSome(ledger: Ledger, at: number): { coupons: number; holds: number } {
  const { db } = ledger;
  const overdue = db.rows<CouponRow>(
    `select code, pool, state, person, tier, expires_at, hold from coupons where state = 'issued' and expires_at <= ?
    order by expires_at limit ${AT_ONCE}`,
    at,
  );
  for (const coupon of overdue) expireCoupon(ledger, coupon, at);
  let stock = 0;
  for (const { id } of db.rows<{ id: string }>('select id from pools where expires_at <= ?', at)) {
    const left = balanceOf(ledger, couponsIn(id, 'free'));
    if (left === 0) continue;
    const [source, target] = [couponsIn(id, 'free'), couponsIn(id, 'expired')];
    if (!post(ledger, { at, deed: 'expired', source, target, amount: left, ref: '' })) throw new Error('stock is lost');
    db.write("update coupons set state = 'expired' where pool = ? and state = 'free'", [[id]]);
    stock += left;
  }
  return { coupons: overdue.length + stock, holds: expireHolds(ledger, at) };
}
