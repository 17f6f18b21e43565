// Aim: `uplift` prints what scripts rely on, writes effects that `allocate` takes, and refuses bad input in words.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openDuckdb } from '#engines/index.ts';
import { KnownError } from '#errors.ts';
import { random } from '#kernels/random.ts';
import type { Context } from '../command.ts';
import { silent } from '../progress.ts';
import type { UpliftResult } from '../uplift-lines.ts';
import { uplift } from './uplift.ts';

const DIR = mkdtempSync(join(tmpdir(), 'uplift-'));
after(() => rmSync(DIR, { recursive: true, force: true }));
const FILE = join(DIR, 'people.csv');
const OUT = join(DIR, 'effects.csv');

const draw = random(1);
const lines = Array.from({ length: 900 }, (_, i) => {
  const [age, arm] = [Math.floor(20 + 50 * draw.uniform()), ['none', 'mail', 'sms'][draw.integer(3)]!];
  const buys = draw.uniform() < 0.2 + (arm === 'mail' && age > 45 ? 0.4 : 0);
  return `p${i},${i % 3 === 0 ? 'north' : 'south'},${age},${arm},${buys},${arm === 'none' ? 0 : 0.1},${buys ? 9 : 0}`;
});
writeFileSync(FILE, `person,region,age,arm,bought,price,later\n${lines.join('\n')}\n`);

const context: Context = {
  ...{ now: 0, home: DIR, version: 'test', progress: silent, print: () => {} },
  openCompute: (options) => openDuckdb(options),
};
const asked = { data: FILE, arm: 'arm', control: 'none', outcome: 'bought', id: 'person', threads: 1, method: 't' };
const call = (more: Record<string, string | number> = {}) =>
  uplift.run({ ...asked, folds: 2, ignore: 'later,price', ...more }, [], context) as Promise<UpliftResult>;

test('the fields of the contract, twice the same, and in words', async () => {
  const [one, two] = [await call(), await call()];
  assert.equal(one.method, 't');
  assert.ok(one.seconds >= 0);
  assert.deepEqual(
    one.arms.map(({ arm }) => arm),
    ['mail', 'sms'],
  );
  for (const arm of one.arms) {
    for (const value of [arm.ate, arm.qini, arm.upliftAt30, arm.policyValue]) assert.ok(Number.isFinite(value));
    for (const [low, high] of [arm.ateInterval, arm.qiniInterval, arm.policyValueInterval]) assert.ok(low < high);
    assert.equal(arm.randomised.ok, true);
  }
  assert.equal(JSON.stringify(one.arms), JSON.stringify(two.arms));
  assert.match(uplift.show!(one as never)!, /mail against none: \d+ and \d+ people\n {2}average effect on bought/);
});

test('effects of each arm on everybody are written, a row a person and arm', async () => {
  await call({ out: OUT, cost: 'price', ignore: 'later' });
  const [head, ...rows] = readFileSync(OUT, 'utf8').trim().split('\n');
  assert.equal(head, 'person,arm,effect,standard_error');
  assert.equal(rows.length, 1800);
  assert.match(rows[0]!, /^p0,mail,-?[\d.e-]+,[\d.e-]+$/);
  const mean = (of: (age: number) => boolean): number => {
    const own = rows.filter((_, i) => i < 900 && of(Number(lines[i]!.split(',')[2])));
    return own.reduce((sum, row) => sum + Number(row.split(',')[2]), 0) / own.length;
  };
  assert.ok(mean((age) => age > 55) > mean((age) => age < 35) + 0.15);
});

test('a column that was measured later is found out, and named', async () => {
  const { arms } = await call({ ignore: 'price' });
  assert.equal(arms[0]!.randomised.ok, false);
  assert.match(arms[0]!.randomised.why!, /later/);
  assert.match(arms[0]!.randomised.needed!, /--ignore/);
});

test('bad options and columns are refused', async () => {
  const refused = (more: Record<string, string>, code: string, pattern: RegExp) =>
    assert.rejects(call(more), (error) => {
      assert.ok(error instanceof KnownError && error.code === code, String(error));
      assert.match(error.message, pattern);
      return true;
    });
  await refused({ method: 'magic' }, 'USAGE', /--method is "magic"/);
  await refused({ outcome: 'sales' }, 'FILE_COLUMN_MISSING', /sales/);
  await refused({ ignore: 'latter' }, 'FILE_COLUMN_MISSING', /latter/);
  await refused({ outcome: 'region' }, 'UPLIFT_BAD', /text in column region/);
  await refused({ control: 'nothing' }, 'UPLIFT_BAD', /nobody in control/);
  await refused({ out: join(DIR, 'effects.docx') }, 'USAGE', /--out/);
  await refused({ shares: '{"none":0.3}' }, 'UPLIFT_BAD', /planned share/);
});
