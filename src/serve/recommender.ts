/** The recommender as a whole: how lists come about, their measured quality, whom and what they reach. */
import { z } from 'zod';
import { at, readReport, textAt, wholeAt } from './facts.ts';
import { imageUrl } from './products.ts';
import { type HistoryQuery, type HistoryReply, RecommenderReply } from './schemas-recommender.ts';
import type { Store } from './store.ts';

const TOP = 20;

type Reply = z.infer<typeof RecommenderReply>;

export function recommenderOf(store: Store): Promise<Reply> {
  return store.memo('recommender', async () => {
    const report = readReport(store.dir, 'recommend');
    return {
      metrics: judgedIn(report),
      ...(await reachOf(store)),
      flow: flowIn(report),
      ranker: rankerIn(report),
      strategies: await strategiesOf(store, report),
      popularity: read(RecommenderReply.shape.popularity, at(report, 'popularity')),
    };
  });
}

/** A part by itself: one that is not of the known form takes none of the others with it. */
const read = <T>(schema: z.ZodType<T>, value: unknown): T | null => schema.safeParse(value).data ?? null;

const JUDGED = ['methods', 'asOf', 'cutAt', 'holdDays', 'k', 'buyers', 'judged', 'products', 'notes'];

function judgedIn(report: unknown): unknown {
  if (at(report, 'methods') === undefined) return report;
  return Object.fromEntries(JUDGED.map((key) => [key, at(report, key)]));
}

async function reachOf({ compute, shop }: Store): Promise<Pick<Reply, 'coverage' | 'bySource' | 'topProducts'>> {
  const [reach] = await compute.rows<{ customers: number; products: number }>(
    'select count(distinct customer_id) as customers, count(distinct product_id) as products from recommendations',
  );
  const bySource = await compute.rows<{ source: string; items: number }>(
    'select "source", count(*) as items from recommendations group by 1 order by items desc, 1',
  );
  const top = await compute.rows<{
    product_id: string;
    title: string | null;
    title_zh: string | null;
    image_path: string | null;
    n: number;
  }>(
    `select product_id, title, title_zh, image_path, n
     from (select product_id, count(distinct customer_id) as n from recommendations group by 1 order by n desc, 1 limit ${TOP})
     left join serve_products p using (product_id) order by n desc, product_id`,
  );
  const { customers = 0, products = 0 } = reach ?? {};
  return {
    coverage: {
      customers,
      shareCustomers: shop.customers === 0 ? null : customers / shop.customers,
      products,
      shareProducts: shop.products === 0 ? null : products / shop.products,
    },
    bySource,
    topProducts: top.map((row) => ({
      productId: row.product_id,
      title: row.title,
      titleZh: row.title_zh,
      imageUrl: imageUrl(row.product_id, row.image_path),
      customers: row.n,
    })),
  };
}

function flowIn(report: unknown): Reply['flow'] {
  const funnel = at(report, 'made', 'funnel');
  const named = read(z.record(z.string(), z.int()), at(funnel, 'named'));
  if (named === null) return null;
  const of = (key: string) => wholeAt(funnel, key) ?? 0;
  return {
    named: Object.entries(named).map(([source, items]) => ({ source, items })),
    ...{ ranked: of('ranked'), durable: of('durable'), resting: of('resting'), unused: of('unused') },
  };
}

function rankerIn(report: unknown): Reply['ranker'] {
  const kind = textAt(report, 'ranker', 'kind');
  if (kind !== 'walk' && kind !== 'learned') return null;
  const { shape } = RecommenderReply.shape.ranker.unwrap();
  return {
    kind,
    horizonDays: wholeAt(report, 'ranker', 'horizonDays'),
    trial: read(shape.trial, at(report, 'trial')),
    again: chancesIn(at(report, 'ranker', 'again')),
    fresh: chancesIn(at(report, 'ranker', 'fresh')),
  };
}

const CHANCES = z.object({
  rows: z.int(),
  bought: z.int(),
  features: z.array(z.string()),
  weights: z.array(z.number()),
});

function chancesIn(from: unknown): NonNullable<Reply['ranker']>['again'] {
  const chances = read(CHANCES, from);
  if (chances === null) return null;
  const { rows, bought, features, weights } = chances;
  return { rows, bought, features: features.map((feature, i) => ({ feature, weight: weights[i] ?? 0 })) };
}

/** Who got lists by which strategy, with how such lists did. */
async function strategiesOf({ compute }: Store, report: unknown): Promise<Reply['strategies']> {
  const rows = await compute.rows<{ tier: string | null; strategy: string | null; customers: number }>(
    `select t.tier, r.strategy, count(*)::integer as customers
     from (select customer_id, strategy from recommendations where "rank" = 1) r left join customer_tiers t using (customer_id)
     group by 1, 2 order by max(t.tier_index) desc nulls last, customers desc, 2`,
  );
  const book = at(report, 'strategies');
  const shape = RecommenderReply.shape.strategies.element.shape;
  const settingsOf = (key: string | null) => {
    const tiers = at(book, 'tiers');
    const all = [
      at(book, 'default'),
      at(book, 'newcomers'),
      ...(typeof tiers === 'object' ? Object.values(tiers ?? {}) : []),
    ];
    return read(
      shape.settings,
      all.find((one) => textAt(one, 'key') === key),
    );
  };
  const judged = at(report, 'tiers');
  const judgedOf = (tier: string | null): Reply['strategies'][number]['judged'] => {
    const found = (Array.isArray(judged) ? (judged as unknown[]) : []).find((one) => at(one, 'tier') === tier);
    const users = wholeAt(found, 'parts', 'all', 'users');
    if (users === null) return null;
    const of = (part: string) => read(z.record(z.string(), z.number()), at(found, 'parts', part, 'metrics')) ?? {};
    return { users, all: of('all'), repeat: of('repeat'), explore: of('explore') };
  };
  const profiled = rows.filter((row) => row.strategy !== 'popular');
  const others = rows.filter((row) => row.strategy === 'popular').reduce((sum, row) => sum + row.customers, 0);
  return [
    ...profiled.map((row) => ({ ...row, settings: settingsOf(row.strategy), judged: judgedOf(row.tier) })),
    ...(others === 0 ? [] : [{ tier: null, strategy: null, customers: others, settings: null, judged: null }]),
  ];
}

/** How the recommender did at each judged moment, the oldest first. */
export function historyOf(store: Store, { part }: z.infer<typeof HistoryQuery>): Promise<z.infer<typeof HistoryReply>> {
  return store.memo(`recommender-history ${part}`, async () => {
    const rows = await store.compute.rows<{
      at: number;
      method: string;
      tier: string | null;
      metric: string;
      value: number;
    }>(
      `select as_of as "at", method, tier, metric, value from recommend_history where part = $part and isfinite(value)
       order by as_of, tier nulls first, method, metric`,
      { part },
    );
    const found = new Map<string, z.infer<typeof HistoryReply>['rows'][number]>();
    for (const { at: asOf, method, tier, metric, value } of rows) {
      const key = JSON.stringify([asOf, method, tier]);
      const row = found.get(key) ?? { asOf, method, tier, metrics: {} };
      row.metrics[metric] = value;
      found.set(key, row);
    }
    return { part, rows: [...found.values()] };
  });
}
