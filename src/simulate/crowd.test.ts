// Aim: a crowd met once does in every window what the same customers do when asked one by one; what was seen of them ends with the data.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numberColumn } from '#table/index.ts';
import { dayStart } from './calendar.ts';
import { meetCrowd } from './crowd.ts';
import type { Offer } from './offer-effect.ts';
import { customerId, respond } from './respond.ts';

const SHOP = { products: 96 };
const OFFERS: readonly Offer[] = [
  { percentOff: 10, cost: 20 },
  { amountOff: 3000, minSpend: 19_900, cost: 20 },
];

test('windows are those of respond, whichever future, offer and order of asking', () => {
  const crowd = meetCrowd({ seed: 5, ...SHOP }, 150, 84);
  for (const [fromDay, days] of [
    [crowd.endDay + 28, 28],
    [crowd.endDay, 14],
  ] as const) {
    const window = crowd.window(fromDay, fromDay + days);
    for (const [k, offer] of OFFERS.entries()) {
      const contacts = Array.from({ length: 150 }, (_, i) => ({ customerId: customerId(i), arm: 'offer' as const }));
      const mission = { shop: SHOP, contacts, offer, startAt: dayStart(fromDay), days, future: k };
      const { responses } = respond(5, mission);
      for (let i = 149; i >= 0; i--) {
        const { without, with: given } = window.happens(i, offer, k);
        assert.deepEqual([without, given], [responses[i]!.without, responses[i]!.with]);
        assert.deepEqual(window.expected(i, offer), responses[i]!.expected);
      }
    }
  }
});

test('what is seen are the customers’ own orders and visits before the end, net of what came back', () => {
  const crowd = meetCrowd({ seed: 6, ...SHOP }, 400, 28);
  const { people, orders, messages, visits } = crowd.seen;
  assert.equal(people.length, 400);
  const column = (name: string) => numberColumn(orders, name).values;
  for (const rows of [orders, visits])
    for (const [k, day] of numberColumn(rows, 'day').values.entries()) {
      assert.ok(day < crowd.endDay, `row ${k}`);
      const customer = numberColumn(rows, 'customer').values[k]!;
      assert.ok(Number.isInteger(customer) && customer >= 0 && customer < 400);
    }
  assert.ok(orders.length > 400 && messages.length > 100 && visits.length > orders.length);
  let [returned, revenue, margin] = [0, 0, 0];
  for (const [k, own] of column('revenue').entries()) {
    assert.ok(own >= 0 && column('lines')[k]! >= 1);
    if (own === 0) returned++;
    revenue += own;
    margin += column('margin')[k]!;
  }
  assert.ok(returned > 0 && returned < orders.length / 5, `${returned} orders came back whole`);
  assert.ok(margin > 0.2 * revenue && margin < 0.7 * revenue);
});
