/**
 * Previews of segments over HTTP: p50 and p95 of the time and of the processor time of each kind of condition, one at a
 * time, each asked with other values. `npm run bench -- segments [CUSTOMERS] [ROUNDS]`; the workspace is made by SQL in a
 * temporary folder, with four order lines and four views a customer.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuckdb } from '#engines/index.ts';
import { random } from '#kernels/random.ts';
import { listen, makeServer, openStore } from '#serve/index.ts';
import { makeSampleWorkspace } from '../src/serve/sample-workspace.ts';

const customers = Number(process.argv[2] ?? 20_000);
const rounds = Number(process.argv[3] ?? 20) || 20;
const LIMIT_MS = 300;
const draw = random(7);
const upTo = (n: number): number => Math.floor(draw.uniform() * n);
const days = () => ({ days: 60 + upTo(400) });

const KINDS: Record<string, () => unknown> = {
  'fields of two tables': () => ({
    all: [
      { field: 'tier', op: 'in', value: ['gold', 'platinum'] },
      { field: 'value_minor', op: '>=', value: upTo(5000) },
    ],
  }),
  'bought so often': () => ({ did: 'order_paid', atLeast: 2, within: days() }),
  'spent so much on a category': () => ({
    ...{ did: 'order_paid', measure: 'amount', atLeast: 5000 + upTo(5000), within: days() },
    where: [{ property: 'category', op: '=', value: 'Food' }],
  }),
  'viewed and did not buy': () => ({
    all: [
      { did: 'viewed', atLeast: 2, within: days() },
      { didNot: 'order_paid', within: days() },
    ],
  }),
  'last order so long ago': () => ({ lastTime: 'order_paid', atLeastDaysAgo: 30 + upTo(300) }),
  'one thing after another': () => ({
    sequence: [{ did: 'viewed' }, { did: 'order_paid' }],
    in: { days: 1 + upTo(60) },
  }),
  'one thing and not the other': () => ({
    dropped: { did: 'viewed' },
    without: { did: 'order_paid' },
    in: { days: 1 + upTo(60) },
  }),
  'a random share': () => ({ random: `salt ${upTo(1e6)}`, below: 0.1 }),
};

if (process.argv[3] === '--make') {
  const size = { customers, products: 2000, lines: customers * 4, events: customers * 4 };
  await makeSampleWorkspace(process.argv[4] ?? '', size);
  process.exit();
}
const dir = mkdtempSync(join(tmpdir(), 'tierwise-segments-'));
try {
  // In a process of its own, so that its memory does not count.
  execFileSync(process.execPath, [import.meta.filename, String(customers), '--make', join(dir, 'workspace')]);
  const store = await openStore(await openDuckdb(), join(dir, 'workspace'));
  const app = await makeServer({ store, version: 'bench' });
  const address = await listen(app, { port: 0 });
  const results = [];
  for (const [kind, make] of Object.entries(KINDS)) results.push(await timed(kind, address, make));
  console.log(
    JSON.stringify(
      {
        ...{ bench: 'segments', cores: availableParallelism(), cpu: cpus()[0]?.model, customers, limitMs: LIMIT_MS },
        peakRssMb: process.resourceUsage().maxRSS / 1024,
        over: results.filter((result) => result.p95Ms > LIMIT_MS).map((result) => result.kind),
        results,
      },
      null,
      1,
    ),
  );
  await app.close();
  await store.compute.close();
} finally {
  rmSync(dir, { recursive: true, force: true });
}

/** With the sample of twenty people and their reasons, as the builder asks. */
async function timed(kind: string, address: string, condition: () => unknown) {
  const times: { wall: number; cpu: number }[] = [];
  let people = 0;
  for (let i = 0; i < rounds + 2; i++) {
    const from = performance.now();
    const cpuFrom = process.cpuUsage();
    const reply = await fetch(`${address}/api/v1/segments/preview`, {
      method: 'POST',
      body: JSON.stringify({ condition: condition() }),
      headers: { 'content-type': 'application/json' },
    });
    const answer = (await reply.json()) as { customers: number };
    if (!reply.ok) throw new Error(`${kind}: ${JSON.stringify(answer)}`);
    const { user, system } = process.cpuUsage(cpuFrom);
    people = answer.customers;
    if (i >= 2) times.push({ wall: performance.now() - from, cpu: (user + system) / 1000 });
  }
  const at = (of: 'wall' | 'cpu', share: number): number => {
    const sorted = times.map((each) => each[of]).sort((a, b) => a - b);
    return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]! * 10) / 10;
  };
  return {
    kind,
    people,
    p50Ms: at('wall', 0.5),
    p95Ms: at('wall', 0.95),
    cpuP50Ms: at('cpu', 0.5),
    cpuP95Ms: at('cpu', 0.95),
  };
}
