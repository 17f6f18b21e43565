/**
 * A workspace made by SQL alone, for the tests and timings of this folder: every table that serving reads, in the
 * documented columns, of any size, the same bytes each time. The numbers obey the laws that serving relies on (one row a
 * customer, spend equal to its order lines) and mean nothing else.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SQL_TYPES } from '#catalog/index.ts';
import { type Compute, openDuckdb, writeParquet } from '#engines/index.ts';
import { TABLES } from '#events/index.ts';

export interface SampleSize {
  readonly customers: number;
  readonly products: number;
  readonly lines: number;
  /** Default: as many as lines, 2,000 at most. */
  readonly events?: number;
}

export const SAMPLE_AS_OF = Date.UTC(2024, 5, 30, 15, 59, 59, 999);
const FIRST = Date.UTC(2023, 0, 1);
const ZONE = 'Asia/Shanghai';
const DATES = [3, 2, 1, 0].map((quarters) => SAMPLE_AS_OF - quarters * 91 * 86_400_000);
const STATE = [
  'profiles',
  'customer_features',
  'product_features',
  'customer_values',
  'customer_tiers',
  'tier_history',
  'tier_moves',
  'lifecycle',
  'lifecycle_history',
  'recommendations',
  'product_neighbours',
  'recommend_history',
  'campaign_plan',
];
/** Ids that break naive quoting, paths and spreadsheets; the first customers have them. */
export const ODD_IDS = ["O'Brien", 'a/b?c#d%20', '张三', '=1+1', '-5', 'x"y\\z', '../up', '__proto__', 'a b'];

/** Writes the workspace to `dir`, which is made. */
export async function makeSampleWorkspace(dir: string, size: SampleSize): Promise<void> {
  for (const folder of [
    'lake',
    'state',
    'reports',
    'quarantine',
    'data/images',
    'models/tiers/c0ffee',
    'models/value/f00d',
  ])
    mkdirSync(join(dir, folder), { recursive: true });
  const compute = await openDuckdb({ memoryMb: 1200, spillDir: join(dir, 'spill') });
  try {
    await lake(compute, size);
    await state(compute);
    for (const { name } of TABLES) await writeParquet(compute, `from ${name}`, join(dir, 'lake', `${name}.parquet`));
    for (const name of STATE) await writeParquet(compute, `from ${name}`, join(dir, 'state', `${name}.parquet`));
    await writeParquet(
      compute,
      `select 'order_lines[1]' as source, 'orders.csv' as file, i + 2 as "row", 'paid' as "column", '=HYPERLINK("' || i || '")' as value,
         if(i % 3 = 0, 'money-negative', 'time-future') as reason, 'raw ' || i as raw from range(25) t(i) order by i`,
      join(dir, 'quarantine', 'order_lines.parquet'),
    );
  } finally {
    await compute.close();
  }
  documents(dir);
}

async function lake(compute: Compute, { customers, products, lines, events }: SampleSize): Promise<void> {
  const odd = ODD_IDS.map((id) => `'${id.replaceAll("'", "''")}'`).join(', ');
  const id = (n: string) => `coalesce([${odd}][(${n}) + 1], 'C' || lpad((${n})::varchar, 7, '0'))`;
  const from: Record<string, string> = {
    customers: `select ${id('i')} customer_id, ${FIRST} + i % 1000 first_seen_at, (18 + i % 50)::varchar age,
      ['上海', '北京', 'Berlin', NULL][1 + i % 4] city, ['base', 'vip'][1 + i % 2] member_level,
      [true, false, NULL][1 + i % 3] consent_marketing, [true, NULL][1 + i % 2] consent_personal,
      if(i % 7 = 0, '{"pet":"cat","visits":3}', NULL) traits from range(${customers}) t(i) order by i`,
    products: `select 'P' || i product_id, if(i = 0, '=SUM(A1)', 'Green tea ' || i) title, '绿茶 ' || i title_zh,
      ['Food > Tea', 'Food > Snack', 'Home > Kitchen'][1 + i % 3] category,
      ['食品 > 茶', '食品 > 零食', '家居 > 厨房'][1 + i % 3] category_zh, 'Brand ' || (i % 5) brand,
      500 + i * 7 price, 300 + i * 4 unit_cost, 'CNY' currency, i % 20 stock,
      case i when 1 then 'images/p1.png' when 2 then '../../secret.png' when 3 then 'https://cdn.example/p3.png'
        when 4 then 'images/notes.txt' else 'images/none.png' end image_path from range(${products}) t(i) order by i`,
    order_lines: `select 'O' || (i // 2) order_id, 1 + i % 2 line,
      if(hash(i // 2, 'g') % 50 = 0, NULL, ${id(`floor(pow(hash(i // 2, 'c') / 18446744073709551616.0, 1.7) * ${customers} * 0.97)::bigint`)}) customer_id,
      'P' || (hash(i, 'p') % ${products}) product_id,
      ${FIRST} + (hash(i // 2, 't') % ${SAMPLE_AS_OF - FIRST + 1})::bigint ordered_at, 1 + i % 3 quantity,
      100 + (hash(i, 'm') % 20000)::bigint paid, 0 discount,
      case when hash(i, 's') % 25 = 0 then 'refunded' when hash(i, 's') % 40 = 1 then 'cancelled' else 'paid' end status,
      'CNY' currency from range(${lines}) t(i) order by i`,
    events: `select 'M' || i message_id, ${id(`i % ${customers}`)} customer_id, 'Product Viewed' as name,
      ${FIRST} + (hash(i, 'e') % ${SAMPLE_AS_OF - FIRST})::bigint occurred_at, 'P' || (i % ${products}) product_id
      from range(${events ?? Math.min(lines, 2000)}) t(i) order by i`,
    reviews: `select 'R' || i review_id, ${id('i')} customer_id, 'P1' product_id, 1 + i % 5 rating, '很好，下次还买' as text,
      'zh' as language, ${FIRST + 1} reviewed_at from range(${Math.min(customers, 50)}) t(i) order by i`,
    campaigns: `select 'old' campaign_id, '春节' as name, ${FIRST} starts_at`,
    exposures: `select 'old' campaign_id, ${id('i')} customer_id, if(i % 5 = 0, 'holdout', 'offer') arm, ${FIRST + 2} shown_at
      from range(${Math.min(customers, 50)}) t(i) order by i`,
    redemptions: `select 'X' || i redemption_id, ${id('i')} customer_id, 'old' campaign_id, ${FIRST + 3} redeemed_at, 50 discount
      from range(${Math.min(customers, 20)}) t(i) order by i`,
  };
  for (const { name, columns } of TABLES) {
    await compute.run(`create table ${name} (${columns.map((c) => `${c.name} ${SQL_TYPES[c.kind]}`).join(', ')})`);
    if (from[name] !== undefined) await compute.run(`insert into ${name} by name ${from[name]}`);
  }
}

async function state(compute: Compute): Promise<void> {
  await compute.run(`create table profiles as
    select customer_id, first_order_at, last_order_at, coalesce(orders, 0) orders, coalesce(spend_minor, 0) spend_minor,
      paid // nullif(orders, 0) aov_minor, coalesce(spend_minor, 0) spend_365d_minor, coalesce(orders, 0) orders_365d,
      coalesce(returns, 0) as returns, 0.25 discount_share,
      list_filter([if(hash(customer_id) % 3 = 0, 'deal-seeker', NULL), if(orders > 2, 'loyal', NULL)], x -> x is not null) tags,
      [{name: 'Food > Tea', weight: 1.5}] top_categories, [{name: 'Brand 1', weight: 0.5}] top_brands,
      if(customer_id = 'C0000012', ['C0000010', '张三'], NULL)::varchar[] as similar,
      ((${SAMPLE_AS_OF} - last_order_at) // 86400000)::integer recency_days,
      ((${SAMPLE_AS_OF} - first_order_at) // 86400000)::integer tenure_days,
      city, age, gender, member_level, consent_marketing, consent_personal
    from customers left join (
      select customer_id, min(ordered_at) filter (status = 'paid') first_order_at, max(ordered_at) filter (status = 'paid') last_order_at,
        count(distinct order_id) filter (status = 'paid') orders, count(*) filter (status = 'refunded') as returns,
        sum(paid) filter (status = 'paid')::bigint paid,
        (coalesce(sum(paid) filter (status = 'paid'), 0) - coalesce(sum(paid) filter (status = 'refunded'), 0))::bigint spend_minor
      from order_lines where customer_id is not null group by 1) using (customer_id) order by customer_id`);
  await compute.run(`create table customer_features as select customer_id, orders orders_365d from profiles;
    create table product_features as select product_id, count(*)::bigint lines_365d, 0.5 share_home from order_lines group by 1 order by 1;
    create table customer_values as
    select customer_id, 1 + (hash(customer_id, 'r') % 5)::integer r, 1 + (hash(customer_id, 'f') % 5)::integer f,
      1 + (hash(customer_id, 'm') % 5)::integer m, ['champions', 'at-risk', 'new'][1 + (hash(customer_id, 'r') % 3)::integer] rfm_segment,
      (hash(customer_id, 'a') % 1000) / 1000.0 p_alive, orders / 4.0 expected_orders, aov_minor expected_order_minor,
      greatest(spend_minor, 0) // 3 expected_spend_minor, greatest(spend_minor, 0) // 10 value_minor,
      greatest(spend_minor, 0) // 20 value_low_minor, greatest(spend_minor, 0) // 5 value_high_minor, 0.3 margin_share
    from profiles where orders > 0 order by customer_id`);
  const cut = (value: string) =>
    `(case when ${value} >= 20000 then 3 when ${value} >= 5000 then 2 when ${value} >= 1000 then 1 else 0 end)`;
  const tier = (index: string) => `['base', 'silver', 'gold', 'platinum'][${index} + 1]`;
  await compute.run(`create table tier_history as
    select d as_of, customer_id, ${tier(cut(`(value_minor - k * 900)`))} tier, ${cut(`(value_minor - k * 900)`)}::integer tier_index,
      value_minor - k * 900 value_minor, 0.5::real alive, 0.25::real spread, if(k < 2, null, value_minor) realised_minor
    from customer_values cross join (values ${DATES.map((d, i) => `(${d}, ${DATES.length - 1 - i})`).join(', ')}) dates(d, k)
    where k = 0 or hash(customer_id) % 10 > k order by d, customer_id;
    create table customer_tiers as
    select customer_id, tier, tier_index, value_minor, ${FIRST} since_at, 'base' previous_tier, tier predicted_tier, 0.75 predicted_probability,
      [0.1, 0.1, 0.05, 0.75] probabilities,
      '[{"code":"SPEND_HIGH","feature":"spend_365d","value":1,"effect":0.4,"zh":"近一年消费高","en":"high spend this year"}]' reasons
    from tier_history where as_of = ${SAMPLE_AS_OF} order by customer_id;
    create table tier_moves as select customer_id, 'base' from_tier, tier to_tier, ${DATES[2]} from_at, ${SAMPLE_AS_OF} to_at, 'cut' why
    from customer_tiers where tier_index > 1 order by customer_id`);
  const state = (salt: string) =>
    `['new', 'active', 'won-back', 'at-risk', 'lapsed'][1 + (hash(customer_id, ${salt}) % 5)::integer]`;
  await compute.run(`create table lifecycle_history as select as_of, customer_id, ${state('as_of')} state from tier_history order by 1, 2;
    create table lifecycle as
    select customer_id, state, last_order_at + 86400000 since_at, if(state = 'new', NULL, 'active') previous_state, recency_days silence_days,
      20.5 expected_gap_days, 0.25 chance_silence, 0.5 p_active, 0.4 chance_to_buy, ${SAMPLE_AS_OF} + 86400000 next_order_at,
      ${SAMPLE_AS_OF} next_low_at, ${SAMPLE_AS_OF} + 864000000 next_high_at
    from lifecycle_history join profiles using (customer_id) where as_of = ${SAMPLE_AS_OF} order by customer_id`);
  await compute.run(`create table recommendations as
    select customer_id, rank::integer as rank, 'P' || (hash(customer_id, rank) % (select count(*) from products)) product_id, 1.0 / rank score, if(rank = 3, null, 0.5 / rank) chance, 'balanced' as strategy,
      ['repeat', 'co-purchase', 'popular-in-tier'][1 + rank % 3] as source, if(rank = 1, 'P1', NULL) reason_product_id,
      'because you bought tea' reason_en, '因为您买过茶' reason_zh
    from customer_tiers cross join range(1, 4) t(rank) where hash(customer_id) % 20 < 3 order by customer_id, rank;
    create table recommend_history as
    select d as_of, m as method, p as part, t as tier, x as metric, 0.1 + (hash(d, m, p, t, x) % 100) / 1000.0 as value
    from (values (${DATES[2]}), (${SAMPLE_AS_OF})) dates(d) cross join (values ('shown'), ('popularity')) methods(m)
      cross join (values ('all'), ('repeat'), ('explore')) parts(p) cross join (values (null), ('gold')) tiers(t)
      cross join (values ('ndcg'), ('recall'), ('coverage')) metrics(x) where t is null or m = 'shown' order by all;
    create table product_neighbours as
    select product_id, 'bought-together' as kind, rank::integer as rank, 'P' || ((substr(product_id, 2)::integer + rank) % (select count(*) from products)) neighbour_id, 0.9 / rank score
    from products cross join range(1, 4) t(rank) order by product_id, rank;
    create table campaign_plan as
    select 'spring' campaign_id, customer_id, case when hash(customer_id) % 10 = 0 then 'holdout' when hash(customer_id) % 3 = 0 then 'none' else 'offer' end arm,
      tier, (hash(customer_id, 'q') % 1000) / 1000.0 score, (hash(customer_id, 'q') % 1000)::bigint - 200 expected_profit_minor,
      case when hash(customer_id) % 10 = 0 or hash(customer_id) % 3 = 0 then 0 else 120 end::bigint cost_minor, 0.9 propensity,
      if(hash(customer_id) % 3 = 0, 'BUDGET', 'PROFIT') reason, 'within budget' reason_en, '在预算内' reason_zh
    from customer_tiers order by customer_id`);
}

function documents(dir: string): void {
  const json = (path: string, value: unknown) => writeFileSync(join(dir, path), JSON.stringify(value));
  const names = {
    base: ['Base', '普通'],
    silver: ['Silver', '银'],
    gold: ['Gold', '金'],
    platinum: ['Platinum', '白金'],
  };
  json('tierwise.json', {
    shop: {
      name: '样例店 Sample',
      currency: 'CNY',
      currencyDigits: 2,
      timeZone: ZONE,
      marginShare: 0.3,
      language: 'zh',
    },
    asOf: SAMPLE_AS_OF,
    dataDir: 'data',
    isDemo: true,
    horizonDays: 90,
  });
  json('reports/tiers.json', {
    policy: {
      tiers: Object.entries(names).map(([key, [en, zh]]) => ({ key, en, zh })),
      cuts: { by: 'money', aboveMinor: [999, 4999, 19_999] },
      hysteresis: 0,
      dwellDays: 0,
    },
    evaluation: { accuracy: 0.8 },
  });
  json('reports/quality.json', {
    tables: [{ name: 'order_lines', read: 1000, kept: 960, repaired: 15, quarantined: 25 }],
  });
  const spread = { mean: 0.5, sd: 0.1, folds: [0.4, 0.6] };
  const [best, least] = ['ridge-300', 'ordinal-50'].map((name) => ({
    ...{ name, family: 'ridge', of: [name], kappa: spread, gini: spread, macroF1: spread, fits: 5 },
  }));
  json('models/tiers/c0ffee/card.json', {
    ...{
      version: 'c0ffee',
      source: 'tier policy',
      learner: 'ridge-300',
      learnedFrom: DATES[2],
      learnedTo: SAMPLE_AS_OF,
    },
    metrics: {
      judged: { customers: 900, trainedCustomers: 800, features: 12, askedAsOf: DATES[2], until: SAMPLE_AS_OF },
      choice: {
        ...{ metric: 'kappa', tieBreaker: 'gini', rows: 800, folds: 2, candidates: [best, least], chosen: 'ridge-300' },
        ...{ weights: [{ name: 'ridge-300', weight: 1 }], equals: ['ridge-300'], tolerance: 0.1 },
      },
      weights: [{ feature: 'orders', weight: 2, share: 0.5, direction: 1, about: { en: 'orders', zh: '订单数' } }],
    },
  });
  json('models/value/f00d/card.json', {
    ...{ version: 'f00d', source: 'BG/NBD', learner: 'bg-nbd-all', learnedFrom: null, learnedTo: SAMPLE_AS_OF },
    metrics: { customers: 900, giniSpend: 0.6, coverage80: null },
  });
  json('reports/recommend.json', { hitRate: 0.2 });
  json('reports/campaign.json', { campaignId: 'spring', name: 'Spring 春', createdAt: SAMPLE_AS_OF });
  writeFileSync(join(dir, 'data/images/p1.png'), Buffer.from('89504e470d0a1a0a', 'hex'));
  writeFileSync(join(dir, 'data/images/notes.txt'), 'no image');
  writeFileSync(join(dir, '..', 'secret.png'), 'secret');
}
