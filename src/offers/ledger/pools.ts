/** Coupon pools: codes that may be given out for an offer, how many, to whom and until when. */
import { hash } from 'node:crypto';
import { z } from 'zod';
import { known } from '#errors.ts';
import { budgetOf } from './budgets.ts';
import { codeAt, normalised } from './codes.ts';
import { makeAccounts, outside, post } from './entries.ts';
import { actorOf, deed, type Ledger } from './ledger.ts';
import { bindOffer, offerOf } from './offers.ts';

export type PoolKind = 'generated' | 'uploaded' | 'shared';

/** Moments are epoch ms; what is missing is not limited. */
export interface PoolTerms {
  readonly id: string;
  readonly offer: string;
  /** Missing: the last version at the time. */
  readonly version?: number;
  /** Where redemptions take their money from; missing: they are counted only. */
  readonly budget?: string;
  readonly currency: string;
  /** Made here; brought by the shop; or one code for everybody, which `uses` redemptions may use. */
  readonly codes:
    | { readonly kind: 'generated'; readonly count: number; readonly length?: number }
    | { readonly kind: 'uploaded'; readonly codes: readonly string[] }
    | { readonly kind: 'shared'; readonly code: string; readonly uses: number };
  /** Redemptions in all, where less than the codes. */
  readonly limit?: number;
  /** Coupons of one customer, and of a tier's customers together; default: the offer's. */
  readonly perPerson?: number;
  readonly perTier?: Readonly<Record<string, number>>;
  readonly startsAt?: number;
  readonly expiresAt?: number;
  /** How long a coupon counts from the moment it is given. */
  readonly validMs?: number;
  /** Warn when no more than so many are left; default a tenth. */
  readonly lowStock?: number;
  /** Money set aside for each coupon given out; what a redemption costs beyond it comes from what is free. Default 0. */
  readonly holdMinor?: number;
  /** Codes may be redeemed without having been given to anybody here (leaflets, influencers). */
  readonly isBearer?: boolean;
}

const text = z.string().min(1).max(100);
const count = z.int().min(1).max(1_000_000);
const CODE = z
  .string()
  .trim()
  .regex(/^[\w-]{3,40}$/, '3 to 40 letters, digits, - and _');
/** The unchecked terms, for those who write a schema around them. */
export const PoolFields = z.strictObject({
  id: z.string().regex(/^[\w.:-]{1,100}$/, 'letters, digits, . _ - and :, at most 100'),
  offer: text,
  version: z.int().min(1).optional(),
  budget: text.optional(),
  currency: z.string().regex(/^[A-Z]{3}$/, 'an ISO 4217 code'),
  codes: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('generated'), count, length: z.int().min(6).max(20).optional() }),
    z.strictObject({ kind: z.literal('uploaded'), codes: z.array(CODE).min(1).max(1_000_000) }),
    z.strictObject({ kind: z.literal('shared'), code: CODE, uses: z.int().min(1).max(1_000_000_000) }),
  ]),
  limit: z.int().min(1).optional(),
  perPerson: z.int().min(1).optional(),
  perTier: z.record(text, z.int().min(0)).optional(),
  startsAt: z.int().min(0).optional(),
  expiresAt: z.int().min(0).optional(),
  validMs: z.int().min(1).optional(),
  lowStock: z.int().min(0).optional(),
  holdMinor: z.int().min(0).optional(),
  isBearer: z.boolean().optional(),
});
const TERMS = PoolFields.refine(({ startsAt = -1, expiresAt = Number.MAX_SAFE_INTEGER }) => startsAt < expiresAt, {
  path: ['expiresAt'],
  message: 'after startsAt',
}).refine(({ holdMinor = 0, budget }) => holdMinor === 0 || budget !== undefined, {
  path: ['holdMinor'],
  message: 'none without a budget',
});

export const COUPON_STATES = ['free', 'issued', 'redeemed', 'refunded', 'expired', 'revoked'] as const;
export type CouponState = (typeof COUPON_STATES)[number];

/** The account that counts a pool's coupons in a state. */
export const couponsIn = (pool: string, state: CouponState): string => `pool/${pool}/${state}`;
/** What redemptions of a pool without a budget cost. */
export const costsOf = (pool: string): string => `pool/${pool}/cost`;

export interface Pool {
  readonly id: string;
  readonly offer: string;
  readonly version: number;
  readonly budget: string | null;
  readonly currency: string;
  readonly kind: PoolKind;
  /** Codes, or uses of the shared one. */
  readonly total: number;
  readonly perPerson: number | null;
  readonly perTier: Readonly<Record<string, number>>;
  readonly startsAt: number | null;
  readonly expiresAt: number | null;
  readonly validMs: number | null;
  readonly lowStock: number;
  readonly holdMinor: number;
  readonly isBearer: boolean;
  readonly madeAt: number;
}

/**
 * Makes a pool with its codes, and binds it to a version of its offer, whose terms then stay. The same terms again change
 * nothing.
 *
 * @param input unchecked PoolTerms
 * @param secret from which codes are made: the same secret and pool give the same codes
 * @throws POOL_INVALID, OFFER_UNKNOWN, BUDGET_UNKNOWN, LEDGER_EXISTS
 */
export function makePool(
  ledger: Ledger,
  input: unknown,
  { secret, actor, now }: { secret: string; actor?: string; now: number },
): Pool {
  const terms = parsePool(input);
  const digest = hash('sha256', JSON.stringify(terms), 'buffer');
  return deed(ledger, now, (at) => {
    const [found] = ledger.db.rows<{ terms: Uint8Array }>('select terms from pools where id = ?', terms.id);
    if (found !== undefined) {
      if (Buffer.compare(found.terms, digest) !== 0)
        throw known('LEDGER_EXISTS', { what: 'coupon pool', id: terms.id });
      return poolOf(ledger, terms.id);
    }
    const codes = codesOf(terms, secret);
    writePool(ledger, terms, { total: codes.total, digest, person: actorOf(ledger, actor), at });
    writeCodes(ledger, terms.id, codes.list);
    stock(ledger, terms, codes.total, at);
    return poolOf(ledger, terms.id);
  });
}

function parsePool(input: unknown): PoolTerms {
  const result = TERMS.safeParse(input);
  if (result.success) return result.data as PoolTerms;
  const first = result.error.issues[0];
  throw known('POOL_INVALID', {
    where: ['pool', ...(first?.path ?? [])].join('.'),
    expected: first?.message ?? 'something else',
  });
}

const LENGTH = 9;

function codesOf({ id, codes }: PoolTerms, secret: string): { total: number; list: string[] } {
  if (codes.kind === 'shared') return { total: codes.uses, list: [normalised(codes.code)] };
  const list =
    codes.kind === 'generated'
      ? distinct(codes.count, (place) => codeAt(`${secret}/${id}`, place, codes.length ?? LENGTH))
      : codes.codes.map(normalised);
  if (new Set(list).size < list.length)
    throw known('POOL_INVALID', { where: 'pool.codes', expected: 'each code once (capitals make no difference)' });
  return { total: list.length, list };
}

/** Short codes meet by chance: the next place is taken then. */
function distinct(count: number, at: (place: number) => string): string[] {
  const all = new Set<string>();
  for (let place = 0; all.size < count; place++) {
    all.add(at(place));
    if (place > 3 * count + 1000)
      throw known('POOL_INVALID', { where: 'pool.codes.length', expected: `more signs, for ${count} codes` });
  }
  return [...all];
}

function writePool(
  ledger: Ledger,
  terms: PoolTerms,
  { total, digest, person, at }: { total: number; digest: Uint8Array; person: number | null; at: number },
): void {
  const { offer, version } = offerOf(ledger, terms.offer, terms.version);
  if (offer.currency !== undefined && offer.currency !== terms.currency)
    throw known('POOL_INVALID', { where: 'pool.currency', expected: `that of the offer, ${offer.currency}` });
  if (terms.budget !== undefined) {
    const { currency } = budgetOf(ledger, terms.budget);
    if (currency !== terms.currency)
      throw known('POOL_INVALID', { where: 'pool.currency', expected: `that of the budget, ${currency}` });
  }
  bindOffer(ledger, { id: terms.offer, version }, at);
  ledger.db.write('insert into pools values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', [
    [
      terms.id,
      terms.offer,
      version,
      terms.budget ?? null,
      terms.currency,
      terms.codes.kind,
      total,
      terms.perPerson ?? offer.perPerson ?? null,
      JSON.stringify(terms.perTier ?? offer.perTier ?? {}),
      terms.startsAt ?? offer.validFrom ?? null,
      earlier(terms.expiresAt, offer.validTo),
      terms.validMs ?? null,
      terms.lowStock ?? Math.floor(total / 10),
      terms.holdMinor ?? 0,
      terms.isBearer === true || terms.codes.kind === 'shared' ? 1 : 0,
      digest,
      at,
      person,
    ],
  ]);
}

const earlier = (a: number | undefined, b: number | undefined): number | null =>
  a === undefined ? (b ?? null) : b === undefined ? a : Math.min(a, b);

function writeCodes({ db }: Ledger, pool: string, codes: readonly string[]): void {
  const written = db.write(
    "insert into coupons (code, pool, n, state) values (?, ?, ?, 'free') on conflict (code) do nothing",
    codes.map((code, n) => [code, pool, n]),
  );
  if (written < codes.length)
    throw known('POOL_INVALID', { where: 'pool.codes', expected: 'codes that no other pool has' });
}

function stock(ledger: Ledger, terms: PoolTerms, total: number, at: number): void {
  const { id, currency } = terms;
  const most = Math.min(total, terms.limit ?? total, offerOf(ledger, terms.offer, terms.version).offer.stock ?? total);
  makeAccounts(ledger, [
    ...COUPON_STATES.map((state) => ({
      name: couponsIn(id, state),
      unit: 'code',
      ...(state === 'redeemed' ? { most } : {}),
    })),
    { name: costsOf(id), unit: currency },
  ]);
  post(ledger, { at, deed: 'stock', source: outside('code'), target: couponsIn(id, 'free'), amount: total, ref: '' });
}

interface PoolRow extends Omit<Pool, 'perTier' | 'isBearer'> {
  readonly perTier: string;
  readonly isBearer: number;
}

const POOLS = `select id, offer_id as offer, offer_version as version, budget, currency, kind, total, per_person as perPerson,
  per_tier as perTier, starts_at as startsAt, expires_at as expiresAt, valid_ms as validMs, low_stock as lowStock,
  hold_minor as holdMinor, is_bearer as isBearer, at as madeAt from pools`;
const read = (row: PoolRow): Pool => ({
  ...row,
  perTier: JSON.parse(row.perTier) as Record<string, number>,
  isBearer: row.isBearer === 1,
});

/** @throws POOL_UNKNOWN */
export function poolOf({ db }: Ledger, id: string): Pool {
  const [row] = db.rows<PoolRow>(`${POOLS} where id = ?`, id);
  if (row === undefined) throw known('POOL_UNKNOWN', { id });
  return read(row);
}

/** All pools, the newest first. */
export const poolsOf = ({ db }: Ledger): Pool[] => db.rows<PoolRow>(`${POOLS} order by at desc, id`).map(read);
