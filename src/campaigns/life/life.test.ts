// Aim: a campaign is approved by somebody else, run as approved and only once; no clock, crash or race spends anything twice.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Compute, openDuckdb, writeParquet } from '#engines/index.ts';
import { acted, type Campaign, created } from './campaign.ts';
import { act, lookAtTheClock, type Office } from './manage.ts';
import { comesFirst, overlapsOf, takenBy } from './overlap.ts';
import type { Delivery, Message, Money } from './parts.ts';
import { changesOf, readCampaign, record } from './records.ts';
import { dueOf, LATE_MS } from './schedule.ts';
import { ACTIONS, actionsOf, STATUSES } from './status.ts';

const T0 = Date.parse('2026-03-01T08:00:00Z');
const HOUR = 3_600_000;
let dir: string;
let compute: Compute;

before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tierwise-life-'));
  compute = await openDuckdb({ threads: 1 });
});
after(async () => {
  await compute.close();
  rmSync(dir, { recursive: true, force: true });
});

/** A budget of 1,000 for all, and a queue that knows each key once. */
function parts(): {
  office: Office;
  free: () => number;
  queue: Map<string, Message>;
  log: string[];
  broken: { is: boolean };
} {
  const held = new Map<string, number>();
  const queue = new Map<string, Message>();
  const log: string[] = [];
  const broken = { is: false };
  const free = () => 1000 - [...held.values()].reduce((a, b) => a + b, 0);
  const money: Money = {
    reserve: ({ campaignId, version, amountMinor }) => {
      const key = `${campaignId}/${version}`;
      if (!held.has(key) && amountMinor > free()) return { ok: false, budget: 'spring', freeMinor: free() };
      held.set(key, amountMinor);
      return { ok: true, budget: 'spring' };
    },
    giveBack: ({ campaignId, version }) => void held.delete(`${campaignId}/${version}`),
  };
  const delivery: Delivery = {
    enqueue: async (messages) => {
      let queued = 0;
      for (const message of messages) {
        if (broken.is && queue.size >= 2) throw new Error('the queue is gone');
        if (!queue.has(message.key)) queued++;
        queue.set(message.key, message);
      }
      return { queued, refused: 0 };
    },
    pause: async (id) => void log.push(`pause ${id}`),
    resume: async (id) => void log.push(`resume ${id}`),
    cancel: async (id) => void log.push(`cancel ${id}`),
    test: async () => {},
  };
  return { office: { dir, compute, money, delivery }, free, queue, log, broken };
}

async function draft(id: string, terms: Partial<Campaign> = {}, actor = 'Li Lei'): Promise<void> {
  const step = created(
    {
      ...{ campaignId: id, name: id, createdAt: T0, startAt: null, endAt: null, priority: 0, exclusive: false },
      ...{ asked: {}, plan: { budgetMinor: 400, offers: [{ id: 'A', channel: 'sms' }] }, planFile: 'plan.parquet' },
      ...{ reserved: null, handed: null },
      ...terms,
    },
    { actor, at: T0 },
  );
  record(dir, step);
  await writeParquet(
    compute,
    `select 'C' || i as customer_id, if(i < 4, 'offer', if(i < 6, 'holdout', 'none')) as arm, if(i < 6, 'A', null) as offer_id
     from range(8) t(i)`,
    join(dir, 'campaigns', id, 'plan.parquet'),
  );
}

const by = (actor: string, at = T0, more: object = {}) => ({ actor, at, ...more });
const statusOf = (id: string) => readCampaign(dir, id)?.status;

test('from draft to finished; each change is told with actor, time, before and after', async () => {
  const { office, free, queue, log } = parts();
  await draft('walk');
  await act(office, 'walk', 'submit', by('Li Lei', T0 + 1));
  await act(office, 'walk', 'approve', by('Han Mei', T0 + 2));
  assert.equal(free(), 600);
  await act(office, 'walk', 'schedule', by('Han Mei', T0 + 3), { startAt: T0 + HOUR, endAt: T0 + 9 * HOUR });
  assert.deepEqual(await lookAtTheClock(office, T0 + HOUR - 1, assert.ifError), []);
  await lookAtTheClock(office, T0 + HOUR, assert.ifError);
  assert.equal(statusOf('walk'), 'running');
  assert.deepEqual([...queue.keys()], ['walk/C0/A', 'walk/C1/A', 'walk/C2/A', 'walk/C3/A']);
  assert.equal(queue.get('walk/C0/A')?.channel, 'sms');
  assert.deepEqual(readCampaign(dir, 'walk')?.handed, { at: T0 + HOUR, messages: 4, refused: 0 });
  await act(office, 'walk', 'pause', by('Li Lei', T0 + 2 * HOUR));
  await act(office, 'walk', 'start', by('Li Lei', T0 + 3 * HOUR));
  assert.equal(queue.size, 4);
  await lookAtTheClock(office, T0 + 9 * HOUR, assert.ifError);
  assert.equal(statusOf('walk'), 'finished');
  assert.equal(free(), 1000);
  assert.deepEqual(log, ['pause walk', 'resume walk', 'cancel walk']);
  const changes = changesOf(dir, 'walk');
  assert.deepEqual(
    changes.map(({ action, actor, from, to }) => [action, actor, from, to]),
    [
      ['create', 'Li Lei', null, 'draft'],
      ['submit', 'Li Lei', 'draft', 'in-review'],
      ['approve', 'Han Mei', 'in-review', 'approved'],
      ['schedule', 'Han Mei', 'approved', 'scheduled'],
      ['start', 'tierwise', 'scheduled', 'running'],
      ['hand-over', 'tierwise', 'running', 'running'],
      ['pause', 'Li Lei', 'running', 'paused'],
      ['start', 'Li Lei', 'paused', 'running'],
      ['finish', 'tierwise', 'running', 'finished'],
    ],
  );
  assert.deepEqual(changes[3]!.changed.startAt, [null, T0 + HOUR]);
  assert.deepEqual(
    changes.map(({ version }) => version),
    changes.map((_, i) => i + 1),
  );
});

test('nobody approves their own campaign, however the name is written; an edit takes the approval back', async () => {
  const { office, free } = parts();
  await draft('own');
  const { changedAt: _, ...before } = readCampaign(dir, 'own')!;
  record(dir, acted(before, 'edit', by('Wang Wei')));
  await act(office, 'own', 'submit', by('Zhao'));
  for (const actor of ['Li Lei', ' li  LEI ', 'Ｌｉ Ｌｅｉ', 'Li\u200b Lei', 'wang wei', 'ZHAO', 'Tierwise'])
    await assert.rejects(act(office, 'own', 'approve', by(actor)), { code: 'CAMPAIGN_OWN_APPROVAL' }, actor);
  await assert.rejects(act(office, 'own', 'approve', by('  ')), { code: 'CAMPAIGN_INVALID' });
  assert.equal(free(), 1000);
  await act(office, 'own', 'approve', by('Han Mei'));
  assert.deepEqual([readCampaign(dir, 'own')?.approvedBy, free()], ['Han Mei', 600]);
  const { changedAt: at, ...approved } = readCampaign(dir, 'own')!;
  const { campaign } = acted(approved, 'edit', by('Han Mei', at));
  assert.deepEqual([campaign.status, campaign.approvedBy, campaign.reserved], ['draft', null, null]);
  assert.throws(() => acted({ ...campaign, status: 'in-review' }, 'approve', by('han mei')), {
    code: 'CAMPAIGN_OWN_APPROVAL',
  });
});

test('what a state does not allow is refused by name, for every state and action', () => {
  const base = created(
    {
      ...{ campaignId: 'x', name: 'x', createdAt: 0, startAt: null, endAt: null, priority: 0, exclusive: false },
      ...{ asked: {}, plan: {}, planFile: 'plan.parquet', reserved: null, handed: null },
    },
    by('A'),
  ).campaign;
  for (const status of STATUSES)
    for (const action of ACTIONS) {
      const run = () => acted({ ...base, status }, action, by('B'));
      if (actionsOf(status).includes(action)) assert.equal(run().change.from, status);
      else assert.throws(run, { code: 'CAMPAIGN_STATE', message: new RegExp(`x is ${status}`) });
    }
  for (const over of ['finished', 'stopped'] as const) assert.deepEqual(actionsOf(over), []);
  assert.ok(!actionsOf('draft').includes('start') && !actionsOf('in-review').includes('schedule'));
});

test('of two who act on the same version one is told; a stale copy of the document misleads nobody', async () => {
  const { office } = parts();
  await draft('race');
  const stale = readFileSync(join(dir, 'campaigns', 'race', 'campaign.json'));
  const { changedAt: _, ...seen } = readCampaign(dir, 'race')!;
  record(dir, acted(seen, 'submit', by('A')));
  assert.throws(() => record(dir, acted(seen, 'edit', by('B'))), {
    code: 'CAMPAIGN_CHANGED',
    message: /version 2, and version 1/,
  });
  await assert.rejects(act(office, 'race', 'reject', by('C', T0, { version: 1 })), { code: 'CAMPAIGN_CHANGED' });
  // cut off after the change and before the copy
  writeFileSync(join(dir, 'campaigns', 'race', 'campaign.json'), stale);
  assert.equal(statusOf('race'), 'in-review');
  await act(office, 'race', 'reject', by('C', T0 - HOUR, { version: 2, note: 'too dear' }));
  const last = changesOf(dir, 'race').at(-1)!;
  assert.deepEqual([last.to, last.note], ['draft', 'too dear']);
  assert.ok(last.at >= T0, 'a clock that was set back does not reorder history');
  assert.ok(!readdirSync(join(dir, 'campaigns', 'race', 'changes')).some((name) => name.startsWith('.')));
});

test('a budget that is short approves nothing', async () => {
  const { office, free } = parts();
  for (const id of ['b1', 'b2', 'b3']) {
    await draft(id);
    await act(office, id, 'submit', by('Li Lei'));
  }
  await act(office, 'b1', 'approve', by('Han Mei'));
  await act(office, 'b2', 'approve', by('Han Mei'));
  await assert.rejects(act(office, 'b3', 'approve', by('Han Mei')), {
    code: 'CAMPAIGN_BUDGET_SHORT',
    message: /asks for 400, and budget spring has 200 free/,
  });
  assert.deepEqual([statusOf('b3'), free()], ['in-review', 200]);
  await act(office, 'b1', 'stop', by('Li Lei'));
  await act(office, 'b3', 'approve', by('Han Mei'));
  assert.equal(free(), 200);
});

test('a start that broke off is finished at the next look, and nobody is told twice', async () => {
  const { office, queue, broken } = parts();
  await draft('cut');
  await act(office, 'cut', 'submit', by('Li Lei'));
  await act(office, 'cut', 'approve', by('Han Mei'));
  broken.is = true;
  await assert.rejects(act(office, 'cut', 'start', by('Han Mei')), /the queue is gone/);
  assert.deepEqual([statusOf('cut'), readCampaign(dir, 'cut')?.handed, queue.size], ['running', null, 2]);
  const failed: string[] = [];
  await lookAtTheClock(office, T0 + 1, (id) => void failed.push(id));
  assert.deepEqual(failed, ['cut']);
  broken.is = false;
  await lookAtTheClock(office, T0 + 2, assert.ifError);
  await lookAtTheClock(office, T0 + 3, assert.ifError);
  assert.equal(queue.size, 4);
  assert.equal(changesOf(dir, 'cut').filter(({ action }) => action === 'hand-over').length, 1);
});

test('clocks that jump start nothing late and nothing after its end; times that make no sense are refused', async () => {
  const campaign = (status: Campaign['status'], startAt: number | null, endAt: number | null) => [
    { campaignId: 'c', status, startAt, endAt },
  ];
  const due = (status: Campaign['status'], startAt: number | null, endAt: number | null, now: number) =>
    dueOf(campaign(status, startAt, endAt), now).map(({ action }) => action);
  assert.deepEqual(due('scheduled', T0, null, T0 - 1), []);
  assert.deepEqual(due('scheduled', T0, null, T0 + LATE_MS), ['start']);
  assert.deepEqual(due('scheduled', T0, null, T0 + LATE_MS + 1), ['stop']);
  assert.deepEqual(due('scheduled', T0, T0 + HOUR, T0 + HOUR), ['stop']);
  assert.deepEqual(due('running', T0, T0 + HOUR, T0 - 9 * HOUR), [], 'set back while it runs: it goes on');
  assert.deepEqual(due('paused', T0, T0 + HOUR, T0 + HOUR), ['finish']);
  for (const status of ['draft', 'in-review', 'approved', 'finished', 'stopped'] as const)
    assert.deepEqual(due(status, T0, T0 + HOUR, T0 + 2 * HOUR), []);
  const { office, queue } = parts();
  await draft('late');
  await act(office, 'late', 'submit', by('Li Lei'));
  await act(office, 'late', 'approve', by('Han Mei'));
  const schedule = (startAt: number, endAt?: number) =>
    act(office, 'late', 'schedule', by('Han Mei'), { startAt, ...(endAt === undefined ? {} : { endAt }) });
  await assert.rejects(schedule(T0 - 1), { code: 'CAMPAIGN_INVALID', message: /startAt .* not past/ });
  await assert.rejects(schedule(T0 + 2, T0 + 2), { code: 'CAMPAIGN_INVALID', message: /endAt/ });
  await schedule(T0 + HOUR);
  await lookAtTheClock(office, T0 + 1000 * HOUR, assert.ifError);
  assert.deepEqual([statusOf('late'), queue.size], ['stopped', 0]);
});

test('who is in two campaigns, and whose holdout is spoiled', async () => {
  await draft('one');
  await writeParquet(
    compute,
    `select 'C' || i as customer_id, if(i >= 3 and i < 6, 'offer', if(i < 2, 'holdout', 'none')) as arm from range(9) t(i)`,
    join(dir, 'other.parquet'),
  );
  const own = { campaignId: 'one', file: join(dir, 'campaigns', 'one', 'plan.parquet') };
  const other = { campaignId: 'other', file: join(dir, 'other.parquet') };
  assert.deepEqual(await overlapsOf(compute, own, [other]), [
    { campaignId: 'other', offered: 1, holdoutSpoiled: 2, spoilsHoldout: 2 },
  ]);
  assert.deepEqual([...(await takenBy(compute, [other]))], ['C0', 'C1', 'C3', 'C4', 'C5']);
  const rank = (priority: number, exclusive = false) => ({ priority, exclusive });
  assert.deepEqual(
    [
      comesFirst(rank(1), rank(0)),
      comesFirst(rank(0), rank(0)),
      comesFirst(rank(0, true), rank(0)),
      comesFirst(rank(0), rank(0, true)),
      comesFirst(rank(0, true), rank(1)),
    ],
    [true, false, true, true, false],
  );
  assert.ok(existsSync(own.file));
});
