/** A shop of a few rows for tests: the canonical tables, empty but for what is given. */
import { SQL_TYPES } from '#catalog/index.ts';
import type { Compute } from '#engines/index.ts';
import { TABLES } from '#events/index.ts';

export type Rows = Readonly<Record<string, readonly Readonly<Record<string, string | number | boolean | null>>[]>>;

/** Makes every canonical table in `compute` and fills those named. */
export async function tinyShop(compute: Compute, rows: Rows): Promise<void> {
  for (const { name, columns } of TABLES) {
    const list = columns.map((column) => `${column.name} ${SQL_TYPES[column.kind]}`).join(', ');
    await compute.run(`create or replace table ${name} (${list})`);
    for (const row of rows[name] ?? []) {
      const names = Object.keys(row);
      await compute.run(
        `insert into ${name} (${names.join(', ')}) values (${names.map((n) => `$${n}`).join(', ')})`,
        row,
      );
    }
  }
}
