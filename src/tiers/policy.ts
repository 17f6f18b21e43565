/** A tier policy is data: names, what a tier gives, cuts, and how slowly a customer may move between tiers. */
import { z } from 'zod';
import { known } from '#errors.ts';

/** What being in a tier costs the shop and brings it, a customer and horizon. */
export interface Benefit {
  /** Whole minor units a customer, over the horizon that value speaks of. */
  readonly costMinor: number;
  /** Share by which the benefit raises a customer's margin: 0.05 is five per cent. */
  readonly upliftShare: number;
  /** Whether the uplift was measured, say against a holdout, or is an assumption. */
  readonly basis: 'assumed' | 'measured';
}

export interface TierName {
  readonly key: string;
  readonly en: string;
  readonly zh: string;
  /** Absent: the tier costs nothing and raises nothing. */
  readonly benefit?: Benefit;
}

export interface Policy {
  /** From the lowest to the highest. */
  readonly tiers: readonly TierName[];
  readonly cuts: Cuts;
  /** A customer moves only where value passes the cut by more than this share of it: 0.1 is ten per cent. */
  readonly hysteresis: number;
  /** Days that a customer stays in a tier at least. */
  readonly dwellDays: number;
  /** How sure a move must be besides, see `chanceAbove`; absent: expected value alone decides. */
  readonly chances?: Chances;
}

/** Both from 0.5, so that nobody can be due to rise and to fall over one cut at once. */
export interface Chances {
  /** Rise where the chance of being worth more than the cut, raised by the gap, is above this. */
  readonly promoteAbove: number;
  /** Fall where the chance of not being worth more than the cut, lowered by the gap, is above this. */
  readonly demoteAbove: number;
}

export type Cuts =
  /** Shares of customers, lowest tier first; they add up to 1. */
  | { readonly by: 'share'; readonly shares: readonly number[] }
  /** Value over the horizon, minor units, above which each tier but the lowest begins; rising. */
  | { readonly by: 'money'; readonly aboveMinor: readonly number[] }
  /** How many customers each tier but the lowest takes at most, in the order of the tiers: the worthiest fill the highest. */
  | { readonly by: 'capacity'; readonly places: readonly number[] }
  /** Each customer where upliftShare x value - costMinor is most; every tier but the lowest has a benefit. */
  | { readonly by: 'profit' };

export const CUT_KINDS = ['share', 'money', 'capacity', 'profit'] as const satisfies readonly Cuts['by'][];

export const DEFAULT_POLICY: Policy = {
  tiers: [
    { key: 'bronze', en: 'Bronze', zh: '青铜' },
    { key: 'silver', en: 'Silver', zh: '白银' },
    { key: 'gold', en: 'Gold', zh: '黄金' },
    { key: 'diamond', en: 'Diamond', zh: '钻石' },
  ],
  cuts: { by: 'share', shares: [0.5, 0.3, 0.15, 0.05] },
  hysteresis: 0.1,
  dwellDays: 28,
};

const BENEFIT = z.strictObject({
  costMinor: z.number().int().min(0).max(1e12),
  upliftShare: z.number().min(0).max(10),
  basis: z.enum(['assumed', 'measured']).default('assumed'),
});

const SURE = z.number().min(0.5).lt(1);

const SCHEMA = z.strictObject({
  tiers: z
    .array(
      z.strictObject({
        key: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
        en: z.string().min(1),
        zh: z.string().min(1),
        benefit: BENEFIT.exactOptional(),
      }),
    )
    .min(2)
    .max(12),
  cuts: z.discriminatedUnion('by', [
    z.strictObject({ by: z.literal('share'), shares: z.array(z.number().gt(0).lt(1)) }),
    z.strictObject({ by: z.literal('money'), aboveMinor: z.array(z.number().int()) }),
    z.strictObject({ by: z.literal('capacity'), places: z.array(z.number().int().min(1).max(1e9)) }),
    z.strictObject({ by: z.literal('profit') }),
  ]),
  hysteresis: z.number().min(0).max(0.9).default(DEFAULT_POLICY.hysteresis),
  dwellDays: z.number().int().min(0).max(3650).default(DEFAULT_POLICY.dwellDays),
  chances: z.strictObject({ promoteAbove: SURE, demoteAbove: SURE }).exactOptional(),
});

const bad = (place: string, what: string) => known('TIER_POLICY_BAD', { place, what });

/**
 * Checks a policy that came from outside.
 *
 * @throws TIER_POLICY_BAD names the place and what is expected; TIER_CUTS_UNSORTED, TIER_CUTS_COUNT, TIER_SHARES_SUM
 */
export function parsePolicy(from: unknown): Policy {
  const parsed = SCHEMA.safeParse(from);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw bad(issue.path.join('.') || 'the policy', issue.message);
  }
  const policy: Policy = parsed.data;
  const keys = policy.tiers.map(({ key }) => key);
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) throw bad('tiers', `two tiers have the key ${twice}`);
  checkCuts(policy.cuts, policy.tiers);
  return policy;
}

function checkCuts(cuts: Cuts, tiers: readonly TierName[]): void {
  const count = (numbers: readonly number[], expected: number) => {
    if (numbers.length !== expected)
      throw known('TIER_CUTS_COUNT', { cuts: numbers, expected, tiers: tiers.map(({ key }) => key) });
  };
  if (cuts.by === 'share') {
    count(cuts.shares, tiers.length);
    if (Math.abs(cuts.shares.reduce((a, b) => a + b, 0) - 1) > 1e-6)
      throw known('TIER_SHARES_SUM', { shares: cuts.shares });
  } else if (cuts.by === 'money') {
    count(cuts.aboveMinor, tiers.length - 1);
    if (cuts.aboveMinor.some((cut, i) => i > 0 && cut <= cuts.aboveMinor[i - 1]!))
      throw known('TIER_CUTS_UNSORTED', { cuts: cuts.aboveMinor });
  } else if (cuts.by === 'capacity') count(cuts.places, tiers.length - 1);
  else checkBenefits(tiers);
}

/** A higher tier has to raise margin by more: else the best tier would not rise with value. */
function checkBenefits(tiers: readonly TierName[]): void {
  for (const [k, { key, benefit }] of tiers.entries()) {
    if (k === 0) continue;
    const below = tiers[k - 1]!.benefit?.upliftShare ?? 0;
    if (benefit === undefined) throw bad(`tiers.${k}.benefit`, `cuts by profit need the benefit of ${key}`);
    if (!(benefit.upliftShare > below))
      throw bad(
        `tiers.${k}.benefit.upliftShare`,
        `${benefit.upliftShare} of ${key} must be above ${below}, that of the tier below`,
      );
  }
}
