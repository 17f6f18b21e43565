// Aim: a preview leaves nothing behind, a draft is kept whole or not at all, and bad bodies are refused at the door.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { z } from 'zod';
import { known } from '#errors.ts';
import type { Planner, PlanRequest } from './planning.ts';
import { type SampleServer, startSample } from './sample-server.ts';
import * as schemas from './schemas.ts';

const asked: PlanRequest[] = [];
/** Offers to everyone of one tier; a condition that says so is a fault of the caller or of ours. */
const planner: Planner = async ({ compute }, request) => {
  asked.push(request);
  if (request.body.condition === 'nonsense') throw known('REQUEST_INVALID', { what: 'nonsense', where: 'condition' });
  if (request.body.condition === 'crash') throw new Error('secret detail');
  await compute.run(
    `create or replace table campaign_plan as select $id as campaign_id, customer_id, if(tier = 'gold', 'offer', 'holdout') as arm, tier,
       0.5 as score, 300::bigint as expected_profit_minor, if(tier = 'gold', 100, 0)::bigint as cost_minor, 0.9 as propensity,
       'TIER' as reason, 'gold' as reason_en, '黄金' as reason_zh
     from customer_tiers where tier in ('gold', 'platinum')`,
    { id: request.campaignId },
  );
  return { plan: { ...request.body, eligible: 7, interval: [-5, 9] } };
};

let server: SampleServer;
before(async () => {
  server = await startSample(() => ({ planner }));
});
after(() => server.close());

const BODY = {
  condition: { column: 'tier', in: ['gold'] },
  offer: { kind: 'coupon', percentOff: 10 },
  budgetMinor: 5000,
};

const post = (path: string, body: unknown, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  server.get(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers });

test('a preview has the totals of its plan, and writes nothing', async () => {
  const reply = await post('/api/v1/campaigns/preview', BODY);
  assert.equal(reply.status, 200);
  const body = (await reply.json()) as z.infer<typeof schemas.CampaignTotals>;
  assert.deepEqual(schemas.CampaignTotals.parse(body), body);
  const [gold] = await server.direct.rows<{ n: number }>("select count(*) n from customer_tiers where tier = 'gold'");
  assert.deepEqual(
    [body.offered, body.costMinor, body.expectedProfitMinor],
    [gold?.n, (gold?.n ?? 0) * 100, (gold?.n ?? 0) * 300],
  );
  assert.deepEqual(body.curve.at(-1), {
    offers: gold?.n,
    costMinor: body.costMinor,
    expectedProfitMinor: body.expectedProfitMinor,
  });
  assert.deepEqual(
    body.byTier.map((row) => row.tier),
    ['gold', 'platinum'],
  );
  assert.equal(existsSync(join(server.dir, 'campaigns')), false);
  assert.equal(
    (await server.store.compute.rows("select 1 from duckdb_tables() where table_name = 'campaign_plan'")).length,
    0,
  );
  assert.deepEqual([asked.at(-1)?.body.holdoutShare, asked.at(-1)?.body.caps], [0.1, {}], 'defaults');
});

test('equal bodies get equal seeds, other bodies others', async () => {
  for (const budgetMinor of [5000, 5000, 6000]) await post('/api/v1/campaigns/preview', { ...BODY, budgetMinor });
  const [a, b, c] = asked.slice(-3).map((request) => request.seed);
  assert.equal(a, b);
  assert.notEqual(a, c);
});

test('a draft is kept with its people, and listed', async () => {
  const reply = await post('/api/v1/campaigns', { name: 'Gold week 黄金周', ...BODY });
  assert.equal(reply.status, 201);
  const draft = (await reply.json()) as z.infer<typeof schemas.CampaignSummary>;
  assert.deepEqual(schemas.CampaignSummary.parse(draft), draft);
  assert.match(draft.campaignId, /^gold-week-[0-9a-f]{8}$/);
  const folder = join(server.dir, 'campaigns', draft.campaignId);
  assert.deepEqual(readdirSync(folder).sort(), ['campaign.json', 'changes', 'plan.parquet']);
  const document = JSON.parse(readFileSync(join(folder, 'campaign.json'), 'utf8')) as Record<string, unknown>;
  assert.deepEqual([document.name, document.status], ['Gold week 黄金周', 'draft']);
  const one = (await server.json(`/api/v1/campaigns/${draft.campaignId}`)) as z.infer<typeof schemas.CampaignReply>;
  assert.deepEqual((one.definition as { condition: unknown }).condition, BODY.condition);
  assert.deepEqual([one.totals.eligible, one.totals.expectedProfitInterval], [7, [-5, 9]]);
  const list = (await server.json('/api/v1/campaigns')) as z.infer<typeof schemas.CampaignsReply>;
  assert.deepEqual(
    list.rows.map((row) => row.campaignId),
    [draft.campaignId, 'spring'],
  );
  assert.deepEqual(list.rows[0], draft);
  const people = (await server.json(`/api/v1/campaigns/${draft.campaignId}/people?arm=offer&limit=1`)) as z.infer<
    typeof schemas.PeopleReply
  >;
  assert.equal(people.total, draft.offered);
  const customer = people.rows[0]?.customerId ?? '';
  const profile = (await server.json(`/api/v1/customers/${encodeURIComponent(customer)}`)) as z.infer<
    typeof schemas.CustomerReply
  >;
  assert.equal(profile.campaigns.length, 2);
  assert.equal(existsSync(join(server.dir, '.lock')), false);
});

test('while a run writes, a draft is refused and nothing of it stays', async () => {
  const before = readdirSync(join(server.dir, 'campaigns'));
  writeFileSync(join(server.dir, '.lock'), String(process.ppid));
  try {
    const reply = await post('/api/v1/campaigns', { name: 'Busy', ...BODY });
    assert.equal(reply.status, 409);
    assert.equal(((await reply.json()) as z.infer<typeof schemas.ErrorReply>).error.code, 'WORKSPACE_BUSY');
  } finally {
    const { rmSync } = await import('node:fs');
    rmSync(join(server.dir, '.lock'));
  }
  assert.deepEqual(readdirSync(join(server.dir, 'campaigns')), before);
});

test('bodies that are not as described are refused', async () => {
  const nested = (depth: number) => '{"all":['.repeat(depth) + ']}'.repeat(depth);
  const about = (condition: string) => `{"condition":${condition},"offer":{},"budgetMinor":1}`;
  for (const [body, status] of [
    [{ ...BODY, condition: 'nonsense' }, 400],
    [{ ...BODY, budgetMinor: -1 }, 400],
    [{ ...BODY, budgetMinor: 0.5 }, 400],
    [{ ...BODY, budgetMinor: 2 ** 53 }, 400],
    [{ ...BODY, budgetMinor: '5' }, 400],
    [`{"condition":"x","offer":{},"budgetMinor":1e400}`, 400],
    [{ ...BODY, holdoutShare: 0.95 }, 400],
    [{ ...BODY, holdoutShare: null }, 400],
    [{ ...BODY, extra: 1 }, 400],
    [{ offer: {}, budgetMinor: 1 }, 400],
    [{ ...BODY, condition: [] }, 400],
    [about(nested(20)), 400],
    [about(nested(90_000)), 400],
    [about(`{"all":[${nested(20)}],"__proto__":1}`), 400],
    ['{"__proto__":{"x":1},"condition":"x","offer":{},"budgetMinor":1}', 400],
    ['{"constructor":{"prototype":{"x":1}},"condition":"x","offer":{},"budgetMinor":1}', 400],
    ['{', 400],
    ['null', 400],
    ['', 400],
    [JSON.stringify({ ...BODY, offer: { text: 'x'.repeat(1_100_000) } }), 413],
  ] as const) {
    const reply = await post('/api/v1/campaigns/preview', body);
    const text = await reply.text();
    assert.equal(reply.status, status, `${JSON.stringify(body).slice(0, 90)} ${text}`);
    assert.doesNotThrow(() => schemas.ErrorReply.parse(JSON.parse(text)));
  }
  assert.equal((await post('/api/v1/campaigns/preview', BODY, { 'content-type': 'text/plain' })).status, 415);
  for (const name of ['', ' ', 'x'.repeat(121), 7, null])
    assert.equal((await post('/api/v1/campaigns', { name, ...BODY })).status, 400);
  assert.deepEqual(server.log, []);
});

test('a crash of the planner is a 500 without details, and the next plan works', async () => {
  const reply = await post('/api/v1/campaigns/preview', { ...BODY, condition: 'crash' });
  assert.equal(reply.status, 500);
  assert.doesNotMatch(await reply.text(), /secret/);
  assert.match(server.log.join(), /secret detail/);
  assert.equal((await post('/api/v1/campaigns/preview', BODY)).status, 200);
});

test('plans asked for at once are made one after another; too many are told to wait', async () => {
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, i) => post('/api/v1/campaigns/preview', { ...BODY, budgetMinor: i })),
  );
  const statuses = new Set(replies.map((reply) => reply.status));
  assert.ok(replies.filter((reply) => reply.status === 200).length >= 8);
  for (const status of statuses) assert.ok(status === 200 || status === 503);
  for (const reply of replies.filter(({ status }) => status === 503))
    assert.equal(reply.headers.get('retry-after'), '2');
});
