/** What the server reads: the workspace of one finished run, laid out for lists, periods and single customers. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { z } from 'zod';
import type { Compute } from '#engines/index.ts';
import { type KnownError, known } from '#errors.ts';
import { type Facts, readFacts } from '#loop/index.ts';
import { STATE_WORDS } from '#value/index.ts';
import { readReport } from './facts.ts';
import { type CustomerLayout, loadCustomers, loadOrders, loadProducts, openViews } from './load.ts';
import { namedSegments, namedTags, tierNames } from './names.ts';
import { type Online, openOnline } from './online.ts';
import type { ShopReply } from './schemas.ts';
import { CUSTOMER_SORTS } from './schemas.ts';
import { monthOf } from './zone.ts';

type CustomerSort = (typeof CUSTOMER_SORTS)[number];

export interface Store {
  readonly compute: Compute;
  /** Absolute path of the workspace. */
  readonly dir: string;
  readonly facts: Facts;
  readonly layout: CustomerLayout;
  readonly shop: z.infer<typeof ShopReply>;
  /** How many customers have each sort key: ranks above have none. */
  readonly filled: Readonly<Record<CustomerSort, number>>;
  readonly tierReport: unknown;
  /** Chinese names of category paths. */
  readonly chinese: ReadonlyMap<string, string>;
  /** The campaign that the run planned. */
  readonly runPlan: { readonly id: string; readonly file: string } | null;
  /** Recommendations of the moment, or why there are none. */
  readonly online: Online | KnownError;
  /** The answer kept under `key`, made on first use: the data behind a store never changes. */
  memo<T>(key: string, make: () => Promise<T>): Promise<T>;
  /**
   * Work that uses tables of fixed names (a plan), one at a time.
   *
   * @throws SERVER_BUSY when eight already wait
   */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * Loads the workspace into `compute` (views and `serve_...` tables; some 5 s and 260 MB a million customers).
 *
 * @throws WORKSPACE_MISSING when a run has not finished there
 */
export async function openStore(compute: Compute, workspaceDir: string): Promise<Store> {
  const dir = resolve(workspaceDir);
  if (!existsSync(dir)) throw known('WORKSPACE_MISSING', { dir, lacks: 'files: there is no such folder' });
  const facts = readFacts(dir);
  const { asOf, shop } = facts;
  await openViews(compute, dir);
  await loadOrders(compute, asOf, shop.timeZone);
  const layout = await loadCustomers(compute, monthOf(asOf, shop.timeZone));
  await loadProducts(compute, asOf);
  const tierReport = readReport(dir, 'tiers');
  const names = await compute.rows<{ name: string; zh: string }>(
    'select name, zh from profile_names where zh is not null order by name',
  );
  const chinese = new Map(names.map(({ name, zh }) => [name, zh]));
  return {
    compute,
    dir,
    facts,
    layout,
    shop: await shopOf(compute, facts, layout, tierReport, chinese),
    filled: await filledOf(compute),
    tierReport,
    chinese,
    runPlan: await runPlanOf(compute, dir),
    online: await openOnline(dir),
    memo: memory(500),
    exclusive: queue(),
  };
}

async function shopOf(
  compute: Compute,
  facts: Facts,
  layout: CustomerLayout,
  report: unknown,
  chinese: Store['chinese'],
): Promise<Store['shop']> {
  const { shop, asOf, isDemo, horizonDays } = facts;
  const [span] = await compute.rows<{ first: number | null; last: number | null }>(
    "select min(ordered_at) as first, max(ordered_at) as last from order_lines where status = 'paid' and ordered_at <= $asOf",
    { asOf },
  );
  const [counts] = await compute.rows<{ customers: number; products: number }>(
    'select (select count(*) from serve_customers) as customers, (select count(*) from serve_products) as products',
  );
  const tiers = await compute.rows<{ key: string; index: number }>(
    'select distinct tier as key, tier_index as "index" from tier_history where tier is not null and tier_index >= 0 order by 2, 1',
  );
  return {
    name: shop.name,
    currency: shop.currency,
    currencyDigits: shop.currencyDigits,
    timeZone: shop.timeZone,
    language: shop.language,
    isDemo,
    asOf,
    dataFrom: span?.first ?? null,
    dataTo: span?.last ?? null,
    horizonDays,
    customers: counts?.customers ?? 0,
    products: counts?.products ?? 0,
    tiers: tierNames(report, tiers),
    tags: namedTags(layout.tags, chinese),
    rfmSegments: namedSegments(layout.segments),
    states: STATE_WORDS.map(({ key, en, zh, about }) => ({ key, en, zh, about })),
  };
}

async function runPlanOf(compute: Compute, dir: string): Promise<Store['runPlan']> {
  const file = join(dir, 'state', 'campaign_plan.parquet');
  if (!existsSync(file)) return null;
  const [row] = await compute.rows<{ id: string }>('select campaign_id as id from read_parquet($file) limit 1', {
    file,
  });
  return row === undefined ? null : { id: row.id, file };
}

async function filledOf(compute: Compute): Promise<Store['filled']> {
  const column: Record<CustomerSort, string> = {
    value: 'value_minor',
    spend: 'spend_minor',
    orders: 'orders',
    last_order: 'last_order_at',
    p_alive: 'p_alive',
    customer_id: 'customer_id',
  };
  const list = CUSTOMER_SORTS.map((sort) => `count(${column[sort]}) as ${sort}`);
  const [row] = await compute.rows<Record<CustomerSort, number>>(`select ${list.join(', ')} from serve_customers`);
  if (row === undefined) throw new Error('count without a row');
  return row;
}

/** Keeps the last `size` answers; a failure is not kept. */
function memory(size: number): Store['memo'] {
  const kept = new Map<string, Promise<unknown>>();
  return <T>(key: string, make: () => Promise<T>): Promise<T> => {
    const found = kept.get(key) as Promise<T> | undefined;
    if (found !== undefined) {
      kept.delete(key);
      kept.set(key, found);
      return found;
    }
    const made = make();
    kept.set(key, made);
    made.catch(() => kept.delete(key));
    if (kept.size > size) kept.delete(kept.keys().next().value ?? key);
    return made;
  };
}

const WAITING_MAX = 8;

function queue(): Store['exclusive'] {
  let tail: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (waiting >= WAITING_MAX) throw known('SERVER_BUSY', { waiting });
    waiting++;
    const next = tail.then(work, work);
    tail = next.catch(() => undefined);
    try {
      return await next;
    } finally {
      waiting--;
    }
  };
}
