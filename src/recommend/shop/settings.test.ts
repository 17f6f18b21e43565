// Aim: what a mapping says about recommendations is checked, and keeps whole branches of the catalogue out of the lists.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openDuckdb } from '#engines/index.ts';
import { readMapping } from '#events/index.ts';
import { loadTinyShop } from '../../events/tiny-shop.ts';
import { makeRecommendations } from './make.ts';
import { parseRecommend } from './settings.ts';

const compute = await openDuckdb();
after(() => compute.close());

const NOON = Date.parse('2025-01-01T12:00:00Z');

/** Products that are recommended to anyone in a shop whose `categories` all sell, one product each. */
async function recommended(categories: readonly string[], recommend: unknown): Promise<string[]> {
  await loadTinyShop(compute, {
    products: categories.map((category) => ({ product_id: category, title: category, category, currency: 'USD' })),
    customers: [{ customer_id: 'new' }],
    order_lines: categories.map((category, i) => ({
      ...{ order_id: `O${i}`, line: 1, customer_id: `C${i}`, product_id: category, ordered_at: NOON, quantity: 1 },
      ...{ paid: 100, status: 'paid', currency: 'USD' },
    })),
  });
  const moment = { asOf: NOON, timeZone: 'UTC', seed: 1 };
  await makeRecommendations(compute, { ...moment, ...parseRecommend(recommend) });
  const rows = await compute.rows<{ id: string }>('select distinct product_id as id from recommendations order by id');
  return rows.map((row) => row.id);
}

test('a skipped category goes with all below it, and no other', async () => {
  const sold = ['FUEL', 'FUEL > DIESEL', 'FUELS', 'FOOD > FUEL'];
  assert.deepEqual(await recommended(sold, undefined), [...sold].sort());
  assert.deepEqual(await recommended(sold, { skipCategories: ['FUEL'] }), ['FOOD > FUEL', 'FUELS']);
});

test('a list has at most perCustomer products', async () => {
  assert.equal(parseRecommend({}).perCustomer, 12);
  await recommended(['A', 'B', 'C'], { perCustomer: 2 });
  const [row] = await compute.rows<{ most: number }>(
    'select max(n) as most from (select count(*) as n from recommendations group by customer_id)',
  );
  assert.equal(row!.most, 2);
});

test('the mapping of the grocer leaves its gasoline out, under both departments', async () => {
  const { recommend } = readMapping(fileURLToPath(new URL('../../../mappings/completejourney.yaml', import.meta.url)));
  const gasoline = ['FUEL > FUEL', 'FUEL > COUPON/MISC ITEMS', 'MISCELLANEOUS > COUPON/MISC ITEMS'].map(
    (path) => `${path} > GASOLINE-REG UNLEADED`,
  );
  assert.deepEqual(await recommended([...gasoline, 'GROCERY > SOUP'], recommend), ['GROCERY > SOUP']);
});

test('what cannot be is refused by its key', () => {
  const refused = (from: unknown, message: RegExp) =>
    assert.throws(() => parseRecommend(from), { code: 'RECOMMEND_INVALID', message });
  refused({ skipCategories: 'FUEL' }, /recommend\.skipCategories/);
  refused({ skipCategories: [''] }, /recommend\.skipCategories\.0/);
  refused({ perCustomer: 0 }, /recommend\.perCustomer/);
  refused({ perCustomers: 3 }, /perCustomers/);
  refused(['FUEL'], /recommend/);
});
