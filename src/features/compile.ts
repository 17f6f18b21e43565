/**
 * Definitions to one SELECT. Each source is read once into day tiles per entity with mergeable states, from which every
 * window is a filter over tiles. Distinct values need one more reading each: grouped by entity and value, they keep the
 * last day on which the value was seen, and a window counts the values with a late enough one.
 */
import { dayNumber } from '#kernels/local-time.ts';
import { offsets } from './clock.ts';
import { columnsOf, conditionSql } from './condition.ts';
import {
  type AggregateFeature,
  checked,
  type Definition,
  type DerivedFeature,
  type Entity,
  isDerived,
  type Take,
  takenColumns,
} from './definition.ts';
import { type Dialect, duckdb } from './dialect.ts';
import { type IdRange, inRange, rowsSql, type View } from './rows.ts';
import { columnKind, isGroup, type Sources, sourceOf } from './source.ts';
import { KNOWN_BY, SOURCES } from './sources.ts';

export interface CompileOptions {
  readonly of: Entity;
  /** Epoch milliseconds; nothing later is seen. */
  readonly asOf: number;
  /** IANA zone of the shop. */
  readonly timeZone: string;
  /** Default: the canonical tables. */
  readonly sources?: Sources;
  /** `drop`: only the first row of each key counts. `absent` (default): the caller knows that there are none. */
  readonly duplicates?: 'drop' | 'absent';
  /** A SELECT of one column of ids, in place of every entity known as of the moment. */
  readonly population?: string;
  readonly dialect?: Dialect;
  /** Only entities with an id in this range. */
  readonly range?: IdRange;
}

/** Relations that hold features: one row an entity. */
interface Block {
  readonly name: string;
  readonly ctes: readonly string[];
  readonly values: ReadonlyMap<string, string>;
}

/**
 * One SELECT of `entity` and a column for each definition that is not hidden, one row an entity.
 *
 * @throws TypeError when a definition or source does not fit
 */
export function compile(definitions: readonly Definition[], options: CompileOptions): string {
  checked(definitions, options.of);
  const sources = options.sources ?? SOURCES;
  const dialect = options.dialect ?? duckdb;
  const view: View = {
    of: options.of,
    asOf: options.asOf,
    today: dayNumber(options.asOf, options.timeZone),
    offsets: offsets(options.timeZone, options.asOf),
    sources,
    dialect,
    dropDuplicates: options.duplicates === 'drop',
    range: options.range,
  };
  const bases = definitions.filter((definition) => !isDerived(definition)) as AggregateFeature[];
  for (const d of bases)
    if (!isTimed(sources, d.from) && (d.windowDays !== undefined || isOfDays(d)))
      throw new TypeError(`feature ${d.name}: rows of ${d.from} have no day`);
  const blocks = Object.values(Object.groupBy(bases, (definition) => definition.from)).flatMap((group) =>
    sourceBlocks(view, group ?? []),
  );
  const ctes = [...blocks.flatMap((block) => block.ctes), populationSql(view, options.population, blocks)];
  const layers = layered(definitions, baseSql(bases, blocks, dialect), dialect);
  const out = definitions
    .filter((definition) => definition.hidden !== true)
    .map((definition) => {
      const own = dialect.quote(definition.name);
      return `, ${isWhole(view, definition, definitions) ? dialect.whole(own) : dialect.real(own)} as ${own}`;
    });
  return `with ${ctes.join(',\n')}\nselect entity${out.join('')}\nfrom (${layers}) f`;
}

function baseSql(bases: readonly AggregateFeature[], blocks: readonly Block[], dialect: Dialect): string {
  const columns = bases.map((definition) => {
    const block = blocks.find((candidate) => candidate.values.has(definition.name))!;
    const own = dialect.quote(definition.name);
    const fill = definition.missing ?? (COUNTING.has(definition.by) ? 0 : null);
    const value = `${block.name}.${own}`;
    return `, ${fill === null ? value : `coalesce(${value}, ${dialect.number(fill)})`} as ${own}`;
  });
  const joins = blocks.map((block) => ` left join ${block.name} on ${block.name}.entity = population.entity`);
  return `select population.entity as entity${columns.join('')} from population${joins.join('')}`;
}

/** Counts are 0 where there is nothing to count. */
const COUNTING: ReadonlySet<string> = new Set(['count', 'distinct', 'repeated', 'days']);

/** Derived features in as many layers as they are deep. */
function layered(definitions: readonly Definition[], base: string, dialect: Dialect): string {
  const depth = new Map<string, number>();
  for (const definition of definitions)
    depth.set(
      definition.name,
      isDerived(definition) ? 1 + Math.max(...definition.over.map((name) => depth.get(name) ?? 0)) : 0,
    );
  let sql = base;
  for (let level = 1; level <= Math.max(0, ...depth.values()); level++) {
    const own = definitions.filter((d): d is DerivedFeature => isDerived(d) && depth.get(d.name) === level);
    sql = `select b.*${own.map((d) => `, ${derivedSql(d, dialect)} as ${dialect.quote(d.name)}`).join('')} from (${sql}) b`;
  }
  return sql;
}

function derivedSql(definition: DerivedFeature, dialect: Dialect): string {
  const over = definition.over.map((name) => `b.${dialect.quote(name)}`);
  const [a, b] = [over[0]!, over[1] ?? '0'];
  const all = over.join(' + ');
  const divided = (top: string, bottom: string) =>
    `case when (${bottom}) = 0 then null else ${dialect.real(top)} / (${bottom}) end`;
  const value = (): string => {
    switch (definition.by) {
      case 'ratio':
        return divided(a, b);
      case 'difference':
        return `${a} - ${b}`;
      case 'total':
        return all;
      case 'share':
        return divided(a, all);
      case 'trend':
        return divided(`(2 * ${a} - ${b})`, b);
      default:
        return definition.by satisfies never;
    }
  };
  const { missing } = definition;
  return missing === undefined || missing === null ? value() : `coalesce(${value()}, ${dialect.number(missing)})`;
}

function populationSql(view: View, given: string | undefined, blocks: readonly Block[]): string {
  if (given !== undefined)
    return `given(entity) as (${given}), population as (select entity from given where ${inRange(view, 'entity')})`;
  const canonical = KNOWN_BY[view.of].filter((name) => view.sources[name] !== undefined);
  const names = canonical.length > 0 ? canonical : Object.keys(view.sources);
  const parts = names.map((name) =>
    blocks.some((block) => block.name === `tiled_${name}`)
      ? `select entity from tiled_${name}`
      : `select entity from (${rowsSql(view, name, [])}) r`,
  );
  return `population as (${parts.join(' union ')})`;
}

function sourceBlocks(view: View, group: readonly AggregateFeature[]): Block[] {
  const name = group[0]!.from;
  const byValue = group.filter((d) => d.by === 'distinct' || d.by === 'repeated');
  const gaps = group.filter((d) => d.by.startsWith('gap-'));
  const tiled = group.filter((d) => !byValue.includes(d) && !gaps.includes(d));
  return [
    ...(tiled.length + gaps.length > 0 ? tileBlocks(view, name, tiled, gaps) : []),
    ...Object.values(Object.groupBy(byValue, (d) => JSON.stringify(d.take))).map((same, i) =>
      valueBlock(view, `values_${name}_${i}`, same ?? []),
    ),
  ];
}

/** Mergeable states, each computed once per tile however many features use it. */
class States {
  readonly #names = new Map<string, string>();
  name(sql: string): string {
    let own = this.#names.get(sql);
    if (own === undefined) {
      own = `s${this.#names.size}`;
      this.#names.set(sql, own);
    }
    return own;
  }
  get columns(): string {
    return [...this.#names].map(([sql, name]) => `, ${sql} as ${name}`).join('');
  }
}

function tileBlocks(view: View, name: string, tiled: readonly AggregateFeature[], gaps: readonly AggregateFeature[]) {
  const { dialect } = view;
  const states = new States();
  const values = tiled.map((d): [string, string] => [d.name, tiledSql(view, d, states)]);
  const byState = Object.groupBy(gaps, (d) => {
    const { where, value } = parts(view, d);
    return states.name(dialect.filtered(value === null ? 'count(*)' : `count(${value})`, where));
  });
  const gapBlocks = Object.entries(byState).map(([used, group]) => gapBlock(view, group ?? [], name, used));
  const rows = rowsSql(view, name, inputs([...tiled, ...gaps]));
  const tiles = `tiles_${name} as (select entity, day${states.columns} from (${rows}) r group by entity, day)`;
  const columns = values.map(([own, sql]) => `, ${sql} as ${dialect.quote(own)}`).join('');
  const merged = `tiled_${name} as (select entity${columns} from tiles_${name} group by entity)`;
  return [{ name: `tiled_${name}`, ctes: [tiles, merged], values: new Map(values) }, ...gapBlocks];
}

/** A feature from tiles; asks for the states it needs. */
function tiledSql(view: View, d: AggregateFeature, states: States): string {
  const { dialect, today } = view;
  const { where, value, scale } = parts(view, d);
  const window = d.windowDays === undefined ? null : `day > ${today - d.windowDays}`;
  const counted = value === null ? 'count(*)' : `count(${value})`;
  const merged = (how: string, state: string) =>
    dialect.filtered(`${how}(${states.name(dialect.filtered(state, where))})`, window);
  const used = () => {
    const any = `${states.name(dialect.filtered(counted, where))} > 0`;
    return window === null ? any : `${any} and ${window}`;
  };
  const unscaled = (sql: string, by = scale) => (by === 1 ? sql : `${dialect.real(sql)} / ${by}`);
  const times = (sql: string) => (scale === 1 ? sql : `${sql} * ${scale}`);
  switch (d.by) {
    case 'count':
      return merged('sum', counted);
    case 'sum':
      return unscaled(merged('sum', `sum(${value})`));
    case 'mean':
      return `${dialect.real(merged('sum', `sum(${value})`))} / nullif(${times(merged('sum', counted))}, 0)`;
    case 'stddev': {
      const count = merged('sum', counted);
      const spread = dialect.spread(count, merged('sum', `sum(${value})`), merged('sum', dialect.squares(value!)));
      return `sqrt(${spread}) / nullif(${times(count)}, 0)`;
    }
    case 'min':
    case 'max':
      return unscaled(merged(d.by, `${d.by}(${value})`));
    case 'first':
    case 'last': {
      const present = where === null ? `${value} is not null` : `${where} and ${value} is not null`;
      const state = d.by === 'first' ? dialect.earliest('moment', value!) : dialect.latest('moment', value!);
      const best = dialect.filtered(
        `${d.by === 'first' ? 'min' : 'max'}(${states.name(dialect.filtered(state, present))})`,
        window,
      );
      return unscaled(dialect.valueOf(best));
    }
    case 'days':
      return dialect.filtered('count(*)', used());
    case 'days-since-first':
      return `${today} - ${dialect.filtered('min(day)', used())}`;
    case 'days-since-last':
      return `${today} - ${dialect.filtered('max(day)', used())}`;
    default:
      throw new TypeError(`feature ${d.name}: ${d.by} is not made from tiles`);
  }
}

function gapBlock({ dialect }: View, group: readonly AggregateFeature[], source: string, used: string): Block {
  const name = `gaps_${source}_${used}`;
  const gap =
    `select entity, day - lag(day) over (partition by entity order by day) as gap ` +
    `from tiles_${source} where ${used} > 0`;
  const spread = dialect.spread('count(gap)', 'sum(gap)', dialect.squares('gap'));
  const how: Record<string, string> = {
    'gap-mean': `${dialect.real('sum(gap)')} / nullif(count(gap), 0)`,
    'gap-stddev': `sqrt(${spread}) / nullif(count(gap), 0)`,
    'gap-max': 'max(gap)',
    'gap-median': dialect.median('gap'),
  };
  const values = group.map((d): [string, string] => [d.name, how[d.by]!]);
  const columns = values.map(([own, sql]) => `, ${sql} as ${dialect.quote(own)}`).join('');
  const sql = `${name} as (select entity${columns} from (${gap}) g group by entity)`;
  return { name, ctes: [sql], values: new Map(values) };
}

/** Features that look at different values of one take. */
function valueBlock(view: View, name: string, group: readonly AggregateFeature[]): Block {
  const { dialect, today } = view;
  const states = new States();
  const value = parts(view, group[0]!).value!;
  const values = group.map((d): [string, string] => {
    const { where } = parts(view, d);
    const last = states.name(dialect.filtered('max(day)', where));
    const since = d.windowDays === undefined ? null : today - d.windowDays;
    const recent = since === null ? `${last} is not null` : `${last} > ${since}`;
    if (d.by === 'distinct') return [d.name, dialect.filtered('count(*)', recent)];
    const inside = since === null ? where : [where, `day > ${since}`].filter((part) => part !== null).join(' and ');
    const early = states.name(dialect.filtered('min(day)', inside));
    return [d.name, dialect.filtered('count(*)', `${early} < ${last}`)];
  });
  const rows = rowsSql(view, group[0]!.from, inputs(group));
  const seen =
    `select entity, ${value} as value${states.columns} from (${rows}) r ` +
    `where ${value} is not null group by entity, ${value}`;
  const columns = values.map(([own, sql]) => `, ${sql} as ${dialect.quote(own)}`).join('');
  const sql = `${name} as (select entity${columns} from (${seen}) v group by entity)`;
  return { name, ctes: [sql], values: new Map(values) };
}

const isOfDays = (d: AggregateFeature): boolean => d.by.startsWith('days') || d.by.startsWith('gap-');

/** The condition and value of a definition in SQL over the columns of its rows. */
function parts(view: View, d: AggregateFeature): { where: string | null; value: string | null; scale: number } {
  const { dialect, sources } = view;
  const source = sourceOf(sources, d.from);
  const scale = (column: string) => columnKind(sources, source, column).scale;
  const where = d.where === undefined ? null : conditionSql(d.where, dialect, dialect.quote, scale);
  if (d.take === undefined) return { where, value: null, scale: 1 };
  return { where, value: takeSql(d.take, dialect), scale: takeScale(sources, d, d.take) };
}

/** What the numbers of a take are multiples of 1 over; the same for all its columns. */
function takeScale(sources: Sources, d: AggregateFeature, take: Take): number {
  const source = sourceOf(sources, d.from);
  const kinds = takenColumns(take).map((column) => columnKind(sources, source, column));
  const counting = COUNTING.has(d.by) || isOfDays(d);
  if (!counting && kinds.some((kind) => kind.text)) throw new TypeError(`feature ${d.name}: ${d.by} of a text`);
  if (kinds.some((kind) => kind.scale !== kinds[0]!.scale)) throw new TypeError(`feature ${d.name}: mixed scales`);
  return kinds[0]!.scale;
}

function takeSql(take: Take, dialect: Dialect): string {
  if (typeof take === 'string') return dialect.quote(take);
  const columns = takenColumns(take).map(dialect.quote);
  if ('less' in take) return `(${columns.join(' - ')})`;
  const missing = columns.map((column) => `${column} is null`).join(' and ');
  return `(case when ${missing} then null else ${columns.map((column) => `coalesce(${column}, 0)`).join(' + ')} end)`;
}

function inputs(group: readonly AggregateFeature[]): string[] {
  const used = group.flatMap((d) => [
    ...(d.where === undefined ? [] : columnsOf(d.where)),
    ...(d.take === undefined ? [] : takenColumns(d.take)),
  ]);
  return [...new Set(used)].sort();
}

/** Whether the result is a BIGINT; else DOUBLE. */
function isWhole(view: View, definition: Definition, all: readonly Definition[]): boolean {
  if (isDerived(definition)) {
    const exact = definition.by === 'difference' || definition.by === 'total';
    return exact && definition.over.every((name) => isWhole(view, all.find((d) => d.name === name)!, all));
  }
  const fill = definition.missing ?? 0;
  if (!Number.isInteger(fill)) return false;
  if (COUNTING.has(definition.by) || definition.by.startsWith('days-') || definition.by === 'gap-max') return true;
  const exact = ['sum', 'min', 'max', 'first', 'last'].includes(definition.by);
  return exact && definition.take !== undefined && takeScale(view.sources, definition, definition.take) === 1;
}

/** Whether a source is made of rows that have a moment, so that windows make sense. */
const isTimed = (sources: Sources, name: string): boolean => {
  const source = sourceOf(sources, name);
  return isGroup(source) ? isTimed(sources, source.per) : source.time !== undefined || source.day !== undefined;
};
