/** Whether a message may go out at this moment: the rules in the order in which they are asked. */
import type { Message } from './message.ts';
import type { Person } from './person.ts';
import { isQuiet, nextAllowed, type QuietHours } from './quiet-hours.ts';
import type { DeliverySettings } from './settings.ts';

/** Why a message did not go out; each names the rule that stopped it. */
export const STOPS = {
  killed: 'the kill switch is on',
  expired: 'its time is over',
  erased: 'the customer was erased',
  unknown: 'the shop does not know the customer',
  withdrawn: 'the customer withdrew consent for this purpose',
  'no-consent': 'no consent for this purpose',
  'global-holdout': 'the customer is in the global holdout',
  'campaign-holdout': 'the customer is in the holdout of the campaign',
  'campaign-paused': 'the campaign is paused',
  'campaign-ended': 'the campaign has ended or is not known',
  'no-budget': 'no budget is held for it',
  cap: 'the customer had as many messages as a cap allows',
  'quiet-hours': 'it is quiet hours by the clock of the customer',
  'no-channel': 'no channel of this name is set up',
  'no-address': 'the customer has no address for this channel',
  refused: 'the channel refused it for good',
  failed: 'the channel failed as often as it may be tried',
  'outcome-unknown': 'whether it went out is not known, and the channel cannot tell twice from once',
} as const;
export type Stop = keyof typeof STOPS;

export interface CampaignNow {
  readonly state: 'running' | 'paused' | 'ended';
  isHoldout(customerId: string): boolean;
}

/** What the gate is told; everything as of the moment of sending. */
export interface GateFacts {
  readonly now: number;
  readonly person: Person | undefined;
  readonly timeZone: string;
  readonly settings: DeliverySettings;
  readonly quiet: QuietHours | undefined;
  readonly isKilled: boolean;
  /** Purposes that the customer withdrew; `*`: the customer was erased. */
  readonly blocked: ReadonlySet<string>;
  /** undefined: the message is of no campaign; null: of one that is not known. */
  readonly campaign: CampaignNow | null | undefined;
  /** Whether the customer is one of those who get no marketing at all. */
  readonly isHeldOutOfAll: boolean;
  /** Whether a budget is held for it, where it names a hold. */
  readonly isPaid: boolean;
  /** Messages that the customer had in the last `days` days of their calendar. */
  sentIn(channel: string, days: number): number;
}

export type Verdict =
  | { readonly kind: 'send' }
  | { readonly kind: 'hold'; readonly stop: Stop; readonly rule: string }
  /** Not now: to be asked again at `at`. */
  | { readonly kind: 'later'; readonly stop: Stop; readonly rule: string; readonly at: number };

const MINUTE_MS = 60_000;

/** In how many minutes a message is asked again that waits for a person (kill switch, a paused campaign). */
const AGAIN_MINUTES = 5;

const hold = (stop: Stop, rule: string): Verdict => ({ kind: 'hold', stop, rule });

/** The verdict on a message; pure. What is put off past its expiry is held back. */
export function verdictOf(message: Message, facts: GateFacts): Verdict {
  const { now } = facts;
  if (now >= message.expiresAt) return hold('expired', `expires at ${message.expiresAt}`);
  const found = standing(message, facts) ?? (message.purpose === 'service' ? undefined : marketing(message, facts));
  if (found !== undefined) return found;
  const { quiet, timeZone } = facts;
  if (quiet !== undefined && message.channel !== 'on-site' && isQuiet(now, timeZone, quiet)) {
    const at = nextAllowed(now, timeZone, quiet);
    const { from, to } = facts.settings.quietHours!;
    return later(message, { stop: 'quiet-hours', rule: `quiet ${from}-${to} ${timeZone}`, at });
  }
  return { kind: 'send' };
}

function later(message: Message, { stop, rule, at }: { stop: Stop; rule: string; at: number }): Verdict {
  return at >= message.expiresAt ? hold(stop, `${rule}; expires before`) : { kind: 'later', stop, rule, at };
}

/** Rules for every purpose. */
function standing(message: Message, facts: GateFacts): Verdict | undefined {
  const again = facts.now + AGAIN_MINUTES * MINUTE_MS;
  if (facts.isKilled) return { kind: 'later', stop: 'killed', rule: 'kill switch', at: again };
  if (facts.blocked.has('*')) return hold('erased', 'erasure');
  if (facts.person === undefined) return hold('unknown', 'customers');
  if (facts.campaign === null) return hold('campaign-ended', `campaign ${message.campaignId} is not known`);
  const state = facts.campaign?.state ?? 'running';
  if (state === 'ended') return hold('campaign-ended', `campaign ${message.campaignId}`);
  if (state === 'paused')
    return later(message, { stop: 'campaign-paused', rule: `campaign ${message.campaignId}`, at: again });
  if (!facts.isPaid) return hold('no-budget', `hold ${message.holdId}`);
  return undefined;
}

/** Rules for what the customer did not ask for. */
function marketing(message: Message, facts: GateFacts): Verdict | undefined {
  const { purpose, customerId } = message;
  const { settings, person, blocked, campaign } = facts;
  if (purpose === 'service') return undefined;
  if (blocked.has(purpose)) return hold('withdrawn', `consent ${purpose}`);
  const consent = person?.consent[purpose] ?? null;
  if (consent === false || (consent === null && settings.consentUnknown === 'deny'))
    return hold('no-consent', `consent ${purpose}${consent === null ? ' was not asked for' : ''}`);
  if (facts.isHeldOutOfAll) return hold('global-holdout', 'holdout of all customers');
  if (campaign?.isHoldout(customerId)) return hold('campaign-holdout', `campaign ${message.campaignId}`);
  for (const { channel, days, max } of settings.caps)
    if ((channel === 'any' || channel === message.channel) && facts.sentIn(channel, days) >= max)
      return hold('cap', `${max} in ${days} ${days === 1 ? 'day' : 'days'}, ${channel} channel`);
  return undefined;
}
