/** Recommendations of the moment: what may be asked, and the shape of the answer. */
import { z } from 'zod';
import { ONLINE_REASONS, ONLINE_SOURCES } from '#recommend/index.ts';
import { flag, minor, moment, share, whole } from './parameters.ts';

const id = z.string().min(1).max(300);
/** `a,b`, or the parameter several times; a value that is an id as it stands is one id, commas and all. */
const ids = z.union([z.string().min(1).max(8000), z.array(id).max(100)]).optional();

export const RecommendQuery = z.strictObject({
  customerId: id.optional().describe('their list; with basket or productId: leaves out durables that they have'),
  sessionItems: ids.describe('products of the open session, oldest first: a,b or several times; at most 100'),
  basket: ids.describe('products in the basket: a,b or several times; at most 100'),
  productId: id.optional().describe('the product of a page'),
  kind: z.enum(['similar', 'complementary']).default('similar').describe('for productId'),
  k: whole(1, 200).optional().describe('products at most; default: the length of the shop’s lists'),
  category: z.string().min(1).max(300).optional().describe('a category path: it and all below'),
  minPriceMinor: whole(0, Number.MAX_SAFE_INTEGER).optional(),
  maxPriceMinor: whole(0, Number.MAX_SAFE_INTEGER).optional(),
  inStock: flag.optional().describe('true: only what is left or not counted'),
  exclude: ids.describe('products left out: a,b or several times; unknown ids are passed over'),
  lang: z.enum(['both', 'en', 'zh']).default('both').describe('en or zh: titles and reasons of the other are null'),
});

const RecommendReason = z.object({
  code: z.enum(ONLINE_REASONS),
  productId: z.string().nullable().describe('the product that it names'),
  share: share.nullable().describe('part of the score that came from that product, 0 to 1'),
  everyDays: z.int().nullable().describe('days between two purchases'),
  lastDate: z.string().nullable().describe('day of the last purchase, 2025-03-22'),
  en: z.string().nullable(),
  zh: z.string().nullable(),
});

export const RecommendReply = z.object({
  kind: z.enum(['customer', 'session', 'basket', 'similar', 'complementary']),
  asOf: moment.describe('what happened later is not known, but for feedback sent to this server'),
  known: z.boolean().describe('the customer is known; false too where none is named'),
  personal: z.boolean().describe('false: the customer refused profiling and gets what is popular in the shop'),
  tier: z.string().nullable(),
  unknownProducts: z.array(z.string()).describe('of sessionItems and basket; passed over'),
  items: z
    .array(
      z.object({
        rank: z.int(),
        productId: z.string(),
        title: z.string().nullable(),
        titleZh: z.string().nullable(),
        category: z.string().nullable(),
        priceMinor: minor.nullable(),
        inStock: z.boolean(),
        imageUrl: z.string().nullable(),
        score: z.number().describe('comparable within one answer only'),
        source: z.enum(ONLINE_SOURCES),
        reason: RecommendReason,
      }),
    )
    .describe('best first; empty where nothing may be shown'),
});
