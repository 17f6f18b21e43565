// Aim: `recommend` from the shell: one file or two, splits, comparisons, files of items; and what odd input gives or is told.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { commands, main, silent } from '#cli/index.ts';
import { openDuckdb } from '#engines/index.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'tierwise-'));
after(() => rmSync(ROOT, { recursive: true, force: true }));
const path = (name: string): string => join(ROOT, name);

function file(name: string, lines: readonly string[]): string {
  writeFileSync(path(name), `${lines.join('\n')}\n`);
  return path(name);
}

/** The command in this process: what a shell would see, without the start of one. */
async function call(...args: string[]) {
  const out = { stdout: '', stderr: '' };
  const status = await main(
    ['recommend', '--user', 'u', '--item', 'i', ...args],
    commands,
    {
      ...{ now: Date.UTC(2024, 0, 31), home: ROOT, version: '1.2.3', progress: silent, print: () => {} },
      openCompute: (options) => openDuckdb({ threads: 2, ...options }),
    },
    {
      result: (text) => {
        out.stdout += text;
      },
      error: (text) => {
        out.stderr += text;
      },
    },
  );
  return { status, ...out };
}

async function done(...args: string[]) {
  const { status, stdout, stderr } = await call(...args, '--json');
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stdout, /NaN|Infinity/);
  return JSON.parse(stdout);
}

async function refused(args: readonly string[], message: RegExp): Promise<void> {
  const { status, stderr } = await call(...args);
  assert.equal(status, 2, `${args.join(' ')}: ${stderr}`);
  assert.match(stderr, message);
  assert.match(stderr, /\n {2}→ /);
}

// Forty people, two tastes of ten items; on each of ten days everybody takes one of the own taste.
const day = (n: number): string => `2024-03-${String(n + 1).padStart(2, '0')}`;
const rows = Array.from({ length: 10 }, (_, n) =>
  Array.from({ length: 40 }, (_, u) => ({ u, i: (u % 2) + 2 * ((3 * n + Math.floor(u / 2)) % 10), n })),
).flat();
const log = file('log.csv', ['u,i,t,sec', ...rows.map(({ u, i, n }) => `${u},${i},${day(n)},${1.7e9 + 86_400 * n}`)]);
const walk = ['--method', 'rp3beta'];
const few = ['--among', 'popularity,personal,rp3beta,blend'];

test('one file is cut at one moment for all: a share, a date or a number; or the last row of each', async () => {
  const all = ['--data', log, ...walk, '--keep-seen'];
  const share = await done(...all, '--time', 't');
  assert.deepEqual(share.split, { kind: 'time', from: '2024-03-09T00:00:00Z' });
  assert.deepEqual(share.rows, { train: 320, test: 80, withoutIds: 0 });
  const date = await done(...all, '--time', 't', '--split', 'time:2024-03-09');
  assert.deepEqual(date.metrics, share.metrics);
  const number = await done(...all, '--time', 'sec', '--split', `time:${1.7e9 + 8 * 86_400}`);
  assert.deepEqual(number.metrics, share.metrics);
  const last = await done(...all, '--split', 'leave-one-out');
  assert.equal(last.split.kind, 'leave-one-out');
  assert.deepEqual(last.rows, { train: 360, test: 40, withoutIds: 0 });
  assert.equal(last.testUsers, 40);
  await refused(['--data', log, ...walk], /split by time, but there is no --time/);
  await refused([...all, '--time', 't', '--split', 'thursday'], /--split is "thursday"; expected time, time:0\.2/);
  await refused([...all, '--time', 't', '--split', 'time:2024-02-31'], /--split is/);
  await refused([...all, '--time', 't', '--split', 'time:2025-01-01'], /leaves no row of .*log\.csv to be found/);
  await refused([...all, '--time', 't', '--split', 'time:2020-01-01'], /leaves no row of .*log\.csv to learn from/);
  await refused([...all, '--time', 't', '--split', 'time:8'], /the time column holds dates/);
  await refused([...all, '--time', 'sec', '--split', 'time:2024-03-09'], /the time column holds numbers/);
  await refused([...all, '--test', log], /--data beside/);
  await refused(['--train', log, ...walk], /needs --test/);
});

test('best tells what it tried; compare judges on the same users; the same seed gives the same figures', async () => {
  const args = ['--data', log, '--time', 't', '--keep-seen', '--k', '3', '--compare', 'popularity', ...few];
  const first = await done(...args, '--minutes', '2');
  assert.equal(first.chosenOn, 'time');
  assert.ok(first.candidates.length > 5 && first.skipped.length === 0);
  const { metrics, difference } = first.compared[0];
  assert.ok(Math.abs(first.metrics.ndcg - metrics.ndcg - difference.ndcg) < 1e-12);
  assert.ok(difference.ndcgInterval[0] <= difference.ndcg && difference.ndcg <= difference.ndcgInterval[1]);
  const names = ['recall', 'ndcg', 'hitRate', 'precision', 'mrr', 'map', 'coverage', 'gini', 'diversity', 'novelty'];
  for (const name of names) {
    const [low, high] = first.intervals[name];
    assert.ok(low <= first.metrics[name] + 1e-12 && first.metrics[name] <= high + 1e-12, name);
  }
  const again = await done(...args, '--minutes', '3', '--threads', '1');
  assert.deepEqual([again.metrics, again.method, again.params], [first.metrics, first.method, first.params]);
  const { stdout } = await call(...args);
  assert.match(
    stdout,
    /^Method \w+: .*\nChosen among \d+ settings on a cut of the training rows \(time\); 0 not begun\n/,
  );
  assert.match(
    stdout,
    /\n {2}NDCG +[01]\.\d{4} \[[01]\.\d{4}, [01]\.\d{4}\]\n[\s\S]*less each, on the same users[\s\S]*\n {2}popularity /,
  );
  await refused([...args, '--compare', 'als'], /no recommender is called als/);
  await refused([...args, '--minutes', '0'], /--minutes is 0/);
  await refused([...args, '--params', '{}'], /--params with --method best/);
  await refused([...args, '--among', 'als'], /no recommender is called als/);
  await refused(['--data', log, '--time', 't', ...walk, '--among', 'blend'], /--among with --method rp3beta/);
  await refused(['--data', log, '--time', 't', ...walk, '--minutes', '1'], /--minutes with --method rp3beta/);
  await refused(['--data', log, '--time', 't', ...walk, '--params', '{"alpha":"x"}'], /a JSON object of numbers/);
});

test('a file of items: what nobody has had may be shown; prose, fractions and classes become attributes', async () => {
  const items = [...Array.from({ length: 21 }, (_, i) => i)].map(
    (i) => `${i},${i % 2 === 0 ? 'tea' : 'café'},${i / 7},"Fine ${i % 2 === 0 ? 'green' : '红 roast'} No${i}"`,
  );
  const described = file('items.csv', ['i,kind,price,title', ...items]);
  const args = ['--data', log, '--time', 't', ...walk, '--keep-seen'];
  const with21 = await done(...args, '--items', described);
  assert.equal(with21.items, 21);
  assert.equal(with21.diversityBy, 'attributes');
  assert.equal((await done(...args)).items, 20);
  await refused([...args, '--items', file('plain.csv', ['sku,kind', '1,tea'])], /has no column i; it has sku, kind/);
  await refused([...args, '--items', file('none.csv', ['i,kind'])], /none\.csv has no row/);
});

test('odd worlds have figures', async () => {
  const two = (train: readonly string[], held: readonly string[], ...args: string[]) =>
    done('--train', file('a.csv', ['u,i', ...train]), '--test', file('b.csv', ['u,i', ...held]), ...args);
  // Users and items that training does not know: the one gets what is popular, the other is missed.
  const unknown = await two(['1,1', '1,2', '2,2'], ['9,2', '1,77'], ...walk, '--k', '1');
  assert.equal(unknown.testUsers, 2);
  assert.equal(unknown.testItemsUnknown, 1);
  assert.equal(unknown.metrics.recall, 0.5);
  const one = await two(['1,1', '2,1'], ['1,1'], ...walk, '--keep-seen');
  assert.equal(one.metrics.recall, 1);
  const single = await two(['1,1'], ['2,1'], '--minutes', '1', ...few);
  assert.equal(single.metrics.recall, 1);
  const all = await two(['1,1', '1,2', '1,3', '2,1'], ['1,3', '2,3'], '--keep-seen', '--minutes', '1', ...few);
  assert.equal(all.testUsers, 2);
  // A pair that comes three times counts three times, and is to be found once.
  const twice = await two(
    ['1,1', '1,1', '1,1', '1,2', '2,2'],
    ['1,1', '1,1'],
    '--method',
    'personal',
    '--keep-seen',
    '--k',
    '1',
  );
  assert.deepEqual([twice.rows.train, twice.metrics.recall], [5, 1]);
  const bare = await two(['1,1', ',2', '1,'], ['1,1'], '--method', 'popularity', '--keep-seen');
  assert.deepEqual(bare.rows, { train: 3, test: 1, withoutIds: 2 });
});

test('ids are text: spaces, quotes, Chinese and emoji come back as they were', async () => {
  const ids = ['红茶 500克', `it's "fine"`, '🍵', ' led', 'a,b'];
  const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const train = file('ids.csv', ['u,i', ...ids.flatMap((id, n) => [`甲 ${n},${cell(id)}`, `"乙 ""x""",${cell(id)}`])]);
  const held = file('ids-test.csv', ['u,i', `甲 0,${cell(ids[1]!)}`]);
  const out = path('ids-out.csv');
  const report = await done('--train', train, '--test', held, ...walk, '--out', out);
  assert.equal(report.items, ids.length);
  const written = readFileSync(out, 'utf8');
  for (const id of ids.slice(1)) assert.ok(written.includes(id.replaceAll('"', '""')), id);
  assert.ok(written.includes('甲 0'));
});

test('what cannot be is told with what came and what to do', async () => {
  const bad = (lines: readonly string[], ...args: string[]) => ['--data', file('bad.csv', lines), ...walk, ...args];
  const timed = ['--time', 't'];
  await refused(
    bad(['u,i,w', '1,1,1', '1,2,NaN', '2,1,1'], '--weight', 'w', '--split', 'leave-one-out'),
    /1 rows .*the first is row 3/,
  );
  await refused(
    bad(['u,i,w', '1,1,-1', '2,1,1'], '--weight', 'w', '--split', 'leave-one-out'),
    /not above 0; the first is row 2/,
  );
  await refused(bad(['u,i,w', '1,1,inf', '2,1,1'], '--weight', 'w', '--split', 'leave-one-out'), /the first is row 2/);
  await refused(bad(['u,i,w', '1,1,much', '2,1,1'], '--weight', 'w', '--split', 'leave-one-out'), /cannot read .*much/);
  await refused(
    bad(['u,i,t', '1,1,2024-01-01', '1,2,', '2,1,2024-01-03'], ...timed),
    /without a time .*the first is row 3/,
  );
  await refused(bad(['u,i,t', '1,1,2024-01-01', '1,2,soon', '2,1,2024-01-03'], ...timed), /cannot read .*soon/);
  await refused(
    bad(['u,i,t', '1,1,20', '1,2,1700000000', '2,1,30'], ...timed),
    /runs from 20 to 1700000000: days, seconds or milliseconds/,
  );
  await refused(bad(['u,i,t', '1,1,1700000000', '1,2,1700000000000'], ...timed), /not one of them/);
  await refused(bad(['u,i,t', '1,1,2024-01-01', '2,1,2024-01-01'], ...timed), /leaves no row/);
  await refused(bad(['u,i,t'], ...timed), /bad\.csv has no row/);
  await refused(bad(['u,i', '1,1', '2,1'], '--split', 'leave-one-out'), /leaves no row of .* to be found/);
  await refused(
    bad(['u,i,t', '1,1,2024-01-01', '1,1,2024-01-02'], ...timed),
    /have had those items before\n.*--keep-seen/,
  );
  writeFileSync(path('zero.csv'), '');
  await refused(['--data', path('zero.csv'), ...timed, ...walk], /zero\.csv/);
  await refused(['--data', log, ...timed, '--method', 'ALS'], /no recommender is called ALS; have popularity/);
  await refused(['--data', log, '--time', 'T', ...walk], /has no column T/);
  await refused(['basket', '--data', log], /does not take "basket"/);
});
