// Aim: a log in an analyst's own file is judged for each way of naming a candidate, with the same answer where they mean the same.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openDuckdb } from '#engines/index.ts';
import { KnownError } from '#errors.ts';
import { thompsonLogistic } from '../policies.ts';
import { evaluateFile } from './evaluate-file.ts';
import { bentWorld, logOf } from './tiny-logs.ts';

const dir = mkdtempSync(join(tmpdir(), 'policy-file-'));
after(() => rmSync(dir, { recursive: true, force: true }));
const world = bentWorld(3);
const { log, contexts } = logOf(world, () => [0.25, 0.25, 0.25, 0.25], 2400, 1);
const earlier = logOf(world, () => [0.25, 0.25, 0.25, 0.25], 600, 2);
const rows = contexts.map((context, i) => ({
  ...{ arm: world.arms[log.arm[i]!]!, chance: i === 7 ? 2 : 0.25, click: log.reward[i]!, who: `c${i % 1500}` },
  ...{ x0: context[0]!, x1: context[1]!, x2: context[2]! },
  pick: context[0]! > 0 ? 'arm 0' : 'arm 1',
  ...{ p0: context[0]! > 0 ? 1 : 0, p1: context[0]! > 0 ? 0 : 1 },
}));
const file = join(dir, 'log.csv');
const names = Object.keys(rows[0]!) as (keyof (typeof rows)[0])[];
writeFileSync(file, [names.join(','), ...rows.map((row) => names.map((name) => row[name]).join(','))].join('\n'));
const asked = { file, arm: 'arm', propensity: 'chance', reward: 'click', context: ['x0', 'x1', 'x2'] };

test('a column, columns of chances, shares and a saved policy are candidates', async () => {
  const compute = await openDuckdb({});
  try {
    const judge = (candidate: string, more = {}) => evaluateFile(compute, { ...asked, ...more }, { candidate });
    const picked = await judge('pick');
    assert.deepEqual(picked.log, { read: 2400, kept: 2399, faults: { 'propensity above 1': 1 } });
    assert.equal(picked.arms.length, 4);
    const { sources: _, ...same } = await judge('{"chances":{"arm 0":"p0","arm 1":"p1"}}');
    assert.deepEqual({ ...same, sources: picked.sources }, picked);
    const even = await judge('{"arm 0":0.25,"arm 1":0.25,"arm 2":0.25,"arm 3":0.25}');
    assert.equal(even.verdict.promote, false);
    assert.ok(Math.abs(even.support.effectiveRows - 2399) < 1e-6);
    const state = thompsonLogistic.learn(
      thompsonLogistic.start(world.arms, 3),
      earlier.contexts.map((context, i) => ({
        context,
        arm: world.arms[earlier.log.arm[i]!]!,
        reward: earlier.log.reward[i]!,
      })),
    );
    const saved = join(dir, 'policy.json');
    writeFileSync(saved, JSON.stringify(state));
    const learned = await judge(saved, { unit: 'who' });
    assert.deepEqual([learned.verdict.promote, learned.verdict.why], [true, []]);
    assert.ok((await judge('{"points":1}')).verdict.why.includes('arms-never-logged'));
    for (const bad of ['{"arm 0":0.4}', '{"arm 0":"x"}', '{nonsense', 'no column', join(dir, 'none.json')])
      await assert.rejects(judge(bad), KnownError, bad);
    await assert.rejects(judge('pick', { reward: 'who' }), KnownError);
    await assert.rejects(judge(saved, { context: ['x0'] }), KnownError);
  } finally {
    await compute.close();
  }
});
