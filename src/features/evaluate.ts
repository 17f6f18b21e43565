/**
 * The slow, obvious reading of definitions: for each entity and feature a plain loop over the entity's rows. It is the
 * reference that every compiled form must equal, and the engine `memory` of the command line. It shares no code with
 * the compiler apart from the definitions and the zone's clock.
 */
import { DAY_MS, dayNumber, localMs } from '#kernels/local-time.ts';
import { numbers, type Table, table, textAt, texts } from '#table/index.ts';
import { holds, type Value } from './condition.ts';
import {
  type AggregateFeature,
  checked,
  type Definition,
  type DerivedFeature,
  type Entity,
  isDerived,
  type Take,
} from './definition.ts';
import { columnKind, isGroup, type SourceColumn, type Sources, sourceOf, type TableSource } from './source.ts';
import { KNOWN_BY, SOURCES } from './sources.ts';

export interface EvaluateOptions {
  readonly of: Entity;
  readonly asOf: number;
  readonly timeZone: string;
  readonly sources?: Sources;
  readonly duplicates?: 'drop' | 'absent';
  /** Ids, in place of every entity known as of the moment. */
  readonly population?: readonly string[];
}

type Cells = Record<string, Value>;

interface SeenRow {
  readonly entity: string;
  readonly moment: number;
  readonly day: number;
  readonly cells: Cells;
}

/**
 * The same columns as `compile`, in order of entity id.
 *
 * @param tables the canonical tables by name; an absent one counts as empty
 */
export function evaluate(
  definitions: readonly Definition[],
  tables: Readonly<Record<string, Table>>,
  options: EvaluateOptions,
): Table {
  checked(definitions, options.of);
  const sources = options.sources ?? SOURCES;
  const today = dayNumber(options.asOf, options.timeZone);
  const read = new Map<string, Map<string, SeenRow[]>>();
  const rowsOf = (name: string): Map<string, SeenRow[]> => {
    let own = read.get(name);
    if (own === undefined) {
      own = byEntity(seenRows(sources, name, tables, options, today));
      read.set(name, own);
    }
    return own;
  };
  const canonical = KNOWN_BY[options.of].filter((name) => sources[name] !== undefined);
  const known = canonical.length > 0 ? canonical : Object.keys(sources);
  const ids = [...(options.population ?? new Set(known.flatMap((name) => [...rowsOf(name).keys()])))].sort();
  const results: Record<string, (number | null)[]> = Object.fromEntries(definitions.map((d) => [d.name, []]));
  for (const id of ids) {
    const values: Record<string, number | null> = {};
    for (const d of definitions) {
      const value = isDerived(d) ? combined(d, values) : aggregated(d, rowsOf(d.from).get(id) ?? [], sources, today);
      values[d.name] = value ?? d.missing ?? null;
      results[d.name]!.push(values[d.name]!);
    }
  }
  const shown = definitions.filter((d) => d.hidden !== true);
  return table({
    entity: texts(ids),
    ...Object.fromEntries(shown.map((d) => [d.name, numbers(results[d.name]!, d.unit)])),
  });
}

function byEntity(rows: readonly SeenRow[]): Map<string, SeenRow[]> {
  const out = new Map<string, SeenRow[]>();
  for (const row of rows) {
    const own = out.get(row.entity);
    if (own === undefined) out.set(row.entity, [row]);
    else own.push(row);
  }
  return out;
}

function combined(d: DerivedFeature, values: Record<string, number | null>): number | null {
  const inputs = d.over.map((name) => values[name] ?? null);
  if (inputs.some((value) => value === null)) return null;
  const over = inputs as number[];
  const [a, b] = [over[0]!, over[1] ?? 0];
  const total = over.reduce((sum, value) => sum + value, 0);
  switch (d.by) {
    case 'ratio':
      return b === 0 ? null : a / b;
    case 'difference':
      return a - b;
    case 'total':
      return total;
    case 'share':
      return total === 0 ? null : a / total;
    case 'trend':
      return b === 0 ? null : (2 * a - b) / b;
    default:
      return d.by satisfies never;
  }
}

function aggregated(d: AggregateFeature, rows: readonly SeenRow[], sources: Sources, today: number): number | null {
  const seen: SeenRow[] = [];
  for (const row of rows) {
    if (d.windowDays !== undefined && row.day <= today - d.windowDays) continue;
    if (d.where !== undefined && !holds(d.where, (name) => plain(sources, d.from, name, row))) continue;
    if (d.take !== undefined && takenOf(d.take, row) === null) continue;
    seen.push(row);
  }
  if (d.by.startsWith('days') || d.by.startsWith('gap-')) return ofDays(d, seen, today);
  if (d.take === undefined) return seen.length;
  const { take } = d;
  const taken = seen.map((row) => ({ row, value: takenOf(take, row) as number | string }));
  if (d.by === 'count') return taken.length;
  if (d.by === 'distinct') return new Set(taken.map((each) => each.value)).size;
  if (d.by === 'repeated') return repeated(taken);
  const first = typeof take === 'string' ? take : ('plus' in take ? take.plus : take.less)[0]!;
  const { scale } = columnKind(sources, sourceOf(sources, d.from), first);
  return ofNumbers(d, taken as { row: SeenRow; value: number }[], scale);
}

/** Conditions are written in the column's own unit. */
function plain(sources: Sources, source: string, name: string, row: SeenRow): Value {
  const value = row.cells[name] ?? null;
  return typeof value === 'number' ? value / columnKind(sources, sourceOf(sources, source), name).scale : value;
}

function takenOf(take: Take, row: SeenRow): Value {
  if (typeof take === 'string') return row.cells[take] ?? null;
  const values = ('plus' in take ? take.plus : take.less).map((name) => row.cells[name] ?? null) as (number | null)[];
  if ('less' in take) return values.includes(null) ? null : values[0]! - values[1]!;
  const present = values.filter((value) => value !== null);
  return present.length === 0 ? null : present.reduce((sum, value) => sum + value, 0);
}

function repeated(taken: readonly { row: SeenRow; value: number | string }[]): number {
  const days = new Map<number | string, Set<number>>();
  for (const { row, value } of taken) days.set(value, (days.get(value) ?? new Set()).add(row.day));
  return [...days.values()].filter((own) => own.size > 1).length;
}

function ofDays(d: AggregateFeature, seen: readonly SeenRow[], today: number): number | null {
  const days = [...new Set(seen.map((row) => row.day))].sort((a, b) => a - b);
  if (d.by === 'days') return days.length;
  if (days.length === 0) return null;
  if (d.by === 'days-since-first') return today - days[0]!;
  if (d.by === 'days-since-last') return today - days.at(-1)!;
  const gaps = days.slice(1).map((day, i) => day - days[i]!);
  if (gaps.length === 0) return null;
  if (d.by === 'gap-max') return Math.max(...gaps);
  if (d.by === 'gap-mean') return mean(gaps);
  if (d.by === 'gap-stddev') return stddev(gaps);
  const ordered = [...gaps].sort((a, b) => a - b);
  const middle = (ordered.length - 1) / 2;
  return (ordered[Math.floor(middle)]! + ordered[Math.ceil(middle)]!) / 2;
}

const mean = (values: readonly number[]): number => Number(sum(values)) / values.length;
const sum = (values: readonly number[]): bigint => values.reduce((total, value) => total + BigInt(value), 0n);

/** Of the population, from exact sums: sqrt(n * sum of squares - sum^2) / n. */
function stddev(values: readonly number[]): number {
  const total = sum(values);
  const squares = values.reduce((own, value) => own + BigInt(value) * BigInt(value), 0n);
  return Math.sqrt(Number(BigInt(values.length) * squares - total * total)) / values.length;
}

function ofNumbers(d: AggregateFeature, taken: { row: SeenRow; value: number }[], scale: number): number | null {
  if (taken.length === 0) return null;
  const values = taken.map((each) => each.value);
  switch (d.by) {
    case 'sum':
      return Number(sum(values)) / scale;
    case 'mean':
      return Number(sum(values)) / (values.length * scale);
    case 'stddev':
      return (stddev(values) * values.length) / (values.length * scale);
    case 'min':
      return values.reduce((a, b) => Math.min(a, b)) / scale;
    case 'max':
      return values.reduce((a, b) => Math.max(a, b)) / scale;
    default: {
      const ordered = taken.sort((a, b) => a.row.moment - b.row.moment || a.value - b.value);
      return (d.by === 'first' ? ordered[0]! : ordered.at(-1)!).value / scale;
    }
  }
}

function seenRows(
  sources: Sources,
  name: string,
  tables: Readonly<Record<string, Table>>,
  options: EvaluateOptions,
  today: number,
): SeenRow[] {
  const source = sourceOf(sources, name);
  if (!isGroup(source)) return tableRows(source, tables, options, today);
  const groups = new Map<string, SeenRow[]>();
  for (const row of seenRows(sources, source.per, tables, options, today)) {
    const by = row.cells[source.by] ?? null;
    if (by === null || !holds(source.where, (column) => plain(sources, source.per, column, row))) continue;
    const key = JSON.stringify([row.entity, by]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((rows) => {
    const early = rows.reduce((best, row) => (row.moment < best.moment ? row : best));
    const cells: Cells = { hour: early.cells.hour ?? null, weekday: early.cells.weekday ?? null };
    for (const [own, column] of Object.entries(source.columns)) {
      const present = 'count' in column ? [] : rows.map((row) => row.cells[column.sum] ?? null);
      const kept = present.filter((value): value is number => typeof value === 'number');
      cells[own] = 'count' in column ? rows.length : kept.length === 0 ? null : Number(sum(kept));
    }
    return { entity: early.entity, moment: early.moment, day: early.day, cells };
  });
}

type Reader = (row: number) => Value;

function reader(data: Table | undefined, name: string): Reader {
  const column = data?.columns[name];
  if (column === undefined) return () => null;
  if (column.kind === 'text') return (row) => textAt(column, row);
  return (row) => (column.valid !== undefined && column.valid[row] === 0 ? null : column.values[row]!);
}

function tableRows(
  source: TableSource,
  tables: Readonly<Record<string, Table>>,
  options: EvaluateOptions,
  today: number,
): SeenRow[] {
  const data = tables[source.table];
  const length = data?.length ?? 0;
  const entity = reader(data, source.entities[options.of] ?? '');
  const moment = reader(data, source.time ?? source.day ?? source.since ?? '');
  const arrived = source.arrived === undefined ? () => null : reader(data, source.arrived);
  const limit = source.day === undefined ? options.asOf : today;
  const visible = (row: number) => {
    const at = moment(row);
    const came = arrived(row);
    const happened = at === null ? source.time === undefined && source.day === undefined : (at as number) <= limit;
    return happened && (came === null || (came as number) <= options.asOf);
  };
  const indices = Array.from({ length }, (_, row) => row).filter(visible);
  const kept = options.duplicates === 'drop' ? firstCopies(source, data!, indices, moment) : indices;
  const cells = Object.entries(source.columns).map(
    ([name, column]) => [name, cellReader(source, column, tables, kept)] as const,
  );
  const out: SeenRow[] = [];
  for (const row of kept) {
    const id = entity(row);
    if (id === null) continue;
    const own: Cells = Object.fromEntries(cells.map(([name, read]) => [name, read(row)]));
    const at = (source.since === undefined ? moment(row) : 0) as number;
    if (source.time === undefined) {
      out.push({ entity: String(id), moment: at, day: at, cells: own });
      continue;
    }
    const { day, hour } = cachedTime(at, options.timeZone);
    out.push({
      entity: String(id),
      moment: at,
      day,
      cells: { ...own, hour, weekday: new Date(day * DAY_MS).getUTCDay() },
    });
  }
  return out;
}

const TIMES = new Map<string, { day: number; hour: number }>();

/** Zones change on whole quarters of an hour, so moments of one quarter share their day and hour. */
function cachedTime(moment: number, timeZone: string): { day: number; hour: number } {
  const key = `${Math.floor(moment / 900_000)} ${timeZone}`;
  let own = TIMES.get(key);
  if (own === undefined) {
    const local = localMs(moment, timeZone);
    const day = Math.floor(local / DAY_MS);
    own = { day, hour: Math.floor((local - day * DAY_MS) / 3_600_000) };
    TIMES.set(key, own);
  }
  return own;
}

function firstCopies(source: TableSource, data: Table, indices: number[], moment: Reader): number[] {
  const columns = Object.values(source.columns).filter((column) => column.via === undefined);
  const compared = [...new Set([...Object.values(source.entities), ...columns.map((column) => column.column)])].sort();
  const readers = [moment, ...compared.map((name) => reader(data, name))];
  return distinctRows(data, source.key, readers, indices);
}

/** Of rows with one key the one whose values come first; missing values come last. */
function distinctRows(data: Table, key: readonly string[], order: readonly Reader[], indices: readonly number[]) {
  const keys = key.map((name) => reader(data, name));
  const before = (a: number, b: number): boolean => {
    for (const read of order) {
      const [x, y] = [read(a), read(b)];
      if (x === y) continue;
      return x !== null && (y === null || x < y);
    }
    return false;
  };
  const best = new Map<string, number>();
  for (const row of indices) {
    const own = JSON.stringify(keys.map((read) => read(row)));
    const other = best.get(own);
    if (other === undefined || before(row, other)) best.set(own, row);
  }
  return [...best.values()];
}

function cellReader(
  source: TableSource,
  column: SourceColumn,
  tables: Readonly<Record<string, Table>>,
  visible: readonly number[],
): Reader {
  const raw = column.via === undefined ? reader(tables[source.table], column.column) : joined(source, column, tables);
  if (column.kind === 'whole') return raw;
  if (column.kind === 'decimal') return (row) => scaled(raw(row), column.scale);
  if (column.kind === 'text') {
    const { parts } = column;
    if (parts === undefined) return raw;
    return (row) => {
      const path = raw(row);
      return path === null ? null : String(path).split(' > ').slice(0, parts).join(' > ');
    };
  }
  const within = reader(tables[source.table], column.within);
  const groups = new Map<Value, number[]>();
  for (const row of visible) {
    const value = raw(row);
    if (value !== null) groups.set(within(row), [...(groups.get(within(row)) ?? []), value as number]);
  }
  const means = new Map([...groups].map(([key, values]) => [key, scaled(mean(values), column.scale)]));
  return (row) => means.get(within(row)) ?? null;
}

function joined(source: TableSource, column: SourceColumn, tables: Readonly<Record<string, Table>>): Reader {
  const join = source.joins![column.via!]!;
  const data = tables[join.table];
  if (data === undefined) return () => null;
  const columns = Object.values(source.columns).filter((each) => each.via === column.via);
  const order = [...new Set(columns.map((each) => each.column))].sort().map((name) => reader(data, name));
  const rows = distinctRows(
    data,
    [join.key],
    order,
    Array.from({ length: data.length }, (_, row) => row),
  );
  const key = reader(data, join.key);
  const index = new Map(rows.map((row) => [key(row), row]));
  const on = reader(tables[source.table], join.on);
  const read = reader(data, column.column);
  return (row) => {
    const at = index.get(on(row));
    return at === undefined ? null : read(at);
  };
}

function scaled(value: Value, scale: number): Value {
  if (value === null) return null;
  const size = Math.round(Math.abs((value as number) * scale));
  return (value as number) < 0 ? -size : size;
}
