// Aim: plans made over HTTP with the real planner are those of the files, and no body makes the server fail.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { z } from 'zod';
import { type SampleServer, startSample } from './sample-server.ts';
import * as schemas from './schemas.ts';

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
