/** Features as tables. */
import type { Compute } from '#engines/index.ts';
import { quoted } from '#engines/index.ts';
import { type CompileOptions, compile } from './compile.ts';
import { type Definition, type Entity, isDerived } from './definition.ts';
import { type Sources, tableOf } from './source.ts';
import { SOURCES } from './sources.ts';

export interface MakeOptions extends Omit<CompileOptions, 'dialect' | 'duplicates'> {
  /** Name of the table that is made or replaced. */
  readonly into: string;
  /**
   * `check` (default): looks for rows with a key that came before, and leaves them out where there are some.
   * `absent`: the caller knows that there are none, as in a lake that import has written; saves a reading.
   */
  readonly duplicates?: 'check' | 'drop' | 'absent';
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
  const { into, duplicates = 'check', ...rest } = options;
  const found =
    duplicates === 'check' ? await duplicated(compute, definitions, rest.sources ?? SOURCES) : duplicates === 'drop';
  const sql = compile(definitions, { ...rest, duplicates: found ? 'drop' : 'absent' });
  const id = ID[rest.of];
  await compute.run(
    `create or replace table ${quoted(into)} as select entity as ${id}, * exclude (entity) from (${sql}) order by entity`,
  );
  const [counted] = await compute.rows<{ entities: number }>(`select count(*) as entities from ${quoted(into)}`);
  return { entities: counted!.entities, features: definitions.filter((d) => d.hidden !== true).length };
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
