/**
 * Lifetime value: accuracy on CDNOW beside published figures, and speed at a million customers.
 * `npm run bench -- value [CUSTOMERS [all|speed|accuracy]]`. CPU seconds are user + system of the whole process; peer for a million
 * customers: lifetimes 0.11.3 fits 1,000,000 continuous histories in 20.7 CPU s (shared/peers/README.md, section 2).
 */
import { existsSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { openDuckdb } from '#engines/index.ts';
import { capture, gini, quantile } from '#kernels/metrics.ts';
import { random, split } from '#kernels/random.ts';
import {
  evaluateOrderLog,
  expectedPurchases,
  fitBgNbd,
  fitGammaGamma,
  loadOrderLog,
  METHODS,
  type OrderLogColumns,
  type OrderLogResult,
  spendIntervals,
  type ValueMetrics,
} from '#value/index.ts';

console.log(`${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}`);
interface Log {
  readonly name: string;
  /** Path below shared/data. */
  readonly path: string;
  relation(folder: string): string;
  readonly columns: OrderLogColumns;
  readonly calibrationEnd: string;
  readonly horizonDays: number;
}

const cdnow = (file: string): Log => ({
  name: file,
  path: 'cdnow',
  relation: (folder) => `read_csv('${folder}/${file}')`,
  columns: { customer: 'customer_id', time: 'date', amount: 'amount' },
  calibrationEnd: '1997-09-30',
  horizonDays: 273,
});

/** Both years without returns, guests and the days that are in both files. */
const ONLINE_RETAIL: Log = {
  name: 'Online Retail II, first year to second',
  path: 'online-retail-ii',
  relation: (folder) =>
    `(select "CustomerID" customer, "InvoiceDate" at_, "Quantity" * "UnitPrice" amount from (
        select * from read_parquet('${folder}/year_2009_2010.parquet') union all by name
        select * from read_parquet('${folder}/year_2010_2011.parquet') where "InvoiceDate" >= timestamp '2010-12-10')
      where "CustomerID" is not null and "Quantity" > 0 and "UnitPrice" > 0)`,
  columns: { customer: 'customer', time: 'at_', amount: 'amount' },
  calibrationEnd: '2010-12-09',
  horizonDays: 365,
};

/** Each method on the hold-out, and how much better the chosen one ranks than the others: paired over the same customers. */
async function accuracy({ name, path, relation, columns, calibrationEnd, horizonDays }: Log): Promise<void> {
  const folder = new URL(`../../shared/data/${path}`, import.meta.url);
  if (!existsSync(folder)) {
    console.log(`${name} skipped: no ../shared/data here`);
    return;
  }
  const compute = await openDuckdb();
  const orders = await loadOrderLog(compute, relation(folder.pathname), columns);
  await compute.close();
  const results: { method: string; result: OrderLogResult; cpuSeconds: number }[] = [];
  for (const method of [...METHODS, 'best' as const]) {
    const from = process.cpuUsage();
    const result = await evaluateOrderLog(orders, { calibrationEnd, horizonDays, method });
    results.push({ method, result, cpuSeconds: cpuSince(from) });
  }
  const best = results.at(-1)!.result;
  const actual = best.outcomes!.spend;
  const past = best.predictions.histories.spendAll;
  const scored = [
    ...results.map(({ method, result }) => [method as string, result.predictions.forecast.spend] as const),
    ['past spend', past] as const,
  ];
  const intervals = pairedGini(actual, new Map(scored), 'best');
  console.log(`${name}: ${best.customers} customers, calibration to ${calibrationEnd}, hold-out ${horizonDays} days`);
  console.table(
    results.map(({ method, result, cpuSeconds }) => ({
      method,
      chose: result.method,
      ...rounded(shown(result.metrics!)),
      gini95: shownInterval(intervals.get(method)!.own),
      bestIsBetterBy95: shownInterval(intervals.get(method)!.gain),
      cpuSeconds: Math.round(cpuSeconds * 10) / 10,
    })),
  );
  const { own, gain } = intervals.get('past spend')!;
  const figures = { gini: gini(actual, past), captureTop10: capture(actual, past) };
  console.log('past spend', rounded(figures), shownInterval(own), 'best is better by', shownInterval(gain));
  console.log('losses inside the calibration period', rounded(best.candidates!));
}

function shown(metrics: ValueMetrics) {
  const { giniSpend, captureTop10, maeSpend, totalRatioSpend, maePurchases, correlation, totalRatio } = metrics;
  const { coverage80, coverage80Open, shareOpen } = metrics;
  return {
    ...{ giniSpend, captureTop10, maeSpend, totalRatioSpend, maePurchases, correlation, totalRatio },
    ...{ coverage80, coverage80Open, shareOpen },
  };
}

type Range = readonly [number, number];

/** 95 % bootstrap intervals (200 draws of customers) of each normalised Gini, and of what `best` has beyond it. */
function pairedGini(actual: Float64Array, scores: ReadonlyMap<string, Float64Array>, best: string) {
  const draws = Array.from({ length: 200 }, (_, k) => {
    const draw = random(split(7, 'bootstrap', k));
    const rows = Int32Array.from(actual, () => draw.integer(actual.length));
    const spend = Float64Array.from(rows, (i) => actual[i]!);
    return new Map(
      [...scores].map(([name, own]) => [
        name,
        gini(
          spend,
          Float64Array.from(rows, (i) => own[i]!),
        ),
      ]),
    );
  });
  const range = (values: number[]): Range => {
    const rising = values.sort((a, b) => a - b);
    return [quantile(rising, 0.025), quantile(rising, 0.975)];
  };
  return new Map(
    [...scores.keys()].map((name) => [
      name,
      {
        own: range(draws.map((drawn) => drawn.get(name)!)),
        gain: range(draws.map((drawn) => drawn.get(best)! - drawn.get(name)!)),
      },
    ]),
  );
}

const shownInterval = (range: Range): string => range.map((end) => end.toFixed(4)).join(' .. ');

/** Customers of the published parameters in continuous time (no two alike), seen for 27 to 39 weeks, as clv_gen.py makes them. */
function million(customers: number): void {
  const draw = random(42);
  const repeats = new Float64Array(customers);
  const recency = new Float64Array(customers);
  const age = new Float64Array(customers);
  for (let i = 0; i < customers; i++) {
    age[i] = 27 + 12 * draw.uniform();
    const rate = draw.gamma(0.243, 4.414);
    const leave = draw.beta(0.793, 2.426);
    for (let at = draw.exponential(rate); at < age[i]!; at += draw.exponential(rate)) {
      repeats[i]! += 1;
      recency[i] = at;
      if (draw.uniform() < leave) break;
    }
  }
  const orders = repeats.map((x) => x + 1);
  const means = orders.map((n) => draw.gamma(6.25 * n, draw.gamma(3.74, 15.44)) / n);
  const history = { repeats, recency, age, orders, means };
  const steps: Record<string, number> = {};
  const timed = <T>(name: string, work: () => T): T => {
    const from = process.cpuUsage();
    const out = work();
    steps[name] = cpuSince(from);
    return out;
  };
  const bgNbd = timed('fit BG/NBD', () => fitBgNbd(history));
  const gammaGamma = timed('fit Gamma-Gamma', () => fitGammaGamma(orders, means));
  timed('expected purchases', () => expectedPurchases(bgNbd, history, 39));
  const peakFit = process.resourceUsage().maxRSS / 1024;
  timed('80 % intervals', () => spendIntervals(bgNbd, gammaGamma, history, { horizon: 39, level: 0.8 }));
  console.log(
    `${customers} customers, CPU seconds; peak ${Math.round(peakFit)} MB up to expected purchases, data included`,
  );
  console.table(rounded(steps));
  console.log(
    rounded({
      r: bgNbd.r,
      alpha: bgNbd.alpha,
      a: bgNbd.a,
      b: bgNbd.b,
      p: gammaGamma.p,
      q: gammaGamma.q,
      v: gammaGamma.v,
    }),
  );
}

function cpuSince(from: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1e6;
}

function rounded(record: Readonly<Record<string, number | null>>): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(record).map(([name, x]) => [name, x === null ? null : Math.round(x * 1e4) / 1e4]),
  );
}

const part = process.argv[3] ?? 'all';
if (part !== 'speed')
  for (const log of [cdnow('cdnow_sample.csv.gz'), cdnow('cdnow_master.csv.gz'), ONLINE_RETAIL]) await accuracy(log);
if (part !== 'accuracy') million(Number(process.argv[2] ?? 1_000_000));
