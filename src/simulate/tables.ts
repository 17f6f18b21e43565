/** From numbers to canonical tables: SQL over the loaded books. */
import { literal } from '#engines/index.ts';
import type { BookName } from './books.ts';
import { CHANNELS, EVENT_NAMES, GENDERS, INCOMES, MEMBERS } from './books.ts';
import { DEPARTMENTS, LEAVES } from './lexicon.ts';
import { CITIES } from './names.ts';
import { couponCodes, type PastCampaign } from './past-campaigns.ts';

const whole = (column: string): string => `cast(${column} as bigint)`;
const padded = (column: string, width: number): string =>
  `lpad(cast(cast(${column} as integer) as varchar), ${width}, '0')`;
const customer = `'C' || ${padded('owner + 1', 7)}`;
const product = `'P' || ${padded('product + 1', 5)}`;
const numbered = (prefix: string, column: string, width: number): string =>
  `'${prefix}' || ${padded('owner + 1', 7)} || '-' || ${padded(column, width)}`;
/** The text at a position from 0 of a fixed list; null for a missing position. */
const picked = (texts: readonly string[], column: string): string =>
  `[${texts.map(literal).join(', ')}][cast(${column} as integer) + 1]`;
const yuan = (column: string): string => `cast(cast(${column} / 100 as decimal(18, 2)) as varchar)`;

const leafPath = ({ department, en }: (typeof LEAVES)[number]): string => `${DEPARTMENTS[department]![0]} > ${en}`;

/** A select over table `from` for each book, with the canonical columns in their order. */
export function selects(campaigns: readonly PastCampaign[]): Record<BookName, (from: string) => string> {
  const campaign = `'K' || ${padded('campaign + 1', 2)}`;
  const offers = campaigns.map(({ offers }) => offers.map(({ id }) => id));
  const offer = `case cast(campaign as integer) ${offers
    .map((ids, k) => `when ${k} then ${picked(ids, 'offer')}`)
    .join(' ')} end`;
  const codes = campaigns.map(({ offers }) => offers.map(({ code }) => code));
  const code = `case cast(campaign as integer) ${codes
    .map((texts, k) => `when ${k} then ${picked(texts, 'offer')}`)
    .join(' ')} end`;
  return {
    customers: customersSelect,
    order_lines: (from) => orderLinesSelect(from, couponCodes(campaigns)),
    events: (from) => eventsSelect(from, campaign),
    reviews: (from) => `select ${numbered('V', 'seq', 3)} as review_id, ${customer} as customer_id,
      ${product} as product_id, rating, text, case when zh = 1 then 'zh' else 'en' end as language,
      ${whole('moment')} as reviewed_at from ${from}`,
    exposures: (from) => `select ${campaign} as campaign_id, ${customer} as customer_id, ${offer} as offer_id,
      coalesce(${offer}, 'holdout') as arm, propensity, ${whole('shown')} as shown_at, ${whole('clicked')} as clicked_at,
      ${whole('cost')} as cost, 'CNY' as currency from ${from}`,
    redemptions: (from) => `select ${numbered('X', 'seq', 3)} as redemption_id, ${customer} as customer_id,
      ${campaign} as campaign_id, ${offer} as offer_id, ${numbered('O', 'seq', 3)} as order_id, ${code} as coupon_code,
      ${whole('moment')} as redeemed_at, ${whole('discount')} as discount, 'CNY' as currency from ${from}`,
  };
}

const customersSelect = (from: string): string => {
  const city = `case when zh = 1 then ${picked(
    CITIES.map(([, zh]) => zh),
    'city',
  )} else ${picked(
    CITIES.map(([en]) => en),
    'city',
  )} end`;
  return `select ${customer} as customer_id, ${whole('first_seen_at')} as first_seen_at,
    cast(cast(age as integer) as varchar) as age, ${picked(GENDERS, 'gender')} as gender,
    case when odd = 1 then ' ' || ${city} || '  ' else ${city} end as city, 'CN' as country,
    ${picked(INCOMES, 'income')} as income_band, ${picked(MEMBERS, 'member')} as member_level,
    cast(cast(household as integer) as varchar) as household_size, case when zh = 1 then 'zh' else 'en' end as language,
    marketing = 1 as consent_marketing, personal = 1 as consent_personal,
    '{"signup_channel":"' || ${picked(CHANNELS, 'channel')} || '"}' as traits from ${from}`;
};

function orderLinesSelect(from: string, codes: readonly string[]): string {
  const order = `case when guest = 1 then 'G' else 'O' end || ${padded('owner + 1', 7)} || '-' || ${padded('seq', 3)}`;
  const returned = `case when guest = 1 then 'RG' else 'R' end || ${padded('owner + 1', 7)} || '-' || ${padded('seq', 3)}`;
  return `select case when status = 1 then ${returned} else ${order} end as order_id, ${whole('line')} as line,
    case when guest = 0 then ${customer} end as customer_id, ${product} as product_id, ${whole('moment')} as ordered_at,
    cast(units as decimal(18, 3)) as quantity, ${whole('paid')} as paid, ${whole('list')} as list_price,
    ${whole('discount')} as discount, ${whole('coupon')} as coupon_discount, ${picked(codes, 'code - 1')} as coupon_code,
    ${picked(['paid', 'refunded', 'cancelled', 'lost?'], 'status')} as status,
    case when returns is not null then ${order} end as returns_order_id,
    case when channel = 3 then 'S01' end as store_id, ${picked(CHANNELS, 'channel')} as channel, 'CNY' as currency
    from ${from}`;
}

function eventsSelect(from: string, campaign: string): string {
  const terms = picked(
    LEAVES.map(({ en }) => en.toLowerCase()),
    'value',
  );
  const termsZh = picked(
    LEAVES.map(({ zh }) => zh),
    'value',
  );
  const guestOrder = `case when identity = 2 then 'G' else 'O' end || ${padded('owner + 1', 7)} || '-' || ${padded('"order"', 3)}`;
  const properties = `case ${picked(EVENT_NAMES, 'name')}
    when 'Products Searched' then '{"query":"' || case when owner % 10 < 7 then ${termsZh} else ${terms} end || '"}'
    when 'Product List Viewed' then '{"category":"' || ${picked(LEAVES.map(leafPath), 'value')} || '"}'
    when 'Product Viewed' then '{"price":' || ${yuan('value')} || ',"currency":"CNY"}'
    when 'Product Added' then '{"quantity":' || cast(cast(value as integer) as varchar) || '}'
    when 'Product Removed' then '{"quantity":' || cast(cast(value as integer) as varchar) || '}'
    when 'Checkout Started' then '{"value":' || ${yuan('value')} || ',"currency":"CNY"}'
    when 'Order Completed' then '{"revenue":' || ${yuan('value')} || ',"currency":"CNY"}'
    when 'Product Reviewed' then '{"rating":' || cast(cast(value as integer) as varchar) || '}' end`;
  return `select case when identity = 2 then 'MG' else 'M' end || ${padded('owner + 1', 7)} || '-' || ${padded('seq', 5)}
      as message_id,
    case when identity = 0 then ${customer} end as customer_id,
    case identity when 2 then 'AG' || ${padded('owner + 1', 7)} when 3 then null else 'A' || ${padded('owner + 1', 7)} end
      as anonymous_id,
    ${picked(EVENT_NAMES, 'name')} as name, ${whole('moment')} as occurred_at, ${whole('received')} as received_at,
    ${numbered('S', 'session', 4)} as session_id, ${product} as product_id, ${guestOrder} as order_id,
    ${campaign} as campaign_id, ${properties} as properties from ${from}`;
}
