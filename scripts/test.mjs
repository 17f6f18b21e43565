// `npm test`: set up, check types and style, run every test; `--check` stops after the checks, `--write` mends what can be.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { childEnv, ROOT, setUp } from './setup.mjs';

const flags = new Set(process.argv.slice(2).filter((arg) => arg.startsWith('--')));
const names = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const node = setUp();
const modules = (...parts) => join(ROOT, 'node_modules', ...parts);

function step(name, args, atEnd = () => {}) {
  const from = Date.now();
  const { status } = spawnSync(node, args, { cwd: ROOT, stdio: 'inherit', env: childEnv });
  console.error(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - from) / 1000).toFixed(1)} s)`);
  atEnd();
  if (status !== 0) process.exit(status ?? 1);
}

if (flags.has('--write')) step('error manual', [join(ROOT, 'test', 'error-manual.ts'), '--write']);
step('types', [modules('typescript', 'bin', 'tsc'), '-p', ROOT]);
step('format and lint', [
  modules('@biomejs', 'biome', 'bin', 'biome'),
  'check',
  ...(flags.has('--write') ? ['--write'] : []),
  '--error-on-warnings',
  ROOT,
]);
if (flags.has('--check')) process.exit(0);

const wanted = names.length > 0 ? names : ['src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts'];
const tap = join(ROOT, '.cache', 'tests.tap');
mkdirSync(dirname(tap), { recursive: true });
rmSync(tap, { force: true });
const reporters = [
  '--test-reporter=spec',
  '--test-reporter-destination=stdout',
  '--test-reporter=tap',
  `--test-reporter-destination=${tap}`,
];
step('tests', ['--test', '--test-concurrency=2', ...reporters, ...wanted], () => {
  const report = existsSync(tap) ? readFileSync(tap, 'utf8') : '';
  const count = (what) => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(report)?.[1] ?? 0);
  console.log(`${count('pass')} passed, ${count('fail') + count('cancelled')} failed, ${count('skipped')} skipped`);
});
