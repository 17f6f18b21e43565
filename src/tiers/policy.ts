/** A tier policy is data: names, cuts, and how slowly a customer may move between them. */
import { z } from 'zod';
import { known } from '#errors.ts';

export interface TierName {
  readonly key: string;
  readonly en: string;
  readonly zh: string;
}

export interface Policy {
  /** From the lowest to the highest. */
  readonly tiers: readonly TierName[];
  readonly cuts: Cuts;
  /** A customer moves only where value passes the cut by more than this share of it: 0.1 is ten per cent. */
  readonly hysteresis: number;
  /** Days that a customer stays in a tier at least. */
  readonly dwellDays: number;
}

export type Cuts =
  /** Shares of customers, lowest tier first; they add up to 1. */
  | { readonly by: 'share'; readonly shares: readonly number[] }
  /** Value over the horizon, minor units, above which each tier but the lowest begins; rising. */
  | { readonly by: 'money'; readonly aboveMinor: readonly number[] };

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

const SCHEMA = z.strictObject({
  tiers: z
    .array(
      z.strictObject({ key: z.string().regex(/^[a-z0-9][a-z0-9-]*$/), en: z.string().min(1), zh: z.string().min(1) }),
    )
    .min(2)
    .max(12),
  cuts: z.discriminatedUnion('by', [
    z.strictObject({ by: z.literal('share'), shares: z.array(z.number().gt(0).lt(1)) }),
    z.strictObject({ by: z.literal('money'), aboveMinor: z.array(z.number().int()) }),
  ]),
  hysteresis: z.number().min(0).max(0.9).default(DEFAULT_POLICY.hysteresis),
  dwellDays: z.number().int().min(0).max(3650).default(DEFAULT_POLICY.dwellDays),
});

/**
 * Checks a policy that came from outside.
 *
 * @throws TIER_POLICY_BAD names the place and what is expected; TIER_CUTS_UNSORTED, TIER_CUTS_COUNT, TIER_SHARES_SUM
 */
export function parsePolicy(from: unknown): Policy {
  const parsed = SCHEMA.safeParse(from);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw known('TIER_POLICY_BAD', { place: issue.path.join('.') || 'the policy', what: issue.message });
  }
  const policy = parsed.data;
  const keys = policy.tiers.map(({ key }) => key);
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) throw known('TIER_POLICY_BAD', { place: 'tiers', what: `two tiers have the key ${twice}` });
  if (policy.cuts.by === 'share') {
    const { shares } = policy.cuts;
    if (shares.length !== keys.length)
      throw known('TIER_CUTS_COUNT', { cuts: shares, expected: keys.length, tiers: keys });
    if (Math.abs(shares.reduce((a, b) => a + b, 0) - 1) > 1e-6) throw known('TIER_SHARES_SUM', { shares });
  } else {
    const { aboveMinor } = policy.cuts;
    if (aboveMinor.length !== keys.length - 1)
      throw known('TIER_CUTS_COUNT', { cuts: aboveMinor, expected: keys.length - 1, tiers: keys });
    if (aboveMinor.some((cut, i) => i > 0 && cut <= aboveMinor[i - 1]!))
      throw known('TIER_CUTS_UNSORTED', { cuts: aboveMinor });
  }
  return policy;
}
