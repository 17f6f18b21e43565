/**
 * The next item on public data, ranking the whole catalogue at 10. Amazon: the last item of each user is found, from all
 * before it (methods choose and weigh on the one before); sessions: the last click of each session of the test split.
 *
 * Beside it, published on the same Amazon files (HR@10 / NDCG@10): Beauty SASRec .0605 / .0318, TIGER .0648 / .0384,
 * ActionPiece .0775 / .0424, SASRec with sampled softmax .0921 / .0531, eSASRec .0928 / .0523; Sports .0350 / .0192,
 * TIGER .0400 / .0225, SASRec with sampled softmax .0569 / .0314, eSASRec .0560 / .0323. On the sessions nothing that is
 * published applies: popularity and item-knn are run beside.
 *
 * node bench/sequences.bench.ts [beauty] [sports] [diginetica] [tmall] [--method=NAME,NAME]   (default: all, all methods)
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Compute, literal, openDuckdb } from '#engines/index.ts';
import { nextItemTables, SEQUENCE_METHOD_NAMES } from '#recommend/index.ts';

const DATA = fileURLToPath(new URL('../../shared/data/', import.meta.url));
const words = process.argv.slice(2);
const asked = words.filter((word) => !word.startsWith('-'));
const only = words
  .find((word) => word.startsWith('--method='))
  ?.slice('--method='.length)
  .split(',');
const methods = only ?? SEQUENCE_METHOD_NAMES;
const wanted = (name: string) => asked.length === 0 || asked.includes(name);
const peakRssMb = () => Math.round(process.resourceUsage().maxRSS / 1024);
const dir = mkdtempSync(join(tmpdir(), 'sequences-bench-'));

interface Files {
  readonly sequences: string;
  readonly test?: string;
  readonly attributes: string;
  readonly user: string;
}

async function judge(compute: Compute, data: string, files: Files, keepSeen: boolean): Promise<void> {
  for (const method of methods) {
    const before = process.cpuUsage();
    const { report } = await nextItemTables(compute, {
      ...{ ...files, item: 'item', order: 'position', method, k: 10, keepSeen, seed: 1 },
      threads: availableParallelism(),
      meter: { nowMs: () => performance.now(), peakRssMb },
    });
    const { user, system } = process.cpuUsage(before);
    const { params, users, items, testUsers, trainSeconds, usersPerSecond, metrics, intervals } = report;
    const cpuSeconds = (user + system) / 1e6;
    console.log(
      JSON.stringify({
        ...{ data, method, params, users, items, testUsers, trainSeconds, cpuSeconds, usersPerSecond },
        ...{ peakRssMb: report.peakRssMb, metrics, intervals },
      }),
    );
  }
}

async function sessions(compute: Compute, name: string): Promise<void> {
  const clicks = literal(join(DATA, `sessions-${name}`, 'clicks.parquet'));
  const write = async (part: string, select: string): Promise<string> => {
    const to = join(dir, `${name}-${part}.parquet`);
    await compute.run(`copy (${select}) to ${literal(to)}`);
    return to;
  };
  const part = (split: string) =>
    `select split || session::varchar as session, position, item from ${clicks} where split = '${split}'`;
  const files = {
    sequences: await write('train', part('train')),
    test: await write('test', part('test')),
    attributes: await write('items', `select distinct item, category from ${clicks}`),
    user: 'session',
  };
  await judge(compute, name, files, true);
}

if (!existsSync(DATA)) {
  console.log('no ../shared/data here');
  process.exit(0);
}
console.log(JSON.stringify({ machine: cpus()[0]?.model, cores: cpus().length, node: process.version }));
const compute = await openDuckdb({ memoryMb: 700 });
try {
  for (const name of ['beauty', 'sports'])
    if (wanted(name))
      await judge(
        compute,
        name,
        {
          sequences: join(DATA, `amazon-${name}`, 'sequences.parquet'),
          attributes: join(DATA, `amazon-${name}`, 'item_attributes.parquet'),
          user: 'user',
        },
        false,
      );
  for (const name of ['diginetica', 'tmall']) if (wanted(name)) await sessions(compute, name);
} finally {
  await compute.close();
  rmSync(dir, { recursive: true });
}
