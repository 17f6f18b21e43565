/** Actions on campaigns with what they cause: money set aside and given back, people handed to delivery. */
import { join } from 'node:path';
import { type Compute, literal } from '#engines/index.ts';
import { known } from '#errors.ts';
import type { PlanOffer } from '../arms.ts';
import { acted, type Campaign, type Doing, handedOver, type Step, SYSTEM } from './campaign.ts';
import type { Delivery, Message, Money } from './parts.ts';
import { campaignIds, readCampaign, record } from './records.ts';
import { dueOf } from './schedule.ts';
import type { Action } from './status.ts';

export interface Office {
  /** The workspace. */
  readonly dir: string;
  readonly compute: Compute;
  /** Undefined: no ledger; nothing is set aside. */
  readonly money?: Money | undefined;
  /** Undefined: nothing can be sent; a campaign runs for export and measurement alone. */
  readonly delivery?: Delivery | undefined;
}

export type Kept = NonNullable<ReturnType<typeof readCampaign>>;

/** @throws CAMPAIGN_UNKNOWN */
export function campaignIn(dir: string, id: string): Kept {
  const campaign = readCampaign(dir, id);
  if (campaign === undefined) throw known('CAMPAIGN_UNKNOWN', { id });
  return campaign;
}

export const planFileOf = (dir: string, { campaignId, planFile }: Pick<Campaign, 'campaignId' | 'planFile'>): string =>
  join(dir, 'campaigns', campaignId, planFile);

/** Money stays set aside for so long after a campaign was made, unless it is given back before. */
const RESERVED_MS = 730 * 86_400_000;

/**
 * Does an action that needs no new plan.
 *
 * @param fields for `schedule`: startAt and endAt
 * @throws CAMPAIGN_UNKNOWN, CAMPAIGN_STATE, CAMPAIGN_CHANGED, CAMPAIGN_OWN_APPROVAL, CAMPAIGN_BUDGET_SHORT, CAMPAIGN_INVALID
 */
export async function act(
  office: Office,
  id: string,
  action: Exclude<Action, 'edit'>,
  doing: Doing,
  fields: Pick<Partial<Campaign>, 'startAt' | 'endAt'> = {},
): Promise<Campaign> {
  const before = campaignIn(office.dir, id);
  const own = { ...doing, notBefore: before.changedAt };
  if (action === 'schedule') checkTimes(fields, own.at);
  const { changedAt: _, ...campaign } = before;
  const step = acted(campaign, action, own, fields);
  if (action === 'approve') return approve(office, step, own);
  record(office.dir, step);
  const isOver = action === 'stop' || action === 'finish';
  if (isOver) await office.delivery?.cancel(id, own.at);
  if (action === 'pause') await office.delivery?.pause(id, own.at);
  if (action === 'start' && before.status === 'paused') await office.delivery?.resume(id, own.at);
  if (isOver || step.campaign.status === 'draft') giveBack(office, campaign, own.at);
  return action === 'start' ? handOver(office, step.campaign, own) : step.campaign;
}

function checkTimes({ startAt, endAt }: Pick<Partial<Campaign>, 'startAt' | 'endAt'>, now: number): void {
  const refuse = (where: string, expected: string) => known('CAMPAIGN_INVALID', { where, expected });
  if (startAt === undefined || startAt === null || startAt < now)
    throw refuse('startAt', `a moment that is not past; it is ${new Date(now).toISOString()} now`);
  if (endAt !== undefined && endAt !== null && endAt <= startAt) throw refuse('endAt', 'a moment after startAt');
}

/** The money first: an approval without it is none. */
function approve({ dir, money }: Office, step: Step, doing: Doing): Campaign {
  const { campaignId, version, createdAt, plan, asked } = step.campaign;
  const amountMinor = (plan as { budgetMinor?: number }).budgetMinor ?? 0;
  const budget = (asked as { budgetId?: string }).budgetId ?? null;
  if (money === undefined || amountMinor === 0) {
    record(dir, step);
    return step.campaign;
  }
  const until = createdAt + RESERVED_MS;
  const found = money.reserve({ campaignId, version, amountMinor, until, actor: doing.actor, budget }, doing.at);
  if (!found.ok)
    throw known('CAMPAIGN_BUDGET_SHORT', {
      ...{ id: campaignId, askedMinor: amountMinor, freeMinor: found.freeMinor, budget: found.budget },
    });
  const reserved = { budget: found.budget, amountMinor, version };
  const paid: Step = {
    campaign: { ...step.campaign, reserved },
    change: { ...step.change, changed: { ...step.change.changed, reserved: [null, reserved] } },
  };
  try {
    record(dir, paid);
  } catch (error) {
    // who came first may have approved the same version: then the reservation is theirs
    if (readCampaign(dir, campaignId)?.reserved?.version !== version)
      money.giveBack({ campaignId, version, amountMinor, until, budget: found.budget }, doing.at);
    throw error;
  }
  return paid.campaign;
}

/** Gives back what was set aside for a campaign that no longer needs it. */
export function giveBack({ money }: Office, { campaignId, createdAt, reserved }: Campaign, now: number): void {
  if (reserved !== null && money !== undefined)
    money.giveBack({ campaignId, until: createdAt + RESERVED_MS, ...reserved }, now);
}

const BATCH = 5000;

/** Hands everybody who is to get an offer to delivery; said again, it changes nothing there. */
async function handOver(office: Office, campaign: Campaign, doing: Doing): Promise<Campaign> {
  const { delivery, dir } = office;
  if (delivery === undefined || campaign.handed !== null) return campaign;
  let [messages, refused] = [0, 0];
  for await (const batch of messagesOf(office, campaign)) {
    const { queued, refused: not } = await delivery.enqueue(batch, doing.at);
    messages += queued;
    refused += not;
  }
  const { changedAt, ...now } = campaignIn(dir, campaign.campaignId);
  const step = handedOver(now, { at: doing.at, messages, refused }, { ...doing, actor: SYSTEM, notBefore: changedAt });
  record(dir, step);
  return step.campaign;
}

async function* messagesOf({ compute, dir }: Office, campaign: Campaign): AsyncGenerator<Message[]> {
  const { campaignId, plan } = campaign;
  const offers = new Map((plan as { offers?: readonly PlanOffer[] }).offers?.map((offer) => [offer.id, offer]));
  const file = literal(planFileOf(dir, campaign));
  let after = '';
  for (;;) {
    const rows = await compute.rows<{ customer: string; offer: string }>(
      `select customer_id as customer, coalesce(offer_id, 'offer') as offer from read_parquet(${file})
      where arm = 'offer' and customer_id > $after order by 1 limit ${BATCH}`,
      { after },
    );
    if (rows.length > 0)
      yield rows.map(({ customer, offer }) => ({
        key: `${campaignId}/${customer}/${offer}`,
        ...{ campaignId, customerId: customer, offerId: offer },
        channel: offers.get(offer)?.channel ?? null,
        content: contentOf(offers.get(offer)?.content),
      }));
    if (rows.length < BATCH) return;
    after = rows.at(-1)!.customer;
  }
}

/** A language without a text has that of the other. */
function contentOf(content: PlanOffer['content']): Message['content'] {
  if (content === undefined || (content.en.text === '' && content.zh.text === '')) return null;
  const { en, zh } = content;
  return { en: en.text === '' ? zh : en, zh: zh.text === '' ? en : zh };
}

/**
 * Does what the clock asks for, and hands over what a process that ended left. What fails is told and tried again at the next
 * look.
 *
 * @param failed hears of what could not be done
 */
export async function lookAtTheClock(
  office: Office,
  now: number,
  failed: (id: string, error: unknown) => void,
): Promise<Campaign[]> {
  const all = campaignIds(office.dir).flatMap((id) => readCampaign(office.dir, id) ?? []);
  const done: Campaign[] = [];
  for (const { id, action, note } of dueOf(all, now))
    try {
      done.push(await act(office, id, action, { actor: SYSTEM, at: now, note }));
    } catch (error) {
      failed(id, error);
    }
  for (const { changedAt: _, ...campaign } of all)
    if (campaign.status === 'running' && campaign.handed === null && office.delivery !== undefined)
      try {
        done.push(await handOver(office, campaign, { actor: SYSTEM, at: now }));
      } catch (error) {
        failed(campaign.campaignId, error);
      }
  return done;
}
