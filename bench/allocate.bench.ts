/**
 * Allocation of 10 offers to many customers under a budget, a least return and places of each offer, from a Parquet file.
 * The gap is to the bound of the dual: no allocation brings more than that.
 *
 * node bench/allocate.bench.ts [customers]   (default: 1,000,000)
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { allocateFile } from '#campaigns/index.ts';
import { literal, openDuckdb } from '#engines/index.ts';

const customers = Number(process.argv[2] ?? 1_000_000);
const dir = mkdtempSync(join(tmpdir(), 'allocate-bench-'));
const file = join(dir, 'effects.parquet');
const limits = join(dir, 'limits.csv');
console.log(JSON.stringify({ machine: cpus()[0]?.model, cores: cpus().length, node: process.version, customers }));
const compute = await openDuckdb({ memoryMb: 700 });
try {
  // money in cents; dearer offers do more, for some more than for others
  await compute.run(`copy (
    select c as customer, 'offer ' || j as offer,
      round(exp(7 + 0.9 * sqrt(-2 * ln(1 - u)) * cos(6.283185307179586 * w)) * v * (0.02 * sqrt(j) + 0.02 * (x - 0.5)))::bigint as gain,
      (20 + round(0.004 * j * 1000 * (0.5 + x)))::bigint as cost
    from (select c, j, hash(c, 1) / 18446744073709551616.0 u, hash(c, 2) / 18446744073709551616.0 w, hash(c, 3) / 18446744073709551616.0 v,
        hash(c, j, 4) / 18446744073709551616.0 x
      from range(${customers}) t(c), range(1, 11) s(j))) to ${literal(file)} (format parquet)`);
  await compute.run(
    `copy (select 'offer ' || j as offer, ${Math.round(customers / 25)} as "max" from range(1, 11) s(j)) to ${literal(limits)} (header)`,
  );
  const columns = { customer: 'customer', offer: 'offer', value: 'gain', cost: 'cost' };
  for (const [name, bounds, more] of [
    ['budget', { budget: 8 * customers }, {}],
    ['budget and return', { budget: 8 * customers, minRoi: 2 }, {}],
    ['budget, return and places', { budget: 8 * customers, minRoi: 2 }, { maxPerOffer: limits }],
  ] as const) {
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    const { report } = await allocateFile(compute, { file, ...columns, ...more }, bounds);
    const { user, system } = process.cpuUsage(cpu);
    const { assigned, spent, value, upperBound, gap, roi } = report;
    console.log(
      JSON.stringify({
        ...{ name, assigned, spent, budget: bounds.budget, value, upperBound, gap, roi },
        places: Math.max(...report.perOffer.map(({ customers: own }) => own)),
        seconds: (performance.now() - began) / 1000,
        cpuSeconds: (user + system) / 1e6,
        peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
      }),
    );
  }
} finally {
  await compute.close();
  rmSync(dir, { recursive: true });
}
