/** The canonical tables of what happened and to whom. Every lake has all of them; those without a source are empty. */
import { type CanonicalTable, define, PRODUCTS } from '#catalog/index.ts';

const { column, required } = define;

const CUSTOMERS: CanonicalTable = {
  name: 'customers',
  key: ['customer_id'],
  columns: [
    required('customer_id', 'id', 'the shop’s own id'),
    column('first_seen_at', 'time', 'first known contact'),
    column('age', 'text', 'years or a band'),
    column('gender', 'text', ''),
    column('city', 'text', ''),
    column('country', 'text', ''),
    column('income_band', 'text', ''),
    column('member_level', 'text', 'the shop’s own loyalty level'),
    column('household_size', 'text', ''),
    column('language', 'text', 'zh, en or another BCP 47 tag'),
    column('consent_marketing', 'flag', 'may be sent offers; missing means not asked'),
    column('consent_personal', 'flag', 'may be profiled; missing means not asked'),
    column('traits', 'json', 'whatever else the shop knows, one object'),
  ],
};

const ORDER_LINES: CanonicalTable = {
  name: 'order_lines',
  key: ['order_id', 'line'],
  columns: [
    required('order_id', 'id', ''),
    required('line', 'count', 'position in the order, from 1; given by import where the source has none'),
    column('customer_id', 'id', 'missing for a guest'),
    required('product_id', 'id', ''),
    required('ordered_at', 'time', 'moment of the order; of a refunded line, moment of the return'),
    required('quantity', 'quantity', 'units, above zero'),
    required(
      'paid',
      'money',
      'what the customer paid for the line after every discount; of a refunded line, what was given back; never negative',
    ),
    column('list_price', 'money', 'the line before discounts'),
    column('discount', 'money', 'shop and loyalty discounts on the line, coupons apart'),
    column('coupon_discount', 'money', 'coupon discounts on the line'),
    column('coupon_code', 'text', ''),
    required('status', 'text', 'paid, cancelled or refunded'),
    column('returns_order_id', 'id', 'of a refunded line: the order that it gives back, where found'),
    column('store_id', 'id', ''),
    column('channel', 'text', 'web, app, store ...'),
    required('currency', 'text', 'ISO 4217'),
  ],
};

const EVENTS: CanonicalTable = {
  name: 'events',
  key: ['message_id'],
  columns: [
    required('message_id', 'id', ''),
    column('customer_id', 'id', 'this or anonymous_id is there'),
    column('anonymous_id', 'id', ''),
    required('name', 'text', 'Segment e-commerce v2 names, e.g. Product Viewed'),
    required('occurred_at', 'time', ''),
    column('received_at', 'time', ''),
    column('session_id', 'id', ''),
    column('product_id', 'id', ''),
    column('order_id', 'id', ''),
    column('campaign_id', 'id', ''),
    column('properties', 'json', ''),
  ],
};

const REVIEWS: CanonicalTable = {
  name: 'reviews',
  key: ['review_id'],
  columns: [
    required('review_id', 'id', ''),
    column('customer_id', 'id', ''),
    required('product_id', 'id', ''),
    column('rating', 'number', '1 to 5'),
    column('text', 'text', ''),
    column('language', 'text', ''),
    required('reviewed_at', 'time', ''),
  ],
};

const CAMPAIGNS: CanonicalTable = {
  name: 'campaigns',
  key: ['campaign_id'],
  columns: [
    required('campaign_id', 'id', ''),
    column('name', 'text', ''),
    column('kind', 'text', ''),
    column('starts_at', 'time', ''),
    column('ends_at', 'time', ''),
  ],
};

const OFFERS: CanonicalTable = {
  name: 'offers',
  key: ['offer_id', 'campaign_id', 'product_id'],
  columns: [
    required('offer_id', 'id', ''),
    column('campaign_id', 'id', ''),
    column('product_id', 'id', 'the product it is for; missing for the whole shop'),
    column('kind', 'text', 'discount, coupon, gift ...'),
    column('percent_off', 'number', '0 to 100'),
    column('amount_off', 'money', ''),
    column('min_spend', 'money', ''),
    column('currency', 'text', 'ISO 4217'),
  ],
};

const EXPOSURES: CanonicalTable = {
  name: 'exposures',
  key: ['campaign_id', 'customer_id'],
  columns: [
    required('campaign_id', 'id', ''),
    required('customer_id', 'id', ''),
    column('offer_id', 'id', ''),
    column('arm', 'text', 'holdout where nothing was given'),
    column('propensity', 'number', 'chance of this arm, 0 to 1'),
    column('shown_at', 'time', ''),
    column('clicked_at', 'time', ''),
    column('cost', 'money', 'of the contact'),
    column('currency', 'text', 'ISO 4217'),
  ],
};

const REDEMPTIONS: CanonicalTable = {
  name: 'redemptions',
  key: ['redemption_id'],
  columns: [
    required('redemption_id', 'id', 'given by import where the source has none'),
    required('customer_id', 'id', ''),
    column('campaign_id', 'id', ''),
    column('offer_id', 'id', ''),
    column('order_id', 'id', ''),
    column('coupon_code', 'text', ''),
    required('redeemed_at', 'time', ''),
    column('discount', 'money', ''),
    column('currency', 'text', 'ISO 4217'),
  ],
};

/** In the order in which they are imported: references point backwards. */
export const TABLES: readonly CanonicalTable[] = [
  CUSTOMERS,
  PRODUCTS,
  ORDER_LINES,
  EVENTS,
  REVIEWS,
  CAMPAIGNS,
  OFFERS,
  EXPOSURES,
  REDEMPTIONS,
];
