/** The allocation simulator over HTTP. */
import { z } from 'zod';
import { TARGETINGS } from '#campaigns/index.ts';
import { CampaignTotals, PreviewBody } from './schemas.ts';

const minor = z.int();
const count = z.int().min(0);
const interval = z.tuple([minor, minor]).describe('95 %, from what the effects rest on');
const prospect = {
  customers: count,
  costMinor: minor,
  expectedProfitMinor: minor,
  interval,
  expectedKept: z.number().describe('customers more who buy within the window'),
};

export const SimulationBody = PreviewBody;
export const SimulationReply = z.object({
  plan: z.object({
    ...CampaignTotals.pick({
      audience: true,
      eligible: true,
      offered: true,
      holdout: true,
      none: true,
      costMinor: true,
      expectedProfitMinor: true,
      byTier: true,
      byOffer: true,
    }).shape,
    budgetMinor: minor,
    interval,
    shadowPrice: z.number().describe('expected profit of one more unit of budget'),
    expectedKept: z.number(),
  }),
  basis: z.object({
    kind: z.string().describe('measured, uplift, or assumption'),
    campaigns: z.array(z.string()).describe('past campaigns that the effects were learned from'),
    people: count.describe('customers of those campaigns'),
    notes: z.array(z.string()),
  }),
  curve: z
    .array(z.object({ budgetMinor: minor, shadowPrice: z.number(), ...prospect }))
    .describe('the best plan of each budget, by rising budget'),
  comparisons: z
    .array(
      z.object({
        targeting: z.enum(TARGETINGS),
        offerId: z.string().describe('the one offer that does best under it'),
        withinBudget: z.boolean(),
        ...prospect,
        lessMinor: minor.describe('profit of the plan less that of this'),
        lessInterval: interval,
      }),
    )
    .describe('simpler ways to spend the same budget; everyone: to all who may get it, whatever it costs'),
  pareto: z
    .array(z.object({ retentionMinor: minor, ...prospect }))
    .describe('profit against customers kept, by rising worth of a customer kept'),
  sampledEvery: count.describe('one in so many customers was looked at for curve, comparisons and front'),
});
