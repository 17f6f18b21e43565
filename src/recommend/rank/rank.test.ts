// Aim: the ranker knows nothing after its moment, finds what was planted, and answers for thin data.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '#kernels/random.ts';
import { fromTriples } from '#kernels/sparse.ts';
import { numberColumn } from '#table/index.ts';
import type { Interactions } from '../data/interactions.ts';
import { fitMethod } from '../methods/all.ts';
import { candidatesOf } from './candidates.ts';
import { correctedChances } from './chances.ts';
import { rankFeatures } from './features.ts';
import { exclusiveRuns } from './item-columns.ts';
import { before, momentOf, type RankColumns } from './moment.ts';
import { fitRanker, RANKER_DEFAULTS, rankWith } from './ranker.ts';

type Row = readonly [user: number, item: number, age: number];

const worldOf = (userCount: number, itemCount: number, rows: readonly Row[]): Interactions => ({
  userCount,
  itemCount,
  users: Int32Array.from(rows, (row) => row[0]),
  items: Int32Array.from(rows, (row) => row[1]),
  ageDays: Float64Array.from(rows, (row) => row[2]),
});

/** Everybody has a staple every 7 days, another every 40 days, and tries one new item of the own colour a fortnight. */
function planted(userCount: number, days: number): { data: Interactions; columns: RankColumns } {
  const itemCount = 60;
  const draw = random(3);
  const rows: Row[] = [];
  for (let user = 0; user < userCount; user++) {
    const colour = user % 2;
    const [weekly, rare] = [colour + 2 * draw.integer(10), colour + 2 * draw.integer(10) + 20];
    const phase = draw.integer(40);
    for (let age = draw.integer(7); age < days; age += 7) rows.push([user, weekly, age]);
    for (let age = phase; age < days; age += 40) rows.push([user, rare, age]);
    for (let age = draw.integer(14); age < days; age += 14) rows.push([user, 40 + colour + 2 * draw.integer(10), age]);
  }
  const codes = Int32Array.from({ length: itemCount }, (_, item) => item % 2);
  return { data: worldOf(userCount, itemCount, rows), columns: { categories: [{ name: 'colour', codes }] } };
}

const quick = { ...RANKER_DEFAULTS, horizonDays: 14, cuts: 3, trees: 30, leaves: 8, perSource: 20 };

test('candidates and features at a moment are the same whatever comes after it', () => {
  const { data, columns } = planted(60, 120);
  const past = before(data, 28);
  const rows = [...data.users.keys()].filter((e) => data.ageDays![e]! >= 28);
  const alone = worldOf(
    data.userCount,
    data.itemCount,
    rows.map((e): Row => [data.users[e]!, data.items[e]!, data.ageDays![e]! - 28]),
  );
  const users = Int32Array.from({ length: 60 }, (_, user) => user);
  const made = [past, alone].map((history) => {
    const moment = momentOf(history, columns, { neighbours: 20 });
    const candidates = candidatesOf(moment, users, quick);
    return { candidates, features: rankFeatures(moment, candidates) };
  });
  assert.deepEqual(made[0], made[1]);
  const changed: Interactions = { ...data, items: data.items.map((item, e) => (data.ageDays![e]! < 28 ? 0 : item)) };
  const moment = momentOf(before(changed, 28), columns, { neighbours: 20 });
  assert.deepEqual(rankFeatures(moment, candidatesOf(moment, users, quick)), made[0]!.features);
});

test('features by hand', () => {
  const data = worldOf(2, 3, [
    [0, 0, 20],
    [0, 0, 10],
    [0, 1, 10],
    [0, 0, 4],
    [1, 2, 3],
  ]);
  const columns: RankColumns = {
    categories: [{ name: 'kind', codes: Int32Array.of(0, 0, -1) }],
    items: [{ name: 'price', values: Float64Array.of(5, Number.NaN, 7) }],
    users: [{ name: 'tier', values: Float64Array.of(2, 1) }],
  };
  const moment = momentOf(data, columns, { neighbours: 5 });
  const candidates = candidatesOf(moment, Int32Array.of(0), quick);
  assert.deepEqual([...candidates.items], [0, 1, 2]);
  assert.deepEqual([...candidates.isNew], [0, 0, 1]);
  const { repeat, explore } = rankFeatures(moment, candidates);
  const of = (name: string) => [...numberColumn(repeat, name).values];
  assert.deepEqual(of('count'), [3, 1]);
  assert.deepEqual(of('since_last'), [4, 10]);
  assert.deepEqual(of('gap'), [8, Number.NaN]);
  assert.deepEqual(of('turns'), [0.5, Number.NaN]);
  assert.deepEqual(of('user_baskets'), [3, 3]);
  assert.deepEqual(of('share_of_baskets'), [1, 1 / 3]);
  assert.deepEqual(of('kind_count'), [4, 4]);
  assert.deepEqual(of('kind_since_last'), [4, 4]);
  assert.deepEqual(of('kind_part'), [3 / 4, 1 / 4]);
  assert.deepEqual(of('item_price'), [5, Number.NaN]);
  assert.deepEqual(of('user_tier'), [2, 2]);
  assert.ok(Math.abs(of('count_half_7d')[1]! - 0.5 ** (10 / 7)) < 1e-15);
  assert.equal(numberColumn(explore, 'kind_count').values[0], 0);
  assert.equal(explore.columns.count, undefined);
});

test('planted rhythms and colours are found, chances are honest, threads do not matter', () => {
  const { data, columns } = planted(300, 200);
  // The last fortnight is kept apart to be foretold.
  const past = before(data, 14);
  const run = { seed: 1, threads: 1, columnsAt: () => columns };
  const model = fitRanker(past, quick, run);
  assert.ok(model.repeat !== undefined && model.explore !== undefined);
  assert.deepEqual(model.cutAges, [14, 28, 42]);
  const users = Int32Array.from({ length: 300 }, (_, user) => user);
  const ranked = rankWith(model, users);
  const bought = new Set<number>();
  for (const [e, age] of data.ageDays!.entries()) if (age < 14) bought.add(data.users[e]! * 60 + data.items[e]!);
  let [sum, hits, first, own] = [0, 0, 0, 0];
  for (let n = 0; n < users.length; n++) {
    let best = ranked.offsets[n]!;
    for (let row = ranked.offsets[n]!; row < ranked.offsets[n + 1]!; row++) {
      sum += ranked.chances[row]!;
      hits += bought.has(n * 60 + ranked.items[row]!) ? 1 : 0;
      if (ranked.chances[row]! > ranked.chances[best]!) best = row;
      if (ranked.isNew[row] === 1 && ranked.items[row]! % 2 === n % 2) own += ranked.chances[row]!;
      else if (ranked.isNew[row] === 1) own -= ranked.chances[row]!;
    }
    first += bought.has(n * 60 + ranked.items[best]!) ? 1 : 0;
  }
  // The weekly staple is bought for certain.
  assert.ok(first >= 295, String(first));
  // Poisson-like: about 900 hits, three deviations are 90.
  assert.ok(Math.abs(sum - hits) < 0.12 * hits, `${sum} foretold, ${hits} came`);
  assert.ok(own > 0, 'new items of the own colour are likelier');
  const again = fitRanker(past, quick, { ...run, threads: 2 });
  assert.deepEqual(rankWith(again, users), ranked);
});

test('columns of a file are found again in its attributes; words are left out', () => {
  // Two columns (attributes 0-1 and 2-4) and three words, of which items have several.
  const rows = [
    [0, 2, 5, 6],
    [1, 3, 5],
    [0, 4, 6, 7],
    [1, 2],
  ];
  const attributes = fromTriples({
    rows: 4,
    columns: 8,
    rowOf: Int32Array.from(rows.flatMap((own, item) => own.map(() => item))),
    columnOf: Int32Array.from(rows.flat()),
  });
  const runs = exclusiveRuns(attributes);
  assert.deepEqual(
    runs.slice(0, 2).map(({ codes }) => [...codes]),
    [
      [0, 1, 0, 1],
      [0, 1, 2, 0],
    ],
  );
  // Attributes 5 and 6 share item 0: each is a run of one value, and 6 with 7 again share item 2.
  assert.equal(runs.length, 2);
});

test('sampled chances are put right: one in ten of the negatives kept', () => {
  // 5 of 100 bought; with a tenth of 95 kept the sample's chance is 5 / 14.5.
  const chance = 5 / 14.5;
  const [, right] = correctedChances(Float64Array.of(1 - chance, chance), 0.1);
  assert.ok(Math.abs(right! - 0.05) < 1e-12);
});

test('thin data: no ages, one moment, one item, a user without rows', () => {
  const { data, columns } = planted(40, 60);
  const { ageDays: _, ...undated } = data;
  const dense = { ...undated, content: { categories: columns.categories! } };
  const worlds: Interactions[] = [
    dense,
    { ...data, userCount: 41 },
    { ...data, ageDays: new Float64Array(data.users.length) },
    worldOf(2, 1, [[0, 0, 3]]),
    worldOf(1, 3, [
      [0, 0, 3],
      [0, 1, 1],
    ]),
  ];
  for (const given of worlds) {
    const fit = fitMethod('ranked', given, { params: { trees: 5, horizonDays: 10 }, seed: 1 });
    const users = Int32Array.from({ length: given.userCount }, (_, user) => user);
    const scores = fit.score(users);
    assert.equal(scores.length, given.userCount * given.itemCount);
    assert.ok(scores.every(Number.isFinite));
  }
  assert.throws(() => fitMethod('ranked', worldOf(1, 1, []), { params: {}, seed: 1 }), { code: 'INTERACTIONS_EMPTY' });
});
