/** Requests and replies about what campaigns brought. */
import { z } from 'zod';
import { VERDICTS } from '#roi/index.ts';
import { count, format, minor, moment, when, whole } from './parameters.ts';

export const RoiQuery = z.strictObject({
  from: when.describe('campaigns that began at or after; default all'),
  to: when.describe('campaigns that began at or before; default all'),
  clickDays: whole(0, 90).default(7).describe('days in which last-touch attribution counts a click'),
  viewDays: whole(0, 90).default(1).describe('days in which it counts a message that was seen'),
  table: z.enum(['campaigns', 'tiers', 'offers']).default('campaigns').describe('which table format=csv gives'),
  format,
});
export const RoiOneQuery = RoiQuery.pick({ clickDays: true, viewDays: true });
export const RoiParams = z.object({ id: z.string().min(1).max(200) });

const total = z
  .object({ total: z.number(), low: z.number(), high: z.number(), pValue: z.number() })
  .describe('over those who got the offer, with its 95 % interval');
const interval = z.tuple([minor, minor]);

export const RoiMeasured = z.object({
  treated: count.describe('people who got the offer'),
  held: count.describe('people whom the draw held out'),
  cost: z.object({ discountMinor: minor, contactMinor: minor, totalMinor: minor }),
  orders: total.nullable().describe('incremental; null where too few were held out'),
  revenue: total.nullable().describe('incremental, minor units, net of what came back'),
  margin: total.nullable().describe('incremental, minor units, after discounts, before contacts'),
  profit: total.nullable().describe('incremental, minor units: margin less contacts'),
  roi: z.object({ value: z.number(), low: z.number(), high: z.number() }).nullable().describe('profit for one of cost'),
  attributed: z
    .object({ orders: count, revenueMinor: minor, marginMinor: minor, profitMinor: minor })
    .describe('what last-touch attribution would say'),
  verdict: z
    .enum(VERDICTS)
    .describe(
      'paid, lost: the interval of the profit is above, below 0; unproven: it holds 0; unmeasured: too few were held out; broken: the arms are not of the sizes that the draw should have made',
    ),
  trueProfitMinor: minor.nullable().describe('on a simulated shop'),
});
const head = {
  campaignId: z.string(),
  name: z.string(),
  startAt: moment,
  until: moment.describe('end of the days that were counted'),
  isRunning: z.boolean(),
  payback: z
    .object({ days: count.nullable(), interval: z.tuple([count.nullable(), count.nullable()]) })
    .nullable()
    .describe('days until it had covered its cost for good, with a 95 % interval; null: not within its days'),
  checks: z.object({
    sampleRatio: z.object({ pValue: z.number(), ok: z.boolean() }).nullable(),
    heldWithCoupon: count.describe('held-out people who used its coupon all the same'),
    heldInOther: count.describe('held-out people who got an offer of another campaign in its days'),
  }),
};
export const RoiCampaign = RoiMeasured.extend(head);
const tierRow = RoiMeasured.extend({ tier: z.string().describe('before the campaign; unknown: none is kept') });

const advice = z.object({
  kind: z
    .enum(['spend', 'learn', 'stop', 'unknown'])
    .describe(
      'spend: it pays; learn: not enough is known; stop: no group brings what it costs; unknown: nothing to learn from',
    ),
  budgetMinor: minor.describe('where one more unit of money brings just one'),
  budgetInterval: interval.describe('spent on groups that surely pay, and on all that may'),
  profitMinor: minor.describe('incremental, at that budget'),
  interval,
  people: count.describe('whom that budget is for'),
  available: count.describe('customers with consent'),
  test: z
    .object({ people: count, costMinor: minor, effectMinor: minor })
    .nullable()
    .describe('a half-and-half test that would tell whether it pays'),
  campaigns: count,
  measuredPeople: count,
  windowDays: z.number(),
  curve: z
    .array(
      z.object({
        traits: z.array(z.string()).describe('tier, days since the last order, use of coupons'),
        people: count,
        costMinor: minor,
        perUnit: z.number().describe('extra margin before discounts for one unit of cost'),
        perUnitInterval: z.tuple([z.number(), z.number()]),
        budgetMinor: minor.describe('of this group and those before it'),
        profitMinor: minor,
        interval,
      }),
    )
    .describe('groups, the best return first'),
});

export const RoiReply = z.object({
  asOf: moment,
  attribution: z.object({ clickDays: z.number(), viewDays: z.number() }),
  total: RoiMeasured,
  campaigns: z.array(RoiCampaign).describe('newest first'),
  byTier: z.array(tierRow),
  byOffer: z.array(RoiMeasured.extend({ campaignId: z.string(), offer: z.string() })),
  pooled: z
    .object({
      campaigns: count,
      meanMinor: z.number(),
      lowMinor: z.number(),
      highMinor: z.number(),
      betweenMinor: z.number().describe('standard deviation of true profits a head between campaigns'),
      sameChance: z.number().describe('chance of campaigns as unlike as these, if all brought the same'),
      next: z.tuple([z.number(), z.number()]).nullable().describe('where one more campaign would lie, at 95 %'),
    })
    .nullable()
    .describe('incremental profit a head over campaigns (random effects)'),
  globalHoldout: z
    .object({
      people: count,
      share: z.number(),
      since: moment,
      profit: total.nullable().describe('what all campaigns since then brought'),
      treatedMonthMinor: z.number().describe('margin a head in 30 days'),
      heldMonthMinor: z.number(),
      drift: z.object({ largest: z.number(), by: z.string(), sameShareChance: z.number(), ok: z.boolean() }),
    })
    .nullable()
    .describe('people whom all campaigns leave out; null: there are none'),
  advice,
});

export const RoiCampaignReply = RoiCampaign.extend({
  byTier: z.array(tierRow),
  byOffer: z.array(RoiMeasured.extend({ offer: z.string() })),
  curve: z
    .array(
      z.object({
        day: count,
        profitMinor: minor,
        lowMinor: minor,
        highMinor: minor,
        treatedMinor: z.number().describe('margin a head so far'),
        heldMinor: z.number(),
      }),
    )
    .describe('what it had brought by the end of each of its days'),
});
