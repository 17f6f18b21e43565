// Aim: every row is kept, repaired or set aside, and planted faults are found one by one, no more and no fewer.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { openDuckdb } from '#engines/index.ts';
import { importShop } from './import.ts';
import { openLake } from './lake.ts';
import { parseMapping } from './mapping.ts';
import type { ImportReport } from './report.ts';
import { NOW, ORDERS, type Tiny, tiny } from './tiny-import.ts';

let shop: Tiny;
before(async () => {
  shop = await tiny();
});
after(() => shop.close());

const MAPPING = `tables:
  products:
    - file: products.csv
      columns: { product_id: id, title: title, price: { column: price, money: major }, stock: stock }
  order_lines:
    - file: orders.csv
      columns:
        order_id: order
        line: line
        customer_id: customer
        product_id: product
        ordered_at: { column: time, time: iso }
        quantity: quantity
        paid: { column: paid, money: major }
        status: status
        currency: currency
limits: { quarantineShare: 1 }
`;
const HEAD = 'order,line,customer,product,time,quantity,paid,status,currency';
const PRODUCTS = `id,title,price,stock\n${Array.from({ length: 9 }, (_, i) => `p${i},Product ${i},${i + 1}.00,5`).join('\n')}\n`;

type Cells = Record<
  'order' | 'line' | 'customer' | 'product' | 'time' | 'quantity' | 'paid' | 'status' | 'currency',
  string
>;
const good = (i: number): Cells => ({
  ...{ order: `o${i}`, line: '1', customer: `c${i % 7}`, product: `p${i % 9}`, time: '2024-03-01 10:00:00' },
  ...{ quantity: '2', paid: `${i % 50}.50`, status: 'paid', currency: 'USD' },
});
const row = (cells: Cells): string => Object.values(cells).join(',');

/** A fault to plant: what it does to a row, and what must be counted. */
const PLANTS: readonly {
  readonly key: string;
  readonly column: string;
  readonly lines: (i: number) => string[];
  /** Rows that stay although the fault is there. */
  readonly isMended?: true;
}[] = [
  { key: 'missing-key', column: 'order_id', lines: (i) => [row({ ...good(i), order: ' ' })] },
  { key: 'missing-key', column: 'product_id', lines: (i) => [row({ ...good(i), product: '' })] },
  { key: 'missing-value', column: 'paid', lines: (i) => [row({ ...good(i), paid: 'N/A' })] },
  { key: 'missing-value', column: 'ordered_at', lines: (i) => [row({ ...good(i), time: '' })] },
  { key: 'unreadable-money', column: 'paid', lines: (i) => [row({ ...good(i), paid: 'ten' })] },
  { key: 'not-finite', column: 'paid', lines: (i) => [row({ ...good(i), paid: i % 2 ? 'NaN' : '-inf' })] },
  { key: 'negative-money', column: 'paid', lines: (i) => [row({ ...good(i), paid: '-0.01' })] },
  { key: 'unreadable-time', column: 'ordered_at', lines: (i) => [row({ ...good(i), time: '2024-13-45' })] },
  { key: 'future-time', column: 'ordered_at', lines: (i) => [row({ ...good(i), time: '2025-01-01 00:00:01' })] },
  { key: 'early-time', column: 'ordered_at', lines: (i) => [row({ ...good(i), time: '1970-01-01' })] },
  { key: 'negative-quantity', column: 'quantity', lines: (i) => [row({ ...good(i), quantity: '-1' })] },
  { key: 'absurd-quantity', column: 'quantity', lines: (i) => [row({ ...good(i), quantity: '1000001' })] },
  { key: 'nothing-sold', column: 'quantity', lines: (i) => [row({ ...good(i), quantity: '0', paid: '0' })] },
  { key: 'unknown-status', column: 'status', lines: (i) => [row({ ...good(i), status: 'shipped' })] },
  { key: 'other-currency', column: 'currency', lines: (i) => [row({ ...good(i), currency: 'EUR' })] },
  { key: 'out-of-range', column: 'line', lines: (i) => [row({ ...good(i), line: '0' })] },
  { key: 'ragged-row', column: '', lines: (i) => [`${row(good(i))},more`] },
  { key: 'duplicate-row', column: '', lines: (i) => [row(good(i)), row(good(i))] },
  { key: 'duplicate-key', column: '', lines: (i) => [row(good(i)), row({ ...good(i), paid: '999' })] },
  {
    key: 'trimmed',
    column: 'customer_id',
    lines: (i) => [row({ ...good(i), customer: `\u00a0c${i} ` })],
    isMended: true,
  },
  { key: 'full-width', column: 'order_id', lines: (i) => [row({ ...good(i), order: `９${i}` })], isMended: true },
  { key: 'number-format', column: 'paid', lines: (i) => [row({ ...good(i), paid: '$7' })], isMended: true },
  { key: 'money-rounded', column: 'paid', lines: (i) => [row({ ...good(i), paid: '7.005' })], isMended: true },
  {
    key: 'zero-quantity',
    column: 'quantity',
    lines: (i) => [row({ ...good(i), quantity: '0', paid: '3' })],
    isMended: true,
  },
];

const counted = (report: ImportReport, table = 'order_lines'): Map<string, number> =>
  new Map(
    report.tables
      .find(({ name }) => name === table)!
      .rules.map(({ key, column, count }) => [`${key} ${column}`, count]),
  );

test('planted faults are counted, each by its rule', async () => {
  const plants = fc.array(fc.nat(PLANTS.length - 1), { minLength: 20, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(plants, fc.integer({ min: 10, max: 60 }), async (planted, clean) => {
      const lines: string[] = [];
      const expected = new Map<string, number>();
      let [kept, repaired, aside] = [0, 0, 0];
      for (let i = 0; i < clean; i++, kept++) lines.push(row(good(i)));
      for (const [at, which] of planted.entries()) {
        const { key, column, lines: made, isMended } = PLANTS[which]!;
        const own = made(1000 + at);
        // `line` is optional to mend: an empty cell of a required column sets the row aside in the end.
        const name = key === 'out-of-range' ? 'missing-key line' : `${key} ${column}`;
        expected.set(name, (expected.get(name) ?? 0) + 1);
        kept += own.length - 1;
        if (isMended) repaired++;
        else aside++;
        lines.push(...own);
      }
      const report = await shop.load(
        { 'orders.csv': `${HEAD}\n${lines.join('\n')}\n`, 'products.csv': PRODUCTS },
        MAPPING,
      );
      const found = counted(report);
      for (const key of [...found.keys()]) if (key.startsWith('outlier')) found.delete(key);
      assert.deepEqual([...found].sort(), [...expected].sort());
      const table = report.tables.find(({ name }) => name === 'order_lines')!;
      assert.deepEqual(
        [table.read, table.kept, table.repaired, table.quarantined],
        [lines.length, kept, repaired, aside],
      );
      const [lake] = await shop.rows<{ n: number }>('select count(*) as n from order_lines');
      assert.equal(lake!.n, kept + repaired);
      const quarantine = await shop.rows<{ reason: string; file: string; row: number; raw: string }>(
        `from '${join(shop.dir, 'quarantine/order_lines.parquet')}'`,
      );
      assert.equal(quarantine.length, aside);
      assert.ok(quarantine.every(({ file, row: at, raw }) => file === 'orders.csv' && at > 1 && raw.startsWith('{')));
    }),
    { seed: 17, numRuns: 4 },
  );
});

test('a rule may be told to do something else', async () => {
  const text = `${HEAD}\n${[good(1), { ...good(2), status: ' paid' }].map(row).join('\n')}\n`;
  const products = `${PRODUCTS}q1,Odd,-5,x\n`;
  const strict = `${MAPPING}rules: { trimmed: quarantine, negative-money: empty, unreadable-number: quarantine }\n`;
  const report = await shop.load({ 'orders.csv': text, 'products.csv': products }, strict);
  assert.deepEqual([...counted(report)], [['trimmed status', 1]]);
  assert.deepEqual([...counted(report, 'products')], [['unreadable-number stock', 1]]);
  const lenient = await shop.load(
    { 'orders.csv': text, 'products.csv': products },
    `${MAPPING}rules: { negative-money: empty }\n`,
  );
  assert.deepEqual([...counted(lenient, 'products')].sort(), [
    ['negative-money price', 1],
    ['unreadable-number stock', 1],
  ]);
  assert.deepEqual(await shop.rows(`select price, stock from products where product_id = 'q1'`), [
    { price: null, stock: null },
  ]);
});

test('outliers are kept and counted, capped or set aside, as the rule says', async () => {
  const lines = Array.from({ length: 60 }, (_, i) => row({ ...good(i), quantity: String(1 + (i % 3)), paid: '5.00' }));
  lines.push(row({ ...good(99), quantity: '50000', paid: '5.00' }));
  const files = { 'orders.csv': `${HEAD}\n${lines.join('\n')}\n`, 'products.csv': PRODUCTS };
  const kept = await shop.load(files, MAPPING);
  const outlier = kept.outliers.find(({ rule }) => rule === 'outlier-quantity')!;
  assert.equal(outlier.count, 1);
  assert.equal(outlier.examples[0]!.row, 62);
  assert.equal(kept.rows.quarantined, 0);
  const capped = await shop.load(files, `${MAPPING}rules: { outlier-quantity: cap }\n`);
  assert.deepEqual(capped.tables.find(({ name }) => name === 'order_lines')!.repaired, 1);
  const [most] = await shop.rows<{ q: number }>('select max(quantity) as q from order_lines');
  assert.ok(most!.q >= 3 && most!.q < 50_000);
  const aside = await shop.load(files, `${MAPPING}rules: { outlier-quantity: quarantine }\n`);
  assert.equal(counted(aside).get('outlier-quantity quantity'), 1);
});

test('products that only orders know are added; guests are kept and counted; lines get their place', async () => {
  const text =
    'order,customer,product,time,quantity,paid\n1,,x,2024-01-01,1,1\n2,a,y,2024-01-01,1,1\n1,,y,2024-01-01,1,1\n';
  const report = await shop.load({ 'orders.csv': text }, ORDERS);
  assert.equal(report.guests, 2);
  assert.equal(report.derived.products, 2);
  assert.deepEqual(await shop.rows('select product_id, title from products order by 1'), [
    { product_id: 'x', title: 'Unknown product x' },
    { product_id: 'y', title: 'Unknown product y' },
  ]);
  assert.deepEqual(await shop.rows('select order_id, line, product_id from order_lines order by 1, 2'), [
    { order_id: '1', line: 1, product_id: 'x' },
    { order_id: '1', line: 2, product_id: 'y' },
    { order_id: '2', line: 1, product_id: 'y' },
  ]);
});

test('ids stay text, digit by digit', async () => {
  const ids = ['000123', '123456789012345678', '9007199254740993', '1e5', '0x1F'];
  const text = `order,customer,product,time,quantity,paid\n${ids.map((id) => `${id},${id},${id},2024-01-01,1,1`).join('\n')}\n`;
  await shop.load({ 'orders.csv': text }, ORDERS);
  assert.deepEqual(
    (await shop.rows<{ id: string }>('select order_id as id from order_lines')).map(({ id }) => id),
    ids,
  );
});

test('a second export that overlaps the first adds only what is new', async () => {
  const head = 'order,customer,product,time,quantity,paid\n';
  const line = (order: number, product: string): string => `${order},a,${product},2024-01-0${order},1,1\n`;
  const mapping = ORDERS.replace('file: orders.csv', "files: 'orders*.csv'");
  const first = head + line(1, 'x') + line(1, 'x') + line(2, 'x');
  const second = head + line(2, 'x') + line(2, 'y') + line(3, 'x');
  const report = await shop.load({ 'orders-1.csv': first, 'orders-2.csv': second }, mapping);
  assert.deepEqual([...counted(report)], [['duplicate-row ', 1]]);
  assert.deepEqual(
    await shop.rows('select order_id, list(product_id order by line) as p from order_lines group by 1 order by 1'),
    [
      { order_id: '1', p: ['x', 'x'] },
      { order_id: '2', p: ['x', 'y'] },
      { order_id: '3', p: ['x'] },
    ],
  );
});

test('a dry run tells all and writes nothing', async () => {
  const text = `order,customer,product,time,quantity,paid\n1,a,x,2024-01-01,1,1\n1,a,x,2024-01-01,1,NaN\n${'2,a,x,2024-01-01,1,1\n'.repeat(20)}`;
  await shop.load({ 'orders.csv': text }, ORDERS);
  const compute = await openDuckdb();
  const before = readdirSync(shop.dir, { recursive: true }).sort();
  const mapping = parseMapping(`shop: { name: T, currency: USD, timeZone: UTC }\n${ORDERS}`, 'x.yaml');
  const report = await importShop(compute, mapping, join(shop.dir, 'data'), { now: NOW, dryRun: true });
  assert.deepEqual(readdirSync(shop.dir, { recursive: true }).sort(), before);
  assert.deepEqual(await compute.rows('select table_name from information_schema.tables'), []);
  assert.deepEqual(
    report.rejects.map(({ reason, count, samples }) => [reason, count, samples[0]?.row, samples[0]?.value]),
    [['not-finite', 1, 3, 'NaN']],
  );
  assert.deepEqual(
    report.tables.find(({ name }) => name === 'order_lines')!.sources[0]!.mapping.paid,
    '{column:paid,money:major}',
  );
  await compute.close();
});

test('an import opens again from its lake, every table there', async () => {
  await shop.load({ 'orders.csv': 'order,customer,product,time,quantity,paid\n1,a,x,2024-01-01,1,1\n' }, ORDERS);
  const compute = await openDuckdb();
  await openLake(compute, join(shop.dir, 'lake'));
  assert.deepEqual(await compute.rows('select count(*) as n from events'), [{ n: 0 }]);
  assert.deepEqual(await compute.rows('select order_id, paid, currency from order_lines'), [
    { order_id: '1', paid: 100, currency: 'USD' },
  ]);
  assert.ok(!existsSync(join(shop.dir, 'quarantine/events.parquet')));
  await compute.close();
});

test('one thread or two: the same lake, row by row', async () => {
  const lines = Array.from({ length: 20_000 }, (_, i) =>
    row({ ...good((i * 7919) % 6_000), quantity: String((i % 5) - 1) }),
  );
  const text = `${HEAD.replace('line,', '')}\n${lines.map((line) => line.replace(',1,', ',')).join('\n')}\n`;
  const mapping = MAPPING.replace('        line: line\n', '').replace(
    'columns:\n',
    'returns: [negative-quantity]\n      columns:\n',
  );
  await shop.load({ 'orders.csv': text, 'products.csv': PRODUCTS }, mapping);
  const digest = async (dir: string): Promise<unknown> =>
    shop.rows(`select md5(string_agg(o::varchar, '|' order by file_row_number)) as digest, count(*) as n
      from read_parquet('${join(dir, 'order_lines.parquet')}', file_row_number = true) o`);
  const expected = await digest(join(shop.dir, 'lake'));
  const compute = await openDuckdb({ threads: 1 });
  const parsed = parseMapping(`shop: { name: T, currency: USD, timeZone: UTC }\n${mapping}`, 'x.yaml');
  const out = { lakeDir: join(shop.dir, 'lake-1'), quarantineDir: join(shop.dir, 'quarantine-1') };
  await importShop(compute, parsed, join(shop.dir, 'data'), { now: NOW, ...out });
  assert.deepEqual(await digest(out.lakeDir), expected);
  await compute.close();
});
