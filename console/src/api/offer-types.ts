/** What the endpoints of offers, coupon pools, budgets and the ledger answer. */
import type { Both } from '../i18n/index.tsx';

export const OFFER_KINDS = [
  'coupon',
  'discount',
  'points',
  'gift',
  'free-shipping',
  'ad',
  'message',
  'nothing',
] as const;
export type OfferKind = (typeof OFFER_KINDS)[number];

/** An offer as it is kept; see /docs. */
export interface OfferTerms {
  readonly kind: OfferKind;
  readonly id?: string;
  readonly name?: Both;
  readonly percentOff?: number;
  readonly amountOffMinor?: number;
  readonly points?: { readonly worthMinor?: number; readonly percentBack?: number; readonly costShare: number };
  readonly gift?: { readonly productId: string; readonly unitCostMinor: number; readonly quantity?: number };
  readonly shippingCostMinor?: number;
  readonly ad?: {
    readonly shows: number;
    readonly thousandShowsCostMinor?: number;
    readonly clickCostMinor?: number;
    readonly clickShare?: number;
  };
  readonly minSpendMinor: number;
  readonly contactCostMinor: number;
  readonly redeemedShare?: number;
  readonly scope?: {
    readonly products?: readonly string[];
    readonly categories?: readonly string[];
    readonly brands?: readonly string[];
  };
  readonly marginFloorShare?: number;
  readonly stacksWith?: readonly OfferKind[];
  readonly stock?: number;
  readonly perPerson?: number;
  readonly perTier?: Readonly<Record<string, number>>;
  readonly validFrom?: number;
  readonly validTo?: number;
  readonly channel?: string;
}

export interface MarginCheck {
  readonly orders: number;
  readonly usable: number;
  readonly loses: number;
  readonly cut: number;
  readonly refused: number;
  readonly marginBeforeMinor: number;
  readonly usedMinor: number;
}

export interface OfferVersion {
  readonly id: string;
  readonly version: number;
  readonly kind: OfferKind;
  readonly name: Both;
  readonly terms: OfferTerms;
  readonly words: Both;
  readonly isUsed: boolean;
  readonly at: number;
}

export interface OfferRow extends OfferVersion {
  readonly pools: number;
  readonly issued: number;
  readonly redeemed: number;
  readonly costMinor: number;
  readonly check: MarginCheck;
}

export interface OfferDetail extends OfferRow {
  readonly versions: readonly OfferVersion[];
}

export interface OfferCheck {
  readonly words: Both;
  readonly reachMinor: number;
  readonly check: MarginCheck;
}

type Interval = readonly [low: number, high: number];

export interface PastOffer {
  readonly offerId: string;
  readonly campaignId: string | null;
  readonly campaign: string | null;
  readonly kind: string;
  readonly words: Both;
  readonly startsAt: number | null;
  readonly endsAt: number | null;
  readonly offered: number;
  readonly redeemed: number;
  readonly discountMinor: number;
  readonly contactMinor: number;
  readonly costMinor: number;
  readonly heldOut: number;
  readonly moreOrders: number | null;
  readonly moreOrdersInterval: Interval | null;
  readonly costPerOrderMinor: number | null;
  readonly costPerOrderInterval: Interval | null;
}

export type CouponState = 'free' | 'issued' | 'redeemed' | 'refunded' | 'expired' | 'revoked';

export interface PoolRow {
  readonly id: string;
  readonly offerId: string;
  readonly offerVersion: number;
  readonly offerName: Both;
  readonly budgetId: string | null;
  readonly currency: string;
  readonly kind: 'generated' | 'uploaded' | 'shared';
  readonly total: number;
  readonly counts: Readonly<Record<CouponState, number>>;
  readonly most: number;
  readonly costMinor: number;
  readonly perPerson: number | null;
  readonly perTier: Readonly<Record<string, number>>;
  readonly startsAt: number | null;
  readonly expiresAt: number | null;
  readonly validMs: number | null;
  readonly holdMinor: number;
  readonly lowStock: number;
  readonly isLow: boolean;
  readonly isOver: boolean;
  readonly madeAt: number;
}

export interface Point {
  readonly at: number;
  readonly value: number;
}

export interface PoolDetail extends PoolRow {
  readonly code: string | null;
  readonly left: readonly Point[];
  readonly redeemed: readonly Point[];
}

export interface BudgetRow {
  readonly id: string;
  readonly campaignId: string | null;
  readonly currency: string;
  readonly openedAt: number;
  readonly totalMinor: number;
  readonly freeMinor: number;
  readonly heldMinor: number;
  readonly spentMinor: number;
}

export interface BudgetDetail extends BudgetRow {
  readonly free: readonly Point[];
  readonly spent: readonly Point[];
}

export interface LedgerTail {
  readonly entries: number;
  readonly head: string;
  readonly rows: readonly {
    readonly id: number;
    readonly at: number;
    readonly deed: string;
    readonly source: string;
    readonly target: string;
    readonly amount: number;
    readonly ref: string;
    readonly unit: string;
  }[];
}

export interface Verdict {
  readonly ok: boolean;
  readonly entries: number;
  readonly head: string;
  readonly faults: readonly string[];
}
