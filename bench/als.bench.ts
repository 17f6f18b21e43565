/**
 * Alternating least squares on a large file of pairs, and implicit on the same file where a Python has it.
 *
 * FILE.npy holds int32 pairs (user, item), row by row. Pairs of every 50th user whose item is of one of five residues are
 * held out; both sides fit the rest with the same objective and show 20 new items to those users. CPU seconds and wall are
 * of the fit from the pairs in memory; the peak is that of the process up to the end of the fit.
 *
 * node bench/als.bench.ts FILE.npy [--python PYTHON] [--threads N] [--factors N] [--epochs N]
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bestFactorItems, fitFactors, type Interactions } from '#recommend/index.ts';

const K = 20;
const USERS_STEP = 50;
const USERS_AT = 7;
const PARTS = 5;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string' },
    threads: { type: 'string', default: String(availableParallelism()) },
    factors: { type: 'string', default: '64' },
    epochs: { type: 'string', default: '10' },
  },
});
const [file] = positionals;
if (file === undefined) {
  console.log('node bench/als.bench.ts FILE.npy [--python PYTHON] [--threads N] [--factors N] [--epochs N]');
  process.exit(2);
}
const [threads, factors, epochs] = [Number(flags.threads), Number(flags.factors), Number(flags.epochs)];

interface Pairs {
  readonly train: Interactions;
  /** What each judged user is to find. */
  readonly held: ReadonlyMap<number, readonly number[]>;
}

/** Reads the pairs, in parts, and puts the held-out ones apart. */
function readPairs(path: string): Pairs {
  const fd = openSync(path, 'r');
  const head = Buffer.alloc(10);
  readSync(fd, head, 0, 10, 0);
  const text = Buffer.alloc(head.readUInt16LE(8));
  readSync(fd, text, 0, text.length, 10);
  const count = Number(/'shape': \((\d+), 2\)/.exec(text.toString())?.[1]);
  if (!text.includes("'<i4'") || text.includes('True')) throw new Error(`${path}: not an int32 array of pairs`);
  const [users, items] = [new Int32Array(count), new Int32Array(count)];
  const held = new Map<number, number[]>();
  const part = new Int32Array(2 ** 20);
  let [kept, userCount, itemCount] = [0, 0, 0];
  for (let at = 0; at < 2 * count; at += part.length) {
    const length = Math.min(part.length, 2 * count - at);
    readSync(fd, part, 0, 4 * length, 10 + text.length + 4 * at);
    for (let e = 0; e < length; e += 2) {
      const [user, item] = [part[e]!, part[e + 1]!];
      userCount = Math.max(userCount, user + 1);
      itemCount = Math.max(itemCount, item + 1);
      if (user % USERS_STEP === USERS_AT && item % PARTS === user % PARTS) {
        held.set(user, [...(held.get(user) ?? []), item]);
        continue;
      }
      users[kept] = user;
      items[kept++] = item;
    }
  }
  closeSync(fd);
  return { train: { userCount, itemCount, users: users.subarray(0, kept), items: items.subarray(0, kept) }, held };
}

/** Mean recall and NDCG of lists [n x K]. */
function judge(lists: Int32Array, { held }: Pairs): { recall: number; ndcg: number } {
  let [recall, ndcg, row] = [0, 0, 0];
  for (const wanted of held.values()) {
    let [hits, gain, ideal] = [0, 0, 0];
    for (let rank = 0; rank < K; rank++) {
      if (rank < wanted.length) ideal += 1 / Math.log2(rank + 2);
      if (!wanted.includes(lists[row * K + rank]!)) continue;
      hits++;
      gain += 1 / Math.log2(rank + 2);
    }
    recall += hits / wanted.length;
    ndcg += gain / ideal;
    row++;
  }
  return { recall: recall / held.size, ndcg: ndcg / held.size };
}

const pairs = readPairs(file);
const judged = Int32Array.from(pairs.held.keys());
console.log(
  JSON.stringify({
    ...{ machine: cpus()[0]?.model, node: process.version, threads, factors, epochs },
    ...{ pairs: pairs.train.users.length, users: pairs.train.userCount, items: pairs.train.itemCount },
    judged: judged.length,
  }),
);

// implicit's c = 1 + 9 for what was seen, reg 0.05: the same loss divided by 9, with targets 1 in place of 10/9
const settings = { factors, epochs, unobserved: 1 / 9, ridge: 0.005, nu: 0 };
const [before, began] = [process.cpuUsage(), performance.now()];
const model = fitFactors(pairs.train, settings, { seed: 1, threads });
const [used, wallSeconds] = [process.cpuUsage(before), (performance.now() - began) / 1000];
const peakRssMb = Math.round(process.resourceUsage().maxRSS / 1024);
const shown = performance.now();
const lists = bestFactorItems(model, judged, { k: K, threads, hideHad: true }).items;
const own = {
  of: 'tierwise',
  cpuSeconds: (used.user + used.system) / 1e6,
  wallSeconds,
  peakRssMb,
  usersPerSecond: judged.length / ((performance.now() - shown) / 1000),
  ...judge(lists, pairs),
};
console.log(JSON.stringify(own));

if (flags.python !== undefined) {
  const dir = mkdtempSync(join(tmpdir(), 'als-bench-'));
  try {
    const out = join(dir, 'lists');
    const script = fileURLToPath(new URL('./als-peer/implicit-peer.py', import.meta.url));
    const args = [file, out, ...[threads, factors, epochs, K, USERS_STEP, USERS_AT, PARTS].map(String)];
    const { stdout, stderr, status } = spawnSync(flags.python, [script, ...args], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    const raw = readFileSync(out);
    const peer = JSON.parse(stdout) as { cpuSeconds: number; peakRssMb: number };
    const of = { ...peer, ...judge(new Int32Array(raw.buffer, raw.byteOffset, raw.length / 4), pairs) };
    console.log(JSON.stringify(of));
    console.log(
      JSON.stringify({ cpuRatio: own.cpuSeconds / peer.cpuSeconds, memoryRatio: own.peakRssMb / peer.peakRssMb }),
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
}
