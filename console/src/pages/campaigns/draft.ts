/** The plan that the forms make: what the reader typed, and the body that the server takes. */
import type { Json } from '../../parts/condition/tree.ts';

export interface DraftOffer {
  /** Place among the offers that were ever added: keeps the fields apart when one is taken away. */
  readonly key: number;
  readonly id: string;
  readonly kind: 'percent' | 'amount';
  readonly percent: number;
  readonly amountMinor: number;
  readonly minSpendMinor: number;
  readonly contactCostMinor: number;
  readonly channel: string;
  /** People at most; null: no limit. */
  readonly most: number | null;
}

export interface Draft {
  readonly name: string;
  /** Who is meant, as the server takes it. */
  readonly condition: Json;
  readonly offers: readonly DraftOffer[];
  readonly budgetMinor: number;
  /** 0 to 0.9 */
  readonly holdoutShare: number;
  /** 0 to 0.5 */
  readonly explorationShare: number;
  /** Expected profit over cost, at least; 0: none. */
  readonly minRoi: number;
  readonly offersMax: number | null;
  /** People at most by tier key. */
  readonly perTier: Readonly<Record<string, number>>;
  /** Nobody who had an offer within so many days; 0: anyone. */
  readonly restDays: number;
}

const IDS = 'ABCDEFGHIJKLMNOPQRST';

export const offerOf = (key: number, currencyDigits: number, percent = 10): DraftOffer => ({
  ...{ key, id: IDS[key] ?? `O${key}`, kind: 'percent', percent, minSpendMinor: 0, contactCostMinor: 0 },
  ...{ amountMinor: 10 * 10 ** currencyDigits, channel: '', most: null },
});

export const emptyDraft = (currencyDigits: number): Draft => ({
  name: '',
  condition: { all: [] },
  offers: [offerOf(0, currencyDigits)],
  budgetMinor: 5000 * 10 ** currencyDigits,
  holdoutShare: 0.1,
  explorationShare: 0,
  minRoi: 0,
  offersMax: null,
  perTier: {},
  restDays: 14,
});

export interface PreviewBody {
  readonly condition: Readonly<Record<string, unknown>>;
  readonly offers: readonly Readonly<Record<string, unknown>>[];
  readonly budgetMinor: number;
  readonly holdoutShare: number;
  readonly explorationShare: number;
  readonly minRoi: number;
  readonly caps: Readonly<Record<string, unknown>>;
}

export function bodyOf(draft: Draft): PreviewBody {
  const { condition, offers, budgetMinor, holdoutShare, explorationShare, minRoi, offersMax, perTier, restDays } =
    draft;
  const limited = offers.filter(({ most }) => most !== null).map(({ id, most }) => [id, most]);
  return {
    condition,
    offers: offers.map(offerBody),
    ...{ budgetMinor, holdoutShare, explorationShare, minRoi },
    caps: {
      ...(offersMax === null ? {} : { maxPeople: offersMax }),
      ...(restDays === 0 ? {} : { daysSinceLastExposure: restDays }),
      ...(Object.keys(perTier).length === 0 ? {} : { perTier }),
      ...(limited.length === 0 ? {} : { perOffer: Object.fromEntries(limited) }),
    },
  };
}

function offerBody(offer: DraftOffer): Readonly<Record<string, unknown>> {
  const { id, kind, percent, amountMinor, minSpendMinor, contactCostMinor, channel } = offer;
  return {
    ...{ id, kind: 'coupon' },
    ...(kind === 'percent' ? { percentOff: percent } : { amountOffMinor: amountMinor }),
    ...(minSpendMinor > 0 ? { minSpendMinor } : {}),
    ...(contactCostMinor > 0 ? { contactCostMinor } : {}),
    ...(channel === '' ? {} : { channel }),
  };
}
