/** The rows of a source before its cells are read: looked-up columns, filled-down cells, one row for each value. */
import { quoted } from '#engines/index.ts';
import { columnIn, hasColumn, type Scope } from './columns.ts';
import { rawText, whenSql } from './conditions.ts';
import type { Source } from './mapping.ts';
import type { Raw, RawColumn } from './raw.ts';
import { columnsOf } from './spec.ts';

export interface Relation {
  readonly sql: string;
  readonly columns: readonly RawColumn[];
}

type Names = Pick<Scope, 'columns' | 'file'>;

/** The source's rows with looked-up columns, filled-down cells and, if asked, one row for each value. */
export function shaped(source: Source, raw: Raw, lookups: readonly Relation[]): Relation {
  let sql = raw.sql;
  const columns = new Map(raw.columns.map((one) => [one.name, one]));
  const scope = { columns, file: raw.files.map((file) => file.name).join(', ') };
  for (const [i, lookup] of (source.lookup ?? []).entries()) {
    const on = Object.entries(lookup.on);
    const take: readonly (readonly [string, string])[] = Array.isArray(lookup.take)
      ? lookup.take.map((name: string) => [name, name])
      : Object.entries(lookup.take);
    const theirs = { columns: new Map(lookups[i]!.columns.map((one) => [one.name, one])), file: lookup.file };
    const keys = on.map(([, their], k) => `${rawText(theirs, their)} as _tw_key${k}`);
    const got = take.map(([, their], k) => `arg_min(${quoted(columnIn(theirs, their).name)}, _tw_row) as _tw_got${k}`);
    const match = on.map(([our], k) => `${rawText(scope, our)} = l._tw_key${k}`);
    sql = `select r.*, ${take.map(([name], k) => `l._tw_got${k} as ${quoted(name)}`).join(', ')} from (${sql}) r
      left join (select ${[...keys, ...got].join(', ')} from (${lookups[i]!.sql}) group by ${on.map((_, k) => k + 1).join(', ')}) l
      on ${match.join(' and ')}`;
    for (const [name, their] of take) columns.set(name, { name, type: columnIn(theirs, their).type });
  }
  if (source.fillDown !== undefined) {
    const within = rawText(scope, source.fillDown.within);
    const filled = source.fillDown.columns.map((name) => {
      const own = columnIn(scope, name);
      const value = own.type === 'VARCHAR' ? rawText(scope, name) : quoted(own.name);
      const above = `last_value(${value} ignore nulls) over (partition by _tw_file, ${within} order by _tw_row rows unbounded preceding)`;
      return `case when ${within} is null then ${quoted(own.name)} else ${above} end as ${quoted(own.name)}`;
    });
    sql = `select * replace (${filled.join(', ')}) from (${sql})`;
  }
  if (source.distinct === undefined) return { sql, columns: [...columns.values()] };
  const used = usedColumns(source, scope);
  return { sql: distinctSql(source, sql, scope, used), columns: used.map((name) => columns.get(name)!) };
}

/** Source columns that the specs, the key and the conditions read. */
function usedColumns(source: Source, scope: Names): string[] {
  const specs =
    source.columns === 'same' ? [...scope.columns.keys()] : Object.values(source.columns).flatMap(columnsOf);
  const names = [...(source.distinct?.by ?? []), ...specs.filter((name) => hasColumn(scope, name))].map(
    (name) => columnIn(scope, name).name,
  );
  return [...new Set(names)];
}

const PLACE = '_tw_file::bigint * 1099511627776 + _tw_row';

/** One row for each value of the key; of each other column the first, last or most frequent value (of equals the greatest). */
function distinctSql(source: Source, from: string, scope: Names, used: readonly string[]): string {
  const { by, keep } = source.distinct!;
  const keys = by.map((name) => columnIn(scope, name).name);
  const keyList = keys.map(quoted).join(', ');
  const left = (source.leaveOut ?? []).map(({ when }) => `not ${whenSql(scope, when)}`);
  const present = keys.map((name) => `${rawText(scope, name)} is not null`);
  const rest = used.filter((name) => !keys.includes(name));
  const filled = (name: string): string => `${rawText(scope, name)} is not null`;
  const values = rest.map((name) => {
    const own = quoted(name);
    return `${keep === 'first' ? 'arg_min' : 'arg_max'}(${own}, ${PLACE}) filter (${filled(name)}) as ${own}`;
  });
  const at = `${keep === 'last' ? 'max' : 'min'}(${PLACE}) as _tw_place`;
  const base = `_tw_base as materialized (select ${[...used.map(quoted), '_tw_file', '_tw_row'].join(', ')} from (${from})
    where ${[`(${present.join(' or ')})`, ...left].join(' and ')})`;
  const place = '(_tw_place // 1099511627776)::integer as _tw_file, _tw_place % 1099511627776 as _tw_row';
  if (keep !== 'most-common')
    return `with ${base} select * exclude (_tw_place), ${place}
      from (select ${[keyList, ...values, at].join(', ')} from _tw_base group by ${keyList}) order by _tw_place`;
  const joins = rest.map((name, i) => {
    const own = quoted(name);
    const counts = `select ${keyList}, ${own} as v, count(*) as n from _tw_base where ${filled(name)} group by ${keyList}, v`;
    return `left join (select ${keyList}, max({'n': n, 'v': v}).v as v from (${counts}) group by ${keyList}) m${i} on ${keys.map((key) => `m${i}.${quoted(key)} is not distinct from k.${quoted(key)}`).join(' and ')}`;
  });
  return `with ${base} select ${[...keys.map((key) => `k.${quoted(key)}`), ...rest.map((name, i) => `m${i}.v as ${quoted(name)}`), place].join(', ')}
    from (select ${keyList}, ${at} from _tw_base group by ${keyList}) k ${joins.join(' ')} order by _tw_place`;
}
