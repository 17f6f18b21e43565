/** Features as tables. */
import type { Compute } from '#engines/index.ts';
import { quoted } from '#engines/index.ts';
import { type CompileOptions, compile } from './compile.ts';
import { type Definition, type Entity, isDerived } from './definition.ts';
import type { IdRange } from './rows.ts';
import { type Sources, tableOf } from './source.ts';
import { SOURCES } from './sources.ts';

export interface MakeOptions extends Omit<CompileOptions, 'dialect' | 'duplicates' | 'range'> {
  /** Name of the table that is made or replaced. */
  readonly into: string;
  /**
   * `check` (default): looks for rows with a key that came before, and leaves them out where there are some.
   * `absent`: the caller knows that there are none, as in a lake that import has written; saves a reading.
   */
  readonly duplicates?: 'check' | 'drop' | 'absent';
  /** Entities worked on at a time, about; bounds memory. Default 100,000. */
  readonly batch?: number;
}

export const ID: Readonly<Record<Entity, string>> = { customer: 'customer_id', product: 'product_id' };

/**
 * Makes the table `into`: the id (customer_id or product_id), and a column for each definition that is not hidden, one
 * row for each entity known as of the moment, in order of id. Whole results are BIGINT, others DOUBLE; missing is NULL.
 *
 * @returns rows and features made
 */
export async function makeFeatures(
  compute: Compute,
  definitions: readonly Definition[],
  options: MakeOptions,
): Promise<{ entities: number; features: number }> {
  const { into, duplicates = 'check', batch = 100_000, ...rest } = options;
  const sources = rest.sources ?? SOURCES;
  const found = duplicates === 'check' ? await duplicated(compute, definitions, sources) : duplicates === 'drop';
  const id = ID[rest.of];
  for (const [i, range] of (await ranges(compute, definitions, sources, rest.of, batch)).entries()) {
    const sql = compile(definitions, { ...rest, range, duplicates: found ? 'drop' : 'absent' });
    const target = i === 0 ? `create or replace table ${quoted(into)} as` : `insert into ${quoted(into)}`;
    await compute.run(`${target} select entity as ${id}, * exclude (entity) from (${sql}) order by entity`);
  }
  const [counted] = await compute.rows<{ entities: number }>(`select count(*) as entities from ${quoted(into)}`);
  return { entities: counted!.entities, features: definitions.filter((d) => d.hidden !== true).length };
}

/** Ranges of ids of about `batch` entities each, by the table that knows most of them. */
async function ranges(
  compute: Compute,
  definitions: readonly Definition[],
  sources: Sources,
  of: Entity,
  batch: number,
): Promise<IdRange[]> {
  const names = new Set(definitions.flatMap((d) => (isDerived(d) ? [] : [d.from])));
  const columns = new Map<string, string>();
  for (const name of names) {
    const { table, entities } = tableOf(sources, name);
    if (entities[of] !== undefined) columns.set(table, entities[of]);
  }
  let most = { n: 0, table: '', column: '' };
  for (const [table, column] of columns) {
    const [row] = await compute.rows<{ n: number }>(
      `select approx_count_distinct(${quoted(column)}) as n from ${quoted(table)}`,
    );
    if (row!.n > most.n) most = { n: row!.n, table, column };
  }
  const parts = Math.ceil(most.n / batch);
  if (parts < 2) return [{ from: null, below: null }];
  const shares = Array.from({ length: parts - 1 }, (_, i) => (i + 1) / parts).join(', ');
  const [row] = await compute.rows<{ cuts: string[] }>(
    `select quantile_disc(id, [${shares}]) as cuts
     from (select distinct ${quoted(most.column)} as id from ${quoted(most.table)} where ${quoted(most.column)} is not null)`,
  );
  const cuts = [null, ...new Set(row!.cuts.map(String)), null];
  return cuts.slice(1).map((below, i) => ({ from: cuts[i]!, below }));
}

async function duplicated(compute: Compute, definitions: readonly Definition[], sources: Sources): Promise<boolean> {
  const used = definitions.flatMap((d) => (isDerived(d) ? [] : [tableOf(sources, d.from)]));
  const checks = new Map(
    used.flatMap((source): [string, string][] => {
      const joins = Object.values(source.joins ?? {}).map((join): [string, string] => [join.table, quoted(join.key)]);
      return [[source.table, source.key.map(quoted).join(', ')], ...joins];
    }),
  );
  for (const [table, key] of checks) {
    const again = await compute.rows(`select 1 from ${quoted(table)} group by ${key} having count(*) > 1 limit 1`);
    if (again.length > 0) return true;
  }
  return false;
}
