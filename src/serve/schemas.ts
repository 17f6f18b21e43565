/**
 * The HTTP contract: what each route takes and gives. The routes check with these, /openapi.json is made from them, and
 * the console is written against them. Times are epoch milliseconds UTC, money whole minor units of the shop's currency.
 * A field that may be absent is `null`, never missing.
 */
import { z } from 'zod';
import { STATUSES } from '#campaigns/index.ts';
import { STATES } from '#value/index.ts';
import { count, dir, flag, format, minor, moment, page, score, share, text, when } from './parameters.ts';

export const ErrorReply = z.object({ error: z.object({ code: z.string(), message: z.string(), fix: z.string() }) });
/** Whom a state names; `none` is not a customer yet. */
const state = z.enum(STATES);

export const HealthReply = z.object({ ok: z.boolean(), version: z.string(), asOf: moment });

const bilingual = { en: z.string(), zh: z.string() };
const named = z.object({ key: z.string(), ...bilingual });

export const ShopReply = z.object({
  name: z.string(),
  currency: z.string(),
  currencyDigits: count,
  timeZone: z.string(),
  language: z.enum(['zh', 'en']),
  isDemo: z.boolean(),
  asOf: moment,
  dataFrom: moment.nullable().describe('first order'),
  dataTo: moment.nullable().describe('last order'),
  horizonDays: z.number(),
  customers: count,
  products: count,
  tiers: z.array(z.object({ key: z.string(), index: count, ...bilingual })).describe('lowest first'),
  tags: z.array(named),
  rfmSegments: z.array(named),
  states: z
    .array(named.extend({ about: z.object(bilingual) }))
    .describe('of the life with the shop, from well to lost'),
});

export const CampaignSummary = z.object({
  campaignId: z.string(),
  name: z.string(),
  status: z.enum([...STATUSES, 'planned', 'measured']).describe('planned: by a run; measured: its result is known'),
  createdAt: moment.nullable(),
  audience: count.describe('customers whom the condition holds'),
  offered: count,
  holdout: count,
  costMinor: minor.describe('expected cost of the offers'),
  expectedProfitMinor: minor,
  measuredProfitMinor: minor.nullable().describe('incremental, from the holdout'),
});

export const LifecycleQuery = z.strictObject({
  from: when.describe('one of the dates of /tiers; default the last but one'),
  to: when.describe('one of the dates of /tiers; default the last'),
});
const slipRow = { tier: z.string(), state, beforeMinor: minor, valueMinor: minor };
export const LifecycleReply = z.object({
  asOf: moment,
  dates: z.array(moment).describe('moments for which states are known, oldest first'),
  from: moment.nullable(),
  to: moment.nullable(),
  states: z.array(z.object({ key: state, customers: count, valueMinor: minor })).describe('now, from well to lost'),
  links: z
    .array(z.object({ from: z.string(), to: z.string(), customers: count }))
    .describe('between the two moments; none: not a customer then'),
  slips: z
    .object({
      tiers: z.array(z.string()).describe('that are watched: the highest two'),
      customers: count,
      beforeMinor: minor.describe('what they were expected to bring over the horizon, as of `from`'),
      valueMinor: minor.describe('what they are still expected to bring'),
      rows: z.array(z.object({ ...slipRow, customers: count })).describe('highest tier first, lapsed last'),
      top: z
        .array(z.object({ ...slipRow, customerId: z.string(), since: moment.nullable() }))
        .describe('at most 10, most at stake first'),
    })
    .describe('who was in a high tier at `from` and is now at risk or lapsed, and was better then'),
  evaluation: z.unknown().describe('states of an earlier moment beside who then bought, or null'),
});

export const HomeQuery = z.strictObject({
  from: when.describe('widened to the start of its local day; default 30 days before `to`'),
  to: when.describe('widened to the end of its local day; default the day of the last data'),
});
const range = z.object({ from: moment, to: moment.describe('not included') });
export const HomeReply = z.object({
  range,
  previous: range.describe('as many local days, directly before'),
  unit: z.enum(['hour', 'day', 'week', 'month']),
  kpis: z.array(
    z.object({
      key: z.enum(['revenue', 'orders', 'customers', 'newCustomers', 'aov', 'refunds']),
      value: z.int().nullable(),
      previous: z.int().nullable(),
      unit: z.enum(['minor', 'count']),
    }),
  ),
  series: z.array(
    z.object({
      at: moment.describe('start of the local bucket'),
      revenueMinor: minor,
      refundsMinor: minor,
      orders: count,
    }),
  ),
  tiers: z.array(z.object({ key: z.string(), customers: count, valueMinor: minor })).describe('lowest first'),
  lifecycle: LifecycleReply,
  campaigns: z.array(CampaignSummary).describe('newest first, at most 5'),
  alerts: z.array(
    z.object({ level: z.enum(['info', 'warning', 'error']), code: z.string(), ...bilingual, link: z.string() }),
  ),
  nextStep: z.object({ ...bilingual, link: z.string() }),
});

export const CUSTOMER_SORTS = ['value', 'spend', 'orders', 'last_order', 'p_alive', 'customer_id'] as const;
export const CustomersQuery = z.strictObject({
  search: text.optional().describe('part of the customer id or city'),
  tier: text.optional().describe('one or several keys, parted by commas'),
  state: text.optional().describe('one or several states, parted by commas'),
  stateFrom: text.optional().describe('states at moveFrom, parted by commas'),
  slipped: flag.optional().describe('at risk or lapsed now, and better at moveFrom'),
  segment: text.optional().describe('RFM segment'),
  tag: text.optional(),
  r: score,
  f: score,
  m: score,
  from: when.describe('last order at or after'),
  to: when.describe('last order before'),
  hasOrders: flag.optional(),
  inSegment: text.optional().describe('id of a saved segment'),
  movedFrom: text.optional().describe('tiers at moveFrom, parted by commas, or none'),
  movedTo: text.optional().describe('tiers at moveTo, parted by commas, or none'),
  moveFrom: when.describe('one of the dates of /tiers; default the last but one'),
  moveTo: when.describe('one of the dates of /tiers; default the last'),
  sort: z.enum(CUSTOMER_SORTS).default('value'),
  dir,
  ...page,
  format,
});
export const CustomerRow = z.object({
  customerId: z.string(),
  tier: z.string().nullable(),
  state: state.nullable(),
  valueMinor: minor.nullable(),
  spendMinor: minor,
  orders: count,
  lastOrderAt: moment.nullable(),
  pAlive: share.nullable(),
  rfmSegment: z.string().nullable(),
  tags: z.array(z.string()),
  city: z.string().nullable(),
  spark: z.array(count).length(12).describe('orders in each of the last 12 local months, newest last'),
});
export const CustomersReply = z.object({ total: count, rows: z.array(CustomerRow) });

export const CustomerParams = z.object({ id: z.string().min(1).max(300) });
const weighted = z.array(z.object({ name: z.string(), weight: z.number() }));
export const CustomerReply = z.object({
  customerId: z.string(),
  traits: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  tier: z.object({
    key: z.string().nullable(),
    since: moment.nullable(),
    previous: z.string().nullable(),
    predicted: z.string().nullable(),
    predictedProbability: share.nullable(),
    probabilities: z.array(share).describe('by tier, lowest first; empty where there is no model'),
    reasons: z.array(z.object({ code: z.string(), effect: z.number(), ...bilingual })),
  }),
  value: z.object({
    valueMinor: minor.nullable().describe('expected margin over the horizon'),
    lowMinor: minor.nullable(),
    highMinor: minor.nullable(),
    expectedOrders: z.number().nullable(),
    expectedSpendMinor: minor.nullable(),
    fan: z
      .array(z.object({ days: count, valueMinor: minor, lowMinor: minor, highMinor: minor }))
      .describe('expected margin as it adds up over so many days, with its 80 % range; empty where there is no model'),
    pAlive: share.nullable(),
    spendMinor: minor,
    orders: count,
    aovMinor: minor.nullable(),
    daysBetweenOrders: z.number().nullable().describe('mean; null with fewer than two orders'),
    nextOrderAt: moment.nullable().describe('last order plus that mean; may be past, then the order is overdue'),
  }),
  lifecycle: z
    .object({
      state,
      since: moment,
      previous: state.nullable(),
      silenceDays: count,
      expectedGapDays: z.number().describe('median days from one order to the next'),
      chanceSilence: share.describe('that a silence gets so long while the customer is still one'),
      pActive: share.describe('that the customer still is one'),
      chanceToBuy: share.describe('within the horizon'),
      nextOrderAt: moment.describe('expected if they still are a customer: the median'),
      nextLowAt: moment.describe('start of the 80 % range'),
      nextHighAt: moment,
    })
    .nullable()
    .describe('null without an order'),
  rfm: z.object({
    r: z.int().nullable(),
    f: z.int().nullable(),
    m: z.int().nullable(),
    segment: z.string().nullable(),
  }),
  tags: z.array(z.string()),
  topCategories: z.array(
    z.object({
      name: z.string(),
      nameZh: z.string().nullable().describe('where the shop has one'),
      weight: z.number(),
    }),
  ),
  topBrands: weighted,
  similar: z.array(z.object({ customerId: z.string(), tier: z.string().nullable() })),
  consent: z
    .object({ marketing: z.boolean().nullable(), personal: z.boolean().nullable() })
    .describe('null: not asked'),
  firstOrderAt: moment.nullable(),
  lastOrderAt: moment.nullable(),
  history: z.array(z.object({ asOf: moment, tier: z.string(), valueMinor: minor.nullable() })).describe('oldest first'),
  moves: z.array(
    z.object({ fromTier: z.string().nullable(), toTier: z.string(), fromAt: moment, toAt: moment, why: z.string() }),
  ),
  campaigns: z.array(
    z.object({ campaignId: z.string(), name: z.string(), arm: z.string(), reasonEn: z.string(), reasonZh: z.string() }),
  ),
});

export const TimelineQuery = z.strictObject({
  limit: page.limit,
  before: z
    .string()
    .regex(/^-?\d{1,16}(\.\d{1,6})?$/)
    .optional()
    .describe('`next` of the page before, or a moment'),
});
export const TIMELINE_KINDS = ['order', 'return', 'event', 'review', 'exposure', 'redemption'] as const;
export const TimelineReply = z.object({
  rows: z
    .array(
      z.object({
        at: moment,
        kind: z.enum(TIMELINE_KINDS),
        title: z.string(),
        titleZh: z.string().nullable(),
        productId: z.string().nullable(),
        amountMinor: minor.nullable(),
        lines: count.nullable().describe('of an order: how many lines'),
        detail: z.string().nullable().describe('order id, text of a review, campaign ...'),
      }),
    )
    .describe('newest first'),
  next: z.string().nullable().describe('give it as `before` for older rows'),
});

export const RecommendationsReply = z.object({
  rows: z.array(
    z.object({
      rank: count,
      productId: z.string(),
      title: z.string().nullable(),
      titleZh: z.string().nullable(),
      priceMinor: minor.nullable(),
      imageUrl: z.string().nullable(),
      score: z.number(),
      chance: share.nullable().describe('of being bought within the horizon; null where the ranker tells none'),
      source: z.string(),
      strategy: z.string().nullable().describe('that made the list'),
      reasonEn: z.string(),
      reasonZh: z.string(),
    }),
  ),
});

export const TiersReply = z.object({
  asOf: moment,
  dates: z.array(moment).describe('moments for which tiers are known, oldest first'),
  rows: z
    .array(
      z.object({
        key: z.string(),
        customers: count,
        shareCustomers: share,
        valueMinor: minor,
        shareValue: share.nullable(),
        spendMinor: minor,
        shareSpend: share.nullable(),
        meanValueMinor: minor.nullable(),
        medianRecencyDays: z.number().nullable(),
        medianOrders: z.number().nullable(),
        medianSpendMinor: z.number().nullable(),
      }),
    )
    .describe('lowest tier first'),
  policy: z.unknown().describe('names, cuts, hysteresis and dwell time, or null'),
  cutsMinor: z.array(minor).nullable().describe('value above which each tier but the lowest begins'),
  stability: z.unknown().describe('share who kept their tier between neighbouring dates, or null'),
  evaluation: z.unknown().describe('how well the next tier is foretold, or null'),
});
const ratio = z
  .object({ value: z.number(), low: z.number().nullable(), high: z.number().nullable() })
  .nullable()
  .describe('with its 95 % interval over customers; null where there is nothing to divide by');
const tried = z.object({
  policy: z.unknown().describe('as it was read, benefits filled in'),
  dates: z.array(moment).describe('moments that were replayed, oldest first'),
  cutsMinor: z.array(minor).describe('value above which each tier but the lowest begins at the last of them'),
  tiers: z
    .array(
      z.object({
        tier: z.string(),
        customers: count,
        valueMinor: minor,
        costMinor: minor.describe('of the benefits of its customers over one horizon'),
        upliftMinor: minor.describe('margin that the benefits are said to bring over one horizon'),
        shown: z.array(count).describe('customers at each of the dates'),
      }),
    )
    .describe('at the last of the dates, lowest tier first'),
  moves: count,
  movesPerCustomerYear: ratio,
  reverted: ratio.describe('moves that went back within 92 days, over those for which that is known'),
  held: z.record(z.string(), count).describe('how often each thing held somebody whose value was of another tier'),
  regret: z
    .object({
      moments: count,
      customers: count.describe('each once a moment'),
      right: ratio.describe('in the tier that the same cuts give to the margin that then came'),
      over: share,
      under: share,
      missedMarginShare: ratio.describe('of the margin of all above the lowest tier: of those put too low'),
      missedMarginMinor: minor,
      profitMinor: minor.nullable().describe('profit of benefits that hindsight would add, over one horizon'),
    })
    .nullable()
    .describe('against tiers with hindsight; null where no moment lies a whole horizon back'),
  benefits: z
    .object({ costMinor: minor, upliftMinor: minor, profitMinor: minor, basis: z.enum(['assumed', 'measured']) })
    .nullable()
    .describe('over one horizon; null where no tier has a benefit'),
});
export const WhatIfBody = z.strictObject({ policy: z.unknown().describe('as under `tiers` in tierwise.yaml') });
export const WhatIfReply = z.object({
  inForce: tried.nullable().describe('null where no policy is recorded'),
  proposed: tried,
  changes: z
    .array(z.object({ from: z.string(), to: z.string(), customers: count }))
    .describe('customers now by tier in force and proposed tier, where they differ; most first'),
  differences: z
    .object({ movesPerCustomerYear: ratio, right: ratio, missedMarginShare: ratio })
    .nullable()
    .describe('proposed less in force on the same customers, with intervals of the difference'),
});
export const MigrationQuery = z.strictObject({ from: when, to: when });
export const MigrationReply = z.object({
  from: moment.nullable(),
  to: moment.nullable(),
  links: z
    .array(z.object({ from: z.string(), to: z.string(), customers: count }))
    .describe('none: not a customer then'),
});
export const RfmReply = z.object({
  cells: z.array(
    z.object({ r: z.int(), f: z.int(), customers: count, meanSpendMinor: minor, segment: z.string().nullable() }),
  ),
});
export const LorenzReply = z.object({
  points: z
    .array(z.object({ share, spendShare: share, valueShare: share }))
    .describe('customers from least to most, each column sorted by itself'),
  giniSpend: share.nullable(),
  giniValue: share.nullable(),
  top10Share: share.nullable().describe('share of spend of the top tenth of customers'),
});

export const PRODUCT_SORTS = ['revenue', 'units', 'customers', 'price', 'title', 'product_id'] as const;
export const ProductsQuery = z.strictObject({
  search: text.optional().describe('part of id, title or brand, in either language'),
  category: text.optional().describe('a category path or the start of one'),
  sort: z.enum(PRODUCT_SORTS).default('revenue'),
  dir,
  ...page,
  format,
});
const productFields = {
  productId: z.string(),
  title: z.string().nullable(),
  titleZh: z.string().nullable(),
  category: z.string().nullable(),
  categoryZh: z.string().nullable(),
  brand: z.string().nullable(),
  priceMinor: minor.nullable(),
  stock: z.int().nullable(),
  imageUrl: z.string().nullable(),
  revenueMinor: minor.describe('net, all time'),
  units: z.number(),
  customers: count,
};
export const ProductRow = z.object(productFields);
export const ProductsReply = z.object({
  total: count,
  categories: z.array(z.object({ key: z.string(), zh: z.string().nullable(), products: count })).describe('top level'),
  rows: z.array(ProductRow),
});
export const ProductParams = z.object({ id: z.string().min(1).max(300) });
export const ProductReply = z.object({
  ...productFields,
  description: z.string().nullable(),
  descriptionZh: z.string().nullable(),
  unitCostMinor: minor.nullable(),
  firstSoldAt: moment.nullable(),
  lastSoldAt: moment.nullable(),
  features: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
  neighbours: z.array(
    z.object({
      productId: z.string(),
      title: z.string().nullable(),
      titleZh: z.string().nullable(),
      kind: z
        .string()
        .describe(
          'bought-together: by the same people; alike: by text and picture; same-category: what sells best there',
        ),
      score: z.number(),
      priceMinor: minor.nullable(),
      imageUrl: z.string().nullable(),
    }),
  ),
  recommended: z.object({
    customers: count.describe('whose list holds it'),
    bySource: z.array(z.object({ source: z.string(), customers: count })),
  }),
});

export const ARMS = ['offer', 'holdout', 'none'] as const;
const armTotals = {
  audience: count,
  offered: count,
  holdout: count,
  none: count,
  costMinor: minor,
  expectedProfitMinor: minor,
};
export const CampaignTotals = z.object({
  ...armTotals,
  eligible: count.nullable().describe('with consent, and not contacted too lately'),
  expectedProfitInterval: z.tuple([minor, minor]).nullable().describe('95 %, of the expected profit'),
  byTier: z.array(z.object({ tier: z.string(), ...armTotals })).describe('lowest tier first'),
  reasons: z
    .array(z.object({ arm: z.enum(ARMS), code: z.string(), ...bilingual, customers: count }))
    .describe('why people are in an arm; most frequent first'),
  curve: z
    .array(z.object({ offers: count, costMinor: minor, expectedProfitMinor: minor }))
    .describe('running totals, best customers first'),
  byOffer: z
    .array(
      z.object({
        offerId: z.string(),
        offered: count,
        holdout: count.describe('held out, and would have got this offer'),
        costMinor: minor,
        expectedProfitMinor: minor,
        interval: z.tuple([minor, minor]).describe('95 %'),
        byTier: z.array(z.object({ tier: z.string(), offered: count })),
      }),
    )
    .describe('empty for plans of earlier versions'),
  shadowPrice: z.number().nullable().describe('expected profit of one more unit of budget'),
  expectedKept: z.number().nullable().describe('customers more who buy within the window'),
});
export const CampaignLife = z.object({
  status: z.enum(STATUSES),
  version: count,
  authors: z.array(z.string()),
  approvedBy: z.string().nullable(),
  startAt: moment.nullable(),
  endAt: moment.nullable(),
  priority: z.int(),
  exclusive: z.boolean(),
  reserved: z.object({ budget: z.string(), amountMinor: minor }).nullable().describe('money set aside at the approval'),
  handed: z.object({ at: moment, messages: count, refused: count }).nullable().describe('what delivery was given'),
  can: z.array(z.string()).describe('actions that its state allows'),
});
export const CampaignsReply = z.object({ rows: z.array(CampaignSummary).describe('newest first') });
export const CampaignParams = z.object({ id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/) });
export const CampaignReply = z.object({
  ...CampaignSummary.shape,
  life: CampaignLife.nullable().describe('null: planned by a run, nothing to approve or start'),
  asked: z.unknown().describe('the body that it was made from, or null'),
  definition: z.unknown().describe('condition, offer, budget, holdout, caps: as it was asked for'),
  totals: CampaignTotals,
  measured: z.unknown().describe('result of the holdout, or null'),
  truth: z.unknown().describe('the true result, in a simulated shop, or null'),
});
export const PeopleQuery = z.strictObject({ arm: z.enum(ARMS).optional(), tier: text.optional(), ...page, format });
export const PersonRow = z.object({
  customerId: z.string(),
  arm: z.enum(ARMS),
  offerId: z.string().nullable().describe('the offer given, or of the held out the one meant for them'),
  tier: z.string().nullable(),
  score: z.number().nullable(),
  expectedProfitMinor: minor.nullable(),
  costMinor: minor.nullable(),
  propensity: share.nullable(),
  reason: z.string().nullable(),
  reasonEn: z.string(),
  reasonZh: z.string(),
});
export const PeopleReply = z.object({ total: count, rows: z.array(PersonRow).describe('highest score first') });

const planFields = {
  condition: z
    .union([z.string().min(1).max(4000), z.record(z.string(), z.unknown())])
    .describe('who may get it: a condition as text or as a tree'),
  offer: z.record(z.string(), z.unknown()).optional().describe('one offer; or several in offers'),
  offers: z
    .array(z.record(z.string(), z.unknown()))
    .min(1)
    .max(20)
    .optional()
    .describe('offers that compete for the budget; each may have id, name and channel beside its own fields'),
  budgetMinor: z.int().min(0),
  holdoutShare: z.number().min(0).max(0.9).default(0.1),
  explorationShare: z
    .number()
    .min(0)
    .max(0.5)
    .optional()
    .describe('of the eligible, and of the budget at most: get an offer drawn at random'),
  effects: z
    .enum(['groups', 'best'])
    .optional()
    .describe(
      'groups: effects of like customers (default); best: of these or an uplift model, by what they foretell of past campaigns; some seconds more',
    ),
  minRoi: z.number().min(0).max(1000).optional().describe('expected profit over cost of what is chosen, at least'),
  retentionMinor: minor
    .min(0)
    .optional()
    .describe('what one customer more who buys within the window is worth beside the profit of that'),
  caps: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('maxPeople, perTier, perOffer, perChannel: people at most; daysSinceLastExposure'),
};
const rank = {
  priority: z
    .int()
    .min(-1000)
    .max(1000)
    .optional()
    .describe('of two campaigns for the same people the higher comes first'),
  exclusive: z.boolean().optional().describe('its people are left out of others'),
};
export const actor = z.string().trim().min(1).max(200).describe('who acts');
export const PreviewBody = z.strictObject({ ...planFields, ...rank });
export const CampaignBody = z.strictObject({
  name: z.string().trim().min(1).max(120),
  actor: actor
    .optional()
    .describe('who writes it: may not approve it; without one nobody may until somebody submits it'),
  budgetId: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('the budget of the ledger that pays; default one of its own'),
  ...PreviewBody.shape,
});

export const QualityReply = z.object({
  report: z.unknown().describe('reports/quality.json, or null'),
  rejects: z
    .array(
      z.object({
        table: z.string(),
        rows: count,
        reasons: z.array(z.object({ reason: z.string(), rows: count })).describe('most frequent first'),
      }),
    )
    .describe('what lies in quarantine'),
});
export const RejectsQuery = z.strictObject({ table: text, reason: text.optional(), ...page, format });
export const RejectsReply = z.object({
  total: count,
  columns: z.array(z.string()),
  rows: z.array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))),
});
