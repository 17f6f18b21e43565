/**
 * Lifetime value: accuracy on CDNOW beside published figures, and speed at a million customers.
 * `npm run bench -- value [CUSTOMERS [all|speed|accuracy]]`. CPU seconds are user + system of the whole process; peer for a million
 * customers: lifetimes 0.11.3 fits 1,000,000 continuous histories in 20.7 CPU s (shared/peers/README.md, section 2).
 */
import { existsSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { openDuckdb } from '#engines/index.ts';
import { random } from '#kernels/random.ts';
import {
  evaluateOrderLog,
  expectedPurchases,
  fitBgNbd,
  fitGammaGamma,
  loadOrderLog,
  METHODS,
  spendIntervals,
} from '#value/index.ts';

console.log(`${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}`);
const part = process.argv[3] ?? 'all';
if (part !== 'speed') await cdnow();
if (part !== 'accuracy') million(Number(process.argv[2] ?? 1_000_000));

async function cdnow(): Promise<void> {
  const folder = new URL('../../shared/data/cdnow/', import.meta.url);
  if (!existsSync(folder)) {
    console.log('CDNOW skipped: no ../shared/data here');
    return;
  }
  const compute = await openDuckdb();
  for (const file of ['cdnow_sample.csv.gz', 'cdnow_master.csv.gz']) {
    const columns = { customer: 'customer_id', time: 'date', amount: 'amount' };
    const orders = await loadOrderLog(compute, `read_csv('${new URL(file, folder).pathname}')`, columns);
    const results = [...METHODS, 'best' as const].map((method) => {
      const from = process.cpuUsage();
      const result = evaluateOrderLog(orders, { calibrationEnd: '1997-09-30', horizonDays: 273, method });
      const { metrics } = result;
      return { method, chose: result.method, ...rounded({ ...metrics!, cpuSeconds: cpuSince(from) }) };
    });
    console.log(`${file}, calibration to 1997-09-30, hold-out 273 days`);
    console.table(results);
  }
  await compute.close();
}

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
