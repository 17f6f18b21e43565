// Aim: money becomes minor units exactly, as whole-number arithmetic says, for any currency and way of writing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type Compute, openDuckdb } from '#engines/index.ts';
import { texts } from '#table/index.ts';
import { LAYER, Layers } from './layers.ts';
import { moneyOf, numberOf, signsOf } from './numbers.ts';
import { timeOf } from './times.ts';

let compute: Compute;
before(async () => {
  compute = await openDuckdb();
});
after(() => compute.close());

interface Parsed {
  readonly value: number | null;
  readonly lost: boolean;
  readonly shaped: boolean;
  readonly rounded: boolean;
}

async function parsed(
  cells: readonly string[],
  currency: string,
  decimal: '.' | ',' = '.',
  unit: 'major' | 'minor' = 'major',
): Promise<Parsed[]> {
  const digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits!;
  const layers = new Layers();
  const ref = moneyOf(layers, 'cell', 'VARCHAR', { unit, decimal, digits, signs: signsOf(currency) });
  layers.name(LAYER.final, 'value', ref.value);
  await compute.load('money_test', { length: cells.length, columns: { cell: texts(cells) } });
  return compute.rows<Parsed>(
    `select value, coalesce(${ref.unreadable} or ${ref.notFinite}, false) as lost, coalesce(${ref.reshaped}, false) as shaped, coalesce(${ref.rounded}, false) as rounded
     from (${layers.over('select * from money_test')})`,
  );
}

/** Minor units of a plain decimal text by whole numbers, rounded half away from zero; null beyond 2^53. */
function oracle(text: string, digits: number): number | null {
  const [, sign = '', whole = '', fraction = ''] = /^([-+]?)(\d*)\.?(\d*)$/.exec(text) ?? [];
  const kept = fraction.slice(0, digits).padEnd(digits, '0');
  let minor = BigInt(`${whole === '' ? '0' : whole}${kept}`);
  if ((fraction[digits] ?? '0') >= '5') minor += 1n;
  if (minor > 9007199254740991n) return null;
  return Number(sign === '-' ? -minor : minor) + 0;
}

test('money equals the whole-number oracle in yen, dollars and dinars', async () => {
  const amount = fc
    .tuple(fc.constantFrom('', '-', '+'), fc.bigInt({ min: 0n, max: 10n ** 17n }), fc.stringMatching(/^[0-9]{0,12}$/))
    .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`);
  const small = fc
    .tuple(fc.integer({ min: 0, max: 99_999 }), fc.stringMatching(/^[0-9]{1,5}$/))
    .map(([a, b]) => `${a}.${b}`);
  for (const [currency, digits] of [
    ['JPY', 0],
    ['USD', 2],
    ['KWD', 3],
  ] as const)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(amount, small), { minLength: 400, maxLength: 500 }), async (cells) => {
        const got = await parsed(cells, currency);
        for (const [i, cell] of cells.entries()) {
          const expected = oracle(cell, digits);
          assert.equal(got[i]!.value === null ? null : got[i]!.value + 0, expected, `${currency} ${cell}`);
          assert.equal(got[i]!.lost, expected === null, cell);
        }
      }),
      { seed: 21, numRuns: 3 },
    );
});

test('ways of writing an amount', async () => {
  const cells = [
    '1,234.50',
    '$1,234.5',
    'USD 7',
    '(12.00)',
    '1e3',
    ' 5 ',
    '1,50',
    '12.50 EUR',
    '0.005',
    '-0.005',
    'abc',
    'NaN',
    'inf',
    '-Infinity',
    '1e400',
    '',
    'N/A',
    '٣',
  ];
  const got = await parsed(cells, 'USD');
  assert.deepEqual(
    got.map(({ value }) => value),
    [123450, 123450, 700, -1200, 100000, 500, null, null, 1, -1, ...Array(8).fill(null)],
  );
  assert.deepEqual(
    got.map(({ lost }) => lost),
    [
      false,
      false,
      false,
      false,
      false,
      false,
      true,
      true,
      false,
      false,
      true,
      true,
      true,
      true,
      true,
      true,
      false,
      true,
    ],
  );
  assert.deepEqual(got.map(({ shaped }) => shaped).slice(0, 6), [true, true, true, true, false, false]);
  assert.deepEqual(got.map(({ rounded }) => rounded).slice(8, 10), [true, true]);
});

test('decimal commas, Chinese signs, minor units', async () => {
  const comma = await parsed(['1.234,56', '12,5', '1.234', '1234', '12.50', '1,2,3'], 'EUR', ',');
  assert.deepEqual(
    comma.map(({ value }) => value),
    [123456, 1250, 123400, 123400, null, null],
  );
  const yuan = await parsed(['￥12.30', '12.3元', '¥ 1,000', '$5'], 'CNY');
  assert.deepEqual(
    yuan.map(({ value }) => value),
    [1230, 1230, 100000, null],
  );
  const minor = await parsed(['1999', '19.5', '9007199254740991', '9007199254740992'], 'USD', '.', 'minor');
  assert.deepEqual(
    minor.map(({ value }) => value),
    [1999, 20, 9007199254740991, null],
  );
});

test('typed cells: floating noise is not money', async () => {
  const layers = new Layers();
  const ref = moneyOf(layers, 'cell', 'DOUBLE', { unit: 'major', decimal: '.', digits: 2, signs: [] });
  layers.name(LAYER.final, 'value', ref.value);
  const rows = await compute.rows<{ value: number | null; rounded: boolean; lost: boolean }>(
    `select value, ${ref.rounded} as rounded, coalesce(${ref.notFinite}, false) as lost from (${layers.over(
      `select * from (values (0.1::double + 0.2), (1.39), (0.005), ('nan'::double), (1e12), ('inf'::double)) t(cell)`,
    )})`,
  );
  assert.deepEqual(
    rows.map(({ value }) => value),
    [30, 139, 1, null, 1e14, null],
  );
  assert.deepEqual(
    rows.map(({ lost }) => lost),
    [false, false, false, true, false, true],
  );
});

test('numbers', async () => {
  const layers = new Layers();
  const ref = numberOf(layers, 'cell', 'VARCHAR', 'double', { decimal: ',', signs: [] });
  layers.name(LAYER.final, 'value', ref.value);
  const rows = await compute.rows<{ value: number | null }>(
    `select value from (${layers.over(`select * from (values ('1,5'), ('1.234,5'), ('x'), ('7'), ('inf')) t(cell)`)})`,
  );
  assert.deepEqual(
    rows.map(({ value }) => value),
    [1.5, 1234.5, null, 7, null],
  );
});

test('times in a zone, with an offset, as numbers and by pattern', async () => {
  const cases: readonly (readonly [cell: string, pattern: string, zone: string, expected: string | null])[] = [
    ['2024-01-02', 'iso', 'Asia/Shanghai', '2024-01-01T16:00:00.000Z'],
    ['2024-07-01 12:00:00', 'iso', 'America/New_York', '2024-07-01T16:00:00.000Z'],
    ['2024-01-02T03:04:05Z', 'iso', 'Asia/Shanghai', '2024-01-02T03:04:05.000Z'],
    ['2024-01-02T03:04:05.678+08:00', 'iso', 'UTC', '2024-01-01T19:04:05.678Z'],
    ['2024-01-02 03:04:05 -0500', 'iso', 'UTC', '2024-01-02T08:04:05.000Z'],
    ['2024-01-02T03:04+08', 'iso', 'UTC', '2024-01-01T19:04:00.000Z'],
    ['2024/1/2 3:04', 'iso', 'UTC', '2024-01-02T03:04:00.000Z'],
    ['20240102', 'iso', 'UTC', '2024-01-02T00:00:00.000Z'],
    ['2024-02-30', 'iso', 'UTC', null],
    ['infinity', 'iso', 'UTC', null],
    ['1704164645', 'epoch-s', 'UTC', '2024-01-02T03:04:05.000Z'],
    ['1704164645.5', 'epoch-s', 'UTC', '2024-01-02T03:04:05.500Z'],
    ['1704164645678', 'epoch-ms', 'UTC', '2024-01-02T03:04:05.678Z'],
    ['31/12/2023 23:30', '%d/%m/%Y %H:%M', 'Europe/London', '2023-12-31T23:30:00.000Z'],
    ['31/13/2023 23:30', '%d/%m/%Y %H:%M', 'Europe/London', null],
  ];
  for (const [cell, pattern, zone, expected] of cases) {
    const layers = new Layers();
    const ref = timeOf(layers, 'cell', 'VARCHAR', pattern, zone);
    layers.name(LAYER.final, 'value', ref.value);
    const from = layers.over(`select '${cell}' as cell`);
    const [row] = await compute.rows<{ value: number | null; lost: boolean }>(
      `select value, ${ref.unreadable} as lost from (${from})`,
    );
    assert.equal(
      row!.value === null ? null : new Date(row!.value).toISOString(),
      expected,
      `${cell} ${pattern} ${zone}`,
    );
    assert.equal(row!.lost, expected === null, cell);
  }
});
