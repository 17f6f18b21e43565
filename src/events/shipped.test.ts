// Aim: the shipped mappings read what they are for: shop exports as written, and the public data sets to the row.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findMapping } from './find-mapping.ts';
import { importShop } from './import.ts';
import type { ImportReport } from './report.ts';
import { type Tiny, tiny } from './tiny-import.ts';

const DATA = new URL('../../../shared/data/', import.meta.url);
const skip = existsSync(DATA) ? false : 'no ../shared/data here';
const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));

let shop: Tiny;
before(async () => {
  shop = await tiny();
});
after(() => shop.close());

function imported(folder: string, without?: string): Promise<ImportReport> {
  const { mapping: whole, dataDir } = findMapping(folder);
  const tables = Object.fromEntries(Object.entries(whole.tables).filter(([name]) => name !== without));
  const mapping = { ...whole, tables };
  const out = { lakeDir: join(shop.dir, 'lake'), quarantineDir: join(shop.dir, 'quarantine') };
  return importShop(shop.compute, mapping, dataDir, { now: Date.UTC(2026, 0, 1), ...out });
}
const counts = (report: ImportReport, table: string): number[] => {
  const { read, kept, repaired, quarantined } = report.tables.find(({ name }) => name === table)!;
  assert.equal(read, kept + repaired + quarantined);
  return [read, kept, repaired, quarantined];
};
const rules = (report: ImportReport, table: string): Record<string, number> =>
  Object.fromEntries(
    report.tables
      .find(({ name }) => name === table)!
      .rules.filter(({ action }) => action !== 'keep')
      .map(({ key, column, count }) => [`${key} ${column}`.trim(), count]),
  );

test('Shopify orders: order cells reach every line, discounts and refunds are shared out to the cent', async () => {
  const report = await imported(`${FIXTURES}shopify-orders`);
  assert.deepEqual(counts(report, 'order_lines'), [8, 7, 0, 1]);
  assert.deepEqual(rules(report, 'order_lines'), { 'not-paid-yet': 1 });
  assert.equal(report.derived.refundLines, 2);
  assert.deepEqual(
    await shop.rows(
      'select order_id as o, line as l, customer_id as c, product_id as p, quantity as q, paid, coupon_discount as off, status as s, returns_order_id as "of" from order_lines order by ordered_at, 1, 2',
    ),
    [
      { o: '#1001', l: 1, c: 'mei@example.com', p: 'LAN-RED-L', q: 2, paid: 5401, off: 599, s: 'paid', of: null },
      { o: '#1001', l: 2, c: 'mei@example.com', p: 'TEA-TRAY', q: 1, paid: 1800, off: 201, s: 'paid', of: null },
      {
        o: '#1001',
        l: 3,
        c: 'mei@example.com',
        p: 'Tea, green 100 g',
        q: 1,
        paid: 1800,
        off: 200,
        s: 'paid',
        of: null,
      },
      { o: '#1002', l: 1, c: 'sam@example.com', p: 'Tea, green 100 g', q: 3, paid: 6000, off: 0, s: 'paid', of: null },
      {
        o: '#1002-refund',
        l: 1,
        c: 'sam@example.com',
        p: 'Tea, green 100 g',
        q: 0.75,
        paid: 1500,
        off: null,
        s: 'refunded',
        of: '#1002',
      },
      { o: '#1003', l: 1, c: 'sam@example.com', p: 'LAN-RED-L', q: 1, paid: 3000, off: 0, s: 'paid', of: null },
      {
        o: '#1003-refund',
        l: 1,
        c: 'sam@example.com',
        p: 'LAN-RED-L',
        q: 1,
        paid: 3000,
        off: null,
        s: 'refunded',
        of: '#1003',
      },
      { o: '#1004', l: 1, c: null, p: 'TEA-TRAY', q: 1, paid: 2001, off: 0, s: 'cancelled', of: null },
      { o: '#1006', l: 1, c: 'zoe@example.com', p: 'TEA-TRAY', q: 1, paid: 1500, off: 0, s: 'paid', of: null },
    ],
  );
  assert.deepEqual(
    await shop.rows('select customer_id as c, city, consent_marketing as ok from customers order by 1'),
    [
      { c: 'mei@example.com', city: '旧金山', ok: true },
      { c: 'sam@example.com', city: 'Boston', ok: false },
      { c: 'zoe@example.com', city: null, ok: true },
    ],
  );
  assert.deepEqual(await shop.rows(`select title from products where product_id = 'LAN-RED-L'`), [
    { title: 'Paper lantern, red\n(large)' },
  ]);
});

test('WooCommerce products: Chinese titles, tags taken out, the parent of variations left out', async () => {
  const report = await imported(`${FIXTURES}woocommerce-products`);
  assert.deepEqual(counts(report, 'products'), [5, 2, 2, 1]);
  assert.deepEqual(
    await shop.rows(
      'select product_id as p, title, category, brand, price, stock, description as d from products order by 1',
    ),
    [
      {
        p: '101',
        title: '龙井绿茶 100 克',
        category: '茶叶 > 绿茶',
        brand: '西湖',
        price: 1290,
        stock: 24,
        d: '产自 杭州 。 Pan-fired & fresh, "spring" harvest.',
      },
      { p: '103', title: 'Paper lantern - S', category: null, brand: null, price: 800, stock: 0, d: null },
      { p: '104', title: 'Paper lantern - L', category: null, brand: null, price: 101800, stock: null, d: null },
      { p: '105', title: '礼品卡', category: '礼品', brand: null, price: null, stock: null, d: 'Any amount' },
    ],
  );
});

test('CDNOW: every purchase, to the cent', { skip }, async () => {
  const report = await imported('cdnow');
  assert.deepEqual(counts(report, 'order_lines'), [69_659, 69_659, 0, 0]);
  const [sum] = await shop.rows<{ n: number; paid: number }>(
    'select count(distinct customer_id) as n, sum(paid)::bigint as paid from order_lines',
  );
  assert.deepEqual([sum!.n, sum!.paid], [23_570, 250_031_563]);
});

test('Complete Journey: every line accounted for, doubled coupons set aside', { skip }, async () => {
  const report = await imported('completejourney');
  assert.deepEqual(counts(report, 'order_lines'), [1_469_307, 1_460_438, 29, 8_840]);
  assert.deepEqual(rules(report, 'order_lines'), { 'nothing-sold quantity': 8_840, 'zero-quantity quantity': 29 });
  assert.deepEqual(counts(report, 'offers'), [116_204, 111_332, 0, 4_872]);
  assert.deepEqual(rules(report, 'offers'), { 'duplicate-row': 4_872 });
  assert.deepEqual(
    ['customers', 'products', 'campaigns', 'exposures', 'redemptions'].map((name) => counts(report, name)[0]),
    [801, 92_331, 27, 6_589, 2_102],
  );
  assert.equal(new Date(report.span.from!).toISOString(), '2017-01-01T11:53:26.000Z');
  assert.equal(new Date(report.span.to!).toISOString(), '2018-01-01T04:01:20.000Z');
  const [sum] = await shop.rows<{ paid: number; households: number; baskets: number; lines: number }>(
    'select sum(paid)::bigint as paid, count(distinct customer_id) as households, count(distinct order_id) as baskets, count(distinct hash(order_id, line)) as lines from order_lines',
  );
  assert.equal(sum!.households, 2_469);
  assert.ok(Math.abs(sum!.paid - 459_603_958) <= 20, String(sum!.paid));
  assert.equal(sum!.lines, 1_460_467);
});

test('Online Retail II: two years joined, cancellations as returns', { skip }, async () => {
  const report = await imported('online-retail-ii', 'products');
  const [read] = counts(report, 'order_lines');
  assert.equal(read, 525_461 + 541_909);
  const { overlap } = Object.fromEntries(
    Object.entries(rules(report, 'order_lines')).map(([key, n]) => [key.split(' ')[0], n]),
  );
  const file = (year: string): string => `'${fileURLToPath(new URL(`online-retail-ii/${year}.parquet`, DATA))}'`;
  const [twice] = await shop.rows<{ n: number }>(
    `select count(*) as n from ${file('year_2010_2011')} where InvoiceDate <= (select max(InvoiceDate) from ${file('year_2009_2010')})`,
  );
  assert.equal(overlap, twice!.n);
  const [sum] = await shop.rows<{ back: number; guests: number; bad: number }>(
    `select count(*) filter (status = 'refunded') as back, count(*) filter (customer_id is null) as guests,
      count(*) filter (quantity <= 0 or paid < 0) as bad from order_lines`,
  );
  assert.equal(report.returns.matched + report.returns.unmatched, sum!.back);
  assert.ok(report.returns.matched > 0.8 * sum!.back);
  assert.equal(report.guests, sum!.guests);
  assert.equal(sum!.bad, 0);
});
