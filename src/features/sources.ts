/** The canonical tables as sources of features. */
import type { Entity } from './definition.ts';
import type { Sources } from './source.ts';

const PRODUCT = { product: { table: 'products', on: 'product_id', key: 'product_id' } } as const;
const text = (column: string) => ({ kind: 'text', column }) as const;
const whole = (column: string) => ({ kind: 'whole', column }) as const;

export const SOURCES: Sources = {
  lines: {
    name: 'lines',
    table: 'order_lines',
    key: ['order_id', 'line'],
    time: 'ordered_at',
    entities: { customer: 'customer_id', product: 'product_id' },
    joins: PRODUCT,
    columns: {
      order_id: text('order_id'),
      customer_id: text('customer_id'),
      product_id: text('product_id'),
      status: text('status'),
      store_id: text('store_id'),
      channel: text('channel'),
      coupon_code: text('coupon_code'),
      quantity: { kind: 'decimal', column: 'quantity', scale: 1000 },
      paid: whole('paid'),
      list_price: whole('list_price'),
      discount: whole('discount'),
      coupon_discount: whole('coupon_discount'),
      brand: { kind: 'text', column: 'brand', via: 'product' },
      category: { kind: 'text', column: 'category', via: 'product' },
      department: { kind: 'text', column: 'category', via: 'product', parts: 1 },
    },
  },
  orders: {
    name: 'orders',
    per: 'lines',
    by: 'order_id',
    where: { column: 'status', is: '=', value: 'paid' },
    columns: {
      lines: { count: true },
      quantity: { sum: 'quantity' },
      paid: { sum: 'paid' },
      discount: { sum: 'discount' },
      coupon_discount: { sum: 'coupon_discount' },
    },
  },
  visits: {
    name: 'visits',
    table: 'events',
    key: ['message_id'],
    time: 'occurred_at',
    arrived: 'received_at',
    entities: { customer: 'customer_id', product: 'product_id' },
    columns: {
      name: text('name'),
      session_id: text('session_id'),
      customer_id: text('customer_id'),
      product_id: text('product_id'),
    },
  },
  reviews: {
    name: 'reviews',
    table: 'reviews',
    key: ['review_id'],
    time: 'reviewed_at',
    entities: { customer: 'customer_id', product: 'product_id' },
    columns: { rating: { kind: 'decimal', column: 'rating', scale: 1000 } },
  },
  exposures: {
    name: 'exposures',
    table: 'exposures',
    key: ['campaign_id', 'customer_id'],
    time: 'shown_at',
    entities: { customer: 'customer_id' },
    columns: { campaign_id: text('campaign_id'), arm: text('arm') },
  },
  clicks: {
    name: 'clicks',
    table: 'exposures',
    key: ['campaign_id', 'customer_id'],
    time: 'clicked_at',
    entities: { customer: 'customer_id' },
    columns: { campaign_id: text('campaign_id') },
  },
  redemptions: {
    name: 'redemptions',
    table: 'redemptions',
    key: ['redemption_id'],
    time: 'redeemed_at',
    entities: { customer: 'customer_id' },
    columns: { discount: whole('discount'), campaign_id: text('campaign_id') },
  },
  arrivals: {
    name: 'arrivals',
    table: 'customers',
    key: ['customer_id'],
    time: 'first_seen_at',
    entities: { customer: 'customer_id' },
    columns: {},
  },
  members: {
    name: 'members',
    table: 'customers',
    key: ['customer_id'],
    since: 'first_seen_at',
    entities: { customer: 'customer_id' },
    columns: {},
  },
  launches: {
    name: 'launches',
    table: 'products',
    key: ['product_id'],
    time: 'active_from',
    entities: { product: 'product_id' },
    columns: {},
  },
  catalog: {
    name: 'catalog',
    table: 'products',
    key: ['product_id'],
    since: 'active_from',
    entities: { product: 'product_id' },
    columns: {
      price: whole('price'),
      unit_cost: whole('unit_cost'),
      stock: whole('stock'),
      peer_price: { kind: 'peers', column: 'price', within: 'category', scale: 1000 },
    },
  },
};

/** The sources that make an entity known: it has a row in one of them as of the moment. */
export const KNOWN_BY: Readonly<Record<Entity, readonly string[]>> = {
  customer: ['members', 'lines', 'visits', 'reviews', 'exposures', 'redemptions'],
  product: ['catalog', 'lines', 'visits', 'reviews'],
};
