// Aim: what a mapping says about recommendations is checked, and keeps whole branches of the catalogue out of the lists.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openDuckdb } from '#engines/index.ts';
import { readMapping } from '#events/index.ts';
import { loadTinyShop } from '../../events/tiny-shop.ts';
import { makeRecommendations } from './make.ts';
import { parseRecommend } from './settings.ts';
import { SHIPPED, strategiesIn, strategyFor } from './strategies.ts';

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

test('the mapping of the grocer leaves out what is no goods: gasoline under both departments, coupons', async () => {
  const { recommend } = readMapping(fileURLToPath(new URL('../../../mappings/completejourney.yaml', import.meta.url)));
  const gasoline = ['FUEL > FUEL', 'FUEL > COUPON/MISC ITEMS', 'MISCELLANEOUS > COUPON/MISC ITEMS'].map(
    (path) => `${path} > GASOLINE-REG UNLEADED`,
  );
  const sold = [...gasoline, 'COUPON > COUPON/MISC ITEMS > STORE COUPON', 'GROCERY > SOUP'];
  assert.deepEqual(await recommended(sold, recommend), ['GROCERY > SOUP']);
});

test('strategies are shipped ones, or ones like them', () => {
  assert.equal(parseRecommend({}).strategies.default.key, 'balanced');
  assert.equal(parseRecommend({}).strategies.newcomers!.key, 'discovery');
  const { strategies } = parseRecommend({
    strategies: {
      default: 'relevance',
      tiers: { gold: { like: 'replenishment', marginWeight: 0.3 }, base: { like: 'profit' } },
    },
  });
  assert.equal(strategies.default, SHIPPED.relevance);
  assert.deepEqual(strategies.tiers.gold, { ...SHIPPED.replenishment, marginWeight: 0.3, key: 'gold' });
  assert.equal(strategies.tiers.base, SHIPPED.profit, 'nothing of its own: called as it is shipped');
  assert.equal(strategies.newcomers, undefined, 'who says what all get says it of newcomers too');
  assert.equal(strategyFor(strategies, 'gold').key, 'gold');
  assert.equal(strategyFor(strategies, 'constructor').key, 'relevance');
  assert.equal(strategyFor(strategies, null).key, 'relevance');
  assert.deepEqual(
    strategiesIn(strategies).map(({ key }) => key),
    ['relevance', 'gold', 'profit'],
  );
});

test('what cannot be is refused by its key', () => {
  const refused = (from: unknown, message: RegExp) =>
    assert.throws(() => parseRecommend(from), { code: 'RECOMMEND_INVALID', message });
  refused({ skipCategories: 'FUEL' }, /recommend\.skipCategories/);
  refused({ skipCategories: [''] }, /recommend\.skipCategories\.0/);
  refused({ perCustomer: 0 }, /recommend\.perCustomer/);
  refused({ perCustomers: 3 }, /perCustomers/);
  refused(['FUEL'], /recommend/);
  refused({ strategies: { default: 'best' } }, /recommend\.strategies\.default.*balanced/);
  refused({ strategies: { tiers: { gold: { restShare: 2 } } } }, /recommend\.strategies\.tiers\.gold\.restShare/);
  refused({ strategies: { default: { least: { repaet: 0.5 } } } }, /recommend\.strategies\.default\.least/);
  refused(
    { strategies: { newcomers: { least: { repeat: 0.7, viewed: 0.4 } } } },
    /strategies\.newcomers\.least.*more than 1/,
  );
  refused({ strategies: { gold: 'balanced' } }, /gold/);
  assert.throws(() => parseRecommend({ strategies: { tiers: { gold: 'balanced' } } }, ['base', 'top']), {
    message: /recommend\.strategies\.tiers\.gold.*base, top/,
  });
});
