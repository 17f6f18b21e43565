/** SQL for the rows of a source as features see them: entity, moment, day and the columns asked for, as of a moment. */
import type { Offset } from './clock.ts';
import { columnsOf, conditionSql } from './condition.ts';
import type { Entity } from './definition.ts';
import type { Dialect } from './dialect.ts';
import {
  columnKind,
  isGroup,
  type Source,
  type SourceColumn,
  type Sources,
  sourceOf,
  type TableSource,
  tableOf,
} from './source.ts';

export interface View {
  readonly of: Entity;
  /** Epoch milliseconds; rows later than this are not seen. */
  readonly asOf: number;
  /** The local day that holds `asOf`. */
  readonly today: number;
  readonly offsets: readonly Offset[];
  readonly sources: Sources;
  readonly dialect: Dialect;
  /** Whether rows with a key that came before are to be left out; without it they must not be there. */
  readonly dropDuplicates: boolean;
  /** Only entities with an id in this range. */
  readonly range?: IdRange | undefined;
}

/** From one id to the next, in the engine's order of text. */
export interface IdRange {
  readonly from: string | null;
  readonly below: string | null;
}

const CLOCK = ['hour', 'weekday'];

/** A SELECT of entity, moment, day and `columns`; text as it is, numbers as whole multiples of 1 / scale. */
export function rowsSql(view: View, name: string, columns: readonly string[]): string {
  const source = sourceOf(view.sources, name);
  const base = tableOf(view.sources, name);
  const own = columns.filter((column) => !CLOCK.includes(column));
  const core = isGroup(source) ? groupSql(view, source, own) : tableSql(view, source, own);
  const { dialect } = view;
  const quoted = own.map(dialect.quote);
  if (base.time === undefined) {
    if (columns.length !== own.length) throw new TypeError(`source ${name} has no time, so no hour and weekday`);
    return `select entity, moment, ${base.day === undefined ? '0' : 'moment'} as day${list(quoted)} from (${core}) r`;
  }
  const clock = columns
    .filter((column) => CLOCK.includes(column))
    .map((column) => `${column === 'hour' ? dialect.hour('here') : dialect.weekday(dialect.day('here'))} as ${column}`);
  const local = `select entity, moment, ${dialect.local('moment', view.offsets)} as here${list(quoted)} from (${core}) r`;
  return `select entity, moment, ${dialect.day('here')} as day${list([...quoted, ...clock])} from (${local}) r`;
}

const list = (parts: readonly string[]): string => parts.map((part) => `, ${part}`).join('');

function groupSql(view: View, source: Exclude<Source, TableSource>, columns: readonly string[]): string {
  const { dialect, sources } = view;
  const used = columns.map((name) => ({ name, column: source.columns[name] }));
  const inputs = used.flatMap(({ column }) => (column !== undefined && 'sum' in column ? [column.sum] : []));
  const below = sourceOf(sources, source.per);
  const needed = [...new Set([source.by, ...columnsOf(source.where), ...inputs])];
  const made = used.map(({ name, column }) => {
    if (column === undefined) throw new TypeError(`source ${source.name} has no column ${name}`);
    const sql = 'count' in column ? 'count(*)' : dialect.whole(`sum(${dialect.quote(column.sum)})`);
    return `${sql} as ${dialect.quote(name)}`;
  });
  const where = conditionSql(source.where, dialect, dialect.quote, (name) => columnKind(sources, below, name).scale);
  const by = dialect.quote(source.by);
  return (
    `select entity, min(moment) as moment${list(made)} from (${rowsSql(view, source.per, needed)}) r ` +
    `where ${where} and ${by} is not null group by entity, ${by}`
  );
}

function tableSql(view: View, source: TableSource, columns: readonly string[]): string {
  const { dialect, asOf } = view;
  const entity = source.entities[view.of];
  if (entity === undefined) throw new TypeError(`source ${source.name} knows no ${view.of}`);
  const column = (name: string): SourceColumn => {
    const found = source.columns[name];
    if (found === undefined) throw new TypeError(`source ${source.name} has no column ${name}`);
    return found;
  };
  const made = columns.map((name) => {
    const { via } = column(name);
    return `${via === undefined ? columnSql(dialect, column(name)) : `${via}.${dialect.quote(name)}`} as ${dialect.quote(name)}`;
  });
  const joins = [...new Set(columns.flatMap((name) => column(name).via ?? []))].map((via) =>
    joinSql(
      view,
      source,
      via,
      columns.filter((name) => column(name).via === via),
    ),
  );
  const moment = source.time ?? source.day;
  const of = moment === undefined ? '0' : `r.${dialect.quote(moment)}`;
  const seen = visible(view, source);
  const from = view.dropDuplicates ? `(${first(dialect, source, seen)}) r` : `${dialect.quote(source.table)} r`;
  const where = [inRange(view, `r.${dialect.quote(entity)}`), ...(view.dropDuplicates ? [] : [seen])];
  if (asOf !== Math.floor(asOf)) throw new TypeError(`asOf must be whole milliseconds, got ${asOf}`);
  return (
    `select r.${dialect.quote(entity)} as entity, ${of} as moment${list(made)} ` +
    `from ${from}${joins.join('')} where ${where.join(' and ')}`
  );
}

export function inRange({ dialect, range }: View, id: string): string {
  const parts = [`${id} is not null`];
  if (range !== undefined && range.from !== null) parts.push(`${id} >= ${dialect.text(range.from)}`);
  if (range !== undefined && range.below !== null) parts.push(`${id} < ${dialect.text(range.below)}`);
  return parts.join(' and ');
}

/** Known as of the moment: happened by then, and arrived by then. */
function visible({ dialect, asOf, today }: View, source: TableSource): string {
  const own = (column: string) => `r.${dialect.quote(column)}`;
  const parts: string[] = [];
  if (source.time !== undefined) parts.push(`${own(source.time)} <= ${asOf}`);
  else if (source.day !== undefined) parts.push(`${own(source.day)} <= ${today}`);
  else if (source.since !== undefined) parts.push(`(${own(source.since)} is null or ${own(source.since)} <= ${asOf})`);
  if (source.arrived !== undefined) parts.push(`(${own(source.arrived)} is null or ${own(source.arrived)} <= ${asOf})`);
  return parts.length === 0 ? 'true' : parts.join(' and ');
}

function columnSql(dialect: Dialect, column: SourceColumn): string {
  const own = `r.${dialect.quote(column.column)}`;
  if (column.kind === 'text') return column.parts === undefined ? own : dialect.path(own, column.parts);
  if (column.kind === 'decimal') return dialect.scaled(own, column.scale);
  if (column.kind === 'whole') return own;
  const within = `over (partition by r.${dialect.quote(column.within)})`;
  const mean = `${dialect.real(`sum(${own}) ${within}`)} / count(${own}) ${within}`;
  return `case when count(${own}) ${within} = 0 then null else ${dialect.scaled(`(${mean})`, column.scale)} end`;
}

/** The joined columns are computed on the smaller side, before the join. */
function joinSql(view: View, source: TableSource, via: string, used: readonly string[]): string {
  const { dialect } = view;
  const join = source.joins?.[via];
  if (join === undefined) throw new TypeError(`source ${source.name} has no join ${via}`);
  const columns = Object.values(source.columns).filter((column) => column.via === via);
  const table = dialect.quote(join.table);
  const rows = view.dropDuplicates
    ? `(${only(dialect, `${table} r`, [join.key], sorted(columns.map((c) => c.column)))})`
    : table;
  const made = used.map((name) => `${columnSql(dialect, source.columns[name]!)} as ${dialect.quote(name)}`);
  const side = `select r.${dialect.quote(join.key)} as joined${list(made)} from ${rows} r`;
  return ` left join (${side}) ${via} on ${via}.joined = r.${dialect.quote(join.on)}`;
}

/** The earliest visible row of each key; of several at one moment the one with the smallest columns, by name. */
function first(dialect: Dialect, source: TableSource, seen: string): string {
  const moment = source.time ?? source.day ?? source.since;
  const order = [...(moment === undefined ? [] : [moment]), ...comparedColumns(source)];
  return only(dialect, `${dialect.quote(source.table)} r where ${seen}`, source.key, order);
}

/** The columns that decide which of two duplicates counts, after the moment. */
const comparedColumns = (source: TableSource): string[] =>
  sorted([
    ...Object.values(source.entities),
    ...Object.values(source.columns)
      .filter((column) => column.via === undefined)
      .map((column) => column.column),
  ]);

const sorted = (names: readonly string[]): string[] => [...new Set(names)].sort();

function only(dialect: Dialect, from: string, key: readonly string[], order: readonly string[]): string {
  const by = order.map((column) => `r.${dialect.quote(column)} nulls last`).join(', ');
  const partition = key.map((column) => `r.${dialect.quote(column)}`).join(', ');
  const numbered = `select r.*, row_number() over (partition by ${partition} order by ${by}) as copy_number from ${from}`;
  return `select * from (${numbered}) r where copy_number = 1`;
}
