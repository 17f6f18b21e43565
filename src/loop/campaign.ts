/** The campaign that a run plans, and, on a simulated shop, what came of it beside the truth. */
import { z } from 'zod';
import { type CampaignPlan, type CampaignResult, measureCampaign, parseCaps } from '#campaigns/index.ts';
import type { Compute } from '#engines/index.ts';
import { known } from '#errors.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { parseOffer } from '#offers/index.ts';
import { parseCondition } from '#segments/index.ts';
import { type Contact, type Response, respond, type ShopFacts } from '#simulate/index.ts';
import { numbers, table, textAt, textColumn, texts } from '#table/index.ts';

export interface CampaignSettings {
  readonly campaignId: string;
  readonly name: string;
  /** The three are checked by the campaign itself. */
  readonly condition: unknown;
  readonly offer: unknown;
  readonly caps: unknown;
  /** Default: one per cent of what was paid in the last 91 days. */
  readonly budgetMinor?: number;
  readonly holdoutShare: number;
  readonly windowDays: number;
  readonly consentUnknown?: 'deny' | 'allow';
}

/** What happened, as on the campaign page: money in minor units. */
export interface CampaignOutcome {
  readonly measured: CampaignResult;
  readonly truth: {
    /** In this future, and expected over all futures: what the offers really added. */
    readonly incrementalProfitMinor: number;
    readonly expectedProfitMinor: number;
    readonly byTier: readonly { readonly tier: string; readonly incrementalProfitMinor: number }[];
  };
}

/** People who bought, but not lately: a coupon may bring them back. */
const DEFAULTS = {
  campaignId: 'win-back',
  name: 'Bring back who is slipping · 唤回渐行渐远的客户',
  condition: {
    all: [
      { field: 'orders', op: '>=', value: 1 },
      { field: 'recency_days', op: '>=', value: 21 },
      { field: 'recency_days', op: '<=', value: 240 },
    ],
  },
  offer: { kind: 'coupon', percentOff: 10 },
  caps: { daysSinceLastExposure: 14 },
  holdoutShare: 0.2,
  windowDays: 28,
};

const SETTINGS = z.strictObject({
  campaignId: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
    .default(DEFAULTS.campaignId),
  name: z.string().min(1).default(DEFAULTS.name),
  condition: z.unknown().default(DEFAULTS.condition),
  offer: z.unknown().default(DEFAULTS.offer),
  caps: z.unknown().default(DEFAULTS.caps),
  budgetMinor: z.int().min(0).optional(),
  holdoutShare: z.number().min(0).max(0.9).default(DEFAULTS.holdoutShare),
  windowDays: z.int().min(1).max(365).default(DEFAULTS.windowDays),
  consentUnknown: z.enum(['deny', 'allow']).optional(),
});

/**
 * Reads `campaign` of a mapping; without one, the default campaign.
 *
 * @throws CAMPAIGN_INVALID naming the key, and the errors of parseCondition
 */
export function campaignSettings(from: unknown): CampaignSettings {
  const read = SETTINGS.safeParse(from ?? {});
  if (!read.success) {
    const issue = read.error.issues[0]!;
    throw known('CAMPAIGN_INVALID', { where: ['campaign', ...issue.path].join('.'), expected: issue.message });
  }
  const { budgetMinor, consentUnknown, ...rest } = read.data;
  parseCondition(rest.condition);
  parseOffer(rest.offer);
  parseCaps(rest.caps);
  return {
    ...rest,
    ...(budgetMinor === undefined ? {} : { budgetMinor }),
    ...(consentUnknown === undefined ? {} : { consentUnknown }),
  };
}

/** The settings with what depends on the data: a budget, and whether nobody was ever asked for consent. */
export async function settled(
  compute: Compute,
  settings: CampaignSettings,
  asOf: number,
): Promise<CampaignSettings & { budgetMinor: number }> {
  const [row] = await compute.rows<{ spend: number | null; asked: boolean }>(
    `select (select sum(paid)::bigint from order_lines where status = 'paid' and ordered_at <= $asOf and ordered_at > $asOf - 91 * ${DAY_MS}::bigint) as spend,
       exists (from customers where consent_marketing is not null) as asked`,
    { asOf },
  );
  return {
    consentUnknown: row!.asked ? 'deny' : 'allow',
    ...settings,
    budgetMinor: settings.budgetMinor ?? Math.floor((row!.spend ?? 0) / 100),
  };
}

/**
 * Carries the plan in table `campaign_plan` out on the simulated world, measures it as a real shop would (from the
 * outcomes of both arms alone), and tells the truth beside it.
 *
 * @param future which of the world's futures; 0 is the one its customers really take
 */
export async function carriedOut(
  compute: Compute,
  world: ShopFacts,
  plan: CampaignPlan,
  asOf: number,
  future = 0,
): Promise<CampaignOutcome> {
  const people = await compute.table(
    `select p.customer_id, p.arm, coalesce(p.tier, 'none') as tier, coalesce(f.spend_minor, 0)::double as pre_spend
     from campaign_plan p left join profiles f using (customer_id) where p.arm in ('offer', 'holdout') order by p.customer_id`,
  );
  const [id, arm, tier] = ['customer_id', 'arm', 'tier'].map((name) => textColumn(people, name));
  const contacts = Array.from(
    { length: people.length },
    (_, i): Contact => ({ customerId: textAt(id!, i)!, arm: textAt(arm!, i) as Contact['arm'] }),
  );
  const { offer, windowDays } = plan.plan;
  const { responses, truth } = respond(world.seed, {
    shop: { days: world.days, endAt: world.endAt, products: world.products },
    contacts,
    offer: {
      ...(offer.percentOff === undefined ? {} : { percentOff: offer.percentOff }),
      ...(offer.amountOffMinor === undefined ? {} : { amountOff: offer.amountOffMinor }),
      minSpend: offer.minSpendMinor,
      cost: offer.contactCostMinor,
    },
    startAt: asOf + 1,
    days: windowDays,
    future,
  });
  const whole = (pick: (response: Response) => number) =>
    numbers(responses.map((response) => Math.round(pick(response))));
  const cost = (response: Response): number => (response.arm === 'offer' ? offer.contactCostMinor : 0);
  const outcomes = table({
    customer_id: texts(responses.map((response) => response.customerId)),
    arm: texts(responses.map((response) => response.arm)),
    tier: tier!,
    orders: whole(({ outcome }) => outcome.orders),
    revenue_minor: whole(({ outcome }) => outcome.revenue),
    margin_minor: whole((response) => response.outcome.margin + cost(response)),
    discount_minor: whole(({ outcome }) => outcome.discount),
    contact_cost_minor: whole(cost),
    pre_spend_minor: people.columns.pre_spend!,
  });
  return {
    measured: measureCampaign(outcomes, plan),
    truth: {
      incrementalProfitMinor: Math.round(truth.realisedProfit),
      expectedProfitMinor: Math.round(truth.expectedProfit),
      byTier: trueByTier(responses, (i) => textAt(tier!, i) ?? 'none'),
    },
  };
}

function trueByTier(
  responses: readonly Response[],
  tierOf: (index: number) => string,
): { tier: string; incrementalProfitMinor: number }[] {
  const sums = new Map<string, number>();
  for (const [i, { arm, with: given, without }] of responses.entries())
    if (arm === 'offer') sums.set(tierOf(i), (sums.get(tierOf(i)) ?? 0) + given.margin - without.margin);
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([tier, sum]) => ({ tier, incrementalProfitMinor: Math.round(sum) }));
}
