/** A small shop with odd ids, its lists made in advance and its bundle; for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Compute, openDuckdb } from '#engines/index.ts';
import { random } from '#kernels/random.ts';
import { type MakeOptions, makeRecommendations } from '../shop/make.ts';

const DAY = 86_400_000;
export const TINY_FIRST = Date.parse('2025-01-01T12:00:00+08:00');
export const TINY_AS_OF = TINY_FIRST + 100 * DAY;
/** Ids that break naive quoting, ordering and splitting. */
export const ODD = ["O'Brien", 'a,b', '绿茶 一号', '😀', 'x"y\\z', ' ', 'é', 'e\u0301', '__proto__', 'Z', 'a b'];
const CATEGORIES = ['Food > Tea', 'Food > Snacks', 'Home > Cups', 'Home > Lamps', null];

export interface TinyOnline {
  readonly compute: Compute;
  readonly file: string;
  readonly dir: string;
  close(): Promise<void>;
}

/** Makes every canonical table of these rows. */
type Load = (
  compute: Compute,
  shop: Record<string, readonly Record<string, string | number | boolean | null>[]>,
) => Promise<void>;

export const productId = (p: number): string => ODD[p] ?? `P${p}`;
export const customerId = (c: number): string => ODD[c] ?? `C${c}`;

/** 120 customers, 40 products, half a year's worth of orders and some views; `TWO` tiers; every ninth refuses profiling. */
export async function tinyOnline(load: Load, options: Partial<MakeOptions> = {}): Promise<TinyOnline> {
  const dir = mkdtempSync(join(tmpdir(), 'tierwise-online-'));
  const file = join(dir, 'recommend.bundle');
  const compute = await openDuckdb({ threads: 2 });
  const draw = random(11);
  const upTo = (n: number) => Math.floor(draw.uniform() * n);
  const lines = Array.from({ length: 1500 }, (_, i) => {
    const customer = upTo(120);
    const product = Math.min(39, Math.floor(draw.uniform() ** 1.5 * 34 + (customer % 4)));
    return {
      ...{ order_id: `O${i}`, line: 1, customer_id: customerId(customer), product_id: productId(product), quantity: 1 },
      ...{ ordered_at: TINY_FIRST + upTo(99) * DAY, paid: 1000, status: 'paid', currency: 'CNY' },
    };
  });
  await load(compute, {
    products: Array.from({ length: 41 }, (_, p) => ({
      ...{
        product_id: p === 40 ? 'NEVER' : productId(p),
        title: `Title "${p}"`,
        title_zh: p % 3 === 0 ? `名称 ${p}` : null,
      },
      ...{ category: CATEGORIES[p % 5]!, price: p % 7 === 0 ? null : 100 * p, currency: 'CNY' },
      ...{ stock: p % 11 === 0 ? 0 : p % 2 === 0 ? 5 : null, image_path: p % 4 === 0 ? `images/${p}.png` : null },
      active_from: p === 40 ? TINY_AS_OF - DAY : null,
    })),
    customers: Array.from({ length: 125 }, (_, c) => ({
      customer_id: customerId(c),
      consent_personal: c % 9 === 8 ? false : null,
    })),
    order_lines: lines,
    events: Array.from({ length: 200 }, (_, i) => ({
      ...{
        message_id: `E${i}`,
        customer_id: customerId(upTo(124)),
        name: 'Product Viewed',
        product_id: productId(upTo(40)),
      },
      occurred_at: TINY_FIRST + upTo(99) * DAY,
    })),
  });
  await compute.run(`create table customer_tiers as select customer_id, if(hash(customer_id) % 2 = 0, 'gold', 'base') as tier,
    if(hash(customer_id) % 2 = 0, 1, 0) as tier_index from customers where hash(customer_id) % 5 > 0`);
  await makeRecommendations(compute, {
    ...{ asOf: TINY_AS_OF, timeZone: 'Asia/Shanghai', seed: 1, weights: { buyersMin: 2 }, bundle: file, chunk: 50 },
    ...{ tierNames: { gold: { en: 'Gold', zh: '黄金' }, base: { en: 'Base', zh: '普通' } } },
    ...options,
  });
  return {
    ...{ compute, file, dir },
    close: async () => {
      await compute.close();
      rmSync(dir, { recursive: true });
    },
  };
}
