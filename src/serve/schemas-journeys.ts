/** The HTTP contract of journeys. */
import { z } from 'zod';
import { STATUSES } from '#journeys/index.ts';
import { count, moment, share } from './parameters.ts';

const actor = z.string().trim().min(1).max(200).describe('who does it');
const both = z.object({ en: z.string(), zh: z.string() });
const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/);
const definition = z
  .record(z.string(), z.unknown())
  .describe(
    'name {en, zh}, reentry {kind: once | free | days, days}, holdoutShare, nodes: entry {on: once | segment {condition} | event {event, key} | event-without {event, without, minutes, key}, next}, wait {minutes?, until?, next}, wait-event {event, sameKey, minutes, next, timeout}, split-condition {condition, yes, no}, split-random {branches: [{share, next}]}, split-score {field, branches: [{atLeast, next}], otherwise}, offer {offerId, next}, message {channel, purpose, words, next}, webhook {channel, body, next}, goal {event, days}, exit',
  );
const fault = z.object({
  node: z.string().nullable().describe('null: the journey as a whole'),
  en: z.string(),
  zh: z.string(),
});
const reached = z.object({ customers: count, reached: count, rate: share.nullable() });

export const JourneyFiguresReply = z.object({
  version: count,
  entered: count.describe('passages, without those held out'),
  inside: count,
  ended: count,
  heldOut: count,
  averted: count.describe('did not enter, since the other event came'),
  pending: count.describe('waiting whether it comes'),
  nodes: z.array(z.object({ node: z.string(), reached: count, here: count })),
  edges: z.array(z.object({ from: z.string(), way: z.string(), to: z.string(), passes: count })),
  goal: z
    .object({
      treated: reached,
      heldOut: reached,
      difference: z
        .object({ estimate: z.number(), low: z.number(), high: z.number() })
        .nullable()
        .describe('of the rates, with a 95 % interval'),
    })
    .nullable()
    .describe('null: the journey has no goal'),
  lost: z
    .array(z.object({ node: z.string(), why: z.string(), people: count }))
    .describe('without the goal, most first'),
});

const summary = {
  id,
  name: both,
  status: z.enum(STATUSES),
  version: count.describe('that people enter; 0: never started'),
  isDry: z.boolean().describe('messages are counted, not queued'),
  isExample: z.boolean(),
  changedAt: moment,
  changedBy: z.string(),
  entered: count,
  inside: count,
  goalRate: share.nullable(),
};
export const JourneysReply = z.object({ rows: z.array(z.object(summary)) });
export const JourneyReply = z.object({
  ...summary,
  revision: count,
  draft: definition,
  faults: z.array(fault),
  isChanged: z.boolean().describe('the draft is not the version that runs'),
  shown: definition.nullable().describe('the version that the figures are of'),
  versions: z.array(z.object({ version: count, startedAt: moment, actor: z.string() })),
  figures: JourneyFiguresReply.nullable().describe('null: never started'),
});
export const JourneyParams = z.object({ id });
export const JourneyQuery = z.object({ version: z.coerce.number().int().min(1).max(10_000).optional() });
export const JourneyBody = z.strictObject({
  id,
  definition,
  isDry: z.boolean().default(false),
  actor,
});
export const JourneyEditBody = z.strictObject({ definition, revision: z.int().min(1), actor });
export const JourneyActBody = z.strictObject({ revision: z.int().min(1), actor });
export const JourneyActParams = z.object({ id, act: z.enum(['start', 'pause', 'resume', 'end']) });
export const JourneyCheckBody = z.strictObject({ definition });
export const JourneyCheckReply = z.object({ faults: z.array(fault) });
export const JourneyTemplatesReply = z.object({
  rows: z.array(z.object({ key: z.string(), about: both, definition })),
});
const text = z.string().min(1).max(300);
export const JourneyEventsBody = z.strictObject({
  events: z
    .array(
      z.strictObject({
        id: text.describe('unique: the same id is the same event'),
        customerId: z.string().min(1).max(1000),
        name: text,
        at: z.int().min(0).max(253_402_300_799_999),
        orderId: text.optional(),
        productId: text.optional(),
        cartId: text.optional(),
      }),
    )
    .min(1)
    .max(1000),
});
export const JourneyEventsReply = z.object({ told: count, repeated: count });
