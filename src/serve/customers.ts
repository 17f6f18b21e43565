/** The list of customers: filters, order, pages, and all of it for export. */
import type { z } from 'zod';
import type { Scalar } from '#engines/index.ts';
import { known } from '#errors.ts';
import { membersSql } from '#segments/index.ts';
import { AT_RISK, STATES } from '#value/index.ts';
import { type CsvColumn, majorUnits } from './csv.ts';
import { TAGS_A_WORD } from './load.ts';
import { recordsOf } from './records.ts';
import type { CustomerRow, CustomersQuery, CustomersReply } from './schemas.ts';
import { groundOf } from './segment-names.ts';
import type { Store } from './store.ts';
import { localText } from './zone.ts';

type Query = z.infer<typeof CustomersQuery>;
type Row = z.infer<typeof CustomerRow>;

interface Where {
  readonly sql: string;
  readonly params: Record<string, Scalar>;
}

/** Key of those who were no customer at a date. */
export const NO_TIER = 'none';
const EXPORT_BATCH = 20_000;

/** One page and the number of all rows that match. */
export async function listCustomers(store: Store, query: Query): Promise<z.infer<typeof CustomersReply>> {
  const where = whereOf(store, query);
  const { limit, offset } = query;
  const order = orderOf(store, query);
  const inside = `select pos from serve_customers where ${where.sql} order by ${order} limit $limit offset $offset`;
  const [total, rows] = await Promise.all([
    countOf(store, where),
    store.compute.rows<Stored>(`${columns(store, '0')} where pos in (${inside}) order by ${order}`, {
      ...where.params,
      limit,
      offset,
    }),
  ]);
  return { total, rows: rows.map((row) => rowOf(store, row)) };
}

/** Every matching row in the order asked for, in batches, without sparks; other requests get their turn in between. */
export async function* allCustomers(store: Store, query: Query): AsyncGenerator<Row[]> {
  const where = whereOf(store, query);
  const order = orderOf(store, query);
  let after = -1;
  for (;;) {
    const inside = `select pos from serve_customers where ${where.sql} and ${order} > $after order by ${order} limit ${EXPORT_BATCH}`;
    const batch = await store.compute.table(
      `${columns(store, order, false)} where pos in (${inside}) order by ${order}`,
      { ...where.params, after },
    );
    const rows = recordsOf<Stored>(batch);
    if (rows.length > 0) yield rows.map((row) => rowOf(store, row));
    const last = rows.at(-1);
    if (last === undefined || rows.length < EXPORT_BATCH) return;
    after = last.place;
  }
}

/** Columns of the export. Money in major units, times on the shop's clock. */
export function customerColumns(store: Store): readonly CsvColumn<Row>[] {
  const { currency, currencyDigits: digits, timeZone } = store.shop;
  return [
    { name: 'customer_id', cell: (row) => row.customerId },
    { name: 'tier', cell: (row) => row.tier },
    { name: `expected_value_${currency}`, cell: (row) => majorUnits(row.valueMinor, digits), isNumeric: true },
    { name: `spend_${currency}`, cell: (row) => majorUnits(row.spendMinor, digits), isNumeric: true },
    { name: 'orders', cell: (row) => row.orders },
    { name: 'last_order', cell: (row) => (row.lastOrderAt === null ? null : localText(row.lastOrderAt, timeZone)) },
    { name: 'p_alive', cell: (row) => row.pAlive },
    { name: 'rfm_segment', cell: (row) => row.rfmSegment },
    { name: 'tags', cell: (row) => row.tags.join('; ') },
    { name: 'city', cell: (row) => row.city },
    { name: 'state', cell: (row) => row.state },
  ];
}

function countOf(store: Store, { sql, params }: Where): Promise<number> {
  return store.memo(
    `customers ${sql} ${JSON.stringify(Object.entries(params).map(([name, value]) => [name, String(value)]))}`,
    async () => {
      const [row] = await store.compute.rows<{ n: number }>(
        `select count(*) as n from serve_customers where ${sql}`,
        params,
      );
      return row?.n ?? 0;
    },
  );
}

/** A whole number from 1 that rises along the order asked for; customers without the key come last either way. */
function orderOf({ filled }: Store, { sort, dir }: Query): string {
  const rank = `rank_${sort}`;
  if (dir === 'asc') return rank;
  return `(if(${rank} <= ${filled[sort]}, ${filled[sort] + 1} - ${rank}, ${rank}))`;
}

function whereOf(store: Store, query: Query): Where {
  const terms: string[] = [];
  const params: Record<string, Scalar> = {};
  const term = (sql: string, name?: string, value?: Scalar) => {
    terms.push(sql);
    if (name !== undefined && value !== undefined) params[name] = value;
  };
  const search = query.search?.trim() ?? '';
  if (search !== '') term('contains(search, lower($search))', 'search', search);
  if (query.tier !== undefined) term(`tier in (${tierIndexes(store, query.tier)})`);
  if (query.state !== undefined) term(`state in (${stateCodes(query.state)})`);
  if (query.stateFrom !== undefined)
    term(`state_at_${dateIndex(store, query.moveFrom, -2)} in (${stateCodes(query.stateFrom)})`);
  if (query.slipped !== undefined) {
    const slipped = slippedSql(dateIndex(store, query.moveFrom, -2));
    term(query.slipped ? slipped : `not ${slipped}`);
  }
  if (query.segment !== undefined) {
    const code = store.layout.segments.indexOf(query.segment);
    term('segment = $segment', 'segment', code < 0 ? -2 : code);
  }
  if (query.tag !== undefined) {
    const bit = store.layout.tags.indexOf(query.tag);
    if (bit < 0) term('false');
    else term(`(tags_${Math.floor(bit / TAGS_A_WORD)} & ${2 ** (bit % TAGS_A_WORD)}) <> 0`);
  }
  for (const score of ['r', 'f', 'm'] as const)
    if (query[score] !== undefined) term(`${score} = $${score}`, score, query[score]);
  if (query.from !== undefined) term('last_order_at >= $from', 'from', query.from);
  if (query.to !== undefined) term('last_order_at < $to', 'to', query.to);
  if (query.hasOrders !== undefined) term(query.hasOrders ? 'orders > 0' : 'orders = 0');
  if (query.inSegment !== undefined) {
    const members = membersSql({ segment: query.inSegment }, groundOf(store));
    term(`customer_id in (${members.sql})`);
    Object.assign(params, members.params);
  }
  if (query.movedFrom !== undefined)
    term(`tier_at_${dateIndex(store, query.moveFrom, -2)} in (${tierIndexes(store, query.movedFrom)})`);
  if (query.movedTo !== undefined)
    term(`tier_at_${dateIndex(store, query.moveTo, -1)} in (${tierIndexes(store, query.movedTo)})`);
  return { sql: terms.length === 0 ? 'true' : terms.join(' and '), params };
}

/** The keys of a list parted by commas. */
const listed = (text: string): string[] => text.split(',').map((key) => key.trim());

/** Whole numbers only: safe inside SQL. */
const tierIndexes = (store: Store, keys: string): string =>
  listed(keys)
    .map((key) => tierIndex(store, key))
    .join(', ');

/** Places in STATES; -1 for `none`, -2 (which no row has) for a key that is not a state. */
const stateCodes = (keys: string): string =>
  listed(keys)
    .map((key) => (key === NO_TIER ? -1 : (STATES as readonly string[]).indexOf(key)))
    .map((code, i) => (code < 0 && listed(keys)[i] !== NO_TIER ? -2 : code))
    .join(', ');

/** Customers whose state now is at risk or lapsed, and worse than at the date of this place. */
export const slippedSql = (at: number): string =>
  `(state >= ${AT_RISK} and state_at_${at} >= 0 and state > state_at_${at})`;

/** Index of a tier key; -1 for `none`, -2 (which no row has) for a key that is not a tier. */
function tierIndex({ shop }: Store, key: string): number {
  if (key === NO_TIER) return -1;
  return shop.tiers.find((tier) => tier.key === key)?.index ?? -2;
}

/**
 * Position of a date among those of the tier history.
 *
 * @param otherwise position from the end where no date was given
 * @throws TIER_DATE_UNKNOWN
 */
export function dateIndex({ layout: { dates } }: Store, date: number | undefined, otherwise: -1 | -2): number {
  const index =
    date === undefined ? Math.max(dates.length + otherwise, dates.length > 0 ? 0 : -1) : dates.indexOf(date);
  if (index < 0) throw known('TIER_DATE_UNKNOWN', { date: date ?? null, dates });
  return index;
}

interface Stored {
  readonly customer_id: string;
  readonly tier: number;
  readonly state: number;
  readonly value_minor: number | null;
  readonly spend_minor: number;
  readonly orders: number;
  readonly last_order_at: number | null;
  readonly p_alive: number | null;
  readonly segment: number;
  readonly city: string | null;
  readonly spark?: number[] | null;
  readonly place: number;
  readonly [word: `tags_${number}`]: number;
}

const columns = ({ layout }: Store, place: string, withSpark = true): string => {
  const words = Array.from({ length: Math.ceil(layout.tags.length / TAGS_A_WORD) }, (_, w) => `tags_${w}, `);
  return `select customer_id, tier, state, value_minor, spend_minor, orders, last_order_at, p_alive, segment, city,
    ${withSpark ? 'spark, ' : ''}${words.join('')}${place} as place
    from serve_customers`;
};

function rowOf({ layout, shop }: Store, row: Stored): Row {
  const tags = layout.tags.filter((_, bit) => {
    const word = row[`tags_${Math.floor(bit / TAGS_A_WORD)}`] ?? 0;
    return Math.floor(word / 2 ** (bit % TAGS_A_WORD)) % 2 === 1;
  });
  return {
    customerId: row.customer_id,
    tier: shop.tiers.find(({ index }) => index === row.tier)?.key ?? null,
    state: STATES[row.state] ?? null,
    valueMinor: row.value_minor,
    spendMinor: row.spend_minor,
    orders: row.orders,
    lastOrderAt: row.last_order_at,
    pAlive: row.p_alive,
    rfmSegment: layout.segments[row.segment] ?? null,
    tags,
    city: row.city,
    spark: row.spark ?? new Array<number>(12).fill(0),
  };
}
