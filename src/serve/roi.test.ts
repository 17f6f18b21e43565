// Aim: the ROI report over HTTP keeps its contract, filters by dates, and its CSV holds the same figures.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { z } from 'zod';
import { type SampleServer, startSample } from './sample-server.ts';
import { ErrorReply } from './schemas.ts';
import { RoiCampaignReply, RoiReply } from './schemas-roi.ts';

let server: SampleServer;
before(async () => {
  server = await startSample();
});
after(() => server.close());

test('the report keeps its contract; offers and contacts of the sample are all in it', async () => {
  const reply = (await server.json('/api/v1/roi')) as z.infer<typeof RoiReply>;
  assert.deepEqual(RoiReply.parse(reply), reply);
  const [direct] = await server.direct.rows<{ treated: number; held: number }>(
    "select count(*) filter (arm = 'offer') as treated, count(*) filter (arm = 'holdout') as held from exposures",
  );
  assert.deepEqual([reply.total.treated, reply.total.held], [direct!.treated, direct!.held]);
  assert.equal(reply.campaigns.length, 1);
  const one = (await server.json('/api/v1/roi/campaigns/old')) as z.infer<typeof RoiCampaignReply>;
  assert.deepEqual(RoiCampaignReply.parse(one), one);
  assert.deepEqual(one.profit, reply.campaigns[0]!.profit);
  assert.equal(one.curve.at(-1)!.profitMinor, Math.round(one.profit!.total));
});

test('dates choose campaigns by their beginning; wrong ones are refused', async () => {
  const [campaign] = ((await server.json('/api/v1/roi')) as z.infer<typeof RoiReply>).campaigns;
  const after = (await server.json(`/api/v1/roi?from=${campaign!.startAt + 1}`)) as z.infer<typeof RoiReply>;
  assert.deepEqual([after.campaigns, after.total.profit, after.total.verdict], [[], null, 'unmeasured']);
  for (const [path, status] of [
    ['/api/v1/roi?from=yesterday', 400],
    ['/api/v1/roi?clickDays=-1', 400],
    ['/api/v1/roi?nothing=1', 400],
    ['/api/v1/roi/campaigns/none', 404],
  ] as const) {
    const reply = await server.get(path);
    assert.equal(reply.status, status, path);
    ErrorReply.parse(await reply.json());
  }
  assert.deepEqual(server.log, []);
});

test('CSV holds the rows of each table, money in major units', async () => {
  const reply = (await server.json('/api/v1/roi')) as z.infer<typeof RoiReply>;
  for (const [table, rows] of [
    ['campaigns', reply.campaigns],
    ['tiers', reply.byTier],
    ['offers', reply.byOffer],
  ] as const) {
    const answer = await server.get(`/api/v1/roi?format=csv&table=${table}`);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/csv/);
    const lines = (await answer.text()).trim().split('\r\n');
    assert.equal(lines.length, rows.length + 1);
    const names = lines[0]!.split(',');
    const cell = (line: string, name: string) => line.split(',')[names.indexOf(name)];
    for (const [k, row] of rows.entries()) {
      assert.equal(cell(lines[k + 1]!, 'verdict'), row.verdict);
      assert.equal(Math.round(Number(cell(lines[k + 1]!, 'attributed_revenue')) * 100), row.attributed.revenueMinor);
    }
  }
});
