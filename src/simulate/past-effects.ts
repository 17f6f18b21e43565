/** What the shop's past campaigns do to one customer's orders, and what the shop gains by it. */
import { random, split } from '#kernels/random.ts';
import { type Books, EVENT } from './books.ts';
import type { Diary } from './browsing.ts';
import { momentOf } from './calendar.ts';
import { effectOf, leastShelf } from './offer-effect.ts';
import { outlook, type Subject } from './outlook.ts';
import { assignment, type PastCampaign, type PastOffer } from './past-campaigns.ts';
import type { World } from './world.ts';

/** An order that may happen: one that comes anyway, or one more because of an offer. */
export interface PlannedOrder {
  readonly day: number;
  /** Number of the base order, from 0; of an extra order, 1000 + the campaign's position. */
  readonly key: number;
  readonly campaign?: Participation;
  /** Would use the campaign's coupon if the basket counts. */
  readonly redeems: boolean;
  /** Would have come, and does not because of the message. */
  readonly dropped: boolean;
  /** Comes only because of the offer, and only if the basket counts. */
  readonly extra: boolean;
}

export interface Participation {
  readonly position: number;
  readonly campaign: PastCampaign;
  /** Missing in the holdout. */
  readonly offer: PastOffer | undefined;
  readonly offerIndex: number;
}

/** Sums over the customers of one arm of a past campaign. Money in fen. */
export interface ArmTruth {
  customers: number;
  /** Margin that the arm's customers really brought over what they would have brought without the offer. */
  realised: number;
}

export type CampaignTruth = Map<string, ArmTruth>;

export function armTruth(truth: CampaignTruth, campaignId: string, arm: string): ArmTruth {
  const key = `${campaignId}/${arm}`;
  const found = truth.get(key) ?? { customers: 0, realised: 0 };
  truth.set(key, found);
  return found;
}

/**
 * The customer's orders with the campaigns worked in, by day. Writes the exposures.
 *
 * @param id the customer's id, by which arms were assigned
 */
export function planOrders(
  world: World,
  subject: Subject,
  id: string,
  campaigns: readonly PastCampaign[],
  into: Books,
  to: Diary,
  truth: CampaignTruth,
): PlannedOrder[] {
  const { endDay } = world.calendar;
  const plain = { redeems: false, dropped: false, extra: false };
  const { path, persona } = subject;
  const days = path.orderDays.filter((day) => day < endDay);
  const planned: PlannedOrder[] = days.map((day, key) => ({ day, key, ...plain }));
  for (const [position, campaign] of campaigns.entries()) {
    if (path.arrivalDay >= campaign.fromDay || persona.traits.consentMarketing !== true) continue;
    const offerIndex = assignment(world.seed, campaign, id);
    if (offerIndex === undefined) continue;
    const offer = campaign.offers[offerIndex];
    const part: Participation = { position, campaign, offer, offerIndex };
    expose(world, subject, part, into, to);
    if (offer === undefined) armTruth(truth, campaign.id, 'holdout').customers++;
    else treat(world, subject, part, offer, planned, truth);
  }
  return planned.sort((a, b) => a.day - b.day || a.key - b.key);
}

function treat(
  world: World,
  subject: Subject,
  part: Participation,
  offer: PastOffer,
  planned: PlannedOrder[],
  truth: CampaignTruth,
): void {
  const { campaign, position } = part;
  const { persona } = subject;
  const prospects = outlook(world, subject, campaign.fromDay, campaign.toDay);
  const effect = effectOf(persona, prospects, offer);
  const arm = armTruth(truth, campaign.id, offer.id);
  arm.customers++;
  arm.realised -= offer.cost ?? 0;
  const draw = random(split(world.seed, 'treatment', position, persona.index));
  for (const [k, order] of planned.entries()) {
    if (order.day < campaign.fromDay || order.day >= campaign.toDay || order.extra) continue;
    const dropped = draw.uniform() < effect.drop;
    const redeems = draw.uniform() < effect.redeem;
    planned[k] = { ...order, campaign: part, dropped, redeems };
  }
  const day = campaign.fromDay + draw.integer(campaign.toDay - campaign.fromDay);
  if (draw.uniform() < effect.extra)
    planned.push({ day, key: 1000 + position, campaign: part, redeems: true, dropped: false, extra: true });
}

function expose(world: World, { persona }: Subject, part: Participation, into: Books, to: Diary): void {
  const { campaign, position, offer, offerIndex } = part;
  const draw = random(split(world.seed, 'exposure', position, persona.index));
  const holdoutChance = 1 - campaign.chances.reduce((sum, chance) => sum + chance, 0);
  const shown = momentOf(campaign.fromDay, 0.35 + 0.5 * draw.uniform(), draw.uniform());
  const clicks = draw.uniform() < 0.5 * persona.opens;
  const clicked = shown + 60_000 + Math.floor(draw.exponential() * 4 * 3_600_000);
  const none = Number.NaN;
  if (offer === undefined) {
    into.rows.exposures.add(persona.index, position, none, holdoutChance, none, none, 0);
    return;
  }
  const cost = offer.cost ?? 0;
  const chance = campaign.chances[offerIndex]!;
  into.rows.exposures.add(persona.index, position, offerIndex, chance, shown, clicks ? clicked : none, cost);
  to.session(0);
  to.note(EVENT['Promotion Viewed'], shown, { campaign: position });
  if (clicks) to.note(EVENT['Promotion Clicked'], clicked, { campaign: position });
}

export const counts = (offer: PastOffer | undefined, shelf: number): boolean =>
  offer !== undefined && shelf >= leastShelf(offer);
