/** Small shops for tests: rows as plain objects, as canonical tables in an engine and in memory. */
import { SQL_TYPES } from '#catalog/index.ts';
import type { Compute } from '#engines/index.ts';
import { numbers, type Table, table, texts } from '#table/index.ts';
import { TABLES } from './tables.ts';

export type TinyRow = Readonly<Record<string, number | string | boolean | null>>;
/** Rows by canonical table; columns left out are missing. */
export type TinyShop = Readonly<Record<string, readonly TinyRow[]>>;

/** Every canonical table as typed columns; booleans are 1 and 0. */
export function tinyTables(shop: TinyShop): Record<string, Table> {
  const out: Record<string, Table> = {};
  for (const { name, columns } of TABLES) {
    const rows = shop[name] ?? [];
    out[name] = table(
      Object.fromEntries(
        columns.map((column) => {
          const values = rows.map((row) => row[column.name] ?? null);
          const isText = SQL_TYPES[column.kind] === 'VARCHAR';
          const own = isText
            ? texts(values as (string | null)[])
            : numbers(values.map((value) => (value === null ? null : Number(value))));
          return [column.name, own];
        }),
      ),
    );
  }
  return out;
}

/** Makes or replaces every canonical table in an engine. */
export async function loadTinyShop(compute: Compute, shop: TinyShop): Promise<void> {
  for (const [name, data] of Object.entries(tinyTables(shop))) {
    const { columns } = TABLES.find((each) => each.name === name)!;
    await compute.load('events_tmp_tiny', data);
    const typed = columns.map((column) => `cast(${column.name} as ${SQL_TYPES[column.kind]}) as ${column.name}`);
    await compute.run(`create or replace table ${name} as select ${typed.join(', ')} from events_tmp_tiny`);
  }
  await compute.run('drop table if exists events_tmp_tiny');
}
