/** Value cut into tiers, with a memory: who was in a tier leaves it only where the policy lets them. */
import { DAY_MS } from '#kernels/local-time.ts';
import { cutsOf, tierAt, widened } from './cuts.ts';
import { chanceAbove, type Doubt } from './doubt.ts';
import { fitPlaces } from './places.ts';
import type { Policy } from './policy.ts';

/** Why a customer is where they are; the codes of `Assignment.why` are positions in this list. */
export const WHYS = [
  'first',
  'stays',
  'held-by-gap',
  'held-by-dwell',
  'held-by-doubt',
  'held-by-places',
  'rose',
  'fell',
  'displaced',
] as const;
export type Why = (typeof WHYS)[number];

/** What customers are worth; columns [customers]. */
export interface Worth {
  /** Whole minor units. */
  readonly valueMinor: Float64Array;
  /** Absent: values count as certain. */
  readonly doubt?: Doubt;
}

/** What is remembered of each customer; columns [customers]. */
export interface Memory {
  /** 0 is the lowest tier. */
  readonly tierIndex: Int32Array;
  /** Epoch ms since which they are in it, as far as assignments reach back. */
  readonly sinceAt: Float64Array;
  /** Tier before the present one, -1 where none is known. */
  readonly previousIndex: Int32Array;
}

export interface Placed extends Memory {
  /** [customers] position in WHYS */
  readonly why: Int32Array;
  /** [tiers - 1] value above which each tier but the lowest begins */
  readonly cuts: Float64Array;
}

export interface Assignment extends Placed {
  /** Epoch ms. */
  readonly at: number;
  readonly customers: readonly string[];
  readonly valueMinor: Float64Array;
}

/**
 * Assigns a tier to each customer.
 *
 * A customer without a previous tier gets that of their value. One with a previous tier rises only where value is above
 * a higher cut by more than the gap, falls only where it is below a lower one by more than the gap, and does neither
 * within the dwell time; where the policy asks for it the move must be likely as well, see `chanceAbove`. With cuts by
 * capacity the places of a tier are then filled by value, who is in it already counting for more by the gap: who does not
 * fit goes to the next lower tier, whatever they were promised.
 *
 * @param values customers and what each is worth
 * @param previous the assignment before; customers that are no longer in `values` drop out
 * @param at epoch ms of this assignment
 */
export function assign(
  values: Worth & { readonly customers: readonly string[] },
  previous: Assignment | undefined,
  policy: Policy,
  at: number,
): Assignment {
  const { customers, valueMinor } = values;
  const before = previous && { memory: previous, row: rowsBefore(previous.customers, customers) };
  return { at, customers, valueMinor, ...assignRows(values, before, policy, at) };
}

/** For each of `customers` their place in `earlier`, or -1. */
function rowsBefore(earlier: readonly string[], customers: readonly string[]): Int32Array {
  const place = new Map(earlier.map((id, i) => [id, i]));
  return Int32Array.from(customers, (id) => place.get(id) ?? -1);
}

/**
 * The same by rows.
 *
 * @param before what is remembered, and for each customer their row of it, or -1
 */
export function assignRows(
  worth: Worth,
  before: { readonly memory: Memory; readonly row: Int32Array } | undefined,
  policy: Policy,
  at: number,
): Placed {
  const { valueMinor } = worth;
  const size = valueMinor.length;
  const cuts = cutsOf(valueMinor, policy);
  const was = new Int32Array(size).fill(-1);
  const dwells = new Uint8Array(size);
  const tierIndex = new Int32Array(size);
  const why = new Int32Array(size);
  const rule = mover(worth, cuts, policy);
  const dwellMs = policy.dwellDays * DAY_MS;
  for (let i = 0; i < size; i++) {
    const row = before === undefined ? -1 : before.row[i]!;
    if (before === undefined || row < 0) {
      tierIndex[i] = tierAt(valueMinor[i]!, cuts);
      continue;
    }
    was[i] = before.memory.tierIndex[row]!;
    dwells[i] = at - before.memory.sinceAt[row]! < dwellMs ? 1 : 0;
    const { tier, code } = rule(i, was[i]!, dwells[i] === 1);
    tierIndex[i] = tier;
    why[i] = code;
  }
  if (policy.cuts.by === 'capacity')
    for (const i of fitPlaces({ tierIndex, was, dwells, valueMinor }, policy.cuts.places, policy.hysteresis))
      why[i] = afterPlaces(was[i]!, tierIndex[i]!, why[i]!);
  const sinceAt = new Float64Array(size).fill(at);
  const previousIndex = new Int32Array(size).fill(-1);
  for (let i = 0; i < size; i++) {
    if (was[i]! < 0) continue;
    const row = before!.row[i]!;
    const stayed = tierIndex[i] === was[i];
    previousIndex[i] = stayed ? before!.memory.previousIndex[row]! : was[i]!;
    if (stayed) sinceAt[i] = before!.memory.sinceAt[row]!;
  }
  return { tierIndex, sinceAt, previousIndex, why, cuts };
}

const CODE = Object.fromEntries(WHYS.map((why, code) => [why, code])) as Readonly<Record<Why, number>>;

/** Why somebody is where want of places has put them. */
function afterPlaces(was: number, tier: number, code: number): number {
  if (was < 0 || tier > was) return code;
  return tier === was ? CODE['held-by-places'] : CODE.displaced;
}

/** What becomes of a customer who has a tier, places aside. */
function mover({ valueMinor, doubt }: Worth, cuts: Float64Array, { hysteresis: gap, chances }: Policy) {
  const chance = (i: number, cut: number) =>
    doubt === undefined
      ? Number(valueMinor[i]! > cut)
      : chanceAbove(valueMinor[i]!, doubt.alive[i]!, doubt.spread[i]!, cut);
  /** The tier nearest to `to` that a move from `from` may reach with enough certainty. */
  const sure = (i: number, from: number, to: number): number => {
    if (chances === undefined) return to;
    let tier = from;
    if (to > from) while (tier < to && chance(i, widened(cuts[tier]!, gap)) > chances.promoteAbove) tier++;
    else while (tier > to && 1 - chance(i, widened(cuts[tier - 1]!, -gap)) > chances.demoteAbove) tier--;
    return tier;
  };
  return (i: number, was: number, dwells: boolean): { tier: number; code: number } => {
    const value = valueMinor[i]!;
    const bare = tierAt(value, cuts);
    if (bare === was) return { tier: was, code: CODE.stays };
    if (dwells) return { tier: was, code: CODE['held-by-dwell'] };
    const due = bare > was ? Math.max(was, tierAt(value, cuts, gap)) : Math.min(was, tierAt(value, cuts, -gap));
    if (due === was) return { tier: was, code: CODE['held-by-gap'] };
    const tier = sure(i, was, due);
    return { tier, code: tier === was ? CODE['held-by-doubt'] : tier > was ? CODE.rose : CODE.fell };
  };
}

export interface Move {
  readonly customerId: string;
  readonly from: number;
  readonly to: number;
  readonly fromAt: number;
  readonly toAt: number;
  readonly why: Why;
}

/** The customers whose tier differs between two assignments that follow each other. */
export function moves(before: Assignment, after: Assignment): Move[] {
  const row = rowsBefore(before.customers, after.customers);
  const out: Move[] = [];
  for (const [i, customerId] of after.customers.entries()) {
    const from = row[i]! < 0 ? undefined : before.tierIndex[row[i]!]!;
    if (from === undefined || from === after.tierIndex[i]) continue;
    out.push({
      customerId,
      from,
      to: after.tierIndex[i]!,
      fromAt: before.at,
      toAt: after.at,
      why: WHYS[after.why[i]!]!,
    });
  }
  return out;
}
