// Aim: a kept experiment keeps its word: one arm a customer for ever, first exposures counted once, no two changes over one
// another, no customer in two experiments of a layer, nobody of the global holdout in any; its results are those of the lake.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openDuckdb } from '#engines/index.ts';
import { random, split } from '#kernels/random.ts';
import { reportOf } from '../report.ts';
import { type ExperimentPlan, PlanSchema } from './experiment.ts';
import { driftOf, holdoutDrift, isHeldOut, readHoldout, setHoldout } from './holdout.ts';
import { openKeeper } from './keep.ts';
import { keptMembers, keptQuestion } from './results.ts';

const root = mkdtempSync(join(tmpdir(), 'tierwise-kept-'));
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
const folder = () => join(root, `w${folders++}`);
const PLAN = {
  name: 'Free gift in the basket',
  arms: [
    { name: 'control', share: 0.5 },
    { name: 'gift', share: 0.5 },
  ],
  metrics: ['bought', 'revenue/orders'],
  guardrails: ['margin:down:0.02'],
  covariates: ['pre_revenue', 'pre_orders'],
  by: ['tier'],
};
const planOf = (more: object = {}): ExperimentPlan => PlanSchema.parse({ ...PLAN, ...more });
const act = (at: number, actor = 'Ada') => ({ actor, at });

test('planned, started, stopped and decided, each with who and when; a change that saw an old revision is refused', () => {
  const dir = folder();
  const keeper = openKeeper(dir);
  const draft = keeper.create(planOf(), act(1000));
  assert.deepEqual([draft.status, draft.revision, draft.owner], ['draft', 1, 'Ada']);
  assert.match(draft.id, /^free-gift-in-the-basket-[0-9a-f]{8}$/);
  const edited = keeper.edit(draft.id, planOf({ alpha: 0.01 }), 1, act(2000, 'Bo'));
  assert.throws(() => keeper.start(draft.id, 1, act(3000)), { code: 'EXPERIMENT_CHANGED' });
  const running = keeper.start(draft.id, edited.revision, act(3000));
  assert.throws(() => keeper.edit(draft.id, planOf(), running.revision, act(4000)), { code: 'EXPERIMENT_STATE' });
  // a clock that was set back
  const stopped = keeper.stop(draft.id, running.revision, act(500, 'Cy'));
  assert.ok(stopped.endedAt! >= stopped.startedAt!);
  const decide = (verdict: 'ship' | 'stop', arm: string, asMeasured: string) =>
    keeper.decide(draft.id, { verdict, arm, note: 'as seen' }, stopped.revision, { ...act(6000), asMeasured });
  assert.throws(() => decide('ship', 'nothing', 'ship'), { code: 'EXPERIMENT_BAD' });
  assert.throws(
    () => decide('ship', 'gift', 'blocked'),
    { code: 'EXPERIMENT_BAD' },
    'what must not be read is not shipped',
  );
  const decided = decide('ship', 'gift', 'ship');
  assert.deepEqual(
    decided.log.map(({ action, actor }) => [action, actor]),
    [
      ['created', 'Ada'],
      ['edited', 'Bo'],
      ['started', 'Ada'],
      ['stopped', 'Cy'],
      ['decided', 'Ada'],
    ],
  );
  assert.ok(decided.log.every(({ at }, k) => k === 0 || at >= decided.log[k - 1]!.at));
  assert.deepEqual(keeper.arm(draft.id, 'anyone', { at: 7000, expose: true }), {
    ...{ experimentId: draft.id, unit: 'anyone', arm: 'gift', why: null, source: 'decided', exposedAt: null },
  });
  keeper.close();
  const again = openKeeper(dir);
  assert.deepEqual(again.get(draft.id), decided);
  again.close();
  const file = join(dir, 'experiments', draft.id, 'experiment.json');
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, 100));
  const broken = openKeeper(dir);
  assert.throws(() => broken.get(draft.id), { code: 'FILE_BROKEN' });
  for (const id of ['nothing', '../../etc', '', '__proto__'])
    assert.throws(() => broken.get(id), { code: 'EXPERIMENT_UNKNOWN' });
  broken.close();
});

test('plans that make no sense are refused', () => {
  const keeper = openKeeper(folder());
  for (const more of [
    {
      arms: [
        { name: 'a', share: 0.7 },
        { name: 'b', share: 0.5 },
      ],
    },
    {
      arms: [
        { name: 'a', share: 0.5 },
        { name: 'a', share: 0.5 },
      ],
    },
    { metrics: ['happiness'] },
    { metrics: ['nps:revenue'] },
    { guardrails: ['luck:down:0.1'] },
    { unit: 'switchback' },
  ])
    assert.throws(() => keeper.create(planOf(more), act(1)), { code: 'EXPERIMENT_BAD' }, JSON.stringify(more));
  assert.equal(PlanSchema.safeParse({ ...PLAN, arms: [{ name: 'a', share: 1 }] }).success, false, 'one arm only');
  assert.equal(keeper.list().length, 0);
  keeper.close();
});

test('the arm is drawn by hash, recorded once, and stays; two keepers at once leave one exposure', () => {
  const dir = folder();
  const [one, other] = [openKeeper(dir), openKeeper(dir)];
  const { id, revision } = one.create(planOf(), act(1));
  assert.deepEqual(
    [one.arm(id, 'c1', { at: 2, expose: true }).why, existsSync(join(dir, 'experiments', 'exposures.sqlite'))],
    ['not-running', true],
  );
  one.start(id, revision, act(10));
  const looked = one.arm(id, 'c1', { at: 20, expose: false });
  assert.deepEqual([looked.source, looked.exposedAt], ['draw', null]);
  const first = one.arm(id, 'c1', { at: 30, expose: true });
  const second = other.arm(id, 'c1', { at: 40, expose: true });
  assert.deepEqual([first.arm, first.exposedAt, second.arm, second.exposedAt], [looked.arm, 30, looked.arm, 30]);
  for (let i = 0; i < 400; i++) (i % 2 === 0 ? one : other).arm(id, `c${i}`, { at: 50 + i, expose: true });
  for (let i = 0; i < 400; i++) one.arm(id, `c${i}`, { at: 900, expose: true });
  const counts = other.exposures.counts(id);
  assert.equal(
    counts.reduce((sum, { units }) => sum + units, 0),
    400,
  );
  assert.ok(
    counts.every(({ units }) => units > 150),
    JSON.stringify(counts),
  );
  one.close();
  other.close();
});

test('a layer: no customer in two of its experiments, and no more experiments than it has room for', () => {
  const keeper = openKeeper(folder());
  const layer = (share: number) => ({ layer: { name: 'checkout', share } });
  const made = [0.5, 0.3, 0.4].map((share, k) => keeper.create(planOf({ name: `L${k}`, ...layer(share) }), act(k + 1)));
  const [first, second] = made.map(({ id }) => id);
  keeper.start(first!, 1, act(10));
  keeper.start(second!, 1, act(11));
  assert.throws(() => keeper.start(made[2]!.id, 1, act(12)), { code: 'EXPERIMENT_BAD', message: /layer checkout/ });
  let [inFirst, inSecond] = [0, 0];
  for (let i = 0; i < 2000; i++) {
    const [a, b] = [first!, second!].map((id) => keeper.arm(id, `c${i}`, { at: 20, expose: false }).arm !== null);
    assert.ok(!(a && b), `c${i} is in both`);
    inFirst += Number(a);
    inSecond += Number(b);
  }
  assert.ok(Math.abs(inFirst - 1000) < 90 && Math.abs(inSecond - 600) < 82, `${inFirst}, ${inSecond}`);
  keeper.stop(first!, 2, act(30));
  assert.deepEqual(keeper.start(made[2]!.id, 1, act(40)).slot, { from: 0, to: 0.4 }, 'what was freed is used');
  keeper.close();
});

test('the global holdout: the same customers for ever, in no experiment; a drift of tiers is told, chance is not', () => {
  const dir = folder();
  assert.equal(readHoldout(dir), undefined);
  const small = setHoldout(dir, 0.05, 0, act(100));
  assert.throws(() => setHoldout(dir, 0.2, 0, act(101)), { code: 'EXPERIMENT_CHANGED' });
  const large = setHoldout(dir, 0.1, 1, act(102, 'Bo'));
  assert.equal(large.salt, small.salt);
  const ids = Array.from({ length: 20_000 }, (_, i) => `C${i}`);
  const [held, more] = [small, large].map((own) => ids.filter((id) => isHeldOut(own, id)));
  assert.ok(
    held!.every((id) => isHeldOut(large, id)),
    'a larger share keeps everybody in it',
  );
  // Binomial(20,000, 0.1): four standard deviations are 170
  assert.ok(Math.abs(more!.length - 2000) < 170, `${more!.length}`);
  const keeper = openKeeper(dir);
  const { id } = keeper.create(planOf(), act(200));
  keeper.start(id, 1, act(201));
  for (const own of held!.slice(0, 200))
    assert.equal(keeper.arm(id, own, { at: 300, expose: true }).why, 'global-holdout');
  assert.equal(keeper.exposures.counts(id).length, 0);
  keeper.close();
  const names = ['base', 'silver', 'gold'];
  let warnings = 0;
  for (let run = 0; run < 200; run++) {
    const draw = random(split(7, run));
    const tiers = ids.slice(0, 4000).map(() => [0, 0, 0, 1, 1, 2][draw.integer(6)]!);
    if (holdoutDrift(large, ids.slice(0, 4000), tiers, names).level === 'warning') warnings++;
  }
  // chances of a thousandth, and of a hundredth with a large index: more than 6 of 200 have none to speak of
  assert.ok(warnings <= 6, `${warnings} warnings by chance`);
  const shifted = ids.map((own, i) => (isHeldOut(large, own) && i % 3 === 0 ? 0 : i % 3));
  const moved = ids.map((own, i) => (isHeldOut(large, own) && i % 3 === 2 ? 0 : i % 3));
  assert.equal(holdoutDrift(large, ids, shifted, names).level, 'none');
  assert.equal(holdoutDrift(large, ids, moved, names).level, 'warning');
  assert.deepEqual(driftOf([]), { held: 0, rest: 0, byTier: [], psi: 0, pValue: 1, level: 'none' });
});

test('results come from the lake: only what came after the exposure, with covariates from before', async () => {
  const dir = folder();
  const keeper = openKeeper(dir);
  const { id } = keeper.create(planOf({ windowDays: 10 }), act(1));
  keeper.start(id, 1, act(2));
  const compute = await openDuckdb({ memoryMb: 300 });
  const DAY = 86_400_000;
  const shown = 100 * DAY;
  try {
    await compute.run(
      `create table order_lines (order_id varchar, line bigint, customer_id varchar, product_id varchar, ordered_at bigint, quantity double, paid bigint, status varchar);
       create table products (product_id varchar, unit_cost bigint); create table customers (customer_id varchar, member_level varchar, gender varchar);
       create table events (customer_id varchar, name varchar, occurred_at bigint)`,
    );
    const members = Array.from({ length: 600 }, (_, i) => keeper.arm(id, `C${i}`, { at: shown, expose: true }));
    const lines = members.flatMap(({ unit, arm }, i) => {
      const line = (name: string, at: number, paid: number) =>
        `('${unit}-${name}', 1, '${unit}', 'P', ${at}, 1, ${paid}, 'paid')`;
      return [
        line('before', shown - 5 * DAY, 1000 + i),
        line('late', shown + 11 * DAY, 9999),
        ...(i % 2 === 0 || (arm === 'gift' && i % 3 === 0) ? [line('in', shown + (1 + (i % 9)) * DAY, 2000 + i)] : []),
      ];
    });
    await compute.run(`insert into order_lines values ${lines.join(', ')}`);
    // a clock that jumped: an exposure from after the data
    keeper.exposures.record(id, { unit: 'C-future', arm: 'gift', at: shown + 1000 * DAY });
    const experiment = keeper.get(id);
    const read = await keptMembers(compute, experiment, keeper.exposures.of(id), shown + 50 * DAY, {
      timeZone: 'UTC',
      marginShare: 0.5,
    });
    assert.equal(read.rows.withoutTime, 1);
    const report = await reportOf(read, keptQuestion(experiment));
    for (const { arm, n, mean } of report.arms) {
      const own = members.filter((member) => member.arm === arm);
      const bought = own.filter(({ unit }) => {
        const i = Number(unit.slice(1));
        return i % 2 === 0 || (arm === 'gift' && i % 3 === 0);
      });
      assert.equal(n, own.length);
      assert.ok(Math.abs(mean - bought.length / own.length) < 1e-12, `${arm}: ${mean}`);
    }
    assert.equal(report.overTime!.days.at(-1)!.members, 600);
    const last = report.overTime!.days.at(-1)!.arms;
    assert.ok(Math.abs(last[1]!.mean - report.arms[1]!.mean) < 1e-12);
    await assert.rejects(
      keptMembers(compute, { ...experiment, plan: planOf({ unit: 'cluster' }) }, [], shown, {
        timeZone: 'UTC',
        marginShare: 0.5,
      }),
      { code: 'EXPERIMENT_BAD' },
    );
  } finally {
    await compute.close();
    keeper.close();
  }
});
