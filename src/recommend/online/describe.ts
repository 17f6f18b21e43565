/** Items of an answer in words and ids, for callers that want plain objects; `serve` writes the same as bytes. */

import type { Bundle } from './bundle.ts';
import { dateOf, type Item, ONLINE_REASONS, ONLINE_SOURCES, reasonEn, reasonZh } from './reasons.ts';
import { textAt } from './text-list.ts';

export interface Described {
  readonly productId: string;
  readonly score: number;
  readonly source: (typeof ONLINE_SOURCES)[number];
  readonly reason: {
    readonly code: (typeof ONLINE_REASONS)[number];
    /** The product that it names. */
    readonly productId: string | null;
    /** Part of the score that came from there, 0 to 1; null where it names none. */
    readonly share: number | null;
    /** Days of the rhythm, and ISO date of the last purchase. */
    readonly everyDays: number | null;
    readonly lastDate: string | null;
    readonly en: string;
    readonly zh: string;
  };
}

/** @param tier index of the customer's tier, -1: none */
export function described({ products, about }: Bundle, items: readonly Item[], tier: number): Described[] {
  const names = about.tiers[tier] ?? { en: '', zh: '' };
  return items.map((item) => {
    const { because, reason, source, gapDays, lastDay } = item;
    const title = (list: typeof products.ids) => (because < 0 ? '' : textAt(list, because));
    return {
      productId: textAt(products.ids, item.product),
      score: item.score,
      source: ONLINE_SOURCES[source]!,
      reason: {
        code: ONLINE_REASONS[reason]!,
        productId: because < 0 ? null : textAt(products.ids, because),
        share: because < 0 ? null : item.share,
        everyDays: gapDays > 0 ? gapDays : null,
        lastDate: gapDays > 0 ? dateOf(lastDay) : null,
        en: reasonEn(item, { title: title(products.titlesEn), tier: names.en }),
        zh: reasonZh(item, { title: title(products.titlesZh), tier: names.zh }),
      },
    };
  });
}
