/** Reads conditions that came from outside. */
import { z } from 'zod';
import { known } from '#errors.ts';
import { type AnyLeaf, type Condition, type Leaf, MEASURES, OPS, type Test, type Value } from './condition.ts';
import { FIELDS, type Field } from './fields.ts';
import { HAPPENINGS, happeningOf, PROPERTIES, type PropertyName, propertiesOf } from './happenings.ts';
import { dayOfText } from './window.ts';

const DEPTH_MAX = 32;
const PARTS_MAX = 500;
const VALUES_MAX = 10_000;
const TESTS_MAX = 20;
const STEPS_MAX = 5;
const DAYS_MAX = 3660;
/** What one condition may ask of the tables of happenings: each such leaf reads one. */
const READS_MAX = 60;

const own = z.union([z.string().max(1000), z.number(), z.boolean()]);
const owns = z.array(own).max(VALUES_MAX);
const compared = z.enum(['=', '!=', '<', '<=', '>', '>=']);
const textOrNumber = z.union([z.string().max(1000), z.number()]);
const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/);
const day = z.string().refine((text) => dayOfText(text) !== undefined, 'a day as YYYY-MM-DD');
const within = z.union([
  z.strictObject({ days: z.int().min(1).max(DAYS_MAX) }),
  z
    .strictObject({ from: day.optional(), to: day.optional() })
    .refine(({ from, to }) => from !== undefined || to !== undefined, 'from, to or both')
    .refine(({ from, to }) => from === undefined || to === undefined || from <= to, 'from no later than to'),
]);
const span = z.union([
  z.strictObject({ days: z.int().min(1).max(366) }),
  z.strictObject({ hours: z.int().min(1).max(8784) }),
]);
const test = z.strictObject({
  property: z.enum(Object.keys(PROPERTIES) as [PropertyName, ...PropertyName[]]),
  op: z.enum(['=', '!=', '<', '<=', '>', '>=', 'in']),
  value: z.union([textOrNumber, z.array(textOrNumber).max(VALUES_MAX)]),
});
const where = z.array(test).max(TESTS_MAX).optional();
const event = z.string().min(1).max(220);
const step = z.strictObject({ did: event, where });
const bound = z.int().min(0).optional();
const daysAgo = z.int().min(0).max(DAYS_MAX).optional();

/** By the key that tells the leaf. */
const LEAVES = {
  field: z.strictObject({ field: z.string(), op: z.enum(OPS), value: z.union([own, owns]) }),
  column: z.union([
    z.strictObject({ column: z.string(), is: compared, value: own }),
    z.strictObject({ column: z.string(), in: owns }),
    z.strictObject({ column: z.string(), missing: z.boolean() }),
  ]),
  did: z
    .strictObject({
      ...{ did: event, where, measure: z.enum(MEASURES).optional() },
      ...{ atLeast: bound, atMost: bound, exactly: bound, within: within.optional() },
    })
    .refine((d) => d.exactly === undefined || (d.atLeast ?? d.atMost) === undefined, 'exactly alone')
    .refine((d) => (d.atLeast ?? 0) <= (d.atMost ?? Number.POSITIVE_INFINITY), 'atLeast no more than atMost'),
  didNot: z.strictObject({ didNot: event, where, within: within.optional() }),
  lastTime: z
    .strictObject({ lastTime: event, where, atLeastDaysAgo: daysAgo, atMostDaysAgo: daysAgo })
    .refine((l) => (l.atLeastDaysAgo ?? l.atMostDaysAgo) !== undefined, 'atLeastDaysAgo, atMostDaysAgo or both')
    .refine(
      (l) => (l.atLeastDaysAgo ?? 0) <= (l.atMostDaysAgo ?? DAYS_MAX),
      'atLeastDaysAgo no more than atMostDaysAgo',
    ),
  sequence: z.strictObject({ sequence: z.array(step).min(2).max(STEPS_MAX), in: span, within: within.optional() }),
  dropped: z.strictObject({ dropped: step, without: step, in: span, within: within.optional() }),
  segment: z.strictObject({ segment: id }),
  list: z.strictObject({ list: id }),
  random: z
    .strictObject({
      random: z.string().max(100),
      from: z.number().min(0).max(1).optional(),
      below: z.number().min(0).max(1),
    })
    .refine((d) => (d.from ?? 0) <= d.below, 'from no more than below'),
  uplift: z.strictObject({
    uplift: z.string().min(1).max(200),
    bound: z.enum(['effect', 'low', 'high']).optional(),
    op: z.enum(['<', '<=', '>', '>=']),
    value: z.int(),
  }),
} as const;
type Kind = keyof typeof LEAVES;
const KINDS = Object.keys(LEAVES) as Kind[];

const PART = z.record(z.string(), z.unknown());
const PARTS = z.array(z.unknown()).max(PARTS_MAX);

interface Left {
  parts: number;
  reads: number;
}

/**
 * Checks a condition that came from outside. Whether the segments and lists that it names are there is asked when it is used.
 *
 * @param input a tree, or its JSON as text
 * @throws CONDITION_INVALID, CONDITION_FIELD_UNKNOWN, CONDITION_EVENT_UNKNOWN, CONDITION_VALUE
 */
export function parseCondition(input: unknown): Condition {
  const left = { parts: PARTS_MAX, reads: READS_MAX };
  return parsed(typeof input === 'string' ? fromText(input) : input, 'condition', DEPTH_MAX, left);
}

function fromText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw known('CONDITION_INVALID', { where: 'condition', got: text.slice(0, 80) }, cause);
  }
}

const invalid = (at: string, input: unknown, expected?: string) =>
  known('CONDITION_INVALID', {
    where: at,
    got: JSON.stringify(input)?.slice(0, 80) ?? 'nothing',
    ...(expected === undefined ? {} : { expected }),
  });

function parsed(input: unknown, at: string, depth: number, left: Left): Condition {
  const part = PART.safeParse(input);
  if (!part.success || depth === 0 || left.parts-- <= 0) throw invalid(at, input);
  // The keys of what came: a record leaves out what would change its prototype.
  const keys = Object.keys(input as object);
  if (keys.includes('__proto__')) throw invalid(at, input);
  const [key] = keys;
  if (keys.length === 1 && (key === 'all' || key === 'any')) {
    const list = PARTS.safeParse(part.data[key]);
    if (!list.success) throw invalid(at, input);
    const inner = list.data.map((each, i) => parsed(each, `${at}.${key}[${i}]`, depth - 1, left));
    return key === 'all' ? { all: inner } : { any: inner };
  }
  if (keys.length === 1 && key === 'not') return { not: parsed(part.data.not, `${at}.not`, depth - 1, left) };
  const kind = KINDS.find((each) => Object.hasOwn(part.data, each));
  if (kind === undefined) throw invalid(at, input);
  const leaf = LEAVES[kind].safeParse(input);
  if (!leaf.success) {
    const [issue] = leaf.error.issues;
    const place = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
    throw invalid(at, input, kind === 'column' || issue === undefined ? undefined : `${place}${issue.message}`);
  }
  return checked(uniform(leaf.data), at, left);
}

function uniform(leaf: z.output<(typeof LEAVES)[Kind]>): AnyLeaf {
  if (!('column' in leaf)) return leaf;
  if ('is' in leaf) return { field: leaf.column, op: leaf.is, value: leaf.value };
  if ('in' in leaf) return { field: leaf.column, op: 'in', value: leaf.in };
  return { field: leaf.column, op: 'missing', value: leaf.missing };
}

function checked(leaf: AnyLeaf, at: string, left: Left): AnyLeaf {
  if ('field' in leaf) return checkedField(leaf);
  const steps = stepsOf(leaf);
  left.reads -= steps.length;
  left.parts -= steps.reduce((sum, { where: tests = [] }) => sum + tests.length, 0);
  if (left.reads < 0 || left.parts < 0)
    throw invalid(at, leaf, `no more than ${READS_MAX} happenings and ${PARTS_MAX} parts in one condition`);
  for (const each of steps) checkedStep(each);
  if ('did' in leaf && leaf.measure !== undefined && leaf.measure !== 'times') {
    if (!propertiesOf(happeningOf(leaf.did)!).includes(leaf.measure))
      throw valueError(leaf.did, 'measure', leaf.measure, `times: ${leaf.did} has no ${leaf.measure}`);
  }
  return leaf;
}

/** The happenings that a leaf asks about. */
export function stepsOf(leaf: AnyLeaf): { did: string; where?: readonly Test[] | undefined }[] {
  if ('did' in leaf) return [leaf];
  if ('didNot' in leaf) return [{ did: leaf.didNot, where: leaf.where }];
  if ('lastTime' in leaf) return [{ did: leaf.lastTime, where: leaf.where }];
  if ('sequence' in leaf) return [...leaf.sequence];
  return 'dropped' in leaf ? [leaf.dropped, leaf.without] : [];
}

function checkedStep({ did, where: tests = [] }: { did: string; where?: readonly Test[] | undefined }): void {
  const happening = happeningOf(did);
  if (happening === undefined)
    throw known('CONDITION_EVENT_UNKNOWN', { event: did, have: [...Object.keys(HAPPENINGS), 'event:NAME'] });
  const have = propertiesOf(happening);
  for (const { property, op, value } of tests) {
    if (!have.includes(property)) throw valueError(`${did} ${property}`, op, value, `one of ${have.join(', ')}`);
    const { kind } = PROPERTIES[property];
    const type = kind === 'number' ? 'number' : 'string';
    const fits = (each: unknown) => typeof each === type && (type === 'string' || Number.isFinite(each));
    if (op === 'in') {
      if (!Array.isArray(value) || !value.every(fits))
        throw valueError(`${did} ${property}`, op, value, `a list of ${type}s`);
    } else if (kind !== 'number' && op !== '=' && op !== '!=')
      throw valueError(`${did} ${property}`, op, value, 'one of =, != and in for this property');
    else if (Array.isArray(value) || !fits(value)) throw valueError(`${did} ${property}`, op, value, `a ${type}`);
  }
}

const valueError = (field: string, op: string, value: unknown, expected: string) =>
  known('CONDITION_VALUE', { field, op, value: JSON.stringify(value).slice(0, 80), expected });

const TYPES = { number: 'number', text: 'string', list: 'string', flag: 'boolean' } as const;

function checkedField(leaf: Leaf): Leaf {
  const field = FIELDS.get(leaf.field);
  if (field === undefined) throw known('CONDITION_FIELD_UNKNOWN', { field: leaf.field, have: [...FIELDS.keys()] });
  const expected = fault(leaf, field);
  if (expected !== undefined) throw valueError(leaf.field, leaf.op, leaf.value, expected);
  return leaf;
}

function fault({ op, value }: Leaf, { kind }: Field): string | undefined {
  if (op === 'missing') return typeof value === 'boolean' ? undefined : 'true or false';
  const fits = (each: Value) => typeof each === TYPES[kind] && (typeof each !== 'number' || Number.isFinite(each));
  if (op === 'in') return Array.isArray(value) && value.every(fits) ? undefined : `a list of ${TYPES[kind]}s`;
  if (kind !== 'number' && op !== '=' && op !== '!=') return 'one of =, !=, in and missing for this field';
  return !Array.isArray(value) && fits(value as Value) ? undefined : `a ${TYPES[kind]}`;
}
