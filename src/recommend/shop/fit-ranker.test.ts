// Aim: the ranker finds the habits that a made-up shop has, tells calibrated chances, and is not taken where it is worse.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openDuckdb } from '#engines/index.ts';
import { DAY_MS as DAY } from '#kernels/local-time.ts';
import { random, split } from '#kernels/random.ts';
import { loadTinyShop } from '../../events/tiny-shop.ts';
import { evaluateRecommendations } from './evaluate-shop.ts';
import { makeRecommendations } from './make.ts';

const START = Date.parse('2025-01-01T12:00:00Z');
const DAYS = 168;
const compute = await openDuckdb({ threads: 2 });
after(() => compute.close());

/** Customers have a few staples that they buy each week with their own chance, and now and then anything. */
function shopOf(customers: number, seed: number) {
  const draw = random(split(seed, 'shop'));
  const lines: Record<string, string | number>[] = [];
  for (let c = 0; c < customers; c++) {
    const staples = Array.from({ length: 4 }, () => ({
      product: Math.floor(draw.uniform() * 20),
      chance: draw.uniform() * 0.8,
    }));
    for (let day = c % 7; day < DAYS; day += 7) {
      const add = (product: number) =>
        lines.push({
          ...{ order_id: `O${c}-${day}`, line: lines.length + 1, customer_id: `C${c}`, product_id: `P${product}` },
          ...{ ordered_at: START + day * DAY, quantity: 1, paid: 100, status: 'paid', currency: 'CNY' },
        });
      for (const { product, chance } of staples) if (draw.uniform() < chance) add(product);
      if (draw.uniform() < 0.3) add(20 + Math.floor(draw.uniform() ** 2 * 40));
    }
  }
  return lines;
}

test('learned from what came next: staples first, chances that come true, the same on one thread', async () => {
  const products = Array.from({ length: 60 }, (_, p) => ({
    ...{ product_id: `P${p}`, title: `T${p}`, category: p < 20 ? 'Staple' : `Other > ${p % 5}`, currency: 'CNY' },
  }));
  const order_lines = shopOf(300, 3);
  const moment = { asOf: START + DAYS * DAY, timeZone: 'UTC', seed: 1 };
  await loadTinyShop(compute, { products, customers: [], order_lines });
  const report = await evaluateRecommendations(compute, { ...moment, k: 6 });
  assert.equal(report.ranker.kind, 'learned');
  assert.ok(report.trial!.learned > report.trial!.walk);
  const { ranked, popularity } = report.methods;
  assert.ok(ranked!.all.metrics.ndcg > popularity!.all.metrics.ndcg);

  await makeRecommendations(compute, { ...moment, perCustomer: 6, ranker: report.ranker });
  // Chances are of the 28 days ahead. The shop goes on as it did: about as many as in the last 28 days come true.
  const [row] = await compute.rows<{ chance: number; bought: number; mine: number }>(
    `select sum(chance) chance, sum(exists (from order_lines l where l.customer_id = r.customer_id and l.product_id = r.product_id
      and l.ordered_at > $from)::integer)::integer bought, count(*)::integer mine from recommendations r where source = 'repeat'`,
    { from: moment.asOf - 28 * DAY },
  );
  assert.ok(row!.mine > 300);
  assert.ok(Math.abs(row!.chance / row!.bought - 1) < 0.25, `${row!.chance} expected, ${row!.bought} lately`);

  const one = await openDuckdb({ threads: 1 });
  await loadTinyShop(one, { products, customers: [], order_lines: [...order_lines].reverse() });
  const again = await evaluateRecommendations(one, { ...moment, k: 6 });
  assert.deepEqual(JSON.parse(JSON.stringify(again.ranker)), JSON.parse(JSON.stringify(report.ranker)));
  assert.deepEqual(again.methods, report.methods);
  await one.close();
});

test('a young shop has no earlier days to learn from', async () => {
  await loadTinyShop(compute, { products: [], customers: [], order_lines: shopOf(40, 5) });
  const report = await evaluateRecommendations(compute, { asOf: START + 40 * DAY, timeZone: 'UTC', seed: 1 });
  assert.deepEqual(report.ranker, { kind: 'walk' });
  assert.equal(report.trial, null);
});
