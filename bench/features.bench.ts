/**
 * Features of 50 million order lines: the compiled definitions against the SQL that one would write by hand, run by the
 * same DuckDB over the same file, in turn. 33 features a household: recency, frequency, spend, and over six windows
 * spend, lines, units, discount and active days. The file is Complete Journey 34 times over, households renumbered.
 *
 * node bench/features.bench.ts [copies, default 34] [rounds, default 3]
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Compute, literal, openDuckdb } from '#engines/index.ts';
import { compile, type Definition, feature, type Sources } from '#features/index.ts';

const RAW = fileURLToPath(new URL('../../shared/data/completejourney/transactions.parquet', import.meta.url));
const [copies = 34, rounds = 3] = process.argv
  .slice(2)
  .filter((arg) => /^\d+$/.test(arg))
  .map(Number);
const WINDOWS = [7, 14, 28, 56, 91, 182];
/** Days are counted from 2017-01-01; features look at day 363 and before. */
const LAST_DAY = 363;

const SOURCES: Sources = {
  lines: {
    name: 'lines',
    table: 'lines',
    key: [],
    day: 'day',
    entities: { customer: 'household_id' },
    columns: {
      basket_id: { kind: 'whole', column: 'basket_id' },
      sales_value: { kind: 'decimal', column: 'sales_value', scale: 100 },
      retail_disc: { kind: 'decimal', column: 'retail_disc', scale: 100 },
      quantity: { kind: 'whole', column: 'quantity' },
    },
  },
};

const define = (
  name: string,
  by: 'sum' | 'count' | 'days' | 'distinct' | 'days-since-last',
  rest: object,
): Definition =>
  feature({
    name,
    of: 'customer',
    from: 'lines',
    by,
    missing: 0,
    unit: 'count',
    about: { en: name, zh: name },
    ...rest,
  });

const DEFINITIONS: Definition[] = [
  define('recency', 'days-since-last', {}),
  define('frequency', 'distinct', { take: 'basket_id' }),
  define('monetary', 'sum', { take: 'sales_value' }),
  ...WINDOWS.flatMap((windowDays) => [
    define(`s${windowDays}`, 'sum', { take: 'sales_value', windowDays }),
    define(`n${windowDays}`, 'count', { windowDays }),
    define(`q${windowDays}`, 'sum', { take: 'quantity', windowDays }),
    define(`d${windowDays}`, 'sum', { take: 'retail_disc', windowDays }),
    define(`k${windowDays}`, 'days', { windowDays }),
  ]),
];

function handWritten(): string {
  const windows = WINDOWS.map((days) => {
    const inside = `day > ${LAST_DAY - days}`;
    return (
      `sum(case when ${inside} then sales_value else 0 end) as s${days}, ` +
      `sum(case when ${inside} then 1 else 0 end) as n${days}, ` +
      `sum(case when ${inside} then quantity else 0 end) as q${days}, ` +
      `sum(case when ${inside} then retail_disc else 0 end) as d${days}, ` +
      `count(distinct case when ${inside} then day end) as k${days}`
    );
  });
  return (
    `select household_id as entity, ${LAST_DAY} - max(day) as recency, count(distinct basket_id) as frequency, ` +
    `sum(sales_value) as monetary, ${windows.join(', ')} from lines where day <= ${LAST_DAY} group by household_id`
  );
}

async function generate(compute: Compute, file: string): Promise<number> {
  await compute.run(
    `copy (select cast(household_id + 10000 * k as integer) as household_id,
       basket_id + k * 100000000000 as basket_id,
       cast(date_diff('day', date '2017-01-01', cast(transaction_timestamp as date)) as integer) as day,
       sales_value, quantity, retail_disc
     from range(${copies}) r(k), ${literal(RAW)} order by k)
     to ${literal(file)} (format parquet, compression snappy, row_group_size 1000000)`,
  );
  await compute.run(`create or replace view lines as from ${literal(file)}`);
  const [counted] = await compute.rows<{ n: number }>('select count(*) as n from lines');
  return counted!.n;
}

interface Timing {
  readonly wall: number;
  readonly cpu: number;
}

async function timed(compute: Compute, into: string, sql: string): Promise<Timing> {
  const [from, used] = [performance.now(), process.cpuUsage()];
  await compute.run(`create or replace table ${into} as ${sql}`);
  const { user, system } = process.cpuUsage(used);
  return { wall: (performance.now() - from) / 1000, cpu: (user + system) / 1e6 };
}

/** Largest relative difference of any cell of the two results, and the sum of all cells. */
async function compared(compute: Compute): Promise<{ households: number; check: number; difference: number }> {
  const names = DEFINITIONS.map((d) => d.name);
  const differs = names.map((name) => `abs(h.${name} - c.${name}) / greatest(abs(h.${name}), 1)`);
  const [row] = await compute.rows<{ households: number; check: number; difference: number; all: number }>(
    `select count(*) as households, sum(${names.map((name) => `c.${name}`).join(' + ')}) as "check",
       max(greatest(${differs.join(', ')})) as difference, (select count(*) from by_hand) as "all"
     from by_hand h join by_definition c using (entity)`,
  );
  assert.equal(row!.households, row!.all);
  return row!;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const rounded = (value: number) => Math.round(value * 1000) / 1000;

if (!existsSync(RAW)) {
  console.log(JSON.stringify({ bench: 'features', skipped: 'no ../shared/data here' }));
} else {
  const dir = mkdtempSync(join(tmpdir(), 'tierwise-bench-'));
  const compute = await openDuckdb({ threads: 2, memoryMb: 900, spillDir: dir });
  try {
    const file = join(dir, 'lines.parquet');
    const rows = await generate(compute, file);
    const definition = compile(DEFINITIONS, {
      of: 'customer',
      asOf: LAST_DAY * 86_400_000,
      timeZone: 'UTC',
      sources: SOURCES,
    });
    const [byHand, byDefinition]: [Timing[], Timing[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      byDefinition.push(await timed(compute, 'by_definition', definition));
      byHand.push(await timed(compute, 'by_hand', handWritten()));
    }
    const result = await compared(compute);
    assert.ok(result.difference < 1e-9, `values differ by ${result.difference}`);
    const of = (key: keyof Timing, timings: readonly Timing[]) => median(timings.map((timing) => timing[key]));
    console.log(
      JSON.stringify({
        bench: 'features',
        rows,
        fileMb: Math.round(statSync(file).size / 1e6),
        households: result.households,
        features: DEFINITIONS.length,
        check: rounded(result.check),
        largestDifference: result.difference,
        byHand: { wall: byHand.map((t) => rounded(t.wall)), cpu: byHand.map((t) => rounded(t.cpu)) },
        byDefinition: { wall: byDefinition.map((t) => rounded(t.wall)), cpu: byDefinition.map((t) => rounded(t.cpu)) },
        ratio: {
          wall: rounded(of('wall', byDefinition) / of('wall', byHand)),
          cpu: rounded(of('cpu', byDefinition) / of('cpu', byHand)),
        },
        peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
        machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
      }),
    );
  } finally {
    await compute.close();
    rmSync(dir, { recursive: true, force: true });
  }
}
