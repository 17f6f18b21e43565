// Aim: input that cannot be right stops with exit 2, names file, row and column, and says the way out.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { KnownError } from '#errors.ts';
import { ORDERS, type Tiny, tiny } from './tiny-import.ts';
import { type Sheet, xlsx } from './tiny-xlsx.ts';

let shop: Tiny;
before(async () => {
  shop = await tiny();
});
after(() => shop.close());

const HEAD = 'order,customer,product,time,quantity,paid\n';
const GOOD = `${HEAD}1,a,x,2024-01-01,1,1\n`;
const as = (file: string, more = ''): string => ORDERS.replace('file: orders.csv', `file: ${file}${more}`);
const bytes = (text: string): Uint8Array => Buffer.from(text);

const SHEET = (id: string): Sheet => [
  ['order', 'customer', 'product', 'time', 'quantity', 'paid'],
  [{ n: id }, '李', 'line one\nline two, "quoted"', '2024-01-01', { n: '2' }, { n: '19.989999999999998' }],
];

const CASES: readonly (readonly [
  name: string,
  files: Record<string, Uint8Array>,
  mapping: string,
  code: string,
  says: RegExp,
])[] = [
  [
    'a missing file',
    { 'order.csv': bytes(GOOD) },
    ORDERS,
    'FILE_MISSING',
    /orders\.csv is not in .*which has order\.csv/,
  ],
  [
    'a pattern without files',
    {},
    ORDERS.replace('file:', 'files:').replace('orders.csv', "'*.csv'"),
    'FILE_MISSING',
    /\*\.csv is not in/,
  ],
  [
    'a missing column',
    { 'orders.csv': bytes(GOOD.replace('product', 'produkt')) },
    ORDERS,
    'COLUMN_MISSING',
    /orders\.csv \(row 1\) has no column "product"; nearest is "produkt"; it has order/,
  ],
  [
    'a missing column of Parquet',
    { 'orders.jsonl': bytes('{"order":1}\n') },
    as('orders.jsonl'),
    'COLUMN_MISSING',
    /orders\.jsonl .*no column "customer"/,
  ],
  ['an empty file', { 'orders.csv': bytes('') }, ORDERS, 'FILE_EMPTY', /orders\.csv/],
  [
    'a header without rows',
    { 'orders.csv': bytes(HEAD) },
    ORDERS,
    'FILE_EMPTY',
    /orders\.csv \(row 1\) has no rows for order_lines/,
  ],
  [
    'a wrong encoding',
    { 'orders.csv': Buffer.concat([bytes(GOOD), Uint8Array.of(0x32, 0x2c, 0xe9, 0x2c, 0x0a)]) },
    ORDERS,
    'ENCODING_UNSURE',
    /orders\.csv row 3/,
  ],
  [
    'a stated encoding that is not so',
    { 'orders.csv': Buffer.concat([bytes(GOOD), Uint8Array.of(0x32, 0x2c, 0xff, 0x2c, 0x0a)]) },
    as('orders.csv', '\n      encoding: utf-8'),
    'ENCODING_WRONG',
    /orders\.csv row 3: bytes ff 2c 0a are not utf-8/,
  ],
  [
    'a broken gzip',
    { 'orders.csv.gz': gzipSync(GOOD).subarray(0, 30) },
    as('orders.csv.gz'),
    'FILE_BROKEN',
    /orders\.csv\.gz cannot be read as gzip: unexpected end/,
  ],
  [
    'a broken Parquet',
    { 'orders.parquet': bytes('PAR1 this is not so PAR1') },
    as('orders.parquet'),
    'FILE_BROKEN',
    /orders\.parquet cannot be read as parquet/,
  ],
  [
    'a cut Parquet',
    { 'orders.parquet': bytes('PAR1') },
    as('orders.parquet'),
    'FILE_BROKEN',
    /orders\.parquet cannot be read as parquet/,
  ],
  [
    'a broken XLSX',
    { 'orders.xlsx': bytes('PK no') },
    as('orders.xlsx'),
    'FILE_BROKEN',
    /orders\.xlsx cannot be read as xlsx/,
  ],
  [
    'a cut XLSX',
    { 'orders.xlsx': xlsx(SHEET('1')).subarray(0, 400) },
    as('orders.xlsx'),
    'FILE_BROKEN',
    /orders\.xlsx cannot be read as xlsx/,
  ],
  [
    'a missing sheet',
    { 'orders.xlsx': xlsx(SHEET('1')) },
    as('orders.xlsx', '\n      sheet: Orders'),
    'SHEET_MISSING',
    /no sheet Orders/,
  ],
  [
    'negative money in most rows',
    { 'orders.csv': bytes(`${GOOD}2,a,x,2024-01-01,1,-5\n`) },
    ORDERS,
    'TOO_MANY_BAD_ROWS',
    /1 of 2 rows.*orders\.csv row 3, column paid, value "-5": the amount is negative/,
  ],
  [
    'NaN money in most rows',
    { 'orders.csv': bytes(`${GOOD}2,a,x,2024-01-01,1,NaN\n`) },
    ORDERS,
    'TOO_MANY_BAD_ROWS',
    /row 3, column paid, value "NaN": the number is NaN/,
  ],
  [
    'dates in the future in most rows',
    { 'orders.csv': bytes(`${GOOD}2,a,x,2034-01-01,1,5\n`) },
    ORDERS,
    'TOO_MANY_BAD_ROWS',
    /row 3, column ordered_at, value "2034-01-01": the time lies in the future/,
  ],
  [
    'a pattern of times that is none',
    { 'orders.csv': bytes(GOOD) },
    ORDERS.replace('time: iso', "time: '%Q'"),
    'PATTERN_INVALID',
    /orders\.csv/,
  ],
  [
    'a regular expression that is none',
    { 'orders.csv': bytes(GOOD) },
    as('orders.csv', '\n      leaveOut: [{ key: a, when: { order: { matches: "(" } }, en: a, zh: a }]'),
    'PATTERN_INVALID',
    /orders\.csv/,
  ],
];

for (const [name, files, mapping, code, says] of CASES)
  test(`refused: ${name}`, async () => {
    await assert.rejects(shop.load(files, mapping), (error) => {
      assert.ok(error instanceof KnownError, String(error));
      assert.equal(error.code, code, error.message);
      assert.equal(error.exitCode, 2);
      assert.match(error.message, says);
      assert.ok(error.fix.length > 10);
      return true;
    });
    assert.deepEqual(
      await shop.rows(`select table_name from duckdb_tables() where starts_with(table_name, 'events_tmp')`),
      [],
    );
    assert.ok(
      !readdirSync(shop.dir).includes('lake') || !readdirSync(join(shop.dir, 'lake')).includes('order_lines.parquet'),
    );
  });

test('XLSX: text, numbers as stored, ids of 18 digits; digits that were lost are not made up', async () => {
  const read = async (id: string) => {
    const report = await shop.load(
      { 'orders.xlsx': xlsx(SHEET(id)) },
      `${as('orders.xlsx')}limits: { quarantineShare: 1 }\n`,
    );
    return {
      rows: await shop.rows('select order_id, customer_id, product_id, quantity, paid from order_lines'),
      report,
    };
  };
  const exact = await read('123456789012345678');
  assert.deepEqual(exact.rows, [
    {
      order_id: '123456789012345678',
      customer_id: '李',
      product_id: 'line one\nline two, "quoted"',
      quantity: 2,
      paid: 1999,
    },
  ]);
  const cut = await read('1.2345678901234568E+17');
  assert.deepEqual(cut.rows, []);
  assert.deepEqual(
    cut.report.rejects.map(({ reason, column, samples }) => [reason, column, samples[0]!.row]),
    [['inexact-id', 'order_id', 2]],
  );
});
