// Aim: the recommend command's core reads each kind of file the same, refuses bad ones by name, and reports what it did.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { literal, openDuckdb } from '#engines/index.ts';
import { numberColumn, textAt, textColumn } from '#table/index.ts';
import { type RecommendOptions, recommendTables } from './recommend-tables.ts';

const dir = mkdtempSync(join(tmpdir(), 'recommend-'));
const compute = await openDuckdb();
after(async () => {
  await compute.close();
  rmSync(dir, { recursive: true });
});

// Users 1..40; even ones have even items. Item 90 is only in the test file, as is user 99.
const train = Array.from({ length: 40 }, (_, u) =>
  Array.from({ length: 5 }, (_, i) => ({ u: u + 1, i: (u % 2) + 2 * ((u + i) % 8), day: i })),
).flat();
const testRows = Array.from({ length: 40 }, (_, u) => ({ u: u + 1, i: (u % 2) + 2 * ((u + 5) % 8) }));
testRows.push({ u: 1, i: 90 }, { u: 99, i: 0 });
const csv = (rows: readonly { u: number; i: number; day?: number }[]) =>
  ['user,item,day', ...rows.map(({ u, i, day }) => `${u},${i},${day ?? ''}`)].join('\n');
const path = (name: string) => join(dir, name);
writeFileSync(path('train.csv'), csv(train));
writeFileSync(path('test.csv'), csv(testRows));
for (const part of ['train', 'test'])
  await compute.run(`copy (from ${literal(path(`${part}.csv`))}) to ${literal(path(`${part}.parquet`))}`);
writeFileSync(path('train.jsonl'), train.map(({ u, i, day }) => JSON.stringify({ user: u, item: i, day })).join('\n'));

let clock = 0;
const options: RecommendOptions = {
  train: path('train.csv'),
  test: path('test.csv'),
  user: 'user',
  item: 'item',
  method: 'rp3beta',
  k: 3,
  keepSeen: false,
  seed: 1,
  meter: { nowMs: () => (clock += 1000), peakRssMb: () => 50 },
};

test('csv, parquet and jsonl give one answer; unknown items count as missed', async () => {
  const { report } = await recommendTables(compute, options);
  assert.equal(report.users, 40);
  assert.equal(report.items, 16);
  assert.equal(report.testUsers, 41);
  assert.equal(report.testItemsUnknown, 1);
  assert.equal(report.trainSeconds, 1);
  assert.equal(report.usersPerSecond, 41);
  // Three items of the own colour are left, all shown: everybody finds theirs; user 1 can't find item 90, and user 99
  // has no history and gets the most popular items.
  assert.ok(
    report.metrics.recall >= 39.5 / 41 - 1e-12 && report.metrics.recall <= 40.5 / 41,
    String(report.metrics.recall),
  );
  for (const other of ['train.parquet', 'train.jsonl']) {
    const { report: again } = await recommendTables(compute, {
      ...options,
      train: path(other),
      test: path('test.parquet'),
    });
    assert.deepEqual(again.metrics, report.metrics);
  }
});

test('lists hold k items for every test user', async () => {
  const { lists } = await recommendTables(compute, options);
  const made = lists();
  assert.deepEqual(Object.keys(made.columns), ['user', 'rank', 'item', 'score']);
  const [user, item] = [textColumn(made, 'user'), textColumn(made, 'item')];
  const rows = Array.from({ length: made.length }, (_, i) => i).filter((i) => textAt(user, i) === '1');
  assert.deepEqual(
    rows.map((i) => numberColumn(made, 'rank').values[i]),
    [1, 2, 3],
  );
  assert.equal(new Set(rows.map((i) => textAt(item, i))).size, 3);
  assert.equal(made.length, 41 * 3);
});

test('best is chosen on the training file, and says among what', async () => {
  const { report } = await recommendTables(compute, {
    ...options,
    method: 'best',
    among: ['popularity', 'personal', 'rp3beta'],
    time: 'day',
    keepSeen: true,
  });
  assert.equal(report.chosenOn, 'time');
  assert.equal(report.mix?.isBetter ?? false, report.mixOf !== undefined);
  const best = Math.max(...report.candidates!.map((candidate) => candidate.ndcg));
  const chosen = report.candidates!.find((candidate) => candidate.ndcg === best)!;
  assert.equal(report.method, chosen.method);
  assert.deepEqual(report.params, chosen.params);
});

test('bad input is refused with what came', async () => {
  const refused = (change: Partial<RecommendOptions>, code: string, message: RegExp) =>
    assert.rejects(recommendTables(compute, { ...options, ...change }), { code, message });
  await refused({ train: path('none.csv') }, 'FILE_UNREADABLE', /none\.csv/);
  await refused({ train: path('train.xml') }, 'FILE_UNREADABLE', /ending/);
  await refused({ user: 'User' }, 'FILE_COLUMN_MISSING', /no column User; it has user, item, day/);
  await refused({ method: 'als' }, 'RECOMMENDER_UNKNOWN', /als; have popularity/);
  writeFileSync(path('broken.parquet'), 'not a parquet file');
  await refused({ train: path('broken.parquet') }, 'FILE_UNREADABLE', /broken\.parquet/);
  writeFileSync(path('weights.csv'), 'user,item,w\n1,2,0\n1,3,-1\n2,2,1\n');
  await refused({ train: path('weights.csv'), weight: 'w' }, 'INTERACTIONS_VALUES', /2 rows .*; the first is row 2/);
  writeFileSync(path('empty.csv'), 'user,item\n');
  await refused({ train: path('empty.csv') }, 'INTERACTIONS_EMPTY', /empty\.csv/);
  await refused({ test: path('empty.csv') }, 'INTERACTIONS_EMPTY', /empty\.csv/);
  for (const [params, message] of [
    [{ k: -5 }, /k is -5 for rp3beta; expected a whole number from 1/],
    [{ k: 1.5 }, /k is 1\.5/],
    [{ alpha: 1e308 }, /alpha is 1e\+308/],
    [{ constructor: 1 }, /constructor is 1 for rp3beta; expected one of alpha, beta/],
  ] as const)
    await refused({ method: 'rp3beta', params }, 'RECOMMENDER_PARAMS', message);
});
