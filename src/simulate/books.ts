/** The rows that customers leave behind, still as numbers; `tables.ts` turns them into the canonical tables. */
import { type Rows, rows } from './rows.ts';

export const EVENT_NAMES = [
  'Products Searched',
  'Product List Viewed',
  'Product Viewed',
  'Product Added',
  'Product Removed',
  'Cart Viewed',
  'Checkout Started',
  'Coupon Applied',
  'Order Completed',
  'Order Cancelled',
  'Order Refunded',
  'Product Reviewed',
  'Promotion Viewed',
  'Promotion Clicked',
] as const;
type EventName = (typeof EVENT_NAMES)[number];
/** Position of each name in EVENT_NAMES. */
export const EVENT = Object.fromEntries(EVENT_NAMES.map((name, k) => [name, k])) as Record<EventName, number>;

export const STATUS = { paid: 0, refunded: 1, cancelled: 2, odd: 3 } as const;
/** Of `identity`: who an event says it was. */
export const IDENTITY = { customer: 0, device: 1, guestDevice: 2, nobody: 3 } as const;

export const LAYOUT = {
  customers: [
    'owner',
    'first_seen_at',
    'age',
    'gender',
    'city',
    'income',
    'member',
    'household',
    'zh',
    'marketing',
    'personal',
    'channel',
    'odd',
  ],
  order_lines: [
    'owner',
    'guest',
    'seq',
    'line',
    'product',
    'moment',
    'units',
    'paid',
    'list',
    'discount',
    'coupon',
    'code',
    'status',
    'returns',
    'channel',
  ],
  events: [
    'owner',
    'identity',
    'seq',
    'name',
    'moment',
    'received',
    'session',
    'product',
    'order',
    'campaign',
    'value',
  ],
  reviews: ['owner', 'seq', 'product', 'rating', 'moment', 'zh'],
  exposures: ['owner', 'campaign', 'offer', 'propensity', 'shown', 'clicked', 'cost'],
  redemptions: ['owner', 'seq', 'campaign', 'offer', 'moment', 'discount'],
} as const;
export type BookName = keyof typeof LAYOUT;

export interface Books {
  readonly rows: Readonly<Record<BookName, Rows>>;
  /** Texts of the reviews, in the order of their rows. */
  readonly reviewTexts: string[];
  /** Planted faults by `table.kind`. */
  readonly dirt: Map<string, number>;
}

export function books(): Books {
  const made = Object.fromEntries(Object.entries(LAYOUT).map(([name, names]) => [name, rows(names)]));
  return { rows: made as Record<BookName, Rows>, reviewTexts: [], dirt: new Map() };
}

/** Texts behind the codes of columns, by position. */
export const CHANNELS = ['app', 'web', 'mini-program', 'store'] as const;
export const GENDERS = ['female', 'male'] as const;
export const INCOMES = ['low', 'middle', 'high'] as const;
export const MEMBERS = ['basic', 'silver', 'gold'] as const;
