/** What the made-up shop sells and has offered, as canonical tables and pictures. */
import { type Column, table as tableOf, texts } from '#table/index.ts';
import { dayStart } from './calendar.ts';
import { PERIOD_DAYS, productId } from './catalogue.ts';
import { type Output, put, save } from './output.ts';
import type { PastCampaign } from './past-campaigns.ts';
import { productPicture } from './picture.ts';
import { productText } from './product-text.ts';
import type { World } from './world.ts';

const column = (length: number, value: (index: number) => number): Column => ({
  kind: 'number',
  values: Float64Array.from({ length }, (_, index) => value(index)),
});

/** The products table and one picture each. */
export async function writeProducts(to: Output, world: World, onDone: (done: number) => void): Promise<void> {
  const { catalogue, calendar, seed, prices } = world;
  const { count } = catalogue;
  const words = Array.from({ length: count }, (_, p) => productText(seed, catalogue, p));
  const period = Math.floor((calendar.endDay - 1 - calendar.startDay) / PERIOD_DAYS);
  const startOf = (index: number) => dayStart(calendar.startDay + index * PERIOD_DAYS);
  const ids = Array.from({ length: count }, (_, p) => productId(p));
  const data = tableOf({
    id: texts(ids),
    title: texts(words.map(({ title }) => title)),
    title_zh: texts(words.map(({ titleZh }) => titleZh)),
    description: texts(words.map(({ description }) => description)),
    description_zh: texts(words.map(({ descriptionZh }) => descriptionZh)),
    category: texts(words.map(({ category }) => category)),
    category_zh: texts(words.map(({ categoryZh }) => categoryZh)),
    brand: texts(words.map(({ brand }) => brand)),
    price: column(count, (p) => prices.shelf[period * count + p]!),
    cost: column(count, (p) => catalogue.cost[p]!),
    stock: column(count, (p) => (catalogue.activeTo[p]! <= period ? 0 : catalogue.stock[p]!)),
    since: column(count, (p) => startOf(catalogue.activeFrom[p]!)),
    until: column(count, (p) => (catalogue.activeTo[p]! <= period ? startOf(catalogue.activeTo[p]!) : 0)),
  });
  await save(
    to,
    'products.parquet',
    data,
    (from) => `select id as product_id, title, title_zh, description, description_zh, category, category_zh, brand,
      cast(price as bigint) as price, cast(cost as bigint) as unit_cost, 'CNY' as currency,
      cast(stock as bigint) as stock, 'images/' || id || '.png' as image_path, cast(since as bigint) as active_from,
      cast(nullif(until, 0) as bigint) as active_to from ${from}`,
  );
  for (const [p, id] of ids.entries()) {
    const [leaf, shade, brand] = [catalogue.leaf[p]!, catalogue.shade[p]!, catalogue.brand[p]!];
    await put(to, `images/${id}.png`, productPicture({ leaf, shade, brand }));
    if ((p + 1) % 50 === 0 || p + 1 === count) onDone(p + 1);
  }
}

/** The past campaigns and what they offered. */
export async function writeCampaigns(to: Output, campaigns: readonly PastCampaign[]): Promise<void> {
  const offers = campaigns.flatMap((campaign) => campaign.offers.map((offer) => ({ campaign: campaign.id, ...offer })));
  const data = tableOf({
    campaign_id: texts(campaigns.map(({ id }) => id)),
    name: texts(campaigns.map(({ name }) => name)),
    starts: column(campaigns.length, (k) => dayStart(campaigns[k]!.fromDay)),
    ends: column(campaigns.length, (k) => dayStart(campaigns[k]!.toDay) - 1),
  });
  await save(
    to,
    'campaigns.parquet',
    data,
    (from) => `select campaign_id, name, 'coupon' as kind, cast(starts as bigint) as starts_at,
      cast(ends as bigint) as ends_at from ${from}`,
  );
  const offered = tableOf({
    offer_id: texts(offers.map(({ id }) => id)),
    campaign_id: texts(offers.map(({ campaign }) => campaign)),
    percent: column(offers.length, (k) => offers[k]!.percentOff ?? 0),
    amount: column(offers.length, (k) => offers[k]!.amountOff ?? 0),
    least: column(offers.length, (k) => offers[k]!.minSpend ?? 0),
  });
  await save(
    to,
    'offers.parquet',
    offered,
    (from) => `select offer_id, campaign_id, cast(null as varchar) as product_id, 'coupon' as kind,
      nullif(percent, 0) as percent_off, cast(nullif(amount, 0) as bigint) as amount_off,
      cast(least as bigint) as min_spend, 'CNY' as currency from ${from}`,
  );
}
