/** The limits of a campaign. */
import { z } from 'zod';
import { known } from '#errors.ts';

export interface Caps {
  /** People who get the offer, at most. */
  readonly maxPeople?: number;
  /** The same by tier key; tiers not named have no limit of their own. */
  readonly perTier?: Readonly<Record<string, number>>;
  /** The same by offer id, and by channel. */
  readonly perOffer?: Readonly<Record<string, number>>;
  readonly perChannel?: Readonly<Record<string, number>>;
  /** Nobody who had an offer within so many days. */
  readonly daysSinceLastExposure?: number;
}

const minor = z.int().min(0);
const CAPS = z.strictObject({
  maxPeople: minor.optional(),
  offersMax: minor.optional(),
  perTier: z.record(z.string(), minor).optional(),
  perOffer: z.record(z.string(), minor).optional(),
  perChannel: z.record(z.string(), minor).optional(),
  daysSinceLastExposure: z.number().min(0).optional(),
});

/** `offersMax` is another name of `maxPeople`. @throws CAMPAIGN_INVALID */
export function parseCaps(input: unknown): Caps {
  const result = CAPS.safeParse(input);
  if (!result.success) {
    const first = result.error.issues[0];
    throw known('CAMPAIGN_INVALID', {
      where: ['caps', ...(first?.path ?? [])].join('.'),
      expected: first?.message ?? 'something else',
    });
  }
  const { offersMax, maxPeople = offersMax, ...rest } = result.data;
  const given = Object.entries({ ...rest, maxPeople }).filter(([, own]) => own !== undefined);
  return Object.fromEntries(given) as Caps;
}
