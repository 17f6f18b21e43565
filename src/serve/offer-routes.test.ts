// Aim: offers, pools, coupons and budgets over HTTP: the figures are those of the lake, keys make calls repeatable, refusals
// say why in both languages, and no body makes the server fail or spends anything.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { z } from 'zod';
import { type SampleServer, startSample } from './sample-server.ts';
import { ErrorReply } from './schemas.ts';
import * as schemas from './schemas-offers.ts';

let server: SampleServer;
before(async () => {
  server = await startSample();
});
after(() => server.close());

async function call<T = Record<string, unknown>>(
  path: string,
  body?: unknown,
  key?: string,
): Promise<{ status: number; body: T }> {
  const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) };
  const reply = await server.get(
    `/api/v1${path}`,
    body === undefined ? {} : { method: 'POST', body: JSON.stringify(body), headers },
  );
  return { status: reply.status, body: (await reply.json()) as T };
}

const OFFER = {
  id: 'spring',
  name: { en: 'Spring', zh: '春日' },
  kind: 'coupon',
  percentOff: 10,
  marginFloorShare: 0.05,
};

test('an offer is kept with its cost on the shop’s own orders, and versioned once a pool uses it', async () => {
  const made = await call<z.infer<typeof schemas.OfferReply>>('/offers', { offer: OFFER, actor: 'Mei' });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.deepEqual(schemas.OfferReply.parse(made.body), made.body);
  const { asOf } = server.store.facts;
  const [twin] = await server.direct.rows<{ n: number }>(
    `select count(distinct order_id) as n from order_lines
     where status = 'paid' and ordered_at > ${asOf - 365 * 86_400_000} and ordered_at <= ${asOf}`,
  );
  const { check } = made.body;
  assert.equal(check.orders, Math.min(2000, twin!.n));
  assert.ok(
    check.usable > 0 && check.usable <= check.orders && check.usedMinor > 0 && check.loses === 0,
    JSON.stringify(check),
  );
  const bad = await call('/offers/check', { offer: { kind: 'coupon', percentOff: 90 } });
  assert.ok((bad.body.check as { loses: number }).loses > 0, 'nine tenths off, without a floor, loses money');
  const budget = await call('/budgets', { id: 'B', amountMinor: 100_000, actor: 'Mei' });
  assert.equal(budget.status, 201, JSON.stringify(budget.body));
  const pool = {
    id: 'P',
    offer: 'spring',
    budget: 'B',
    codes: { kind: 'generated', count: 30 },
    perPerson: 1,
    validMs: 86_400_000,
  };
  const stocked = await call<z.infer<typeof schemas.PoolRow>>('/coupon-pools', { pool, actor: 'Mei' });
  assert.equal(stocked.status, 201, JSON.stringify(stocked.body));
  assert.deepEqual([stocked.body.counts.free, stocked.body.isLow], [30, false]);
  const next = await call<z.infer<typeof schemas.OfferReply>>('/offers', { offer: { ...OFFER, percentOff: 12 } });
  assert.deepEqual(
    next.body.versions.map(({ version, isUsed }) => [version, isUsed]),
    [
      [2, false],
      [1, true],
    ],
  );
});

test('issue, validate, redeem and refund: the same key the same answer, another body 422, a refusal 409 in both languages', async () => {
  const [who, other] = ['C00001', 'C00002'];
  const issued = await call<{ code: string }>('/coupons/issue', { poolId: 'P', customerId: who }, 'i-1');
  assert.equal(issued.status, 200, JSON.stringify(issued.body));
  assert.deepEqual(await call('/coupons/issue', { poolId: 'P', customerId: who }, 'i-1'), issued);
  assert.equal((await call('/coupons/issue', { poolId: 'P', customerId: other }, 'i-1')).status, 422);
  const again = await call<z.infer<typeof schemas.Denied>>('/coupons/issue', { poolId: 'P', customerId: who }, 'i-2');
  assert.deepEqual([again.status, again.body.reason], [409, 'person-limit']);
  const [product] = await server.direct.rows<{ id: string; price: number }>(
    'select product_id as id, price from products where price is not null order by price desc limit 1',
  );
  const digits = server.store.shop.currencyDigits;
  const cart = {
    cart_id: 'K',
    products: [{ product_id: product!.id, price: product!.price / 10 ** digits, quantity: 2, name: 'ignored' }],
  };
  const { code } = issued.body;
  const valid = await call<{ ok: boolean; taken: { discountMinor: number } }>('/coupons/validate', {
    code,
    customerId: who,
    cart,
  });
  assert.equal(valid.body.ok, true, JSON.stringify(valid.body));
  const expected = Math.floor((2 * product!.price) / 10);
  assert.ok(valid.body.taken.discountMinor <= expected && valid.body.taken.discountMinor > 0);
  const stranger = await call<z.infer<typeof schemas.Denied>>('/coupons/validate', { code, customerId: other, cart });
  assert.equal(stranger.body.reason, 'wrong-customer');
  assert.match(stranger.body.words.zh, /其他顾客/);
  assert.deepEqual(stranger.body.event, {
    event: 'Coupon Denied',
    properties: { cart_id: 'K', coupon_id: code, reason: 'wrong-customer' },
  });
  const body = { code, customerId: who, orderId: 'N1', cart };
  const done = await call<z.infer<typeof schemas.RedeemedReply>>('/coupons/redeem', body, 'r-1');
  assert.equal(done.status, 200, JSON.stringify(done.body));
  assert.equal(done.body.event.properties.discount, done.body.discountMinor / 10 ** digits);
  assert.deepEqual(await call('/coupons/redeem', body, 'r-1'), done);
  assert.equal((await call('/coupons/redeem', { ...body, orderId: 'N2' }, 'r-1')).status, 422);
  assert.equal((await call('/coupons/redeem', body, 'r-2')).status, 409);
  assert.ok([400, 422].includes((await call('/coupons/redeem', body)).status), 'without a key');
  const budget = () => call<z.infer<typeof schemas.BudgetReply>>('/budgets/B').then((own) => own.body);
  assert.equal((await budget()).spentMinor, done.body.costMinor);
  const back = await call('/coupons/refund', { orderId: 'N1' });
  assert.equal(back.body.amountMinor, done.body.costMinor);
  assert.deepEqual([(await budget()).spentMinor, (await budget()).freeMinor], [0, 100_000]);
  const csv = await (await server.get('/api/v1/coupon-pools/P/codes')).text();
  assert.equal(csv.trim().split('\r\n').length, 31);
  assert.match(csv, new RegExp(`${code},refunded,${who}`));
  const pool = (await call<z.infer<typeof schemas.PoolReply>>('/coupon-pools/P')).body;
  assert.deepEqual([pool.counts.free, pool.counts.refunded, pool.left.at(-1)!.value], [29, 1, 29]);
});

test('money is held, settled and given back over HTTP; the ledger shows it and is whole', async () => {
  const expiresAt = Date.now() + 60_000;
  const held = await call<{ holdId: number }>('/budgets/B/holds', { amountMinor: 60_000, expiresAt }, 'h-1');
  assert.equal(held.status, 200, JSON.stringify(held.body));
  const refused = await call('/budgets/B/holds', { amountMinor: 60_000, expiresAt }, 'h-2');
  assert.deepEqual([refused.status, refused.body.reason], [409, 'budget']);
  assert.deepEqual((await call(`/holds/${held.body.holdId}/settle`, { amountMinor: 1000 })).body, {
    ok: true,
    spentMinor: 1000,
    returnedMinor: 59_000,
  });
  assert.equal((await call(`/holds/${held.body.holdId}/release`, {})).status, 409);
  await call('/budgets/B/top-up', { amountMinor: 5, actor: 'Mei' }, 't-1');
  await call('/budgets/B/top-up', { amountMinor: 5, actor: 'Mei' }, 't-1');
  assert.equal((await call('/budgets/B')).body.totalMinor, 100_005);
  const ledger = (await call<z.infer<typeof schemas.LedgerReply>>('/ledger?limit=3')).body;
  assert.deepEqual(
    ledger.rows.map((row) => row.deed),
    ['top-up', 'return', 'settle'],
  );
  assert.deepEqual((await call('/ledger/verify')).body, {
    ok: true,
    entries: ledger.entries,
    head: ledger.head,
    faults: [],
  });
});

test('past offers: redemptions and cost are those of the lake; orders per campaign are measured against its holdout', async () => {
  const { rows } = (await call<z.infer<typeof schemas.PastOffersReply>>('/past-offers')).body;
  const [twin] = await server.direct.rows<{ n: number; discount: number }>(
    'select count(*) as n, sum(discount)::bigint as discount from redemptions',
  );
  assert.ok(rows.length > 0);
  assert.equal(
    rows.reduce((sum, row) => sum + row.redeemed, 0),
    twin!.n,
  );
  assert.equal(
    rows.reduce((sum, row) => sum + row.discountMinor, 0),
    twin!.discount,
  );
  for (const row of rows) {
    assert.equal(row.costMinor, row.discountMinor + row.contactMinor);
    if (row.moreOrdersInterval !== null)
      assert.ok(row.moreOrdersInterval[0] <= row.moreOrders! && row.moreOrders! <= row.moreOrdersInterval[1]);
  }
});

test('any body: an answer or a 4xx, and nothing is spent', async () => {
  const before = (await call('/budgets/B')).body;
  const json = fc.jsonValue({ maxDepth: 3 });
  const path = fc.constantFrom(
    '/offers',
    '/offers/check',
    '/coupon-pools',
    '/coupons/issue',
    '/coupons/validate',
    '/coupons/redeem',
    '/coupons/refund',
    '/coupons/revoke',
    '/budgets',
    '/budgets/B/top-up',
    '/budgets/B/holds',
    '/holds/1/settle',
  );
  const body = fc.oneof(
    json,
    fc.record({ offer: json }),
    fc.record({ pool: fc.record({ id: fc.string(), offer: fc.constant('spring'), codes: json }) }),
    fc.record({
      code: fc.string({ unit: 'binary', maxLength: 60 }),
      customerId: fc.string(),
      orderId: fc.string(),
      cart: fc.record({ products: fc.array(fc.record({ product_id: fc.string(), price: fc.double() })) }),
    }),
    fc.record({
      amountMinor: fc.oneof(fc.double(), fc.constant(-1), fc.constant(2 ** 53)),
      actor: fc.constant('x'),
      expiresAt: fc.double(),
    }),
  );
  await fc.assert(
    fc.asyncProperty(
      path,
      body,
      fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme-ascii' }),
      async (where, what, key) => {
        const reply = await call(where, what, `k${encodeURIComponent(key)}`);
        assert.ok(reply.status < 500, `${where} ${JSON.stringify(what)}: ${JSON.stringify(reply.body)}`);
        if (reply.status >= 400 && reply.status !== 409) ErrorReply.parse(reply.body);
      },
    ),
    { seed: 12, numRuns: 120 },
  );
  assert.deepEqual(server.log, []);
  const { freeMinor, spentMinor, heldMinor } = (await call('/budgets/B')).body;
  assert.deepEqual([freeMinor, spentMinor, heldMinor], [before.freeMinor, before.spentMinor, before.heldMinor]);
  assert.equal((await call('/ledger/verify')).body.ok, true);
});
