/**
 * Recommenders on public data, full ranking at 20, and the shop's lists on Complete Journey. One core does the work.
 *
 * Beside it, published or measured elsewhere on the same splits: Gowalla RP3beta .1829 / .1520, EASE .1765 / .1467,
 * LightGCN .1820 / .1547; Yelp2018 RP3beta .0671 / .0559, EASE .0657 / .0552, LightGCN .0653 / .0532 (recall / NDCG);
 * Complete Journey with repeats: decayed own counts .1583 / .3515; new items only: TF-IDF neighbours .0311 / .0419.
 *
 * node bench/recommend.bench.ts [gowalla] [yelp2018] [journey] [shop]   (default: all)
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SQL_TYPES } from '#catalog/index.ts';
import { type Compute, literal, openDuckdb } from '#engines/index.ts';
import { TABLES } from '#events/index.ts';
import { evaluateRecommendations, makeRecommendations, recommendTables } from '#recommend/index.ts';

const DATA = fileURLToPath(new URL('../../shared/data/', import.meta.url));
const asked = process.argv.slice(2).filter((arg) => !arg.startsWith('-'));
const wanted = (name: string) => asked.length === 0 || asked.includes(name);
const peakRssMb = () => Math.round(process.resourceUsage().maxRSS / 1024);
const meter = { nowMs: () => performance.now(), peakRssMb };
const dir = mkdtempSync(join(tmpdir(), 'recommend-bench-'));

/** Of bspm, by its authors for each set; figures of theirs: .1920 / .1597 and .0720 / .0593. */
const PUBLISHED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  gowalla: { rank: 448, lowPass: 0.2, time: 2.5, order: 4, average: 0 },
  yelp2018: { rank: 384, lowPass: 0.3, time: 1.2, order: 1, average: 1 },
};

/** Of the ensemble, from a random 15 % of Gowalla's training part. */
const WEIGHTS = {
  ...{ bspm: 1, rp3beta: 0.5, ease: 0, ials: 1, mf: 0 },
  ...{ factors: 128, unobserved: 0.01, shrink: 0.003, epochs: 6 },
};

interface Setting {
  readonly method: string;
  readonly params?: Readonly<Record<string, number>>;
  readonly keepSeen: boolean;
  readonly time?: string;
}

async function judge(compute: Compute, data: string, setting: Setting) {
  const { report } = await recommendTables(compute, {
    train: join(dir, `${data}-train.parquet`),
    test: join(dir, `${data}-test.parquet`),
    user: 'user',
    item: 'item',
    k: 20,
    seed: 1,
    meter,
    ...setting,
  });
  const { method, params, users, items, trainSeconds, chooseSeconds, usersPerSecond, metrics } = report;
  const asked = `${setting.method}${setting.keepSeen ? '' : ', new items'}`;
  console.log(
    JSON.stringify({
      data,
      asked,
      method,
      params,
      users,
      items,
      trainSeconds,
      chooseSeconds,
      usersPerSecond,
      peakRssMb: peakRssMb(),
      ...metrics,
    }),
  );
}

async function publicSplit(compute: Compute, name: string): Promise<void> {
  for (const part of ['train', 'test'])
    await compute.run(`copy (select "user", item from ${literal(join(DATA, `recsys-${name}`, 'interactions.parquet'))}
      where split = '${part}') to ${literal(join(dir, `${name}-${part}.parquet`))}`);
  for (const method of ['rp3beta', 'best']) await judge(compute, name, { method, keepSeen: false });
  await judge(compute, name, { method: 'bspm', params: PUBLISHED[name]!, keepSeen: false });
  await judge(compute, name, { method: 'ensemble', params: { ...PUBLISHED[name]!, ...WEIGHTS }, keepSeen: false });
}

/** FUEL left out, items of at least 10 households of days 0 to 335, days 336 to 363 to be found. */
async function journey(compute: Compute): Promise<void> {
  const file = (name: string) => literal(join(DATA, 'completejourney', `${name}.parquet`));
  await compute.run(`create or replace table journey as
    select household_id as "user", product_id as item, basket_id, (transaction_timestamp::date - date '2017-01-01')::integer as "day"
    from ${file('transactions')} join ${file('products')} using (product_id) where department <> 'FUEL'`);
  await compute.run(`create or replace table item as
    select item from journey where "day" < 336 group by 1 having count(distinct "user") >= 10`);
  const write = (part: string, select: string) =>
    compute.run(`copy (${select}) to ${literal(join(dir, `journey-${part}.parquet`))}`);
  await write('train', 'select distinct * from journey semi join item using (item) where "day" < 336');
  await write(
    'test',
    `select distinct "user", item from journey semi join item using (item)
    where "day" between 336 and 363 and "user" in (select "user" from journey semi join item using (item) where "day" < 336)`,
  );
  for (const method of ['personal', 'rp3beta', 'blend', 'best'])
    await judge(compute, 'journey', { method, keepSeen: true, time: 'day' });
  for (const method of ['rp3beta', 'best']) await judge(compute, 'journey', { method, keepSeen: false, time: 'day' });
}

async function shop(compute: Compute): Promise<void> {
  const file = (name: string) => literal(join(DATA, 'completejourney', `${name}.parquet`));
  for (const { name, columns } of TABLES)
    await compute.run(
      `create or replace table ${name} (${columns.map((c) => `${c.name} ${SQL_TYPES[c.kind]}`).join(', ')})`,
    );
  await compute.run(`insert into products by name select product_id::varchar as product_id, product_type as title,
    concat_ws(' > ', department, product_category, product_type) as category, 'USD' as currency from ${file('products')}`);
  await compute.run(`insert into order_lines by name select basket_id::varchar as order_id, 1 as line,
    household_id::varchar as customer_id, product_id::varchar as product_id, epoch_ms(transaction_timestamp) as ordered_at,
    1 as quantity, 0 as paid, 'paid' as status, 'USD' as currency from ${file('transactions')}`);
  const moment = { asOf: Date.parse('2017-12-31T04:59:59Z'), timeZone: 'America/New_York', seed: 1 };
  const timed = async <T>(what: string, work: () => Promise<T>, pick: (result: T) => object) => {
    const began = performance.now();
    const result = await work();
    console.log(
      JSON.stringify({
        data: 'journey shop',
        what,
        seconds: (performance.now() - began) / 1000,
        peakRssMb: peakRssMb(),
        ...pick(result),
      }),
    );
  };
  await timed(
    'makeRecommendations',
    () => makeRecommendations(compute, moment),
    (made) => made,
  );
  await timed(
    'evaluateRecommendations',
    () => evaluateRecommendations(compute, moment),
    ({ methods, judged }) => ({
      judged,
      ...Object.fromEntries(Object.entries(methods).map(([name, parts]) => [name, parts.all.metrics])),
    }),
  );
}

if (!existsSync(DATA)) {
  console.log('no ../shared/data here');
  process.exit(0);
}
console.log(JSON.stringify({ machine: cpus()[0]?.model, cores: cpus().length, node: process.version }));
const compute = await openDuckdb({ memoryMb: 700 });
try {
  for (const name of ['gowalla', 'yelp2018']) if (wanted(name)) await publicSplit(compute, name);
  if (wanted('journey')) await journey(compute);
  if (wanted('shop')) await shop(compute);
} finally {
  await compute.close();
  rmSync(dir, { recursive: true });
}
