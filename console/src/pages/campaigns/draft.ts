/** The plan that the forms make: what the reader typed, and the body that the server takes. */
import type { Json } from '../../parts/condition/tree.ts';
import { isNode, numberIn, textIn } from '../../parts/report.ts';

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
  readonly content: { readonly en: Content; readonly zh: Content };
  /** A saved offer that is taken as it is, in place of percent or amount; null: typed here. */
  readonly saved: Json | null;
}

export interface Content {
  readonly title: string;
  readonly text: string;
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
  readonly priority: number;
  readonly exclusive: boolean;
}

const IDS = 'ABCDEFGHIJKLMNOPQRST';

export const offerOf = (key: number, currencyDigits: number, percent = 10): DraftOffer => ({
  ...{ key, id: IDS[key] ?? `O${key}`, kind: 'percent', percent, minSpendMinor: 0, contactCostMinor: 0 },
  ...{ amountMinor: 10 * 10 ** currencyDigits, channel: '', most: null },
  content: { en: { title: '', text: '' }, zh: { title: '', text: '' } },
  saved: null,
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
  priority: 0,
  exclusive: false,
});

export interface PreviewBody {
  readonly condition: Json;
  readonly offers: readonly Json[];
  readonly budgetMinor: number;
  readonly holdoutShare: number;
  readonly explorationShare: number;
  readonly minRoi: number;
  readonly priority: number;
  readonly exclusive: boolean;
  readonly caps: Json;
}

export function bodyOf(draft: Draft): PreviewBody {
  const { offers, budgetMinor, holdoutShare, explorationShare, minRoi, offersMax, perTier, restDays } = draft;
  const { priority, exclusive } = draft;
  const limited = offers.filter(({ most }) => most !== null).map(({ id, most }) => [id, most]);
  return {
    condition: draft.condition,
    offers: offers.map(offerBody),
    ...{ budgetMinor, holdoutShare, explorationShare, minRoi, priority, exclusive },
    caps: {
      ...(offersMax === null ? {} : { maxPeople: offersMax }),
      ...(restDays === 0 ? {} : { daysSinceLastExposure: restDays }),
      ...(Object.keys(perTier).length === 0 ? {} : { perTier }),
      ...(limited.length === 0 ? {} : { perOffer: Object.fromEntries(limited) }),
    },
  };
}

function offerBody(offer: DraftOffer): Json {
  const { id, kind, percent, amountMinor, minSpendMinor, contactCostMinor, channel, content } = offer;
  const isWritten = [content.en, content.zh].some(({ title, text }) => title + text !== '');
  if (offer.saved !== null)
    return { ...offer.saved, id, ...(channel === '' ? {} : { channel }), ...(isWritten ? { content } : {}) };
  return {
    ...{ id, kind: 'coupon' },
    ...(kind === 'percent' ? { percentOff: percent } : { amountOffMinor: amountMinor }),
    ...(minSpendMinor > 0 ? { minSpendMinor } : {}),
    ...(contactCostMinor > 0 ? { contactCostMinor } : {}),
    ...(channel === '' ? {} : { channel }),
    ...(isWritten ? { content } : {}),
  };
}

/** The draft behind a body that was sent before: what is missing has its default. */
export function draftOf(asked: unknown, currencyDigits: number): Draft {
  const empty = emptyDraft(currencyDigits);
  if (!isNode(asked)) return empty;
  const caps = isNode(asked.caps) ? asked.caps : {};
  const offers = Array.isArray(asked.offers) ? asked.offers : [asked.offer];
  const number = (name: 'budgetMinor' | 'holdoutShare' | 'explorationShare' | 'minRoi' | 'priority') =>
    numberIn(asked, name) ?? empty[name];
  return {
    name: textIn(asked, 'name') ?? '',
    condition: isNode(asked.condition) ? (asked.condition as Json) : empty.condition,
    offers: offers.map((offer: unknown, key) => {
      const own = offerFrom(offer, key, currencyDigits);
      return { ...own, most: numberIn(caps.perOffer, own.id) };
    }),
    budgetMinor: number('budgetMinor'),
    holdoutShare: number('holdoutShare'),
    explorationShare: number('explorationShare'),
    minRoi: number('minRoi'),
    priority: number('priority'),
    exclusive: asked.exclusive === true,
    offersMax: numberIn(caps, 'maxPeople', 'offersMax'),
    perTier: isNode(caps.perTier) ? (caps.perTier as Draft['perTier']) : {},
    restDays: numberIn(caps, 'daysSinceLastExposure') ?? 0,
  };
}

function offerFrom(asked: unknown, key: number, currencyDigits: number): DraftOffer {
  const empty = offerOf(key, currencyDigits);
  const amount = numberIn(asked, 'amountOffMinor');
  const content = isNode(asked) && isNode(asked.content) ? asked.content : {};
  const side = (language: 'en' | 'zh'): Content => ({
    title: textIn(content[language], 'title') ?? '',
    text: textIn(content[language], 'text') ?? '',
  });
  return {
    ...empty,
    id: textIn(asked, 'id') ?? empty.id,
    kind: amount === null ? 'percent' : 'amount',
    percent: numberIn(asked, 'percentOff') ?? empty.percent,
    amountMinor: amount ?? empty.amountMinor,
    minSpendMinor: numberIn(asked, 'minSpendMinor') ?? 0,
    contactCostMinor: numberIn(asked, 'contactCostMinor') ?? 0,
    channel: textIn(asked, 'channel') ?? '',
    content: { en: side('en'), zh: side('zh') },
    saved: isNode(asked) && (asked.kind ?? 'coupon') !== 'coupon' ? (asked as Json) : null,
  };
}
