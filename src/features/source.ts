/**
 * Where features look: sources as data. A table source is a canonical table with its time, key and entities; a group
 * source makes one row of several (an order of its lines). Every source with a time also has the columns `weekday`
 * (0 = Sunday) and `hour` (0 to 23) of the shop's zone.
 */
import type { Condition } from './condition.ts';
import type { Entity } from './definition.ts';

/**
 * `whole` is a BIGINT (money, count, time); `decimal` is held as whole multiples of 1 / scale, rounded half away from
 * zero, so that sums are exact in any order.
 */
export type SourceColumn = { readonly column: string; readonly via?: string } & (
  | { readonly kind: 'whole' }
  | { readonly kind: 'decimal'; readonly scale: number }
  /** With `parts`: the first that many parts of a path parted by " > ". */
  | { readonly kind: 'text'; readonly parts?: number }
  /** Mean of a whole column over the rows of the table that share `within`. */
  | { readonly kind: 'peers'; readonly within: string; readonly parts?: number; readonly scale: number }
);

export interface TableSource {
  readonly name: string;
  readonly table: string;
  /** A second row with the same key is a duplicate. */
  readonly key: readonly string[];
  /** Column of epoch milliseconds; a row without it is never seen. */
  readonly time?: string;
  /** In place of `time`: a column that holds local day numbers already. */
  readonly day?: string;
  /** In place of `time`: a row of what is, seen from this moment on, or always where it is missing. */
  readonly since?: string;
  /** Column of the moment when the row came in, where that may be later than `time`. */
  readonly arrived?: string;
  /** The column that holds the id of each kind of entity. */
  readonly entities: Readonly<Partial<Record<Entity, string>>>;
  readonly joins?: Readonly<Record<string, { readonly table: string; readonly on: string; readonly key: string }>>;
  readonly columns: Readonly<Record<string, SourceColumn>>;
}

export type GroupColumn = { readonly sum: string } | { readonly count: true };

export interface GroupSource {
  readonly name: string;
  /** A table source. */
  readonly per: string;
  /** Rows of one entity with the same value here become one row, at the moment of the earliest. */
  readonly by: string;
  readonly where: Condition;
  readonly columns: Readonly<Record<string, GroupColumn>>;
}

export type Source = TableSource | GroupSource;
export type Sources = Readonly<Record<string, Source>>;

export const isGroup = (source: Source): source is GroupSource => 'per' in source;

export function sourceOf(sources: Sources, name: string): Source {
  const found = sources[name];
  if (found === undefined) throw new TypeError(`no source ${name}; have ${Object.keys(sources).join(', ')}`);
  return found;
}

/** The table source at the bottom of a source. */
export function tableOf(sources: Sources, name: string): TableSource {
  const found = sourceOf(sources, name);
  return isGroup(found) ? tableOf(sources, found.per) : found;
}

/** What a column of a source is in the rows of features: text, or whole multiples of 1 / scale. */
export function columnKind(sources: Sources, source: Source, name: string): { text: boolean; scale: number } {
  if (name === 'weekday' || name === 'hour') return { text: false, scale: 1 };
  if (isGroup(source)) {
    const column = source.columns[name];
    if (column === undefined) throw new TypeError(`source ${source.name} has no column ${name}`);
    return 'count' in column
      ? { text: false, scale: 1 }
      : columnKind(sources, sourceOf(sources, source.per), column.sum);
  }
  const column = source.columns[name];
  if (column === undefined) throw new TypeError(`source ${source.name} has no column ${name}`);
  if (column.kind === 'text') return { text: true, scale: 1 };
  return { text: false, scale: column.kind === 'whole' ? 1 : column.scale };
}
