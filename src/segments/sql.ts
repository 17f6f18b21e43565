/** Conditions as SQL of the DuckDB dialect. What people wrote is bound; names of columns come from our own lists alone. */
import type { Params, Scalar } from '#engines/index.ts';
import { known } from '#errors.ts';
import type { AnyLeaf, Condition, Did, Leaf, Step, Test, Value } from './condition.ts';
import { type Alias, FIELDS } from './fields.ts';
import { type Happening, happeningOf, isOfProduct, PROPERTIES } from './happenings.ts';
import { EMPTY_LIBRARY, type Ground } from './library.ts';
import { agoOf, rangeOf, spanMs } from './window.ts';

export interface ConditionSql {
  /** Never null. Over p (profiles) and, as `joins` says, the others of Alias. */
  readonly sql: string;
  readonly params: Params;
  readonly joins: ReadonlySet<Alias>;
}

/** Leaves of a condition with the segments that it names, all told. */
const LEAVES_MAX = 2000;
const NO_GROUND: Ground = { asOf: Number.NaN, timeZone: 'UTC', library: EMPTY_LIBRARY, random: 'table' };
const UPLIFT = { effect: 'effect_minor', low: 'low_minor', high: 'high_minor' } as const;

/**
 * The condition as SQL with its values as parameters ($c0, $c1 ...).
 *
 * @param ground needed by every leaf but those of fields; without it `random` reads b
 * @throws SEGMENT_UNKNOWN, SEGMENT_CYCLE, LIST_UNKNOWN, UPLIFT_MISSING, CONDITION_INVALID
 */
export function conditionSql(condition: Condition, ground: Ground = NO_GROUND, prefix = 'c'): ConditionSql {
  const params: Record<string, Scalar> = {};
  const joins = new Set<Alias>(['p']);
  let next = 0;
  const bind = (value: Scalar): string => {
    const name = `${prefix}${next++}`;
    params[name] = value;
    return `$${name}`;
  };
  const writer = { ground, bind, joins, left: { leaves: LEAVES_MAX } };
  return { sql: treeSql(condition, writer, []), params, joins };
}

interface Writer {
  readonly ground: Ground;
  readonly bind: (value: Scalar) => string;
  readonly joins: Set<Alias>;
  readonly left: { leaves: number };
}

/** @param path segments that are being told, outermost first */
function treeSql(part: Condition, writer: Writer, path: readonly string[]): string {
  const inner = (each: Condition) => treeSql(each, writer, path);
  if ('all' in part) return part.all.length === 0 ? 'true' : `(${part.all.map(inner).join(' and ')})`;
  if ('any' in part) return part.any.length === 0 ? 'false' : `(${part.any.map(inner).join(' or ')})`;
  if ('not' in part) return `(not ${inner(part.not)})`;
  if (writer.left.leaves-- <= 0)
    throw known('CONDITION_INVALID', {
      where: 'condition',
      got: `more than ${LEAVES_MAX} leaves with the segments that it names`,
    });
  return 'segment' in part ? segmentSql(part.segment, writer, path) : leafSql(part, writer, path.length > 0);
}

function segmentSql(id: string, writer: Writer, path: readonly string[]): string {
  if (path.includes(id)) throw known('SEGMENT_CYCLE', { path: [...path, id] });
  const meaning = writer.ground.library.segment(id);
  if (meaning === undefined) throw known('SEGMENT_UNKNOWN', { id });
  if ('file' in meaning) return memberSql(meaning.file, writer);
  return treeSql(meaning.condition, writer, [...path, id]);
}

const memberSql = (file: string, { bind }: Writer): string =>
  `p.customer_id in (select customer_id from read_parquet(${bind(file)}))`;

function leafSql(leaf: Exclude<AnyLeaf, { segment: string }>, writer: Writer, isInSegment: boolean): string {
  const { bind, ground } = writer;
  if ('field' in leaf) return fieldSql(leaf, writer, isInSegment);
  if ('did' in leaf) return didSql(leaf, writer);
  if ('didNot' in leaf) return `(not ${didSql({ ...leaf, did: leaf.didNot }, writer)})`;
  if ('lastTime' in leaf) {
    const { from, to } = agoOf(leaf, ground);
    const source = sourceOf({ did: leaf.lastTime, where: leaf.where }, writer);
    return isIn(
      `${source.sql} group by 1 having max(${source.at}) between ${bind(BigInt(from))} and ${bind(BigInt(to))}`,
    );
  }
  if ('sequence' in leaf) return sequenceSql(leaf, writer);
  if ('dropped' in leaf) return droppedSql(leaf, writer);
  if ('list' in leaf) {
    const file = ground.library.list(leaf.list);
    if (file === undefined) throw known('LIST_UNKNOWN', { id: leaf.list });
    return memberSql(file, writer);
  }
  if ('random' in leaf)
    return `(${drawSql(bind(leaf.random))} >= ${bind(leaf.from ?? 0)} and ${drawSql(bind(leaf.random))} < ${bind(leaf.below)})`;
  const { uplift } = ground.library;
  if (uplift === undefined) throw known('UPLIFT_MISSING', { offer: leaf.uplift });
  return isIn(
    `select customer_id from read_parquet(${bind(uplift)})
     where offer_id = ${bind(leaf.uplift)} and ${UPLIFT[leaf.bound ?? 'effect']} ${leaf.op} ${bind(leaf.value)}`,
  );
}

const isIn = (query: string): string => `p.customer_id in (${query})`;

/** Uniform in [0, 1): the first 53 of the bits of the MD5 of salt, colon and id, as DuckDB numbers them. */
const drawSql = (salt: string): string =>
  `((md5_number_upper(concat(${salt}, ':', p.customer_id)) >> 11)::double / 9007199254740992.0)`;

function fieldSql({ field, op, value }: Leaf, { ground, bind, joins }: Writer, isInSegment: boolean): string {
  const { kind, from, sql: column } = FIELDS.get(field)!;
  const isDrawn = from === 'b' && (isInSegment || ground.random !== 'table');
  const sql = isDrawn ? drawSql("''") : column;
  if (!isDrawn) joins.add(from);
  if (op === 'missing') return `(${sql} is ${value === true ? '' : 'not '}null)`;
  if (op === 'in') {
    const list = (value as readonly Value[]).map(bind);
    if (list.length === 0) return 'false';
    if (kind === 'list') return `coalesce(list_has_any(${sql}, [${list.join(', ')}]), false)`;
    return `coalesce(${sql} in (${list.join(', ')}), false)`;
  }
  const one = bind(value as Value);
  if (kind === 'list') return `coalesce(${op === '=' ? '' : 'not '}list_contains(${sql}, ${one}), false)`;
  return `coalesce(${sql} ${op === '!=' ? '<>' : op} ${one}, false)`;
}

interface Source extends Happening {
  /** A query without its end: `select e.customer_id from ... where ...`. */
  readonly sql: string;
}

/** The rows of a happening up to the moment, those of nobody left out. */
function sourceOf({ did, where = [] }: Step, writer: Writer, columns = 'e.customer_id'): Source {
  const happening = happeningOf(did)!;
  const { bind, ground } = writer;
  if (Number.isNaN(ground.asOf)) throw new Error('a condition about happenings needs a moment');
  const terms = [
    'e.customer_id is not null',
    happening.where,
    ...(happening.bind === undefined ? [] : [`e.name = ${bind(happening.bind)}`]),
    `${happening.at} <= ${bind(BigInt(ground.asOf))}`,
    ...(ground.among === undefined ? [] : [`e.customer_id in (${ground.among.map(bind).join(', ')})`]),
    ...where.map((test) => testSql(test, happening, bind)),
  ];
  return { ...happening, sql: `select ${columns} from ${happening.table} e where ${terms.join(' and ')}` };
}

function testSql({ property, op, value }: Test, { properties }: Happening, bind: Writer['bind']): string {
  if (isOfProduct(property))
    return `${properties.product} in (select product_id from products where ${comparedSql(property, { op, value, isPath: PROPERTIES[property].kind === 'path' }, bind)})`;
  return comparedSql(properties[property]!, { op, value, isPath: false }, bind);
}

function comparedSql(
  column: string,
  { op, value, isPath }: { op: Test['op']; value: Test['value']; isPath: boolean },
  bind: Writer['bind'],
): string {
  const is = (one: string | number): string => {
    const bound = bind(one);
    return isPath ? `(${column} = ${bound} or starts_with(${column}, ${bound} || ' > '))` : `${column} = ${bound}`;
  };
  if (op === 'in') {
    const all = value as readonly (string | number)[];
    if (all.length === 0) return 'false';
    return isPath ? `(${all.map(is).join(' or ')})` : `${column} in (${all.map(bind).join(', ')})`;
  }
  const one = value as string | number;
  if (op === '=') return is(one);
  if (op === '!=') return isPath ? `not ${is(one)}` : `${column} <> ${bind(one)}`;
  return `${column} ${op} ${bind(one)}`;
}

/** Sums and counts of whole numbers; a quantity may have thousandths. */
export const measureSql = ({ measure = 'times' }: Pick<Did, 'measure'>, { unit, properties }: Happening): string => {
  if (measure === 'times') return unit === undefined ? 'count(*)' : `count(distinct ${unit})`;
  return `coalesce(sum(${properties[measure]}), 0)`;
};

function didSql(leaf: Did, writer: Writer): string {
  const { bind } = writer;
  const { atMost, exactly } = leaf;
  const least = leaf.atLeast ?? ((exactly ?? atMost) === undefined ? 1 : 0);
  if (least === 0 && (exactly ?? atMost) === undefined) return 'true';
  const rows = didRows(leaf, writer);
  const measure = measureSql(leaf, rows);
  const having = (test: string) => isIn(`${rows.sql} group by 1 having ${test}`);
  if (exactly !== undefined)
    return exactly === 0 ? `(not ${having(`${measure} <> 0`)})` : having(`${measure} = ${bind(exactly)}`);
  const isOnce = least === 1 && (leaf.measure ?? 'times') === 'times';
  return `(${[
    ...(least === 0 ? [] : [isOnce ? isIn(rows.sql) : having(`${measure} >= ${bind(least)}`)]),
    ...(atMost === undefined ? [] : [`(not ${having(`${measure} > ${bind(atMost)}`)})`]),
  ].join(' and ')})`;
}

/** The rows that a leaf of `did` counts. */
function didRows(leaf: Did, writer: Writer, columns?: string): Source {
  const source = sourceOf(leaf, writer, columns);
  if (leaf.within === undefined) return source;
  const { from, to } = rangeOf(leaf.within, writer.ground);
  const { bind } = writer;
  return { ...source, sql: `${source.sql} and ${source.at} between ${bind(BigInt(from))} and ${bind(BigInt(to))}` };
}

/** Rows of several happenings, told apart by their place. */
function stepsSql(steps: readonly Step[], writer: Writer): string {
  return steps
    .map(
      (step, place) =>
        sourceOf(step, writer, `e.customer_id, ${happeningOf(step.did)!.at} as ms, ${place} as step`).sql,
    )
    .join(' union all ');
}

/**
 * For each row of a step the latest beginning of a chain that ends in it: the largest one of the rows of the step before
 * that lie earlier. One window a step, whatever the number of rows.
 */
function sequenceSql({ sequence, in: span, within }: Extract<AnyLeaf, { sequence: unknown }>, writer: Writer): string {
  const { bind, ground } = writer;
  const { from, to } = rangeOf(within, ground);
  const last = sequence.length - 1;
  let rows = `select customer_id, ms, step,
    case when step = 0 and ms between ${bind(BigInt(from))} and ${bind(BigInt(to))} then ms end as began
    from (${stepsSql(sequence, writer)})`;
  for (let step = 1; step <= last; step++)
    rows = `select customer_id, ms, step, case when step = ${step} then max(case when step = ${step - 1} then began end) over
      (partition by customer_id order by ms range between unbounded preceding and 1 preceding) else began end as began from (${rows})`;
  return isIn(`select customer_id from (${rows}) where step = ${last} and ms - began <= ${bind(BigInt(spanMs(span)))}`);
}

function droppedSql(
  { dropped, without, in: span, within }: Extract<AnyLeaf, { dropped: unknown }>,
  writer: Writer,
): string {
  const { bind, ground } = writer;
  const { from, to } = rangeOf(within, ground);
  const limit = spanMs(span);
  const over = BigInt(Math.min(to, ground.asOf - limit));
  return isIn(`select customer_id from (
      select customer_id, ms, step, min(case when step = 1 then ms end) over
        (partition by customer_id order by ms range between 1 following and unbounded following) as next
      from (${stepsSql([dropped, without], writer)}))
    where step = 0 and ms between ${bind(BigInt(from))} and ${bind(over)}
      and (next is null or next > ms + ${bind(BigInt(limit))})`);
}

/**
 * What a leaf asks about, for people who are shown why they belong: SQL of one value over p and the others of Alias.
 * Undefined where there is nothing to show beside yes.
 */
export function figureSql(leaf: AnyLeaf, ground: Ground, prefix: string): ConditionSql | undefined {
  const params: Record<string, Scalar> = {};
  const joins = new Set<Alias>(['p']);
  let next = 0;
  const bind = (value: Scalar): string => {
    params[`${prefix}${next}`] = value;
    return `$${prefix}${next++}`;
  };
  const writer = { ground, bind, joins, left: { leaves: LEAVES_MAX } };
  const one = (sql: string) => ({ sql: `(${sql} and e.customer_id = p.customer_id)`, params, joins });
  if ('field' in leaf) {
    const { sql, from } = FIELDS.get(leaf.field)!;
    if (from === 'b') return undefined;
    joins.add(from);
    return { sql, params, joins };
  }
  if ('did' in leaf) {
    const rows = didRows(leaf, writer, measureSql(leaf, happeningOf(leaf.did)!));
    return one(rows.sql);
  }
  if ('lastTime' in leaf) {
    const { at } = happeningOf(leaf.lastTime)!;
    return one(sourceOf({ did: leaf.lastTime, where: leaf.where }, writer, `max(${at})`).sql);
  }
  return undefined;
}
