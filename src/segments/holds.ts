/** Conditions over one customer, slowly and plainly: what the SQL must agree with. */
import { createHash } from 'node:crypto';
import type { AnyLeaf, Condition, Did, Op, Step, Test, Value } from './condition.ts';
import { PROPERTIES, type PropertyName } from './happenings.ts';
import type { Moment } from './window.ts';
import { agoOf, rangeOf, spanMs } from './window.ts';

export type PersonValues = Readonly<Record<string, Value | readonly string[] | null>>;

/** Something that a customer did: its name as in conditions, its moment, what is counted as one, and its properties. */
export type Deed = {
  readonly name: string;
  readonly at: number;
  /** Deeds of equal unit count once; without one each counts. */
  readonly unit?: string;
} & { readonly [property in PropertyName]?: string | number | null };

/** What is known of a customer beside the figures. */
export interface Life extends Moment {
  readonly id: string;
  readonly deeds: readonly Deed[];
  readonly segments: ReadonlyMap<string, Condition>;
  /** Lists that they are on. */
  readonly lists: ReadonlySet<string>;
  readonly uplift: readonly {
    readonly offer: string;
    readonly effect: number;
    readonly low: number;
    readonly high: number;
  }[];
}

/**
 * Whether one customer satisfies the condition; the same answer as `conditionSql`.
 *
 * @param life needed by every leaf but those of fields
 */
export function holds(condition: Condition, person: PersonValues, life?: Life): boolean {
  const inner = (part: Condition) => holds(part, person, life);
  if ('all' in condition) return condition.all.every(inner);
  if ('any' in condition) return condition.any.some(inner);
  if ('not' in condition) return !inner(condition.not);
  if ('field' in condition) return compares(person[condition.field] ?? null, condition);
  if (life === undefined) throw new Error('a condition about happenings needs a life');
  if ('segment' in condition) return inner(life.segments.get(condition.segment)!);
  return leafHolds(condition, life);
}

function compares(
  own: Value | readonly string[] | null,
  { op, value }: { op: Op; value: Value | readonly Value[] },
): boolean {
  if (op === 'missing') return (own === null) === value;
  if (own === null) return false;
  const is = (one: Value) => (Array.isArray(own) ? own.includes(one as string) : own === one);
  const asked = value as Value;
  switch (op) {
    case 'in':
      return (value as readonly Value[]).some(is);
    case '=':
      return is(asked);
    case '!=':
      return !is(asked);
    case '<':
      return own < asked;
    case '<=':
      return own <= asked;
    case '>':
      return own > asked;
    case '>=':
      return own >= asked;
    default:
      return op satisfies never;
  }
}

function leafHolds(leaf: Exclude<AnyLeaf, { field: string } | { segment: string }>, life: Life): boolean {
  if ('did' in leaf) return didHolds(leaf, life);
  if ('didNot' in leaf) return !didHolds({ ...leaf, did: leaf.didNot }, life);
  if ('lastTime' in leaf) {
    const times = deedsOf({ did: leaf.lastTime, where: leaf.where }, life).map(({ at }) => at);
    const { from, to } = agoOf(leaf, life);
    return times.length > 0 && Math.max(...times) >= from && Math.max(...times) <= to;
  }
  if ('sequence' in leaf) {
    const { from, to } = rangeOf(leaf.within, life);
    const steps = leaf.sequence.map((step) => deedsOf(step, life).map(({ at }) => at));
    const goesOn = (place: number, after: number, until: number): boolean =>
      place === steps.length || steps[place]!.some((at) => at > after && at <= until && goesOn(place + 1, at, until));
    return steps[0]!.some((at) => at >= from && at <= to && goesOn(1, at, at + spanMs(leaf.in)));
  }
  if ('dropped' in leaf) {
    const { from, to } = rangeOf(leaf.within, life);
    const others = deedsOf(leaf.without, life);
    return deedsOf(leaf.dropped, life).some(({ at }) => {
      const until = at + spanMs(leaf.in);
      const isOver = at >= from && at <= to && until <= life.asOf;
      return isOver && !others.some((other) => other.at > at && other.at <= until);
    });
  }
  if ('list' in leaf) return life.lists.has(leaf.list);
  if ('random' in leaf) {
    const drawn = drawOf(leaf.random, life.id);
    return drawn >= (leaf.from ?? 0) && drawn < leaf.below;
  }
  return life.uplift.some(
    (each) => each.offer === leaf.uplift && compares(each[leaf.bound ?? 'effect'], { op: leaf.op, value: leaf.value }),
  );
}

/** Uniform in [0, 1) from salt and id; the empty salt is the field `random`. */
export function drawOf(salt: string, id: string): number {
  const first = createHash('md5').update(`${salt}:${id}`).digest().readBigUInt64LE(0);
  return Number(first >> 11n) / 2 ** 53;
}

function didHolds(leaf: Did, life: Life): boolean {
  const { from, to } = rangeOf(leaf.within, life);
  const found = deedsOf(leaf, life).filter(({ at }) => at >= from && at <= to);
  const { measure = 'times' } = leaf;
  const much =
    measure === 'times'
      ? new Set(found.map(({ unit }, i) => unit ?? `#${i}`)).size
      : found.reduce((sum, deed) => sum + Number(deed[measure] ?? 0), 0);
  if (leaf.exactly !== undefined) return much === leaf.exactly;
  const least = leaf.atLeast ?? (leaf.atMost === undefined ? 1 : 0);
  return (least === 0 || much >= least) && much <= (leaf.atMost ?? Number.POSITIVE_INFINITY);
}

const deedsOf = ({ did, where = [] }: Step, { deeds, asOf }: Life): Deed[] =>
  deeds.filter((deed) => deed.name === did && deed.at <= asOf && where.every((test) => testHolds(test, deed)));

function testHolds({ property, op, value }: Test, deed: Deed): boolean {
  const own = deed[property] ?? null;
  if (own === null) return false;
  if (PROPERTIES[property].kind !== 'path') return compares(own, { op, value });
  const under = (path: string) => own === path || String(own).startsWith(`${path} > `);
  if (op === 'in') return (value as readonly string[]).some(under);
  return under(value as string) === (op === '=');
}
