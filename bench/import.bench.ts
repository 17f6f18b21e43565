/**
 * Import of order lines end to end: read, clean, account for, write the lake. The same generated lines once as CSV and
 * once as Parquet with canonical columns. Other work on the machine stretches the wall time; the processor seconds and
 * what two idle cores would do with them stand beside it.
 *
 * node bench/import.bench.ts [lines, default 4000000] [rounds, default 3]
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Compute, literal, openDuckdb } from '#engines/index.ts';
import { importShop, parseMapping } from '#events/index.ts';

const [lines = 4_000_000, rounds = 3] = process.argv
  .slice(2)
  .filter((arg) => /^\d+$/.test(arg))
  .map(Number);
const SHOP = 'shop: { name: Bench, currency: USD, timeZone: UTC }\ntables:\n  order_lines:\n';
const MAPPINGS = {
  csv: `${SHOP}    - file: lines.csv
      columns:
        order_id: order_id
        line: line
        customer_id: customer_id
        product_id: product_id
        ordered_at: { column: ordered_at, time: iso }
        quantity: quantity
        paid: { column: paid, money: major }
        list_price: { column: list_price, money: major }
        discount: { column: discount, money: major }
        status: status
        channel: channel
`,
  parquet: `${SHOP}    - { file: lines.parquet, columns: same }\n`,
} as const;

async function generate(compute: Compute, dir: string): Promise<void> {
  await compute.run(
    `create table made as select 'O' || (900000000000 + i // 4)::varchar as order_id, (i % 4) + 1 as line,
       'C' || (hash(i // 4) % 200000)::varchar as customer_id, 'P' || (hash(i, 7) % 20000)::varchar as product_id,
       1600000000000 + (i // 4) * 30000 as ordered_at, (hash(i, 3) % 5 + 1)::decimal(18, 3) as quantity,
       (hash(i, 5) % 20000)::bigint as paid, (hash(i, 5) % 20000 + 100)::bigint as list_price, 100::bigint as discount,
       'paid' as status, 'web' as channel from range(${lines}) t(i)`,
  );
  const major = (name: string): string => `printf('%d.%02d', ${name} // 100, ${name} % 100) as ${name}`;
  await compute.run(
    `copy (select * replace (strftime(make_timestamp(ordered_at * 1000), '%Y-%m-%d %H:%M:%S') as ordered_at,
       quantity::integer as quantity, ${major('paid')}, ${major('list_price')}, '1.00' as discount) from made)
     to ${literal(join(dir, 'lines.csv'))} (header);
     copy made to ${literal(join(dir, 'lines.parquet'))} (format parquet, compression zstd); drop table made`,
  );
}

const dir = mkdtempSync(join(tmpdir(), 'tierwise-bench-'));
const compute = await openDuckdb();
try {
  await generate(compute, dir);
  console.log(`${lines} lines, ${cpus().length} x ${cpus()[0]?.model}, 2 threads of DuckDB`);
  for (const [format, mapping] of Object.entries(MAPPINGS))
    for (let round = 1; round <= rounds; round++) {
      const before = process.cpuUsage();
      const out = { lakeDir: join(dir, 'lake'), quarantineDir: join(dir, 'quarantine') };
      const report = await importShop(compute, parseMapping(mapping, 'bench'), dir, { now: Date.now(), ...out });
      const { user, system } = process.cpuUsage(before);
      const seconds = (user + system) / 1e6;
      const size = statSync(join(dir, `lines.${format}`)).size / 1e6;
      console.log(
        `${format} (${size.toFixed(0)} MB) round ${round}: ${report.seconds.toFixed(2)} s, ${report.rowsPerSecond} rows/s; ${seconds.toFixed(2)} processor s, ${Math.round((2 * lines) / seconds)} rows/s on two idle cores; ${Math.round(process.memoryUsage.rss() / 1e6)} MB`,
      );
    }
} finally {
  await compute.close();
  rmSync(dir, { recursive: true });
}
