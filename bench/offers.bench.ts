/**
 * Coupon redemptions a second, each on the disk before it is answered, beside the disk's own fdatasync in the same run:
 * one to a commit, and many at once that share commits; then what it takes to verify all of it.
 *
 * node bench/offers.bench.ts [redemptions]   (default: 20,000; a twentieth of them one to a commit)
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { budgetOf, grouped, makePool, openBudget, openLedger, putOffer, redeem, verify } from '#offers/index.ts';

const redemptions = Number(process.argv[2] ?? 20_000);
const NOW = 1_750_000_000_000;
const dir = mkdtempSync(join(tmpdir(), 'offers-bench-'));
const ledger = openLedger(dir);

const ms = (value: number): number => Math.round(value * 1000) / 1000;
const at = (sorted: readonly number[], share: number): number =>
  ms(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
const spread = (times: number[]) => {
  times.sort((a, b) => a - b);
  return { p50Ms: at(times, 0.5), p99Ms: at(times, 0.99) };
};

/** The disk alone: 4 KB written to the end of a file and synchronised, again and again. */
function disk(times = 300) {
  const file = openSync(join(dir, 'disk'), 'w');
  const page = Buffer.alloc(4096, 1);
  const all = Array.from({ length: times }, () => {
    const began = performance.now();
    writeSync(file, page);
    fdatasyncSync(file);
    return performance.now() - began;
  });
  closeSync(file);
  return { times, ...spread(all) };
}

let order = 0;
function use() {
  const key = `R${order++}`;
  return redeem(
    ledger,
    { key, code: 'ALL', customer: `C${order % 5000}`, orderId: key, currency: 'CNY', amountMinor: 100 },
    NOW,
  );
}

async function measured(name: string, count: number, run: (times: number[]) => Promise<void> | void): Promise<void> {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const times: number[] = [];
  await run(times);
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    JSON.stringify({
      name,
      count,
      perSecond: Math.round(count / seconds),
      ...spread(times),
      cpuMicrosEach: Math.round((user + system) / count),
    }),
  );
}

/** `clients` that each ask again as soon as they were answered. */
async function together(clients: number, count: number, times: number[]): Promise<void> {
  const group = grouped(ledger);
  let left = count;
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const began = performance.now();
      const answer = await group(use);
      if (!answer.ok) throw new Error(answer.reason);
      times.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
}

try {
  console.log(JSON.stringify({ machine: cpus()[0]?.model, cores: cpus().length, node: process.version, disk: disk() }));
  openBudget(ledger, { id: 'B', amountMinor: 1e12, currency: 'CNY' }, NOW);
  putOffer(ledger, { id: 'F', name: { en: 'All', zh: '全' }, percentOff: 10 }, { now: NOW });
  const pool = { id: 'P', offer: 'F', budget: 'B', currency: 'CNY', codes: { kind: 'shared', code: 'ALL', uses: 1e9 } };
  makePool(ledger, pool, { secret: 's', now: NOW });
  const few = Math.ceil(redemptions / 20);
  await measured('one to a commit', few, (times) => {
    for (let i = 0; i < few; i++) {
      const began = performance.now();
      use();
      times.push(performance.now() - began);
    }
  });
  for (const clients of [16, 64, 256])
    await measured(`${clients} clients share commits`, redemptions, (times) => together(clients, redemptions, times));
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const { ok, entries } = await verify(ledger);
  const { user, system } = process.cpuUsage(cpu);
  const spent = budgetOf(ledger, 'B').spentMinor;
  console.log(
    JSON.stringify({
      name: 'verify',
      ok,
      entries,
      seconds: ms((performance.now() - began) / 1000),
      cpuSeconds: ms((user + system) / 1e6),
      spent,
      expected: 100 * order,
    }),
  );
  console.log(JSON.stringify({ disk: disk() }));
} finally {
  ledger.close();
  rmSync(dir, { recursive: true });
}
