/** What an offer gives and costs, in a sentence. */
import type { Offer } from './offer.ts';

/** How amounts are written. */
export type Say = (amountMinor: number) => string;

interface Both {
  readonly en: string;
  readonly zh: string;
}

const list = (parts: readonly (Both | undefined)[]): Both => {
  const all = parts.flatMap((part) => (part === undefined ? [] : [part]));
  return { en: all.map((part) => part.en).join(' · '), zh: all.map((part) => part.zh).join(' · ') };
};

const percent = (share: number): string => `${Math.round(share * 10_000) / 100}%`;

/** The offer in words: what it gives, from which spend on, what it costs to reach somebody, its floor. */
export function wordsOf(offer: Offer, say: Say): Both {
  const { minSpendMinor, contactCostMinor, redeemedShare, marginFloorShare } = offer;
  return list([
    giftOf(offer, say),
    minSpendMinor > 0 ? { en: `from ${say(minSpendMinor)}`, zh: `满 ${say(minSpendMinor)} 可用` } : undefined,
    contactCostMinor > 0
      ? { en: `${say(contactCostMinor)} to reach a customer`, zh: `每位客户触达成本 ${say(contactCostMinor)}` }
      : undefined,
    redeemedShare === undefined
      ? undefined
      : { en: `${percent(redeemedShare)} expected to use it`, zh: `预计核销率 ${percent(redeemedShare)}` },
    marginFloorShare === undefined
      ? undefined
      : { en: `leaves at least ${percent(marginFloorShare)} margin`, zh: `保底毛利率 ${percent(marginFloorShare)}` },
  ]);
}

function giftOf(offer: Offer, say: Say): Both {
  const { kind, percentOff, amountOffMinor, points, gift, shippingCostMinor, ad } = offer;
  switch (kind) {
    case 'discount':
    case 'coupon':
      if (percentOff !== undefined) return { en: `${percentOff}% off`, zh: `立减 ${percentOff}%` };
      return { en: `${say(amountOffMinor ?? 0)} off`, zh: `立减 ${say(amountOffMinor ?? 0)}` };
    case 'points': {
      const worth = points?.worthMinor;
      const cost = percent(points?.costShare ?? 0);
      return worth === undefined
        ? {
            en: `${points?.percentBack ?? 0}% back in points, costing ${cost} of it`,
            zh: `返 ${points?.percentBack ?? 0}% 积分，成本为其 ${cost}`,
          }
        : {
            en: `points worth ${say(worth)}, costing ${cost} of it`,
            zh: `价值 ${say(worth)} 的积分，成本为其 ${cost}`,
          };
    }
    case 'gift': {
      const { productId = '', unitCostMinor = 0, quantity = 1 } = gift ?? {};
      return {
        en: `gift: ${quantity} × ${productId}, costing ${say(unitCostMinor)} each`,
        zh: `赠品 ${productId} × ${quantity}，单件成本 ${say(unitCostMinor)}`,
      };
    }
    case 'free-shipping':
      return {
        en: `free shipping, costing ${say(shippingCostMinor ?? 0)} an order`,
        zh: `免运费，每单成本 ${say(shippingCostMinor ?? 0)}`,
      };
    case 'ad':
      return { en: `${ad?.shows ?? 0} ad shows a customer`, zh: `每位客户 ${ad?.shows ?? 0} 次广告展示` };
    case 'message':
      return { en: 'a message, nothing off', zh: '仅发送消息，无优惠' };
    case 'nothing':
      return { en: 'nothing', zh: '不提供优惠' };
    default:
      return kind satisfies never;
  }
}
