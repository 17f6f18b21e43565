// Aim: a mapping is checked in full, and an error names the line, what came and what to write.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KnownError } from '#errors.ts';
import { findMapping } from './find-mapping.ts';
import { parseMapping, shippedMappings } from './mapping.ts';

const GOOD = `about: a test
shop: { name: X, currency: USD, timeZone: America/New_York }
tables:
  order_lines:
    - file: a.csv
      columns:
        order_id: Order
        product_id: SKU
        ordered_at: { column: T, time: iso }
        quantity: Q
        paid: { multiply: [Q, { column: P, money: major }] }
tiers: { anything: 1 }
`;

const fault = (text: string): string => {
  try {
    parseMapping(text, 'x.yaml');
  } catch (error) {
    assert.ok(error instanceof KnownError, String(error));
    assert.equal(error.code, 'MAPPING_INVALID');
    assert.equal(error.exitCode, 2);
    return error.message;
  }
  throw new assert.AssertionError({ message: `accepted:\n${text}` });
};

test('a good mapping is read with its defaults', () => {
  const mapping = parseMapping(GOOD, 'x.yaml');
  assert.deepEqual(mapping.shop, {
    ...{ name: 'X', currency: 'USD', timeZone: 'America/New_York', marginShare: 0.3, language: 'en' },
    ...{ orderCostMinor: 0, returnCostMinor: 0, discountRate: 0 },
    currencyDigits: 2,
  });
  assert.deepEqual(Object.keys(mapping.tables), ['order_lines']);
  assert.equal(mapping.limits.quarantineShare, 0.2);
  assert.equal(mapping.limits.earliest, Date.UTC(1990, 0, 1));
  assert.deepEqual(mapping.tiers, { anything: 1 });
  assert.equal(mapping.simulated, false);
});

test('digits of the currency are those of ISO 4217', () => {
  const digits = (currency: string) => parseMapping(GOOD.replace('USD', currency), 'x.yaml').shop.currencyDigits;
  assert.deepEqual(['JPY', 'USD', 'CNY', 'KWD'].map(digits), [0, 2, 2, 3]);
});

const FAULTS: readonly (readonly [from: string, to: string, line: number, says: RegExp])[] = [
  ['file: a', 'fil: a', 5, /the key tables\.order_lines\[1\]\.fil is not known.*write file/],
  ['USD', 'UDS', 2, /shop\.currency is "UDS".*ISO 4217.*write USD/],
  ['America/New_York', 'America/NewYork', 2, /shop\.timeZone.*write America\/New_York/],
  ['America/New_York', '+05:00', 2, /shop\.timeZone is "\+05:00".*IANA/],
  ['order_id: Order', 'order: Order', 7, /order is not known.*write order_id/],
  ['{ column: T, time: iso }', 'T', 9, /how the time is written; write \{ column: T, time: iso \}/],
  ['time: iso', 'tme: iso', 9, /tme is not known.*write time/],
  ['time: iso', 'time: isoo', 9, /time is "isoo".*write iso/],
  ['time: iso }', 'time: iso, zone: Mars }', 9, /zone is "Mars"/],
  ['name: X, ', '', 2, /shop\.name is missing.*write name: My shop/],
  ['order_lines', 'orderlines', 4, /orderlines is not known.*write order_lines/],
  ['paid: {', 'paid: 3 {', 11, /the text is/],
  ['multiply: [Q', 'multipl: [Q', 11, /multipl is not known.*write multiply/],
  ['quantity: Q', 'quantity: 5', 10, /quantity is 5; expected a column name/],
  [
    '{ multiply: [Q, { column: P, money: major }] }',
    'P',
    11,
    /major or minor units; write \{ column: P, money: major \}/,
  ],
  ['money: major', 'money: cents', 11, /money is "cents"; expected one of major, minor/],
  ['about:', 'tierz: 1\nabout:', 1, /tierz is not known.*write tiers/],
  ['- file: a.csv', '- file: a.csv\n      format: xml', 6, /format is "xml"; expected one of csv, tsv/],
  ['- file: a.csv', '- file: a.csv\n      files: b', 5, /exactly one of file, files and rows/],
  ['- file: a.csv', '- file: a.csv\n      encoding: latin9', 6, /encoding is "latin9"/],
  ['        product_id: SKU\n', '', 6, /a spec for product_id/],
  [
    'tiers:',
    'rules: { outlier-paid: drop }\ntiers:',
    12,
    /rules\.outlier-paid is "drop"; expected one of keep, quarantine, cap/,
  ],
  ['tiers:', 'limits: { quarantineShare: 2 }\ntiers:', 12, /limits\.quarantineShare is 2/],
  ['tiers:', 'extends: shopify\ntiers:', 12, /extends is "shopify".*write shopify-orders/],
];

for (const [from, to, line, says] of FAULTS)
  test(`a mapping with ${JSON.stringify(to)} for ${JSON.stringify(from)} is refused at line ${line}`, () => {
    const message = fault(GOOD.replace(from, to));
    assert.match(message, new RegExp(`^x\\.yaml:${line}: `));
    assert.match(message, says);
  });

test('any text is read or refused, never a crash', () => {
  const mangled = fc.tuple(fc.nat(GOOD.length), fc.nat(12), fc.string({ maxLength: 8 }));
  fc.assert(
    fc.property(mangled, ([at, size, text]) => {
      try {
        parseMapping(GOOD.slice(0, at) + text + GOOD.slice(at + size), 'x.yaml');
      } catch (error) {
        assert.ok(error instanceof KnownError && error.code === 'MAPPING_INVALID', String(error));
      }
    }),
    { seed: 4, numRuns: 300 },
  );
});

test('a mapping extends a shipped one with its own shop', () => {
  const text = 'extends: shopify-orders\nshop: { name: Mine, currency: CNY, timeZone: Asia/Shanghai, language: zh }\n';
  const mapping = parseMapping(text, 'x.yaml');
  assert.equal(mapping.shop.currency, 'CNY');
  assert.deepEqual(Object.keys(mapping.tables).sort(), ['customers', 'order_lines', 'products']);
});

test('every shipped mapping is sound', () => {
  const names = shippedMappings();
  for (const name of ['cdnow', 'completejourney', 'online-retail-ii', 'shopify-orders', 'woocommerce-products'])
    assert.ok(names.includes(name), name);
});

test('a folder finds its mapping by file, name or contents; else the shipped ones are listed', () => {
  const fixtures = new URL('./fixtures/', import.meta.url).pathname;
  assert.match(findMapping(`${fixtures}shopify-orders`).mappingFile, /shopify-orders\.yaml$/);
  assert.match(findMapping(`${fixtures}mixed`).mappingFile, /woocommerce-products\.yaml$/);
  assert.throws(() => findMapping('no-such-shop'), /no mapping for no-such-shop.*cdnow, completejourney/);
});
