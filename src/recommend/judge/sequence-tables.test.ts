// Aim: the next-item command's core on small files: last steps, test files, attributes, best, and bad input.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Compute, openDuckdb } from '#engines/index.ts';
import { numberColumn, textAt, textColumn } from '#table/index.ts';
import { type NextItemOptions, nextItemTables } from './sequence-tables.ts';

const dir = mkdtempSync(join(tmpdir(), 'sequence-tables-'));
const path = (name: string) => join(dir, name);
let compute: Compute;

before(async () => {
  compute = await openDuckdb({ memoryMb: 200 });
  // after item i comes i + 1 of 8; users have 5 steps, the file is not in order
  const rows: string[] = [];
  for (let user = 0; user < 40; user++)
    for (let step = 4; step >= 0; step--) rows.push(`u${user},i${(user + step) % 8},${step}`);
  writeFileSync(path('steps.csv'), `who,what,step\n${rows.join('\n')}\nlone,i1,0\n,i1,1\n`);
  writeFileSync(
    path('test.csv'),
    'who,what,step\nnew,i2,1\nnew,i3,2\nnew,i4,3\nu1,i6,9\nodd,i5,0\nodd,never,1\nshort,i7,0\n',
  );
  const facts = Array.from({ length: 8 }, (_, i) => `i${i},${i % 2 ? 'odd' : 'even'},${i}.5`);
  writeFileSync(path('facts.csv'), `what,kind,price\n${facts.join('\n')}\ni8,even,1.5\n`);
});
after(async () => {
  await compute.close();
  rmSync(dir, { recursive: true });
});

const options: NextItemOptions = {
  ...{ sequences: path('steps.csv'), user: 'who', item: 'what', order: 'step', method: 'transitions' },
  ...{ k: 2, keepSeen: false, seed: 1, threads: 1, meter: { nowMs: () => 0, peakRssMb: () => 1 } },
};
const files = () => ({ ...options, sequences: path('steps.csv') });

test('the last step of each history is found, and never learned from', async () => {
  const { report, lists } = await nextItemTables(compute, files());
  assert.equal(report.users, 41);
  assert.equal(report.items, 8);
  assert.deepEqual(report.rows, { sequences: 201, test: 0, withoutIds: 1 });
  assert.equal(report.testUsers, 40);
  assert.equal(report.metrics.hitRate, 1);
  assert.equal(report.metrics.ndcg, 1);
  const made = lists();
  const [user, item] = [textColumn(made, 'user'), textColumn(made, 'item')];
  assert.equal(textAt(user, 0), 'u0');
  assert.equal(textAt(item, 0), 'i4');
  assert.equal(numberColumn(made, 'rank').values[1], 2);
});

test('with a test file: known and unknown users, an item that nobody had, one step alone', async () => {
  const { report } = await nextItemTables(compute, { ...files(), test: path('test.csv'), k: 1 });
  // new: i2 i3 -> i4 right; u1: i1..i5 then -> i6 right; odd: never missed; short: nothing before, i7 is not popular
  assert.equal(report.testUsers, 4);
  assert.equal(report.testItemsUnknown, 1);
  assert.equal(report.metrics.hitRate, 0.5);
  assert.equal(report.users, 41);
});

test('attributes bring in items that nobody had', async () => {
  const { report } = await nextItemTables(compute, { ...files(), attributes: path('facts.csv') });
  assert.equal(report.items, 9);
  assert.equal(report.metrics.hitRate, 1);
});

test('best is chosen before the last steps, and says among what', async () => {
  const { report } = await nextItemTables(compute, { ...files(), method: 'best' });
  assert.deepEqual(
    [...new Set(report.candidates!.map(({ method }) => method))],
    [...['transitions', 'slist', 'vsknn', 'stan', 'sasrec', 'next-mix']],
  );
  const best = Math.max(...report.candidates!.map(({ ndcg }) => ndcg));
  assert.equal(report.candidates!.find(({ ndcg }) => ndcg === best)!.method, report.method);
  assert.ok(report.metrics.hitRate > 0.9);
});

test('bad input is refused with what came', async () => {
  const refused = (change: Partial<NextItemOptions>, code: string, message: RegExp) =>
    assert.rejects(nextItemTables(compute, { ...files(), ...change }), { code, message });
  await refused({ sequences: path('none.csv') }, 'FILE_UNREADABLE', /none\.csv/);
  await refused({ order: 'place' }, 'FILE_COLUMN_MISSING', /no column place; it has who, what, step/);
  await refused({ method: 'sasrek' }, 'RECOMMENDER_UNKNOWN', /sasrek; have popularity/);
  await refused({ params: { beta: 9 } }, 'RECOMMENDER_PARAMS', /beta is 9/);
  writeFileSync(path('gaps.csv'), 'who,what,step\na,b,1\na,c,\nb,c,\n');
  await refused({ sequences: path('gaps.csv') }, 'SEQUENCES_UNORDERED', /2 rows without step; the first is row 3/);
  writeFileSync(path('empty.csv'), 'who,what,step\n');
  await refused({ sequences: path('empty.csv') }, 'INTERACTIONS_EMPTY', /empty\.csv/);
});
