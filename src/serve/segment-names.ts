/** What a condition may ask in this shop, and what keys in it are called. */
import { existsSync } from 'node:fs';
import type { z } from 'zod';
import {
  type Condition,
  EVENT_PREFIX,
  FIELDS,
  type Field,
  type Ground,
  HAPPENINGS,
  happeningOf,
  leavesOf,
  libraryOf,
  type Naming,
  OP_WORDS,
  OPS,
  PROPERTIES,
  propertiesOf,
  readLists,
  readSegments,
  stepsOf,
} from '#segments/index.ts';
import type { SegmentFieldsReply } from './schemas-segments.ts';
import type { Store } from './store.ts';

interface Named {
  readonly key: string;
  readonly en: string;
  readonly zh: string;
}

/** Values of one field or property that are listed. */
const VALUES_MAX = 300;

export const groundOf = ({ dir, facts: { asOf, shop } }: Store): Ground => ({
  asOf,
  timeZone: shop.timeZone,
  library: libraryOf(dir),
});

/** Names for the words of these conditions: those of the shop, and of the products that they name. */
export async function namingOf(store: Store, conditions: readonly Condition[]): Promise<Naming> {
  const { shop, chinese, dir } = store;
  const tests = conditions
    .flatMap(leavesOf)
    .flatMap(stepsOf)
    .flatMap(({ where = [] }) => where);
  const wanted = tests.flatMap(({ property, value }) => (property === 'product' ? [value].flat().map(String) : []));
  const products = wanted.length === 0 ? [] : await productNames(store, [...new Set(wanted)].slice(0, VALUES_MAX));
  const own = (list: readonly Named[]) => new Map(list.map((each) => [each.key, each]));
  const same = (list: readonly { id: string; name: string }[]) =>
    own(list.map(({ id, name }) => ({ key: id, en: name, zh: name })));
  const path = (key: string) => {
    const zh = chinese.get(key);
    return zh === undefined ? undefined : { en: key, zh };
  };
  const tables = new Map<string, ReadonlyMap<string, Named>>([
    ['tiers', own(shop.tiers)],
    ['tags', own(shop.tags)],
    ['states', own(shop.states)],
    ['rfm', own(shop.rfmSegments)],
    ['segment', same(readSegments(dir))],
    ['list', same(readLists(dir))],
    ['product', own(products)],
    ['campaign', own(await campaigns(store))],
  ]);
  return {
    currency: shop.currency,
    currencyDigits: shop.currencyDigits,
    name: (of, key) => (of === 'category' ? path(key) : tables.get(of)?.get(key)),
  };
}

async function productNames({ compute }: Store, ids: readonly string[]): Promise<Named[]> {
  const params = Object.fromEntries(ids.map((id, i) => [`p${i}`, id]));
  return compute.rows<{ key: string; en: string; zh: string }>(
    `select product_id as key, coalesce(title, title_zh, product_id) as en, coalesce(title_zh, title, product_id) as zh
     from serve_products where product_id in (${ids.map((_, i) => `$p${i}`).join(', ')})`,
    params,
  );
}

const campaigns = (store: Store): Promise<Named[]> =>
  store.memo('segment campaigns', () =>
    store.compute.rows<{ key: string; en: string; zh: string }>(
      `select campaign_id as key, coalesce(name, campaign_id) as en, coalesce(name, campaign_id) as zh from campaigns order by starts_at desc limit ${VALUES_MAX}`,
    ),
  );

/** Everything that a page needs to build conditions. */
export async function fieldsReply(store: Store): Promise<z.infer<typeof SegmentFieldsReply>> {
  const { dir } = store;
  const fixed = await store.memo('segment fields', () => fixedFields(store));
  return {
    ...fixed,
    segments: readSegments(dir).map(({ id, name }) => ({ id, name })),
    lists: readLists(dir).map(({ id, name, ids }) => ({ id, name, ids })),
    upliftOffers: await upliftOffers(store),
  };
}

const GROUPS = [
  { key: 'value', en: 'Value and tier', zh: '价值与层级' },
  { key: 'orders', en: 'Orders so far', zh: '历史订单' },
  { key: 'rhythm', en: 'Rhythm and lifecycle', zh: '节奏与生命周期' },
  { key: 'person', en: 'Person', zh: '个人属性' },
  { key: 'consent', en: 'Consent', zh: '授权同意' },
];

async function fixedFields(store: Store) {
  const [fields, events, properties] = await Promise.all([fieldRows(store), eventRows(store), propertyRows(store)]);
  return { ops: OPS.map((op) => ({ op, ...OP_WORDS[op] })), groups: GROUPS, fields, events, properties };
}

const opsOf = ({ kind }: Pick<Field, 'kind'>): string[] =>
  kind === 'number' ? OPS.filter((op) => op !== 'in') : kind === 'flag' ? ['=', 'missing'] : ['in', '!=', 'missing'];

function fieldRows(store: Store) {
  // `tag` is the same as tags, and draws have a leaf of their own.
  const shown = [...FIELDS].filter(([name]) => name !== 'tag' && name !== 'random');
  return Promise.all(
    shown.map(async ([name, field]) => {
      const { kind, group, unit = null, en, zh } = field;
      return { name, group, kind, unit, en, zh, ops: opsOf(field), values: await valuesOf(store, name, field) };
    }),
  );
}

async function valuesOf({ shop, compute }: Store, name: string, { values }: Field): Promise<Named[] | null> {
  const pick = (list: readonly Named[]) => list.map(({ key, en, zh }) => ({ key, en, zh }));
  if (values === 'tiers') return pick([...shop.tiers].reverse());
  if (values === 'tags') return pick(shop.tags);
  if (values === 'states') return pick(shop.states);
  if (values === 'rfm') return pick(shop.rfmSegments);
  return values === 'data' ? distinct(compute, name, 'profiles') : null;
}

/** @param column one of our own names */
async function distinct(compute: Store['compute'], column: string, from: string): Promise<Named[]> {
  const rows = await compute.rows<{ key: string }>(
    `select ${column}::varchar as key from ${from} where ${column} is not null group by 1 order by count(*) desc, 1 limit ${VALUES_MAX}`,
  );
  return rows.map(({ key }) => ({ key, en: key, zh: key }));
}

async function eventRows({ compute }: Store) {
  const seen = await compute.rows<{ name: string; n: number }>(
    'select name, count(*) as n from events where customer_id is not null group by 1 order by n desc, 1',
  );
  const counts = await Promise.all(
    Object.entries(HAPPENINGS).map(async ([name, { table, where, at, en, zh }]) => {
      const [row] = await compute.rows<{ n: number }>(
        `select count(*) as n from ${table} e where e.customer_id is not null and ${at} is not null and ${where}`,
      );
      return { name, en, zh, rows: row?.n ?? 0 };
    }),
  );
  const others = seen
    .filter(({ name }) => !Object.values(HAPPENINGS).some(({ where }) => where === `e.name = '${name}'`))
    .slice(0, 100)
    .map(({ name, n }) => ({ name: EVENT_PREFIX + name, en: `did “${name}”`, zh: `发生“${name}”`, rows: n }));
  return [...counts, ...others].flatMap((each) => {
    const happening = happeningOf(each.name);
    if (happening === undefined) return [];
    const properties = propertiesOf(happening);
    const measures = ['times', ...(['amount', 'quantity'] as const).filter((measure) => properties.includes(measure))];
    return [{ ...each, properties, measures }];
  });
}

async function propertyRows(store: Store) {
  const { compute, chinese } = store;
  const paths = await compute.rows<{ key: string }>(
    `select distinct array_to_string(list_slice(parts, 1, depth), ' > ') as key
     from (select distinct string_split(category, ' > ') as parts from products where category is not null),
       unnest(range(1, len(parts) + 1)) u(depth) order by 1 limit ${VALUES_MAX}`,
  );
  const lists: Record<string, Named[]> = {
    category: paths.map(({ key }) => ({ key, en: key, zh: chinese.get(key) ?? key })),
    brand: await distinct(compute, 'brand', 'products'),
    channel: await distinct(compute, 'channel', 'order_lines'),
    coupon: await distinct(
      compute,
      'coupon_code',
      '(select coupon_code from order_lines union all select coupon_code from redemptions)',
    ),
    campaign: await campaigns(store),
    offer: await distinct(compute, 'offer_id', 'exposures'),
  };
  return Object.entries(PROPERTIES).map(([name, property]) => ({
    name,
    ...{ en: property.en, zh: property.zh, kind: property.kind, unit: 'unit' in property ? property.unit : null },
    ops: property.kind === 'number' ? OPS.filter((op) => op !== 'in' && op !== 'missing') : ['in', '!='],
    values: Object.hasOwn(lists, name) ? lists[name]! : null,
  }));
}

async function upliftOffers({ compute, dir }: Store): Promise<Named[]> {
  const { uplift: file } = libraryOf(dir);
  if (file === undefined || !existsSync(file)) return [];
  const rows = await compute.rows<{ key: string }>(
    'select distinct offer_id as key from read_parquet($file) order by 1 limit 300',
    { file },
  );
  return rows.map(({ key }) => ({ key, en: key, zh: key }));
}
