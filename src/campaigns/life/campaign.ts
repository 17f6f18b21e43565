/** A campaign as a document, and what an action makes of it. No file, no clock: see records.ts for how it is kept. */
import { known } from '#errors.ts';
import { isSamePerson, withPerson } from './person.ts';
import { type Action, type Status, statusAfter } from './status.ts';

export interface Campaign {
  readonly campaignId: string;
  readonly name: string;
  readonly status: Status;
  /** Grows by one with every change. */
  readonly version: number;
  readonly createdAt: number;
  /** Who made, edited or submitted it: none of them may approve it. */
  readonly authors: readonly string[];
  readonly approvedBy: string | null;
  /** Epoch ms; null: not set. */
  readonly startAt: number | null;
  readonly endAt: number | null;
  /** Of two campaigns that want the same people the higher comes first. */
  readonly priority: number;
  /** Its people are left out of others. */
  readonly exclusive: boolean;
  /** What was asked for, as it came. */
  readonly asked: unknown;
  /** What the planner said. */
  readonly plan: unknown;
  /** Name of the file of its people in the campaign's folder. */
  readonly planFile: string;
  /** Money set aside for it at the approval. */
  readonly reserved: { readonly budget: string; readonly amountMinor: number; readonly version: number } | null;
  /** What was handed to delivery. */
  readonly handed: { readonly at: number; readonly messages: number; readonly refused: number } | null;
}

export interface Change {
  readonly version: number;
  /** Epoch ms; never before that of the change before it. */
  readonly at: number;
  readonly actor: string;
  readonly action: Action | 'create' | 'hand-over';
  readonly note: string;
  /** Null: it was not there. */
  readonly from: Status | null;
  readonly to: Status;
  /** Fields that differ: what they were and what they are. */
  readonly changed: Readonly<Record<string, readonly [unknown, unknown]>>;
}

export interface Step {
  readonly campaign: Campaign;
  readonly change: Change;
}

export interface Doing {
  readonly actor: string;
  readonly at: number;
  readonly note?: string | undefined;
  /** The version that the actor saw; missing: whichever there is. */
  readonly version?: number | undefined;
  /** At least `at` of the last change: a clock that was set back doesn't reorder history. */
  readonly notBefore?: number | undefined;
}

/** Who acts by themselves: the schedule. */
export const SYSTEM = 'tierwise';

type Fields = Partial<Omit<Campaign, 'campaignId' | 'version' | 'status' | 'createdAt'>>;

/** @throws CAMPAIGN_INVALID where the actor has no name */
export function created(fields: Omit<Campaign, 'status' | 'version' | 'authors' | 'approvedBy'>, doing: Doing): Step {
  const authors = doing.actor === '' ? [] : withPerson([], doing.actor);
  const campaign: Campaign = { ...fields, status: 'draft', version: 1, authors, approvedBy: null };
  return { campaign, change: { ...headOf(doing), version: 1, action: 'create', from: null, to: 'draft', changed: {} } };
}

/**
 * What an action makes of a campaign.
 *
 * @param fields what it sets beside the state
 * @throws CAMPAIGN_STATE, CAMPAIGN_CHANGED where another version was seen, CAMPAIGN_OWN_APPROVAL, CAMPAIGN_INVALID
 */
export function acted(before: Campaign, action: Action, doing: Doing, fields: Fields = {}): Step {
  if (doing.actor.trim() === '') throw known('CAMPAIGN_INVALID', { where: 'actor', expected: 'the name of who acts' });
  if (doing.version !== undefined && doing.version !== before.version)
    throw known('CAMPAIGN_CHANGED', { id: before.campaignId, seen: doing.version, version: before.version });
  const status = statusAfter(before.campaignId, before.status, action);
  if (action === 'approve') refuseOwn(before, doing.actor);
  const isAuthor = action === 'edit' || action === 'submit';
  return stepped(before, action, doing, {
    ...fields,
    status,
    authors: isAuthor ? withPerson(before.authors, doing.actor) : before.authors,
    approvedBy: action === 'approve' ? doing.actor.trim() : status === 'draft' ? null : before.approvedBy,
    ...(status === 'draft' ? { startAt: null, endAt: null, reserved: null } : {}),
  });
}

/** The note of what was handed to delivery; the state stays. */
export const handedOver = (before: Campaign, handed: NonNullable<Campaign['handed']>, doing: Doing): Step =>
  stepped(before, 'hand-over', doing, { handed });

function refuseOwn({ campaignId, authors }: Campaign, actor: string): void {
  if (authors.length === 0) throw known('CAMPAIGN_OWN_APPROVAL', { id: campaignId, actor, authors: ['nobody known'] });
  if (authors.some((author) => isSamePerson(author, actor)) || isSamePerson(actor, SYSTEM))
    throw known('CAMPAIGN_OWN_APPROVAL', { id: campaignId, actor, authors });
}

function stepped(before: Campaign, action: Change['action'], doing: Doing, fields: Partial<Campaign>): Step {
  const version = before.version + 1;
  const campaign: Campaign = { ...before, ...fields, version };
  const changed: Record<string, readonly [unknown, unknown]> = {};
  for (const key of Object.keys(campaign) as (keyof Campaign)[]) {
    // the plan itself is in its own file and long; that it changed is told by that file's name
    if (key === 'version' || key === 'status' || key === 'plan') continue;
    if (JSON.stringify(before[key]) !== JSON.stringify(campaign[key])) changed[key] = [before[key], campaign[key]];
  }
  return {
    campaign,
    change: { ...headOf(doing), version, action, from: before.status, to: campaign.status, changed },
  };
}

const headOf = ({ actor, at, note = '', notBefore = at }: Doing) => ({
  actor: actor.trim(),
  at: Math.max(at, notBefore),
  note,
});
