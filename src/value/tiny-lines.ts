/** Order lines in a few words, for tests: as the views that a lake gives. */
import { type Compute, openDuckdb } from '#engines/index.ts';
import type { Shop } from '#events/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { random } from '#kernels/random.ts';
import { numbers, table, texts } from '#table/index.ts';

export const SHOP: Shop = {
  name: 'tiny',
  currency: 'CNY',
  currencyDigits: 2,
  timeZone: 'Asia/Shanghai',
  marginShare: 0.4,
  language: 'zh',
};

export interface Line {
  readonly customer: string | null;
  /** Days since 2026-01-01, at noon in Shanghai unless given as a fraction. */
  readonly day: number;
  readonly paid: number;
  readonly product?: string;
  readonly status?: 'paid' | 'refunded' | 'cancelled';
}

const START = Date.parse('2026-01-01T12:00:00+08:00');

/** Epoch ms of noon in Shanghai on a day since 2026-01-01. */
export const noon = (day: number): number => START + day * DAY_MS;

/** A DuckDB with order_lines and products: p1 costs 30 a unit, p2 has no cost. */
export async function tinyShop(lines: readonly Line[], threads = 2): Promise<Compute> {
  const compute = await openDuckdb({ threads });
  await compute.load(
    'tiny_lines',
    table({
      order_id: texts(lines.map((_, i) => `o${i}`)),
      customer_id: texts(lines.map(({ customer }) => customer)),
      product_id: texts(lines.map(({ product }) => product ?? 'p2')),
      ordered_at: numbers(lines.map(({ day }) => noon(day))),
      paid: numbers(lines.map(({ paid }) => paid)),
      status: texts(lines.map(({ status }) => status ?? 'paid')),
    }),
  );
  await compute.run(
    `create table order_lines as select order_id, 1::bigint as line, customer_id, product_id, ordered_at::bigint as ordered_at,
       1::decimal(18,3) as quantity, paid::bigint as paid, paid::bigint as list_price, status from tiny_lines;
     create table products as select * from (values ('p1', 30::bigint), ('p2', null)) t(product_id, unit_cost)`,
  );
  return compute;
}

/** A shop whose customers buy at their own rate and size, some leaving; 400 days. */
export function livelyLines(customers: number, seed: number): Line[] {
  const draw = random(seed);
  const lines: Line[] = [];
  for (let c = 0; c < customers; c++) {
    const rate = draw.gamma(1.2, 20);
    const size = 3000 * Math.exp(0.8 * draw.normal());
    for (let day = 120 * draw.uniform(); day < 400; day += draw.exponential(rate)) {
      const product = draw.uniform() < 0.5 ? 'p1' : 'p2';
      lines.push({ customer: `c${c}`, day: Math.floor(day), paid: Math.round(size * draw.gamma(4, 4)) + 1, product });
      if (draw.uniform() < 0.08) break;
    }
  }
  return lines;
}
