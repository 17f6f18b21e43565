/**
 * Lifecycle states judged on what came after: states as of a day, learned from the days up to it, and who bought in the
 * horizon that follows; on CDNOW, Online Retail II, Complete Journey (simulated by its publisher's account) and the
 * simulated shop. Intervals are 95 %: Wilson's for shares, 200 resamples of customers for areas under the curve.
 * `npm run bench -- lifecycle`
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Compute, openDuckdb } from '#engines/index.ts';
import { findMapping, importShop } from '#events/index.ts';
import { auc, quantile } from '#kernels/metrics.ts';
import { random } from '#kernels/random.ts';
import { writeShop } from '#simulate/index.ts';
import {
  type BgNbd,
  boughtAfter,
  chanceAlive,
  fitBgNbd,
  fitRhythm,
  judgeLifecycle,
  lifecycleOf,
  livesAt,
  livesFrom,
  makeLifecycle,
  type PurchaseLives,
} from '#value/index.ts';

const DATA = new URL('../../shared/data/', import.meta.url).pathname;

interface Case {
  readonly name: string;
  readonly needs: string;
  /** SQL of customer_id, day: one row a purchase day. */
  readonly sql: string;
  readonly horizonDays: number;
}

console.log(`${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}`);
const compute = await openDuckdb();
const shop = mkdtempSync(join(tmpdir(), 'tierwise-lifecycle-'));
try {
  await simulated(5000);
  for (const each of cases(shop))
    if (existsSync(each.needs)) await judged(compute, each);
    else console.log(`${each.name} skipped: no ../shared/data here`);
  await simulated(20_000);
  await timed();
} finally {
  await compute.close();
  rmSync(shop, { recursive: true, force: true });
}

/** The clean tables of a simulated shop, in place of those of the one before. */
async function simulated(customers: number): Promise<void> {
  const data = join(shop, String(customers));
  await writeShop({ customers, seed: 5, out: data }, compute);
  await importShop(compute, findMapping(data).mapping, data, {
    now: Date.UTC(2026, 10, 1),
    lakeDir: join(data, 'lake'),
    quarantineDir: join(data, 'quarantine'),
    scratchDir: shop,
  });
}

/** The stage of a run: states now, at four earlier moments and one horizon back. */
async function timed(): Promise<void> {
  const [span] = await compute.rows<{ at: number }>(
    "select max(ordered_at) as at from order_lines where status = 'paid'",
  );
  const asOf = span!.at;
  const from = process.cpuUsage();
  const began = performance.now();
  const { states } = await makeLifecycle(compute, {
    ...{
      asOf,
      timeZone: 'Asia/Shanghai',
      horizonDays: 182,
      dates: [4, 3, 2, 1].map((n) => asOf - n * 91 * 86_400_000),
    },
    shop: { name: '', currency: 'CNY', currencyDigits: 2, timeZone: 'Asia/Shanghai', marginShare: 0.3, language: 'zh' },
  });
  const { user, system } = process.cpuUsage(from);
  console.log(
    `\nthe stage of a run on ${states.reduce((sum, { customers }) => sum + customers, 0)} customers: ${((performance.now() - began) / 1000).toFixed(2)} s, ${((user + system) / 1e6).toFixed(2)} CPU s`,
  );
}

function cases(simulated: string): Case[] {
  const sql = (from: string, customer: string, time: string, where = 'true') =>
    `select distinct ${customer}::varchar customer_id, floor(${time} / 86400)::integer as day from ${from} where ${where}`;
  const cdnow = `${DATA}cdnow/cdnow_master.csv.gz`;
  const journey = `${DATA}completejourney/transactions.parquet`;
  const retail = `${DATA}online-retail-ii/`;
  const bought = "CustomerID is not null and Quantity > 0 and UnitPrice > 0 and not starts_with(Invoice::varchar, 'C')";
  return [
    {
      name: 'CDNOW master',
      needs: cdnow,
      sql: sql(`read_csv('${cdnow}')`, 'customer_id', 'epoch(date)'),
      horizonDays: 182,
    },
    {
      ...{ name: 'Online Retail II', needs: retail, horizonDays: 91 },
      sql: sql(`'${retail}*.parquet'`, 'CustomerID', 'epoch(InvoiceDate::timestamp)', bought),
    },
    {
      ...{ name: 'Complete Journey', needs: journey, horizonDays: 28 },
      sql: sql(`'${journey}'`, 'household_id', 'epoch(transaction_timestamp)'),
    },
    {
      ...{ name: 'simulated shop of 5,000', needs: simulated, horizonDays: 91 },
      sql: sql('order_lines', 'customer_id', 'ordered_at / 1000', "customer_id is not null and status = 'paid'"),
    },
  ];
}

async function judged(database: Compute, { name, sql, horizonDays }: Case): Promise<void> {
  const read = await database.table(`select customer_id, day from (${sql}) order by all`);
  const whole = livesFrom(read, 0);
  const lastDay = whole.days.reduce((a, b) => Math.max(a, b));
  const origin = lastDay - horizonDays;
  const then = livesAt(whole, origin);
  const from = process.cpuUsage();
  const rhythm = fitRhythm(then);
  const lifecycle = lifecycleOf(then, rhythm, { horizonDays });
  const { user, system } = process.cpuUsage(from);
  const bought = boughtAfter(whole, then.rows, origin, horizonDays);
  const peer = bgNbdAlive(then);
  const { byState, calibration, calibrationError, auc: areas } = judgeLifecycle(lifecycle, bought, peer);
  const { shape, a, b, c, d, astray, memory } = rhythm;
  console.log(
    `\n${name}: ${then.rows.length} customers, ${rhythm.gaps} gaps read, ${horizonDays} days held out, ${((user + system) / 1e6).toFixed(2)} CPU s`,
  );
  console.log(rounded({ shape, a, b, c, d, astray, memory, logLikelihood: rhythm.logLikelihood }));
  console.table(byState.map(({ state, ...share }) => ({ state, ...rounded(share) })));
  console.table(calibration.map((tenth) => rounded({ ...tenth })));
  console.log(`calibration error ${calibrationError.toFixed(4)}`);
  const recency = lifecycle.silence.map((days) => -days);
  const against = (other: ArrayLike<number>) => gain(bought, lifecycle.buys, other);
  console.log(
    rounded({
      ...areas,
      ownAlive: auc(bought, lifecycle.alive),
      nextInRange: nextInRange(lifecycle, whole, then, origin),
    }),
  );
  console.log('AUC over recency', rounded(against(recency)), 'over P(alive) of BG/NBD', rounded(against(peer)));
}

/** Share of those who bought again at all and whose next order fell into the 80 % range that was told. */
function nextInRange(
  { nextLow, nextHigh }: { nextLow: Float64Array; nextHigh: Float64Array },
  whole: PurchaseLives,
  then: { rows: Int32Array },
  origin: number,
): number {
  let inside = 0;
  let known = 0;
  for (const [i, row] of then.rows.entries()) {
    const next = whole.days.subarray(whole.starts[row]!, whole.starts[row + 1]!).find((day) => day > origin);
    if (next === undefined) continue;
    known++;
    if (next >= Math.floor(nextLow[i]!) && next <= Math.ceil(nextHigh[i]!)) inside++;
  }
  return inside / known;
}

/** P(alive) of the likelier of BG/NBD and MBG/NBD on the same days. */
function bgNbdAlive({ starts, days, seenDay }: PurchaseLives): Float64Array {
  const rows = Array.from({ length: starts.length - 1 }, (_, i) => i);
  const history = {
    repeats: Float64Array.from(rows, (i) => starts[i + 1]! - starts[i]! - 1),
    recency: Float64Array.from(rows, (i) => days[starts[i + 1]! - 1]! - days[starts[i]!]!),
    age: Float64Array.from(rows, (i) => seenDay - days[starts[i]!]!),
  };
  const fits: BgNbd[] = [fitBgNbd(history), fitBgNbd(history, { leaving: 'after-any' })];
  return chanceAlive(fits.toSorted((a, b) => b.logLikelihood - a.logLikelihood)[0]!, history);
}

/** Difference of two areas under the curve, with its interval over resampled customers. */
function gain(bought: Uint8Array, ours: ArrayLike<number>, other: ArrayLike<number>) {
  const draw = random(1);
  const differences = Array.from({ length: 200 }, () => {
    const rows = Array.from(bought, () => draw.integer(bought.length));
    const of = (values: ArrayLike<number>) => rows.map((i) => values[i]!);
    const hit = of(bought);
    return auc(hit, of(ours)) - auc(hit, of(other));
  }).sort((x, y) => x - y);
  return {
    difference: auc(bought, ours) - auc(bought, other),
    low: quantile(differences, 0.025),
    high: quantile(differences, 0.975),
  };
}

function rounded(record: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(record).map(([key, x]) => [key, Math.round(x * 1e4) / 1e4]));
}
