/** The HTTP contract of segments: conditions, saved segments, uploaded lists. */
import { z } from 'zod';
import { SCHEDULES } from '#segments/index.ts';
import { count, format, minor, moment, page, share, text } from './parameters.ts';

const both = z.object({ en: z.string(), zh: z.string() });
const actor = z.string().trim().min(1).max(200).describe('who does it');
const name = z.string().trim().min(1).max(120);

export const ConditionBody = z
  .record(z.string(), z.unknown())
  .describe(
    'A tree: {all: [...]}, {any: [...]}, {not: ...} and leaves {field, op, value}, {did, measure, atLeast, atMost, exactly, within, where}, {didNot, within, where}, {lastTime, atLeastDaysAgo, atMostDaysAgo, where}, {sequence: [{did, where}], in, within}, {dropped, without, in, within}, {segment}, {list}, {random, from, below}, {uplift, bound, op, value}. What may be asked: GET /api/v1/segments/fields.',
  );

const byTier = z.object({
  tier: z.string().nullable().describe('null: no tier yet'),
  customers: count,
  of: count.describe('customers of the tier'),
  valueMinor: minor,
});
const sampled = z.object({
  customerId: z.string(),
  tier: z.string().nullable(),
  valueMinor: minor.nullable(),
  why: z
    .array(both.extend({ figure: both.nullable().describe('what is known of them; null: no more than that it holds') }))
    .describe('parts of the condition that hold for them'),
});

export const SegmentPreviewBody = z.strictObject({
  condition: ConditionBody,
  sample: z.int().min(0).max(50).default(20),
});
export const SegmentPreviewReply = z.object({
  condition: ConditionBody.describe('as it is kept'),
  words: both,
  customers: count,
  share: share.describe('of all customers'),
  valueMinor: minor.describe('expected value of them all'),
  byTier: z.array(byTier).describe('lowest first'),
  sample: z.array(sampled).describe('always the same people'),
});

export const SegmentWordsBody = z.strictObject({ condition: ConditionBody });
export const SegmentWordsReply = z.object({ condition: ConditionBody, words: both });

export const SegmentSaidBody = z.strictObject({
  text: z
    .string()
    .trim()
    .min(1)
    .max(2000)
    .describe('English or Chinese; clauses parted by commas, semicolons, and, but, 且, 但'),
});
export const SegmentSaidReply = z.object({
  clauses: z.array(z.object({ text: z.string(), words: both.nullable().describe('as it was read; null: it was not') })),
  condition: ConditionBody.nullable().describe('all clauses together; null where one of them was not read'),
  words: both.nullable(),
});

const schedule = z.enum(SCHEDULES).default('each run').describe('once: the people that it had when it was saved');
export const SegmentBody = z.strictObject({
  name,
  about: z.string().max(2000).default(''),
  condition: ConditionBody,
  schedule,
  actor,
});
export const SegmentChangeBody = SegmentBody.extend({
  version: z.int().min(1).describe('the version that was read; another meanwhile is answered 409'),
});
export const SegmentDeleteBody = z.strictObject({ actor, version: z.int().min(1) });
export const SegmentParams = z.object({ id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/) });

const segment = {
  id: z.string(),
  name: z.string(),
  about: z.string(),
  condition: ConditionBody,
  words: both,
  schedule: z.enum(SCHEDULES),
  createdAt: moment,
  createdBy: z.string(),
  version: count,
  changedAt: moment,
  changedBy: z.string(),
};
export const SegmentReply = z.object({
  ...segment,
  customers: count.nullable().describe('now; null: it cannot be asked, see problem'),
  problem: both.nullable(),
  change: z.int().nullable().describe('since the run before the last; null: there is none'),
  runs: z.array(z.object({ asOf: moment, customers: count })).describe('the last 30 runs, oldest first'),
  usedBy: z.array(z.string()).describe('campaigns, journeys, experiments and segments'),
});
export const SegmentsReply = z.object({
  rows: z.array(SegmentReply),
  broken: z.array(z.object({ id: z.string(), problem: z.string() })).describe('files that cannot be read'),
});
export const SegmentOneReply = SegmentReply.extend({
  versions: z
    .array(z.object({ version: count, changedAt: moment, changedBy: z.string(), name: z.string(), words: both }))
    .describe('newest first'),
});
export const SegmentPeopleQuery = z.strictObject({ ...page, format });

export const OverlapQuery = z.strictObject({
  ids: z.string().max(2000).describe('two to twenty segments, parted by commas'),
});
export const OverlapReply = z.object({
  segments: z.array(z.object({ id: z.string(), name: z.string(), customers: count })),
  pairs: z.array(
    z.object({ a: z.string(), b: z.string(), both: count, jaccard: share.nullable().describe('both over either') }),
  ),
  exact: z
    .array(z.object({ ids: z.array(z.string()), customers: count }))
    .describe('people in exactly these, most first; the first 40 combinations'),
});

const list = {
  id: z.string(),
  name: z.string(),
  createdAt: moment,
  createdBy: z.string(),
  rows: count.describe('rows with an id'),
  duplicates: count,
  ids: count.describe('different ids'),
  unknown: count.describe('of them, no customer had when the list came'),
  unknownSample: z.array(z.string()),
};
export const ListReply = z.object({ ...list, usedBy: z.array(z.string()) });
export const ListsReply = z.object({ rows: z.array(ListReply) });
export const ListBody = z
  .strictObject({
    name,
    actor,
    text: z.string().min(1).optional().describe('one id a line, or CSV with a column customer_id'),
    xlsx: z.base64().min(1).optional().describe('an Excel file, base64; its first sheet is read'),
  })
  .refine((body) => (body.text === undefined) !== (body.xlsx === undefined), 'text or xlsx');
export const ListDeleteBody = z.strictObject({ actor });

const named = both.extend({ key: z.string() });
const ops = z.array(z.string());
export const SegmentFieldsReply = z.object({
  ops: z.array(both.extend({ op: z.string() })).describe('comparisons in words'),
  groups: z.array(named),
  fields: z.array(
    both.extend({
      name: z.string(),
      group: z.string(),
      kind: z.enum(['number', 'text', 'flag', 'list']),
      unit: z.enum(['minor', 'share', 'days', 'count']).nullable(),
      ops,
      values: z.array(named).nullable().describe('what to pick from; null: anything'),
    }),
  ),
  events: z.array(
    both.extend({
      name: z.string(),
      properties: z.array(z.string()),
      measures: z.array(z.string()),
      rows: count.describe('how often it was seen'),
    }),
  ),
  properties: z.array(
    both.extend({
      name: z.string(),
      kind: z.enum(['text', 'path', 'number']),
      unit: z.enum(['minor', 'count']).nullable(),
      ops,
      values: z.array(named).nullable(),
    }),
  ),
  segments: z.array(z.object({ id: z.string(), name: z.string() })),
  lists: z.array(z.object({ id: z.string(), name: z.string(), ids: count })),
  upliftOffers: z.array(named).describe('offers whose effect is known'),
});
export const TemplatesReply = z.object({
  rows: z.array(
    z.object({ key: text, name: both, about: both, condition: ConditionBody, words: both, customers: count }),
  ),
});
