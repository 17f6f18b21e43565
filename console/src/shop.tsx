/** The shop that the console shows: its names for tiers, tags and segments, and formats in its currency and zone. */
import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { type Resource, useResource } from './api/resource.ts';
import type { Named, Shop, Titled } from './api/types.ts';
import { type Format, makeFormat } from './format.ts';
import { useI18n } from './i18n/index.tsx';
import { COLOURS, tierColour } from './theme.ts';

export interface ShopView {
  readonly shop: Shop;
  readonly format: Format;
  tierName(key: string | null): string;
  tierColour(key: string | null): string;
  tagName(key: string): string;
  segmentName(key: string): string;
  /** Of the life with the shop; `none` or null is not yet a customer. */
  stateName(key: string | null): string;
  /** The title in the reader's language, the other one, or the id. */
  titleOf(product: Titled): string;
}

const Context = createContext<ShopView | undefined>(undefined);

export function ShopProvider(props: { children: ReactNode; fallback: (shop: Resource<Shop>) => ReactNode }) {
  const answer = useResource<Shop>('/shop');
  const { language, t } = useI18n();
  const shop = answer.data;
  const view = useMemo<ShopView | undefined>(() => {
    if (shop === undefined) return undefined;
    const name = (list: readonly Named[], key: string) => list.find((each) => each.key === key)?.[language] || key;
    const tier = (key: string | null) => shop.tiers.find((each) => each.key === key);
    return {
      shop,
      format: makeFormat({ ...shop, language }),
      tierName: (key) => tier(key)?.[language] ?? (key === null || key === 'none' ? t('tier.none') : key),
      tierColour: (key) => {
        const found = tier(key);
        return found === undefined ? COLOURS.line : tierColour(found.index, shop.tiers.length);
      },
      tagName: (key) => name(shop.tags, key),
      segmentName: (key) => name(shop.rfmSegments, key),
      stateName: (key) => (key === null || key === 'none' ? t('state.none') : name(shop.states, key)),
      titleOf: ({ productId, title, titleZh }) =>
        (language === 'zh' ? titleZh || title : title || titleZh) || t('product.untitled', { id: productId }),
    };
  }, [shop, language, t]);
  if (view === undefined) return props.fallback(answer);
  return <Context.Provider value={view}>{props.children}</Context.Provider>;
}

export function useShop(): ShopView {
  const view = useContext(Context);
  if (view === undefined) throw new Error('useShop outside of ShopProvider');
  return view;
}
