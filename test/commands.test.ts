// Aim: bad input from the shell ends with 2 and a message that names it, and leaves the workspace and the folders as they were.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const APP = fileURLToPath(new URL('../src/app.ts', import.meta.url));
const ROOT = mkdtempSync(join(tmpdir(), 'tierwise-'));
const SCRATCH = join(ROOT, 'tmp');
const CWD = join(ROOT, 'cwd');
const SPACE = join(ROOT, 'w\'s "数据"');
const DATA = join(ROOT, 'd a[t]a');
for (const dir of [SCRATCH, CWD, DATA]) mkdirSync(dir);
after(() => rmSync(ROOT, { recursive: true, force: true }));

const MAPPING = `shop: { name: S, currency: USD, timeZone: America/New_York }
tables:
  order_lines:
    - file: orders.csv
      columns:
        order_id: order
        customer_id: buyer
        product_id: sku
        ordered_at: { column: day, time: iso }
        quantity: { const: 1 }
        paid: { column: total, money: major, decimal: '.' }
`;
const day = (i: number): string =>
  `2023-${String((i % 12) + 1).padStart(2, '0')}-${String((i % 27) + 1).padStart(2, '0')}`;
const ORDERS = `order,buyer,sku,day,total\n${Array.from({ length: 60 }, (_, i) => `o${i},c${(i * 7) % 9},p${i % 5},${day(i)},${i + 3}.50`).join('\n')}\n`;
writeFileSync(join(DATA, 'tierwise.yaml'), MAPPING);
writeFileSync(join(DATA, 'orders.csv'), ORDERS);

const env = { ...process.env, TMPDIR: SCRATCH, NODE_DISABLE_COMPILE_CACHE: '1' };
const call = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [APP, ...args], {
    cwd: CWD,
    env,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout, stderr };
};
const run = (...more: string[]) => ['run', '--workspace', SPACE, '--data', DATA, '--json', ...more];

/** Every path below a folder, files with their content. */
function contents(dir: string): string {
  if (!existsSync(dir)) return '';
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort();
  return names
    .map((name) => `${name} ${statSync(join(dir, name)).isFile() ? readFileSync(join(dir, name), 'base64') : ''}`)
    .join('\n');
}

function refused(args: string[], message: RegExp): void {
  const before = contents(SPACE);
  const { status, stdout, stderr } = call(...args);
  assert.equal(status, 2, `${args.join(' ')}: ${stderr}`);
  assert.equal(stdout, '', 'nothing on standard output');
  assert.match(stderr, message);
  assert.match(stderr, /\n {2}→ /, 'the way out');
  assert.ok(contents(SPACE) === before, 'the workspace is as it was');
  assert.deepEqual([readdirSync(CWD), readdirSync(SCRATCH)], [[], []], 'nothing is left behind');
}

test('a tiny shop under odd paths gives answers without a hole in them', () => {
  const { status, stdout, stderr } = call(...run());
  assert.equal(status, 0, stderr);
  const { customers, rows, tiers } = JSON.parse(stdout);
  assert.deepEqual([customers, rows.kept], [9, 60]);
  assert.equal(
    tiers.reduce((sum: number, tier: { customers: number }) => sum + tier.customers, 0),
    9,
  );
  assert.doesNotMatch(stdout, /NaN|Infinity/);
});

test('a policy is tried on the past of the workspace, which stays as it is', () => {
  const file = join(ROOT, 'policy.yaml');
  const lines = (cuts: string) =>
    `tiers:\n  - { key: all, en: All, zh: 全部 }\n  - { key: top, en: Top, zh: 顶级 }\ncuts: ${cuts}\n`;
  writeFileSync(file, lines('{ by: capacity, places: [2] }'));
  const before = contents(SPACE);
  const { status, stdout, stderr } = call('tiers', 'evaluate', '--workspace', SPACE, '--policy', file, '--json');
  assert.equal(status, 0, stderr);
  const { inForce, proposed } = JSON.parse(stdout);
  assert.equal(inForce.tiers.length, 4);
  assert.ok(proposed.tiers[1].customers <= 2);
  assert.match(
    call('tiers', 'evaluate', '--workspace', SPACE, '--policy', file).stdout,
    /moves a customer and year[\s\S]*Proposed less in force, on the same customers/,
  );
  assert.ok(contents(SPACE) === before);
  writeFileSync(file, lines('{ by: profit }'));
  refused(['tiers', 'evaluate', '--workspace', SPACE, '--policy', file], /tiers\.1\.benefit: cuts by profit need the/);
});

test('options that cannot be are refused before any work', () => {
  refused(run('--as-of', '2023-02-30T10:00Z'), /--as-of is "2023-02-30T10:00Z"/);
  refused(run('--seed', '1e300'), /--seed is "1e300"; expected a whole number/);
  refused(['serve', '--workspace', SPACE, '--port', '99999'], /--port is "99999"/);
  refused(['features', '--workspace', SPACE, '--out', join(ROOT, 'none', 'x.csv')], /a file in a folder that exists/);
  refused(
    ['run', '--workspace', join(DATA, 'orders.csv'), '--data', DATA],
    /cannot write to the workspace .*it is a file/,
  );
  refused(['run', '--workspace', SPACE, '--data', join(ROOT, 'none')], /there is no such folder/);
});

test('a folder in place of a file, broken lines, a mapping in another encoding', () => {
  const bad = (name: string, mapping: string | Uint8Array, files: Record<string, string | null>): string => {
    const dir = join(ROOT, name);
    mkdirSync(dir);
    writeFileSync(join(dir, 'tierwise.yaml'), mapping);
    for (const [file, text] of Object.entries(files))
      text === null ? mkdirSync(join(dir, file)) : writeFileSync(join(dir, file), text);
    return join(dir, 'tierwise.yaml');
  };
  const imported = (map: string): string[] => ['import', '--workspace', SPACE, '--map', map];
  refused(
    imported(bad('folder', MAPPING, { 'orders.csv': null })),
    /orders\.csv cannot be read as csv: it is a folder/,
  );
  const lines = MAPPING.replace('orders.csv', 'orders.jsonl');
  refused(imported(bad('lines', lines, { 'orders.jsonl': 'hello\n{"order":\n' })), /orders\.jsonl .*row 1 is "hello"/);
  const gbk = Buffer.concat([Buffer.from('# '), Buffer.from([0xd5, 0xc5, 0xc8, 0xfd]), Buffer.from(`\n${MAPPING}`)]);
  refused(imported(bad('gbk', gbk, {})), /tierwise\.yaml:1: the text is in another encoding; expected UTF-8/);
});

test("analysts' files: a cut gzip and a ragged row are refused, other encodings are read as what they are", () => {
  const value = (file: string): string[] => [
    ...['value', '--orders', file, '--customer', 'buyer', '--time', 'day', '--amount', 'total', '--json'],
    ...['--calibration-end', '2023-08-31', '--horizon-days', '90'],
  ];
  const made = (name: string, bytes: string | Uint8Array): string => {
    writeFileSync(join(ROOT, name), bytes);
    return join(ROOT, name);
  };
  const zipped = gzipSync(ORDERS);
  refused(value(made('cut.csv.gz', zipped.subarray(0, zipped.length - 60))), /cut\.csv\.gz cannot be read as gzip/);
  refused(value(made('ragged.csv', `${ORDERS}1,2\n`)), /ragged\.csv: .*Line: 62.*1,2/);
  refused(value(made('latin.csv', Buffer.from(ORDERS.replaceAll('c1', 'José'), 'latin1'))), /encoding cannot be told/);
  refused(value(made('none.csv', '')), /none\.csv .*has no rows/);
  refused(
    value(made('bad.csv.gz', gzipSync(ORDERS.replace('4.50', 'four')))),
    /bad\.csv\.gz: column total holds "four" in row 3/,
  );
  refused(value(made('line.jsonl', '{"buyer":"a","day":"2023-01-01","total":1}\n[1]\n')), /row 2 is no JSON object/);
  const plain = call(...value(made('a*[b].csv', ORDERS)));
  const wide = call(...value(made('wide.csv', Buffer.from(`\ufeff${ORDERS}`, 'utf16le'))));
  const numbers = (text: string) => JSON.parse(text).parameters;
  assert.deepEqual(numbers(wide.stdout), numbers(plain.stdout));
});

test('a run killed outright leaves its files in the workspace only, and the next one sweeps them', {
  skip: process.platform === 'win32',
}, async () => {
  const child = spawn(process.execPath, [APP, ...run()], { cwd: CWD, env, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  while (child.exitCode === null && !existsSync(join(SPACE, '.staging')))
    await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill('SIGKILL');
  assert.equal(await ended, 'SIGKILL');
  assert.deepEqual(readdirSync(SCRATCH), []);
  assert.ok(existsSync(join(SPACE, '.lock')));
  assert.equal(call(...run()).status, 0);
  assert.deepEqual(
    readdirSync(SPACE).filter((name) => name.startsWith('.')),
    [],
  );
});

test('a part of the workspace or of the mapping that is broken, and a folder that is not ours', () => {
  const moves = join(SPACE, 'state', 'tier_moves.parquet');
  const kept = readFileSync(moves);
  writeFileSync(moves, 'x');
  refused(['tiers', '--workspace', SPACE, '--json'], /WORKSPACE_BROKEN: .*tier_moves\.parquet is missing or broken/);
  writeFileSync(moves, kept);
  writeFileSync(join(DATA, 'tierwise.yaml'), `${MAPPING}campaign:\n  offer:\n    percentOff: 400\n`);
  refused(run(), /tierwise\.yaml:14: offer\.percentOff is not valid/);
  writeFileSync(join(DATA, 'tierwise.yaml'), MAPPING);
  const before = contents(DATA);
  refused(['simulate', '--customers', '5', '--out', DATA], /it holds a tierwise\.yaml of a shop that is not simulated/);
  assert.equal(contents(DATA), before);
});

test('a signal in the middle of a run leaves no lock, no staging and no new folder', {
  skip: process.platform === 'win32',
}, async () => {
  for (const dir of [SPACE, join(ROOT, 'new', 'deep')]) {
    const before = contents(SPACE);
    const child = spawn(process.execPath, [APP, 'run', '--workspace', dir, '--data', DATA], { cwd: CWD, env });
    const ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
    while (child.exitCode === null && !existsSync(join(dir, '.staging')))
      await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGHUP');
    assert.equal(await ended, 129);
    assert.ok(contents(SPACE) === before);
    assert.equal(existsSync(join(ROOT, 'new')), false);
    assert.deepEqual(readdirSync(SCRATCH), []);
  }
});

test('a reader that stops early sees no fault', { skip: process.platform === 'win32' }, () => {
  const line = `"$0" "$1" tiers --workspace "$2" --json | true; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', line, process.execPath, APP, SPACE], { env, encoding: 'utf8' });
  assert.deepEqual([stdout.trim(), stderr], ['0', '']);
});
