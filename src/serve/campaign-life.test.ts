// Aim: over HTTP a campaign goes its way from draft to stopped, each refusal says why, and nothing is done twice.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { z } from 'zod';
import type { Delivery } from '#campaigns/index.ts';
import { type SampleServer, startSample } from './sample-server.ts';
import * as schemas from './schemas.ts';
import { HistoryReply, OverlapsReply } from './schemas-campaign-life.ts';

const sent: string[] = [];
const delivery: Delivery = {
  enqueue: async (messages) => {
    sent.push(...messages.map(({ key }) => key));
    return { queued: messages.length, refused: 0 };
  },
  pause: async () => {},
  resume: async () => {},
  cancel: async () => {},
  test: async ({ to, content, language }) => void sent.push(`${to}: ${content?.[language].title}`),
};

let server: SampleServer;
before(async () => {
  server = await startSample(() => ({ campaigns: { delivery }, scheduleEveryMs: 0 }));
});
after(() => server.close());

const send = (method: string, path: string, body: unknown) =>
  server.get(path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

type Campaign = z.infer<typeof schemas.CampaignReply>;
const BODY = {
  condition: { column: 'tier', in: ['gold', 'platinum'] },
  offers: [
    {
      ...{ id: 'one', kind: 'coupon', percentOff: 1, channel: 'email' },
      content: { en: { title: 'For you', text: 'One off' }, zh: { title: '专属优惠', text: '一折' } },
    },
  ],
  budgetMinor: 50_000,
  holdoutShare: 0.2,
};

async function draft(name: string, more: object = {}): Promise<string> {
  const reply = await send('POST', '/api/v1/campaigns', { name, actor: 'Li Lei', ...BODY, ...more });
  assert.equal(reply.status, 201, await reply.clone().text());
  return ((await reply.json()) as { campaignId: string }).campaignId;
}

async function act(id: string, action: string, body: object): Promise<Campaign> {
  const reply = await send('POST', `/api/v1/campaigns/${id}/${action}`, body);
  const campaign = (await reply.json()) as Campaign;
  assert.equal(reply.status, 200, JSON.stringify(campaign));
  assert.deepEqual(schemas.CampaignReply.parse(campaign), campaign);
  return campaign;
}

async function refused(id: string, action: string, body: object, status: number, code: string): Promise<void> {
  const reply = await send('POST', `/api/v1/campaigns/${id}/${action}`, body);
  const { error } = (await reply.json()) as z.infer<typeof schemas.ErrorReply>;
  assert.deepEqual([reply.status, error.code], [status, code], error.message);
}

test('from draft to stopped, with an edit between that takes the approval back', async () => {
  const id = await draft('Spring');
  const first = (await server.json(`/api/v1/campaigns/${id}`)) as Campaign;
  assert.deepEqual([first.life?.version, first.life?.authors, first.life?.can], [1, ['Li Lei'], ['edit', 'submit']]);
  assert.equal((first.asked as { budgetMinor: number }).budgetMinor, 50_000);
  await refused(id, 'start', { actor: 'Han Mei' }, 409, 'CAMPAIGN_STATE');
  await act(id, 'submit', { actor: 'Li Lei' });
  await refused(id, 'approve', { actor: '  li LEI ' }, 403, 'CAMPAIGN_OWN_APPROVAL');
  await act(id, 'approve', { actor: 'Han Mei', note: 'fine' });
  const edit = { name: 'Spring 2', actor: 'Li Lei', ...BODY, budgetMinor: 200 };
  const stale = await send('PUT', `/api/v1/campaigns/${id}`, { ...edit, version: 1 });
  assert.equal(stale.status, 409);
  const edited = (await (await send('PUT', `/api/v1/campaigns/${id}`, { ...edit, version: 3 })).json()) as Campaign;
  assert.deepEqual([edited.name, edited.status, edited.life?.approvedBy], ['Spring 2', 'draft', null]);
  assert.ok(edited.totals.costMinor <= 200 && edited.totals.offered < first.totals.offered);
  await act(id, 'submit', { actor: 'Li Lei' });
  await act(id, 'approve', { actor: 'Han Mei' });
  const schedule = (startAt: number) => ({ actor: 'Han Mei', startAt, endAt: startAt + 86_400_000 });
  await refused(id, 'schedule', schedule(1), 422, 'CAMPAIGN_INVALID');
  await act(id, 'schedule', schedule(Date.now() + 3_600_000));
  const running = await act(id, 'start', { actor: 'Han Mei' });
  assert.equal(running.life?.handed?.messages, running.totals.offered);
  assert.equal(new Set(sent).size, running.totals.offered);
  assert.ok(sent.every((key) => key.startsWith(`${id}/`) && key.endsWith('/one')));
  await refused(id, 'start', { actor: 'Han Mei' }, 409, 'CAMPAIGN_STATE');
  await act(id, 'stop', { actor: 'Li Lei', note: 'enough' });
  const history = (await server.json(`/api/v1/campaigns/${id}/history`)) as z.infer<typeof HistoryReply>;
  assert.deepEqual(HistoryReply.parse(history), history);
  assert.deepEqual(history.rows.map(({ action }) => action).reverse(), [
    'create',
    'submit',
    'approve',
    'edit',
    'submit',
    'approve',
    'schedule',
    'start',
    'hand-over',
    'stop',
  ]);
  assert.deepEqual(history.rows.at(-4)?.changed.name, ['Spring', 'Spring 2']);
  const folder = join(server.dir, 'campaigns', id);
  assert.deepEqual(readdirSync(folder).sort(), ['campaign.json', 'changes', 'plan-4.parquet', 'plan.parquet']);
  const list = (await server.json('/api/v1/campaigns')) as z.infer<typeof schemas.CampaignsReply>;
  assert.equal(list.rows.find(({ campaignId }) => campaignId === id)?.status, 'stopped');
});

test('people of a campaign that comes first are left out, and shared people are told', async () => {
  const first = await draft('First', { priority: 5, budgetMinor: 20_000 });
  const plain = (await server.json(`/api/v1/campaigns/${first}`)) as Campaign;
  await act(first, 'submit', { actor: 'Li Lei' });
  await act(first, 'approve', { actor: 'Han Mei' });
  const equal = await draft('Equal', { priority: 5 });
  const overlaps = (await server.json(`/api/v1/campaigns/${equal}/overlaps`)) as z.infer<typeof OverlapsReply>;
  assert.deepEqual(OverlapsReply.parse(overlaps), overlaps);
  assert.equal(overlaps.rows[0]?.campaignId, first);
  assert.ok(overlaps.rows[0]!.offered > 0 && overlaps.rows[0]!.holdoutSpoiled > 0);
  const second = await draft('Second');
  const left = (await server.json(`/api/v1/campaigns/${second}`)) as Campaign;
  const reasons = new Map(left.totals.reasons.map(({ code, customers }) => [code, customers]));
  assert.equal(reasons.get('other-campaign'), plain.totals.offered + plain.totals.holdout);
  const none = (await server.json(`/api/v1/campaigns/${second}/overlaps`)) as z.infer<typeof OverlapsReply>;
  assert.deepEqual(none, { rows: [], spoiledSoFar: 0 });
  await act(first, 'stop', { actor: 'Li Lei' });
});

test('a test message goes to one address; campaigns of runs and unknown ones have no life', async () => {
  const id = await draft('Try');
  const body = { actor: 'Li Lei', to: 'me@shop.example', offerId: 'one', language: 'zh' };
  assert.deepEqual(await (await send('POST', `/api/v1/campaigns/${id}/test`, body)).json(), { sent: true });
  assert.equal(sent.at(-1), 'me@shop.example: 专属优惠');
  await refused(id, 'test', { ...body, offerId: 'two' }, 422, 'CAMPAIGN_INVALID');
  await refused(id, 'test', { ...body, to: '' }, 400, 'REQUEST_INVALID');
  await refused(id, 'approve', {}, 400, 'REQUEST_INVALID');
  await refused('nothing', 'submit', { actor: 'A' }, 404, 'CAMPAIGN_UNKNOWN');
  await refused('spring', 'submit', { actor: 'A' }, 404, 'CAMPAIGN_UNKNOWN');
  assert.equal(((await server.json('/api/v1/campaigns/spring')) as Campaign).life, null);
  const anonymous = (
    (await (await send('POST', '/api/v1/campaigns', { name: 'Old client', ...BODY })).json()) as Campaign
  ).campaignId;
  await act(anonymous, 'submit', { actor: 'Zhao' });
  await refused(anonymous, 'approve', { actor: 'zhao' }, 403, 'CAMPAIGN_OWN_APPROVAL');
  assert.deepEqual(server.log, []);
});
