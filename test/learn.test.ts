// Aim: `learn` from the shell, on files of every kind: its document, its predictions and models, and what it refuses.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { commands, main, silent } from '#cli/index.ts';
import { openDuckdb } from '#engines/index.ts';
import { random } from '#kernels/random.ts';

const APP = fileURLToPath(new URL('../src/app.ts', import.meta.url));
const ROOT = mkdtempSync(join(tmpdir(), 'tierwise-'));
const SCRATCH = join(ROOT, 'tmp');
mkdirSync(SCRATCH);
const HOME = process.cwd();
after(() => {
  process.chdir(HOME);
  rmSync(ROOT, { recursive: true, force: true });
});

process.env.TMPDIR = SCRATCH;
process.chdir(ROOT);

/** The command in this process: what a shell would see, without the start of one. */
async function call(...args: string[]) {
  const out = { stdout: '', stderr: '' };
  const status = await main(
    ['learn', ...args],
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
  assert.deepEqual(readdirSync(SCRATCH), [], 'nothing is left behind');
  return { status, ...out };
}

async function done(...args: string[]) {
  const { status, stdout, stderr } = await call(...args, '--json');
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stdout, /NaN|Infinity/);
  return JSON.parse(stdout);
}

async function refused(args: readonly string[], message: RegExp): Promise<void> {
  const before = readdirSync(ROOT).length;
  const { status, stdout, stderr } = await call(...args);
  assert.equal(status, 2, `${args.join(' ')}: ${stderr}`);
  assert.equal(stdout, '');
  assert.match(stderr, message);
  assert.match(stderr, /\n {2}→ /, 'the way out');
  assert.equal(readdirSync(ROOT).length, before, 'no file is made');
}

const HEADER = 'id,age,spend,day,buys';
const rows = (from: number, to: number): string[] => {
  const draw = random(5);
  return Array.from({ length: to }, (_, i) => {
    const [age, spend] = [20 + draw.integer(50), draw.normal()];
    const buys = age / 50 + spend + draw.normal() / 3 > 1 ? 'yes' : 'no';
    return `c${i},${i % 9 === 0 ? '' : age},${spend.toFixed(3)},2024-01-${10 + (i % 20)},${buys}`;
  }).slice(from);
};
const write = (name: string, lines: readonly string[] | Uint8Array): string => {
  writeFileSync(join(ROOT, name), lines instanceof Uint8Array ? lines : `${lines.join('\n')}\n`);
  return name;
};
const TRAIN = write('train.csv', [HEADER, ...rows(0, 200)]);
const TEST = write('test.csv', [HEADER, ...rows(200, 260)]);
const on = (train: string, test: string, ...more: string[]) => [
  ...['--learner', 'logistic', '--train', train, '--test', test, '--label', 'buys', '--id', 'id', ...more],
];

test('the document has the fields that scripts read, and the same again', async () => {
  const { trainSeconds, trainCpuSeconds, predictSeconds, peakRssMb, ...rest } = await done(...on(TRAIN, TEST));
  for (const figure of [trainSeconds, trainCpuSeconds, predictSeconds, peakRssMb]) assert.ok(figure >= 0);
  assert.deepEqual(
    [rest.learner, rest.task, rest.rows, rest.testRows, rest.features],
    ['logistic', 'classify', 200, 60, 3],
  );
  assert.deepEqual(Object.keys(rest.metrics), ['accuracy', 'macroF1', 'macroRecall', 'auc', 'logLoss', 'gini']);
  assert.ok(rest.metrics.auc > 0.9, `auc ${rest.metrics.auc}`);
  assert.deepEqual((await done(...on(TRAIN, TEST, '--threads', '1'))).metrics, rest.metrics);
});

test('every kind of file gives the same figures', async () => {
  const { metrics } = await done(...on(TRAIN, TEST));
  const lines = [HEADER, ...rows(200, 260)];
  const objects = lines.slice(1).map((line) => {
    const [id, age, spend, day, buys] = line.split(',');
    return JSON.stringify({ id, age: age === '' ? null : Number(age), spend: Number(spend), day, buys });
  });
  for (const file of [
    write('test.csv.gz', gzipSync(`${lines.join('\n')}\n`)),
    write(
      'test.tsv',
      lines.map((line) => line.replaceAll(',', '\t')),
    ),
    write('test.jsonl', objects),
    write('wide.csv', Buffer.from(`\ufeff${lines.join('\r\n')}\r\n`, 'utf16le')),
  ])
    assert.deepEqual((await done(...on(TRAIN, file))).metrics, metrics, file);
});

test('predictions hold id, label, class and chances in the order of the rows; a saved model makes the same', async () => {
  await done(...on(TRAIN, TEST, '--predictions', 'p.csv', '--model', 'm.json', '--window', 'January 2024'));
  const lines = readFileSync(join(ROOT, 'p.csv'), 'utf8').trim().split('\n');
  assert.equal(lines[0], 'id,buys,predicted,chance_no,chance_yes');
  const inputs = rows(200, 260).map((line) => line.split(','));
  for (const [i, line] of lines.slice(1).entries()) {
    const [id, buys, predicted, no, yes] = line.split(',');
    assert.deepEqual([id, buys], [inputs[i]![0], inputs[i]![4]]);
    assert.equal(predicted, Number(yes) > Number(no) ? 'yes' : 'no');
    assert.ok(Math.abs(Number(yes) + Number(no) - 1) < 1e-12);
  }
  const { card } = JSON.parse(readFileSync(join(ROOT, 'm.json'), 'utf8'));
  assert.deepEqual(
    [card.window, card.split, card.rows, card.features.map(({ kind }: { kind: string }) => kind)],
    ['January 2024', { train: TRAIN, test: TEST, testRows: 60 }, 200, ['number', 'number', 'day']],
  );
  assert.ok(card.metrics.auc.value > 0.9 && card.metrics.auc.standardError > 0);
  const used = await done('--use', 'm.json', '--test', TEST, '--id', 'id', '--predictions', 'q.csv');
  assert.equal(used.metrics.auc, card.metrics.auc.value);
  assert.equal(readFileSync(join(ROOT, 'q.csv'), 'utf8'), readFileSync(join(ROOT, 'p.csv'), 'utf8'));
});

test('without the label there are predictions and no figures; unknown classes are told', async () => {
  const bare = write('bare.csv', [
    'id,age,spend,day',
    ...rows(200, 260).map((line) => line.split(',').slice(0, 4).join()),
  ]);
  const { metrics, warnings } = await done(...on(TRAIN, bare, '--predictions', 'b.jsonl'));
  assert.deepEqual(metrics, {});
  assert.match(warnings[0], /bare\.csv has no column buys/);
  assert.equal(readFileSync(join(ROOT, 'b.jsonl'), 'utf8').trim().split('\n').length, 60);
  const odd = write('odd.csv', [HEADER, ...rows(200, 260), 'x,30,0.1,2024-01-11,maybe', 'y,30,0.1,2024-01-11,']);
  const told = await done(...on(TRAIN, odd));
  assert.equal(told.warnings.length, 2);
  assert.match(told.warnings.join(), /1 rows without a label.*lack count as missed: maybe/);
});

test('weights count; ignored columns and ids are not learned from', async () => {
  const weighted = write('weighted.csv', [`${HEADER},w`, ...rows(0, 200).map((line, i) => `${line},${i % 2}`)]);
  const halved = write('halved.csv', [HEADER, ...rows(0, 200).filter((_, i) => i % 2 === 1)]);
  const some = (train: string, ...more: string[]) => done(...on(train, TEST, '--ignore', 'day', ...more));
  const [both, half] = [await some(weighted, '--weight', 'w'), await some(halved)];
  assert.equal(both.features, 2);
  assert.ok(Math.abs(both.metrics.auc - half.metrics.auc) < 0.02);
});

test('best tells what it chose and among which, and its model is used again', async () => {
  const few = JSON.stringify({ candidates: 2, evaluations: 6, folds: 2, learners: ['logistic', 'boosting'] });
  const best = on(TRAIN, TEST, '--params', few, '--model', 'best.json').with(1, 'best');
  const { chosen, candidates, metrics } = await done(...best);
  assert.ok(candidates.length >= 2 && candidates.some(({ score }: { score: number }) => score > 0));
  assert.ok(chosen.members.length >= 1 && chosen.score.mean > 0 && chosen.searchedBy === 'logLoss');
  assert.deepEqual((await done('--use', 'best.json', '--test', TEST)).metrics, metrics);
  await refused(on(TRAIN, TEST, '--minutes', '1'), /--minutes with --learner logistic/);
});

test('the list shows each learner with its tasks and parameters', async () => {
  const list = await done('--list');
  assert.ok(Array.isArray(list));
  for (const { name, task, tasks, defaults, source } of list) {
    assert.ok(typeof name === 'string' && tasks[0] === task && source.length > 10, name);
    assert.equal('label' in defaults || 'task' in defaults, false);
  }
  assert.equal(list.find(({ name }: { name: string }) => name === 'logistic').defaults.l2, 1);
});

test('bad options are refused before any work', async () => {
  await refused(['--learner', 'logistic'], /needs --train/);
  await refused(on(TRAIN, TEST).with(1, 'oracle'), /no learner is called oracle; have logistic/);
  await refused(on(TRAIN, TEST, '--task', 'guess'), /--task is "guess"; expected one of classify/);
  await refused(on(TRAIN, TEST, '--params', '{'), /--params is \{; expected a JSON object/);
  await refused(
    on(TRAIN, TEST, '--params', '{"L2":1}'),
    /logistic has no parameter L2; expected perhaps l2; it has, with defaults: l1 \(0\), l2 \(1\)/,
  );
  await refused(on(TRAIN, TEST, '--params', '{"l2":"1"}'), /l2 is "1"; expected a number such as 1/);
  await refused(on(TRAIN, TEST, '--params', '{"l2":-1}'), /l2 is -1; expected a number from 0 on/);
  await refused(
    on(TRAIN, TEST, '--params', '{"classWeights":{"yes":"2"}}'),
    /expected "none", "balanced" or weights by class/,
  );
  const boosted = (params: string) => on(TRAIN, TEST, '--params', params).with(1, 'boosting');
  await refused(boosted('{"time":"nope"}'), /train\.csv has no column nope/);
  await refused(boosted('{"monotone":{"size":1}}'), /train\.csv has no column size/);
  await refused(boosted('{"quantile":1}'), /quantile is 1; expected a number above 0 to below 1/);
  await refused(boosted('{"rowShare":0}'), /rowShare is 0; expected a number above 0 to 1/);
  await refused(on(TRAIN, TEST, '--params', '{"label":"x"}'), /--params has label, which an option tells/);
  await refused(on(TRAIN, TEST, '--predictions', 'p.docx'), /--predictions is "p.docx"/);
  await refused(
    on(TRAIN, TEST, '--model', 'none/m.json'),
    /--model is "none\/m.json"; expected a file in a folder that exists/,
  );
  await refused(on(TRAIN, TEST, '--model', 'm.pkl'), /expected a file ending in .json or .onnx/);
  await refused(on(TRAIN, TEST, '--weight', 'id'), /column id is named twice/);
  await refused(['--use', 'm.json', '--test', TEST, '--train', TRAIN], /--train beside --use/);
});

test('bad files and columns are refused by name', async () => {
  const with2 = (name: string, from: string | RegExp, to: string) =>
    write(
      name,
      [HEADER, ...rows(0, 40)].map((line) => line.replace(from, to)),
    );
  await refused(on('none.csv', TEST), /none\.csv: there is no such file/);
  await refused(on(TRAIN, TEST).with(7, 'Buys'), /train\.csv has no column Buys; it has id, age/);
  await refused(on(TRAIN, TEST, '--ignore', 'day,nothing'), /train\.csv has no column nothing/);
  await refused(on(TRAIN, with2('less.csv', /,[^,]*,/, ',')), /less\.csv/);
  await refused(on(TRAIN, with2('lacks.csv', 'spend', 'spent')), /lacks\.csv has no column spend/);
  await refused(on(with2('twice.csv', 'spend', 'age'), TEST), /twice\.csv has two columns called age/);
  await refused(
    on(TRAIN, with2('text.csv', /,-?\d\.\d+,/, ',low,')),
    /column spend holds number in train\.csv but text in text\.csv/,
  );
  await refused(on(with2('gap.csv', /(c7,.*),(yes|no)/, '$1,'), TEST), /gap\.csv: label buys in row 8 is missing/);
  await refused(on(with2('one.csv', /,yes$/, ',no'), TEST), /one\.csv: label buys has only the class no/);
  await refused(on(write('header.csv', [HEADER]), TEST), /header\.csv .*has no rows/);
  await refused(
    on(write('list.jsonl', ['{"id":1,"age":[1],"spend":1,"day":"2024-01-01","buys":"yes"}']), TEST),
    /column age of list\.jsonl is of type BIGINT\[\]/,
  );
  await refused(['--use', TRAIN, '--test', TEST], /train\.csv is no model that can be used: it is no JSON/);
  await refused(['--use', write('m.onnx', ['x']), '--test', TEST], /m\.onnx cannot be used: it is no ONNX file/);
});

test('the shell sees 0, 2 and one document', () => {
  const shell = (...args: string[]) => spawnSync(process.execPath, [APP, 'learn', ...args], { encoding: 'utf8' });
  const good = shell(...on(TRAIN, TEST), '--json');
  assert.deepEqual([good.status, good.stderr], [0, '']);
  assert.equal(JSON.parse(good.stdout).rows, 200);
  const bad = shell(...on(TRAIN, 'none.csv'));
  assert.deepEqual([bad.status, bad.stdout], [2, '']);
});
