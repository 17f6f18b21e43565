/** A campaign's plan: who is in the audience, who gets which offer, what it should cost and bring, and why. */
import type { Compute } from '#engines/index.ts';
import type { Offer } from '#offers/index.ts';
import type { PlanOffer } from './arms.ts';
import { choose } from './choose.ts';
import type { Basis } from './effects.ts';
import { type OfferTotals, summary, type Totals, writePlan } from './plan-table.ts';
import { type Asked, type PlanOptions, prepare } from './prepare.ts';
import { type ReasonCode, reasonWords } from './reasons.ts';

export interface CampaignPlan {
  readonly campaignId: string;
  readonly name: string;
  readonly plan: Totals &
    Omit<Asked, 'campaignId' | 'offers'> & {
      /** The first offer; all of them in `offers`. */
      readonly offer: Offer;
      readonly offers: readonly PlanOffer[];
      /** Chance of the eligible to explore, as it came out: below explorationShare where money doesn't reach for more. */
      readonly explored: number;
      /** Value of one more minor unit of budget. */
      readonly shadowPrice: number;
      /** 95 % interval of the expected profit, from what the response rests on. */
      readonly interval: readonly [number, number];
      readonly response: Basis;
      readonly byTier: readonly (Totals & { readonly tier: string })[];
      readonly byOffer: readonly OfferTotals[];
      readonly reasons: readonly {
        readonly code: ReasonCode;
        readonly en: string;
        readonly zh: string;
        readonly customers: number;
      }[];
    };
}

/**
 * Makes `campaign_plan` (campaign_id, customer_id, arm, offer_id, explores, tier, score, expected_profit_minor, cost_minor,
 * propensity, chances, reason, reason_en, reason_zh, effect_minor, response) with a row for everybody in the audience.
 * `offer_id` of the held out is the offer that was meant for them; `score` is expected profit per expected cost;
 * `propensity` is the chance of the arm and offer drawn, `chances` (JSON) that of every arm.
 *
 * @throws CONDITION_INVALID, CONDITION_FIELD_UNKNOWN, CONDITION_VALUE, CAMPAIGN_INVALID; see `prepare` for what is read
 */
export async function planCampaign(compute: Compute, options: PlanOptions): Promise<CampaignPlan> {
  const prepared = await prepare(compute, options);
  const { asked, effects, candidates, choosing } = prepared;
  const chosen = choose(candidates, choosing);
  const words = reasonWords({ days: asked.caps.daysSinceLastExposure ?? 0, assumed: effects.kind === 'assumption' });
  const made = { ...prepared, chosen, words };
  await writePlan(compute, made);
  const { campaignId, ...terms } = asked;
  return {
    campaignId,
    name: options.name,
    plan: {
      ...terms,
      ...summary(made),
      offer: asked.offers[0]!.offer,
      explored: chosen.explorationShare,
      shadowPrice: chosen.shadowPrice,
      response: effects.basis,
    },
  };
}
