/**
 * Who is meant, as a tree of conditions: `{ all: [...] }`, `{ any: [...] }`, `{ not: ... }` and leaves
 * `{ field, op, value }`. A missing value satisfies no comparison, not even `!=`; ask for it with `missing`.
 * A leaf may also be written `{ column, is, value }`, `{ column, in }` or `{ column, missing }`, as feature definitions do.
 */
import { z } from 'zod';
import type { Params, Scalar } from '#engines/index.ts';
import { known } from '#errors.ts';
import { FIELDS, type Field } from './fields.ts';

export const OPS = ['=', '!=', '<', '<=', '>', '>=', 'in', 'missing'] as const;
export type Op = (typeof OPS)[number];
type Value = string | number | boolean;

export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | Leaf;

export interface Leaf {
  readonly field: string;
  readonly op: Op;
  /** One value; for `in` a list of them; for `missing` true or false. Of lists such as tags, `=` and `in` mean "has". */
  readonly value: Value | readonly Value[];
}

const DEPTH_MAX = 32;
const LEAVES_MAX = 500;
const VALUES_MAX = 10_000;

const value = z.union([z.string().max(1000), z.number(), z.boolean()]);
const values = z.array(value).max(VALUES_MAX);
const LEAF = z.union([
  z.strictObject({ field: z.string(), op: z.enum(OPS), value: z.union([value, values]) }),
  z.strictObject({ column: z.string(), is: z.enum(['=', '!=', '<', '<=', '>', '>=']), value }),
  z.strictObject({ column: z.string(), in: values }),
  z.strictObject({ column: z.string(), missing: z.boolean() }),
]);
const PART = z.record(z.string(), z.unknown());
const PARTS = z.array(z.unknown()).max(LEAVES_MAX);

/**
 * Checks a condition that came from outside.
 *
 * @param input a tree, or its JSON as text
 * @throws CONDITION_INVALID, CONDITION_FIELD_UNKNOWN, CONDITION_VALUE
 */
export function parseCondition(input: unknown): Condition {
  const leaves = { left: LEAVES_MAX };
  return parsed(typeof input === 'string' ? fromText(input) : input, 'condition', DEPTH_MAX, leaves);
}

function fromText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw known('CONDITION_INVALID', { where: 'condition', got: text.slice(0, 80) }, cause);
  }
}

function parsed(input: unknown, where: string, depth: number, leaves: { left: number }): Condition {
  const bad = () => known('CONDITION_INVALID', { where, got: JSON.stringify(input)?.slice(0, 80) ?? 'nothing' });
  const part = PART.safeParse(input);
  if (!part.success || depth === 0 || leaves.left-- <= 0) throw bad();
  const keys = Object.keys(part.data);
  if (keys.length === 1 && (keys[0] === 'all' || keys[0] === 'any')) {
    const list = PARTS.safeParse(part.data[keys[0]]);
    if (!list.success) throw bad();
    const inner = list.data.map((each, i) => parsed(each, `${where}.${keys[0]}[${i}]`, depth - 1, leaves));
    return keys[0] === 'all' ? { all: inner } : { any: inner };
  }
  if (keys.length === 1 && keys[0] === 'not') return { not: parsed(part.data.not, `${where}.not`, depth - 1, leaves) };
  const leaf = LEAF.safeParse(input);
  if (!leaf.success) throw bad();
  return checked(uniform(leaf.data));
}

function uniform(leaf: z.output<typeof LEAF>): Leaf {
  if ('field' in leaf) return leaf;
  if ('is' in leaf) return { field: leaf.column, op: leaf.is, value: leaf.value };
  if ('in' in leaf) return { field: leaf.column, op: 'in', value: leaf.in };
  return { field: leaf.column, op: 'missing', value: leaf.missing };
}

const TYPES = { number: 'number', text: 'string', list: 'string', flag: 'boolean' } as const;

function checked(leaf: Leaf): Leaf {
  const field = FIELDS.get(leaf.field);
  if (field === undefined) throw known('CONDITION_FIELD_UNKNOWN', { field: leaf.field, have: [...FIELDS.keys()] });
  const expected = fault(leaf, field);
  if (expected !== undefined)
    throw known('CONDITION_VALUE', {
      field: leaf.field,
      op: leaf.op,
      value: JSON.stringify(leaf.value).slice(0, 80),
      expected,
    });
  return leaf;
}

function fault({ op, value: own }: Leaf, { kind }: Field): string | undefined {
  if (op === 'missing') return typeof own === 'boolean' ? undefined : 'true or false';
  const fits = (each: Value) => typeof each === TYPES[kind] && (typeof each !== 'number' || Number.isFinite(each));
  if (op === 'in') return Array.isArray(own) && own.every(fits) ? undefined : `a list of ${TYPES[kind]}s`;
  if (kind !== 'number' && op !== '=' && op !== '!=') return 'one of =, !=, in and missing for this field';
  return !Array.isArray(own) && fits(own as Value) ? undefined : `a ${TYPES[kind]}`;
}

/** The names of the fields that a condition reads, each once. */
export function fieldsOf(condition: Condition): string[] {
  if ('all' in condition) return [...new Set(condition.all.flatMap(fieldsOf))];
  if ('any' in condition) return [...new Set(condition.any.flatMap(fieldsOf))];
  return 'not' in condition ? fieldsOf(condition.not) : [condition.field];
}

/** The condition as SQL that is never null, with its values as parameters; see fields.ts for the tables. */
export function conditionSql(condition: Condition): { sql: string; params: Params } {
  const params: Record<string, Scalar> = {};
  let next = 0;
  const bind = (own: Value): string => {
    const name = `c${next++}`;
    params[name] = own;
    return `$${name}`;
  };
  const sql = (part: Condition): string => {
    if ('all' in part) return part.all.length === 0 ? 'true' : `(${part.all.map(sql).join(' and ')})`;
    if ('any' in part) return part.any.length === 0 ? 'false' : `(${part.any.map(sql).join(' or ')})`;
    return 'not' in part ? `(not ${sql(part.not)})` : leafSql(part, bind);
  };
  return { sql: sql(condition), params };
}

function leafSql({ field, op, value: own }: Leaf, bind: (value: Value) => string): string {
  const { sql, kind } = FIELDS.get(field)!;
  if (op === 'missing') return `(${sql} is ${own === true ? '' : 'not '}null)`;
  if (op === 'in') {
    const list = (own as readonly Value[]).map(bind);
    if (list.length === 0) return 'false';
    if (kind === 'list') return `coalesce(list_has_any(${sql}, [${list.join(', ')}]), false)`;
    return `coalesce(${sql} in (${list.join(', ')}), false)`;
  }
  const one = bind(own as Value);
  if (kind === 'list') return `coalesce(${op === '=' ? '' : 'not '}list_contains(${sql}, ${one}), false)`;
  return `coalesce(${sql} ${op === '!=' ? '<>' : op} ${one}, false)`;
}

export type PersonValues = Readonly<Record<string, Value | readonly string[] | null>>;

/** Whether one customer satisfies the condition; the same answer as `conditionSql`. */
export function holds(condition: Condition, person: PersonValues): boolean {
  if ('all' in condition) return condition.all.every((part) => holds(part, person));
  if ('any' in condition) return condition.any.some((part) => holds(part, person));
  if ('not' in condition) return !holds(condition.not, person);
  const own = person[condition.field] ?? null;
  const asked = condition.value;
  if (condition.op === 'missing') return (own === null) === asked;
  if (own === null) return false;
  const is = (one: Value) => (Array.isArray(own) ? own.includes(one as string) : own === one);
  switch (condition.op) {
    case 'in':
      return (asked as readonly Value[]).some(is);
    case '=':
      return is(asked as Value);
    case '!=':
      return !is(asked as Value);
    case '<':
      return own < asked;
    case '<=':
      return own <= asked;
    case '>':
      return own > asked;
    case '>=':
      return own >= asked;
    default:
      return condition.op satisfies never;
  }
}
