/** /roi as the console reads it. */
export const VERDICTS = ['paid', 'lost', 'unproven', 'unmeasured', 'broken'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Total {
  readonly total: number;
  readonly low: number;
  readonly high: number;
  readonly pValue: number;
}

export interface Measured {
  readonly treated: number;
  readonly held: number;
  readonly cost: { readonly discountMinor: number; readonly contactMinor: number; readonly totalMinor: number };
  readonly orders: Total | null;
  readonly revenue: Total | null;
  readonly margin: Total | null;
  readonly profit: Total | null;
  readonly roi: { readonly value: number; readonly low: number; readonly high: number } | null;
  readonly attributed: {
    readonly orders: number;
    readonly revenueMinor: number;
    readonly marginMinor: number;
    readonly profitMinor: number;
  };
  readonly verdict: Verdict;
  readonly trueProfitMinor: number | null;
}

export interface CampaignRoi extends Measured {
  readonly campaignId: string;
  readonly name: string;
  readonly startAt: number;
  readonly until: number;
  readonly isRunning: boolean;
  readonly payback: {
    readonly days: number | null;
    readonly interval: readonly [number | null, number | null];
  } | null;
  readonly checks: {
    readonly sampleRatio: { readonly pValue: number; readonly ok: boolean } | null;
    readonly heldWithCoupon: number;
    readonly heldInOther: number;
  };
}

export type TierRoi = Measured & { readonly tier: string };
export type OfferRoi = Measured & { readonly offer: string; readonly campaignId?: string };

export interface Advice {
  readonly kind: 'spend' | 'learn' | 'stop' | 'unknown';
  readonly budgetMinor: number;
  readonly budgetInterval: readonly [number, number];
  readonly profitMinor: number;
  readonly interval: readonly [number, number];
  readonly people: number;
  readonly available: number;
  readonly test: { readonly people: number; readonly costMinor: number; readonly effectMinor: number } | null;
  readonly campaigns: number;
  readonly measuredPeople: number;
  readonly windowDays: number;
  readonly curve: readonly AdvicePoint[];
}

export interface AdvicePoint {
  readonly traits: readonly string[];
  readonly people: number;
  readonly costMinor: number;
  readonly perUnit: number;
  readonly perUnitInterval: readonly [number, number];
  readonly budgetMinor: number;
  readonly profitMinor: number;
  readonly interval: readonly [number, number];
}

export interface Pooled {
  readonly campaigns: number;
  readonly meanMinor: number;
  readonly lowMinor: number;
  readonly highMinor: number;
  readonly betweenMinor: number;
  readonly next: readonly [number, number] | null;
}

export interface GlobalHoldout {
  readonly people: number;
  readonly share: number;
  readonly since: number;
  readonly profit: Total | null;
  readonly treatedMonthMinor: number;
  readonly heldMonthMinor: number;
  readonly drift: { readonly largest: number; readonly ok: boolean };
}

export interface Roi {
  readonly attribution: { readonly clickDays: number; readonly viewDays: number };
  readonly total: Measured;
  readonly campaigns: readonly CampaignRoi[];
  readonly byTier: readonly TierRoi[];
  readonly byOffer: readonly OfferRoi[];
  readonly pooled: Pooled | null;
  readonly globalHoldout: GlobalHoldout | null;
  readonly advice: Advice;
}

export interface CampaignRoiDetail extends CampaignRoi {
  readonly byTier: readonly TierRoi[];
  readonly byOffer: readonly OfferRoi[];
  readonly curve: readonly {
    readonly day: number;
    readonly profitMinor: number;
    readonly lowMinor: number;
    readonly highMinor: number;
  }[];
}
