// Aim: an effects file becomes offers given, in any order of rows and with decimals; what is wrong with it is named.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openDuckdb } from '#engines/index.ts';
import { textAt, textColumn } from '#table/index.ts';
import { allocateFile } from './allocate-file.ts';

const DIR = mkdtempSync(join(tmpdir(), 'tierwise-'));
const compute = await openDuckdb({ threads: 1 });
after(async () => {
  await compute.close();
  rmSync(DIR, { recursive: true });
});
const write = (name: string, lines: readonly string[]): string => {
  writeFileSync(join(DIR, name), `${lines.join('\n')}\n`);
  return join(DIR, name);
};
const COLUMNS = { customer: 'who', offer: 'offer', value: 'gain', cost: 'cost' };
const ROWS = [
  'bob,coupon,5.5,2',
  '顾客 1,coupon,9,3',
  'ann "x",gift,7,4.0001',
  '顾客 1,gift,10,6',
  'ann "x",coupon,6,2',
  'bob,gift,-1,1',
];
const effects = (rows: readonly string[]) =>
  write('effects.csv', ['who,offer,gain,cost', ...rows.map((row) => row.replace('ann "x"', '"ann ""x"""'))]);

test('by hand: the budget goes where it brings most, in any order of rows', async () => {
  for (const rows of [ROWS, ROWS.toReversed()]) {
    const { report, assignments } = await allocateFile(compute, { file: effects(rows), ...COLUMNS }, { budget: 7 });
    // coupons for all three: 2 + 3 + 2 bring 5.5 + 9 + 6
    assert.deepEqual(
      [report.customers, report.offers, report.assigned, report.spent, report.value],
      [3, 2, 3, 7, 20.5],
    );
    const made = assignments();
    const who = textColumn(made, 'customer');
    const what = textColumn(made, 'offer');
    assert.deepEqual(
      Array.from({ length: 3 }, (_, i) => [textAt(who, i), textAt(what, i)]),
      [
        ['ann "x"', 'coupon'],
        ['bob', 'coupon'],
        ['顾客 1', 'coupon'],
      ],
    );
  }
});

test('a cost is rounded up and a budget down: not a ten-thousandth over', async () => {
  const file = effects(['ann,gift,7,4.00001']);
  assert.equal((await allocateFile(compute, { file, ...COLUMNS }, { budget: 4 })).report.assigned, 0);
  assert.equal((await allocateFile(compute, { file, ...COLUMNS }, { budget: 4.0001 })).report.spent, 4.0001);
});

test('places of an offer and a least return are kept', async () => {
  const maxPerOffer = write('most.csv', ['offer,max', 'coupon,1']);
  const { report } = await allocateFile(compute, { file: effects(ROWS), ...COLUMNS, maxPerOffer }, { budget: 100 });
  const [coupon, gift] = report.perOffer;
  assert.deepEqual([coupon!.customers, coupon!.most, gift!.most], [1, 1, null]);
  const strict = await allocateFile(compute, { file: effects(ROWS), ...COLUMNS }, { budget: 100, minRoi: 2.9 });
  assert.ok(strict.report.roi! >= 2.9 && strict.report.assigned > 0, `${strict.report.roi}`);
  const none = await allocateFile(compute, { file: effects(ROWS), ...COLUMNS }, { budget: 100, minRoi: 99 });
  assert.deepEqual([none.report.assigned, none.report.roi], [0, null]);
});

test('what is wrong is named', async () => {
  const fails = async (rows: readonly string[], message: RegExp, more: object = {}, bounds = { budget: 1 }) =>
    await assert.rejects(allocateFile(compute, { file: effects(rows), ...COLUMNS, ...more }, bounds), {
      code: 'ALLOCATION_BAD',
      message,
    });
  await fails(['bob,gift,x,1', 'ann,gift,1,1'], /row 1 of .*effects.csv with customer bob, offer gift, value null/);
  await fails(['bob,gift,1,-1'], /cost -1/);
  await fails(['bob,,1,1', 'ann,gift,1,1'], /offer null/);
  await fails(['bob,gift,1,1', 'bob,gift,2,1'], /offer gift more than once for customer bob/);
  await fails(['bob,gift,1,1'], /a budget of -5/, {}, { budget: -5 });
  await fails(['bob,gift,1,1'], /a limit for the offer 'fuel'/, {
    maxPerOffer: write('bad.csv', ['offer,max', 'fuel,3']),
  });
  await fails(['bob,gift,1,1'], /a limit of null for the offer gift/, {
    maxPerOffer: write('bad.csv', ['offer,max', 'gift,many']),
  });
  await fails(['bob,gift,1,1'], /a limits file with the columns/, {
    maxPerOffer: write('bad.csv', ['offer,a,b', 'gift,1,2']),
  });
});
