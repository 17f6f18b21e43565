/** Recommendations for every customer, and the neighbours of every product, as tables. */
import { type Compute, literal } from '#engines/index.ts';
import { dayNumber } from '#kernels/local-time.ts';
import { numbers, table } from '#table/index.ts';
import { type BundleMaker, makeBundle } from '../online/make-bundle.ts';
import { learnNeighbours, type Products, readAudience, readProducts } from './columns.ts';
import { type ListModel, type Lists, listsFor, SOURCES } from './lists.ts';
import { dropStage, type Moment, stage, tiersAt } from './pairs.ts';
import { readPopular } from './popular.ts';
import { type RecommendRules, type RecommendWeights, RULES, WEIGHTS } from './rules.ts';

export interface MakeOptions extends Moment {
  /** For draws; the present methods make none. */
  readonly seed: number;
  /** Products a customer; default 12. */
  readonly perCustomer?: number;
  readonly rules?: Partial<RecommendRules>;
  readonly weights?: Partial<RecommendWeights>;
  /** Names of tiers in reasons, by tier key; default: the key. */
  readonly tierNames?: Readonly<Record<string, { readonly en: string; readonly zh: string }>>;
  /** Customers handled at a time; default 20,000. Memory grows with it. */
  readonly chunk?: number;
  /** Where to write the bundle that answers of the moment are made from; default: nowhere. */
  readonly bundle?: string;
}

export interface Made {
  readonly customers: number;
  readonly rows: number;
  readonly products: number;
  /** Rows by source. */
  readonly sources: Readonly<Record<(typeof SOURCES)[number], number>>;
  /** Neighbours were learned from every nth customer. */
  readonly learnedFromEveryNth: number;
}

const NEIGHBOURS_SHOWN = 12;

/**
 * Makes `recommendations` (customer_id, rank, product_id, score, source, reason_product_id, reason_en, reason_zh) and
 * `product_neighbours` (product_id, rank, neighbour_id, score).
 *
 * Uses order_lines, products, events and customers, and customer_tiers where it's there. Out-of-stock and inactive
 * products never appear, durable ones not twice, consumables when due. Customers without consent to be profiled
 * (consent_personal false) get what is popular in the shop.
 */
export async function makeRecommendations(compute: Compute, options: MakeOptions): Promise<Made> {
  const { perCustomer = 12, chunk = 20_000 } = options;
  const rules = { ...RULES, ...options.rules };
  const weights = { ...WEIGHTS, ...options.weights };
  await stage(compute, { ...options, rules, weights, tiers: await tiersAt(compute, 'now') });
  let bundle: BundleMaker | undefined;
  try {
    const { model, everyNth } = await learn(compute, { ...options, rules, weights });
    await writeNeighbours(compute, model);
    await emptyTables(compute, options.tierNames ?? {});
    bundle = await bundleOf(compute, model, { ...options, perCustomer });
    const customers = await count(compute, 'recommend_tmp_customer');
    const sources = new Float64Array(SOURCES.length);
    let rows = 0;
    for (let first = 0; first < customers; first += chunk) {
      const audience = await readAudience(compute, `c.code >= ${first} and c.code < ${first + chunk}`);
      const lists = listsFor(audience, model, perCustomer);
      for (let r = 0; r < lists.length; r++) sources[lists.source[r]!]! += 1;
      rows += lists.length;
      await insertLists(compute, lists);
      await bundle?.add(audience);
    }
    bundle?.finish();
    bundle = undefined;
    return {
      customers,
      rows,
      products: model.products.count,
      sources: Object.fromEntries(SOURCES.map((source, i) => [source, sources[i]!])) as Made['sources'],
      learnedFromEveryNth: everyNth,
    };
  } finally {
    bundle?.abandon();
    await dropStage(compute);
    for (const name of ['chunk', 'tier_name']) await compute.run(`drop table if exists recommend_tmp_${name}`);
  }
}

async function bundleOf(
  compute: Compute,
  model: ListModel,
  { bundle: file, tierNames = {}, asOf, timeZone, perCustomer }: MakeOptions & { perCustomer: number },
): Promise<BundleMaker | undefined> {
  return file === undefined ? undefined : makeBundle(compute, model, { file, tierNames, asOf, timeZone, perCustomer });
}

async function count(compute: Compute, name: string): Promise<number> {
  const [row] = await compute.rows<{ n: number }>(`select count(*) n from ${name}`);
  return row!.n;
}

/** Learns everything a list needs from the staged tables. */
export async function learn(
  compute: Compute,
  options: Moment & { rules: RecommendRules; weights: RecommendWeights },
): Promise<{ model: ListModel; everyNth: number }> {
  const { rules, weights } = options;
  const today = dayNumber(options.asOf, options.timeZone);
  const products: Products = await readProducts(compute, rules);
  const { neighbours, everyNth } = await learnNeighbours(compute, products.count, weights);
  const popular = await readPopular(compute, { sellable: products.sellable, today, days: weights.popularDays });
  return { model: { products, neighbours, popular, rules, weights, today }, everyNth };
}

async function emptyTables(
  compute: Compute,
  names: Readonly<Record<string, { readonly en: string; readonly zh: string }>>,
): Promise<void> {
  await compute.run(`create or replace table recommendations (customer_id varchar, rank integer, product_id varchar,
    score double, source varchar, reason_product_id varchar, reason_en varchar, reason_zh varchar)`);
  const rows = Object.entries(names).map(([tier, { en, zh }]) => `(${literal(tier)}, ${literal(en)}, ${literal(zh)})`);
  await compute.run(`create or replace table recommend_tmp_tier_name (tier varchar, en varchar, zh varchar)`);
  if (rows.length > 0) await compute.run(`insert into recommend_tmp_tier_name values ${rows.join(', ')}`);
}

/** Text of a reason in SQL; the order of `when`s is that of REASONS. */
const REASON = {
  en: `case k.reason
    when 0 then 'You buy this about every ' || k.every || ', last on ' || k.last_date
    when 1 then 'Customers buy this again about every ' || k.every || '; you last did on ' || k.last_date
    when 2 then 'Because you bought ' || b.title_en
    when 3 then 'Because you looked at ' || b.title_en
    when 4 then 'Popular with ' || coalesce(t.en, c.tier) || ' customers'
    else 'Popular in this shop' end`,
  zh: `case k.reason
    when 0 then '您大约每 ' || k.gap || ' 天购买一次，上次购买于 ' || k.last_date
    when 1 then '顾客通常约每 ' || k.gap || ' 天回购，您上次购买于 ' || k.last_date
    when 2 then '因为您买过 ' || b.title_zh
    when 3 then '因为您浏览过 ' || b.title_zh
    when 4 then coalesce(t.zh, c.tier) || '客户中热销'
    else '本店热销' end`,
};

async function insertLists(compute: Compute, lists: Lists): Promise<void> {
  const held = <A extends Int32Array | Uint8Array | Float64Array>(values: A) =>
    numbers(values.subarray(0, lists.length));
  await compute.load(
    'recommend_tmp_chunk',
    table({
      customer: held(lists.customer),
      rank: held(lists.rank),
      product: held(lists.product),
      score: held(lists.score),
      source: held(lists.source),
      reason: held(lists.reason),
      because: held(lists.because),
      gap: held(lists.gapDays),
      last_day: held(lists.lastDay),
    }),
  );
  const sources = SOURCES.map((source, i) => `when ${i} then ${literal(source)}`).join(' ');
  await compute.run(`insert into recommendations
    select c.customer_id, k.rank, p.product_id, k.score, case k.source ${sources} end, b.product_id,
      ${REASON.en}, ${REASON.zh}
    from (select customer::integer as customer, rank::integer as rank, product::integer as product, score,
        source::integer as source, reason::integer as reason, because::integer as because, gap::integer as gap,
        case when gap = 1 then 'day' else gap::integer || ' days' end as every,
        strftime(date '1970-01-01' + last_day::integer, '%Y-%m-%d') as last_date from recommend_tmp_chunk) k
      join recommend_tmp_customer c on c.code = k.customer
      join recommend_tmp_product p on p.code = k.product
      left join recommend_tmp_product b on b.code = k.because
      left join recommend_tmp_tier_name t on t.tier = c.tier
    order by k.customer, k.rank`);
}

/** The nearest sellable products of each product. */
async function writeNeighbours(compute: Compute, { neighbours, products }: ListModel): Promise<void> {
  const [from, to, rank, score]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let product = 0; product < neighbours.rows; product++) {
    let place = 0;
    for (let e = neighbours.offsets[product]!; e < neighbours.offsets[product + 1]! && place < NEIGHBOURS_SHOWN; e++) {
      const other = neighbours.indices[e]!;
      if (products.sellable[other] === 0) continue;
      from.push(product);
      to.push(other);
      rank.push(++place);
      score.push(neighbours.values[e]!);
    }
  }
  await compute.load(
    'recommend_tmp_chunk',
    table({ product: numbers(from), neighbour: numbers(to), rank: numbers(rank), score: numbers(score) }),
  );
  await compute.run(`create or replace table product_neighbours as
    select p.product_id, k.rank::integer rank, n.product_id neighbour_id, k.score
    from recommend_tmp_chunk k join recommend_tmp_product p on p.code = k.product::integer
      join recommend_tmp_product n on n.code = k.neighbour::integer
    order by p.product_id, k.rank`);
}
