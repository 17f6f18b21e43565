/** The life of a campaign over HTTP. */
import { z } from 'zod';
import { STATUSES } from '#campaigns/index.ts';
import { actor, CampaignBody } from './schemas.ts';

const moment = z.int();
const count = z.int().min(0);
const version = count.describe('the version of the campaign that was looked at: another one is refused');
const note = z.string().trim().max(1000).optional();

export const EditBody = z.strictObject({ ...CampaignBody.shape, actor, version });
export const ActBody = z.strictObject({ actor, version: version.optional(), note });
export const ScheduleBody = z.strictObject({
  ...ActBody.shape,
  startAt: moment.describe('epoch ms, not past'),
  endAt: moment.optional().describe('after startAt; default: until it is stopped'),
});
export const TestBody = z.strictObject({
  actor,
  to: z.string().trim().min(1).max(300).describe('one address'),
  offerId: z.string().min(1).max(100),
  language: z.enum(['en', 'zh']),
  channel: z.string().min(1).max(100).optional().describe("default the offer's"),
});
export const TestReply = z.object({ sent: z.boolean() });
export const HistoryReply = z.object({
  rows: z
    .array(
      z.object({
        version: count,
        at: moment,
        actor: z.string(),
        action: z.string(),
        note: z.string(),
        from: z.enum(STATUSES).nullable(),
        to: z.enum(STATUSES),
        changed: z.record(z.string(), z.array(z.unknown())).describe('by field: before and after'),
      }),
    )
    .describe('newest first'),
});
export const OverlapsReply = z.object({
  rows: z
    .array(
      z.object({
        campaignId: z.string(),
        name: z.string(),
        status: z.enum(STATUSES),
        priority: z.int(),
        exclusive: z.boolean(),
        offered: count.describe('get an offer in both'),
        holdoutSpoiled: count.describe('held out here and get an offer there'),
        spoilsHoldout: count.describe('held out there and get an offer here'),
      }),
    )
    .describe('active campaigns that share people with this one; most shared first'),
  spoiledSoFar: count.describe('held-out people who were sent another offer since the campaign began'),
});
