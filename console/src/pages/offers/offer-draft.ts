/** The offer that is being written: every field at hand, and the terms that they come to. */
import type { OfferKind, OfferTerms } from '../../api/offer-types.ts';

export interface OfferDraft {
  readonly id: string;
  readonly nameEn: string;
  readonly nameZh: string;
  readonly kind: OfferKind;
  readonly by: 'percent' | 'amount';
  readonly percentOff: number;
  readonly amountOffMinor: number;
  readonly percentBack: number;
  readonly pointsCostShare: number;
  readonly giftProduct: string;
  readonly giftCostMinor: number;
  readonly shippingCostMinor: number;
  readonly shows: number;
  readonly thousandMinor: number;
  readonly clickShare: number;
  readonly clickMinor: number;
  readonly minSpendMinor: number;
  readonly contactCostMinor: number;
  readonly redeemedShare: number | null;
  readonly floorShare: number | null;
  readonly stacksWith: readonly OfferKind[];
  readonly categories: readonly string[];
  readonly brands: readonly string[];
  readonly products: readonly string[];
  readonly perPerson: number | null;
  readonly stock: number | null;
  readonly perTier: Readonly<Record<string, number>>;
  readonly validFrom: number | null;
  readonly validTo: number | null;
  readonly channel: string;
}

/** @param digits of the currency: first amounts are in major units */
export function draftOf(digits: number, terms?: OfferTerms): OfferDraft {
  const major = 10 ** digits;
  return {
    id: terms?.id ?? '',
    nameEn: terms?.name?.en ?? '',
    nameZh: terms?.name?.zh ?? '',
    kind: terms?.kind ?? 'coupon',
    by: terms?.amountOffMinor === undefined ? 'percent' : 'amount',
    percentOff: terms?.percentOff ?? 10,
    amountOffMinor: terms?.amountOffMinor ?? 10 * major,
    percentBack: terms?.points?.percentBack ?? 5,
    pointsCostShare: terms?.points?.costShare ?? 0.7,
    giftProduct: terms?.gift?.productId ?? '',
    giftCostMinor: terms?.gift?.unitCostMinor ?? 5 * major,
    shippingCostMinor: terms?.shippingCostMinor ?? 8 * major,
    shows: terms?.ad?.shows ?? 10,
    thousandMinor: terms?.ad?.thousandShowsCostMinor ?? 20 * major,
    clickShare: terms?.ad?.clickShare ?? 0.01,
    clickMinor: terms?.ad?.clickCostMinor ?? 0,
    minSpendMinor: terms?.minSpendMinor ?? 0,
    contactCostMinor: terms?.contactCostMinor ?? 0,
    redeemedShare: terms?.redeemedShare ?? null,
    floorShare: terms === undefined ? 0.05 : (terms.marginFloorShare ?? null),
    stacksWith: terms?.stacksWith ?? [],
    categories: terms?.scope?.categories ?? [],
    brands: terms?.scope?.brands ?? [],
    products: terms?.scope?.products ?? [],
    perPerson: terms?.perPerson ?? null,
    stock: terms?.stock ?? null,
    perTier: terms?.perTier ?? {},
    validFrom: terms?.validFrom ?? null,
    validTo: terms?.validTo ?? null,
    channel: terms?.channel ?? '',
  };
}

/** The terms as the API takes them, without id and name where they are not written yet. */
export function termsOf(draft: OfferDraft): Omit<OfferTerms, 'minSpendMinor' | 'contactCostMinor'> {
  const { kind, id, nameEn, nameZh, channel, perTier } = draft;
  const scope = {
    ...(draft.categories.length > 0 ? { categories: draft.categories } : {}),
    ...(draft.brands.length > 0 ? { brands: draft.brands } : {}),
    ...(draft.products.length > 0 ? { products: draft.products } : {}),
  };
  return {
    kind,
    ...(id.trim() === '' ? {} : { id: id.trim() }),
    ...(nameEn.trim() === '' || nameZh.trim() === '' ? {} : { name: { en: nameEn.trim(), zh: nameZh.trim() } }),
    ...givenOf(draft),
    ...(draft.minSpendMinor > 0 ? { minSpendMinor: draft.minSpendMinor } : {}),
    ...(draft.contactCostMinor > 0 && kind !== 'nothing' ? { contactCostMinor: draft.contactCostMinor } : {}),
    ...(draft.redeemedShare === null ? {} : { redeemedShare: draft.redeemedShare }),
    ...(draft.floorShare === null ? {} : { marginFloorShare: draft.floorShare }),
    ...(draft.stacksWith.length > 0 ? { stacksWith: draft.stacksWith } : {}),
    ...(Object.keys(scope).length > 0 ? { scope } : {}),
    ...(draft.perPerson === null ? {} : { perPerson: draft.perPerson }),
    ...(draft.stock === null ? {} : { stock: draft.stock }),
    ...(Object.keys(perTier).length > 0 ? { perTier } : {}),
    ...(draft.validFrom === null ? {} : { validFrom: draft.validFrom }),
    ...(draft.validTo === null ? {} : { validTo: draft.validTo }),
    ...(channel.trim() === '' ? {} : { channel: channel.trim() }),
  };
}

function givenOf(draft: OfferDraft): Partial<OfferTerms> {
  switch (draft.kind) {
    case 'coupon':
    case 'discount':
      return draft.by === 'percent' ? { percentOff: draft.percentOff } : { amountOffMinor: draft.amountOffMinor };
    case 'points':
      return { points: { percentBack: draft.percentBack, costShare: draft.pointsCostShare } };
    case 'gift':
      return { gift: { productId: draft.giftProduct.trim(), unitCostMinor: draft.giftCostMinor } };
    case 'free-shipping':
      return { shippingCostMinor: draft.shippingCostMinor };
    case 'ad': {
      const { shows, thousandMinor, clickShare, clickMinor } = draft;
      return { ad: { shows, thousandShowsCostMinor: thousandMinor, clickShare, clickCostMinor: clickMinor } };
    }
    case 'message':
    case 'nothing':
      return {};
    default:
      return draft.kind satisfies never;
  }
}
