// Aim: the next-basket command's core hides each user's last basket, tells repeats from new items, and refuses bad files.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openDuckdb } from '#engines/index.ts';
import { numberColumn, textAt, textColumn } from '#table/index.ts';
import { countsOf, type Interactions } from '../data/interactions.ts';
import { readBaskets } from '../data/read-baskets.ts';
import { lastBasketCut } from '../methods/baskets/last-basket.ts';
import { type NextBasketOptions, nextBasketTables } from './basket-tables.ts';

const dir = mkdtempSync(join(tmpdir(), 'baskets-'));
const compute = await openDuckdb();
after(async () => {
  await compute.close();
  rmSync(dir, { recursive: true });
});
const path = (name: string) => join(dir, name);

// Thirty users with five weekly baskets: a staple of their own each week, and another thing that is never had twice.
const rows: string[] = [];
for (let user = 0; user < 30; user++)
  for (let week = 0; week < 5; week++)
    rows.push(
      `u${user},staple ${user % 6},${user}-${week},2024-01-${String(1 + 7 * week).padStart(2, '0')}`,
      `u${user},new ${(user + 7 * week) % 35},${user}-${week},2024-01-${String(1 + 7 * week).padStart(2, '0')}`,
    );
// The same staple twice in a basket, a row without an item, and somebody with one basket.
rows.push('u0,staple 0,0-4,2024-01-29', 'u0,,0-4,2024-01-29', 'single,staple 1,x,2024-01-02');
const header = 'who,what,bag,"on"';
writeFileSync(path('baskets.csv'), [header, ...rows].join('\n'));

let clock = 0;
const options: NextBasketOptions = {
  baskets: path('baskets.csv'),
  user: 'who',
  item: 'what',
  basket: 'bag',
  time: 'on',
  method: 'personal',
  k: 2,
  seed: 1,
  threads: 1,
  meter: { nowMs: () => (clock += 1000), peakRssMb: () => 50 },
};

test('baskets are read with ages; a product counts once a basket', async () => {
  const { data, userIds, rows: read } = await readBaskets(compute, options);
  assert.deepEqual([data.userCount, data.itemCount], [31, 41]);
  assert.deepEqual(read, { read: 303, withoutIds: 1 });
  assert.equal(data.users.length, 301);
  const single = [...data.users.keys()].find((e) => textAt(userIds, data.users[e]!) === 'single')!;
  assert.equal(data.ageDays![single], 27);
});

test('the last basket is hidden, and the rest is as old as seen from it', () => {
  const data: Interactions = {
    userCount: 2,
    itemCount: 3,
    users: Int32Array.of(0, 0, 0, 0, 1),
    items: Int32Array.of(0, 1, 0, 2, 1),
    ageDays: Float64Array.of(9, 5, 5, 5, 3),
    baskets: Int32Array.of(0, 1, 2, 2, 3),
  };
  const { train, held } = lastBasketCut(data);
  // Of two baskets of one age the higher code is the last; user 1 has but one, which stays.
  assert.deepEqual([...train.items], [0, 1, 1]);
  assert.deepEqual([...train.ageDays!], [4, 0, 3]);
  assert.deepEqual([...held.offsets], [0, 2, 2]);
  assert.deepEqual([...held.indices], [0, 2]);
  assert.deepEqual([...countsOf(train).offsets], [0, 2, 3]);
});

test('staples are found among repeats, what is never had twice is not', async () => {
  const { report, lists } = await nextBasketTables(compute, options);
  assert.equal(report.testUsers, 30);
  assert.equal(report.baskets, 151);
  // Of two items each the staple is found by everybody; new items are in nobody's past.
  assert.ok(report.metrics.recall >= 0.5, String(report.metrics.recall));
  assert.equal(report.parts.repeat.users, 30);
  assert.equal(report.parts.repeat.metrics.recall, 1);
  assert.equal(report.parts.explore.users, 30);
  assert.equal(report.trainSeconds, 1);
  const made = lists();
  assert.deepEqual(Object.keys(made.columns), ['user', 'rank', 'item', 'score']);
  assert.equal(made.length, 60);
  const first = [...numberColumn(made, 'rank').values.keys()].filter(
    (row) => numberColumn(made, 'rank').values[row] === 1,
  );
  for (const row of first) {
    const user = Number(textAt(textColumn(made, 'user'), row)!.slice(1));
    assert.equal(textAt(textColumn(made, 'item'), row), `staple ${user % 6}`);
  }
});

test('best is chosen on the basket before the last, and says among what', async () => {
  const { report } = await nextBasketTables(compute, { ...options, method: 'best' });
  const best = report.candidates!.reduce((a, b) => (b.ndcg > a.ndcg ? b : a));
  assert.equal(report.method, best.method);
  assert.deepEqual(report.params, best.params);
  assert.ok(new Set(report.candidates!.map(({ method }) => method)).size >= 4);
});

test('bad input is refused with what came', async () => {
  const refused = (change: Partial<NextBasketOptions>, code: string, message: RegExp) =>
    assert.rejects(nextBasketTables(compute, { ...options, ...change }), { code, message });
  await refused({ baskets: path('none.csv') }, 'FILE_UNREADABLE', /none\.csv/);
  await refused({ basket: 'basket' }, 'FILE_COLUMN_MISSING', /no column basket/);
  await refused({ method: 'als' }, 'RECOMMENDER_UNKNOWN', /als/);
  writeFileSync(path('untimed.csv'), `${header}\na,1,x,2024-01-01\na,2,y,\n`);
  await refused({ baskets: path('untimed.csv') }, 'INTERACTIONS_VALUES', /1 rows .*; the first is row 3/);
  writeFileSync(path('empty.csv'), `${header}\n`);
  await refused({ baskets: path('empty.csv') }, 'INTERACTIONS_EMPTY', /empty\.csv/);
});
