/** The HTTP contract of delivery: settings, kill switch, outbox, channels. */
import { z } from 'zod';
import { PURPOSES, STATES, STOPS, type Stop } from '#delivery/index.ts';
import { count, format, moment, page } from './parameters.ts';

const actor = z.string().trim().min(1).max(200).describe('who does it');
const id = z.string().min(1).max(1000);
const language = z.enum(['en', 'zh']);
const open = z.record(z.string(), z.unknown());
const state = z.enum(STATES);
const stop = z.enum(Object.keys(STOPS) as [Stop, ...Stop[]]);
const channel = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/);

const killSwitch = z.object({
  isOn: z.boolean(),
  actor: z.string().nullable(),
  reason: z.string().nullable(),
  at: moment.nullable().describe('of the last change'),
});
export const KillSwitchReply = killSwitch;
export const KillSwitchBody = z.strictObject({
  isOn: z.boolean().describe('true: nothing is handed to a channel any more, from the next message on'),
  reason: z.string().trim().min(1).max(500),
  actor,
});

export const DeliveryReply = z.object({
  killSwitch,
  version: count.describe('of the settings'),
  settings: open.describe(
    'caps [{channel, days, max}], quietHours {from, to} or null, consentUnknown, retry, channels by name, allowedAddresses, unsubscribeUrl; secrets are told as dots',
  ),
  counts: z.object({
    states: z.record(state, count),
    stops: z.array(z.object({ stop, state, messages: count })).describe('most first'),
  }),
  channels: z.array(
    z.object({
      name: channel,
      kind: z.string(),
      address: z.string().describe('what it knows people by'),
      isIdempotent: z.boolean().describe('false: a message whose outcome was lost is not sent again'),
    }),
  ),
});

export const DeliverySettingsBody = z.strictObject({
  settings: open.describe('all of them, as GET /api/v1/delivery gives them; dots keep a secret as it is'),
  version: z.int().min(0).describe('that was read; another meanwhile is answered 409'),
  actor,
});
export const DeliverySettingsReply = z.object({ version: count });

export const OutboxParameters = z.object({
  state: state.optional(),
  stop: stop.optional(),
  customerId: id.optional(),
  campaignId: id.optional(),
  journeyId: id.optional(),
  channel: channel.optional(),
  ...page,
  format,
});
const message = z.object({
  key: z.string(),
  customerId: z.string(),
  channel: z.string(),
  purpose: z.string(),
  campaignId: z.string().nullable(),
  journeyId: z.string().nullable(),
  decisionId: z.string().nullable(),
  why: z.string().nullable(),
  state,
  stop: stop.nullable().describe('what stopped it or put it off'),
  rule: z.string().nullable().describe('the rule, with its limit'),
  said: z.string().nullable().describe('what the channel said last'),
  attempts: count,
  queuedAt: moment,
  dueAt: moment,
  sentAt: moment.nullable(),
  providerId: z.string().nullable(),
});
export const OutboxReply = z.object({ rows: z.array(message), total: count });

export const MessagesBody = z.strictObject({
  messages: z
    .array(open)
    .min(1)
    .max(1000)
    .describe(
      'each {key, customerId, channel, purpose, words: {en?: {subject?, body}, zh?}, fields, dueAt, expiresAt, campaignId?, journeyId?, decisionId?, holdId?, why?, placement?}',
    ),
});
export const MessagesReply = z.object({
  queued: count,
  repeated: count.describe('keys that were queued before, with the same message'),
  conflicts: z.array(z.string()).describe('keys that were queued before with another message: those stay as they were'),
});

export const ChannelParams = z.object({ name: channel });
export const ChannelTestBody = z.strictObject({ to: z.string().min(1).max(300), language, actor });
export const ChannelTestReply = z.object({ providerId: z.string() });

export const PendingBody = z.strictObject({
  customerId: id,
  placement: z.string().min(1).max(200),
  most: z.int().min(1).max(10).default(1),
});
export const PendingReply = z.object({
  rows: z.array(
    z.object({
      key: z.string(),
      subject: z.string(),
      text: z.string(),
      html: z.string(),
      language,
      campaignId: z.string().optional(),
      decisionId: z.string().optional(),
    }),
  ),
});

export const ConsentBody = z.strictObject({
  customerId: id,
  purpose: z.enum(PURPOSES).exclude(['service']),
  isGiven: z.boolean().describe('false withdraws; true takes a withdrawal back, no more than that'),
  source: z.string().trim().min(1).max(200).describe('where the customer said so'),
});
export const ConsentReply = z.object({ customerId: z.string(), isWithdrawn: z.boolean() });

export const AudienceBody = z.strictObject({
  condition: open.describe('whom; see segments'),
  by: z.enum(['email', 'phone', 'customer']),
  actor,
});
