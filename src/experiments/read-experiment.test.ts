// Aim: an analyst's file becomes members: units added up, contaminated ones left out, observations of quantiles and answers
// kept apart, days as they are, slots of a switchback without their burn-in; odd files are refused or counted.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openDuckdb } from '#engines/index.ts';
import { random, split } from '#kernels/random.ts';
import { analyseFile } from './analyse-file.ts';
import { parseGuardrail } from './guardrails.ts';
import { parseMetric } from './metric-spec.ts';
import type { Question } from './report.ts';
import { switchbackAt } from './switchback.ts';

const compute = await openDuckdb({ memoryMb: 300 });
const root = mkdtempSync(join(tmpdir(), 'tierwise-read-'));
after(async () => {
  await compute.close();
  rmSync(root, { recursive: true, force: true });
});
const write = (name: string, rows: readonly (readonly (string | number)[])[]): string => {
  const file = join(root, name);
  writeFileSync(file, `${rows.map((row) => row.join(',')).join('\n')}\n`);
  return file;
};
const ask = (metrics: string[], more: Partial<Question> = {}): Question => {
  const [first, ...rest] = metrics.map(parseMetric);
  return { control: 'a', metrics: [first!, ...rest], ...more };
};

test('rows of a unit are added up; answers and quantiles stay rows, with the unit as cluster; units in two arms are left out', async () => {
  const draw = random(split(3, 'units'));
  const rows: (string | number)[][] = [['who', 'arm', 'day', 'spend', 'score', 'kind']];
  const sums = new Map<string, number>();
  for (let i = 0; i < 300; i++) {
    const arm = draw.uniform() < 0.5 ? 'a' : 'b';
    for (let k = 0; k < 3; k++) {
      const spend = Math.round(100 * draw.uniform());
      rows.push([
        `u${i}`,
        i < 5 && k === 0 ? 'a' : i < 5 ? 'b' : arm,
        `2024-03-0${1 + k}`,
        spend,
        draw.integer(11),
        'x',
      ]);
      if (i >= 5) sums.set(arm, (sums.get(arm) ?? 0) + spend);
    }
  }
  const file = { file: write('units.csv', rows), arm: 'arm', unit: 'who', time: 'day' };
  const asked = ask(['spend', 'median:spend', 'nps:score'], {
    guardrails: [parseGuardrail('spend:down:0.5')],
    by: ['kind'],
  });
  const report = await analyseFile(compute, file, asked);
  assert.equal(report.contaminated, 5);
  assert.equal(report.members, 295);
  for (const { arm, mean, n } of report.arms) assert.ok(Math.abs(mean * n - sums.get(arm)!) < 1e-6, arm);
  const median = report.metrics[1]!.arms[0]!;
  assert.deepEqual([median.n, median.clusters], [3 * report.arms[0]!.n, report.arms[0]!.n]);
  assert.deepEqual(
    report.overTime!.days.map(({ day }) => new Date(day * 86_400_000).toISOString().slice(0, 10)),
    ['2024-03-01', '2024-03-02', '2024-03-03'],
  );
  const last = report.overTime!.days.at(-1)!.arms[1]!;
  assert.ok(Math.abs(last.mean - report.arms[1]!.mean) < 1e-9);
  assert.equal(report.guardrails[0]!.arms[0]!.state, 'safe');
  // more than a hundredth in several arms: nobody can say who was given what
  assert.equal(report.verdict.verdict, 'blocked');
});

test('a switchback file: slots are the clusters, and the burn-in after a switch is left out', async () => {
  const design = {
    salt: 'w',
    arms: [
      { name: 'a', share: 0.5 },
      { name: 'b', share: 0.5 },
    ],
    slotMs: 3_600_000,
    burnInMs: 1_200_000,
  };
  const rows: (string | number)[][] = [['place', 'at', 'arm', 'y']];
  const draw = random(split(4, 'slots'));
  let [kept, carried] = [0, 0];
  for (const place of ['Berlin', 'Bonn', '上海'])
    for (let slot = 480_000; slot < 480_120; slot++)
      for (let k = 0; k < 6; k++) {
        const at = slot * 3_600_000 + k * 600_000;
        const own = switchbackAt(design, place, at);
        // the arm before still works in the first third of a slot
        const works = own.carriesOver ? (own.arm === 'a' ? 'b' : 'a') : own.arm;
        rows.push([place, at, own.arm!, (works === 'b' ? 5 : 0) + draw.normal()]);
        // a file does not say what was before its first slot
        if (own.carriesOver && slot > 480_000) carried++;
        else kept++;
      }
  const file = { file: write('slots.csv', rows), arm: 'arm', cluster: 'place', time: 'at' };
  const read = (burnInMinutes: number) =>
    analyseFile(compute, { ...file, switchback: { slotMinutes: 60, burnInMinutes } }, ask(['y']));
  const report = await read(20);
  const first = 3 * 2;
  assert.equal(report.rows.burntIn! + report.members, rows.length - 1);
  assert.ok(Math.abs(report.members - kept) <= first && Math.abs(report.rows.burntIn! - carried) <= first);
  assert.ok(Math.abs(report.arms[1]!.difference! - 5) < 0.3, `${report.arms[1]!.difference}`);
  assert.ok(report.arms.every(({ clusters }) => clusters! > 100 && clusters! < 260));
  const without = await read(0);
  assert.ok(without.arms[1]!.difference! < 4.2, 'the broken control: what carries over makes the effect seem smaller');
  await assert.rejects(read(60), { code: 'EXPERIMENT_BAD' });
});

test('odd files: no arm, outcomes that are no numbers, times that are none, a column that is not there', async () => {
  const rows = Array.from({ length: 240 }, (_, i) => [
    i % 2 === 0 ? 'a' : 'b',
    i % 7 === 0 ? 'much' : i % 11,
    i % 5 === 0 ? 'soon' : '2024-01-02 10:00:00',
  ]);
  const file = write('odd.csv', [['arm', 'y', 'at'], ...rows]);
  const { rows: counts, arms, overTime } = await analyseFile(compute, { file, arm: 'arm', time: 'at' }, ask(['y']));
  assert.deepEqual([counts.read, counts.notNumbers, counts.withoutTime], [240, 35, 48]);
  assert.ok(arms.every(({ missing }) => missing > 15) && overTime!.days.length === 1);
  await assert.rejects(analyseFile(compute, { file, arm: 'group' }, ask(['y'])), { code: 'FILE_COLUMN_MISSING' });
  await assert.rejects(analyseFile(compute, { file, arm: 'arm' }, ask(['z/y'])), { code: 'FILE_COLUMN_MISSING' });
  const empty = write('empty.csv', [['arm', 'y'], ...Array.from({ length: 5 }, () => ['', 1])]);
  await assert.rejects(analyseFile(compute, { file: empty, arm: 'arm' }, ask(['y'])), { code: 'EXPERIMENT_BAD' });
});
