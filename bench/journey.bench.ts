/**
 * Complete Journey (simulated by its publisher's account), the protocol of the public peers: FUEL left out, items of at
 * least 10 households before the cut, full ranking at 20, four weeks to be found; all items, and only those that the
 * household never had. Gains are paired by household, with 95 % bootstrap intervals (2,000 resamples).
 *
 * On days 336 to 363, after training through day 335, others have: decayed own counts .1583 / .3515 with all items; new
 * items only implicit's ALS .0330 / .0411, TF-IDF neighbours .0311 / .0419 (recall / NDCG).
 *
 * node bench/journey.bench.ts tune      trained through day 307, judged on days 308 to 335: settings are chosen here
 * node bench/journey.bench.ts final     trained through day 335, judged on days 336 to 363
 * node bench/journey.bench.ts baskets   the last basket of each household, at 10
 *
 * Further words of tune and final: methods (default personal,ranked), `attributes` (department, category, type and brand of
 * the products), and a JSON object of parameters of `ranked`.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Compute, literal, openDuckdb } from '#engines/index.ts';
import { random } from '#kernels/random.ts';
import { fromTriples, type Sparse } from '#kernels/sparse.ts';
import { emptyTop, topOf } from '#kernels/top-k.ts';
import { fitMethod, type Interactions, METHOD_NAMES, nextBasketTables } from '#recommend/index.ts';
import { numberColumn } from '#table/index.ts';

const DATA = fileURLToPath(new URL('../../shared/data/completejourney/', import.meta.url));
const K = 20;
const WEEKS = 28;
const COLUMNS = ['department', 'product_category', 'product_type', 'manufacturer_id', 'brand'];
const peakRssMb = () => Math.round(process.resourceUsage().maxRSS / 1024);
const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const file = (name: string) => literal(join(DATA, `${name}.parquet`));
const say = (line: object) => console.log(JSON.stringify(line));

async function stageLines(compute: Compute): Promise<void> {
  await compute.run(`create or replace table lines as select household_id u, product_id i, basket_id b,
    (transaction_timestamp::date - date '2017-01-01')::integer as d, transaction_timestamp as stamp
    from ${file('transactions')} join ${file('products')} using (product_id) where department <> 'FUEL'`);
}

async function worldAt(compute: Compute, cut: number, withAttributes: boolean) {
  await compute.run(`create or replace table items as select i, (row_number() over (order by i) - 1)::integer c
    from (select i from lines where d < ${cut} group by 1 having count(distinct u) >= 10)`);
  await compute.run(`create or replace table users as select u, (row_number() over (order by u) - 1)::integer c
    from (select distinct u from lines join items using (i) where d < ${cut})`);
  const known = 'lines join items using (i) join users using (u)';
  const train = await compute.table(`select distinct users.c u, items.c i, b, ${cut - 1} - d age
    from ${known} where d < ${cut} order by 1, 2, 4, 3`);
  const test = await compute.table(`select distinct users.c u, items.c i
    from ${known} where d >= ${cut} and d < ${cut + WEEKS} order by 1, 2`);
  const products = await compute.table(`select items.c,
    ${COLUMNS.map((name) => `(dense_rank() over (order by ${name} nulls last) - 1)::integer as ${name}`).join(', ')}
    from items join ${file('products')} p on p.product_id = items.i order by 1`);
  const codes = (from: typeof train, name: string) => Int32Array.from(numberColumn(from, name).values);
  const [userCount, itemCount] = [codes(train, 'u').reduce((a, b) => Math.max(a, b)) + 1, products.length];
  const data: Interactions = {
    userCount,
    itemCount,
    users: codes(train, 'u'),
    items: codes(train, 'i'),
    ageDays: numberColumn(train, 'age').values,
    ...(withAttributes
      ? { content: { categories: COLUMNS.map((name) => ({ name, codes: codes(products, name) })) } }
      : {}),
  };
  const matrix = (of: Pick<Interactions, 'users' | 'items'>) =>
    fromTriples({ rows: userCount, columns: itemCount, rowOf: of.users, columnOf: of.items });
  return { data, seen: matrix(data), relevant: matrix({ users: codes(test, 'u'), items: codes(test, 'i') }) };
}

type Mode = 'all' | 'new';
/** One value a household with something to find. */
type Values = Record<Mode, { recall: number[]; ndcg: number[] }>;

function judge(score: (users: Int32Array) => Float64Array, seen: Sparse, relevant: Sparse): Values {
  const out: Values = { all: { recall: [], ndcg: [] }, new: { recall: [], ndcg: [] } };
  const top = emptyTop(K);
  const gains = Array.from({ length: K }, (_, rank) => 1 / Math.log2(rank + 2));
  const items = seen.columns;
  const rowOf = (m: Sparse, user: number) => m.indices.subarray(m.offsets[user]!, m.offsets[user + 1]!);
  for (let from = 0; from < seen.rows; from += 64) {
    const users = Int32Array.from({ length: Math.min(64, seen.rows - from) }, (_, row) => from + row);
    const scores = score(users);
    for (const [row, user] of users.entries()) {
      const had = new Set(rowOf(seen, user));
      for (const mode of ['all', 'new'] as const) {
        if (mode === 'new') for (const item of had) scores[row * items + item] = Number.NEGATIVE_INFINITY;
        const wanted = new Set(rowOf(relevant, user).filter((item) => mode === 'all' || !had.has(item)));
        if (wanted.size === 0) continue;
        topOf(top, scores, row * items, items);
        const hits = gains.map((gain, rank) => (rank < top.size && wanted.has(top.indices[rank]!) ? gain : 0));
        const ideal = gains.slice(0, wanted.size).reduce((a, b) => a + b, 0);
        out[mode].recall.push(hits.filter((gain) => gain > 0).length / wanted.size);
        out[mode].ndcg.push(hits.reduce((a, b) => a + b, 0) / ideal);
      }
    }
  }
  return out;
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const round = (value: number) => Math.round(value * 1e4) / 1e4;

/** 95 % interval of a mean by resampling its values. */
function interval(values: readonly number[]): [number, number] {
  const draw = random(1);
  const means = Float64Array.from({ length: 2000 }, () => {
    let sum = 0;
    for (let n = 0; n < values.length; n++) sum += values[draw.integer(values.length)]!;
    return sum / values.length;
  }).sort();
  return [round(means[50]!), round(means[1949]!)];
}

async function fourWeeks(compute: Compute, cut: number, words: readonly string[]): Promise<void> {
  const withAttributes = words.includes('attributes');
  const params = JSON.parse(words.find((word) => word.startsWith('{')) ?? '{}') as Record<string, number>;
  const named = words.flatMap((word) => word.split(',')).filter((word) => METHOD_NAMES.includes(word));
  const { data, seen, relevant } = await worldAt(compute, cut, withAttributes);
  let base: Values | undefined;
  for (const method of ['personal', ...(named.length > 0 ? named : ['ranked'])]) {
    const [began, cpu] = [performance.now(), cpuSeconds()];
    const fit = fitMethod(method, data, { params: method === 'ranked' ? params : {}, seed: 1, threads: cpus().length });
    const [fitted, fitCpu] = [performance.now(), cpuSeconds()];
    const values = judge((users) => fit.score(users), seen, relevant);
    base ??= values;
    const figures = (mode: Mode) =>
      Object.fromEntries(
        (['recall', 'ndcg'] as const).flatMap((name) => {
          const own = values[mode][name];
          const gains = own.map((value, n) => value - base![mode][name][n]!);
          return [
            [name, round(mean(own))],
            [`${name}Interval`, interval(own)],
            [`${name}Gain`, round(mean(gains))],
            [`${name}GainInterval`, interval(gains)],
          ];
        }),
      );
    say({
      data: 'completejourney',
      trainedBefore: cut,
      method,
      attributes: withAttributes ? COLUMNS : [],
      params: fit.params,
      users: data.userCount,
      items: data.itemCount,
      fitSeconds: (fitted - began) / 1000,
      fitCpuSeconds: fitCpu - cpu,
      judgeCpuSeconds: cpuSeconds() - fitCpu,
      peakRssMb: peakRssMb(),
      all: { households: values.all.recall.length, ...figures('all') },
      new: { households: values.new.recall.length, ...figures('new') },
    });
  }
}

async function baskets(compute: Compute, words: readonly string[]): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'journey-'));
  try {
    const path = join(dir, 'baskets.parquet');
    await compute.run(`copy (select u, i, b, stamp from lines semi join
      (select i from lines group by 1 having count(distinct u) >= 10) using (i)) to ${literal(path)}`);
    const named = words.flatMap((word) => word.split(',')).filter((word) => [...METHOD_NAMES, 'best'].includes(word));
    for (const method of named.length > 0 ? named : ['popularity', 'personal', 'rhythm', 'tifu-knn', 'up-cf', 'best']) {
      const { report } = await nextBasketTables(compute, {
        baskets: path,
        user: 'u',
        item: 'i',
        basket: 'b',
        time: 'stamp',
        method,
        k: 10,
        seed: 1,
        threads: cpus().length,
        meter: { nowMs: () => performance.now(), peakRssMb },
      });
      say({ data: 'completejourney baskets', asked: method, ...report, cpuSeconds: cpuSeconds() });
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
}

if (!existsSync(DATA)) {
  console.log('no ../shared/data/completejourney here');
  process.exit(0);
}
say({ machine: cpus()[0]?.model, cores: cpus().length, node: process.version });
const [mode = 'tune', ...words] = process.argv.slice(2);
const compute = await openDuckdb({ memoryMb: 700 });
try {
  await stageLines(compute);
  if (mode === 'baskets') await baskets(compute, words);
  else await fourWeeks(compute, mode === 'final' ? 336 : 308, words);
} finally {
  await compute.close();
}
