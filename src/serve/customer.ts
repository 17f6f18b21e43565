/** One customer: who they are, what they are worth and why, and what happened to them. */
import type { z } from 'zod';
import type { Cell } from '#engines/index.ts';
import { known } from '#errors.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { fanOf } from './fan.ts';
import { campaignName, plansOf } from './plans.ts';
import { imageUrl } from './products.ts';
import type { CustomerReply, RecommendationsReply } from './schemas.ts';
import type { Store } from './store.ts';

type Reply = z.infer<typeof CustomerReply>;
type Plain = Reply['traits'][string];

const TRAITS = [
  'first_seen_at',
  'age',
  'gender',
  'city',
  'country',
  'income_band',
  'member_level',
  'household_size',
  'language',
];

interface Stored {
  readonly customer_id: string;
  readonly first_order_at: number | null;
  readonly last_order_at: number | null;
  readonly orders: number | null;
  readonly spend_minor: number | null;
  readonly aov_minor: number | null;
  readonly tags: string[] | null;
  readonly top_categories: { name: string; weight: number }[] | null;
  readonly top_brands: { name: string; weight: number }[] | null;
  readonly similar: string[] | null;
  readonly consent_marketing: boolean | null;
  readonly consent_personal: boolean | null;
  readonly value: { readonly [column: string]: Cell } | null;
  readonly tier: { readonly [column: string]: Cell } | null;
  readonly own: { readonly [column: string]: Cell } | null;
  readonly life: Life | null;
}

interface Life {
  readonly state: NonNullable<Reply['lifecycle']>['state'];
  readonly since_at: number;
  readonly previous_state: Life['state'] | null;
  readonly silence_days: number;
  readonly expected_gap_days: number;
  readonly chance_silence: number;
  readonly p_active: number;
  readonly chance_to_buy: number;
  readonly next_order_at: number;
  readonly next_low_at: number;
  readonly next_high_at: number;
}

/**
 * Everything about the customer `id`.
 *
 * @throws CUSTOMER_UNKNOWN
 */
export async function customerOf(store: Store, id: string): Promise<Reply> {
  const { compute } = store;
  const [row] = await compute.rows<Stored>(
    `select p.customer_id, first_order_at, last_order_at, orders, spend_minor, aov_minor, tags, top_categories, top_brands,
       p."similar", p.consent_marketing, p.consent_personal, v as "value", t as tier, c as own, l as life
     from (from profiles where customer_id = $id) p
     left join (from customer_values where customer_id = $id) v on true
     left join (from customer_tiers where customer_id = $id) t on true
     left join (from customers where customer_id = $id) c on true
     left join (from lifecycle where customer_id = $id) l on true limit 1`,
    { id },
  );
  if (row === undefined) throw known('CUSTOMER_UNKNOWN', { id });
  const [similar, history, moves, campaigns, fan] = await Promise.all([
    similarOf(store, row.similar ?? []),
    compute.rows<Reply['history'][number]>(
      `select as_of as "asOf", tier, value_minor as "valueMinor" from tier_history where customer_id = $id and tier is not null order by as_of`,
      { id },
    ),
    compute.rows<Reply['moves'][number]>(
      `select from_tier as "fromTier", to_tier as "toTier", from_at as "fromAt", to_at as "toAt", coalesce(why, '') as why
       from tier_moves where customer_id = $id order by to_at, from_at`,
      { id },
    ),
    campaignsOf(store, id),
    fanOf(store, id, row.value ?? {}),
  ]);
  return {
    customerId: row.customer_id,
    traits: traitsOf(row.own ?? {}),
    tier: tierOf(row.tier ?? {}),
    value: { ...worthOf(row, row.value ?? {}), fan },
    lifecycle: row.life === null ? null : lifeOf(row.life),
    rfm: {
      r: whole(row.value?.r),
      f: whole(row.value?.f),
      m: whole(row.value?.m),
      segment: text(row.value?.rfm_segment),
    },
    tags: row.tags ?? [],
    topCategories: weighted(row.top_categories).map((own) => ({ ...own, nameZh: store.chinese.get(own.name) ?? null })),
    topBrands: weighted(row.top_brands),
    similar,
    consent: { marketing: row.consent_marketing, personal: row.consent_personal },
    firstOrderAt: row.first_order_at,
    lastOrderAt: row.last_order_at,
    history,
    moves,
    campaigns,
  };
}

const finite = (cell: Cell | undefined): number | null =>
  typeof cell === 'number' && Number.isFinite(cell) ? cell : null;
const whole = (cell: Cell | undefined): number | null =>
  typeof cell === 'number' && Number.isInteger(cell) ? cell : null;
const text = (cell: Cell | undefined): string | null => (typeof cell === 'string' ? cell : null);
const weighted = (list: readonly { name: string; weight: number }[] | null) =>
  (list ?? []).flatMap(({ name, weight }) => (Number.isFinite(weight) ? [{ name, weight }] : []));

function traitsOf(own: Readonly<Record<string, Cell>>): Reply['traits'] {
  const traits: [string, Plain][] = TRAITS.flatMap((key) => {
    const value = own[key] ?? null;
    return value === null || typeof value === 'object' || typeof value === 'bigint' ? [] : [[key, value]];
  });
  return Object.fromEntries([...traits, ...moreTraits(text(own.traits))]);
}

function moreTraits(json: string | null): [string, Plain][] {
  if (json === null) return [];
  try {
    const parsed: unknown = JSON.parse(json);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return [];
    return Object.entries(parsed)
      .filter(([key]) => key !== '__proto__')
      .slice(0, 200)
      .map(([key, value]) => [key, isPlain(value) ? value : JSON.stringify(value)]);
  } catch {
    return [];
  }
}

const isPlain = (value: unknown): value is Plain =>
  value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);

function tierOf(tier: Readonly<Record<string, Cell>>): Reply['tier'] {
  const probabilities = Array.isArray(tier.probabilities) ? tier.probabilities.map((p) => finite(p) ?? 0) : [];
  return {
    key: text(tier.tier),
    since: whole(tier.since_at),
    previous: text(tier.previous_tier),
    predicted: text(tier.predicted_tier),
    predictedProbability: finite(tier.predicted_probability),
    probabilities,
    reasons: reasonsOf(text(tier.reasons)),
  };
}

function reasonsOf(json: string | null): Reply['tier']['reasons'] {
  if (json === null) return [];
  const parsed: unknown = JSON.parse(json);
  if (!Array.isArray(parsed)) return [];
  return parsed.map((reason: Record<string, unknown>) => ({
    code: String(reason.code ?? ''),
    effect: Number.isFinite(reason.effect) ? Number(reason.effect) : 0,
    en: String(reason.en ?? reason.code ?? ''),
    zh: String(reason.zh ?? reason.code ?? ''),
  }));
}

function worthOf(row: Stored, value: Readonly<Record<string, Cell>>): Omit<Reply['value'], 'fan'> {
  const { first_order_at: first, last_order_at: last } = row;
  const orders = row.orders ?? 0;
  const gapMs = first !== null && last !== null && orders > 1 ? (last - first) / (orders - 1) : null;
  return {
    valueMinor: whole(value.value_minor),
    lowMinor: whole(value.value_low_minor),
    highMinor: whole(value.value_high_minor),
    expectedOrders: finite(value.expected_orders),
    expectedSpendMinor: whole(value.expected_spend_minor),
    pAlive: finite(value.p_alive),
    spendMinor: row.spend_minor ?? 0,
    orders,
    aovMinor: row.aov_minor,
    daysBetweenOrders: gapMs === null ? null : gapMs / DAY_MS,
    nextOrderAt: gapMs === null || last === null ? null : Math.round(last + gapMs),
  };
}

const lifeOf = (life: Life): Reply['lifecycle'] => ({
  state: life.state,
  since: life.since_at,
  previous: life.previous_state,
  silenceDays: life.silence_days,
  expectedGapDays: life.expected_gap_days,
  chanceSilence: life.chance_silence,
  pActive: life.p_active,
  chanceToBuy: life.chance_to_buy,
  nextOrderAt: life.next_order_at,
  nextLowAt: life.next_low_at,
  nextHighAt: life.next_high_at,
});

async function similarOf(store: Store, ids: readonly string[]): Promise<Reply['similar']> {
  if (ids.length === 0) return [];
  const params = Object.fromEntries(ids.map((id, i) => [`id${i}`, id]));
  const rows = await store.compute.rows<{ id: string; tier: number }>(
    `select customer_id as id, tier from serve_customers where customer_id in (${ids.map((_, i) => `$id${i}`).join(', ')})`,
    params,
  );
  const index = new Map(rows.map((row) => [row.id, row.tier]));
  const tiers = store.shop.tiers;
  return ids.map((id) => ({ customerId: id, tier: tiers.find((tier) => tier.index === index.get(id))?.key ?? null }));
}

async function campaignsOf(store: Store, id: string): Promise<Reply['campaigns']> {
  const found: Reply['campaigns'] = [];
  for (const plan of plansOf(store)) {
    const [row] = await store.compute.rows<{ arm: string; en: string; zh: string }>(
      `select arm, coalesce(reason_en, '') as en, coalesce(reason_zh, '') as zh from read_parquet($file) where customer_id = $id limit 1`,
      { file: plan.file, id },
    );
    if (row !== undefined)
      found.push({ campaignId: plan.id, name: campaignName(plan), arm: row.arm, reasonEn: row.en, reasonZh: row.zh });
  }
  return found;
}

/**
 * Recommended products, best first.
 *
 * @throws CUSTOMER_UNKNOWN
 */
export async function recommendationsOf(store: Store, id: string): Promise<z.infer<typeof RecommendationsReply>> {
  await customerExists(store, id);
  const rows = await store.compute.rows<Recommended>(
    `select r."rank", r.product_id, p.title, p.title_zh, p.price, p.image_path, r.score, r.chance, r."source", r.strategy,
       coalesce(r.reason_en, '') as reason_en, coalesce(r.reason_zh, '') as reason_zh
     from (from recommendations where customer_id = $id) r left join serve_products p using (product_id)
     order by r."rank", r.product_id`,
    { id },
  );
  return {
    rows: rows.map((row) => ({
      rank: row.rank,
      productId: row.product_id,
      title: row.title,
      titleZh: row.title_zh,
      priceMinor: row.price,
      imageUrl: imageUrl(row.product_id, row.image_path),
      score: Number.isFinite(row.score) ? row.score : 0,
      chance: row.chance,
      source: row.source,
      strategy: row.strategy,
      reasonEn: row.reason_en,
      reasonZh: row.reason_zh,
    })),
  };
}

interface Recommended {
  readonly rank: number;
  readonly product_id: string;
  readonly title: string | null;
  readonly title_zh: string | null;
  readonly price: number | null;
  readonly image_path: string | null;
  readonly score: number;
  readonly chance: number | null;
  readonly source: string;
  readonly strategy: string | null;
  readonly reason_en: string;
  readonly reason_zh: string;
}

/** @throws CUSTOMER_UNKNOWN */
export async function customerExists(store: Store, id: string): Promise<void> {
  const rows = await store.compute.rows('select 1 as one from serve_customers where customer_id = $id limit 1', { id });
  if (rows.length === 0) throw known('CUSTOMER_UNKNOWN', { id });
}
