/** A campaign's plan: who is in the audience, who gets the offer, what it should cost and bring, and why. */
import { z } from 'zod';
import type { Compute } from '#engines/index.ts';
import { known } from '#errors.ts';
import type { Shop } from '#events/index.ts';
import { type Offer, parseOffer } from '#offers/index.ts';
import { type Condition, EMPTY_LIBRARY, type Library, parseCondition } from '#segments/index.ts';
import { type Caps, parseCaps } from './caps.ts';
import { choose } from './choose.ts';
import { readHistory } from './history.ts';
import { readPeople } from './people.ts';
import { figuresOf, summary, type Totals, writePlan } from './plan-table.ts';
import { type ReasonCode, reasonWords } from './reasons.ts';
import { type Basis, responseOf } from './response.ts';

export interface PlanOptions {
  readonly campaignId: string;
  readonly name: string;
  /** Unchecked: see parseCondition, parseOffer and parseCaps. */
  readonly condition: unknown;
  readonly offer: unknown;
  readonly caps?: unknown;
  readonly budgetMinor: number;
  /** 0 to 0.9 of the eligible get nothing, at random. */
  readonly holdoutShare: number;
  /** May customers be contacted who were never asked (consent_marketing missing)? Default 'deny'. */
  readonly consentUnknown?: 'deny' | 'allow';
  readonly asOf: number;
  /** Horizon of customer_values. */
  readonly horizonDays: number;
  /** Days in which the offer works and is measured; default 28. */
  readonly windowDays?: number;
  readonly seed: number;
  /** Days of conditions begin in its zone; default UTC. */
  readonly shop: Pick<Shop, 'marginShare'> & Partial<Pick<Shop, 'timeZone'>>;
  /** Segments and lists that the condition may name; default: none. */
  readonly library?: Library;
}

export interface CampaignPlan {
  readonly campaignId: string;
  readonly name: string;
  readonly plan: Totals & {
    readonly condition: Condition;
    readonly offer: Offer;
    readonly caps: Caps;
    readonly budgetMinor: number;
    readonly holdoutShare: number;
    readonly consentUnknown: 'deny' | 'allow';
    readonly asOf: number;
    readonly windowDays: number;
    readonly horizonDays: number;
    readonly seed: number;
    /** 95 % interval of the expected profit, from what the response rests on. */
    readonly interval: readonly [number, number];
    readonly response: Basis;
    readonly byTier: readonly (Totals & { readonly tier: string })[];
    readonly reasons: readonly {
      readonly code: ReasonCode;
      readonly en: string;
      readonly zh: string;
      readonly customers: number;
    }[];
  };
}

const LIMITS = z.object({
  campaignId: z.string().min(1).max(200),
  budgetMinor: z.int().min(0),
  holdoutShare: z.number().min(0).max(0.9),
  horizonDays: z.number().gt(0),
  windowDays: z.number().gt(0).max(3660),
});

/**
 * Makes `campaign_plan` (campaign_id, customer_id, arm, tier, score, expected_profit_minor, cost_minor, propensity,
 * reason, reason_en, reason_zh, effect_minor, response) with a row for everybody in the audience.
 *
 * Reads profiles, customer_values and customer_tiers, and for the response exposures, campaigns, offers, redemptions,
 * order_lines, products and tier_history. `score` is expected profit per expected cost.
 *
 * @throws CONDITION_INVALID, CONDITION_FIELD_UNKNOWN, CONDITION_VALUE, CAMPAIGN_INVALID
 */
export async function planCampaign(compute: Compute, options: PlanOptions): Promise<CampaignPlan> {
  const { windowDays = 28, consentUnknown = 'deny', seed, asOf, horizonDays } = options;
  const limits = LIMITS.safeParse({ ...options, windowDays });
  if (!limits.success) {
    const [issue] = limits.error.issues;
    throw known('CAMPAIGN_INVALID', { where: issue?.path.join('.') ?? 'plan', expected: issue?.message ?? '' });
  }
  const condition = parseCondition(options.condition);
  const offer = parseOffer(options.offer);
  const caps = parseCaps(options.caps ?? {});
  const audience = await readPeople(compute, condition, {
    ...{ seed, asOf, timeZone: options.shop.timeZone ?? 'UTC', library: options.library ?? EMPTY_LIBRARY },
  });
  const history = await readHistory(compute, { asOf, windowDays, marginShare: options.shop.marginShare });
  const response = responseOf(audience, history, { offer, windowDays, horizonDays });
  const figures = figuresOf(audience, response, offer);
  const refused = audience.consent.map((consent, i): ReasonCode | undefined => {
    if (consent === 0 || (Number.isNaN(consent) && consentUnknown === 'deny')) return 'no-consent';
    const within = caps.daysSinceLastExposure ?? 0;
    return within > 0 && audience.exposedDays[i]! < within ? 'contacted-recently' : undefined;
  });
  const chosen = choose(
    { count: audience.count, id: audience.id, tier: audience.tierCode, ...figures, refused },
    {
      campaignId: options.campaignId,
      seed,
      budgetMinor: options.budgetMinor,
      holdoutShare: options.holdoutShare,
      maxPeople: caps.maxPeople ?? Number.POSITIVE_INFINITY,
      perTier: (tier) => caps.perTier?.[audience.tierNames[tier] ?? ''] ?? Number.POSITIVE_INFINITY,
    },
  );
  const words = reasonWords({ days: caps.daysSinceLastExposure ?? 0, assumed: response.kind === 'assumption' });
  await writePlan(compute, options.campaignId, { audience, figures, chosen, response, words });
  return {
    campaignId: options.campaignId,
    name: options.name,
    plan: {
      ...summary({ audience, figures, chosen, refused, response, words }),
      condition,
      offer,
      caps,
      budgetMinor: options.budgetMinor,
      holdoutShare: options.holdoutShare,
      consentUnknown,
      asOf,
      windowDays,
      horizonDays,
      seed,
      response: response.basis,
    },
  };
}
