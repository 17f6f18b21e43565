/** What is offered, as data: what it takes off or gives, what it costs, and whom and what it is for. */
import { z } from 'zod';
import { known } from '#errors.ts';

/** `coupon` needs a code of a pool, `discount` none; `ad` and `message` only reach people; `nothing` is the empty arm. */
export const OFFER_KINDS = [
  'discount',
  'coupon',
  'points',
  'gift',
  'free-shipping',
  'ad',
  'message',
  'nothing',
] as const;
export type OfferKind = (typeof OFFER_KINDS)[number];

/** Points given on an order. */
export interface Points {
  /** What the points of one order are worth to the customer; this or percentBack. */
  readonly worthMinor?: number;
  /** The same as a percentage of what is paid, 0 to 100. */
  readonly percentBack?: number;
  /** What one minor unit of points costs the shop: 0 (never spent) to 1. */
  readonly costShare: number;
}

export interface Gift {
  readonly productId: string;
  readonly unitCostMinor: number;
  /** Pieces an order; missing: 1. */
  readonly quantity?: number;
}

/** What reaching one person by ads costs: shows * (thousand price / 1,000 + clickShare * clickCostMinor). */
export interface AdCost {
  /** Shows a person, expected. */
  readonly shows: number;
  readonly thousandShowsCostMinor?: number;
  readonly clickCostMinor?: number;
  /** Clicks a show, 0 to 1. */
  readonly clickShare?: number;
}

/** Lines that an offer is for: those named by any of the lists. */
export interface Scope {
  readonly products?: readonly string[];
  /** Category paths; `Home` holds `Home > Kitchen` too. */
  readonly categories?: readonly string[];
  readonly brands?: readonly string[];
}

/** Money is in whole minor units; what is missing is not limited. */
export interface Offer {
  readonly kind: OfferKind;
  readonly id?: string;
  readonly name?: { readonly en: string; readonly zh: string };
  /** ISO 4217, of all amounts; missing: the shop's. */
  readonly currency?: string;
  /** Of discount and coupon, above 0 to 100; this or amountOffMinor. */
  readonly percentOff?: number;
  readonly amountOffMinor?: number;
  readonly points?: Points;
  readonly gift?: Gift;
  /** Of free-shipping: what the shop pays where the cart does not say it. */
  readonly shippingCostMinor?: number;
  readonly ad?: AdCost;
  /** Order value from which on the offer counts; 0: any. */
  readonly minSpendMinor: number;
  /** What it costs to reach one customer. */
  readonly contactCostMinor: number;
  /** Share of those who get it that use it on an order that it counts for, 0 to 1; missing: 1. */
  readonly redeemedShare?: number;
  readonly scope?: Scope;
  /** Margin that must be left as a share of what is paid, 0 to below 1; missing: it may sell below cost. */
  readonly marginFloorShare?: number;
  /** Kinds it may be used with in one order; both must say so. Ads, messages and nothing go with everything. */
  readonly stacksWith?: readonly OfferKind[];
  /** Uses in all, of one customer, and of a tier's customers together. */
  readonly stock?: number;
  readonly perPerson?: number;
  readonly perTier?: Readonly<Record<string, number>>;
  /** Epoch ms, the first moment and the first moment no more. */
  readonly validFrom?: number;
  readonly validTo?: number;
  readonly channel?: string;
}

/** Amounts of offers stay so small that a thousand of them can be added up exactly. */
const MOST_MINOR = 1_000_000_000_000;
const minor = z.int().min(0).max(MOST_MINOR);
const share = z.number().min(0).max(1);
const text = z.string().min(1).max(200);
const list = z.array(text).min(1).max(1000);

const POINTS = z
  .strictObject({
    worthMinor: z.int().gt(0).max(MOST_MINOR).optional(),
    percentBack: z.number().gt(0).max(100).optional(),
    costShare: share,
  })
  .refine((points) => (points.worthMinor === undefined) !== (points.percentBack === undefined), {
    message: 'either worthMinor or percentBack',
  });

const FIELDS = z.strictObject({
  kind: z.enum(OFFER_KINDS).default('coupon'),
  id: z
    .string()
    .regex(/^[\w.-]{1,100}$/, 'letters, digits, . _ and -, at most 100')
    .optional(),
  name: z.strictObject({ en: text, zh: text }).optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'an ISO 4217 code, e.g. CNY')
    .optional(),
  percentOff: z.number().gt(0).max(100).optional(),
  amountOffMinor: z.int().gt(0).max(MOST_MINOR).optional(),
  points: POINTS.optional(),
  gift: z
    .strictObject({ productId: text, unitCostMinor: minor, quantity: z.int().min(1).max(1000).optional() })
    .optional(),
  shippingCostMinor: minor.optional(),
  ad: z
    .strictObject({
      shows: z.number().min(0).max(100_000),
      thousandShowsCostMinor: minor.optional(),
      clickCostMinor: minor.optional(),
      clickShare: share.optional(),
    })
    .optional(),
  minSpendMinor: minor.default(0),
  contactCostMinor: minor.default(0),
  redeemedShare: share.optional(),
  scope: z
    .strictObject({ products: list.optional(), categories: list.optional(), brands: list.optional() })
    .refine((scope) => Object.values(scope).some((own) => own !== undefined), {
      message: 'products, categories or brands',
    })
    .optional(),
  marginFloorShare: z.number().min(0).lt(1).optional(),
  stacksWith: z.array(z.enum(OFFER_KINDS)).optional(),
  stock: minor.optional(),
  perPerson: z.int().min(1).optional(),
  perTier: z.record(z.string().min(1).max(100), minor).optional(),
  validFrom: z.int().optional(),
  validTo: z.int().optional(),
  channel: text.optional(),
});

/** The unchecked fields of an offer, for those who write a schema around one. */
export const OfferFields = FIELDS;

const isOff = (kind: OfferKind): boolean => kind === 'discount' || kind === 'coupon';

/** Which kind each giving field belongs to. */
const OWN: readonly (readonly [field: 'points' | 'gift' | 'shippingCostMinor' | 'ad', kind: OfferKind])[] = [
  ['points', 'points'],
  ['gift', 'gift'],
  ['shippingCostMinor', 'free-shipping'],
  ['ad', 'ad'],
];

const OFFER = FIELDS.superRefine((offer, context) => {
  const wrong = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
  const offs = [offer.percentOff, offer.amountOffMinor].filter((own) => own !== undefined).length;
  if (isOff(offer.kind) && offs !== 1) wrong([], 'either percentOff or amountOffMinor');
  if (!isOff(offer.kind) && offs > 0) wrong([], `no percentOff or amountOffMinor, since it is of kind ${offer.kind}`);
  for (const [field, kind] of OWN) {
    if (offer.kind === kind && offer[field] === undefined) wrong([field], `given, since the offer is of kind ${kind}`);
    if (offer.kind !== kind && offer[field] !== undefined) wrong([field], `only in an offer of kind ${kind}`);
  }
  if (offer.kind === 'nothing' && offer.contactCostMinor > 0)
    wrong(['contactCostMinor'], '0, since nothing is offered');
  if (offer.validFrom !== undefined && offer.validTo !== undefined && offer.validFrom >= offer.validTo)
    wrong(['validTo'], 'after validFrom');
});

/** @throws CAMPAIGN_INVALID */
export function parseOffer(input: unknown): Offer {
  const result = OFFER.safeParse(input);
  if (!result.success) {
    const first = result.error.issues[0];
    throw known('CAMPAIGN_INVALID', {
      where: ['offer', ...(first?.path ?? [])].join('.'),
      expected: first?.message ?? 'something else',
    });
  }
  return given(result.data) as Offer;
}

/** Without the fields that hold undefined. */
function given(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, own]) => (own === undefined ? [] : [[key, given(own)]])),
  );
}

/**
 * What a discount or coupon takes off an order of `orderMinor` that it counts for, as a mean for planning (not rounded;
 * other kinds: 0). What a redemption takes off is `takenOff`.
 */
export const discountOf = ({ percentOff, amountOffMinor }: Offer, orderMinor: number): number =>
  percentOff === undefined ? Math.min(amountOffMinor ?? 0, orderMinor) : (percentOff / 100) * orderMinor;

/**
 * Share of orders that reach the least spend, for orders around a mean: Gamma with shape 2 (its standard deviation is
 * 0.71 of its mean). An assumption for planning, not a fit.
 */
export function shareReaching(minSpendMinor: number, meanOrderMinor: number): number {
  if (minSpendMinor <= 0) return 1;
  if (meanOrderMinor <= 0) return 0;
  const x = (2 * minSpendMinor) / meanOrderMinor;
  return Math.exp(-x) * (1 + x);
}
