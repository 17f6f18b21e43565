// Aim: the summary of a run says money in the shop's own currency, whatever its minor unit.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summary } from './run.ts';

const lines = (currency: string, currencyDigits: number): string[] =>
  summary({
    rows: { read: 1000, kept: 990, repaired: 6, quarantined: 4 },
    ...{ seconds: { total: 1.25 }, peakRssMb: 300.2, customers: 40, products: 12, currency, currencyDigits },
    tiers: [
      { tier: 'low', customers: 30, value: 5000 },
      { tier: 'high', customers: 10, value: 1_234_500 },
    ],
  }).split('\n');

test('the best tier first, in major units', () => {
  assert.equal(lines('USD', 2)[0], '1,000 rows read = 990 kept + 6 repaired + 4 quarantined');
  assert.match(lines('USD', 2)[3]!, /^ {2}high +10 customers {3}expected margin +\$12,345$/);
  assert.match(lines('JPY', 0)[3]!, /¥1,234,500$/);
  assert.match(lines('KWD', 3)[4]!, /low .*KWD\s5$/);
});
