/** Requests and replies about the recommender as a whole. */
import { z } from 'zod';
import { count, moment, share } from './parameters.ts';

export const PARTS = ['all', 'repeat', 'explore'] as const;

const settings = z.object({
  key: z.string(),
  weights: z.record(z.string(), z.number()),
  least: z.record(z.string(), z.number()),
  most: z.record(z.string(), z.number()),
  restShare: z.number(),
  diversity: z.string(),
  diversityWeight: z.number(),
  calibration: z.number(),
  freshBoost: z.number(),
  freshHalfLifeDays: z.number(),
  marginWeight: z.number(),
  perCategoryMax: z.number(),
});
const metrics = z.record(z.string(), z.number());
const chances = z.object({
  rows: count.describe('candidates that it was learned from'),
  bought: count.describe('of them, those that were bought'),
  features: z
    .array(z.object({ feature: z.string(), weight: z.number() }))
    .describe('change of the log-odds a unit of the feature'),
});

export const RecommenderReply = z.object({
  metrics: z.unknown().describe('methods of reports/recommend.json with when and on whom they were judged, or null'),
  coverage: z.object({
    customers: count.describe('with at least one item'),
    shareCustomers: share.nullable(),
    products: count.describe('in at least one list'),
    shareProducts: share.nullable(),
  }),
  bySource: z.array(z.object({ source: z.string(), items: count })),
  topProducts: z.array(
    z.object({
      productId: z.string(),
      title: z.string().nullable(),
      titleZh: z.string().nullable(),
      imageUrl: z.string().nullable(),
      customers: count,
    }),
  ),
  flow: z
    .object({
      named: z.array(z.object({ source: z.string(), items: count })).describe('candidates that each source named'),
      ranked: count,
      durable: count.describe('products bought before that nobody buys twice'),
      resting: count.describe('candidates that were bought too lately for the strategy'),
      unused: count.describe('candidates of sources that the strategy leaves out'),
    })
    .nullable(),
  ranker: z
    .object({
      kind: z.enum(['walk', 'learned']),
      horizonDays: count.nullable(),
      trial: z.object({ customers: count, k: count, learned: z.number(), walk: z.number() }).nullable(),
      again: chances.nullable(),
      fresh: chances.nullable(),
    })
    .nullable(),
  strategies: z.array(
    z.object({
      tier: z.string().nullable().describe('null: no tier yet'),
      strategy: z.string().nullable().describe('null: may not be profiled, popular products only'),
      customers: count,
      settings: settings.nullable(),
      judged: z.object({ users: count, all: metrics, repeat: metrics, explore: metrics }).nullable(),
    }),
  ),
  popularity: z
    .object({
      shown: z.array(share).describe('by tenths of the products, the most bought first'),
      bought: z.array(share),
    })
    .nullable(),
});

export const HistoryQuery = z.object({ part: z.enum(PARTS).default('all') });
export const HistoryReply = z.object({
  part: z.enum(PARTS),
  rows: z.array(
    z.object({
      asOf: moment,
      method: z.string(),
      tier: z.string().nullable().describe('null: everybody; empty: no tier yet'),
      metrics,
    }),
  ),
});
