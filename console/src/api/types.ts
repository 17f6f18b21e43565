/** The HTTP contract as the console reads it: /api/v1, money in minor units, times in epoch milliseconds UTC. */
import type { Both } from '../i18n/index.tsx';

export interface Named extends Both {
  readonly key: string;
}

export interface TierName extends Named {
  readonly index: number;
}

export interface Shop {
  readonly name: string;
  readonly currency: string;
  readonly currencyDigits: number;
  readonly timeZone: string;
  readonly language: string;
  readonly isDemo: boolean;
  readonly asOf: number;
  readonly dataFrom: number | null;
  readonly dataTo: number | null;
  readonly horizonDays: number;
  readonly customers: number;
  readonly products: number;
  /** Lowest first. */
  readonly tiers: readonly TierName[];
  readonly tags: readonly Named[];
  readonly rfmSegments: readonly Named[];
  /** Of the life with the shop, from well to lost. */
  readonly states: readonly (Named & { readonly about: Both })[];
}

/** `to` is not included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Kpi {
  readonly key: 'revenue' | 'orders' | 'customers' | 'newCustomers' | 'aov' | 'refunds';
  readonly value: number | null;
  readonly previous: number | null;
  readonly unit: 'minor' | 'count';
}

export interface Alert extends Both {
  readonly level: 'info' | 'warning' | 'error';
  readonly code: string;
  readonly link: string;
}

export interface SeriesPoint {
  readonly at: number;
  readonly revenueMinor: number;
  readonly refundsMinor: number;
  readonly orders: number;
}

/** People of one high tier who are in one worse state now. */
export interface Slip {
  readonly tier: string;
  readonly state: string;
  readonly beforeMinor: number;
  readonly valueMinor: number;
}

export interface Lifecycle {
  readonly from: number | null;
  readonly to: number | null;
  readonly states: readonly { readonly key: string; readonly customers: number; readonly valueMinor: number }[];
  readonly links: readonly { readonly from: string; readonly to: string; readonly customers: number }[];
  readonly slips: {
    readonly tiers: readonly string[];
    readonly customers: number;
    readonly beforeMinor: number;
    readonly valueMinor: number;
    readonly rows: readonly (Slip & { readonly customers: number })[];
    readonly top: readonly (Slip & { readonly customerId: string; readonly since: number | null })[];
  };
}

export interface Home {
  readonly range: Span;
  readonly previous: Span;
  readonly unit: 'hour' | 'day' | 'week' | 'month';
  readonly kpis: readonly Kpi[];
  readonly series: readonly SeriesPoint[];
  readonly tiers: readonly { readonly key: string; readonly customers: number; readonly valueMinor: number }[];
  readonly lifecycle: Lifecycle;
  readonly campaigns: readonly CampaignSummary[];
  readonly alerts: readonly Alert[];
  readonly nextStep: Both & { readonly link: string };
}

export interface Page<Row> {
  readonly total: number;
  readonly rows: readonly Row[];
}

export interface CustomerRow {
  readonly customerId: string;
  readonly tier: string | null;
  readonly state: string | null;
  readonly valueMinor: number | null;
  readonly spendMinor: number;
  readonly orders: number;
  readonly lastOrderAt: number | null;
  readonly pAlive: number | null;
  readonly rfmSegment: string | null;
  readonly tags: readonly string[];
  readonly city: string | null;
  /** Orders in each of the last 12 months, newest last. */
  readonly spark: readonly number[];
}

export interface Reason extends Both {
  readonly code: string;
  readonly effect: number;
}

export interface Weighted {
  readonly name: string;
  readonly nameZh?: string | null;
  readonly weight: number;
}

export interface Profile {
  readonly customerId: string;
  readonly traits: Readonly<Record<string, string | number | boolean | null>>;
  readonly tier: {
    readonly key: string | null;
    readonly since: number | null;
    readonly previous: string | null;
    readonly predicted: string | null;
    readonly predictedProbability: number | null;
    readonly probabilities: readonly number[];
    readonly reasons: readonly Reason[];
  };
  readonly value: {
    readonly valueMinor: number | null;
    readonly lowMinor: number | null;
    readonly highMinor: number | null;
    /** Expected margin as it adds up over the days ahead, with its 80 % range. */
    readonly fan: readonly {
      readonly days: number;
      readonly valueMinor: number;
      readonly lowMinor: number;
      readonly highMinor: number;
    }[];
    readonly expectedOrders: number | null;
    readonly expectedSpendMinor: number | null;
    readonly pAlive: number | null;
    readonly spendMinor: number;
    readonly orders: number;
    readonly aovMinor: number | null;
    readonly daysBetweenOrders: number | null;
    readonly nextOrderAt: number | null;
  };
  /** Null without an order. */
  readonly lifecycle: {
    readonly state: string;
    readonly since: number;
    readonly previous: string | null;
    readonly silenceDays: number;
    readonly expectedGapDays: number;
    readonly chanceSilence: number;
    readonly pActive: number;
    readonly chanceToBuy: number;
    readonly nextOrderAt: number;
    readonly nextLowAt: number;
    readonly nextHighAt: number;
  } | null;
  readonly rfm: {
    readonly r: number | null;
    readonly f: number | null;
    readonly m: number | null;
    readonly segment: string | null;
  };
  readonly tags: readonly string[];
  readonly topCategories: readonly Weighted[];
  readonly topBrands: readonly Weighted[];
  readonly similar: readonly { readonly customerId: string; readonly tier: string | null }[];
  readonly consent: { readonly marketing: boolean | null; readonly personal: boolean | null };
  readonly firstOrderAt: number | null;
  readonly lastOrderAt: number | null;
  readonly history: readonly { readonly asOf: number; readonly tier: string; readonly valueMinor: number | null }[];
  readonly moves: readonly {
    readonly fromTier: string | null;
    readonly toTier: string;
    readonly fromAt: number;
    readonly toAt: number;
    readonly why: string;
  }[];
  readonly campaigns: readonly {
    readonly campaignId: string;
    readonly name: string;
    readonly arm: string;
    readonly reasonEn: string;
    readonly reasonZh: string;
  }[];
}

export type TimelineKind = 'order' | 'return' | 'event' | 'review' | 'exposure' | 'redemption';

export interface TimelineRow {
  readonly at: number;
  readonly kind: TimelineKind;
  readonly title: string;
  readonly titleZh: string | null;
  readonly productId: string | null;
  readonly amountMinor: number | null;
  readonly lines: number | null;
  readonly detail: string | null;
}

export interface Timeline {
  readonly rows: readonly TimelineRow[];
  readonly next: string | null;
}

/** A product's title as the shop wrote it, with the Chinese one where there is one. */
export interface Titled {
  readonly productId: string;
  readonly title: string | null;
  readonly titleZh: string | null;
}

export interface Recommendation extends Titled {
  readonly rank: number;
  readonly priceMinor: number | null;
  readonly imageUrl: string | null;
  readonly score: number;
  /** Of being bought within the ranker's horizon; null where it tells none. */
  readonly chance: number | null;
  readonly source: string;
  readonly strategy: string | null;
  readonly reasonEn: string;
  readonly reasonZh: string;
}

export interface TierRow {
  readonly key: string;
  readonly customers: number;
  readonly shareCustomers: number;
  readonly valueMinor: number;
  readonly shareValue: number | null;
  readonly spendMinor: number;
  readonly shareSpend: number | null;
  readonly meanValueMinor: number | null;
  readonly medianRecencyDays: number | null;
  readonly medianOrders: number | null;
  readonly medianSpendMinor: number | null;
}

export interface Tiers {
  readonly asOf: number;
  /** Oldest first. */
  readonly dates: readonly number[];
  /** Lowest tier first. */
  readonly rows: readonly TierRow[];
  readonly policy: unknown;
  /** Value above which each tier but the lowest begins. */
  readonly cutsMinor: readonly number[] | null;
  readonly evaluation: unknown;
}

export interface ModelSummary {
  readonly name: 'tiers' | 'value';
  readonly version: string;
  readonly source: string;
  /** What was chosen; null where nothing was learned. */
  readonly learner: string | null;
  /** null: all data before learnedTo. */
  readonly learnedFrom: number | null;
  readonly learnedTo: number | null;
  readonly judged: { readonly customers: number; readonly from: number | null; readonly until: number | null } | null;
  readonly fallback: { readonly en: string; readonly zh: string } | null;
}

export interface Models {
  readonly asOf: number;
  readonly models: readonly ModelSummary[];
}

/** Over folds of customers. */
export interface Spread {
  readonly mean: number;
  readonly sd: number;
  readonly folds: readonly number[];
}

type TierFigure = 'accuracy' | 'macroRecall' | 'macroF1' | 'kappa' | 'gini';
type Ends = { readonly low: number; readonly high: number };

/** Parts that the model's card lacks are null. */
export interface ModelTiers {
  readonly trainedCustomers: number | null;
  readonly features: number | null;
  readonly choice: {
    readonly rows: number;
    readonly folds: number;
    /** By falling kappa. */
    readonly candidates: readonly {
      readonly name: string;
      readonly family: string;
      readonly of: readonly string[];
      readonly kappa: Spread;
      readonly gini: Spread;
      readonly macroF1: Spread;
    }[];
    readonly chosen: string;
    readonly weights: readonly { readonly name: string; readonly weight: number }[];
    readonly equals: readonly string[];
    readonly tolerance: number;
  } | null;
  readonly curve: {
    readonly points: readonly {
      readonly share: number;
      readonly rows: number;
      readonly train: Spread;
      readonly validation: Spread;
    }[];
    readonly warning: { readonly lost: number; readonly lostAtLeast: number; readonly isRising: boolean } | null;
  } | null;
  readonly methods: readonly unknown[] | null;
  readonly differences:
    | readonly {
        readonly against: string;
        readonly metrics: Readonly<Record<TierFigure, Ends & { readonly difference: number }>>;
      }[]
    | null;
  /** [actual][foretold] customers, lowest tier first. */
  readonly confusion: readonly (readonly number[])[] | null;
  readonly calibrationGap: number | null;
  /** By tier, lowest first. */
  readonly calibration:
    | readonly (readonly { readonly weight: number; readonly told: number; readonly happened: number }[])[]
    | null;
  /** The strongest first. */
  readonly weights:
    | readonly {
        readonly feature: string;
        readonly share: number;
        readonly direction: number;
        readonly about: { readonly en: string; readonly zh: string } | null;
      }[]
    | null;
}

export interface Model extends ModelSummary {
  readonly horizonDays: number;
  readonly tiers: ModelTiers | null;
  readonly metrics: Readonly<Record<string, number>> | null;
  /** Of value: tenths of customers by foretold spend, lowest first; means in minor units. */
  readonly deciles:
    | readonly {
        readonly customers: number;
        readonly foretold: number;
        readonly actual: number;
        readonly low: number;
        readonly high: number;
      }[]
    | null;
}

export interface TierPolicy {
  /** Lowest first. */
  readonly tiers: readonly (Named & {
    readonly benefit?: {
      readonly costMinor: number;
      readonly upliftShare: number;
      readonly basis: 'assumed' | 'measured';
    };
  })[];
  readonly cuts:
    | { readonly by: 'share'; readonly shares: readonly number[] }
    | { readonly by: 'money'; readonly aboveMinor: readonly number[] }
    | { readonly by: 'capacity'; readonly places: readonly number[] }
    | { readonly by: 'profit' };
  readonly hysteresis: number;
  readonly dwellDays: number;
  readonly chances?: { readonly promoteAbove: number; readonly demoteAbove: number };
}

/** With its 95 % interval over customers. */
export interface Ratio {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** A policy replayed on the past. */
export interface Tried {
  readonly policy: TierPolicy;
  readonly dates: readonly number[];
  readonly cutsMinor: readonly number[];
  readonly tiers: readonly { readonly tier: string; readonly customers: number }[];
  readonly movesPerCustomerYear: Ratio | null;
  readonly reverted: Ratio | null;
  readonly regret: {
    readonly right: Ratio | null;
    readonly missedMarginShare: Ratio | null;
    readonly profitMinor: number | null;
  } | null;
  readonly benefits: {
    readonly costMinor: number;
    readonly upliftMinor: number;
    readonly profitMinor: number;
    readonly basis: 'assumed' | 'measured';
  } | null;
}

export interface WhatIf {
  readonly inForce: Tried | null;
  readonly proposed: Tried;
  readonly changes: readonly { readonly from: string; readonly to: string; readonly customers: number }[];
}

/** `none` stands for people who were not customers then. */
export interface Migration {
  readonly from: number | null;
  readonly to: number | null;
  readonly links: readonly { readonly from: string; readonly to: string; readonly customers: number }[];
}

export interface RfmCell {
  readonly r: number;
  readonly f: number;
  readonly customers: number;
  readonly meanSpendMinor: number;
  readonly segment: string | null;
}

export interface RfmGrid {
  readonly cells: readonly RfmCell[];
}

/** Customers from least to most; each share sorted by itself. */
export interface Lorenz {
  readonly points: readonly { readonly share: number; readonly spendShare: number; readonly valueShare: number }[];
  readonly giniSpend: number | null;
  readonly giniValue: number | null;
  readonly top10Share: number | null;
}

export interface ProductRow extends Titled {
  readonly category: string | null;
  readonly categoryZh: string | null;
  readonly brand: string | null;
  readonly priceMinor: number | null;
  readonly stock: number | null;
  readonly imageUrl: string | null;
  readonly revenueMinor: number;
  readonly units: number;
  readonly customers: number;
}

export interface ProductPage extends Page<ProductRow> {
  readonly categories: readonly { readonly key: string; readonly zh: string | null; readonly products: number }[];
}

export interface Neighbour extends Titled {
  /** bought-together, alike or same-category. */
  readonly kind: string;
  readonly priceMinor: number | null;
  readonly score: number;
  readonly imageUrl: string | null;
}

export interface Product extends ProductRow {
  readonly description: string | null;
  readonly descriptionZh: string | null;
  readonly unitCostMinor: number | null;
  readonly firstSoldAt: number | null;
  readonly lastSoldAt: number | null;
  readonly features: Readonly<Record<string, string | number | boolean | null>>;
  readonly neighbours: readonly Neighbour[];
  readonly recommended: {
    readonly customers: number;
    readonly bySource: readonly { readonly source: string; readonly customers: number }[];
  };
}

export interface Recommender {
  readonly metrics: unknown;
  readonly coverage: {
    readonly customers: number;
    readonly shareCustomers: number | null;
    readonly products: number;
    readonly shareProducts: number | null;
  };
  readonly bySource: readonly { readonly source: string; readonly items: number }[];
  readonly topProducts: readonly (Titled & { readonly imageUrl: string | null; readonly customers: number })[];
  readonly flow: {
    readonly named: readonly { readonly source: string; readonly items: number }[];
    readonly ranked: number;
    readonly durable: number;
    readonly resting: number;
    readonly unused: number;
  } | null;
  readonly ranker: {
    readonly kind: 'walk' | 'learned';
    readonly horizonDays: number | null;
    readonly trial: {
      readonly customers: number;
      readonly k: number;
      readonly learned: number;
      readonly walk: number;
    } | null;
  } | null;
  readonly strategies: readonly StrategyRow[];
  /** Shares by tenths of the products, the most bought first. */
  readonly popularity: { readonly shown: readonly number[]; readonly bought: readonly number[] } | null;
}

export interface StrategySettings {
  readonly key: string;
  readonly weights: Readonly<Record<string, number>>;
  readonly least: Readonly<Record<string, number>>;
  readonly most: Readonly<Record<string, number>>;
  readonly restShare: number;
  readonly diversity: string;
  readonly diversityWeight: number;
  readonly calibration: number;
  readonly freshBoost: number;
  readonly freshHalfLifeDays: number;
  readonly marginWeight: number;
  readonly perCategoryMax: number;
}

type Metrics = Readonly<Record<string, number>>;

/** How customers of one tier get their lists, and how such lists did. */
export interface StrategyRow {
  /** Null: no tier yet. */
  readonly tier: string | null;
  /** Null: they may not be profiled and get popular products. */
  readonly strategy: string | null;
  readonly customers: number;
  readonly settings: StrategySettings | null;
  readonly judged: {
    readonly users: number;
    readonly all: Metrics;
    readonly repeat: Metrics;
    readonly explore: Metrics;
  } | null;
}

export interface RecommenderHistory {
  readonly part: string;
  readonly rows: readonly {
    readonly asOf: number;
    readonly method: string;
    /** Null: everybody; empty: no tier yet. */
    readonly tier: string | null;
    readonly metrics: Metrics;
  }[];
}

export type LifeStatus =
  | 'draft'
  | 'in-review'
  | 'approved'
  | 'scheduled'
  | 'running'
  | 'paused'
  | 'finished'
  | 'stopped';
export type CampaignStatus = LifeStatus | 'planned' | 'measured';
export type CampaignAction =
  | 'edit'
  | 'submit'
  | 'approve'
  | 'reject'
  | 'schedule'
  | 'start'
  | 'pause'
  | 'finish'
  | 'stop';

export interface CampaignLife {
  readonly status: LifeStatus;
  readonly version: number;
  readonly authors: readonly string[];
  readonly approvedBy: string | null;
  readonly startAt: number | null;
  readonly endAt: number | null;
  readonly priority: number;
  readonly exclusive: boolean;
  readonly reserved: { readonly budget: string; readonly amountMinor: number } | null;
  readonly handed: { readonly at: number; readonly messages: number; readonly refused: number } | null;
  readonly can: readonly CampaignAction[];
}

export interface CampaignChange {
  readonly version: number;
  readonly at: number;
  readonly actor: string;
  readonly action: CampaignAction | 'create' | 'hand-over';
  readonly note: string;
  readonly from: LifeStatus | null;
  readonly to: LifeStatus;
  readonly changed: Readonly<Record<string, readonly unknown[]>>;
}

export interface CampaignOverlaps {
  readonly rows: readonly {
    readonly campaignId: string;
    readonly name: string;
    readonly status: LifeStatus;
    readonly priority: number;
    readonly exclusive: boolean;
    readonly offered: number;
    readonly holdoutSpoiled: number;
    readonly spoilsHoldout: number;
  }[];
  readonly spoiledSoFar: number;
}

export interface CampaignSummary {
  readonly campaignId: string;
  readonly name: string;
  readonly status: CampaignStatus;
  readonly createdAt: number | null;
  readonly audience: number;
  readonly offered: number;
  readonly holdout: number;
  readonly costMinor: number;
  readonly expectedProfitMinor: number;
  readonly measuredProfitMinor: number | null;
}

export interface ArmTotals {
  readonly audience: number;
  readonly offered: number;
  readonly holdout: number;
  readonly none: number;
  readonly costMinor: number;
  readonly expectedProfitMinor: number;
}

export type Arm = 'offer' | 'holdout' | 'none';

export interface CampaignTotals extends ArmTotals {
  /** With consent, and not contacted too lately. */
  readonly eligible: number | null;
  /** 95 % interval of the expected profit. */
  readonly expectedProfitInterval: readonly [number, number] | null;
  readonly byTier: readonly (ArmTotals & { readonly tier: string })[];
  readonly reasons: readonly (Both & { readonly arm: Arm; readonly code: string; readonly customers: number })[];
  readonly curve: readonly {
    readonly offers: number;
    readonly costMinor: number;
    readonly expectedProfitMinor: number;
  }[];
  readonly byOffer: readonly OfferTotals[];
  /** Expected profit of one more unit of budget. */
  readonly shadowPrice: number | null;
  readonly expectedKept: number | null;
}

export interface OfferTotals {
  readonly offerId: string;
  readonly offered: number;
  readonly holdout: number;
  readonly costMinor: number;
  readonly expectedProfitMinor: number;
  readonly interval: readonly [number, number];
  readonly byTier: readonly { readonly tier: string; readonly offered: number }[];
}

export interface Prospect {
  readonly customers: number;
  readonly costMinor: number;
  readonly expectedProfitMinor: number;
  readonly interval: readonly [number, number];
  /** Customers more who buy within the window. */
  readonly expectedKept: number;
}

export type Targeting = 'everyone' | 'top-value' | 'top-churn' | 'random';

export interface Simulation {
  readonly plan: ArmTotals & {
    readonly eligible: number;
    readonly byTier: readonly (ArmTotals & { readonly tier: string })[];
    readonly byOffer: readonly OfferTotals[];
    readonly budgetMinor: number;
    readonly interval: readonly [number, number];
    readonly shadowPrice: number;
    readonly expectedKept: number;
  };
  readonly basis: {
    readonly kind: string;
    readonly campaigns: readonly string[];
    readonly people: number;
    readonly notes: readonly string[];
  };
  readonly curve: readonly (Prospect & { readonly budgetMinor: number; readonly shadowPrice: number })[];
  readonly comparisons: readonly (Prospect & {
    readonly targeting: Targeting;
    readonly offerId: string;
    readonly withinBudget: boolean;
    readonly lessMinor: number;
    readonly lessInterval: readonly [number, number];
  })[];
  readonly pareto: readonly (Prospect & { readonly retentionMinor: number })[];
  readonly sampledEvery: number;
}

export interface Campaign extends CampaignSummary {
  readonly life: CampaignLife | null;
  readonly asked: unknown;
  readonly definition: unknown;
  readonly totals: CampaignTotals;
  readonly measured: unknown;
  readonly truth: unknown;
}

export interface Person {
  readonly customerId: string;
  readonly arm: Arm;
  readonly offerId: string | null;
  readonly tier: string | null;
  readonly score: number | null;
  readonly expectedProfitMinor: number | null;
  readonly costMinor: number | null;
  readonly propensity: number | null;
  readonly reason: string | null;
  readonly reasonEn: string;
  readonly reasonZh: string;
}

export interface Quality {
  readonly report: unknown;
  readonly rejects: readonly {
    readonly table: string;
    readonly rows: number;
    readonly reasons: readonly { readonly reason: string; readonly rows: number }[];
  }[];
}

export interface Rejects extends Page<Readonly<Record<string, string | number | boolean | null>>> {
  readonly columns: readonly string[];
}
