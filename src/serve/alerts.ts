/** What the first page points at: something wrong with the data, and the next useful step. */
import type { z } from 'zod';
import { DAY_MS } from '#kernels/local-time.ts';
import { majorUnits } from './csv.ts';
import { importCounts } from './quality.ts';
import type { CampaignSummary, HomeReply, LifecycleReply } from './schemas.ts';
import type { Store } from './store.ts';
import { localText } from './zone.ts';

type Alert = z.infer<typeof HomeReply>['alerts'][number];

/** Above this share of rows in quarantine the figures may mislead. */
const REJECTS_SHARE = 0.01;
const TABLE_WORDS: Readonly<Record<string, { readonly en: string; readonly zh: string }>> = {
  customers: { en: 'customers', zh: '客户表' },
  products: { en: 'products', zh: '商品表' },
  order_lines: { en: 'orders', zh: '订单表' },
  events: { en: 'browsing events', zh: '浏览事件表' },
  reviews: { en: 'reviews', zh: '评价表' },
  campaigns: { en: 'campaigns', zh: '活动表' },
  offers: { en: 'offers', zh: '优惠表' },
  exposures: { en: 'contacts', zh: '触达表' },
  redemptions: { en: 'redemptions', zh: '核销表' },
};

const grouped = (value: number): string => value.toLocaleString('en');

export function alertsOf(store: Store): Alert[] {
  const alerts: Alert[] = [];
  for (const { table, read, quarantined } of importCounts(store.dir)) {
    if (quarantined === 0) continue;
    const words = TABLE_WORDS[table];
    const share = read === 0 ? 0 : quarantined / read;
    alerts.push({
      level: share > REJECTS_SHARE ? 'warning' : 'info',
      code: 'ROWS_REJECTED',
      en: `${grouped(quarantined)} of ${grouped(read)} rows of ${words?.en ?? table} could not be used`,
      zh: `${words?.zh ?? table}的 ${grouped(read)} 行中有 ${grouped(quarantined)} 行无法使用`,
      link: `/quality?table=${encodeURIComponent(table)}`,
    });
  }
  const { dataTo, asOf } = store.shop;
  const silentDays = dataTo === null ? 0 : Math.floor((asOf - dataTo) / DAY_MS);
  if (silentDays >= 7)
    alerts.push({
      level: 'warning',
      code: 'NO_RECENT_ORDERS',
      en: `no order in the ${silentDays} days before the moment of this run`,
      zh: `本次运行之前 ${silentDays} 天没有订单`,
      link: '/quality',
    });
  if (store.shop.customers > 0 && store.shop.tiers.length === 0)
    alerts.push({
      level: 'error',
      code: 'NO_TIERS',
      en: 'no customer has a tier',
      zh: '没有客户被分层',
      link: '/tiers',
    });
  return alerts;
}

/** Good customers who go silent; the console tells the same with a link for each number. */
export function slipAlerts({ shop }: Store, { from, slips }: z.infer<typeof LifecycleReply>): Alert[] {
  const { customers, beforeMinor, tiers } = slips;
  if (customers === 0 || from === null) return [];
  const worth = `${shop.currency} ${majorUnits(beforeMinor, shop.currencyDigits)}`;
  const names = (language: 'en' | 'zh') =>
    tiers.map((key) => shop.tiers.find((tier) => tier.key === key)?.[language] ?? key);
  const since = localText(from, shop.timeZone).slice(0, 10);
  return [
    {
      level: 'warning',
      code: 'TIER_SLIPS',
      en: `${grouped(customers)} customers of ${names('en').join(' and ')} slipped to at risk or lapsed since ${since}; they were worth ${worth}`,
      zh: `自 ${since} 以来，${names('zh').join('、')}层有 ${grouped(customers)} 位客户转为有流失风险或已流失，涉及预期毛利 ${worth}`,
      link: `/customers?${new URLSearchParams({ slipped: 'true', movedFrom: tiers.join(','), moveFrom: String(from) })}`,
    },
  ];
}

export function nextStepOf(
  campaigns: readonly z.infer<typeof CampaignSummary>[],
): z.infer<typeof HomeReply>['nextStep'] {
  const measured = campaigns.find((campaign) => campaign.status === 'measured');
  const open = campaigns.find((campaign) => campaign.status !== 'measured');
  if (open !== undefined)
    return {
      en: `Review the campaign “${open.name}”: ${open.offered} customers would get the offer`,
      zh: `查看活动“${open.name}”：将向 ${open.offered} 位客户发放优惠`,
      link: `/campaigns/${open.campaignId}`,
    };
  if (measured !== undefined)
    return {
      en: `See what the campaign “${measured.name}” really brought`,
      zh: `查看活动“${measured.name}”的真实增量收益`,
      link: `/campaigns/${measured.campaignId}`,
    };
  return { en: 'Plan a first campaign for one of the tiers', zh: '为某个层级策划第一个活动', link: '/campaigns' };
}
