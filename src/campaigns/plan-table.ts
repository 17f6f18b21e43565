/** A plan as a table, and in sums. */
import type { Compute } from '#engines/index.ts';
import type { Offer } from '#offers/index.ts';
import { numbers, type TextColumn, table } from '#table/index.ts';
import { ARMS, type Chosen } from './choose.ts';
import type { Audience } from './people.ts';
import { REASON_CODES, type ReasonCode, type reasonWords } from './reasons.ts';
import type { People, Response } from './response.ts';

export interface Totals {
  readonly audience: number;
  readonly eligible: number;
  readonly offered: number;
  readonly holdout: number;
  readonly none: number;
  /** Expected discounts and contacts of the offered. */
  readonly costMinor: number;
  readonly expectedProfitMinor: number;
}

export interface Figures {
  readonly profitMinor: Float64Array;
  readonly costMinor: Float64Array;
}

/** Rounding of sums that are whole in truth must not cost a minor unit. */
const ROUNDING = 1e-6;

/** Expected profit and cost of giving the offer to each. */
export function figuresOf(people: People, response: Response, offer: Offer): Figures {
  const profitMinor = new Float64Array(people.count);
  const costMinor = new Float64Array(people.count);
  for (let i = 0; i < people.count; i++) {
    costMinor[i] = Math.ceil(response.discountMinor[i]! - ROUNDING) + offer.contactCostMinor;
    profitMinor[i] = Math.round(response.effectMinor[i]!) - offer.contactCostMinor;
  }
  return { profitMinor, costMinor };
}

export interface Made {
  readonly audience: Audience;
  readonly figures: Figures;
  readonly chosen: Chosen;
  readonly response: Response;
  readonly words: ReturnType<typeof reasonWords>;
}

/** Makes the table `campaign_plan`. */
export async function writePlan(compute: Compute, campaignId: string, made: Made): Promise<void> {
  const { audience, figures, chosen, response } = made;
  const codes = REASON_CODES.map((code) => ({ code, ...made.words[code] }));
  const named = (values: Uint8Array, dictionary: readonly string[]): TextColumn => ({
    kind: 'text',
    codes: Int32Array.from(values),
    dictionary,
  });
  const groups = [...new Set(response.group)];
  const groupCode = new Map(groups.map((group, i) => [group, i]));
  const cost = figures.costMinor.map((own, i) => (chosen.arm[i] === 2 ? own : 0));
  const score = figures.profitMinor.map((own, i) => own / Math.max(figures.costMinor[i]!, 1));
  await compute.load(
    'campaigns_tmp_plan',
    table({
      customer_id: audience.ids,
      arm: named(chosen.arm, ARMS),
      tier: { kind: 'text', codes: audience.tierCode, dictionary: audience.tierNames },
      score: numbers(score),
      profit: numbers(figures.profitMinor),
      cost: numbers(cost),
      propensity: numbers(chosen.propensity),
      reason: named(chosen.reason, REASON_CODES),
      reason_en: named(
        chosen.reason,
        codes.map((each) => each.en),
      ),
      reason_zh: named(
        chosen.reason,
        codes.map((each) => each.zh),
      ),
      effect: numbers(response.effectMinor.map(Math.round)),
      response: {
        kind: 'text',
        codes: Int32Array.from(response.group, (group) => groupCode.get(group)!),
        dictionary: groups,
      },
    }),
  );
  await compute.run(
    `create or replace table campaign_plan as
    select $campaignId::varchar as campaign_id, customer_id, arm, tier, score,
      profit::bigint as expected_profit_minor, cost::bigint as cost_minor, propensity, reason, reason_en, reason_zh,
      effect::bigint as effect_minor, response
    from campaigns_tmp_plan order by customer_id`,
    { campaignId },
  );
  await compute.run('drop table campaigns_tmp_plan');
}

/** Sums over everybody and by tier, the interval of the expected profit, and people by reason. */
export function summary(made: Made & { refused: readonly (ReasonCode | undefined)[] }) {
  const { audience, figures, chosen, refused, response, words } = made;
  const all = Array.from({ length: audience.count }, (_, i) => i);
  const totals = (people: readonly number[]): Totals => {
    const arm = (index: number) => people.filter((i) => chosen.arm[i] === index);
    const offered = arm(2);
    return {
      audience: people.length,
      eligible: people.filter((i) => refused[i] === undefined).length,
      offered: offered.length,
      holdout: arm(1).length,
      none: arm(0).length,
      costMinor: offered.reduce((sum, i) => sum + figures.costMinor[i]!, 0),
      expectedProfitMinor: offered.reduce((sum, i) => sum + figures.profitMinor[i]!, 0),
    };
  };
  const whole = totals(all);
  const error = response.standardError(Int32Array.from(all.filter((i) => chosen.arm[i] === 2)));
  const half = Number.isFinite(error) ? 1.96 * error : 0;
  const tiers = [...new Set(audience.tierCode)].map((code) => ({
    tier: audience.tierNames[code] ?? 'none',
    ...totals(all.filter((i) => audience.tierCode[i] === code)),
  }));
  return {
    ...whole,
    interval: [Math.round(whole.expectedProfitMinor - half), Math.round(whole.expectedProfitMinor + half)] as const,
    byTier: tiers.sort((a, b) => (a.tier < b.tier ? -1 : 1)),
    reasons: REASON_CODES.flatMap((code, index) => {
      const customers = all.filter((i) => chosen.reason[i] === index).length;
      return customers === 0 ? [] : [{ code, ...words[code], customers }];
    }),
  };
}
