/** The plan that the form makes: what the reader typed, and the body that the server takes. */
import { type Audience, EVERYONE, treeOf } from './condition.ts';

export interface Draft {
  readonly name: string;
  readonly audience: Audience;
  readonly offer: {
    readonly kind: 'percent' | 'amount';
    readonly percent: number;
    readonly amountMinor: number;
    readonly minSpendMinor: number;
  };
  readonly budgetMinor: number;
  /** 0 to 0.9 */
  readonly holdoutShare: number;
  readonly offersMax: number | null;
  /** Nobody who had an offer within so many days; 0: anyone. */
  readonly restDays: number;
}

export const emptyDraft = (currencyDigits: number): Draft => ({
  name: '',
  audience: EVERYONE,
  offer: { kind: 'percent', percent: 10, amountMinor: 10 * 10 ** currencyDigits, minSpendMinor: 0 },
  budgetMinor: 5000 * 10 ** currencyDigits,
  holdoutShare: 0.1,
  offersMax: null,
  restDays: 14,
});

export interface PreviewBody {
  readonly condition: Readonly<Record<string, unknown>>;
  readonly offer: Readonly<Record<string, unknown>>;
  readonly budgetMinor: number;
  readonly holdoutShare: number;
  readonly caps: Readonly<Record<string, unknown>>;
}

export function bodyOf({ audience, offer, budgetMinor, holdoutShare, offersMax, restDays }: Draft): PreviewBody {
  const off = offer.kind === 'percent' ? { percentOff: offer.percent } : { amountOffMinor: offer.amountMinor };
  return {
    condition: treeOf(audience),
    offer: { kind: 'coupon', ...off, ...(offer.minSpendMinor > 0 ? { minSpendMinor: offer.minSpendMinor } : {}) },
    budgetMinor,
    holdoutShare,
    caps: {
      ...(offersMax === null ? {} : { maxPeople: offersMax }),
      ...(restDays === 0 ? {} : { daysSinceLastExposure: restDays }),
    },
  };
}
