/**
 * Answers over HTTP at a million customers: p50 and p95 of each kind of question, one at a time, each asked with other
 * values so that no answer kept from before helps. `npm run bench -- serve [CUSTOMERS] [ROUNDS]`; the workspace is made
 * by SQL in a temporary folder.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuckdb } from '#engines/index.ts';
import { random } from '#kernels/random.ts';
import { listen, makeServer, openStore } from '#serve/index.ts';
import { makeSampleWorkspace, SAMPLE_AS_OF } from '../src/serve/sample-workspace.ts';

const customers = Number(process.argv[2] ?? 1_000_000);
const rounds = Number(process.argv[3] ?? 40) || 40;
const LIMIT_MS = 200;
const draw = random(7);
const upTo = (n: number): number => Math.floor(draw.uniform() * n);
const pick = <T>(list: readonly T[]): T => list[upTo(list.length)]!;
const SORTS = ['value', 'spend', 'orders', 'last_order', 'p_alive', 'customer_id'];
const TIERS = ['base', 'silver', 'gold', 'platinum'];
const day = (): number => SAMPLE_AS_OF - upTo(400) * 86_400_000;
const anyId = (): string => `C${String(100 + upTo(customers - 100)).padStart(7, '0')}`;

const KINDS: Record<string, () => string> = {
  ...Object.fromEntries(
    SORTS.map((sort) => [
      `customers by ${sort}, any page`,
      () =>
        `customers?sort=${sort}&dir=${pick(['asc', 'desc'])}&offset=${upTo(customers)}&to=${SAMPLE_AS_OF + upTo(1e6)}`,
    ]),
  ),
  'customers of a tier': () =>
    `customers?tier=${pick(TIERS)}&sort=${pick(SORTS)}&offset=${upTo(customers / 10)}&from=${day() - 9e10}`,
  'customers of a tag': () =>
    `customers?tag=${pick(['loyal', 'deal-seeker'])}&sort=${pick(SORTS)}&offset=${upTo(customers / 10)}&to=${SAMPLE_AS_OF + upTo(1e6)}`,
  'customers of an RFM cell': () =>
    `customers?r=${1 + upTo(5)}&f=${1 + upTo(5)}&m=${1 + upTo(5)}&sort=${pick(SORTS)}&from=${day() - 9e10}`,
  'customers by whole id': () => `customers?search=${anyId()}`,
  'customers by part of an id': () => `customers?search=${upTo(10_000)}&sort=${pick(SORTS)}`,
  'customers by city': () =>
    `customers?search=${encodeURIComponent(pick(['上海', '北京', 'berlin']))}&sort=${pick(SORTS)}&from=${day() - 9e10}`,
  'customers who moved': () =>
    `customers?movedFrom=${pick(TIERS)}&movedTo=${pick(TIERS)}&sort=${pick(SORTS)}&to=${SAMPLE_AS_OF + upTo(1e6)}`,
  'customer profile': () => `customers/${anyId()}`,
  'customer timeline': () => `customers/${anyId()}/timeline`,
  'customer recommendations': () => `customers/${anyId()}/recommendations`,
  'home, a month': () => `home?from=${day() - 30 * 86_400_000}&to=${day() + 400 * 86_400_000}`,
  'home, any period': () => {
    const from = day() - 5e9;
    return `home?from=${from}&to=${from + 86_400_000 * (1 + upTo(300))}`;
  },
  tiers: () => 'tiers',
  'products by text': () => `products?search=${upTo(100)}`,
  'campaign people': () => `campaigns/spring/people?offset=${upTo(1000)}`,
};

if (process.argv[3] === '--make') {
  await makeSampleWorkspace(process.argv[4] ?? '', { customers, products: 2000, lines: customers * 4 });
  process.exit();
}
const dir = mkdtempSync(join(tmpdir(), 'tierwise-serve-'));
try {
  const madeFrom = performance.now();
  // In a process of its own, so that its memory does not count.
  execFileSync(process.execPath, [import.meta.filename, String(customers), '--make', join(dir, 'workspace')]);
  const openFrom = performance.now();
  const store = await openStore(await openDuckdb(), join(dir, 'workspace'));
  const app = await makeServer({ store, version: 'bench' });
  const address = await listen(app, { port: 0 });
  const readyAt = performance.now();
  await fetch(`${address}/api/v1/tiers/lorenz`).then((reply) => reply.arrayBuffer());
  const results = [];
  for (const [kind, make] of Object.entries(KINDS))
    results.push(await timed(kind, () => `${address}/api/v1/${make()}`));
  const plan = () => ({ condition: { all: [] }, offer: { percentOff: 1 }, budgetMinor: 1_000_000 + upTo(1000) });
  const previews = await timed('preview of a campaign for all', () => `${address}/api/v1/campaigns/preview`, {
    asks: 5,
    body: plan,
  });
  const exportFrom = performance.now();
  const bytes = (await (await fetch(`${address}/api/v1/customers?format=csv`)).arrayBuffer()).byteLength;
  console.log(
    JSON.stringify(
      {
        bench: 'serve',
        cores: availableParallelism(),
        cpu: cpus()[0]?.model,
        customers,
        makeSeconds: (openFrom - madeFrom) / 1000,
        openSeconds: (readyAt - openFrom) / 1000,
        exportSeconds: (performance.now() - exportFrom) / 1000,
        exportMb: bytes / 1e6,
        peakRssMb: process.resourceUsage().maxRSS / 1024,
        limitMs: LIMIT_MS,
        over: results.filter((result) => result.p95Ms > LIMIT_MS).map((result) => result.kind),
        results,
        previews,
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

async function timed(
  kind: string,
  url: () => string,
  { asks = rounds, body }: { asks?: number; body?: () => unknown } = {},
): Promise<{ kind: string; p50Ms: number; p95Ms: number }> {
  const times: number[] = [];
  for (let i = 0; i < asks + 3; i++) {
    const from = performance.now();
    const reply = await fetch(url(), body === undefined ? {} : posted(body()));
    await reply.arrayBuffer();
    if (!reply.ok) throw new Error(`${kind}: ${reply.status} ${reply.url}`);
    if (i >= 3) times.push(performance.now() - from);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(times[Math.min(times.length - 1, Math.floor(share * times.length))]! * 10) / 10;
  return { kind, p50Ms: at(0.5), p95Ms: at(0.95) };
}

function posted(body: unknown): RequestInit {
  return { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}
