/** What `npm start` runs: make or read a shop, run the loop where it is needed, serve the console and open it. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findMapping } from '#events/index.ts';
import { readFacts } from '#loop/index.ts';
import { writeShop } from '#simulate/index.ts';
import type { Command, Context, Values } from '../command.ts';
import { seedOf, withCompute } from '../values.ts';
import { fingerprintFor, loopOn, summary } from './run.ts';
import { serveWorkspace } from './serve.ts';

export const start: Command = {
  name: 'start',
  about: 'make a simulated shop (or take --data), run the loop, serve and open the console',
  options: {
    data: { type: 'text', value: 'NAME_OR_DIR', about: "a shop's own files (default: a simulated shop)" },
    workspace: {
      type: 'text',
      value: 'DIR',
      about: 'where everything is kept (default: workspace/demo or workspace/shop)',
    },
    customers: { type: 'number', value: 'N', about: 'size of the simulated shop (default 20000)' },
    'as-of': { type: 'text', value: 'DATE', about: "end of this day in the shop's zone, or this moment" },
    port: { type: 'number', value: 'N', about: 'port, 0 for any free one (default 4100)' },
    host: { type: 'text', value: 'NAME', about: 'address to listen on (default 127.0.0.1)' },
    'no-open': { type: 'flag', about: 'do not open a browser' },
    fresh: { type: 'flag', about: 'run the loop even if nothing changed' },
  },
  run: async (values, _words, context) => {
    const own = values.data !== undefined;
    const dir = resolve(String(values.workspace ?? join(context.home, 'workspace', own ? 'shop' : 'demo')));
    await fill(values, context, dir, own ? String(values.data) : undefined);
    const address = await serveWorkspace(context, dir, {
      port: values.port === undefined ? 4100 : Number(values.port),
      host: String(values.host ?? '127.0.0.1'),
    });
    if (values['no-open'] !== true) openBrowser(address);
    return { address, workspace: dir };
  },
  show: ({ address, workspace }: { address: string; workspace: string }) =>
    `\nTierwise is at ${address}   (Ctrl-C stops it)\nEverything it made is in ${workspace}`,
};

async function fill(values: Values, context: Context, dir: string, data: string | undefined): Promise<void> {
  const seed = seedOf(values);
  const customers = Number(values.customers ?? 20_000);
  const dataDir = data ?? join(dir, '..', `demo-shop-${customers}-${seed}`);
  if (data === undefined) await simulated(values, context, { out: dataDir, customers, seed });
  const found = findMapping(dataDir);
  if (values.fresh !== true && isCurrent(dir, fingerprintFor(values, context, found))) {
    context.print('Nothing changed since the last run; --fresh runs it again.');
    return;
  }
  context.print(
    data === undefined
      ? `Running the loop on the simulated shop of ${customers} customers`
      : `Running the loop on ${found.dataDir}`,
  );
  const report = await loopOn(values, context, dir, found);
  context.progress.end();
  context.print(`\n${summary(report)}`);
}

/** Makes the simulated shop once; a shop that was cut off half way is made again. */
async function simulated(
  values: Values,
  context: Context,
  shop: { out: string; customers: number; seed: number },
): Promise<void> {
  const done = join(shop.out, '.complete');
  if (existsSync(done) && readFileSync(done, 'utf8') === context.version) return;
  rmSync(shop.out, { recursive: true, force: true });
  context.print(`Making a simulated shop of ${shop.customers} customers in ${shop.out}`);
  context.progress.stage('simulate');
  await withCompute(values, context, (compute) =>
    writeShop(
      { ...shop, onProgress: ({ done: at, total, stage }) => context.progress.step(at, total, stage) },
      compute,
    ),
  );
  context.progress.end();
  writeFileSync(done, context.version);
}

function isCurrent(dir: string, fingerprint: string): boolean {
  try {
    return readFacts(dir).fingerprint === fingerprint;
  } catch {
    return false;
  }
}

function openBrowser(address: string): void {
  const [command, ...args] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open'];
  const child = spawn(command!, [...args, address], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
