// Aim: plans made over HTTP with the real planner are those of the files, and no body makes the server fail.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { z } from 'zod';
import { type SampleServer, startSample } from './sample-server.ts';
import * as schemas from './schemas.ts';
import { SimulationReply } from './schemas-allocation.ts';

let server: SampleServer;
before(async () => {
  server = await startSample();
});
after(() => server.close());

const post = (path: string, body: unknown) =>
  server.get(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

const BODY = {
  condition: {
    all: [
      { column: 'tier', in: ['gold', 'platinum'] },
      { column: 'recency_days', is: '<=', value: 200 },
    ],
  },
  offer: { kind: 'coupon', percentOff: 1 },
  budgetMinor: 50_000,
  holdoutShare: 0.2,
  caps: { offersMax: 25 },
};

test('a preview: the audience is that of the condition, budget and caps hold, arms add up', async () => {
  const reply = await post('/api/v1/campaigns/preview', BODY);
  const totals = (await reply.json()) as z.infer<typeof schemas.CampaignTotals>;
  assert.equal(reply.status, 200, JSON.stringify(totals));
  assert.deepEqual(schemas.CampaignTotals.parse(totals), totals);
  const [twin] = await server.direct.rows<{ audience: number; consented: number }>(
    `select count(*) as audience, count(*) filter (consent_marketing) as consented
     from profiles join customer_tiers using (customer_id) where tier in ('gold', 'platinum') and recency_days <= 200`,
  );
  assert.equal(totals.audience, twin?.audience);
  assert.ok(totals.eligible !== null && totals.eligible <= (twin?.consented ?? 0) && totals.eligible > 0);
  assert.equal(totals.offered + totals.holdout + totals.none, totals.audience);
  assert.ok(totals.costMinor <= BODY.budgetMinor && totals.offered <= 25 && totals.offered > 0);
  for (const key of ['audience', 'offered', 'holdout', 'none', 'costMinor', 'expectedProfitMinor'] as const)
    assert.equal(
      totals.byTier.reduce((sum, row) => sum + row[key], 0),
      totals[key],
    );
  assert.equal(
    totals.reasons.reduce((sum, row) => sum + row.customers, 0),
    totals.audience,
  );
  const [low, high] = totals.expectedProfitInterval ?? [1, 0];
  assert.ok(low <= totals.expectedProfitMinor && totals.expectedProfitMinor <= high);
  assert.deepEqual(await (await post('/api/v1/campaigns/preview', BODY)).json(), totals, 'the same again');
});

test('a draft has the people that its preview promised', async () => {
  const preview = (await (await post('/api/v1/campaigns/preview', BODY)).json()) as z.infer<
    typeof schemas.CampaignTotals
  >;
  const reply = await post('/api/v1/campaigns', { name: '金牌周', ...BODY });
  assert.equal(reply.status, 201);
  const { campaignId } = (await reply.json()) as z.infer<typeof schemas.CampaignSummary>;
  assert.match(campaignId, /^campaign-[0-9a-f]{8}$/);
  const one = (await server.json(`/api/v1/campaigns/${campaignId}`)) as z.infer<typeof schemas.CampaignReply>;
  assert.equal(one.name, '金牌周');
  assert.equal(one.totals.audience, preview.audience);
  assert.equal(one.totals.eligible, preview.eligible);
  for (const arm of schemas.ARMS) {
    const people = (await server.json(`/api/v1/campaigns/${campaignId}/people?arm=${arm}&limit=1`)) as {
      total: number;
    };
    assert.equal(people.total, one.totals[arm === 'offer' ? 'offered' : arm], arm);
  }
});

const json = fc.jsonValue({ maxDepth: 3 });
const column = fc.oneof(fc.constantFrom('tier', 'tags', 'orders', 'city', 'random', 'consent_marketing'), fc.string());
const leaf = fc.oneof(
  fc.record({ column, is: fc.constantFrom('=', '<', '!=', 'like'), value: json }),
  fc.record({ column, in: fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.double()), { maxLength: 4 }) }),
  fc.record({ field: column, op: fc.constantFrom('=', 'in', 'missing'), value: json }),
);
const condition = fc.oneof(
  { weight: 3, arbitrary: leaf },
  fc.record({ all: fc.array(leaf, { maxLength: 3 }) }),
  fc.record({ not: leaf }),
  fc.string(),
  json,
);

test('any condition, offer and caps: a plan or a 4xx', async () => {
  await fc.assert(
    fc.asyncProperty(
      condition,
      fc.oneof(fc.constant(BODY.offer), json),
      fc.oneof(fc.constant({}), json),
      async (who, offer, caps) => {
        const reply = await post('/api/v1/campaigns/preview', { condition: who, offer, budgetMinor: 1000, caps });
        const body: unknown = await reply.json();
        assert.ok(reply.status === 200 || (reply.status >= 400 && reply.status < 500), JSON.stringify(body));
        if (reply.status !== 200) schemas.ErrorReply.parse(body);
      },
    ),
    { seed: 41, numRuns: 150 },
  );
  assert.deepEqual(server.log, []);
});

const OFFERS = [
  { id: 'small', kind: 'coupon', percentOff: 1, channel: 'email' },
  { id: 'large', kind: 'coupon', percentOff: 3, channel: 'sms', contactCostMinor: 10 },
];
const SEVERAL = { condition: BODY.condition, offers: OFFERS, budgetMinor: 50_000, holdoutShare: 0.2 };

test('several offers: a draft says who gets which, and the chances of every arm', async () => {
  const body = { ...SEVERAL, explorationShare: 0.3, caps: { perOffer: { large: 5 } } };
  const preview = (await (await post('/api/v1/campaigns/preview', body)).json()) as z.infer<
    typeof schemas.CampaignTotals
  >;
  assert.deepEqual(schemas.CampaignTotals.parse(preview), preview);
  assert.deepEqual(
    preview.byOffer.map(({ offerId }) => offerId),
    ['small', 'large'],
  );
  assert.equal(
    preview.byOffer.reduce((sum, { offered }) => sum + offered, 0),
    preview.offered,
  );
  assert.ok(preview.byOffer[1]!.offered <= 5);
  const reply = await post('/api/v1/campaigns', { name: 'Two', ...body });
  assert.equal(reply.status, 201);
  const { campaignId } = (await reply.json()) as z.infer<typeof schemas.CampaignSummary>;
  const { rows } = (await server.json(`/api/v1/campaigns/${campaignId}/people?arm=offer&limit=100`)) as z.infer<
    typeof schemas.PeopleReply
  >;
  for (const row of rows) assert.ok(['small', 'large'].includes(row.offerId ?? ''), String(row.offerId));
  const explorers = rows.filter(({ reason }) => reason === 'exploration');
  for (const { propensity } of explorers) assert.ok(propensity! > 0 && propensity! < 0.8);
});

test('the simulator: curve, comparisons and front belong to the plan that was asked for', async () => {
  const reply = await post('/api/v1/allocation/simulate', SEVERAL);
  const found = (await reply.json()) as z.infer<typeof SimulationReply>;
  assert.equal(reply.status, 200, JSON.stringify(found));
  assert.deepEqual(SimulationReply.parse(found), found);
  assert.ok(found.plan.costMinor <= SEVERAL.budgetMinor && found.plan.offered > 0);
  for (const [k, point] of found.curve.entries()) {
    assert.ok(point.costMinor <= point.budgetMinor);
    if (k > 0) assert.ok(point.expectedProfitMinor >= found.curve[k - 1]!.expectedProfitMinor);
  }
  assert.deepEqual(
    found.comparisons.map(({ targeting }) => targeting),
    ['everyone', 'top-value', 'top-churn', 'random'],
  );
  for (const one of found.comparisons) {
    assert.equal(one.lessMinor, found.plan.expectedProfitMinor - one.expectedProfitMinor);
    if (one.targeting !== 'everyone') assert.ok(one.withinBudget && one.lessMinor >= 0);
  }
  for (const [k, point] of found.pareto.entries()) {
    const before = found.pareto[k - 1];
    if (before !== undefined)
      assert.ok(point.expectedKept > before.expectedKept && point.expectedProfitMinor < before.expectedProfitMinor);
  }
});

test('offers, limits and bodies that make no sense are refused, in the simulator too', async () => {
  for (const [change, status, message] of [
    [{ offers: [] }, 400, /offers/],
    [{ offers: undefined }, 422, /offer/],
    [{ offer: BODY.offer }, 422, /either offer or offers/],
    [{ offers: [OFFERS[0], OFFERS[0]] }, 422, /an id that no other offer has/],
    [{ caps: { perOffer: { gone: 5 } } }, 422, /caps\.perOffer\.gone/],
    [{ caps: { perChannel: { fax: 5 } } }, 422, /caps\.perChannel\.fax/],
    [{ explorationShare: 0.6 }, 400, /explorationShare/],
    [{ minRoi: -1 }, 400, /minRoi/],
  ] as const)
    for (const path of ['/api/v1/campaigns/preview', '/api/v1/allocation/simulate']) {
      const reply = await post(path, { ...SEVERAL, ...change });
      const text = await reply.text();
      assert.equal(reply.status, status, `${JSON.stringify(change)} ${text}`);
      assert.match(text, message);
    }
  const nothing = (await (await post('/api/v1/allocation/simulate', { ...SEVERAL, budgetMinor: 0 })).json()) as z.infer<
    typeof SimulationReply
  >;
  assert.deepEqual([nothing.plan.offered, nothing.plan.costMinor], [0, 0]);
});
