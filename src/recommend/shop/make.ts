/** Recommendations for every customer, and the neighbours of every product, as tables. */
import { type Compute, literal } from '#engines/index.ts';
import { dayNumber } from '#kernels/local-time.ts';
import type { Sparse } from '#kernels/sparse.ts';
import { numbers, table } from '#table/index.ts';
import { type BundleMaker, makeBundle } from '../online/make-bundle.ts';
import { learnNeighbours, type Products, readAudience, readProducts } from './columns.ts';
import { type Funnel, type ListModel, type Lists, listsFor, NOT_PROFILED } from './lists.ts';
import { dropStage, type Moment, stage, tiersAt } from './pairs.ts';
import { readPopular } from './popular.ts';
import { type Ranker, WALK } from './ranker.ts';
import { type RecommendRules, type RecommendWeights, RULES, WEIGHTS } from './rules.ts';
import { SOURCES, type SourceName } from './source-names.ts';
import { STRATEGIES, type StrategyBook, strategiesIn, strategyFor } from './strategies.ts';

export interface MakeOptions extends Moment, LearnOptions {
  /** For draws; the present methods make none. */
  readonly seed: number;
  /** Products a customer; default 12. */
  readonly perCustomer?: number;
  /** Names of tiers in reasons, by tier key; default: the key. */
  readonly tierNames?: Readonly<Record<string, { readonly en: string; readonly zh: string }>>;
  /** Customers handled at a time; default 20,000. Memory grows with it. */
  readonly chunk?: number;
  /** Where to write the bundle that answers of the moment are made from; default: nowhere. */
  readonly bundle?: string;
}

/** What is put into the making of lists beside the tables. */
export interface LearnOptions {
  readonly rules?: Partial<RecommendRules>;
  readonly weights?: Partial<RecommendWeights>;
  /** Default: the shipped strategies. */
  readonly strategies?: StrategyBook;
  /** Default: the walk, which needs no learning. */
  readonly ranker?: Ranker;
  /**
   * Nearest products by text and picture as of the moment: [products x products] of the ids given, rows adding up to 1
   * and best first; the source `content`.
   */
  readonly contentNeighbours?: (productIds: readonly string[]) => Promise<Sparse>;
}

export interface Made {
  readonly customers: number;
  readonly rows: number;
  readonly products: number;
  /** Rows by source. */
  readonly sources: Readonly<Record<SourceName, number>>;
  /** Customers by strategy; those that may not be profiled under `popular`. */
  readonly strategies: Readonly<Record<string, number>>;
  /** Neighbours were learned from every nth customer. */
  readonly learnedFromEveryNth: number;
  /** On the way to the lists, see `Funnel`; `named` by source. */
  readonly funnel: Omit<Funnel, 'named'> & { readonly named: Readonly<Record<SourceName, number>> };
}

const NEIGHBOURS_SHOWN = 12;

/**
 * Makes `recommendations` (customer_id, rank, product_id, score, chance, source, strategy, reason_product_id, reason_en,
 * reason_zh) and `product_neighbours` (product_id, kind: bought-together or alike, rank, neighbour_id, score).
 *
 * Uses order_lines, products, events and customers, and customer_tiers where it's there. Out-of-stock and inactive
 * products never appear, durable ones not twice, consumables when due. Customers without consent to be profiled
 * (consent_personal false) get what is popular in the shop.
 */
export async function makeRecommendations(compute: Compute, options: MakeOptions): Promise<Made> {
  const { perCustomer = 12, chunk = 20_000 } = options;
  const weighed = settled(options);
  await stage(compute, { ...options, ...weighed, tiers: await tiersAt(compute, 'now') });
  let bundle: BundleMaker | undefined;
  try {
    const { model, everyNth } = await learn(compute, { ...options, ...weighed });
    await writeNeighbours(compute, model);
    await emptyTables(compute, options.tierNames ?? {});
    bundle = await bundleOf(compute, model, { ...options, perCustomer });
    const customers = await count(compute, 'recommend_tmp_customer');
    const sources = new Float64Array(SOURCES.length);
    const named = new Float64Array(SOURCES.length);
    const funnel = { ranked: 0, durable: 0, resting: 0, unused: 0 };
    const strategies: Record<string, number> = {};
    let rows = 0;
    for (let first = 0; first < customers; first += chunk) {
      const audience = await readAudience(compute, `c.code >= ${first} and c.code < ${first + chunk}`);
      const lists = listsFor(audience, model, perCustomer);
      for (let r = 0; r < lists.length; r++) {
        sources[lists.source[r]!]! += 1;
        if (lists.rank[r] !== 1) continue;
        const key = strategyKey(model, lists.strategy[r]!);
        strategies[key] = (strategies[key] ?? 0) + 1;
      }
      for (const [source, n] of lists.funnel.named.entries()) named[source]! += n;
      for (const key of ['ranked', 'durable', 'resting', 'unused'] as const) funnel[key] += lists.funnel[key];
      rows += lists.length;
      await insertLists(compute, lists, model);
      await bundle?.add(audience);
    }
    bundle?.finish();
    bundle = undefined;
    return {
      customers,
      rows,
      products: model.products.count,
      sources: bySource(sources),
      strategies,
      learnedFromEveryNth: everyNth,
      funnel: { ...funnel, named: bySource(named) },
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
  if (file === undefined) return undefined;
  return makeBundle(compute, model, { file, tierNames, asOf, timeZone, perCustomer });
}

/** Rules and weights with the defaults for what is not given. */
export const settled = (options: LearnOptions): { rules: RecommendRules; weights: RecommendWeights } => ({
  rules: { ...RULES, ...options.rules },
  weights: { ...WEIGHTS, ...options.weights },
});

const bySource = (counts: Float64Array): Readonly<Record<SourceName, number>> =>
  Object.fromEntries(SOURCES.map((source, i) => [source, counts[i]!])) as Record<SourceName, number>;

const strategyKey = ({ strategies }: ListModel, code: number): string =>
  code === NOT_PROFILED ? 'popular' : strategies[code]!.key;

async function count(compute: Compute, name: string): Promise<number> {
  const [row] = await compute.rows<{ n: number }>(`select count(*) n from ${name}`);
  return row!.n;
}

/** Learns everything a list needs from the staged tables. */
export async function learn(
  compute: Compute,
  options: Moment & Omit<LearnOptions, 'rules' | 'weights'> & { rules: RecommendRules; weights: RecommendWeights },
): Promise<{ model: ListModel; everyNth: number }> {
  const { rules, weights, strategies: book = STRATEGIES, ranker = WALK, contentNeighbours } = options;
  const today = dayNumber(options.asOf, options.timeZone);
  const products: Products = await readProducts(compute, rules, today);
  const { neighbours, everyNth } = await learnNeighbours(compute, products.count, weights);
  const popular = await readPopular(compute, { sellable: products.sellable, today, days: weights.popularDays });
  const content = contentNeighbours === undefined ? undefined : await contentNeighbours(await productIds(compute));
  const strategies = strategiesIn(book);
  const strategyOf = Int32Array.from(await tierKeys(compute, popular.tiers), (tier) =>
    strategies.findIndex(({ key }) => key === strategyFor(book, tier).key),
  );
  return {
    model: {
      ...{ products, neighbours, content, popular, rules, weights, today, ranker, strategies, strategyOf },
      newcomers: strategies.findIndex(({ key }) => key === book.newcomers?.key),
    },
    everyNth,
  };
}

/** Tier keys by index, then null. */
async function tierKeys(compute: Compute, tiers: number): Promise<(string | null)[]> {
  const rows = await compute.rows<{ tier: string; at: number }>(
    'select distinct tier, tier_index as "at" from recommend_tmp_customer where tier is not null',
  );
  return [...Array.from({ length: tiers }, (_, i) => rows.find(({ at }) => at === i)?.tier ?? null), null];
}

async function productIds(compute: Compute): Promise<readonly string[]> {
  const rows = await compute.rows<{ id: string }>('select product_id as id from recommend_tmp_product order by code');
  return rows.map(({ id }) => id);
}

async function emptyTables(
  compute: Compute,
  names: Readonly<Record<string, { readonly en: string; readonly zh: string }>>,
): Promise<void> {
  await compute.run(`create or replace table recommendations (customer_id varchar, rank integer, product_id varchar,
    score double, chance double, source varchar, strategy varchar, reason_product_id varchar, reason_en varchar, reason_zh varchar)`);
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
    when 6 then 'You looked at this lately'
    when 7 then 'Similar to ' || b.title_en || ', which you bought'
    when 8 then 'Similar to ' || b.title_en || ', which you looked at'
    when 9 then 'New in the shop'
    when 10 then 'New in a category that you buy'
    when 11 then 'Because you are looking at ' || b.title_en
    else 'Popular in this shop' end`,
  zh: `case k.reason
    when 0 then '您大约每 ' || k.gap || ' 天购买一次，上次购买于 ' || k.last_date
    when 1 then '顾客通常约每 ' || k.gap || ' 天回购，您上次购买于 ' || k.last_date
    when 2 then '因为您买过 ' || b.title_zh
    when 3 then '因为您浏览过 ' || b.title_zh
    when 4 then coalesce(t.zh, c.tier) || '客户中热销'
    when 6 then '您最近浏览过'
    when 7 then '与您买过的 ' || b.title_zh || ' 相似'
    when 8 then '与您浏览过的 ' || b.title_zh || ' 相似'
    when 9 then '新品上架'
    when 10 then '您常买的品类中的新品'
    when 11 then '因为您正在看 ' || b.title_zh
    else '本店热销' end`,
};

async function insertLists(compute: Compute, lists: Lists, model: ListModel): Promise<void> {
  const held = <A extends Int32Array | Uint8Array | Float64Array>(values: A) =>
    numbers(values.subarray(0, lists.length));
  await compute.load(
    'recommend_tmp_chunk',
    table({
      customer: held(lists.customer),
      rank: held(lists.rank),
      product: held(lists.product),
      score: held(lists.score),
      chance: held(lists.chance),
      source: held(lists.source),
      strategy: held(lists.strategy),
      reason: held(lists.reason),
      because: held(lists.because),
      gap: held(lists.gapDays),
      last_day: held(lists.lastDay),
    }),
  );
  const sources = SOURCES.map((source, i) => `when ${i} then ${literal(source)}`).join(' ');
  const strategies = model.strategies.map(({ key }, i) => `when ${i} then ${literal(key)}`).join(' ');
  await compute.run(`insert into recommendations
    select c.customer_id, k.rank, p.product_id, k.score, if(isnan(k.chance), null, k.chance),
      case k.source ${sources} end, case k.strategy ${strategies} else 'popular' end, b.product_id,
      ${REASON.en}, ${REASON.zh}
    from (select customer::integer as customer, rank::integer as rank, product::integer as product, score, chance,
        source::integer as source, strategy::integer as strategy, reason::integer as reason, because::integer as because, gap::integer as gap,
        case when gap = 1 then 'day' else gap::integer || ' days' end as every,
        strftime(date '1970-01-01' + last_day::integer, '%Y-%m-%d') as last_date from recommend_tmp_chunk) k
      join recommend_tmp_customer c on c.code = k.customer
      join recommend_tmp_product p on p.code = k.product
      left join recommend_tmp_product b on b.code = k.because
      left join recommend_tmp_tier_name t on t.tier = c.tier
    order by k.customer, k.rank`);
}

const KINDS = ['bought-together', 'alike'] as const;

/** The nearest sellable products of each product, of each kind that is known. */
async function writeNeighbours(compute: Compute, { neighbours, content, products }: ListModel): Promise<void> {
  const [kind, from, to, rank, score]: [number[], number[], number[], number[], number[]] = [[], [], [], [], []];
  const known: readonly (Sparse | undefined)[] = [neighbours, content];
  for (const [k, near] of known.entries()) {
    if (near === undefined) continue;
    for (let product = 0; product < near.rows; product++) {
      let place = 0;
      for (let e: number = near.offsets[product]!; e < near.offsets[product + 1]! && place < NEIGHBOURS_SHOWN; e++) {
        const other: number = near.indices[e]!;
        if (products.sellable[other] === 0) continue;
        kind.push(k);
        from.push(product);
        to.push(other);
        rank.push(++place);
        score.push(near.values[e]!);
      }
    }
  }
  await compute.load(
    'recommend_tmp_chunk',
    table({
      kind: numbers(kind),
      product: numbers(from),
      neighbour: numbers(to),
      rank: numbers(rank),
      score: numbers(score),
    }),
  );
  const kinds = KINDS.map((name, i) => `when ${i} then ${literal(name)}`).join(' ');
  await compute.run(`create or replace table product_neighbours as
    select p.product_id, case k.kind::integer ${kinds} end as kind, k.rank::integer rank, n.product_id neighbour_id, k.score
    from recommend_tmp_chunk k join recommend_tmp_product p on p.code = k.product::integer
      join recommend_tmp_product n on n.code = k.neighbour::integer
    order by p.product_id, k.kind, k.rank`);
}
