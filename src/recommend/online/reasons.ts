/** What sources and reasons are called, and how a reason reads in both languages. */
import { DAY_MS } from '#kernels/local-time.ts';
import { SOURCES } from '../shop/source-names.ts';
import { REASONS } from '../shop/sources.ts';

/** One place in an answer of the moment. */
export interface Item {
  readonly product: number;
  readonly score: number;
  /** Index into ONLINE_SOURCES. */
  readonly source: number;
  /** Index into ONLINE_REASONS. */
  readonly reason: number;
  /** Product that the reason names, -1 where none. */
  readonly because: number;
  /** Part of the score that came from there, 0 to 1; 1 where the reason names nothing. */
  readonly share: number;
  /** Days of the rhythm, 0 where the reason has none. */
  readonly gapDays: number;
  /** Day number of the last purchase, 0 where the reason has none. */
  readonly lastDay: number;
}

/** `Item.source` is a place in this. */
export const ONLINE_SOURCES = [...SOURCES, 'basket', 'complementary', 'similar'] as const;
/** `Item.reason` is a place in this. */
export const ONLINE_REASONS = [
  ...REASONS,
  'basket',
  'bought-with',
  'similar',
  'same-type',
  'alike',
  'together',
] as const;
const places = <Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name, place) => [name, place])) as Readonly<Record<Name, number>>;
export const SOURCE_OF = places(ONLINE_SOURCES);
export const REASON_OF = places(ONLINE_REASONS);

/** What the words of a reason name. */
export interface ReasonNames {
  /** Of the product that it came from. */
  readonly title: string;
  readonly tier: string;
}

const plural = (days: number): string => (days === 1 ? 'day' : `${days} days`);

/** ISO date of a day number. */
export const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** The reason in English, as in the lists made in advance. */
export function reasonEn({ reason, gapDays, lastDay }: Item, { title, tier }: ReasonNames): string {
  switch (ONLINE_REASONS[reason]!) {
    case 'own-rhythm':
      return `You buy this about every ${plural(gapDays)}, last on ${dateOf(lastDay)}`;
    case 'rhythm':
      return `Customers buy this again about every ${plural(gapDays)}; you last did on ${dateOf(lastDay)}`;
    case 'bought':
      return `Because you bought ${title}`;
    case 'viewed':
      return `Because you looked at ${title}`;
    case 'popular-tier':
      return `Popular with ${tier} customers`;
    case 'popular-shop':
      return 'Popular in this shop';
    case 'looked':
      return 'You looked at this lately';
    case 'like-bought':
      return `Similar to ${title}, which you bought`;
    case 'like-viewed':
      return `Similar to ${title}, which you looked at`;
    case 'new-arrival':
      return 'New in the shop';
    case 'new-in-category':
      return 'New in a category that you buy';
    case 'session':
      return `Because you are looking at ${title}`;
    case 'basket':
      return `Goes with ${title} in the basket`;
    case 'bought-with':
      return `Customers who chose ${title} also chose this`;
    case 'similar':
      return `Of the same kind as ${title}, and chosen by the same customers`;
    case 'same-type':
      return `Popular among products of the same kind as ${title}`;
    case 'alike':
      return `Described like ${title}`;
    case 'together':
      return `Often bought together with ${title}`;
  }
}

/** The reason in Chinese. */
export function reasonZh({ reason, gapDays, lastDay }: Item, { title, tier }: ReasonNames): string {
  switch (ONLINE_REASONS[reason]!) {
    case 'own-rhythm':
      return `您大约每 ${gapDays} 天购买一次，上次购买于 ${dateOf(lastDay)}`;
    case 'rhythm':
      return `顾客通常约每 ${gapDays} 天回购，您上次购买于 ${dateOf(lastDay)}`;
    case 'bought':
      return `因为您买过 ${title}`;
    case 'viewed':
      return `因为您浏览过 ${title}`;
    case 'popular-tier':
      return `${tier}客户中热销`;
    case 'popular-shop':
      return '本店热销';
    case 'looked':
      return '您最近浏览过';
    case 'like-bought':
      return `与您买过的 ${title} 相似`;
    case 'like-viewed':
      return `与您浏览过的 ${title} 相似`;
    case 'new-arrival':
      return '新品上架';
    case 'new-in-category':
      return '您常买的品类中的新品';
    case 'session':
      return `因为您正在看 ${title}`;
    case 'basket':
      return `与购物篮中的 ${title} 搭配`;
    case 'bought-with':
      return `选择 ${title} 的顾客也选择了它`;
    case 'similar':
      return `与 ${title} 同类，同一批顾客也选择了它`;
    case 'same-type':
      return `与 ${title} 同类的热销商品`;
    case 'alike':
      return `与 ${title} 的名称、品牌或类别相近`;
    case 'together':
      return `常与 ${title} 一起购买`;
  }
}
