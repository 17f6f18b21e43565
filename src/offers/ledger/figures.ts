/** What the ledger says of itself: how far pools and budgets have run down, its last entries, the codes of a pool. */
import type { Entry } from './entries.ts';
import type { Ledger } from './ledger.ts';
import { COUPON_STATES, type CouponState, couponsIn } from './pools.ts';

/** A balance after the entries up to a moment. */
export interface Point {
  /** Epoch ms */
  readonly at: number;
  readonly value: number;
}

export interface PoolFigures {
  readonly counts: Readonly<Record<CouponState, number>>;
  /** Redemptions that the pool allows. */
  readonly most: number;
  /** What redemptions cost that were not refunded. */
  readonly costMinor: number;
}

/** Counts and cost of a pool. */
export function poolFigures({ db }: Ledger, pool: string): PoolFigures {
  const rows = db.rows<{ name: string; balance: number; most: number }>(
    "select name, balance, most from accounts where name in (select 'pool/' || ?1 || '/' || value from json_each(?2))",
    pool,
    JSON.stringify(COUPON_STATES),
  );
  const of = (state: CouponState) => rows.find(({ name }) => name === couponsIn(pool, state));
  const [cost] = db.rows<{ cost: number }>(
    'select coalesce(sum(amount), 0) as cost from redemptions where pool = ? and refunded_at is null',
    pool,
  );
  return {
    counts: Object.fromEntries(COUPON_STATES.map((state) => [state, of(state)?.balance ?? 0])) as Record<
      CouponState,
      number
    >,
    most: of('redeemed')?.most ?? 0,
    costMinor: cost?.cost ?? 0,
  };
}

const MINUTE_MS = 60_000;
const POINTS = 300;

/**
 * Balance of an account over time: after its first entry, and then at the end of each of some 300 equal spans (no shorter
 * than a minute) in which it changed.
 */
export function balances({ db }: Ledger, account: string): Point[] {
  const [first] = db.rows<{ at: number; last: number; change: number }>(
    `select at, (select max(at) from entries where target = ?1 or source = ?1) as last,
      case when target = ?1 then amount else -amount end as change
    from entries where target = ?1 or source = ?1 order by id limit 1`,
    account,
  );
  if (first === undefined) return [];
  const span = Math.max(MINUTE_MS, Math.ceil((first.last - first.at + 1) / POINTS));
  const rows = db.rows<{ place: number; change: number }>(
    `select cast((at - ?2) / ?3 as integer) as place, sum(case when target = ?1 then amount else -amount end) as change
    from entries where target = ?1 or source = ?1 group by 1 order by 1`,
    account,
    first.at,
    span,
  );
  let value = 0;
  const after = rows.map(({ place, change }) => {
    value += change;
    return { at: first.at + (place + 1) * span, value };
  });
  return [{ at: first.at, value: first.change }, ...after];
}

/** The last entries, the newest first. */
export const tail = ({ db }: Ledger, limit: number): (Entry & { readonly unit: string })[] =>
  db.rows<Entry & { unit: string }>(
    `select e.id, e.at, e.deed, e.source, e.target, e.amount, e.ref, e.person, a.unit
    from entries e join accounts a on a.name = e.target order by e.id desc limit ?`,
    limit,
  );

export interface CodeRow {
  readonly code: string;
  readonly state: string;
  readonly customer: string | null;
  readonly tier: string | null;
  readonly issuedAt: number | null;
  readonly expiresAt: number | null;
  readonly redeemedAt: number | null;
  readonly orderId: string | null;
  readonly amountMinor: number | null;
  /** Place in the pool. */
  readonly n: number;
}

const AT_ONCE = 5000;

/** Codes of a pool in the order in which they are given out, in batches; of a shared code, its redemptions. */
export function* codesOf({ db }: Ledger, pool: string): Generator<CodeRow[]> {
  for (let after = -1; ; ) {
    const rows = db.rows<CodeRow>(
      `select c.code, case when r.refunded_at is not null then 'refunded' when r.id is not null then 'redeemed' else c.state end as state,
        p.customer, coalesce(r.tier, c.tier) as tier, c.issued_at as issuedAt, c.expires_at as expiresAt, r.at as redeemedAt,
        r.order_id as orderId, r.amount as amountMinor, c.n
      from coupons c left join redemptions r on r.pool = c.pool and r.code = c.code
        left join people p on p.person = coalesce(r.person, c.person)
      where c.pool = ? and c.n > ? and c.n <= ? order by c.n, r.id`,
      pool,
      after,
      after + AT_ONCE,
    );
    if (rows.length === 0) return;
    yield rows;
    after += AT_ONCE;
  }
}
