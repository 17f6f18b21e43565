/** What a plan is made from: the audience, what each offer would do to each of them and cost, and who may not be asked. */
import { z } from 'zod';
import type { Compute } from '#engines/index.ts';
import { known } from '#errors.ts';
import type { Shop } from '#events/index.ts';
import { type Holdout, isHeldOut } from '#experiments/index.ts';
import { reachCost } from '#offers/index.ts';
import { type Condition, EMPTY_LIBRARY, type Library, parseCondition } from '#segments/index.ts';
import { type PlanOffer, parseOffers } from './arms.ts';
import { type Caps, parseCaps } from './caps.ts';
import type { Candidates, Choosing, OfferColumns } from './choose.ts';
import { type EffectSource, effectsOf } from './effects.ts';
import { betterEffects } from './effects-uplift.ts';
import { type Costs, readContacts, readHistory } from './history.ts';
import { type Audience, readPeople } from './people.ts';
import type { ReasonCode } from './reasons.ts';

export interface PlanOptions {
  readonly campaignId: string;
  readonly name: string;
  /** Unchecked: see parseCondition, parseOffers and parseCaps. */
  readonly condition: unknown;
  /** One offer, or a list of them. */
  readonly offer?: unknown;
  readonly offers?: unknown;
  readonly caps?: unknown;
  readonly budgetMinor: number;
  /** 0 to 0.9 of the eligible get nothing, at random. */
  readonly holdoutShare: number;
  /** 0 to 0.5 of the eligible, and of the budget at most, get an offer drawn at random; default 0. */
  readonly explorationShare?: number | undefined;
  /** Expected profit of what is chosen over its cost, at least; default 0: only that each brings more than it costs. */
  readonly minRoi?: number | undefined;
  /** What one customer more who buys within the window is worth beside the profit of that; default 0. */
  readonly retentionMinor?: number | undefined;
  /**
   * Where effects come from: `groups` of like customers (default), or the `best` of these and an uplift model, by what they
   * foretell of past campaigns; it takes some seconds more.
   */
  readonly effects?: 'groups' | 'best' | undefined;
  /** May customers be contacted who were never asked (consent_marketing missing)? Default 'deny'. */
  readonly consentUnknown?: 'deny' | 'allow';
  /** Customers whom other campaigns have, and that come first. */
  readonly taken?: ReadonlySet<string>;
  /** Customers who get no campaign at all, of `readHoldout`. */
  readonly globalHoldout?: Pick<Holdout, 'salt' | 'share'>;
  readonly asOf: number;
  /** Horizon of customer_values. */
  readonly horizonDays: number;
  /** Days in which the offer works and is measured; default 28. */
  readonly windowDays?: number;
  readonly seed: number;
  /** Days of conditions begin in its zone; default UTC. */
  readonly shop: Costs & Partial<Pick<Shop, 'timeZone'>>;
  /** Segments and lists that the condition may name; default: none. */
  readonly library?: Library;
}

const LIMITS = z.object({
  campaignId: z.string().min(1).max(200),
  budgetMinor: z.int().min(0),
  holdoutShare: z.number().min(0).max(0.9),
  explorationShare: z.number().min(0).max(0.5),
  minRoi: z.number().min(0).max(1000),
  retentionMinor: z.int().min(0),
  horizonDays: z.number().gt(0),
  windowDays: z.number().gt(0).max(3660),
});

/** The options, checked, with the defaults in. */
export interface Asked extends z.output<typeof LIMITS> {
  readonly condition: Condition;
  readonly offers: readonly PlanOffer[];
  readonly caps: Caps;
  readonly consentUnknown: 'deny' | 'allow';
  readonly asOf: number;
  readonly seed: number;
}

export interface Prepared {
  readonly asked: Asked;
  readonly audience: Audience;
  readonly effects: EffectSource;
  readonly candidates: Candidates;
  readonly choosing: Choosing;
}

/**
 * Reads profiles, customer_values and customer_tiers, and for the effects exposures, campaigns, offers, redemptions,
 * order_lines, products and tier_history.
 *
 * @throws CONDITION_INVALID, CONDITION_FIELD_UNKNOWN, CONDITION_VALUE, CAMPAIGN_INVALID
 */
export async function prepare(compute: Compute, options: PlanOptions): Promise<Prepared> {
  const asked = checked(options);
  const { offers, caps, windowDays, horizonDays, asOf, seed } = asked;
  const { timeZone = 'UTC', marginShare, orderCostMinor = 0, returnCostMinor = 0 } = options.shop;
  const audience = await readPeople(compute, asked.condition, {
    ...{ seed, asOf, timeZone, library: options.library ?? EMPTY_LIBRARY },
  });
  const past = { asOf, windowDays, marginShare, orderCostMinor, returnCostMinor };
  const history = await readHistory(compute, past);
  const groups = effectsOf(audience, history, { offers: offers.map(({ offer }) => offer), windowDays, horizonDays });
  const effects =
    options.effects === 'best' && groups.kind === 'measured'
      ? betterEffects(groups, audience, await readContacts(compute, past), { seed, depths: groups.depths })
      : groups;
  const taken = options.taken ?? new Set();
  const { globalHoldout } = options;
  const refused = audience.consent.map((consent, i): ReasonCode | undefined => {
    if (globalHoldout !== undefined && isHeldOut(globalHoldout, audience.id(i))) return 'global-holdout';
    if (consent === 0 || (Number.isNaN(consent) && asked.consentUnknown === 'deny')) return 'no-consent';
    if (taken.has(audience.id(i))) return 'other-campaign';
    const within = caps.daysSinceLastExposure ?? 0;
    return within > 0 && audience.exposedDays[i]! < within ? 'contacted-recently' : undefined;
  });
  const candidates = {
    ...{ count: audience.count, id: audience.id, tier: audience.tierCode, refused },
    offers: offers.map((_, j) => columnsOf(effects, asked, j)),
  };
  return { asked, audience, effects, candidates, choosing: choosingOf(asked, audience) };
}

function checked(options: PlanOptions): Asked {
  const { windowDays = 28, explorationShare = 0, minRoi = 0, retentionMinor = 0, consentUnknown = 'deny' } = options;
  const limits = LIMITS.safeParse({ ...options, windowDays, explorationShare, minRoi, retentionMinor });
  const refuse = (where: string, expected: string) => known('CAMPAIGN_INVALID', { where, expected });
  if (!limits.success) {
    const [issue] = limits.error.issues;
    throw refuse(issue?.path.join('.') ?? 'plan', issue?.message ?? '');
  }
  const condition = parseCondition(options.condition);
  const offers = parseOffers(options.offer, options.offers);
  const caps = parseCaps(options.caps ?? {});
  const ids = offers.map(({ id }) => id);
  const channels = offers.flatMap(({ channel }) => channel ?? []);
  for (const id of Object.keys(caps.perOffer ?? {}))
    if (!ids.includes(id)) throw refuse(`caps.perOffer.${id}`, `an offer of the plan: ${ids.join(', ')}`);
  for (const channel of Object.keys(caps.perChannel ?? {}))
    if (!channels.includes(channel))
      throw refuse(`caps.perChannel.${channel}`, `a channel of the plan's offers: ${channels.join(', ') || 'none'}`);
  return { ...limits.data, condition, offers, caps, consentUnknown, asOf: options.asOf, seed: options.seed };
}

/** Rounding of sums that are whole in truth must not cost a minor unit. */
const ROUNDING = 1e-6;

/** Expected profit and cost of giving an offer to each. */
function columnsOf({ offers: effects }: EffectSource, { offers, retentionMinor }: Asked, j: number): OfferColumns {
  const { effectMinor, discountMinor, keptShare } = effects[j]!;
  const reachMinor = reachCost(offers[j]!.offer);
  const costMinor = discountMinor.map((own) => Math.ceil(Math.max(0, own) - ROUNDING) + reachMinor);
  const profitMinor = effectMinor.map((own) => Math.round(own) - reachMinor);
  const valueMinor =
    retentionMinor === 0 ? profitMinor : profitMinor.map((own, i) => own + retentionMinor * keptShare[i]!);
  return { costMinor, profitMinor, valueMinor };
}

function choosingOf(asked: Asked, { tierNames }: Audience): Choosing {
  const { campaignId, seed, budgetMinor, holdoutShare, explorationShare, minRoi, offers, caps } = asked;
  const channels = [...new Set(offers.flatMap(({ channel }) => channel ?? []))];
  const most = (limits: Readonly<Record<string, number>> | undefined, key: string) =>
    (limits !== undefined && Object.hasOwn(limits, key) ? limits[key] : undefined) ?? Number.POSITIVE_INFINITY;
  return {
    ...{ campaignId, seed, budgetMinor, holdoutShare, explorationShare, minRoi },
    maxPeople: caps.maxPeople ?? Number.POSITIVE_INFINITY,
    perTier: (tier) => most(caps.perTier, tierNames[tier] ?? ''),
    perOffer: offers.map(({ id }) => most(caps.perOffer, id)),
    channel: offers.map(({ channel }) => (channel === undefined ? -1 : channels.indexOf(channel))),
    perChannel: channels.map((channel) => most(caps.perChannel, channel)),
  };
}
