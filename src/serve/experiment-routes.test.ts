// Aim: experiments and holdouts over HTTP: kept, run, measured and decided; answers are those of their schemas; refusals say why.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type SampleServer, startSample } from './sample-server.ts';
import { ErrorReply } from './schemas.ts';
import * as schemas from './schemas-experiments.ts';

let server: SampleServer;
before(async () => {
  server = await startSample();
});
after(() => server.close());

const send = (method: string, path: string, body: unknown) =>
  server.get(`/api/v1${path}`, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const PLAN = {
  name: '春季礼物 spring gift',
  arms: [
    { name: 'control', share: 0.5 },
    { name: 'gift', share: 0.5 },
  ],
  metrics: ['bought'],
};

test('the life of an experiment over HTTP', async () => {
  const created = await send('POST', '/experiments', { plan: PLAN, actor: 'Ada' });
  assert.equal(created.status, 201);
  const { id } = schemas.KeptReply.parse(await created.json());
  const path = `/experiments/${id}`;
  const arm = async (customer: string, expose = true) =>
    schemas.ArmReply.parse(
      await server.json(`/api/v1${path}/arm?customer=${encodeURIComponent(customer)}&expose=${expose}`),
    );
  assert.equal((await arm('C1')).why, 'not-running');
  assert.equal((await send('POST', `${path}/start`, { actor: 'Ada', revision: 9 })).status, 409);
  assert.equal((await send('POST', `${path}/start`, { actor: 'Ada', revision: 1 })).status, 200);
  const shown = await arm('张三');
  assert.equal(shown.event?.event, 'Experiment Viewed');
  assert.equal(shown.event?.properties.variation_id, shown.arm);
  assert.deepEqual((await arm('张三')).exposedAt, shown.exposedAt);
  // the sample's data ends in 2024: exposures of today are after it
  const results = await server.get(`/api/v1${path}/results`);
  assert.equal(results.status, 422);
  assert.match(ErrorReply.parse(await results.json()).error.message, /after the last run's data/);
  const decided = await send('POST', `${path}/decision`, { actor: 'Bo', revision: 2, verdict: 'stop' });
  assert.equal(schemas.KeptReply.parse(await decided.json()).decision?.asMeasured, 'unmeasured');
  const { rows, surveys } = schemas.ExperimentsReply.parse(await server.json('/api/v1/experiments'));
  assert.deepEqual([rows[0]!.id, rows[0]!.status, surveys], [id, 'decided', false]);
  schemas.ExperimentReply.parse(await server.json(`/api/v1${path}`));
});

test('a past campaign is an experiment of its own; without chances in the data its draw is not judged', async () => {
  const { rows } = schemas.ExperimentsReply.parse(await server.json('/api/v1/experiments'));
  const past = rows.find(({ source }) => source === 'campaign')!;
  assert.equal(past.id, 'old');
  const report = schemas.ReportReply.parse(await server.json('/api/v1/experiments/old/results'));
  assert.ok(report.srm.ok);
  assert.deepEqual([report.verdict.verdict, report.winner], ['blocked', null], 'ten held out are too few');
  schemas.ExperimentReply.parse(await server.json('/api/v1/experiments/old'));
});

test('the calculator and the analysis of a table sent along', async () => {
  const plan = schemas.PlanReply.parse(
    await (await send('POST', '/experiments/plan', { baseline: 0.1, effect: 0.02, daily: 500 })).json(),
  );
  assert.deepEqual([plan.fixed.control, plan.fixed.days], [3839, 16]);
  assert.equal((await send('POST', '/experiments/plan', { baseline: 2, effect: 0.1 })).status, 422);
  const lines = Array.from(
    { length: 400 },
    (_, i) => `${i % 2 === 0 ? 'a' : 'b'},${(i * 7919) % 13}${i % 2 === 0 ? '' : '.5'}`,
  );
  const body = { csv: ['arm,y', ...lines].join('\n'), arm: 'arm', control: 'a', metrics: ['y', 'median:y'] };
  const report = schemas.ReportReply.parse(await (await send('POST', '/experiments/analysis', body)).json());
  assert.deepEqual([report.arms.map(({ n }) => n), report.metrics.length], [[200, 200], 2]);
  const wrong = await send('POST', '/experiments/analysis', { ...body, metrics: ['z'] });
  const said = ErrorReply.parse(await wrong.json()).error.message;
  assert.ok(wrong.status < 500 && !said.includes('tmp'), said);
});

test('the global holdout over HTTP, with drift and campaigns', async () => {
  const none = schemas.HoldoutsReply.parse(await server.json('/api/v1/holdouts'));
  assert.deepEqual([none.global.share, none.global.revision, none.campaigns[0]?.campaignId], [0, 0, 'old']);
  const set = await send('PUT', '/holdouts/global', { share: 0.05, actor: 'Ada', revision: 0 });
  const { global } = schemas.HoldoutsReply.parse(await set.json());
  assert.ok(global.drift.held > 5 && global.drift.held < 40, `${global.drift.held} of 400`);
  assert.equal((await send('PUT', '/holdouts/global', { share: 0.05, actor: 'Ada', revision: 0 })).status, 409);
  assert.equal((await send('PUT', '/holdouts/global', { share: 0.9, actor: 'Ada', revision: 1 })).status, 400);
});

test('naughty ids and bodies are refused, not failed', async () => {
  for (const id of ["'; drop table exposures; --", '__proto__', '..%2f..%2fetc', '%00', 'x'.repeat(150)]) {
    for (const path of ['', '/results', '/arm?customer=c'])
      assert.ok((await server.get(`/api/v1/experiments/${encodeURIComponent(id)}${path}`)).status < 500, id + path);
  }
  for (const body of [
    {},
    { plan: {}, actor: 'x' },
    { plan: { ...PLAN, arms: [] }, actor: 'x' },
    { plan: PLAN, actor: '' },
  ])
    assert.equal((await send('POST', '/experiments', body)).status, 400, JSON.stringify(body));
  assert.deepEqual(server.log, []);
});
